"""Compiled passes over a layout: every pool's equity and need, and every position's liquidation price.

A pool is summed in one order, position by position, and of a requirement the largest of its lines is taken. So the bits
of a result depend on the pool and the prices alone: not on where it lies, how many lines are looked at, or which
thread came by.

Tables, a row for each kind of charge (``lines.Lines``); a position's value is its quantity times the price:

    table     price, rates of the first four lines, deductions of the second to the fourth
    rates     of all lines, the last repeated;  deductions  the same
    duals     for either sign: gains of the first four lines, deductions of three, value at which a fifth begins
    gains     for either sign: of all lines
"""

import math
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from ringfence.batch.compiled import ahead, compiled, inlined
from ringfence.core.number import larger, magnitude, smaller
from ringfence.formula.contract import linear_value
from ringfence.formula.equity import buffer_above, equity_on_base
from ringfence.formula.liquidation import inverse_price, linear_price, value_at_line
from ringfence.formula.tiers import tier_line

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Floats, Rows

    Shorts: TypeAlias = npt.NDArray[np.uint16]
    Slots: TypeAlias = npt.NDArray[np.int32]
    Index: TypeAlias = int | np.signedinteger[Any]
    Singles: TypeAlias = npt.NDArray[np.float32]

FOUR: Final = 4
"""Lines that every position looks at; few reach the fifth, and they stand apart."""
_AHEAD: Final = 8
"""Pools by which a list of them is read ahead: measured."""
UNIT: Final = 2.0**-53
"""What one rounding does at most, as a fraction."""


@inlined
def _four_lines(value: float, at: "Index", table: "Floats") -> float:
    """Return the largest of the first four lines of a table."""
    first = larger(tier_line(value, table[at, 1], 0.0), tier_line(value, table[at, 2], table[at, 5]))
    other = larger(tier_line(value, table[at, 3], table[at, 6]), tier_line(value, table[at, 4], table[at, 7]))
    return larger(first, other)


@inlined
def _all_lines(value: float, at: "Index", rates: "Floats", deductions: "Floats") -> float:
    """Return the largest of all lines of a table."""
    most = tier_line(value, rates[at, 0], 0.0)
    for k in range(1, rates.shape[1]):
        most = larger(most, tier_line(value, rates[at, k], deductions[at, k]))
    return most


@compiled
def _revalue_singles(
    at: int, table: "Floats", qty: "Floats", base: "Floats", fixed: "Floats",
    equity: "Floats", need: "Floats", buffer: "Floats",
) -> None:  # fmt: skip
    """Fill the numbers of pools of one position each, all of one table, by its first four lines."""
    price, has = table[at, 0], fixed.shape[0] > 0
    for p in range(base.shape[0]):
        signed = linear_value(qty[p], 1.0, price)
        have = equity_on_base(base[p], signed)
        must = (fixed[p] if has else 0.0) + _four_lines(magnitude(signed), at, table)
        equity[p], need[p], buffer[p] = have, must, buffer_above(have, must)


@compiled
def _revalue_tall_singles(
    at: int, table: "Floats", rates: "Floats", deductions: "Floats", qty: "Floats", base: "Floats",
    fixed: "Floats", equity: "Floats", need: "Floats", buffer: "Floats",
) -> None:  # fmt: skip
    """Fill the same by all lines."""
    price, has = table[at, 0], fixed.shape[0] > 0
    for p in range(base.shape[0]):
        signed = linear_value(qty[p], 1.0, price)
        have = equity_on_base(base[p], signed)
        must = (fixed[p] if has else 0.0) + _all_lines(magnitude(signed), at, rates, deductions)
        equity[p], need[p], buffer[p] = have, must, buffer_above(have, must)


@compiled
def _revalue_group(
    count: int, table: "Floats", code: "Shorts", qty: "Floats", base: "Floats", fixed: "Floats",
    equity: "Floats", need: "Floats", buffer: "Floats",
) -> None:  # fmt: skip
    """Fill the numbers of pools of ``count`` positions each, by the first four lines of their tables."""
    has, j = fixed.shape[0] > 0, 0
    for p in range(base.shape[0]):
        have, must = base[p], fixed[p] if has else 0.0
        for _ in range(count):
            at = np.intp(code[j])
            signed = linear_value(qty[j], 1.0, table[at, 0])
            have = equity_on_base(have, signed)
            must = must + _four_lines(magnitude(signed), at, table)
            j += 1
        equity[p], need[p], buffer[p] = have, must, buffer_above(have, must)


