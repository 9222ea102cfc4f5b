"""A whole procedure: it begins at the trigger, goes step by step, and stops as soon as the pool is safe."""

from dataclasses import replace
from decimal import Decimal

import pytest
from msgspec import structs

from ringfence.book import Rest
from ringfence.core.errors import InvariantError
from ringfence.ledger import Event, Posting
from ringfence.liquidation import Fill, Fills, Outcome, Winner, fills_at_mark, liquidate
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue import kinds
from tests.unit.liquidation.plainex import BTC, gains, pool, position, world

D = Decimal


def with_steps(*steps: kinds.LiquidationStep) -> World:
    """Return the world, where the venue does something else with a pool."""
    there = world()
    (procedure,) = there.rules.lists["procedure"]
    own = structs.replace(procedure, steps=steps)
    return replace(there, rules=replace(there.rules, lists={**there.rules.lists, "procedure": (own,)}))


def run(
    wallet: str, price: str, *, takes: str = "1000", fund: str = "0", winners: tuple[Winner, ...] = ()
) -> Outcome:
    """Return what becomes of ten contracts, bought at 100 and now at 90, that need 9."""
    fills = Fills({BTC: Fill(D(price), D(takes))})
    return liquidate(
        pool(wallet, position("10")), world(), fills=fills, insurance_fund=D(fund), winners=winners
    )


def test_a_pool_above_its_trigger_is_left_alone() -> None:
    outcome = run("109.01", "90")
    assert outcome.events == ()
    assert outcome.pool_after == pool("109.01", position("10"))


ENDS: dict[str, tuple[Outcome, list[str], str, str, str, str]] = {
    "at the trigger everything is sold, and the fee takes the rest": (
        run("109", "90"), ["reduce"], "0", "0", "0", "0",
    ),
    "what nobody buys is taken over": (
        run("109", "90", takes="0"), ["take_over"], "0", "0", "0", "9",
    ),
    "what a part of the market leaves is taken over": (
        run("109", "90", takes="4"), ["reduce", "take_over"], "0", "0", "0", "5.4",
    ),  # 109 - 40 - 3.6 - 60
    "sold out below the bankruptcy price, the fund pays": (
        run("104", "88", fund="20"), ["reduce", "bad_debt"], "0", "16", "16", "4",
    ),
    "or as much as it has": (run("104", "88", fund="6"), ["reduce", "bad_debt"], "0", "16", "6", "0"),
    "taken over in debt, the fund pays": (
        run("90", "90", takes="0", fund="25"), ["take_over", "bad_debt"], "0", "10", "10", "15",
    ),
    "and winners give up what it cannot pay": (
        run("90", "90", takes="0", fund="4", winners=(Winner("w", position("10", side="short", entry="120"), D(900)),)),
        ["take_over", "bad_debt", "adl"], "0", "10", "4", "0",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("outcome", "names", "left", "debt", "covered", "fund"), ENDS.values(), ids=ENDS)
def test_a_procedure_ends(
    outcome: Outcome, names: list[str], left: str, debt: str, covered: str, fund: str
) -> None:
    assert [event.name for event in outcome.events] == names
    assert outcome.pool_after.collateral == {"USDT": D(left)}
    assert outcome.pool_after.positions == ()
    assert (outcome.bad_debt, outcome.covered, outcome.fund) == (D(debt), D(covered), D(fund))
    assert outcome.seized == ()


def test_it_stops_as_soon_as_the_pool_is_safe() -> None:
    there = with_steps(kinds.Warn(), kinds.Reduce(by="until_safe"), kinds.TakeOver())
    held = pool("164", position("15"))
    outcome = liquidate(held, there, fills=fills_at_mark(held, there))
    assert [event.name for event in outcome.events] == ["warn", "reduce"]
    assert outcome.pool_after.positions == (position("10"),)


def test_without_a_take_over_what_cannot_be_sold_stays() -> None:
    outcome = liquidate(pool("101", position("10")), with_steps(kinds.Reduce(by="all")))
    assert outcome.events == ()
    assert outcome.pool_after == pool("101", position("10"))


def test_a_pool_known_in_part_pays_the_fee_out_of_the_rest_and_is_not_written_off() -> None:
    rest = Rest("cross:USDT", equity=D(12), maintenance_requirement=D(5))
    held = pool("97", position("10"), rest=rest)  # 97 - 100 + 12 = 9, of which 9 + 5 is needed
    outcome = liquidate(held, world(), fills=fills_at_mark(held, world()))
    (event,) = outcome.events
    assert event.facts["fee"] == "9"
    assert outcome.pool_after.rest == rest
    assert outcome.pool_after.collateral == {"USDT": D(-12)}


def test_a_market_at_the_marks_takes_what_is_held_in_both_directions() -> None:
    legs = position("10"), position("4", side="short")
    assert fills_at_mark(pool("0", *legs), world()).offers == {BTC: Fill(D(90), D(14))}


def test_another_pool_of_the_account_has_no_part_in_it() -> None:
    names = set(gains(run("104", "88", fund="20").events))
    assert names == {"cross:USDT", "market", "venue:insurance"}


def test_postings_that_do_not_cancel_are_no_event() -> None:
    with pytest.raises(InvariantError, match="USDT does not cancel"):
        Event("reduce", "cross:USDT", (Posting("cross:USDT", "USDT", D(1)),))


def test_a_pool_without_positions_is_never_liquidated() -> None:
    empty: Pool = pool("-5")
    assert liquidate(empty, world()).pool_after == empty
