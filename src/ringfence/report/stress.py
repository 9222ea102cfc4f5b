"""Two coins moving together, and the book under every cut, as tables."""

from collections.abc import Sequence
from decimal import Decimal

from ringfence.contrast import Contrast, ModeOutcome
from ringfence.contrast.cuts import CutOutcome
from ringfence.contrast.stress import StressCell, StressGrid
from ringfence.report.contagion import short_labels
from ringfence.report.fates import cut_name, dead_names, fate, mode_name
from ringfence.report.grid import NONE, Grid, money, percent, price

_THOUSAND = Decimal(1000)
_HUNDRED = 100


def compact(amount: Decimal) -> str:
    """Return an amount in few letters: 0.754, 950, 16.1k, -2.35M."""
    size, letter = abs(amount), ""
    for letter in ("", "k", "M", "bn"):  # noqa: B007 - the one that fits is used below
        if size < _THOUSAND:
            break
        size /= _THOUSAND
    text = f"{size:.0f}" if letter == "" and size >= _HUNDRED else f"{size:.3g}"
    return f"{'-' if amount < 0 and text != '0' else ''}{text}{letter}"


def stress_grids(result: Contrast) -> list[Grid]:
    """Return one table a mode: equity less what it needs under joint moves of two coins, and who is dead there."""
    return [_stress(one, one.grid, result.venue) for one in result.outcomes if one.grid is not None]


def _stress(one: ModeOutcome, held: StressGrid, home: str) -> Grid:
    grid = Grid(
        f"{held.across} across, {held.down} down ({mode_name(one, home)}{cut_name(one)}): equity less requirement in "
        f"{held.unit}, and which pools are dead (†)",
        (f"{held.down} \\ {held.across}", *map(_move, held.columns)),
    )
    pools = {pool.pool.id for pool in one.health.pools if pool.positions}
    for move, cells in zip(held.rows, held.cells, strict=True):
        grid.rows.append((_move(move), *(_cell(cell, pools) for cell in cells)))
    return grid


def _move(move: Decimal) -> str:
    return percent(move, 0) if move else "today"


def _cell(cell: StressCell, pools: set[str]) -> str:
    dead = " †\u00a0all" if set(cell.dead) == pools else dead_names(cell.dead)
    return f"{compact(cell.buffer)}{dead}"


def cut_grids(result: Contrast) -> list[Grid]:
    """Return the book isolated by every cut: what it can lose, where each position dies, what each shock costs."""
    grids = []
    for venue in dict.fromkeys(one.venue for one in result.cuts):
        lines = [one for one in result.cuts if one.venue == venue]
        place = "" if venue == result.venue else f" @ {venue}"
        grids += [_worst(lines, place), _prices(lines, place), _shocks(lines, place)]
    return grids


def _worst(lines: Sequence[CutOutcome], place: str) -> Grid:
    grid = Grid(
        f"Isolated by every cut{place}: how far the verdict hangs on it",
        ("cut", "unit", "free", "worst loss", "first to die", "at a move of"),
        left=2,
        caption="first to die: the position nearest to its liquidation price; "
        + "; ".join(f"{one.cut} is not shown: {one.why_not}" for one in lines if one.why_not),
    )
    for one in lines:
        if one.outcome is not None:
            name, move = _nearest(one.outcome)
            amounts = money(one.outcome.free_collateral), money(one.outcome.worst_loss)
            grid.rows.append((one.cut, one.outcome.health.unit, *amounts, name, move))
    return grid


def _nearest(one: ModeOutcome) -> tuple[str, str]:
    held = [p for pool in one.health.pools for p in pool.positions if p.distance is not None]
    if not held:
        return NONE, NONE
    first = min(held, key=lambda p: abs(p.distance or Decimal(0)))
    return short_labels([first.position.label])[0], percent(first.distance)


def _shown(lines: Sequence[CutOutcome]) -> list[ModeOutcome]:
    return [one.outcome for one in lines if one.outcome is not None]


def _prices(lines: Sequence[CutOutcome], place: str) -> Grid:
    outcomes = _shown(lines)
    grid = Grid(
        f"Liquidation prices by cut{place}", ("position", *(one.contagion.against for one in outcomes))
    )
    labels = outcomes[0].contagion.positions if outcomes else ()
    for name, label in zip(short_labels(labels), labels, strict=True):
        grid.rows.append((name, *(_price(one, label) for one in outcomes)))
    return grid


def _price(one: ModeOutcome, label: str) -> str:
    for pool in one.health.pools:
        for held in pool.positions:
            if held.position.label == label:
                return f"{price(held.prices.liquidation)} ({percent(held.distance)})"
    return "not opened"


def _shocks(lines: Sequence[CutOutcome], place: str) -> Grid:
    outcomes = _shown(lines)
    grid = Grid(
        f"Loss after a joint move by cut{place}", ("shock", *(one.contagion.against for one in outcomes))
    )
    differ = 0
    for after in zip(*(one.shocks for one in outcomes), strict=True):
        grid.rows.append((after[0].name, *map(fate, after)))
        differ += len({one.dead for one in after}) > 1
    grid.caption = f"who dies differs with the cut in {differ} of {len(grid.rows)} shocks"
    return grid
