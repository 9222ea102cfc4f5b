"""One pool through recorded prices: looked at bar by bar, acted on where it is past its trigger.

A pool that was alive where a bar opened is met on the straight way from there to where it is found dead: inside a bar
prices move, between bars they may leap.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from ringfence.core.number import ZERO, from_model
from ringfence.liquidation import net_worth
from ringfence.margin.charge import charges_of
from ringfence.margin.curved import is_curved
from ringfence.margin.judge import equity_of, is_past, need_of
from ringfence.margin.moved import moved
from ringfence.margin.one_coin import touches
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.paths.acts import NOBODY, act, fills_near_mark, funded, topped_up
from ringfence.paths.recorded import Recorded
from ringfence.paths.replay import Addition, Happening, PoolReplay, PositionFate, Terms

Factors = Mapping[str, Decimal]
_HALVINGS: Final = 44
_LOOKS: Final = 16
"""How often a venue that acts on a pool looks at it again on the way to the end of a bar."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of the prices of a pool's coins, over their first."""

    at: datetime
    opened: Factors
    low: Factors
    high: Factors
    closed: Factors


@dataclass(frozen=True, slots=True)
class Standing:
    """How a pool stands at some prices, in its unit; ``dead``: whether the venue may act."""

    equity: Decimal
    need: Decimal
    dead: bool

    @property
    def buffer(self) -> Decimal:
        """Return equity above need."""
        return self.equity - self.need


def standing(pool: Pool, world: World) -> Standing:
    """Return how a pool stands: what it is worth, what it must cover, whether it is past its trigger."""
    if not pool.positions and pool.rest is None:
        return Standing(net_worth(pool, world), ZERO, dead=False)
    charges = charges_of(pool, world, initial_too=False)
    need, equity = need_of(pool, world, charges), equity_of(pool, world, charges)
    return Standing(equity, need, is_past(equity - need, need, pool, world))


def bars_of(prices: Recorded, coins: Sequence[str]) -> Iterator[Bar]:
    """Yield the rows of some coins' prices, each as a multiple of the first."""
    places = [(coin, prices.coins.index(coin)) for coin in coins]
    first = {coin: from_model(float(prices.open[0, place])) for coin, place in places}
    tables = (prices.open, prices.low, prices.high, prices.close)
    for number, at in enumerate(prices.at):
        rows = [
            {coin: from_model(float(table[number, place])) / first[coin] for coin, place in places}
            for table in tables
        ]
        yield Bar(at, *rows)


def _loses_falling(pool: Pool, world: World, coin: str) -> bool | None:
    """Return whether a pool loses as a coin falls; None: that depends on where it stands."""
    if is_curved(pool, world):
        return None
    signs = {p.sign for p in pool.positions if world.instrument(p.symbol).underlying == coin}
    if coin != pool.unit and pool.collateral.get(coin):
        signs.add(1 if pool.collateral[coin] > 0 else -1)
    settled = any(world.settle(p) == coin != pool.unit for p in pool.positions)
    return None if settled or len(signs) != 1 else signs == {1}


def _between(start: Factors, end: Factors, share: Decimal) -> Factors:
    """Return the joint price at a share of the straight way between two."""
    return {coin: price + share * (end[coin] - price) for coin, price in start.items()}


