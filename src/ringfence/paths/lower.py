"""A law of prices over some coins and a clock, as plain arrays that kernels read."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.walk import law as at
from ringfence.core.errors import BookError
from ringfence.formula.model.correlation import root_of
from ringfence.formula.model.log_variance import mean_wildness
from ringfence.formula.model.student import mixing_roots
from ringfence.paths.checked import check_law, check_tilt
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.laws import Bootstrap, Garch, Gbm, Jumps, Law, StochasticVolatility, StudentT, Tilt
from ringfence.paths.lower_leaps import bring, diffusive, lowered_leaps, parts_of, seen_with
from ringfence.paths.lower_past import lowered_blocks, lowered_filtered, seen

if TYPE_CHECKING:
    from ringfence.batch.walk.law import Floats, LawRecord, Whole

YEAR: Final = 365.0 * 86400.0
"""[s] of volatilities."""
_REACH: Final = 7.0
_CELLS: Final = 300.0
"""Cells of a table a unit of a normal number: what is straight between them is right to 2e-6."""


def lowered(law: Law, coins: Coins, clock: Clock, tilt: Tilt | None = None) -> "LawRecord":
    """Return a law as its record: what ``batch.walk.draw.begin`` and ``fill`` take. See there for how to draw.

    Args:
        law: how prices move.
        coins: what moves, in the order of the factors.
        clock: when.
        tilt: how rare paths are made to come often; for laws of normal drivers only.

    Raises:
        BookError: the law is none, or does not fit the coins or the clock.

    """
    check_law(law, coins, clock)
    if tilt is not None:
        check_tilt(law, coins, tilt)
    match law:
        case Garch():
            return lowered_filtered(law, coins, clock)
        case Bootstrap():
            return lowered_blocks(law, coins, clock)
        case _:
            return _gaussian(law if isinstance(law, Jumps) else Jumps(between=law), coins, clock, tilt)


def _gaussian(law: Jumps, coins: Coins, clock: Clock, tilt: Tilt | None) -> "LawRecord":
    count, years = len(coins), clock.step / YEAR
    root, deviation = root_of(coins.correlation), diffusive(law, coins) * np.sqrt(years)
    spread = np.zeros((count, -(-count // 4) * 4), np.float32)
    spread[:, :count] = deviation[:, None] * root
    leaps, rate = lowered_leaps(law, coins, tilt)
    by_coin = np.zeros((at.COIN_ROWS, count))
    by_coin[at.DRIFT] = (0.0 if coins.drift is None else coins.drift * years) - bring(law, coins) * years
    by_coin[at.HALF] = np.square(deviation) / 2.0
    by_coin[at.PART] = parts_of(law, coins)
    whole, real, table = _of_variance(law.between, years)
    whole[[at.KIND, at.COINS, at.ROWS]] = at.GAUSSIAN, count, at.VARIANCES
    whole[at.LEAPS] = len(leaps) // 2
    real[at.RATE] = rate * years
    shift = _tilted(tilt, root, whole, real)
    common = root.sum(axis=0)
    length = float(np.sqrt(common @ common))
    market = (common / length if length > 0.0 else common).astype(np.float32)
    none = np.zeros((0, 0))
    return whole, real, spread, by_coin, none, table, none, leaps, shift, market


def _of_variance(
    law: Gbm | StudentT | StochasticVolatility, years: float
) -> tuple["Whole", "Floats", "Floats"]:
    """Return what is whole, real and looked up of what makes the variance of a step."""
    whole, real, table = np.zeros(at.WHOLES, np.int64), np.zeros(at.REALS), np.zeros((0, 0))
    match law:
        case StudentT():
            whole[at.SPREAD_OF] = at.MIXED
            real[[at.GRID, at.GRID_FROM]] = _CELLS, -_REACH
            grid = np.arange(-_REACH * _CELLS, _REACH * _CELLS + 1.0) / _CELLS
            table = mixing_roots(law.df, grid)[None, :]
        case StochasticVolatility():
            whole[at.SPREAD_OF] = at.WANDERING
            keeps = np.exp(-law.speed * years)
            real[[at.KEEPS, at.LEVERAGE, at.WIDTH]] = keeps, law.leverage, law.spread
            real[at.NOISE] = law.spread * np.sqrt(1.0 - keeps * keeps)
            real[at.BEGINS] = np.nan if law.start is None else np.log(law.start) + law.spread**2 / 2.0
        case Gbm():
            whole[at.SPREAD_OF] = at.EVEN
    return whole, real, table


def _tilted(tilt: Tilt | None, root: "Floats", whole: "Whole", real: "Floats") -> "at.Floats32":
    """Return the shift of independent drivers that shifts those of the coins as asked, and write the rest down."""
    real[at.RATE_TIMES] = 1.0
    if tilt is None:
        return np.zeros(len(root), np.float32)
    asked = np.array(tilt.shift)
    shift = np.linalg.lstsq(root, asked, rcond=None)[0].astype(np.float32)
    if np.abs(root @ shift - asked).max() > 1e-5 * max(1.0, float(np.abs(asked).max())):
        raise BookError(
            "tilt",
            "coins that always move together are shifted apart",
            "Shift by a direction that the coins can take",
        )
    whole[at.TILTED] = 1
    real[[at.RATE_TIMES, at.PLAIN]] = tilt.rate_times, tilt.plain
    real[at.HALF_SQUARE] = float(np.square(shift.astype(np.float64)).sum() / 2.0)
    found: at.Floats32 = shift
    return found


def as_drawn(law: Law, coins: Coins, clock: Clock) -> Coins:
    """Return the coins with the volatilities and the correlation that a law has: of logarithms, over the clock.

    Args:
        law: how prices move.
        coins: what moves, and what was asked of it.
        clock: when.

    """
    match law:
        case Garch() | Bootstrap():
            vols, correlation = seen(law, coins, clock)
        case Jumps():
            vols, correlation = seen_with(law, coins, _wildness(law.between, clock))
        case _:
            return replace(coins, vols=coins.vols * np.sqrt(_wildness(law, clock)))
    return replace(coins, vols=vols, correlation=correlation)


def between_jumps(law: Law, coins: Coins, clock: Clock) -> Coins:
    """Return the coins with the volatilities and the correlation of what moves between two looks without a jump.

    What is wild now and calm then has its mean wildness.

    Args:
        law: how prices move.
        coins: what moves, and what was asked of it.
        clock: when.

    """
    if isinstance(law, Jumps):
        return as_drawn(law.between, replace(coins, vols=diffusive(law, coins)), clock)
    return as_drawn(law, coins, clock)


def _wildness(law: Gbm | StudentT | StochasticVolatility, clock: Clock) -> float:
    """Return the mean of V over the clock."""
    if not isinstance(law, StochasticVolatility) or law.start is None:
        return 1.0
    return mean_wildness(law.start, math.exp(-law.speed * clock.step / YEAR), law.spread, clock.steps)
