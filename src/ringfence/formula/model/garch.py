"""GARCH(1,1): a variance that remembers the last move and itself. Float64, one horizon: that of a step.

h' = omega + alpha e^2 + beta h        e the last move less its mean, h its variance
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def next_variance(variance: float, shock: float, omega: float, alpha: float, beta: float) -> float:
    """Return the variance of the next step.

    Units   variance, omega [1], shock [1] of one step -> [1]
    Source  Bollerslev (1986): Generalized autoregressive conditional heteroskedasticity, equation 1
    """
    return omega + alpha * (shock * shock) + beta * variance


def long_run_variance(omega: float, alpha: float, beta: float) -> float:
    """Return the mean of the variance; alpha + beta < 1.

    Units   omega [1] of one step -> [1]
    Source  Bollerslev (1986), theorem 1
    """
    return omega / (1.0 - alpha - beta)


def mean_variance(now: float, omega: float, alpha: float, beta: float, steps: int) -> float:
    """Return the mean, over the next steps, of what the variance is expected to be.

        long + (now - long) (1 - k^n) / (n (1 - k)),  k = alpha + beta

    Units   now, omega [1] of one step -> [1]
    Source  Bollerslev (1986): the expected variance falls back by k a step
    """
    long, keeps = long_run_variance(omega, alpha, beta), alpha + beta
    return long + (now - long) * (1.0 - keeps**steps) / (steps * (1.0 - keeps))


def variances(shocks: "Floats", start: float, omega: float, alpha: float, beta: float) -> "Floats":
    """Return the variance before each shock, and after the last: one more than there are shocks.

    Units   shocks [1] of one step, start [1] -> [1]
    Source  Bollerslev (1986), equation 1
    """
    found = np.empty(len(shocks) + 1)
    found[0] = start
    for number, shock in enumerate(shocks.tolist()):
        found[number + 1] = next_variance(found[number], shock, omega, alpha, beta)
    return found
