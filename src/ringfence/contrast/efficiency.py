"""How much less collateral a mode needs than isolation, by three criteria that may disagree in sign.

So every sentence about efficiency names its criterion. First order: Gaussian moves without drift over the horizon,
requirements that follow the price in a straight line, collateral that stands still and is divided as is best.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from itertools import combinations
from typing import Final, Literal

from ringfence.contrast.exposure import Exposure, Risks
from ringfence.contrast.least_capital import Bound, Bucket, least_for_chance, least_for_cost
from ringfence.formula.model.diversification import diversification_ratio

Name = Literal["distance", "any event", "value"]

HORIZON_DAYS: Final = Decimal(7)
CHANCE: Final = Decimal("0.01")
_SHOWN: Final = Context(prec=12)
_BOUNDS: Final[dict[Bound, str]] = {
    "exact": "exact in the model",
    "product": "pools die independently at worst (Slepian's bound: none of them tends to gain when another loses)",
    "union": "union bound: the chances are added",
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of capital efficiency.

    says       the criterion in full
    ratio      what isolation needs over what this mode needs; above one, pooling saves; None: this mode needs nothing
    isolated   [unit] what isolation needs (distance: the sum of separate risks)
    pooled     [unit] what this mode needs (distance: the risk of its pools together)
    how        how sure the figures are
    """

    name: Name
    says: str
    ratio: Decimal | None
    isolated: Decimal
    pooled: Decimal
    how: str


@dataclass(frozen=True, slots=True)
class CapitalEfficiency:
    """The three criteria for one mode, in ``unit``, within a horizon and for a limit ``chance``.

    still   coins of the collateral whose own moves are left out
    """

    unit: str
    days: Decimal
    chance: Decimal
    criteria: tuple[Criterion, ...]
    still: tuple[str, ...] = ()


def seen(amount: float) -> Decimal:
    """Return a model's number with the 12 digits that it can answer for."""
    return _SHOWN.create_decimal_from_float(amount)


def efficiency_of(risks: Risks, unit: str, days: Decimal, chance: Decimal) -> CapitalEfficiency:
    """Return the capital efficiency of a mode against isolation.

    Args:
        risks: the exposures, each with the pool it stands in.
        unit: of their amounts.
        days: the horizon.
        chance: the limit for the chance of any liquidation, and for the expected share of liquidation costs.

    """
    alone = [[one] for one in risks.exposures]
    pools = pools_of(risks)
    return CapitalEfficiency(
        unit,
        days,
        chance,
        (
            _distance(risks, alone, pools),
            _any_event(risks, alone, pools, chance),
            _value(risks, alone, pools, chance),
        ),
        risks.still,
    )


def pools_of(risks: Risks) -> list[list[Exposure]]:
    """Return the exposures pool by pool."""
    by_pool: dict[str, list[Exposure]] = {}
    for one in risks.exposures:
        by_pool.setdefault(one.pool, []).append(one)
    return list(by_pool.values())


Groups = Sequence[Sequence[Exposure]]


def _distance(risks: Risks, alone: Groups, pools: Groups) -> Criterion:
    apart = [risks.risk(group) for group in alone]
    joint = math.fsum(risks.risk(group) for group in pools)
    return Criterion(
        "distance",
        "buffer at equal distance to liquidation, in sigmas: the sum of separate risks over the risk of the pools",
        seen(diversification_ratio(apart, joint)) if joint > 0.0 else None,
        seen(math.fsum(apart)),
        seen(joint),
        _BOUNDS["exact"],
    )


def _any_event(risks: Risks, alone: Groups, pools: Groups, chance: Decimal) -> Criterion:
    bounds = _bound(risks, alone), _bound(risks, pools)
    isolated, pooled = (
        least_for_chance(_buckets(risks, groups), float(chance), bound)
        for groups, bound in zip((alone, pools), bounds, strict=True)
    )
    return Criterion(
        "any event",
        "least collateral with which the chance that anything is liquidated within the horizon stays within the limit",
        _ratio(isolated, pooled),
        seen(isolated),
        seen(pooled),
        f"isolated: {_BOUNDS[bounds[0]]}; pooled: {_BOUNDS[bounds[1]]}",
    )


def _value(risks: Risks, alone: Groups, pools: Groups, chance: Decimal) -> Criterion:
    isolated, pooled = (least_for_cost(_buckets(risks, groups), float(chance)) for groups in (alone, pools))
    costs = "; ".join(dict.fromkeys(one.cost_is for one in risks.exposures))
    return Criterion(
        "value",
        "least collateral with which the expected liquidation cost stays within that share of all liquidation costs",
        _ratio(isolated, pooled),
        seen(isolated),
        seen(pooled),
        f"{_BOUNDS['exact']}; liquidation cost: {costs}",
    )


def _ratio(isolated: float, pooled: float) -> Decimal | None:
    return seen(isolated / pooled) if pooled > 0.0 else None


def _buckets(risks: Risks, groups: Groups) -> list[Bucket]:
    return [
        Bucket(
            risks.risk(group),
            math.fsum(one.requirement for one in group),
            math.fsum(one.cost for one in group),
        )
        for group in groups
    ]


def _bound(risks: Risks, groups: Groups) -> Bound:
    risky = [group for group in groups if risks.risk(group) > 0.0]
    if len(risky) <= 1:
        return "exact"
    hedged = any(risks.covariance_of(one, other) < 0.0 for one, other in combinations(risky, 2))
    return "union" if hedged else "product"
