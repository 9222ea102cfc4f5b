"""A run over paths: tables in the shape that kernels read, blocks shared among threads, results put in their place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from ringfence.batch.threads import share
from ringfence.batch.walk.tables import ASK, PART, PIECE, POOL
from ringfence.paths.coins import Coins
from ringfence.paths.fates import NEVER, Clock, ModeFates, Ribbon
from ringfence.paths.funding import Funding
from ringfence.paths.laws import Law
from ringfence.paths.lower import YEAR, lowered
from ringfence.paths.owned import Instant
from ringfence.paths.shown import Book, Shown
from ringfence.paths.tables import PoolTable
from ringfence.paths.tally import End, Tally, add_dead, add_living

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats, Steps

Monitoring = Literal["discrete", "continuous"]
MONITORING: Final[Mapping[Monitoring, str]] = {
    "discrete": "marks are looked at once a step, and a pool dies at the first look that finds it past its trigger",
    "continuous": "marks are taken to be looked at all the time: an isolated pool's price is taken to have been"
    " exp(0.5826 sigma sqrt(step)) beyond each look, and a shared pool's trigger is lifted by 0.5826 times the"
    " deviation of its buffer over a step at today's prices (Broadie, Glasserman & Kou 1997); figures at death are"
    " those of the look",
}
"""The rules of looking, in words."""
_SHIFT: Final = 0.5825971579390106
"""-zeta(1/2) / sqrt(2 pi)."""
GROUP: Final = 16
"""Blocks that a thread takes at once."""


@dataclass(frozen=True, slots=True)
class Found:
    """What paths leave of every mode, and their likelihood ratios."""

    modes: tuple[ModeFates, ...]
    weight: "Floats | None"


class Run:
    """A run: tables in the shape that kernels read, and where results go."""

    def __init__(
        self,
        book: Book,
        law: Law,
        coins: Coins,
        clock: Clock,
        seed: int,
        monitoring: Monitoring,
        funding: Funding | None,
    ) -> None:
        self.book, self.law, self.coins, self.clock, self.seed = book, law, coins, clock, seed
        self.funding = funding
        self.every = 0 if funding is None else max(1, round(funding.every / clock.step))
        self.record = lowered(law, coins, clock)
        self.tables = [table for shown in book.shown for table in shown.tables]
        step = coins.vols * np.sqrt(clock.step / YEAR) if monitoring == "continuous" else 0.0 * coins.vols
        self.reach = np.exp(_SHIFT * step)
        covariance = coins.correlation * np.outer(step, step)
        self.packed = packed(self.tables, covariance)
        self.flows = np.concatenate([_flows(shown, len(coins)) for shown in book.shown])
        if funding is None:
            self.flows = self.flows[:, :0]
        self.plan = _plan(clock.steps, self.every)
        self.asks, self.purses = np.empty(0, ASK), np.empty(0)

    def over(self, paths: int, threads: int | None) -> Found:
        """Return what happens on the first so many paths."""
        from ringfence.batch.walk import LANES  # noqa: PLC0415 - numba is imported by who walks

        results = [_Result.empty(shown, paths) for shown in self.book.shown]
        logs = np.zeros(paths)
        blocks = -(-paths // LANES)

        def work(first: int) -> None:
            group = self.walked(first, min(GROUP, blocks - first))
            start = first * LANES
            stop = min(paths, start + group.level.shape[0] * LANES)
            logs[start:stop] = group.ratios.reshape(-1)[: stop - start]
            pool, end = 0, End(group.end(), stop - start)
            for shown, result in zip(self.book.shown, results, strict=True):
                result.take(shown, group, end, pool, start, stop)
                pool += len(shown.tables)

        share(work, range(0, blocks, GROUP), threads)
        weight = np.exp(logs) if logs.any() else None
        fates = tuple(
            result.fates(shown, self.book) for shown, result in zip(self.book.shown, results, strict=True)
        )
        return Found(fates, weight)

    def walked(self, first: int, blocks: int) -> "Group":
        """Walk some blocks."""
        from ringfence.batch.walk import LANES  # noqa: PLC0415 - as above
        from ringfence.batch.walk.run import run  # noqa: PLC0415 - as above

        pools, parts, pieces = self.packed
        count, coins = len(pools), len(self.coins)
        pays = coins if self.funding is not None else 0
        group = Group(
            least=np.full((blocks, count, LANES), np.inf),
            died=np.full((blocks, count, LANES), NEVER, np.int32),
            at_death=np.ones((blocks, count, coins, LANES)),
            paid_at_death=np.zeros((blocks, count, pays, 2, LANES)),
            level=np.ones((blocks, coins, LANES)),
            paid=np.zeros((blocks, coins, 2, LANES)),
            ratios=np.zeros((blocks, LANES)),
            cash=np.zeros((blocks, count, LANES)),
        )
        for number, table in enumerate(self.tables):
            group.least[:, number] = table.base
            if table.is_dead_today:
                group.died[:, number] = 0
        run(
            self.record, self.seed, first, self.plan, pools, parts, pieces, self.reach, self.flows, group.least,
            group.died, group.at_death, group.paid_at_death, group.level, group.paid, group.ratios, self.asks,
            self.purses, group.cash,
        )  # fmt: skip
        return group

    def ribbons(self, count: int) -> tuple[Ribbon, ...]:
        """Return the first few paths in full."""
        from ringfence.paths.draw import prices  # noqa: PLC0415 - numba is imported to draw

        if count == 0:
            return ()
        drawn = prices(self.law, self.coins, self.clock, self.seed, range(count))
        return tuple(_ribbon(shown, drawn) for shown in self.book.shown)


def _ribbon(shown: Shown, drawn: "Floats") -> Ribbon:
    """Return what living pools have and need on some paths; without the funding of the way."""
    equity, need = np.zeros(drawn.shape[:2]), np.zeros(drawn.shape[:2])
    for table, owned in zip(shown.tables, shown.owned, strict=True):
        has, buffer = table.equity_at(drawn), table.buffer_at(drawn)
        dead = np.logical_or.accumulate(buffer < table.line, axis=1) | table.is_dead_today
        rate = owned.rate.at(Instant(lambda coin: drawn[..., coin]))
        equity += np.where(dead, 0.0, has * rate)
        need += np.where(dead, 0.0, (has - buffer) * rate)
    return Ribbon(shown.mode, shown.cut, shown.venue, equity, need)


@dataclass(frozen=True, slots=True)
class Group:
    """Some blocks of paths, walked. Shapes as in ``batch.walk.run.run``."""

    least: "Floats"
    died: "Steps"
    at_death: "Floats"
    paid_at_death: "Floats"
    level: "Floats"
    paid: "Floats"
    ratios: "Floats"
    cash: "Floats"

    def end(self) -> Instant:
        """Return the paths at their end."""
        return _instant(self.level, self.paid if self.paid_at_death.shape[2] else None)

    def death_of(self, pool: int) -> Instant:
        """Return the paths where a pool died; at the start where it did not."""
        pays = self.paid_at_death.shape[2] > 0
        return _instant(self.at_death[:, pool], self.paid_at_death[:, pool] if pays else None)


def _instant(prices: "Floats", paid: "Floats | None") -> Instant:
    def of(coin: int) -> "Floats":
        return prices[:, coin].reshape(-1)

    def sums(coin: int, kind: int) -> "Floats":
        return np.zeros(0) if paid is None else paid[:, coin, kind].reshape(-1)

    return Instant(of, None if paid is None else sums)


@dataclass(frozen=True, slots=True)
class _Result:
    """Where the paths of one mode go."""

    tally: Tally
    died: "Steps"
    least: "Floats"

    @classmethod
    def empty(cls, shown: Shown, paths: int) -> "_Result":
        pools = len(shown.tables)
        return cls(
            Tally.empty(paths, len(shown.pool_of)),
            np.full((paths, pools), NEVER, np.int32),
            np.zeros((paths, pools)),
        )

    def take(self, shown: Shown, group: Group, end: End, first: int, start: int, stop: int) -> None:
        """Take what a group of blocks leaves of the mode, whose pools begin at some place of the group's."""
        count, lanes = stop - start, slice(start, stop)
        tally = self.tally.part(lanes)
        for owned in (*shown.still, *shown.owned):
            add_living(owned, end, tally)
        for number, owned in enumerate(shown.owned):
            died = group.died[:, first + number].reshape(-1)[:count]
            self.died[lanes, number] = died
            least = group.least[:, first + number].reshape(-1)[:count]
            self.least[lanes, number] = least * owned.rate.today
            gone = np.flatnonzero(died != NEVER)
            if len(gone):
                add_dead(owned, group.death_of(first + number), end, gone, tally)

    def fates(self, shown: Shown, book: Book) -> ModeFates:
        """Return the mode's fates."""
        pools = tuple(table.pool.id for table in shown.tables)
        left = np.full((len(self.died), len(book.labels)), NEVER, np.int32)
        held = np.flatnonzero(shown.pool_of >= 0)
        left[:, held] = self.died[:, shown.pool_of[held]]
        tally = self.tally
        return ModeFates(
            shown.mode, shown.cut, shown.venue, pools, book.labels, shown.pool_of, shown.posted, shown.notional,
            self.died, left, tally.gain.T, tally.other, tally.wealth, tally.fees, tally.impact, tally.bad_debt,
            self.least,
        )  # fmt: skip


