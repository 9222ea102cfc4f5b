"""What a venue adds to the worst scenario of a risk unit. Every branch is a kind of charge."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import assert_never

from ringfence.book import Position
from ringfence.core.number import from_model, grown, larger, magnitude, positive_part, smaller
from ringfence.formula import netting as formula
from ringfence.formula.netting import tier_part
from ringfence.margin.netting.safeguards import safeguard_node
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
        case offsets.FuturesCharge() | offsets.ShortOptions() | offsets.PerContract():
            node = _by_holding(rule, unit)
        case offsets.TimeDecay():
            node = _time_decay(rule, unit)
        case offsets.ExpirySpread() | offsets.CurveShift():
            node = _over_expiries(rule, unit)
        case offsets.ProvisionCharge():
            node = _provision(rule, unit)
        case (
            offsets.BasisCharge()
            | offsets.ConfidenceCharge()
            | offsets.CollateralCharge()
            | offsets.PegCharge()
            | offsets.MaxLossCharge()
        ):
            node = safeguard_node(rule, unit)
        case other:
            assert_never(other)
    return _with_status(node, rule, unit)


def _by_holding(rule: offsets.FuturesCharge | offsets.ShortOptions | offsets.PerContract, unit: Unit) -> Node:
    match rule:
        case offsets.FuturesCharge():
            return _by_futures(rule, unit)
        case offsets.ShortOptions():
            return _by_short_options(rule, unit)
        case offsets.PerContract():
            return _per_contract(rule, unit)


def _with_status(node: Node, rule: offsets.ChargeRule, unit: Unit) -> Node:
    """Return a charge with its page; a number that the page does not give says so in every result."""
    source, name = unit.world.rules.page(unit.rule.source), rule.name or node.name
    inputs = dict(node.inputs)
    if rule.status == "uncertain" and not _has_nothing_to_charge(rule, node, unit):
        inputs["status"] = "uncertain: a parameter of this pack"
        unit.world.notes[
            f"{unit.world.rules.venue.id}, {name}: its parameters are uncertain"
            + (f" ({rule.note})" if rule.note else "")
        ] = None
    return Node(name, node.value, node.formula, inputs, source, node.parts)


def _has_nothing_to_charge(rule: offsets.ChargeRule, node: Node, unit: Unit) -> bool:
    """Return whether a unit holds nothing that a charge is for, whatever its rate."""
    match rule:
        case offsets.CurveShift() | offsets.TimeDecay() | offsets.ShortOptions():
            return not unit.options
        case offsets.ExpirySpread():
            expiries = {unit.instrument(p).expiry for p in unit.positions if _is_hedged_by(p, rule, unit)}
            return len(expiries) == 0 or (len(expiries) == 1 and not (rule.of == "delta" and unit.spot))
        case offsets.NetAndHedged():
            deltas = _grouped_deltas(rule, unit)
            return rule.net == 0 and abs(sum(deltas, _ZERO)) == sum(map(abs, deltas), _ZERO)
        case _:
            return node.value == 0


def _is_hedged_by(position: Position, rule: offsets.ExpirySpread, unit: Unit) -> bool:
    return rule.of == "delta" or unit.instrument(position).is_option


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
    if _spot_in(rule, unit) and rule.scope != "unit":
        parts.append(_delta_node("collateral", unit.spot * unit.per_coin, rule.rate))
    return _by_size(_sum("delta", parts), rule.factors, unit)


def _spot_in(rule: offsets.DeltaCharge, unit: Unit) -> Decimal:
    return unit.spot if rule.spot and rule.of == "all" else _ZERO


def _one_delta(group: Sequence[Position], rule: offsets.DeltaCharge, unit: Unit) -> Node:
    value = sum((unit.delta_value(p, rule.price) for p in group), _ZERO)
    name = group[0].symbol
    if rule.scope == "expiry":
        name = str(unit.instrument(group[0]).expiry or "perpetual")
    elif rule.scope == "unit":
        name, value = unit.name, value + _spot_in(rule, unit) * unit.per_coin
    return _delta_node(name, value, _rate(rule, group[0], unit))


def _delta_node(name: str, value: Decimal, rate: Decimal) -> Node:
    inputs = {"delta_value": value, "rate": rate}
    return Node(name, magnitude(value) * rate, "|delta value| * rate", inputs)


def _by_size(charge: Node, factors: Sequence[offsets.SizeFactor], unit: Unit) -> Node:
    """Return a charge of which each part counts at its own factor, by the size of the whole."""
    if not factors:
        return charge
    size = unit.world.convert(charge.value, unit.currency, unit.world.rules.account_mode.unit)
    scaled = _ZERO
    for row, above in zip_longest(factors, factors[1:]):
        part = positive_part(size - row.floor) if above is None else tier_part(size, row.floor, above.floor)
        scaled += part * row.factor
    value = unit.world.convert(scaled, unit.world.rules.account_mode.unit, unit.currency)
    text = "each part of the sum at the factor of its size"
    return Node(charge.name, value, text, {"before": charge.value}, charge.source, (charge,))


def _rate(rule: offsets.DeltaCharge, position: Position, unit: Unit) -> Decimal:
    """Return the rate of a contract: of a dated one, what a year's rate makes of its time, if that is more."""
    expires = unit.instrument(position).expires_at
    if expires is None or rule.annual == 0:
        return rule.rate
    years = Decimal((expires - unit.world.at).total_seconds()) / (365 * 86_400)
    return larger(rule.rate, grown(rule.annual, years))


