"""Liquidation, bankruptcy and displayed prices of the positions of a pool."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, assert_never, cast

from ringfence.book import Position
from ringfence.core.along import Along, Crossing, Direction, first_crossing, stretches
from ringfence.core.number import shown
from ringfence.core.rounding import round_down, round_nearest, round_up
from ringfence.formula.liquidation import (
    inverse_price,
    linear_price,
    price_with_frozen_requirement,
    value_with_shared_equity,
)
from ringfence.margin.charge import Charge, charges_of
from ringfence.margin.closing import taker_fee
from ringfence.margin.curved import is_curved, losing_side, walk_along
from ringfence.margin.judge import (
    Judgement,
    dies_at_zero,
    equity_of,
    is_triggered,
    need_of,
    trigger_times,
)
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue import kinds


@dataclass(frozen=True, slots=True)
class Prices:
    """Where a position dies, all else held. None means never, on that side.

    liquidation   the first mark, in the direction in which the position loses, at which the trigger holds
    down, up      the nearest on each side
    crossing      root: equity meets the requirement; jump: it leaps over it, at a tier or a rounding
    displayed     what the venue prints by its own rule
    bankruptcy    where the pool's equity is used up
    recovery      for a pool past its trigger: the nearest mark at which it no longer is
    base          the price that these are to be compared with, where it is not the mark: of an option, its underlying's
    """

    liquidation: Decimal | None
    down: Decimal | None
    up: Decimal | None
    crossing: Literal["root", "jump"] | None
    displayed: str | None
    bankruptcy: Decimal | None
    recovery: Decimal | None = None
    base: Decimal | None = None

    @property
    def never(self) -> bool:
        """Return whether no price of this position alone kills its pool."""
        return self.down is None and self.up is None


class Mover:
    """A pool as a function of one mark, and with it of its coin. What that does not touch is judged once."""

    def __init__(self, pool: Pool, judged: Judgement, world: World, symbol: str) -> None:
        """Take the judgement of today, and the symbol that is to move."""
        coin = world.instrument(symbol).underlying
        self.pool, self.world, self.symbol = pool, world, symbol
        self.touched = [
            p for p in pool.positions if coin in {world.instrument(p.symbol).underlying, world.settle(p)}
        ]
        labels = {position.label for position in self.touched}
        self.others = {c.position.label: c for c in judged.charges if c.position.symbol != symbol}
        self.held: dict[str, Charge] = {
            c.position.label: c for c in judged.charges if c.position.label not in labels
        }

    def _at(self, price: Decimal | Along) -> tuple[World, tuple[Charge, ...]]:
        world = self.world.moved(self.symbol, cast("Decimal", price))
        fresh = {c.position.label: c for c in charges_of(self.pool, world, self.touched, initial_too=False)}
        return world, tuple((self.held.get(p.label) or fresh[p.label]) for p in self.pool.positions)

    def buffer(self, price: Decimal | Along) -> Decimal | Along:
        """Return equity above requirement and closing cost at a price."""
        world, charges = self._at(price)
        return equity_of(self.pool, world, charges) - need_of(self.pool, world, charges)

    def equity(self, price: Decimal | Along) -> Decimal | Along:
        """Return equity at a price: smooth along it, whatever the requirements beside it round."""
        world, charges = self._at(price)
        equity = cast("Decimal | Along", equity_of(self.pool, world, charges))
        if isinstance(equity, Along):
            equity.ray.rounds = False
        return equity

    def deficit(self, price: Decimal | Along) -> Decimal | Along:
        """Return what is missing to the requirement at a price."""
        return -self.buffer(price)

    def surplus_alone(self, price: Decimal | Along) -> Decimal | Along:
        """Return equity above requirement and closing cost, each counted once, at a price of the contract alone.

        What is asked once for having a debt at all is left out.
        """
        world = self.world.marked(self.symbol, cast("Decimal", price))
        own = [p for p in self.pool.positions if p.symbol == self.symbol]
        fresh = {c.position.label: c for c in charges_of(self.pool, world, own, initial_too=False)}
        held = {**self.others, **fresh}
        charges = tuple(held[p.label] for p in self.pool.positions)
        need = need_of(self.pool, world, charges, fixed=False) / trigger_times(self.pool, world)
        return equity_of(self.pool, world, charges) - need


def position_prices(pool: Pool, judged: Judgement, world: World, position: Position) -> Prices:
    """Return the prices of one position of a pool."""
    mover = Mover(pool, judged, world, position.symbol)
    mark = world.mark(position.symbol)
    losing: Direction = -1 if position.sign > 0 else 1
    bankruptcy = _bankruptcy(mover, judged, world, position, losing)
    at_zero = dies_at_zero(pool, world)
    if is_triggered(judged, world):
        recovery = _recovery(mover, mark, at_zero=not at_zero)
        return Prices(mark, mark, mark, "root", None, bankruptcy, recovery)
    down = first_crossing(mover.buffer, mark, -1, at_zero=at_zero)
    up = first_crossing(mover.buffer, mark, 1, at_zero=at_zero)
    met = down if losing < 0 else up
    return Prices(
        liquidation=met.price if met else None,
        down=down.price if down else None,
        up=up.price if up else None,
        crossing=met.kind if met else None,
        displayed=_displayed(_shown(down, up, pool, world, position), judged, world, position, mover),
        bankruptcy=bankruptcy,
    )


def first_death(
    pool: Pool, judged: Judgement, world: World, position: Position
) -> tuple[Decimal | None, bool]:
    """Return only the liquidation price of a position, and whether it is met on its gaining side alone.

    The price is the mark where the pool is past its trigger, and None where no price of this position kills it.
    """
    mark = world.mark(position.symbol)
    if is_triggered(judged, world):
        return mark, False
    if is_curved(pool, world):
        return _first_curved_death(pool, world, position)
    buffer = Mover(pool, judged, world, position.symbol).buffer
    losing, gaining = (-1, 1) if position.sign > 0 else (1, -1)
    at_zero = dies_at_zero(pool, world)
    met = first_crossing(buffer, mark, cast("Direction", losing), at_zero=at_zero)
    if met is not None:
        return met.price, False
    met = first_crossing(buffer, mark, cast("Direction", gaining), at_zero=at_zero)
    return (None, False) if met is None else (met.price, True)


def _first_curved_death(pool: Pool, world: World, position: Position) -> tuple[Decimal | None, bool]:
    coin, mark = world.instrument(position.symbol).underlying, world.mark(position.symbol)
    losing, walk = losing_side(position, world), walk_along(pool, world, coin)
    sides: tuple[tuple[Direction, bool], ...] = ((losing, False), (1 if losing < 0 else -1, True))
    for side, gains in sides:
        met = walk.first_death(side)
        if met is not None:
            return met.price * mark, gains
    return None, False


def _recovery(mover: Mover, mark: Decimal, *, at_zero: bool) -> Decimal | None:
    """Return the nearest mark at which a pool past its trigger no longer is: of a hedged leg, on either side."""
    sides: tuple[Direction, Direction] = (-1, 1)
    found = [first_crossing(mover.deficit, mark, side, at_zero=at_zero) for side in sides]
    return min((met.price for met in found if met), key=lambda price: abs(price - mark), default=None)


def _bankruptcy(
    mover: Mover, judged: Judgement, world: World, position: Position, losing: Direction
) -> Decimal | None:
    """Return the mark at which the pool has nothing left; with venues that count it, not even the fee to close."""
    cost = world.rules.closing_cost(world.facts(position))

    def left(price: Decimal | Along) -> Decimal | Along:
        equity = mover.equity(price)
        match cost.kind if cost is not None else "none":
            case "taker_at_bankruptcy":
                there = world.moved(position.symbol, cast("Decimal", price))
                fee = there.value(position) * taker_fee(position, world)
                return equity - there.convert(fee, world.settle(position), mover.pool.unit)
            case "held_back":
                charge = next(c for c in judged.charges if c.position.label == position.label)
                held = [p.value for p in charge.maintenance.parts if p.name == "fees held back"]
                return equity - sum(held, Decimal(0))
            case _:
                return equity

    mark = world.mark(position.symbol)
    if cast("Decimal", left(mark)) <= 0:
        gaining: Direction = 1 if losing < 0 else -1
        met = first_crossing(lambda price: -left(price), mark, gaining)
    else:
        met = first_crossing(left, mark, losing)
    return met.price if met else None


def _shown(
    down: Crossing | None, up: Crossing | None, pool: Pool, world: World, position: Position
) -> Crossing | None:
    """Return the crossing that the venue prints: where the position loses, or where its legs together do."""
    rule = world.rules.display(world.facts(position))
    losing_down = position.sign > 0
    if rule is not None and rule.legs == "shared":
        net = sum(p.sign * p.contracts for p in pool.positions if p.symbol == position.symbol)
        if net == 0:
            return down or up
        losing_down = net > 0
    return down if losing_down else up


def _displayed(
    met: Crossing | None, judged: Judgement, world: World, position: Position, mover: Mover
) -> str | None:
    rule = world.rules.display(world.facts(position))
    if rule is None:
        return None
    match rule.price:
        case "root":
            price = met.price if met else _as_solved(mover, world, position) if rule.as_solved else None
        case "contract_alone":
            losing: Direction = -1 if position.sign > 0 else 1
            alone = first_crossing(mover.surplus_alone, world.mark(position.symbol), losing, at_zero=True)
            price = alone.price if alone else None
        case "frozen_requirement":
            size, sign = position.contracts * position.contract_size, Decimal(position.sign)
            price = price_with_frozen_requirement(world.mark(position.symbol), sign, judged.buffer, size)
        case "shared_by_value":
            price = _with_shared_equity(judged, world, position)
        case other:
            assert_never(other)
    if price is None or (price <= 0 and not rule.as_solved):
        above = position.sign < 0 and rule.never_above is not None
        return _sentinel(rule.never_above if above else rule.never, world.instrument(position.symbol).tick)
    return _printed(price, rule, position, mover.world)


def _sentinel(word: str | None, tick: Decimal | None) -> str | None:
    match word:
        case None | "none":
            return None
        case "tick":
            return None if tick is None else format(tick, "f")
        case text:
            return text


def _as_solved(mover: Mover, world: World, position: Position) -> Decimal | None:
    """Return the price, at or below zero, that solves the equation of the last stretch; None where none does."""
    losing: Direction = -1 if position.sign > 0 else 1
    *_, (_, law) = stretches(mover.buffer, world.mark(position.symbol), losing)
    return law.root_of_line() if isinstance(law, Along) else None


def _with_shared_equity(judged: Judgement, world: World, position: Position) -> Decimal | None:
    """Return the price of a position alone, with its part of the equity by value and the rates of today's tiers."""
    unit = judged.pool.unit
    values = [world.convert(c.value, world.settle(c.position), unit) for c in judged.charges]
    own = next(c for c in judged.charges if c.position.label == position.label)
    share = judged.equity.value / sum(values, Decimal(0)) * own.value
    rate = (own.maintenance.value + own.closing_cost.value) / own.value
    value = value_with_shared_equity(own.value, Decimal(world.value_sign(position)), share, rate)
    if value <= 0:
        return None
    price_of = inverse_price if world.is_inverse(position) else linear_price
    return price_of(value, position.contracts, position.contract_size)


def _printed(price: Decimal, rule: kinds.Display, position: Position, world: World) -> str:
    tick = world.instrument(position.symbol).tick
    if rule.decimals is None and not (rule.tick and tick is not None):
        price = shown(price)
    if rule.decimals is not None:
        price = round_nearest(price, Decimal(1).scaleb(-rule.decimals))
    if rule.tick and tick is not None:
        price = round_up(price, tick) if position.sign > 0 else round_down(price, tick)
    if rule.offset and tick is not None and position.sign > 0:
        price += rule.offset * tick
    return format(price, "f")
