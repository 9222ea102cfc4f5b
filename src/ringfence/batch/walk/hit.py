"""Whether one pool is met by paths, each weighed by how much likelier it was made: for what is rare.

A path adds its weight at the step where the pool dies. Between looks the chance that a Brownian bridge went below the
line is added instead of a draw of it, where marks are looked at all the time.
"""

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.walk import LANES
from ringfence.batch.walk import law as at
from ringfence.batch.walk.compiled import walking
from ringfence.batch.walk.draw import begin, fill
from ringfence.batch.walk.look import place_of, value_at

if TYPE_CHECKING:
    from ringfence.batch.walk.law import LawRecord
    from ringfence.batch.walk.tables import Floats, Record, Records

CHUNK: Final = 16
"""Steps that are drawn together."""
_GONE: Final = 1e-12
"""A chance to be alive below which a path is not led on."""


@walking
def hit(
    law: "LawRecord", seed: int, first: int, steps: int, pools: "Records", parts: "Records", pieces: "Records",
    reach: float, covariance: "Floats", end: float, plain: float, found: "Floats",
) -> None:  # fmt: skip
    """Find what each path adds to the chance that a pool dies. B blocks, C coins, L lanes.

    Args:
        law: how prices move.
        seed: of the run.
        first: number of the first block.
        steps: how many.
        pools: one pool: ``POOL``,
        parts: its ``PART``
        pieces: and ``PIECE``.
        reach: how far beyond a look the price of a pool on one coin is taken to have been, as a factor.
        covariance: (C, C) of the logarithms of a step, for a bridge between looks; (0, 0): none.
        end: logarithm of the one price over today's at which a pool on one coin dies, below or above: its bridge is
            then that of the logarithm, exact for any step; 0: the bridge is that of the buffer.
        plain: share of lanes that are not tilted.
        found: (B, L) takes what each path adds.

    """
    coins, pool = law[0][at.COINS], pools[0]
    bits, held = np.empty((4, LANES), np.uint64), np.empty((law[0][at.ROWS], LANES))
    factors, logs = np.empty((CHUNK, coins, LANES)), np.zeros((CHUNK, LANES))
    level, alive, buffer = np.empty((coins, LANES)), np.empty(LANES), np.empty(LANES)
    slopes, square = np.zeros((coins, LANES)), np.empty(LANES)
    for b in range(found.shape[0]):
        begin(law, seed, first + b, bits, held)
        level[:, :] = 1.0
        alive[:] = 1.0
        found[b, :] = 0.0
        before = 0
        if covariance.shape[0] > 0:
            _distances(pool, parts, pieces, level, covariance, end, slopes, buffer, square)
        while before < steps and alive.max() > _GONE:
            taken = min(CHUNK, steps - before)
            fill(law, bits, held, before, factors[:taken], logs[:taken])
            for s in range(taken):
                for c in range(coins):
                    for i in range(LANES):
                        level[c, i] *= factors[s, c, i]
                if covariance.shape[0] > 0:
                    _bridged(
                        pool, parts, pieces, level, covariance, end, slopes, square, buffer, plain, logs[s], alive,
                        found[b],
                    )  # fmt: skip
                else:
                    _looked(pool, parts, pieces, level, reach, buffer, plain, logs[s], alive, found[b])
            before += taken


@walking
def _buffers(
    pool: "Record", parts: "Records", pieces: "Records", level: "Floats", reach: float, buffer: "Floats"
) -> None:
    """Fill what each lane has above the line; with a reach, where its one price is least good."""
    for i in range(LANES):
        buffer[i] = pool.base - pool.line
    for p in range(pool.first, pool.end):
        part = parts[p]
        row = level[part.coin]
        for i in range(LANES):
            if pool.at_ends:
                down, up = value_at(part, pieces, row[i] / reach), value_at(part, pieces, row[i] * reach)
                buffer[i] += down if down < up else up
            else:
                buffer[i] += value_at(part, pieces, row[i])


