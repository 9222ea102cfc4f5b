"""What one position must have behind it, by its venue's rule of the day. Every branch is a kind of rule."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import reduce
from typing import assert_never

from msgspec import structs

from ringfence.book import Position
from ringfence.core.along import is_moving, vanishes
from ringfence.core.errors import BookError, RulePackError
from ringfence.core.number import ONE, larger, magnitude, total
from ringfence.core.rounding import round_down, round_up
from ringfence.formula import requirement as formula
from ringfence.formula.tiers import tier_line, tier_rise, tier_step
from ringfence.margin.node import Missing, Node
from ringfence.margin.world import World
from ringfence.venue import Ladder, kinds
from ringfence.venue.pack import BOOK
from ringfence.venue.tables import factor_of

_PPM = Decimal("0.000001")


def _rounded_value(position: Position, world: World, basis: kinds.Basis) -> Decimal:
    return world.kept(world.value(position, basis), position)


def _rounded_requirement(amount: Decimal, position: Position, world: World) -> Decimal:
    rounding = world.rules.rounding(world.facts(position))
    return round_up(amount, rounding.quantum) if rounding and rounding.requirement == "up" else amount


def _ladder(position: Position, world: World) -> Ladder:
    ladder = world.rules.ladder(world.facts(position))
    if ladder is None:
        raise RulePackError(
            f"{world.rules.venue.id} on {world.rules.on}",
            f"the pack has no tier table for {position.symbol}",
            "Add the symbol's own rows as [[tier]] (what ccxt's fetch_leverage_tiers() gives is accepted), "
            "or maintenance_rate to the position",
        )
    return ladder


def size_in_unit(position: Position, world: World, unit: kinds.Unit, basis: kinds.Basis) -> Decimal:
    """Return a position's size in the unit of its tier table."""
    match unit:
        case "contracts":
            return position.contracts
        case "coin":
            return world.coins(position, basis)
        case "quote":
            if world.is_inverse(position):
                return position.contracts * position.contract_size
            return world.value(position, basis)


def size_for_tier(
    position: Position,
    peers: Sequence[Position],
    world: World,
    rule: kinds.Tiered | kinds.FactorOnInitial,
    unit: kinds.Unit,
) -> Decimal:
    """Return the size that picks the tier: of the leg, or of its company."""
    own = size_in_unit(position, world, unit, rule.price)
    if rule.scope == "leg" or len(peers) <= 1:
        return own
    company = _company(position, peers, world, rule.scope)
    sizes = [size_in_unit(peer, world, unit, rule.price) for peer in company]
    match rule.scope:
        case "larger_leg":
            return reduce(larger, sizes)
        case "net" | "net_by_expiry":
            nets: dict[str, Decimal] = {}
            for peer, size in zip(company, sizes, strict=True):
                nets[peer.symbol] = nets.get(peer.symbol, own * 0) + size * peer.sign
            return total((magnitude(net) for net in nets.values()), own * 0)
        case "symbol" | "underlying":
            return total(sizes[1:], sizes[0])
        case other:
            assert_never(other)


def _company(
    position: Position, peers: Sequence[Position], world: World, scope: kinds.Scope
) -> list[Position]:
    """Return the positions of a pool that pick a tier together: of one symbol, or of one coin and settlement."""
    if scope not in {"underlying", "net_by_expiry"}:
        return [peer for peer in peers if peer.symbol == position.symbol]
    contract = world.instrument(position.symbol)
    return [
        peer
        for peer in peers
        if world.instrument(peer.symbol).underlying == contract.underlying
        and world.settle(peer) == contract.settle
    ]


def initial_tier_rate(ladder: Ladder, size: Decimal) -> Decimal:
    """Return the least initial rate of the tier that holds a size."""
    steps = (tier_step(size, floor, rise) for floor, rise in ladder.initial_rises)
    return sum(steps, ladder.rungs[0].initial_rate)


def _first_maintenance_rate(ladder: Ladder, position: Position) -> Decimal:
    first = ladder.rungs[0].maintenance_rate
    if first is None:
        raise RulePackError(
            f"tiers of {position.symbol}",
            "the rows state no maintenance rate",
            "Add maintenance_rate to each row",
        )
    return first


