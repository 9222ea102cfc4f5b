"""Who dies by whose price: the matrix as cells, and the graph that it draws."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from ringfence.contrast import ContagionMatrix, Contrast
from ringfence.contrast.contagion import Cell, Edge, Row
from ringfence.core.errors import BookError
from ringfence.report.contagion import short_labels
from ringfence.report.figures.chart import Arrow, Axis, Box, Figure, Mark, Panel, rows
from ringfence.report.figures.palette import DEEPEST
from ringfence.report.figures.views import pool_name
from ringfence.report.grid import money, percent

_ROW: Final = 30
_NODE: Final = 44
_COLUMNS: Final = ((0.0, 2.4), (3.9, 6.3), (7.6, 10.0))
"""Where the boxes of the graph begin and end: causes, pools, what closes with them."""
_MANY: Final = 8
_LOW_NODE: Final = 28
"""Pixels a box takes where a column has more than so many."""
_CAUSES: Final = 12
"""So many causes are drawn, the nearest."""
_BEYOND: Final = 10
_VERB: Final = {"down": "falls", "up": "rises"}


def pooled(result: Contrast) -> list[tuple[str, ContagionMatrix]]:
    """Return name and matrix of every mode in which positions share a pool."""
    return [
        (one.mode if one.venue == result.venue else f"{one.mode} @ {one.venue}", one.contagion)
        for one in result.outcomes
        if any(len(pool.positions) > 1 for pool in one.health.pools)
    ]


def _shared(result: Contrast) -> list[tuple[str, ContagionMatrix]]:
    """Return what ``pooled`` does.

    Raises:
        BookError: no mode pools.

    """
    found = pooled(result)
    if not found:
        raise BookError("contagion", "no mode shown lets positions share a pool", "Compare with cross, too")
    return found


def moving_rows(matrix: ContagionMatrix) -> list[Row]:
    """Return the rows in which something closes."""
    return [row for row in matrix.rows if any(cell.move is not None for cell in row.cells)]


def nearness(cell: Cell) -> float:
    """Return how near a cell's move is, from 0 (never) to 1 (today): what its colour tells."""
    return 0.0 if cell.move is None else max(0.0, 1 - abs(float(cell.move))) ** 1.5


def in_cell(cell: Cell) -> str:
    """Return what stands in a cell: the move, with a star where it is contagion."""
    if cell.pool is None:
        return "not opened"
    if cell.move is None:
        return "never"
    move = _move(cell.move)
    return f"{move} ?" if cell.contagion is None else f"{move} *" if cell.contagion else move


def _move(move: Decimal) -> str:
    """Return a move as it is read, not as it is: beyond ten times the price the number says nothing more."""
    if abs(move) >= _BEYOND:
        return ">+999 %"
    return "now" if move == 0 else percent(move)


def contagion(result: Contrast) -> Figure:
    """Return the matrices of a contrast as cells, a panel a mode."""
    found = _shared(result)
    panels = tuple(_cells(name, matrix) for name, matrix in found if moving_rows(matrix))
    return Figure(
        "contagion",
        "Who dies by whose price",
        "Each cell: the smallest move of one coin alone that closes a position; the darker, the nearer. "
        f"* contagion: isolated (cut {found[0][1].against}) the position would have lived; costs: what its own pool "
        "would still be worth to its owner there.",
        panels,
    )


def _cells(name: str, matrix: ContagionMatrix) -> Panel:
    moving = moving_rows(matrix)
    marks: list[Mark] = [
        Box(
            column - 0.48, column + 0.48, line - 0.46, line + 0.46,
            "loss" if cell.contagion else "gain" if cell.move is not None else "plain",
            depth=0.15 + (DEEPEST - 0.15) * nearness(cell) if cell.move is not None else 1.0,
            text=in_cell(cell), brief=in_cell(cell), inside=True, hint=_hint(row, cell, matrix),
        )
        for line, row in enumerate(moving)
        for column, cell in enumerate(row.cells)
    ]  # fmt: skip
    labels = short_labels(matrix.positions)
    x = Axis(
        -0.5,
        len(labels) - 0.5,
        tuple((float(k), label) for k, label in enumerate(labels)),
        "closes",
        lines=False,
    )
    y = rows([f"{row.moves} {_VERB[row.direction]}" for row in moving])
    return Panel(x, y, tuple(marks), len(moving) * _ROW + 66, name)


