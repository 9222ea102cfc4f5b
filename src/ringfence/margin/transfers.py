"""What may be used, taken out of a pool, or moved between the cross pool and an isolated position."""

from collections.abc import Sequence
from decimal import Decimal

from ringfence.book import Order
from ringfence.core.number import ZERO
from ringfence.formula.equity import (
    buffer_above,
    free_above,
    isolated_addable,
    isolated_removable,
    withdrawable_from_wallet,
    withdrawable_with_floor,
)
from ringfence.margin.judge import Judgement
from ringfence.margin.node import Missing
from ringfence.margin.orders import order_cost
from ringfence.margin.world import World


def available(judged: Judgement) -> Decimal | None:
    """Return what a pool may still use for positions, in its unit; None where its initial requirement is not known."""
    if isinstance(judged.initial, Missing):
        return None
    return free_above(judged.equity.value - judged.unusable, judged.initial.value)


def withdrawable(judged: Judgement, world: World) -> Decimal | None:
    """Return what may leave a pool, in its unit: of an isolated one, what may be removed from its wallet."""
    if isinstance(judged.initial, Missing) or not judged.pool.positions:
        return available(judged)
    if judged.pool.kind == "isolated":
        return removable(judged, world)
    rule = world.rules.withdrawal(world.facts(judged.pool.positions[0]))
    equity, initial = judged.equity.value - judged.unusable, judged.initial.value
    match rule.kind if rule is not None else "free":
        case "notional_floor":
            return withdrawable_with_floor(equity, initial, _notional(judged, world), _share(judged, world))
        case "wallet":
            kept = judged.maintenance.value + _isolated_orders(judged.pool.orders, world)
            return withdrawable_from_wallet(judged.collateral.value, kept, buffer_above(equity, initial))
        case _:
            return available(judged)


def removable(judged: Judgement, world: World) -> Decimal | None:
    """Return what may be taken out of an isolated position's wallet; None for other pools or a silent pack."""
    pool = judged.pool
    if pool.kind != "isolated" or isinstance(judged.initial, Missing):
        return None
    rule = world.rules.isolated(world.facts(pool.positions[0]))
    equity, initial, wallet = judged.equity.value, judged.initial.value, judged.collateral.value
    match rule.remove if rule is not None else None:
        case None:
            return None
        case "none":
            return ZERO
        case "initial":
            return isolated_removable(wallet, ZERO, buffer_above(equity, initial))
        case "initial_and_maintenance":
            return isolated_removable(wallet, judged.maintenance.value, buffer_above(equity, initial))
        case "free":
            return free_above(equity, initial)
        case "notional_floor":
            return withdrawable_with_floor(equity, initial, _notional(judged, world), _share(judged, world))


def addable(judged: Judgement, cross: Sequence[Judgement], world: World) -> Decimal | None:
    """Return what may be put into an isolated position's wallet from the cross pool that holds its asset, in its unit.

    None for other pools, for a silent pack, and where the cross pool's initial requirement is not known.
    """
    pool = judged.pool
    if pool.kind != "isolated":
        return None
    rule = world.rules.isolated(world.facts(pool.positions[0]))
    if rule is None:
        return None
    giver = next((one for one in cross if pool.unit in one.pool.collateral), None)
    if giver is None:
        return ZERO
    free = withdrawable(giver, world) if rule.add == "withdrawable" else available(giver)
    if free is None:
        return None
    if rule.add == "wallet":
        ordered = _isolated_orders(giver.pool.orders, world)
        free = isolated_addable(giver.collateral.value, ordered, giver.maintenance.value, free)
    return world.convert(free, giver.pool.unit, pool.unit)


def _notional(judged: Judgement, world: World) -> Decimal:
    unit = judged.pool.unit
    if judged.pool.rest is not None:
        world.notes[
            f"{judged.pool.id}: how much of the rest is notional is not known; what may leave counts the positions only"
        ] = None
    return sum((world.convert(c.value, world.settle(c.position), unit) for c in judged.charges), ZERO)


def _share(judged: Judgement, world: World) -> Decimal:
    rule = world.rules.withdrawal(world.facts(judged.pool.positions[0]))
    return rule.share if rule is not None else ZERO


def _isolated_orders(orders: Sequence[Order], world: World) -> Decimal:
    """Return what resting orders for isolated positions set aside."""
    ordered = ZERO
    for order in orders:
        cost = order_cost(order, world) if order.margin_mode == "isolated" and not order.reduce_only else ()
        ordered += ZERO if isinstance(cost, Missing) else sum((node.value for node in cost), ZERO)
    return ordered
