"""Options on a forward: prices and what they depend on. Floats and arrays alike, of any shapes that broadcast.

Everything is undiscounted and for one unit of the coin, in the currency of forward and strike. An option that pays
in the coin is worth this over the forward. Years are of 365 days.
"""

import math
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from scipy.special import ndtr

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64] | float

_ROOT_TWO_PI: Final = math.sqrt(2.0 * math.pi)
_LEAST_WIDTH: Final = 1e-300
"""A width below which an option is worth its intrinsic value; no quotient overflows above it."""


def black_price(
    forward: "Floats", strike: "Floats", sigma: "Floats", years: "Floats", sign: "Floats"
) -> "npt.NDArray[np.float64]":
    """Return the price of European options on a forward.

        s (F N(s d1) - K N(s d2)),  d1 = ln(F / K) / w + w / 2,  d2 = d1 - w,  w = sigma sqrt(T)

    Where the width w is zero it is the intrinsic value.

    Units   forward, strike [quote/coin], sigma [1/sqrt(year)], years [year], sign +1 call, -1 put -> [quote/coin]
    Source  Black, F. (1976): The pricing of commodity contracts
    """
    forward, strike, sign = np.asarray(forward), np.asarray(strike), np.asarray(sign)
    width = np.maximum(np.asarray(sigma) * np.sqrt(years), _LEAST_WIDTH)
    with np.errstate(divide="ignore", over="ignore"):
        d1 = np.log(forward / strike) / width + 0.5 * width
    d1 = np.where(np.isnan(d1), 0.0, d1)
    price = sign * (forward * ndtr(sign * d1) - strike * ndtr(sign * (d1 - width)))
    return np.asarray(np.maximum(price, np.maximum(sign * (forward - strike), 0.0)))


def black_delta(
    forward: "Floats", strike: "Floats", sigma: "Floats", years: "Floats", sign: "Floats"
) -> "npt.NDArray[np.float64]":
    """Return the derivative of the price in the forward: s N(s d1).

    Units   as for the price -> [1]
    Source  Black (1976)
    """
    width = np.maximum(np.asarray(sigma) * np.sqrt(years), _LEAST_WIDTH)
    with np.errstate(divide="ignore", over="ignore"):
        d1 = np.log(np.asarray(forward) / strike) / width + 0.5 * width
    return np.asarray(sign * ndtr(np.where(np.isnan(d1), 0.0, np.asarray(sign) * d1)))


def black_gamma(
    forward: "Floats", strike: "Floats", sigma: "Floats", years: "Floats"
) -> "npt.NDArray[np.float64]":
    """Return the second derivative of the price in the forward: phi(d1) / (F w).

    Units   as for the price -> [coin/quote]
    Source  Black (1976)
    """
    width = np.maximum(np.asarray(sigma) * np.sqrt(years), _LEAST_WIDTH)
    return np.asarray(_density(forward, strike, width) / (np.asarray(forward) * width))


def black_vega(
    forward: "Floats", strike: "Floats", sigma: "Floats", years: "Floats"
) -> "npt.NDArray[np.float64]":
    """Return the derivative of the price in sigma: F phi(d1) sqrt(T). For a change by 0.01 take a hundredth.

    Units   as for the price -> [quote/coin]
    Source  Black (1976)
    """
    width = np.maximum(np.asarray(sigma) * np.sqrt(years), _LEAST_WIDTH)
    return np.asarray(forward * _density(forward, strike, width) * np.sqrt(years))


def black_theta(
    forward: "Floats", strike: "Floats", sigma: "Floats", years: "Floats"
) -> "npt.NDArray[np.float64]":
    """Return what the price gains in a year at this rate: -F phi(d1) sigma / (2 sqrt(T)). A day's is 1/365 of it.

    Units   as for the price -> [quote/coin/year]
    Source  Black (1976)
    """
    width = np.maximum(np.asarray(sigma) * np.sqrt(years), _LEAST_WIDTH)
    root = np.maximum(np.sqrt(years), _LEAST_WIDTH)
    return np.asarray(-forward * _density(forward, strike, width) * sigma / (2.0 * root))


def _density(forward: "Floats", strike: "Floats", width: "Floats") -> "npt.NDArray[np.float64]":
    with np.errstate(divide="ignore", over="ignore"):
        d1 = np.log(np.asarray(forward) / strike) / width + 0.5 * np.asarray(width)
        return np.asarray(np.exp(-0.5 * np.square(d1)) / _ROOT_TWO_PI)


def implied_vol(price: float, forward: float, strike: float, years: float, sign: int) -> float | None:
    """Return the volatility at which an option has a price, or None where none does.

    Below the intrinsic value, or at or above the forward (call) or strike (put), no volatility does.

    Units   price, forward, strike [quote/coin], years [year], sign +1 call, -1 put -> [1/sqrt(year)]
    Source  root of the Black (1976) price by Brent's method
    """
    from scipy.optimize import brentq  # noqa: PLC0415 - paid for by books that state prices only

    most = forward if sign > 0 else strike
    if years <= 0.0 or not max(sign * (forward - strike), 0.0) < price < most:
        return None
    high = 1.0
    while black_price(forward, strike, high, years, sign) < price:
        high *= 2.0
    return float(
        brentq(
            lambda sigma: float(black_price(forward, strike, sigma, years, sign)) - price,
            0.0, high, xtol=1e-15, rtol=4 * np.finfo(float).eps,
        )
    )  # fmt: skip
