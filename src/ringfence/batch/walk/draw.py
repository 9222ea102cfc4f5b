"""Draw the moves of a block: factors of every coin, step by step, under any law.

A kernel that walks a book over a block does, with ``law`` a record as in ``law.py``:

    bits, held = np.empty((4, LANES), np.uint64), np.empty((law[0][ROWS], LANES))
    factors, ratios = np.empty((chunk, coins, LANES)), np.empty((chunk, LANES))
    begin(law, seed, block, bits, held)
    fill(law, bits, held, first, factors, ratios)       # again and again; first = 0, chunk, 2 chunk, ...

and finds factors[k, coin, lane] = S(first + k + 1) / S(first + k) > 0, float64, and ratios[k, lane], the log of the
likelihood ratio of the lane's path up to and with that step: zero where nothing is tilted. The last chunk may be
shorter: pass factors[:n] and ratios[:n]. What comes out does not depend on the size of the chunks.
"""

from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch.compiled import inlined
from ringfence.batch.walk import LANES
from ringfence.batch.walk import law as at
from ringfence.batch.walk.compiled import walking
from ringfence.batch.walk.lanes import STRIDE, normals, one_uniform, seeded
from ringfence.batch.walk.powers import exponentials

if TYPE_CHECKING:
    from ringfence.batch.walk.law import Bits, Floats, Floats32, LawRecord

__all__ = ["LANES", "begin", "fill"]


@walking
def begin(law: "LawRecord", seed: int, block: int, bits: "Bits", held: "Floats") -> None:
    """Set a block to its start.

    Args:
        law: the record.
        seed: of the run, >= 0.
        block: the number of the block, >= 0.
        bits: (4, LANES), to fill.
        held: (law[0][ROWS], LANES), to fill.

    """
    whole, real = law[0], law[1]
    seeded(np.uint64(seed), np.uint64(block), bits)
    for lane in range(LANES):
        held[at.RATIO, lane] = 0.0
        held[at.TILTS, lane] = 0.0
        if whole[at.TILTED] == 1:
            held[at.TILTS, lane] = 1.0 if one_uniform(bits, lane) >= real[at.PLAIN] else 0.0


@walking
def fill(
    law: "LawRecord",
    bits: "Bits",
    held: "Floats",  # noqa: ARG001 - for laws that remember
    first: int,  # noqa: ARG001 - as above
    factors: "Floats",
    ratios: "Floats",
) -> None:
    """Draw the next steps of a block.

    Args:
        law: the record.
        bits: state of the random streams; moves on.
        held: what the block holds on to; moves on.
        first: how many steps came before.
        factors: (steps, C, LANES), to fill.
        ratios: (steps, LANES), to fill.

    """
    _gaussian(law, bits, factors, ratios)


@inlined
def _gaussian(law: "LawRecord", bits: "Bits", factors: "Floats", ratios: "Floats") -> None:
    whole, spread, by_coin = law[0], law[2], law[3]
    coins = whole[at.COINS]
    drawn = np.empty(LANES, np.uint64)
    drivers = np.zeros((spread.shape[1] + 2, STRIDE), np.float32)
    moves = np.zeros(STRIDE, np.float32)
    for step in range(factors.shape[0]):
        for row in range(0, coins, 2):
            normals(bits, drawn, drivers[row], drivers[row + 1])
        for coin in range(coins):
            _combined(spread[coin], drivers, coin, np.float32(by_coin[0, coin] - by_coin[1, coin]), moves)
            exponentials(moves, factors[step, coin])
        ratios[step, :] = 0.0


@inlined
def _combined(
    weights: "Floats32", drivers: "Floats32", coin: int, start: np.float32, moves: "Floats32"
) -> None:
    """Fill a row of moves: a start, and a sum of drivers by weight, those up to the coin's own."""
    for lane in range(LANES):
        moves[lane] = start
    for row in range(0, coin + 1, 4):
        a, b, c, d = weights[row], weights[row + 1], weights[row + 2], weights[row + 3]
        one, two, three, four = drivers[row], drivers[row + 1], drivers[row + 2], drivers[row + 3]
        for lane in range(LANES):
            moves[lane] += (a * one[lane] + b * two[lane]) + (c * three[lane] + d * four[lane])
