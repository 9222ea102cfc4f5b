"""Positions of Gate, Bitget, Kraken Futures and KuCoin, as each venue gives them (raw, or under ccxt's ``info``).

Their balances are read beside this, in ``wallets``.
"""

from decimal import Decimal

from ringfence.book import Figures
from ringfence.importers.dumps.part import Held, Part, behind, lot, side_of, without
from ringfence.importers.dumps.row import Row


def gate(rows: list[Row]) -> Part:
    """Return open positions of Gate. A leverage of 0 means cross, and the limit beside it is the leverage then."""
    part = Part(positions=[])
    held = part.positions = []
    for row in rows:
        quantity, symbol, mode = row.number("size"), row.named("contract"), row.word("mode")
        if not quantity:
            continue
        leverage = row.price("leverage")
        if mode.startswith("dual"):
            part.position_mode = "hedge"
        plain = {
            "symbol": symbol,
            "side": mode.removeprefix("dual_") if mode.startswith("dual") else side_of(quantity),
            "contracts": abs(quantity),
            "entry_price": row.price("entry_price"),
            "mark_price": row.price("mark_price"),
            "leverage": leverage or row.price("cross_leverage_limit"),
            "margin_mode": "isolated" if leverage else "cross",
            "opened": row.instant("open_time"),
        }
        figures = Figures(
            liquidation_price=row.price("liq_price"),
            maintenance_requirement=row.number("maintenance_margin"),
            initial_requirement=row.number("initial_margin"),
            unrealized_pnl=row.number("unrealised_pnl"),
            notional=row.number("value"),
        )
        size = lot(figures.notional, abs(quantity), row.price("mark_price"))
        held.append(Held(without(plain), f"{row.where} ({symbol})", row.number("margin"), figures, size))
    return part


def bitget(rows: list[Row]) -> Part:
    """Return open positions of Bitget, of its futures account or of its unified one."""
    part = Part(positions=[])
    held = part.positions = []
    for row in rows:
        quantity, symbol = row.number("total"), row.named("symbol")
        if not quantity:
            continue
        if "hedge" in row.word("posMode", "holdMode"):
            part.position_mode = "hedge"
        plain = {
            "symbol": symbol,
            "side": row.word("holdSide", "posSide"),
            "contracts": abs(quantity),
            "entry_price": row.price("openPriceAvg", "avgPrice"),
            "mark_price": row.price("markPrice"),
            "leverage": row.price("leverage"),
            "opened": row.instant("cTime", "createdTime"),
            "margin_mode": {"isolated": "isolated", "crossed": "cross"}.get(row.word("marginMode"), ""),
        }
        figures = Figures(
            liquidation_price=row.price("liquidationPrice"),
            unrealized_pnl=row.number("unrealizedPL", "unrealisedPnl"),
        )
        wallet = row.number("marginSize", "positionBalance")
        held.append(Held(without(plain), f"{row.where} ({symbol})", wallet, figures))
    return part


def kraken(rows: list[Row]) -> Part:
    """Return open positions of Kraken Futures. A fixed leverage is there for isolated ones only."""
    part = Part(positions=[])
    held = part.positions = []
    for row in rows:
        size, leverage = row.must("size"), row.price("maxFixedLeverage")
        symbol = row.named("symbol").upper()  # older answers have small letters
        if not size:
            continue
        plain = {
            "symbol": symbol,
            "side": row.word("side"),
            "contracts": abs(size),
            "entry_price": row.price("price"),
            "leverage": leverage,
            "margin_mode": "isolated" if leverage else "cross",
        }
        figures = Figures(unrealized_pnl=row.number("unrealizedPnl"))
        held.append(Held(without(plain), f"{row.where} ({symbol})", figures=figures))
    return part


def kucoin(rows: list[Row]) -> Part:
    """Return open positions of KuCoin.

    Its leverage of an isolated position moves with the price; the chosen one is the cost over what was put up at
    first. The fee to close is held back in the wallet.
    """
    part = Part(positions=[])
    held = part.positions = []
    for row in rows:
        quantity, symbol, cross = (
            row.number("currentQty") or Decimal(0),
            row.named("symbol"),
            row.truth("crossMode"),
        )
        if not quantity:
            continue
        cost, initial, fee = row.number("posCost"), row.price("posInit"), row.price("posComm")
        chosen = behind(cost, initial) if cost and initial and not cross else row.price("leverage")
        value = row.number("markValue")
        plain = {
            "symbol": symbol,
            "side": side_of(quantity),
            "contracts": abs(quantity),
            "entry_price": row.price("avgEntryPrice"),
            "mark_price": row.price("markPrice"),
            "leverage": None if chosen is None else round(chosen, 2),
            "margin_mode": "" if cross is None else "cross" if cross else "isolated",
            "opening_fee": None if cross else fee,
            "opened": row.instant("openingTimestamp"),
        }
        figures = Figures(
            liquidation_price=row.price("liquidationPrice"),
            maintenance_requirement=row.number("posMaint", "maintMargin"),
            initial_requirement=initial,
            unrealized_pnl=row.number("unrealisedPnl"),
            notional=None if value is None else abs(value),
        )
        size = lot(value, abs(quantity), row.price("markPrice"))
        held.append(Held(without(plain), f"{row.where} ({symbol})", row.number("posMargin"), figures, size))
    return part


_GATE = """cross_leverage_limit maintenance_rate realised_pnl realised_point history_pnl history_point
 last_close_pnl risk_limit leverage_max adl_ranking pending_orders close_order open_time update_time update_id
 trade_max_size leverage margin value mode pnl_pnl pnl_fund pnl_fee average_maintenance_rate voucher_id
 voucher_margin voucher_size risk_limit_table pid entry_price liq_price mark_price unrealised_pnl lever
 initial_margin maintenance_margin"""
_BITGET = """marginCoin available locked openDelegateSize posMode holdMode keepMarginRate marginRatio
 achievedProfits cTime uTime category frozen curRealisedPnl positionStatus mmr profitRate breakEvenPrice
 totalFunding openFeeTotal closeFeeTotal createdTime updatedTime totalFee deductedFee grant assetMode autoMargin
 takeProfit stopLoss takeProfitId stopLossId unrealizedPL unrealisedPnl liquidationPrice leverage openPriceAvg
 avgPrice markPrice marginSize positionBalance holdSide posSide marginMode"""
_KUCOIN = """id autoDeposit maintMarginReq riskLimit riskLimitLevel realLeverage delevPercentage
 openingTimestamp currentTimestamp currentCost currentComm unrealisedCost realisedGrossCost realisedCost isOpen
 posCost posCross posInit posComm posCommCommon posLoss posMargin posMaint posFunding realisedGrossPnl
 realisedPnl unrealisedPnlPcnt unrealisedRoePcnt leverage changeReason tax maintMargin posMaint bankruptPrice
 settleCurrency isInverse marginMode positionSide markValue tradeId maintainMargin maintMargin dealComm
 fundingFee avgEntryPrice liquidationPrice markPrice unrealisedPnl"""

READERS = {
    "gate": (gate, _GATE),
    "bitget": (bitget, _BITGET),
    "kraken": (kraken, "fillTime unrealizedFunding pnlCurrency"),
    "kucoin": (kucoin, _KUCOIN),
}
