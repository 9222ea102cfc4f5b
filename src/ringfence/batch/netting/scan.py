"""Many units in many scenarios: sparse rows of positions times one matrix of gains, a unit after another."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.compiled import compiled, inlined
from ringfence.batch.threads import share
from ringfence.core.number import magnitude, positive_part, smaller

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats, Places

CHUNK: Final = 4_000_000
"""Products of a position and a scenario that a thread takes at once: a millisecond's work."""


@inlined
def _add_up(
    total: "Floats", begin: int, end: int, row: "Places", coins: "Floats", gains: "Floats", bounds: "Floats"
) -> tuple[float, float]:
    """Fill the result of a unit in every scenario; return the size of what was added, and the slip of its prices.

    Four positions are added at once, so that a result is read and written but once for all four.
    """
    scenarios, held, off = gains.shape[1], 0.0, 0.0
    for s in range(scenarios):
        total[s] = 0.0
    whole = begin + (end - begin) // 4 * 4
    for i in range(begin, whole, 4):
        a, b, c, d = coins[i], coins[i + 1], coins[i + 2], coins[i + 3]
        x, y, z, w = gains[row[i]], gains[row[i + 1]], gains[row[i + 2]], gains[row[i + 3]]
        for s in range(scenarios):
            total[s] += (a * x[s] + b * y[s]) + (c * z[s] + d * w[s])
        p, q, u, v = row[i], row[i + 1], row[i + 2], row[i + 3]
        held += (abs(a) * bounds[p, 0] + abs(b) * bounds[q, 0]) + (
            abs(c) * bounds[u, 0] + abs(d) * bounds[v, 0]
        )
        off += (abs(a) * bounds[p, 1] + abs(b) * bounds[q, 1]) + (
            abs(c) * bounds[u, 1] + abs(d) * bounds[v, 1]
        )
    for i in range(whole, end):
        a, x, p = coins[i], gains[row[i]], bounds[row[i]]
        for s in range(scenarios):
            total[s] += a * x[s]
        held += abs(a) * p[0]
        off += abs(a) * p[1]
    return held, off


@inlined
def _judge(total: "Floats", far: "Places", relief: "Floats", edges: "Places", worst: "Floats") -> None:
    """Dampen the result of far scenarios, in place, and fill the worst loss of every set; no loss is none."""
    for i in range(far.shape[0]):
        s = far[i]
        total[s] = -positive_part(-total[s] - smaller(relief[s], magnitude(total[s])))
    for number in range(edges.shape[0] - 1):
        least, part = 0.0, total[edges[number] : edges[number + 1]]
        for s in range(part.shape[0]):
            least = part[s] if part[s] < least else least
        worst[number] = -least


@compiled
def _sums(
    chosen: "Places", start: "Places", row: "Places", coins: "Floats", gains: "Floats", bounds: "Floats",
    sums: "Floats", gross: "Floats", slips: "Floats", first: int, last: int,
) -> None:  # fmt: skip
    for at in range(first, last):
        begin, end = start[chosen[at]], start[chosen[at] + 1]
        gross[at], slips[at] = _add_up(sums[at], begin, end, row, coins, gains, bounds)


@compiled
def _worst(
    sums: "Floats", far: "Places", relief: "Floats", edges: "Places", worst: "Floats", first: int, last: int
) -> None:
    for at in range(first, last):
        _judge(sums[at], far, relief, edges, worst[at])


@compiled
def _losses(
    chosen: "Places", start: "Places", row: "Places", coins: "Floats", gains: "Floats", bounds: "Floats",
    far: "Places", relief: "Floats", edges: "Places", worst: "Floats", gross: "Floats", slips: "Floats",
    first: int, last: int,
) -> None:  # fmt: skip
    total = np.empty(gains.shape[1])
    for at in range(first, last):
        begin, end = start[chosen[at]], start[chosen[at] + 1]
        gross[at], slips[at] = _add_up(total, begin, end, row, coins, gains, bounds)
        _judge(total, far, relief, edges, worst[at])


def shared(run: Callable[[int, int], None], units: int, work: int) -> None:
    """Have threads fill parts of a table of units; what they fill does not depend on how many there are."""
    parts = max(1, min(units, work // CHUNK))
    bounds = np.linspace(0, units, parts + 1).astype(int).tolist()
    share(lambda part: run(bounds[part], bounds[part + 1]), range(parts))


def sums_of(
    chosen: "Places", start: "Places", row: "Places", coins: "Floats", gains: "Floats", bounds: "Floats"
) -> tuple["Floats", "Floats", "Floats"]:
    """Return results of units (units x columns of the matrix), their gross, and the slip of their prices.

    Args:
        chosen: units.
        start: unit -> its first position, and one more.
        row: position -> its row of the matrix.
        coins: position -> signed size.
        gains: the matrix: what one coin gains.
        bounds: row -> what its gains are differences of, and by what they may be off.

    """
    sums = np.empty((len(chosen), gains.shape[1]))
    gross, slips = np.empty(len(chosen)), np.empty(len(chosen))
    columns = (chosen, start, row, coins, gains, bounds, sums, gross, slips)
    shared(lambda first, last: _sums(*columns, first, last), len(chosen), len(coins) * gains.shape[1])
    return sums, gross, slips


def worst_of(sums: "Floats", relief: "Floats", edges: "Places") -> "Floats":
    """Return the worst loss of every unit in every set (units x sets); far results are dampened in place."""
    worst = np.empty((len(sums), len(edges) - 1))
    columns = (sums, np.flatnonzero(relief >= 0.0), relief, edges, worst)
    shared(lambda first, last: _worst(*columns, first, last), len(sums), sums.size)
    return worst


def worst_losses(
    chosen: "Places", start: "Places", row: "Places", coins: "Floats", gains: "Floats", bounds: "Floats",
    relief: "Floats", edges: "Places",
) -> tuple["Floats", "Floats", "Floats"]:  # fmt: skip
    """Return the worst loss of every unit in every set, its gross and the slip of its prices: as two calls would."""
    worst = np.empty((len(chosen), len(edges) - 1))
    gross, slips = np.empty(len(chosen)), np.empty(len(chosen))
    far = np.flatnonzero(relief >= 0.0)
    columns = (chosen, start, row, coins, gains, bounds, far, relief, edges, worst, gross, slips)
    shared(lambda first, last: _losses(*columns, first, last), len(chosen), len(coins) * gains.shape[1])
    return worst, gross, slips
