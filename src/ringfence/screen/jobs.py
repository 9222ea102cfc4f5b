"""What is done with a block of accounts, here or by a worker: pools judged, or counted along a ladder."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ringfence.batch.columns import Columns
from ringfence.batch.setting import Setting
from ringfence.market import Shock
from ringfence.screen.count import tally_of
from ringfence.screen.pieces import pieces_of
from ringfence.screen.rungs import Rung, rungs_of
from ringfence.screen.verdicts import verdicts


class Job(Protocol):
    """Something to be done with blocks."""

    def parts(
        self, columns: Columns, setting: Setting, most: int | None, /
    ) -> "Iterator[tuple[Columns, Job]]":
        """Yield a block in the parts in which it is done, none of more pools than ``most`` but by one account."""
        ...

    def done(self, columns: Columns, setting: Setting, threads: int | None, /) -> object:
        """Do it, and return what it says, without the accounts."""
        ...


@dataclass(frozen=True, slots=True)
class Judging:
    """Verdicts: what ``Verdicts`` holds beside the accounts.

    prices, nearest   whether liquidation prices and nearest moves are wanted, too
    fast              whether the fast engine judges first; None: it depends on how many pools there are
    """

    prices: bool = False
    nearest: bool = False
    fast: bool | None = None

    def parts(self, columns: Columns, setting: Setting, most: int | None, /) -> Iterator[tuple[Columns, Job]]:
        """Yield a block in parts: small ones where prices or moves are searched for pool by pool."""
        for piece in pieces_of(columns, setting, searching=self.prices or self.nearest, most=most):
            yield piece.columns, replace(self, fast=piece.fast)

    def done(self, columns: Columns, setting: Setting, threads: int | None, /) -> tuple[object, ...]:
        """Judge every pool."""
        found = verdicts(
            columns, setting, prices=self.prices, nearest=self.nearest, threads=threads, fast=self.fast
        )
        return found.judged, found.exact, found.prices, found.nearest


@dataclass(frozen=True, slots=True)
class Counting:
    """A tally along a ladder.

    top    how many of the largest accounts are kept
    fast   as in ``Judging``
    """

    ladder: tuple[Shock, ...]
    top: int = 20
    fast: bool | None = None

    def begin(self, setting: Setting) -> None:
        """Climb the ladder once, before anybody is asked.

        Raises:
            InputError: a rung stands twice, or there is a price that cannot be moved.

        """
        _LADDERS.climb(setting, self.ladder)

    def parts(self, columns: Columns, setting: Setting, most: int | None, /) -> Iterator[tuple[Columns, Job]]:
        """Yield a block in parts; sums are without rounding, so that it makes no difference in which."""
        for piece in pieces_of(columns, setting, searching=False, most=most):
            yield piece.columns, replace(self, fast=piece.fast)

    def done(self, columns: Columns, setting: Setting, threads: int | None, /) -> object:
        """Count what stands in every pool at every rung."""
        rungs = _LADDERS.of(setting, self.ladder)
        return tally_of(columns, rungs, top=self.top, threads=threads, fast=self.fast)


class _Ladders:
    """The last ladder that was climbed, for the next block that stands in the same setting."""

    def __init__(self) -> None:
        self._last: tuple[Setting, tuple[int, ...], Sequence[Shock], tuple[Rung, ...]] | None = None

    def of(self, setting: Setting, ladder: Sequence[Shock]) -> tuple[Rung, ...]:
        """Return a ladder's rungs: new ones where a stream of accounts has brought contracts or marks along."""
        last = self._last
        if last is not None and last[0] is setting and last[1:3] == (_extent(setting), ladder):
            return last[3]
        return self.climb(setting, ladder)

    def climb(self, setting: Setting, ladder: Sequence[Shock]) -> tuple[Rung, ...]:
        """Return a ladder's rungs, and keep them."""
        rungs = rungs_of(setting, ladder)
        self._last = setting, _extent(setting), ladder, rungs
        return rungs


_LADDERS = _Ladders()


def _extent(setting: Setting) -> tuple[int, ...]:
    """Return how much a setting knows."""
    market = setting.market
    return tuple(
        map(len, (setting.instruments, market.marks, market.indices, market.implied_vols, market.forwards))
    )
