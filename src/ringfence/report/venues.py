"""The same book under several venues' rules, venue beside venue: a table a mode, with venues as columns."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from ringfence.contrast import Contrast, ModeOutcome
from ringfence.contrast.efficiency import CapitalEfficiency
from ringfence.margin.assess import PositionHealth
from ringfence.report.contagion import short_labels
from ringfence.report.fates import cut_name, fate
from ringfence.report.grid import NONE, Grid, money, percent, price


def several_venues(result: Contrast) -> bool:
    """Return whether a contrast shows more venues than one."""
    return len({one.venue for one in result.outcomes}) > 1


def by_mode(result: Contrast) -> list[tuple[str, list[ModeOutcome]]]:
    """Return each mode with its cut, and its outcomes: the book's own venue first and the others as they were asked."""
    groups: dict[str, list[ModeOutcome]] = {}
    for one in result.outcomes:
        groups.setdefault(f"{one.mode}{cut_name(one)}", []).append(one)
    return list(groups.items())


def held_by(one: ModeOutcome) -> list[PositionHealth | None]:
    """Return the positions in the order of the book, which is the same at every venue; None: not opened."""
    open_ = {held.position.label: held for pool in one.health.pools for held in pool.positions}
    return [open_.get(position.label) for position in one.health.book.positions]


def venue_grids(result: Contrast) -> list[Grid]:
    """Return one table a mode: what it needs, leaves free and can lose, and where each position dies."""
    grids = [_figures(result, name, outcomes) for name, outcomes in by_mode(result)]
    grids[-1].caption = "; ".join(filter(None, (_WHAT, grids[-1].caption)))
    return grids


def _figures(result: Contrast, name: str, outcomes: Sequence[ModeOutcome]) -> Grid:
    title = f"{result.account}, {name}: venue beside venue, rules of {result.on}"
    grid = venue_grid(title, ("figure",), outcomes)
    for said, cell in _FIGURES:
        cells = [cell(one) for one in outcomes]
        if said in _ALWAYS or any(text not in {NONE, "0.00"} for text in cells):
            grid.rows.append((_spoken(said, outcomes[0]), *cells))
    labels = short_labels([position.label for position in result.outcomes[0].health.book.positions])
    for k, label in enumerate(labels):
        grid.rows.append((f"{label} dies at", *(_end(held_by(one)[k]) for one in outcomes)))
    absent = [venue for mode, venue, _ in result.refused if mode in {outcomes[0].mode, "all"}]
    if absent:
        grid.caption = f"not shown: {', '.join(dict.fromkeys(absent))}; the notes say why"
    return grid


def venue_grid(title: str, heads: tuple[str, ...], outcomes: Sequence[ModeOutcome]) -> Grid:
    """Return an empty table with a column a venue; the unit stands in the title where all count in the same."""
    units = {one.health.unit for one in outcomes}
    if len(units) == 1:
        title = f"{title} [{next(iter(units))}]"
        names = [one.venue for one in outcomes]
    else:
        names = [f"{one.venue} [{one.health.unit}]" for one in outcomes]
    return Grid(title, (*heads, *names), left=len(heads), folds=True)


def _spoken(said: str, one: ModeOutcome) -> str:
    """Return the name of a figure, with the limit and the horizon where it has those."""
    known = one.efficiency
    if not isinstance(known, CapitalEfficiency):
        return said
    chance, days = (known.chance * 100).normalize(), known.days.normalize()
    return said.replace("{limit}", f"{chance:f} % in {days:f} d")


def _nearest(one: ModeOutcome) -> str:
    first = one.first_to_die
    if first is None:
        return "never"
    return _unbroken(f"{short_labels([first.position.label])[0]} {percent(first.distance)}")


def _own_sigmas(one: ModeOutcome) -> str:
    return NONE if one.first_to_die is None else _sigmas(one.first_to_die.distance_sigmas)


def _sigmas(amount: Decimal | None) -> str:
    return NONE if amount is None else f"{amount:.2f}"


def _end(held: PositionHealth | None) -> str:
    if held is None:
        return "not opened"
    if held.prices.liquidation is None:
        return "never"
    return _unbroken(f"{price(held.prices.liquidation)} ({percent(held.distance)})")


def _unbroken(text: str) -> str:
    """Return words that are not broken over lines."""
    return text.replace(" ", "\u00a0")


_FIGURES: Final[tuple[tuple[str, Callable[[ModeOutcome], str]], ...]] = (
    ("initial requirement", lambda one: money(one.initial_requirement)),
    ("maintenance requirement", lambda one: money(one.maintenance_requirement)),
    ("smallest buffer", lambda one: money(one.least_buffer)),
    ("free collateral", lambda one: money(one.free_collateral)),
    ("worst loss", lambda one: money(one.worst_loss)),
    ("bad debt", lambda one: money(one.bad_debt)),
    ("collateral for {limit}", lambda one: money(one.needed_for_chance)),
    ("nearest liquidation", _nearest),
    ("nearest liquidation, daily σ", _own_sigmas),
    ("nearest joint move, σ", lambda one: _sigmas(one.joint_sigmas)),
)
_WHAT: Final = (
    "smallest buffer: of a pool with positions, its equity less what it must keep; collateral for a chance: the least "
    "with which the chance that anything is liquidated stays within it, to first order, its own volatility left out; "
    "nearest liquidation: one coin moves alone; nearest joint move: all coins of a pool, by their volatilities and "
    "correlation"
)
_ALWAYS: Final = {"initial requirement", "maintenance requirement", "smallest buffer", "nearest liquidation"}
"""Figures that have a row even where no venue has them; a row of the others would only say that."""


def venue_shock_grids(result: Contrast) -> list[Grid]:
    """Return one table a mode, one row a shock: the loss at every venue, and the pools that die there."""
    grids = []
    for name, outcomes in by_mode(result):
        grid = venue_grid(
            f"Loss after a joint move (bad debt apart), and what dies: {name}", ("shock",), outcomes
        )
        for k, shock in enumerate(outcomes[0].shocks):
            grid.rows.append((shock.name, *(fate(one.shocks[k]) for one in outcomes)))
        grids.append(grid)
    return grids
