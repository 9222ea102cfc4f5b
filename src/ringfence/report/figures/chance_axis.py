"""An axis of chances, even in their logarithm: from what is common, on the left, to what is rare."""

import math
from typing import Final

from ringfence.report.figures.chart import Axis, Style
from ringfence.report.figures.palette import SERIES

STYLES: Final[tuple[Style, ...]] = ("solid", "dashed", "dotted")
"""Lines are told apart without their colour: by their style, and by the name at their end."""
SHOWN: Final = 0.5
"""The commonest chance that is drawn."""
_NAMED: Final = 0.3
"""What the names at the ends of lines take, as a part of what is drawn."""


def place(chance: float) -> float:
    """Return where a chance stands."""
    return -math.log10(chance)


def chance_axis(commonest: float, rarest: float, label: str, named: float = _NAMED) -> Axis:
    """Return an axis from a common chance to a rare one, with room for names behind it."""
    low, high = place(commonest), place(rarest)
    decades = [10.0**-k for k in range(1, 13) if rarest * 0.999 <= 10.0**-k <= commonest * 0.999]
    ticks = tuple((place(one), f"{100 * one:.2g} %") for one in (commonest, *decades))
    return Axis(low, high + named * (high - low), ticks, label)


def drawn_as(number: int) -> tuple[str, Style]:
    """Return role and style of the line of a mode."""
    return f"s{number % SERIES + 1}", STYLES[number % len(STYLES)]


def spread(places: list[float], gap: float) -> list[float]:
    """Return places of words moved up or down so that they stand apart, in the same order."""
    order = sorted(range(len(places)), key=places.__getitem__)
    found = dict.fromkeys(order, 0.0)
    groups: list[list[int]] = []
    for k in order:
        groups.append([k])
        while (
            len(groups) > 1 and _edges(groups[-1], places, gap)[0] < _edges(groups[-2], places, gap)[1] + gap
        ):
            last = groups.pop()
            groups[-1] += last
    for group in groups:
        start = _edges(group, places, gap)[0]
        for number, k in enumerate(group):
            found[k] = start + number * gap
    return [found[k] for k in range(len(places))]


def _edges(group: list[int], places: list[float], gap: float) -> tuple[float, float]:
    middle = sum(places[k] for k in group) / len(group)
    half = gap * (len(group) - 1) / 2
    return middle - half, middle + half
