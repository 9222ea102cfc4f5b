"""Student's law as a normal law whose variance is drawn: V = (df - 2) / chi^2 of df, of mean one. Float64."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def mixing_roots(df: float, normal: "Floats") -> "Floats":
    """Return the root of V, increasing in a standard normal number: sqrt(V) z is Student's, of variance 1.

    V is scaled so that its mean over the numbers given, a fine even grid, is one to the last digits.

    Units   df [1] > 2, normal [1] increasing, evenly spaced -> [1]
    Source  V's quantile at the chance below the number; Abramowitz & Stegun 26.4 for chi^2 as a gamma law
    """
    from scipy.special import gammainccinv, gammaincinv, ndtr  # noqa: PLC0415 - half a second, for paths only

    half = df / 2.0
    low = gammainccinv(half, ndtr(np.minimum(normal, 0.0)))
    high = gammaincinv(half, ndtr(-np.maximum(normal, 0.0)))
    variance = (half - 1.0) / np.where(normal < 0.0, low, high)
    weight = np.exp(-0.5 * np.square(normal))
    return np.asarray(np.sqrt(variance * (weight.sum() / (weight * variance).sum())))


def kurtosis(df: float) -> float:
    """Return E x^4 / (E x^2)^2 of Student's law; df > 4.

    Units   [1] -> [1]
    Source  3 (df - 2) / (df - 4)
    """
    return 3.0 * (df - 2.0) / (df - 4.0)


def df_of(kurtosis_seen: float) -> float:
    """Return the degrees of freedom at which Student's law has a kurtosis > 3.

    Units   [1] -> [1]
    Source  ``kurtosis``, solved
    """
    return 4.0 + 6.0 / (kurtosis_seen - 3.0)
