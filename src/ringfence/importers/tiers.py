"""Tier rows as a book writes them, and as ccxt's ``fetch_leverage_tiers()`` returns them."""

from collections.abc import Mapping, Sequence

from ringfence.core.errors import BookError

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
    return repr(value) if isinstance(value, float) else value


def _from_ccxt(row: Mapping[str, object], symbol: str | None) -> dict[str, object]:
    plain = {ours: _exact(row[theirs]) for theirs, ours in _FROM_CCXT.items() if row.get(theirs) is not None}
    if symbol is not None:
        plain["symbol"] = symbol
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
            _plain(row, where, str(symbol))
            for symbol, rows in tiers.items()
            for row in (rows if isinstance(rows, Sequence) and not isinstance(rows, str) else (rows,))
        )
    if isinstance(tiers, Sequence) and not isinstance(tiers, str):
        return tuple(_plain(row, f"{where} {number}", None) for number, row in enumerate(tiers, start=1))
    raise BookError(where, "expected a list of tier rows", "Write [[tier]] before each row")


def _plain(row: object, where: str, symbol: str | None) -> Mapping[str, object]:
    if is_ccxt_tier(row) and isinstance(row, Mapping):
        row = _from_ccxt(row, symbol)
    if not isinstance(row, Mapping):
        raise BookError(where, "a tier is a table", "Write [[tier]] and its keys below it")
    if "symbol" not in row:
        raise BookError(where, "it has no symbol", 'Add symbol = "BTC/USDT:USDT"')
    return {key: value for key, value in row.items() if value is not None}
