"""The normal law, on float64."""

import math
from statistics import NormalDist

_STANDARD = NormalDist()
_ROOT_TWO = math.sqrt(2.0)
DENSITY_AT_ZERO = 1.0 / math.sqrt(2.0 * math.pi)


def normal_tail(x: float) -> float:
    """Return the chance of a standard normal number beyond x: Phi(-x), without cancellation far out.

    Units   [1] -> [1]
    Source  erfc(x / sqrt 2) / 2
    """
    return 0.5 * math.erfc(x / _ROOT_TWO)


def normal_density(x: float) -> float:
    """Return the standard normal density.

    Units   [1] -> [1]
    Source  exp(-x**2 / 2) / sqrt(2 pi)
    """
    return DENSITY_AT_ZERO * math.exp(-0.5 * x * x)


def normal_quantile(chance: float) -> float:
    """Return the x below which a standard normal number lies with a chance.

    Units   [1] -> [1]
    Source  Wichura, algorithm AS241 (as in Python's statistics.NormalDist)
    """
    return _STANDARD.inv_cdf(chance)
