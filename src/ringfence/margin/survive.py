"""The collateral that pools must have to live through a joint move."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import Final

from ringfence.core.number import EXACT, ZERO
from ringfence.margin.assess import world_in
from ringfence.margin.judge import Judgement, is_triggered, judge
from ringfence.margin.pools import Cut, Pool, partition
from ringfence.margin.snapshot import Snapshot
from ringfence.margin.world import World
from ringfence.market import Shock

_SECANTS: Final = 4
"""The buffer is a straight line in the wallet: one secant meets its zero, another the last digits."""


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
            world = world_in(holding, mode)
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
        _must_have(pool, now, then, world, there),
        not is_triggered(then, there),
    )


def _must_have(pool: Pool, now: Judgement, then: Judgement, world: World, there: World) -> Decimal:
    """Return the collateral value that leaves no buffer after the shock.

    It is what the pool has less the buffer, unless what the pool needs follows its wallet: a closing fee found
    from the bankruptcy of the wallet does.
    """
    step = -there.convert(then.buffer, pool.unit, world.settle(pool.positions[0]))
    after = judge(_with_more(pool, step, world), there)
    if _need(after) == _need(then):
        return now.collateral.value - then.buffer
    more, buffer = step, then.buffer
    for _ in range(_SECANTS):
        if after.buffer in {ZERO, buffer}:
            break
        step *= after.buffer / (buffer - after.buffer)
        more, buffer = more + step, after.buffer
        after = judge(_with_more(pool, more, world), there)
    return judge(_with_more(pool, more, world), world).collateral.value


def _need(judged: Judgement) -> Decimal:
    return judged.maintenance.value + judged.closing_cost.value


def _with_more(pool: Pool, amount: Decimal, world: World) -> Pool:
    """Return a pool with more of its settlement asset, in the wallet of an isolated position too."""
    asset = world.settle(pool.positions[0])
    collateral = {**pool.collateral, asset: pool.collateral.get(asset, ZERO) + amount}
    positions = pool.positions
    if pool.kind == "isolated":
        positions = tuple(replace(p, extra_collateral=p.extra_collateral + amount) for p in positions)
    return replace(pool, collateral=collateral, positions=positions)
