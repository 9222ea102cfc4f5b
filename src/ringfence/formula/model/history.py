"""Returns of the past and their volatility. Arrays of float64, oldest first."""

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def ewma(returns: "Floats", decay: float) -> "Floats":
    """Return the volatility before each return, and after the last: one more than there are returns.

        sigma^2 = decay * sigma^2 + (1 - decay) * r^2, from the mean square of all

    Units   returns [1] of one horizon, decay [1] -> [1] of that horizon
    Source  J.P. Morgan, RiskMetrics technical document (1996)
    """
    variance = np.empty(len(returns) + 1)
    variance[0] = np.mean(np.square(returns))
    for number, square in enumerate(np.square(returns)):
        variance[number + 1] = decay * variance[number] + (1.0 - decay) * square
    return np.asarray(np.sqrt(variance))


def rescaled(returns: "Floats", then: "Floats", now: float) -> "Floats":
    """Return returns as wild as today: r * sigma now / sigma then. A return at no volatility stays as it is.

    Units   returns, then, now [1] of one horizon -> [1] of that horizon
    Source  Barone-Adesi, Giannopoulos, Vosper (1999): VaR without correlations for portfolios of derivative securities
    """
    return np.asarray(returns * np.divide(now, then, out=np.ones_like(then), where=then > 0.0))


def tail_count(number: int, stated: int | None, level: float) -> int:
    """Return how many of some losses are their tail: as stated, or those beyond a quantile, and one at least.

    Units   level [1], 0.99 is the worst hundredth -> a number of losses
    Source  order statistics of historical simulation
    """
    if stated is not None:
        return max(1, min(stated, number))
    return max(1, min(number, math.ceil(round((1.0 - level) * number, 9))))
