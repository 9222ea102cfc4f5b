"""What freqtrade keeps: the trades of its database, and its configuration.

The database tells neither the margin mode nor a mark. ``stake_amount`` is what the holder put up, leverage not
included; ``liquidation_price`` has been moved towards the entry by the configured buffer.
"""

import sqlite3
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from ringfence.core.errors import BookError
from ringfence.importers.dumps.part import Balance, Held, Part, without
from ringfence.importers.dumps.row import Row
from ringfence.importers.files import has_journal

_TABLES: Final = {
    "trades": "SELECT * FROM trades WHERE is_open = 1 ORDER BY id",
    "TradeFill": "SELECT * FROM TradeFill ORDER BY timestamp",
}
"""Table -> what of it is read. The first is freqtrade's, the second hummingbot's."""


def database(path: Path) -> list[dict[str, Any]]:
    """Return the open trades, or the fills, that a bot's database holds. The file is opened for reading only.

    Raises:
        BookError: it cannot be read, or it is another program's.

    """
    # Without a journal beside it nothing is pending: as immutable it is read without a lock or a file of its own.
    address = f"{path.resolve().as_uri()}?{'mode=ro' if has_journal(path) else 'immutable=1'}"
    try:
        connection = sqlite3.connect(address, uri=True)
        try:
            connection.row_factory = sqlite3.Row
            listed = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            names = [row["name"] for row in listed]
            known = [name for name in _TABLES if name in names]
            rows = [dict(row) for name in known[:1] for row in connection.execute(_TABLES[name])]
        finally:
            connection.close()
    except sqlite3.Error as fault:
        raise BookError(
            path.name, f"the database cannot be read: {fault}", "Copy it while the bot stands still"
        ) from None
    if not known:
        raise BookError(
            path.name,
            f"it is the database of another program (tables: {', '.join(names) or 'none'})",
            "Name freqtrade's tradesv3.sqlite or hummingbot's, or export the positions as JSON or CSV",
        )
    return [{**row, "scaled": known[0] == "TradeFill"} for row in rows] if known[0] == "TradeFill" else rows


def trades(rows: list[Row]) -> Part:
    """Return open futures trades as positions. Several trades of one pair and side are one position."""
    part = Part(positions=[])
    exchanges = {row.word("exchange") for row in rows if _is_open(row)}
    if len(exchanges) > 1:
        raise BookError(
            rows[0].where,
            f"the trades are of several exchanges: {', '.join(sorted(exchanges))}",
            "Keep those of one",
        )
    part.venue = "".join(exchanges)
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if _is_open(row) and row.word("trading_mode").upper() in {"FUTURES", ""}:
            found.setdefault((row.named("pair"), "short" if row.truth("is_short") else "long"), []).append(
                row
            )
    part.positions = [_held(pair, side, some) for (pair, side), some in found.items()]
    return part


def _is_open(row: Row) -> bool:
    return bool(row.truth("is_open"))


def _held(pair: str, side: str, rows: list[Row]) -> Held:
    amounts = [row.must("amount") for row in rows]
    amount, size = sum(amounts, Decimal(0)), rows[0].price("contract_size") or Decimal(1)
    spent = sum((row.must("open_rate") * one for row, one in zip(rows, amounts, strict=True)), Decimal(0))
    plain = {
        "symbol": pair,
        "side": side,
        "contracts": amount / size,
        "contract_size": size,
        "entry_price": spent / amount,
        "leverage": rows[0].price("leverage"),
    }
    stake = sum((row.must("stake_amount") for row in rows), Decimal(0))
    held = Held(without(plain), f"{rows[0].where} ({pair})", stake)
    held.buffered = rows[0].price("liquidation_price") if len(rows) == 1 else None
    return held


def config(rows: list[Row]) -> Part:
    """Return margin mode, exchange and the wallet of a dry run. Nothing else of a configuration is looked at."""
    row = rows[0]
    mode, exchange = row.word("margin_mode"), row.inner("exchange").word("name")
    part = Part(venue=exchange, margin_mode=mode if mode in {"cross", "isolated"} else "")
    buffer = row.number("liquidation_buffer")
    part.buffer = Decimal("0.05") if buffer is None else buffer
    wallet = row.raw("dry_run_wallet")
    if row.truth("dry_run") and wallet is not None:
        amounts = wallet if isinstance(wallet, Mapping) else {row.word("stake_currency"): wallet}
        purse = Row(row.place("dry_run_wallet"), amounts)
        part.balances = [
            Balance(asset, amount, "wallet", purse.where)
            for asset in purse.names()
            if (amount := purse.number(asset))
        ]
        part.notes.append(
            "the wallet is dry_run_wallet, as the dry run began: gains and losses since are not in it"
        )
    for name in [*row.names(), *(name for inner in (row.inner("exchange"),) for name in inner.names())]:
        row.raw(name)
    return part


_TRADE = """id base_currency stake_currency fee_open fee_open_cost fee_open_currency fee_close fee_close_cost
 fee_close_currency open_rate_requested open_trade_value close_rate close_rate_requested realized_profit close_profit
 close_profit_abs max_stake_amount amount_requested open_date close_date stop_loss stop_loss_pct initial_stop_loss
 initial_stop_loss_pct is_stop_loss_trailing max_rate min_rate exit_reason exit_order_status strategy enter_tag
 timeframe trading_mode amount_precision price_precision precision_mode precision_mode_price contract_size
 liquidation_price interest_rate funding_fees funding_fee_running record_version is_short leverage exchange amount
 open_rate stake_amount stoploss_last_update stoploss_order_id quote_currency pair"""
_NAMES = "name pair_whitelist pair_blacklist ccxt_config ccxt_async_config ccxt_sync_config"

READERS = {"trades": (trades, _TRADE), "config": (config, _NAMES)}