def _tiered(position: Position, peers: Sequence[Position], world: World, rule: kinds.Tiered) -> Node:
    ladder = _ladder(position, world)
    value = _rounded_value(position, world, rule.price)
    size = size_for_tier(position, peers, world, rule, ladder.unit)
    _note_beyond(size, position, world, ladder)
    method = ladder.method or rule.method
    source = world.rules.page(ladder.source)
    first = _first_maintenance_rate(ladder, position)
    if method == "whole":
        steps = (tier_step(size, floor, rise) for floor, rise in ladder.maintenance_rises)
        rate = sum(steps, first)
        inputs = {"value": value, "rate": rate, "size": size, "unit": ladder.unit}
        return Node("tiers", formula.flat_charge(value, rate), "value * rate of the tier", inputs, source)
    charged = size if ladder.unit != "contracts" else value
    if ladder.unit == "quote" and world.is_inverse(position):
        raise RulePackError(
            f"tiers of {position.symbol}",
            "marginal tiers of an inverse contract are in coin",
            'Set unit = "coin"',
        )
    amount = tier_line(charged, first, ladder.rungs[0].deduction)
    amount = sum((tier_rise(charged, floor, rise) for floor, rise in ladder.maintenance_rises), amount)
    if ladder.unit == "coin" and not world.is_inverse(position):
        amount *= world.price(position, rule.price)
    if rule.scope != "leg" and len(peers) > 1:
        own = size_in_unit(position, world, ladder.unit, rule.price)
        amount = tier_line(value, first, Decimal(0)) if vanishes(size) else amount * (own / size)
    shown: dict[str, object] = {"value": value, **_tier_inputs(ladder, size)}
    return Node("tiers", amount, "value * rate - deduction", shown, source)


def _note_beyond(size: Decimal, position: Position, world: World, ladder: Ladder) -> None:
    if ladder.cap is not None and not is_moving(size) and size > ladder.cap:
        world.notes[
            f"{position.symbol} is beyond the last row of its tier table, which ends at {ladder.cap:f} "
            f"{ladder.unit}: that row's rates are used; add the further rows as [[tier]]"
        ] = None


def _tier_inputs(ladder: Ladder, size: Decimal) -> dict[str, object]:
    if is_moving(size):
        return {}
    tier = ladder.tier_of(size)
    rung = ladder.rungs[tier - 1]
    return {"rate": rung.maintenance_rate, "deduction": rung.deduction, "tier": tier}


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
        core = _own_rate(position, _rounded_value(position, world, rule.price))
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
            return _tiered(position, peers, world, rule)
        case kinds.FractionOfInitial():
            return _fraction_of_initial(position, world, rule)
        case kinds.Slope():
            return _by_slope(position, world, rule)
        case kinds.Step():
            return _by_step(position, world, rule)
        case kinds.FactorOnInitial():
            return _factor_on_initial(position, peers, world, rule)
        case kinds.Leverage():
            raise RulePackError(
                world.rules.venue.id, "a leverage rule cannot give maintenance", "Mend the pack"
            )
        case other:
            assert_never(other)


def _fraction_of_initial(position: Position, world: World, rule: kinds.FractionOfInitial) -> Node:
    ladder = _ladder(position, world)
    value = _rounded_value(position, world, rule.price)
    _note_beyond(value, position, world, ladder)
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
    if position.leverage is None:
        raise BookError(position.label, "its maintenance depends on its leverage", "Add leverage = ...")
    value = world.value(position, rule.price)
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
    price = basis or rule.price
    match rule:
        case kinds.Leverage():
            core = _by_leverage(position, peers, world, rule, price)
        case kinds.Slope():
            core = _by_slope(position, world, structs.replace(rule, price=price))
        case kinds.Step():
            core = _initial_by_step(position, world, structs.replace(rule, price=price))
        case kinds.Tiered():
            core = _initial_by_tier(position, peers, world, price)
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


def _size_for_initial(
    position: Position, peers: Sequence[Position], world: World, ladder: Ladder, price: kinds.Basis
) -> Decimal:
    """Return the size that picks the tier of the initial rate: in the same company as that of maintenance."""
    rule = world.rules.requirement("maintenance", world.facts(position))
    if not isinstance(rule, kinds.Tiered):
        return size_in_unit(position, world, ladder.unit, price)
    return size_for_tier(position, peers, world, structs.replace(rule, price=price), ladder.unit)


def _initial_by_tier(position: Position, peers: Sequence[Position], world: World, price: kinds.Basis) -> Node:
    ladder = _ladder(position, world)
    value = _rounded_value(position, world, price)
    rate = initial_tier_rate(ladder, _size_for_initial(position, peers, world, ladder, price))
    inputs = {"value": value, "rate": rate}
    return Node(
        "tier", formula.flat_charge(value, rate), "value * rate", inputs, world.rules.page(ladder.source)
    )


def _initial_by_step(position: Position, world: World, rule: kinds.Step) -> Node:
    node = _by_step(position, world, rule)
    if position.leverage is None:
        return node
    value = world.value(position, rule.price)
    inputs = {**node.inputs, "leverage": position.leverage}
    text = "max(value / leverage, value * (base + steps * rate_step))"
    amount = formula.leverage_charge(value, position.leverage, node.value)
    return Node(node.name, amount, text, inputs, node.source)


def _by_leverage(
    position: Position, peers: Sequence[Position], world: World, rule: kinds.Leverage, price: kinds.Basis
) -> Node | Missing:
    ladder = world.rules.ladder(world.facts(position)) if position.maintenance_rate is None else None
    value = _rounded_value(position, world, price)
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
    whole = measure == "maintenance"
    fees = closing_fees(cost, position, world) if whole else (closing_fee(cost, position, world),)
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


