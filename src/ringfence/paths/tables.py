"""Pools as functions of the coins' prices, read off the exact engine once, so that a path costs no judgement.

A pool's buffer is a constant and, for each coin, a function of that coin's price alone. Whether it is such a sum is
asked of the exact engine itself, at joint moves that look like chance; how far the sum was off is kept.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from ringfence.book import Position
from ringfence.core.along import Along
from ringfence.core.errors import BookError
from ringfence.core.number import EXACT
from ringfence.margin.charge import Charge, charges_of
from ringfence.margin.curved import is_curved, strikes_of
from ringfence.margin.judge import dies_at_zero, equity_of, need_of
from ringfence.margin.moved import moved
from ringfence.margin.one_coin import touched_by, touches
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.market.shock import STABLE
from ringfence.paths.bends import Bend, NotASumError, bends_along, curved

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats

_MOVES: Final = 12
_SPREAD: Final = 0.35
"""Standard deviation of the logarithms of the joint moves that the sum is tried at."""
NOT_A_SUM: Final = 1e-5
"""Share of what is held by which the sum may be off where curves were met by pieces."""
_NUDGE: Final = 1e-3
_STOPS: Final = (0.02, 1.0, 20.0)
"""Prices over today's between which a pool is read off by numbers."""
_MET: Final = 1e-8
"""Share of what is held by which a piece may miss what is no sum of 1/g, 1 and g."""
_MET_CURVED: Final = 1e-6
"""The same for pools with options or under a model, whose every reading is dear."""


@dataclass(frozen=True, slots=True)
class PoolTable:
    """A pool as functions of prices over today's, in its unit.

    base       [unit] the buffer at today's prices
    buffer     by coin, what the buffer gains on it; zero at today's price
    equity     today's, and by coin what it gains
    at_zero    whether a buffer of nothing is past the trigger
    undying    whether it needs nothing at any price, and owes nothing
    off        [1] the most by which the sum was off at random joint moves, as a share of what is held
    is_sum     whether it is one, of one coin it always is; where not, it is a guess only (``whole``)
    """

    pool: Pool
    world: World
    base: float
    buffer: tuple[Bend, ...]
    base_equity: float
    equity: tuple[Bend, ...]
    at_zero: bool
    undying: bool = False
    off: float = 0.0
    is_sum: bool = True

    @property
    def line(self) -> float:
        """Return the buffer below which the pool is past its trigger [pool unit]."""
        return -np.inf if self.undying else 0.0

    @property
    def is_dead_today(self) -> bool:
        """Return whether the pool is past its trigger before anything moves."""
        return self.base < self.line or (self.at_zero and self.base == self.line)

    def deviation(self, covariance: "Floats") -> float:
        """Return the standard deviation of the buffer over a step, to first order at today's prices [pool unit]."""
        slopes = np.zeros(len(covariance))
        for bend in self.buffer:
            up, down = bend.at(np.array([1.0 + _NUDGE, 1.0 - _NUDGE]))
            slopes[bend.coin] += (up - down) / (2.0 * _NUDGE)
        return math.sqrt(max(float(slopes @ covariance @ slopes), 0.0))

    def buffer_at(self, prices: "Floats") -> "Floats":
        """Return the buffer at prices over today's, coins last."""
        return _sum(self.base, self.buffer, prices)

    def equity_at(self, prices: "Floats") -> "Floats":
        """Return the equity at prices over today's, coins last."""
        return _sum(self.base_equity, self.equity, prices)


def _sum(base: float, bends: Sequence[Bend], prices: "Floats") -> "Floats":
    total: Floats = np.full(prices.shape[:-1], base)
    for bend in bends:
        total += bend.at(prices[..., bend.coin])
    return total


def movers_of(world: World, positions: Sequence[Position], assets: Sequence[str]) -> list[str]:
    """Return the coins whose prices a book depends on: of its contracts, then of what it holds.

    Stablecoins stand still, and so does what moves with a coin by another name: that coin is the one that moves.
    """
    follows = world.rules.venue.follows
    coins = [world.instrument(p.symbol).underlying for p in positions]
    held = [follows.get(asset, asset) for asset in (*map(world.settle, positions), *assets)]
    return [coin for coin in dict.fromkeys([*coins, *held]) if coin not in STABLE]


def table_of(pool: Pool, world: World, coins: Sequence[str], *, tried: bool = True) -> PoolTable:
    """Return a pool as functions of the coins' prices.

    Args:
        pool: the pool; it holds positions.
        world: prices and rules today.
        coins: what moves.
        tried: whether the sum is held against the exact engine at joint moves; a part of such a pool need not be.

    Raises:
        BookError: a contract of the pool stands on a coin that does not move with the others.

    """
    _check(pool, world, coins)
    held = {p.symbol for p in pool.positions} | {order.symbol for order in pool.orders}
    world = world.without_options_but(held).pinned()
    case = _Case(pool, world, tuple(coins))
    today = case.figures({})
    parts = [case.bends(coin, number) for number, coin in enumerate(coins) if touches(coin, pool, world)]
    base, equity = float(cast("Decimal", today[0])), float(cast("Decimal", today[1]))
    table = PoolTable(
        pool=pool,
        world=world,
        base=base,
        buffer=tuple(one[0].plus(-base) for one in parts),
        base_equity=equity,
        equity=tuple(one[1].plus(-equity) for one in parts),
        at_zero=dies_at_zero(pool, world) and today[0] != today[1],
    )
    return case.tried(table) if tried else table


