"""Weights of paths that were drawn under a tilt, and looked at up to some step. Arrays of float64, or numbers."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def weight_of(ratio: "Floats", plain: float) -> "Floats":
    """Return the weight of a path drawn from a mixture: some lanes plain, the others tilted.

        1 / (plain + (1 - plain) / exp(ratio)), ratio = log(dP / dQ) of the path up to where it is looked at no further

    No weight is above 1 / plain, however wild the tilt. The weights' mean is one.

    Units   ratio [log], plain [1] share of plain lanes -> [1]
    Source  Hesterberg (1995): Weighted average importance sampling and defensive mixture distributions
    """
    return np.asarray(
        np.exp(-np.logaddexp(np.log(plain) if plain > 0.0 else -np.inf, np.log1p(-plain) - ratio))
    )
