"""What a venue adds to the worst scenario of a risk unit. Every branch is a kind of charge."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import assert_never

from ringfence.book import Position
from ringfence.core.number import from_model, larger, magnitude, positive_part, smaller
from ringfence.formula import netting as formula
from ringfence.margin.netting.units import Unit
from ringfence.margin.node import Node
from ringfence.venue import offsets

_ZERO = Decimal(0)


def charge_node(rule: offsets.ChargeRule, unit: Unit) -> Node:
    """Return one charge of a unit, in the unit's currency."""
    match rule:
        case offsets.DeltaCharge():
            node = _by_delta(rule, unit)
        case offsets.DeltaShock():
            node = _delta_shock(rule, unit)
        case offsets.NetAndHedged():
            node = _net_and_hedged(rule, unit)
        case offsets.FuturesCharge():
            node = _by_futures(rule, unit)
        case offsets.ShortOptions():
            node = _by_short_options(rule, unit)
        case offsets.PerContract():
            node = _per_contract(rule, unit)
        case offsets.TimeDecay():
            node = _time_decay(rule, unit)
        case offsets.ProvisionCharge():
            node = _provision(rule, unit)
        case other:
            assert_never(other)
    return _with_status(node, rule, unit)


def _with_status(node: Node, rule: offsets.ChargeRule, unit: Unit) -> Node:
    """Return a charge with its page; a number that the page does not give says so in every result."""
    source = unit.world.rules.page(unit.rule.source)
    inputs = dict(node.inputs)
    if rule.status == "uncertain":
        inputs["status"] = "uncertain: a parameter of this pack"
        unit.world.notes[
            f"{unit.world.rules.venue.id}, {node.name}: its parameters are uncertain"
            + (f" ({rule.note})" if rule.note else "")
        ] = None
    return Node(node.name, node.value, node.formula, inputs, source, node.parts)


def _is_of(position: Position, of: str, unit: Unit) -> bool:
    contract = unit.instrument(position)
    match of:
        case "perpetuals":
            return not contract.is_paid_for and contract.expiry is None
        case "dated":
            return not contract.is_paid_for and contract.expiry is not None
        case "futures":
            return not contract.is_paid_for
        case "options":
            return contract.is_option
        case _:
            return True


def _grouped(positions: Iterable[Position], key: Callable[[Position], object]) -> list[list[Position]]:
    groups: dict[object, list[Position]] = defaultdict(list)
    for position in positions:
        groups[key(position)].append(position)
    return list(groups.values())


def _by_delta(rule: offsets.DeltaCharge, unit: Unit) -> Node:
    members = [p for p in unit.positions if _is_of(p, rule.of, unit)]
    match rule.scope:
        case "instrument":
            groups = _grouped(members, lambda p: p.symbol)
        case "expiry":
            groups = _grouped(members, lambda p: unit.instrument(p).expiry)
        case "unit":
            groups = [members] if members else []
        case unknown:
            assert_never(unknown)
    parts = [_one_delta(group, rule, unit) for group in groups]
    if rule.scope == "instrument" and unit.spot and rule.of == "all":
        parts.append(_delta_node("collateral", unit.spot, rule.rate, Decimal(1), unit))
    return _sum("delta", parts)


def _one_delta(group: Sequence[Position], rule: offsets.DeltaCharge, unit: Unit) -> Node:
    size = magnitude(sum((unit.delta(p) for p in group), _ZERO))
    factor = _factor(rule.factors, size * unit.index)
    name = (
        group[0].symbol
        if rule.scope == "instrument"
        else str(unit.instrument(group[0]).expiry or "perpetual")
    )
    return _delta_node(name, size, _rate(rule, group[0], unit), factor, unit)


def _delta_node(name: str, size: Decimal, rate: Decimal, factor: Decimal, unit: Unit) -> Node:
    inputs = {"delta": size, "rate": rate, "price": unit.per_coin, "factor": factor}
    return Node(name, size * rate * unit.per_coin * factor, "delta * rate * price * factor", inputs)


def _rate(rule: offsets.DeltaCharge, position: Position, unit: Unit) -> Decimal:
    """Return the rate of a contract: of a dated one, what a year's rate makes of its time, if that is more."""
    expires = unit.instrument(position).expires_at
    if expires is None or rule.annual == 0:
        return rule.rate
    years = Decimal((expires - unit.world.at).total_seconds()) / (365 * 86_400)
    return larger(rule.rate, (rule.annual * years).exp() - 1)


def _factor(factors: Sequence[offsets.SizeFactor], size: Decimal) -> Decimal:
    reached = [row.factor for row in factors if size > row.floor or row.floor == 0]
    return reached[-1] if reached else Decimal(1)


