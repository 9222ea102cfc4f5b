"""The division of legs into groups that spares most: linear programmes, branched on until all counts are whole.

maximise  sum of x * spared,  x * takes <= lots of every leg,  x whole

A programme begins where nothing is matched, which always may be. What it finds at most is not taken from its tableau
but from its prices: whatever these are, no division spares more than lots at their prices, and what a group is dearer.
"""

from math import inf, nan
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.compiled import compiled

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats, Places

_WHOLE: Final = 1e-6
"""A count so near to a whole number is one."""
_NODES: Final = 1000
"""Programmes after which a class is left to the exact engine."""
_DEPTH: Final = 96
"""Of branches that wait."""
_TINY: Final = 1e-11
_NEAR: Final = 1e-12
_ENOUGH: Final = 1e-11
"""Share of what is spared by which a branch has to promise more to be looked at."""


@compiled
def _entering(table: "Floats", steepest: float, first: bool) -> int:  # noqa: FBT001 - kernels have no names for arguments
    """Return the group or slack that improves a programme most, or the first that does; -1: none."""
    rows, found, most = table.shape[0] - 1, -1, -_NEAR * steepest
    for j in range(table.shape[1] - 1):
        if table[rows, j] < most:
            found, most = j, table[rows, j]
            if first:
                break
    return found


@compiled
def _leaving(table: "Floats", enters: int, basis: "Places") -> int:
    """Return the row that is used up first; -1: none ever is."""
    last, found, least = table.shape[1] - 1, -1, inf
    for i in range(table.shape[0] - 1):
        if table[i, enters] > _TINY:
            ratio = table[i, last] / table[i, enters]
            if ratio < least or (ratio == least and basis[i] < basis[found]):
                found, least = i, ratio
    return found


@compiled
def _turn(table: "Floats", leaves: int, enters: int) -> None:
    table[leaves] /= table[leaves, enters]
    for i in range(table.shape[0]):
        share = table[i, enters]
        if i != leaves and share != 0.0:
            for j in range(table.shape[1]):
                table[i, j] -= share * table[leaves, j]


