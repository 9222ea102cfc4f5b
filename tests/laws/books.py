"""Random books that a stage can judge: the strategies of the laws."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

from hypothesis import strategies as st

from ringfence.book import Book, Instrument, MarginMode, Position
from ringfence.margin.judge import judge
from ringfence.margin.node import Missing
from ringfence.margin.pools import Pool, partition
from ringfence.margin.snapshot import Holding, Snapshot
from ringfence.margin.world import World
from ringfence.market import Market
from ringfence.market.shock import STABLE
from tests.laws.predicates import leverage_admissible
from tests.laws.stages import Brief, Stage, reference_price

_SIZE_DIGITS = Decimal("1e-6")


@dataclass(frozen=True, repr=False)
class Account(Brief):
    """A book, its world and the pools that hold it."""

    stage: Stage
    book: Book
    world: World

    def __repr__(self) -> str:
        held = "\n".join(f"  {position}" for position in self.book.positions)
        return f"{self.stage}: {dict(self.book.collateral)} at {dict(self.world.market.indices)}\n{held}"

    @property
    def pools(self) -> tuple[Pool, ...]:
        """Return the pools of the book as it is held."""
        return partition(self.book, self.world, "as-held", "at-leverage").pools

    def with_book(self, **changes: Any) -> "Account":
        """Return the account with another book."""
        return replace(self, book=replace(self.book, **changes))

    def with_market(self, **changes: Any) -> "Account":
        """Return the account in another market."""
        return replace(self, world=replace(self.world, market=replace(self.world.market, **changes)))

    def times(self, k: int) -> "Account":
        """Return the account k times over: contracts, wallets and shared collateral."""
        positions = tuple(
            replace(
                position,
                contracts=position.contracts * k,
                collateral=None if position.collateral is None else position.collateral * k,
            )
            for position in self.book.positions
        )
        collateral = {asset: amount * k for asset, amount in self.book.collateral.items()}
        return self.with_book(positions=positions, collateral=collateral)

    def holding(self) -> Holding:
        """Return the account as questions about orders take it."""
        return Holding(self.book, self.world.market)

    def snapshot(self) -> Snapshot:
        """Return the account as the doors of the package take it."""
        return Snapshot((self.holding(),))


def decimals(low: str, high: str, places: int = 3) -> st.SearchStrategy[Decimal]:
    """Return decimals in a range, with few digits."""
    return st.decimals(Decimal(low), Decimal(high), places=places, allow_nan=False, allow_infinity=False)


@st.composite
def positions(
    draw: st.DrawFn,
    instrument: Instrument,
    mark: Decimal,
    margin_modes: tuple[MarginMode, ...],
    world: World,
) -> Position:
    """Return a position of 100 to 10 million in quote, at a leverage that its tier admits."""
    worth = draw(decimals("1", "9.99", 2)) * Decimal(10) ** draw(st.sampled_from((2, 3, 4, 5, 6)))
    size = instrument.contract_size or Decimal(1)
    per_contract = size if instrument.payoff == "inverse" else size * mark
    position = Position(
        symbol=instrument.symbol,
        side=draw(st.sampled_from(("long", "short"))),
        contracts=max((worth / per_contract).quantize(_SIZE_DIGITS), _SIZE_DIGITS),
        contract_size=size,
        entry_price=(mark * draw(decimals("0.7", "1.4"))).normalize(),
        margin_mode=draw(st.sampled_from(margin_modes)),
        leverage=Decimal(draw(st.sampled_from((2, 3, 5, 10, 20, 50)))),
    )
    for lower in (Decimal(5), Decimal(2), Decimal(1)):
        if leverage_admissible(position, world):
            break
        position = replace(position, leverage=lower)
    if position.margin_mode == "isolated" and draw(st.booleans()):
        wallet = _needed(position, world) * draw(decimals("0.3", "3", 2))
        position = replace(position, collateral=wallet)
    return position


def _needed(position: Position, world: World) -> Decimal:
    """Return a position's initial requirement, in its settlement asset."""
    initial = judge(alone(position, world), world).initial
    return Decimal(0) if isinstance(initial, Missing) else initial.value


def alone(position: Position, world: World, wallet: Decimal = Decimal(0)) -> Pool:
    """Return a cross pool of one position, in its settlement asset."""
    asset = world.settle(position)
    held = replace(position, margin_mode="cross", collateral=None)
    return Pool(f"cross:{asset}", "cross", asset, False, {asset: wallet}, (held,))


