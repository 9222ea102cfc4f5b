# ruff: noqa: SLF001 - a mistake is planted where the engine does that work
"""Mistakes that other tools make, planted in the engine one at a time.

Each was read in a released package (users' facts, "what the code really does"); none is invented. A mistake
replaces the one function of the engine that does that work.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

import pytest
from msgspec import structs

from ringfence.book import Position
from ringfence.core.along import is_moving
from ringfence.core.number import ONE, ZERO
from ringfence.formula.tiers import tier_line
from ringfence.margin import prices, requirement, tiers
from ringfence.margin.charge import Charge
from ringfence.margin.judge import Judgement
from ringfence.margin.node import Node
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue import kinds
from ringfence.venue.tables import Ladder, Rung

Plant = Callable[[pytest.MonkeyPatch], None]


# --- the tier ---------------------------------------------------------------------------------------


def _by(rung: Rung, position: Position, world: World, rule: kinds.Tiered) -> Decimal:
    """Return what one tier asks of all of a position, whatever its size."""
    return tier_line(world.value(position, rule.price), rung.maintenance_rate or ZERO, rung.deduction)


def _held(ladder: Ladder, size: Decimal) -> Rung:
    return ladder.rungs[ladder.tier_of(size) - 1]


def tier_by_collateral(patch: pytest.MonkeyPatch) -> None:
    """The tier is looked up with the collateral that was put up, not with the notional."""
    right = tiers.tiered

    def tiered(position: Position, peers: Sequence[Position], world: World, rule: kinds.Tiered) -> Node:
        put_up = position.collateral or world.value(position, "entry") / (position.leverage or ONE)
        rung = _held(tiers.ladder_of(position, world), put_up)
        return replace(right(position, peers, world, rule), value=_by(rung, position, world, rule))

    patch.setattr(requirement, "tiered", tiered)


def tier_of_today(patch: pytest.MonkeyPatch) -> None:
    """A liquidation price is found with the tier that holds today, not with the one that holds there."""
    today: dict[str, Rung] = {}
    right = tiers.tiered

    def tiered(position: Position, peers: Sequence[Position], world: World, rule: kinds.Tiered) -> Node:
        node = right(position, peers, world, rule)
        ladder = tiers.ladder_of(position, world)
        size = tiers.size_for_tier(position, peers, world, rule, ladder.unit)
        if not is_moving(node.value):
            today[position.label] = _held(ladder, size)
            return node
        return replace(node, value=_by(today[position.label], position, world, rule))

    patch.setattr(requirement, "tiered", tiered)


def no_deduction(patch: pytest.MonkeyPatch) -> None:
    """Maintenance is the tier's rate on the whole notional; the deduction is left out."""
    right, own = tiers.tiered, requirement._own_rate
    patch.setattr(
        requirement,
        "tiered",
        lambda position, peers, world, rule: right(
            position, peers, world, structs.replace(rule, method="whole")
        ),
    )
    patch.setattr(
        requirement, "_own_rate", lambda position, value: own(replace(position, deduction=ZERO), value)
    )


def one_flat_rate(patch: pytest.MonkeyPatch) -> None:
    """Maintenance is 0.4 % of the notional for every symbol and size."""
    right = requirement.maintenance

    def flat(position: Position, peers: Sequence[Position], world: World) -> Node:
        return replace(right(position, peers, world), value=world.value(position) * Decimal("0.004"))

    patch.setattr("ringfence.margin.charge.maintenance", flat)


# --- the company ------------------------------------------------------------------------------------


def _others(patch: pytest.MonkeyPatch, wrong: Callable[[Charge, World], Charge]) -> None:
    """Plant a mistake in what the other positions of a pool contribute while one price moves."""

    class Mover(prices.Mover):
        def __init__(self, pool: Pool, judged: Judgement, world: World, symbol: str) -> None:
            super().__init__(pool, judged, world, symbol)
            self.held = {label: wrong(charge, world) for label, charge in self.held.items()}

    patch.setattr(prices, "Mover", Mover)


def other_shorts_gain_like_longs(patch: pytest.MonkeyPatch) -> None:
    """P&L of the other positions is amount * (mark - open), whatever their side."""
    _others(patch, lambda c, _: replace(c, unrealized_pnl=-c.unrealized_pnl) if c.position.sign < 0 else c)


def others_stand_at_entry(patch: pytest.MonkeyPatch) -> None:
    """The other positions are valued at their opening price, so their losses never weaken the pool."""
    _others(patch, lambda c, _: replace(c, unrealized_pnl=ZERO))


def others_need_nothing(patch: pytest.MonkeyPatch) -> None:
    """The other positions' maintenance is forgotten."""
    _others(patch, lambda c, _: replace(c, maintenance=Node("maintenance", ZERO)))


MISTAKES: Final[dict[str, Plant]] = {
    plant.__name__: plant
    for plant in (
        tier_by_collateral,
        tier_of_today,
        no_deduction,
        one_flat_rate,
        other_shorts_gain_like_longs,
        others_stand_at_entry,
        others_need_nothing,
    )
}
