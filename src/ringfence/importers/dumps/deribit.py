"""What Deribit says of positions and of an account's currencies.

``size`` counts dollars for an inverse contract and coins for a linear one, as the pack does. Gains of a session are
in the equity before they are in the balance, so the wallet is taken from the equity.
"""

from decimal import Decimal, localcontext

from ringfence.book import Figures
from ringfence.core.errors import BookError
from ringfence.core.number import EXACT
from ringfence.importers.dumps.part import Balance, Held, Part, without
from ringfence.importers.dumps.row import Row

_PERCENT = Decimal(100)
_MODELS = {
    "segregated_sm": "standard",
    "segregated_pm": "portfolio",
    "cross_sm": "cross-standard",
    "cross_pm": "cross-portfolio",
}
"""The venue's word for a margin model -> the account mode of the pack."""


def positions(rows: list[Row]) -> Part:
    """Return open positions, all in the cross pool. Options and linear contracts are counted in coins.

    Raises:
        BookError: there is a position of another kind than futures and options.

    """
    part = Part(positions=[], margin_mode="cross")
    held = part.positions = []
    for row in rows:
        size, name, kind = row.must("size"), row.named("instrument_name"), row.word("kind")
        index = row.price("index_price")
        if not size or row.word("direction") == "zero":
            continue
        if kind not in {"future", "option", ""}:
            raise BookError(
                f"{row.where} ({name})",
                f"a position of the kind {kind} is not judged yet",
                "Leave the row out; what the venue says of it can be stated as [[rest]] in a book",
            )
        held.append(_option(row, name, size) if name.endswith(("-C", "-P")) else _future(row, name, size))
        if index is not None:
            part.indices.setdefault(_coin(name), index)
    return part


def _coin(name: str) -> str:
    """Return the coin of an instrument: BTC of BTC-PERPETUAL and of BTC_USDC-PERPETUAL."""
    return name.partition("-")[0].partition("_")[0]


def _side(row: Row) -> str:
    return "long" if row.word("direction") == "buy" else "short"


def _option(row: Row, name: str, size: Decimal) -> Held:
    """Return a position in an option: its prices are in what it pays, coin or dollar."""
    entry, mark = row.must("average_price"), row.price("mark_price")
    plain = {
        "symbol": name,
        "side": _side(row),
        "contracts": abs(size),
        "entry_price": entry,
        "mark_price": mark,
        "margin_mode": "cross",
    }
    figures = Figures(
        maintenance_requirement=row.number("maintenance_margin"),
        initial_requirement=row.number("initial_margin"),
        unrealized_pnl=None if mark is None else _signed(row, size) * (mark - entry),
    )
    return Held(without(plain), f"{row.where} ({name})", figures=figures, in_coins=True)


def _signed(row: Row, size: Decimal) -> Decimal:
    """Return a size with the sign of its side, which the venue writes on the size, on the direction, or on both."""
    return abs(size) if _side(row) == "long" else -abs(size)


def _future(row: Row, name: str, size: Decimal) -> Held:
    side = _side(row)
    entry, mark = row.must("average_price"), row.price("mark_price")
    inverse = "_" not in name
    plain = {
        "symbol": name,
        "side": side,
        "contracts": abs(size),
        "entry_price": entry,
        "mark_price": mark,
        "leverage": row.price("leverage"),
        "margin_mode": "cross",
    }
    figures = Figures(
        liquidation_price=row.price("estimated_liquidation_price"),
        maintenance_requirement=row.number("maintenance_margin"),
        initial_requirement=row.number("initial_margin"),
        unrealized_pnl=None if mark is None else _profit(side, abs(size), entry, mark, inverse=inverse),
        notional=abs(row.number("size_currency") or size) if inverse else None,
    )
    return Held(without(plain), f"{row.where} ({name})", figures=figures)


def _profit(side: str, size: Decimal, entry: Decimal, mark: Decimal, *, inverse: bool) -> Decimal:
    """Return the gain since entry. The venue's own figure counts from the last settlement only.

    inverse   size * (1 / entry - 1 / mark);    linear   size * (mark - entry)
    """
    with localcontext(EXACT):
        gain = size / entry - size / mark if inverse else size * (mark - entry)
        return gain if side == "long" else -gain


