"""Options of an expiry that need no more than they can lose at expiry, and all else by its own rule."""

from collections.abc import Sequence
from decimal import Decimal

from ringfence.book import Position
from ringfence.core.number import positive_part
from ringfence.formula.netting import payoff
from ringfence.margin.netting.units import Unit
from ringfence.margin.node import Missing, Node, sum_node
from ringfence.margin.options import expiry_name, forward_of
from ringfence.margin.requirement import initial, maintenance
from ringfence.venue import offsets
from ringfence.venue.entry import Measure

_ZERO = Decimal(0)


def max_loss_node(rule: offsets.MaxLossCharge, unit: Unit) -> Node:
    """Return what a unit's positions need by a max-loss rule, in the unit's currency: a part an expiry and a future."""
    measure = rule.measures[0]
    parts = [_alone(position, measure, unit) for position in unit.others]
    expiries: dict[str, list[Position]] = {}
    for position in unit.options:
        expiries.setdefault(expiry_name(unit.instrument(position)), []).append(position)
    parts += [_of_expiry(name, held, rule, measure, unit) for name, held in expiries.items()]
    return sum_node("positions", parts)


def _of_expiry(
    name: str, held: Sequence[Position], rule: offsets.MaxLossCharge, measure: Measure, unit: Unit
) -> Node:
    single = sum_node("one by one", [_alone(position, measure, unit) for position in held])
    most = _at_expiry(held, rule, unit)
    worth = sum((_worth(position, unit) for position in held), _ZERO)
    value = min(single.value, most.value) + worth
    inputs = {"worth": worth}
    return Node(name, value, "min(one by one, max loss) + worth", inputs, single.source, (single, most))


def _alone(position: Position, measure: Measure, unit: Unit) -> Node:
    """Return what a position needs by its own rule."""
    node = (
        initial(position, unit.world, peers=(position,))
        if measure == "initial"
        else maintenance(position, (position,), unit.world)
    )
    if isinstance(node, Missing):
        return Node(position.label, _ZERO, node.reason)
    value = unit.world.convert(node.value, unit.world.settle(position), unit.currency)
    return Node(position.label, value, node.formula, node.inputs, node.source, node.parts)


def _worth(position: Position, unit: Unit) -> Decimal:
    """Return what an option is worth, signed, where equity counts that."""
    rule = unit.world.rules.equity(unit.world.facts(position))
    if rule is not None and rule.options != "worth":
        return _ZERO
    return position.sign * unit.world.convert(
        unit.world.value(position), unit.world.settle(position), unit.currency
    )


def _at_expiry(held: Sequence[Position], rule: offsets.MaxLossCharge, unit: Unit) -> Node:
    legs = [(unit.coins(p), *_terms(p, unit)) for p in held]
    prices = [_ZERO, *dict.fromkeys(strike for _, strike, _ in legs)]
    payoffs = [min(_paid(legs, price), _ZERO) for price in prices]
    short = positive_part(-sum((coins for coins, _, sign in legs if sign > 0), _ZERO))
    forward = forward_of(unit.instrument(held[0]), unit.world)
    value = -min(payoffs) + rule.unpaired * forward * short
    inputs = {
        "payoff": min(payoffs),
        "at": prices[payoffs.index(min(payoffs))],
        "unpaired": rule.unpaired,
        "forward": forward,
        "net_short_calls": short,
    }
    return Node("max loss", value, "-payoff + unpaired * forward * net_short_calls", inputs)


def _paid(legs: Sequence[tuple[Decimal, Decimal, int]], price: Decimal) -> Decimal:
    return sum((payoff(coins, strike, Decimal(sign), price) for coins, strike, sign in legs), _ZERO)


def _terms(position: Position, unit: Unit) -> tuple[Decimal, int]:
    contract = unit.instrument(position)
    return contract.strike or _ZERO, 1 if contract.right == "call" else -1
