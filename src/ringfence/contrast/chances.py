"""One mode on many paths: how often anything dies, when, and what is lost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.contrast.estimates import Estimate, Losses, Sample, Tail
from ringfence.paths.fates import NEVER, Clock, ModeFates, Simulation

if TYPE_CHECKING:
    from ringfence.paths.fates import Steps

LEVELS: Final = (0.5, 0.9, 0.95, 0.99, 0.999)
_DAY: Final = 86400.0


@dataclass(frozen=True, slots=True)
class Died:
    """A pool or a position that may die.

    chance   within the horizon; None: it is not open in this mode
    days     [days] mean time of its death where it dies; None: it never does
    """

    name: str
    chance: Estimate | None
    days: Estimate | None


@dataclass(frozen=True, slots=True)
class ModePaths:
    """One mode on many paths. Amounts in ``unit``; losses are of what was put up, bad debt not among them.

    posted         what the account holds at the start
    liquidation    chance that the venue acts on anything within the horizon
    median_days    [days] by when half of the first liquidations have come; None: there is none
    mean_days      [days] mean time of the first one where there is one
    loss           mean
    worst_seen     the greatest loss of any path
    conservation   mean of wealth, fees and impact less bad debt and what was put up: nothing, in a fair market
    moved          dead paths: how many there are
    """

    mode: str
    cut: str
    venue: str
    unit: str
    posted: float
    liquidation: Estimate
    median_days: Estimate | None
    mean_days: Estimate | None
    pools: tuple[Died, ...]
    positions: tuple[Died, ...]
    loss: Estimate
    tails: tuple[Tail, ...]
    worst_seen: float
    fees: Estimate
    impact: Estimate
    bad_debt: Estimate
    conservation: Estimate
    dead_paths: int


def days_of(steps: "Steps", clock: Clock) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """Return when steps are [days]; the end of the horizon where they never come."""
    return np.minimum(steps, clock.steps) * (clock.step / _DAY)


def mode_on_paths(simulation: Simulation, fates: ModeFates, sample: Sample) -> ModePaths:
    """Return what paths say of one mode.

    Args:
        simulation: the run.
        fates: one of its modes.
        sample: its paths and their weights.

    """
    clock, first = simulation.clock, fates.first_death
    losses = Losses(sample, fates.posted - fates.wealth)
    dead = first != NEVER
    kept = fates.wealth + fates.fees + fates.impact - fates.bad_debt - fates.posted
    held = fates.pool_of >= 0
    return ModePaths(
        mode=fates.mode,
        cut=fates.cut,
        venue=fates.venue,
        unit=simulation.unit,
        posted=fates.posted,
        liquidation=sample.mean(dead),
        median_days=_median(first, clock, sample),
        mean_days=_mean_days(first, clock, sample),
        pools=tuple(_died(pool, fates.died[:, k], clock, sample) for k, pool in enumerate(fates.pools)),
        positions=tuple(
            _died(label, fates.left[:, k], clock, sample) if held[k] else Died(label, None, None)
            for k, label in enumerate(fates.positions)
        ),
        loss=sample.mean(losses.losses),
        tails=tuple(losses.tail(level) for level in LEVELS),
        worst_seen=losses.worst,
        fees=sample.mean(fates.fees),
        impact=sample.mean(fates.impact),
        bad_debt=sample.mean(fates.bad_debt),
        conservation=sample.mean(kept),
        dead_paths=int(np.count_nonzero(dead)),
    )


def _died(name: str, steps: "Steps", clock: Clock, sample: Sample) -> Died:
    return Died(name, sample.mean(steps != NEVER), _mean_days(steps, clock, sample))


def _mean_days(steps: "Steps", clock: Clock, sample: Sample) -> Estimate | None:
    dead = steps != NEVER
    return sample.ratio(np.where(dead, days_of(steps, clock), 0.0), dead)


def _median(steps: "Steps", clock: Clock, sample: Sample) -> Estimate | None:
    """Return when half of those that come have come."""
    dead = steps != NEVER
    if not dead.any():
        return None
    weight = None if sample.weight is None else sample.weight[dead] / sample.weight[dead].mean()
    of_dead = Sample(int(np.count_nonzero(dead)), weight)
    return Losses(of_dead, days_of(steps[dead], clock)).quantile(0.5)