class PoolRun:
    """A pool on its way, and what it would be if nobody had ever acted on it."""

    def __init__(self, pool: Pool, worlds: Callable[[datetime], World], unit: str, terms: Terms) -> None:
        """Take a pool at the first price.

        Args:
            pool: the pool.
            worlds: instant -> the book's own prices under the rules of that instant.
            unit: in which amounts are counted.
            terms: how it goes.

        """
        self.pool, self.untouched = pool, pool
        self.terms, self.unit, self.worlds = terms, unit, worlds
        self.gains: dict[str, Decimal] = {}
        self.left: dict[str, datetime] = {}
        self.happenings: list[Happening] = []
        self.least: tuple[Decimal, datetime] | None = None
        self._ends: dict[str, bool | None] = {}
        self._coming: tuple[datetime, Decimal] | None = None
        self._added = ZERO
        self._due = sorted({at for rates in terms.funding.values() for at in rates})
        self._paid = 0
        self.additions: list[Addition] = []

    def through(self, prices: Recorded) -> PoolReplay:
        """Return what becomes of the pool from the first price to the last."""
        here = self.worlds(prices.at[0])
        coins = [coin for coin in prices.coins if touches(coin, self.pool, here)]
        posted, there = self._in_unit(net_worth(self.pool, here), here), here
        self.gains = {p.label: -self._claim(p.label, self.pool, here) for p in self.pool.positions}
        self._paid = bisect_left(self._due, prices.at[0])
        self._ends = {coin: _loses_falling(self.pool, here, coin) for coin in coins}
        equity, need = [], []
        for bar in bars_of(prices, coins):
            base = self.worlds(bar.at)
            self._pay_funding(bar, base, prices)
            self._take_what_comes(bar, base, prices.length)
            if not self.terms.is_out(bar.at, bar.at + prices.length):
                self._look(bar, base, has_bars=prices.has_bars)
            there = moved(base, bar.closed)
            stands = standing(self.pool, there)
            equity.append(self._in_unit(stands.equity, there))
            need.append(self._in_unit(stands.need, there))
            self._call_for_more(stands, bar.at + prices.length)
        return self._ended(posted, equity, need, there)

    def _ended(self, posted: Decimal, equity: list[Decimal], need: list[Decimal], there: World) -> PoolReplay:
        for position in self.pool.positions:
            self.gains[position.label] += self._claim(position.label, self.pool, there)
        least, least_at = self.least or (None, None)
        return PoolReplay(
            pool=self.pool.id,
            posted=posted,
            wealth=self._in_unit(net_worth(self.pool, there), there),
            equity=tuple(equity),
            need=tuple(need),
            happenings=tuple(self.happenings),
            positions=tuple(
                PositionFate(label, self.pool.id, self.left.get(label), gain)
                for label, gain in self.gains.items()
            ),
            died=self.happenings[0].at if self.happenings else None,
            least=least,
            least_at=least_at,
            additions=tuple(self.additions),
        )

    def _in_unit(self, amount: Decimal, there: World) -> Decimal:
        return there.convert(amount, self.pool.unit, self.unit)

    def _claim(self, label: str, pool: Pool, there: World) -> Decimal:
        """Return what a position is worth to the pool at its mark, in the account's unit."""
        (position,) = (p for p in pool.positions if p.label == label)
        return there.convert(there.claim(position), there.settle(position), self.unit)

    def _pay_funding(self, bar: Bar, base: World, prices: Recorded) -> None:
        """Let longs pay shorts what has fallen due since the last bar and until the end of this, at its open."""
        end = bar.at + prices.length
        until = bisect_left(self._due, end) if prices.has_bars else bisect_right(self._due, end)
        first, self._paid = self._paid, max(self._paid, until)
        for due in self._due[first:until]:
            rates = {coin: by[due] for coin, by in self.terms.funding.items() if due in by}
            there = moved(base, bar.opened)
            self.pool, _, got = funded(self.pool, there, rates)
            self.untouched, _, _ = funded(self.untouched, there, rates)
            for label, amount in got.items():
                self.gains[label] += self._in_unit(amount, there)

    def _call_for_more(self, stands: Standing, now: datetime) -> None:
        """Have the owner send more where a pool runs low; what is on its way is not asked for twice."""
        policy = self.terms.top_up
        if policy is None or self._coming is not None or not self.pool.positions:
            return
        amount = policy.wanted(stands.equity, stands.need, self._added)
        if amount > 0 and not stands.dead:
            self._added += amount
            self._coming = now + policy.delay, amount

    def _take_what_comes(self, bar: Bar, base: World, length: timedelta) -> None:
        """Add what the owner sent, where it has arrived; nothing arrives while the venue is out of reach."""
        if self._coming is None or self._coming[0] > bar.at or self.terms.is_out(bar.at, bar.at + length):
            return
        amount, self._coming = self._coming[1], None
        if self.pool.positions:
            self.pool = topped_up(self.pool, amount)
            there = moved(base, bar.opened)
            self.additions.append(Addition(bar.at, self.pool.id, self._in_unit(amount, there)))

    def _look(self, bar: Bar, base: World, *, has_bars: bool) -> None:
        """Look at the pool wherever the bar may have led it, and act where it is past its trigger."""
        if not self.pool.positions and not self.untouched.positions:
            return
        before: Factors | None = bar.opened if has_bars else None
        corners = self._corners(bar, base)
        for corner in corners:
            there = moved(base, corner)
            stands = standing(self.untouched, there)
            buffer = self._in_unit(stands.buffer, there)
            if self.untouched.positions and (self.least is None or buffer < self.least[0]):
                self.least = buffer, bar.at
            if self.pool is not self.untouched:
                stands = standing(self.pool, there)
            if stands.dead:
                self._meet(bar, base, before, corner)
            elif (
                corner is not corners[-1] and self.terms.inside == "worst" and None not in self._ends.values()
            ):
                return  # every coin stood at its worst, and the bar closed at no worse
            before = corner if has_bars else None

    def _corners(self, bar: Bar, base: World) -> list[Factors]:
        """Return the joint prices that a bar leads to, in order; its close is the last."""
        if bar.low == bar.high or self.terms.inside == "close":
            return [bar.closed]
        if self.terms.inside == "together":
            return [bar.low, bar.high, bar.closed]
        worst = {coin: self._worse_end(coin, bar, base) for coin in bar.closed}
        return [worst, bar.closed]

    def _worse_end(self, coin: str, bar: Bar, base: World) -> Decimal:
        """Return the end of a coin's bar at which the pool stands worse, the others where they opened."""
        falls = self._ends.get(coin)
        if falls is not None:
            return bar.low[coin] if falls else bar.high[coin]
        buffers = {
            end: standing(self.pool, moved(base, {**bar.opened, coin: end})).buffer
            for end in (bar.low[coin], bar.high[coin])
        }
        return min(buffers, key=lambda end: buffers[end])

    def _meet(self, bar: Bar, base: World, before: Factors | None, corner: Factors) -> None:
        """Act on a pool that is dead at a corner: where it died on the way, and wherever it is dead from there on."""
        leapt = before is None or standing(self.pool, moved(base, before)).dead
        start = before or corner
        met = ZERO if leapt else self._share_of_way(base, start, corner)
        bounded = self._is_bounded(bar, base, corner)
        looks = [met, *(Decimal(look) / _LOOKS for look in range(1, _LOOKS + 1) if look > met * _LOOKS)]
        for share in looks if before else [met]:
            place = _between(start, corner, share)
            there = moved(base, place)
            if self.pool.positions and standing(self.pool, there).dead:
                self._act(bar, there, place, leapt=leapt, bounded=bounded)

    def _share_of_way(self, base: World, alive: Factors, dead: Factors) -> Decimal:
        """Return where a pool dies on the straight way between two joint prices, closed in on from the dead side."""
        low, high = ZERO, Decimal(1)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if standing(self.pool, moved(base, _between(alive, dead, middle))).dead:
                high = middle
            else:
                low = middle
        return high

    def _is_bounded(self, bar: Bar, base: World, corner: Factors) -> bool:
        """Return whether a pool is dead only where the extremes of several coins meet at once."""
        if corner is bar.closed or self.terms.inside != "worst" or len(corner) == 1:
            return False
        met = (bar.opened, bar.low, bar.high, bar.closed)
        return not any(standing(self.pool, moved(base, factors)).dead for factors in met)

    def _act(self, bar: Bar, there: World, place: Factors, *, leapt: bool, bounded: bool) -> None:
        fills = NOBODY
        if self.terms.fills == "market":
            fills = fills_near_mark(self.pool, there, self.terms.slippage)
        before, done = self.pool, act(self.pool, there, fills)
        self.pool = done.pool
        kept = {p.label: p.contracts for p in self.pool.positions}
        for position in before.positions:
            gone = 1 - kept.get(position.label, ZERO) / position.contracts
            if gone > 0:
                self.left.setdefault(position.label, bar.at)
                self.gains[position.label] += gone * self._claim(position.label, before, there)
        self.happenings.append(
            Happening(
                at=bar.at,
                pool=self.pool.id,
                events=done.events,
                fees=self._in_unit(done.fees, there),
                impact=self._in_unit(done.impact, there),
                bad_debt=self._in_unit(done.bad_debt, there),
                leapt=leapt,
                bounded=bounded,
                factors=dict(place),
            )
        )
