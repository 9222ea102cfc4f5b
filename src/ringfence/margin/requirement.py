"""What one position must have behind it, by its venue's rule of the day. Every branch is a kind of rule."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import assert_never

from msgspec import structs

from ringfence.book import Position
from ringfence.core.errors import BookError, RulePackError
from ringfence.core.number import power
from ringfence.core.rounding import round_down, round_up
from ringfence.formula import requirement as formula
from ringfence.formula.tiers import tier_line, tier_step
from ringfence.margin.closing import closing_fee, closing_fees
from ringfence.margin.node import Missing, Node
from ringfence.margin.paid_for import option_charge, spot_charge
from ringfence.margin.tiers import (
    initial_tier_rate,
    ladder_of,
    note_beyond,
    size_for_tier,
    size_in_unit,
    tiered,
)
from ringfence.margin.world import World
from ringfence.venue import Ladder, kinds
from ringfence.venue.pack import BOOK
from ringfence.venue.tables import factor_of

_PPM = Decimal("0.000001")


def _rounded_requirement(amount: Decimal, position: Position, world: World) -> Decimal:
    rounding = world.rules.rounding(world.facts(position))
    return round_up(amount, rounding.quantum) if rounding and rounding.requirement == "up" else amount


def _step_count(value: Decimal, rule: kinds.Step) -> Decimal:
    most = int((1 - rule.base) / rule.rate_step) + 1
    return sum(
        (tier_step(value, rule.base_limit + k * rule.step, Decimal(1)) for k in range(most)), value * 0
    )


def _by_slope(position: Position, world: World, rule: kinds.Slope) -> Node:
    value, size = world.value(position, rule.price), world.coins(position, rule.price)
    rate = formula.slope_rate(rule.base, rule.increase, size, rule.per)
    inputs = {"value": value, "base": rule.base, "increase": rule.increase, "size": size, "per": rule.per}
    text = "value * (base + increase * size / per)"
    return Node("slope", formula.flat_charge(value, rate), text, inputs, world.rules.page(rule.source))


def _by_curve(position: Position, world: World, rule: kinds.SizeCurve) -> Node:
    value, size = world.value(position, rule.price), size_in_unit(position, world, rule.unit, rule.price)
    rate = formula.curve_rate(rule.base, rule.share, rule.factor, power(size, rule.exponent), rule.cap)
    inputs = {
        "value": value, "base": rule.base, "share": rule.share, "factor": rule.factor, "size": size,
        "exponent": rule.exponent, "cap": rule.cap,
    }  # fmt: skip
    text = "value * min(cap, max(base, share * base + factor * size ** exponent))"
    return Node("size curve", formula.flat_charge(value, rate), text, inputs, world.rules.page(rule.source))


def _by_step(position: Position, world: World, rule: kinds.Step) -> Node:
    value = world.value(position, rule.price)
    steps = _step_count(value, rule)
    rate = formula.step_rate(rule.base, rule.rate_step, steps)
    inputs = {"value": value, "base": rule.base, "steps": steps, "rate_step": rule.rate_step}
    text = "value * (base + steps * rate_step)"
    return Node("risk limit", formula.flat_charge(value, rate), text, inputs, world.rules.page(rule.source))


def _own_rate(position: Position, value: Decimal) -> Node:
    rate = position.maintenance_rate
    assert rate is not None  # noqa: S101 - the caller has asked
    inputs = {"value": value, "rate": rate, "deduction": position.deduction}
    return Node(
        "own rate", tier_line(value, rate, position.deduction), "value * rate - deduction", inputs, BOOK
    )


def maintenance(position: Position, peers: Sequence[Position], world: World) -> Node:
    """Return the maintenance requirement of a position, in its settlement asset.

    Args:
        position: the position.
        peers: the positions of its pool, itself included: some venues pick the tier by their sum.
        world: prices and rules.

    Raises:
        RulePackError: the pack has no rule or no table for it.

    """
    rule = world.rules.requirement("maintenance", world.facts(position))
    if position.maintenance_rate is not None:
        core = _own_rate(position, world.kept(world.value(position, price_of(rule)), position))
    else:
        core = _maintenance_by(rule, position, peers, world)
    core = _with_value(core, _rounded_requirement(core.value, position, world))
    return _with_fee(core, "maintenance", position, world)


def _with_value(node: Node, value: Decimal) -> Node:
    return Node(node.name, value, node.formula, node.inputs, node.source, node.parts)


def _maintenance_by(
    rule: kinds.RequirementRule, position: Position, peers: Sequence[Position], world: World
) -> Node:
    match rule:
        case kinds.Tiered():
            return tiered(position, peers, world, rule)
        case kinds.FractionOfInitial():
            return _fraction_of_initial(position, world, rule)
        case kinds.Slope():
            return _by_slope(position, world, rule)
        case kinds.SizeCurve():
            return _by_curve(position, world, rule)
        case kinds.Step():
            return _by_step(position, world, rule)
        case kinds.FactorOnInitial():
            return _factor_on_initial(position, peers, world, rule)
        case kinds.OptionRate():
            return option_charge(position, world, rule)
        case kinds.SpotRate():
            return spot_charge(position, world, rule)
        case kinds.Leverage():
            raise RulePackError(
                world.rules.venue.id, "a leverage rule cannot give maintenance", "Mend the pack"
            )
        case other:
            assert_never(other)


def _fraction_of_initial(position: Position, world: World, rule: kinds.FractionOfInitial) -> Node:
    ladder = ladder_of(position, world)
    value = world.kept(world.value(position, rule.price), position)
    note_beyond(value, position, world, ladder)
    rung = ladder.rungs[0]
    initial = _rounded_requirement(formula.flat_charge(value, rung.initial_rate), position, world)
    fraction = rung.maintenance_fraction
    if fraction is None:
        if rung.maintenance_rate is None or rung.initial_rate == 0:
            raise RulePackError(
                f"tiers of {position.symbol}",
                "no maintenance rate follows",
                "Add maintenance_rate and initial_rate",
            )
        fraction = rung.maintenance_rate / rung.initial_rate
    inputs = {"value": value, "initial_rate": rung.initial_rate, "fraction": fraction}
    text = "up(value * initial_rate) * fraction"
    source = world.rules.page(ladder.source)
    return Node("fraction of initial", formula.flat_charge(initial, fraction), text, inputs, source)


def _factor_on_initial(
    position: Position, peers: Sequence[Position], world: World, rule: kinds.FactorOnInitial
) -> Node:
    value = world.value(position, rule.price)
    if position.leverage is None:
        return _factor_on_tier(position, value, world, rule)
    size = size_for_tier(position, peers, world, rule, "contracts")
    factor = factor_of(rule, position.leverage, size)
    if factor is None:
        raise RulePackError(
            position.label,
            f"the pack has no factor for leverage {position.leverage} on {position.symbol}",
            'Add [[rules]] kind = "factor_on_initial", symbol = ..., factor = ... to the book',
        )
    inputs = {"value": value, "leverage": position.leverage, "factor": factor}
    amount = formula.flat_charge(formula.value_over_leverage(value, position.leverage), factor)
    return Node(
        "factor on initial", amount, "value / leverage * factor", inputs, world.rules.page(rule.source)
    )


def _factor_on_tier(position: Position, value: Decimal, world: World, rule: kinds.FactorOnInitial) -> Node:
    """Return maintenance as a factor on what the tier's rate asks of a position without a leverage of its own."""
    if not rule.optional or rule.factor is None:
        raise BookError(position.label, "its maintenance depends on its leverage", "Add leverage = ...")
    ladder = ladder_of(position, world)
    rate = initial_tier_rate(ladder, size_in_unit(position, world, ladder.unit, rule.price))
    inputs = {"value": value, "rate": rate, "factor": rule.factor}
    amount = formula.flat_charge(formula.flat_charge(value, rate), rule.factor)
    return Node("factor on initial", amount, "value * rate * factor", inputs, world.rules.page(rule.source))


