"""Kernels over paths compiled before they are needed: one block of one coin goes through all of them."""

from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch.compiled import is_kept
from ringfence.batch.walk import LANES
from ringfence.batch.walk import law as at
from ringfence.batch.walk.draw import begin, fill
from ringfence.batch.walk.run import run
from ringfence.batch.walk.tables import ASK, PART, PIECE, POOL

if TYPE_CHECKING:
    from ringfence.batch.walk.law import LawRecord


def is_warm() -> bool:
    """Return whether the kernels over paths are compiled, and kept on disk."""
    return is_kept(begin) and is_kept(fill) and is_kept(run)


def warm_up(law: "LawRecord") -> None:
    """Compile every kernel of the room, and keep them on disk. Where they are kept, load them: a second or two.

    Args:
        law: of one coin, as a record.

    """
    bits, held = np.empty((4, LANES), np.uint64), np.empty((law[0][at.ROWS], LANES))
    begin(law, 0, 0, bits, held)
    fill(law, bits, held, 0, np.empty((1, 1, LANES)), np.empty((1, LANES)))
    pools = np.array([(1.0, 0.0, 0, 1, True, False, 0, False)], POOL)
    parts, pieces = np.array([(0, 0, 1, 0.0, 0.0)], PART), np.array([(0.0, -1.0, 1.0, 0.0)], PIECE)
    block = np.ones((1, 1, LANES))
    run(
        law, 0, 0, np.ones((1, 3), np.int64), pools, parts, pieces, np.ones(1), np.zeros((1, 0, 2)), block.copy(),
        np.zeros((1, 1, LANES), np.int32), np.ones((1, 1, 1, LANES)), np.zeros((1, 1, 0, 2, LANES)), block.copy(),
        np.zeros((1, 1, 2, LANES)), np.zeros((1, LANES)), np.empty(0, ASK), block.copy(),
    )  # fmt: skip
