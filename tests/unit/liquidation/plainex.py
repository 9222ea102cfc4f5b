"""Small pools of a venue that does not exist, past its trigger or not, with figures for sums in the head."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ringfence.book import Instrument, Order, Position, Rest
from ringfence.ledger import Event, balances
from ringfence.liquidation import Fill, Fills, Stage
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.market import Market
from ringfence.venue import load

PACKS = Path(__file__).parent / "packs"
BTC, ETH, COIN = "BTC/USDT:USDT", "ETH/USDT:USDT", "BTC/USD:BTC"
CONTRACTS = {
    BTC: Instrument(BTC, "BTC", "USDT", "USDT", "linear", Decimal(1)),
    ETH: Instrument(ETH, "ETH", "USDT", "USDT", "linear", Decimal(1)),
    COIN: Instrument(COIN, "BTC", "USD", "BTC", "inverse", Decimal(100)),
}
MARKS = {BTC: Decimal(90), ETH: Decimal(10), COIN: Decimal(90)}


def world(marks: Mapping[str, Decimal] = MARKS) -> World:
    """Return the world: BTC has fallen from 100 to 90, ETH stands at 10."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RINGFENCE_PACKS", str(PACKS))
        rules = load("plainex", date(2024, 1, 1))
    return World(Market(marks, {"BTC": marks[BTC], "ETH": marks[ETH]}), CONTRACTS, rules)


def position(contracts: str, symbol: str = BTC, side: str = "long", entry: str = "100") -> Position:
    """Return a cross position at a leverage of ten."""
    return Position(
        symbol=symbol,
        side="long" if side == "long" else "short",
        contracts=Decimal(contracts),
        contract_size=CONTRACTS[symbol].contract_size or Decimal(1),
        entry_price=Decimal(entry),
        leverage=Decimal(10),
    )


def pool(
    wallet: str,
    *positions: Position,
    unit: str = "USDT",
    orders: tuple[Order, ...] = (),
    rest: Rest | None = None,
) -> Pool:
    """Return a cross pool."""
    return Pool(f"cross:{unit}", "cross", unit, False, {unit: Decimal(wallet)}, positions, orders, rest)


def stage(
    wallet: str,
    *positions: Position,
    price: str | None = "90",
    takes: str = "1000",
    lot: str = "0.1",
    fund: str = "0",
) -> Stage:
    """Return a liquidation at its beginning, in a market that buys BTC at a price; None: nobody buys."""
    offers = {} if price is None else {BTC: Fill(Decimal(price), Decimal(takes), Decimal(lot))}
    return Stage(pool(wallet, *positions), Fills(offers), Decimal(fund))


def gains(events: tuple[Event, ...]) -> dict[str, dict[str, Decimal]]:
    """Return what each account received, by asset."""
    accounts = dict.fromkeys(posting.account for event in events for posting in event.postings)
    return {account: balances(events, account) for account in accounts}
