"""A run over paths: tables in the shape that kernels read, blocks shared among threads, results put in their place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from ringfence.batch.threads import share
from ringfence.formula.model.tilt import weight_of
from ringfence.margin.curved import is_curved
from ringfence.paths.by_venue import Venue, Way
from ringfence.paths.coins import Coins
from ringfence.paths.fates import NEVER, Clock, ModeFates, Ribbon
from ringfence.paths.features import Features, looks_of, plan_of
from ringfence.paths.funding import Funding
from ringfence.paths.laws import Law, Tilt
from ringfence.paths.lower import between_jumps, lowered
from ringfence.paths.owned import Held, Instant
from ringfence.paths.pack import Monitoring, Packed
from ringfence.paths.shown import Book, Shown
from ringfence.paths.tables import PoolTable
from ringfence.paths.tally import End, Tally, add_carried, add_dead, add_living
from ringfence.paths.whole import judged_whole, paid_before

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats, Steps
    from ringfence.paths.owned import Rows

FillsBy = Literal["nobody", "market"]
"""Who takes forced orders."""

GROUP: Final = 16
"""Blocks that a thread takes at once."""


@dataclass(frozen=True, slots=True)
class Found:
    """What paths leave of every mode. P paths.

    first     number of the first path
    results   one for each mode
    logs      (P,) logarithms of likelihood ratios
    ends      (P, C) prices at the last look over today's
    """

    first: int
    results: tuple["Result", ...]
    logs: "Floats"
    ends: "Floats"

    @classmethod
    def empty(cls, book: Book, first: int, paths: int, coins: int) -> "Found":
        """Return one with nothing in it."""
        results = tuple(Result.empty(shown, paths) for shown in book.shown)
        return cls(first, results, np.zeros(paths), np.ones((paths, coins)))

    def take(self, run: "Run", group: "Group", start: int) -> None:
        """Take a group of blocks that begins at some path; what is beyond the last is left out."""
        stop = min(len(self.logs), start + group.ratios.size)
        self.logs[start:stop] = run.logs_of(group.ratios.reshape(-1)[: stop - start])
        self.ends[start:stop] = group.level.swapaxes(1, 2).reshape(-1, group.level.shape[1])[: stop - start]
        pool, end = 0, End(group.end(), stop - start)
        for shown, result in zip(run.book.shown, self.results, strict=True):
            result.take(run, shown, group, end, (pool, self.first), slice(start, stop))
            pool += len(shown.tables)

    @classmethod
    def joined(cls, parts: Sequence["Found"]) -> "Found":
        """Return parts put together, in order."""
        if len(parts) == 1:
            return parts[0]
        results = tuple(Result.joined(same) for same in zip(*(part.results for part in parts), strict=True))
        logs, ends = (np.concatenate([getattr(part, name) for part in parts]) for name in ("logs", "ends"))
        return cls(parts[0].first, results, logs, ends)

    @property
    def weight(self) -> "Floats | None":
        """Return the likelihood ratios; None: all are one."""
        return np.exp(self.logs) if self.logs.any() else None

    def modes(self, book: Book) -> tuple[ModeFates, ...]:
        """Return the fates of every mode."""
        return tuple(
            result.fates(shown, book) for shown, result in zip(book.shown, self.results, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What paths are asked for, whatever book is on them.

    funding   what perpetual contracts pay; None: nothing
    tilt      how rare paths are made to come often; None: they are not
    fills     nobody: nobody buys, and a dead pool is taken over whole; market: by the venue's own steps
    """

    law: Law
    coins: Coins
    clock: Clock
    seed: int = 0
    monitoring: Monitoring = "discrete"
    funding: Funding | None = None
    features: Features = field(default_factory=Features)
    tilt: Tilt | None = None
    fills: FillsBy = "nobody"


