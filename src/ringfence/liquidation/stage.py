"""Where a liquidation stands between two steps, and how contracts and cash leave a pool."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from typing import Final

from ringfence.book import Position
from ringfence.core.number import LEDGER, ZERO, shown
from ringfence.core.rounding import round_down, round_to_zero
from ringfence.formula.contract import unrealized_pnl
from ringfence.ledger import Posting
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.pools import Pool
from ringfence.margin.world import World

QUANTUM: Final = Decimal("1e-18")
"""[asset] What a step works out in cash (P&L, fees) is posted in multiples of this, never to the pool's favour;
whole balances are posted as they are. Both sides of a posting are the same number."""

LOT: Final = Decimal("1e-8")
"""Least step of contracts of a forced order, where the fill does not say: books do not tell lot sizes."""

MARKET: Final = "market"
FEES: Final = "venue:fees"
INSURANCE: Final = "venue:insurance"


@dataclass(frozen=True, slots=True)
class Fill:
    """What the market takes of one symbol from the forced orders of a procedure.

    price       [quote]
    contracts   [contract] in all, over every step
    lot         [contract] least step of an order
    """

    price: Decimal
    contracts: Decimal
    lot: Decimal = LOT


@dataclass(frozen=True, slots=True)
class Fills:
    """What the market offers the forced orders, by symbol; a symbol that is absent finds nobody."""

    offers: Mapping[str, Fill] = field(default_factory=dict)

    def of(self, symbol: str) -> Fill | None:
        """Return what is left for a symbol, or None where there is nothing."""
        fill = self.offers.get(symbol)
        return fill if fill is not None and fill.contracts > 0 else None

    def less(self, symbol: str, contracts: Decimal) -> "Fills":
        """Return what is left after some contracts of a symbol were taken."""
        fill = self.offers[symbol]
        with localcontext(LEDGER):
            left = replace(fill, contracts=fill.contracts - contracts)
        return Fills({**self.offers, symbol: left})


NO_FILLS: Final = Fills()


def fills_at_mark(pool: Pool, world: World) -> Fills:
    """Return a market that takes everything a pool holds, at the marks."""
    sizes: dict[str, Decimal] = {}
    for position in pool.positions:
        sizes[position.symbol] = sizes.get(position.symbol, ZERO) + position.contracts
    return Fills({symbol: Fill(world.mark(symbol), contracts) for symbol, contracts in sizes.items()})


@dataclass(frozen=True, slots=True)
class Winner:
    """A counterparty that can be deleveraged.

    position   what it holds
    equity     [settle] what stands behind the position: isolated, its wallet and P&L; cross, its account
    rank       its place in the queue as the venue states it, higher first; None: by the venue's formula
    """

    account: str
    position: Position
    equity: Decimal
    rank: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Seized:
    """A position taken at mark from a pool that could not pay, until somebody bears the loss.

    holder   the account that has it
    price    its bankruptcy price; None: there is no positive one
    share    its part of the bad debt
    """

    position: Position
    holder: str
    price: Decimal | None
    share: Decimal


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a liquidation stands.

    pool      what is left of it
    fills     what the market still takes
    fund      [pool unit] what the insurance fund (or vault) still has
    winners   counterparties, for deleveraging
    bad_debt  [pool unit] what the pool could not pay, whoever paid it
    covered   [pool unit] what the fund has paid so far
    seized    positions that wait for deleveraging
    """

    pool: Pool
    fills: Fills = NO_FILLS
    fund: Decimal = ZERO
    winners: tuple[Winner, ...] = ()
    bad_debt: Decimal = ZERO
    covered: Decimal = ZERO
    seized: tuple[Seized, ...] = ()


def is_due(pool: Pool, world: World) -> bool:
    """Return whether the venue may liquidate the pool now."""
    return is_triggered(judge(pool, world), world)


def text(amount: Decimal) -> str:
    """Return an amount as a fact of an event."""
    return format(shown(amount), "f")


