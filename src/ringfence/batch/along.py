"""A pool as one price moves, and with it the index of its coin. Kernels over those that judge.

A buffer is judged at a multiple x of today's price. What the price does not touch is summed once. Times the price of
the pool's unit, where that moves along, a buffer is concave in x between breaks: P&L and collateral are, a requirement
that rises with size is convex. It breaks where a rate of the whole position changes (tiers of the whole, steps of a
risk limit, a cap) and where a balance turns into a debt. So a sign at both ends of a stretch says what happens inside.
"""

from math import inf, isnan, nan
from typing import Final

import numpy as np

from ringfence.batch import records
from ringfence.batch.compiled import compiled
from ringfence.batch.figures import CLAIM, CLOSING, FIGURES, NEED, SIZE, SLACK
from ringfence.batch.holdings import debts, equity_parts, pnl_in
from ringfence.batch.pool import converted, fill_need, spare_legs
from ringfence.batch.records import Column, Record, Records
from ringfence.batch.row import company_size, size_of, value_of
from ringfence.core.number import larger, magnitude, smaller

LEAST: Final = 2.0**-80
"""As good as a price of zero, over today's."""
MOST: Final = 2.0**80
"""As good as one without end."""
APART: Final = 2.0**-40
"""How far from a break, relative to it, its two sides are judged: far enough for a float64 to tell them apart."""

_NOTHING: Final = 2.0**-46
"""Share of a size that is what rounding left of nothing."""

NONE: Final = 0
RUNGS: Final = 1
STEPS: Final = 2
CAP: Final = 3
ZERO: Final = 4
"""Where a buffer breaks: at tiers, at steps, at the cap of a curve, at a balance of nothing."""


WAY: Final = np.dtype(
    [
        ("symbol", "i4"), ("coin", "i4"), ("position", "i8"), ("touched", "i8"), ("followed", "?"), ("plain", "?"),
        ("unit_moves", "?"), ("everything", "?"), ("mark", "f8"), ("unit", "f8"), ("wallet", "f8"), ("times", "f8"),
        ("base", "f8"), ("rise", "f8"), ("size", "f8"), ("slack", "f8"), ("off", "f8"),
    ],
    align=True,
)  # fmt: skip
"""A pool along the price of one position's symbol. ``mark`` and ``unit``: today's prices of the symbol and of the
pool's unit. ``touched``: how many positions it touches; ``everything``: all of them, for legs may be spared something.
``followed``: whether some asset is a coin in another form. ``plain``: whether P&L and requirements just add up, and
collateral counts in full. ``wallet``: behind a pool's only position; NaN: it has more. ``base``, ``rise``: [unit] what
is not touched, the part that stays and the part that goes with the price; ``size``, ``slack``: magnitudes of it and
what its venue rounds. ``off``: relative error of a sum of magnitudes."""

TOUCHED: Final = np.dtype([("row", "i8"), ("breaks", "i1"), ("still", "f8"), ("goes", "f8")], align=True)
"""A position that a price touches: where its buffer breaks, and the size that decides on which side of a break it
stands: still + goes * x, or still + goes / x where it is inverse. One more stands for a balance."""


@compiled
def moves(asset: int, coin: int, assets: Records) -> bool:
    """Return whether an asset's index goes along with a coin's."""
    return asset == coin or assets[asset].follows == coin


@compiled
def go(x: float, way: Record, assets: Records, marks: Column, index: Column, today: Column) -> None:
    """Send the price to a multiple of today's; ``today``: indices as they are."""
    marks[way.symbol] = way.mark * x
    index[way.coin] = today[way.coin] * x
    if way.followed:
        for code in range(len(assets)):
            if assets[code].follows == way.coin:
                index[code] = today[code] * x


@compiled
def buffer_at(
    x: float,
    way: Record, pool: Record, holdings: Records, rows: Records, rules: Records, rungs: Records, factors: Records,
    assets: Records, bands: Records, marks: Column, index: Column, today: Column, figures: Column, touched: Records,
) -> tuple[float, float]:  # fmt: skip
    """Return a pool's buffer at a multiple of today's price, in its unit at today's worth, and its bound."""
    go(x, way, assets, marks, index, today)
    return buffer_there(
        x, way, pool, holdings, rows, rules, rungs, factors, assets, bands, marks, index, figures, touched
    )


