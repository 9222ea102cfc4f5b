"""Prices under a law, as an array: for tests, figures and whoever asks in Python."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ringfence.core.errors import BookError
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.laws import Law
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
    from ringfence.batch.walk.draw import LANES, begin, fill  # noqa: PLC0415 - numba is imported to draw

    wanted = np.asarray(numbers, dtype=np.int64)
    for word, least in (("seed", seed), ("paths", int(wanted.min(initial=0)))):
        if least < 0:
            raise BookError(word, f"{least} is below zero", "Write a whole number, zero or above")
    record = lowered(law, coins, clock)
    bits, held = np.empty((4, LANES), np.uint64), np.empty((record[0][2], LANES))
    factors = np.empty((clock.steps, len(coins), LANES))
    ratios = np.empty((clock.steps, LANES))
    found = np.ones((len(wanted), clock.steps + 1, len(coins)))
    blocks = wanted // LANES
    for block in np.unique(blocks):
        begin(record, seed, int(block), bits, held)
        fill(record, bits, held, 0, factors, ratios)
        rows = np.flatnonzero(blocks == block)
        moved = np.cumprod(factors[:, :, wanted[rows] % LANES], axis=0)
        found[rows, 1:] = np.moveaxis(moved, 2, 0)
    return found
