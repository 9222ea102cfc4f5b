"""Equity and requirement along a joint move, mode by mode, with the places where pools die."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from ringfence.contrast import Contrast
from ringfence.contrast.way import Way, along
from ringfence.margin.assess import Health
from ringfence.market import read_shock
from ringfence.report.figures.chart import Axis, Dot, Figure, Line, Mark, Panel, even_ticks
from ringfence.report.figures.palette import series
from ringfence.report.figures.views import View, cuts, pool_name, views
from ringfence.report.grid import percent

EVERYTHING: Final = ("all=-50%", "all=+50%")
_HEIGHT: Final = 250
_NAMED: Final = 3
"""So many deaths a side are told in the caption."""
_LETTER: Final = 0.026
"""What a letter takes of the width of the narrowest panel."""


def way(result: Health | Contrast, shock: str | None = None) -> Figure:
    """Return the figure of a joint move.

    Args:
        result: a health or a contrast.
        shock: as on the command line; None: everything that is no stablecoin moves, down to -50 % and up to +50 %.

    Raises:
        BookError: it is not a shock.

    """
    shown = views(result)
    moves = [read_shock(text) for text in (EVERYTHING if shock is None else (shock,))]
    drawn = {view.name: _told_once([along(view.health, move) for move in moves]) for view in shown}
    colours = series(view.name for view in shown)
    units = {view.name: view.health.unit for view in shown}
    ways = [side for sides in drawn.values() for side in sides]
    x, y = _x_axis(ways, shock), _y_axis(ways)
    panels = tuple(
        Panel(x, y, tuple(_marks(drawn[name], colours[name], x)), _HEIGHT, f"{name} [{units[name]}]")
        for name in drawn
    )
    said = (
        "Everything but stablecoins moves by the same fraction." if shock is None else f"The move: {shock}."
    )
    return Figure(
        "way",
        "Equity and requirement along a joint move",
        f"{said} Line: equity of the account; dashed: what its living pools need; ✕: a pool dies, is closed there and "
        f"leaves its owner nothing but what its venue gives back. {_deaths(drawn, shown)} {cuts(shown)}",
        panels,
    )


def _told_once(sides: list[Way]) -> list[Way]:
    """Return both directions, with what is dead already named in the first one only."""
    dead = {death.pool for death in sides[0].deaths if death.share == 0}
    later = [replace(side, deaths=tuple(d for d in side.deaths if d.pool not in dead)) for side in sides[1:]]
    return [sides[0], *later]


def _at(side: Way, share: Decimal) -> float:
    """Return where a share of the way stands: the move of everything in percent, or percent of the way."""
    whole = side.shock.default if len(side.shock.moves) == 0 else Decimal(1)
    return float(share * whole * 100)


def _x_axis(ways: Sequence[Way], shock: str | None) -> Axis:
    ends = [_at(side, side.points[-1].share) for side in ways]
    low, high = min(0.0, *ends), max(0.0, *ends)
    everything = all(not side.shock.moves for side in ways)
    label = "move of everything" if everything else f"part of the way to {shock}"
    ticks = even_ticks(low, high, 5)
    return Axis(low, high, tuple((v, f"{v:+g} %" if v and everything else f"{v:g} %") for v in ticks), label)


def _y_axis(ways: Sequence[Way]) -> Axis:
    values = [float(v) for side in ways for p in side.points for v in (p.equity, p.requirement)]
    low, high = min(0.0, *values), max(0.0, *values) * 1.06
    return Axis(low, high, tuple((v, f"{v:,.10g}") for v in even_ticks(low, high, 5)))


def _marks(sides: Sequence[Way], role: str, x: Axis) -> list[Mark]:
    marks: list[Mark] = []
    for side in sides:
        equity = [(_at(side, p.share), float(p.equity)) for p in side.points]
        need = [(_at(side, p.share), float(p.requirement)) for p in side.points]
        marks.append(Line((*equity, *reversed(need)), role, "area"))
        marks += [
            Line(tuple(need), role, "dashed", "requirement"),
            Line(tuple(equity), role, "solid", "equity"),
        ]
    return [*marks, *_dots(sides, x)]


def _dots(sides: Sequence[Way], x: Axis) -> list[Mark]:
    """Return a cross at the lower end of every step, with the pool that dies there where its name has room."""
    dots: list[Mark] = []
    taken: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for side in sides:
        for death in side.deaths:
            after = [p for p in side.points if p.share == death.share][-1]
            at = _at(side, death.share)
            half = len(_short(death.pool)) * _LETTER * (x.high - x.low) / 2
            free = [below for below in taken if all(at + half < a or b < at - half for a, b in taken[below])]
            below = free[0] if free else False
            taken[below].append((at - half, at + half))
            when = f"dies at {at:+.1f} %" if death.share else "is past its trigger today"
            name, said = _short(death.pool) if free else "", f"{pool_name(death.pool)} {when}"
            dots.append(Dot(at, float(after.equity), "ink", "cross", name, below=below, hint=said))
    return dots


def _deaths(drawn: dict[str, list[Way]], shown: Sequence[View]) -> str:
    """Return in words which pools die first on the way, mode by mode."""
    said = []
    for view in shown:
        words = [words for side in drawn[view.name] if (words := _first_deaths(side))]
        said.append(f"{view.name}: {' and '.join(words) or 'nothing dies'}")
    return "Deaths, " + "; ".join(said) + "."


def _first_deaths(side: Way) -> str:
    found = [
        f"{_short(death.pool)} now"
        if death.share == 0
        else f"{_short(death.pool)} at {percent(Decimal(str(_at(side, death.share))) / 100)}"
        for death in side.deaths[:_NAMED]
    ]
    more = len(side.deaths) - len(found)
    return ", ".join([*found, *([f"{more} more"] if more else [])])


def _short(pool_id: str) -> str:
    return pool_name(pool_id).removesuffix(" alone")
