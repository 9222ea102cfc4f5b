"""A replay over time: prices, and in every mode what the account has and needs, with what the venue did on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from ringfence.contrast.replay import Replay
from ringfence.paths.replay import Happening, ModeReplay
from ringfence.report.estimates import amount, joined_names
from ringfence.report.figures.chance_axis import STYLES, drawn_as, spread
from ringfence.report.figures.chart import (
    Axis,
    Box,
    Dot,
    Figure,
    Line,
    Mark,
    Panel,
    Shape,
    even_ticks,
    shortened,
    thinned,
)
from ringfence.report.figures.hours import day_and_hour, hour_axis, hours_after
from ringfence.report.figures.palette import SERIES
from ringfence.report.figures.views import pool_name
from ringfence.report.replay import what_happened

_PRICES: Final = 230
_MODE: Final = 210
_POINTS: Final = 400
"""So many points of a line can be told apart."""
_NAMES: Final = 0.14
"""What the names at the ends of lines take, as a part of what is drawn."""
_WORD: Final = 34
"""So many letters say what happened."""
_LETTER: Final = 0.0088
"""What a letter takes of the width of a panel on a wide page."""
_COINS: Final = 8
_SHAPES: Final[dict[str, Shape]] = {"take_over": "cross", "bad_debt": "square", "top_up": "circle"}
_ELSE: Final[Shape] = "diamond"


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that happened in a mode: when, what it is called, and all that is known of it."""

    at: datetime
    shape: Shape
    text: str
    hint: str


def timeline(result: Replay) -> Figure:
    """Return the figure of a replay: prices on top, a panel a mode below."""
    prices = result.prices
    start, end = prices.at[0], prices.at[-1] + prices.length
    x = hour_axis(start, end)
    x = Axis(x.low, x.high * (1 + _NAMES), x.ticks)
    out = [(hours_after(start, a), hours_after(start, b)) for a, b in result.terms.outages]
    shown = joined_names(result.modes, are_alike)
    y = _amounts(result.modes)
    said = " Grey: the venue is out of reach." if out else ""
    return Figure(
        "timeline",
        f"What happened, {prices.days}",
        "Top: prices against the first. Below, mode by mode: equity (line) against what must be covered (dashed), of "
        "all pools. ✕ a pool is taken over, ◆ sold or closed in part, ■ bad debt, ● collateral added; "
        f"in words where there is room, all of it where one points. Times are UTC.{said}",
        (
            _price_panel(result, x, out),
            *(
                _mode_panel(result.modes[number], name, number, x, y, out, start)
                for number, name in shown
            ),
        ),
        across=1,
    )  # fmt: skip


def are_alike(one: ModeReplay, other: ModeReplay) -> bool:
    """Return whether two modes went the same way."""
    here, there = ((each.unit, each.equity, each.need, each.happenings) for each in (one, other))
    return here == there


def _price_panel(result: Replay, x: Axis, out: Sequence[tuple[float, float]]) -> Panel:
    prices = result.prices
    start = prices.at[0]
    at = [0.0, *(hours_after(start, one + prices.length) for one in prices.at)]
    lines: list[tuple[str, list[tuple[float, float]]]] = []
    for column, coin in enumerate(prices.coins):
        first = float(prices.open[0, column])
        moves = [0.0, *((prices.close[:, column] / first - 1.0) * 100).tolist()]
        lines.append((coin, list(zip(at, moves, strict=True))))
    shown = sorted(lines, key=lambda line: line[1][-1][1])[:_COINS] if len(lines) > _COINS else lines
    values = [value for _, line in shown for _, value in line]
    low, high = min([0.0, *values]), max([0.0, *values])
    high = high if high > low else low + 1.0
    room = 0.06 * (high - low)
    y = Axis(
        low - room, high + room, tuple((v, f"{v:+g} %" if v else "0 %") for v in even_ticks(low, high, 5))
    )
    marks = _outages(out, y, "outage")
    levels = spread([line[-1][1] for _, line in shown], 0.085 * (y.high - y.low))
    hair = 0.002 * (y.high - y.low)
    for number, ((coin, line), level) in enumerate(zip(shown, levels, strict=True)):
        role, style = f"s{number % SERIES + 1}", STYLES[number % len(STYLES)]
        marks.append(Line(thinned(line, _POINTS), role, style))
        end = line[-1][0]
        text = f"{coin} {line[-1][1]:+.0f} %"
        marks.append(Box(end, end, level - hair, level + hair, role, text=text, brief=coin))
    return Panel(x, y, tuple(marks), _PRICES, "prices, against the first")


