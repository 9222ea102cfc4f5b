"""Paths of books in coin: inverse contracts and coin collateral, against the exact engine, look by look."""

from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest

import ringfence
from ringfence.core.number import EXACT
from ringfence.liquidation import Stage, liquidate, net_worth, step
from ringfence.margin.assess import world_in
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.moved import moved
from ringfence.margin.pools import partition
from ringfence.paths.draw import prices
from ringfence.paths.fates import NEVER
from ringfence.paths.features import Features, Impact
from ringfence.paths.funding import Funding
from ringfence.paths.laws import Gbm
from ringfence.paths.simulate import simulate
from ringfence.venue import kinds
from tests.unit.paths.books import clock, wild

PATHS, STEPS = 8, 16
INVERSE: dict[str, Any] = {
    "venue": "binance-coinm",
    "on": "2025-09-01",
    "collateral": {"BTC": "0.4", "ETH": "6"},
    "tier": [
        {"symbol": "ETH/USD:ETH", "floor": floor, "unit": "coin", "maintenance_rate": rate, "max_leverage": most}
        for floor, rate, most in (("0", "0.005", "50"), ("30", "0.02", "20"))
    ],
    "position": [
        {"symbol": "BTC/USD:BTC", "side": "long", "contracts": "2000", "entry_price": "100000", "mark_price": "101000",
         "leverage": "5", "margin_mode": "cross"},
        {"symbol": "ETH/USD:ETH", "side": "short", "contracts": "6000", "entry_price": "4000", "mark_price": "4050",
         "leverage": "4", "margin_mode": "isolated", "collateral": "4"},
    ],
}  # fmt: skip
COLLATERAL: dict[str, Any] = {
    "venue": "binance-usdm",
    "on": "2025-09-01",
    "account_mode": "multi-asset",
    "collateral": {"USDT": "2000", "BTC": "0.1", "ETH": "1"},
    "indices": {"BTC": "101000", "ETH": "4050"},
    "position": [
        {"symbol": "BTC/USDT:USDT", "side": "long", "contracts": "0.5", "entry_price": "100000", "mark_price": "101000",
         "leverage": "5", "margin_mode": "cross"},
        {"symbol": "ETH/USDT:USDT", "side": "short", "contracts": "10", "entry_price": "4000", "mark_price": "4050",
         "leverage": "4", "margin_mode": "cross"},
    ],
}  # fmt: skip


@pytest.mark.parametrize("book", [INVERSE, COLLATERAL], ids=["inverse", "coin collateral"])
def test_a_path_of_a_book_in_coin_is_what_the_exact_engine_makes_of_its_prices(book: dict[str, Any]) -> None:
    snapshot = ringfence.read(book)
    coins, when, holding = wild(snapshot, vol=2.5), clock(snapshot, STEPS), snapshot.only()
    found = simulate(snapshot, clock=when, coins=coins, paths=PATHS, seed=3)
    drawn = prices(Gbm(), coins, when, 3, range(PATHS))
    deaths = 0
    with localcontext(EXACT):
        for mode in found.modes:
            world = world_in(holding, mode.mode)
            pools = partition(holding.book, world, mode.mode, "at-leverage").pools
            live = [pool for pool in pools if pool.positions]
            for path in range(PATHS):
                wealth = bad_debt = Decimal(0)
                there = [
                    moved(world, {name: Decimal(float(g)) for name, g in zip(coins.names, row, strict=True)})
                    for row in drawn[path]
                ]
                for pool in pools:
                    judged = [judge(pool, one) for one in there] if pool.positions else []
                    dead = [n for n, one in enumerate(judged) if is_triggered(one, there[n])]
                    if pool.positions:
                        assert mode.died[path, live.index(pool)] == (dead[0] if dead else NEVER)
                    deaths += len(dead) > 0
                    left, at = pool, there[-1]
                    if dead:
                        at = there[dead[0]]
                        outcome = liquidate(pool, at)
                        _, stage = step(
                            Stage(outcome.pool_after, bad_debt=outcome.bad_debt), at, kinds.TakeOver()
                        )
                        left = stage.pool
                        bad_debt += at.convert(stage.bad_debt, pool.unit, found.unit)
                    wealth += there[-1].convert(net_worth(left, there[-1]), pool.unit, found.unit)
                assert mode.wealth[path] == pytest.approx(float(wealth), rel=1e-7, abs=1e-5)
                assert mode.bad_debt[path] == pytest.approx(float(bad_debt), rel=1e-7, abs=1e-5)
    assert deaths > 2


@pytest.mark.parametrize("book", [INVERSE, COLLATERAL], ids=["inverse", "coin collateral"])
@pytest.mark.parametrize("fills", ["nobody", "market"])
def test_all_adds_up_in_coin_with_funding_and_impact(book: dict[str, Any], fills: Any) -> None:
    snapshot = ringfence.read(book)
    features = Features(impact=Impact({"BTC": 1e7, "ETH": 1e7}, 0.01, 0.05))
    found = simulate(
        snapshot, clock=clock(snapshot, STEPS), coins=wild(snapshot, vol=1.2), paths=60, features=features,
        funding=Funding({"BTC": 1e-3, "ETH": -1e-3}), fills=fills, modes=["isolated", "as-held", "cross"],
    )  # fmt: skip
    for mode in found.modes:
        parts = mode.posted + mode.gain.sum(axis=1) + mode.other - mode.fees - mode.impact + mode.bad_debt
        assert np.abs(mode.wealth - parts).max() <= 1e-8 * (mode.posted + mode.notional.sum())
    assert any((mode.first_death != NEVER).any() for mode in found.modes)
