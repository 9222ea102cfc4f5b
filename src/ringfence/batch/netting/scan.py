"""Many units in many scenarios: sparse rows of positions times one matrix of gains, a unit after another."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.compiled import compiled
from ringfence.core.number import magnitude, positive_part, smaller

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats, Places

CHUNK: Final = 4_000_000
"""Products of a position and a scenario that a thread takes at once: a millisecond's work."""


@compiled
def _sums(
    chosen: "Places", start: "Places", row: "Places", coins: "Floats", gains: "Floats", size: "Floats", slip: "Floats",
    sums: "Floats", gross: "Floats", slips: "Floats", first: int, last: int,
) -> None:  # fmt: skip
    """Fill the result of some units in every scenario, the size of what was added, and the slip of its prices.

    A row of -1 stands outside the matrix. Four positions are added at once, so that a result is read and written but
    once for all four.
    """
    scenarios = gains.shape[1]
    for at in range(first, last):
        unit, total = chosen[at], sums[at]
        begin, end = start[unit], start[unit + 1]
        held, off = 0.0, 0.0
        for s in range(scenarios):
            total[s] = 0.0
        i = begin
        while i < end:
            if i + 3 < end and row[i] >= 0 and row[i + 1] >= 0 and row[i + 2] >= 0 and row[i + 3] >= 0:
                a, b, c, d = coins[i], coins[i + 1], coins[i + 2], coins[i + 3]
                x, y, z, w = gains[row[i]], gains[row[i + 1]], gains[row[i + 2]], gains[row[i + 3]]
                for s in range(scenarios):
                    total[s] += (a * x[s] + b * y[s]) + (c * z[s] + d * w[s])
                held += (abs(a) * size[row[i]] + abs(b) * size[row[i + 1]]) + (
                    abs(c) * size[row[i + 2]] + abs(d) * size[row[i + 3]]
                )
                off += (abs(a) * slip[row[i]] + abs(b) * slip[row[i + 1]]) + (
                    abs(c) * slip[row[i + 2]] + abs(d) * slip[row[i + 3]]
                )
                i += 4
                continue
            if row[i] >= 0:
                a, x = coins[i], gains[row[i]]
                for s in range(scenarios):
                    total[s] += a * x[s]
                held += abs(a) * size[row[i]]
                off += abs(a) * slip[row[i]]
            i += 1
        gross[at], slips[at] = held, off


@compiled
def _worst(sums: "Floats", relief: "Floats", edges: "Places", worst: "Floats", first: int, last: int) -> None:
    """Dampen results where a model does, in place, and fill the worst loss of every set; no loss is none."""
    for at in range(first, last):
        total = sums[at]
        for s in range(relief.shape[0]):
            if relief[s] >= 0.0:
                total[s] = -positive_part(-total[s] - smaller(relief[s], magnitude(total[s])))
        for number in range(edges.shape[0] - 1):
            least = 0.0
            for s in range(edges[number], edges[number + 1]):
                least = total[s] if total[s] < least else least
            worst[at, number] = -least


def shared(run: Callable[[int, int], object], units: int, work: int) -> None:
    """Have threads fill parts of a table of units; what they fill does not depend on how many there are."""
    parts = max(1, min(units, work // CHUNK))
    bounds = np.linspace(0, units, parts + 1).astype(int).tolist()
    spans = list(pairwise(bounds))
    threads = os.cpu_count() or 1
    if parts == 1 or threads == 1:
        for first, last in spans:
            run(first, last)
        return
    with ThreadPoolExecutor(min(threads, parts)) as pool:
        list(pool.map(lambda span: run(*span), spans))


def sums_of(
    chosen: "Places",
    start: "Places",
    row: "Places",
    coins: "Floats",
    gains: "Floats",
    size: "Floats",
    slip: "Floats",
) -> tuple["Floats", "Floats", "Floats"]:
    """Return results of units (units x columns of the matrix), their gross, and the slip of their prices.

    Args:
        chosen: units.
        start: unit -> its first position, and one more.
        row: position -> its row of the matrix; -1: it stands outside.
        coins: position -> signed size.
        gains: the matrix: what one coin gains.
        size: row -> what its gains are differences of.
        slip: row -> by what its gains may be off.

    """
    sums = np.empty((len(chosen), gains.shape[1]))
    gross, slips = np.empty(len(chosen)), np.empty(len(chosen))
    work = len(coins) * gains.shape[1]
    shared(
        lambda first, last: _sums(
            chosen, start, row, coins, gains, size, slip, sums, gross, slips, first, last
        ),
        len(chosen), work,
    )  # fmt: skip
    return sums, gross, slips


def worst_of(sums: "Floats", relief: "Floats", edges: "Places") -> "Floats":
    """Return the worst loss of every unit in every set (units x sets); far results are dampened in place."""
    worst = np.empty((len(sums), len(edges) - 1))
    shared(lambda first, last: _worst(sums, relief, edges, worst, first, last), len(sums), sums.size)
    return worst
