"""A margin model on a history of prices: how often a day costs more than it asked for, and how it swings.

Today's book meets each day of the past: the coins make that day's moves from today's prices, and the volatility of
options stands as far from today's as the volatility of the coin did then. So strikes keep their distance, and what is
tested is the model and not a book that has drifted away. Time does not pass within a step.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from typing import Final, Literal

from ringfence.core.errors import BookError
from ringfence.core.number import EXACT, from_model
from ringfence.formula.model.coverage import (
    Zone,
    chi_square_tail,
    independence,
    largest_rise,
    peak_to_trough,
    proportion_of_failures,
    traffic_light,
)
from ringfence.liquidation import net_worth
from ringfence.margin.assess import Health, assess, world_in
from ringfence.margin.judge import judge
from ringfence.margin.moved import VOL, moved
from ringfence.margin.node import Missing
from ringfence.margin.pools import Cut, Pool, partition
from ringfence.margin.snapshot import Holding, Snapshot
from ringfence.margin.world import World

DECAY: Final = 0.97
"""Of the exponentially weighted variance by which past volatility is measured."""

WARM_UP: Final = 30
"""Steps before the first that counts: until then volatility is not known well enough."""

_LEAST: Final = 50
_WINDOWS: Final = (1, 5, 20)
_CALMEST: Final = 1e-4


@dataclass(frozen=True, slots=True)
class History:
    """Prices of coins at common instants, oldest first: one row an instant, columns as ``coins``."""

    coins: tuple[str, ...]
    instants: tuple[datetime, ...]
    prices: tuple[tuple[Decimal, ...], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the past. Amounts in the unit of the result."""

    at: datetime
    requirement: Decimal
    loss: Decimal

    @property
    def breached(self) -> bool:
        """Return whether the step cost more than was asked for."""
        return self.loss > self.requirement


@dataclass(frozen=True, slots=True)
class ModelTest:
    """A margin model, tested. Amounts in ``unit``; chances and p-values are fractions.

    measure           which requirement is tested
    coverage          share of steps that it is to cover
    kupiec            p-value: breaches as frequent as that
    christoffersen    p-value: a breach makes no other likelier; and both together: ``conditional``
    zone              traffic light of all steps
    peak_to_trough    of the requirement
    largest_rises     steps -> the largest growth of the requirement within them
    health            the book today, in the mode
    """

    mode: str
    venue: str
    unit: str
    measure: str
    coverage: Decimal
    steps: tuple[Step, ...]
    kupiec: float
    christoffersen: float
    conditional: float
    zone: Zone
    peak_to_trough: float
    largest_rises: Mapping[int, float]
    health: Health

    @property
    def breaches(self) -> tuple[Step, ...]:
        """Return the steps that cost more than was asked for, in time."""
        return tuple(step for step in self.steps if step.breached)


Measure = Literal["initial", "maintenance"]


def backtest_model(
    snapshot: Snapshot,
    history: History,
    *,
    mode: str = "cross",
    cut: Cut = "at-leverage",
    measure: Measure = "maintenance",
    coverage: Decimal = Decimal("0.99"),
    horizon: int = 1,
) -> ModelTest:
    """Return how a margin model would have covered a book through a history of prices.

    Args:
        snapshot: one account, as it is today.
        history: prices of every coin that moves it.
        mode: which of the venue's models: isolated, cross, as-held or an account mode.
        cut: how collateral is divided where the mode takes a shared pool apart.
        measure: the requirement that is tested.
        coverage: share of steps it is to cover.
        horizon: rows of the history in a step; steps do not overlap.

    Raises:
        BookError: a coin has no history, or there are too few steps.
        InputError: the mode cannot be shown.

    """
    if not 0 < coverage < 1:
        raise BookError(
            "coverage", f"{coverage} is no share", "Write a fraction between 0 and 1: 99 % is 0.99"
        )
    if horizon < 1:
        raise BookError("horizon", f"{horizon} rows are no step", "Write a whole number from 1 up")
    holding = snapshot.only()
    with localcontext(EXACT):
        pools, world, unit = _stage(holding, mode, cut)
        _check(pools, world, history)
        steps = _steps(pools, world, unit, history, measure, horizon)
    if len(steps) < _LEAST:
        raise BookError(
            "history",
            f"it holds {len(steps)} steps after {WARM_UP} to warm up, and a test needs {_LEAST}",
            "Give a longer history, or a shorter horizon",
        )
    health = assess(snapshot, mode=mode, cut=cut)
    return _tested(steps, health, unit, measure, coverage)


