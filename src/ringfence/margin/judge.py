"""Equity against requirement, pool by pool: the numbers behind every verdict.

Everything here but portfolio models runs unchanged on a moving price (``core.along``): a liquidation price is a
root of these same functions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ringfence.book import Position
from ringfence.margin.charge import Charge, charges_of
from ringfence.margin.debts import debt_nodes
from ringfence.margin.equity import beyond_borrowing, claims_by_asset, equity_nodes
from ringfence.margin.netting import maintenance_alone, nets, netted
from ringfence.margin.node import Missing, Node, sum_node
from ringfence.margin.orders import (
    margined,
    order_maintenance,
    set_aside,
    spared_sides,
    with_netted_orders,
)
from ringfence.margin.pools import Pool
from ringfence.margin.world import World


@dataclass(frozen=True, slots=True)
class Judgement:
    """A pool's numbers, in the pool's unit. ``initial`` is missing where some part of it is not known.

    times    how often the venue's trigger counts maintenance and closing cost
    netted   what of the maintenance requirement a portfolio model asks for its positions together
    unusable what of the equity keeps the pool alive, and yet nothing may be opened or borrowed against
    """

    pool: Pool
    charges: tuple[Charge, ...]
    collateral: Node
    unrealized: Node
    equity: Node
    initial: Node | Missing
    maintenance: Node
    closing_cost: Node
    times: Decimal = Decimal(1)
    netted: Decimal = Decimal(0)
    unusable: Decimal = Decimal(0)

    @property
    def need(self) -> Decimal:
        """Return what equity must cover: maintenance and closing cost, as often as the trigger counts them."""
        return (self.maintenance.value + self.closing_cost.value) * self.times

    @property
    def buffer(self) -> Decimal:
        """Return equity above what it must cover."""
        return self.equity.value - self.need


def _initial_total(
    pool: Pool, charges: Sequence[Charge], world: World, together: Sequence[Node]
) -> Node | Missing:
    sided: list[tuple[str, int, Node]] = []
    for one in charges:
        if one.netted:
            continue
        if isinstance(one.initial, Missing):
            return one.initial
        node = _in_unit(one.initial, one.position, pool, world)
        sided.append((one.position.symbol, one.position.sign, node))
    for order in margined(pool, world):
        cost = set_aside(order, world)
        if isinstance(cost, Missing):
            return cost
        node = sum_node(f"order {order.side} {order.symbol}", cost)
        settle = world.instrument(order.symbol).settle
        node = replace(node, value=world.convert(node.value, settle, pool.unit))
        sided.append((order.symbol, order.sign, node))
    spared = spared_sides(pool, [(symbol, sign, node.value) for symbol, sign, node in sided], world)
    parts = [_spared(node) if (symbol, sign) in spared else node for symbol, sign, node in sided]
    parts += together
    if pool.rest is not None:
        parts.append(Node("the rest", pool.rest.initial_requirement, "as the book states", {}, "the book"))
    return sum_node("initial requirement", parts)


def _spared(node: Node) -> Node:
    return Node(node.name, node.value * 0, "the other side of the symbol needs more", {}, "", (node,))


def _in_unit(node: Node, position: Position, pool: Pool, world: World) -> Node:
    value = world.convert(node.value, world.settle(position), pool.unit)
    return replace(node, name=position.label, value=value)


def equity_of(pool: Pool, world: World, charges: Sequence[Charge]) -> Decimal:
    """Return a pool's equity, in its unit, when nothing else is asked."""
    return equity_nodes(pool, charges, world)[2].value


def need_of(pool: Pool, world: World, charges: Sequence[Charge], *, fixed: bool = True) -> Decimal:
    """Return a pool's maintenance requirement and closing cost together, when nothing else is asked.

    Args:
        pool: the pool.
        world: prices and rules.
        charges: those of its positions.
        fixed: with what is asked once for having a debt at all.

    """
    rest = pool.rest
    need = Decimal(0) if rest is None else rest.maintenance_requirement + rest.closing_cost
    need = need + maintenance_alone(pool, world) if nets(pool, world) else need
    for one in charges:
        due = one.maintenance.value + one.closing_cost.value
        need = need + world.convert(due, world.settle(one.position), pool.unit)
    for ordered, node in order_maintenance(pool, world):
        need = need + world.convert(node.value, world.settle(ordered), pool.unit)
    if world.rules.lists["debt"]:
        claims = claims_by_asset(charges, world)
        for node in (
            *debt_nodes(pool, claims, world, "maintenance", fixed=fixed),
            *debt_nodes(pool, claims, world, "closing"),
        ):
            need = need + node.value
    return need * trigger_times(pool, world)


