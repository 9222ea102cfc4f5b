"""What Binance says of USD-M and COIN-M futures, in every generation of its answers.

The account's answer has no prices, but value and P&L of a position, and both prices follow from them. Where the
answer on positions is there too, its prices are taken.
"""

from decimal import Decimal, localcontext
from typing import Any

from ringfence.book import Figures
from ringfence.core.number import EXACT
from ringfence.importers.dumps.part import Balance, Held, Part, behind, side_of, without
from ringfence.importers.dumps.row import Row

_PROFIT = ("unRealizedProfit", "unrealizedProfit", "up")
"""Three spellings of one number: of the position, of the account, of the stream."""


def position_risk(rows: list[Row]) -> Part:
    """Return open positions. The third version tells neither leverage nor mode; a cross position has no wallet."""
    part = Part(positions=[])
    for row in rows:
        _add(part, row, mark=row.price("markPrice"))
    return part


def account_position(rows: list[Row]) -> Part:
    """Return open positions as they stand in the account, as ccxt keeps them. Prices follow from value and P&L."""
    part = Part(positions=[])
    for row in rows:
        _add(part, row, derived=True)
    return part


def coinm_account_position(rows: list[Row]) -> Part:
    """Return open positions as they stand in a COIN-M account. It gives the entry and no mark."""
    part = Part(positions=[])
    for row in rows:
        _add(part, row)
    return part


def _add(part: Part, row: Row, mark: Decimal | None = None, *, derived: bool = False) -> None:
    """Add the position of a row, if it is open, to those of a part."""
    quantity, leg = row.number("positionAmt") or Decimal(0), row.word("positionSide")
    entry, profit = row.price("entryPrice"), row.number(*_PROFIT)
    if not quantity:
        return
    value = row.number("notional", "notionalValue")
    if derived:
        entry, mark = _prices(quantity, entry, value, profit)
    plain: dict[str, Any] = {
        "symbol": row.named("symbol"),
        "side": leg.lower() if leg in {"LONG", "SHORT"} else side_of(quantity),
        "contracts": abs(quantity),
        "entry_price": entry,
        "mark_price": mark,
        "leverage": row.price("leverage"),
        "margin_mode": _mode(row),
    }
    if leg in {"LONG", "SHORT"}:
        part.position_mode = "hedge"
    figures = Figures(
        liquidation_price=row.price("liquidationPrice"),
        maintenance_requirement=row.number("maintMargin"),
        initial_requirement=row.number("positionInitialMargin", "initialMargin"),
        unrealized_pnl=profit,
        notional=None if value is None else abs(value),
    )
    held = Held(
        without(plain), f"{row.where} ({plain['symbol']})", _wallet(row, profit), figures, derived=derived
    )
    if part.positions is not None:
        part.positions.append(held)


def _prices(
    quantity: Decimal, entry: Decimal | None, value: Decimal | None, profit: Decimal | None
) -> tuple[Decimal | None, Decimal | None]:
    """Return entry and mark of a linear contract from its value and its P&L.

    |value| = |quantity| * mark;    profit = quantity * (mark - entry)
    """
    with localcontext(EXACT):
        mark = behind(value, quantity) if value else None
        if mark is None and entry is not None and profit is not None:
            mark = behind(entry * quantity + profit, quantity)
        if entry is None and mark is not None and profit is not None:
            entry = behind(mark * quantity - profit, quantity)
    return entry, mark


def _mode(row: Row) -> str:
    """Return the margin mode by what the answer states, or else by whether the position has a wallet."""
    stated, isolated = row.word("marginType").lower(), row.truth("isolated")
    if stated:
        return "isolated" if stated == "isolated" else "cross"
    if isolated is not None:
        return "isolated" if isolated else "cross"
    held = [row.number("isolatedMargin"), row.number("isolatedWallet")]
    if all(amount is None for amount in held):
        return ""
    return "isolated" if any(held) else "cross"


def _wallet(row: Row, profit: Decimal | None) -> Decimal | None:
    """Return an isolated wallet; isolatedMargin is the wallet and the P&L."""
    wallet, with_profit = row.number("isolatedWallet"), row.number("isolatedMargin")
    if wallet is None and with_profit is not None and profit is not None:
        return with_profit - profit
    return wallet


def account(rows: list[Row]) -> Part:
    """Return balances and positions of a USD-M account."""
    row = rows[0]
    part = _account(row, derived=True)
    multi = row.truth("multiAssetsMargin")
    if multi is None:
        part.presumed = ("single-asset", "whether multi-assets mode is on is not in these files")
    else:
        part.account_mode = "multi-asset" if multi else "single-asset"
    part.figures = Figures(
        maintenance_requirement=row.number("totalMaintMargin"),
        initial_requirement=row.number("totalInitialMargin"),
        unrealized_pnl=row.number("totalUnrealizedProfit"),
        equity=row.number("totalMarginBalance"),
        available=row.number("availableBalance"),
    )
    return part


def coinm_account(rows: list[Row]) -> Part:
    """Return balances of a COIN-M account, and its positions as far as they stand there."""
    return _account(rows[0], derived=False)


