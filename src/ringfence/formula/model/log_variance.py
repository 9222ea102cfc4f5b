"""A variance whose logarithm reverts to a mean: V = exp(y - spread^2 / 2), y Ornstein and Uhlenbeck's. Float64."""

import numpy as np


def mean_wildness(start: float, keeps: float, spread: float, steps: int) -> float:
    """Return the mean of V over the next steps, V being ``start`` at the first; in the long run it is one.

        E V_k = exp(y k^n - spread^2 k^2n / 2),  y = ln start + spread^2 / 2

    Units   start [1] > 0, keeps [1] of y a step, spread [1] -> [1]
    Source  y_n is normal with mean y k^n and variance spread^2 (1 - k^2n); Uhlenbeck & Ornstein (1930)
    """
    kept = keeps ** np.arange(steps)
    begins = np.log(start) + spread * spread / 2.0
    return float(np.exp(begins * kept - np.square(spread * kept) / 2.0).mean())