@compiled
def _revalue_tall_group(
    count: int, table: "Floats", rates: "Floats", deductions: "Floats", code: "Shorts", qty: "Floats",
    base: "Floats", fixed: "Floats", equity: "Floats", need: "Floats", buffer: "Floats",
) -> None:  # fmt: skip
    """Fill the same by all lines."""
    has, j = fixed.shape[0] > 0, 0
    for p in range(base.shape[0]):
        have, must = base[p], fixed[p] if has else 0.0
        for _ in range(count):
            at = np.intp(code[j])
            signed = linear_value(qty[j], 1.0, table[at, 0])
            have = equity_on_base(have, signed)
            must = must + _all_lines(magnitude(signed), at, rates, deductions)
            j += 1
        equity[p], need[p], buffer[p] = have, must, buffer_above(have, must)


@compiled
def revalue(
    items: "Rows", table: "Floats", rates: "Floats", deductions: "Floats", code: "Shorts", qty: "Floats",
    base: "Floats", fixed: "Floats", equity: "Floats", need: "Floats", buffer: "Floats",
) -> None:  # fmt: skip
    """Fill equity, need and buffer of stretches of slots.

    items   [stretch, (first slot, slots, first row, positions a pool, table of all or -1, whether all lines count)]
    fixed   [settle] of each slot; empty: nobody has any
    """
    for i in range(items.shape[0]):
        p, r, count, at = items[i, 0], items[i, 2], items[i, 3], items[i, 4]
        pe, re, tall = p + items[i, 1], r + items[i, 1] * count, items[i, 5] > 0
        own = fixed[p:pe] if fixed.shape[0] > 0 else fixed
        if at >= 0 and tall:
            _revalue_tall_singles(
                at, table, rates, deductions, qty[r:re], base[p:pe], own,
                equity[p:pe], need[p:pe], buffer[p:pe],
            )  # fmt: skip
        elif at >= 0:
            _revalue_singles(at, table, qty[r:re], base[p:pe], own, equity[p:pe], need[p:pe], buffer[p:pe])
        elif tall:
            _revalue_tall_group(
                count, table, rates, deductions, code[r:re], qty[r:re], base[p:pe], own,
                equity[p:pe], need[p:pe], buffer[p:pe],
            )  # fmt: skip
        else:
            _revalue_group(
                count, table, code[r:re], qty[r:re], base[p:pe], own,
                equity[p:pe], need[p:pe], buffer[p:pe],
            )  # fmt: skip


@compiled
def revalue_listed(
    listed: "Rows",
    pools: "Slots",
    table: "Floats",
    rates: "Floats",
    deductions: "Floats",
    code: "Shorts",
    qty: "Floats",
    base: "Floats",
    fixed: "Floats",
    equity: "Floats",
    need: "Floats",
    buffer: "Floats",
) -> None:
    """Fill the numbers of some pools of groups: whole again, in order.

    listed   [list, (where it begins and ends in ``pools``, the group's first slot, first row, positions a pool, whether
             all lines count)]
    pools    places in their group
    """
    has = fixed.shape[0] > 0
    for n in range(listed.shape[0]):
        slot, row, count, tall = listed[n, 2], listed[n, 3], listed[n, 4], listed[n, 5] > 0
        last = listed[n, 1] - 1
        for i in range(listed[n, 0], last + 1):
            coming = pools[min(i + _AHEAD, last)]
            ahead(qty, row + coming * count)
            ahead(qty, row + coming * count + count - 1)
            ahead(code, row + coming * count)
            ahead(base, slot + coming)
            ahead(equity, slot + coming)
            ahead(need, slot + coming)
            ahead(buffer, slot + coming)
            p = slot + pools[i]
            have, must, j = base[p], fixed[p] if has else 0.0, row + pools[i] * count
            for _ in range(count):
                at = np.intp(code[j])
                signed = linear_value(qty[j], 1.0, table[at, 0])
                have = equity_on_base(have, signed)
                if tall:
                    must = must + _all_lines(magnitude(signed), at, rates, deductions)
                else:
                    must = must + _four_lines(magnitude(signed), at, table)
                j += 1
            equity[p], need[p], buffer[p] = have, must, buffer_above(have, must)


