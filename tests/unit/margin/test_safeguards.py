"""What a venue adds where prices are unsure, a peg slips or collateral may fall, by hand."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

import ringfence
from ringfence.core.errors import BookError
from ringfence.margin.judge import Judgement
from ringfence.margin.moved import moved
from ringfence.margin.node import Missing, Node
from ringfence.market import read_shock


def book(*positions: dict[str, str], **more: object) -> dict[str, object]:
    return {
        "venue": "derive", "at": "2025-08-01T08:00:00Z", "collateral": {"USDC": "100000"},
        "indices": {"ETH": "2000", "USDC": "1"}, "position": [{"entry_price": "100", **p} for p in positions], **more,
    }  # fmt: skip


PERPETUAL = {
    "symbol": "ETH-PERP",
    "side": "short",
    "contracts": "2",
    "entry_price": "2010",
    "mark_price": "2010",
}


def option(strike: int, right: str, side: str, contracts: str = "1", day: str = "20250815") -> dict[str, str]:
    return {
        "symbol": f"ETH-{day}-{strike}-{right}", "side": side, "contracts": contracts, "implied_volatility": "0.5",
        "underlying_price": "2005",
    }  # fmt: skip


def judged(document: dict[str, Any]) -> Judgement:
    return ringfence.assess(ringfence.read(document)).accounts[0].pools[0].judged


def initial(document: dict[str, Any]) -> Node:
    node = judged(document).initial
    assert not isinstance(node, Missing)
    return node


def nodes(node: Node, name: str) -> Iterator[Node]:
    if node.name == name:
        yield node
    for part in node.parts:
        yield from nodes(part, name)


def figure(node: Node, name: str) -> Decimal:
    (found,) = nodes(node, name)
    return found.value


def test_a_bounded_spread_needs_what_it_can_lose() -> None:
    spread = book(option(1800, "C", "short"), option(2000, "C", "long"))
    found = judged(spread)
    (most,) = nodes(found.maintenance, "max loss")
    assert most.value == 200
    assert most.inputs["at"] == 2000
    worth = found.equity.value - 100000
    assert found.maintenance.value == pytest.approx(200 + worth)
    assert found.buffer == pytest.approx(Decimal(100000 - 200))


def test_an_uncovered_call_adds_a_share_of_the_forward() -> None:
    found = judged(book(option(1900, "C", "short", "1.5"), option(1800, "C", "long", "1")))
    (most,) = nodes(found.maintenance, "max loss")
    assert most.inputs["net_short_calls"] == Decimal("0.5")
    assert most.value == Decimal("1.1") * 2005 * Decimal("0.5")


def test_a_put_needs_no_more_than_its_strike() -> None:
    found = judged(book(option(200, "P", "short")))
    assert figure(found.maintenance, "max loss") == 200


def test_the_least_sure_oracle_counts_for_futures_and_for_an_expiry() -> None:
    sure = initial(book(PERPETUAL, option(2000, "P", "short", "3")))
    feeds = {"confidence": {"ETH": "0.5", "ETH-PERP": "0.4", "ETH-250815": "0.3"}}
    unsure = initial(book(PERPETUAL, option(2000, "P", "short", "3"), feeds=feeds))
    assert figure(unsure, "futures oracle") == Decimal("0.6") * 2 * 2000
    assert figure(unsure, "options oracle") == Decimal("0.7") * 3 * 2000
    assert unsure.value - sure.value == 2400 + 4200


def test_what_is_sure_enough_costs_nothing() -> None:
    found = initial(book(PERPETUAL, feeds={"confidence": {"ETH": "0.55"}}))
    assert figure(found, "futures oracle") == 0


def test_a_slipping_peg_costs_futures_and_short_options() -> None:
    positions = PERPETUAL, option(2000, "P", "short", "3"), option(2000, "C", "long", "7")
    found = initial(book(*positions, indices={"ETH": "2000", "USDC": "0.9"}))
    assert figure(found, "peg") == Decimal("0.09") * 2 * (2 + 3) * 2000


def test_collateral_of_the_standard_manager_is_cut_to_its_index() -> None:
    found = judged(book(collateral={"ETH": "1"}, indices={"ETH": "2000", "USDC": "0.8"}))
    assert found.equity.value == 2500
    assert found.buffer == Decimal("0.8") * 2000
    assert initial(book(collateral={"ETH": "1"})).value == 2000 - Decimal("0.75") * 2000


def test_an_asset_that_no_manager_knows_counts_for_nothing() -> None:
    found = judged(book(collateral={"USDC": "5", "PEPE": "1000"}, indices={"PEPE": "1"}))
    assert found.equity.value == 5


def test_collateral_that_cancels_risk_moves_with_its_coin() -> None:
    short = {**PERPETUAL, "contracts": "1", "mark_price": "2000", "entry_price": "2000"}
    alone = judged(book(short, account_mode="portfolio-eth"))
    held = judged(book(short, account_mode="portfolio-eth", collateral={"USDC": "100000", "WSTETH": "1"},
                       indices={"ETH": "2000", "WSTETH": "2000"}))  # fmt: skip
    assert figure(alone.maintenance, "worst") == Decimal("0.18") * 2000
    assert figure(held.maintenance, "worst") == 0
    assert figure(held.maintenance, "collateral") == Decimal("0.056") * 2000


def test_a_coin_in_another_form_moves_with_it_wherever_it_moves() -> None:
    covered = book(option(2200, "C", "short"), account_mode="portfolio-eth", collateral={"WSTETH": "2"},
                   indices={"ETH": "2000", "WSTETH": "2400"})  # fmt: skip
    health = ringfence.assess(ringfence.read(covered)).accounts[0]
    there = health.world.shocked(read_shock("ETH=-50%")), moved(health.world, {"ETH": Decimal("0.5")})
    assert [world.index("WSTETH") for world in there] == [1200, 1200]
    assert health.pools[0].positions[0].prices.up is None


def test_other_collateral_stays_where_it_is() -> None:
    held = judged(
        book(account_mode="portfolio-eth", collateral={"BTC": "1"}, indices={"ETH": "2000", "BTC": "50000"})
    )
    assert held.maintenance.value == Decimal("0.25") * 50000


def test_an_expiry_that_leaves_the_others_is_a_candidate() -> None:
    synthetic = [option(2000, "C", "long"), option(2000, "P", "short"),
                 option(2000, "C", "short", day="20250829"), option(2000, "P", "long", day="20250829")]  # fmt: skip
    found = judged(book(*synthetic, account_mode="portfolio-eth"))
    lost = Decimal("0.045") * 2005
    expected = lost * (Decimal("0.5") + 2 * Decimal(14) / 365) + lost * (
        Decimal("0.5") + 2 * Decimal(28) / 365
    )
    assert figure(found.maintenance, "forward contingency") == pytest.approx(expected)


def test_a_skew_may_turn_either_way() -> None:
    for side in ("long", "short"):
        found = judged(
            book(option(3000, "C", side, "10"), account_mode="portfolio-eth", feeds={"rate": {"ETH": "0"}})
        )
        (skews,) = nodes(found.maintenance, "skews")
        assert {part.name for part in skews.parts} == {"skews +0 %, skew", "skews +0 %, wings"}
        assert all(part.value > 0 for part in skews.parts)


def test_what_is_settled_of_a_forward_does_not_move() -> None:
    last = {**option(2000, "C", "short"), "underlying_price": "2100"}
    document = book(last, account_mode="portfolio-eth", at="2025-08-15T08:00:00Z")
    found = judged(document)
    assert figure(found.maintenance, "tails") == figure(found.maintenance, "skews") == 0
    half = judged({**document, "at": "2025-08-15T07:45:00Z"})
    moved = judged({**document, "at": "2025-08-15T07:30:00Z"})
    assert figure(half.maintenance, "scenarios") == pytest.approx(
        figure(moved.maintenance, "scenarios") / 2, abs=Decimal(4)
    )


def test_a_book_changes_a_model_of_its_pack_in_part() -> None:
    changed = book(
        {**PERPETUAL, "mark_price": "2000"}, account_mode="portfolio-eth",
        rules=[{"kind": "scenarios", "over_pack": True, "maintenance_factor": "1"},
               {"kind": "scenarios", "over_pack": True, "charges": [{"name": "perpetuals", "rate": "0.5"}]}],
    )  # fmt: skip
    found = judged(changed)
    assert figure(found.maintenance, "perpetuals") == Decimal("0.5") * 2 * 2000
    assert found.maintenance.value == Decimal("0.18") * 2 * 2000 + 2000


def test_a_pack_without_a_model_cannot_be_changed_in_part() -> None:
    with pytest.raises(BookError, match="has no such model in the account mode standard"):
        ringfence.read({**book(), "venue": "deribit", "indices": {},
                        "rules": [{"kind": "scenarios", "over_pack": True}]})  # fmt: skip


def test_unusual_quotes_are_refused_unless_they_are_meant() -> None:
    far = book(option(20, "C", "long"))
    with pytest.raises(BookError, match="unusual_quotes = true under"):
        ringfence.read(far)
    assert judged({**far, "settings": {"unusual_quotes": True}}).equity.value > 100000
