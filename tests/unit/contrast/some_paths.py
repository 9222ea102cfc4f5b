"""Runs over paths that were made by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from ringfence.paths.fates import NEVER, Clock, ModeFates, Simulation

CLOCK = Clock(datetime(2024, 10, 24, tzinfo=UTC), 86400.0, 10)
"""Ten days, a look a day."""


def fates(
    mode: str,
    left: Sequence[Sequence[int]],
    gain: Sequence[Sequence[float]],
    *,
    posted: float = 100.0,
    fees: Sequence[float] | None = None,
    bad_debt: Sequence[float] | None = None,
    least: Sequence[Sequence[float]] | None = None,
    pool_of: Sequence[int] | None = None,
    cut: str | None = None,
    notional: Sequence[float] | None = None,
) -> ModeFates:
    """Return a mode whose positions leave at some steps and gain some amounts; alone each has a pool of its own."""
    gained, leaving = np.array(gain, np.float64), np.array(left, np.int32)
    paths, count = gained.shape
    zero = np.zeros(paths)
    cost = zero if fees is None else np.array(fees, np.float64)
    debt = zero if bad_debt is None else np.array(bad_debt, np.float64)
    alone = mode == "isolated"
    pools = [f"isolated:{k}" for k in range(count)] if alone else ["cross:USDT"]
    died = leaving if alone else leaving.min(axis=1, keepdims=True)
    return ModeFates(
        mode=mode,
        cut=cut or ("at-leverage" if alone else "none"),
        venue="somewhere",
        pools=tuple(pools),
        positions=tuple(f"P{k}" for k in range(count)),
        pool_of=np.array(
            pool_of if pool_of is not None else range(count) if alone else [0] * count, np.int32
        ),
        posted=posted,
        notional=np.array(notional or [10.0] * count),
        died=died,
        left=leaving,
        gain=gained,
        other=zero,
        wealth=posted + gained.sum(axis=1) - cost + debt,
        fees=cost,
        impact=zero,
        bad_debt=debt,
        least=np.where(died == NEVER, 1.0, -1.0) if least is None else np.array(least, np.float64),
    )


def run(*modes: ModeFates, weight: Sequence[float] | None = None) -> Simulation:
    """Return a run of some modes on the same paths."""
    return Simulation(
        account="main",
        unit="USDT",
        on="2024-10-24",
        clock=CLOCK,
        coins=("BTC",),
        vols=np.array([0.6]),
        correlation=np.eye(1),
        law="by hand",
        monitoring="daily",
        seed=0,
        modes=modes,
        ribbons=(),
        weight=None if weight is None else np.array(weight),
        notes=(),
        digests={},
    )
