"""What pools need, added up model by model."""

from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.netting.units import ROUNDING, STEPS, totals
from ringfence.venue.entry import Measure

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats, Places

MEASURES: Final[tuple[Measure, Measure]] = ("initial", "maintenance")


class Needs:
    """What pools need, as models say it one after another: two measures, and a slip for both."""

    def __init__(self, pools: int) -> None:
        self.value = {measure: np.zeros(pools) for measure in MEASURES}
        self.slip = np.zeros(pools)

    def add(self, pool: "Places", values: dict[Measure, "Floats"], slip: "Floats") -> None:
        """Add what is needed in the unit of pools; a pool may be named more than once."""
        size = len(self.slip)
        most = np.zeros(len(pool))
        for measure, value in values.items():
            self.value[measure] += totals(pool, value, size)
            most = np.maximum(most, np.abs(value))
        self.slip += totals(pool, slip + STEPS * ROUNDING * most, size)
