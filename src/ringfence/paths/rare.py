"""How often a pool is liquidated, where that is rare: by the surest way that its law and its rule of looking allow.

closed form       one coin, geometric Brownian motion, looked at all the time: no draws at all
one bridge        the same by one step, a bridge and a tilt; asked for, it checks the form
bridges, tilted   several coins, looked at all the time: a few steps, a Brownian bridge between them, paths that are
                  made to lead to the likeliest death
looks, tilted     looked at once a step: such paths, and no bridge
looks             laws of the past, which have no drivers to tilt: plain counting

Every way but the first says how sure it is, and plain paths under the same rule stand beside it.
"""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from ringfence.core.errors import BookError
from ringfence.formula.model.first_passage import chance_of_price
from ringfence.margin.pools import Division
from ringfence.margin.snapshot import Snapshot
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.laws import Bootstrap, Garch, Gbm, Law, Tilt
from ringfence.paths.lower import YEAR
from ringfence.paths.rare_draws import Ways, plain_check, tallied
from ringfence.paths.rare_tilts import lead, levels_of, tuned
from ringfence.paths.shown import shown_in
from ringfence.paths.simulate import coins_of
from ringfence.paths.tables import PoolTable

if TYPE_CHECKING:
    from ringfence.paths.pack import Monitoring

Method = Literal["closed form", "one bridge", "bridges, tilted", "looks, tilted", "looks"]
BRIDGES: Final = 24
"""Steps between which bridges are laid: their chance is then right to half a percent of itself."""
LOOKED: Final = {
    "continuous": "marks are looked at all the time",
    "discrete": "marks are looked at once a step",
}
_RARE: Final = 0.05
"""Share of plain paths in a mixture with tilted ones."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A chance by plain paths: value, standard error, how many paths, and on how many of them it happened."""

    chance: float
    error: float
    paths: int
    hits: int


@dataclass(frozen=True, slots=True)
class RareChance:
    """The chance that a pool is liquidated within the horizon.

    chance, error   and its standard error; of a closed form, zero
    monitoring      which rule of looking it is for, in words, and what corrects for it
    paths, steps    how many of each were drawn
    effective       paths of equal weight that would be as sure
    largest         share of the one path that weighs most: where it is much, the error is too small a word
    tilt            how paths were drawn; None: as they come
    plain           the same by plain paths
    """

    pool: str
    mode: str
    chance: float
    error: float
    method: Method
    monitoring: str
    paths: int
    steps: int
    effective: float
    largest: float
    tilt: Tilt | None
    plain: Counted | None
    notes: tuple[str, ...] = ()


def rare_chance(
    snapshot: Snapshot,
    law: Law | None = None,
    *,
    clock: Clock,
    mode: str,
    pool: str | None = None,
    coins: Coins | None = None,
    cut: Division = "at-leverage",
    monitoring: "Monitoring" = "continuous",
    relative: float = 0.01,
    most: int = 20_000_000,
    check: int = 65_536,
    seed: int = 0,
    method: Method | None = None,
) -> RareChance:
    """Return how often a pool is liquidated within a horizon, to a relative standard error.

    Args:
        snapshot: what ``ringfence.read`` returned; it holds one account.
        law: how prices move; None: geometric Brownian motion.
        clock: the horizon, and when marks are looked at.
        mode: in which the book is shown.
        pool: its id; None: the only one.
        coins: what moves; None: what the book depends on, as its [vols] and [correlation] say.
        cut: how collateral is divided to show the book isolated.
        monitoring: whether marks are looked at once a step or all the time.
        relative: standard error over chance at which drawing ends.
        most: paths at which it ends at the latest.
        check: plain paths to set beside; 0: none.
        seed: >= 0. The same seed gives the same figures.
        method: by which way; None: the surest.

    Raises:
        BookError: there is no such pool, a number is none, or the way does not fit the law and the rule.

    """
    _check(relative, most, seed)
    law = Gbm() if law is None else law
    coins = coins_of(snapshot) if coins is None else coins
    shown = shown_in(
        snapshot.only(), coins.names, modes=(mode,), cut=cut, venues=(), funding=lambda _world, _symbol: 0.0
    ).shown[0]
    table = _table(shown.tables, pool)
    case = _Case(table, law, coins, clock, monitoring, seed)
    known = _known(case, mode)
    if known is not None:
        return known
    way = case.surest() if method is None else method
    case.check_way(way)
    if way == "closed form":
        return replace(case.nothing(mode), chance=case.closed(), method=way)
    ways, notes = case.drawn(way)
    tally = tallied(ways, relative, most)
    beside = plain_check(ways, check)
    if tally.error > relative * tally.chance:
        notes = (*notes, f"{tally.paths:,} paths did not reach the error asked for")
    return RareChance(
        table.pool.id, mode, tally.chance, tally.error, way, case.said(way), tally.paths, ways.clock.steps,
        tally.effective, tally.largest, ways.tilt,
        None if beside is None else Counted(beside.chance, beside.error, beside.paths, beside.hits), notes,
    )  # fmt: skip


def way_of(
    table: PoolTable, law: Law, coins: Coins, clock: Clock, monitoring: "Monitoring", method: Method
) -> Ways:
    """Return how paths are drawn for a pool by a way: for whoever times it or leads them on.

    Args:
        table: the pool.
        law: how prices move.
        coins: what moves.
        clock: the horizon, and when marks are looked at.
        monitoring: whether marks are looked at once a step or all the time.
        method: the way; not the closed form.

    Raises:
        BookError: it does not fit.

    """
    case = _Case(table, law, coins, clock, monitoring, 0)
    case.check_way(method)
    return case.drawn(method)[0]


