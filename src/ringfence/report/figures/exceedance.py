"""What may be lost with which chance, mode beside mode: the exceedance curves, and where they cross."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ringfence.contrast.crossings import Crossing, Curve
from ringfence.paths.fates import Simulation
from ringfence.report.estimates import amount, chance, horizon, joined_names
from ringfence.report.figures.chance_axis import SHOWN, chance_axis, drawn_as, place, spread
from ringfence.report.figures.chart import Axis, Box, Dot, Figure, Line, Mark, Panel, Shape, even_ticks

_HEIGHT: Final = 400
_GAP: Final = 0.055
"""Between the names at the ends of lines, as a part of the height."""
_ERRORS: Final = 2
_EYE: Final = 0.004
"""Curves that are nowhere further apart than this part of the highest are drawn once."""
_READ: Final = (0.1, 0.01, 0.001)
"""Chances at which a curve has a mark that says its loss."""
_SHAPES: Final[tuple[Shape, ...]] = ("circle", "square", "diamond", "cross")
_NAMES: Final = 0.36
"""What the names at the ends of lines take, as a part of what is drawn."""
_BEYOND: Final = 0.012
"""Between an upright at the end of the curves and their names, as a part of the width."""
_SAID: Final = 0.075
"""What a crossing's words take, as a part of the height."""
_LETTERS: Final = 31
"""So many of them have room behind the end of a line."""
_CROSSINGS: Final = 3
"""So many crossings are marked; the table has all of them."""

Key = tuple[str, str, str]


def exceedance(run: Simulation, curves: Sequence[Curve], crossings: Sequence[Crossing]) -> Figure:
    """Return the figure of what may be lost with which chance.

    Args:
        run: whose paths they are.
        curves: one a mode.
        crossings: of modes with the book isolated.

    """
    drawn = [(k, name, _shown(curves[k])) for k, name in joined_names(curves, _are_alike)]
    drawn = [one for one in drawn if len(one[2].tail)]
    rarest = min((float(one.tail[-1]) for _, _, one in drawn), default=SHOWN / 10)
    told = told_once(curves, crossings)
    rarest = min([rarest, SHOWN / 2, *(one.tail for one, _, _ in told if one.tail > 0)])
    x = chance_axis(SHOWN, rarest, "chance of losing that much or more", _NAMES)
    y = _losses([one for _, _, one in drawn], len(told))
    marks: list[Mark] = [band for k, _, one in drawn if (band := _band(one, k)) is not None]
    marks += _crossed(told, x, y)
    for k, name, one in drawn:
        line = tuple((place(t), v) for t, v in zip(one.tail.tolist(), one.loss.tolist(), strict=True))
        marks.append(Line(line, *drawn_as(k)))
        marks += _read(one, name, k, run.unit)
    beyond = _BEYOND * (x.high - x.low) if any(one.tail <= rarest for one, _, _ in told) else 0.0
    top = y.high - (0.03 + _SAID * len(told)) * (y.high - y.low)
    marks += _ends(drawn, place(rarest) + beyond, y, top)
    return Figure(
        "exceedance",
        f"What may be lost within {horizon(run.clock)}, and how likely that is",
        f"Line: the loss [{run.unit}] that is reached or passed with a chance; common losses left, rare ones right. "
        f"Band: {_ERRORS} standard errors each way; none where fewer than ten of the {run.paths:,} paths lie beyond. "
        "Upright: where a mode's curve crosses that of the book isolated.",
        (Panel(x, y, tuple(marks), _HEIGHT, f"loss [{run.unit}]"),),
        tuple((drawn_as(k)[0], name) for k, name, _ in drawn),
    )


def _are_alike(one: Curve, other: Curve) -> bool:
    """Return whether two curves are one to the eye."""
    if one.loss.shape != other.loss.shape:
        return False
    return bool(np.abs(one.loss - other.loss).max() <= _EYE * max(float(np.abs(one.loss).max()), 1e-12))


def told_once(curves: Sequence[Curve], crossings: Sequence[Crossing]) -> list[tuple[Crossing, str, str]]:
    """Return the crossings that are marked, from the left, each with which mode loses less beyond it, and than which.

    Those with the book isolated by the first cut; one of curves that are alike, and none among common losses.
    """
    named = {_key(curves[k]): name for k, name in joined_names(curves, _are_alike)}
    cut = next((one.cut for one in curves if one.mode == "isolated"), "")
    found = []
    for one in crossings:
        mode = named.get(_key(one))
        if mode is not None and one.tail <= SHOWN and one.against == cut:
            alone = named.get(("isolated", one.against, one.venue), "isolated")
            found.append((one, *((alone, mode) if one.better == "isolated" else (mode, alone))))
    return sorted(found, key=lambda told: -told[0].tail)[:_CROSSINGS]


