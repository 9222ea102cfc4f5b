"""Jumps with exponential sizes: how often they meet a level, what is short after them, and which fund outlives that."""

import cmath
import math
from typing import Final

import numpy as np

_DAMPED: Final = 23.0
_TERMS: Final = 20
_AVERAGED: Final = 14


def mean_gap(mean_jump: float) -> float:
    """Return by how much an exponential jump passes a level that it passes: its mean, however far the level was.

    Units   [unit] -> [unit]
    Source  an exponential law has no memory
    """
    return mean_jump


def loss_past_buffer(mean_jump: float, buffer: float) -> float:
    """Return the mean bad debt of a pool that an exponential jump liquidates: J exp(-m / J).

    Units   mean of the jump and what the trigger keeps back, of one unit of notional [1] -> [1]
    Source  an exponential law has no memory
    """
    return mean_jump * math.exp(-buffer / mean_jump)


def chance_of_ruin(fund: float, mean_claim: float, loading: float) -> float:
    """Return the chance that a fund is ever used up: exp(-theta u / ((1 + theta) J)) / (1 + theta).

    Claims are exponential and come by Poisson's law; the fund takes in 1 + theta times what it pays on average.

    Units   [unit], [unit], loading theta [1] -> [1]
    Source  Cramer & Lundberg
    """
    return math.exp(-loading * fund / ((1.0 + loading) * mean_claim)) / (1.0 + loading)


def fund_for_ruin(chance: float, mean_claim: float, loading: float) -> float:
    """Return the fund that is ever used up with no more than a chance.

    Units   [1], [unit], [1] -> [unit]
    Source  the inverse of the chance of ruin
    """
    enough = mean_claim * (1.0 + loading) / loading * math.log(1.0 / ((1.0 + loading) * chance))
    return max(enough, 0.0)


def chance_of_rise(
    level: float,
    drift: float,
    volatility: float,
    rate: float,
    up: float,
    mean_up: float,
    mean_down: float,
    horizon: float,
) -> float:
    """Return the chance that Brownian motion with double exponential jumps passes a level above within the horizon.

    Turned round (drift, up and the means) it is the chance of a fall. Good to about 1e-9, of which e^-23 is the sum's.

    Units   level [1] > 0, drift [1/time], volatility [1/time**0.5] > 0, rate [1/time], chance of up, mean sizes [1],
            [time] -> [1]
    Source  Kou & Wang (2003): First passage times of a jump diffusion process, theorem 3.1; Euler's sum for Laplace
            transforms (Abate & Whitt 1995)
    """
    law = (level, drift, volatility, rate, up, 1.0 / mean_up, 1.0 / mean_down)
    half = _DAMPED / (2.0 * horizon)
    total = 0.5 * _passage(complex(half), law).real
    partial: list[float] = []
    for k in range(1, _TERMS + _AVERAGED + 1):
        total += (-1.0) ** k * _passage(complex(half, k * math.pi / horizon), law).real
        partial.append(total)
    last = partial[_TERMS - 1 :]
    weights = [math.comb(_AVERAGED, j) / 2.0**_AVERAGED for j in range(_AVERAGED + 1)]
    summed = math.fsum(w * value for w, value in zip(weights, last, strict=True))
    return min(1.0, max(0.0, math.exp(_DAMPED / 2.0) / horizon * summed))


def _passage(at: complex, law: tuple[float, float, float, float, float, float, float]) -> complex:
    """Return the Laplace transform of the chance of passage in the horizon."""
    level, _, _, _, _, rise, _ = law
    near, far = _exponents(at, law)
    first = (rise - near) / rise * far / (far - near) * cmath.exp(-level * near)
    second = (far - rise) / rise * near / (far - near) * cmath.exp(-level * far)
    return (first + second) / at


def _exponents(
    at: complex, law: tuple[float, float, float, float, float, float, float]
) -> tuple[complex, complex]:
    """Return the two exponents of positive real part at which the law's cumulant is a given number."""
    _, drift, volatility, rate, up, rise, fall = law
    smooth = np.array([0.5 * volatility * volatility, drift, -rate - at])
    poles = np.polymul([-1.0, rise], [1.0, fall])
    jumps = rate * np.polyadd(up * rise * np.array([1.0, fall]), (1.0 - up) * fall * np.array([-1.0, rise]))
    found = [complex(root) for root in np.roots(np.polyadd(np.polymul(smooth, poles), jumps))]
    near, far = sorted(sorted(found, key=lambda root: -root.real)[:2], key=abs)
    return near, far
