"""The same book under several modes, side by side."""

from decimal import Decimal
from typing import Any

import pytest

import ringfence
from ringfence.contrast import Contrast, ModeOutcome
from ringfence.market import load_scenarios, read_shock
from tests.unit.books import reference


def by_mode(result: Contrast) -> dict[str, ModeOutcome]:
    return {outcome.mode: outcome for outcome in result.outcomes}


def contrast(**changes: Any) -> dict[str, ModeOutcome]:
    return by_mode(ringfence.compare(ringfence.read(reference(**changes))))


def test_isolation_caps_the_loss_at_what_was_put_up() -> None:
    modes = contrast()
    assert modes["isolated"].worst_loss == Decimal(11900)  # 12,200 put up, 300 already lost
    assert modes["isolated"].free_collateral == Decimal(7800)
    assert modes["as-held"].worst_loss == Decimal(19700)
    assert modes["cross"].worst_loss == Decimal(19700)


def test_every_other_pooling_of_the_venue_stands_in_the_table() -> None:
    assert list(contrast()) == ["isolated", "as-held", "cross", "multi-asset"]


def test_ladder_and_named_crashes_are_the_default_shocks() -> None:
    names = [shock.name for shock in contrast()["cross"].shocks]
    assert names[:2] == ["all -2.5%", "all -5%"]
    assert names[-4:] == list(load_scenarios()) == ["2020-03-12", "2021-05-19", "2022-11-08", "2025-10-10"]


def test_a_shock_kills_the_ring_fenced_position_and_spares_the_others() -> None:
    shock = read_shock("BTC=-15%")
    result = by_mode(ringfence.compare(ringfence.read(reference()), shocks=[shock]))
    after = result["isolated"].shocks[0]
    assert after.dead == ("isolated:BTC/USDT:USDT",)
    assert after.survivors == ("ETH/USDT:USDT:short", "SOL/USDT:USDT:long")
    assert after.loss == Decimal(5500)  # the wallet of 5,000 and the profit of 500
    assert after.bad_debt == Decimal(2075)  # 0.5 * 15,150 lost on 5,500
    assert result["cross"].shocks[0].dead == ()
    assert result["cross"].shocks[0].loss == Decimal(7575)


def test_a_shock_of_nothing_that_is_held_changes_nothing() -> None:
    result = by_mode(ringfence.compare(ringfence.read(reference()), shocks=[read_shock("XRP=-50%")]))
    assert all(outcome.shocks[0].loss == 0 for outcome in result.values())


@pytest.mark.parametrize("venue", ["hyperliquid", "bybit", "okx", "dydx"])
def test_the_same_positions_stand_under_another_venues_rules(venue: str) -> None:
    result = ringfence.compare(ringfence.read(reference(on="2026-01-01")), venues=[venue])
    there = [outcome for outcome in result.outcomes if outcome.venue == venue]
    refused = [why for _, place, why in result.refused if place == venue]
    assert there or refused


def test_hyperliquid_asks_half_the_initial_rate_at_maximum_leverage() -> None:
    result = ringfence.compare(ringfence.read(reference(on="2026-01-01")), venues=["hyperliquid"])
    held = next(o for o in result.outcomes if o.venue == "hyperliquid" and o.mode == "as-held")
    prices = {
        p.position.symbol.partition("/")[0]: round(p.prices.liquidation or Decimal(0), 2)
        for pool in held.health.pools
        for p in pool.positions
    }
    assert prices == {"BTC": Decimal("70983.29"), "ETH": Decimal("5866.27"), "SOL": Decimal("164.10")}


def test_a_mode_that_cannot_be_shown_says_why() -> None:
    book = reference()
    del book["position"][0]["leverage"]
    result = ringfence.compare(ringfence.read(book))
    assert ("isolated", "binance-usdm") in {(mode, venue) for mode, venue, _ in result.refused}
    assert "as-held" in by_mode(result)


def test_a_scenario_names_the_page_of_every_move() -> None:
    for scenario in load_scenarios().values():
        assert scenario.sources
        assert all(url.startswith("https://") for url in scenario.sources.values())
        assert all(move > -1 for move in scenario.shock.moves.values())


@pytest.mark.parametrize(
    "text", ["", "BTC", "BTC=", "BTC=x", "BTC=-100%", "BTC=-30", "BTC=-10%,BTC=-20%", "BTC=nan", "=-10%"]
)
def test_what_is_not_a_shock_is_refused(text: str) -> None:
    with pytest.raises(ringfence.BookError):
        read_shock(text)


def test_a_stablecoin_moves_only_when_it_is_named() -> None:
    assert read_shock("all=-20%").move_of("USDT") == 0
    assert read_shock("all=-20%,USDT=-35%").move_of("USDT") == Decimal("-0.35")
    assert read_shock("all=-20%").move_of("BTC") == Decimal("-0.2")
