"""Capital against the chance of liquidation, and against what is then lost."""

from collections.abc import Mapping, Sequence
from math import isclose
from typing import Final

from ringfence.contrast.chances import ModePaths
from ringfence.contrast.frontier import Frontier
from ringfence.paths.fates import Simulation
from ringfence.report.estimates import amount, chance, horizon, joined_names
from ringfence.report.figures.chance_axis import SHOWN, chance_axis, drawn_as, place, spread
from ringfence.report.figures.chart import Axis, Box, Dot, Figure, Line, Mark, Panel, even_ticks

_HEIGHT: Final = 320
_ERRORS: Final = 2
_GAP: Final = 0.075
_NAMES: Final = 0.42
"""What the names at the ends of lines take, as a part of what is drawn."""
_TWO: Final = 2


def frontier(run: Simulation, frontiers: Sequence[Frontier], modes: Sequence[ModePaths]) -> Figure:
    """Return how much capital each mode takes for a chance of liquidation.

    Args:
        run: whose paths they are.
        frontiers: one a mode.
        modes: what paths say of the same modes, for where each stands today.

    """
    named = dict(joined_names(frontiers, _are_alike))
    shown = [(k, frontiers[k]) for k in named if len(frontiers[k].points) >= _TWO]
    panels = [_by_chance(shown, named, modes, run.unit)] if shown else []
    if any(point.shortfall for _, one in shown for point in one.points):
        panels.append(_by_shortfall(shown, named, run.unit))
    return Figure(
        "frontier",
        "How much capital a chance of liquidation takes",
        f"Line: equity of the pools [{run.unit}] with which nothing is liquidated within {horizon(run.clock)} but with "
        f"that chance; band: {_ERRORS} standard errors each way; mark: where the account stands today. Second panel: "
        "the same capital against the mean loss of the worst 1 % of paths with it. The lower a line, the less its mode "
        "needs.",
        tuple(panels),
        tuple((drawn_as(k)[0], named[k]) for k, _ in shown),
    )


def _are_alike(one: Frontier, other: Frontier) -> bool:
    here, there = ([point.capital.value for point in each.points] for each in (one, other))
    return len(here) == len(there) and all(map(isclose, here, there))


def _capitals(shown: Sequence[tuple[int, Frontier]]) -> Axis:
    values = [point.capital.value for _, one in shown for point in one.points]
    values += [one.today for _, one in shown]
    high, low = max([*values, 0.0]), min([*values, 0.0])
    high = high if high > low else low + 1.0
    ticks = tuple((v, f"{v:,.10g}") for v in even_ticks(low, high, 6))
    return Axis(low, high + 0.1 * (high - low), ticks)


def _by_chance(
    shown: Sequence[tuple[int, Frontier]], named: Mapping[int, str], modes: Sequence[ModePaths], unit: str
) -> Panel:
    today = {k: modes[k].liquidation for k, _ in shown}
    known = [one.value for one in today.values() if 0.0 < one.value < 1.0]
    chances = [point.chance for _, one in shown for point in one.points]
    rarest = min([*chances, *known])
    x = chance_axis(max([SHOWN, *known]), rarest, "chance that anything is liquidated", _NAMES)
    y = _capitals(shown)
    marks: list[Mark] = []
    for k, one in shown:
        marks += _curve(k, one)
        if today[k].value in known:
            said = f"{named[k]} today: {amount(one.today)} {unit}, {chance(today[k].value, today[k].error)}"
            marks.append(Dot(place(today[k].value), one.today, drawn_as(k)[0], "diamond", hint=said))
    ends = [(k, place(rarest), one.points[-1].capital.value) for k, one in shown]
    return Panel(x, y, (*marks, *_ends(ends, named, y)), _HEIGHT, f"capital [{unit}]")


def _curve(number: int, one: Frontier) -> list[Mark]:
    role, style = drawn_as(number)
    points = [(place(point.chance), point.capital.value, point.capital.error) for point in one.points]
    above = [(at, value + _ERRORS * error) for at, value, error in points if error is not None]
    below = [(at, value - _ERRORS * error) for at, value, error in points if error is not None]
    line = Line(tuple((at, value) for at, value, _ in points), role, style)
    return [Line((*above, *reversed(below)), role, "area"), line] if above else [line]


def _by_shortfall(shown: Sequence[tuple[int, Frontier]], named: Mapping[int, str], unit: str) -> Panel:
    drawn = [
        (
            k,
            [
                (lost.value, point.capital.value)
                for point in one.points
                if (lost := point.shortfall) is not None
            ],
        )
        for k, one in shown
    ]
    drawn = [(k, points) for k, points in drawn if len(points) >= _TWO]
    values = [lost for _, points in drawn for lost, _ in points]
    low, high = min([*values, 0.0]), max([*values, 0.0])
    high = high if high > low else low + 1.0
    ticks = tuple((v, f"{v:,.10g}") for v in even_ticks(low, high, 5))
    x = Axis(low, high + _NAMES * (high - low), ticks, "mean loss of the worst 1 %")
    y = _capitals(shown)
    marks: list[Mark] = [Line(tuple(points), *drawn_as(k)) for k, points in drawn]
    ends = [(k, *points[-1]) for k, points in drawn]
    return Panel(x, y, (*marks, *_ends(ends, named, y)), _HEIGHT, f"capital [{unit}], by what may be lost")


def _ends(ends: Sequence[tuple[int, float, float]], named: Mapping[int, str], y: Axis) -> list[Mark]:
    gap, hair = _GAP * (y.high - y.low), 0.002 * (y.high - y.low)
    levels = spread([level for _, _, level in ends], gap)
    return [
        Box(x, x, level - hair, level + hair, drawn_as(k)[0], text=named[k], brief=named[k])
        for (k, x, _), level in zip(ends, levels, strict=True)
    ]
