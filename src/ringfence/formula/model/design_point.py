"""The likeliest way to where a function is zero: the point nearest to nothing in standard normal coordinates."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_ROUNDS: Final = 100
_CLOSE: Final = 1e-6
_NEAR: Final = 1e-6
_LEAST: Final = 1e-3


def design_point(function: Callable[["Floats"], tuple[float, "Floats"]], start: "Floats") -> "Floats | None":
    """Return a point z nearest to the origin with f(z) = 0; None where none was found.

        z' = (grad f . z - f) / |grad f|^2 * grad f, and half of a step that goes too far

    ``function`` returns f and its gradient.

    Units   standard deviations
    Source  Hasofer & Lind (1974); Rackwitz & Fiessler (1978): Structural reliability under combined random load
            sequences
    """
    z = start.astype(np.float64)
    value, slope = function(z)
    size = abs(function(np.zeros(len(z)))[0]) or 1.0
    share = 1.0
    for _ in range(_ROUNDS):
        square = float(slope @ slope)
        if square == 0.0 or not np.isfinite(square):
            return None
        moved = z + share * ((float(slope @ z) - value) / square * slope - z)
        there, along = function(moved)
        if not np.isfinite(there) or (abs(there) > 2.0 * abs(value) + _NEAR * size and share > _LEAST):
            share *= 0.5
            continue
        still = float(np.abs(moved - z).max()) <= _CLOSE
        z, value, slope, share = moved, there, along, min(1.0, 1.5 * share)
        if still and abs(value) <= _NEAR * size:
            return z
    return z if abs(value) <= _LEAST * size else None