def packed(tables: Sequence[PoolTable], covariance: "Floats") -> tuple[Any, Any, Any]:
    """Return pools in the shape that kernels read.

    Args:
        tables: the pools.
        covariance: (C, C) of the logarithms of a step, which lifts the line of shared pools; zero: nothing does.

    """
    pools: list[tuple[object, ...]] = []
    parts: list[tuple[object, ...]] = []
    pieces: list[tuple[object, ...]] = []
    for table in tables:
        bends = [bend for bend in table.buffer if bend.terms[:, 1:].any() or len(bend.edges) > 1]
        base, first = table.base, len(parts)
        for bend in bends:
            start = len(pieces)
            pieces += [(edge, *term) for edge, term in zip(bend.edges, bend.terms, strict=True)]
            parts.append((bend.coin, start, len(pieces), bend.edges[0], bend.per_step))
        at_ends = len(bends) == 1 and bends[0].is_least_at_ends
        line = table.line if at_ends else table.line + _SHIFT * table.deviation(covariance)
        coin = bends[0].coin if bends else 0
        pools.append((base, line, first, len(parts), at_ends, table.at_zero and line == 0.0, coin, False))
    return np.array(pools, POOL), np.array(parts, PART), np.array(pieces, PIECE)


def _flows(shown: Shown, coins: int) -> "Floats":
    """Return what each pool's buffer gains for each unit of the funding sums [pool unit]."""
    flows = np.zeros((len(shown.tables), coins, 2))
    for row, owned in zip(flows, shown.owned, strict=True):
        for one in owned.held:
            row[one.coin, int(one.inverse)] += one.flow * one.rate.today / owned.rate.today
    return flows


def _plan(steps: int, every: int) -> "Steps":
    """Return the stretches of a run; none passes an instant of funding, the first of which is ``every`` steps on."""
    from ringfence.batch.walk.run import CHUNK  # noqa: PLC0415 - numba is imported by who walks

    rows, done = [], 0
    while done < steps:
        left = steps - done if every == 0 else min(steps - done, every - done % every)
        taken = min(CHUNK, left)
        done += taken
        rows.append((taken, 1, int(every > 0 and done % every == 0)))
    return np.array(rows, np.int64)
