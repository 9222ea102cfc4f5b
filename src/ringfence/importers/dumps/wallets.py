"""What Gate, Bitget, Kraken Futures and KuCoin say of the money in an account.

Each venue's total holds something else. Gate and KuCoin: what was paid in and realised, without unrealised P&L.
Bitget: equity. Kraken: quantities of coins. In none of them are isolated positions taken off.
"""

from decimal import Decimal

from ringfence.book import Figures
from ringfence.importers.dumps.part import Balance, BalanceKind, Part, behind
from ringfence.importers.dumps.row import Row

_UNIFIED = "it is a unified account, which is not judged yet"


def gate(rows: list[Row]) -> Part:
    """Return the balance of Gate's futures account. A number names its margin mode; 0 is the classic one."""
    part = Part(balances=[])
    for row in rows:
        if row.number("margin_mode"):
            part.refused = _UNIFIED
        hedge = row.truth("in_dual_mode")
        if hedge is not None:
            part.position_mode = "hedge" if hedge else "one-way"
        profit, total = row.number("unrealised_pnl"), row.must("total")
        _add(part, row, row.named("currency"), total, "wallet")
        figures = Figures(
            equity=None if profit is None else total + profit,
            unrealized_pnl=profit,
            maintenance_requirement=row.number("maintenance_margin"),
            available=row.number("available"),
        )
        _state(part, row.named("currency"), figures)
        if row.number("order_margin") == 0 and not row.number("cross_order_margin"):
            part.orders = []
    return part


def bitget(rows: list[Row]) -> Part:
    """Return the equity of Bitget's futures account, by margin coin."""
    part = Part(balances=[])
    for row in rows:
        coin, equity = row.named("marginCoin"), row.must("accountEquity")
        if mode := row.word("assetMode"):
            part.account_mode = "multi-asset" if mode in {"union", "multi_assets"} else "single-asset"
        if mode := row.word("posMode"):
            part.position_mode = "hedge" if "hedge" in mode else "one-way"
        _add(part, row, coin, equity, "equity")
        profit = row.number("unrealizedPL")
        _state(part, coin, Figures(equity=equity, unrealized_pnl=profit, available=row.number("available")))
    return part


def bitget_unified(rows: list[Row]) -> Part:
    """Return the coins of Bitget's unified account, which stand behind all positions together."""
    row = rows[0]
    part = Part(balances=[])
    part.presumed = ("multi-asset", "whether one coin or all stand behind a position is not in these files")
    part.figures = Figures(
        equity=row.number("effEquity"),
        maintenance_requirement=row.number("mmr"),
        initial_requirement=row.number("imr"),
        unrealized_pnl=row.number("unrealisedPnl"),
        margin_ratio=row.number("mgnRatio"),
    )
    for asset in row.rows("assets"):
        coin, equity, worth = asset.named("coin"), asset.must("equity"), asset.number("usdValue")
        _add(part, asset, coin, equity, "equity")
        if equity and worth:
            part.indices[coin] = behind(worth, equity)
        _state(part, coin, Figures(equity=equity, available=asset.number("available")))
    return part


def kraken(rows: list[Row]) -> Part:
    """Return the coins of Kraken's multi-collateral wallet. A coin's index is what it is said to be worth."""
    row = rows[0]
    part = Part(balances=[])
    part.figures = Figures(
        equity=row.number("marginEquity"),
        maintenance_requirement=row.number("maintenanceMargin"),
        initial_requirement=row.number("initialMargin"),
        unrealized_pnl=row.number("pnl"),
        available=row.number("availableMargin"),
    )
    coins = row.inner("currencies")
    for name in coins.names():
        coin = coins.inner(name)
        amount, worth = coin.must("quantity"), coin.number("value")
        _add(part, coin, name.upper(), amount, "wallet")
        if amount and worth and name.upper() != "USD":
            part.indices[name.upper()] = behind(worth, amount)
    part.account_mode = "multi-collateral" if part.balances else ""
    return part


