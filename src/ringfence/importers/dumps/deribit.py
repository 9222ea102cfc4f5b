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

_PORTFOLIO = "the account is in portfolio margin ({}), which is not judged yet"
_CROSS_COLLATERAL = "the account is in cross collateral ({}), which is not judged yet"


def positions(rows: list[Row]) -> Part:
    """Return open futures. Every position of a Deribit account is in the cross pool.

    Raises:
        BookError: there is a position in an option, or of another kind.

    """
    part = Part(positions=[], margin_mode="cross")
    for row in rows:
        size, name, kind = row.must("size"), row.named("instrument_name"), row.word("kind")
        if not size or row.word("direction") == "zero":
            continue
        if kind not in {"future", ""} or name.endswith(("-C", "-P")):
            raise BookError(
                f"{row.where} ({name})",
                f"a position of the kind {kind or 'option'} is not judged yet",
                "Leave the row out; what the venue says of it can be stated as [[rest]] in a book",
            )
        if part.positions is not None:
            part.positions.append(_held(row, name, size))
    return part


def _held(row: Row, name: str, size: Decimal) -> Held:
    side = "long" if row.word("direction") == "buy" else "short"
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
    """Return what an account holds, by currency."""
    part = Part(balances=[], account_mode="standard")
    for row in rows:
        currency, model = row.named("currency"), row.word("margin_model")
        if model.endswith("_pm") or row.truth("portfolio_margining_enabled"):
            part.refused = _PORTFOLIO.format(model or "portfolio_margining_enabled")
        elif model.startswith("cross") or row.truth("cross_collateral_enabled"):
            part.refused = _CROSS_COLLATERAL.format(model or "cross_collateral_enabled")
        equity = row.must("equity")
        options = row.number("options_value") or 0
        if equity - options and part.balances is not None:
            part.balances.append(Balance(currency, equity - options, "equity", row.where))
        figures = Figures(
            equity=equity,
            maintenance_requirement=row.number("maintenance_margin"),
            initial_requirement=row.number("initial_margin"),
            available=row.number("available_funds"),
        )
        if equity:
            part.assets[currency] = figures
    return part


_POSITION = """index_price settlement_price open_orders_margin delta gamma theta vega floating_profit_loss
 floating_profit_loss_usd realized_profit_loss realized_funding interest_value total_profit_loss average_price_usd kind
 size_currency average_price direction estimated_liquidation_price initial_margin maintenance_margin leverage
 mark_price"""
_SUMMARY = """balance margin_balance projected_initial_margin projected_maintenance_margin
 available_withdrawal_funds spot_reserve additional_reserve fee_balance locked_balance total_equity_usd
 total_margin_balance_usd total_initial_margin_usd total_maintenance_margin_usd total_delta_total_usd delta_total
 projected_delta_total delta_total_map futures_pl futures_session_upl futures_session_rpl options_pl
 options_session_upl options_session_rpl options_delta options_gamma options_theta options_vega options_gamma_map
 options_theta_map options_vega_map estimated_liquidation_ratio estimated_liquidation_ratio_map session_upl
 session_rpl session_funding total_pl limits fees id type cross_collateral_enabled portfolio_margining_enabled
 security_keys_enabled interuser_transfers_enabled mmp_enabled login_enabled self_trading_reject_mode
 self_trading_extended_to_subaccounts block_rfq_self_match_prevention referrals_count"""

READERS = {"positions": (positions, _POSITION), "summary": (summary, _SUMMARY)}
