"""Five accounts whose summary is worked out by hand, and books turned into a population."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import ringfence
from ringfence.batch.columns import Columns
from ringfence.batch.gather import columns_of
from ringfence.batch.setting import Setting
from ringfence.book import Book
from ringfence.margin.snapshot import Holding
from ringfence.venue import rules_of


def _position(symbol: str, side: str, contracts: str, **more: str) -> dict[str, str]:
    at = {"BTC": ("100000", "0.005"), "ETH": ("4000", "0.01")}[symbol]
    return {
        "symbol": f"{symbol}/USDT:USDT", "side": side, "contracts": contracts, "entry_price": at[0],
        "maintenance_rate": at[1], "leverage": "10", **more,
    }  # fmt: skip


def _isolated(symbol: str, side: str, contracts: str, wallet: str) -> dict[str, str]:
    return _position(symbol, side, contracts, margin_mode="isolated", collateral=wallet)


FIVE: dict[str, Any] = {
    "venue": "binance-usdm",
    "on": "2024-10-24",
    "marks": {"BTC/USDT:USDT": "100000", "ETH/USDT:USDT": "4000"},
    "account": [
        {"name": "anna", "collateral": {"USDT": "10000"}, "position": [_position("BTC", "long", "1")]},
        {"name": "ben", "position": [_isolated("ETH", "short", "10", "5000")]},
        {
            "name": "cleo",
            "collateral": {"USDT": "3000"},
            "position": [_position("ETH", "long", "5"), _isolated("BTC", "long", "0.1", "1000")],
        },
        {"name": "dora", "collateral": {"USDT": "500"}},
        {
            "name": "emil",
            "collateral": {"USDT": "2000"},
            "position": [_position("BTC", "long", "1"), _position("ETH", "short", "25")],
        },
    ],
}
"""Marks are entries, so nothing is won or lost today. BTC needs 0.5 % of its notional, ETH 1 %; initial 10 %."""


def of(document: Mapping[str, Any]) -> tuple[list[Book], Setting]:
    """Return the books of a file of accounts, and the setting that they share."""
    holdings = ringfence.read(dict(document)).holdings
    return [holding.book for holding in holdings], shared(holdings)


def shared(holdings: Sequence[Holding]) -> Setting:
    """Return what accounts of one venue and day stand in, together."""
    instruments = {s: i for h in holdings for s, i in h.book.instruments.items()}
    market = replace(
        holdings[0].market,
        marks={s: mark for h in holdings for s, mark in h.market.marks.items()},
        indices={a: price for h in holdings for a, price in h.market.indices.items()},
        underlyings={s: coin for h in holdings for s, coin in h.market.underlyings.items()},
    )
    book = holdings[0].book
    return Setting(rules_of(book), instruments, market, book.at, book.overrides)


def blocks(books: Sequence[Book], setting: Setting, size: int) -> list[Columns]:
    """Return books as blocks of columns of so many accounts."""
    return [columns_of(books[k : k + size], setting) for k in range(0, len(books), size)]
