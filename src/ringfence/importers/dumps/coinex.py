"""What CoinEx's second version says of positions and of the futures account.

The mark is not given; P&L and entry are. What is available is a balance from which the margin of positions is
taken, and that margin has the P&L in it.
"""

from decimal import Decimal

from ringfence.book import Figures
from ringfence.importers.dumps.part import Balance, Held, Part, behind, without
from ringfence.importers.dumps.row import Row


def positions(rows: list[Row]) -> Part:
    """Return open positions. Sizes count coins, or dollars for an inverse contract."""
    part = Part(positions=[])
    held = part.positions = []
    for row in rows:
        size, symbol, side = row.must("open_interest"), row.named("market"), row.named("side")
        if not size:
            continue
        entry, profit = row.price("avg_entry_price"), row.number("unrealized_pnl")
        plain = {
            "symbol": symbol,
            "side": side,
            "contracts": abs(size),
            "entry_price": entry,
            "mark_price": None if symbol.endswith("USD") else _mark(side, abs(size), entry, profit),
            "leverage": row.price("leverage"),
            "margin_mode": row.word("margin_mode"),
            "opened": row.instant("created_at"),
        }
        figures = Figures(
            liquidation_price=row.price("liq_price"),
            maintenance_requirement=row.number("maintenance_margin_value"),
            unrealized_pnl=profit,
        )
        wallet = row.number("margin_avbl")
        held.append(Held(without(plain), f"{row.where} ({symbol})", wallet, figures, derived=True))
    return part


def _mark(side: str, size: Decimal, entry: Decimal | None, profit: Decimal | None) -> Decimal | None:
    """Return the mark of a linear contract.

    profit = side * size * (mark - entry)
    """
    if entry is None or profit is None:
        return None
    return behind(entry * size + (profit if side == "long" else -profit), size)


def balance(rows: list[Row]) -> Part:
    """Return what was paid in and realised, by coin.

    wallet = available + frozen + margin - unrealised P&L
    """
    part = Part(balances=[], orders=[])
    for row in rows:
        coin, profit = row.named("ccy"), row.number("unrealized_pnl") or Decimal(0)
        frozen = row.number("frozen") or Decimal(0)
        equity = row.must("available") + frozen + row.must("margin")
        if frozen:
            part.orders = None
        if equity and part.balances is not None:
            part.balances.append(Balance(coin, equity - profit, "wallet", row.where))
            part.assets[coin] = Figures(equity=equity, unrealized_pnl=profit)
    return part


_POSITION = """position_id market_type close_avbl ath_position_amount realized_pnl cml_position_value
 max_position_value updated_at take_profit_price stop_loss_price take_profit_type stop_loss_type settle_price
 settle_value ath_margin_size position_margin_rate maintenance_margin_rate bkr_price adl_level avg_entry_price
 unrealized_pnl leverage margin_mode created_at liq_price maintenance_margin_value margin_avbl first_filled_price
 latest_filled_price finished_type open_margin"""

READERS = {"positions": (positions, _POSITION), "balance": (balance, "transferrable")}
