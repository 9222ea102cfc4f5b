"""What Derive says of a subaccount: its manager, its positions and what stands behind them.

The venue settles gains of perpetuals into the cash now and then and keeps their entry price, so what was settled is
taken off the cash again; what funding is pending is added. It states margins signed: equity after the requirement.
"""

from decimal import Context, Decimal, localcontext
from typing import Any

from ringfence.book import Figures
from ringfence.core.errors import BookError
from ringfence.core.number import EXACT, SHOWN
from ringfence.importers.dumps.part import Balance, Held, Part, side_of, without
from ringfence.importers.dumps.row import Row

_CASH = "USDC"
_MODES = {"SM": "standard", "PM2": "portfolio-{}", "PM": "legacy-portfolio-{}"}
"""The venue's word for a manager -> the account mode of the pack; a portfolio manager is of one coin."""


def subaccount(rows: list[Row]) -> Part:
    """Return what a subaccount holds (``private/get_subaccount``, ``private/get_all_portfolios``).

    Raises:
        BookError: a position or a collateral lacks what it needs, or the manager is unknown.

    """
    part = Part(positions=[], balances=[], orders=[], margin_mode="cross")
    for row in rows:
        _add(part, row)
    return part


def _add(part: Part, row: Row) -> None:
    part.account_mode = _mode(row)
    settled = Decimal(0)
    for one in row.rows("positions"):
        settled += (one.number("net_settlements") or 0) - (one.number("pending_funding") or 0)
        if (held := _held(one)) is not None and part.positions is not None:
            part.positions.append(held)
        if (index := one.price("index_price")) is not None:
            part.indices.setdefault(one.named("instrument_name").partition("-")[0], index)
    with localcontext(EXACT):
        amounts = {_CASH: -settled} if settled else {}
        for one in row.rows("collaterals"):
            name = one.named("asset_name")
            amounts[name] = amounts.get(name, Decimal(0)) + one.must("amount")
            if name != _CASH and (price := one.price("mark_price")) is not None:
                part.indices[name] = price
    if part.balances is not None:
        part.balances += [
            Balance(name, amount, "shared", row.where) for name, amount in amounts.items() if amount
        ]
    if part.orders is not None:
        part.orders += [order for one in row.rows("open_orders") if (order := _order(one)) is not None]
    part.figures = _figures(row)


def _mode(row: Row) -> str:
    """Return the account mode of a subaccount's manager."""
    kind, coins = row.named("margin_type"), row.any_of("currency")
    coin = coins[0] if isinstance(coins, list) and coins else coins
    if kind not in _MODES:
        known = ", ".join(_MODES)
        raise BookError(row.place("margin_type"), f"{kind!r} is unknown here", f"Known: {known}")
    return _MODES[kind].format(str(coin or "").lower())


def _held(row: Row) -> Held | None:
    amount, name = row.must("amount"), row.named("instrument_name")
    if not amount:
        return None
    plain = {
        "symbol": name,
        "side": side_of(amount),
        "contracts": abs(amount),
        "entry_price": row.must("average_price"),
        "mark_price": row.price("mark_price"),
        "margin_mode": "cross",
    }
    figures = Figures(
        liquidation_price=row.price("liquidation_price"), unrealized_pnl=_figure(row, "unrealized_pnl")
    )
    return Held(without(plain), f"{row.where} ({name})", figures=figures, in_coins=True)


def _order(row: Row) -> dict[str, Any] | None:
    left = row.must("amount") - (row.number("filled_amount") or 0)
    if left <= 0:
        return None
    return without(
        {
            "symbol": row.named("instrument_name"),
            "side": row.word("direction"),
            "contracts": left,
            "price": row.must("limit_price"),
            "reduce_only": row.truth("reduce_only"),
        }
    )


def _figures(row: Row) -> Figures:
    """Return what the venue says of a subaccount: a requirement is what a signed margin leaves of the value."""
    value, first, last = (
        _figure(row, key) for key in ("subaccount_value", "initial_margin", "maintenance_margin")
    )
    return Figures(
        equity=value,
        initial_requirement=None if value is None or first is None else value - first,
        maintenance_requirement=None if value is None or last is None else value - last,
    )


def _figure(row: Row, key: str) -> Decimal | None:
    """Return a figure that the venue works out in binary and prints to its last digit: to as many as count."""
    found = row.raw(key)
    try:
        return None if found is None else Context(prec=SHOWN).create_decimal(str(found))
    except ArithmeticError:
        return row.number(key)


def tickers(rows: list[Row]) -> Part:
    """Return marks and indices, and of options their volatility and forward (``public/get_ticker``)."""
    part = Part()
    for row in rows:
        name, mark, index = row.named("instrument_name"), row.price("mark_price"), row.price("index_price")
        if mark is not None:
            part.marks[name] = mark
        if index is not None:
            part.indices.setdefault(name.partition("-")[0], index)
        pricing = row.inner("option_pricing")
        found = {
            "implied_volatility": pricing.price("iv"), "underlying_price": pricing.price("forward_price"),
        }  # fmt: skip
        if any(found.values()):
            part.quotes[name] = without(found)
        for other in pricing.names():
            pricing.raw(other)
        for other in row.names():
            row.raw(other)
    return part


_POSITION = """instrument_type leverage initial_margin maintenance_margin mark_value open_orders_margin realized_pnl
 realized_pnl_excl_fees unrealized_pnl_excl_fees average_price_excl_fees total_fees cumulative_funding delta gamma theta
 vega creation_timestamp net_settlements pending_funding"""
_COLLATERAL = """asset_type currency cumulative_interest pending_interest average_price delta delta_currency
 unrealized_pnl mark_value mark_price"""
_SUBACCOUNT = """subaccount_id label manager_id risk_universe_id is_under_liquidation positions_value collaterals_value
 positions_maintenance_margin positions_initial_margin collaterals_maintenance_margin collaterals_initial_margin
 open_orders_margin projected_margin_change mm_credits failed_to_fetch vault_deposit_holds"""
_ORDER = """order_id label quote_id creation_timestamp last_update_timestamp average_price order_fee order_type
 time_in_force order_status max_fee signature_expiry_sec nonce signer signature cancel_reason mmp is_transfer
 replaced_order_id trigger_type trigger_price_type trigger_price trigger_reject_message filled_amount"""

READERS = {
    "subaccount": (subaccount, f"{_SUBACCOUNT} {_POSITION} {_COLLATERAL} {_ORDER}"),
    "tickers": (tickers, ""),
}
