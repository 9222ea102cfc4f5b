"""Paths against the exact engine, look by look: the step at which a pool dies, and what its death costs whom."""

from decimal import Decimal, localcontext

import numpy as np
import pytest

from ringfence.core.number import EXACT
from ringfence.liquidation import Stage, liquidate, net_worth, step
from ringfence.margin.assess import world_in
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.moved import moved
from ringfence.margin.pools import partition
from ringfence.paths.draw import prices
from ringfence.paths.fates import NEVER
from ringfence.paths.laws import Gbm
from ringfence.paths.simulate import simulate
from ringfence.venue import kinds
from tests.unit.paths.books import clock, random_snapshot, wild

PATHS, STEPS = 6, 24


@pytest.mark.parametrize("seed", range(10))
def test_a_path_is_what_the_exact_engine_makes_of_its_prices(seed: int) -> None:
    snapshot = random_snapshot(seed + 100)
    coins, when, holding = wild(snapshot, vol=2.0), clock(snapshot, STEPS), snapshot.only()
    found = simulate(snapshot, clock=when, coins=coins, paths=PATHS, seed=seed)
    drawn = prices(Gbm(), coins, when, seed, range(PATHS))
    with localcontext(EXACT):
        for mode in found.modes:
            world = world_in(holding, mode.mode)
            pools = partition(holding.book, world, mode.mode, "at-leverage").pools
            live = [pool for pool in pools if pool.positions]
            assert tuple(pool.id for pool in live) == mode.pools
            for path in range(PATHS):
                wealth = bad_debt = Decimal(0)
                there = [
                    moved(world, {name: Decimal(float(g)) for name, g in zip(coins.names, row, strict=True)})
                    for row in drawn[path]
                ]
                for pool in pools:
                    rate = world.convert(Decimal(1), pool.unit, found.unit)
                    judged = [judge(pool, one) for one in there] if pool.positions else []
                    dead = [n for n, one in enumerate(judged) if is_triggered(one, there[n])]
                    if pool.positions:
                        at = mode.died[path, live.index(pool)]
                        assert at == (dead[0] if dead else NEVER), (mode.mode, pool.id, path)
                        least = min(one.buffer for one in judged) * rate
                        assert mode.least[path, live.index(pool)] == pytest.approx(
                            float(least), rel=1e-9, abs=1e-5
                        )
                    if not dead:
                        wealth += net_worth(pool, there[-1]) * rate
                        continue
                    outcome = liquidate(pool, there[dead[0]])
                    _, left = step(
                        Stage(outcome.pool_after, bad_debt=outcome.bad_debt), there[dead[0]], kinds.TakeOver()
                    )
                    wealth += net_worth(left.pool, there[-1]) * rate
                    bad_debt += left.bad_debt * rate
                assert mode.wealth[path] == pytest.approx(float(wealth), rel=1e-9, abs=1e-5)
                assert mode.bad_debt[path] == pytest.approx(float(bad_debt), rel=1e-9, abs=1e-5)


def test_the_paths_of_these_books_do_kill() -> None:
    deaths = 0
    for seed in range(10):
        snapshot = random_snapshot(seed + 100)
        found = simulate(
            snapshot, clock=clock(snapshot, STEPS), coins=wild(snapshot, vol=2.0), paths=PATHS, seed=seed
        )
        deaths += sum(int(np.sum(mode.died != NEVER)) for mode in found.modes)
    assert deaths > 50
