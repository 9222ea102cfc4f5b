"""A law of prices over some coins and a clock, as plain arrays that kernels read."""

from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.walk import law as at
from ringfence.formula.model.correlation import root_of
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.laws import Law

if TYPE_CHECKING:
    from ringfence.batch.walk.law import LawRecord

YEAR: Final = 365.0 * 86400.0
"""[s] of volatilities."""


def lowered(
    law: Law,  # noqa: ARG001 - one law so far
    coins: Coins,
    clock: Clock,
) -> "LawRecord":
    """Return a law as its record: what ``batch.walk.draw.begin`` and ``fill`` take. See there for how to draw.

    Args:
        law: how prices move.
        coins: what moves, in the order of the factors.
        clock: when.

    """
    count, width = len(coins), -(-len(coins) // 4) * 4
    years = clock.step / YEAR
    deviation = coins.vols * np.sqrt(years)
    whole = np.zeros(at.WHOLES, np.int64)
    whole[[at.KIND, at.COINS, at.ROWS]] = at.GAUSSIAN, count, at.VARIANCES
    spread = np.zeros((count, width), np.float32)
    spread[:, :count] = deviation[:, None] * root_of(coins.correlation)
    by_coin = np.zeros((3, count))
    by_coin[0] = 0.0 if coins.drift is None else coins.drift * years
    by_coin[1] = np.square(deviation) / 2.0
    none, shift = np.zeros((0, 0)), np.zeros(count, np.float32)
    return whole, np.zeros(at.REALS), spread, by_coin, none, none, none, none, shift, shift