@compiled
def buffer_there(
    x: float, way: Record, pool: Record, holdings: Records, rows: Records, rules: Records, rungs: Records,
    factors: Records, assets: Records, bands: Records, marks: Column, index: Column, figures: Column,
    touched: Records,
) -> tuple[float, float]:  # fmt: skip
    """Return a pool's buffer where prices stand, in its unit at today's worth, and its bound.

    ``x``: what its unit is worth over today's, where that moves; and the price, for what goes with it.
    """
    first, end = pool.first, pool.end
    for t in range(way.touched):
        i = touched[t].row
        fill_need(i, first, end, way.wallet, rows, rules, rungs, factors, marks, index, figures[i - first])
    if way.plain:
        return _sum_plain(x, way, pool, rows, rules, index, figures, touched)
    spare_legs(first, end, rows, rules, index, figures)
    need, size, slack = 0.0, 0.0, 0.0
    for i in range(first, end):
        one = figures[i - first]
        worth = converted(1.0, rules[rows[i].rule].settle, pool.unit, index)
        need += (one[NEED] + one[CLOSING]) * worth
        size += (one[SIZE] + one[NEED] + one[CLOSING]) * worth
        if one[SLACK] > 0.0:
            slack += one[SLACK] * worth
    _, _, equity, held = equity_parts(pool, holdings, rows, rules, assets, bands, index, figures)
    _, owed, repaying, jump = debts(pool, holdings, rows, rules, assets, index, figures)
    size += held + owed + repaying
    unit_worth = x if way.unit_moves else 1.0
    buffer = (equity - (need + owed + repaying) * way.times) * unit_worth
    off = (way.off * size + slack + jump) * unit_worth * larger(way.times, 1.0)
    return buffer, (inf if isnan(buffer) else off)


@compiled
def _sum_plain(
    x: float, way: Record, pool: Record, rows: Records, rules: Records, index: Column, figures: Column,
    touched: Records,
) -> tuple[float, float]:  # fmt: skip
    buffer, size, slack = way.base + way.rise * x, way.size * larger(x, 1.0), way.slack
    for t in range(way.touched):
        i = touched[t].row
        one = figures[i - pool.first]
        settle = rules[rows[i].rule].settle
        worth = index[settle] / way.unit
        if settle == pool.unit:
            worth = x if way.unit_moves else 1.0
        buffer += (one[CLAIM] - (one[NEED] + one[CLOSING]) * way.times) * worth
        size += (one[SIZE] + one[NEED] + one[CLOSING]) * worth
        if one[SLACK] > 0.0:
            slack += one[SLACK] * worth
    off = (way.off * size + slack) * larger(way.times, 1.0)
    return buffer, (inf if isnan(buffer) else off)


@compiled
def touch(
    way: Record, pool: Record, holdings: Records, rows: Records, rules: Records, assets: Records, index: Column,
    judged: Column, figures: Column, touched: Records,
) -> None:  # fmt: skip
    """Sum what a price does not touch into its way, and note what it does."""
    count, base, rise, size, slack = 0, 0.0, 0.0, 0.0, 0.0
    for j in range(pool.first, pool.end):
        rule = rules[rows[j].rule]
        if way.everything or rule.coin == way.coin or moves(rule.settle, way.coin, assets):
            touched[count].row = j
            count += 1
            continue
        one = judged[j]
        for k in range(FIGURES):
            figures[j - pool.first, k] = one[k]
        worth = converted(1.0, rule.settle, pool.unit, index)
        base += (one[CLAIM] - (one[NEED] + one[CLOSING]) * way.times) * worth
        size += (one[SIZE] + one[NEED] + one[CLOSING]) * worth
        slack += one[SLACK] * worth
    for k in range(pool.first_holding, pool.end_holding):
        worth = converted(holdings[k].amount, holdings[k].asset, pool.unit, index)
        size += magnitude(worth)
        if moves(holdings[k].asset, way.coin, assets):
            rise += worth
        else:
            base += worth
    way.touched, way.base, way.rise, way.size, way.slack = count, base, rise, size, slack


@compiled
def break_kind(rule: Record, rungs: Records) -> int:
    """Return where the requirement of a rule breaks."""
    if rule.need_kind == records.WHOLE or (rule.need_kind == records.FACTOR and rule.optional):
        return RUNGS if rule.rungs > 1 else NONE
    if rule.need_kind == records.STRIP:
        for k in range(1, rule.rungs):
            if rungs[rule.first_rung + k].need < rungs[rule.first_rung + k - 1].need:
                return RUNGS
        return NONE
    if rule.need_kind == records.STEPS:
        return STEPS
    return CAP if rule.need_kind == records.CURVE else NONE


@compiled
def _picking_size(
    i: int, kind: int, pool: Record, rows: Records, rules: Records, marks: Column, index: Column
) -> float:
    """Return the size that decides on which side of a break a position stands."""
    row = rows[i]
    rule = rules[row.rule]
    mark, coin = marks[rule.symbol], index[rule.coin]
    if kind == STEPS:
        return value_of(rule.need_at, row, rule, mark, coin)
    if kind == CAP:
        return size_of(rule.need_unit, rule.need_at, row, rule, mark, coin)
    if rule.need_kind == records.FACTOR:
        return size_of(rule.ladder_unit, rule.need_at, row, rule, mark, coin)
    return company_size(
        i, pool.first, pool.end, rule.need_scope, rule.ladder_unit, rule.need_at, rows, rules, marks, index
    )


