"""The first picture: what closes first and how far away that is, and how much goes with it, mode by mode."""

from decimal import Decimal
from typing import Final

from ringfence.contrast import Contrast
from ringfence.margin.assess import Health, PoolHealth
from ringfence.report.figures.chart import Axis, Box, Figure, Mark, Panel, even_ticks, rows
from ringfence.report.figures.views import (
    Near,
    View,
    as_it_stands,
    cuts,
    main_views,
    nearest_position,
    pool_name,
    short_names,
)
from ringfence.report.grid import money, percent

_MOST: Final = 6
_ROW: Final = 26
_FARTHEST: Final = 100.0
_LEGEND: Final = (("dies", "dies with the first"), ("stake", "can die, too"), ("kept", "out of reach"))
_WHOLE: Final = 100
"""From here on an amount is read without decimals."""
_ROOM: Final = 1.9
"""How many times the longest bar the axis is: behind the bar stands its text."""
_LETTERS: Final = 38
"""So many letters of a text fit in the width of the narrowest panel."""


def glance(result: Health | Contrast) -> Figure:
    """Return the first picture: of a contrast a row for isolated, as held and cross, of a health a row a pool."""
    shown = main_views(result)
    found = (
        _of_pools(shown) if isinstance(result, Health) else [(view.name, view, _near(view)) for view in shown]
    )
    left_out = f" The {len(found) - _MOST} farther pools stand in the tables." if len(found) > _MOST else ""
    found = found[:_MOST]
    names = [name for name, _, _ in found]
    stakes = _stakes(names, found)
    used = {mark.role for mark in stakes.marks}
    return Figure(
        "glance",
        "First to close",
        "Left: the least move of one coin alone, all else held, that closes a position. Right: the pool that dies with "
        f"that first one; what else a liquidation could reach; what none can reach. {cuts(shown)}{left_out}",
        (_distances(names, [near for _, _, near in found]), stakes),
        tuple(pair for pair in _LEGEND if pair[0] in used),
    )


_Row = tuple[str, View, Near | None]


def _near(view: View) -> Near | None:
    return nearest_position(view)


def _of_pools(shown: list[View]) -> list[_Row]:
    """Return a row for each pool with positions, the one nearest to its end first."""
    several = len({view.account for view in shown}) > 1
    found: list[_Row] = []
    for view in shown:
        names = short_names(view.health)
        held: dict[str, list[Near]] = {one.pool.id: [] for one in view.health.pools if one.positions}
        for number, pool, position in view.positions():
            if position.distance is not None:
                held[pool.pool.id].append(Near(names[number], pool, position))
        for pool_id, near in held.items():
            name = f"{view.account} {pool_name(pool_id)}" if several else pool_name(pool_id)
            found.append((name, view, min(near, key=lambda one: abs(one.move), default=None)))
    return sorted(found, key=lambda row: float("inf") if row[2] is None else abs(row[2].move))


def _distances(names: list[str], found: list[Near | None]) -> Panel:
    marks: list[Mark] = []
    ends = [0.0 if near is None else min(abs(float(near.move)) * 100, _FARTHEST) for near in found]
    for row, (near, end) in enumerate(zip(found, ends, strict=True)):
        text, brief = _move(near)
        hint = "no move of one coin alone closes anything" if near is None else f"{names[row]}: {text}"
        marks.append(Box(0, end, row - 0.34, row + 0.34, "total", text=text, brief=brief, hint=hint))
    high = _ROOM * (max(ends, default=0.0) or _FARTHEST / 2)
    ticks = tuple((v, f"{v:g} %") for v in even_ticks(0, high, 5) if v <= _FARTHEST)
    return Panel(
        Axis(0, high, ticks), rows(names), tuple(marks), len(names) * _ROW + 48, "first to close [move]"
    )


def _move(near: Near | None) -> tuple[str, str]:
    """Return which position closes at which move, and the same where there is little room."""
    if near is None:
        return "never", "never"
    if near.move == 0:
        return f"{near.name}: now", f"{near.name}: now"
    move = percent(near.move) if abs(near.move) < 10 else ">+999 %"
    sigmas = near.held.distance_sigmas
    return f"{near.name} {move}" + ("" if sigmas is None else f" · {sigmas:.1f}σ"), f"{near.name} {move}"


def _stakes(names: list[str], found: list[_Row]) -> Panel:
    """Return amounts, stacked: the pool that dies first, what other pools with positions hold, what none can reach."""
    units = dict.fromkeys(view.health.unit for _, view, _ in found)
    amounts = [_amounts(view, near) for _, view, near in found]
    most = max((sum(three, Decimal(0)) for three in amounts), default=Decimal(0)) or Decimal(1)
    marks: list[Mark] = []
    for row, three in enumerate(amounts):
        start = Decimal(0)
        for role, amount in zip(("dies", "stake", "kept"), three, strict=True):
            if amount > 0:
                text = money(amount, 0 if amount >= _WHOLE else 2)
                text = text if amount / most * _LETTERS >= len(text) else ""
                box = (float(start), float(start + amount), row - 0.34, row + 0.34)
                marks.append(
                    Box(*box, role, text=text, brief=text, inside=True, hint=f"{names[row]}: {money(amount)}")
                )
            start += amount
    axis = Axis(0, float(most) * 1.02, tuple((v, f"{v:,.10g}") for v in even_ticks(0, float(most), 4)))
    unit = f" [{next(iter(units))}]" if len(units) == 1 else ""
    return Panel(axis, rows(names), tuple(marks), len(names) * _ROW + 48, f"what dies with it{unit}")


def _amounts(view: View, near: Near | None) -> tuple[Decimal, Decimal, Decimal]:
    """Return what the first pool holds, what the other pools with positions hold, and the rest [account's unit]."""
    if view.health.equity is None:
        return Decimal(0), Decimal(0), Decimal(0)
    first = Decimal(0) if near is None else _worth(view, near.pool)
    reached = sum((_worth(view, pool) for pool in view.health.pools if pool.positions), Decimal(0))
    return first, reached - first, max(view.health.equity - reached, Decimal(0))


def _worth(view: View, pool: PoolHealth) -> Decimal:
    equity = max(pool.judged.equity.value, Decimal(0))
    return view.health.world.convert(equity, pool.pool.unit, view.health.unit)


def standing(result: Health | Contrast) -> list[View]:
    """Return the accounts as they stand: all of a health, the one of a contrast."""
    shown = main_views(result)
    return [as_it_stands(shown)] if isinstance(result, Contrast) else shown