def _key(one: Curve | Crossing) -> Key:
    return one.mode, one.cut, one.venue


def _shown(curve: Curve) -> Curve:
    """Return the part of a curve that is drawn: the losses of half of the paths are not worth a picture."""
    kept = curve.tail <= SHOWN + 1e-9
    return replace(curve, tail=curve.tail[kept], loss=curve.loss[kept], error=curve.error[kept])


def _losses(curves: Sequence[Curve], crossings: int) -> Axis:
    """Return the axis of losses, with room on top for what is said of crossings."""
    reach = [curve.loss + _ERRORS * np.nan_to_num(curve.error) for curve in curves]
    high = max((float(one.max()) for one in reach), default=1.0)
    low = min((float(curve.loss.min()) for curve in curves), default=0.0)
    high, low = max(high, 0.0), min(low, 0.0)
    high = high if high > low else low + 1.0
    ticks = tuple((v, f"{v:,.10g}") for v in even_ticks(low, high, 6))
    return Axis(low, high + (0.05 + _SAID * crossings) * (high - low), ticks)


def _band(curve: Curve, number: int) -> Line | None:
    known = np.isfinite(curve.error)
    if known.sum() < 2:
        return None
    x = [place(float(t)) for t in curve.tail[known]]
    over, under = (curve.loss[known] + sign * _ERRORS * curve.error[known] for sign in (1, -1))
    above, below = list(zip(x, over.tolist(), strict=True)), list(zip(x, under.tolist(), strict=True))
    return Line((*above, *reversed(below)), drawn_as(number)[0], "area")


def _read(curve: Curve, name: str, number: int, unit: str) -> list[Mark]:
    """Return marks at round chances, which say what the curve says there."""
    found: list[Mark] = []
    for tail in _READ:
        if not curve.tail[-1] <= tail:
            continue
        at = int(np.abs(np.log(curve.tail / tail)).argmin())
        error = None if np.isnan(curve.error[at]) else float(curve.error[at])
        said = (
            f"{name}: {amount(float(curve.loss[at]), error)} {unit} or more with a chance of {100 * tail:g} %"
        )
        role = drawn_as(number)[0]
        shape = _SHAPES[number % len(_SHAPES)]
        found.append(Dot(place(float(curve.tail[at])), float(curve.loss[at]), role, shape, hint=said))
    return found


def _ends(drawn: Sequence[tuple[int, str, Curve]], x: float, y: Axis, top: float) -> list[Mark]:
    """Return the name of every curve at its end, where it needs no colour, and none above a height."""
    gap, hair = _GAP * (y.high - y.low), 0.002 * (y.high - y.low)
    at = spread([float(one.loss[-1]) for _, _, one in drawn], gap)
    over = max(max(at, default=top) - top, 0.0)
    at = [level - over for level in at]
    return [
        Box(
            x, x, level - hair, level + hair, drawn_as(k)[0],
            text=_said(name, float(one.loss[-1])), brief=_brief(name),
        )
        for (k, name, one), level in zip(drawn, at, strict=True)
    ]  # fmt: skip


def _said(name: str, loss: float) -> str:
    """Return a name with a loss, or without where there is no room for both."""
    both = f"{name}: {amount(loss)}"
    return both if len(both) <= _LETTERS else name


def _brief(name: str) -> str:
    """Return a name where there is little room: of a book isolated by one of several cuts, the cut."""
    return name.partition(" (")[2].partition(")")[0] or name


def _crossed(told: Sequence[tuple[Crossing, str, str]], x: Axis, y: Axis) -> list[Mark]:
    found: list[Mark] = []
    whole = y.high - y.low
    for k, (one, better, other) in enumerate(told):
        at, level = place(one.tail), y.high - (0.025 + 0.06 * k) * whole
        hair = 0.002 * whole
        said = f"rarer than {chance(one.tail)}: {better} loses less than {other}"
        end = at - 1e-6 if at > (x.low + x.high) / 2 else at
        found += [
            Line(((at, y.low), (at, level)), "ink", "dashed"),
            Dot(at, one.loss, "ink", "circle", hint=f"{chance(one.tail)}, {amount(one.loss)}: {said}"),
            Box(
                at, end, level - hair, level + hair, "ink",
                text=f"{said} →", brief=f"beyond {chance(one.tail)}: {better}", hint=said,
            ),
        ]  # fmt: skip
    return found
