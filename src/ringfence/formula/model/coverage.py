"""Whether a margin model covers what it says it covers: tests on a row of days, each covered or not."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, Literal

Zone = Literal["green", "yellow", "red"]

YELLOW_FROM: Final = 0.95
RED_FROM: Final = 0.9999


def _log_likelihood(chance: float, hits: int, misses: int) -> float:
    """Return hits * ln(chance) + misses * ln(1 - chance), with 0 ln 0 = 0."""
    found = hits * math.log(chance) if hits else 0.0
    return found + (misses * math.log1p(-chance) if misses else 0.0)


def chi_square_tail(x: float, degrees: Literal[1, 2]) -> float:
    """Return the chance that a chi-square number of one or two degrees of freedom is beyond x.

    Units   [1] -> [1]
    Source  erfc(sqrt(x / 2)) for one degree, exp(-x / 2) for two
    """
    positive = max(x, 0.0)
    return math.erfc(math.sqrt(positive / 2.0)) if degrees == 1 else math.exp(-positive / 2.0)


def proportion_of_failures(breaches: int, days: int, chance: float) -> float:
    """Return the likelihood ratio of Kupiec: whether breaches are as frequent as the model says.

        LR = -2 ln( (1 - p)^(T - N) p^N / ((1 - N/T)^(T - N) (N/T)^N) ),  chi-square with one degree

    Units   counts, chance p [1] -> [1]
    Source  Kupiec (1995), proportion-of-failures test
    """
    seen = breaches / days
    return -2.0 * (
        _log_likelihood(chance, breaches, days - breaches) - _log_likelihood(seen, breaches, days - breaches)
    )


def independence(breached: Sequence[bool]) -> float:
    """Return the likelihood ratio of Christoffersen: whether a breach makes another one the next day likelier.

    Units   one truth a day -> [1], chi-square with one degree
    Source  Christoffersen (1998), independence against a first-order Markov chain
    """
    after = {(was, now): 0 for was in (False, True) for now in (False, True)}
    for was, now in pairwise(breached):
        after[was, now] += 1
    quiet, loud = after[False, False] + after[False, True], after[True, False] + after[True, True]
    hits = after[False, True] + after[True, True]
    alone = _log_likelihood(hits / (quiet + loud), hits, quiet + loud - hits) if quiet + loud else 0.0
    chained = 0.0
    for was, days in ((False, quiet), (True, loud)):
        if days:
            chained += _log_likelihood(after[was, True] / days, after[was, True], after[was, False])
    return -2.0 * (alone - chained)


def traffic_light(breaches: int, days: int, chance: float) -> Zone:
    """Return the zone of a number of breaches: by how likely a right model has no more of them.

    Units   counts, chance [1] -> green below 95 %, yellow below 99.99 %, red
    Source  Basel Committee (1996), supervisory framework for backtesting
    """
    term = (1.0 - chance) ** days
    total = 0.0
    for number in range(breaches + 1):
        total += term
        term *= (days - number) / (number + 1) * chance / (1.0 - chance)
    if total < YELLOW_FROM:
        return "green"
    return "yellow" if total < RED_FROM else "red"


def peak_to_trough(amounts: Sequence[float]) -> float:
    """Return the largest requirement over the smallest: how far a model swings.

    Units   [any] -> [1]
    Source  Murphy, Vasios & Vause (2014), measures of procyclicality
    """
    return max(amounts) / min(amounts)


def largest_rise(amounts: Sequence[float], steps: int) -> float:
    """Return the largest growth of a requirement within so many steps, as a fraction.

    Units   [any] -> [1]
    Source  Murphy, Vasios & Vause (2014), n-day measure
    """
    rises = (later / now - 1.0 for now, later in zip(amounts, amounts[steps:], strict=False))
    return max(rises, default=0.0)