def initial(
    position: Position, world: World, basis: kinds.Basis | None = None, peers: Sequence[Position] = ()
) -> Node | Missing:
    """Return the initial requirement of a position, in its settlement asset; or why it cannot be known.

    Args:
        position: the position.
        world: prices and rules.
        basis: another price than the rule's, e.g. "entry" for what was put up at opening.
        peers: the positions of its pool, where some of them pick its tier with it.

    """
    rule = world.rules.requirement("initial", world.facts(position))
    price = basis or price_of(rule)
    match rule:
        case kinds.Leverage():
            core = _by_leverage(position, peers, world, rule, price)
        case kinds.Slope():
            core = _by_slope(position, world, structs.replace(rule, price=price))
        case kinds.Step():
            rule = structs.replace(rule, price=price)
            core = _not_below_leverage(_by_step(position, world, rule), position, world, price)
        case kinds.SizeCurve():
            rule = structs.replace(rule, price=price)
            core = _not_below_leverage(_by_curve(position, world, rule), position, world, price)
        case kinds.Tiered():
            core = _initial_by_tier(position, peers, world, price)
        case kinds.OptionRate():
            core = option_charge(position, world, rule, price=price)
        case kinds.SpotRate():
            core = spot_charge(position, world, rule, price=price)
        case kinds.FractionOfInitial() | kinds.FactorOnInitial():
            raise RulePackError(
                world.rules.venue.id, "a maintenance rule cannot give initial", "Mend the pack"
            )
        case other:
            assert_never(other)
    if isinstance(core, Missing):
        return core
    core = _with_value(core, _rounded_requirement(core.value, position, world))
    return _with_fee(core, "initial", position, world, basis)


