"""A pool that dies on a path, by its venue's own steps: reduced, charged, taken over; and what is left of it goes on.

The exact engine does it, death by death, so it costs milliseconds for each. A market takes every forced order, at the
mark less what closing costs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.core.number import EXACT, from_model
from ringfence.liquidation import Fill, Fills, net_worth
from ringfence.liquidation.stage import MARKET, charged
from ringfence.liquidation.stage import moved as posted
from ringfence.margin.moved import moved
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.paths.acts import act
from ringfence.paths.features import Impact
from ringfence.paths.owned import Held, Owned
from ringfence.paths.tables import PoolTable, table_of

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats, Steps

_ACTS_MAX: Final = 1_000
"""Acts on one pool on one path after which it is taken over: none that ends needs as many."""


@dataclass(frozen=True, slots=True)
class Way:
    """One path, as a pool meets it. T steps, C coins.

    prices   (T + 1, C) over today's
    looked   (T,) whether a look is taken after a step
    pays     (T,) whether funding is paid after it
    """

    prices: "Floats"
    looked: "Steps"
    pays: "Steps"


@dataclass(slots=True)
class Carried:
    """What becomes of a pool from its first death to the end of a path [account's unit].

    gains   place of a position -> what it made in all
    left    place of a position -> step at which some of it first went
    """

    wealth: float = 0.0
    fees: float = 0.0
    impact: float = 0.0
    bad_debt: float = 0.0
    other: float = 0.0
    gains: dict[int, float] = field(default_factory=dict)
    left: dict[int, int] = field(default_factory=dict)


class Venue:
    """Pools of one unit under their venues' steps."""

    def __init__(self, unit: str, coins: Sequence[str], impact: Impact | None) -> None:
        """Take the unit of all amounts, what moves, and what closing costs; None: orders fill at the mark."""
        self.unit, self.coins, self.impact = unit, tuple(coins), impact

    def carried(
        self, table: PoolTable, owned: Owned, way: Way, died: int, cash: float, funded: Mapping[int, float]
    ) -> Carried:
        """Return what becomes of a pool that dies.

        Args:
            table: the pool at the start.
            owned: the same, as its owner has it.
            way: the path.
            died: step at which it is first past its trigger.
            cash: [pool unit] what its owner had added by then.
            funded: place of a position -> what funding had brought it by then [settle].

        """
        with localcontext(EXACT):
            return _Carrying(self, table, owned, way).from_death(died, cash, funded)

    def fills(self, pool: Pool, world: World) -> Fills:
        """Return a market that takes all of a pool, at the marks less what closing each position whole costs.

        Where a pool holds a symbol on both sides the legs find the mark itself.
        """
        offers: dict[str, Fill] = {}
        for position in pool.positions:
            mark, known = world.mark(position.symbol), offers.get(position.symbol)
            if known is None:
                value = world.convert(world.value(position), world.settle(position), self.unit)
                off = self._slip(position.symbol, value, world)
                offers[position.symbol] = Fill(mark * (1 - position.sign * off), position.contracts)
            else:
                offers[position.symbol] = Fill(mark, known.contracts + position.contracts)
        return Fills(offers)

    def _slip(self, symbol: str, value: Decimal, world: World) -> Decimal:
        if self.impact is None or value == 0:
            return Decimal(0)
        coin, size = world.instrument(symbol).underlying, float(value)
        cost = float(self.impact.cost(coin, np.array([size]))[0])
        return from_model(round(cost / size, 12))


class _Carrying:
    """One pool on one path."""

    def __init__(self, venue: Venue, table: PoolTable, owned: Owned, way: Way) -> None:
        self.venue, self.table, self.owned, self.way = venue, table, owned, way
        self.pool, self.found = table.pool, Carried()
        self.places = {p.label: one.place for p, one in zip(table.pool.positions, owned.held, strict=True)}
        self.held = {p.label: one for p, one in zip(table.pool.positions, owned.held, strict=True)}
        self.size = {p.label: float(p.contracts) for p in table.pool.positions}
        self.step, self.there = 0, table.world

    def from_death(self, died: int, cash: float, funded: Mapping[int, float]) -> Carried:
        """Go to the first death and on from there."""
        at_start = {p.label: self._claim(p.label) for p in self.pool.positions}
        self.found.gains = {self.places[label]: -claim for label, claim in at_start.items()}
        self._put({self.table.pool.unit: cash})
        for label, place in self.places.items():
            self._fund(label, funded.get(place, 0.0), self._factors(died))
        self._go(died)
        for _ in range(_ACTS_MAX):
            self._act()
            then = self._next()
            if then is None:
                break
            self._go(then)
        self._go(len(self.way.looked))
        for position in self.pool.positions:
            self.found.gains[self.places[position.label]] += self._claim(position.label)
        self.found.wealth = self._in_unit(net_worth(self.pool, self.there)) - cash * self.owned.rate.today
        return self.found

    def _factors(self, step: int) -> dict[str, Decimal]:
        return {
            coin: from_model(float(g))
            for coin, g in zip(self.venue.coins, self.way.prices[step], strict=True)
        }

    def _in_unit(self, amount: Decimal) -> float:
        return float(self.there.convert(amount, self.pool.unit, self.venue.unit))

    def _claim(self, label: str) -> float:
        """Return what a position is worth to the pool at its mark, here [account's unit]; zero: it is gone."""
        for position in self.pool.positions:
            if position.label == label:
                settle = self.there.settle(position)
                return float(self.there.convert(self.there.claim(position), settle, self.venue.unit))
        return 0.0

    def _put(self, amounts: Mapping[str, float]) -> None:
        """Add cash to the pool."""
        for asset, amount in amounts.items():
            if amount:
                self.pool = charged(self.pool, posted(from_model(amount), asset, MARKET, self.pool.id))

    def _fund(self, label: str, amount: float, factors: Mapping[str, Decimal]) -> None:
        """Give a position its funding [settle], which from then on is collateral."""
        if amount == 0.0:
            return
        position = next(p for p in self.table.pool.positions if p.label == label)
        settle = self.there.settle(position)
        self._put({settle: amount})
        there = moved(self.table.world, factors)
        worth = float(there.convert(from_model(amount), settle, self.venue.unit))
        self.found.gains[self.places[label]] += worth
        here = float(self.there.convert(from_model(amount), settle, self.venue.unit))
        self.found.other -= worth - here

    def _go(self, step: int) -> None:
        """Go to a step: what collateral gains on the way is nobody's position's."""
        there = moved(self.table.world, self._factors(step)) if step else self.table.world
        for asset, amount in self.pool.collateral.items():
            unit = self.venue.unit
            self.found.other += float(
                there.convert(amount, asset, unit) - self.there.convert(amount, asset, unit)
            )
        self.step, self.there = step, there

    def _act(self) -> None:
        """Let the venue act here."""
        before = {p.label: (p.contracts, self._claim(p.label)) for p in self.pool.positions}
        done = act(self.pool, self.there, self.venue.fills(self.pool, self.there))
        self.pool = done.pool
        self.found.fees += self._in_unit(done.fees)
        self.found.impact += self._in_unit(done.impact)
        self.found.bad_debt += self._in_unit(done.bad_debt)
        after = {p.label: p.contracts for p in self.pool.positions}
        for label, (contracts, claim) in before.items():
            self.found.gains[self.places[label]] += claim - self._claim(label)
            if after.get(label) != contracts:
                self.found.left.setdefault(self.places[label], self.step)

    def _next(self) -> int | None:
        """Return the next look that finds the pool past its trigger; None: none does. Funding is paid until then."""
        last = len(self.way.looked)
        if not self.pool.positions or self.step >= last:
            return None
        table = table_of(self.pool, self.table.world, self.venue.coins, tried=False)
        prices = self.way.prices[self.step + 1 :]
        buffers = table.buffer_at(prices)
        flows = {p.label: self._flow(p.label, float(p.contracts), prices) for p in self.pool.positions}
        paid = np.zeros(len(prices))
        for label, flow in flows.items():
            rate = self.held[label].rate.today / self.owned.rate.today
            paid[1:] += np.cumsum(flow)[:-1] * rate
        past = (buffers + paid < 0.0) & (self.way.looked[self.step :] != 0)
        then = int(np.argmax(past)) if past.any() else len(prices) - 1
        until = then if past.any() else then + 1
        factors = self._factors(self.step + then + 1)
        for label, flow in flows.items():
            self._fund(label, float(flow[:until].sum()), factors)
        return self.step + then + 1 if past.any() else None

    def _flow(self, label: str, contracts: float, prices: "Floats") -> "Floats":
        """Return what funding brings a position after each of the next steps [settle]."""
        one: Held = self.held[label]
        g = prices[:, one.coin]
        value = one.flow / g if one.inverse else one.flow * g
        flow: Floats = np.where(self.way.pays[self.step :] != 0, value * contracts / self.size[label], 0.0)
        return flow