def taker_fee(position: Position, world: World) -> Decimal:
    """Return the taker fee rate of a position's symbol; zero with a note where neither book nor pack has one."""
    known = world.rules.fee("taker", world.facts(position))
    if known is None:
        world.notes[f"taker fee of {position.symbol} is not known: taken at 0; add [[fee]] taker = ..."] = (
            None
        )
        return Decimal(0)
    return known[0]


def closing_fees(cost: kinds.ClosingCost, position: Position, world: World) -> tuple[Node, ...]:
    """Return what the venue counts beside a position's maintenance: the fee to close, perhaps the coming funding."""
    fee = closing_fee(cost, position, world)
    if cost.kind == "held_back" or cost.funding:
        return fee, _coming_funding(cost, position, world)
    return (fee,)


def closing_fee(cost: kinds.ClosingCost, position: Position, world: World) -> Node:
    """Return what the venue counts for closing a position, in its settlement asset."""
    value = world.value(position, cost.price)
    source = world.rules.page(cost.source)
    match cost.kind:
        case "none":
            return Node("closing cost", value * 0)
        case "taker" | "liquidation_fee":
            rate = taker_fee(position, world) if cost.kind == "taker" else _liquidation_fee(position, world)
            inputs = {"value": value, "fee": rate}
            return Node("closing cost", formula.flat_charge(value, rate), "value * fee", inputs, source)
        case "taker_at_bankruptcy":
            return _fee_at_bankruptcy(cost, position, world, value)
        case "held_back":
            return _fees_held_back(cost, position, world, value)


def _fees_held_back(cost: kinds.ClosingCost, position: Position, world: World, value: Decimal) -> Node:
    """Return the fees a venue holds back for leaving: as the book states them, or two taker fees at bankruptcy."""
    name, source = "fees held back", world.rules.page(cost.source)
    if position.opening_fee is not None:
        return Node(name, position.opening_fee, "as the venue holds it", {}, BOOK)
    if cost.basis == "stated":
        world.notes[
            f"{world.rules.venue.id} holds fees back for {position.symbol}, by a rule that is not known: "
            "taken at 0; add opening_fee = ... to the position"
        ] = None
        return Node(name, value * 0, "not stated", {}, source)
    at_bankruptcy = value
    if position.leverage is not None:
        sign = Decimal(world.value_sign(position)) if cost.side == "own" else -ONE
        at_bankruptcy = formula.bankruptcy_value_by_leverage(value, sign, position.leverage)
    fee = taker_fee(position, world)
    inputs = {"value_at_bankruptcy": at_bankruptcy, "fee": fee}
    amount = formula.held_back_fees(at_bankruptcy, Decimal(cost.fees), fee)
    return Node(name, amount, f"{cost.fees} * fee * value_at_bankruptcy", inputs, source)


def _liquidation_fee(position: Position, world: World) -> Decimal:
    known = world.rules.fee("liquidation", world.facts(position))
    if known is None:
        world.notes[
            f"liquidation fee of {position.symbol} is not known: taken at 0; add [[fee]] liquidation = ..."
        ] = None
        return Decimal(0)
    return known[0]


def _fee_at_bankruptcy(cost: kinds.ClosingCost, position: Position, world: World, value: Decimal) -> Node:
    fee = taker_fee(position, world)
    sign = Decimal(world.value_sign(position))
    source = world.rules.page(cost.source)
    wallet = _wallet_behind(cost, position, world)
    if wallet is not None:
        inputs = {"value": value, "wallet": wallet, "fee": fee}
        amount = formula.fee_at_bankruptcy_by_wallet(value, wallet, -sign, fee)
        text = "fee * (value - sign * wallet)+ / (1 - sign * fee)"
        return Node("fee to close at bankruptcy", amount, text, inputs, source)
    if position.leverage is None:
        inputs = {"value": value, "fee": fee}
        return Node("fee to close", formula.flat_charge(value, fee), "value * fee", inputs, source)
    inputs = {"value": value, "leverage": position.leverage, "fee": fee}
    amount = formula.fee_at_bankruptcy_by_leverage(value, sign, position.leverage, fee)
    return Node("fee to close at bankruptcy", amount, "value * (1 - sign / leverage) * fee", inputs, source)


def _wallet_behind(cost: kinds.ClosingCost, position: Position, world: World) -> Decimal | None:
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


def _coming_funding(cost: kinds.ClosingCost, position: Position, world: World) -> Node:
    if position.funding_reserve is not None:
        return Node("funding held back", position.funding_reserve, "as the venue holds it", {}, BOOK)
    rate = world.market.feeds.get("funding_rate", {}).get(position.symbol)
    value = world.value(position, cost.price)
    if rate is None:
        world.notes[
            f"funding rate of {position.symbol} is not given: its reserve is taken at 0; "
            "add it under [feeds.funding_rate]"
        ] = None
        return Node("funding held back", value * 0)
    due = formula.flat_charge(value, rate * position.sign)
    inputs = {"value": value, "funding_rate": rate}
    return Node(
        "funding held back",
        max(due, value * 0),
        "(value * rate * side)+",
        inputs,
        world.rules.page(cost.source),
    )
