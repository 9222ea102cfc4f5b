"""One step of a procedure: a stage in, events and a stage out."""

from dataclasses import replace
from typing import assert_never

from ringfence.ledger import Event
from ringfence.liquidation.adl import deleverage
from ringfence.liquidation.reduce import net_hedge, reduce
from ringfence.liquidation.stage import Stage, text
from ringfence.liquidation.take_over import take_over
from ringfence.margin.judge import judge
from ringfence.margin.world import World
from ringfence.venue import kinds


def step(stage: Stage, world: World, rule: kinds.LiquidationStep) -> tuple[tuple[Event, ...], Stage]:
    """Return what one step does to a pool: events whose postings cancel, and where the liquidation then stands.

    A step that finds nothing to do returns no event and the same stage.

    Args:
        stage: where the liquidation stands.
        world: prices and rules.
        rule: the step, as the pack states it.

    """
    match rule:
        case kinds.Warn():
            return (Event("warn", stage.pool.id, (), _ratio(stage, world)),), stage
        case kinds.CancelOrders():
            return _cancel_orders(stage, rule)
        case kinds.NetHedge():
            return net_hedge(stage, world)
        case kinds.Reduce():
            return reduce(stage, world, rule)
        case kinds.TakeOver():
            return take_over(stage, world, rule)
        case kinds.Deleverage():
            return deleverage(stage, world, rule)
        case other:
            assert_never(other)


def _ratio(stage: Stage, world: World) -> dict[str, str]:
    judged = judge(stage.pool, world)
    need = judged.maintenance.value + judged.closing_cost.value
    return {"equity": text(judged.equity.value), "requirement": text(need)}


def _cancel_orders(stage: Stage, rule: kinds.CancelOrders) -> tuple[tuple[Event, ...], Stage]:
    held = {position.symbol for position in stage.pool.positions}
    gone = [o for o in stage.pool.orders if rule.scope == "account" or o.symbol in held]
    if not gone:
        return (), stage
    kept = tuple(order for order in stage.pool.orders if order not in gone)
    event = Event("cancel_orders", stage.pool.id, (), {"orders": str(len(gone)), "scope": rule.scope})
    return (event,), replace(stage, pool=replace(stage.pool, orders=kept))
