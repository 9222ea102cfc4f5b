"""Who makes a pool's risk: by variance, by the nearest move that liquidates it, by the loss it dies of. They agree."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from ringfence.formula.model.diversification import joint_covariance
from ringfence.formula.model.first_passage import chance_of_touch


def shares_of_variance(exposures: Sequence[float], covariance: Sequence[Sequence[float]]) -> list[float]:
    """Return each exposure's part in the variance: w (S w). As much as Shapley gives it.

    Units   [unit], [1] -> [unit**2]
    Source  Colini-Baldeschi, Scarsini & Vaccari (2018): Variance allocation and Shapley value
    """
    parts = [
        [w if other == place else 0.0 for other in range(len(exposures))] for place, w in enumerate(exposures)
    ]
    return [joint_covariance(part, exposures, covariance) for part in parts]


def shares_of_risk(exposures: Sequence[float], covariance: Sequence[Sequence[float]]) -> list[float]:
    """Return each exposure's share of the risk: w (S w) / w' S w, Euler's.

    It is also its share of the loss at the nearest liquidating move, and on average at a liquidation.

    Units   [unit], [1] -> [1]
    Source  Tasche (1999); ``shares_of_variance`` over their sum
    """
    parts = shares_of_variance(exposures, covariance)
    return [part / math.fsum(parts) for part in parts]


class NearestMove(NamedTuple):
    """The nearest move that uses a buffer up.

    moves     of each coin [1]
    distance  [1, in deviations of a unit of time]
    """

    moves: tuple[float, ...]
    distance: float


def nearest_move(
    buffer: float, exposures: Sequence[float], covariance: Sequence[Sequence[float]]
) -> NearestMove:
    """Return the likeliest move that uses a buffer up: -b S w / w' S w, at b / sqrt(w' S w).

    Units   [unit], [unit], covariance of a unit of time [1] -> [1]
    Source  Breuer, Jandacka, Rheinberger & Summer (2009): How to find plausible, severe, and useful stress scenarios
    """
    square = joint_covariance(exposures, exposures, covariance)
    along = [math.fsum(c * w for c, w in zip(row, exposures, strict=True)) for row in covariance]
    return NearestMove(tuple(-buffer * x / square for x in along), buffer / math.sqrt(square))


def chance_at_distance(distance: float, time: float = 1.0) -> float:
    """Return the chance that a half-space at a distance is met by a time: 2 Phi(-d / sqrt T), no bound but exact.

    Units   [deviations of a unit of time], [time] -> [1]
    Source  reflection principle
    """
    return chance_of_touch(distance, math.sqrt(time))
