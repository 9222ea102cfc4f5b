"""Pools that are no sum of powers of a price: with options, or under a portfolio model. Their prices are searched for.

A coin is sent away from its price in small steps, with every strike among them, until the pool changes its state; the
step is then closed in until nothing is left of it. The state is the engine's own, at numbers. Where the buffer comes
near to zero between steps and turns, its turning point is looked for. A leap there and back in a step may be missed.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cached_property, partial
from itertools import pairwise
from typing import Final, Literal

from ringfence.book import Position
from ringfence.core.along import Direction
from ringfence.core.bracket import closed_in
from ringfence.core.number import EXACT
from ringfence.margin.charge import charges_of
from ringfence.margin.judge import equity_of, is_past, need_of
from ringfence.margin.moved import moved
from ringfence.margin.netting import nets
from ringfence.margin.netting.units import model_of
from ringfence.margin.paid_for import needs_nothing_bought
from ringfence.margin.pools import Pool
from ringfence.margin.world import World

_FIRST_STEP: Final = 0.004
_GROWTH: Final = 1.03
_LEAST: Final = 1e-4
_MOST: Final = 21.0
_LEAST_READING: Final = Decimal("1e-40")
"""Stands for a buffer of nothing at all, which has no sign: its state has."""
_GOLDEN: Final = Decimal("0.381966")
_DIP_READINGS: Final = 40
_DIP_REACH: Final = 4
"""How many times what a bracket has fallen a dip in it may still fall: one that is deeper is not expected."""
_CLOSE: Final = Decimal("1e-15")
_JUMP: Final = Decimal("1e-9")
"""Share of the pool's need by which a buffer must leap between two neighbouring prices to be no root."""


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


def strikes_of(pool: Pool, world: World, coin: str) -> list[float]:
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


