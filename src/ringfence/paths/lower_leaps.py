"""Jumps as plain rows: where they come from, what they take out of the drift, and how they are tilted."""

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.walk import law as at
from ringfence.core.errors import BookError
from ringfence.formula.model import jumps
from ringfence.paths.coins import Coins
from ringfence.paths.laws import DoubleExponentialJumps, Jumps, Leaps, NormalJumps, Tilt

if TYPE_CHECKING:
    from ringfence.batch.walk.law import Floats

_HALVINGS: Final = 200
_CLOSE: Final = 1e-6


def transform(leaps: Leaps, argument: float) -> float:
    """Return E exp(argument J)."""
    match leaps:
        case NormalJumps():
            return jumps.normal_transform(argument, leaps.mean, leaps.deviation)
        case DoubleExponentialJumps():
            return jumps.double_exponential_transform(argument, leaps.up, leaps.mean_up, leaps.mean_down)


def square(leaps: Leaps) -> float:
    """Return E J^2."""
    match leaps:
        case NormalJumps():
            return jumps.normal_square(leaps.mean, leaps.deviation)
        case DoubleExponentialJumps():
            return jumps.double_exponential_square(leaps.up, leaps.mean_up, leaps.mean_down)


def parts_of(law: Jumps, coins: Coins) -> "Floats":
    """Return the part of each coin in common jumps; what has no volatility stands still."""
    parts = np.ones(len(coins)) if law.parts is None else np.array(law.parts)
    return np.where(coins.vols > 0.0, parts, 0.0)


def bring(law: Jumps, coins: Coins) -> "Floats":
    """Return what jumps bring to the mean of each coin [1/year]: rate times E[exp(part J) - 1]."""
    brought = np.zeros(len(coins))
    if law.common is not None:
        means = [transform(law.common, float(part)) for part in parts_of(law, coins)]
        brought += law.common.rate * (np.array(means) - 1.0)
    if law.own is not None:
        brought += np.where(coins.vols > 0.0, law.own.rate * (transform(law.own, 1.0) - 1.0), 0.0)
    return brought


def _added(law: Jumps, coins: Coins) -> tuple["Floats", "Floats"]:
    """Return the variance a year that common and own jumps add."""
    common, own = np.zeros(len(coins)), np.zeros(len(coins))
    if law.common is not None:
        common = law.common.rate * square(law.common) * parts_of(law, coins) ** 2
    if law.own is not None:
        own = np.where(coins.vols > 0.0, law.own.rate * square(law.own), 0.0)
    return common, own


def diffusive(law: Jumps, coins: Coins) -> "Floats":
    """Return the annual volatility of each coin between jumps.

    Raises:
        BookError: jumps bring more than all of a coin's volatility.

    """
    if not law.inside:
        return coins.vols
    common, own = _added(law, coins)
    left = np.square(coins.vols) - common - own
    if (left < 0.0).any():
        coin = int(np.argmin(left))
        raise BookError(
            f"jumps, {coins.names[coin]}",
            f"they alone bring a volatility of {math.sqrt(common[coin] + own[coin]):.3g} a year, and all of it is to be"
            f" {coins.vols[coin]:.3g}",
            "Make jumps rarer or smaller, or give volatilities between jumps",
        )
    return np.asarray(np.sqrt(left))


def seen_with(law: Jumps, coins: Coins, wildness: float) -> tuple["Floats", "Floats"]:
    """Return annual volatilities and the correlation of logarithms, jumps with them; V between jumps has a mean."""
    common, own = _added(law, coins)
    sigma, root = diffusive(law, coins) * math.sqrt(wildness), np.sign(parts_of(law, coins)) * np.sqrt(common)
    covariance = coins.correlation * np.outer(sigma, sigma) + np.outer(root, root) + np.diag(own)
    vols = np.sqrt(np.diag(covariance))
    scale = np.where(vols > 0.0, vols, 1.0)
    correlation = np.where(np.outer(vols, vols) > 0.0, covariance / np.outer(scale, scale), coins.correlation)
    np.fill_diagonal(correlation, 1.0)
    return vols, np.clip(correlation, -1.0, 1.0)


def lowered_leaps(law: Jumps, coins: Coins, tilt: Tilt | None) -> tuple["Floats", float]:
    """Return the sources of jumps, each plain and tilted, and the rate of all together [1/year]."""
    sources: list[tuple[Leaps, int, float]] = []
    if law.common is not None and law.common.rate > 0.0:
        sources.append((law.common, -1, tilt.common if tilt else 0.0))
    if law.own is not None and law.own.rate > 0.0:
        shifts = (tilt.own if tilt else None) or (0.0,) * len(coins)
        sources += [(law.own, coin, shifts[coin]) for coin in np.flatnonzero(coins.vols > 0.0).tolist()]
    rate, so_far = math.fsum(leaps.rate for leaps, _, _ in sources), 0.0
    rows = np.zeros((2 * len(sources), at.LEAP_COLUMNS))
    for number, (leaps, coin, shift) in enumerate(sources):
        so_far += leaps.rate
        both = rows[2 * number : 2 * number + 2]
        both[:, at.UP_TO], both[:, at.WHOSE] = so_far / rate, coin
        slope = _slope(leaps, shift)
        both[0, at.UP : at.OTHER + 1], both[1, at.UP : at.OTHER + 1] = (
            _sizes(leaps, 0.0),
            _sizes(leaps, slope),
        )
        if tilt is not None:
            both[:, at.SLOPE] = slope
            both[:, at.LEVEL] = math.log(transform(leaps, slope)) - math.log(tilt.rate_times)
    return rows, rate


def _sizes(leaps: Leaps, slope: float) -> tuple[float, float, float]:
    match leaps:
        case NormalJumps():
            return -1.0, leaps.mean + slope * leaps.deviation**2, leaps.deviation
        case DoubleExponentialJumps():
            return jumps.double_exponential_tilted(slope, leaps.up, leaps.mean_up, leaps.mean_down)


def _slope(leaps: Leaps, shift: float) -> float:
    """Return the slope at which the tilted mean size is the plain one and a shift."""
    if shift == 0.0:
        return 0.0
    match leaps:
        case NormalJumps():
            if leaps.deviation == 0.0:
                raise BookError("tilt", "jumps of one size cannot be shifted", "Leave their shift away")
            return shift / leaps.deviation**2
        case DoubleExponentialJumps():
            return _slope_to(
                jumps.double_exponential_mean(leaps.up, leaps.mean_up, leaps.mean_down) + shift, leaps
            )


def _slope_to(wanted: float, leaps: DoubleExponentialJumps) -> float:
    """Return the slope at which the mean size is the one wanted: it grows with the slope."""
    sizes = leaps.up, leaps.mean_up, leaps.mean_down
    low, high = -1.0 / leaps.mean_down, 1.0 / leaps.mean_up
    slope, reached = 0.0, math.inf
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        if not low < middle < high:
            break
        slope = middle
        reached = jumps.double_exponential_mean(*jumps.double_exponential_tilted(slope, *sizes))
        low, high = (slope, high) if reached < wanted else (low, slope)
    if abs(reached - wanted) > _CLOSE * (abs(wanted) + leaps.mean_up + leaps.mean_down):
        raise BookError(
            "tilt", f"jumps that go one way only cannot have the mean size {wanted:g}", "Shift them less"
        )
    return slope
