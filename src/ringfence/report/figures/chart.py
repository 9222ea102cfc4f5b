"""A figure before it is drawn: panels of marks on two axes. Drawn as SVG, by plotly or by matplotlib.

A figure is made once, from a result; the three painters know marks and nothing of results. Amounts are floats here:
a picture is read to a pixel.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

_LEAST: Final = 6
"""So many letters of a name still say something."""

Shape = Literal["circle", "square", "diamond", "cross"]
Style = Literal["solid", "dashed", "dotted", "area"]


@dataclass(frozen=True, slots=True)
class Axis:
    """From ``low`` (left, or bottom) to ``high``; a y axis of rows has its low above its high.

    label   what is counted, with its unit
    ticks   (where, what is written there)
    lines   whether a tick draws a line through the panel
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    label: str = ""
    lines: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A broken line; ``area``: the ground that it encloses instead."""

    points: tuple[tuple[float, float], ...]
    role: str
    style: Style = "solid"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with a text beside or in it.

    depth   how strong its colour is, from 0 to 1
    text    written at its end (away from zero), or in its middle
    brief   the same where there is little room
    hint    what shows when one points at it
    key     what names its series without its colour, written before its start
    """

    x0: float
    x1: float
    y0: float
    y1: float
    role: str
    depth: float = 1.0
    text: str = ""
    brief: str = ""
    inside: bool = False
    hint: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """A mark at one place, with a text above it or below."""

    x: float
    y: float
    role: str
    shape: Shape = "circle"
    text: str = ""
    below: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one place to another, with a text at its middle."""

    x0: float
    y0: float
    x1: float
    y1: float
    role: str
    text: str = ""
    dashed: bool = False
    hint: str = ""


Mark = Line | Box | Dot | Arrow


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes and what is drawn on it; ``height`` in pixels, the width is the reader's."""

    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    height: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """Panels that are read together.

    name      what it is asked for by
    caption   what is drawn, the cut, and what was assumed
    legend    (role, what it stands for)
    across    panels side by side; None: as many as have room; 1: one below the other, on one axis
    """

    name: str
    title: str
    caption: str
    panels: tuple[Panel, ...]
    legend: tuple[tuple[str, str], ...] = field(default=())
    across: int | None = None


def even_ticks(low: float, high: float, most: int = 7) -> tuple[float, ...]:
    """Return round numbers from low to high: steps of 1, 2, 2.5 or 5 times a power of ten, at most so many."""
    span = Decimal(repr(high - low))
    power = Decimal(1).scaleb(span.adjusted() - 2)
    sizes = (power * Decimal(10) ** k * Decimal(m) for k in range(4) for m in ("1", "2", "2.5", "5"))
    step = next(size for size in sizes if span / size <= most - 1)
    first = (Decimal(repr(low)) / step).to_integral_value(rounding="ROUND_CEILING")
    count = int((Decimal(repr(high)) / step).to_integral_value(rounding="ROUND_FLOOR") - first)
    return tuple(float((first + k) * step) for k in range(count + 1))


def rows(names: Sequence[str]) -> Axis:
    """Return a y axis with a row a name, the first on top."""
    ticks = tuple((float(k), name) for k, name in enumerate(names))
    return Axis(len(names) - 0.5, -0.5, ticks, lines=False)


def thinned(points: Sequence[tuple[float, float]], most: int) -> tuple[tuple[float, float], ...]:
    """Return a line with about so many points, that looks the same: of every stretch its lowest and its highest."""
    if len(points) <= most:
        return tuple(points)
    size = -(-2 * len(points) // most)
    kept = {0, len(points) - 1}
    for first in range(0, len(points), size):
        stretch = range(first, min(first + size, len(points)))
        kept |= {min(stretch, key=lambda k: points[k][1]), max(stretch, key=lambda k: points[k][1])}
    return tuple(points[k] for k in sorted(kept))


def shortened(text: str, letters: float) -> str:
    """Return a name, or as much of it as so many letters hold."""
    return text if len(text) <= letters else f"{text[: max(int(letters) - 1, 0)].rstrip()}…"


def in_box(mark: Box, axis: Axis, letters: float) -> str:
    """Return what can be written inside a box, where so many letters fit in the width of the axis.

    Of a text that says something only when whole, its star is left.
    """
    room = letters * abs(mark.x1 - mark.x0) / abs(axis.high - axis.low)
    if len(mark.text) <= room:
        return mark.text
    if room >= _LEAST and not mark.text[-1:].isdigit():
        return shortened(mark.text, room)
    return "*" if mark.text.endswith("*") else ""