def size_of(pool: Pool, world: World) -> float:
    """Return what a pool holds, in its unit: values of positions and collateral."""
    held = sum(float(world.convert(world.value(p), world.settle(p), pool.unit)) for p in pool.positions)
    put_up = [float(world.convert(abs(n), asset, pool.unit)) for asset, n in pool.collateral.items()]
    return held + sum(put_up)


def exact_buffer(table: PoolTable, coins: Sequence[str], prices: "Floats") -> float:
    """Return a pool's buffer at joint prices over today's, as the exact engine judges it [pool unit]."""
    factors = {coin: Decimal(float(g)) for coin, g in zip(coins, prices, strict=True)}
    with localcontext(EXACT):
        return _Case(table.pool, table.world, tuple(coins)).read(factors)[0]


def _check(pool: Pool, world: World, coins: Sequence[str]) -> None:
    for position in pool.positions:
        coin = world.instrument(position.symbol).underlying
        if coin not in coins and coin not in STABLE:
            raise BookError(
                position.label,
                f"the paths have no price of {coin}",
                f"Give {coin} a volatility, or leave the position out",
            )


def _move(number: int, coins: int) -> list[float]:
    """Return a joint move that looks like chance and is always the same: from multiples of square roots."""
    roots = [math.sqrt(prime) for prime in _primes(coins)]
    return [math.exp(_SPREAD * NormalDist().inv_cdf(((number + 1) * root) % 1.0)) for root in roots]


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


@dataclass(frozen=True, slots=True)
class _Case:
    """A pool, its prices and rules, and what moves."""

    pool: Pool
    world: World
    coins: tuple[str, ...]

    def figures(
        self, factors: Mapping[str, "Decimal | Along"], held: Mapping[str, Charge] | None = None
    ) -> tuple["Decimal | Along", "Decimal | Along"]:
        """Return buffer and equity after a joint move; charges that it does not touch may be given."""
        there = moved(self.world, cast("Mapping[str, Decimal]", factors)) if factors else self.world
        known = {} if held is None else dict(held)
        fresh = charges_of(
            self.pool, there, [p for p in self.pool.positions if p.label not in known], initial_too=False
        )
        found = known | {one.position.label: one for one in fresh}
        charges = tuple(found[p.label] for p in self.pool.positions)
        equity = equity_of(self.pool, there, charges)
        return equity - need_of(self.pool, there, charges), equity

    def bends(self, coin: str, number: int) -> tuple[Bend, ...]:
        """Return buffer and equity as functions of one coin's price."""
        size = size_of(self.pool, self.world)
        if is_curved(self.pool, self.world):
            stops = sorted({*_STOPS, *strikes_of(self.pool, self.world, coin)})
            stops = [stop for stop in stops if _STOPS[0] <= stop <= _STOPS[-1]]
            return curved(lambda g: self.read({coin: Decimal(g)}), number, stops, (_MET_CURVED * size,) * 2)
        touched = {p.label for p in touched_by(self.pool, self.world, coin)}
        rest = [p for p in self.pool.positions if p.label not in touched]
        still = {
            one.position.label: one for one in charges_of(self.pool, self.world, rest, initial_too=False)
        }

        def reading(price: Decimal | Along) -> tuple[Decimal | Along, ...]:
            return self.figures({coin: price}, still)

        try:
            return bends_along(reading, number, (_MET * size,) * 2)
        except NotASumError:  # a quotient of sums along this coin
            return curved(lambda g: self.read({coin: Decimal(g)}), number, _STOPS, (_MET_CURVED * size,) * 2)

    def read(self, factors: Mapping[str, Decimal]) -> tuple[float, float]:
        """Return buffer and equity after a joint move, as numbers."""
        buffer, equity = self.figures(factors)
        return float(cast("Decimal", buffer)), float(cast("Decimal", equity))

    def tried(self, table: PoolTable) -> PoolTable:
        """Return the table with how far it was off at random joint moves."""
        size, off = size_of(self.pool, self.world), 0.0
        needless = True
        for number in range(_MOVES):
            moves = dict(zip(self.coins, _move(number, len(self.coins)), strict=True))
            prices = np.array(list(moves.values()))
            buffer, equity = self.read({coin: Decimal(g) for coin, g in moves.items()})
            needless = needless and 0.0 <= buffer == equity
            misses = float(table.buffer_at(prices)) - buffer, float(table.equity_at(prices)) - equity
            off = max(off, *(abs(miss) / size if size else 0.0 for miss in misses))
        needless = needless and is_curved(self.pool, self.world)
        return replace(table, off=off, is_sum=off <= NOT_A_SUM or len(table.buffer) == 1, undying=needless)
