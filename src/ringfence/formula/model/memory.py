"""What volatility estimates see and how long they remember: ranges, exponential weights, steps of volatility."""

import math
from typing import Final

_ZETA_3: Final = 1.2020569031595942
"""Apery's constant."""


def mean_square_range(volatility: float, time: float = 1.0) -> float:
    """Return the mean square of the range of Brownian motion: 4 ln 2 sigma^2 T.

    Units   [1/time**0.5], [time] -> [1]
    Source  Parkinson (1980): The extreme value method for estimating the variance of the rate of return
    """
    return 4.0 * math.log(2.0) * volatility * volatility * time


def mean_fourth_range(volatility: float, time: float = 1.0) -> float:
    """Return the mean fourth power of the range: 9 zeta(3) sigma^4 T^2.

    Units   [1/time**0.5], [time] -> [1]
    Source  Parkinson (1980)
    """
    return 9.0 * _ZETA_3 * (volatility * volatility * time) ** 2


def range_efficiency() -> float:
    """Return how many closing prices a range is worth: 2 / (9 zeta(3) / (16 ln^2 2) - 1), 4.91.

    Units   -> [1]
    Source  Parkinson (1980); Garman & Klass (1980). Many texts print 5.2
    """
    return 2.0 / (mean_fourth_range(1.0) / mean_square_range(1.0) ** 2 - 1.0)


def days_remembered(decay: float, share: float) -> float:
    """Return in how many steps a share of all exponential weight lies: ln(1 - share) / ln(lambda); half: half-life.

    Units   [1], [1] -> [steps]
    Source  J.P. Morgan, RiskMetrics technical document (1996)
    """
    return math.log1p(-share) / math.log(decay)


def rise_after(decay: float, ratio: float, steps: int) -> float:
    """Return how much a requirement has risen some steps after volatility has stepped up by a ratio.

        sqrt(l^n + k^2 (1 - l^n))

    Units   [1], [1], count -> [1]
    Source  exponentially weighted variance; Murphy, Vasios & Vause (2014) for the measure
    """
    kept = decay**steps
    return math.sqrt(kept + ratio * ratio * (1.0 - kept))