def _outages(out: Sequence[tuple[float, float]], y: Axis, text: str = "") -> list[Mark]:
    hint = "the venue is out of reach"
    return [Box(a, b, y.low, y.high, "quiet", 0.22, text, "", inside=True, hint=hint) for a, b in out]


def _amounts(modes: Sequence[ModeReplay]) -> Axis:
    values = [float(value) for one in modes for value in (*one.equity, *one.need, one.posted)]
    low, high = min([0.0, *values]), max([0.0, *values])
    high = high if high > low else low + 1.0
    ticks = tuple((v, f"{v:,.10g}") for v in even_ticks(low, high, 4))
    return Axis(low - 0.12 * (high - low), high + 0.2 * (high - low), ticks)


def _mode_panel(
    one: ModeReplay,
    name: str,
    number: int,
    x: Axis,
    y: Axis,
    out: Sequence[tuple[float, float]],
    start: datetime,
) -> Panel:
    role, _ = drawn_as(number)
    at = [hours_after(start, instant) for instant in one.at]
    equity = list(zip(at, map(float, one.equity), strict=True))
    need = list(zip(at, map(float, one.need), strict=True))
    marks = [
        *_outages(out, y),
        Line((*thinned(equity, _POINTS), *reversed(thinned(need, _POINTS))), role, "area"),
        Line(thinned(need, _POINTS), "ink", "dashed", "requirement"),
        Line(thinned(equity, _POINTS), role, "solid", "equity"),
        *_dots(one, equity, x, start),
    ]
    return Panel(x, y, tuple(marks), _MODE, f"{name} [{one.unit}]: {outcome(one)}")


def outcome(one: ModeReplay) -> str:
    """Return what became of a mode, in a few words: what it lost, when it died, and what would have saved it."""
    lost = float(one.loss)
    ended = f"loses {amount(lost)}" if lost >= 0 else f"gains {amount(-lost)}"
    if one.first_death is None:
        return f"{ended}, nothing is liquidated"
    first = day_and_hour(one.first_death)
    if one.needed > 0:
        return f"{ended}; you would have needed {amount(float(one.needed))} more by {first}"
    return f"{ended}; first liquidation {first}"


def noted(one: ModeReplay) -> list[Noted]:
    """Return what happened in a mode, in order: what the venue did to a pool in a bar is one, so is an addition."""
    found = []
    for (at, pool), group in groupby(one.happenings, key=lambda each: (each.at, each.pool)):
        found.append(_venue_did(at, pool, list(group)))
    for added in one.additions:
        text = f"+{amount(float(added.amount))} into {_short(added.pool)}"
        found.append(
            Noted(added.at, _SHAPES["top_up"], text, f"{day_and_hour(added.at)} {text}, added by its owner")
        )
    return sorted(found, key=lambda each: each.at)


def _venue_did(at: datetime, pool: str, group: list[Happening]) -> Noted:
    names = {event.name for each in group for event in each.events}
    shape: Shape = next((_SHAPES[name] for name in ("bad_debt", "take_over") if name in names), _ELSE)
    said = f"{_short(pool)} {what_happened(group)}"
    debt = sum(float(each.bad_debt) for each in group)
    owed = f", bad debt {amount(debt)}" if debt else ""
    fees = sum(float(each.fees + each.impact) for each in group)
    return Noted(at, shape, said, f"{day_and_hour(at)} {said}, fees and impact {amount(fees)}{owed}")


def _short(pool: str) -> str:
    return pool_name(pool).removesuffix(" alone")


def _dots(one: ModeReplay, equity: Sequence[tuple[float, float]], x: Axis, start: datetime) -> list[Mark]:
    """Return a mark for all that happened, in words where they have room above it or below."""
    marks: list[Mark] = []
    taken: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for each in noted(one):
        at = hours_after(start, each.at)
        level = next((value for when, value in equity if when >= at), equity[-1][1])
        text = shortened(f"{each.at:%H:%M} {each.text}", _WORD)
        half = len(text) * _LETTER * (x.high - x.low) / 2
        middle = min(max(at, x.low + half), x.high - half)
        free = [
            below
            for below in taken
            if all(middle + half < left or right < middle - half for left, right in taken[below])
        ]
        if free:
            taken[free[0]].append((middle - half, middle + half))
        said = text if free else ""
        marks.append(Dot(at, level, "ink", each.shape, said, below=bool(free and free[0]), hint=each.hint))
    return marks