def _check(relative: float, most: int, seed: int) -> None:
    if not 0.0 < relative < 1.0:
        raise BookError("relative", f"{relative:g} is no relative error", "Write 0.01 or the like")
    if most < 1 or seed < 0:
        raise BookError("paths", "paths are one or more, and seeds zero or above", "Mend the number")


def _table(tables: tuple[PoolTable, ...], pool: str | None) -> PoolTable:
    named = {table.pool.id: table for table in tables}
    if pool is None and len(tables) == 1:
        pool = tables[0].pool.id
    if pool not in named:
        said = "is not one of them" if pool is not None else "which one is not said"
        raise BookError("pool", f"{pool or len(tables)} pools: {said}", f"Name one: {', '.join(named)}")
    table = named[pool]
    if not table.is_sum:
        raise BookError(
            f"pool {pool}", "its buffer is no sum over coins", "Count it on paths: ringfence contrast --paths"
        )
    return table


@dataclass(frozen=True, slots=True)
class _Case:
    """A pool, how prices move, and when they are looked at."""

    table: PoolTable
    law: Law
    coins: Coins
    clock: Clock
    monitoring: "Monitoring"
    seed: int

    def nothing(self, mode: str) -> RareChance:
        """Return a chance of nothing, by no draws."""
        return RareChance(
            self.table.pool.id, mode, 0.0, 0.0, "closed form", self.said("closed form"), 0, 0, math.inf, 0.0,
            None, None,
        )  # fmt: skip

    def said(self, way: Method) -> str:
        """Return the rule of looking, and what corrects for it."""
        rule = LOOKED[self.monitoring]
        if way in {"one bridge", "bridges, tilted"}:
            return f"{rule}; between steps by a Brownian bridge of the buffer"
        if self.monitoring == "continuous" and way != "closed form":
            return f"{rule}; the trigger is shifted by 0.5826 deviations of a step (Broadie, Glasserman & Kou 1997)"
        return rule

    @property
    def levels(self) -> tuple[float, float]:
        """Return at which prices over today's a pool on one coin dies, down and up; 0 and inf: never."""
        return levels_of(self.table)

    @property
    def moving(self) -> list[int]:
        """Return the coins that move the pool."""
        return sorted({bend.coin for bend in self.table.buffer if self.coins.vols[bend.coin] > 0.0})

    @property
    def is_one_sided(self) -> bool:
        """Return whether the pool stands on one coin and dies on one side of it."""
        return len(self.moving) == 1 and (self.levels[0] == 0.0 or self.levels[1] == math.inf)

    def surest(self) -> Method:
        """Return the surest way."""
        if isinstance(self.law, Garch | Bootstrap):
            return "looks"
        if isinstance(self.law, Gbm) and self.monitoring == "continuous":
            return "closed form" if self.is_one_sided else "bridges, tilted"
        return "looks, tilted"

    def check_way(self, way: Method) -> None:
        """Refuse a way that does not fit."""
        gaussian = isinstance(self.law, Gbm) and self.monitoring == "continuous"
        fits = {
            "closed form": gaussian and self.is_one_sided,
            "one bridge": gaussian and self.is_one_sided,
            "bridges, tilted": gaussian,
            "looks, tilted": not isinstance(self.law, Garch | Bootstrap),
        }
        if not fits.get(way, True):
            raise BookError("method", f"{way!r} does not fit the law and the rule of looking", "Leave it out")

    def closed(self) -> float:
        """Return the chance in closed form."""
        coin, (down, up) = self.moving[0], self.levels
        years = self.clock.horizon / YEAR
        drift = 0.0 if self.coins.drift is None else float(self.coins.drift[coin]) * years
        risk = float(self.coins.vols[coin]) * math.sqrt(years)
        return chance_of_price(down if down > 0.0 else up, risk, drift) if max(down, 1.0 / up) > 0.0 else 0.0

    def drawn(self, way: Method) -> tuple[Ways, tuple[str, ...]]:
        """Return how paths are drawn, and what is to be said of it."""
        steps = {"one bridge": 1, "bridges, tilted": BRIDGES}.get(way, self.clock.steps)
        clock = Clock(self.clock.start, self.clock.horizon / steps, steps)
        bridged = way in {"one bridge", "bridges, tilted"}
        ways = Ways(self.table, self.law, self.coins, clock, self.monitoring, self.seed, bridged, None)
        if way == "looks":
            return ways, ()
        if way == "one bridge":
            down, up = self.levels
            ways = replace(ways, end=math.log(down if down > 0.0 else up))
        point = lead(self.table, self.coins, clock)
        if point is None:
            return ways, ("no likeliest death was found: paths are drawn as they come",)
        shift = tuple(float(x) for x in point / math.sqrt(steps))
        if isinstance(self.law, Gbm):
            return replace(ways, tilt=Tilt(shift, plain=_RARE)), ()
        return replace(ways, tilt=tuned(ways, shift)), (
            "the tilt is the best of some, by a few paths of each",
        )


def _known(case: _Case, mode: str) -> RareChance | None:
    """Return what needs no law: a pool that is dead, or that nothing moves."""
    if case.table.is_dead_today:
        return replace(case.nothing(mode), chance=1.0, notes=("it is past its trigger today",))
    if not case.moving:
        return replace(case.nothing(mode), notes=("nothing that moves has a part in it",))
    return None
