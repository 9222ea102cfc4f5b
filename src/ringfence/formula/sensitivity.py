"""Weighted sensitivities and how they add up by correlations."""

from collections.abc import Sequence
from decimal import Decimal

from ringfence.core.number import N, larger, magnitude, positive_part, power, smaller

_HALF = Decimal("0.5")


def concentration(sensitivity: N, threshold: N) -> N:
    """Return how much more a large sensitivity weighs: max(1, sqrt(|s| / threshold)).

    Units   both [unit of account] -> [1]
    Source  ISDA SIMM 2.5, concentration risk factor
    """
    ratio = magnitude(sensitivity) / threshold
    return power(larger(ratio, ratio * 0 + 1), _HALF)


def weighted(sensitivity: N, weight: N, factor: N) -> N:
    """Return a weighted sensitivity: weight * s * CR.

    Units   sensitivity [unit of account], weight, factor [1] -> [unit of account]
    Source  ISDA SIMM 2.5, delta
    """
    return weight * sensitivity * factor


def quadratic(own: Sequence[N], crossed: Sequence[Sequence[N]], zero: N) -> N:
    """Return sqrt(sum over i, j of c_ij x_i x_j), with c_ii = 1; a form below zero counts as zero.

    Units   own [unit of account], crossed [1] -> [unit of account]
    Source  ISDA SIMM 2.5, aggregation within and across buckets
    """
    form = zero
    for i, x in enumerate(own):
        for j, y in enumerate(own):
            form = form + (x * y if i == j else crossed[i][j] * x * y)
    return power(positive_part(form), _HALF)


def clipped(total: N, bound: N) -> N:
    """Return a bucket's sum, no further than its own K either way: max(min(S, K), -K).

    Units   both [unit of account] -> [unit of account]
    Source  ISDA SIMM 2.5, across buckets
    """
    return larger(smaller(total, bound), -bound)


def disparity(one: N, other: N) -> N:
    """Return min(CR, CR') / max(CR, CR').

    Units   [1] -> [1]
    Source  ISDA SIMM 2.5, within a bucket
    """
    return smaller(one, other) / larger(one, other)
