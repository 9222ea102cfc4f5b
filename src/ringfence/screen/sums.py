"""Sums of floats without rounding: the same whatever the order, and however the terms were divided into blocks.

Every finite float64 is a whole multiple of one tiny unit, so a sum is a whole number of them: Python's integers add
without rounding, and rounding happens once, when a sum is read.
"""

from decimal import Context, Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Floats

_BITS: Final = 53
_HALF: Final = 26
_UNIT: Final = 1200
"""Sums are counted in 2**-1200, which divides every float64."""
_CHUNK: Final = 1 << 24
"""Terms at a time: so many halves of mantissas add up within what a float64 holds to the unit."""

SHOWN: Final = Context(prec=12)
"""Digits with which a sum of float64 figures is shown: what went into it holds some fifteen."""


def exact_sums(values: "Floats", groups: "npt.NDArray[np.integer]", count: int) -> list[int]:
    """Return the sum of the values of each group, in units of 2**-1200.

    Args:
        values: finite numbers.
        groups: value -> its group, from 0.
        count: how many groups there are.

    """
    found = [0] * count
    for start in range(0, len(values), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        _add(values[chunk], np.asarray(groups[chunk], np.int64), found)
    return found


def _add(values: "Floats", groups: "npt.NDArray[np.int64]", found: list[int]) -> None:
    parts, powers = np.frexp(values)
    whole = np.ldexp(parts, _BITS).astype(np.int64)
    low = int(powers.min())
    span = int(powers.max()) - low + 1
    bins = groups * span + (powers - low)
    size = len(found) * span
    high = np.bincount(bins, (whole >> _HALF).astype(np.float64), size).astype(np.int64)
    rest = np.bincount(bins, (whole & ((1 << _HALF) - 1)).astype(np.float64), size).astype(np.int64)
    for place in np.flatnonzero(high | rest).tolist():
        group, power = divmod(place, span)
        found[group] += ((int(high[place]) << _HALF) + int(rest[place])) << (power + low - _BITS + _UNIT)


def read_sum(units: int) -> Decimal:
    """Return a sum that ``exact_sums`` counted, rounded to twelve digits."""
    return SHOWN.plus(SHOWN.divide(Decimal(units), Decimal(1 << _UNIT)))


def exact_sum(values: "Floats") -> int:
    """Return the sum of finite numbers, in units of 2**-1200."""
    return exact_sums(values, np.zeros(len(values), np.int64), 1)[0]
