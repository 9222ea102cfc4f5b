"""Draws of prices, beside NumPy's fastest generator and beside the bits alone, in one run.

A path-step is 8 coins one step on. Ours draws in lanes of 128 paths, in float32; NumPy's peer is SFC64 with float32
normal numbers, then the same Cholesky product and exponential on whole arrays. The limit is the generator's bits with
nothing made of them. All on one thread, in its own processor time, rounds interleaved: read the ratios.
``python -m bench.draws --quick`` runs one short round.
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from numba import njit

from ringfence.batch.walk import LANES
from ringfence.batch.walk.draw import begin, fill
from ringfence.batch.walk.lanes import STRIDE, normals, seeded, step_bits
from ringfence.batch.walk.law import ROWS
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.laws import (
    Bootstrap,
    DoubleExponentialJumps,
    Garch,
    Gbm,
    Jumps,
    Law,
    StochasticVolatility,
    StudentT,
    Tilt,
)
from ringfence.paths.lower import YEAR, lowered

if TYPE_CHECKING:
    from ringfence.batch.walk.law import Bits, LawRecord

COINS: Final = 8
CHUNK: Final = 16
CLOCK: Final = Clock(datetime(2025, 1, 1, tzinfo=UTC), 840.0, 720)
NAMES: Final = tuple("ABCDEFGH")
MARKET: Final = Coins(NAMES, np.full(COINS, 0.8), 0.6 * np.ones((COINS, COINS)) + 0.4 * np.eye(COINS))
TILT: Final = Tilt((-0.05,) * COINS, rate_times=3.0, common=-0.02)
_ROUNDS: Final = 7
_LONG: Final = 20
"""Blocks of a round."""


@njit(error_model="numpy", nogil=True)
def _normals(bits: "Bits", count: int) -> None:
    """Draw normal numbers, two rows of lanes at a time."""
    drawn, rows = np.empty(LANES, np.uint64), np.empty((2, STRIDE), np.float32)
    for _ in range(count):
        normals(bits, drawn, rows[0], rows[1])


@njit(error_model="numpy", nogil=True)
def _bits(bits: "Bits", count: int) -> None:
    drawn = np.empty(LANES, np.uint64)
    for _ in range(count):
        step_bits(bits, drawn)


@njit(error_model="numpy", nogil=True)
def _walk(law: "LawRecord", blocks: int, steps: int) -> None:
    """Draw the factors of some blocks, chunk by chunk."""
    bits, held = np.empty((4, LANES), np.uint64), np.empty((law[0][ROWS], LANES))
    factors, ratios = np.empty((CHUNK, COINS, LANES)), np.empty((CHUNK, LANES))
    for block in range(blocks):
        begin(law, 1, block, bits, held)
        for first in range(0, steps, CHUNK):
            fill(law, bits, held, first, factors, ratios)


def numpy_walk(source: np.random.Generator, steps: int, paths: int) -> None:
    """Draw the same steps of geometric Brownian motion on whole arrays, the step in turn."""
    root = np.linalg.cholesky(MARKET.correlation).astype(np.float32).T
    deviation = (MARKET.vols * np.sqrt(CLOCK.step / YEAR)).astype(np.float32)
    half = deviation * deviation / 2
    for _ in range(steps):
        z = source.standard_normal((paths, COINS), dtype=np.float32)
        np.exp(z @ root * deviation - half)


def laws() -> dict[str, tuple[Law, Tilt | None]]:
    """Return every law, and two under a tilt."""
    source = np.random.default_rng(1)
    residuals = source.standard_t(5, (7000, COINS))
    residuals = (residuals - residuals.mean(axis=0)) / residuals.std(axis=0)
    variance, one = 0.64 * CLOCK.step / YEAR, np.ones(COINS)
    leaps = DoubleExponentialJumps(50.0, 0.3, 0.03, 0.04)
    student = Jumps(leaps, None, between=StudentT(4.0))
    past = np.exp(residuals * np.sqrt(variance))
    of_garch = 0.02 * variance * one, 0.08 * one, 0.9 * one, variance * one
    return {
        "gbm": (Gbm(), None),
        "gbm, tilted": (Gbm(), TILT),
        "student-t (4)": (StudentT(4.0), None),
        "student-t (4), common jumps": (student, None),
        "student-t (4), common jumps, tilted": (student, TILT),
        "common and own jumps": (Jumps(leaps, leaps), None),
        "stochastic volatility": (StochasticVolatility(200.0, 0.8, -0.3), None),
        "garch, filtered history": (Garch(NAMES, CLOCK.step, residuals, *of_garch), None),
        "bootstrap": (Bootstrap(NAMES, CLOCK.step, past, 24.0), None),
    }


def races(blocks: int) -> dict[str, tuple[Callable[[], object], int]]:
    """Return what is raced: work, and how many numbers or path-steps it makes."""
    bits, source = np.empty((4, LANES), np.uint64), np.random.Generator(np.random.SFC64(1))
    seeded(np.uint64(1), np.uint64(0), bits)
    many = blocks * 4_000
    found: dict[str, tuple[Callable[[], object], int]] = {
        "bits of normal numbers (limit)": (lambda: _bits(bits, many), 2 * many * LANES),
        "normal numbers": (lambda: _normals(bits, many), 2 * many * LANES),
        "normal numbers, numpy SFC64 f32": (
            lambda: source.standard_normal(many * LANES // 4, dtype=np.float32),
            many * LANES // 4,
        ),
        "normal numbers, numpy SFC64 f64": (
            lambda: source.standard_normal(many * LANES // 4),
            many * LANES // 4,
        ),
        "gbm, numpy": (lambda: numpy_walk(source, 10 * blocks, 4096), 10 * blocks * 4096),
    }
    for name, (law, tilt) in laws().items():
        record = lowered(law, MARKET, CLOCK, tilt)
        found[name] = (
            lambda record=record: _walk(record, blocks, CLOCK.steps),  # type: ignore[misc]
            blocks * LANES * CLOCK.steps,
        )
    return found


def main(*, quick: bool) -> None:
    """Print a table of times and ratios."""
    raced = races(2 if quick else _LONG)
    for work, _ in raced.values():
        work()
    times: dict[str, list[float]] = {name: [] for name in raced}
    for _ in range(1 if quick else _ROUNDS):
        for name, (work, size) in raced.items():
            start = time.thread_time()
            work()
            times[name].append((time.thread_time() - start) / size * 1e9)
    print(f"{'':38}{'ns each':>8}{'M each s':>10}   against")
    peers = {
        "normal numbers": ("normal numbers, numpy SFC64 f32", "bits of normal numbers (limit)"),
        "gbm": ("gbm, numpy",),
    }
    for name, each in times.items():
        middle = statistics.median(each)
        said = []
        for peer in peers.get(name, ("gbm",) if name not in peers and name in laws() else ()):
            ratio = statistics.median(b / a for a, b in zip(each, times[peer], strict=True))
            said.append(f"{peer} takes {ratio:.2f} times as long")
        print(f"{name:38}{middle:8.2f}{1000 / middle:10.0f}   {'; '.join(said)}")
    pairs = zip(times["normal numbers"], times["gbm"], strict=True)
    print(f"normal numbers are {statistics.median(COINS * a / b for a, b in pairs):.0%} of a step of gbm")


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
