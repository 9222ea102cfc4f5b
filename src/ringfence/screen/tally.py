"""What is counted of a population, block by block: sums without rounding, so that blocks may be of any size."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from heapq import nsmallest
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats

Key: TypeAlias = tuple[int, str, str]
"""Place of the rung; what it is of (mode:cross, coin:BTC, asset:USDT); the word for what is counted."""


@dataclass(frozen=True, slots=True)
class Large:
    """An account that may be among the largest, as it stands today, in the unit of account.

    amount   by which it is ranked: its notional, or what it leaves as bad debt at a rung
    """

    amount: float
    account: str
    notional: float
    equity: float
    positions: int

    @property
    def rank(self) -> tuple[float, str]:
        """Return what the largest are sorted by: names decide between equals."""
        return -self.amount, self.account


@dataclass(frozen=True, slots=True)
class Held:
    """A contract that somebody holds.

    coin    what moves it
    quote   the currency its price is written in
    mark    [quote] today
    """

    coin: str
    quote: str
    mark: Decimal


@dataclass(slots=True)
class Tally:
    """Counts and sums of the accounts seen so far. ``a + b`` is what both saw; the order makes no difference.

    An account stands whole in one block. Sums are whole numbers of the unit of ``screen.sums``. What is kept of every
    account is its notional, eight bytes.

    top         how many of the largest accounts are kept
    notionals   of accounts with positions today, block by block [unit of account]
    largest     by notional today
    losers      place of a rung -> by what they leave there as bad debt
    held        symbols that somebody holds
    prices      of assets that somebody holds or that a contract held is quoted or settled in [unit of account]
    notes       what was assumed about them
    """

    top: int = 20
    accounts: int = 0
    sums: Counter[Key] = field(default_factory=Counter)
    counts: Counter[Key] = field(default_factory=Counter)
    notionals: "list[Floats]" = field(default_factory=list)
    largest: list[Large] = field(default_factory=list)
    losers: dict[int, list[Large]] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    prices: dict[str, Decimal] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)

    def add(self, other: "Tally") -> None:
        """Count what another tally saw as well."""
        self.top = max(self.top, other.top)
        self.accounts += other.accounts
        self.sums.update(other.sums)
        self.counts.update(other.counts)
        self.notionals += other.notionals
        self.largest = first([*self.largest, *other.largest], self.top)
        for rung, losers in other.losers.items():
            self.losers[rung] = first([*self.losers.get(rung, ()), *losers], self.top)
        self.held |= other.held
        self.prices |= other.prices
        self.notes |= other.notes

    def __add__(self, other: "Tally") -> "Tally":
        """Return the tally of what both saw."""
        both = Tally(self.top)
        both.add(self)
        both.add(other)
        return both


def first(candidates: Iterable[Large], top: int) -> list[Large]:
    """Return the largest accounts, the largest first."""
    return nsmallest(top, candidates, key=lambda one: one.rank)
