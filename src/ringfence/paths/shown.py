"""A book in every mode, made ready for paths: pools as tables, what their owner has in them, and in which unit."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import localcontext
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.core.errors import BookError, InputError
from ringfence.core.number import EXACT
from ringfence.margin.assess import world_in
from ringfence.margin.modes import Stage, check_modes, modes_of, stages_of
from ringfence.margin.pools import Division, Partition, partition
from ringfence.margin.snapshot import Holding
from ringfence.margin.split import Split
from ringfence.margin.world import World
from ringfence.paths.owned import Known, Owned, owned_of, worth_today
from ringfence.paths.tables import PoolTable, movers_of, table_of

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats, Steps


@dataclass(frozen=True, slots=True)
class Shown:
    """A book in one mode.

    tables   of the pools that hold positions
    owned    the same pools, as their owner has them
    still    pools that hold none
    """

    mode: str
    cut: str
    venue: str
    tables: tuple[PoolTable, ...]
    owned: tuple[Owned, ...]
    still: tuple[Owned, ...]
    pool_of: "Steps"
    notional: "Floats"
    notes: tuple[str, ...]

    @property
    def posted(self) -> float:
        """Return what the account holds at the start [unit]."""
        return sum(map(worth_today, (*self.owned, *self.still)))


@dataclass(frozen=True, slots=True)
class _Cut:
    """A book cut into pools under some rules."""

    mode: str
    stage: Stage
    world: World
    parts: Partition

    @property
    def holding(self) -> Holding:
        return self.stage.holding


@dataclass(frozen=True, slots=True)
class Book:
    """A book in several modes.

    unit      of every amount
    labels    of the positions, as the account itself names them
    refused   (mode, venue, why) of what cannot be shown
    """

    unit: str
    labels: tuple[str, ...]
    shown: tuple[Shown, ...]
    refused: tuple[tuple[str, str, str], ...]
    digests: tuple[str, ...]


def coins_in(holding: Holding, venues: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the coins whose prices a book depends on, under its own rules and those of other venues."""
    found: dict[str, None] = {}
    with localcontext(EXACT):
        for stage in stages_of(holding, venues, []):
            book, world = stage.holding.book, world_in(stage.holding, "as-held")
            held = [asset for asset, amount in book.collateral.items() if amount != 0]
            found |= dict.fromkeys(movers_of(world, book.positions, held))
    return tuple(found)


def shown_in(
    holding: Holding,
    coins: Sequence[str],
    *,
    modes: Sequence[str],
    cut: Division,
    venues: Sequence[str],
    funding: Callable[[World, str], float],
    splits: Mapping[str, Split] | None = None,
) -> Book:
    """Return a book in several modes, as tables.

    Args:
        holding: the account and its market.
        coins: what moves.
        modes: which; none: isolated, as held, cross, and every other pooling of the venue.
        cut: how collateral is divided to show the book isolated.
        venues: other venues whose rules the same positions are put under, too.
        funding: rate of an instant of funding of a symbol.
        splits: venue -> a further division by which the book is shown isolated there, beside the cut.

    Raises:
        InputError: no mode can be shown, or the only one that is asked for cannot.

    """
    refused: list[tuple[str, str, str]] = []
    with localcontext(EXACT):
        stages = stages_of(holding, venues, refused)
        check_modes(modes, stages)
        cuts = _cuts(stages, modes, (cut, splits or {}), refused, alone=len(modes) == 1 and not venues)
        if not cuts:
            raise BookError("paths", "no mode can be shown", "; ".join(why for _, _, why in refused))
        unit = _unit(cuts)
        shown: list[Shown] = []
        known: dict[str, Known] = {}
        for one in cuts:
            try:
                made = _shown(one, coins, unit, funding, known.setdefault(one.holding.book.venue, {}))
                if not modes:
                    _check_sums(made)
                shown.append(made)
            except InputError as fault:
                if len(cuts) == 1:
                    raise
                refused.append((one.mode, one.holding.book.venue, str(fault)))
        if not shown:
            raise BookError("paths", "no mode can be shown", "; ".join(why for _, _, why in refused))
    labels = tuple(position.label for position in holding.book.positions)
    rules = tuple(one.world.rules.digest for one in cuts)
    return Book(unit, labels, tuple(shown), tuple(refused), rules)


