"""What is left goes to the fund, a vault or the winners: bankruptcy prices, surplus, bad debt, the rest of a pool."""

from dataclasses import replace
from decimal import Decimal

import pytest

from ringfence.book import Position, Rest
from ringfence.liquidation import Stage, bankruptcy_prices, net_worth, step
from ringfence.liquidation.take_over import write_off
from ringfence.margin.pools import Pool
from ringfence.venue import kinds
from tests.unit.liquidation.plainex import BTC, COIN, ETH, gains, pool, position, stage, world

D = Decimal

PRICES: dict[str, tuple[Pool, dict[str, str | None]]] = {
    "one position leaves where its equity is gone": (pool("104", position("10")), {f"{BTC}:long": "89.6"}),
    "in debt it leaves above the mark: somebody else pays": (
        pool("90", position("10")),
        {f"{BTC}:long": "91"},
    ),
    "a short position leaves above the mark": (
        pool("104", position("10", side="short", entry="80")),
        {f"{BTC}:short": "90.4"},
    ),
    "two share the equity by what they need": (
        pool("106", position("10"), position("10", ETH, entry="10")),
        {f"{BTC}:long": "89.46", f"{ETH}:long": "9.94"},  # 6 * 9 / 10 and 6 * 1 / 10
    ),
    "an inverse position leaves where its coins are gone": (
        pool("10.5", position("90", COIN), unit="BTC"),
        {f"{COIN}:long": "89.55223880597014925373134328"},  # 9000 / (100 + 0.5)
    ),
    "a debt beyond the value of a short position has no positive price": (
        pool("-900", position("10", side="short", entry="90")),
        {f"{BTC}:short": None},
    ),
    "what is known as the rest has its part of the equity": (
        pool("94", position("10"), rest=Rest("cross:USDT", equity=D(12), maintenance_requirement=D(1))),
        {f"{BTC}:long": "89.46"},  # 94 - 100 + 12 = 6, of which 9 / 10
    ),
}


@pytest.mark.parametrize(("held", "expected"), PRICES.values(), ids=PRICES)
def test_the_bankruptcy_price(held: Pool, expected: dict[str, str | None]) -> None:
    found = bankruptcy_prices(held, world())
    assert {label: price and f"{price:.28g}".rstrip("0") for label, price in found.items()} == expected


def test_net_worth_counts_collateral_profit_and_the_rest() -> None:
    held = pool("94", position("10"), rest=Rest("cross:USDT", equity=D(12)))
    assert net_worth(held, world()) == 6


TAKEN: dict[str, tuple[str, kinds.TakeOver, str, str, str, str]] = {
    "the fund takes what is left and keeps it": ("104", kinds.TakeOver(), "5", "9", "0", "0"),
    "bad debt is paid by the fund": ("90", kinds.TakeOver(), "25", "15", "10", "10"),
    "as far as the fund reaches": ("90", kinds.TakeOver(), "4", "0", "10", "4"),
    "a fund in debt pays nothing": ("90", kinds.TakeOver(), "-1", "-1", "10", "0"),
    "a vault is a fund of its own": ("104", kinds.TakeOver(to="vault"), "5", "9", "0", "0"),
    "for the winners nobody pays": ("90", kinds.TakeOver(to="winners"), "25", "25", "10", "0"),
    "exactly nothing is neither surplus nor debt": ("100", kinds.TakeOver(), "5", "5", "0", "0"),
}  # wallet, step, fund before, fund after, bad debt, paid by the fund