def _stage(holding: Holding, mode: str, cut: Cut) -> tuple[list[Pool], World, str]:
    world = world_in(holding, mode)
    pools = [pool for pool in partition(holding.book, world, mode, cut).pools if pool.positions]
    units = {pool.unit for pool in pools}
    return pools, world, next(iter(units)) if len(units) == 1 else world.rules.account_mode.unit


def _check(pools: Sequence[Pool], world: World, history: History) -> None:
    coins = dict.fromkeys(world.instrument(p.symbol).underlying for pool in pools for p in pool.positions)
    missing = [coin for coin in coins if coin not in history.coins]
    if missing:
        raise BookError(
            "history",
            f"it has no prices of {', '.join(missing)}",
            "Add them, or name the coin as the book does",
        )


def _volatilities(history: History) -> list[list[float]]:
    """Return the exponentially weighted volatility of each coin at each row, of moves from row to row."""
    rows = [[float(price) for price in row] for row in history.prices]
    variance = [0.0] * len(history.coins)
    found = [list(variance)]
    for number in range(1, len(rows)):
        weight = max(1.0 - DECAY, 1.0 / number)  # equal weights until there are enough rows
        for coin, (was, now) in enumerate(zip(rows[number - 1], rows[number], strict=True)):
            variance[coin] += weight * (math.log(now / was) ** 2 - variance[coin])
        found.append([math.sqrt(v) for v in variance])
    return found


def _steps(
    pools: Sequence[Pool], world: World, unit: str, history: History, measure: Measure, horizon: int
) -> tuple[Step, ...]:
    vols = _volatilities(history)
    last = vols[-1]
    found = []
    for row in range(WARM_UP, len(history.prices) - horizon, horizon):
        then = _ratios(history.coins, vols[row], last)
        after = _ratios(history.coins, vols[row + horizon], last)
        start = moved(world, then)
        moves = {
            coin: later / now
            for coin, now, later in zip(
                history.coins, history.prices[row], history.prices[row + horizon], strict=True
            )
        }
        end = moved(world, moves | after)
        found.append(Step(history.instants[row], *_amounts(pools, start, end, unit, measure)))
    return tuple(found)


def _ratios(coins: Sequence[str], then: Sequence[float], last: Sequence[float]) -> dict[str, Decimal]:
    return {
        f"{coin}{VOL}": from_model(max(was, _CALMEST) / max(now, _CALMEST))
        for coin, was, now in zip(coins, then, last, strict=True)
    }


def _amounts(
    pools: Sequence[Pool], start: World, end: World, unit: str, measure: Measure
) -> tuple[Decimal, Decimal]:
    """Return what is asked for at the start, and what has been lost at the end."""
    asked = lost = Decimal(0)
    for pool in pools:
        judged = judge(pool, start)
        need = judged.maintenance if measure == "maintenance" else judged.initial
        if isinstance(need, Missing):
            raise BookError(pool.id, need.reason, "Test the maintenance requirement, or add leverage = ...")
        asked += start.convert(need.value, pool.unit, unit)
        before = start.convert(net_worth(pool, start), pool.unit, unit)
        lost += before - end.convert(net_worth(pool, end), pool.unit, unit)
    return asked, lost


def _tested(steps: tuple[Step, ...], health: Health, unit: str, measure: str, coverage: Decimal) -> ModelTest:
    chance = float(1 - coverage)
    breached = [step.breached for step in steps]
    often, row = proportion_of_failures(sum(breached), len(steps), chance), independence(breached)
    amounts = [float(step.requirement) for step in steps]
    return ModelTest(
        mode=health.mode,
        venue=health.accounts[0].book.venue,
        unit=unit,
        measure=measure,
        coverage=coverage,
        steps=steps,
        kupiec=chi_square_tail(often, 1),
        christoffersen=chi_square_tail(row, 1),
        conditional=chi_square_tail(often + row, 2),
        zone=traffic_light(sum(breached), len(steps), chance),
        peak_to_trough=peak_to_trough(amounts) if min(amounts) > 0 else math.inf,
        largest_rises={
            window: largest_rise(amounts, window) if min(amounts) > 0 else math.inf for window in _WINDOWS
        },
        health=health,
    )
