"""Equity against requirement, pool by pool: the numbers behind every verdict.

Everything here runs unchanged on a moving price (``core.along``): a liquidation price is a root of
these same functions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import assert_never

from ringfence.book import Order, Position
from ringfence.formula.collateral import after_second_cut, band_value, top_band_value
from ringfence.formula.contract import unrealized_pnl
from ringfence.formula.equity import loss_counted
from ringfence.margin.closing import closing_fees
from ringfence.margin.node import Missing, Node, sum_node
from ringfence.margin.orders import margined, order_maintenance, set_aside, spared_sides, with_orders
from ringfence.margin.pools import Pool
from ringfence.margin.requirement import initial, maintenance, wallet_behind
from ringfence.margin.world import World
from ringfence.venue import kinds

_NOT_ASKED = Missing("whether a pool lives does not depend on its initial requirement")


@dataclass(frozen=True, slots=True)
class Charge:
    """What one position needs and has earned, in its settlement asset."""

    position: Position
    value: Decimal
    unrealized_pnl: Decimal
    initial: Node | Missing
    maintenance: Node
    closing_cost: Node


@dataclass(frozen=True, slots=True)
class Judgement:
    """A pool's numbers, in the pool's unit. ``initial`` is None where some part of it is not known."""

    pool: Pool
    charges: tuple[Charge, ...]
    collateral: Node
    unrealized: Node
    equity: Node
    initial: Node | Missing
    maintenance: Node
    closing_cost: Node

    @property
    def buffer(self) -> Decimal:
        """Return equity above maintenance and closing cost."""
        return self.equity.value - self.maintenance.value - self.closing_cost.value


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
        charge(position, pool.positions, inner, pool.orders, initial_too=initial_too)
        for position in (pool.positions if only is None else only)
    ]
    return tuple(_after_hedge(one, held, world) for one in held)


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


def collateral_node(pool: Pool, pnl: Mapping[str, Decimal], world: World) -> tuple[Node, dict[str, Decimal]]:
    """Return what the collateral counts for, and the P&L that is still to be added to it.

    Where an asset's ratio bites on balance and P&L together, the P&L is already inside.
    """
    left = dict(pnl)
    parts = []
    for asset in dict.fromkeys([*pool.collateral, *(pnl if pool.ratios else ())]):
        amount = pool.collateral.get(asset, Decimal(0))
        rule = world.rules.collateral(asset) if pool.ratios else None
        if pool.ratios and world.rules.pnl_cut_with_balance(asset):
            amount = amount + left.pop(asset, Decimal(0))
        parts.append(_counted(asset, amount, rule, pool, world))
    return sum_node("collateral value", parts), left


def _counted(asset: str, amount: Decimal, rule: kinds.Collateral | None, pool: Pool, world: World) -> Node:
    if not pool.ratios or amount <= 0:
        return Node(asset, world.convert(amount, asset, pool.unit), "amount * index", {"amount": amount})
    switched_off = world.rules.settings.get("collateral_off", ())
    if isinstance(switched_off, list | tuple) and asset in switched_off:
        return Node(asset, amount * 0, "switched off by the holder", {"amount": amount}, "the book")
    if rule is None:
        world.notes[
            f"{world.rules.venue.id} states no collateral ratio for {asset} in this pack: it counts for nothing"
        ] = None
        return Node(asset, amount * 0, "no collateral ratio known", {"amount": amount})
    price = world.convert(Decimal(1), asset, pool.unit)
    size = amount if rule.unit == "coin" else amount * price
    banded = banded_value(size, rule.bands)
    worth = after_second_cut(banded * price if rule.unit == "coin" else banded, rule.second_cut)
    inputs = {"amount": amount, "index": price, "second_cut": rule.second_cut}
    return Node(asset, worth, "bands of ratio * amount * index", inputs, world.rules.page(rule.source))


def banded_value(size: Decimal, bands: Sequence[kinds.Band]) -> Decimal:
    """Return what an amount counts for, each band at its own ratio; above the last cap, nothing."""
    worth, lower = size * 0, Decimal(0)
    for band in bands:
        if band.cap is None:
            return worth + top_band_value(size, lower, band.ratio)
        worth = worth + band_value(size, lower, band.cap, band.ratio)
        lower = band.cap
    return worth


def _initial_total(pool: Pool, charges: Sequence[Charge], world: World) -> Node | Missing:
    sided: list[tuple[str, int, Node]] = []
    for one in charges:
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
    if pool.rest is not None:
        parts.append(Node("the rest", pool.rest.initial_requirement, "as the book states", {}, "the book"))
    return sum_node("initial requirement", parts)


def _spared(node: Node) -> Node:
    return Node(node.name, node.value * 0, "the other side of the symbol needs more", {}, "", (node,))


def _locked_losses(charges: Sequence[Charge], pool: Pool, world: World) -> dict[str, Decimal]:
    """Return what is lost between the entries of matched legs, by symbol, where the venue keeps it reserved."""
    locked = {}
    for one in charges:
        rule = world.rules.hedge(world.facts(one.position))
        short = [c for c in charges if c.position.symbol == one.position.symbol and c.position.sign < 0]
        if rule is None or rule.kind != "net_locked" or one.position.sign < 0 or not short:
            continue
        matched = min(one.position.contracts, short[0].position.contracts)
        value_sign = Decimal(world.value_sign(one.position))
        bought = world.value_at(replace(one.position, contracts=matched), one.position.entry_price)
        sold = world.value_at(replace(one.position, contracts=matched), short[0].position.entry_price)
        lost = -min(unrealized_pnl(value_sign, bought, sold), Decimal(0))
        locked[one.position.symbol] = world.convert(lost, world.settle(one.position), pool.unit)
    return locked


def _in_unit(node: Node, position: Position, pool: Pool, world: World) -> Node:
    value = world.convert(node.value, world.settle(position), pool.unit)
    return replace(node, name=position.label, value=value)


def _equity(pool: Pool, charges: Sequence[Charge], world: World) -> tuple[Node, Node, Node]:
    pnl: dict[str, Decimal] = {}
    for one in charges:
        settle = world.settle(one.position)
        pnl[settle] = pnl[settle] + one.unrealized_pnl if settle in pnl else one.unrealized_pnl
    collateral, left = collateral_node(pool, pnl, world)
    total_pnl = [world.convert(amount, asset, pool.unit) for asset, amount in pnl.items()]
    unrealized = Node("unrealised P&L", sum(total_pnl, Decimal(0) * 0), "sum of parts")
    added = sum((world.convert(amount, asset, pool.unit) for asset, amount in left.items()), Decimal(0) * 0)
    counted = _counted_pnl(added, pool, charges, world)
    parts = [collateral, Node("unrealised P&L counted", counted, "P&L at index")]
    if pool.rest is not None:
        parts.append(Node("the rest", pool.rest.equity, "as the book states", {}, "the book"))
    return collateral, unrealized, sum_node("equity", parts)


def _counted_pnl(pnl: Decimal, pool: Pool, charges: Sequence[Charge], world: World) -> Decimal:
    rule = world.rules.equity(world.facts(pool.positions[0])) if pool.positions else None
    kind = rule.unrealized if rule is not None else "all"
    if kind == "all":
        return pnl
    locked = _locked_losses(charges, pool, world)
    match kind:
        case "losses":
            return loss_counted(pnl, sum(locked.values(), pnl * 0))
        case "losses_by_symbol":
            of_symbol: dict[str, Decimal] = {}
            for one in charges:
                symbol, gain = (
                    one.position.symbol,
                    world.convert(one.unrealized_pnl, world.settle(one.position), pool.unit),
                )
                of_symbol[symbol] = of_symbol[symbol] + gain if symbol in of_symbol else gain
            counted = (loss_counted(gain, locked.get(s, pnl * 0)) for s, gain in of_symbol.items())
            return sum(counted, pnl * 0)
        case other:
            assert_never(other)


def equity_of(pool: Pool, world: World, charges: Sequence[Charge]) -> Decimal:
    """Return a pool's equity, in its unit, when nothing else is asked."""
    return _equity(pool, charges, world)[2].value