def moved(amount: Decimal, asset: str, source: str, target: str) -> tuple[Posting, ...]:
    """Return the postings that move an amount from one account to another; a negative one goes the other way."""
    if amount == 0:
        return ()
    given = amount.copy_negate()  # a minus sign rounds to the context's digits, and the two would not cancel
    return Posting(source, asset, given), Posting(target, asset, amount)


def paid(pool: Pool, postings: Iterable[Posting]) -> dict[str, Decimal]:
    """Return a pool's collateral after the cash among some postings. Contracts are named by symbol and left out."""
    symbols = {position.symbol for position in pool.positions}
    collateral = dict(pool.collateral)
    with localcontext(LEDGER):
        for posting in postings:
            if posting.account == pool.id and posting.asset not in symbols:
                collateral[posting.asset] = collateral.get(posting.asset, ZERO) + posting.amount
    return collateral


def parted(position: Position, contracts: Decimal) -> tuple[Position, Position | None]:
    """Return the part of a position that is closed, and the rest: cost and reserves go with the contracts."""
    if contracts == position.contracts:
        return position, None
    with localcontext(LEDGER):
        left = position.contracts - contracts
    share = left / position.contracts
    gone_cost = None
    if position.cost is not None:
        gone_cost = round_to_zero(position.cost * (1 - share), QUANTUM)
    rest = replace(
        position,
        contracts=left,
        cost=None if position.cost is None or gone_cost is None else position.cost - gone_cost,
        opening_fee=None if position.opening_fee is None else position.opening_fee * share,
        funding_reserve=None if position.funding_reserve is None else position.funding_reserve * share,
        deduction=position.deduction * share,
    )
    return replace(position, contracts=contracts, cost=gone_cost), rest


def realised(part: Position, price: Decimal, world: World) -> Decimal:
    """Return what closing a part of a position at a price brings, in its settlement asset, rounded down to QUANTUM.

    A future brings its P&L; what was paid for, all that it is worth then.
    """
    if world.instrument(part.symbol).is_paid_for:
        return round_down(part.sign * world.value_at(part, price), QUANTUM)
    sign = Decimal(world.value_sign(part))
    gain = unrealized_pnl(sign, world.value(part, "entry"), world.value_at(part, price))
    return round_down(gain, QUANTUM)


def handed(position: Position, contracts: Decimal, pool: Pool, target: str) -> tuple[Posting, ...]:
    """Return the postings that move contracts of a position to another account, signed by its side."""
    return moved(position.sign * contracts, position.symbol, pool.id, target)


def without(pool: Pool, position: Position, rest: Position | None, postings: Iterable[Posting]) -> Pool:
    """Return the pool after a part of a position has left it and cash has been posted.

    What an isolated position's own wallet becomes is written on what is left of it.
    """
    collateral = paid(pool, postings)
    positions = list(pool.positions)
    at = positions.index(position)
    if rest is not None and rest.margin_mode == "isolated" and rest.collateral is not None:
        (asset, *others) = collateral
        rest = replace(rest, collateral=None if others else collateral[asset], extra_collateral=ZERO)
    positions[at : at + 1] = [] if rest is None else [rest]
    return replace(pool, collateral=collateral, positions=tuple(positions))


def charged(pool: Pool, postings: tuple[Posting, ...]) -> Pool:
    """Return a pool after cash has been posted, the wallet of a lone isolated position included."""
    collateral = paid(pool, postings)
    positions = tuple(
        replace(p, collateral=collateral[pool.unit], extra_collateral=ZERO)
        if p.margin_mode == "isolated" and p.collateral is not None and set(collateral) == {pool.unit}
        else p
        for p in pool.positions
    )
    return replace(pool, collateral=collateral, positions=positions)


def closed(
    pool: Pool, position: Position, contracts: Decimal, price: Decimal, world: World, target: str
) -> tuple[tuple[Posting, ...], Pool]:
    """Close contracts of a position at a price against another account.

    Returns:
        The postings: contracts one way, realised P&L the other; and the pool after them.

    """
    part, rest = parted(position, contracts)
    gain = realised(part, price, world)
    postings = (
        *handed(position, contracts, pool, target),
        *moved(gain, world.settle(position), target, pool.id),
    )
    return postings, without(pool, position, rest, postings)
