"""What ccxt's ``fetch_positions()``, ``fetch_balance()`` and ``fetch_leverage_tiers()`` return, as a book.

A field that ccxt leaves empty is named in a complaint, never assumed: the margin mode, the leverage of an
isolated position without a wallet, the mark. Empty liquidation prices ("0", null, "") are not read at all.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ringfence.core.errors import BookError
from ringfence.core.exact import read_decimal
from ringfence.importers.fields import Fields
from ringfence.importers.tiers import is_ccxt_tier
from ringfence.venue import find_pack

_POSITION_KEYS = {"symbol", "contracts", "side", "entryPrice"}
_BALANCE_KEYS = {"free", "used", "total"}


def is_positions(part: object) -> bool:
    """Return whether a part of a dump is ccxt's list of positions."""
    return (
        isinstance(part, Sequence)
        and not isinstance(part, str)
        and bool(part)
        and all(isinstance(row, Mapping) and row.keys() >= _POSITION_KEYS for row in part)
    )


def is_balance(part: object) -> bool:
    """Return whether a part of a dump is ccxt's balance."""
    return isinstance(part, Mapping) and part.keys() >= _BALANCE_KEYS


def is_tiers(part: object) -> bool:
    """Return whether a part of a dump is ccxt's leverage tiers."""
    if isinstance(part, Mapping):
        rows = list(part.values())
        return (
            bool(rows)
            and all(isinstance(r, Sequence) and not isinstance(r, str) and r for r in rows)
            and all(is_ccxt_tier(row) for r in rows for row in r)
        )
    return isinstance(part, Sequence) and bool(part) and all(map(is_ccxt_tier, part))


def parts_of(document: object) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return positions, balance and tiers found in a dump, bare or in an envelope, and what else the envelope holds.

    None: it does not have ccxt's shape.

    Raises:
        BookError: two parts of an envelope have the same shape.

    """
    bare = "positions" if document == [] else _shape(document)
    if bare is not None:
        return {bare: document}, {}
    if not isinstance(document, Mapping):
        return None
    found: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for key, part in document.items():
        shape = _shape(part)
        if shape in found:
            raise BookError(str(key), f"the dump holds {shape} twice", "Leave one of the two out")
        if shape is not None:
            found[shape] = part
        elif part != []:
            extra[key] = part
    return (found, extra) if "positions" in found or "balance" in found else None


def _shape(part: object) -> str | None:
    for name, test in (("positions", is_positions), ("balance", is_balance), ("tiers", is_tiers)):
        if test(part):
            return name
    return None


def book_document(
    parts: Mapping[str, Any], venue: str, margin_mode: str | None, extra: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the book file's tables for what ccxt returned.

    Args:
        parts: positions, balance, tiers, as found.
        venue: the pack that judges them; ccxt's dumps do not name it.
        margin_mode: for positions whose mode is not in the dump.
        extra: keys of the envelope that are the book file's own (on, vols, marks, ...).

    Raises:
        BookError: something that matters is missing.

    """
    held = [
        (number, row)
        for number, row in enumerate(parts.get("positions", []), start=1)
        if _is_open(row, number)
    ]
    positions = [row for _, row in held]
    rows = [_position(row, number, margin_mode) for number, row in held]
    hedged = any(row.get("hedged") is True for row in positions)
    document: dict[str, Any] = {**extra, "venue": venue, "position": rows}
    document["collateral"] = _wallet(parts.get("balance"), positions, rows, venue)
    if hedged:
        document["position_mode"] = "hedge"
    if "tiers" in parts:
        document["tier"] = parts["tiers"]
    return document


def _present(row: Mapping[str, Any], key: str) -> Any:
    value = row.get(key)
    return None if value in (None, "") else value


def _is_open(row: Mapping[str, Any], number: int) -> bool:
    contracts = _present(row, "contracts")
    return contracts is not None and read_decimal(contracts, f"positions {number}, contracts") != 0


def _position(row: Mapping[str, Any], number: int, margin_mode: str | None) -> dict[str, Any]:
    where = f"positions {number} ({row.get('symbol')})"
    mode = _present(row, "marginMode") or margin_mode
    if mode is None:
        raise BookError(where, "margin mode is not in this file", "Add --margin-mode cross or isolated")
    plain: dict[str, Any] = {
        "symbol": row["symbol"],
        "side": row["side"],
        "contracts": abs(read_decimal(row["contracts"], f"{where}, contracts")),
        "entry_price": _present(row, "entryPrice"),
        "margin_mode": mode,
    }
    for theirs, ours in (
        ("contractSize", "contract_size"),
        ("markPrice", "mark_price"),
        ("leverage", "leverage"),
    ):
        if _present(row, theirs) is not None:
            plain[ours] = row[theirs]
    if mode == "isolated":
        wallet = _present(row, "positionMargin")
        wallet = wallet if wallet is not None else _present(row, "collateral")
        if wallet is not None:
            plain["collateral"] = wallet
    return plain


def _wallet(
    balance: Mapping[str, Any] | None,
    positions: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    venue: str,
) -> dict[str, Decimal]:
    """Return the shared wallet by asset: totals less what is unrealised and less the isolated wallets."""
    if balance is None:
        raise BookError(
            "balance", "the dump has positions but no balance", "Add what fetch_balance() returned"
        )
    meaning = find_pack(venue).venue.ccxt_total
    if meaning is None:
        raise BookError(
            "balance, total",
            f"whether ccxt's total on {venue} holds unrealised P&L is not known to the pack",
            "Write a book file with the wallet balance under [collateral]",
        )
    total = Fields("balance, total", balance["total"])
    wallet = {asset: total.needed(asset) for asset in total.names() if total.raw(asset) is not None}
    for row in positions:
        settle = str(row["symbol"]).partition(":")[2].partition("-")[0]
        pnl = _present(row, "unrealizedPnl")
        if meaning == "equity" and pnl is not None and settle in wallet:
            wallet[settle] -= read_decimal(pnl, f"positions, {row['symbol']}, unrealizedPnl")
    for plain in rows:
        settle = str(plain["symbol"]).partition(":")[2].partition("-")[0]
        if "collateral" in plain and settle in wallet:
            wallet[settle] -= read_decimal(plain["collateral"], f"positions, {plain['symbol']}, collateral")
    return {asset: amount for asset, amount in wallet.items() if amount != 0}
