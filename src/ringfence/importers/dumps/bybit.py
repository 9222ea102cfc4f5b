"""What Bybit's fifth version says: positions, wallet, the account's own mode, risk limits.

The margin mode belongs to the account, so a position's row does not tell it: ``tradeMode`` is 0 in a unified
account whatever the mode. A 1 comes from a classic account and means isolated.
"""

from ringfence.book import Figures
from ringfence.core.errors import BookError
from ringfence.importers.dumps.part import Balance, Held, Part, behind, without
from ringfence.importers.dumps.row import Row

_MODES = {"REGULAR_MARGIN": "cross", "ISOLATED_MARGIN": "isolated", "PORTFOLIO_MARGIN": "cross"}


def positions(rows: list[Row]) -> Part:
    """Return open positions. What an isolated one has put up is its ``positionBalance``, or else ``positionIM``."""
    part = Part(positions=[])
    held = part.positions = []
    for row in rows:
        size, side = row.must("size"), row.word("side")
        if not size or not side:
            continue
        if row.number("positionIdx"):
            part.position_mode = "hedge"
        initial = row.number("positionIM", "positionIMByMp")
        plain = {
            "symbol": row.named("symbol"),
            "side": "long" if side == "Buy" else "short",
            "contracts": size,
            "entry_price": row.price("avgPrice", "entryPrice"),
            "mark_price": row.price("markPrice"),
            "leverage": row.price("leverage"),
            "opened": row.instant("openTime"),
            "margin_mode": "isolated" if row.number("tradeMode") else "",
        }
        figures = Figures(
            liquidation_price=row.price("liqPrice"),
            maintenance_requirement=row.number("positionMM", "positionMMByMp"),
            initial_requirement=initial,
            unrealized_pnl=row.number("unrealisedPnl"),
            notional=row.number("positionValue"),
        )
        wallet = row.price("positionBalance") or initial
        held.append(Held(without(plain), f"{row.where} ({plain['symbol']})", wallet, figures))
    return part


def wallet(rows: list[Row]) -> Part:
    """Return the coins of an account. A coin's index price is what its equity is said to be worth."""
    if len(rows) > 1:
        raise BookError(rows[1].where, "the answer holds two accounts", "Read one account at a time")
    row = rows[0]
    part = Part(balances=[], account_mode="classic" if row.word("accountType") == "CONTRACT" else "unified")
    part.figures = Figures(
        maintenance_requirement=row.number("totalMaintenanceMargin", "totalMaintenanceMarginByMp"),
        initial_requirement=row.number("totalInitialMargin", "totalInitialMarginByMp"),
        unrealized_pnl=row.number("totalPerpUPL"),
        equity=row.number("totalMarginBalance"),
        available=row.number("totalAvailableBalance"),
        margin_ratio=row.number("accountMMRate", "accountMMRateByMp"),
    )
    for coin in row.rows("coin"):
        _add_coin(part, coin)
    return part


def _add_coin(part: Part, row: Row) -> None:
    name = row.named("coin")
    amount = row.must("walletBalance") - (row.number("spotBorrow") or 0)
    equity, worth = row.number("equity"), row.number("usdValue")
    if amount and part.balances is not None:
        part.balances.append(Balance(name, amount, "wallet", row.where))
        if equity and worth:
            part.indices[name] = behind(worth, equity)
        if row.truth("marginCollateral") and row.truth("collateralSwitch") is False:
            part.collateral_off.append(name)
    if equity:
        part.assets[name] = Figures(
            maintenance_requirement=row.number("totalPositionMM"),
            initial_requirement=row.number("totalPositionIM"),
            unrealized_pnl=row.number("unrealisedPnl"),
            equity=equity,
        )


def account_info(rows: list[Row]) -> Part:
    """Return the margin mode of the account."""
    mode, status = rows[0].word("marginMode"), rows[0].number("unifiedMarginStatus")
    account = "classic" if status == 1 else "portfolio" if mode == "PORTFOLIO_MARGIN" else "unified"
    return Part(account_mode=account, margin_mode=_MODES.get(mode, ""))


def risk_limits(rows: list[Row]) -> Part:
    """Return tier rows. A row tells where its tier ends."""
    part = Part()
    ends: dict[str, object] = {}
    for row in sorted(rows, key=lambda row: (row.named("symbol"), row.must("riskLimitValue"))):
        symbol, end = row.named("symbol"), row.must("riskLimitValue")
        plain = {
            "symbol": symbol,
            "floor": ends.get(symbol, "0"),
            "cap": end,
            "maintenance_rate": row.must("maintenanceMargin"),
            "deduction": row.number("mmDeduction") or 0,
            "initial_rate": row.must("initialMargin"),
        }
        ends[symbol] = end
        part.tiers.append(plain)
    return part


_POSITION = """riskId riskLimitValue tradeMode positionStatus autoAddMargin adlRankIndicator breakEvenPrice
 bustPrice positionMMByMp positionIMByMp tpslMode takeProfit stopLoss trailingStop sessionAvgPrice delta gamma
 vega theta curRealisedPnl cumRealisedPnl activePrice tpSlMode tpSLMode occClosingFee createdAt updatedAt
 deleverageIndicator sessionRPL sessionUPL orderMargin createdTime updatedTime openTime seq isReduceOnly
 mmrSysUpdatedTime mmrSysUpdateTime leverageSysUpdatedTime entryPrice positionBalance positionIM positionMM
 avgPrice liqPrice leverage markPrice symbol unrealisedPnl positionValue category positionIdx"""
_WALLET = """accountIMRate accountIMRateByMp accountMMRateByMp accountLTV totalEquity totalWalletBalance
 totalInitialMarginByMp totalMaintenanceMarginByMp locked spotHedgingQty borrowAmount accruedInterest
 totalOrderIM cumRealisedPnl bonus colRes free availableToWithdraw availableToBorrow marginCollateral
 collateralSwitch totalPositionMM totalPositionIM unrealisedPnl accountMMRate accountType"""
_INFO = "updatedTime dcpStatus timeWindow smpGroup isMasterTrader spotHedgingStatus"

READERS = {
    "positions": (positions, _POSITION),
    "wallet": (wallet, _WALLET),
    "account_info": (account_info, _INFO),
    "risk_limits": (risk_limits, "id isLowestRisk maxLeverage section"),
}
