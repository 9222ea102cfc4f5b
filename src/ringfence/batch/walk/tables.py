"""Pools as kernels see them: a buffer that is a sum of functions of one coin each, every function in pieces.

A coin's price is counted in today's: its factor g. A piece holds from its edge on, up to the next one's.
"""

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64]
    Steps: TypeAlias = npt.NDArray[np.int32]

Records: TypeAlias = Any
"""An array of one of the records below."""
Record: TypeAlias = Any

POOL: Final = np.dtype(
    [
        ("base", "f8"), ("line", "f8"), ("first", "i8"), ("end", "i8"), ("at_ends", "?"), ("at_line", "?"),
        ("coin", "i8"), ("is_asked", "?"),
    ]
)  # fmt: skip
"""base: the buffer apart from its parts; line: the buffer below which the pool is past its trigger; first, end: its
parts; at_ends: it has one part, of ``coin``, and is least at one of the ends of any span of prices; at_line: on the
line it is past its trigger, too; is_asked: its owner tops it up."""
PART: Final = np.dtype([("coin", "i8"), ("first", "i8"), ("end", "i8"), ("low", "f8"), ("per_step", "f8")])
"""coin: what moves it; first, end: its pieces. With ``per_step`` above zero the pieces stand on an even grid from
``low`` on, that many to a unit."""
PIECE: Final = np.dtype([("edge", "f8"), ("constant", "f8"), ("slope", "f8"), ("inverse", "f8")])
"""constant + slope * g + inverse / g, from g = edge on."""
ASK: Final = np.dtype(
    [("pool", "i8"), ("equity", "i8"), ("ratio", "f8"), ("to", "f8"), ("cap", "f8"), ("delay", "i8")]
)
"""A pool that its owner tops up: which, and where its equity stands among the pools; the share of equity that is
needed from which on more is sent, and the one that is aimed at; how much in all, and how many steps it takes."""
