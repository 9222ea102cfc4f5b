"""Two coins move together: what is left above the requirement, and which pools are dead, mode by mode."""

from typing import Final

from ringfence.contrast import Contrast, ModeOutcome
from ringfence.contrast.stress import StressCell, StressGrid, stress_grid
from ringfence.core.errors import BookError
from ringfence.margin.assess import AccountHealth
from ringfence.margin.moved import VOL
from ringfence.report.figures.chart import Axis, Box, Dot, Figure, Mark, Panel
from ringfence.report.figures.palette import DEEPEST
from ringfence.report.figures.views import cuts, pool_name, views
from ringfence.report.grid import money, percent

_CELL: Final = 22
_MODES: Final = ("isolated", "as-held", "cross")
_PAIR: Final = 2


def movers_of(health: AccountHealth) -> tuple[str, str] | None:
    """Return the two coins on which most value hangs; with options on one coin alone, it and their volatility.

    None where nothing else moves.
    """
    hangs: dict[str, float] = {}
    for pool in health.pools:
        for held in pool.positions:
            coin = health.world.instrument(held.position.symbol).underlying
            value = health.world.convert(held.charge.value, held.settle, health.unit)
            hangs[coin] = hangs.get(coin, 0.0) + float(value)
    most = sorted(hangs, key=lambda coin: -hangs[coin])[:_PAIR]
    if len(most) == _PAIR:
        return most[0], most[1]
    contracts = [
        health.world.instrument(one.position.symbol) for pool in health.pools for one in pool.positions
    ]
    quoted = [contract.underlying for contract in contracts if contract.is_option]
    return (quoted[0], f"{quoted[0]}{VOL}") if quoted else None


def grids(result: Contrast) -> list[tuple[str, ModeOutcome, StressGrid]]:
    """Return the grids of a contrast that was asked for them; else those of isolated, as held and cross."""
    named = dict(zip((view.name for view in views(result)), result.outcomes, strict=True))
    asked = [(name, one, one.grid) for name, one in named.items() if one.grid is not None]
    if asked:
        return asked
    movers = movers_of(result.outcomes[0].health)
    if movers is None:
        return []
    wanted = {name: one for name, one in named.items() if name in _MODES} or named
    return [(name, one, stress_grid(one.health, one.health.world, movers)) for name, one in wanted.items()]


def stress(result: Contrast) -> Figure:
    """Return the two-mover map of a contrast, a panel a mode.

    Raises:
        BookError: only one coin moves the book.

    """
    found = grids(result)
    if not found:
        raise BookError(
            "stress", "only one coin moves this book", "Look at the way, which needs no second one"
        )
    first = found[0][2]
    shown = [view for view in views(result) if view.name in {name for name, _, _ in found}]
    said = "".join(_nearest_death(name, grid) for name, _, grid in found)
    return Figure(
        "stress",
        f"{first.across} and {first.down} together",
        f"Across: {first.across}, down: {first.down}; all else is held. Colour: equity less requirement of the pools "
        "that hold positions, against today's (•); the stronger, the more of it is won or gone. †: a pool is dead "
        f"there, judged by itself as if the move were a jump.{said} {cuts(shown)}",
        tuple(_panel(name, one, grid) for name, one, grid in found),
        (("loss", "less than today"), ("gain", "more than today")),
    )


def _panel(name: str, one: ModeOutcome, grid: StressGrid) -> Panel:
    cells = [(column, row, cell) for row, line in enumerate(grid.cells) for column, cell in enumerate(line)]
    today = sum(float(one.health.world.convert(p.judged.buffer, p.pool.unit, one.health.unit))
                for p in one.health.pools if p.positions)  # fmt: skip
    widest = max(abs(float(cell.buffer) - today) for _, _, cell in cells) or 1.0
    marks: list[Mark] = []
    for column, row, cell in cells:
        change = (float(cell.buffer) - today) / widest
        x, y = percent(grid.columns[column], 0), percent(grid.rows[row], 0)
        where = f"{grid.across} {x}, {grid.down} {y}: {money(cell.buffer, 0)} {grid.unit}{_dead(cell)}{_decides(cell)}"
        marks.append(_box(column, row, change, cell, where))
        if grid.columns[column] == grid.rows[row] == 0:
            marks.append(Dot(column, row, "ink", hint="today"))
    x_ticks = tuple(
        (float(k), percent(move, 0) if move else "0") for k, move in enumerate(grid.columns) if k % 5 == 0
    )
    y_ticks = tuple(
        (float(k), percent(move, 0) if move else "0") for k, move in enumerate(grid.rows) if k % 5 == 0
    )
    tall = len(grid.rows)
    return Panel(
        Axis(-0.5, len(grid.columns) - 0.5, x_ticks, grid.across, lines=False),
        Axis(tall - 0.5, -0.5, y_ticks, grid.down, lines=False),
        tuple(marks),
        tall * _CELL + 68,
        f"{name} [{grid.unit}]",
    )


def _dead(cell: StressCell) -> str:
    return f", dead: {', '.join(map(pool_name, cell.dead))}" if cell.dead else ""


def _decides(cell: StressCell) -> str:
    """Return the scenarios by which portfolio models ask most there."""
    return f"; decides: {'; '.join(cell.worst)}" if cell.worst else ""


def _nearest_death(name: str, grid: StressGrid) -> str:
    """Return the scenario by which a portfolio model asks most where the pool is first dead on the map."""
    dead = [
        (abs(x) + abs(y), grid.across, x, grid.down, y, cell)
        for y, line in zip(grid.rows, grid.cells, strict=True)
        for x, cell in zip(grid.columns, line, strict=True)
        if cell.dead and cell.worst
    ]
    if not dead:
        return ""
    _, across, x, down, y, cell = min(dead, key=lambda found: found[0])
    decides = "; ".join(cell.worst)
    return f" Nearest † of {name}: {across} {percent(x, 0)}, {down} {percent(y, 0)}; there decides {decides}."


def _box(column: int, row: int, change: float, cell: StressCell, hint: str) -> Box:
    text = "" if not cell.dead else "†" if len(cell.dead) == 1 else f"†{len(cell.dead)}"
    return Box(
        column - 0.49, column + 0.49, row - 0.48, row + 0.48, "gain" if change >= 0 else "loss",
        depth=0.04 + (DEEPEST - 0.04) * abs(change), text=text, brief=text, inside=True, hint=hint,
    )  # fmt: skip
