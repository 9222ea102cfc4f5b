"""Volatility from bars: what high and low add to what two closes say. Arrays of float64, bars along the first axis.

Units   prices [quote] -> variance [1] of the length of a bar
"""

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def parkinson(high: "Floats", low: "Floats") -> "Floats":
    """Return the variance of a bar from ranges: mean of ln(high / low)^2 / (4 ln 2). Right where there is no drift.

    A high that is only looked at now and then is too low, and so is what comes of it.

    Source  Parkinson (1980): The extreme value method for estimating the variance of the rate of return, equation 11
    """
    return np.asarray(np.square(np.log(high / low)).mean(axis=0) / (4.0 * math.log(2.0)))


def rogers_satchell(open_: "Floats", high: "Floats", low: "Floats", close: "Floats") -> "Floats":
    """Return the variance from open to close; right for any drift.

    Source  Rogers & Satchell (1991): Estimating variance from high, low and closing prices
    """
    up, down, end = np.log(high / open_), np.log(low / open_), np.log(close / open_)
    return np.asarray((up * (up - end) + down * (down - end)).mean(axis=0))


def yang_zhang(open_: "Floats", high: "Floats", low: "Floats", close: "Floats") -> "Floats":
    """Return the variance from close to close; right for any drift and for jumps from close to open. 3 bars at least.

        opening variance + k closing variance + (1 - k) Rogers & Satchell's,  k = 0.34 / (1.34 + (n + 1) / (n - 1))

    Source  Yang & Zhang (2000): Drift-independent volatility estimation, equations 9 and 10
    """
    bars = len(close) - 1
    gaps, moves = np.log(open_[1:] / close[:-1]), np.log(close[1:] / open_[1:])
    k = 0.34 / (1.34 + (bars + 1) / (bars - 1))
    inside = rogers_satchell(open_[1:], high[1:], low[1:], close[1:])
    return np.asarray(gaps.var(axis=0, ddof=1) + k * moves.var(axis=0, ddof=1) + (1.0 - k) * inside)
