"""What a resting order sets aside, and what it adds to the maintenance requirement of its pool."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ringfence.book import Order, Position
from ringfence.core.number import ZERO, total
from ringfence.formula.liquidation import inverse_price, linear_price
from ringfence.formula.requirement import flat_charge, order_loss
from ringfence.margin.netting.units import model_of
from ringfence.margin.node import Missing, Node
from ringfence.margin.option_orders import option_order_cost
from ringfence.margin.pools import Pool
from ringfence.margin.requirement import initial, maintenance, price_of
from ringfence.margin.world import World
from ringfence.venue import kinds
from ringfence.venue.instruments import facts_of


def order_cost(order: Order, world: World) -> tuple[Node, ...] | Missing:
    """Return what an order sets aside in its settlement asset: initial requirement at its price, loss, fee to open."""
    position = _filled(order)
    if model_of(position, world) is not None:
        return Missing("its pool's portfolio model asks for it with others")
    if world.instrument(order.symbol).is_option:
        return option_order_cost(order, position, world)
    rule = world.rules.order_cost(world.facts(position))
    at_mark = rule is not None and rule.price == "mark"
    needed = initial(position, world, basis="mark" if at_mark else "entry")
    if isinstance(needed, Missing):
        return needed
    parts = [needed]
    if not _loss_falls_on_account(position, world):
        parts.append(open_loss(order, world))
    cost = world.rules.closing_cost(world.facts(position))
    taker = world.rules.fee("taker", world.facts(position))
    if cost is not None and cost.kind == "taker_at_bankruptcy" and taker is not None:
        rate, source = taker
        fee = flat_charge(world.value(position, "entry"), rate)
        parts.append(Node("fee to open", fee, "value * fee", {"fee": rate}, world.rules.page(source)))
    return tuple(parts)


def open_loss(order: Order, world: World) -> Node:
    """Return what an order loses the moment it is filled away from the mark, in its settlement asset."""
    position = _filled(order)
    at_order, at_mark = world.value(position, "entry"), world.value(position)
    loss = order_loss(Decimal(world.value_sign(position)), at_mark, at_order)
    inputs = {"value_at_order": at_order, "value_at_mark": at_mark}
    return Node("open loss", loss, "(loss on being filled)+", inputs)


def set_aside(order: Order, world: World) -> tuple[Node, ...] | Missing:
    """Return what an order takes from what its pool has free: its cost, and the loss where the account bears it."""
    cost = order_cost(order, world)
    if isinstance(cost, Missing) or not _loss_falls_on_account(_filled(order), world):
        return cost
    return (*cost, open_loss(order, world))


def margined(pool: Pool, world: World) -> list[Order]:
    """Return the orders of a pool that set something aside, without what is free because it only reduces.

    Orders against one position take it up in the order of the book; what is left of the last one is charged. What a
    portfolio model nets is not among them.
    """
    left = {(held.symbol, held.sign): held.contracts for held in pool.positions}
    kept = []
    for order in (o for o in pool.orders if not o.reduce_only and model_of(_filled(o), world) is None):
        rule = world.rules.order_cost(world.facts(_filled(order)))
        against = (order.symbol, -order.sign)
        free = min(left.get(against, ZERO), order.contracts) if rule and rule.against == "free" else ZERO
        if free:
            left[against] -= free
        if order.contracts > free:
            kept.append(replace(order, contracts=order.contracts - free))
    return kept


def with_netted_orders(pool: Pool, world: World) -> Pool:
    """Return the pool as if every resting order that its portfolio model nets were filled."""
    positions = {p.label: p for p in pool.positions}
    for order in (o for o in pool.orders if not o.reduce_only):
        filled = _filled(order)
        if model_of(filled, world) is None:
            continue
        held = positions.get(filled.label)
        size = filled.contracts + (held.contracts if held else 0)
        positions[filled.label] = replace(held or filled, contracts=size, cost=None)
    return replace(pool, positions=tuple(positions.values()), orders=())


def spared_sides(pool: Pool, needs: Sequence[tuple[str, int, Decimal]], world: World) -> set[tuple[str, int]]:
    """Return the sides of symbols whose initial requirement is spared: of two, the one that needs less with its orders.

    Args:
        pool: the pool.
        needs: symbol, sign and initial requirement of every position and order, in the pool's unit.
        world: prices and rules.

    """
    spared = set()
    for symbol in dict.fromkeys(order.symbol for order in pool.orders):
        mode = "isolated" if pool.kind == "isolated" else "cross"
        rule = world.rules.order_cost(facts_of(world.instrument(symbol), mode))
        if rule is None or rule.sides == "each":
            continue
        sides = {
            sign: total((n for s, own, n in needs if (s, own) == (symbol, sign)), ZERO) for sign in (1, -1)
        }
        spared.add((symbol, 1 if sides[1] < sides[-1] else -1))
    return spared


def _loss_falls_on_account(position: Position, world: World) -> bool:
    rule = world.rules.order_cost(world.facts(position))
    return rule is not None and rule.open_loss == "account"


def _filled(order: Order) -> Position:
    """Return the position that an order becomes at its price."""
    return Position(
        symbol=order.symbol,
        side="long" if order.sign > 0 else "short",
        contracts=order.contracts,
        contract_size=order.contract_size,
        entry_price=order.price,
        margin_mode=order.margin_mode,
        leverage=order.leverage,
    )


def _counts_orders(position: Position, world: World) -> bool:
    if model_of(position, world) is not None:
        return False
    rule = world.rules.requirement("maintenance", world.facts(position))
    return isinstance(rule, kinds.Tiered | kinds.FactorOnInitial) and rule.orders


def with_orders(position: Position, orders: Sequence[Order], world: World) -> Position:
    """Return a position as its tier sees it: grown by the orders that would increase it, each at its own price."""
    more = [
        o for o in orders if o.symbol == position.symbol and o.sign == position.sign and not o.reduce_only
    ]
    if not more or not _counts_orders(position, world):
        return position
    basis = price_of(world.rules.requirement("maintenance", world.facts(position)))
    ordered: Any = total((world.value(_filled(order), "entry") for order in more), ZERO)
    one = world.value(replace(position, contracts=Decimal(1), cost=None), basis)
    return replace(position, contracts=position.contracts + ordered / one)


def order_maintenance(pool: Pool, world: World) -> tuple[tuple[Position, Node], ...]:
    """Return what orders of symbols that the pool does not hold need, in their settlement asset.

    Each side of a symbol is one position at the orders' average price. Orders beside a position are in its own
    requirement (``with_orders``), or may only be there to reduce it.
    """
    held = {position.symbol for position in pool.positions}
    sides: dict[tuple[str, int], list[Order]] = {}
    for order in pool.orders:
        if order.symbol not in held and order.margin_mode == "cross" and not order.reduce_only:
            sides.setdefault((order.symbol, order.sign), []).append(order)
    together = [_together(orders, world) for orders in sides.values()]
    return tuple(
        (position, maintenance(position, (position,), world.moved(position.symbol, position.entry_price)))
        for position in together
        if _counts_orders(position, world)
    )


def _together(orders: Sequence[Order], world: World) -> Position:
    first = _filled(orders[0])
    contracts = total((order.contracts for order in orders), ZERO)
    value = total((world.value(_filled(order), "entry") for order in orders), ZERO)
    price = inverse_price if world.is_inverse(first) else linear_price
    return replace(first, contracts=contracts, entry_price=price(value, contracts, first.contract_size))
