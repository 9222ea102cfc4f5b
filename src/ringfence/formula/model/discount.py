"""What a later value counts for today, beyond what interest alone makes of it. Floats and arrays alike."""

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64] | float


def discount_held(
    years: "Floats", rate: "Floats", base: "Floats", times: "Floats", plus: "Floats"
) -> "npt.NDArray[np.float64]":
    """Return the share that counts of what is held: base * exp(-T * (rate * times + plus)).

    Units   years [year], rate, plus [1/year], base, times [1] -> [1]
    Source  Derive portfolio margin: static discount of an expiry that is worth something
    """
    return np.asarray(base * np.exp(-np.asarray(years) * (np.asarray(rate) * times + plus)))


def discount_owed(
    years: "Floats", rate: "Floats", base: "Floats", times: "Floats", plus: "Floats"
) -> "npt.NDArray[np.float64]":
    """Return the share that counts of what is owed: base * exp(T * (rate * times + plus)), at most exp(T * rate).

    Units   as for what is held
    Source  Derive portfolio margin (PM2): static discount of an expiry that owes; no more than undiscounted
    """
    years, rate = np.asarray(years), np.asarray(rate)
    with np.errstate(over="ignore"):
        return np.minimum(np.exp(years * rate), base * np.exp(years * (rate * times + plus)))
