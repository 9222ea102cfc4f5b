"""Positions that net: the figures of a venue's own answer, charge by charge, and every branch by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, localcontext

import pytest

import ringfence
from ringfence.core.errors import MarketError
from ringfence.core.number import EXACT
from ringfence.margin.assess import world_of
from ringfence.margin.charge import charges_of
from ringfence.margin.judge import judge, need_of
from ringfence.margin.node import Node
from ringfence.margin.pools import partition
from ringfence.venue.offsets import Extended, Knot, ScenarioSet, VolShock
from ringfence.venue.scenarios import scenarios_of, shocked_vol


def book(*positions: dict[str, str], **more: object) -> dict[str, object]:
    return {
        "venue": "deribit", "account_mode": "portfolio", "at": "2024-06-18T08:00:00Z",
        "collateral": {"BTC": "1"}, "indices": {"BTC": "65666.19"},
        "position": [{"entry_price": "60000", "side": "long", **one} for one in positions], **more,
    }  # fmt: skip


PERPETUAL = {
    "symbol": "BTC-PERPETUAL", "contracts": str(Decimal("0.314538364") * Decimal("65910.57")),
    "mark_price": "65910.57",
}  # fmt: skip
FUTURE = {
    "symbol": "BTC-28JUN24", "side": "short", "contracts": str(Decimal("0.001187534") * 66000), "mark_price": "66000",
}  # fmt: skip


def option(symbol: str, side: str = "short", **more: str) -> dict[str, str]:
    return {
        "symbol": symbol, "side": side, "contracts": "1", "entry_price": "0.01", "implied_volatility": "0.6",
        "underlying_price": "66000", **more,
    }  # fmt: skip


def nodes(node: Node, name: str) -> Iterator[Node]:
    if node.name == name:
        yield node
    for part in node.parts:
        yield from nodes(part, name)


def requirement(document: dict[str, object]) -> Node:
    pool = ringfence.assess(ringfence.read(document)).accounts[0].pools[0]
    return pool.judged.maintenance


def test_the_venue_s_own_answer_to_the_digit() -> None:
    need = requirement(book(PERPETUAL, FUTURE))
    (worst,), (delta,) = nodes(need, "worst"), nodes(need, "roll shock")
    assert (worst.value, delta.value, need.value) == (
        Decimal("0.059685872"),
        Decimal("0.00315725898"),
        Decimal("0.050274504784"),
    )


def test_every_scenario_is_in_the_tree() -> None:
    (standard,) = nodes(requirement(book(PERPETUAL)), "standard")
    results = [Decimal(str(part.inputs["result"])) for part in standard.parts]
    assert len(results) == 27
    with localcontext(EXACT):
        size = Decimal("0.314538364")
        for step in range(9):
            move = Decimal("0.16") * (step - 4) / 4
            wanted = size - size / (1 + move)
            assert all(abs(found - wanted) < Decimal("1e-40") for found in results[3 * step : 3 * step + 3])
    assert [part.value for part in standard.parts[15:]] == [
        0
    ] * 12  # a gain counts nothing against other coins


def test_a_position_that_nets_needs_nothing_on_its_own() -> None:
    (pool,) = ringfence.assess(ringfence.read(book(PERPETUAL))).accounts[0].pools
    (held,) = pool.positions
    assert held.charge.netted
    assert held.maintenance is None
    assert pool.judged.maintenance.value > 0


def test_an_option_counts_with_what_it_is_worth() -> None:
    sold = book(option("BTC-28JUN24-70000-C", mark_price="0.015"))
    (pool,) = ringfence.assess(ringfence.read(sold)).accounts[0].pools
    assert pool.judged.equity.value == Decimal("0.985")


def test_an_option_without_a_mark_is_marked_by_its_model() -> None:
    (pool,) = ringfence.assess(ringfence.read(book(option("BTC-28JUN24-70000-C")))).accounts[0].pools
    price = (
        ringfence.assess(ringfence.read(book(option("BTC-28JUN24-70000-C"))))
        .accounts[0]
        .pools[0]
        .positions[0]
        .mark
    )
    assert pool.judged.equity.value == 1 - price
    assert Decimal("0.005") < price < Decimal("0.05")


def test_an_option_without_a_volatility_takes_the_one_of_its_mark() -> None:
    plain = option("BTC-28JUN24-70000-C")
    marked = book(plain)
    mark = ringfence.assess(ringfence.read(marked)).accounts[0].pools[0].positions[0].mark
    unquoted = {key: value for key, value in plain.items() if key != "implied_volatility"} | {
        "mark_price": str(mark)
    }
    one, other = requirement(marked), requirement(book(unquoted))
    assert float(one.value) == pytest.approx(float(other.value), rel=1e-10)


def test_the_far_rows_weigh_less_and_their_dampener_takes_from_losses_only() -> None:
    far = Extended(range=Decimal("0.16"), dampener=Decimal(100_000))
    row = scenarios_of(
        ScenarioSet(name="far", moves=(Decimal("-0.66"), Decimal(2)), vols=("up",), extended=far)
    )
    assert [(one.futures_move, one.options_weight) for one in row] == [
        (Decimal("-0.16"), Decimal("0.16") / Decimal("0.66")),
        (Decimal("0.16"), Decimal("0.08")),
    ]
    assert row[1].ranges_beyond == Decimal("11.5")


@pytest.mark.parametrize(
    ("rule", "vol", "days", "wanted"),
    [
        (VolShock(up=Decimal("0.45"), short_power=Decimal("0.3")), "up", 30.0, 0.87),
        (VolShock(up=Decimal("0.38"), short_power=Decimal("0.3")), "up", 15.0, 0.6 * (1 + 0.38 * 2**0.3)),
        (VolShock(up=Decimal("0.4"), long_power=Decimal("0.13")), "up", 60.0, 0.6 * (1 + 0.4 * 0.5**0.13)),
        (VolShock(term="flat", unit="points", up=Decimal("0.45")), "up", 7.0, 1.05),
        (VolShock(term="flat", down=Decimal(2)), "down", 7.0, 0.0),
        (VolShock(term="flat", up=Decimal("0.5"), least_up=Decimal(1)), "up", 7.0, 1.0),
        (VolShock(term="flat", up=Decimal("0.5")), "same", 7.0, 0.6),
        (VolShock(up=Decimal("0.5"), short_power=Decimal(1), least_days=Decimal(15)), "up", 1.0, 1.2),
        (
            VolShock(
                term="knots",
                knots=(
                    Knot(days=Decimal(0), up=Decimal("0.5"), down=Decimal("0.5")),
                    Knot(days=Decimal(30), up=Decimal("0.3"), down=Decimal("0.3")),
                ),
            ),
            "down",
            15.0,
            0.36,
        ),
    ],
)
def test_a_volatility_moves_by_the_rule(rule: VolShock, vol: str, days: float, wanted: float) -> None:
    import numpy as np

    assert shocked_vol(np.array([0.6]), np.array([days]), rule, vol)[0] == pytest.approx(wanted, rel=1e-14)  # type: ignore[arg-type]


def test_an_expired_option_is_one_message() -> None:
    with pytest.raises(MarketError, match="it expired at 2024-06-14 08:00 UTC"):
        ringfence.assess(ringfence.read(book(option("BTC-14JUN24-70000-C", mark_price="0.01"))))


def test_the_time_left_counts_from_the_instant_of_the_book() -> None:
    document = book(option("BTC-28JUN24-70000-C"))
    later = document | {"at": "2024-06-27T08:00:00Z"}
    assert datetime(2024, 6, 27, tzinfo=UTC).date().isoformat() in str(later["at"])
    near, far = (
        ringfence.assess(ringfence.read(one)).accounts[0].pools[0].positions[0].mark
        for one in (later, document)
    )
    assert near < far


def test_a_sold_straddle_dies_on_both_sides() -> None:
    sold = book(option("BTC-28JUN24-66000-C", contracts="2"), option("BTC-28JUN24-66000-P", contracts="2"))
    (pool,) = ringfence.assess(ringfence.read(sold)).accounts[0].pools
    for held in pool.positions:
        assert held.prices.down is not None
        assert held.prices.up is not None
        assert held.prices.down < 66000 < held.prices.up
        losing = held.prices.up if held.position.symbol.endswith("C") else held.prices.down
        assert held.prices.liquidation == losing


def test_an_order_counts_as_filled_where_that_needs_more() -> None:
    resting = [{"symbol": "BTC-28JUN24-60000-P", "side": "sell", "contracts": "2", "price": "0.01"}]
    hedging = [{"symbol": "BTC-28JUN24-60000-P", "side": "buy", "contracts": "2", "price": "0.01"}]
    quoted = {"feeds": {"implied_volatility": {"BTC-28JUN24-60000-P": "0.6"}}}
    held = option("BTC-28JUN24-55000-P")
    alone = initial(book(held))
    assert initial(book(held, order=resting, **quoted)) > alone
    assert initial(book(held, order=hedging, **quoted)) == alone


def initial(document: dict[str, object]) -> Decimal:
    (pool,) = ringfence.assess(ringfence.read(document)).accounts[0].pools
    assert isinstance(pool.judged.initial, Node)
    return pool.judged.initial.value


def test_a_hedge_frees_what_it_spares_and_is_paid_for() -> None:
    snapshot = ringfence.read(book(option("BTC-28JUN24-60000-P", contracts="2"), PERPETUAL))
    answer = ringfence.what_if(snapshot, "buy 2 BTC-28JUN24-55000-P @ 0.004")
    (before,), (after,) = answer.before.pools, answer.after.pools
    assert answer.allowed
    assert after.judged.maintenance.value < before.judged.maintenance.value
    assert before.judged.pool.collateral["BTC"] - after.judged.pool.collateral["BTC"] == Decimal("0.008")
    assert after.judged.equity.value == before.judged.equity.value


def test_a_position_without_a_model_stands_alone_and_the_result_says_so() -> None:
    sol = {"symbol": "SOL_USDC-PERPETUAL", "contracts": "10", "mark_price": "150"}
    result = ringfence.assess(ringfence.read(book(sol, indices={"SOL": "150"})))
    assert any(
        "SOL/USDC:USDC: deribit states no portfolio model" in note for note in result.accounts[0].warnings
    )
    plain = ringfence.assess(ringfence.read(book(PERPETUAL)))
    assert not any("no portfolio model" in note for note in plain.accounts[0].warnings)


def test_what_a_search_asks_is_what_the_tree_says_also_where_coins_offset_each_other() -> None:
    document = book(
        PERPETUAL, FUTURE, option("BTC-28JUN24-70000-C"), {**PERPETUAL, "symbol": "ETH-PERPETUAL", "side": "short"},
        account_mode="cross-portfolio", collateral={"BTC": "0.5", "ETH": "2", "USDC": "1000"},
        indices={"BTC": "65666.19", "ETH": "3500"}, at="2026-02-16T08:00:00Z",
    )  # fmt: skip
    document["position"] = [
        {**one, "symbol": one["symbol"].replace("28JUN24", "27MAR26")}
        for one in document["position"]  # type: ignore[attr-defined]
    ]
    holding = ringfence.read(document).only()
    with localcontext(EXACT):
        world = world_of(holding)
        (pool,) = partition(holding.book, world, "as-held", "at-leverage").pools
        tree = judge(pool, world).maintenance.value
        assert float(need_of(pool, world, charges_of(pool, world))) == pytest.approx(float(tree), rel=1e-12)


def test_a_bought_option_with_an_empty_wallet_has_no_bankruptcy_price() -> None:
    """Where options count for nothing in equity there is none to lose: the premium is gone already."""
    bought = book(option("BTC-28JUN24-70000-C", "long"), collateral={}, account_mode="standard")
    (pool,) = ringfence.assess(ringfence.read(bought)).accounts[0].pools
    (held,) = pool.positions
    assert held.prices.bankruptcy is None
    assert held.prices.never
