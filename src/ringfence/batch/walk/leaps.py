"""Jumps: they are rare, so that a lane waits for its next one, and draws nothing until it comes."""

import math
from typing import TYPE_CHECKING

from ringfence.batch.compiled import inlined
from ringfence.batch.walk import LANES
from ringfence.batch.walk import law as at
from ringfence.batch.walk.compiled import walking
from ringfence.batch.walk.lanes import one_normal, one_uniform

if TYPE_CHECKING:
    from ringfence.batch.walk.law import Bits, Floats, LawRecord


@inlined
def waiting(real: "Floats", tilts: float, u: float) -> float:
    """Return the steps until the next jump, exponential: a Poisson process has no memory."""
    rate = real[at.RATE] * (real[at.RATE_TIMES] if tilts > 0.0 else 1.0)
    return -math.log(u) / rate


@walking
def leap(law: "LawRecord", bits: "Bits", held: "Floats", factors: "Floats") -> None:
    """Multiply the factors (C, LANES) of a step by the jumps that come in it, and sum the log of dP / dQ."""
    real, wait, ratio = law[1], held[at.WAIT], held[at.RATIO]
    tilted = law[0][at.TILTED] == 1
    fewer = real[at.RATE] * (real[at.RATE_TIMES] - 1.0) if tilted else 0.0
    for lane in range(LANES):
        wait[lane] -= 1.0
        ratio[lane] += fewer
    for lane in range(LANES):
        while wait[lane] <= 0.0:
            _jump(law, bits, held, factors, lane)
            wait[lane] += waiting(real, held[at.TILTS, lane], one_uniform(bits, lane))


@inlined
def _jump(law: "LawRecord", bits: "Bits", held: "Floats", factors: "Floats", lane: int) -> None:
    by_coin, leaps, tilts = law[3], law[7], held[at.TILTS, lane]
    chosen, source = one_uniform(bits, lane), 0
    while source < leaps.shape[0] - 2 and chosen >= leaps[source, at.UP_TO]:
        source += 2
    row = source + 1 if tilts > 0.0 else source
    size = _size(leaps[row], bits, lane)
    coin = int(leaps[row, at.WHOSE])
    if coin >= 0:
        factors[coin, lane] *= math.exp(size)
    else:
        for each in range(factors.shape[0]):
            factors[each, lane] *= math.exp(by_coin[at.PART, each] * size)
    held[at.RATIO, lane] += leaps[source + 1, at.LEVEL] - leaps[source + 1, at.SLOPE] * size


@inlined
def _size(leap_row: "Floats", bits: "Bits", lane: int) -> float:
    """Return the logarithm of what a jump multiplies a price by."""
    up = leap_row[at.UP]
    if up < 0.0:
        return leap_row[at.ONE] + leap_row[at.OTHER] * one_normal(bits, lane)
    away = -math.log(one_uniform(bits, lane))
    return leap_row[at.ONE] * away if one_uniform(bits, lane) < up else -leap_row[at.OTHER] * away