def need_of(pool: Pool, world: World, charges: Sequence[Charge]) -> Decimal:
    """Return a pool's maintenance requirement and closing cost together, when nothing else is asked."""
    rest = pool.rest
    need = Decimal(0) if rest is None else rest.maintenance_requirement + rest.closing_cost
    for one in charges:
        due = one.maintenance.value + one.closing_cost.value
        need = need + world.convert(due, world.settle(one.position), pool.unit)
    for ordered, node in order_maintenance(pool, world):
        need = need + world.convert(node.value, world.settle(ordered), pool.unit)
    return need


def judge(pool: Pool, world: World, charges: tuple[Charge, ...] | None = None) -> Judgement:
    """Return a pool's equity and requirements.

    Args:
        pool: the pool.
        world: prices and rules.
        charges: those of its positions, where they are already known.

    """
    held = charges_of(pool, world) if charges is None else charges
    collateral, unrealized, equity = _equity(pool, held, world)
    need = [_in_unit(one.maintenance, one.position, pool, world) for one in held]
    need += [
        replace(_in_unit(node, ordered, pool, world), name=f"orders {ordered.label}")
        for ordered, node in order_maintenance(pool, world)
    ]
    closing = [_in_unit(one.closing_cost, one.position, pool, world) for one in held]
    if pool.rest is not None:
        need.append(Node("the rest", pool.rest.maintenance_requirement, "as the book states", {}, "the book"))
        closing.append(Node("the rest", pool.rest.closing_cost, "as the book states", {}, "the book"))
    return Judgement(
        pool=pool,
        charges=held,
        collateral=collateral,
        unrealized=unrealized,
        equity=equity,
        initial=_initial_total(pool, held, world),
        maintenance=sum_node("maintenance requirement", need),
        closing_cost=sum_node("closing cost", closing),
    )


def is_triggered(judged: Judgement, world: World) -> bool:
    """Return whether the venue may liquidate the pool. One that needs nothing and owes nothing is left alone."""
    if not judged.charges and judged.pool.rest is None:
        return False
    if judged.buffer == 0:
        needs = judged.maintenance.value + judged.closing_cost.value > 0
        return needs and dies_at_zero(judged.pool, world)
    return judged.buffer < 0


def dies_at_zero(pool: Pool, world: World) -> bool:
    """Return whether a pool whose buffer is exactly used up is past its venue's trigger."""
    if not pool.positions:
        return True
    return world.rules.trigger(world.facts(pool.positions[0])).compare == "at_or_below"