def summary(rows: list[Row]) -> Part:
    """Return what an account holds, by currency, and the account mode of its margin model.

    A cross model has some currencies beside it that are still called segregated: where any is cross, the account is.
    Its requirements are of the whole account, which the venue states in dollars.
    """
    part = Part(balances=[])
    modes: list[str] = []
    for row in rows:
        currency, mode = row.named("currency"), _mode(row)
        equity = row.must("equity")
        options = row.number("options_value") or 0
        figures = Figures(
            equity=equity,
            maintenance_requirement=row.number("maintenance_margin"),
            initial_requirement=row.number("initial_margin"),
            available=row.number("available_funds"),
        )
        if equity or figures.maintenance_requirement:
            modes.append(mode)
        if equity - options and part.balances is not None:
            part.balances.append(Balance(currency, equity - options, "equity", row.where))
        whole = _whole(row)
        if mode.startswith("cross") and whole.stated():
            part.figures, figures = whole, Figures(equity=equity)
        if equity:
            part.assets[currency] = figures
    part.account_mode = next((mode for mode in modes if mode.startswith("cross")), modes[0] if modes else "")
    return part


def _mode(row: Row) -> str:
    """Return the account mode of a currency: by its margin model, or by two switches in older answers."""
    model = row.word("margin_model")
    together, netted = row.truth("cross_collateral_enabled"), row.truth("portfolio_margining_enabled")
    if not model:
        model = f"{'cross' if together else 'segregated'}_{'pm' if netted else 'sm'}"
    if model not in _MODELS:
        raise BookError(
            row.place("margin_model"), f"{model!r} is unknown here", f"Known: {', '.join(_MODELS)}"
        )
    return _MODELS[model]


def _whole(row: Row) -> Figures:
    """Return what a cross model says of the whole account, in dollars."""
    return Figures(
        equity=row.number("total_equity_usd"),
        maintenance_requirement=row.number("total_maintenance_margin_usd"),
        initial_requirement=row.number("total_initial_margin_usd"),
    )


def quotes(rows: list[Row]) -> Part:
    """Return marks, and of options their volatility and the price of their underlying (tickers, book summaries)."""
    part = Part()
    for row in rows:
        name, mark = row.named("instrument_name"), row.price("mark_price")
        sigma, forward, index = (row.price(key) for key in ("mark_iv", "underlying_price", "index_price"))
        if mark is not None:
            part.marks[name] = mark
        if index is not None:
            part.indices.setdefault(_coin(name), index)
        vol = None if sigma is None else sigma / _PERCENT
        found = without({"implied_volatility": vol, "underlying_price": forward})
        if name.endswith(("-C", "-P")) and found:
            part.quotes[name] = found
        for other in row.names():
            row.raw(other)
    return part


_POSITION = """settlement_price open_orders_margin delta gamma theta vega floating_profit_loss
 floating_profit_loss_usd realized_profit_loss realized_funding interest_value total_profit_loss average_price_usd kind
 size_currency average_price direction estimated_liquidation_price initial_margin maintenance_margin leverage
 mark_price"""
_SUMMARY = """balance margin_balance projected_initial_margin projected_maintenance_margin
 available_withdrawal_funds spot_reserve additional_reserve fee_balance locked_balance
 total_margin_balance_usd total_delta_total_usd delta_total
 projected_delta_total delta_total_map futures_pl futures_session_upl futures_session_rpl options_pl
 options_session_upl options_session_rpl options_delta options_gamma options_theta options_vega options_gamma_map
 options_theta_map options_vega_map change_margin_model_api_limit
 estimated_liquidation_ratio estimated_liquidation_ratio_map session_upl
 session_rpl session_funding total_pl limits fees id type cross_collateral_enabled portfolio_margining_enabled
 security_keys_enabled interuser_transfers_enabled mmp_enabled login_enabled self_trading_reject_mode
 self_trading_extended_to_subaccounts block_rfq_self_match_prevention referrals_count"""

READERS = {"positions": (positions, _POSITION), "summary": (summary, _SUMMARY), "quotes": (quotes, "")}
