"""What may be wrong with a book of options, and with a question about one."""

from typing import Any

OPTION: dict[str, Any] = {
    "symbol": "BTC-26DEC25-60000-C", "side": "short", "contracts": "1", "entry_price": "0.05", "mark_price": "0.05",
    "implied_volatility": "0.6", "underlying_price": "60000",
}  # fmt: skip
PERPETUAL: dict[str, Any] = {
    "symbol": "BTC-PERPETUAL", "side": "long", "contracts": "60000", "entry_price": "60000", "mark_price": "60000",
}  # fmt: skip
CALL = {
    "payoff": "option",
    "settle": "BTC",
    "quote": "USD",
    "underlying": "BTC",
    "strike": "61000",
    "option": "call",
}


def book(*positions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a book of Deribit in portfolio margin; a key that is None is left out."""
    rows = [{key: value for key, value in one.items() if value is not None} for one in positions]
    return {
        "venue": "deribit", "account_mode": "portfolio", "at": "2025-06-01T08:00:00Z", "collateral": {"BTC": "3"},
        "indices": {"BTC": "60000"}, "position": rows, **changes,
    }  # fmt: skip


def option(**changes: Any) -> dict[str, Any]:
    """Return a book of one option."""
    return book({**OPTION, **changes})


HEDGED = {**OPTION, "symbol": "BTC-26DEC25-60000-C-USDT", "entry_price": "3000", "mark_price": "3000"}

OPTION_BOOKS: dict[str, Any] = {
    "an option that has expired": book(OPTION, at="2026-01-05T08:00:00Z"),
    "an option that has expired, alone": book(OPTION, at="2026-01-05T08:00:00Z", account_mode="standard"),
    "a volatility of zero": option(implied_volatility="0"),
    "a volatility below zero": option(implied_volatility="-0.5"),
    "a volatility in percent": option(implied_volatility="60"),
    "a volatility with its sign": option(implied_volatility="60%"),
    "neither a volatility nor a mark": option(implied_volatility=None, mark_price=None),
    "a mark that implies no volatility": option(implied_volatility=None, mark_price="1.5"),
    "a mark in dollars": option(mark_price="3000"),
    "a mark in coin of an option that pays in dollars": option(symbol="BTC_USDC-26DEC25-60000-C", mark_price="0.18"),
    "a strike in thousands": option(symbol="BTC-26DEC25-60-C"),
    "an underlying in thousands": option(underlying_price="60"),
    "an index in thousands": book(OPTION, indices={"BTC": "60"}),
    "an underlying of nothing": option(underlying_price="0"),
    "an option that pays in another asset": option(symbol="BTC/USDT:USDT-251226-60000-C"),
    "an option of no day": option(symbol="BTC-31FEB25-60000-C"),
    "an option of no month": option(symbol="BTC/USD:BTC-251332-60000-C"),
    "an option that is neither call nor put": option(symbol="BTC-26DEC25-60000-X"),
    "an option that ends in its strike": option(symbol="BTC-26DEC25-60000"),
    "a volatility of a perpetual": book({**PERPETUAL, "implied_volatility": "0.6"}),
    "an underlying of a perpetual": book({**PERPETUAL, "underlying_price": "60000"}),
    "two volatilities of one option": book(
        HEDGED, {**HEDGED, "side": "long", "implied_volatility": "0.7"}, venue="bybit", account_mode="unified",
        position_mode="hedge", at="2025-12-01T08:00:00Z"),
    "two underlyings of one option": book(
        HEDGED, {**HEDGED, "side": "long", "underlying_price": "61000"}, venue="bybit", account_mode="unified",
        position_mode="hedge", at="2025-12-01T08:00:00Z"),
    "an isolated option where the venue has none": option(margin_mode="isolated"),
    "an own option without expiry": book(OPTION, instrument=[{**CALL, "symbol": "BTCCALL"}]),
    "an own option that is neither call nor put": book(
        OPTION, instrument=[{**CALL, "symbol": "BTCCALL", "expiry": "2025-12-26", "strike": "1", "option": ""}]),
    "an own option that is not what its symbol says": book(
        OPTION, instrument=[{**CALL, "symbol": "BTC/USD:BTC-251226-62000-C"}]),
}  # fmt: skip
OPTION_QUESTIONS: dict[str, list[str]] = {
    "an order in an option without a price": ["margin", "book.json", "--what-if", "buy 1 BTC-26DEC25-60000-C"],
    "a size of an option without a price": ["margin", "book.json", "--max-size", "BTC-26DEC25-60000-C"],
    "an order in an option that has expired": ["margin", "book.json", "--what-if", "buy 1 BTC-30MAY25-60000-C @ 0.05"],
    "an order in an option at a price of no volatility": [
        "margin", "book.json", "--what-if", "buy 1 BTC-26DEC25-60000-C @ 1.5"],
    "an order in an option of a strike in thousands": [
        "margin", "book.json", "--what-if", "buy 1 BTC-26DEC25-60-C @ 0.05"],
    "an order in an option at a price in dollars": [
        "margin", "book.json", "--what-if", "buy 1 BTC-26DEC25-60000-C @ 3000"],
    "a size of an option at a price in dollars": ["margin", "book.json", "--max-size", "BTC-26DEC25-60000-C @ 3000"],
    "a grid of a volatility without options": ["contrast", "book.json", "--grid", "BTC,BTC vol"],
    "a history of another coin": ["backtest-model", "book.json", "--prices", "ether.csv"],
    "a history that is no table": ["backtest-model", "book.json", "--prices", "vols.toml"],
    "a history from nowhere": ["backtest-model", "book.json", "--prices", "nowhere.csv"],
    "a history of three days": ["backtest-model", "book.json", "--prices", "short.csv"],
    "a history with a price of nothing": ["backtest-model", "book.json", "--prices", "zero.csv"],
    "a level of more than all": ["backtest-model", "book.json", "--prices", "short.csv", "--level", "150%"],
}  # fmt: skip
"""Asked of a book of one perpetual."""

HISTORIES = {
    "ether.csv": "time,ETH\n2025-01-01,3000\n2025-01-02,3010\n",
    "short.csv": "time,BTC\n2025-01-01,60000\n2025-01-02,60100\n2025-01-03,60200\n",
    "zero.csv": "time,BTC\n2025-01-01,60000\n2025-01-02,0\n",
    "vols.toml": 'BTC = "60 %"\n',
}