def price_of(rule: kinds.RequirementRule) -> kinds.Basis:
    """Return the price at which a rule takes a position's value: of what is paid for, today's."""
    return "mark" if isinstance(rule, kinds.OptionRate | kinds.SpotRate) else rule.price


def _size_for_initial(
    position: Position, peers: Sequence[Position], world: World, ladder: Ladder, price: kinds.Basis
) -> Decimal:
    """Return the size that picks the tier of the initial rate: in the same company as that of maintenance."""
    rule = world.rules.requirement("maintenance", world.facts(position))
    if not isinstance(rule, kinds.Tiered):
        return size_in_unit(position, world, ladder.unit, price)
    return size_for_tier(position, peers, world, structs.replace(rule, price=price), ladder.unit)


def _initial_by_tier(position: Position, peers: Sequence[Position], world: World, price: kinds.Basis) -> Node:
    ladder = ladder_of(position, world)
    value = world.kept(world.value(position, price), position)
    rate = initial_tier_rate(ladder, _size_for_initial(position, peers, world, ladder, price))
    inputs = {"value": value, "rate": rate}
    return Node(
        "tier", formula.flat_charge(value, rate), "value * rate", inputs, world.rules.page(ladder.source)
    )


def _not_below_leverage(node: Node, position: Position, world: World, price: kinds.Basis) -> Node:
    if position.leverage is None:
        return node
    amount = formula.leverage_charge(world.value(position, price), position.leverage, node.value)
    inputs = {**node.inputs, "leverage": position.leverage}
    return Node(node.name, amount, f"max(value / leverage, {node.formula})", inputs, node.source)


