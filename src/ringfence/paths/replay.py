"""A book in one mode through recorded prices, by the exact engine: who is liquidated when, and what it costs.

Prices are moves: every mark and index of a coin stands as far from the book's own as the recorded price stands from
the first. No loss crosses a ring-fence, so every pool goes its way alone (``pool_run``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from ringfence.core.number import ZERO
from ringfence.ledger import Event
from ringfence.paths.recorded import Inside
from ringfence.paths.top_up import TopUp

Fills = Literal["market", "nobody"]


@dataclass(frozen=True, slots=True)
class Terms:
    """How a book goes through recorded prices.

    inside     what is taken to happen between the ends of a bar
    fills      market: forced orders find the mark, less ``slippage``; nobody: they find no one, the venue takes over
    slippage   [1] of the mark, that a forced order gives up
    outages    (from, to): the venue is out of reach, its marks are stale and nobody acts
    funding    coin -> instant -> rate [1] that longs pay shorts on their value there
    follow     whether the rules are those of the day of the prices, and not of the book's
    top_up     what the owner does when a pool runs low; None: nothing
    """

    inside: Inside = "worst"
    fills: Fills = "market"
    slippage: Decimal = ZERO
    outages: tuple[tuple[datetime, datetime], ...] = ()
    funding: Mapping[str, Mapping[datetime, Decimal]] = field(default_factory=dict)
    follow: bool = False
    top_up: TopUp | None = None

    def is_out(self, start: datetime, end: datetime) -> bool:
        """Return whether the venue is out of reach at some time between two instants, the second left out."""
        return any(first <= start < last or start <= first < end for first, last in self.outages)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that a venue did to a pool. Amounts in the account's unit.

    at        the bar's open: it happened in that bar
    leapt     whether the price had leapt over the trigger when the bar opened
    bounded   whether it happened only because the bar's extremes are taken to meet at once
    factors   coin -> price over the first, where it happened
    """

    at: datetime
    pool: str
    events: tuple[Event, ...]
    fees: Decimal
    impact: Decimal
    bad_debt: Decimal
    leapt: bool
    bounded: bool
    factors: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Addition:
    """Collateral that its owner added to a pool, when it arrived [account's unit]."""

    at: datetime
    pool: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PositionFate:
    """What became of a position: when some of it was first taken or sold, and what it made [account's unit]."""

    position: str
    pool: str
    left: datetime | None
    gain: Decimal


@dataclass(frozen=True, slots=True)
class PoolReplay:
    """A pool from the first price to the last. Amounts in the account's unit. T closes.

    posted         what it was worth at the first price
    wealth         what is left to its owner at the last
    equity, need   (T) at every close; a pool that holds nothing any more needs nothing
    died           the first bar in which the venue acted; None: it never did
    least          the least buffer on the way if nobody had ever acted; None: it holds no positions
    least_at       when that was
    additions      what its owner added
    """

    pool: str
    posted: Decimal
    wealth: Decimal
    equity: tuple[Decimal, ...]
    need: tuple[Decimal, ...]
    happenings: tuple[Happening, ...]
    positions: tuple[PositionFate, ...]
    died: datetime | None
    least: Decimal | None
    least_at: datetime | None
    additions: tuple[Addition, ...] = ()

    @property
    def needed(self) -> Decimal:
        """Return how much more collateral would have kept the venue away."""
        return ZERO if self.least is None else max(-self.least, ZERO)


@dataclass(frozen=True, slots=True)
class ModeReplay:
    """A book in one mode, from the first price to the last. Amounts in ``unit``.

    at         when each close was
    unopened   positions for which the collateral did not reach
    initial, free   initial requirement and free collateral before the first price; None: not known
    """

    mode: str
    cut: str
    venue: str
    unit: str
    at: tuple[datetime, ...]
    pools: tuple[PoolReplay, ...]
    initial: Decimal | None = None
    free: Decimal | None = None
    unopened: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def posted(self) -> Decimal:
        """Return what the account held at the first price: collateral without cuts, and P&L."""
        return sum((one.posted for one in self.pools), ZERO)

    @property
    def wealth(self) -> Decimal:
        """Return what the owner has at the last price."""
        return sum((one.wealth for one in self.pools), ZERO)

    @property
    def at_stake(self) -> Decimal:
        """Return the most that the owner can lose: what the pools with positions hold."""
        return sum((max(one.posted, ZERO) for one in self.pools if one.positions), ZERO)

    @property
    def loss(self) -> Decimal:
        """Return what the owner has less than at the first price, with what was added since."""
        return self.posted + self.added - self.wealth

    @property
    def additions(self) -> tuple[Addition, ...]:
        """Return what the owner added, in order."""
        found = [one for pool in self.pools for one in pool.additions]
        return tuple(sorted(found, key=lambda one: one.at))

    @property
    def added(self) -> Decimal:
        """Return the sum of what the owner added."""
        return sum((one.amount for one in self.additions), ZERO)

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """Return all that the venue did, in order."""
        found = [one for pool in self.pools for one in pool.happenings]
        return tuple(sorted(found, key=lambda one: one.at))

    @property
    def positions(self) -> tuple[PositionFate, ...]:
        """Return the fate of every position."""
        return tuple(one for pool in self.pools for one in pool.positions)

    @property
    def equity(self) -> tuple[Decimal, ...]:
        """Return what all pools together are worth at every close."""
        return _summed([pool.equity for pool in self.pools])

    @property
    def need(self) -> tuple[Decimal, ...]:
        """Return what all pools together must cover at every close."""
        return _summed([pool.need for pool in self.pools])

    @property
    def needed(self) -> Decimal:
        """Return how much more collateral, each pool its part, would have kept the venue away."""
        return sum((one.needed for one in self.pools), ZERO)

    @property
    def first_death(self) -> datetime | None:
        """Return the bar in which the venue first acted; None: it never did."""
        return min((one.died for one in self.pools if one.died is not None), default=None)

    def total(self, what: Literal["fees", "impact", "bad_debt"]) -> Decimal:
        """Return the sum of an amount over all that happened."""
        return sum((getattr(one, what) for one in self.happenings), ZERO)

    @property
    def gain(self) -> Decimal:
        """Return what the positions made, funding with it."""
        return sum((one.gain for one in self.positions), ZERO)

    @property
    def other(self) -> Decimal:
        """Return what collateral itself gained: nothing, where all of it is the account's unit."""
        lost = self.total("fees") + self.total("impact") - self.total("bad_debt")
        return self.wealth - self.posted - self.added - self.gain + lost


def _summed(rows: Sequence[Sequence[Decimal]]) -> tuple[Decimal, ...]:
    return tuple(sum(column, ZERO) for column in zip(*rows, strict=True))