def _account(row: Row, *, derived: bool) -> Part:
    part = Part(positions=[], balances=[])
    for position in row.rows("positions"):
        _add(part, position, derived=derived)
    ordered = Decimal(0)
    for asset in row.rows("assets"):
        ordered += asset.number("openOrderInitialMargin") or 0
        _add_asset(part, asset)
    if not ordered:
        part.orders = []
    return part


def _add_asset(part: Part, row: Row) -> None:
    name, shared = row.named("asset"), row.must("crossWalletBalance")
    figures = Figures(
        maintenance_requirement=row.number("maintMargin"),
        initial_requirement=row.number("initialMargin"),
        unrealized_pnl=row.number("unrealizedProfit"),
        equity=row.number("marginBalance"),
        available=row.number("availableBalance"),
    )
    if part.balances is not None and shared:
        part.balances.append(Balance(name, shared, "shared", row.where))
    if figures.equity:
        part.assets[name] = figures


def balance(rows: list[Row]) -> Part:
    """Return balances, as the balance call gives them."""
    part = Part(balances=[])
    for row in rows:
        _add_asset(part, row)
    return part


def account_update(rows: list[Row]) -> Part:
    """Return balances and positions of an event of the user's stream. It tells those that changed."""
    event = rows[-1].inner("a")
    part = Part(positions=[], balances=[], notes=["an ACCOUNT_UPDATE event tells only what changed"])
    for row in event.rows("B"):
        if (shared := row.must("cw")) and part.balances is not None:
            part.balances.append(Balance(row.named("a"), shared, "shared", row.where))
    for row in event.rows("P"):
        quantity, profit = row.must("pa"), row.number(*_PROFIT)
        if not quantity or part.positions is None:
            continue
        leg = row.word("ps")
        entry, mark = _prices(quantity, row.price("ep"), None, profit)
        plain = {
            "symbol": row.named("s"),
            "side": leg.lower() if leg in {"LONG", "SHORT"} else side_of(quantity),
            "contracts": abs(quantity),
            "entry_price": entry,
            "mark_price": mark,
            "margin_mode": row.word("mt"),
        }
        figures = Figures(unrealized_pnl=profit)
        part.positions.append(Held(without(plain), row.where, row.number("iw"), figures, derived=True))
    return part


def symbol_config(rows: list[Row]) -> Part:
    """Return leverage and mode by symbol."""
    part = Part()
    for row in rows:
        mode = "isolated" if row.word("marginType").lower() == "isolated" else "cross"
        part.by_symbol[row.named("symbol")] = without(
            {"leverage": row.price("leverage"), "margin_mode": mode}
        )
    return part


def position_mode(rows: list[Row]) -> Part:
    """Return whether long and short of one symbol may be held."""
    return Part(position_mode="hedge" if rows[0].truth("dualSidePosition") else "one-way")


def assets_mode(rows: list[Row]) -> Part:
    """Return whether all assets stand behind all positions."""
    return Part(account_mode="multi-asset" if rows[0].truth("multiAssetsMargin") else "single-asset")


def brackets(rows: list[Row]) -> Part:
    """Return tier rows. USD-M bounds a tier by value, COIN-M by quantity."""
    part = Part()
    for row in rows:
        symbol = row.named("symbol")
        row.raw("notionalCoef")
        for tier in row.rows("brackets"):
            plain = {
                "symbol": symbol,
                "floor": tier.number("notionalFloor", "qtyFloor"),
                "cap": tier.number("notionalCap", "qtyCap"),
                "maintenance_rate": tier.number("maintMarginRatio"),
                "deduction": tier.number("cum"),
                "max_leverage": tier.number("initialLeverage"),
            }
            part.tiers.append(without(plain))
    return part


_POSITION = """breakEvenPrice updateTime maxNotionalValue maxNotional isAutoAddMargin adlQuantile marginAsset
 initialMargin positionInitialMargin openOrderInitialMargin adl bidNotional askNotional maxQty notionalValue
 isolatedMargin isolatedWallet isolated entryPrice leverage positionSide notional maintMargin liquidationPrice symbol
 unrealizedProfit unRealizedProfit askNotional bidNotional markPrice marginType"""
_ASSET = """walletBalance openOrderInitialMargin crossUnPnl maxWithdrawAmount marginAvailable updateTime balance
 withdrawAvailable positionInitialMargin initialMargin availableBalance"""
_ACCOUNT = f"""{_POSITION} {_ASSET} feeTier feeBurn canTrade canDeposit canWithdraw tradeGroupId
 totalPositionInitialMargin totalOpenOrderInitialMargin totalWalletBalance totalCrossWalletBalance totalCrossUnPnl"""

READERS = {
    "position_risk": (position_risk, _POSITION),
    "coinm_position_risk": (position_risk, _POSITION),
    "account": (account, _ACCOUNT),
    "coinm_account": (coinm_account, _ACCOUNT),
    "account_position": (account_position, _POSITION),
    "coinm_account_position": (coinm_account_position, _POSITION),
    "balance": (balance, _ASSET),
    "account_update": (account_update, "e E T m bc bep cr wb"),
    "symbol_config": (symbol_config, "isAutoAddMargin maxNotionalValue"),
    "position_mode": (position_mode, ""),
    "assets_mode": (assets_mode, ""),
    "brackets": (brackets, "bracket"),
}
