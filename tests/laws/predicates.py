"""For which packs a law holds: what it asks of the rules, as a question a pack answers with its data.

Where a predicate is false the law is not wrong, the venue is different; the table in ``test_domains.py``
lists where.
"""

from decimal import Decimal
from typing import get_args

from ringfence.book import Instrument, Position
from ringfence.core.errors import RulePackError
from ringfence.margin.judge import judge
from ringfence.margin.node import Missing, Node
from ringfence.margin.pools import Pool
from ringfence.margin.requirement import price_of
from ringfence.margin.world import World
from ringfence.venue import kinds
from ringfence.venue.instruments import facts_of
from tests.laws.stages import Stage, asking


def rounds_nothing(stage: Stage, instrument: Instrument) -> bool:
    """Return whether requirements and values stay as the formulas give them, in a portfolio model as well."""
    return all(
        stage.rules.rounding(one) is None and getattr(stage.rules.offset(one), "worst_digits", None) is None
        for one in stage.facts(instrument)
    )


def sum_of_powers(stage: Stage, instrument: Instrument) -> bool:
    """Return whether a buffer is a sum of powers of a price: no model counts roots or rows of a history.

    The engine walks no pool along a moving price where a model holds at all (``margin.curved``).
    """
    models = (stage.rules.offset(one) for one in stage.facts(instrument))
    return not any(isinstance(model, kinds.Sensitivities | kinds.History) for model in models)


def nothing_nets(stage: Stage, instrument: Instrument) -> bool:
    """Return whether a contract stands in no portfolio model: its pool's prices are solved for, and not searched for.

    What holds of prices that are searched for, to a hair that is wider, is in ``test_netting_laws``.
    """
    return all(stage.rules.offset(one) is None for one in stage.facts(instrument))


def no_fixed_charge(stage: Stage, instrument: Instrument) -> bool:
    """Return whether a position of no size is charged nothing: no first deduction, no rounding up."""
    ladders = [stage.rules.ladder(one) for one in stage.facts(instrument)]
    return rounds_nothing(stage, instrument) and all(
        ladder is None or ladder.rungs[0].deduction <= 0 for ladder in ladders
    )


def same_price_basis(stage: Stage, instrument: Instrument) -> bool:
    """Return whether initial and maintenance are found at the same price, and count the same costs."""
    for one in stage.facts(instrument):
        if stage.rules.offset(one) is not None:
            continue  # both are what one model makes of one result
        prices = {price_of(stage.rules.requirement(measure, one)) for measure in ("initial", "maintenance")}
        cost = stage.rules.closing_cost(one)
        if len(prices) > 1 or (cost is not None and cost.counted != "trigger" and cost.kind == "held_back"):
            return False
    return True


def leverage_bounded(stage: Stage, instrument: Instrument) -> bool:
    """Return whether the pack says which leverage a size admits, where maintenance does not follow the leverage."""
    for one in stage.facts(instrument):
        if stage.rules.offset(one) is not None:
            continue  # no model looks at the leverage
        ladder = stage.rules.ladder(one)
        if ladder is not None and not all(rung.initial_rate > 0 for rung in ladder.rungs):
            return False
        first = stage.rules.requirement("initial", one)
        if isinstance(first, kinds.Slope) and first.base == first.increase == 0:
            return False  # nothing is asked of a position to open it
        chosen = isinstance(first, kinds.Leverage)
        follows = isinstance(stage.rules.requirement("maintenance", one), kinds.FactorOnInitial)
        if ladder is None and chosen and not follows:
            return False
    return True


def same_trigger_in_both_scopes(stage: Stage, instrument: Instrument) -> bool:
    """Return whether an isolated position is judged as a cross one is: rules, costs and collateral alike."""
    rules = stage.rules
    if not rules.account_mode.isolated or rules.account_mode.ratios:
        return False
    cross, isolated = stage.facts(instrument)
    cost = rules.closing_cost(cross)
    return (
        asking(rules, "initial", cross) == asking(rules, "initial", isolated)
        and asking(rules, "maintenance", cross) == asking(rules, "maintenance", isolated)
        and cost == rules.closing_cost(isolated)
        and (cost is None or cost.kind != "taker_at_bankruptcy" or cost.basis == "leverage")
        and rules.ladder(cross) == rules.ladder(isolated)
        and rules.trigger(cross) == rules.trigger(isolated)
        and rules.equity(cross) == rules.equity(isolated)
    )


def additive_maintenance(stage: Stage, instrument: Instrument) -> bool:
    """Return whether a pool needs for a position what it needs alone, other contracts beside it or not."""
    for one in stage.facts(instrument):
        if stage.rules.offset(one) is not None:
            return False
        rule, cost = stage.rules.requirement("maintenance", one), stage.rules.closing_cost(one)
        hedge = stage.rules.hedge(one)
        if isinstance(rule, kinds.Tiered) and rule.scope in {"underlying", "net"}:
            return False
        if hedge is not None and hedge.kind == "larger_side":
            return False
        if cost is not None and cost.kind == "taker_at_bankruptcy" and cost.basis != "leverage":
            return False
    return True


def legs_in_full(stage: Stage, instrument: Instrument) -> bool:
    """Return whether two legs of a contract need what each of them needs alone."""
    for one in stage.facts(instrument):
        if stage.rules.offset(one) is not None:
            return False
        rule, hedge = stage.rules.requirement("maintenance", one), stage.rules.hedge(one)
        if isinstance(rule, kinds.Tiered) and rule.scope != "leg":
            return False
        if hedge is not None and hedge.kind != "sum_legs":
            return False
    return True


def linear_collateral(stage: Stage, instrument: Instrument) -> bool:
    """Return whether every unit of the settlement asset counts alike, profit, loss and debt included."""
    if stage.rules.lists["debt"] and stage.rules.debt(instrument.settle) is not None:
        return False
    if not stage.rules.account_mode.ratios:
        return True
    row = stage.rules.collateral(instrument.settle)
    if row is None or len(row.bands) != 1:
        return False
    (band,) = row.bands
    whole = band.ratio == 1 and row.second_cut == 0
    return band.cap is None and (row.pnl == "in_full" or whole)


def profit_counts(stage: Stage, instrument: Instrument) -> bool:
    """Return whether unrealised profit counts in equity as a loss does."""
    rules = [stage.rules.equity(one) for one in stage.facts(instrument)]
    return all(rule is None or rule.unrealized == "all" for rule in rules)


def hedge_mode(stage: Stage, instrument: Instrument) -> bool:  # noqa: ARG001 - as every predicate
    """Return whether a long and a short leg of one contract may coexist."""
    return stage.rules.account_mode.hedge


def leverage_admissible(position: Position, world: World) -> bool:
    """Return whether a position's chosen leverage is no more than its tier allows, and one that the pack knows."""
    pool = Pool("cross", "cross", world.settle(position), False, {}, (position,))
    try:
        initial = judge(pool, world).initial
    except RulePackError:
        return False
    if isinstance(initial, Missing) or position.leverage is None:
        return False
    return all(least * position.leverage <= 1 for least in _least_rates(initial))


def _least_rates(node: Node) -> list[Decimal]:
    own = node.inputs.get("least_rate")
    found = [own] if isinstance(own, Decimal) else []
    return found + [rate for part in node.parts for rate in _least_rates(part)]


def judged_alone(stage: Stage, instrument: Instrument) -> bool:
    """Return whether a pack says what a contract needs on its own, outside every model."""
    try:
        for measure in get_args(kinds.Measure):
            stage.rules.requirement(measure, facts_of(instrument, "isolated"))
    except RulePackError:
        return False
    return True
