"""Capital efficiency and the hint of the mode law, on books."""

import math
from decimal import Decimal
from typing import Any

import pytest

import ringfence
from ringfence.contrast import ModeOutcome
from ringfence.contrast.efficiency import CapitalEfficiency, Criterion, efficiency_of
from ringfence.contrast.exposure import ASSUMED, Exposure, Risks
from ringfence.contrast.mode_law import ModeLaw, mode_law
from ringfence.margin.node import Missing
from ringfence.report import contrast_json
from ringfence.report.efficiency import efficiency_grids, hint_grids
from tests.unit.books import reference, with_position

VOLS = {"BTC": "0.6", "ETH": "0.8", "SOL": "1.0"}
ROOT = math.sqrt(7 / 365)
BTC = 0.5 * 101000 * (1 - 0.004) * 0.6 * ROOT
ETH = 8 * 4050 * (1 + 0.004) * 0.8 * ROOT
SOL = 100 * 196 * (1 - 0.005) * 1.0 * ROOT


def outcome(mode: str = "cross", book: dict[str, Any] | None = None, **asked: Any) -> ModeOutcome:
    known = book or reference(vols=VOLS, correlation={"default": "0.8"})
    return ringfence.compare(ringfence.read(known), modes=[mode], shocks=[], **asked).outcomes[0]


def criteria(one: ModeOutcome) -> dict[str, Criterion]:
    assert isinstance(one.efficiency, CapitalEfficiency)
    return {criterion.name: criterion for criterion in one.efficiency.criteria}


def law(one: ModeOutcome) -> ModeLaw:
    assert isinstance(one.law, ModeLaw)
    return one.law


def test_the_risk_of_a_position_is_its_slope_with_the_requirement_netted_off() -> None:
    apart, risks = criteria(outcome())["distance"].isolated, BTC + ETH + SOL
    assert float(apart) == pytest.approx(risks, rel=1e-10)


def test_the_risk_of_a_pool_nets_what_hedges() -> None:
    joint = math.sqrt(BTC**2 + ETH**2 + SOL**2 + 1.6 * (BTC * SOL - BTC * ETH - ETH * SOL))
    found = criteria(outcome())["distance"]
    assert float(found.pooled) == pytest.approx(joint, rel=1e-10)
    assert float(found.ratio or 0) == pytest.approx((BTC + ETH + SOL) / joint, rel=1e-10)


def test_every_criterion_says_in_full_what_it_is_and_how_sure() -> None:
    found = criteria(outcome())
    assert list(found) == ["distance", "any event", "value"]
    assert all(len(one.says) > 40 and one.how for one in found.values())
    assert "union bound" in found["any event"].how  # ETH hedges BTC and SOL
    assert "liquidation cost" in found["value"].how


def test_without_a_hedge_the_smaller_bound_is_taken() -> None:
    book = with_position(1, side="long") | {"vols": VOLS, "correlation": {"default": "0.8"}}
    assert "Slepian" in criteria(outcome(book=book))["any event"].how


@pytest.mark.parametrize("mode", ["as-held", "cross"])
def test_that_nothing_dies_never_takes_more_collateral_pooled(mode: str) -> None:
    assert (criteria(outcome(mode))["any event"].ratio or 0) >= 1


def test_isolated_against_itself_saves_nothing() -> None:
    assert {one.ratio for one in criteria(outcome("isolated")).values()} == {Decimal(1)}


def test_a_longer_horizon_needs_more() -> None:
    week, month = (criteria(outcome(days=Decimal(days)))["any event"].pooled for days in (7, 30))
    assert month > week


@pytest.mark.parametrize(
    ("changes", "word"), [({}, "vols"), ({"vols": VOLS}, "correlation")], ids=["no vols", "no correlation"]
)
def test_what_is_missing_is_a_reason(changes: dict[str, Any], word: str) -> None:
    found = outcome(book=reference(**changes))
    assert isinstance(found.efficiency, Missing)
    assert word in found.efficiency.reason
    assert isinstance(found.law, Missing)


def test_a_perfect_hedge_needs_no_buffer_and_no_ratio_is_made_up_for_it() -> None:
    legs = tuple(
        Exposure(f"BTC {side}", "cross:USDT", {"BTC": slope}, 4.0, 1.0, "a fee")
        for side, slope in (("long", 100.0), ("short", -100.0))
    )
    hedge = Risks(legs, ("BTC",), ((0.01,),))
    distance, event, value = efficiency_of(hedge, "USDT", Decimal(7), Decimal("0.01")).criteria
    assert (distance.ratio, distance.isolated, distance.pooled) == (None, Decimal(20), Decimal(0))
    assert event.pooled == value.pooled == Decimal(8)  # what both legs need
    assert "no risk" in mode_law(hedge, {"cross:USDT": Decimal(5)}, "USDT").silent[0]


