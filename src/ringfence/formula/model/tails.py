"""How fat a tail is, and what stands in it."""

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_HALVINGS: Final = 200
_WIDE: Final = 45.0


def garch_tail_index(alpha: float, beta: float) -> float:
    """Return the power by which a GARCH(1,1) return is fat-tailed: E (alpha Z^2 + beta)^(k/2) = 1.

    Units   alpha, beta [1] > 0, alpha + beta < 1 -> [1]
    Source  Kesten (1973); Mikosch & Starica (2000)
    """
    step = min(0.05, math.sqrt(beta / alpha) / 8.0)
    z = np.arange(-_WIDE, _WIDE + step, step)
    # Even steps over a smooth function that ends at nothing: the sum is the integral to the last digits.
    weight = np.exp(-0.5 * z * z) * step / math.sqrt(2.0 * math.pi)
    logs = np.log(alpha * z * z + beta)

    def grows(power: float) -> bool:
        at = 0.5 * power * logs
        top = float(at.max())
        return top + math.log(float(weight @ np.exp(at - top))) > 0.0

    low, high = 0.0, 1.0
    while not grows(high):
        low, high = high, 2.0 * high
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if grows(middle) else (middle, high)
    return 0.5 * (low + high)


def pareto_quantile(threshold: float, scale: float, shape: float, beyond: float, chance: float) -> float:
    """Return the loss that is exceeded with a chance, where losses above a threshold are generalised Pareto.

        u + b / x ((p / Pu)^-x - 1)

    Units   threshold, scale [unit], shape [1], chances beyond the threshold and of the loss [1] -> [unit]
    Source  McNeil & Frey (2000): Estimation of tail-related risk measures for heteroscedastic financial time series
    """
    ratio = math.log(chance / beyond)
    return threshold + scale * (math.expm1(-shape * ratio) / shape if shape != 0.0 else -ratio)


def pareto_shortfall(threshold: float, scale: float, shape: float, loss: float) -> float:
    """Return the mean of the losses beyond one: (m + b - x u) / (1 - x).

    Units   [unit], [unit], shape [1] < 1, [unit] -> [unit]
    Source  McNeil & Frey (2000)
    """
    return (loss + scale - shape * threshold) / (1.0 - shape)


def shortfall(losses: "Floats", level: float) -> float:
    """Return the mean of the worst share of some losses: min over a of a + E(L - a)^+ / (1 - level).

    Units   [unit], level [1], 0.95: the worst twentieth -> [unit]
    Source  Rockafellar & Uryasev (2000): Optimization of conditional value-at-risk
    """
    ordered = np.sort(np.asarray(losses, dtype=np.float64))
    below = min(math.ceil(level * len(ordered) - 1e-9), len(ordered) - 1)
    at = ordered[max(below - 1, 0)]
    return float(at + np.maximum(ordered - at, 0.0).sum() / (len(ordered) * (1.0 - level)))
