"""Two buffers that move together: both alive, one taken down by the other, one kept alive by it. No drift, any n.

A position and the pool it shares are such a pair, whatever else the pool holds: so the chances below are exact for any
number of positions and any correlation, as long as buffers are Brownian.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from ringfence.formula.model.diversification import joint_covariance
from ringfence.formula.model.first_passage import chance_of_exit, chance_of_touch, mean_life
from ringfence.formula.model.normal import normal_tail

_FAR: Final = 1e8
"""Square of a distance beyond which buffers move as one, or one against the other, or both live."""
_NOTHING: Final = 80.0


def chance_both_live(one: float, other: float, correlation: float) -> float:
    """Return the chance that neither of two buffers is used up within the horizon.

        2 r / sqrt(2 pi) e^-u sum over odd k of sin(k pi th / al) / k (I_(nu-1)/2(u) + I_(nu+1)/2(u))
        nu = k pi / al, al = acos(-rho), r^2 = (a^2 + b^2 - 2 rho a b) / (1 - rho^2), u = r^2 / 4,
        th = atan2(b sqrt(1 - rho^2), a - rho b)

    Units   buffers in deviations over the horizon [1], correlation of their moves [1] -> [1]
    Source  Iyengar (1985); He, Keirstead & Rebholz (1998); Zhou (2001); Metzler (2010) for misprints in those
    """
    if min(one, other) <= 0.0:
        return 0.0
    square = (1.0 - correlation) * (1.0 + correlation)
    apart = (one - other) ** 2 + 2.0 * (1.0 - correlation) * one * other
    if apart >= _FAR * square:
        if correlation > 0.0:
            return 1.0 - chance_of_touch(min(one, other), 1.0)
        return 1.0 - chance_of_exit(one, other, 1.0)
    from scipy.special import ive  # noqa: PLC0415 - half a second that small work does not need

    across, far = math.sqrt(square), apart / square
    # cos(al) = -rho; near -1 its angle is lost to acos, and not to atan2.
    angle = math.atan2(across, -correlation)
    u, theta = 0.25 * far, math.atan2(other * across, one - correlation * other)
    # I_nu(u) falls like exp(-nu^2 / 2u) and faster: so many terms count.
    terms = math.ceil(angle / math.pi * (math.sqrt(2.0 * _NOTHING * u) + 2.0 * _NOTHING))
    k = np.arange(1, 2 * terms + 2, 2, dtype=np.float64)
    order = k * math.pi / angle
    waves = np.sin(order * theta) / k * (ive(0.5 * (order - 1.0), u) + ive(0.5 * (order + 1.0), u))
    found = 2.0 * math.sqrt(far) / math.sqrt(2.0 * math.pi) * math.fsum(waves)
    return min(max(found, 0.0), 1.0)


def chance_either_dies(one: float, other: float, correlation: float) -> float:
    """Return the chance that at least one of two buffers is used up within the horizon.

    Units   as ``chance_both_live``
    Source  its complement
    """
    return 1.0 - chance_both_live(one, other, correlation)


class Together(NamedTuple):
    """A position alone and in the pool it shares, within the horizon [1].

    alone      chance that it dies alone
    shared     chance that the pool dies
    contagion  chance that the pool dies and it would have lived alone
    rescue     chance that it would have died alone and the pool lives
    longer     [horizon] mean time that it lives longer in the pool
    """

    alone: float
    shared: float
    contagion: float
    rescue: float
    longer: float


def alone_and_shared(own: float, pool: float, correlation: float) -> Together:
    """Return what a position's own pool and a shared one do to it.

    Units   both buffers in deviations over the horizon [1], correlation of position and pool [1] -> [1]
    Source  contagion = P(alone lives) - P(both live), rescue = P(pool lives) - P(both live)
    """
    alone, shared = chance_of_touch(own, 1.0), chance_of_touch(pool, 1.0)
    both = chance_both_live(own, pool, correlation)
    return Together(
        alone,
        shared,
        max(1.0 - alone - both, 0.0),
        max(1.0 - shared - both, 0.0),
        mean_life(pool, 1.0) - mean_life(own, 1.0),
    )


def each_in_a_pool(
    exposures: Sequence[float],
    vols: Sequence[float],
    correlation: Sequence[Sequence[float]],
    buffers: Sequence[float],
    years: float,
) -> list[Together]:
    """Return, for each position of a pool, what its own buffer and all of them together do to it.

    Units   signed exposures [unit], volatilities [1/year**0.5], buffers above what is needed [unit], [year] -> [1]
    Source  ``alone_and_shared``, with the covariance of the exposures
    """
    moved = [w * vol * math.sqrt(years) for w, vol in zip(exposures, vols, strict=True)]
    joint = math.sqrt(joint_covariance(moved, moved, correlation))
    pool = math.fsum(buffers) / joint
    found = []
    for number, (own, buffer) in enumerate(zip(moved, buffers, strict=True)):
        alone = [own if other == number else 0.0 for other in range(len(moved))]
        together = joint_covariance(alone, moved, correlation) / (abs(own) * joint)
        found.append(alone_and_shared(buffer / abs(own), pool, together))
    return found


def chance_in_profit(correlation: float, distance: float) -> float:
    """Return the chance that a position is in profit when the pool that it shares dies within the horizon.

        P(Y > d, W < 0) / Phi(-d), Y and W normal with the correlation

    Units   correlation of position and pool [1], the pool's buffer in deviations over the horizon [1] -> [1]
    Source  what a position has apart from its part in the pool does not depend on when the pool dies
    """
    if distance <= 0.0:
        return chance_in_profit_ever(correlation)
    if abs(correlation) >= 1.0:
        return 0.0 if correlation > 0.0 else 1.0
    from scipy.special import owens_t  # noqa: PLC0415 - as above

    slope = correlation / math.sqrt((1.0 - correlation) * (1.0 + correlation))
    return 0.5 - float(owens_t(distance, slope)) / normal_tail(distance)


def chance_in_profit_ever(correlation: float) -> float:
    """Return the same without a horizon: 1/2 - asin(r) / pi.

    Units   [1] -> [1]
    Source  limit of the chance at small distances
    """
    return 0.5 - math.asin(correlation) / math.pi


def correlation_of_equals(number: int, between: float) -> float:
    """Return the correlation of one of so many equal positions with all of them: sqrt((1 + (n - 1) rho) / n).

    Units   [1] -> [1]
    Source  covariance of a sum
    """
    return math.sqrt((1.0 + (number - 1) * between) / number)
