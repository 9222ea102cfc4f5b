"""Collateral that arrives late: what must stand ready meanwhile, and how often it is worth moving some."""

import math

from ringfence.formula.model.first_passage import buffer_for_chance


def buffer_for_delay(volatility: float, delay: float, chance: float) -> float:
    """Return the buffer of a unit of notional that outlives a transfer: sigma sqrt(delay) z(1 - e/2).

    Units   [1/time**0.5], [time], [1] -> [1]
    Source  reflection principle
    """
    return buffer_for_chance(volatility * math.sqrt(delay), chance)


def buffer_for_outage(volatility: float, mean_outage: float, chance: float) -> float:
    """Return the buffer of a unit of notional that outlives an outage of exponential length.

        sigma / sqrt(2 lambda) ln(1 / e)

    Units   [1/time**0.5], [time], [1] -> [1]
    Source  ``first_passage.chance_before_end``, inverted
    """
    return volatility * math.sqrt(0.5 * mean_outage) * math.log(1.0 / chance)


def width_between_transfers(volatility: float, cost: float, rate: float) -> float:
    """Return how far the price may move before a hedge over two venues is levelled: (k sigma^2 / r)^(1/3).

    Units   [1/time**0.5], cost of a transfer and of capital a time, of a unit of notional [1], [1/time] -> [1]
    Source  least 2 r w + k sigma^2 / w^2
    """
    return math.cbrt(cost * volatility * volatility / rate)


def time_between_transfers(volatility: float, width: float) -> float:
    """Return the mean time in which a price moves so far, up or down: w^2 / sigma^2.

    Units   [1/time**0.5], [1] -> [time]
    Source  mean exit of a band
    """
    return (width / volatility) ** 2


def return_point(transfer_cost: float, variance_rate: float, rate: float) -> float:
    """Return the balance that a purse between nothing and three times as much is brought back to.

        (3 b sigma^2 / 4 i)^(1/3)

    Units   [unit], [unit**2/time], [1/time] -> [unit]
    Source  Miller & Orr (1966): A model of the demand for money by firms
    """
    return math.cbrt(0.75 * transfer_cost * variance_rate / rate)


def transfers_of_purse(point: float, ceiling: float, variance_rate: float) -> float:
    """Return how often a purse is brought back to its point, from nothing or from its ceiling: s^2 / (Z (H - Z)).

    Units   [unit], [unit], [unit**2/time] -> [1/time]
    Source  Miller & Orr (1966)
    """
    return variance_rate / (point * (ceiling - point))


def mean_purse(point: float, ceiling: float) -> float:
    """Return what a purse holds on average: (H + Z) / 3.

    Units   [unit], [unit] -> [unit]
    Source  Miller & Orr (1966)
    """
    return (ceiling + point) / 3.0
