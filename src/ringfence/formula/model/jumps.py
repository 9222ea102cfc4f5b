"""Sizes of jumps: what they do to a mean, and how they are tilted. A size is a logarithm: a price times exp(size)."""

import math


def normal_transform(at: float, mean: float, deviation: float) -> float:
    """Return E exp(at J) of a normal size J.

    Units   at [1], mean, deviation [1, logarithm] -> [1]
    Source  Merton (1976): Option pricing when underlying stock returns are discontinuous
    """
    return math.exp(at * mean + 0.5 * (at * deviation) ** 2)


def double_exponential_transform(at: float, up: float, mean_up: float, mean_down: float) -> float:
    """Return E exp(at J): J is exponential upwards with a chance, else downwards; -1/mean_down < at < 1/mean_up.

    Units   at [1], up [1], means [1, logarithm] > 0 -> [1]
    Source  Kou (2002): A jump-diffusion model for option pricing, equation 3, eta = 1 / mean
    """
    return up / (1.0 - at * mean_up) + (1.0 - up) / (1.0 + at * mean_down)


def double_exponential_tilted(
    at: float, up: float, mean_up: float, mean_down: float
) -> tuple[float, float, float]:
    """Return chance of up, mean up and mean down of the law whose density is exp(at J) times as high.

    Units   as ``double_exponential_transform``
    Source  Esscher's transform of a double exponential law is one
    """
    rise, fall = up / (1.0 - at * mean_up), (1.0 - up) / (1.0 + at * mean_down)
    return rise / (rise + fall), mean_up / (1.0 - at * mean_up), mean_down / (1.0 + at * mean_down)


def double_exponential_mean(up: float, mean_up: float, mean_down: float) -> float:
    """Return the mean size.

    Units   [1, logarithm]
    Source  Kou (2002)
    """
    return up * mean_up - (1.0 - up) * mean_down


def normal_square(mean: float, deviation: float) -> float:
    """Return E J^2 of a normal size.

    Units   [1, logarithm] -> [1]
    Source  mean^2 + deviation^2
    """
    return mean * mean + deviation * deviation


def double_exponential_square(up: float, mean_up: float, mean_down: float) -> float:
    """Return E J^2 of a double exponential size.

    Units   [1, logarithm] -> [1]
    Source  Kou (2002): an exponential number of mean m has the mean square 2 m^2
    """
    return 2.0 * (up * mean_up**2 + (1.0 - up) * mean_down**2)