def _delta_shock(rule: offsets.DeltaShock, unit: Unit) -> Node:
    bought = sum((unit.delta(p) for p in unit.options if p.sign > 0), _ZERO)
    rest = [*unit.others, *(p for p in unit.options if p.sign < 0)]
    size = sum((unit.delta(p) for p in rest), _ZERO)
    left = formula.left_uncovered(size, bought)
    threshold = rule.threshold / unit.index
    coins = formula.delta_shock(left, rule.cap, rule.increase, threshold)
    inputs = {"delta": left, "threshold": threshold, "increase": rule.increase, "cap": rule.cap}
    text = "|delta| * min(cap, increase * (|delta| - threshold)+) * price"
    return Node("delta shock", coins * unit.per_coin, text, inputs)


def _grouped_deltas(rule: offsets.NetAndHedged, unit: Unit) -> list[Decimal]:
    groups = _grouped(
        unit.positions, lambda p: p.label if rule.by == "position" else unit.instrument(p).quote
    )
    deltas = [sum((unit.delta(p) for p in group), _ZERO) for group in groups]
    return [*deltas, unit.spot] if rule.spot and unit.spot else deltas


def _net_and_hedged(rule: offsets.NetAndHedged, unit: Unit) -> Node:
    deltas = _grouped_deltas(rule, unit)
    net, gross = sum(deltas, _ZERO), sum(map(abs, deltas), _ZERO)
    coins = formula.net_and_hedged(net, gross, rule.net, rule.hedged)
    inputs = {"net": net, "gross": gross, "net_rate": rule.net, "hedged_rate": rule.hedged}
    text = "(net_rate * |net| + hedged_rate * (gross - |net|) / 2) * price"
    name = "net and hedged delta" if rule.by == "position" else "delta hedged between currencies"
    return _by_size(Node(name, coins * unit.per_coin, text, inputs), rule.factors, unit)


def _in_unit(amount: Decimal, position: Position, unit: Unit) -> Decimal:
    return unit.world.convert(amount, unit.world.settle(position), unit.currency)


def _value(position: Position, price: str, unit: Unit) -> Decimal:
    if price == "index":
        return magnitude(unit.coins(position)) * unit.per_coin
    return _in_unit(unit.world.value(position), position, unit)


def _by_futures(rule: offsets.FuturesCharge, unit: Unit) -> Node:
    members = [p for p in unit.futures if _is_of(p, rule.of, unit)]
    sides = {1: _ZERO, -1: _ZERO}
    for position in members:
        sides[position.sign] += _value(position, rule.price, unit)
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
        contract = unit.instrument(position)
        if contract.payoff == "spot":
            return False
        return rule.of == "all" or (contract.is_option and (rule.of == "options" or position.sign < 0))

    members = [p for p in unit.positions if counts(p)]
    number = sum((p.contracts * (p.contract_size if rule.per == "coin" else 1) for p in members), _ZERO)
    inputs = {"contracts": number, "amount": rule.amount}
    return Node("contracts", number * rule.amount, "contracts * amount", inputs)


def _time_decay(rule: offsets.TimeDecay, unit: Unit) -> Node:
    if unit.quotes is None:
        return Node("time decay", _ZERO, "no options")
    from ringfence.margin.netting.model_value import decay  # noqa: PLC0415 - paid for by books with options

    loss = positive_part(from_model(decay(unit, float(rule.hours))))
    return Node("time decay", loss, "value now - value later", {"hours": rule.hours})


def _over_expiries(rule: offsets.ExpirySpread | offsets.CurveShift, unit: Unit) -> Node:
    if _has_nothing_to_charge(rule, Node("", _ZERO, ""), unit):
        return Node("over expiries", _ZERO, "nothing that it is for")
    from ringfence.margin.netting.surface import curve_shift, expiry_spread  # noqa: PLC0415 - as above

    return expiry_spread(rule, unit) if isinstance(rule, offsets.ExpirySpread) else curve_shift(rule, unit)


def _provision(rule: offsets.ProvisionCharge, unit: Unit) -> Node:
    parts = []
    for position in unit.positions:
        value = _in_unit(unit.world.value(position), position, unit)
        rate = unit.world.market.feeds.get("funding_rate", {}).get(position.symbol, _ZERO)
        funding = positive_part(position.sign * value * rate * rule.funding_hours)
        fee = _fee(position, rule, unit)
        inputs = {"value": value, "funding_rate": rate, "hours": rule.funding_hours, "fee": fee}
        text = "(side * value * funding_rate * hours)+ + value * fee"
        parts.append(Node(position.label, funding + value * fee, text, inputs))
    return _sum("provision", parts)


def _fee(position: Position, rule: offsets.ProvisionCharge, unit: Unit) -> Decimal:
    if rule.fee is not None:
        return rule.fee
    known = unit.world.rules.fee("taker", unit.world.facts(position))
    if known is None:
        unit.world.notes[
            f"{position.symbol}: no taker fee is known, and none is set aside; add it as [[fee]]"
        ] = None
        return _ZERO
    return known[0]


def _sum(name: str, parts: Sequence[Node]) -> Node:
    return Node(name, sum((part.value for part in parts), _ZERO), "sum of parts", {}, "", tuple(parts))
