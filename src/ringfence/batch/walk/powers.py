"""Exponentials of rows of lanes, from float32: small moves keep all their digits."""

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.compiled import inlined
from ringfence.batch.walk import LANES
from ringfence.batch.walk.fused import fused

if TYPE_CHECKING:
    from ringfence.batch.walk.law import Floats, Floats32

_MOST: Final = np.float32(80.0)
_LEAST: Final = np.float32(-80.0)
_PER_LN_TWO: Final = np.float32(1.0 / math.log(2.0))
_LN_TWO: Final = np.float32(0.693359375)
_LN_TWO_REST: Final = np.float32(-2.12194440e-4)
_WHOLE: Final = np.float32(12582912.0)
"""1.5 * 2**23: added to a small float32 and taken away again it leaves the nearest integer."""
_BIAS: Final = np.int32(127)
_MANTISSA: Final = np.int32(23)
_ONE: Final = np.float32(1.0)
_E2, _E3, _E4, _E5, _E6, _E7 = (np.float32(1.0 / math.factorial(n)) for n in range(2, 8))


@inlined
def exponentials(x: "Floats32", out: "Floats") -> None:
    """Fill a row with exp(x), cut off at exp(+-80): where |x| < ln 2 / 2, exp(x) - 1 is right to 1e-7 of itself.

    Source  Cody & Waite (1980), Software manual for the elementary functions; the series is Taylor's, of degree 7
    """
    for lane in range(LANES):
        v = x[lane]
        v = v if v < _MOST else _MOST
        v = v if v > _LEAST else _LEAST
        power = fused(v, _PER_LN_TWO, _WHOLE) - _WHOLE
        r = fused(-power, _LN_TWO_REST, fused(-power, _LN_TWO, v))
        series = fused(fused(fused(fused(fused(_E7, r, _E6), r, _E5), r, _E4), r, _E3), r, _E2)
        less_one = fused(r * r, series, r)
        scale = np.int32(np.int32(np.int32(power) + _BIAS) << _MANTISSA).view(np.float32)
        out[lane] = float(scale) * (1.0 + float(less_one))