def _hint(row: Row, cell: Cell, matrix: ContagionMatrix) -> str:
    label = cell.position
    if cell.move is None:
        return f"no move of {row.moves} alone closes {label}"
    closes = f"{row.moves} {percent(cell.move)} closes {label} in {cell.pool}"
    if not cell.contagion:
        return closes
    return f"{closes}; alone it would have lived, and kept {money(cell.loss)} {matrix.unit}"


def graph(result: Contrast) -> Figure:
    """Return the graphs of the modes as held and cross, or of the first mode that pools, where those are not shown."""
    found = _shared(result)
    wanted = [pair for pair in found if pair[0] in {"as-held", "cross"}] or found[:1]
    return Figure(
        "graph",
        "What can close what",
        "Left: what loses when a coin moves. Middle: the pool it brings down, with the smallest move of one coin "
        "alone that does; of many causes, the nearest. Right: what closes with the pool; dashed *: contagion, alone it "
        f"would have lived (cut {wanted[0][1].against}).",
        tuple(_graph(name, matrix) for name, matrix in wanted),
    )


def _graph(name: str, matrix: ContagionMatrix) -> Panel:
    edges = matrix.graph.edges
    pools = {node.id for node in matrix.graph.nodes if node.kind == "pool"}
    causes = _nearest([edge for edge in edges if edge.target in pools])[:_CAUSES]
    falls = [edge for edge in edges if edge.source in pools]
    columns = (
        [
            one
            for one in dict.fromkeys(edge.source for edge in edges)
            if one in {edge.source for edge in causes}
        ],
        [node.id for node in matrix.graph.nodes if node.kind == "pool"],
        list(dict.fromkeys(edge.target for edge in falls)),
    )
    tall = max((len(column) for column in columns), default=1) or 1
    at = {
        (k, one): (number + 0.5) * tall / len(column) - 0.5
        for k, column in enumerate(columns)
        for number, one in enumerate(column)
    }
    written = dict(zip(matrix.positions, short_labels(matrix.positions), strict=True))
    marks: list[Mark] = [_arrow(edge, 0, at) for edge in causes]
    marks += [_arrow(edge, 1, at) for edge in falls]
    for (k, one), y in at.items():
        start, end = _COLUMNS[k]
        text = pool_name(one) if k == 1 else written.get(one, one)
        role = "s3" if k == 1 else "total"
        marks.append(Box(start, end, y - 0.32, y + 0.32, role, 0.25, text, text, inside=True, hint=one))
    return Panel(
        Axis(0, 10, (), lines=False),
        Axis(tall - 0.4, -0.6, (), lines=False),
        tuple(marks),
        tall * (_NODE if tall <= _MANY else _LOW_NODE) + 40,
        name,
    )


def _nearest(edges: Sequence[Edge]) -> list[Edge]:
    """Return one edge a pair, the one with the smallest move."""
    least: dict[tuple[str, str], Edge] = {}
    for edge in sorted(edges, key=lambda edge: abs(edge.move)):
        least.setdefault((edge.source, edge.target), edge)
    return list(least.values())


def _arrow(edge: Edge, column: int, at: dict[tuple[int, str], float]) -> Arrow:
    text = _move(edge.move) if column == 0 else "*" if edge.contagion else ""
    return Arrow(
        _COLUMNS[column][1], at[column, edge.source], _COLUMNS[column + 1][0], at[column + 1, edge.target],
        "loss" if edge.contagion else "total", text, dashed=edge.contagion,
        hint=f"{edge.moves} {percent(edge.move)}: {edge.source} closes {edge.target}",
    )  # fmt: skip
