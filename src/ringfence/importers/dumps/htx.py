"""What HTX says of positions and accounts: its linear and inverse contracts, and its newer answers on both.

Sizes are counted in contracts. An isolated contract has an account of its own; ``margin_static`` is what it holds
without unrealised P&L. Older answers have no mark: the venue's P&L is by the last price, which stands in for it.
"""

from decimal import Decimal

from ringfence.book import Figures
from ringfence.core.errors import BookError
from ringfence.importers.dumps.part import Balance, Held, Part, without
from ringfence.importers.dumps.row import Row

_SIDES = {"buy": "long", "sell": "short"}


def positions(rows: list[Row]) -> Part:
    """Return open positions; ccxt puts what the account of each says beside it."""
    part = Part(positions=[])
    for row in rows:
        _add_position(
            part, row, row.number("margin_static") if row.word("margin_mode") == "isolated" else None
        )
    return part


def _add_position(part: Part, row: Row, wallet: Decimal | None = None, mode: str = "") -> None:
    """Add an open position; ``mode`` is that of its account, where the row does not say."""
    quantity, symbol, direction = row.must("volume"), row.named("contract_code"), row.word("direction")
    if not quantity or part.positions is None:
        return
    if row.word("position_mode") == "dual_side" or row.word("position_side") in {"long", "short"}:
        part.position_mode = "hedge"
    plain = {
        "symbol": symbol,
        "side": _SIDES.get(direction, row.word("position_side")),
        "contracts": abs(quantity),
        "entry_price": row.price("open_avg_price", "cost_open"),
        "mark_price": row.price("mark_price", "last_price"),
        "leverage": row.price("lever_rate"),
        "margin_mode": row.word("margin_mode") or mode,
    }
    figures = Figures(
        liquidation_price=row.price("liquidation_price", "liq_px"),
        initial_requirement=row.number("initial_margin", "position_margin"),
        maintenance_requirement=row.number("maintenance_margin"),
        unrealized_pnl=row.number("profit_unreal"),
    )
    part.positions.append(Held(without(plain), f"{row.where} ({symbol})", wallet, figures))


def account(rows: list[Row]) -> Part:
    """Return accounts, each with its positions where the answer has them.

    A cross account is named by its asset, an isolated one by its contract. An inverse contract has a wallet for
    each coin, and no mode.
    """
    part = Part(balances=[], positions=[] if any(row.raw("positions") is not None for row in rows) else None)
    for row in rows:
        asset, amount = row.word("margin_asset") or row.named("symbol"), row.must("margin_static")
        mode = row.word("margin_mode") or "cross"
        held = row.rows("positions")
        for one in held:
            _add_position(part, one, amount if mode == "isolated" and len(held) == 1 else None, mode)
        if mode == "cross":
            _add_balance(part, row, asset, amount)
        elif amount and not held:
            part.by_symbol[row.named("contract_code")] = {"margin_mode": mode, "wallet": amount}
    return part


def _add_balance(part: Part, row: Row, asset: str, amount: Decimal) -> None:
    if amount and part.balances is not None:
        part.balances.append(Balance(asset, amount, "shared", row.where))
    if equity := row.number("margin_balance"):
        part.assets[asset] = Figures(
            equity=equity,
            unrealized_pnl=row.number("profit_unreal"),
            initial_requirement=row.number("margin_position"),
            available=row.number("withdraw_available"),
        )


def unified(rows: list[Row]) -> Part:
    """Return the newer account's equity by currency.

    Raises:
        BookError: a part of it is isolated, and whether the equity holds it is not known.

    """
    row = rows[0]
    part = Part(balances=[])
    for detail in row.rows("details"):
        currency, equity = detail.named("currency"), detail.must("equity")
        if detail.number("isolated_equity"):
            raise BookError(
                detail.where,
                "whether its equity holds isolated_equity is not known here",
                "Add a file with what is shared under [collateral], and leave this one out",
            )
        if equity and part.balances is not None:
            part.balances.append(Balance(currency, equity, "equity", detail.where))
            part.assets[currency] = Figures(
                equity=equity,
                unrealized_pnl=detail.number("profit_unreal"),
                initial_requirement=detail.number("initial_margin"),
                maintenance_requirement=detail.number("maintenance_margin"),
                available=detail.number("available"),
            )
    return part


_POSITION = """symbol contract_code contract_type business_type pair volume available frozen cost_open cost_hold
 profit_unreal profit_rate lever_rate position_margin direction profit last_price margin_asset margin_mode
 margin_account position_mode adl_risk_percent liquidation_price open_avg_price position_side margin initial_margin
 maintenance_margin margin_rate mark_price margin_currency created_time updated_time trade_partition new_risk_rate
 settle_profit_unreal settle_profit_unreal_rate store_time
 adjust_value market_closing_slippage open_adl risk_rate risk_rate_percent sl_order_id sl_trigger_price sl_trigger_type
 sl_order_price sl_order_price_type tp_order_id tp_trigger_price tp_trigger_type tp_order_price tp_order_price_type
 liq_px margin_balance margin_position margin_frozen margin_available profit_real withdraw_available adjust_factor
 margin_static"""
_ACCOUNT = f"""{_POSITION} is_debit transfer_profit_ratio money_in money_out cross_margin_static
 cross_profit_unreal cross_risk_rate contract_detail futures_contract_detail margin_asset_scale voucher
 voucher_value"""
_UNIFIED = """state equity available_margin maintenance_margin_rate initial_margin_rate voucher voucher_value
 withdraw_available isolated_profit_unreal profit_unreal initial_margin maintenance_margin created_time updated_time"""

READERS = {
    "positions": (positions, _POSITION),
    "account": (account, _ACCOUNT),
    "unified": (unified, _UNIFIED),
}
