"""Prices under a law, as an array: for tests, figures and whoever asks in Python."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch.walk.law import ROWS
from ringfence.core.errors import BookError
from ringfence.paths.checked import check_seed
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.laws import Law, Tilt
from ringfence.paths.lower import lowered

if TYPE_CHECKING:
    from ringfence.paths.coins import Floats


def prices(law: Law, coins: Coins, clock: Clock, seed: int, numbers: Sequence[int]) -> "Floats":
    """Return prices over their first, (paths, steps + 1, coins): the same numbers that any run of this seed sees.

    Args:
        law: how they move.
        coins: what moves.
        clock: when.
        seed: >= 0, of the run.
        numbers: which paths, each >= 0; a run of a thousand paths has numbers 0 to 999.

    Raises:
        BookError: the seed or a number is below zero, or the law does not fit the coins and the clock.

    """
    return tilted_prices(law, coins, clock, seed, numbers, None)[0]


def tilted_prices(
    law: Law, coins: Coins, clock: Clock, seed: int, numbers: Sequence[int], tilt: Tilt | None
) -> tuple["Floats", "Floats"]:
    """Return prices drawn under a tilt, as ``prices``, and the log of dP / dQ up to each step, (paths, steps).

    Args:
        law: how they move.
        coins: what moves.
        clock: when.
        seed: >= 0, of the run.
        numbers: which paths, each >= 0.
        tilt: how; ``formula.model.tilt.weight_of`` makes a weight of a ratio.

    Raises:
        BookError: the seed or a number is below zero, or the law does not fit the coins and the clock.

    """
    from ringfence.batch.walk.draw import LANES, begin, fill  # noqa: PLC0415 - numba is imported to draw

    wanted = np.asarray(numbers, dtype=np.int64)
    check_seed(seed)
    if wanted.min(initial=0) < 0:
        raise BookError("paths", f"{wanted.min()} is below zero", "Write a whole number, zero or above")
    record = lowered(law, coins, clock, tilt)
    bits, held = np.empty((4, LANES), np.uint64), np.empty((int(record[0][ROWS]), LANES))
    factors = np.empty((clock.steps, len(coins), LANES))
    ratios = np.empty((clock.steps, LANES))
    found = np.ones((len(wanted), clock.steps + 1, len(coins)))
    logs = np.empty((len(wanted), clock.steps))
    blocks = wanted // LANES
    for block in np.unique(blocks):
        begin(record, seed, int(block), bits, held)
        fill(record, bits, held, 0, factors, ratios)
        rows = np.flatnonzero(blocks == block)
        moved = np.cumprod(factors[:, :, wanted[rows] % LANES], axis=0)
        found[rows, 1:] = np.moveaxis(moved, 2, 0)
        logs[rows] = ratios[:, wanted[rows] % LANES].T
    return found, logs
