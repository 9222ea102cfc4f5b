"""The liquidation ladder: how far every position is from its end, on one axis, mode by mode."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal, assert_never

from ringfence.contrast import Contrast
from ringfence.margin.assess import Health, PoolHealth, PositionHealth
from ringfence.margin.curved import losing_side
from ringfence.margin.joint_move import death_with_beta
from ringfence.margin.node import Missing
from ringfence.report.figures.chart import Axis, Box, Figure, Mark, Panel, even_ticks
from ringfence.report.figures.palette import series
from ringfence.report.figures.views import View, as_it_stands, cuts, short_names, views
from ringfence.report.grid import price

Moves = Literal["alone", "beta", "worst"]
Unit = Literal["percent", "sigmas"]

MOVES: Final[dict[Moves, str]] = {
    "alone": "only this moves",
    "beta": "all move with beta",
    "worst": "worst direction",
}
UNITS: Final[dict[Unit, str]] = {"percent": "in %", "sigmas": "in daily σ"}
_SAID: Final[dict[Moves, str]] = {
    "alone": "One coin moves and all else is held.",
    "beta": "The coin moves and every other coin follows by its beta, correlation × σ ÷ σ: where it is expected.",
    "worst": "What the coin does in the nearest joint move that kills its pool; there the σ count correlation.",
}
_FARTHEST: Final[dict[Unit, float]] = {"percent": 150.0, "sigmas": 30.0}
_LONG: Final = 1000
_ROW: Final = 17
_MANY: Final = 40
_LOW_ROW: Final = 14
_GAP: Final = 0.7
"""Between two positions, in rows."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a position is from its end; without a move, why.

    move     of its coin, a fraction; signed
    sigmas   the same in daily sigmas; signed as the move
    """

    move: Decimal | None
    sigmas: Decimal | None
    said: str


def reach(pool: PoolHealth, held: PositionHealth, view: View, moves: Moves) -> Reach:
    """Return how far a position is from its end, by one of the three ways to move."""
    match moves:
        case "alone":
            return _alone(held)
        case "beta":
            world, symbol = view.health.world, held.position.symbol
            move = death_with_beta(pool.pool, pool.judged, world, symbol, losing_side(held.position, world))
            if isinstance(move, Missing):
                return Reach(None, None, "not known")
            sigmas = None if move is None or not held.sigma_daily else move / held.sigma_daily
            return Reach(move, sigmas, "" if move is not None else "never")
        case "worst":
            if isinstance(pool.nearest, Missing):
                return Reach(None, None, "not known")
            coin = view.health.world.instrument(held.position.symbol).underlying
            move = pool.nearest.moves.get(coin, Decimal(0))
            losing = losing_side(held.position, view.health.world)
            way = 1 if move > 0 or (move == 0 and losing > 0) else -1
            return Reach(move, way * pool.nearest.distance_sigmas, "")
        case other:
            assert_never(other)


def _alone(held: PositionHealth) -> Reach:
    prices = held.prices
    met = prices.liquidation
    if met is None:
        met = prices.up if prices.down is None else prices.down
    if met is None:
        return Reach(None, None, "never")
    move = met / (prices.base or held.mark) - 1
    sigmas = move / held.sigma_daily if held.sigma_daily else None
    side = "" if prices.liquidation is not None else " (other side)"
    return Reach(move, sigmas, price(met) + side)


def ladder(result: Health | Contrast, moves: Moves = "alone", unit: Unit = "percent") -> Figure:
    """Return the ladder of a result.

    Args:
        result: a health or a contrast.
        moves: alone: only this coin moves; beta: the others follow; worst: the nearest joint move.
        unit: percent of the mark, or daily sigmas.

    """
    return ladders(result, moves, (unit,))[0]


def ladders(result: Health | Contrast, moves: Moves, units: Sequence[Unit]) -> list[Figure]:
    """Return the ladder of a result in several units, from one search for the ends of its positions."""
    shown = views(result)
    found = {
        (view.account, number, view.name): reach(pool, held, view, moves)
        for view in shown
        for number, pool, held in view.positions()
    }
    return [_drawn(shown, found, moves, unit) for unit in units]


def _drawn(
    shown: Sequence[View], found: dict[tuple[str, int, str], Reach], moves: Moves, unit: Unit
) -> Figure:
    lines = _lines(shown, found)
    values = [v for one in found.values() if (v := _value(one, unit)) is not None]
    axis = _axis(values, unit)
    colours = series(view.name for view in shown)
    keys = (
        {name: str(k) for k, name in enumerate(colours, 1)} if len(shown) > 1 else dict.fromkeys(colours, "")
    )
    marks: list[Mark] = []
    names: list[tuple[float, str]] = []
    at = 0.0
    for account, number, name, present in lines:
        names.append((at + (len(present) - 1) / 2, name))
        for view in present:
            one = found[account, number, view.name]
            bar = _bar(one, unit, at, colours[view.name], f"{name}, {view.name}")
            marks.append(replace(bar, key=keys[view.name]))
            at += 1
        at += _GAP
    y = Axis(at - _GAP / 2 - 0.5, -_GAP / 2 - 0.5, tuple(names), lines=False)
    panel = Panel(axis, y, tuple(marks), int(at * (_ROW if at < _MANY else _LOW_ROW)) + 48)
    sigmas = "" if unit == "percent" else " In daily σ of the annual volatilities in the book."
    return Figure(
        "ladder",
        f"How far to liquidation: {MOVES[moves]}, {UNITS[unit]}",
        f"A bar is the room from today's mark (0) to the move at which the pool dies. {_SAID[moves]}{sigmas} "
        f"{cuts(shown)}",
        (panel,),
        tuple((colour, f"{keys[name]} {name}") for name, colour in colours.items()) if len(shown) > 1 else (),
    )


def _lines(
    shown: Sequence[View], found: dict[tuple[str, int, str], Reach]
) -> list[tuple[str, int, str, list[View]]]:
    """Return account, number, name and views of every position, the one nearest to its end as it stands first."""
    lines = []
    several = len({view.account for view in shown}) > 1
    for account in dict.fromkeys(view.account for view in shown):
        of_account = [view for view in shown if view.account == account]
        for number, name in enumerate(short_names(of_account[0].health)):
            present = [view for view in of_account if (account, number, view.name) in found]
            if present:
                move = found[account, number, as_it_stands(present).name].move
                called = f"{account} {name}" if several else name
                lines.append((float("inf") if move is None else abs(move), account, number, called, present))
    return [line[1:] for line in sorted(lines, key=lambda line: line[:3])]


def _value(one: Reach, unit: Unit) -> float | None:
    exact = one.sigmas if unit == "sigmas" else one.move
    return None if exact is None else float(exact) * (1 if unit == "sigmas" else 100)


def _axis(values: Sequence[float], unit: Unit) -> Axis:
    """Return an axis around zero with room for a text behind the longest bars."""
    most = _FARTHEST[unit]
    low = max(min([*values, 0.0]), -most)
    high = min(max([*values, 0.0]), most)
    room = 0.4 * max(high - low, most / 50)
    low, high = low - (room if low < 0 else room / 8), high + room
    ticks = [v for v in even_ticks(low, high) if unit == "sigmas" or v >= -100]
    return Axis(low, high, tuple((v, _written(v, unit)) for v in ticks))


def _written(value: float, unit: Unit) -> str:
    if value == 0:
        return "0"
    return f"{value:+g}σ" if unit == "sigmas" else f"{value:+g} %"


def _bar(one: Reach, unit: Unit, row: float, role: str, name: str) -> Box:
    value = _value(one, unit)
    if value is None:
        said = one.said or "not known"
        said = said if one.move is None else "no volatility in the book"
        return Box(0, 0, row - 0.4, row + 0.4, role, text=said, brief=said, hint=f"{name}: {said}")
    end = max(min(value, _FARTHEST[unit]), -_FARTHEST[unit])
    brief = f"{value:+.1f}σ" if unit == "sigmas" else f"{value:+.1f} %"
    if value == 0 and one.move == 0:
        brief, text = "now", "now: past its trigger"
    else:
        text = f"{brief} · {one.said}" if one.said else brief
    exact = text
    if abs(value) >= _LONG:
        text = brief = f"{'>+' if value > 0 else '<-'}{_LONG - 1}{'σ' if unit == 'sigmas' else ' %'}"
    elif end != value:
        text, brief = f"{text} ▸", f"{brief} ▸"
    return Box(0, end, row - 0.4, row + 0.4, role, text=text, brief=brief, hint=f"{name}: {exact}")
