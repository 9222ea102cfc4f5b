"""Draw the moves of a block: factors of every coin, step by step, under any law.

A kernel that walks a book over a block does, with ``law`` a record as in ``law.py``:

    bits, held = np.empty((4, LANES), np.uint64), np.empty((law[0][ROWS], LANES))
    factors, ratios = np.empty((chunk, coins, LANES)), np.empty((chunk, LANES))
    begin(law, seed, block, bits, held)
    fill(law, bits, held, first, factors, ratios)       # again and again; first = 0, chunk, 2 chunk, ...

and finds factors[k, coin, lane] = S(first + k + 1) / S(first + k) > 0, float64, and ratios[k, lane], the log of the
likelihood ratio dP / dQ of the lane's path up to and with that step, for Q the tilt in every lane: zero where nothing
is tilted. Lanes are tilted but for a share of them; ``formula.model.tilt.weight_of(ratio, plain)`` is the weight of a
lane whose path is looked at no further. The last chunk may be shorter: pass factors[:n] and ratios[:n]. What comes out
does not depend on the size of the chunks.
"""

import math
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch.compiled import inlined
from ringfence.batch.walk import LANES
from ringfence.batch.walk import law as at
from ringfence.batch.walk.compiled import walking
from ringfence.batch.walk.fused import fused
from ringfence.batch.walk.lanes import STRIDE, normals, one_normal, one_uniform, seeded
from ringfence.batch.walk.leaps import leap, waiting
from ringfence.batch.walk.past import blocks, filtered
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
    whole, real, by_coin, history = law[0], law[1], law[3], law[6]
    seeded(np.uint64(seed), np.uint64(block), bits)
    held[:, :] = 0.0
    for lane in range(LANES):
        if whole[at.TILTED] == 1:
            held[at.TILTS, lane] = 1.0 if one_uniform(bits, lane) >= real[at.PLAIN] else 0.0
        if whole[at.LEAPS] > 0:
            held[at.WAIT, lane] = waiting(real, held[at.TILTS, lane], one_uniform(bits, lane))
        if whole[at.SPREAD_OF] == at.WANDERING:
            known = math.isfinite(real[at.BEGINS])
            held[at.MOOD, lane] = real[at.BEGINS] if known else real[at.WIDTH] * one_normal(bits, lane)
        if whole[at.KIND] == at.BLOCKS:
            held[at.MOOD, lane] = math.floor(one_uniform(bits, lane) * history.shape[0])
        if whole[at.KIND] == at.FILTERED:
            for coin in range(whole[at.COINS]):
                held[at.VARIANCES + coin, lane] = by_coin[at.NOW, coin]


