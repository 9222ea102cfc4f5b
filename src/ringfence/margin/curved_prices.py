"""Liquidation prices of a pool with options or under a portfolio model: of each coin, all its contracts together."""

from decimal import Decimal
from typing import Final

from ringfence.book import Position
from ringfence.core.along import Direction
from ringfence.margin.curved import Death, is_curved, losing_side, walk_along
from ringfence.margin.judge import Judgement, is_triggered
from ringfence.margin.pools import Pool
from ringfence.margin.prices import Prices, position_prices
from ringfence.margin.world import World

_SIDES: Final[tuple[Direction, Direction]] = (-1, 1)


def prices_of(pool: Pool, judged: Judgement, world: World) -> dict[str, Prices]:
    """Return the prices of every position of a pool, by label."""
    if not is_curved(pool, world):
        return {p.label: position_prices(pool, judged, world, p) for p in pool.positions}
    coins = dict.fromkeys(world.instrument(p.symbol).underlying for p in pool.positions)
    triggered = is_triggered(judged, world)
    found: dict[str, Prices] = {}
    for coin in coins:
        members = [p for p in pool.positions if world.instrument(p.symbol).underlying == coin]
        walk = walk_along(pool, world, coin)
        if triggered:
            recovery = walk.first_recovery()
            found |= {p.label: _past(p, recovery, world) for p in members}
            continue
        down, up = (walk.first_death(side) for side in _SIDES)
        nothing = {side: walk.equity_zero(side) for side in _SIDES}
        found |= {p.label: _of_position(p, down, up, nothing, world) for p in members}
    return found


def deaths_of(
    pool: Pool, judged: Judgement, world: World
) -> dict[str, tuple[Decimal | None, Decimal | None, Decimal | None]]:
    """Return where every position of a pool dies, by label: in its losing direction, below, above; None: never.

    They are those of ``prices_of``, which looks for more: where equity is used up, and where a dead pool recovers.
    """
    if not is_curved(pool, world):
        return {
            label: (one.liquidation, one.down, one.up)
            for label, one in prices_of(pool, judged, world).items()
        }
    triggered = is_triggered(judged, world)
    found: dict[str, tuple[Decimal | None, Decimal | None, Decimal | None]] = {}
    for position in pool.positions:
        base = base_of(position, world)
        if triggered:
            found[position.label] = base, base, base
            continue
        walk = walk_along(pool, world, world.instrument(position.symbol).underlying)
        met = [walk.first_death(side) for side in _SIDES]
        down, up = (None if death is None else death.price * base for death in met)
        found[position.label] = (down if losing_side(position, world) < 0 else up), down, up
    return found


def base_of(position: Position, world: World) -> Decimal:
    """Return the price of which a position's liquidation price is a multiple: its mark, or an option's underlying."""
    contract = world.instrument(position.symbol)
    if not contract.is_option:
        return world.mark(position.symbol)
    from ringfence.margin.options import forward_of  # noqa: PLC0415 - paid for by books with options

    return forward_of(contract, world)


def _past(position: Position, recovery: Decimal | None, world: World) -> Prices:
    base = base_of(position, world)
    again = None if recovery is None else recovery * base
    return Prices(base, base, base, "root", None, None, again, base=base)


def _of_position(
    position: Position,
    down: Death | None,
    up: Death | None,
    nothing: dict[Direction, Decimal | None],
    world: World,
) -> Prices:
    base, losing = base_of(position, world), losing_side(position, world)
    met = down if losing < 0 else up
    left = nothing[losing]
    return Prices(
        liquidation=met.price * base if met else None,
        down=down.price * base if down else None,
        up=up.price * base if up else None,
        crossing=met.kind if met else None,
        displayed=None,
        bankruptcy=None if left is None else left * base,
        base=base,
    )
