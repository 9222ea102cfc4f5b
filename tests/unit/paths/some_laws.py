"""Laws, coins and clocks that several tests draw from."""

from datetime import UTC, datetime

import numpy as np

from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.laws import (
    Bootstrap,
    DoubleExponentialJumps,
    Garch,
    Gbm,
    Jumps,
    Law,
    NormalJumps,
    StochasticVolatility,
    StudentT,
)

CORRELATION = np.array([[1.0, 0.8, 0.3], [0.8, 1.0, 0.5], [0.3, 0.5, 1.0]])
NAMES = ("BTC", "ETH", "SOL")
COINS = Coins(NAMES, np.array([0.6, 0.8, 1.1]), CORRELATION)
START = datetime(2025, 1, 1, tzinfo=UTC)
CLOCK = Clock(START, 3600.0, 48)

MERTON = NormalJumps(rate=120.0, mean=-0.04, deviation=0.05)
KOU = DoubleExponentialJumps(rate=150.0, up=0.3, mean_up=0.02, mean_down=0.03)


def past(rows: int = 400) -> np.ndarray:
    """Return joint factors of three coins with fat tails and a drift, and serial dependence."""
    source = np.random.default_rng(11)
    moves = source.standard_t(5, (rows, 3)) @ np.linalg.cholesky(CORRELATION).T * 0.01 + 0.0005
    moves[1:] += 0.3 * moves[:-1]
    return np.exp(moves)


def filtered() -> Garch:
    """Return filtered history whose variance begins high."""
    residuals = np.log(past())
    residuals = (residuals - residuals.mean(axis=0)) / residuals.std(axis=0)
    each = np.ones(3)
    return Garch(NAMES, 3600.0, residuals, 4e-6 * each, 0.08 * each, 0.88 * each, 4e-4 * each)


LAWS: dict[str, Law] = {
    "gbm": Gbm(),
    "student": StudentT(6.0),
    "volatility": StochasticVolatility(speed=200.0, spread=0.7, leverage=-0.5),
    "jumps": Jumps(MERTON, KOU, parts=(1.0, 1.2, -0.5)),
    "student-jumps": Jumps(KOU, None, between=StudentT(4.0)),
    "volatile-jumps": Jumps(None, MERTON, between=StochasticVolatility(300.0, 0.5, 0.3, start=2.0)),
    "garch": filtered(),
    "bootstrap": Bootstrap(NAMES, 3600.0, past(), block=8.0),
}
