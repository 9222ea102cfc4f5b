"""A position's place in its tier table: the size that picks the row, and what the row charges."""

from collections.abc import Sequence
from decimal import Decimal
from functools import reduce
from typing import assert_never

from ringfence.book import Position
from ringfence.core.along import is_moving, vanishes
from ringfence.core.errors import RulePackError
from ringfence.core.number import larger, magnitude, total
from ringfence.formula import requirement as formula
from ringfence.formula.tiers import tier_line, tier_rise, tier_step
from ringfence.margin.node import Node
from ringfence.margin.world import World
from ringfence.venue import Ladder, kinds


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


def ladder_of(position: Position, world: World) -> Ladder:
    """Return the tier table of a position's symbol.

    Raises:
        RulePackError: neither the pack nor the book has one.

    """
    ladder = world.rules.ladder(world.facts(position))
    if ladder is None:
        raise RulePackError(
            f"{world.rules.venue.id} on {world.rules.on}",
            f"the pack has no tier table for {position.symbol}",
            "Add the symbol's own rows as [[tier]] (what ccxt's fetch_leverage_tiers() gives is accepted), "
            "or maintenance_rate to the position",
        )
    return ladder


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


def tiered(position: Position, peers: Sequence[Position], world: World, rule: kinds.Tiered) -> Node:
    """Return the maintenance requirement that a tier table asks of a position, in its settlement asset."""
    ladder = ladder_of(position, world)
    value = world.kept(world.value(position, rule.price), position)
    size = size_for_tier(position, peers, world, rule, ladder.unit)
    note_beyond(size, position, world, ladder)
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


def note_beyond(size: Decimal, position: Position, world: World, ladder: Ladder) -> None:
    """Note a size that is beyond the last row of its table."""
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
