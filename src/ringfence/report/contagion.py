"""The contagion matrix as a table: rows are what moves, columns are what closes."""

from collections import Counter
from collections.abc import Sequence

from ringfence.contrast import ContagionMatrix, Contrast
from ringfence.contrast.contagion import Cell, Row
from ringfence.report.grid import Grid, money, percent, share
from ringfence.report.names import brief_symbol

_VERB = {"down": "falls", "up": "rises"}


def short_labels(labels: Sequence[str]) -> list[str]:
    """Return position labels for the eye: coin and side, or the whole symbol where two would read alike."""
    parts = [label.rpartition(":") for label in labels]
    short = [f"{brief_symbol(symbol)} {side}" for symbol, _, side in parts]
    times = Counter(short)
    return [
        name if times[name] == 1 else " ".join(label.rpartition(":")[::2])
        for name, label in zip(short, labels, strict=True)
    ]


def contagion_grids(result: Contrast, modes: Sequence[str] = ()) -> list[Grid]:
    """Return one table a mode and venue; a mode in which every position stands alone has nothing to show.

    Args:
        result: the contrast.
        modes: which modes; none: all.

    """
    return [
        contagion_grid(one.contagion, result.venue)
        for one in result.outcomes
        if (not modes or one.mode in modes) and any(len(pool.positions) > 1 for pool in one.health.pools)
    ]


def contagion_grid(matrix: ContagionMatrix, home: str) -> Grid:
    """Return one matrix as a table; coins whose moves close nothing stand in its caption."""
    place = matrix.mode if matrix.venue == home else f"{matrix.mode} @ {matrix.venue}"
    grid = Grid(
        f"Who dies by whose price ({place}): the smallest move of one coin alone that closes a position",
        ("what moves", *(f"closes {name}" for name in short_labels(matrix.positions))),
    )
    for row in matrix.rows:
        if any(cell.move is not None for cell in row.cells):
            grid.rows.append((f"{row.moves} {_VERB[row.direction]}", *map(_cell, row.cells)))
    grid.caption = _caption(matrix)
    return grid


def in_one_sentence(matrix: ContagionMatrix) -> str:
    """Return the nearest contagion of a mode in words; nothing where there is none."""
    met = [
        (abs(cell.move), row, cell)
        for row in matrix.rows
        for cell in row.cells
        if cell.contagion and cell.move is not None
    ]
    if not met:
        return ""
    size, row, cell = min(met, key=lambda one: one[0])
    (victim,) = short_labels([cell.position])
    return (
        f"If {row.moves} alone {_VERB[row.direction]} by {share(size, 1)}, the shared pool takes the {victim} with it, "
        f"which ring-fenced would have lived and kept {money(cell.loss, 0)} {matrix.unit}."
    )


def _cell(cell: Cell) -> str:
    if cell.pool is None:
        return "not opened"
    if cell.move is None:
        return "never"
    move = "past its trigger" if cell.move == 0 else percent(cell.move)
    if cell.contagion is None:
        return f"{move} ?"
    return f"{move} * {money(cell.loss, 0)}" if cell.contagion else move


def _caption(matrix: ContagionMatrix) -> str:
    said = []
    if matrix.infected:
        said.append(
            f"* contagion: isolated (cut {matrix.against}) the position would have lived, and the {matrix.unit} "
            "beside the star would still be its owner's"
        )
    harmless = [row for row in matrix.rows if all(cell.move is None for cell in row.cells)]
    if harmless:
        said.append(f"no such move closes anything: {', '.join(_moves(harmless))}")
    return "; ".join([*said, *matrix.notes])


def _moves(rows: Sequence[Row]) -> list[str]:
    """Return coins and ways, a coin that closes nothing either way named once."""
    ways: dict[str, list[str]] = {}
    for row in rows:
        ways.setdefault(row.moves, []).append(row.direction)
    return [coin if len(both) > 1 else f"{coin} {both[0]}" for coin, both in ways.items()]
