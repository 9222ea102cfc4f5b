"""GARCH(1,1): a variance that remembers the last move and itself. Float64, one horizon: that of a step.

h' = omega + alpha e^2 + beta h        e the last move less its mean, h its variance
"""

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

MOST_KEPT: Final = 0.9995
"""alpha + beta beyond which variance hardly has a mean."""
_STARTS: Final = ((0.5, 0.3), (0.95, 0.1), (0.99, 0.05))
"""Where a search begins: alpha + beta, and alpha's share of it."""


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

    It is ``next_variance`` again and again, as a filter of one pole.

    Units   shocks [1] of one step, start [1] -> [1]
    Source  Bollerslev (1986), equation 1
    """
    from scipy.signal import lfilter  # noqa: PLC0415 - a second, for who fits

    after, _ = lfilter([1.0], [1.0, -beta], omega + alpha * np.square(shocks), zi=[beta * start])
    return np.concatenate([[start], after])


def unlikelihood(shocks: "Floats", start: float, omega: float, alpha: float, beta: float) -> float:
    """Return minus the mean log likelihood of normal shocks, but for a constant.

    Units   shocks [1] of one step, start [1] -> [1]
    Source  Bollerslev (1986), equation 18: mean of (ln h + e^2 / h) / 2
    """
    found = variances(shocks, start, omega, alpha, beta)[:-1]
    return float((np.log(found) + np.square(shocks) / found).mean() / 2.0)


def fitted(shocks: "Floats") -> tuple[float, float, float]:
    """Return omega, alpha and beta of the highest likelihood; alpha + beta <= 0.9995, the start the mean square.

    Fat tails do no harm: with normal likelihood the numbers are right, only less certain.

    Units   shocks [1] of one step, mean zero, not all zero -> omega [1], alpha, beta [1]
    Source  Bollerslev & Wooldridge (1992): Quasi-maximum likelihood estimation; scipy's L-BFGS-B from several starts
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - a second, for who fits

    level = float(np.square(shocks).mean())
    unit = shocks / np.sqrt(level)

    def unlikely(at: "Floats") -> float:
        share, keeps, part = at.tolist()
        return unlikelihood(unit, 1.0, share * (1.0 - keeps), keeps * part, keeps * (1.0 - part))

    best = min(
        (
            minimize(
                unlikely,
                np.array([1.0, keeps, part]),
                method="L-BFGS-B",
                bounds=[(0.05, 20.0), (0.0, MOST_KEPT), (0.0, 1.0)],
            )
            for keeps, part in _STARTS
        ),
        key=lambda found: float(found.fun),
    )
    share, keeps, part = best.x.tolist()
    return level * share * (1.0 - keeps), keeps * part, keeps * (1.0 - part)
