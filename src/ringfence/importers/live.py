"""An account asked of an exchange, by ccxt's unified calls: the same tables that their dumps hold.

The client comes from outside, already with its keys. Nothing here can place an order: four calls, all of them
reading, are all that a client is asked for.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ringfence.importers.read import read
from ringfence.margin.snapshot import Snapshot

_TIERS, _TIERS_OF_ONE = "fetchLeverageTiers", "fetchMarketLeverageTiers"


class Exchange(Protocol):
    """What is asked of a client of ccxt."""

    has: Mapping[str, Any]

    def load_markets(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the contracts it lists, by symbol."""

    def fetch_positions(self) -> Sequence[Mapping[str, Any]]:
        """Return the positions, those without contracts too."""

    def fetch_balance(self) -> Mapping[str, Any]:
        """Return what is in the account."""

    def fetch_leverage_tiers(self, symbols: list[str]) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return tables of tiers by symbol."""

    def fetch_market_leverage_tiers(self, symbol: str) -> Sequence[Mapping[str, Any]]:
        """Return the table of tiers of one symbol."""


def fetched(exchange: Exchange) -> dict[str, Any]:
    """Return the answers of an exchange that an account needs: of tiers and markets only those of what is held.

    Raises:
        Exception: whatever the client raises.

    """
    listed = exchange.load_markets()
    positions = [row for row in exchange.fetch_positions() if row.get("contracts")]
    symbols = sorted({row["symbol"] for row in positions})
    answers = {
        "positions": positions,
        "balance": exchange.fetch_balance(),
        "tiers": _tiers(exchange, symbols),
        "markets": [listed[symbol] for symbol in symbols if symbol in listed],
    }
    return {name: answer for name, answer in answers.items() if answer or name == "positions"}


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
