"""The collateral that pools must have to live through a joint move."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from ringfence.core.number import EXACT
from ringfence.margin.assess import world_of
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.pools import Cut, Pool, partition
from ringfence.margin.snapshot import Snapshot
from ringfence.margin.world import World
from ringfence.market import Shock


@dataclass(frozen=True, slots=True)
class Survival:
    """What a pool has and what it must have, in its unit, at today's prices of its collateral."""

    pool: str
    unit: str
    has: Decimal
    must_have: Decimal
    lives: bool


def survive(
    snapshot: Snapshot, shock: Shock, modes: Sequence[tuple[str, Cut]]
) -> list[tuple[str, str, Survival]]:
    """Return the collateral that each pool must have to live through a shock, mode by mode.

    Args:
        snapshot: one account.
        shock: the joint move.
        modes: pairs of mode and cut.

    Raises:
        InputError: a mode cannot be shown.

    """
    holding = snapshot.only()
    rows: list[tuple[str, str, Survival]] = []
    with localcontext(EXACT):
        for mode, cut in modes:
            own = {m.id for m in world_of(holding).rules.modes()}
            world = world_of(holding, account_mode=mode if mode in own else None)
            there = world.shocked(shock)
            cut_up = partition(holding.book, world, mode, cut)
            rows += [
                (mode, cut_up.cut, _survival(pool, world, there)) for pool in cut_up.pools if pool.positions
            ]
    return rows


def _survival(pool: Pool, world: World, there: World) -> Survival:
    now, then = judge(pool, world), judge(pool, there)
    return Survival(
        pool.id,
        pool.unit,
        now.collateral.value,
        now.collateral.value - then.buffer,
        not is_triggered(then, there),
    )
