"""A near zero of any buffer by its slopes, for the few that are no sum over coins. Nothing is proved."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from ringfence.core.bracket import closed_in
from ringfence.margin.reverse_stress import LEAST, Metric

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_ROUNDS: Final = 10
_STEP: Final = 1e-5
"""[sigma] Width of a difference quotient."""
_FURTHEST: Final = 16.0
_CLOSE: Final = 1e-13


def local_point(
    buffer: Callable[[Sequence[float]], float],
    sigmas: Sequence[float],
    metric: Metric,
    start: Sequence[float],
) -> tuple[tuple[float, ...], float] | None:
    """Return moves on the zero of a buffer and their length [sigma], or None where the slopes lead nowhere.

    Each round steps to the point of the tangent plane's zero that is nearest to today (Hasofer & Lind 1974), and
    from there along its ray to the true zero. The best is kept.

    Args:
        buffer: of a joint move; positive today.
        sigmas: daily volatility of each coin, a fraction.
        metric: the correlation.
        start: moves from which to look first.

    """
    import numpy as np  # noqa: PLC0415 - paid for by books of several coins

    widths = np.array(sigmas)

    def moves(x: "Floats") -> tuple[float, ...]:
        return tuple(max(LEAST, move) for move in (widths * x).tolist())

    def reading(x: "Floats") -> float:
        return buffer(moves(x))

    x, best, nearest = np.array(start) / widths, None, math.inf
    for _ in range(_ROUNDS):
        share = _first_zero(reading, x)
        if share is None or metric.length(share * x) >= nearest * (1.0 - 1e-10):
            break
        x = share * x
        best, nearest = x, metric.length(x)
        here = reading(x)
        slopes = np.array([(reading(x + _STEP * unit) - here) / _STEP for unit in np.eye(len(widths))])
        steepest = metric.matrix @ slopes
        fall = float(slopes @ steepest)
        if fall <= 0:
            break
        x = steepest * ((float(slopes @ x) - here) / fall)
    return None if best is None else (moves(best), nearest)


def _first_zero(reading: Callable[["Floats"], float], x: "Floats") -> float | None:
    """Return the multiple of x at which the buffer is used up, or None where none in reach is."""
    safe, past = 0.0, 1.0
    while reading(past * x) > 0:
        safe, past = past, past * 1.5
        if past > _FURTHEST:
            return None
    return closed_in(lambda share: reading(share * x), safe, past, _CLOSE * past)[1]
