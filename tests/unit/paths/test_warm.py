"""What walks paths is compiled once, by a command or by the first run, and is then known to be."""

from datetime import UTC, datetime

import numpy as np

from ringfence.batch.walk.warm import is_warm, warm_up
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.laws import Gbm
from ringfence.paths.lower import lowered


def test_after_a_warm_up_every_kernel_over_paths_is_kept() -> None:
    clock = Clock(datetime(2025, 1, 1, tzinfo=UTC), 3600.0, 1)
    warm_up(lowered(Gbm(), Coins(("BTC",), np.array([0.5]), np.ones((1, 1))), clock))
    assert is_warm()