@pytest.mark.parametrize(("wallet", "rule", "fund", "left", "debt", "covered"), TAKEN.values(), ids=TAKEN)
def test_a_pool_is_taken_over(
    wallet: str, rule: kinds.TakeOver, fund: str, left: str, debt: str, covered: str
) -> None:
    events, after = step(stage(wallet, position("10"), fund=fund), world(), rule)
    assert (after.fund, after.bad_debt, after.covered) == (D(left), D(debt), D(covered))
    assert after.pool.positions == ()
    assert after.pool.collateral == {"USDT": D(0)}
    holder = {"insurance": "venue:insurance", "vault": "venue:vault", "winners": "venue:deleveraging"}[
        rule.to
    ]
    assert gains(events)[holder] == {BTC: D(10), "USDT": D(wallet)}
    named = [(event.facts["amount"], event.facts["covered_by_fund"]) for event in events[1:]]
    assert named == ([(debt, covered)] if D(debt) > 0 else [])


SPARED: dict[str, tuple[str, kinds.TakeOver]] = {
    "a pool that is safe": ("200", kinds.TakeOver()),
    "a pool that has half of what it needs, where less is asked": ("104.5", kinds.TakeOver(below=D("0.5"))),
    "a pool that is not in debt, where that is asked": ("100", kinds.TakeOver(below=D(0))),
}


@pytest.mark.parametrize(("wallet", "rule"), SPARED.values(), ids=SPARED)
def test_a_take_over_spares(wallet: str, rule: kinds.TakeOver) -> None:
    before = stage(wallet, position("10"))
    assert step(before, world(), rule) == ((), before)


def test_below_its_share_of_the_requirement_a_pool_is_taken() -> None:
    _, after = step(stage("104.4", position("10")), world(), kinds.TakeOver(below=D("0.5")))
    assert after.pool.positions == ()


def test_a_surplus_may_stay_with_the_owner() -> None:
    before = stage("104", position("10"), fund="5")
    (event,), after = step(before, world(), kinds.TakeOver(surplus="owner"))
    assert after.pool.collateral == {"USDT": D(4)}
    assert after.fund == 5
    assert gains((event,))["venue:insurance"] == {BTC: D(10), "USDT": D(100)}
    assert event.facts == {"holder": "venue:insurance", "price": "mark"}


def test_what_the_fund_cannot_pay_waits_with_the_part_of_the_position_that_it_is_for() -> None:
    _, after = step(stage("90", position("10"), fund="4"), world(), kinds.TakeOver())
    (waiting,) = after.seized
    assert (waiting.position.contracts, waiting.price, waiting.share) == (D(6), D(91), D(1))


def test_the_rest_of_a_pool_goes_with_it() -> None:
    held = pool("94", position("10"), rest=Rest("cross:USDT", equity=D(2), maintenance_requirement=D(1)))
    (taken, debt), after = step(Stage(held), world(), kinds.TakeOver())
    assert (taken.facts["worth"], debt.facts["amount"]) == ("-4", "4")
    assert after.pool.rest is None
    assert after.bad_debt == 4


# --- sold out -----------------------------------------------------------------------------------


def test_a_pool_that_was_sold_out_in_debt_is_written_off() -> None:
    (event,), after = write_off(Stage(pool("-7"), fund=D(5)), world())
    assert (after.fund, after.bad_debt, after.covered) == (D(0), D(7), D(5))
    assert after.pool.collateral == {"USDT": D(0)}
    assert gains((event,)) == {"cross:USDT": {"USDT": D(7)}, "venue:insurance": {"USDT": D(-7)}}


KEPT: dict[str, tuple[Position, ...] | Rest | None] = {
    "what is left after the sale": None,
    "a debt beside open positions": (position("10"),),
    "a debt beside what is known as the rest": Rest("cross:USDT", equity=D(1)),
}


@pytest.mark.parametrize("beside", KEPT.values(), ids=KEPT)
def test_nothing_else_is_written_off(beside: tuple[Position, ...] | Rest | None) -> None:
    held = pool("7" if beside is None else "-7")
    if isinstance(beside, Rest):
        held = replace(held, rest=beside)
    elif beside is not None:
        held = replace(held, positions=beside)
    before = Stage(held, fund=D(5))
    assert write_off(before, world()) == ((), before)
