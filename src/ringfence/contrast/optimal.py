"""The book isolated as it costs least: the division of collateral with the least expected liquidation cost.

First order: Gaussian moves without drift over the horizon. min sum L_i 2 Phi(-x_i / s_i) with sum x_i given has
x_i = s_i sqrt(2 ln(2 L_i phi(0) / (price s_i))), or nothing, with one price of collateral for all that draw on the
same purse. Any other cut, and cross, is to be measured against it: against a bad split, rescue measures the split.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ringfence.contrast.efficiency import seen
from ringfence.contrast.exposure import Exposure, Risks, risks_of
from ringfence.contrast.least_capital import Bucket, best_buffers
from ringfence.core.errors import InputError
from ringfence.margin.assess import AccountHealth, PoolHealth, assess_partition, world_in
from ringfence.margin.node import Missing
from ringfence.margin.pools import partition
from ringfence.margin.snapshot import Holding
from ringfence.margin.split import Split
from ringfence.margin.world import World

OPTIMAL: Final = "optimal"


@dataclass(frozen=True, slots=True)
class Share:
    """What one position gets. Amounts in ``OptimalSplit.unit``, to first order.

    requirement  what it needs beside its buffer
    buffer       x_i: how far it is from its trigger
    risk         s_i: deviation of its buffer over the horizon
    cost         L_i: what its liquidation costs
    price        what one more unit of collateral in its purse saves, in expectation
    """

    position: str
    requirement: float
    buffer: float
    risk: float
    cost: float
    price: float


@dataclass(frozen=True, slots=True)
class OptimalSplit:
    """The division with the least expected liquidation cost, ready for ``partition``."""

    unit: str
    days: Decimal
    shares: tuple[Share, ...]
    split: Split


def optimal_split(holding: Holding, days: Decimal) -> OptimalSplit | Missing:
    """Return the division of a book's collateral, all positions isolated, that costs least within a horizon.

    Args:
        holding: the account and its market.
        days: the horizon.

    """
    try:
        world = world_in(holding, "isolated")
        cut_up = partition(holding.book, world, "isolated", "equal-leverage")
        health = assess_partition(holding.book, world, cut_up, searched=False)
    except InputError as fault:
        return Missing(str(fault))
    risks = risks_of(health, world, days)
    if isinstance(risks, Missing):
        return risks
    own = {one.pool.positions[0].label: one for one in health.pools if one.pool.positions}
    shares: list[Share] = []
    for purse in _purses(risks, own, world):
        found = _divided(purse, own, risks, health)
        if isinstance(found, Missing):
            return found
        shares += found
    order = [position.label for position in holding.book.positions]
    shares.sort(key=lambda share: order.index(share.position))
    claims = {share.position: _claim(share, own[share.position], health) for share in shares}
    return OptimalSplit(health.unit, days, tuple(shares), Split(OPTIMAL, claims))


def _purses(risks: Risks, own: Mapping[str, PoolHealth], world: World) -> list[list[Exposure]]:
    """Return the positions that draw on the same collateral: all of them, or those of one settlement asset."""
    found: dict[str, list[Exposure]] = {}
    shared = world.rules.account_mode.pooling == "account"
    for one in risks.exposures:
        found.setdefault("" if shared else own[one.position].pool.unit, []).append(one)
    return list(found.values())


def _divided(
    purse: Sequence[Exposure], own: Mapping[str, PoolHealth], risks: Risks, health: AccountHealth
) -> list[Share] | Missing:
    """Return what is best for those who share a purse."""
    buckets = [Bucket(risks.risk([one]), one.requirement, one.cost) for one in purse]
    held = math.fsum(
        float(_in_unit(own[one.position].judged.equity.value, own[one.position], health)) for one in purse
    )
    free = held - math.fsum(bucket.requirement for bucket in buckets)
    names = ", ".join(one.position for one in purse)
    if free <= 0.0:
        return Missing(f"the collateral of {names} does not reach what they need each alone")
    if not any(bucket.risk > 0.0 and bucket.cost > 0.0 for bucket in buckets):
        return Missing(f"no liquidation of {names} costs anything, so no division is better than another")
    buffers, price = best_buffers(buckets, free)
    return [
        Share(one.position, bucket.requirement, buffer, bucket.risk, bucket.cost, price)
        for one, bucket, buffer in zip(purse, buckets, buffers, strict=True)
    ]


def _claim(share: Share, one: PoolHealth, health: AccountHealth) -> Decimal:
    """Return the collateral with which a position has what it should: that, less what it has gained [settle]."""
    gained = _in_unit(one.judged.equity.value - one.judged.collateral.value, one, health)
    claim = max(seen(share.requirement + share.buffer) - gained, Decimal(0))
    return health.world.convert(claim, health.unit, health.world.settle(one.pool.positions[0]))


def _in_unit(amount: Decimal, one: PoolHealth, health: AccountHealth) -> Decimal:
    return health.world.convert(amount, one.pool.unit, health.unit)
