"""How many contracts a forced order is for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from ringfence.book import Position
from ringfence.core.errors import RulePackError
from ringfence.core.number import ZERO
from ringfence.core.rounding import round_up
from ringfence.formula.liquidation import contracts_above
from ringfence.formula.requirement import flat_charge
from ringfence.liquidation.stage import Fill
from ringfence.margin.netting.units import model_of
from ringfence.margin.pools import Pool
from ringfence.margin.tiers import size_for_tier, size_in_unit
from ringfence.margin.world import World
from ringfence.venue import kinds
from ringfence.venue.tables import factors_at

Heals = Callable[[Decimal], bool]
"""Whether the pool is safe after some contracts are closed."""

_LOOKS = 16
"""Besides the ends of tiers, so many places of a position are looked at for the least order that heals."""


@dataclass(frozen=True, slots=True)
class Tiers:
    """Where a position stands in its table.

    size      of the position, in the unit of the table
    company   what picks the tier: the same, or with other positions
    floors    where tiers begin, the first one included
    """

    size: Decimal
    company: Decimal
    floors: tuple[Decimal, ...]

    @property
    def number(self) -> int:
        """Return the tier, counted from 1."""
        return max(1, sum(1 for floor in self.floors if self.company > floor))


_FLAT = Tiers(Decimal(1), Decimal(1), (ZERO,))


def tiers_of(position: Position, peers: Sequence[Position], world: World) -> Tiers:
    """Return where a position stands in its table of maintenance rates; without a table, on the first tier.

    What nets in a portfolio model has none.
    """
    if model_of(position, world) is not None:
        return _FLAT
    rule = world.rules.requirement("maintenance", world.facts(position))
    if position.maintenance_rate is not None:
        return _FLAT
    match rule:
        case kinds.Tiered():
            ladder = world.rules.ladder(world.facts(position))
            if ladder is None:
                return _FLAT
            own = size_in_unit(position, world, ladder.unit, rule.price)
            alone = rule.scope in {"leg", "larger_leg"}
            company = own if alone else size_for_tier(position, peers, world, rule, ladder.unit)
            return Tiers(own, company, tuple(rung.floor for rung in ladder.rungs))
        case kinds.FactorOnInitial():
            company = size_for_tier(position, peers, world, rule, "contracts")
            rows = factors_at(rule, position.leverage)
            return Tiers(position.contracts, company, tuple(row.floor for row in rows) or _FLAT.floors)
        case kinds.Step():
            value = world.value(position, rule.price)
            floors, floor = [ZERO], rule.base_limit
            while floor < value:
                floors.append(floor)
                floor += rule.step
            return Tiers(value, value, tuple(floors))
        case _:
            return _FLAT


def need_on_first_tiers(pool: Pool, world: World) -> Decimal:
    """Return what the pool's positions would need if the rate of the first tier held for each, in its unit."""
    need = ZERO
    for position in pool.positions:
        ladder = world.rules.ladder(world.facts(position))
        rate = ladder.rungs[0].maintenance_rate if ladder is not None else None
        if rate is not None and position.maintenance_rate is None:
            need += world.convert(flat_charge(world.value(position), rate), world.settle(position), pool.unit)
    return need


def wanted(
    rule: kinds.Reduce, position: Position, fill: Fill, pool: Pool, world: World, heals: Heals
) -> Decimal:
    """Return the contracts that an order closes, given what the market takes; zero where there is no order.

    Raises:
        RulePackError: the step lacks the number that its kind needs.

    """
    reach = min(position.contracts, fill.contracts)
    if rule.above is not None and world.value(position) <= rule.above:
        return reach
    match rule.by:
        case "all":
            return reach
        case "fraction":
            part = position.contracts * _stated(rule.fraction, "fraction", world)
            return min(round_up(part, fill.lot), reach)
        case "tiers":
            return _excess(rule, position, fill, pool, world)
        case "until_safe":
            return _least(position, fill, pool, world, heals)
        case other:
            assert_never(other)


def _stated(number: Decimal | None, name: str, world: World) -> Decimal:
    if number is None:
        raise RulePackError(
            f"{world.rules.venue.id} [[procedure]]",
            f"a reduce step by {name} does not say {name}",
            f"Add {name} = ...",
        )
    return number


def _excess(rule: kinds.Reduce, position: Position, fill: Fill, pool: Pool, world: World) -> Decimal:
    """Return the whole excess over the tier below, or nothing: fill or kill."""
    here = tiers_of(position, pool.positions, world)
    down = int(_stated(None if rule.tiers is None else Decimal(rule.tiers), "tiers", world))
    if here.number == 1 or here.number < rule.least_tier:
        return ZERO
    cap = here.floors[max(here.number - down, 1)]
    excess = round_up(contracts_above(position.contracts, here.size, here.company, cap), fill.lot)
    order = min(excess, position.contracts)
    return order if order <= fill.contracts else ZERO


def _least(position: Position, fill: Fill, pool: Pool, world: World, heals: Heals) -> Decimal:
    """Return the least order that heals the pool, to the lot; all that the market takes where none does.

    Between two ends of tiers the buffer is a line (linear and inverse contracts) or nearly one, so the first
    stretch at whose end the pool is safe is halved down to the lot.
    """
    reach = min(position.contracts, fill.contracts)
    before = 0
    for stop in _stops(position, reach, fill, pool, world):
        if heals(stop):
            return _halved(before, stop, fill.lot, heals)
        before = int(stop / fill.lot)
    return reach


def _stops(position: Position, reach: Decimal, fill: Fill, pool: Pool, world: World) -> list[Decimal]:
    here = tiers_of(position, pool.positions, world)
    at_tiers = (
        contracts_above(position.contracts, here.size, here.company, cap)
        for cap in here.floors[1 : here.number]
    )
    looks = (reach * k / _LOOKS for k in range(1, _LOOKS))
    stops = {min(round_up(stop, fill.lot), reach) for stop in (*at_tiers, *looks)}
    return sorted({stop for stop in stops if stop > 0} | {reach})


def _halved(before: int, stop: Decimal, lot: Decimal, heals: Heals) -> Decimal:
    """Return the least number of lots above ``before`` that heals, as contracts; ``stop`` is known to heal."""
    best, past = stop, int(round_up(stop, lot) / lot)
    while past - before > 1:
        middle = (before + past) // 2
        if heals(middle * lot):
            best, past = middle * lot, middle
        else:
            before = middle
    return best
