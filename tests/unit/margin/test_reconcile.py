"""Our figures beside the venue's, and the likely cause where they differ."""

from decimal import Decimal
from typing import Any

import pytest

import ringfence
from ringfence.margin.reconcile import Compared, Reconciliation, agree, reconcile
from tests.unit.books import REFERENCE, reference

BTC = {"symbol": "BTC/USDT:USDT", "side": "long"}
LABEL = "BTC/USDT:USDT:long"
OWN = {"notional": "50500", "maintenance_requirement": "202", "liquidation_price": "69336.55"}


def packed() -> dict[str, Any]:
    """Return the reference account under the pack's own tiers: nothing of its own overrides them."""
    book = reference()
    for row in book["position"]:
        del row["maintenance_rate"]
    return book


def beside(row: dict[str, Any], book: dict[str, Any] | None = None, **of: Any) -> Reconciliation:
    known = book or reference()
    snapshot = ringfence.read({**known, "reported": [{**(of or BTC), **row}]})
    (found,) = reconcile(snapshot, ringfence.assess(snapshot))
    return found


def line(found: Reconciliation, figure: str) -> Compared:
    (one,) = (each for each in found.lines if each.figure == figure)
    return one


def test_what_the_venue_printed_agrees_within_its_own_rounding() -> None:
    found = beside(OWN)
    assert {one.figure for one in found.lines} == {"notional", "maintenance_requirement", "liquidation_price"}
    assert all(one.agrees and not one.cause for one in found.lines)
    assert found.warnings == ()


def test_a_difference_is_ours_less_the_venues() -> None:
    one = line(beside({**OWN, "maintenance_requirement": "200"}), "maintenance_requirement")
    assert (one.ours, one.venue, one.difference) == (Decimal(202), Decimal(200), Decimal(2))


def test_where_the_value_differs_the_mark_moved() -> None:
    found = beside({"notional": "50000", "maintenance_requirement": "200", "liquidation_price": "69336.55"})
    assert "mark 101000 is not the one" in line(found, "notional").cause
    assert "mark" in line(found, "maintenance_requirement").cause
    assert found.warnings == ()


def test_where_the_value_agrees_and_the_requirement_does_not_the_tiers_changed_and_the_pack_seems_old() -> (
    None
):
    found = beside(
        {"notional": "50500", "maintenance_requirement": "505", "liquidation_price": "70000"}, packed()
    )
    assert line(found, "maintenance_requirement").cause == "the tiers differ: 0.401 % here, 1 % at the venue"
    assert "tiers" in line(found, "liquidation_price").cause
    (said,) = found.warnings
    assert "binance-usdm" in said
    assert "out of date" in said
    assert f"{LABEL} 1 % against 0.401 %" in said


def test_a_rate_that_the_book_brings_itself_makes_no_pack_old() -> None:
    assert beside({"notional": "50500", "maintenance_requirement": "505"}).warnings == ()


def test_a_requirement_with_the_fee_to_close_inside_is_explained_by_it() -> None:
    book = packed() | {"venue": "okx", "on": "2026-01-01"}
    book["position"] = book["position"][:1]
    snapshot = ringfence.read(book)
    (held,) = (p for pool in ringfence.assess(snapshot).accounts[0].pools for p in pool.positions)
    whole = held.charge.maintenance.value + held.charge.closing_cost.value
    assert held.charge.closing_cost.value > 0
    found = beside({"notional": "50500", "maintenance_requirement": str(whole)}, book)
    assert line(found, "maintenance_requirement").cause == "the venue counts the fee to close inside it"
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("price", "cause"),
    [("69300", "rounding or a tick"), ("60000", "other positions, orders or collateral")],
)
def test_a_liquidation_price_alone_that_differs_has_a_likely_cause(price: str, cause: str) -> None:
    assert cause in line(beside({**OWN, "liquidation_price": price}), "liquidation_price").cause


def test_an_isolated_one_has_another_wallet() -> None:
    found = beside({"liquidation_price": "150"}, symbol="SOL/USDT:USDT", side="long")
    assert "another wallet" in line(found, "liquidation_price").cause


def test_where_we_find_no_price_the_difference_is_none() -> None:
    book = reference(collateral={"USDT": "200000"})
    one = line(beside({"liquidation_price": "10000"}, book), "liquidation_price")
    assert (one.ours, one.difference, one.agrees) == (None, None, False)
    assert "missing or too many" in one.cause


def test_the_account_and_its_assets_are_compared_too() -> None:
    rows = [
        {"equity": "19700", "unrealized_pnl": "-300", "maintenance_requirement": "429.6"},
        {"asset": "USDT", "equity": "19800", "initial_requirement": "1"},
    ]
    snapshot = ringfence.read({**reference(), "reported": rows})
    (found,) = reconcile(snapshot, ringfence.assess(snapshot))
    assert [(one.of, one.figure, one.agrees) for one in found.lines] == [
        ("USDT", "initial_requirement", False), ("USDT", "equity", False),
        ("the account", "maintenance_requirement", True), ("the account", "unrealized_pnl", True),
        ("the account", "equity", True),
    ]  # fmt: skip
    assert "missing from the book" in found.lines[1].cause


def test_a_venue_that_counts_its_shared_pool_alone_is_met_there() -> None:
    snapshot = ringfence.read(
        {**reference(), "reported": [{"equity": "16100", "maintenance_requirement": "331.6"}]}
    )
    (found,) = reconcile(snapshot, ringfence.assess(snapshot))
    assert all(one.agrees and one.of == "the account, isolated positions apart" for one in found.lines)


def test_what_we_do_not_know_ourselves_says_why() -> None:
    book = reference()
    del book["position"][0]["leverage"]
    one = line(beside({"initial_requirement": "5050"}, book), "initial_requirement")
    assert one.ours is None
    assert one.cause.startswith("ours is not known: ")
    assert "leverage" in one.cause


def test_a_venue_that_said_nothing_is_not_reconciled() -> None:
    snapshot = ringfence.read(REFERENCE)
    assert reconcile(snapshot, ringfence.assess(snapshot)) == ()


@pytest.mark.parametrize(
    ("ours", "venue", "same"),
    [
        ("331.6", "331.60000000", True), ("69336.5462", "69336.55", True), ("69336.5462", "69336.5", True),
        ("69336.5462", "69337", True), ("69336.5462", "69335", False), ("0.4", "1", False), ("0.004", "0.0041", False),
    ],
)  # fmt: skip
def test_a_venues_last_digit_is_its_rounding_unless_it_is_coarse(
    ours: str, venue: str, *, same: bool
) -> None:
    assert agree(Decimal(ours), Decimal(venue)) is same