def is_dead(pool: Pool, world: World) -> bool:
    """Return whether the venue may liquidate a pool, when nothing else is asked. See ``is_triggered``."""
    if not pool.positions and pool.rest is None:
        return False
    charges = charges_of(pool, world, initial_too=False)
    need = need_of(pool, world, charges)
    return is_past(equity_of(pool, world, charges) - need, need, pool, world)


def is_past(buffer: Decimal, need: Decimal, pool: Pool, world: World) -> bool:
    """Return whether a pool with this buffer and need is past its venue's trigger."""
    return buffer < 0 or (buffer == 0 and need > 0 and dies_at_zero(pool, world))


def judge(pool: Pool, world: World, charges: tuple[Charge, ...] | None = None) -> Judgement:
    """Return a pool's equity and requirements.

    Args:
        pool: the pool.
        world: prices and rules.
        charges: those of its positions, where they are already known.

    """
    held = charges_of(pool, world) if charges is None else charges
    collateral, unrealized, equity = equity_nodes(pool, held, world)
    together = netted(pool, world) if nets(pool, world) else None
    first = () if together is None else _initial_together(together.initial, pool, world).parts
    need = [_in_unit(one.maintenance, one.position, pool, world) for one in held if not one.netted]
    need += [] if together is None else together.maintenance.parts
    need += [
        replace(_in_unit(node, ordered, pool, world), name=f"orders {ordered.label}")
        for ordered, node in order_maintenance(pool, world)
    ]
    claims = claims_by_asset(held, world)
    need += debt_nodes(pool, claims, world, "maintenance")
    first = (*first, *debt_nodes(pool, claims, world, "initial"))
    closing = [_in_unit(one.closing_cost, one.position, pool, world) for one in held if not one.netted]
    closing += debt_nodes(pool, claims, world, "closing")
    if pool.rest is not None:
        need.append(Node("the rest", pool.rest.maintenance_requirement, "as the book states", {}, "the book"))
        closing.append(Node("the rest", pool.rest.closing_cost, "as the book states", {}, "the book"))
    return Judgement(
        pool=pool,
        charges=held,
        collateral=collateral,
        unrealized=unrealized,
        equity=equity,
        initial=_initial_total(pool, held, world, first),
        maintenance=sum_node("maintenance requirement", need),
        closing_cost=sum_node("closing cost", closing),
        times=trigger_times(pool, world),
        netted=Decimal(0) if together is None else together.maintenance.value,
        unusable=beyond_borrowing(pool, claims, world),
    )


def maintenance_by_position(judged: Judgement, world: World) -> dict[str, Decimal]:
    """Return what each position of a pool needs, by label, in the pool's unit.

    Of what a portfolio model asks for all of its positions each bears its part by value, and equal parts where all of
    them are worth nothing.
    """
    unit = judged.pool.unit
    netted = [one for one in judged.charges if one.netted]
    values = [world.convert(one.value, world.settle(one.position), unit) for one in netted]
    worth = sum(values, Decimal(0))
    parts = [value / worth if worth else 1 / Decimal(len(netted)) for value in values]
    shares = {one.position.label: judged.netted * part for one, part in zip(netted, parts, strict=True)}
    return shares | {
        one.position.label: world.convert(one.maintenance.value, world.settle(one.position), unit)
        for one in judged.charges
        if not one.netted
    }


def _initial_together(as_held: Node, pool: Pool, world: World) -> Node:
    """Return what netted positions need with their resting orders filled, all of them, if that is more than without."""
    ordered = with_netted_orders(pool, world)
    if ordered.positions == pool.positions:
        return as_held
    filled = netted(ordered, world).initial
    return filled if filled.value > as_held.value else as_held


def trigger_times(pool: Pool, world: World) -> Decimal:
    """Return how often the venue's trigger counts maintenance and closing cost."""
    if not pool.positions:
        return Decimal(1)
    return world.rules.trigger(world.facts(pool.positions[0])).times


def is_triggered(judged: Judgement, world: World) -> bool:
    """Return whether the venue may liquidate the pool. One that needs nothing and owes nothing is left alone."""
    if not judged.charges and judged.pool.rest is None:
        return False
    if judged.buffer == 0:
        return judged.need > 0 and dies_at_zero(judged.pool, world)
    return judged.buffer < 0


def dies_at_zero(pool: Pool, world: World) -> bool:
    """Return whether a pool whose buffer is exactly used up is past its venue's trigger."""
    if not pool.positions:
        return True
    return world.rules.trigger(world.facts(pool.positions[0])).compare == "at_or_below"
