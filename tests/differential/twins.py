"""A book judged by both engines, figure by figure."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from ringfence.batch import figures as fast
from ringfence.batch.figures import Judged
from ringfence.batch.gather import columns_of
from ringfence.batch.judge import judge_all
from ringfence.batch.ready import Ready, ready
from ringfence.batch.setting import Setting
from ringfence.margin.judge import Judgement, judge
from ringfence.margin.node import Missing
from ringfence.margin.pools import partition
from ringfence.margin.snapshot import Holding
from ringfence.margin.world import World


@dataclass(frozen=True)
class Twins:
    """What both engines say of an account, pool by pool."""

    made: Ready
    judged: Judged
    exact: tuple[Judgement, ...]
    world: World

    def figures(self, pool: int) -> dict[str, tuple[float, Decimal | None]]:
        """Return a pool's numbers by name: of the fast engine, and of the exact one."""
        one = self.exact[pool]
        exact = {
            "collateral_value": one.collateral.value,
            "unrealized_pnl": one.unrealized.value,
            "equity": one.equity.value,
            "initial_requirement": None if isinstance(one.initial, Missing) else one.initial.value,
            "maintenance_requirement": one.maintenance.value,
            "closing_cost": one.closing_cost.value,
            "buffer": one.buffer,
        }
        found = dict(zip(fast.WORDS, map(float, self.judged.pools[pool]), strict=True))
        return {name: (found[name], value) for name, value in exact.items()}

    def bounds(self, pool: int) -> tuple[float, float]:
        """Return how far off a pool's numbers may be, and its initial requirement."""
        row = self.judged.pools[pool]
        return float(row[fast.BOUND]), float(row[fast.OPEN_BOUND])


def both(holding: Holding, world: World) -> Twins:
    """Return an account judged by both engines, in the same world."""
    setting = Setting(world.rules, world.instruments, world.market, world.at)
    columns = columns_of([holding.book], setting)
    made = ready(columns, setting)
    pools = partition(holding.book, world, "as-held", "at-leverage").pools
    assert [columns.pool_id(n) for n in range(len(columns))] == [pool.id for pool in pools]
    return Twins(made, judge_all(made), tuple(judge(pool, world) for pool in pools), world)


def faults(twins: Twins) -> list[str]:
    """Return where the fast engine is further off than it says, in words."""
    found = []
    for pool in range(len(twins.exact)):
        bound, open_bound = twins.bounds(pool)
        for name, (value, exact) in twins.figures(pool).items():
            off = open_bound if name == "initial_requirement" else bound
            if np.isinf(off) or (exact is None and np.isnan(value)):
                continue
            if exact is None or np.isnan(value) or not abs(Decimal(value) - exact) <= Decimal(off):
                found.append(f"{name} of {twins.exact[pool].pool.id}: {value} and {exact}, bound {off}")
    return found
