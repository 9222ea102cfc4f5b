"""What is pooled and what is kept apart, in small: exposure, limited liability, clearing houses, capital."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from ringfence.formula.model.allocation import best_buffers
from ringfence.formula.model.first_passage import buffer_for_chance, chance_of_touch
from ringfence.formula.model.normal import normal_density, normal_tail
from ringfence.formula.model.pairs import chance_either_dies


def expected_positive(mean: float, risk: float) -> float:
    """Return the mean of what is above zero of a normal number: m Phi(m / s) + s phi(m / s).

    Units   [unit], [unit] -> [unit]
    Source  Bachelier 1900
    """
    if risk <= 0.0:
        return max(mean, 0.0)
    return mean * normal_tail(-mean / risk) + risk * normal_density(mean / risk)


def liability_limited_apart(collateral: Sequence[float], risks: Sequence[float], joint: float) -> float:
    """Return what is owned at the horizon in separate pools more than in one: bad debt that is left to the venue.

        sum E(c + X)^+ - E(sum c + X)^+ >= 0

    Units   collateral and deviation of each pool and of all together [unit] -> [unit]
    Source  Merton (1973), theorem 7: options on parts are worth at least the option on the whole
    """
    apart = math.fsum(expected_positive(c, s) for c, s in zip(collateral, risks, strict=True))
    return apart - expected_positive(math.fsum(collateral), joint)


class Failures(NamedTuple):
    """Chances that a position fails: alone, and with another in one pool [1]."""

    apart: float
    together: float


def two_that_win_or_lose(win: float, gain: float, loss: float, collateral: float) -> Failures:
    """Return how often one of two like positions fails alone, and with the other: saved by it, or dragged down.

    Units   chance of a gain, gain, loss > collateral of each [unit] -> [1]
    Source  Banal-Estanol, Ottaviani & Winton (2013): The flip side of financial synergies
    """
    saved = 0.5 * (loss - gain) <= collateral
    return Failures(1.0 - win, (1.0 - win) ** 2 if saved else 1.0 - win**2)


def bilateral_exposure(members: int, classes: int, risk: float = 1.0) -> float:
    """Return a member's expected exposure where like classes net between pairs: (N - 1) s sqrt(K / 2 pi).

    Units   counts, [unit] -> [unit]
    Source  Duffie & Zhu (2011): Does a central clearing counterparty reduce counterparty risk?
    """
    return (members - 1) * risk * math.sqrt(classes / (2.0 * math.pi))


def cleared_exposure(members: int, classes: int, risk: float = 1.0) -> float:
    """Return the same with one class at a clearing house: (N - 1) s sqrt((K - 1) / 2 pi) + s sqrt((N - 1) / 2 pi).

    Units   counts, [unit] -> [unit]
    Source  Duffie & Zhu (2011)
    """
    return bilateral_exposure(members, classes - 1, risk) + risk * math.sqrt((members - 1) / (2.0 * math.pi))


def least_members(classes: int) -> int:
    """Return the fewest members at which one class at a clearing house lowers exposure: K < N^2 / (4 (N - 1)).

    Units   count -> count
    Source  Duffie & Zhu (2011), proposition 1
    """
    members = 3
    while cleared_exposure(members, classes) >= bilateral_exposure(members, classes):
        members += 1
    return members


def least_ratio(members: int) -> float:
    """Return how risky a class must be, over all others together, for its clearing to help: 2 sqrt(N - 1) / (N - 2).

    Units   count -> [1]
    Source  Duffie & Zhu (2011), proposition 2
    """
    return 2.0 * math.sqrt(members - 1) / (members - 2)


def pair_risk(correlation: float) -> float:
    """Return the deviation of a long and a short of one unit each: sqrt(2 - 2 rho).

    Units   [1] -> [unit]
    Source  variance of a difference
    """
    return math.sqrt(2.0 - 2.0 * correlation)


def offset_breaks(before: float, after: float) -> float:
    """Return by how much the risk of an offset pair grows where its correlation falls.

    Units   [1] -> [1]
    Source  ratio of ``pair_risk``
    """
    return pair_risk(after) / pair_risk(before)


def efficiency_of_equals(number: int, chance: float) -> float:
    """Return collateral apart over collateral in one pool, both with a chance that anything dies within the horizon.

    Positions are independent and alike.

    Units   count, [1] -> [1]
    Source  sqrt(n) z(1 - p/2) / z(1 - e/2), 1 - (1 - p)^n = e
    """
    each = -math.expm1(math.log1p(-chance) / number)
    return math.sqrt(number) * buffer_for_chance(1.0, each) / buffer_for_chance(1.0, chance)


class AnyOrCost(NamedTuple):
    """Two equal risks in one pool and apart: how often anything dies, and the mean cost of what does."""

    any_together: float
    any_apart: float
    cost_together: float
    cost_apart: float


def any_or_cost(ratio: float, collateral: float, correlation: float) -> AnyOrCost:
    """Return two criteria that disagree: pooling may make any death rarer, and yet dearer.

    One of two equal risks costs ``ratio`` times what the other does; apart, collateral is divided at the least cost.

    Units   ratio of costs [1], collateral in deviations over the horizon, correlation [1] -> [1], [cost of the other]
    Source  first passage, and ``best_buffers``
    """
    joint = math.sqrt(2.0 + 2.0 * correlation)
    first, second = best_buffers((ratio, 1.0), (1.0, 1.0), collateral).buffers
    together = chance_of_touch(collateral, joint)
    apart = ratio * chance_of_touch(first, 1.0) + chance_of_touch(second, 1.0)
    either = chance_either_dies(first, second, correlation)
    return AnyOrCost(together, either, (ratio + 1.0) * together, apart)
