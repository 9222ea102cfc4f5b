"""What a venue counts for closing a position, beside its maintenance or inside its requirements."""

from decimal import Decimal

from ringfence.book import Position
from ringfence.core.number import ONE
from ringfence.formula import requirement as formula
from ringfence.margin.node import Node
from ringfence.margin.world import World
from ringfence.venue import kinds
from ringfence.venue.pack import BOOK


def closing_fees(
    cost: kinds.ClosingCost, position: Position, world: World, wallet: Decimal | None
) -> tuple[Node, ...]:
    """Return what the venue counts beside a position's maintenance: the fee to close, perhaps the coming funding."""
    fee = closing_fee(cost, position, world, wallet)
    if cost.kind == "held_back" or cost.funding:
        return fee, _coming_funding(cost, position, world)
    return (fee,)


def closing_fee(cost: kinds.ClosingCost, position: Position, world: World, wallet: Decimal | None) -> Node:
    """Return what the venue counts for closing a position, in its settlement asset.

    Args:
        cost: the rule.
        position: the position.
        world: prices and rules.
        wallet: [settle] from which the bankruptcy value follows; None: it follows from the leverage.

    """
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
            return _fee_at_bankruptcy(cost, position, world, value, wallet)
        case "held_back":
            return _fees_held_back(cost, position, world, value)


def taker_fee(position: Position, world: World) -> Decimal:
    """Return the taker fee rate of a position's symbol; zero with a note where neither book nor pack has one."""
    known = world.rules.fee("taker", world.facts(position))
    if known is None:
        world.notes[f"taker fee of {position.symbol} is not known: taken at 0; add [[fee]] taker = ..."] = (
            None
        )
        return Decimal(0)
    return known[0]


def _liquidation_fee(position: Position, world: World) -> Decimal:
    known = world.rules.fee("liquidation", world.facts(position))
    if known is None:
        world.notes[
            f"liquidation fee of {position.symbol} is not known: taken at 0; add [[fee]] liquidation = ..."
        ] = None
        return Decimal(0)
    return known[0]


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


def _fee_at_bankruptcy(
    cost: kinds.ClosingCost, position: Position, world: World, value: Decimal, wallet: Decimal | None
) -> Node:
    fee = taker_fee(position, world)
    sign = Decimal(world.value_sign(position))
    source = world.rules.page(cost.source)
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