def hedged(draw: st.DrawFn, position: Position, share: Decimal | None = None) -> Position:
    """Return the other leg of a position: of the same size, or of another."""
    side: Literal["long", "short"] = "short" if position.side == "long" else "long"
    if share is None:
        share = draw(st.sampled_from((Decimal(1), Decimal("0.5"), Decimal("2.5"))))
    entry = position.entry_price * draw(decimals("0.8", "1.2"))
    return replace(
        position, side=side, contracts=position.contracts * share, entry_price=entry, collateral=None
    )


@st.composite
def accounts(
    draw: st.DrawFn,
    stage: Stage,
    *,
    modes: tuple[MarginMode, ...] | None = None,
    most: int = 3,
    hedge: bool | None = None,
    leg: Decimal | None = None,
) -> Account:
    """Return an account of one to ``most`` contracts.

    Args:
        draw: given by Hypothesis.
        stage: whose rules judge it.
        modes: margin modes; None: those of the account mode.
        most: how many contracts at most.
        hedge: whether some contract has two legs; None: either.
        leg: the size of the other leg, as a share of the first; None: any.

    """
    held = draw(st.lists(st.sampled_from(stage.instruments), min_size=1, max_size=most, unique=True))
    coins = {i.underlying for i in stage.instruments} | {i.settle for i in stage.instruments}
    prices = {
        coin: Decimal(1)
        if coin in STABLE
        else (reference_price(coin) * draw(decimals("0.8", "1.25"))).normalize()
        for coin in sorted(coins)
    }
    market = Market(
        marks={i.symbol: prices[i.underlying] for i in held},
        indices=prices,
        underlyings={i.symbol: i.underlying for i in held},
    )
    world = World(market, {i.symbol: i for i in held}, stage.rules)
    allowed = modes or stage.margin_modes
    owned = [draw(positions(i, prices[i.underlying], allowed, world)) for i in held]
    legs = draw(st.booleans()) if hedge is None else hedge
    if legs and stage.rules.account_mode.hedge:
        owned.insert(1, hedged(draw, owned[0], leg))
    day = stage.rules.on
    book = Book(
        account="main",
        venue=stage.pack,
        on=day,
        at=datetime(day.year, day.month, day.day, tzinfo=UTC),
        account_mode=stage.rules.account_mode.id,
        position_mode="hedge" if len(owned) > len(held) else "one-way",
        collateral=_collateral(draw, stage, owned, world),
        positions=tuple(owned),
        instruments={i.symbol: i for i in held},
        overrides=replace(
            stage.overrides,
            tiers=tuple(row for row in stage.overrides.tiers if row["symbol"] in market.marks),
        ),
    )
    return Account(stage, book, world)


def _collateral(draw: st.DrawFn, stage: Stage, owned: list[Position], world: World) -> dict[str, Decimal]:
    """Return a wallet somewhere between too small and ample."""
    wallet: dict[str, Decimal] = {}
    for position in owned:
        asset = world.settle(position)
        needed = _needed(position, world) - min(world.unrealized_pnl(position), Decimal(0))
        part = (needed * draw(decimals("0.1", "3", 2))).quantize(Decimal("1e-8"))
        wallet[asset] = wallet.get(asset, Decimal(0)) + part
    if stage.rules.account_mode.pooling == "account" and draw(st.booleans()):
        asset = draw(st.sampled_from(sorted(world.market.indices)))
        wallet[asset] = wallet.get(asset, Decimal(0)) + draw(decimals("0", "5", 2))
    return wallet


@st.composite
def moves(draw: st.DrawFn, account: Account) -> Account:
    """Return an account after every coin has moved by some fraction, up to a crash of 60 %."""
    coins = [coin for coin in account.world.market.indices if coin not in STABLE]
    factors = {coin: 1 + draw(decimals("-0.6", "0.8", 2)) for coin in coins}
    return moved_by(account, factors)


def moved_by(account: Account, factors: dict[str, Decimal]) -> Account:
    """Return an account after some coins' prices have been multiplied."""
    market = account.world.market
    return account.with_market(
        marks={s: mark * factors.get(market.underlyings[s], Decimal(1)) for s, mark in market.marks.items()},
        indices={a: price * factors.get(a, Decimal(1)) for a, price in market.indices.items()},
    )