@compiled
def bound(
    items: "Rows", table: "Floats", top: "Floats", roundings: float, code: "Shorts", qty: "Floats",
    mass: "npt.NDArray[np.float32]", bounds: "Floats",
) -> None:  # fmt: skip
    """Fill by how much each buffer may miss the exact one at most.

    A sum of n terms, each within so many roundings, is within as many and n more of the sum of magnitudes. A value is
    charged at no more than the highest rate of its table.

    top         1 + highest rate, of each table
    roundings   of the longest path to one term, and on from the sums to the buffer
    mass        [settle] magnitudes of all that the base and the fixed part are made of
    """
    for i in range(items.shape[0]):
        p, count, at, j = items[i, 0], items[i, 3], items[i, 4], items[i, 2]
        unit = UNIT * (roundings + 2.0 * count)
        for q in range(p, p + items[i, 1]):
            total = np.float64(mass[q])
            for _ in range(count):
                k = at if at >= 0 else np.intp(code[j])
                total += magnitude(qty[j] * table[k, 0]) * top[k]
                j += 1
            bounds[q] = unit * total


@inlined
def _four_values(rest: float, side: "Index", duals: "Floats") -> float:
    """Return the least of the values at which the first four lines of a table use up a pool."""
    first = smaller(
        value_at_line(rest, 0.0, duals[side, 0]), value_at_line(rest, duals[side, 4], duals[side, 1])
    )
    other = smaller(
        value_at_line(rest, duals[side, 5], duals[side, 2]),
        value_at_line(rest, duals[side, 6], duals[side, 3]),
    )
    return smaller(first, other)


@inlined
def _all_values(rest: float, side: "Index", gains: "Floats", deductions: "Floats") -> float:
    """Return the same of all lines."""
    least = value_at_line(rest, 0.0, gains[side, 0])
    for k in range(1, gains.shape[1]):
        least = smaller(least, value_at_line(rest, deductions[side >> 1, k], gains[side, k]))
    return least


@inlined
def _price_at(value: float, qty: float, inverse: int) -> float:
    """Return the mark at which a position is worth so much; NaN where that is nothing, or less."""
    price = inverse_price(value, qty, 1.0) if inverse > 0 else linear_price(value, qty, 1.0)
    return price if value > 0.0 else np.nan


@compiled
def _price_tall_singles(
    at: int, inverse: int, mark: float, gains: "Floats", deductions: "Floats", qty: "Floats",
    base: "Floats", fixed: "Floats", buffer: "Floats", price: "Floats",
) -> None:  # fmt: skip
    """Fill the prices of pools of one position each, all of one table, by all lines."""
    has = fixed.shape[0] > 0
    for p in range(base.shape[0]):
        rest, up = base[p] - (fixed[p] if has else 0.0), qty[p] > 0.0
        least = _all_values(rest, 2 * at + (0 if up else 1), gains, deductions)
        found = _price_at(-least if up else least, magnitude(qty[p]), inverse)
        price[p] = found if buffer[p] >= 0.0 else mark


@compiled
def _price_singles(
    at: int, inverse: int, mark: float, duals: "Floats", gains: "Floats", deductions: "Floats",
    qty: "Floats", base: "Floats", fixed: "Floats", buffer: "Floats", price: "Floats",
) -> None:  # fmt: skip
    """Fill the same by the first four lines, and by all where the price lies beyond them."""
    has, limit, beyond = fixed.shape[0] > 0, duals[2 * at, 7], 0
    for p in range(base.shape[0]):
        rest, up = base[p] - (fixed[p] if has else 0.0), qty[p] > 0.0
        rising, falling = _four_values(rest, 2 * at, duals), _four_values(rest, 2 * at + 1, duals)
        value = -rising if up else falling
        beyond += value > limit
        found = _price_at(value, magnitude(qty[p]), inverse)
        price[p] = found if buffer[p] >= 0.0 else mark
    if beyond == 0:
        return
    for p in range(base.shape[0]):
        value = price[p] * magnitude(qty[p]) if inverse == 0 else magnitude(qty[p]) / price[p]
        if value > limit:
            own = fixed[p : p + 1] if has else fixed
            _price_tall_singles(
                at, inverse, mark, gains, deductions, qty[p : p + 1], base[p : p + 1], own,
                buffer[p : p + 1], price[p : p + 1],
            )  # fmt: skip


