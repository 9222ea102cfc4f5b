"""A table before it is drawn: a title, columns, rows of text. Drawn as a terminal table, Markdown or CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

NONE = "–"
_GAP = 3
"""Characters between the words of two columns."""


@dataclass(slots=True)
class Grid:
    """Columns with units in their names, and rows of text. ``left`` columns hold words, the others numbers.

    Where ``folds``, a table too wide for a terminal is drawn in parts: as many of the other columns as fit, beside
    the left ones each time.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    left: int = 1
    caption: str = ""
    folds: bool = False


def money(value: Decimal | None, digits: int = 2) -> str:
    """Return an amount for the eye: thousands apart, at least two decimals, more for small amounts."""
    if value is None:
        return NONE
    size = abs(value)
    if 0 < size < 1:
        digits = min(8, max(digits, 3 - size.adjusted()))
    return f"{value:,.{digits}f}"


def price(value: Decimal | None) -> str:
    """Return a price for the eye, with seven significant digits or cents."""
    if value is None:
        return "never"
    digits = 2 if abs(value) >= 100 else min(10, 5 - value.adjusted())
    return f"{value:,.{max(digits, 2)}f}"


def percent(value: Decimal | None, digits: int = 1) -> str:
    """Return a fraction as a signed percentage."""
    return NONE if value is None else f"{value * 100:+.{digits}f} %"


def share(value: Decimal | None, digits: int = 2) -> str:
    """Return a fraction as an unsigned percentage."""
    return NONE if value is None else f"{value * 100:.{digits}f} %"


def as_markdown(grids: Sequence[Grid]) -> str:
    """Return the tables as GitHub-flavoured Markdown."""
    parts = []
    for grid in grids:
        marks = [":--" if k < grid.left else "--:" for k in range(len(grid.columns))]
        lines = [f"### {grid.title}", "", *_pipes([grid.columns, tuple(marks), *grid.rows])]
        if grid.caption:
            lines += ["", grid.caption]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _pipes(rows: Sequence[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]


def as_csv(grids: Sequence[Grid]) -> str:
    """Return the tables one below the other as CSV, each with its title in the first column."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for grid in grids:
        writer.writerow(("table", *grid.columns))
        writer.writerows((grid.title, *row) for row in grid.rows)
    return out.getvalue()


def as_text(grids: Sequence[Grid], width: int | None = None) -> str:
    """Return the tables drawn for a terminal; one too wide for it is folded if it may be, or drawn a block a row.

    Args:
        grids: the tables.
        width: characters a line; None: those of the terminal.

    """
    from rich.console import Console

    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, no_color=True, markup=False)
    for grid in (part for whole in grids for part in _parts(whole, console.width)):
        if _least_width(grid) <= console.width:
            console.print(_table(grid))
        else:
            console.print(_blocks(grid), soft_wrap=True)
        if grid.caption:
            console.print(grid.caption)
            console.print()
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _parts(grid: Grid, width: int) -> list[Grid]:
    """Return a table in parts of whole columns that fit a line unbroken; a table that may not be folded, whole."""
    widths = [max(len(row[k]) for row in (grid.columns, *grid.rows)) + _GAP for k in range(len(grid.columns))]
    if not grid.folds or sum(widths) + 1 <= width:
        return [grid]
    parts: list[list[int]] = []
    room = 0
    for k in range(grid.left, len(grid.columns)):
        if widths[k] > room or not parts:
            parts.append([])
            room = width - 1 - sum(widths[: grid.left])
        parts[-1].append(k)
        room -= widths[k]
    return [_part(grid, chosen, number, len(parts)) for number, chosen in enumerate(parts, 1)]


def _part(grid: Grid, chosen: Sequence[int], number: int, of: int) -> Grid:
    kept = (*range(grid.left), *chosen)
    title = f"{grid.title} ({number} of {of})" if of > 1 else grid.title
    rows = [tuple(row[k] for k in kept) for row in grid.rows]
    caption = grid.caption if number == of else ""
    return Grid(title, tuple(grid.columns[k] for k in kept), rows, grid.left, caption)


def _words(grid: Grid, column: int) -> int:
    """Return the length of the longest word of a column: cells wrap between words and nowhere else."""
    cells = (row[column] for row in (grid.columns, *grid.rows))
    return max(len(word) for cell in cells for word in cell.split(" "))


def _least_width(grid: Grid) -> int:
    return sum(_words(grid, column) + _GAP for column in range(len(grid.columns))) + 1


def _table(grid: Grid) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(title=grid.title, title_justify="left", box=box.SIMPLE_HEAD, expand=False)
    for k, column in enumerate(grid.columns):
        table.add_column(column, justify="left" if k < grid.left else "right", min_width=_words(grid, k))
    for row in grid.rows:
        table.add_row(*row)
    return table


def _blocks(grid: Grid) -> str:
    name_width = max(map(len, grid.columns))
    lines = [grid.title]
    for row in grid.rows:
        head, *rest = zip(grid.columns, row, strict=True)
        lines += ["", f"  {head[1]}"]
        lines += [f"    {name:<{name_width}}  {cell}" for name, cell in rest if cell != NONE]
    return "\n".join([*lines, ""])