def _cuts(
    stages: Sequence[Stage],
    modes: Sequence[str],
    divided: tuple[Division, Mapping[str, Split]],
    refused: list[tuple[str, str, str]],
    *,
    alone: bool,
) -> list[_Cut]:
    found = []
    for stage in stages:
        book = stage.holding.book
        for mode, cut in _each(modes or modes_of(stage.holding), divided[0], divided[1].get(book.venue)):
            try:
                world = world_in(stage.holding, mode)
                found.append(_Cut(mode, stage, world, partition(book, world, mode, cut)))
            except InputError as fault:
                if alone:
                    raise
                refused.append((mode, book.venue, str(fault)))
    return found


def _each(modes: Sequence[str], cut: Division, split: Split | None) -> Iterator[tuple[str, Division]]:
    """Yield every mode with its division; isolated by the split, too, where there is one."""
    for mode in modes:
        yield mode, cut
        if mode == "isolated" and split is not None:
            yield mode, split


def _unit(cuts: Sequence[_Cut]) -> str:
    """Return the unit of all amounts: the pools' own where all agree, else that of the account, else USD."""
    own = {pool.unit for one in cuts for pool in one.parts.pools}
    if len(own) == 1:
        return next(iter(own))
    accounts = {one.world.rules.account_mode.unit for one in cuts}
    return next(iter(accounts)) if len(accounts) == 1 else "USD"


def _shown(
    one: _Cut, coins: Sequence[str], unit: str, funding: Callable[[World, str], float], known: Known
) -> Shown:
    book, world = one.holding.book, one.world
    places = {position.label: number for number, position in enumerate(book.positions)}
    live = [pool for pool in one.parts.pools if pool.positions]
    still = [pool for pool in one.parts.pools if not pool.positions]

    def rate(symbol: str) -> float:
        return funding(world, symbol)

    pool_of = np.full(len(places), -1, np.int32)
    for number, pool in enumerate(live):
        pool_of[[places[p.label] for p in pool.positions]] = number
    notional = [float(world.convert(world.value(p), world.settle(p), unit)) for p in book.positions]
    tables = tuple(table_of(pool, world, coins) for pool in live)
    owned, idle = (
        tuple(owned_of(pool, world, unit, coins, places, rate, known) for pool in pools)
        for pools in (live, still)
    )
    return Shown(
        mode=one.mode,
        cut=one.parts.cut,
        venue=book.venue,
        tables=tables,
        owned=owned,
        still=idle,
        pool_of=pool_of,
        notional=np.array(notional),
        notes=(*_notes(one, tables), *world.notes),
    )


def _check_sums(made: Shown) -> None:
    """Refuse, where nobody asked for a mode by its name, one whose paths would take long.

    Raises:
        BookError: a pool is no sum over coins.

    """
    for table in made.tables:
        if not table.is_sum:
            raise BookError(
                table.pool.id,
                "its requirement depends on several prices at once, so that many looks are the exact engine's:"
                " some milliseconds each",
                f"Ask for the mode {made.mode} by name, with few paths",
            )


def _notes(one: _Cut, tables: Sequence[PoolTable]) -> list[str]:
    named = f"{one.mode} on {one.holding.book.venue}"
    notes = [*one.stage.notes, *one.parts.notes]
    if one.mode == "isolated" and not one.world.rules.account_mode.isolated:
        notes.append(f"{one.holding.book.venue} offers no isolated margin here; shown as the cut would be")
    notes += [f"{named}: {p.label} is not opened: the collateral does not reach" for p in one.parts.unopened]
    for table in tables:
        pool = table.pool
        if not table.is_sum:
            notes.append(
                f"{named}, {pool.id}: its requirement depends on several prices at once; where a sum over coins, which"
                f" was off by at most {table.off:.1g} of what is held at random joint moves, leaves a doubt, every look"
                " is judged by the exact engine, which takes long"
            )
            continue
        if table.off > _EXACT:
            notes.append(
                f"{named}, {pool.id}: judged by curves through the exact engine's figures; at random joint moves"
                f" they were off by at most {table.off:.1g} of what is held"
            )
    return notes


_EXACT: Final = 1e-9
