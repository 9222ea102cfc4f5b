"""Many risks in one pool."""

import math
from collections.abc import Sequence


def joint_covariance(
    one: Sequence[float], other: Sequence[float], covariance: Sequence[Sequence[float]]
) -> float:
    """Return the covariance of two sums of exposures, v' S w; of a sum with itself, its variance.

    Units   [unit], [unit], [1] -> [unit**2]
    Source  bilinearity of the covariance
    """
    return math.fsum(
        v * c * w for v, row in zip(one, covariance, strict=True) for c, w in zip(row, other, strict=True)
    )


def diversification_ratio(risks: Sequence[float], joint: float) -> float:
    """Return the sum of separate risks over the joint one: capital efficiency at equal distance to liquidation.

    Units   [unit], [unit] -> [1]
    Source  Choueifaty & Coignard 2008
    """
    return math.fsum(risks) / joint
