"""Every price at which a pool changes its state: it may die, recover and die again as one price moves on."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from ringfence.book import Position
from ringfence.core.along import Direction, crossings
from ringfence.margin.curved import is_curved, walk_along
from ringfence.margin.curved_prices import base_of
from ringfence.margin.judge import Judgement, dies_at_zero, is_triggered
from ringfence.margin.pools import Pool
from ringfence.margin.prices import Mover
from ringfence.margin.world import World

_SIDES: Final[tuple[Direction, Direction]] = (-1, 1)


@dataclass(frozen=True, slots=True)
class StateChange:
    """Where the pool of a position changes its state, all else held.

    price   the mark; of an option, its underlying's forward
    move    the way there, a fraction of today's price
    kind    root: equity meets the requirement; jump: it leaps over it
    dies    whether the venue may liquidate the pool from here on, or no longer may
    """

    price: Decimal
    move: Decimal
    kind: Literal["root", "jump"]
    dies: bool


@dataclass(frozen=True, slots=True)
class Crossings:
    """All changes of state on either side of today's price, the nearest first."""

    down: tuple[StateChange, ...]
    up: tuple[StateChange, ...]


def crossings_of(pool: Pool, judged: Judgement, world: World) -> dict[str, Crossings]:
    """Return every change of state of a pool along the price of each of its positions, by label.

    The pool's state today is that of its trigger: where it is past it, the first change is a recovery.
    """
    alive = not is_triggered(judged, world)
    along = _curved if is_curved(pool, world) else _by_law
    return {
        position.label: Crossings(
            *(along(pool, judged, world, position, side, alive=alive) for side in _SIDES)
        )
        for position in pool.positions
    }


def _by_law(
    pool: Pool, judged: Judgement, world: World, position: Position, side: Direction, *, alive: bool
) -> tuple[StateChange, ...]:
    """Return the changes of a pool whose buffer is a law of the price."""
    buffer, mark = Mover(pool, judged, world, position.symbol).buffer, world.mark(position.symbol)
    met = crossings(buffer, mark, side, at_zero=dies_at_zero(pool, world), positive=alive)
    return tuple(
        StateChange(one.price, one.price / mark - 1, one.kind, dies=alive == (number % 2 == 0))
        for number, one in enumerate(met)
    )


def _curved(
    pool: Pool, _: Judgement, world: World, position: Position, side: Direction, *, alive: bool
) -> tuple[StateChange, ...]:
    """Return the changes of a pool whose prices are searched for."""
    walk = walk_along(pool, world, world.instrument(position.symbol).underlying)
    base = base_of(position, world)
    return tuple(
        StateChange(one.price * base, one.price - 1, one.kind, dies=alive == (number % 2 == 0))
        for number, one in enumerate(walk.all_deaths(side, alive=alive))
    )