@walking
def _distances(
    pool: "Record", parts: "Records", pieces: "Records", level: "Floats", covariance: "Floats", end: float,
    slopes: "Floats", buffer: "Floats", square: "Floats",
) -> None:  # fmt: skip
    """Fill how far each lane is from where it dies, and the variance of that over a step.

    In the pool's buffer, by its slopes in the logarithms of prices; or in the logarithm of its one price.
    """
    if end != 0.0:
        row = level[pool.coin]
        for i in range(LANES):
            away = math.log(row[i]) - end
            buffer[i] = away if end < 0.0 else -away
        square[:] = covariance[pool.coin, pool.coin]
        return
    buffer[:] = pool.base - pool.line
    slopes[:, :] = 0.0
    square[:] = 0.0
    for p in range(pool.first, pool.end):
        part = parts[p]
        _add(part, pieces, level[part.coin], buffer, slopes[part.coin])
    for c in range(slopes.shape[0]):
        for d in range(c + 1):
            by = covariance[c, d] if c == d else 2.0 * covariance[c, d]
            if by != 0.0:
                one, other = slopes[c], slopes[d]
                for i in range(LANES):
                    square[i] += by * one[i] * other[i]


@walking
def _add(part: "Record", pieces: "Records", row: "Floats", buffer: "Floats", slopes: "Floats") -> None:
    """Add a part and its slope in the logarithm of its price; at once where all lanes are on one piece."""
    least, most = place_of(part, pieces, row.min()), place_of(part, pieces, row.max())
    if least == most:
        constant, slope, inverse = pieces[least].constant, pieces[least].slope, pieces[least].inverse
        if inverse == 0.0:
            for i in range(LANES):
                buffer[i] += constant + slope * row[i]
                slopes[i] += slope * row[i]
        else:
            for i in range(LANES):
                buffer[i] += constant + slope * row[i] + inverse / row[i]
                slopes[i] += slope * row[i] - inverse / row[i]
        return
    for i in range(LANES):
        piece = pieces[place_of(part, pieces, row[i])]
        rises, falls = piece.slope * row[i], piece.inverse / row[i]
        buffer[i] += piece.constant + rises + falls
        slopes[i] += rises - falls


@walking
def _weight(log: float, plain: float) -> float:
    return math.exp(log) if plain <= 0.0 else 1.0 / (plain + (1.0 - plain) * math.exp(-log))


@walking
def _looked(
    pool: "Record", parts: "Records", pieces: "Records", level: "Floats", reach: float, buffer: "Floats",
    plain: float, log: "Floats", alive: "Floats", found: "Floats",
) -> None:  # fmt: skip
    """Let those die that a look finds below the line."""
    _buffers(pool, parts, pieces, level, reach, buffer)
    for i in range(LANES):
        if alive[i] > 0.0 and (buffer[i] < 0.0 or (buffer[i] == 0.0 and pool.at_line)):
            alive[i] = 0.0
            found[i] = _weight(log[i], plain)


@walking
def _bridged(
    pool: "Record", parts: "Records", pieces: "Records", level: "Floats", covariance: "Floats", end: float,
    slopes: "Floats", square: "Floats", buffer: "Floats", plain: float, log: "Floats", alive: "Floats", found: "Floats",
) -> None:  # fmt: skip
    """Let each lane die by the chance that its buffer was used up since the last look."""
    was, before = buffer.copy(), square.copy()
    _distances(pool, parts, pieces, level, covariance, end, slopes, buffer, square)
    for i in range(LANES):
        if alive[i] > _GONE:
            mean = 0.5 * (before[i] + square[i])
            chance = 1.0
            if buffer[i] > 0.0:
                chance = math.exp(-2.0 * was[i] * buffer[i] / mean) if mean > 0.0 else 0.0
            found[i] += alive[i] * chance * _weight(log[i], plain)
            alive[i] *= 1.0 - chance
        # Nothing is left to die.
        else:
            alive[i] = 0.0
