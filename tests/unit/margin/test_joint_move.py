"""Where a pool dies on the way of a joint move, and when the other coins follow by their beta."""

from decimal import Decimal
from typing import Any

import pytest

import ringfence
from ringfence.margin.assess import AccountHealth
from ringfence.margin.joint_move import beta_move, death_on_the_way, death_with_beta, end_of, part_of
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.node import Missing
from ringfence.market import Shock, read_shock
from tests.unit.books import reference

VOLS = {"vols": {"BTC": "0.6", "ETH": "0.8", "SOL": "1.0"}, "correlation": {"default": "0.8"}}
HAIR = Decimal("1e-15")
COIN_MARGINED: dict[str, Any] = {
    "venue": "binance-coinm",
    "on": "2024-10-24",
    "collateral": {"BTC": "1"},
    "position": [
        {
            "symbol": "BTC/USD:BTC",
            "side": "long",
            "contracts": "2000",
            "entry_price": "100000",
            "mark_price": "100000",
            "leverage": "5",
        }
    ],
    **VOLS,
}


def account(book: dict[str, Any], mode: str = "as-held") -> AccountHealth:
    return ringfence.assess(ringfence.read(book), mode=mode).accounts[0]


def test_a_shock_goes_on_until_its_first_coin_is_worth_nothing() -> None:
    assert end_of(read_shock("BTC=-25%,ETH=-50%")) == 2
    assert end_of(read_shock("BTC=+50%")) == 40


def test_a_part_of_a_shock_moves_every_coin_by_that_part() -> None:
    half = part_of(Shock("s", {"BTC": Decimal("-0.2")}, Decimal("0.1")), Decimal("0.5"))
    assert (half.moves["BTC"], half.default) == (Decimal("-0.1"), Decimal("0.05"))


@pytest.mark.parametrize("mode", ["isolated", "as-held", "cross"])
@pytest.mark.parametrize("text", ["all=-50%", "all=+50%", "BTC=-20%,SOL=-40%", "ETH=+10%"])
def test_a_pool_lives_just_before_the_share_that_is_found_and_dies_just_behind_it(
    mode: str, text: str
) -> None:
    health, shock = account(reference(), mode), read_shock(text)
    for pool in health.pools:
        share = death_on_the_way(pool.pool, pool.judged, health.world, shock)
        if share is None:
            near_the_end = health.world.shocked(part_of(shock, end_of(shock) * Decimal("0.999")))
            assert not is_triggered(judge(pool.pool, near_the_end), near_the_end)
            continue
        for factor, dead in ((1 - HAIR, False), (1 + HAIR, True)):
            there = health.world.shocked(part_of(shock, share * factor))
            assert is_triggered(judge(pool.pool, there), there) is dead


def test_one_coin_alone_dies_where_its_liquidation_price_says() -> None:
    health = account(reference(), "isolated")
    for pool in health.pools:
        for held in pool.positions:
            coin = health.world.instrument(held.position.symbol).underlying
            way = Shock("own", {coin: Decimal(-held.position.sign) / 2})
            share = death_on_the_way(pool.pool, pool.judged, health.world, way)
            assert share is not None
            assert held.distance is not None
            assert abs(share / 2 - abs(held.distance)) < Decimal("1e-25")


def test_a_coin_margined_position_is_searched_and_found_at_its_liquidation_price() -> None:
    health = account(COIN_MARGINED)
    pool = health.pools[0]
    held = pool.positions[0]
    share = death_on_the_way(pool.pool, pool.judged, health.world, read_shock("BTC=-50%"))
    assert share is not None
    assert held.distance is not None
    assert abs(share / 2 + held.distance) < Decimal("1e-9")


def test_the_others_follow_by_correlation_times_the_ratio_of_their_volatilities() -> None:
    world = account(reference(**VOLS)).world
    move = beta_move("BTC", -1, ["BTC", "ETH"], world)
    assert isinstance(move, Shock)
    assert move.moves["BTC"] == -1
    assert move.moves["ETH"] == -Decimal("0.8") * Decimal("0.8") / Decimal("0.6")


def test_without_followers_beta_changes_nothing_and_with_a_hedge_it_does() -> None:
    alone, shared = account(reference(**VOLS), "isolated"), account(reference(**VOLS))
    for health, pool_id in ((alone, "isolated:BTC/USDT:USDT"), (shared, "cross:USDT")):
        pool = next(p for p in health.pools if p.pool.id == pool_id)
        held = pool.positions[0]
        move = death_with_beta(pool.pool, pool.judged, health.world, held.position.symbol, -1)
        if pool_id.startswith("isolated"):
            assert isinstance(move, Decimal)
            assert held.distance is not None
            assert abs(move - held.distance) < Decimal("1e-25")
        else:
            assert move is None  # the short ETH gains more than the long BTC loses, all the way down


@pytest.mark.parametrize(
    ("given", "said"),
    [({}, "vols"), ({"vols": VOLS["vols"]}, "correlation")],
)
def test_what_beta_lacks_is_named(given: dict[str, Any], said: str) -> None:
    health = account(reference(**given))
    pool = health.pools[0]
    move = death_with_beta(pool.pool, pool.judged, health.world, "BTC/USDT:USDT", -1)
    assert isinstance(move, Missing)
    assert said in move.reason


def test_a_pool_past_its_trigger_is_dead_at_once() -> None:
    book = reference(marks={"BTC/USDT:USDT": "50000"})
    book["position"][0].pop("mark_price")
    health = account(book)
    pool = next(p for p in health.pools if p.pool.kind == "cross")
    assert pool.status != "healthy"
    assert death_on_the_way(pool.pool, pool.judged, health.world, read_shock("all=-1%")) == 0
