"""Random populations: every account of a table is the one that its book says, cut as the exact engine cuts it."""

import random
from decimal import Decimal
from typing import Any

import pytest

import ringfence
from ringfence.importers.accounts import open_accounts
from ringfence.margin.pools import pools
from ringfence.margin.snapshot import Holding
from tests.unit.importers.tables import holdings, pool_ids, rows_of, table_of

MARKETS: dict[str, tuple[dict[str, Any], dict[str, Decimal], tuple[str, ...]]] = {
    name: (
        {"venue": venue, "on": "2025-06-01", "position_mode": position_mode, **more},
        {symbol: Decimal(mark) for symbol, mark in marks.items()},
        assets,
    )
    for name, venue, position_mode, more, marks, assets in (
        ("one way", "binance-usdm", "one-way", {}, {"BTC/USDT:USDT": "100000", "ETH/USDC:USDC": "2500.5",
         "ETH/USDT:USDT": "2500.5"}, ("USDT", "USDC", "BNB")),
        ("hedged", "binance-coinm", "hedge", {}, {"BTC/USD:BTC": "100000.1", "ETH/USD:ETH": "2500",
         "LTC/USD:LTC": "90"}, ("BTC", "ETH", "SOL")),
        ("unified", "bybit", "hedge", {"account_mode": "portfolio", "indices": {"BTC": "100000", "ETH": "2500"}},
         {"BTC/USDT:USDT": "100000", "ETH/USDT:USDT": "2500", "BTC/USD:BTC": "100001"}, ("USDT", "BTC", "ETH")),
        ("with isolated", "okx", "hedge", {"account_mode": "multi-currency", "indices": {"BTC": "1e5", "ETH": "2500"}},
         {"BTC/USDT:USDT": "100000", "ETH/USDT:USDT": "2500", "BTC/USD:BTC": "100001"}, ("USDT", "BTC", "ETH")),
    )
}  # fmt: skip
SIZES = {"ETH/USDT:USDT": "0.1"}


def number(chance: random.Random, digits: int) -> Decimal:
    return Decimal(chance.randrange(1, 10 ** chance.randint(1, digits))).scaleb(-chance.randint(0, digits))


def account(chance: random.Random, name: str, *, isolated: bool) -> dict[str, Any]:
    """Return the positions and the collateral of one account, in any order."""
    market, marks, assets = MARKETS[name]
    sides = ("long", "short")
    legs = [(symbol, side) for symbol in marks for side in sides]
    if market["position_mode"] == "one-way":
        legs = [(symbol, chance.choice(sides)) for symbol in marks]
    positions = []
    for symbol, side in chance.sample(legs, chance.randint(0, len(legs))):
        row: dict[str, Any] = {"symbol": symbol, "side": side, "contracts": number(chance, 20)}
        row |= {
            "entry_price": number(chance, 8),
            "leverage": chance.randint(1, 20),
            "contract_size": SIZES.get(symbol, 1),
        }
        if isolated and chance.random() < 0.4:
            row["margin_mode"] = "isolated"
            if chance.random() < 0.5:
                row["collateral"] = number(chance, 30)
        positions.append(row)
    held = chance.sample(assets, chance.randint(0 if positions else 1, len(assets)))
    amounts = {asset: Decimal(0) if chance.random() < 0.3 else number(chance, 25) for asset in held}
    return {"position": positions, "collateral": amounts}


def without_order(holding: Holding) -> tuple[Any, ...]:
    book = holding.book
    collateral = {asset: amount for asset, amount in book.collateral.items() if amount}
    return (
        book.account, book.venue, book.on, book.at, book.account_mode, book.position_mode, collateral,
        sorted(book.positions, key=lambda position: position.label), book.overrides, holding.market.marks,
    )  # fmt: skip


@pytest.mark.parametrize("name", MARKETS)
def test_a_population_is_what_its_books_say(name: str) -> None:
    chance = random.Random(name)
    market, marks, _ = MARKETS[name]
    isolated = open_accounts(table_of([{"account": "x", "asset": "USDT", "amount": "1"}]), market)
    may = isolated.setting.rules.account_mode.isolated
    books = {f"account {count}": account(chance, name, isolated=may) for count in range(60)}
    own = {key: market[key] for key in ("position_mode", "account_mode") if key in market}
    top = {key: value for key, value in market.items() if key not in own} | {"marks": marks}
    file = {**top, "account": [{"name": key, **own, **book} for key, book in books.items()]}
    rows = [row for key, book in books.items() for row in rows_of(key, book)]
    accounts = open_accounts(table_of(rows), {**market, "marks": marks}, rows_per_block=37)
    read, written = holdings(accounts), ringfence.read(file).holdings
    assert [*map(without_order, read)] == [*map(without_order, written)]
    cut = [
        (one.book.account, pool.id)
        for one in written
        for pool in pools(one.book, one.market, accounts.setting.rules, "as-held", "as-held")
    ]
    assert [pool for block in accounts.blocks() for pool in pool_ids(block.columns)] == cut
