"""An account asked of an exchange, by ccxt's unified calls: the same tables that their dumps hold.

The client comes from outside, already with its keys. Nothing here can place an order: every call reads. Positions
and balance are always asked for, and of the rest what they leave open: settings, marks, tiers.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from ringfence.importers.dumps import ccxt
from ringfence.importers.dumps.part import Held
from ringfence.importers.dumps.row import Row
from ringfence.importers.read import read
from ringfence.margin.snapshot import Snapshot

_TIERS, _TIERS_OF_ONE = "fetchLeverageTiers", "fetchMarketLeverageTiers"
_MODES, _MODE_OF_ONE, _TICKERS = "fetchMarginModes", "fetchMarginMode", "fetchTickers"

_MORE_POSITIONS: Final[Mapping[str, Sequence[Mapping[str, Any]]]] = {
    "bybit": ({"settleCoin": "USDC"}, {"subType": "inverse"}),
}
"""Exchange -> what else to ask it for, where ccxt asks for the contracts of one settlement asset alone."""

_ONE_SETTLE: Final = {"bitget": "USDT", "gate": "USDT", "htx": "USDT"}
"""Exchange -> the only settlement asset whose contracts and wallet are asked for."""

_LEVEL_BY_ACCOUNTS: Final = {"okx", "okxus", "myokx"}
"""Exchanges whose list of accounts tells the account's mode."""


class Exchange(Protocol):
    """What is asked of a client of ccxt."""

    id: str
    has: Mapping[str, Any]
    walletAddress: str  # noqa: N815 - ccxt's name

    def load_markets(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the contracts it lists, by symbol."""

    def fetch_positions(
        self, symbols: list[str] | None = None, params: Mapping[str, Any] = ...
    ) -> Sequence[Mapping[str, Any]]:
        """Return the positions, those without contracts too."""

    def fetch_balance(self) -> Mapping[str, Any]:
        """Return what is in the account."""

    def fetch_accounts(self) -> Sequence[Mapping[str, Any]]:
        """Return the accounts of the keys, each with the venue's own answer."""

    def fetch_margin_modes(self, symbols: list[str]) -> Mapping[str, Mapping[str, Any]]:
        """Return margin modes by symbol, each with the venue's own answer."""

    def fetch_margin_mode(self, symbol: str) -> Mapping[str, Any]:
        """Return the margin mode of one symbol, with the venue's own answer."""

    def fetch_tickers(self, symbols: list[str]) -> Mapping[str, Mapping[str, Any]]:
        """Return prices by symbol."""

    def fetch_leverage_tiers(self, symbols: list[str]) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return tables of tiers by symbol."""

    def fetch_market_leverage_tiers(self, symbol: str) -> Sequence[Mapping[str, Any]]:
        """Return the table of tiers of one symbol."""

    def publicPostInfo(self, request: Mapping[str, str]) -> Any:  # noqa: N802 - ccxt's name
        """Return what Hyperliquid answers to a question of its own kind."""


def fetched(exchange: Exchange) -> dict[str, Any]:
    """Return the answers of an exchange that an account needs: of tiers and markets only those of what is held.

    Raises:
        Exception: whatever the client raises.

    """
    listed = exchange.load_markets()
    positions = [row for row in _positions(exchange) if row.get("contracts")]
    symbols = sorted({row["symbol"] for row in positions})
    held = ccxt.positions([Row("positions", row) for row in positions]).positions or []
    answers = {
        "positions": positions,
        "balance": exchange.fetch_balance(),
        "account": _account(exchange),
        "settings": list(_settings(exchange, held)),
        "tickers": _marks(exchange, held),
        "tiers": _tiers(exchange, symbols),
        "markets": [listed[symbol] for symbol in symbols if symbol in listed],
    }
    return {name: answer for name, answer in answers.items() if answer or name == "positions"}


def left_out(name: str) -> str:
    """Return what an exchange was not asked for, in words; nothing where it was asked for everything."""
    settle = _ONE_SETTLE.get(name)
    return f"only contracts that settle in {settle} were asked for" if settle else ""


def _positions(exchange: Exchange) -> Iterator[Mapping[str, Any]]:
    yield from exchange.fetch_positions()
    for params in _MORE_POSITIONS.get(exchange.id, ()):
        yield from exchange.fetch_positions(None, params)


def _account(exchange: Exchange) -> Sequence[Any] | Mapping[str, Any]:
    """Return what an exchange says of the account's own mode, where neither positions nor balance tell it."""
    if exchange.id in _LEVEL_BY_ACCOUNTS:
        return [account["info"] for account in exchange.fetch_accounts()]
    if exchange.id == "hyperliquid":
        question = {"type": "userAbstraction", "user": exchange.walletAddress}
        word = str(exchange.publicPostInfo(question))
        return {"userAbstraction": word.strip('"')}  # ccxt parses tables, and leaves a word as it was sent
    return []


def _settings(exchange: Exchange, held: Sequence[Held]) -> Iterator[Mapping[str, Any]]:
    """Yield margin modes, and what else stands in the venue's answer on them, of positions that lack them.

    An answer that names no symbol is of the whole account, and one of it is enough.
    """
    lacking = sorted({one.row["symbol"] for one in held if "margin_mode" not in one.row})
    incomplete = sorted(
        {one.row["symbol"] for one in held if not {"margin_mode", "leverage"} <= one.row.keys()}
    )
    if exchange.has.get(_MODES) is True and incomplete:
        yield from exchange.fetch_margin_modes(incomplete).values()
    elif exchange.has.get(_MODE_OF_ONE) is True:
        for symbol in lacking:
            answer = exchange.fetch_margin_mode(symbol)
            yield answer
            if "symbol" not in answer.get("info", {}):
                return


def _marks(exchange: Exchange, held: Sequence[Held]) -> list[Mapping[str, Any]]:
    """Return the prices of positions without a mark."""
    symbols = sorted({one.row["symbol"] for one in held if "mark_price" not in one.row})
    if not symbols or not exchange.has.get(_TICKERS):
        return []
    found = exchange.fetch_tickers(symbols)
    return [found[symbol] for symbol in symbols if symbol in found]


def _tiers(exchange: Exchange, symbols: list[str]) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the tiers of some symbols, where the exchange gives them; where it does not, the pack's hold."""
    if symbols and exchange.has.get(_TIERS):
        found = exchange.fetch_leverage_tiers(symbols)
        return {symbol: rows for symbol, rows in found.items() if symbol in symbols}
    if exchange.has.get(_TIERS_OF_ONE):
        return {symbol: exchange.fetch_market_leverage_tiers(symbol) for symbol in symbols}
    return {}


def account_of(
    answers: Mapping[str, Any], *, venue: str | None = None, margin_mode: str | None = None
) -> Snapshot:
    """Return the account that an exchange's answers describe, read as their dumps are.

    Args:
        answers: what ``fetched`` returned.
        venue: the pack of the exchange.
        margin_mode: for positions whose margin mode the exchange leaves out.

    Raises:
        InputError: something in the answers is not recognised, or is missing.

    """
    return read(*answers.values(), venue=venue, margin_mode=margin_mode)
