"""Books taken apart: a table of accounts, and the market file that they share."""

import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from ringfence.batch.columns import Columns
from ringfence.importers.accounts import Accounts
from ringfence.margin.snapshot import Holding
from ringfence.screen.exact import holding_of

OF_THE_ACCOUNT = ("position", "collateral", "name")
QUOTES = ("implied_volatility", "underlying_price")
MARKET: dict[str, Any] = {
    "venue": "binance-usdm",
    "on": "2024-10-24",
    "marks": {"BTC/USDT:USDT": "101000", "ETH/USDT:USDT": "4050", "SOL/USDT:USDT": "196"},
}
"""What the reference account stands in."""

WORDS = ("account", "pool", "symbol", "side", "margin_mode", "asset")


def book_in(path: Path) -> dict[str, Any]:
    """Return the tables of a book file."""
    return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def market_of(book: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a book a market file holds; what positions say of their options moves under [feeds]."""
    market = {key: deepcopy(value) for key, value in book.items() if key not in OF_THE_ACCOUNT}
    for row in book.get("position", ()):
        for quote in QUOTES:
            if quote in row:
                market.setdefault("feeds", {}).setdefault(quote, {})[row["symbol"]] = row[quote]
    return market


def rows_of(name: str, book: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a book: its positions, then its holdings."""
    left_out = {*QUOTES, "tags"}
    positions = [
        {"account": name, **{key: value for key, value in row.items() if key not in left_out}}
        for row in book.get("position", ())
    ]
    holdings = [
        {"account": name, "asset": asset, "amount": amount}
        for asset, amount in book.get("collateral", {}).items()
    ]
    for row in positions:
        if row.get("mark_price") == "entry":
            row["mark_price"] = row["entry_price"]
    return [*positions, *holdings]


def table_of(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return rows as a table; every number is a string, as a book writes it."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        if name != "opened":
            values = [None if value is None else str(value) for value in values]
        columns[name] = pa.array(values, None if name == "opened" else pa.string())
    return pa.table(columns)


def only(accounts: Accounts) -> Columns:
    """Return the columns of a table that is one block."""
    (block,) = accounts.blocks()
    return block.columns


def holdings(accounts: Accounts) -> list[Holding]:
    """Return every account of a table as the exact engine reads it."""
    return [
        holding_of(block.columns, account, accounts.setting)
        for block in accounts.blocks()
        for account in range(len(block.columns.accounts))
    ]


def pool_ids(columns: Columns) -> list[tuple[str, str]]:
    """Return account and id of every pool."""
    return [
        (columns.accounts[columns.pool_account[pool]], columns.pool_id(pool)) for pool in range(len(columns))
    ]
