"""The size of a position as its table counts it, the company that picks the tier, and what the tier charges."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from msgspec import structs

from ringfence.book import Position
from ringfence.formula.requirement import flat_charge
from ringfence.formula.tiers import tier_line
from ringfence.venue import Ladder, kinds
from ringfence.venue.tables import Rung
from tests.differential.restated.held import Held, q, sum_of

Sized = kinds.Tiered | kinds.FactorOnInitial
Sizes = Sequence[tuple[Position, Fraction]]


def coins(held: Held, position: Position, basis: kinds.Basis) -> Fraction:
    """Return a position's size in coin."""
    quantity = q(position.contracts) * q(position.contract_size)
    return held.value(position, basis) if held.inverse(position) else quantity


def _quotes(held: Held, position: Position, basis: kinds.Basis) -> Fraction:
    face = q(position.contracts) * q(position.contract_size)
    return face if held.inverse(position) else held.value(position, basis)


UNITS: Final[Mapping[str, Callable[[Held, Position, kinds.Basis], Fraction]]] = {
    "quote": _quotes,
    "coin": coins,
    "contracts": lambda _held, position, _basis: q(position.contracts),
}


def _nets(sizes: Sizes) -> Fraction:
    symbols = {position.symbol for position, _ in sizes}
    return sum_of(abs(sum_of(p.sign * size for p, size in sizes if p.symbol == symbol)) for symbol in symbols)


def _together(sizes: Sizes) -> Fraction:
    return sum_of(size for _, size in sizes)


SCOPES: Final[Mapping[str, Callable[[Sizes], Fraction]]] = {
    "leg": _together,
    "symbol": _together,
    "larger_leg": lambda sizes: max(size for _, size in sizes),
    "net": _nets,
    "underlying": _together,
    "net_by_expiry": _nets,
}


def _company(held: Held, position: Position, scope: kinds.Scope) -> list[Position]:
    """Return the positions whose sizes pick the tier."""
    if scope == "leg" or len(held.pool.positions) == 1:
        return [position]
    if scope in {"underlying", "net_by_expiry"}:
        place = held.underlying(position), held.settle(position)
        return [p for p in held.pool.positions if (held.underlying(p), held.settle(p)) == place]
    return [p for p in held.pool.positions if p.symbol == position.symbol]


def tier_size(held: Held, position: Position, rule: Sized, unit: kinds.Unit) -> Fraction:
    """Return the size that picks the tier; alone, a position's own."""
    company = _company(held, position, rule.scope)
    if company == [position]:
        return UNITS[unit](held, position, rule.price)
    return SCOPES[rule.scope]([(p, UNITS[unit](held, p, rule.price)) for p in company])


def rung_of(ladder: Ladder, size: Fraction) -> Rung:
    """Return the tier that holds a size."""
    return next((rung for rung in reversed(ladder.rungs) if size > q(rung.floor)), ladder.rungs[0])


def ladder_of(held: Held, position: Position) -> Ladder:
    """Return the tier table of a position."""
    ladder = held.rules.ladder(held.facts(position))
    assert ladder is not None
    return ladder


def least_rate(held: Held, position: Position, ladder: Ladder, basis: kinds.Basis) -> Fraction:
    """Return the least initial rate: of the tier at which maintenance is charged."""
    rule = held.rules.requirement("maintenance", held.facts(position))
    if isinstance(rule, kinds.Tiered):
        size = tier_size(held, position, structs.replace(rule, price=basis), ladder.unit)
    else:
        size = UNITS[ladder.unit](held, position, basis)
    return q(rung_of(ladder, size).initial_rate)


def _whole(held: Held, position: Position, rule: kinds.Tiered, ladder: Ladder) -> Fraction:
    rung = rung_of(ladder, tier_size(held, position, rule, ladder.unit))
    return flat_charge(held.kept(held.value(position, rule.price), position), q(rung.maintenance_rate))


def _marginal(held: Held, position: Position, rule: kinds.Tiered, ladder: Ladder) -> Fraction:
    """Return a position's part, by size, of what its company is charged as one."""
    assert ladder.unit != "contracts"
    size, own = tier_size(held, position, rule, ladder.unit), UNITS[ladder.unit](held, position, rule.price)
    if size == 0:
        value = held.kept(held.value(position, rule.price), position)
        return flat_charge(value, q(ladder.rungs[0].maintenance_rate))
    rung = rung_of(ladder, size)
    part = tier_line(size, q(rung.maintenance_rate), q(rung.deduction)) * own / size
    in_coin = ladder.unit == "coin" and not held.inverse(position)
    return part * held.price(position, rule.price) if in_coin else part


METHODS: Final[Mapping[str, Callable[[Held, Position, kinds.Tiered, Ladder], Fraction]]] = {
    "marginal": _marginal,
    "whole": _whole,
}