def kraken_single(rows: list[Row]) -> Part:
    """Return what Kraken's wallet of one inverse contract holds; nothing where it is empty."""
    part = Part(balances=[])
    for row in rows:
        coins, beside = row.inner("balances"), row.inner("auxiliary")
        for name in coins.names():
            _add(part, coins, name.upper(), coins.must(name), "wallet")
        need = row.inner("marginRequirements")
        figures = Figures(
            equity=beside.number("pv"),
            unrealized_pnl=beside.number("pnl"),
            available=beside.number("af"),
            initial_requirement=need.number("im"),
            maintenance_requirement=need.number("mm"),
        )
        _state(part, row.named("currency").upper(), figures)
    part.account_mode = "single-collateral" if part.balances else ""
    return part if part.balances else Part()


def kraken_cash(rows: list[Row]) -> Part:
    """Return nothing: Kraken's cash wallet stands behind no contract."""
    wallets = [row.inner("balances") for row in rows]
    held = [amount for wallet in wallets for name in wallet.names() if (amount := wallet.number(name))]
    return Part(notes=["the cash wallet stands behind no contract: left out"] if held else [])


def kucoin(rows: list[Row]) -> Part:
    """Return the balance of KuCoin's futures account, by currency."""
    part = Part(balances=[])
    for row in rows:
        currency, equity = row.named("currency"), row.number("accountEquity")
        _add(part, row, currency, row.must("marginBalance"), "wallet")
        figures = Figures(
            equity=equity,
            unrealized_pnl=row.number("unrealisedPNL"),
            available=row.number("availableBalance"),
        )
        _state(part, currency, figures)
        if row.number("orderMargin") == 0:
            part.orders = []
    return part


def _add(part: Part, row: Row, asset: str, amount: Decimal, kind: BalanceKind) -> None:
    """Add an amount to the balances of a part, if there is any."""
    if amount and part.balances is not None:
        part.balances.append(Balance(asset, amount, kind, row.where))


def _state(part: Part, asset: str, figures: Figures) -> None:
    """Keep what the venue says of an asset that is held."""
    if figures.equity:
        part.assets[asset] = figures


_GATE = """point bonus history position_margin order_margin enable_evolved_classic cross_initial_margin
 cross_maintenance_margin cross_unrealised_pnl cross_available isolated_position_margin enable_new_dual_mode
 enable_tiered_mm position_initial_margin cross_margin_balance cross_mmr cross_imr position_mode enable_credit
 enable_dual_plus enable_hedge_mode update_id update_time cross_settle cross_order_margin"""
_BITGET = """locked available crossedMaxAvailable isolatedMaxAvailable maxTransferOut usdtEquity btcEquity
 crossedRiskRate coupon crossedUnrealizedPL isolatedUnrealizedPL unrealizedPL crossedMarginLeverage isolatedLongLever
 isolatedShortLever marginMode grant unionTotalMargin unionAvailable unionMm assetList isolatedMargin crossedMargin
 longLeverage shortLeverage crossedMode crossedLeverage"""
_BITGET_UNIFIED = """accountEquity usdtEquity btcEquity usdtUnrealisedPnl btcUnrealizedPnl positionMgnRatio balance debt
 locked bonus available borrow interest"""
_KRAKEN = """initialMarginWithOrders balanceValue portfolioValue collateralValue collateral unrealizedFunding
 totalUnrealized totalUnrealizedAsMargin available type haircut conversion_spread"""
_KUCOIN = "positionMargin orderMargin frozenFunds riskRatio maxWithdrawAmount"

READERS = {
    "gate": (gate, _GATE),
    "bitget": (bitget, _BITGET),
    "bitget_unified": (bitget_unified, _BITGET_UNIFIED),
    "kraken": (kraken, _KRAKEN),
    "kraken_single": (kraken_single, "type triggerEstimates usd funding lt tt"),
    "kraken_cash": (kraken_cash, "type"),
    "kucoin": (kucoin, _KUCOIN),
}
