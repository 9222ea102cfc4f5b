"""How paths are led to where a pool dies: along its likeliest death, and with more and larger jumps."""

import math
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.core.errors import BookError
from ringfence.formula.model.correlation import root_of
from ringfence.formula.model.design_point import design_point
from ringfence.paths.bends import Bend
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.laws import DoubleExponentialJumps, Jumps, NormalJumps, Tilt
from ringfence.paths.lower import YEAR
from ringfence.paths.rare_draws import Ways, sampled
from ringfence.paths.tables import PoolTable

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats

_FURTHEST: Final = 1e3
_GRID: Final = 4096
_ROUNDS: Final = 8
_FINER: Final = 65
_PILOT: Final = 64
"""Blocks of paths that each tilt is tried with."""
_ENOUGH: Final = 200.0
"""Paths of equal weight below which a tilt that was tried is not believed."""


def lead(table: PoolTable, coins: Coins, clock: Clock) -> "Floats | None":
    """Return the shift of the coins' normal drivers, over the horizon, to the likeliest point at which a pool is dead.

    Args:
        table: the pool.
        coins: what moves.
        clock: over which horizon.

    """
    years = clock.horizon / YEAR
    root, deviation = root_of(coins.correlation), coins.vols * math.sqrt(years)
    drift = 0.0 if coins.drift is None else coins.drift * years

    def buffer(z: "Floats") -> tuple[float, "Floats"]:
        prices = np.exp(deviation * (root @ z) + drift - np.square(deviation) / 2.0)
        value, slopes = table.base, np.zeros(len(z))
        for bend in table.buffer:
            g = float(prices[bend.coin])
            constant, slope, inverse = _piece(bend, g)
            value += constant + slope * g + inverse / g
            slopes[bend.coin] += slope * g - inverse / g
        return value, root.T @ (deviation * slopes)

    best, down = None, -buffer(np.zeros(len(root)))[1]
    length = float(np.sqrt(down @ down))
    away = down / length if length > 0.0 else np.ones(len(down)) / math.sqrt(len(down))
    for start in (away, -away):
        found = design_point(buffer, start)
        if found is not None and (best is None or found @ found < best @ best):
            best = found
    return None if best is None else np.asarray(root @ best)


def _piece(bend: Bend, g: float) -> tuple[float, float, float]:
    """Return the piece of a function that holds at a price."""
    last = len(bend.edges) - 1
    if bend.per_step:
        place = int((g - bend.edges[0]) * bend.per_step)
    else:
        place = int(np.searchsorted(bend.edges, g, side="left")) - 1
    constant, slope, inverse = bend.terms[min(max(place, 0), last)].tolist()
    return constant, slope, inverse


def levels_of(table: PoolTable) -> tuple[float, float]:
    """Return the nearest prices over today's, down and up, at which a pool on one coin dies; 0 and inf: it does not."""

    def buffer(g: "Floats") -> "Floats":
        found = np.full(g.shape, table.base)
        for bend in table.buffer:
            found += bend.at(g)
        return np.asarray(found)

    ends = []
    for far in (1.0 / _FURTHEST, _FURTHEST):
        grid = np.exp(np.linspace(0.0, math.log(far), _GRID))
        below = np.flatnonzero(buffer(grid) < 0.0)
        if len(below) == 0:
            ends.append(math.inf if far > 1.0 else 0.0)
            continue
        lives, dies = grid[below[0] - 1], grid[below[0]]
        for _ in range(_ROUNDS):
            finer = np.linspace(lives, dies, _FINER)
            first = int(np.argmax(buffer(finer) < 0.0))
            lives, dies = finer[max(first - 1, 0)], finer[first]
        ends.append(float(dies))
    return ends[0], ends[1]


def tuned(ways: Ways, shift: tuple[float, ...]) -> Tilt:
    """Return the tilt that is best of some, by a few paths of each.

    Args:
        ways: the pool, the law and the rule.
        shift: of a step, to the likeliest death under the Gaussian law.

    """
    best, least = Tilt(tuple(0.0 for _ in shift), plain=0.1), math.inf
    for share, times, jump in product((0.2, 0.4, 0.7, 1.0), *_of_jumps(ways)):
        tilt = Tilt(tuple(share * x for x in shift), rate_times=times, common=jump, plain=0.1)
        try:
            tally = sampled(replace(ways, tilt=tilt, seed=ways.seed + 1), 0, _PILOT)
        except BookError:
            continue  # jumps of one way cannot be led any further
        if tally.effective < _ENOUGH and least < math.inf:
            continue
        spread = tally.error / tally.chance if tally.chance > 0.0 else math.inf
        if spread < least:
            best, least = tilt, spread
    return best


def _of_jumps(ways: Ways) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return by what the rate of jumps may be multiplied, and what may be added to the mean of common ones."""
    law = ways.law
    if not isinstance(law, Jumps):
        return (1.0,), (0.0,)
    rates = (1.0, 2.0, 3.0, 5.0)
    if law.common is None:
        return rates, (0.0,)
    size = _size(law.common)
    parts = np.ones(len(ways.coins)) if law.parts is None else np.array(law.parts)
    down, up = (float(ways.table.buffer_at(np.exp(side * size * parts))) for side in (-1.0, 1.0))
    side = -1.0 if down < up else 1.0
    return rates, (0.0, 0.5 * side * size, side * size)


def _size(leaps: NormalJumps | DoubleExponentialJumps) -> float:
    match leaps:
        case NormalJumps():
            return abs(leaps.mean) + leaps.deviation
        case DoubleExponentialJumps():
            return 0.5 * (leaps.mean_up + leaps.mean_down)