@compiled
def _balance(
    settle: int, pool: Record, holdings: Records, rows: Records, rules: Records, figures: Column
) -> float:
    """Return a pool's balance in an asset with P&L [asset]."""
    balance = pnl_in(settle, pool.first, pool.end, rows, rules, figures)
    for k in range(pool.first_holding, pool.end_holding):
        if holdings[k].asset == settle:
            balance += holdings[k].amount
    return balance


@compiled
def _note_breaks(
    way: Record,
    pool: Record,
    rows: Records,
    rules: Records,
    rungs: Records,
    assets: Records,
    touched: Records,
) -> bool:
    """Note where the buffer of every touched position may break; return whether any does."""
    found = False
    for t in range(way.touched):
        row = rows[touched[t].row]
        rule = rules[row.rule]
        by_leverage = rule.need_kind == records.FACTOR and not isnan(row.leverage)
        stays = by_leverage or not isnan(row.own_rate)
        kind = NONE if stays else break_kind(rule, rungs)
        touched[t].breaks = kind
        found |= kind != NONE
    asset = assets[rules[rows[way.position].rule].settle]
    owes = not way.plain and (asset.owes or (pool.cut and asset.with_pnl))
    touched[way.touched].breaks = ZERO if owes else NONE
    return found or owes


@compiled
def find_breaks(
    way: Record, pool: Record, holdings: Records, rows: Records, rules: Records, rungs: Records, factors: Records,
    assets: Records, bands: Records, marks: Column, index: Column, today: Column, figures: Column, touched: Records,
) -> bool:  # fmt: skip
    """Find what decides where a buffer breaks; return whether anything does."""
    if not _note_breaks(way, pool, rows, rules, rungs, assets, touched):
        return False
    for look in range(2):
        x = 1.0 + look
        buffer_at(
            x, way, pool, holdings, rows, rules, rungs, factors, assets, bands, marks, index, today, figures,
            touched,
        )  # fmt: skip
        for t in range(way.touched + 1):
            one = touched[t]
            if one.breaks == NONE:
                continue
            i = way.position if one.breaks == ZERO else one.row
            rule = rules[rows[i].rule]
            if one.breaks == ZERO:
                size = _balance(rule.settle, pool, holdings, rows, rules, figures)
            else:
                size = _picking_size(i, one.breaks, pool, rows, rules, marks, index)
            if look == 0:
                one.still = size
                continue
            rise = (one.still - size) * 2.0 if rule.inverse else size - one.still
            one.goes = 0.0 if magnitude(rise) <= _NOTHING * magnitude(size) else rise
            one.still -= one.goes
            if magnitude(one.still) <= _NOTHING * magnitude(rise):
                one.still = 0.0
    return True


@compiled
def _price_of(size: float, still: float, goes: float, inverse: bool) -> float:  # noqa: FBT001
    """Return the multiple of today's price at which a size is met."""
    return goes / (size - still) if inverse else (size - still) / goes


@compiled
def _nearer(x: float, way: int, one: float, other: float) -> float:
    """Return the nearer of two prices that are well ahead of x; NaN: none."""
    if not (LEAST < other < MOST) or way * (other - x * (1.0 + way * 3.0 * APART)) <= 0.0:
        return one
    return other if isnan(one) or way * (other - one) < 0.0 else one


@compiled
def next_break(
    x: float, direction: int, way: Record, rows: Records, rules: Records, rungs: Records, touched: Records
) -> float:
    """Return the next multiple of today's price, going from x, at which a buffer breaks; NaN: none does."""
    nearest = nan
    for t in range(way.touched + 1):
        one = touched[t]
        if one.breaks == NONE or one.goes == 0.0:
            continue
        rule = rules[rows[way.position if one.breaks == ZERO else one.row].rule]
        still, goes, inverse = one.still, one.goes, rule.inverse
        if one.breaks == ZERO:
            nearest = _nearer(x, direction, nearest, _price_of(0.0, still, goes, inverse))
        elif one.breaks == RUNGS:
            for k in range(rule.first_rung + 1, rule.first_rung + rule.rungs):
                nearest = _nearer(x, direction, nearest, _price_of(rungs[k].floor, still, goes, inverse))
        elif one.breaks == STEPS:
            done = (still + (goes / x if inverse else goes * x) - rule.need_limit) / rule.need_per
            done = larger(0.0, smaller(done, rule.need_most))
            for n in range(int(done) - 1, int(done) + 3):
                if 0 <= n < rule.need_most:
                    at = _price_of(rule.need_limit + n * rule.need_per, still, goes, inverse)
                    nearest = _nearer(x, direction, nearest, at)
        elif rule.need_rise > 0.0:
            raised = (rule.need_cap - rule.need_share * rule.need_base) / rule.need_rise
            at = _price_of(raised ** (1.0 / rule.need_exponent), still, goes, inverse)
            nearest = _nearer(x, direction, nearest, at)
    return nearest
