"""Weighted sensitivities and how they add up by correlations. Roots are the caller's."""

from ringfence.core.number import N, larger, magnitude, smaller


def over_threshold(sensitivity: N, threshold: N) -> N:
    """Return how many thresholds a sensitivity is, of which a concentration is the root.

    Units   both [unit of account] -> [1]
    Source  ISDA SIMM 2.5, concentration risk factor
    """
    return magnitude(sensitivity) / threshold


def concentration(root: N) -> N:
    """Return how much more a large sensitivity weighs: max(1, sqrt(|s| / threshold)), from that root.

    Units   [1] -> [1]
    Source  ISDA SIMM 2.5, concentration risk factor
    """
    return larger(root, root * 0 + 1)


def weighted(sensitivity: N, weight: N, factor: N) -> N:
    """Return a weighted sensitivity: weight * s * CR.

    Units   sensitivity [unit of account], weight, factor [1] -> [unit of account]
    Source  ISDA SIMM 2.5, delta
    """
    return weight * sensitivity * factor


def correlated(one: N, other: N, correlation: N) -> N:
    """Return one term of a quadratic form: correlation * x * y.

    Units   one, other [unit of account], correlation [1] -> [unit of account ** 2]
    Source  ISDA SIMM 2.5, aggregation within and across buckets
    """
    return correlation * one * other


def clipped(amount: N, bound: N) -> N:
    """Return a bucket's sum, no further than its own K either way: max(min(S, K), -K).

    Units   both [unit of account] -> [unit of account]
    Source  ISDA SIMM 2.5, across buckets
    """
    return larger(smaller(amount, bound), -bound)


def disparity(one: N, other: N) -> N:
    """Return min(CR, CR') / max(CR, CR').

    Units   [1] -> [1]
    Source  ISDA SIMM 2.5, within a bucket
    """
    return smaller(one, other) / larger(one, other)