def test_a_correlation_that_is_none_is_a_reason() -> None:
    rows = {"BTC,ETH": "0.9", "BTC,SOL": "0.9", "ETH,SOL": "-0.9"}
    found = outcome(book=reference(vols=VOLS, correlation=rows)).efficiency
    assert isinstance(found, Missing)
    assert "eigenvalue" in found.reason


def test_a_hedge_belongs_in_the_pool() -> None:
    hints = {hint.position: hint for hint in law(outcome()).hints}
    hedge = hints["ETH/USDT:USDT:short"]
    assert hedge.verdict == "pool"
    assert hedge.inside < 0 < hedge.alone


def test_what_is_cheap_to_lose_and_risky_with_the_book_belongs_apart() -> None:
    book = with_position(1, side="long") | {"vols": VOLS, "correlation": {"default": "1"}}
    book["fee"] = [
        {"symbol": f"{coin}/USDT:USDT", "taker": "0", "liquidation": fee}
        for coin, fee in (("BTC", "0.02"), ("ETH", "0.02"), ("SOL", "0.0001"))
    ]
    book["collateral"] = {"USDT": "6000"}
    hints = {hint.position: hint for hint in law(outcome(book=book)).hints}
    sol = hints["SOL/USDT:USDT:long"]
    assert sol.verdict == "isolate"
    assert sol.cost == Decimal("1.96")
    assert sol.cost_is == "liquidation fee + taker fee"


def test_a_cost_that_nobody_states_is_named_as_assumed() -> None:
    (hint, *_) = law(outcome()).hints
    assert "assumed" in hint.cost_is
    assert hint.cost == Decimal("227.25")  # 0.4 % and a taker fee of 0.05 % of 50,500


def test_a_position_alone_in_its_pool_has_no_hint() -> None:
    assert [hint.position for hint in law(outcome("as-held")).hints] == [
        "BTC/USDT:USDT:long",
        "ETH/USDT:USDT:short",
    ]
    assert law(outcome("isolated")).hints == ()


def test_a_buffer_beyond_weighing_says_so() -> None:
    book = reference(vols=VOLS, correlation={"default": "0.8"}, collateral={"USDT": "160000"})
    found = law(outcome(book=book))
    assert found.hints == ()
    assert "sigmas" in found.silent[0]


def multi_asset(collateral: dict[str, str], **vols: str) -> dict[str, Any]:
    """Return a book of two positions in a mode that takes ether as collateral."""
    book = reference(
        account_mode="multi-asset",
        collateral=collateral,
        indices={"ETH": "4050"},
        vols={**VOLS, **vols},
        correlation={"default": "0.8"},
    )
    del book["position"][2]
    return book


ON_ETHER = {"ETH": "2", "USDT": "4000"}


def test_the_volatility_of_collateral_is_left_out_and_its_coins_are_named() -> None:
    held, bare = multi_asset(ON_ETHER), multi_asset({"USDT": "12100"})
    with_coin, without = (outcome("as-held", book=book) for book in (held, bare))
    for name in ("distance", "any event", "value"):  # as if the ether in the wallet had no price of its own
        assert criteria(with_coin)[name].pooled == criteria(without)[name].pooled
    for found in (with_coin.efficiency, with_coin.law):
        assert isinstance(found, CapitalEfficiency | ModeLaw)
        assert found.still == ("ETH",)
    assert isinstance(without.law, ModeLaw)
    assert without.law.still == ()


def test_a_stablecoin_stands_still_unless_the_book_gives_it_a_volatility() -> None:
    assert law(outcome("as-held", book=multi_asset(ON_ETHER, USDT="0.02"))).still == ("ETH", "USDT")


def test_captions_say_what_the_first_order_assumes_and_which_collateral_it_holds_still() -> None:
    result = ringfence.compare(ringfence.read(multi_asset(ON_ETHER)), modes=["as-held"], shocks=[])
    grids = [*efficiency_grids(result), *hint_grids(result)]
    assert len(grids) == 2
    for grid in grids:
        assert all(said in grid.caption for said in ASSUMED)
        assert "collateral that stands still" in grid.caption
        assert "left out (here ETH)" in grid.caption
    (mode,) = contrast_json.contrast(result)["modes"]
    for part in ("capital_efficiency", "hints"):
        assert (mode[part]["assumed"], mode[part]["collateral_held_still"]) == (list(ASSUMED), ["ETH"])
