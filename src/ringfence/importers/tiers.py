"""Tier rows as a book writes them, and as ccxt's ``fetch_leverage_tiers()`` returns them."""

from collections.abc import Mapping, Sequence
from typing import TypeGuard

from ringfence.core.errors import BookError
from ringfence.core.exact import shortened

_FROM_CCXT = {
    "minNotional": "floor",
    "maxNotional": "cap",
    "maintenanceMarginRate": "maintenance_rate",
    "maxLeverage": "max_leverage",
    "symbol": "symbol",
}
_DEDUCTIONS = ("cum", "mmDeduction")
"""Where venues keep the deduction that ccxt leaves in ``info`` (Binance, Bybit)."""


def is_ccxt_tier(row: object) -> bool:
    """Return whether a row has ccxt's shape."""
    return isinstance(row, Mapping) and "maintenanceMarginRate" in row


def _exact(value: object) -> object:
    return float.__repr__(value) if isinstance(value, float) else value


def from_ccxt(row: Mapping[str, object]) -> dict[str, object]:
    """Return a row of ccxt in the book's shape."""
    plain = {ours: _exact(row[theirs]) for theirs, ours in _FROM_CCXT.items() if row.get(theirs) is not None}
    info = row.get("info")
    if isinstance(info, Mapping):
        for key in _DEDUCTIONS:
            if info.get(key) not in (None, ""):
                plain["deduction"] = _exact(info[key])
    return plain


def plain_tier_rows(tiers: object, where: str) -> tuple[Mapping[str, object], ...]:
    """Return tier rows in the book's shape, from a list of rows or from ccxt's symbol -> rows.

    Raises:
        BookError: it is neither.

    """
    if tiers is None:
        return ()
    if isinstance(tiers, Mapping):
        return tuple(
            _plain(row, f"{where}, {symbol} {number}", str(symbol))
            for symbol, rows in tiers.items()
            for number, row in enumerate(rows if _is_list(rows) else (rows,), start=1)
        )
    if _is_list(tiers):
        return tuple(_plain(row, f"{where} {number}", None) for number, row in enumerate(tiers, start=1))
    raise BookError(
        where, f"expected a list of tier rows, got {shortened(tiers)}", "Write [[tier]] before each row"
    )


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _plain(row: object, where: str, symbol: str | None) -> Mapping[str, object]:
    if not isinstance(row, Mapping):
        raise BookError(
            where, f"a tier is a table, not {shortened(row)}", "Write [[tier]] and its keys below it"
        )
    plain = from_ccxt(row) if is_ccxt_tier(row) else {k: v for k, v in row.items() if v is not None}
    if symbol is not None:
        plain["symbol"] = symbol
    if "symbol" not in plain:
        raise BookError(where, "it has no symbol", 'Add symbol = "BTC/USDT:USDT"')
    return plain
