"""Pools that are no sum of powers of a price: with options, or under a portfolio model. Their prices are searched for.

A coin is sent away from its price in small steps, with every strike among them, until the pool changes its state; the
step is then halved until nothing is left of it. The state is the engine's own, at numbers. A dip between two steps
may be missed where it is narrower than a step and holds no strike.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Final, Literal

from ringfence.book import Position
from ringfence.core.along import Direction
from ringfence.core.number import EXACT
from ringfence.margin.charge import charges_of
from ringfence.margin.judge import equity_of, is_dead, judge
from ringfence.margin.moved import moved
from ringfence.margin.netting.units import model_of
from ringfence.margin.pools import Pool
from ringfence.margin.world import World

_FIRST_STEP: Final = 0.004
_GROWTH: Final = 1.03
_LEAST: Final = 1e-4
_MOST: Final = 21.0
_HALVINGS: Final = 60
_CLOSE: Final = Decimal("1e-15")
_JUMP: Final = Decimal("1e-9")
"""Share of the pool's need by which a buffer must leap between two neighbouring prices to be no root."""

State = Callable[[Decimal], Decimal]
"""A pool's buffer at a coin's price over today's [pool unit]."""


@dataclass(frozen=True, slots=True)
class Death:
    """Where a pool changes its state: a coin's price over today's, and whether its buffer is zero or leaps there."""

    price: Decimal
    kind: Literal["root", "jump"]


def is_curved(pool: Pool, world: World) -> bool:
    """Return whether the prices of a pool are searched for."""
    return any(world.instrument(p.symbol).is_option or model_of(p, world) is not None for p in pool.positions)


def losing_side(position: Position, world: World) -> Direction:
    """Return the direction of its coin in which a position loses: down for what gains as the coin rises."""
    put = world.instrument(position.symbol).right == "put"
    return 1 if (position.sign > 0) == put else -1


def _strikes(pool: Pool, world: World, coin: str) -> list[float]:
    """Return every strike of a coin over its price today."""
    found = []
    for position in pool.positions:
        contract = world.instrument(position.symbol)
        if contract.underlying == coin and contract.strike is not None:
            from ringfence.margin.options import forward_of  # noqa: PLC0415 - paid for by books with options

            found.append(float(contract.strike / forward_of(contract, world)))
    return found


def _steps(direction: Direction, strikes: list[float]) -> Iterator[Decimal]:
    """Yield prices over today's, further and further away, and the strikes on the way."""
    way, step, stops = 0.0, _FIRST_STEP, [1.0]
    end = -math.log(_LEAST) if direction < 0 else math.log(_MOST)
    while way < end:
        way, step = way + step, step * _GROWTH
        stops.append(math.exp(direction * min(way, end)))
    stops += [k for k in strikes if (k - 1.0) * direction > 0 and _LEAST < k < _MOST]
    yield from (Decimal(stop) for stop in sorted(stops, reverse=direction < 0))


def deaths(
    pool: Pool, world: World, coin: str, direction: Direction, *, alive: bool = True
) -> Iterator[Death]:
    """Yield every price of a coin, going one way, at which a pool changes its state, the nearest first.

    Args:
        pool: the pool.
        world: prices and rules.
        coin: what moves; all its symbols and its index together.
        direction: which way.
        alive: its state today.

    """

    def dead(factor: Decimal) -> bool:
        return is_dead(pool, moved(world, {coin: factor}))

    with localcontext(EXACT):
        state = not alive
        for near, far in pairwise(_steps(direction, _strikes(pool, world, coin))):
            if dead(far) != state:
                yield _closed_in(near, far, state, dead, pool, world, coin)
                state = not state


def _closed_in(
    near: Decimal,
    far: Decimal,
    state: bool,  # noqa: FBT001 - what holds at ``near``
    dead: Callable[[Decimal], bool],
    pool: Pool,
    world: World,
    coin: str,
) -> Death:
    for _ in range(_HALVINGS):
        if abs(far - near) <= _CLOSE * far:
            break
        middle = (near + far) / 2
        if dead(middle) == state:
            near = middle
        else:
            far = middle
    before, after = (judge(pool, moved(world, {coin: at})) for at in (near, far))
    leap = abs(before.buffer - after.buffer)
    return Death(far, "jump" if leap > _JUMP * (after.need + abs(after.equity.value)) else "root")


def first_death_by_steps(pool: Pool, world: World, coin: str, direction: Direction) -> Death | None:
    """Return the nearest price of a coin at which a living pool dies, going one way; None: it does not, however far."""
    return next(deaths(pool, world, coin, direction), None)


def first_recovery(pool: Pool, world: World, coin: str) -> Decimal | None:
    """Return the nearest price of a coin over today's at which a pool past its trigger no longer is."""
    found = [next(deaths(pool, world, coin, side, alive=False), None) for side in (-1, 1)]
    return min((d.price for d in found if d is not None), key=lambda price: abs(price - 1), default=None)


def first_zero(reading: State, direction: Direction, strikes: list[float]) -> Decimal | None:
    """Return the nearest price over today's, going one way, at which a positive reading reaches zero."""
    with localcontext(EXACT):
        for near, far in pairwise(_steps(direction, strikes)):
            if reading(far) > 0:
                continue
            safe, past = near, far
            for _ in range(_HALVINGS):
                middle = (safe + past) / 2
                safe, past = (middle, past) if reading(middle) > 0 else (safe, middle)
            return past
    return None


def equity_zero(pool: Pool, world: World, coin: str, direction: Direction) -> Decimal | None:
    """Return the nearest price of a coin over today's, going one way, at which a pool has nothing left."""

    def equity(factor: Decimal) -> Decimal:
        there = moved(world, {coin: factor})
        return equity_of(pool, there, charges_of(pool, there, initial_too=False))

    return first_zero(equity, direction, _strikes(pool, world, coin))
