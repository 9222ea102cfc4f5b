"""Positions as a Gaussian model sees them: how their part of the buffer moves with each coin, to first order.

The slope is read off the engine's own law at today's price: the requirement moves with the price, so it nets off the
exposure. Amounts are float64, in one unit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ringfence.book import Position
from ringfence.core.along import Along, Ray
from ringfence.formula.model.diversification import joint_covariance
from ringfence.margin.assess import AccountHealth
from ringfence.margin.charge import Charge
from ringfence.margin.curved import is_curved
from ringfence.margin.judge import Judgement, maintenance_by_position
from ringfence.margin.moved import moved
from ringfence.margin.node import Missing
from ringfence.margin.one_coin import part_along
from ringfence.margin.reverse_stress import NotACorrelationError, metric_of
from ringfence.margin.world import World
from ringfence.market.shock import STABLE

_DAYS_A_YEAR = 365.0
_HAIR = Decimal("1e-6")
ASSUMED: Final = (
    "Gaussian moves without drift or jumps",
    "requirements in a straight line",
    "liquidation costs that add up, without market impact",
    "collateral that stands still: its volatility, and what it hedges, are left out",
)
"""What every figure of first order takes for granted."""
_NOTHING = 1e-9
"""Share of the separate variances below which a hedged one is rounding."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """One position. Amounts in the unit of the account.

    pool          the pool it stands in
    slopes        coin -> what its part of the buffer gains when the coin's price doubles, to first order
    requirement   maintenance and closing cost
    cost          what its liquidation costs
    cost_is       what that cost is made of, in words
    """

    position: str
    pool: str
    slopes: dict[str, float]
    requirement: float
    cost: float
    cost_is: str


@dataclass(frozen=True, slots=True)
class Risks:
    """The exposures of an account, and how coins move together over the horizon.

    covariance   [1] of the coins' moves over the horizon, rows and columns as ``coins``
    still        coins that pools with positions hold as collateral, whose own moves are left out
    """

    exposures: tuple[Exposure, ...]
    coins: tuple[str, ...]
    covariance: tuple[tuple[float, ...], ...]
    still: tuple[str, ...] = ()

    def _slopes(self, held: Sequence[Exposure]) -> list[float]:
        return [math.fsum(one.slopes.get(coin, 0.0) for one in held) for coin in self.coins]

    def covariance_of(self, one: Sequence[Exposure], other: Sequence[Exposure]) -> float:
        """Return the covariance of two groups of positions: positive where they tend to lose together."""
        return joint_covariance(self._slopes(one), self._slopes(other), self.covariance)

    def risk(self, held: Sequence[Exposure]) -> float:
        """Return the standard deviation of what positions together do to the buffer; a perfect hedge has none."""
        joint = self.covariance_of(held, held)
        apart = math.fsum(self.covariance_of([one], [one]) for one in held)
        return math.sqrt(joint) if joint > _NOTHING * apart else 0.0


def risks_of(health: AccountHealth, world: World, days: Decimal) -> Risks | Missing:
    """Return the exposures of an account in a mode, with the covariance of its coins over a horizon.

    Args:
        health: the account in the mode.
        world: its prices, volatilities and correlation, and the rules of the mode.
        days: the horizon.

    """
    charges = [(one, pool.judged) for pool in health.pools for one in pool.judged.charges]
    costs = liquidation_costs(charges, world)
    exposures = [
        _exposure(one, judged, world, health.unit, cost)
        for (one, judged), cost in zip(charges, costs, strict=True)
    ]
    coins = tuple(dict.fromkeys(coin for one in exposures for coin in one.slopes))
    sigmas = _sigmas(coins, world, float(days))
    if isinstance(sigmas, Missing):
        return sigmas
    covariance = _covariance(coins, sigmas, world)
    if isinstance(covariance, Missing):
        return covariance
    return Risks(tuple(exposures), coins, covariance, _held_still(health, world))


def _held_still(health: AccountHealth, world: World) -> tuple[str, ...]:
    """Return the coins of the collateral that have a price of their own, in the unit of their pool."""
    at_rest = _at_rest(world)
    held = [
        asset
        for one in health.pools
        if one.positions
        for asset, amount in one.pool.collateral.items()
        if amount != 0 and asset != one.pool.unit and asset not in at_rest
    ]
    return tuple(dict.fromkeys(held))


def _at_rest(world: World) -> set[str]:
    """Return the coins that are taken at par: stablecoins, where the book gives them no volatility."""
    return {coin for coin in STABLE if coin not in world.market.vols}


def _exposure(one: Charge, judged: Judgement, world: World, unit: str, lost: tuple[Decimal, str]) -> Exposure:
    pool, settle = judged.pool, world.settle(one.position)
    rate = world.convert(Decimal(1), pool.unit, unit)
    coins = dict.fromkeys([world.instrument(one.position.symbol).underlying, *({settle} - {pool.unit})])
    at_rest = _at_rest(world)
    cost, cost_is = lost
    return Exposure(
        position=one.position.label,
        pool=pool.id,
        slopes={
            coin: float(_slope(judged, world, one.position, coin) * rate)
            for coin in coins
            if coin not in at_rest
        },
        requirement=float(world.convert(one.maintenance.value + one.closing_cost.value, settle, unit)),
        cost=float(world.convert(cost, settle, unit)),
        cost_is=cost_is,
    )


def _slope(judged: Judgement, world: World, position: Position, coin: str) -> Decimal:
    """Return the derivative of a position's part of the buffer in one coin's factor, just below today's price."""
    if is_curved(judged.pool, world):
        return _slope_by_difference(world, position, coin, judged.pool.unit)
    here = part_along(judged.pool, world, position, coin)(Along.price(Ray(Decimal(1), -1)))
    return here.slope() if isinstance(here, Along) else Decimal(0)


