"""Moves of the past, drawn again: all coins of one instant together, so that they hang together as they did."""

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.compiled import inlined
from ringfence.batch.walk import LANES
from ringfence.batch.walk import law as at
from ringfence.batch.walk.compiled import walking
from ringfence.batch.walk.lanes import step_bits
from ringfence.batch.walk.powers import exponentials
from ringfence.formula.model import garch

if TYPE_CHECKING:
    from ringfence.batch.walk.law import Bits, Floats, LawRecord

_U11: Final = np.uint64(11)
_PER_2_53: Final = 2.0**-53

_next_variance: Final = inlined(garch.next_variance)


@walking
def filtered(law: "LawRecord", bits: "Bits", held: "Floats", factors: "Floats") -> None:
    """Fill factors exp(s z - c(s)), z the residual of an instant drawn from all, s the root of a GARCH variance.

    c is the cumulant of the residuals: the mean of a factor is one, whatever s. It is looked up as c(s) / s^2.
    """
    real, by_coin, table, history = law[1], law[3], law[5], law[6]
    drawn, rows, moves = np.empty(LANES, np.uint64), np.empty(LANES, np.int64), np.empty(LANES, np.float32)
    cells, most = real[at.GRID], (table.shape[1] - 2) / real[at.GRID]
    for step in range(factors.shape[0]):
        step_bits(bits, drawn)
        for lane in range(LANES):
            rows[lane] = int(float(drawn[lane] >> _U11) * _PER_2_53 * history.shape[0])
        for coin in range(factors.shape[1]):
            drift, look_up, variances = by_coin[at.DRIFT, coin], table[coin], held[at.VARIANCES + coin]
            omega, alpha, beta = by_coin[at.OMEGA, coin], by_coin[at.ALPHA, coin], by_coin[at.BETA, coin]
            for lane in range(LANES):
                root = math.sqrt(variances[lane])
                root = root if root < most else most
                place = root * cells
                cell = int(place)
                cumulant = look_up[cell] + (place - cell) * (look_up[cell + 1] - look_up[cell])
                shock = root * history[rows[lane], coin]
                moves[lane] = np.float32(drift + shock - root * root * cumulant)
                variances[lane] = _next_variance(variances[lane], shock, omega, alpha, beta)
            exponentials(moves, factors[step, coin])


@walking
def blocks(law: "LawRecord", bits: "Bits", held: "Floats", first: int, factors: "Floats") -> None:
    """Fill factors of the past: the instant after the last one drawn, or, by chance, any: the past is a circle.

    Source  Politis & Romano (1994): The stationary bootstrap
    """
    anew, by_step, history, places = law[1][at.ANEW], law[4], law[6], held[at.MOOD]
    drawn, instants = np.empty(LANES, np.uint64), history.shape[0]
    for step in range(factors.shape[0]):
        step_bits(bits, drawn)
        for lane in range(LANES):
            u = float(drawn[lane] >> _U11) * _PER_2_53
            after = int(places[lane]) + 1
            after = 0 if after >= instants else after
            other = int(u / anew * instants)
            places[lane] = other if u < anew and other < instants else after
        for coin in range(factors.shape[1]):
            times, row = by_step[first + step, coin], factors[step, coin]
            for lane in range(LANES):
                row[lane] = times * history[int(places[lane]), coin]
