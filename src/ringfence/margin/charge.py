"""What each position of a pool needs and has earned, after what hedged legs are spared."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import assert_never

from ringfence.book import Order, Position
from ringfence.margin.closing import closing_fees
from ringfence.margin.netting.units import model_of
from ringfence.margin.node import Missing, Node, sum_node
from ringfence.margin.orders import with_orders
from ringfence.margin.pools import Pool
from ringfence.margin.requirement import initial, maintenance, wallet_behind
from ringfence.margin.world import World
from ringfence.venue import kinds

_NOT_ASKED = Missing("whether a pool lives does not depend on its initial requirement")


@dataclass(frozen=True, slots=True)
class Charge:
    """What one position needs and has earned, in its settlement asset.

    netted   it needs nothing on its own: its pool's portfolio model asks for it with others
    """

    position: Position
    value: Decimal
    unrealized_pnl: Decimal
    initial: Node | Missing
    maintenance: Node
    closing_cost: Node
    netted: bool = False


def _within(world: World, pool: Pool) -> World:
    """Return the world with the wallet behind a lone cross position, for venues whose fees look at it."""
    if pool.kind == "cross" and len(pool.positions) == 1:
        return replace(world, pool_wallet=pool.collateral.get(world.settle(pool.positions[0])))
    return world


def charge(
    position: Position,
    peers: Sequence[Position],
    world: World,
    orders: Sequence[Order] = (),
    *,
    initial_too: bool = True,
) -> Charge:
    """Return what a position needs and has earned; what it needs to open only where that is asked."""
    cost = world.rules.closing_cost(world.facts(position))
    beside = cost is not None and cost.counted == "trigger"
    nothing = Node("closing cost", Decimal(0) * 0)
    filled = [with_orders(peer, orders, world) for peer in peers] if orders else peers
    return Charge(
        position=position,
        value=world.value(position),
        unrealized_pnl=world.unrealized_pnl(position),
        initial=initial(position, world, peers=peers) if initial_too else _NOT_ASKED,
        maintenance=maintenance(with_orders(position, orders, world), filled, world),
        closing_cost=_closing_cost(cost, position, world) if beside and cost is not None else nothing,
    )


def _closing_cost(cost: kinds.ClosingCost, position: Position, world: World) -> Node:
    fees = closing_fees(cost, position, world, wallet_behind(cost, position, world))
    return fees[0] if len(fees) == 1 else sum_node("closing cost", fees)


def charges_of(
    pool: Pool, world: World, only: Sequence[Position] | None = None, *, initial_too: bool = True
) -> tuple[Charge, ...]:
    """Return the charges of a pool's positions, after what hedged legs are spared."""
    inner = _within(world, pool)
    held = [
        _netted_charge(position, world)
        if model_of(position, world) is not None
        else charge(position, pool.positions, inner, pool.orders, initial_too=initial_too)
        for position in (pool.positions if only is None else only)
    ]
    if initial_too and pool.kind == "cross":
        _note_without_model(held, world)
    return tuple(one if one.netted else _after_hedge(one, held, world) for one in held)


def _note_without_model(held: Sequence[Charge], world: World) -> None:
    """Say which positions stand on their own requirement in an account mode in which others net."""
    mode = world.rules.account_mode.id
    if all(one.netted for one in held) or not world.rules.offset_models(mode):
        return
    for one in held:
        if not one.netted:
            world.notes[
                f"{one.position.symbol}: {world.rules.venue.id} states no portfolio model for it in this pack "
                f"({mode}): it stands on the requirement of a single position"
            ] = None


def _netted_charge(position: Position, world: World) -> Charge:
    """Return the charge of a position that its pool's model nets with others: nothing of its own."""
    nothing = Node("netted", Decimal(0), "in the pool's portfolio requirement")
    return Charge(
        position=position,
        value=world.value(position),
        unrealized_pnl=world.unrealized_pnl(position),
        initial=Missing("its pool's portfolio model asks for it with others"),
        maintenance=nothing,
        closing_cost=nothing,
        netted=True,
    )


def _after_hedge(one: Charge, held: Sequence[Charge], world: World) -> Charge:
    rule = world.rules.hedge(world.facts(one.position))
    if rule is None or rule.kind == "sum_legs":
        return one
    source = world.rules.page(rule.source)
    if rule.kind == "larger_side":
        return _of_larger_side(one, held, world, source, rule.measures)
    others = [c for c in held if c.position.symbol == one.position.symbol and c is not one]
    if not others:
        return one
    other = others[0]
    match rule.kind:
        case "larger_leg":
            spared = one.value < other.value or (one.position.sign < 0 and not other.value < one.value)
            share = 0 if spared else 1
            return _scaled(one, Decimal(share), "the larger leg counts", source, rule.measures)
        case "net" | "net_locked":
            more = one.position.contracts - other.position.contracts
            share_of_net = more / one.position.contracts if more > 0 else more * 0
            return _scaled(one, share_of_net, "the net position counts", source, rule.measures)
        case unknown:
            assert_never(unknown)


def _of_larger_side(
    one: Charge, held: Sequence[Charge], world: World, source: str, measures: Sequence[kinds.Measure]
) -> Charge:
    """Return a charge after its coin's long and short positions are compared: the side that needs less is spared."""
    coin = world.instrument(one.position.symbol).underlying
    company = [c for c in held if world.instrument(c.position.symbol).underlying == coin]
    if len({c.position.sign for c in company}) == 1:
        return one
    for measure in measures:
        larger = _larger_side(company, measure, world.settle(one.position), world)
        if isinstance(larger, Missing):
            one = replace(one, initial=larger)
        else:
            share = Decimal(int(one.position.sign == larger))
            one = _scaled(one, share, "the side that needs more counts", source, (measure,))
    return one


def _larger_side(company: Sequence[Charge], measure: kinds.Measure, unit: str, world: World) -> int | Missing:
    """Return the sign of the side whose positions need more together; the long side where both need the same."""
    needs = {1: Decimal(0), -1: Decimal(0)}
    for one in company:
        part = one.initial if measure == "initial" else one.maintenance
        if isinstance(part, Missing):
            return part
        amount = world.convert(part.value, world.settle(one.position), unit)
        needs[one.position.sign] = needs[one.position.sign] + amount
    return -1 if needs[1] < needs[-1] else 1


def _scaled(one: Charge, share: Decimal, why: str, source: str, measures: Sequence[kinds.Measure]) -> Charge:
    def part(node: Node) -> Node:
        return Node(node.name, node.value * share, f"{why}: part * share", {"share": share}, source, (node,))

    first = one.initial
    if "initial" in measures and not isinstance(first, Missing):
        first = part(first)
    need = part(one.maintenance) if "maintenance" in measures else one.maintenance
    return replace(one, initial=first, maintenance=need)
