"""What a venue says of a pool that stands: the levels of warning it has passed, and the ratio that is printed."""

from decimal import Decimal
from typing import assert_never

from ringfence.margin.judge import Judgement
from ringfence.margin.node import Missing
from ringfence.margin.world import World


def alerts_of(judged: Judgement, world: World) -> tuple[str, ...]:
    """Return the levels below the trigger that the pool has passed, by the venue's own names."""
    if not judged.pool.positions:
        return ()
    found = ["conversion"] if _owes_too_much(judged, world) else []
    rule = world.rules.trigger(world.facts(judged.pool.positions[0]))
    equity, need = judged.equity.value, judged.maintenance.value + judged.closing_cost.value
    short = not isinstance(judged.initial, Missing) and equity < judged.initial.value
    found += [rule.below_initial] if rule.below_initial and short else []
    return (*found, *(name for name, ratio in rule.warnings.items() if need > 0 and need >= ratio * equity))


def _owes_too_much(judged: Judgement, world: World) -> bool:
    rule = world.rules.conversion()
    if rule is None:
        return False
    owed = {part.name: -part.value for part in judged.collateral.parts if part.value < 0}
    if rule.losses:
        unit, cash = judged.pool.unit, judged.pool.collateral.get(judged.pool.unit, Decimal(0))
        owed[unit] = max(-(cash + judged.unrealized.value), owed.get(unit, Decimal(0)))
    debts = owed.values()
    return bool(owed) and (sum(debts) if rule.scope == "together" else max(debts)) > rule.debt_limit


def displayed_ratio(judged: Judgement, world: World) -> Decimal | None:
    """Return the ratio that the venue prints of a pool; None: it prints none, or it has no value today."""
    if not judged.pool.positions:
        return None
    rule = world.rules.display(world.facts(judged.pool.positions[0]))
    equity, need = judged.equity.value, judged.maintenance.value + judged.closing_cost.value
    match rule.ratio if rule is not None else None:
        case None:
            return None
        case "maintenance_over_equity":
            return judged.maintenance.value / equity if equity > 0 else None
        case "equity_over_maintenance":
            return equity / need if need else None
        case "surplus_over_maintenance":
            return (equity - need) / need if need else None
        case "surplus_over_initial":
            if isinstance(judged.initial, Missing) or judged.initial.value == 0:
                return None
            return (equity - need) / judged.initial.value
        case other:
            assert_never(other)
