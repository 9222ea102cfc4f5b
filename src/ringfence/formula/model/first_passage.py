"""When a pool meets its trigger: first passage of Brownian motion, in closed form.

A buffer b moves with deviation s over the horizon: a volatility times the root of the time it runs.
"""

import math
from typing import Final

import numpy as np

from ringfence.formula.model.normal import normal_density, normal_quantile, normal_tail

_FAR: Final = 40.0
"""Deviations beyond which a normal tail is nothing."""
_TAILED: Final = 8.0
_FRACTIONS: Final = 60


def chance_of_touch(buffer: float, risk: float) -> float:
    """Return the chance that a buffer is used up within the horizon: 2 Phi(-b / s).

    ``risk`` is the standard deviation of the buffer over the horizon. One without risk lives while it has a buffer.

    Units   [unit], [unit] -> [1]
    Source  reflection principle; Harrison 1985
    """
    if buffer <= 0.0:
        return 1.0
    return 2.0 * normal_tail(buffer / risk) if risk > 0.0 else 0.0


def buffer_for_chance(risk: float, chance: float) -> float:
    """Return the least buffer that is used up within the horizon with no more than a chance: s z(1 - p/2).

    Units   [unit], [1] -> [unit]
    Source  the inverse of the chance of touch
    """
    return -risk * normal_quantile(chance / 2.0)


def mean_life(buffer: float, risk: float) -> float:
    """Return the mean time until a buffer is used up or the horizon ends, as a share of the horizon.

        1 - 2 ((1 + y^2) Phi(-y) - y phi(y)),  y = b / s

    Units   [unit], [unit] -> [horizon]
    Source  integral of the chance to be alive, in the horizon
    """
    if buffer <= 0.0:
        return 0.0
    if risk <= 0.0:
        return 1.0
    y = buffer / risk
    return 1.0 - 2.0 * ((1.0 + y * y) * normal_tail(y) - y * normal_density(y))


def chance_with_drift(buffer: float, drift: float, risk: float) -> float:
    """Return the chance that a buffer which also drifts is used up within the horizon.

        Phi((-b - m) / s) + exp(-2 m b / s^2) Phi((-b + m) / s)

    Units   buffer, drift and deviation over the horizon [unit] -> [1]
    Source  reflection principle and Girsanov's theorem; Harrison 1985
    """
    if buffer <= 0.0:
        return 1.0
    if risk <= 0.0:
        return 1.0 if buffer + drift <= 0.0 else 0.0
    reached, turned = (buffer + drift) / risk, (buffer - drift) / risk
    if turned > _TAILED:
        # exp(-2 m b / s^2) may be too large and the tail too small for float64; their product is neither.
        back = normal_density(reached) * _tail_over_density(turned)
    else:
        back = math.exp(-2.0 * drift * buffer / (risk * risk)) * normal_tail(turned)
    return min(1.0, normal_tail(reached) + back)


def _tail_over_density(x: float) -> float:
    """Return Phi(-x) / phi(x), x well above zero: Laplace's continued fraction."""
    found = x
    for number in range(_FRACTIONS, 0, -1):
        found = x + number / found
    return 1.0 / found


def chance_ever(buffer: float, drift: float, volatility: float) -> float:
    """Return the chance that a buffer is ever used up: exp(-2 mu b / sigma^2) where it drifts away, else one.

    Units   [unit], [unit/time], [unit/time**0.5] -> [1]
    Source  limit of the chance with drift
    """
    return math.exp(-2.0 * drift * buffer / (volatility * volatility)) if min(drift, buffer) > 0.0 else 1.0


def chance_before_end(buffer: float, drift: float, volatility: float, end_rate: float) -> float:
    """Return the chance that a buffer is used up before an exponential time, such as the end of an outage.

        exp(-b (mu + sqrt(mu^2 + 2 lambda sigma^2)) / sigma^2)

    Units   [unit], [unit/time], [unit/time**0.5], [1/time] -> [1]
    Source  Laplace transform of the time of passage
    """
    square = volatility * volatility
    root = math.sqrt(drift * drift + 2.0 * end_rate * square)
    return math.exp(-max(buffer, 0.0) * (drift + root) / square)


def chance_of_exit(below: float, above: float, risk: float) -> float:
    """Return the chance that a driftless motion leaves a band within the horizon, by either side.

        sum (-1)^n 2 (Phi(-(a + n w) / s) + Phi(-(b + n w) / s)),  w = a + b

    Units   distances to either side and deviation over the horizon [unit] -> [1]
    Source  reflections, n times; where the band is narrow, the sines of its Fourier series
    """
    if min(below, above) <= 0.0:
        return 1.0
    if risk <= 0.0:
        return 0.0
    width = below + above
    if width < risk:
        odd = np.arange(1, 2 * math.ceil(6.0 * width / risk + 3.0), 2)
        decay = np.exp(-0.5 * np.square(odd * math.pi * risk / width))
        return 1.0 - math.fsum(4.0 / (odd * math.pi) * np.sin(odd * math.pi * below / width) * decay)
    turns = range(math.ceil(_FAR * risk / width) + 1)
    return math.fsum(
        (-1.0) ** n * 2.0 * normal_tail((side + n * width) / risk) for n in turns for side in (below, above)
    )


def mean_exit(below: float, above: float, volatility: float) -> float:
    """Return the mean time until a driftless motion leaves a band: a b / sigma^2.

    Units   [unit], [unit], [unit/time**0.5] -> [time]
    Source  optional stopping of the square
    """
    return below * above / (volatility * volatility)


def chance_between(first: float, last: float, risk: float) -> float:
    """Return the chance that a buffer was used up between two looks that both found some: exp(-2 x y / s^2).

    Units   buffers at the looks and deviation between them [unit] -> [1]
    Source  Brownian bridge
    """
    if min(first, last) <= 0.0:
        return 1.0
    return math.exp(-2.0 * first * last / (risk * risk)) if risk > 0.0 else 0.0


def price_at_leverage(price: float, leverage: float, rate: float, side: int) -> float:
    """Return the liquidation price of an isolated linear position in one tier: S (1 -+ 1/L) / (1 -+ m).

    The exact engine knows tiers, fees and what else there is; this is what it comes to without.

    Units   [quote], leverage [1], maintenance rate [1], side 1 long, -1 short -> [quote]
    Source  equity equals maintenance
    """
    return price * (1.0 - side / leverage) / (1.0 - side * rate)


def chance_of_price(level: float, risk: float, drift: float = 0.0) -> float:
    """Return the chance that geometric Brownian motion from 1 meets a level within the horizon.

    Units   level over today's price [1], deviation and mean drift over the horizon [1] -> [1]
    Source  chance with drift of the logarithm, which drifts by m - s^2 / 2
    """
    if level <= 0.0:
        return 0.0
    away, drifts = math.log(level), drift - 0.5 * risk * risk
    return chance_with_drift(abs(away), drifts if away < 0.0 else -drifts, risk)


def chance_at_leverage(leverage: float, rate: float, side: int, risk: float) -> float:
    """Return the chance that an isolated linear position in one tier is liquidated within the horizon.

    Units   leverage [1], maintenance rate [1], side 1 long, -1 short, deviation over the horizon [1] -> [1]
    Source  ``price_at_leverage`` met by a martingale geometric Brownian motion
    """
    return chance_of_price(price_at_leverage(1.0, leverage, rate, side), risk)
