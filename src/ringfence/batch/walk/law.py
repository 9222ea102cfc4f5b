"""A law of prices as the kernels read it: plain arrays, the same types for every law.

whole     int64    [KIND] [COINS] [ROWS] [SPREAD_OF] [LEAPS] [TILTED], below
real      float64  numbers of the law, below
spread    float32  (C, C padded to fours) sigma_i sqrt(dt) times the rows of the Cholesky factor
by_coin   float64  (5, C) numbers of each coin, below
by_step   float64  (steps, C) what the moves of a step are multiplied by; for blocks of history only
table     float64  what is looked up, by law
history   float64  (T, C) residuals or factors of the past
leaps     float64  (2 S, 7) sources of jumps, each as it is and, in the next row, as it is tilted; below
tilt      float32  (C,) shift of the Gaussian drivers a step
market    float32  (C,) weights of the drivers in the common move
"""

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64]
    Floats32: TypeAlias = npt.NDArray[np.float32]
    Whole: TypeAlias = npt.NDArray[np.int64]
    Bits: TypeAlias = npt.NDArray[np.uint64]
    LawRecord: TypeAlias = tuple[
        Whole, Floats, Floats32, Floats, Floats, Floats, Floats, Floats, Floats32, Floats32
    ]

KIND: Final = 0
"""Place in ``whole``: one of the three kinds."""
COINS: Final = 1
"""Place in ``whole``: how many coins there are."""
ROWS: Final = 2
"""Place in ``whole``: rows of lanes that a block holds on to from step to step."""
SPREAD_OF: Final = 3
"""Place in ``whole``: what makes the variance of a step, for a Gaussian kind."""
LEAPS: Final = 4
"""Place in ``whole``: sources of jumps."""
TILTED: Final = 5
"""Place in ``whole``: 1 where the likelihood ratio of the lanes is summed."""
WHOLES: Final = 6

GAUSSIAN: Final = 0
"""Kind: normal drivers, and jumps upon them."""
FILTERED: Final = 1
"""Kind: residuals of the past, made as wild as a GARCH variance says."""
BLOCKS: Final = 2
"""Kind: factors of the past, in blocks."""

EVEN: Final = 0
"""Variance of a step: the same at every step."""
MIXED: Final = 1
"""Variance of a step: drawn for each step, for all coins at once; its root is in ``table``, by a normal number."""
WANDERING: Final = 2
"""Variance of a step: its logarithm reverts to a mean."""

RATE: Final = 0
"""Place in ``real``: jumps a step, from all sources."""
RATE_TIMES: Final = 1
"""Place in ``real``: by what the rate is multiplied where tilted."""
PLAIN: Final = 2
"""Place in ``real``: share of lanes that are not tilted."""
KEEPS: Final = 3
"""Place in ``real``: what a step keeps of the logarithm of variance."""
NOISE: Final = 4
"""Place in ``real``: deviation of what a step adds to it."""
LEVERAGE: Final = 5
"""Place in ``real``: correlation of that with the common move."""
WIDTH: Final = 6
"""Place in ``real``: deviation of the logarithm of variance in the long run."""
BEGINS: Final = 7
"""Place in ``real``: the logarithm of variance at the start; not finite: drawn from the long run."""
ANEW: Final = 8
"""Place in ``real``: chance that a block of history begins at a step."""
GRID: Final = 9
"""Place in ``real``: cells of ``table`` a unit."""
GRID_FROM: Final = 10
"""Place in ``real``: where ``table`` begins."""
HALF_SQUARE: Final = 11
"""Place in ``real``: half the square of the shift of the drivers."""
REALS: Final = 12

DRIFT: Final = 0
"""Row of ``by_coin``: logarithm by which the mean grows in a step, less what jumps bring."""
HALF: Final = 1
"""Row of ``by_coin``: half the variance of a step."""
PART: Final = 2
"""Row of ``by_coin``: part in common jumps."""
OMEGA: Final = 1
"""Row of ``by_coin``, filtered: variance that comes anew a step."""
ALPHA: Final = 2
"""Row of ``by_coin``, filtered: weight of the square of the last move."""
BETA: Final = 3
"""Row of ``by_coin``, filtered: weight of the last variance."""
NOW: Final = 4
"""Row of ``by_coin``, filtered: variance of the first step."""
COIN_ROWS: Final = 5

UP_TO: Final = 0
"""Column of ``leaps``: chance that a jump comes from this source or one before."""
WHOSE: Final = 1
"""Column of ``leaps``: the coin that jumps; -1: all, each by its part."""
UP: Final = 2
"""Column of ``leaps``: chance of up, of double exponential sizes; below zero: sizes are normal."""
ONE: Final = 3
"""Column of ``leaps``: mean size up; or the mean."""
OTHER: Final = 4
"""Column of ``leaps``: mean size down; or the deviation."""
SLOPE: Final = 5
"""Column of ``leaps``: what a size is multiplied by in the log of the likelihood ratio, taken away."""
LEVEL: Final = 6
"""Column of ``leaps``: what a jump adds to the log of the likelihood ratio, whatever its size."""
LEAP_COLUMNS: Final = 7

RATIO: Final = 0
"""Row that a block holds: log of the likelihood ratio so far: plain over tilted."""
TILTS: Final = 1
"""Row that a block holds: 1 where a lane is tilted, else 0."""
WAIT: Final = 2
"""Row that a block holds: steps until the next jump."""
MOOD: Final = 3
"""Row that a block holds: the logarithm of variance, or the place in history."""
VARIANCES: Final = 4
"""First of the rows that a block holds by coin: GARCH variances of the next step."""