@compiled
def _values_by_all_lines(
    count: int, table: "Floats", rates: "Floats", gains: "Floats", deductions: "Floats",
    code: "Shorts", qty: "Floats", buffer: "Floats", value: "Floats",
) -> None:  # fmt: skip
    """Fill at which value each position of pools of ``count`` uses up its pool, by all lines; not above 0: at none."""
    j = 0
    for p in range(buffer.shape[0]):
        for _ in range(count):
            at, side = np.intp(code[j]), np.intp(qty[j] < 0.0)
            signed = linear_value(qty[j], 1.0, table[at, 0])
            own = buffer_above(signed, _all_lines(magnitude(signed), at, rates, deductions))
            least = _all_values(buffer[p] - own, 2 * at + side, gains, deductions)
            value[j] = math.copysign(1.0, -qty[j]) * least
            j += 1


@compiled
def _values_by_four_lines(
    count: int, table: "Floats", rates: "Floats", duals: "Floats", gains: "Floats", deductions: "Floats",
    code: "Shorts", qty: "Floats", buffer: "Floats", value: "Floats",
) -> None:  # fmt: skip
    """Fill the same by the first four lines, and by all where a value lies beyond them."""
    j = 0
    for p in range(buffer.shape[0]):
        left, beyond = buffer[p], 0
        for _ in range(count):
            at, side = np.intp(code[j]), np.intp(qty[j] < 0.0)
            signed = linear_value(qty[j], 1.0, table[at, 0])
            own = buffer_above(signed, _four_lines(magnitude(signed), at, table))
            least = _four_values(left - own, 2 * at + side, duals)
            found = math.copysign(1.0, -qty[j]) * least
            beyond += found > duals[2 * at + side, 7]
            value[j] = found
            j += 1
        if beyond > 0:
            _values_by_all_lines(
                count, table, rates, gains, deductions, code[j - count : j], qty[j - count : j],
                buffer[p : p + 1], value[j - count : j],
            )  # fmt: skip


@compiled
def _prices_of_values(
    count: int, inverse: int, marks: "Floats", code: "Shorts", qty: "Floats", buffer: "Floats",
    price: "Floats",
) -> None:  # fmt: skip
    """Turn values into prices; pools past their trigger have the mark."""
    for j in range(price.shape[0]):
        price[j] = _price_at(price[j], magnitude(qty[j]), inverse)
    for p in range(buffer.shape[0]):
        if buffer[p] < 0.0:
            for j in range(p * count, p * count + count):
                price[j] = marks[np.intp(code[j])]


@compiled
def solve(
    items: "Rows", marks: "Floats", table: "Floats", rates: "Floats", deductions: "Floats",
    duals: "Floats", gains: "Floats", code: "Shorts", qty: "Floats", base: "Floats", fixed: "Floats",
    buffer: "Floats", price: "Floats",
) -> None:  # fmt: skip
    """Fill the liquidation price of every position of stretches of slots, all other marks held.

    items    as for ``revalue``, and behind them whether contracts are inverse
    marks    [quote] of each table
    buffer   at these marks
    price    [quote] of each row; the mark where the pool is past its trigger already, NaN for never
    """
    for i in range(items.shape[0]):
        p, r, count, at = items[i, 0], items[i, 2], items[i, 3], items[i, 4]
        pe, re, tall, inverse = p + items[i, 1], r + items[i, 1] * count, items[i, 5] > 0, items[i, 6]
        own = fixed[p:pe] if fixed.shape[0] > 0 else fixed
        if at >= 0 and tall:
            _price_tall_singles(
                at, inverse, marks[at], gains, deductions, qty[r:re], base[p:pe], own,
                buffer[p:pe], price[r:re],
            )  # fmt: skip
        elif at >= 0:
            _price_singles(
                at, inverse, marks[at], duals, gains, deductions, qty[r:re], base[p:pe], own,
                buffer[p:pe], price[r:re],
            )  # fmt: skip
        else:
            if tall:
                _values_by_all_lines(
                    count, table, rates, gains, deductions, code[r:re], qty[r:re], buffer[p:pe], price[r:re]
                )
            else:
                _values_by_four_lines(
                    count, table, rates, duals, gains, deductions, code[r:re], qty[r:re],
                    buffer[p:pe], price[r:re],
                )  # fmt: skip
            _prices_of_values(count, inverse, marks, code[r:re], qty[r:re], buffer[p:pe], price[r:re])
