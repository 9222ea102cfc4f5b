"""What BitMEX says of positions and of an account's wallets, in the smallest units of its coins."""

from decimal import Decimal

from ringfence.book import Figures
from ringfence.core.errors import BookError
from ringfence.importers.dumps.part import Balance, Held, Part, lot, side_of, without
from ringfence.importers.dumps.row import Row

_UNITS = {"XBT": -8, "XBt": -8, "USDt": -6, "USDT": -6}
"""Currency -> the power of ten of its smallest unit. XBt and USDt are those units by name."""


def _amount(row: Row, key: str) -> Decimal | None:
    """Return an amount in whole coins.

    Raises:
        BookError: the unit of its currency is not known.

    """
    number, currency = row.number(key), row.word("currency")
    if number is None:
        return None
    if currency not in _UNITS:
        raise BookError(
            row.place("currency"), f"the smallest unit of {currency!r} is not known here", "Leave the row out"
        )
    return number.scaleb(_UNITS[currency])


def positions(rows: list[Row]) -> Part:
    """Return open positions. What an isolated one has put up is its ``posMargin``: initial requirement, fees, extra."""
    part = Part(positions=[])
    held = part.positions = []
    for row in rows:
        quantity, symbol = row.number("currentQty"), row.named("symbol")
        if not quantity:
            continue
        plain = {
            "symbol": symbol,
            "side": side_of(quantity),
            "contracts": abs(quantity),
            "entry_price": row.price("avgEntryPrice"),
            "mark_price": row.price("markPrice"),
            "leverage": row.price("leverage"),
            "margin_mode": "cross" if row.truth("crossMargin") else "isolated",
            "opening_fee": _amount(row, "posComm"),
        }
        initial, fees = _amount(row, "posInit"), _amount(row, "posComm") or Decimal(0)
        figures = Figures(
            liquidation_price=row.price("liquidationPrice"),
            maintenance_requirement=_amount(row, "posMaint"),
            initial_requirement=None if initial is None else initial + fees,
            unrealized_pnl=_amount(row, "unrealisedPnl"),
            notional=None if (value := _amount(row, "markValue")) is None else abs(value),
        )
        size = lot(figures.notional, abs(quantity), row.price("markPrice"))
        held.append(Held(without(plain), f"{row.where} ({symbol})", _amount(row, "posMargin"), figures, size))
    return part


def wallet(rows: list[Row]) -> Part:
    """Return the wallets of an account, by currency."""
    part = Part(balances=[])
    for row in rows:
        currency, amount = row.named("currency"), _amount(row, "walletBalance")
        if amount and part.balances is not None:
            part.balances.append(Balance(currency, amount, "wallet", row.where))
        figures = Figures(
            equity=_amount(row, "marginBalance"),
            maintenance_requirement=_amount(row, "maintMargin"),
            initial_requirement=_amount(row, "initMargin"),
            unrealized_pnl=_amount(row, "unrealisedPnl"),
            available=_amount(row, "availableMargin"),
        )
        if figures.equity:
            part.assets[currency] = figures
    return part


_POSITION = """currency underlying quoteCurrency commission initMarginReq maintMarginReq riskLimit riskLimitTier
 deleveragePercentile rebalancedPnl prevRealisedPnl prevUnrealisedPnl prevClosePrice openingTimestamp openingQty
 openingCost openingComm openOrderBuyQty openOrderBuyCost openOrderBuyPremium openOrderSellQty openOrderSellCost
 openOrderSellPremium execBuyQty execBuyCost execSellQty execSellCost execQty execCost execComm currentTimestamp
 currentCost currentComm realisedCost unrealisedCost grossOpenCost grossOpenPremium grossExecCost isOpen markValue
 riskValue homeNotional foreignNotional posState posCost posCost2 posCross posInit posComm posLoss posMargin posMaint
 posAllowance taxableMargin initMargin maintMargin sessionMargin targetExcessMargin varMargin realisedGrossPnl
 realisedTax realisedPnl unrealisedGrossPnl longBankrupt shortBankrupt taxBase indicativeTaxRate indicativeTax
 unrealisedTax unrealisedPnl unrealisedPnlPcnt unrealisedRoePcnt simpleQty simpleCost simpleValue simplePnl
 simplePnlPcnt avgCostPrice breakEvenPrice marginCallPrice liquidationPrice bankruptPrice timestamp lastPrice
 lastValue strategy leverage markPrice avgEntryPrice crossMargin"""
_WALLET = """account riskLimit amount prevState state action pendingCredit pendingDebit confirmedDebit
 prevRealisedPnl prevUnrealisedPnl grossComm grossOpenCost grossOpenPremium grossExecCost grossMarkValue riskValue
 taxableMargin sessionMargin targetExcessMargin varMargin realisedPnl indicativeTax unrealisedProfit syntheticMargin
 marginBalancePcnt marginLeverage marginUsedPcnt excessMargin excessMarginPcnt withdrawableMargin timestamp
 grossLastValue commission foreignMarginBalance foreignRequirement makerFeeDiscount takerFeeDiscount"""

READERS = {"positions": (positions, f"{_POSITION} account"), "wallet": (wallet, _WALLET)}
