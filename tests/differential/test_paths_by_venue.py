"""Paths on which venues take their own steps, against the exact engine walked look by look."""

from decimal import Decimal, localcontext

import numpy as np
import pytest

from ringfence.core.errors import BookError
from ringfence.core.number import EXACT, from_model
from ringfence.liquidation import Fill, Fills, Stage, liquidate, net_worth, step
from ringfence.margin.assess import world_in
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.moved import moved
from ringfence.margin.pools import Pool, partition
from ringfence.margin.world import World
from ringfence.paths.draw import prices
from ringfence.paths.fates import NEVER, Simulation
from ringfence.paths.features import Blackout, Features, Impact
from ringfence.paths.funding import Funding
from ringfence.paths.laws import Gbm
from ringfence.paths.simulate import simulate
from ringfence.venue import kinds
from tests.unit.paths.books import VENUES, clock, random_snapshot, wild

PATHS, STEPS = 5, 16
MODES = ("isolated", "cross")
VOLUMES = {"BTC": 1e8, "ETH": 5e7, "SOL": 1e7, "XRP": 1e7}


def run(seed: int, venue: str, paths: int = PATHS, **asked: object) -> Simulation:
    snapshot = random_snapshot(seed, venue)
    given = {"coins": wild(snapshot, vol=1.6), "clock": clock(snapshot, STEPS), "modes": MODES, **asked}
    return simulate(snapshot, paths=paths, seed=seed, fills="market", **given)  # type: ignore[arg-type]


def all_sold(pool: Pool, world: World) -> Fills:
    """Return a market that takes everything at the marks."""
    return Fills({p.symbol: Fill(world.mark(p.symbol), p.contracts) for p in pool.positions})


@pytest.mark.parametrize("venue", VENUES)
def test_a_path_is_what_the_venue_s_own_steps_make_of_it(venue: str) -> None:
    seed = 20 + VENUES.index(venue)
    snapshot = random_snapshot(seed, venue)
    found, coins, holding = run(seed, venue), wild(snapshot, vol=1.6), snapshot.only()
    drawn = prices(Gbm(), coins, clock(snapshot, STEPS), seed, range(PATHS))
    with localcontext(EXACT):
        for mode in found.modes:
            world = world_in(holding, mode.mode)
            for path in range(PATHS):
                wealth = bad_debt = Decimal(0)
                for whole in partition(holding.book, world, mode.mode, "at-leverage").pools:
                    first, there, pool = NEVER, world, whole
                    for number, row in enumerate(drawn[path]):
                        factors = {n: from_model(float(g)) for n, g in zip(coins.names, row, strict=True)}
                        there = moved(world, factors)
                        if pool.positions and is_triggered(judge(pool, there), there):
                            first = min(first, number)
                            outcome = liquidate(pool, there, fills=all_sold(pool, there))
                            stage = Stage(outcome.pool_after, bad_debt=outcome.bad_debt)
                            _, stage = step(stage, there, kinds.TakeOver())
                            pool, bad_debt = stage.pool, bad_debt + stage.bad_debt
                    if whole.id in mode.pools:
                        assert mode.died[path, mode.pools.index(whole.id)] == first
                    wealth += net_worth(pool, there)
                assert mode.wealth[path] == pytest.approx(float(wealth), rel=1e-9, abs=1e-4)
                assert mode.bad_debt[path] == pytest.approx(float(bad_debt), rel=1e-9, abs=1e-4)


@pytest.mark.parametrize("venue", ["binance-usdm", "dydx", "bitget"])
def test_all_adds_up_under_the_venue_s_own_steps_with_every_feature(venue: str) -> None:
    features = Features(blackouts=(Blackout(20_000.0, 60_000.0),), impact=Impact(VOLUMES, 0.01, 0.05))
    found = run(31, venue, paths=40, features=features, funding=Funding({"BTC": 1e-3, "ETH": -1e-3}))
    for mode in found.modes:
        parts = mode.posted + mode.gain.sum(axis=1) + mode.other - mode.fees - mode.impact + mode.bad_debt
        assert np.abs(mode.wealth - parts).max() <= 1e-9 * (mode.posted + mode.notional.sum())
        assert (mode.left.min(axis=1) >= mode.first_death).all()
    assert any((mode.impact > 0).any() for mode in found.modes)


def test_an_owner_keeps_more_where_part_of_a_pool_is_sold_than_where_it_is_taken_whole() -> None:
    snapshot = random_snapshot(21, "binance-usdm")
    asked = {
        "coins": wild(snapshot, vol=1.6),
        "clock": clock(snapshot, STEPS),
        "modes": ["isolated"],
        "seed": 1,
    }
    sold = simulate(snapshot, paths=60, fills="market", **asked).modes[0]  # type: ignore[arg-type]
    taken = simulate(snapshot, paths=60, **asked).modes[0]  # type: ignore[arg-type]
    assert np.array_equal(sold.died, taken.died)
    assert sold.fees.mean() < taken.fees.mean()


def test_a_market_that_buys_wants_looks_and_paths_as_they_come() -> None:
    snapshot = random_snapshot(21, "binance-usdm")
    with pytest.raises(BookError, match="taken at looks"):
        simulate(
            snapshot,
            clock=clock(snapshot),
            coins=wild(snapshot),
            paths=1,
            fills="market",
            monitoring="continuous",
        )
