"""Auto-deleveraging: winners on the other side give up contracts at the price that leaves nobody a loss to bear."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from ringfence.core.errors import BookError
from ringfence.formula.liquidation import (
    adl_loss_over_leverage,
    adl_price_ratio_times_leverage,
    adl_return_times_leverage,
)
from ringfence.ledger import Event, Posting
from ringfence.liquidation.stage import MARKET, Seized, Stage, Winner, moved, parted, realised, text
from ringfence.margin.world import World
from ringfence.venue import kinds


def adl_queue(winners: Sequence[Winner], rule: kinds.Deleverage, world: World) -> tuple[Winner, ...]:
    """Return the winners in the order in which they are deleveraged; equals keep the order given.

    Raises:
        BookError: a winner without a rank has nothing behind its position, so its leverage does not exist.

    """
    if rule.rank == "deficit_order":
        return tuple(winners)
    ranks = [winner.rank if winner.rank is not None else _rank(winner, rule, world) for winner in winners]
    order = sorted(range(len(winners)), key=lambda number: -ranks[number])
    return tuple(winners[number] for number in order)


def _rank(winner: Winner, rule: kinds.Deleverage, world: World) -> Decimal:
    position = winner.position
    if rule.rank == "profit":
        return world.unrealized_pnl(position)
    if winner.equity <= 0:
        raise BookError(
            f"winner {winner.account}",
            "its equity is not positive, so it has no effective leverage",
            "State its equity, or its rank in the queue",
        )
    value = world.value(position)
    if rule.rank == "price_ratio_times_leverage":
        ratio = world.mark(position.symbol) / position.entry_price
        return adl_price_ratio_times_leverage(ratio if position.sign > 0 else 1 / ratio, value, winner.equity)
    rate = world.unrealized_pnl(position) / world.value(position, "entry")
    weigh = adl_return_times_leverage if rate >= 0 else adl_loss_over_leverage
    return weigh(rate, value / winner.equity)


def allocate(contracts: Decimal, queue: Sequence[Winner]) -> tuple[tuple[Winner, Decimal], ...]:
    """Return how many contracts each winner gives up, first come first closed, until all are found or none is left."""
    given: list[tuple[Winner, Decimal]] = []
    for winner in queue:
        part = min(contracts, winner.position.contracts)
        if part > 0:
            given.append((winner, part))
            contracts -= part
    return tuple(given)


def deleverage(stage: Stage, world: World, rule: kinds.Deleverage) -> tuple[tuple[Event, ...], Stage]:
    """Close seized positions against winners on the other side, at the bankruptcy price."""
    events: list[Event] = []
    waiting: list[Seized] = []
    for seized in stage.seized:
        position = seized.position
        if seized.price is None:
            waiting.append(seized)
            continue
        others = [
            w
            for w in stage.winners
            if w.position.symbol == position.symbol
            and w.position.sign != position.sign
            and (rule.rank != "deficit_order" or _bears(w, seized.price, world))
        ]
        left = position.contracts
        for winner, part in allocate(left, adl_queue(others, rule, world)):
            events.append(_closed(seized, seized.price, winner, part, stage, world))
            stage = _without(stage, winner, part)
            left -= part
        if left > 0:
            waiting.append(replace(seized, position=replace(position, contracts=left)))
    return tuple(events), replace(stage, seized=tuple(waiting))


def _bears(winner: Winner, price: Decimal, world: World) -> bool:
    """Return whether a counterparty can be closed at a price without falling into debt: else it is passed over."""
    position = winner.position
    change = world.value_at(position, price) - world.value(position)
    return winner.equity + Decimal(world.value_sign(position)) * change >= 0


def _closed(
    seized: Seized, price: Decimal, winner: Winner, contracts: Decimal, stage: Stage, world: World
) -> Event:
    position, account = seized.position, f"adl:{winner.account}"
    settle = world.settle(position)
    postings: list[Posting] = list(moved(position.sign * contracts, position.symbol, seized.holder, account))
    for holder, held in ((seized.holder, position), (account, winner.position)):
        part, _ = parted(held, contracts)
        postings += moved(realised(part, price, world), settle, MARKET, holder)
    given_up = world.value_at(replace(winner.position, contracts=contracts), world.mark(position.symbol))
    at_price = world.value_at(replace(winner.position, contracts=contracts), price)
    sign = world.value_sign(winner.position)
    facts = {
        "symbol": position.symbol,
        "account": winner.account,
        "contracts": text(contracts),
        "price": text(price),
        "given_up": text(sign * (given_up - at_price)),
    }
    return Event("adl", stage.pool.id, tuple(postings), facts)


def _without(stage: Stage, winner: Winner, contracts: Decimal) -> Stage:
    _, rest = parted(winner.position, contracts)
    kept = [
        replace(w, position=rest) if w is winner and rest is not None else w
        for w in stage.winners
        if w is not winner or rest is not None
    ]
    return replace(stage, winners=tuple(kept))
