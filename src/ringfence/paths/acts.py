"""What is done to a pool on its way: its venue's procedure, and funding."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from ringfence.book import Position
from ringfence.core.number import ZERO
from ringfence.core.rounding import round_down
from ringfence.ledger import Event, Posting
from ringfence.liquidation import NO_FILLS, QUANTUM, Fill, Fills, Stage, liquidate, net_worth, step
from ringfence.liquidation.stage import MARKET, charged, moved, text
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue import kinds


@dataclass(frozen=True, slots=True)
class Act:
    """What a venue's procedure did to a pool, there and then. Amounts in the pool's unit.

    fees       what it cost the owner beside the impact: fees, and what the fund or vault keeps of the pool
    impact     what forced orders brought less than the mark
    bad_debt   what the pool could not pay
    """

    pool: Pool
    events: tuple[Event, ...]
    fees: Decimal
    impact: Decimal
    bad_debt: Decimal


def act(pool: Pool, world: World, fills: Fills) -> Act:
    """Return what becomes of a pool that is past its trigger: its venue's procedure, and a take-over of what stays so.

    Args:
        pool: the pool.
        world: prices and rules where it happens.
        fills: what the market takes.

    """
    before = net_worth(pool, world)
    outcome = liquidate(pool, world, fills=fills)
    stage = Stage(outcome.pool_after, bad_debt=outcome.bad_debt)
    more, stage = step(stage, world, kinds.TakeOver())
    events = (*outcome.events, *more)
    impact = sum((_impact(pool, event, world) for event in events), ZERO)
    cost = before - net_worth(stage.pool, world) + stage.bad_debt
    return Act(stage.pool, events, cost - impact, impact, stage.bad_debt)


def fills_near_mark(pool: Pool, world: World, slippage: Decimal) -> Fills:
    """Return a market that takes all that a pool holds at the marks, less what forced orders give up.

    Where a pool holds a symbol on both sides its legs find the mark itself: they can be closed against each other.
    """
    offers: dict[str, Fill] = {}
    for position in pool.positions:
        mark, known = world.mark(position.symbol), offers.get(position.symbol)
        if known is None:
            offers[position.symbol] = Fill(mark * (1 - position.sign * slippage), position.contracts)
        else:
            offers[position.symbol] = Fill(mark, known.contracts + position.contracts)
    return Fills(offers)


OWNER: Final = "owner"
NOBODY: Final = NO_FILLS
"""A market that takes nothing: what a pool holds goes to the venue."""


def _impact(pool: Pool, event: Event, world: World) -> Decimal:
    """Return what a forced order brought less than the mark, in the pool's unit."""
    facts = event.facts
    if event.name != "reduce" or facts["price"] == text(world.mark(facts["symbol"])):
        return ZERO
    position = next(p for p in pool.positions if (p.symbol, p.side) == (facts["symbol"], facts["side"]))
    part = replace(position, contracts=Decimal(facts["contracts"]))
    at_mark, filled = world.value(part), world.value_at(part, Decimal(facts["price"]))
    lost = world.value_sign(position) * (at_mark - filled)
    return world.convert(lost, world.settle(position), pool.unit)


def funded(
    pool: Pool, world: World, rates: Mapping[str, Decimal]
) -> tuple[Pool, tuple[Event, ...], dict[str, Decimal]]:
    """Return a pool after longs have paid shorts, the event, and what each position got, by label [pool unit].

    Args:
        pool: the pool; it pays from its own collateral.
        world: prices where it is due.
        rates: coin -> rate [1] that a long pays on its value.

    """
    postings: list[Posting] = []
    got: dict[str, Decimal] = {}
    for position in pool.positions:
        rate = rates.get(world.instrument(position.symbol).underlying)
        if rate is None or world.instrument(position.symbol).is_paid_for or _is_dated(position, world):
            continue
        settle = world.settle(position)
        amount = round_down(-position.sign * rate * world.value(position), QUANTUM)
        postings += moved(amount, settle, MARKET, pool.id)
        got[position.label] = world.convert(amount, settle, pool.unit)
    if not postings:
        return pool, (), {}
    facts = {label: f"{amount:f}" for label, amount in got.items()}
    return charged(pool, tuple(postings)), (Event("funding", pool.id, tuple(postings), facts),), got


def topped_up(pool: Pool, amount: Decimal) -> Pool:
    """Return a pool after its owner has added collateral to it [pool unit]: a transfer with a name and a cap."""
    return charged(pool, moved(amount, pool.unit, OWNER, pool.id))


def _is_dated(position: Position, world: World) -> bool:
    return world.instrument(position.symbol).expiry is not None