@compiled
def _is_solved(table: "Floats", basis: "Places") -> bool:
    """Improve a programme until nothing does; return whether it came to that."""
    rows, steepest = table.shape[0] - 1, 0.0
    for j in range(table.shape[1] - 1):
        steepest = max(steepest, -table[rows, j])
    limit = 60 * (rows + 8)
    for number in range(limit):
        enters = _entering(table, steepest, number > limit // 2)
        if enters < 0:
            return True
        leaves = _leaving(table, enters, basis)
        if leaves < 0:
            return False
        _turn(table, leaves, enters)
        basis[leaves] = enters
    return False


@compiled
def _take(members: "Places", takes: "Floats", counts: "Floats", left: "Floats") -> None:
    """Take from what is left of each leg what groups use of it."""
    for g in range(len(counts)):
        for k in range(members.shape[1]):
            if members[g, k] >= 0:
                left[members[g, k]] -= takes[g, k] * counts[g]


@compiled
def _table(
    members: "Places", takes: "Floats", spared: "Floats", left: "Floats", lower: "Floats", upper: "Floats"
) -> "Floats":
    """Return a programme as it begins: a row a leg, a row a bound, and what is spared; lots stand behind."""
    groups, row = len(spared), len(left)
    rows = row + int(np.sum(upper < inf))
    table = np.zeros((rows + 1, groups + rows + 1))
    for g in range(groups):
        table[rows, g] = -spared[g]
        for k in range(members.shape[1]):
            if members[g, k] >= 0:
                table[members[g, k], g] += takes[g, k]
        if upper[g] < inf:
            table[row, g], table[row, groups + rows] = 1.0, upper[g] - lower[g]
            row += 1
    for i in range(rows):
        table[i, groups + i] = 1.0
    table[: len(left), groups + rows] = left
    return table


@compiled
def _relaxed(
    members: "Places", takes: "Floats", spared: "Floats", lots: "Floats", most: float, lower: "Floats",
    upper: "Floats", counts: "Floats",
) -> float:  # fmt: skip
    """Fill the counts, whole or not, that spare most within bounds; return what no counts exceed. NaN: none found.

    -inf  what has to be formed at least is more than there is
    """
    groups, legs, left = len(spared), len(lots), lots.copy()
    _take(members, takes, lower, left)
    for leg in range(legs):
        if left[leg] < -_NEAR * lots[leg]:
            return -inf
        left[leg] = max(left[leg], 0.0)
    table = _table(members, takes, spared, left, lower, upper)
    rows = table.shape[0] - 1
    basis, limits = np.arange(groups, groups + rows), table[:, groups + rows].copy()
    if not _is_solved(table, basis):
        return nan
    counts[:] = lower
    for i in range(rows):
        if basis[i] < groups:
            counts[basis[i]] += table[i, groups + rows]
    prices = table[rows, groups : groups + rows]
    return np.sum(spared * lower) + _at_prices(prices, limits, members, takes, spared, legs, most, upper)


@compiled
def _at_prices(
    prices: "Floats", limits: "Floats", members: "Places", takes: "Floats", spared: "Floats", legs: int,
    most: float, upper: "Floats",
) -> float:  # fmt: skip
    """Return what no counts can spare more than, by the prices of lots and of bounds."""
    total, dearer, row = 0.0, 0.0, legs
    for i in range(len(prices)):
        total += max(prices[i], 0.0) * limits[i]
    for g in range(len(spared)):
        paid = 0.0
        for k in range(members.shape[1]):
            if members[g, k] >= 0:
                paid += takes[g, k] * max(prices[members[g, k]], 0.0)
        if upper[g] < inf:
            paid += max(prices[row], 0.0)
            row += 1
        dearer = max(dearer, spared[g] - paid)
    return total + dearer * most


@compiled
def most_spared(
    members: "Places", takes: "Floats", spared: "Floats", lots: "Floats", most: float
) -> tuple[float, float]:
    """Return what the best division spares, and by how much less that may be than the most; NaN: it was not found.

    Args:
        members: group -> its legs; -1: no further one.
        takes: group -> how many of each it takes.
        spared: by one of each group, more than nothing.
        lots: of each leg, in whole steps; of stock they need not be whole.
        most: groups that may be formed at all.

    """
    groups = len(spared)
    if groups == 0:
        return 0.0, 0.0
    lowers, uppers = np.zeros((1, groups)), np.full((1, groups), inf)
    waiting, best, highest = 1, 0.0, 0.0
    counts = np.empty(groups)
    for _ in range(_NODES):
        waiting -= 1
        lower, upper = lowers[waiting].copy(), uppers[waiting].copy()
        bound, branch = _relaxed(members, takes, spared, lots, most, lower, upper, counts), -1
        if np.isnan(bound) or waiting + 2 > _DEPTH:
            return nan, inf
        if bound > best + _ENOUGH * abs(best):
            branch = _least_whole(counts)
            best = max(best, _value(members, takes, spared, lots, counts, branch < 0))
        if branch < 0 or bound <= best + _ENOUGH * abs(best):
            highest = max(highest, bound)
        else:
            if len(lowers) == 1:
                lowers, uppers = np.empty((_DEPTH, groups)), np.empty((_DEPTH, groups))
            for place in (waiting, waiting + 1):
                lowers[place], uppers[place] = lower, upper
            lowers[waiting, branch] = np.ceil(counts[branch])
            uppers[waiting + 1, branch] = np.floor(counts[branch])
            waiting += 2
        if waiting == 0:
            return best, max(highest - best, 0.0)
    return nan, inf


@compiled
def _least_whole(counts: "Floats") -> int:
    """Return which count is farthest from a whole number; -1: all are whole."""
    found, apart = -1, _WHOLE
    for g in range(len(counts)):
        off = abs(counts[g] - np.rint(counts[g]))
        if off > apart:
            found, apart = g, off
    return found


@compiled
def _value(
    members: "Places",
    takes: "Floats",
    spared: "Floats",
    lots: "Floats",
    counts: "Floats",
    whole: bool,  # noqa: FBT001
) -> float:
    """Return what counts spare that are whole, or are cut to it; nothing where they take more than there is."""
    near, left = np.rint(counts) if whole else np.floor(counts + _WHOLE), lots.copy()
    _take(members, takes, near, left)
    for leg in range(len(lots)):
        if left[leg] < -_NEAR * max(lots[leg], 1.0):
            return 0.0
    return np.sum(spared * near)
