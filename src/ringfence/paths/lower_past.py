"""History as plain arrays: residuals with their cumulant, and factors that have no drift."""

from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.walk import law as at
from ringfence.formula.model.garch import mean_variance
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.laws import Bootstrap, Garch

if TYPE_CHECKING:
    from ringfence.batch.walk.law import Floats, LawRecord

_YEAR: Final = 365.0 * 86400.0
_CELLS: Final = 512
_MOST: Final = 1.0
"""Root of the variance of a step beyond which it is taken for this: a whole price."""


def _columns(names: tuple[str, ...], coins: Coins) -> list[int]:
    return [names.index(name) for name in coins.names]


def _drift(coins: Coins, clock: Clock) -> "Floats":
    growth = np.zeros(len(coins)) if coins.drift is None else coins.drift
    return np.asarray(growth * (clock.step / _YEAR))


def lowered_filtered(law: Garch, coins: Coins, clock: Clock) -> "LawRecord":
    """Return the record of filtered history."""
    chosen, count = _columns(law.names, coins), len(coins)
    residuals = np.ascontiguousarray(law.residuals[:, chosen])
    whole, real = np.zeros(at.WHOLES, np.int64), np.zeros(at.REALS)
    whole[[at.KIND, at.COINS, at.ROWS]] = at.FILTERED, count, at.VARIANCES + count
    real[at.GRID] = _CELLS / _MOST
    by_coin = np.zeros((at.COIN_ROWS, count))
    by_coin[at.DRIFT] = _drift(coins, clock)
    for row, numbers in (
        (at.OMEGA, law.omega),
        (at.ALPHA, law.alpha),
        (at.BETA, law.beta),
        (at.NOW, law.start),
    ):
        by_coin[row] = numbers[chosen]
    roots = np.arange(_CELLS + 2) / (_CELLS / _MOST)
    table = np.stack([_cumulant(residuals[:, coin], roots) for coin in range(count)])
    spread, shift, none = np.zeros((count, count), np.float32), np.zeros(count, np.float32), np.zeros((0, 0))
    return whole, real, spread, by_coin, none, table, residuals, none, shift, shift


def _cumulant(residuals: "Floats", roots: "Floats") -> "Floats":
    """Return ln(mean exp(s z)) / s^2 at each root s; at zero, half the mean square: the mean is zero."""
    found = np.empty(len(roots))
    found[0] = np.square(residuals).mean() / 2.0
    for number, root in enumerate(roots[1:].tolist(), start=1):
        found[number] = np.log1p(np.expm1(root * residuals).mean()) / root**2
    return found


def lowered_blocks(law: Bootstrap, coins: Coins, clock: Clock) -> "LawRecord":
    """Return the record of moves of the past in blocks."""
    chosen, count = _columns(law.names, coins), len(coins)
    history = law.factors[:, chosen]
    whole, real = np.zeros(at.WHOLES, np.int64), np.zeros(at.REALS)
    whole[[at.KIND, at.COINS, at.ROWS]] = at.BLOCKS, count, at.VARIANCES
    real[at.ANEW] = 1.0 / law.block
    by_step = _scales(history, real[at.ANEW], clock.steps) * np.exp(_drift(coins, clock))
    spread, shift, none = np.zeros((count, count), np.float32), np.zeros(count, np.float32), np.zeros((0, 0))
    by_coin = np.zeros((at.COIN_ROWS, count))
    return whole, real, spread, by_coin, by_step, none, np.ascontiguousarray(history), none, shift, shift


def _scales(history: "Floats", anew: float, steps: int) -> "Floats":
    """Return what the factors of each step are multiplied by, so that a price's mean after it is one.

    means[t] is the mean of a price whose last factor was that of instant t of the past, weighed by the chance of t; all
    of them add to one once they are scaled.
    """
    scales = np.empty((steps, history.shape[1]))
    factors = np.ascontiguousarray(history.T)
    moved, means = np.empty_like(factors), np.full(factors.shape, 1.0 / len(history))
    times = np.full(len(factors), 1.0 - anew)
    for step in range(steps):
        np.multiply(means[:, :-1], times[:, None], out=moved[:, 1:])
        np.multiply(means[:, -1], times, out=moved[:, 0])
        moved += anew / len(history)
        moved *= factors
        scales[step] = 1.0 / moved.sum(axis=1)
        means, moved, times = moved, means, (1.0 - anew) * scales[step]
    return scales


def seen(law: Garch | Bootstrap, coins: Coins, clock: Clock) -> tuple["Floats", "Floats"]:
    """Return annual volatilities and the correlation: a step's, of logarithms; of GARCH over the clock."""
    chosen = _columns(law.names, coins)
    if isinstance(law, Bootstrap):
        logs = np.log(law.factors[:, chosen])
        variance = logs.var(axis=0)
    else:
        logs = law.residuals[:, chosen]
        rows = zip(law.start, law.omega, law.alpha, law.beta, strict=True)
        means = [mean_variance(now, omega, alpha, beta, clock.steps) for now, omega, alpha, beta in rows]
        variance = np.array(means)[chosen] * logs.var(axis=0)
    away = logs - logs.mean(axis=0)
    length = np.sqrt(np.square(away).sum(axis=0))
    unit = away / np.where(length > 0.0, length, 1.0)
    correlation = np.clip(unit.T @ unit, -1.0, 1.0)
    correlation = (correlation + correlation.T) / 2.0
    np.fill_diagonal(correlation, 1.0)
    return np.sqrt(variance * (_YEAR / law.step)), correlation
