"""What an account has against what it needs, over time: quantile bands over paths, with outages as bars."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from ringfence.contrast.bands import Bands
from ringfence.paths.fates import Clock, Simulation
from ringfence.report.estimates import joined_names
from ringfence.report.figures.chance_axis import drawn_as
from ringfence.report.figures.chart import Axis, Box, Figure, Line, Mark, Panel, even_ticks

_HEIGHT: Final = 250
_INSTANTS: Final = 120
_DAY: Final = 86400.0
_HOUR: Final = 3600.0
_EYE: Final = 0.004
"""Modes that are nowhere further apart than this part of the highest are drawn once."""
_DAYS: Final = 2.0
"""Days from which on time is told in days."""


def ribbons(run: Simulation, bands: Sequence[Bands], outages: Sequence[tuple[float, float]] = ()) -> Figure:
    """Return what an account has against what it needs, mode by mode.

    Args:
        run: whose paths they are.
        bands: one a mode.
        outages: from and to [s] after the start: the venue is out of reach.

    """
    shown = joined_names(bands, _are_alike)
    unit, word = (_DAY, "days") if run.clock.horizon >= _DAYS * _DAY else (_HOUR, "hours")
    end = run.clock.horizon / unit
    x = Axis(0.0, end, tuple((v, f"{v:g}") for v in even_ticks(0.0, end, 6)), f"{word} from now")
    y = _amounts(bands)
    out = " Grey bar: the venue is out of reach: stale marks, no top-up, no close." if outages else ""
    of = bands[0].paths if bands else 0
    return Figure(
        "ribbons",
        "What the account has against what it needs",
        f"Line: median equity of the living pools; bands: half and nine tenths of {of} paths; dashed: median "
        f"requirement, dotted: what it is above on one path in twenty. What is dead has and needs nothing.{out}",
        tuple(
            Panel(x, y, (*_outages(outages, unit, y), *_marks(bands[k], k, run.clock, unit)), _HEIGHT,
                  f"{name} [{run.unit}]")
            for k, name in shown
        ),
    )  # fmt: skip


def _are_alike(one: Bands, other: Bands) -> bool:
    """Return whether two modes are one to the eye."""
    if one.equity.shape != other.equity.shape:
        return False
    apart = max(np.abs(one.equity - other.equity).max(), np.abs(one.need - other.need).max())
    return bool(apart <= _EYE * max(float(np.abs(one.equity).max()), 1e-12))


def _amounts(bands: Sequence[Bands]) -> Axis:
    values = [float(part) for one in bands for part in (one.equity.min(), one.equity.max(), one.need.max())]
    low, high = min([0.0, *values]), max([0.0, *values])
    high = high if high > low else low + 1.0
    ticks = tuple((v, f"{v:,.10g}") for v in even_ticks(low, high, 5))
    return Axis(low, high + 0.06 * (high - low), ticks)


def _outages(outages: Sequence[tuple[float, float]], unit: float, y: Axis) -> list[Mark]:
    return [
        Box(
            start / unit,
            end / unit,
            y.low,
            y.high,
            "quiet",
            0.22,
            "outage",
            "",
            inside=True,
            hint="out of reach",
        )
        for start, end in outages
    ]


def _marks(one: Bands, number: int, clock: Clock, unit: float) -> list[Mark]:
    role, _ = drawn_as(number)
    count = one.equity.shape[1]
    kept = np.unique(np.linspace(0, count - 1, min(count, _INSTANTS)).round().astype(int))
    at = (kept * clock.step / unit).tolist()

    def line(values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> tuple[tuple[float, float], ...]:
        return tuple(zip(at, values[kept].tolist(), strict=True))

    equity, need = one.equity, one.need
    return [
        Line((*line(equity[4]), *reversed(line(equity[0]))), role, "area"),
        Line((*line(equity[3]), *reversed(line(equity[1]))), role, "area"),
        Line(line(need[4]), "ink", "dotted"),
        Line(line(need[2]), "ink", "dashed", "requirement"),
        Line(line(equity[2]), role, "solid", "equity"),
    ]
