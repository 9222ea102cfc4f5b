"""Which positions a pool would do better without: the cost of being liquidated against risk, position by position.

A hint and no verdict: first order, one position at a time, with the price of collateral at which today's buffer is
the best one. In words: isolate what is cheap to lose but risky when it moves with the book; pool what hedges or
costs alike.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from ringfence.contrast.efficiency import pools_of, seen
from ringfence.contrast.exposure import Exposure, Risks
from ringfence.formula.model.first_passage import chance_of_touch
from ringfence.formula.model.mode_law import best_cost, shadow_price
from ringfence.margin.node import Missing

_NEGLIGIBLE: Final = 1e-12
"""A chance of liquidation below which there is nothing to weigh."""
_EVEN: Final = 1e-9


@dataclass(frozen=True, slots=True)
class ModeHint:
    """One position in the pool it stands in, or alone. Amounts in ``unit``, expected over the horizon.

    cost     what its liquidation costs, and of what that is made
    risk     standard deviation of its part of the buffer
    price    what a unit of collateral costs, where today's buffer is the best one
    inside   what the position adds to the pool's least cost: liquidation cost and price of collateral together
    alone    its least cost in a pool of its own
    """

    position: str
    pool: str
    unit: str
    cost: Decimal
    cost_is: str
    risk: Decimal
    price: Decimal
    inside: Decimal
    alone: Decimal
    verdict: Literal["isolate", "pool", "either"]


@dataclass(frozen=True, slots=True)
class ModeLaw:
    """The hints of a mode; ``silent`` says why a shared pool has none.

    still   coins of the collateral whose own moves are left out
    """

    hints: tuple[ModeHint, ...]
    silent: tuple[str, ...]
    still: tuple[str, ...] = ()


def mode_law(risks: Risks, buffers: Mapping[str, Decimal], unit: str) -> ModeLaw:
    """Return a hint for every position that shares a pool, and why others have none.

    Args:
        risks: the exposures, each with the pool it stands in.
        buffers: pool -> equity above what it needs [unit].
        unit: of the amounts.

    """
    hints: list[ModeHint] = []
    silent: list[str] = []
    for held in pools_of(risks):
        if len(held) > 1:
            price = _price(risks, held, float(buffers[held[0].pool]))
            if isinstance(price, Missing):
                silent.append(f"{held[0].pool}: {price.reason}")
            else:
                hints += [_hint(risks, held, one, price, unit) for one in held]
    return ModeLaw(tuple(hints), tuple(silent), risks.still)


def _price(risks: Risks, held: list[Exposure], buffer: float) -> float | Missing:
    risk, cost = risks.risk(held), math.fsum(one.cost for one in held)
    if buffer <= 0.0:
        return Missing("the pool has no buffer left to weigh")
    if risk == 0.0 or cost <= 0.0:
        return Missing("the pool has no risk, or its liquidation costs nothing")
    if chance_of_touch(buffer, risk) < _NEGLIGIBLE:
        return Missing(
            f"its buffer is {buffer / risk:.0f} sigmas of the horizon: there is no liquidation to weigh"
        )
    return shadow_price(cost, risk, buffer)


def _hint(risks: Risks, held: list[Exposure], one: Exposure, price: float, unit: str) -> ModeHint:
    def cost_of(group: list[Exposure]) -> float:
        return best_cost(math.fsum(member.cost for member in group), price * risks.risk(group))

    inside = cost_of(held) - cost_of([other for other in held if other is not one])
    alone = cost_of([one])
    even = abs(inside - alone) <= _EVEN * (abs(inside) + abs(alone))
    return ModeHint(
        position=one.position,
        pool=one.pool,
        unit=unit,
        cost=seen(one.cost),
        cost_is=one.cost_is,
        risk=seen(risks.risk([one])),
        price=seen(price),
        inside=seen(inside),
        alone=seen(alone),
        verdict="either" if even else "isolate" if alone < inside else "pool",
    )
