"""What an order in options sets aside: a buyer the premium, a seller what the position will need less its premium."""

from decimal import Decimal

from ringfence.book import Order, Position
from ringfence.core.number import larger, smaller
from ringfence.formula.requirement import flat_charge
from ringfence.margin.node import Missing, Node
from ringfence.margin.paid_for import underlying_of
from ringfence.margin.requirement import initial
from ringfence.margin.world import World
from ringfence.venue import kinds


def option_order_cost(order: Order, filled: Position, world: World) -> tuple[Node, ...] | Missing:
    """Return what an order in an option sets aside, in its settlement asset.

        to buy    premium + fee
        to sell   max(requirement - premium + fee, least * U * coins)

    U is the price of the underlying, or 1 where the option pays in its coin. The requirement is that at the mark.
    """
    coins = filled.contracts * filled.contract_size
    premium = coins * order.price
    fee = _fee(filled, coins, premium, world)
    if filled.sign > 0:
        return Node("premium", premium, "coins * price", {"coins": coins, "price": order.price}), fee
    needed = initial(filled, world)
    if isinstance(needed, Missing):
        return needed
    rule = world.rules.order_cost(world.facts(filled))
    unit = _unit(filled, world)
    least = (rule.least if rule is not None else Decimal(0)) * unit * coins
    inputs = {"requirement": needed.value, "premium": premium, "fee": fee.value, "least": least}
    text = "max(requirement - premium + fee, least * U * coins)"
    value = larger(needed.value - premium + fee.value, least)
    source = world.rules.page(rule.source) if rule is not None else ""
    return (Node("order to sell", value, text, inputs, source, (needed, fee)),)


def _unit(filled: Position, world: World) -> Decimal:
    contract = world.instrument(filled.symbol)
    if contract.pays_in_coin:
        return Decimal(1)
    rule = world.rules.requirement("initial", world.facts(filled))
    return (
        underlying_of(contract, world, rule)
        if isinstance(rule, kinds.OptionRate)
        else world.index(contract.underlying)
    )


def _fee(filled: Position, coins: Decimal, premium: Decimal, world: World) -> Node:
    """Return the fee of opening an option: a rate on its underlying, and no more than a share of the premium."""
    facts = world.facts(filled)
    taker, cap = world.rules.fee("taker", facts), world.rules.fee("cap", facts)
    if taker is None:
        return Node("fee to open", Decimal(0), "no fee known")
    rate, source = taker
    amount = flat_charge(coins * _unit(filled, world), rate)
    inputs = {"fee": rate}
    if cap is not None:
        amount, inputs["cap"] = smaller(amount, cap[0] * premium), cap[0]
    return Node(
        "fee to open", amount, "min(fee * U * coins, cap * premium)", inputs, world.rules.page(source)
    )
