"""A pool as a function of one coin that moves alone: all its marks and its index together, all else held.

The law runs on the engine's own functions (``core.along``), so the move that it finds meets the tier, the fee
and the collateral ratio that hold *after* the move.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final, cast

from ringfence.book import Position
from ringfence.core.along import Along, Crossing, Direction, first_crossing
from ringfence.margin.charge import Charge, charges_of
from ringfence.margin.curved import is_curved, walk_along
from ringfence.margin.judge import Judgement, dies_at_zero, is_triggered, judge
from ringfence.margin.moved import moved
from ringfence.margin.pools import Pool
from ringfence.margin.world import World

Law = Callable[[Decimal | Along], Decimal | Along]
"""A quantity as a function of a coin's price over today's."""

_HAIR: Final = Decimal("1e-20")


def touched_by(pool: Pool, world: World, coin: str) -> list[Position]:
    """Return the positions of a pool that a coin's price touches: its contracts, and what pays in it."""
    return [p for p in pool.positions if coin in {world.instrument(p.symbol).underlying, world.settle(p)}]


def buffer_along(pool: Pool, judged: Judgement, world: World, coin: str) -> Law:
    """Return the buffer as a function of one coin's factor. What the coin does not touch is judged once.

    Units   factor [1] -> [pool unit]
    """
    touched = touched_by(pool, world, coin)
    labels = {position.label for position in touched}
    held = {c.position.label: c for c in judged.charges if c.position.label not in labels}

    def buffer(factor: Decimal | Along) -> Decimal | Along:
        there = moved(world, {coin: cast("Decimal", factor)})
        fresh: dict[str, Charge] = {c.position.label: c for c in charges_of(pool, there, touched)}
        charges = tuple((held.get(p.label) or fresh[p.label]) for p in pool.positions)
        return judge(pool, there, charges).buffer

    return buffer


def part_along(pool: Pool, world: World, position: Position, coin: str) -> Law:
    """Return one position's part of the buffer as a function of one coin's factor: P&L less what it needs.

    Units   factor [1] -> [pool unit]
    """
    company = [p for p in touched_by(pool, world, coin) if p is not position]

    def part(factor: Decimal | Along) -> Decimal | Along:
        there = moved(world, {coin: cast("Decimal", factor)})
        one = charges_of(pool, there, [position, *company])[0]
        left = one.unrealized_pnl - one.maintenance.value - one.closing_cost.value
        return there.convert(left, world.settle(position), pool.unit)

    return part


def touches(coin: str, pool: Pool, world: World) -> bool:
    """Return whether a coin's price can matter to a pool: a contract's coin, what it pays in, what is held."""
    symbols = [position.symbol for position in pool.positions] + [order.symbol for order in pool.orders]
    contracts = [world.instrument(symbol) for symbol in symbols]
    assets = {asset for asset, amount in pool.collateral.items() if amount != 0}
    assets |= {contract.settle for contract in contracts}
    if any(coin == contract.underlying for contract in contracts):
        return True
    return assets != {coin} if coin == pool.unit else coin in assets


def closing_move(
    pool: Pool,
    judged: Judgement,
    world: World,
    coin: str,
    direction: Direction,
    *,
    within: Decimal | None = None,
) -> Crossing | None:
    """Return the smallest move of one coin alone at which the venue may liquidate the pool.

    The price of the crossing is the move, a fraction of the coin's price (zero for a pool already past its
    trigger); None: no move that way does it, however far.

    Args:
        pool: the pool.
        judged: its numbers today.
        world: prices and rules.
        coin: what moves; all its symbols and its index together.
        direction: which way.
        within: a move beyond which the answer is of no use: there may be none then, though there is one further on.

    """
    if not pool.positions:
        return None
    if is_triggered(judged, world):
        return Crossing(Decimal(0), "root")
    if not touches(coin, pool, world):
        return None
    if is_curved(pool, world):
        walk = walk_along(pool, world, coin)
        factor = (
            walk.first_death(direction) if within is None else walk.first_death_within(direction, 1 + within)
        )
        return None if factor is None else Crossing(factor.price - 1, factor.kind)
    law = buffer_along(pool, judged, world, coin)
    met = first_crossing(law, Decimal(1), direction, at_zero=dies_at_zero(pool, world))
    if met is None or _needs_nothing(pool, world, coin, met.price * (1 + direction * _HAIR)):
        return None
    return Crossing(met.price - 1, met.kind)


def _needs_nothing(pool: Pool, world: World, coin: str, factor: Decimal) -> bool:
    """Return whether a pool without equity is left alone, because nothing is required of it."""
    there = judge(pool, moved(world, {coin: factor}))
    return there.maintenance.value == 0 and there.closing_cost.value == 0