def _slope_by_difference(world: World, position: Position, coin: str, unit: str) -> Decimal:
    """Return the derivative of what a position is worth in one coin's factor: a pool's model does not divide."""

    def worth(factor: Decimal) -> Decimal:
        there = moved(world, {coin: factor})
        return there.convert(there.claim(position), there.settle(position), unit)

    return (worth(1 + _HAIR) - worth(1 - _HAIR)) / (2 * _HAIR)


def liquidation_costs(held: Sequence[tuple[Charge, Judgement]], world: World) -> list[tuple[Decimal, str]]:
    """Return what each position's liquidation costs its owner, in its settlement asset, and what that is made of.

    The liquidation fee and the taker fee where book or pack state them. Where a liquidation fee is not stated for
    every position, the maintenance requirement is taken in its place, for all of them alike: a take-over at the
    bankruptcy price leaves it to the venue. Of what a portfolio model asks for all each bears its part by value.
    """
    facts = [world.facts(one.position) for one, _ in held]
    fees = [world.rules.fee("liquidation", each) for each in facts]
    takers = [world.rules.fee("taker", each) for each in facts]
    stated = [fee[0] for fee in fees if fee is not None]
    if len(stated) == len(held):
        costs = [rate * one.value for rate, (one, _) in zip(stated, held, strict=True)]
        name = "liquidation fee"
    else:
        costs = [_asked(one, judged, world) for one, judged in held]
        name = "maintenance requirement (assumed: not every position has a stated liquidation fee)"
    return [
        (cost, name) if taker is None else (cost + taker[0] * one.value, f"{name} + taker fee")
        for cost, taker, (one, _) in zip(costs, takers, held, strict=True)
    ]


def _asked(one: Charge, judged: Judgement, world: World) -> Decimal:
    """Return what a position needs, in its settlement asset: its own, or its part of what its model asks for all."""
    if not one.netted:
        return one.maintenance.value
    part = maintenance_by_position(judged, world)[one.position.label]
    return world.convert(part, judged.pool.unit, world.settle(one.position))


def _sigmas(coins: Sequence[str], world: World, days: float) -> list[float] | Missing:
    found = []
    for coin in coins:
        annual = world.market.vols.get(coin)
        if annual is None:
            return Missing(f"[vols] has no {coin}: add {coin} = 0.6 or the like")
        found.append(float(annual) * math.sqrt(days / _DAYS_A_YEAR))
    return found


def _covariance(
    coins: Sequence[str], sigmas: Sequence[float], world: World
) -> tuple[tuple[float, ...], ...] | Missing:
    rows = []
    for one in coins:
        known = {other: world.market.correlation_of(one, other) for other in coins}
        gaps = [other for other, number in known.items() if number is None]
        if gaps:
            return Missing(f'[correlation] has no "{one},{gaps[0]}": add it, or default = 0.6 or the like')
        rows.append([float(number or 0) for number in known.values()])
    try:
        if len(coins) > 1:
            metric_of(rows)
    except NotACorrelationError as fault:
        return Missing(f"[correlation] of {', '.join(coins)} is none: {fault}; mend a row")
    return tuple(
        tuple(sigma * r * width for r, width in zip(row, sigmas, strict=True))
        for sigma, row in zip(sigmas, rows, strict=True)
    )