def _delta_shock(rule: offsets.DeltaShock, unit: Unit) -> Node:
    bought = sum((unit.delta(p) for p in unit.options if p.sign > 0), _ZERO)
    rest = [p for p in unit.positions if p not in unit.options or p.sign < 0]
    size = sum((unit.delta(p) for p in rest), _ZERO)
    left = formula.left_uncovered(size, bought)
    threshold = rule.threshold / unit.index
    coins = formula.delta_shock(left, rule.cap, rule.increase, threshold)
    inputs = {"delta": left, "threshold": threshold, "increase": rule.increase, "cap": rule.cap}
    text = "|delta| * min(cap, increase * (|delta| - threshold)+) * price"
    return Node("delta shock", coins * unit.per_coin, text, inputs)


def _net_and_hedged(rule: offsets.NetAndHedged, unit: Unit) -> Node:
    deltas = [unit.delta(p) for p in unit.positions]
    net = sum(deltas, unit.spot)
    gross = sum((abs(delta) for delta in deltas), abs(unit.spot))
    coins = formula.net_and_hedged(net, gross, rule.net, rule.hedged)
    inputs = {"net": net, "gross": gross, "net_rate": rule.net, "hedged_rate": rule.hedged}
    text = "(net_rate * |net| + hedged_rate * (gross - |net|) / 2) * price"
    return Node("net and hedged delta", coins * unit.per_coin, text, inputs)


def _in_unit(amount: Decimal, position: Position, unit: Unit) -> Decimal:
    return unit.world.convert(amount, unit.world.settle(position), unit.currency)


def _by_futures(rule: offsets.FuturesCharge, unit: Unit) -> Node:
    members = [p for p in unit.futures if _is_of(p, rule.of, unit)]
    sides = {1: _ZERO, -1: _ZERO}
    for position in members:
        sides[position.sign] += _in_unit(unit.world.value(position), position, unit)
    value = sides[1] + sides[-1] if rule.scope == "gross" else smaller(sides[1], sides[-1])
    return Node("futures", value * rule.rate, "value * rate", {"value": value, "rate": rule.rate})


def _by_short_options(rule: offsets.ShortOptions, unit: Unit) -> Node:
    def key(position: Position) -> object:
        contract = unit.instrument(position)
        match rule.scope:
            case "instrument":
                return position.symbol
            case "strike":
                return contract.expiry, contract.strike
            case "unit":
                return None

    members = [p for p in unit.options if _is_near(p, rule, unit)]
    groups = _grouped(members, key)
    short = sum((positive_part(-sum((unit.coins(p) for p in g), _ZERO)) for g in groups), _ZERO)
    each = rule.rate * unit.per_coin + rule.amount
    inputs = {"short": short, "rate": rule.rate, "price": unit.per_coin, "amount": rule.amount}
    return Node("short options", short * each, "short coins * (rate * price + amount)", inputs)


def _is_near(position: Position, rule: offsets.ShortOptions, unit: Unit) -> bool:
    if rule.band is None:
        return True
    from ringfence.margin.options import forward_of  # noqa: PLC0415 - paid for by books with options

    contract = unit.instrument(position)
    forward = forward_of(contract, unit.world)
    return contract.strike is not None and abs(contract.strike - forward) <= rule.band * forward


def _per_contract(rule: offsets.PerContract, unit: Unit) -> Node:
    def counts(position: Position) -> bool:
        if unit.instrument(position).payoff == "spot":
            return False
        return rule.of == "all" or (position in unit.options and (rule.of == "options" or position.sign < 0))

    number = sum((p.contracts for p in unit.positions if counts(p)), _ZERO)
    inputs = {"contracts": number, "amount": rule.amount}
    return Node("contracts", number * rule.amount, "contracts * amount", inputs)


def _time_decay(rule: offsets.TimeDecay, unit: Unit) -> Node:
    if unit.quotes is None:
        return Node("time decay", _ZERO, "no options")
    from ringfence.margin.netting.model_value import decay  # noqa: PLC0415 - paid for by books with options

    loss = positive_part(from_model(decay(unit, float(rule.hours))))
    return Node("time decay", loss, "value now - value later", {"hours": rule.hours})


def _provision(rule: offsets.ProvisionCharge, unit: Unit) -> Node:
    parts = []
    for position in unit.positions:
        value = _in_unit(unit.world.value(position), position, unit)
        rate = unit.world.market.feeds.get("funding_rate", {}).get(position.symbol, _ZERO)
        funding = positive_part(position.sign * value * rate * rule.funding_hours)
        inputs = {"value": value, "funding_rate": rate, "hours": rule.funding_hours, "fee": rule.fee}
        text = "(side * value * funding_rate * hours)+ + value * fee"
        parts.append(Node(position.label, funding + value * rule.fee, text, inputs))
    return _sum("provision", parts)


def _sum(name: str, parts: Sequence[Node]) -> Node:
    return Node(name, sum((part.value for part in parts), _ZERO), "sum of parts", {}, "", tuple(parts))
