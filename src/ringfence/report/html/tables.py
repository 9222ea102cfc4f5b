"""Grids, matrices and requirement trees as parts of a page."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

from ringfence.contrast import ContagionMatrix, Contrast
from ringfence.contrast.contagion import Cell
from ringfence.margin.node import Missing, Node
from ringfence.report.contagion import short_labels
from ringfence.report.figures.contagion import in_cell, moving_rows, nearness, pooled
from ringfence.report.figures.palette import DEEPEST
from ringfence.report.figures.views import View
from ringfence.report.grid import Grid, money
from ringfence.report.html.element import Element, el
from ringfence.report.plain import number

_VERB: Final = {"down": "falls", "up": "rises"}
_LONG: Final = 16
_PALEST: Final = 0.15
"""The least colour of a cell in which something closes."""


def table(grid: Grid) -> Element:
    """Return a grid as a table that scrolls sideways where it must."""
    heads = [
        el("th", column, cls=None if k < grid.left else "number", scope="col")
        for k, column in enumerate(grid.columns)
    ]
    body = [el("tr", *(_plain(cell, k, grid) for k, cell in enumerate(row))) for row in grid.rows]
    caption = el("p", _sentence(grid.caption), cls="caption") if grid.caption else ""
    inner = el("table", _caption(grid.title), el("thead", el("tr", *heads)), el("tbody", *body))
    return el("figure", _scroll(inner, grid.title), caption)


def _plain(cell: str, column: int, grid: Grid) -> Element:
    """Return a cell; the first of a row, unless it is empty, names the row."""
    if column == 0 and cell and grid.left:
        return el("th", cell, scope="row")
    return el("td", cell, cls=None if column < grid.left else "number")


def _caption(text: str) -> Element:
    return el("caption", el("span", text))


def _scroll(inner: Element, name: str) -> Element:
    """Return what scrolls sideways where it must, also by the keyboard, and is called by a name."""
    return el("div", inner, cls="scroll", tabindex=0, role="region", aria_label=name)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def matrices(result: Contrast) -> list[Element]:
    """Return the contagion matrix of every mode that pools, as a coloured table."""
    return [_matrix(name, matrix) for name, matrix in pooled(result)]


def _matrix(name: str, matrix: ContagionMatrix) -> Element:
    """Return a matrix; those of other modes than as-held and cross are folded."""
    named = f"{name} (cut {matrix.cut}) [{matrix.unit}]"
    heads = [f"closes {label}" for label in short_labels(matrix.positions)]
    body = [
        el("tr", el("th", f"{row.moves} {_VERB[row.direction]}", scope="row"), *map(_cell, row.cells))
        for row in moving_rows(matrix)
    ]
    head = el("tr", *(el("th", text, scope="col") for text in ("what moves", *heads)))
    inner = el("table", _caption(named), el("thead", head), el("tbody", *body), cls="matrix")
    notes = [el("p", note, cls="caption") for note in matrix.notes]
    parts = [_scroll(inner, named), *notes]
    if name in {"as-held", "cross"}:
        return el("figure", *parts)
    return el("details", el("summary", named), *parts, cls="pool")


def _cell(cell: Cell) -> Element:
    infected = bool(cell.contagion)
    role = "loss" if infected else "gain" if cell.move is not None else "none"
    style = (
        f"--depth:{100 * (_PALEST + (DEEPEST - _PALEST) * nearness(cell)):.0f}%"
        if cell.move is not None
        else None
    )
    beside = el("small", f"costs {money(cell.loss, 0)}") if infected else ""
    return el("td", in_cell(cell), beside, cls=f"cell {role}", style=style)


def tree(node: Node, *, opened: bool = False) -> Element:
    """Return a number with its formula, inputs, source and parts, which fold."""
    line = [el("span", node.name, cls="what"), " ", _exact(node.value)]
    if node.formula and node.formula != "sum of parts":
        line.append(el("code", node.formula))
    inputs = ", ".join(
        f"{key} = {_written(value)}" for key, value in node.inputs.items() if value is not None
    )
    line += [el("span", inputs, cls="inputs")] if inputs else []
    line += [_source(node.source)] if node.source else []
    if not node.parts:
        return el("div", *line, cls="leaf")
    return el("details", el("summary", *line), *(tree(part) for part in node.parts), open=opened)


def _exact(value: object) -> Element:
    """Return a number for the eye, with all its digits for who points at it."""
    exact = number(value) if isinstance(value, Decimal | int | Fraction) else None
    if exact is None:
        return el("b", "–")
    if len(exact) <= _LONG:
        return el("b", exact)
    return el("b", money(Decimal(exact), 6), title=exact)


def _written(value: object) -> str:
    if isinstance(value, Decimal | int | Fraction):
        exact = number(value) or "–"
        return exact if len(exact) <= _LONG else money(Decimal(exact), 6)
    return str(value)


def _source(source: str) -> Element:
    if source.startswith("https://"):
        host = source.removeprefix("https://").partition("/")[0].removeprefix("www.")
        return el("a", host, href=source, rel="noreferrer", title=source)
    return el("span", source, cls="inputs")


def workings(view: View) -> list[Element]:
    """Return, pool by pool and position by position, the trees behind every number."""
    shown = []
    for pool in view.health.pools:
        inner = [tree(pool.judged.equity), tree(pool.requirement)]
        initial = pool.judged.initial
        inner += [] if isinstance(initial, Missing) else [tree(initial)]
        for held in pool.positions:
            charge = held.charge
            parts = [charge.maintenance, charge.closing_cost]
            parts += [] if isinstance(charge.initial, Missing) else [charge.initial]
            inner.append(el("h3", f"{held.position.label} [{held.settle}]"))
            inner += [tree(part) for part in parts]
        title = el(
            "summary",
            f"{pool.pool.id} [{pool.pool.unit}] ",
            el("span", pool.status.replace("_", " "), cls="inputs"),
        )
        shown.append(el("details", title, *inner, cls="pool"))
    return shown