class Walk:
    """A pool as one coin moves and all else is held. What it has and needs at a price is found once.

    A price here is the coin's over today's: all its symbols and its index move together.
    """

    def __init__(self, pool: Pool, world: World, coin: str) -> None:
        """Take a pool, its prices and rules, and what moves."""
        held = {p.symbol for p in pool.positions} | {order.symbol for order in pool.orders}
        self.pool, self.world, self.coin = pool, world.without_options_but(held).pinned(), coin
        self._equity: dict[Decimal, Decimal] = {}
        self._need: dict[Decimal, Decimal] = {}
        self._strikes = strikes_of(pool, world, coin)
        self._first: dict[Direction, Death | None] = {}
        self._all: dict[tuple[Direction, bool], tuple[Death, ...]] = {}

    @cached_property
    def _is_paid_up(self) -> bool:
        """Return whether the pool can owe nothing and is asked for nothing at any price: it holds options it paid for.

        Each is worth nothing at worst, and needs nothing by its venue's rule; no debt, order or rest stands beside.
        """
        pool = self.pool
        plain = not pool.orders and pool.rest is None and all(a >= 0 for a in pool.collateral.values())
        bought = bool(pool.positions) and all(needs_nothing_bought(p, self.world) for p in pool.positions)
        return plain and bought and not nets(pool, self.world) and self.need(Decimal(1)) == 0

    def equity(self, price: Decimal) -> Decimal:
        """Return what the pool has at a price [pool unit]."""
        if price not in self._equity:
            there = moved(self.world, {self.coin: price})
            self._equity[price] = equity_of(self.pool, there, charges_of(self.pool, there, initial_too=False))
        return self._equity[price]

    def need(self, price: Decimal) -> Decimal:
        """Return what the pool must cover at a price [pool unit]."""
        if price not in self._need:
            there = moved(self.world, {self.coin: price})
            charges = charges_of(self.pool, there, initial_too=False)
            self._need[price] = need_of(self.pool, there, charges)
            self._equity[price] = equity_of(self.pool, there, charges)
        return self._need[price]

    def buffer(self, price: Decimal) -> Decimal:
        """Return what the pool has above its need at a price [pool unit]."""
        need = self.need(price)
        return self.equity(price) - need

    def is_dead(self, price: Decimal) -> bool:
        """Return whether the venue may liquidate the pool at a price."""
        if self._is_paid_up or (not self.pool.positions and self.pool.rest is None):
            return False
        return is_past(self.buffer(price), self.need(price), self.pool, self.world)

    def deaths(
        self, direction: Direction, *, alive: bool = True, within: Decimal | None = None
    ) -> Iterator[Death]:
        """Yield every price at which the pool changes its state, the nearest first.

        Args:
            direction: which way the coin goes.
            alive: the pool's state today.
            within: how far is looked, and a step or two beyond; None: to the end.

        """
        with localcontext(EXACT):
            if self._is_paid_up:
                return
            state = not alive
            before: Decimal | None = None
            for near, far in pairwise(_steps(direction, self._strikes)):
                if within is not None and before is not None and (before - within) * direction > 0:
                    return
                if self.is_dead(far) != state:
                    yield self._closed_in(near, far, state=state)
                    state, before = not state, None
                    continue
                dip = None if before is None else self._dip(before, near, far, state=state)
                if before is not None and dip is not None:
                    beyond = (dip - near) * direction > 0
                    yield self._closed_in(near if beyond else before, dip, state=state)
                    yield self._closed_in(dip, far if beyond else near, state=not state)
                before = near

    def _reading(self, price: Decimal, *, state: bool) -> Decimal:
        """Return how far the buffer is from zero: positive where the pool is in a state, negative where not."""
        size = abs(self.buffer(price)) or _LEAST_READING
        return size if self.is_dead(price) == state else -size

    def _dip(self, low: Decimal, middle: Decimal, high: Decimal, *, state: bool) -> Decimal | None:
        """Return a price between steps at which a pool is for a moment not in a state that it has at all of them.

        Looked for where the middle step is the nearest to a change, and only as long as one can be in reach.
        """
        at_low, at, at_high = (abs(self.buffer(price)) for price in (low, middle, high))
        for _ in range(_DIP_READINGS):
            if at < 0:
                return middle
            if not (at < at_low and at <= at_high) or max(at_low, at_high) - at < at / _DIP_REACH:
                return None
            wider = low if abs(middle - low) > abs(high - middle) else high
            there = middle + (wider - middle) * _GOLDEN
            found = self._reading(there, state=state)
            if found < at:
                low, at_low, high, at_high = (
                    (low, at_low, middle, at) if wider == low else (middle, at, high, at_high)
                )
                middle, at = there, found
            elif wider == low:
                low, at_low = there, found
            else:
                high, at_high = there, found
        return None

    def _closed_in(self, near: Decimal, far: Decimal, *, state: bool) -> Death:
        """Return the place of a change of state between two prices; ``state`` is the one at the nearer."""
        if self.is_dead(near) == state:
            reading = partial(self._reading, state=state)
            near, far = closed_in(reading, near, far, _CLOSE * min(near, far))
        leap = abs(self.buffer(near) - self.buffer(far))
        return Death(far, "jump" if leap > _JUMP * (self.need(far) + abs(self.equity(far))) else "root")

    def first_death(self, direction: Direction) -> Death | None:
        """Return the nearest price at which the pool, alive today, dies; None: it does not, however far."""
        if direction not in self._first:
            self._first[direction] = next(self.deaths(direction), None)
        return self._first[direction]

    def first_death_within(self, direction: Direction, price: Decimal) -> Death | None:
        """Return the nearest price at which the pool, alive today, dies, if it is no further than a price.

        None: there is none so near. One that is a little further may be returned, too.
        """
        if direction in self._first:
            return self._first[direction]
        met = next(self.deaths(direction, within=price), None)
        if met is not None:
            self._first[direction] = met
        return met

    def all_deaths(self, direction: Direction, *, alive: bool = True) -> tuple[Death, ...]:
        """Return every price at which the pool changes its state, found once. See ``deaths``."""
        asked = direction, alive
        if asked not in self._all:
            self._all[asked] = tuple(self.deaths(direction, alive=alive))
        return self._all[asked]

    def first_recovery(self) -> Decimal | None:
        """Return the nearest price at which the pool, past its trigger today, no longer is."""
        below = next(self.deaths(-1, alive=False), None)
        within = None if below is None else 2 - below.price
        above = next(self.deaths(1, alive=False, within=within), None)
        found = [met.price for met in (below, above) if met is not None]
        return min(found, key=lambda price: abs(price - 1), default=None)

    def equity_zero(self, direction: Direction) -> Decimal | None:
        """Return the nearest price at which the pool has nothing left; None: it keeps something, however far.

        None, too, for a pool that has nothing today.
        """
        with localcontext(EXACT):
            if self.equity(Decimal(1)) <= 0:
                return None
            for near, far in pairwise(_steps(direction, self._strikes)):
                if self.equity(far) <= 0:
                    return closed_in(self.equity, near, far, _CLOSE * min(near, far))[1]
        return None


def walk_along(pool: Pool, world: World, coin: str) -> Walk:
    """Return the walk of a pool along a coin: the same one whoever asks in the same world."""
    asked = id(pool), coin
    if asked not in world.walks:
        world.walks[asked] = Walk(pool, world, coin)
    return world.walks[asked]