class Run:
    """A run: tables in the shape that kernels read, and where results go."""

    def __init__(self, book: Book, asked: Asked) -> None:
        """Take a book in its modes, and what is asked."""
        from ringfence.batch.walk.run import CHUNK  # noqa: PLC0415 - numba is imported by who walks

        self.book, self.asked = book, asked
        clock, features = asked.clock, asked.features
        self.every = 0 if asked.funding is None else max(1, round(asked.funding.every / clock.step))
        self.record = lowered(asked.law, asked.coins, clock, asked.tilt)
        calm = between_jumps(asked.law, asked.coins, clock)
        self.packed = Packed(book.shown, calm, clock, asked.monitoring, features.top_up)
        self.looked = looks_of(clock, features.blackouts)
        self.plan = plan_of(clock, self.looked, self.every, CHUNK)
        self.pays = np.zeros(clock.steps, np.int32)
        if self.every:
            self.pays[self.every - 1 :: self.every] = 1
        self.venue = Venue(book.unit, asked.coins.names, features.impact)

    def goes_by_venue(self, table: PoolTable) -> bool:
        """Return whether a pool that dies goes by its venue's own steps; what nets or bends is taken over whole."""
        return self.asked.fills == "market" and not is_curved(table.pool, table.world)

    def logs_of(self, ratios: "Floats") -> "Floats":
        """Return the logarithms of the weights of paths: of a mixture, where some are drawn as if there were no tilt.

        Args:
            ratios: logarithms of dP / dQ, Q the tilted law.

        """
        if self.asked.tilt is None:
            return ratios
        with np.errstate(divide="ignore"):  # what has no weight at all counts for nothing
            logs: Floats = np.log(weight_of(ratios, self.asked.tilt.plain))
        return logs

    def ways(self, numbers: "Rows") -> "Floats":
        """Return the prices of some paths, (paths, steps + 1, C)."""
        from ringfence.paths.draw import prices, tilted_prices  # noqa: PLC0415 - numba is imported to draw

        asked, wanted = self.asked, numbers.tolist()
        if asked.tilt is None:
            return prices(asked.law, asked.coins, asked.clock, asked.seed, wanted)
        return tilted_prices(asked.law, asked.coins, asked.clock, asked.seed, wanted, asked.tilt)[0]

    def over(self, first: int, paths: int, threads: int | None) -> Found:
        """Return what happens on some paths, from the start of a block on, whatever the number of threads."""
        from ringfence.batch.walk import LANES  # noqa: PLC0415 - as above

        found = Found.empty(self.book, first * LANES, paths, len(self.asked.coins))
        end = first - (-paths // LANES)

        def work(block: int) -> None:
            start = (block - first) * LANES
            group = self.walked(block, min(GROUP, end - block), paths - start)
            found.take(self, group, start)

        share(work, range(first, end, GROUP), threads)
        return found

    def walked(self, first: int, blocks: int, paths: int = 2**62) -> "Group":
        """Walk some blocks; of their paths no more than so many count."""
        from ringfence.batch.walk import LANES  # noqa: PLC0415 - as above
        from ringfence.batch.walk.run import run  # noqa: PLC0415 - as above

        packed = self.packed
        count, coins = len(packed.tables), len(self.asked.coins)
        pays = coins if self.every else 0
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
        for number, table in enumerate(packed.tables):
            group.least[:, number] = table.base
            if table.is_dead_today:
                group.died[:, number] = 0
        run(
            self.record, self.asked.seed, first, self.plan, packed.pools, packed.parts, packed.pieces, packed.reach,
            packed.flows[:, :pays], group.least, group.died, group.at_death, group.paid_at_death, group.level,
            group.paid, group.ratios, packed.asks, group.cash,
        )  # fmt: skip
        for number, table in enumerate(packed.tables):
            if not table.is_sum:
                self._judge_whole(number, table, group, first, paths)
        return group

    def _judge_whole(self, number: int, table: PoolTable, group: "Group", first: int, paths: int) -> None:
        """Judge a pool that is no sum over coins, in place of what the sum has said."""
        lanes = group.ratios.shape[1]
        for block in range(group.ratios.shape[0]):
            start, some = (first + block) * lanes, min(lanes, paths - block * lanes)
            prices = self.ways(np.arange(start, start + some))
            paid = paid_before(prices, self.pays)
            more = np.einsum("ptck,ck->pt", paid, self.packed.flows[number])
            died, least = judged_whole(
                table,
                self.asked.coins.names,
                prices,
                more,
                self.looked,
                float(self.packed.pools["line"][number]),
            )
            group.died[block, number, :some], group.least[block, number, :some] = died, least
            dead = np.flatnonzero(died != NEVER)
            group.at_death[block, number][:, dead] = prices[dead, died[dead]].T
            if self.every:
                group.paid_at_death[block, number][..., dead] = np.moveaxis(paid[dead, died[dead]], 0, 2)

    def cost(self, one: Held, when: Instant) -> "Floats":
        """Return what closing a position at once costs against the mark [settle]."""
        impact = self.asked.features.impact
        if impact is None or one.value is None:
            return np.zeros(1)
        rate = one.rate.at(when)
        value: Floats = one.value.at(when.prices(one.coin))
        return impact.cost(self.asked.coins.names[one.coin], value * rate) / rate

    def ribbons(self, count: int) -> tuple[Ribbon, ...]:
        """Return the first few paths in full; without funding and top-ups."""
        from ringfence.paths.draw import prices  # noqa: PLC0415 - numba is imported to draw

        asked = self.asked
        if count == 0 or asked.tilt is not None:
            return ()
        drawn = prices(asked.law, asked.coins, asked.clock, asked.seed, range(count))
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
class Result:
    """Where the paths of one mode go."""

    tally: Tally
    died: "Steps"
    least: "Floats"
    added: "Floats"
    left: "Steps"

    @classmethod
    def empty(cls, shown: Shown, paths: int) -> "Result":
        """Return one with nothing in it."""
        pools = len(shown.tables)
        return cls(
            Tally.empty(paths, len(shown.pool_of)),
            np.full((paths, pools), NEVER, np.int32),
            np.zeros((paths, pools)),
            np.zeros((paths, pools)),
            np.full((paths, len(shown.pool_of)), NEVER, np.int32),
        )

    def take(
        self, run: Run, shown: Shown, group: Group, end: End, places: tuple[int, int], lanes: slice
    ) -> None:
        """Take what a group of blocks leaves of the mode.

        Args:
            run: the run.
            shown: the mode.
            group: the blocks.
            end: their paths at the end.
            places: of the mode's first pool among the group's, and of our first path among the run's.
            lanes: which of our paths they are.

        """
        (first, ours), count, start = places, end.count, lanes.start
        tally = self.tally.part(lanes)
        for owned in (*shown.still, *shown.owned):
            add_living(owned, end, tally)
        for number, owned in enumerate(shown.owned):
            died = group.died[:, first + number].reshape(-1)[:count]
            self.died[lanes, number] = died
            least = group.least[:, first + number].reshape(-1)[:count]
            self.least[lanes, number] = least * owned.rate.today
            cash = group.cash[:, first + number].reshape(-1)[:count] * owned.rate.today
            self.added[lanes, number] = cash
            gone = np.flatnonzero(died != NEVER)
            if len(gone) and run.goes_by_venue(shown.tables[number]):
                self._carry(run, shown, number, group, end, (first + number, start, ours), gone)
            elif len(gone):
                cost = None if run.asked.features.impact is None else run.cost
                add_dead(owned, group.death_of(first + number), end, gone, tally, cash[gone], cost)
                for one in owned.held:
                    self.left[start + gone, one.place] = died[gone]

    def _carry(
        self,
        run: Run,
        shown: Shown,
        number: int,
        group: Group,
        end: End,
        where: tuple[int, int, int],
        gone: "Rows",
    ) -> None:
        """Take a pool on the paths on which it dies, by its venue's own steps."""
        pool, start, ours = where
        owned, table = shown.owned[number], shown.tables[number]
        then, cash = group.death_of(pool), group.cash[:, pool].reshape(-1)
        tally = self.tally.part(slice(start, start + end.count))
        ways = run.ways(ours + start + gone)
        for row, prices in zip(gone.tolist(), ways, strict=True):
            here = then.of(np.array([row]))
            funded = {
                one.place: one.flow * float(here.paid(one.coin, int(one.inverse))[0])
                for one in owned.held
                if here.paid is not None and one.flow
            }
            died = int(self.died[start + row, number])
            carried = run.venue.carried(
                table, owned, Way(prices, run.looked, run.pays), died, float(cash[row]), funded
            )
            add_carried(owned, end, row, tally, carried)
            for place, step in carried.left.items():
                self.left[start + row, place] = step

    @classmethod
    def joined(cls, parts: Sequence["Result"]) -> "Result":
        """Return parts put together, in order."""
        died, least, added, left = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("died", "least", "added", "left")
        )
        return cls(Tally.joined([part.tally for part in parts]), died, least, added, left)

    def fates(self, shown: Shown, book: Book) -> ModeFates:
        """Return the mode's fates."""
        pools = tuple(table.pool.id for table in shown.tables)
        tally = self.tally
        return ModeFates(
            shown.mode, shown.cut, shown.venue, pools, book.labels, shown.pool_of, shown.posted, shown.notional,
            self.died, self.left, tally.gain.T, tally.other, tally.wealth, tally.fees, tally.impact, tally.bad_debt,
            self.least, self.added if self.added.any() else None,
        )  # fmt: skip
