"""How the pools of many accounts stand, counted block by block."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from ringfence.batch import figures
from ringfence.batch.columns import CROSS, ISOLATED
from ringfence.screen.verdicts import Verdicts

_MODES: Final[Mapping[str, int]] = {"cross": CROSS, "isolated": ISOLATED}


class Standings:
    """Counts that grow block by block.

    accounts   how many
    counts     margin mode -> pools by status, positions, pools that the exact engine decided
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.accounts = 0
        self.counts = {mode: dict.fromkeys((*figures.STATUSES, "positions", "exact"), 0) for mode in _MODES}

    def add(self, found: Verdicts) -> None:
        """Count a block."""
        columns, status = found.columns, found.judged.status
        self.accounts += len(columns.accounts)
        positions = np.diff(columns.first_position)
        for mode, kind in _MODES.items():
            of_mode, counts = columns.pool_kind == kind, self.counts[mode]
            for code, word in enumerate(figures.STATUSES):
                counts[word] += int(np.count_nonzero(of_mode & (status == code)))
            counts["positions"] += int(positions[of_mode].sum())
            counts["exact"] += int(np.count_nonzero(of_mode & found.exact))

    @property
    def pools(self) -> int:
        """Return how many pools there are."""
        return sum(counts[word] for counts in self.counts.values() for word in figures.STATUSES)
