"""What an account has and needs on the way of a joint move, and which pools die on it.

A pool that dies stays dead: its venue's procedure closes it there and then, and what it leaves its owner is carried
on. So the equity falls by a step where a pool dies, and the requirement falls with it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final

from ringfence.contrast.outcome import taken_over
from ringfence.core.number import EXACT
from ringfence.liquidation import net_worth
from ringfence.margin.assess import AccountHealth
from ringfence.margin.joint_move import death_on_the_way, end_of, part_of
from ringfence.margin.judge import judge
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.market import Shock

STEPS: Final = 20
_HAIR: Final = Decimal("1e-20")


@dataclass(frozen=True, slots=True)
class Death:
    """A pool that dies on the way, and how far along: a share of the whole joint move."""

    pool: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class Point:
    """How an account stands at a share of the way, in its unit: what all pools hold, and what the living ones need."""

    share: Decimal
    equity: Decimal
    requirement: Decimal


@dataclass(frozen=True, slots=True)
class Way:
    """An account along a joint move, from today to the whole of it."""

    shock: Shock
    unit: str
    points: tuple[Point, ...]
    deaths: tuple[Death, ...]


def along(health: AccountHealth, shock: Shock, steps: int = STEPS) -> Way:
    """Return what an account has and needs along a joint move.

    Where a pool dies there are two points, one on either side of the step.

    Args:
        health: the account in one mode.
        shock: the whole of the move; a coin that would reach zero stops the way short of it.
        steps: how many even steps the way is drawn with.

    """
    world = health.world
    with localcontext(EXACT):
        end = min(Decimal(1), end_of(shock) * (1 - _HAIR))
        met = {
            one.pool.id: share
            for one in health.pools
            if (share := death_on_the_way(one.pool, one.judged, world, shock)) is not None and share <= end
        }
        pools = [one.pool for one in health.pools]
        left = {pool.id: _closed(pool, world, shock, met[pool.id]) for pool in pools if pool.id in met}
        points = [
            _point(pools, left, met, world.shocked(part_of(shock, share)), share, health.unit, before=before)
            for share, before in _stops(met.values(), end, steps)
        ]
    deaths = sorted((Death(pool, share) for pool, share in met.items()), key=lambda death: death.share)
    return Way(shock, health.unit, tuple(points), tuple(deaths))


def _stops(met: Iterable[Decimal], end: Decimal, steps: int) -> list[tuple[Decimal, bool]]:
    """Return the shares to look at, in order; where a pool dies, once before and once after it."""
    steep = set(met)
    even = {end * number / steps for number in range(steps + 1)} - steep
    stops = [(share, False) for share in even]
    stops += [(share, before) for share in steep for before in (True, False)]
    return sorted(stops, key=lambda stop: (stop[0], not stop[1]))


def _closed(pool: Pool, world: World, shock: Shock, share: Decimal) -> Pool:
    return taken_over(pool, world.shocked(part_of(shock, share * (1 + _HAIR)))).pool


def _point(
    pools: Sequence[Pool],
    left: dict[str, Pool],
    met: dict[str, Decimal],
    there: World,
    share: Decimal,
    unit: str,
    *,
    before: bool,
) -> Point:
    equity = requirement = Decimal(0)
    for pool in pools:
        died = met.get(pool.id)
        if died is not None and (died < share or (died == share and not before)):
            worth = net_worth(left[pool.id], there)
        else:
            judged = judge(pool, there)
            worth = judged.equity.value
            requirement += there.convert(
                judged.maintenance.value + judged.closing_cost.value, pool.unit, unit
            )
        equity += there.convert(worth, pool.unit, unit)
    return Point(share, equity, requirement)
