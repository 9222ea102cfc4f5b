"""Random numbers, one stream a lane: xoshiro256+ for the bits, Box and Muller for the normal law.

Numbers are float32: 24 bits of a draw are more than any estimate from draws can see. No sum is reordered, and products
are fused with sums where it is written and nowhere else, so that a seed gives the same bits on any machine.
"""

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.compiled import inlined
from ringfence.batch.walk import LANES
from ringfence.batch.walk.compiled import walking
from ringfence.batch.walk.fused import fused

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy.typing as npt

    Bits: TypeAlias = npt.NDArray[np.uint64]
    Words: TypeAlias = npt.NDArray[np.int32]
    Floats32: TypeAlias = npt.NDArray[np.float32]

STRIDE: Final = 144
"""Float32 numbers from a row of lanes to the next: no power of two, or what is 4 KB apart waits for each other."""

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)
_U17, _U19, _U27, _U30, _U31, _U45 = (np.uint64(n) for n in (17, 19, 27, 30, 31, 45))
_U11: Final = np.uint64(11)

_31_BITS: Final = np.int32(0x7FFFFFFF)
_HALF: Final = np.float32(0.5)
_ONE: Final = np.float32(1.0)
_QUARTER: Final = np.float32(0.25)
_PER_2_31: Final = np.float32(2.0**-31)
_PER_2_32: Final = np.float32(2.0**-32)
_ROOT_HALF_BITS: Final = np.int32(0x3F3504F3)
_MANTISSA: Final = np.int32(23)
_MINUS_TWO: Final = np.float32(-2.0)
_LN_TWO: Final = np.float32(math.log(2.0))
_LOG: Final = tuple(
    np.float32(c)
    for c in (
        7.0376836292e-2,
        -1.1514610310e-1,
        1.1676998740e-1,
        -1.2420140846e-1,
        1.4249322787e-1,
        -1.6668057665e-1,
        2.0000714765e-1,
        -2.4999993993e-1,
        3.3333331174e-1,
    )
)
"""ln(1 + x) = x - x^2 / 2 + x^3 P(x): Cephes, logf."""
_L0, _L1, _L2, _L3, _L4, _L5, _L6, _L7, _L8 = _LOG
_TURN: Final = 2.0 * math.pi
_S0, _S1, _S2, _S3, _S4 = (
    np.float32((-1) ** n * _TURN ** (2 * n + 1) / math.factorial(2 * n + 1)) for n in range(5)
)
_S5: Final = np.float32(-(_TURN**11) / math.factorial(11))
_C1, _C2, _C3, _C4, _C5, _C6 = (
    np.float32((-1) ** n * _TURN ** (2 * n) / math.factorial(2 * n)) for n in range(1, 7)
)


@inlined
def mixed(x: np.uint64) -> np.uint64:
    """Return 64 bits that look like nothing else, from 64 that may look like each other.

    Source  Steele, Lea & Flood (2014): Fast splittable pseudorandom number generators (splitmix64, Stafford's mix 13)
    """
    x = (x ^ (x >> _U30)) * _FIRST
    x = (x ^ (x >> _U27)) * _SECOND
    return x ^ (x >> _U31)


@walking
def seeded(seed: np.uint64, block: np.uint64, bits: "Bits") -> None:
    """Set the streams of a block: bits (4, LANES) follow from the seed, the block and the lane."""
    start = mixed(mixed(mixed(seed + _GOLDEN) ^ block) + _GOLDEN)
    for lane in range(LANES):
        for word in range(4):
            start += _GOLDEN
            bits[word, lane] = mixed(start)


@inlined
def step_bits(bits: "Bits", out: "Bits") -> None:
    """Take the next 64 bits of every lane.

    Source  Blackman & Vigna (2021): Scrambled linear pseudorandom number generators (xoshiro256+)
    """
    b0, b1, b2, b3 = bits[0], bits[1], bits[2], bits[3]
    for lane in range(LANES):
        s0, s1, s2, s3 = b0[lane], b1[lane], b2[lane], b3[lane]
        out[lane] = s0 + s3
        s2 ^= s0
        s3 ^= s1
        b0[lane] = s0 ^ s3
        b1[lane] = s1 ^ s2
        b2[lane] = s2 ^ (s1 << _U17)
        b3[lane] = (s3 << _U45) | (s3 >> _U19)


@inlined
def one_uniform(bits: "Bits", lane: int) -> float:
    """Return the next number of one lane, in (0, 1): for what is rare."""
    s0, s1, s2, s3 = bits[0, lane], bits[1, lane], bits[2, lane], bits[3, lane]
    taken = s0 + s3
    s2 ^= s0
    s3 ^= s1
    bits[0, lane] = s0 ^ s3
    bits[1, lane] = s1 ^ s2
    bits[2, lane] = s2 ^ (s1 << _U17)
    bits[3, lane] = (s3 << _U45) | (s3 >> _U19)
    return (float(taken >> _U11) + 0.5) * 2.0**-53


@inlined
def one_normal(bits: "Bits", lane: int) -> float:
    """Return a standard normal number from the next two of one lane: for what is rare."""
    radius = math.sqrt(-2.0 * math.log(one_uniform(bits, lane)))
    return radius * math.cos(2.0 * math.pi * one_uniform(bits, lane))


@inlined
def logarithm(u: np.float32) -> np.float32:
    """Return ln u of a float32 u > 0 that is no subnormal, to 1e-7.

    Source  Moshier, Cephes mathematical library: logf
    """
    word = np.float32(u).view(np.int32)
    power = np.int32(np.int32(word - _ROOT_HALF_BITS) >> _MANTISSA)
    x = np.int32(word - np.int32(power << _MANTISSA)).view(np.float32) - _ONE
    square = x * x
    series = fused(_L0, x, _L1)
    series = fused(series, x, _L2)
    series = fused(series, x, _L3)
    series = fused(series, x, _L4)
    series = fused(series, x, _L5)
    series = fused(series, x, _L6)
    series = fused(series, x, _L7)
    series = fused(series, x, _L8)
    small = fused(square, fused(series, x, -_HALF), x)
    return fused(np.float32(power), _LN_TWO, small)


@inlined
def normals(bits: "Bits", drawn: "Bits", one: "Floats32", other: "Floats32") -> None:
    """Fill two rows of lanes with standard normal numbers; none is beyond 6.7.

    Source  Box & Muller (1958): A note on the generation of random normal deviates
    """
    step_bits(bits, drawn)
    words = drawn.view(np.int32)
    radii, turns = words[:LANES], words[LANES:]
    for lane in range(LANES):
        u = (np.float32(np.int32(radii[lane] & _31_BITS)) + _HALF) * _PER_2_31
        radius = np.sqrt(_MINUS_TWO * logarithm(u))
        turn = np.float32(turns[lane]) * _PER_2_32
        away = abs(turn) - _QUARTER
        t = away * away
        sine = fused(fused(fused(fused(fused(_S5, t, _S4), t, _S3), t, _S2), t, _S1), t, _S0)
        cosine = fused(fused(fused(fused(fused(_C6, t, _C5), t, _C4), t, _C3), t, _C2), t, _C1)
        cosine = fused(cosine, t, _ONE)
        one[lane] = -(radius * (sine * away))
        other[lane] = math.copysign(radius * cosine, turn)
