"""Control variates: numbers of each path whose mean is known in closed form, so that luck can be told from law.

Where prices stand at the end has a known mean under every law. Under geometric Brownian motion so has the chance,
given only where a price stands at the end, that it met a level on the way (a Brownian bridge): its mean is the closed
form of first passage, and it nearly says whether an isolated position died. What of an estimate goes along with them is
taken off, and the standard error falls with it.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ringfence.formula.model.first_passage import chance_of_price

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats

_LEAST_SPREAD = 1e-9
_LEAST_PATHS = 2


def controls_of(
    ends: "Floats", means: "Floats", risks: "Floats | None", levels: Sequence[tuple[int, float]]
) -> "Floats":
    """Return numbers of each path with mean zero, (P, k).

    Args:
        ends: (P, C) prices at the end over today's.
        means: (C,) their means.
        risks: (C,) standard deviations of their logarithms, where prices are geometric Brownian motion; else None.
        levels: (coin, price over today's) at which something dies.

    """
    found = [ends - means]
    if risks is not None:
        found += [
            _met(ends[:, coin], float(means[coin]), float(risks[coin]), level)[:, None]
            for coin, level in dict.fromkeys(levels)
            if level > 0.0 and level != 1.0 and risks[coin] > 0.0
        ]
    table = np.hstack(found)
    return table[:, table.std(axis=0) > _LEAST_SPREAD]


def _met(ends: "Floats", mean: float, risk: float, level: float) -> "Floats":
    """Return the chance that each price met a level, given its end, less the chance that any does."""
    away, left = np.log(level), np.log(ends / level)
    beyond = left <= 0.0 if away < 0.0 else left >= 0.0
    bridge = np.exp(-2.0 * abs(away) * np.abs(left) / (risk * risk))
    met: Floats = np.where(beyond, 1.0, bridge) - chance_of_price(level, risk, float(np.log(mean)))
    return met


class Luck:
    """What controls say of each path, ready to be taken off many estimates.

    controls   (P, k) of mean zero, weighted as the numbers are
    """

    def __init__(self, controls: "Floats") -> None:
        means = controls.mean(axis=0)
        directions, triangle = np.linalg.qr(controls - means)
        kept = np.abs(np.diag(triangle)) > _LEAST_SPREAD * math.sqrt(len(controls))
        self._directions = np.ascontiguousarray(directions[:, kept].T)
        self._means = np.linalg.lstsq(triangle.T, means, rcond=None)[0][kept]

    def off(self, numbers: "Floats") -> "Floats":
        """Return numbers of each path, (P,), with what goes along with the controls taken off: less spread, no bias."""
        if len(numbers) <= len(self._directions) + 1 or not numbers.any():
            return numbers
        along = self._directions @ (numbers - numbers.mean())
        left: Floats = numbers - along @ self._directions - along @ self._means
        return left

    def mean(self, numbers: "Floats") -> tuple[float, float | None]:
        """Return the mean of what ``off`` leaves of numbers, and its standard error; None: one path has no spread."""
        count, mean = len(numbers), float(numbers.mean())
        away = numbers - mean
        # Sums in one thread: quick for so few numbers, and the same bits on any machine's number of processors.
        square = float(np.einsum("p,p->", away, away))
        if count > len(self._directions) + 1 and numbers.any():
            # The directions are even and at right angles, so what is left has what they do not take of the square.
            along = np.einsum("kp,p->k", self._directions, away)
            mean -= float(along @ self._means)
            square = max(square - float(along @ along), 0.0)
        return mean, None if count < _LEAST_PATHS else math.sqrt(square / (count - 1) / count)
