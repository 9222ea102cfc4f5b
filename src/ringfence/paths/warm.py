"""What walks paths, compiled before anybody waits for it."""

from datetime import UTC, datetime

import numpy as np

from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.laws import Gbm
from ringfence.paths.lower import lowered


def warm_up() -> None:
    """Compile every kernel over paths, and keep them on disk. Where they are kept, load them: a second or two."""
    from ringfence.batch.walk.warm import warm_up as compile_all  # noqa: PLC0415 - numba is imported by who walks

    clock = Clock(datetime(1970, 1, 1, tzinfo=UTC), 3600.0, 1)
    compile_all(lowered(Gbm(), Coins(("BTC",), np.array([0.5]), np.ones((1, 1))), clock))
