"""Weights of paths that were drawn under a tilt, and looked at up to some step. Arrays of float64, or numbers."""

from typing import TYPE_CHECKING

import numpy as np

from ringfence.formula.model.normal import normal_tail

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


def second_moment(distance: float) -> float:
    """Return the mean square of the weighed estimate of P(Z > a) where Z is drawn around a: e^(a^2) Phi(-2 a).

    Units   [deviations] -> [1]
    Source  Siegmund (1976); Glasserman (2003), section 4.6
    """
    return float(np.exp(distance * distance) * normal_tail(2.0 * distance))


def saving(distance: float) -> float:
    """Return the variance of counting P(Z > a) plainly over that of counting it around a.

    Units   [deviations] -> [1]
    Source  ``second_moment``
    """
    chance = normal_tail(distance)
    return chance * (1.0 - chance) / (second_moment(distance) - chance * chance)
