"""What a scenario makes of a volatility. Floats and arrays alike, of any shapes that broadcast."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64] | float

_LEAST_REACH = 1e-300
"""Below it a skew is at its full at once; no quotient overflows into anything but that."""

_SOONEST = 1e-9
"""[day] Less time than this is none: no volatility matters then, and no quotient grows without end."""


def term_scale(
    days: "Floats", reference: "Floats", short_power: "Floats", long_power: "Floats", least: "Floats" = 0.0
) -> "npt.NDArray[np.float64]":
    """Return by what a change of volatility is multiplied for its time to expiry.

        (reference / max(days, least)) ** power, with short_power for less than the reference, long_power beyond

    Units   days, reference, least [day], powers [1] -> [1]
    Source  Deribit, Derive and Paradex portfolio margin: (30 / days) ** 0.3, or 0.13
    """
    powers = np.where(np.asarray(days) < reference, short_power, long_power)
    return np.asarray((np.asarray(reference) / np.maximum(days, np.maximum(least, _SOONEST))) ** powers)


def between_knots(days: "Floats", at: Sequence[float], changes: Sequence[float]) -> "npt.NDArray[np.float64]":
    """Return a change of volatility on the straight lines between knots, flat beyond their ends.

    Units   days, at [day], changes [1] or [1/sqrt(year)] -> as changes
    Source  OKX portfolio margin: changes by time to expiry
    """
    return np.asarray(np.interp(days, at, changes))


def raised_vol(
    sigma: "Floats", change: "Floats", least_rise: "Floats", least: "Floats", *, relative: bool
) -> "npt.NDArray[np.float64]":
    """Return a volatility that goes up: max(sigma * (1 + c), least), or sigma + c; c = max(change, least rise).

    Units   sigma, least [1/sqrt(year)], change and least_rise [1], or [1/sqrt(year)] -> [1/sqrt(year)]
    Source  Deribit portfolio margin: min_volatility_for_shock_up; Paradex: minimum shock up
    """
    rise = np.maximum(change, least_rise)
    return np.asarray(np.maximum(sigma * (1.0 + rise) if relative else sigma + rise, least))


def lowered_vol(sigma: "Floats", change: "Floats", *, relative: bool) -> "npt.NDArray[np.float64]":
    """Return a volatility that goes down: max(sigma * (1 - change), 0), or sigma - change.

    Units   as for one that goes up
    Source  as for one that goes up
    """
    return np.asarray(np.maximum(sigma * (1.0 - np.asarray(change)) if relative else sigma - change, 0.0))


def skew_reach(
    years: "Floats", least: "Floats", width: "Floats", vol: "Floats", slope: "Floats"
) -> "npt.NDArray[np.float64]":
    """Return at which log-moneyness a skew is at its full: max(least, sqrt(T) * width * (vol + slope * sqrt(T))).

    Units   years [year], least, width [1], vol [1/sqrt(year)], slope [1/year] -> [1]
    Source  Derive portfolio margin (PM2), skew scenarios
    """
    root = np.sqrt(years)
    return np.maximum(least, root * width * (vol + root * slope))


def skewed_vol(
    sigma: "Floats", moneyness: "Floats", cap: "Floats", reach: "Floats"
) -> "npt.NDArray[np.float64]":
    """Return a volatility after a skew: sigma * (1 + cap * k / reach), the change within the cap, not below zero.

    Units   sigma [1/sqrt(year)], moneyness k, cap, reach [1] -> [1/sqrt(year)]
    Source  Derive portfolio margin (PM2), skew scenarios
    """
    k, cap = np.asarray(moneyness), np.asarray(cap)
    with np.errstate(over="ignore"):
        change = k * cap / np.maximum(reach, _LEAST_REACH)
    change = np.where(k >= 0.0, np.minimum(cap, change), np.maximum(-cap, change))
    return np.asarray(sigma * np.maximum(1.0 + change, 0.0))
