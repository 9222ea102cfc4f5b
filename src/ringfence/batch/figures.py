"""What both engines write of pools and positions: which figure stands in which column."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from ringfence.batch.columns import Bytes, Floats

    Flags: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]

VALUE: Final = 0
PNL: Final = 1
OPEN: Final = 2
NEED: Final = 3
CLOSING: Final = 4
SLACK: Final = 5
OPEN_SLACK: Final = 6
SIZE: Final = 7
CLAIM: Final = 8
"""What is written of a position: its value, P&L, initial and maintenance requirement, closing cost, the slack of the
last two together and of the initial one, the sum of magnitudes that went into it, and what equity may count of it: P&L,
or what something that was paid for is worth. All in its settlement asset."""
FIGURES: Final = 9

COLLATERAL: Final = 0
UNREALIZED: Final = 1
EQUITY: Final = 2
INITIAL: Final = 3
MAINTENANCE: Final = 4
COST: Final = 5
BUFFER: Final = 6
BOUND: Final = 7
OPEN_BOUND: Final = 8
WORDS: Final = ("collateral_value", "unrealized_pnl", "equity", "initial_requirement", "maintenance_requirement",
                "closing_cost", "buffer", "bound", "initial_bound")  # fmt: skip
"""A pool's columns, in its unit."""

HEALTHY: Final = 0
BELOW_INITIAL: Final = 1
LIQUIDATABLE: Final = 2
BANKRUPT: Final = 3
STATUSES: Final = ("healthy", "below_initial", "liquidatable", "bankrupt")


@dataclass(frozen=True, slots=True)
class Judged:
    """Every pool's numbers.

    pools      pool x ``WORDS``; NaN initial: it is not known
    positions  position x what ``batch.pool`` writes of one
    status     pool -> place in ``STATUSES``
    sure       pool -> whether the status stands whatever rounding did
    """

    pools: "Floats"
    positions: "Floats"
    status: "Bytes"
    sure: "Flags"