@walking
def fill(
    law: "LawRecord", bits: "Bits", held: "Floats", first: int, factors: "Floats", ratios: "Floats"
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
    kind = law[0][at.KIND]
    if kind == at.GAUSSIAN:
        _gaussian(law, bits, held, factors, ratios)
    elif kind == at.FILTERED:
        filtered(law, bits, held, factors)
    else:
        blocks(law, bits, held, first, factors)
    if kind != at.GAUSSIAN:
        ratios[:, :] = 0.0


@walking
def _gaussian(law: "LawRecord", bits: "Bits", held: "Floats", factors: "Floats", ratios: "Floats") -> None:
    whole, spread = law[0], law[2]
    coins, spread_of = whole[at.COINS], whole[at.SPREAD_OF]
    drawn = np.empty(LANES, np.uint64)
    drivers = np.zeros((spread.shape[1] + 2, STRIDE), np.float32)
    moves, roots = np.zeros(STRIDE, np.float32), np.ones(STRIDE, np.float32)
    for step in range(factors.shape[0]):
        _drive(bits, drawn, drivers, coins if spread_of == at.EVEN else coins + 1)
        if whole[at.TILTED] == 1:
            _tilt(law, drivers, held)
        if spread_of == at.MIXED:
            _mixed(law, drivers[coins], roots)
        elif spread_of == at.WANDERING:
            _wandered(law, drivers, held[at.MOOD], roots)
        _move(law, drivers, roots, moves, factors[step])
        if whole[at.LEAPS] > 0:
            leap(law, bits, held, factors[step])
        ratios[step, :] = held[at.RATIO]


@walking
def _drive(bits: "Bits", drawn: "Bits", drivers: "Floats32", rows: int) -> None:
    """Fill rows of drivers with standard normal numbers, two at a time."""
    for row in range(0, rows, 2):
        normals(bits, drawn, drivers[row], drivers[row + 1])


@walking
def _move(
    law: "LawRecord", drivers: "Floats32", roots: "Floats32", moves: "Floats32", factors: "Floats"
) -> None:
    """Fill the factors (C, LANES) of a step from its drivers and the root of its variance."""
    spread, by_coin, even = law[2], law[3], law[0][at.SPREAD_OF] == at.EVEN
    for coin in range(factors.shape[0]):
        drift, half = np.float32(by_coin[at.DRIFT, coin]), np.float32(by_coin[at.HALF, coin])
        _combined(spread[coin], drivers, coin, drift - half if even else np.float32(0.0), moves)
        if not even:
            for lane in range(LANES):
                root = roots[lane]
                moves[lane] = drift + root * (moves[lane] - root * half)
        exponentials(moves, factors[coin])


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
            first = fused(b, two[lane], fused(a, one[lane], moves[lane]))
            moves[lane] = fused(d, four[lane], fused(c, three[lane], first))


@walking
def _tilt(law: "LawRecord", drivers: "Floats32", held: "Floats") -> None:
    """Shift the drivers of the lanes that are tilted, and sum the log of dP / dQ: t^2 / 2 - t . z, z as shifted."""
    shift, half, ratio, tilts = law[8], law[1][at.HALF_SQUARE], held[at.RATIO], held[at.TILTS]
    for lane in range(LANES):
        ratio[lane] += half
    for row in range(shift.shape[0]):
        by, driver = shift[row], drivers[row]
        if by != np.float32(0.0):
            for lane in range(LANES):
                shifted = driver[lane] + by * np.float32(tilts[lane])
                driver[lane] = shifted
                ratio[lane] -= float(by * shifted)


@walking
def _mixed(law: "LawRecord", driver: "Floats32", roots: "Floats32") -> None:
    """Fill the root of the variance of a step by looking it up at a normal number; straight between cells."""
    table, cells, start = law[5][0], law[1][at.GRID], law[1][at.GRID_FROM]
    for lane in range(LANES):
        place = (float(driver[lane]) - start) * cells
        cell = int(place)
        roots[lane] = np.float32(table[cell] + (place - cell) * (table[cell + 1] - table[cell]))


@walking
def _wandered(law: "LawRecord", drivers: "Floats32", mood: "Floats", roots: "Floats32") -> None:
    """Fill the root of the variance of a step, and move the logarithm of variance on to the next."""
    real, market = law[1], law[9]
    coins, width = market.shape[0], real[at.WIDTH]
    halves, powers = np.empty(LANES, np.float32), np.empty(LANES)
    for lane in range(LANES):
        halves[lane] = np.float32(0.5 * mood[lane] - 0.25 * (width * width))
    exponentials(halves, powers)
    keeps, noise, leverage = real[at.KEEPS], real[at.NOISE], real[at.LEVERAGE]
    own = noise * math.sqrt(1.0 - leverage * leverage)
    for lane in range(LANES):
        roots[lane] = np.float32(powers[lane])
        mood[lane] = keeps * mood[lane] + own * float(drivers[coins, lane])
    for row in range(coins):
        by, driver = noise * leverage * float(market[row]), drivers[row]
        for lane in range(LANES):
            mood[lane] += by * float(driver[lane])