def _by_leverage(
    position: Position, peers: Sequence[Position], world: World, rule: kinds.Leverage, price: kinds.Basis
) -> Node | Missing:
    ladder = world.rules.ladder(world.facts(position)) if position.maintenance_rate is None else None
    value = world.kept(world.value(position, price), position)
    inputs: dict[str, object] = {"value": value}
    least = Decimal(0)
    if ladder is not None:
        least = initial_tier_rate(ladder, _size_for_initial(position, peers, world, ladder, price))
        if rule.open_interest:
            least = _scaled_by_open_interest(least, position, world, ladder)
    if position.leverage is None:
        if not rule.optional or ladder is None:
            return Missing(f"{position.symbol} has no leverage, so its initial requirement is not known")
        amount = formula.flat_charge(value, least)
    else:
        amount = formula.leverage_charge(value, position.leverage, formula.flat_charge(value, least))
        inputs["leverage"] = position.leverage
    if least > 0:
        inputs["least_rate"] = least
    text = "max(value / leverage, value * least_rate)" if "least_rate" in inputs else "value / leverage"
    text = text if position.leverage is not None else "value * least_rate"
    return Node("leverage", amount, text, inputs, world.rules.page(rule.source))


def _scaled_by_open_interest(rate: Decimal, position: Position, world: World, ladder: Ladder) -> Decimal:
    band = ladder.open_interest
    if band is None or band.upper == 0:
        return rate
    contracts = world.market.feeds.get("open_interest", {}).get(position.symbol)
    if contracts is None:
        world.notes[
            f"open interest of {position.symbol} is not given: its initial fraction is taken unscaled; "
            "add it in contracts under [feeds.open_interest]"
        ] = None
        return rate
    notional = world.kept(contracts * position.contract_size * world.price(position, "mark"), position)
    scaled = formula.scaled_by_open_interest(rate, notional, band.lower, band.upper)
    return round_down(scaled, _PPM) if world.rules.rounding(world.facts(position)) else scaled


def _with_fee(
    core: Node, measure: kinds.Measure, position: Position, world: World, basis: kinds.Basis | None = None
) -> Node:
    """Return the requirement with the closing fees that the venue counts inside it, at the same price."""
    cost = world.rules.closing_cost(world.facts(position))
    if cost is None or not _counts_inside(cost, measure):
        return Node(measure, core.value, core.formula, core.inputs, core.source, core.parts)
    cost = structs.replace(cost, price=basis or cost.price)
    wallet = wallet_behind(cost, position, world)
    whole = measure == "maintenance"
    fees = (
        closing_fees(cost, position, world, wallet)
        if whole
        else (closing_fee(cost, position, world, wallet),)
    )
    parts = [core, *(_with_value(fee, _rounded_requirement(fee.value, position, world)) for fee in fees)]
    return Node(
        measure, sum((part.value for part in parts), core.value * 0), "sum of parts", {}, "", tuple(parts)
    )


def _counts_inside(cost: kinds.ClosingCost, measure: kinds.Measure) -> bool:
    match cost.counted:
        case "trigger":
            return False
        case "maintenance":
            return measure == "maintenance"
        case "requirements":
            return True
        case other:
            assert_never(other)


def wallet_behind(cost: kinds.ClosingCost, position: Position, world: World) -> Decimal | None:
    """Return the wallet from which the bankruptcy value follows, where the rule wants one and it is known."""
    match cost.basis:
        case "leverage" | "stated":
            return None
        case "pool":
            return world.pool_wallet
        case "wallet":
            return _isolated_wallet(position, world) if position.margin_mode == "isolated" else None


def _isolated_wallet(position: Position, world: World) -> Decimal | None:
    """Return what stands on an isolated position; None where that is its initial requirement at entry and no more.

    Without a wallet of its own the bankruptcy value is that of its leverage, which needs no wallet to be found.
    """
    if position.collateral is not None:
        return position.collateral + position.extra_collateral
    if position.extra_collateral == 0:
        return None
    put_up = initial(replace(position, extra_collateral=Decimal(0)), world, basis="entry")
    return None if isinstance(put_up, Missing) else put_up.value + position.extra_collateral
