"""Legs matched into strategies by compiled programmes need what the exact engine's solver finds, within the bound."""

import random
from decimal import Decimal, localcontext
from functools import cache
from itertools import product

import numpy as np
import pytest

from ringfence.batch.netting import netted
from ringfence.batch.netting.least import most_spared
from ringfence.batch.setting import Setting
from ringfence.book import Instrument, Position
from ringfence.core.number import EXACT
from ringfence.margin.netting import netted as exactly_netted
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue.models import Strategies
from tests.differential.populations import columns_of, world_of
from tests.laws.option_stages import nets, option_stages
from tests.laws.stages import Stage

POOLS = 60
SHARES = ("50", "100", "150", "300", "1000")


def _by_strategies() -> list[Stage]:
    found = option_stages()
    models = [stage.rules.offset_models(stage.rules.account_mode.id) for stage in found]
    return [
        stage
        for stage, places in zip(found, models, strict=True)
        if any(isinstance(stage.rules.lists["offset"][place], Strategies) for place in places)
    ]


@cache
def stages() -> list[Stage]:
    return _by_strategies()


def _leg(draw: random.Random, one: Instrument, world: World, *, whole: bool) -> Position:
    stock = one.payoff == "spot"
    contracts = Decimal(draw.choice(SHARES)) if stock else Decimal(draw.randint(1, 12))
    return Position(
        symbol=one.symbol,
        side=draw.choice(("long", "short")),
        contracts=contracts if whole else contracts / 4,
        contract_size=one.contract_size or Decimal(1),
        entry_price=(world.mark(one.symbol) * Decimal(draw.choice(("0.9", "1", "1.2")))).normalize(),
        margin_mode="cross",
    )


def _pool(draw: random.Random, stage: Stage, world: World, most: int) -> Pool:
    """Return legs on one coin and a few on others."""
    known = [one for one in stage.instruments if nets(stage, one) and world.mark(one.symbol) > 0]
    coin = draw.choice(sorted({one.underlying for one in known}))
    near = [one for one in known if one.underlying == coin or draw.random() < 0.1]
    whole = draw.random() < 0.8
    legs = (_leg(draw, one, world, whole=whole) for one in draw.choices(near, k=draw.randint(1, most)))
    held = {leg.label: leg for leg in legs}
    unit = stage.rules.account_mode.unit
    return Pool("cross:*", "cross", unit, False, {unit: Decimal(1)}, tuple(held.values()))


@pytest.mark.parametrize("most", [4, 9, 24])
@pytest.mark.parametrize("place", range(2))
def test_classes_of_many_legs_need_the_same_by_both_engines(place: int, most: int) -> None:
    stage = stages()[place]
    draw = random.Random(f"{stage}{most}")
    world = world_of(draw, stage)
    pools = [_pool(draw, stage, world, most) for _ in range(POOLS)]
    columns = columns_of(pools, [one.symbol for one in stage.instruments])
    found = netted(columns, Setting(stage.rules, world.instruments, world.market, world.at))
    with localcontext(EXACT):
        for number in np.flatnonzero(found.covered).tolist():
            exact, bound = exactly_netted(pools[number], world), Decimal(float(found.bound[number]))
            assert abs(Decimal(float(found.initial[number])) - exact.initial.value) <= bound
            assert abs(Decimal(float(found.maintenance[number])) - exact.maintenance.value) <= bound
    assert found.covered.sum() >= POOLS * (0.8 if most > 9 else 1.0)


def test_every_stage_with_strategies_is_tried() -> None:
    assert len(stages()) == 2


def _most(members: np.ndarray, takes: np.ndarray, spared: np.ndarray, lots: np.ndarray) -> float:
    """Return what the best division spares, all of them tried."""
    best = 0.0
    for counts in product(range(4), repeat=len(spared)):
        left = lots.copy()
        for g, count in enumerate(counts):
            np.subtract.at(left, members[g][members[g] >= 0], takes[g][members[g] >= 0] * count)
        if (left >= 0.0).all():
            best = max(best, float(np.dot(counts, spared)))
    return best


def test_what_is_spared_is_the_most_of_all_divisions() -> None:
    draw = np.random.default_rng(1936)
    for _ in range(150):
        legs, groups = int(draw.integers(2, 6)), int(draw.integers(1, 7))
        members = np.full((groups, 4), -1, dtype=np.int64)
        takes = np.zeros((groups, 4))
        for g in range(groups):
            size = int(draw.integers(2, min(legs, 4) + 1))
            members[g, :size] = draw.permutation(legs)[:size]
            takes[g, :size] = draw.integers(1, 3, size)
        lots = draw.integers(1, 4, legs).astype(float)
        spared = draw.uniform(0.1, 5.0, groups)
        best, gap = most_spared(members, takes, spared, lots, float(lots.sum()))
        assert best == pytest.approx(_most(members, takes, spared, lots), rel=1e-12)
        assert gap <= 1e-9 * best
