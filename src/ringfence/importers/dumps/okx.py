"""What OKX's fifth version says: positions, balance, the account's configuration, position tiers.

Sizes are counted in contracts. Cash in the balance does not hold what isolated positions have put up.
"""

from decimal import Decimal

from ringfence.book import Figures
from ringfence.core.errors import BookError
from ringfence.importers.dumps.part import Balance, Held, Part, behind, lot, side_of, without
from ringfence.importers.dumps.row import Row

_LEVELS = {"1": "single-currency", "2": "single-currency", "3": "multi-currency", "4": "portfolio"}
_CONTRACTS = {"SWAP", "FUTURES", "OPTION", ""}


def positions(rows: list[Row]) -> Part:
    """Return open positions. Leverage and wallet are those of the row; P&L is not in an isolated ``margin``."""
    part = Part(positions=[])
    held = part.positions = []
    for row in rows:
        quantity, leg, symbol = row.number("pos"), row.word("posSide"), row.named("instId")
        if not quantity:
            continue
        if row.word("instType") not in _CONTRACTS:
            kind = row.word("instType").lower()
            raise BookError(
                f"{row.where} ({symbol})",
                f"a position of the kind {kind} is not judged yet",
                "Leave the row out",
            )
        if leg in {"long", "short"}:
            part.position_mode = "hedge"
        entry, mark = row.price("avgPx"), row.price("markPx")
        plain = {
            "symbol": symbol,
            "side": leg if leg in {"long", "short"} else side_of(quantity),
            "contracts": abs(quantity),
            "entry_price": entry,
            "mark_price": mark,
            "leverage": row.price("lever"),
            "opened": row.instant("cTime"),
            "margin_mode": row.word("mgnMode"),
        }
        is_option, index = row.word("instType") == "OPTION", row.price("idxPx")
        if is_option and index is not None:
            part.indices[symbol.partition("-")[0]] = index
        figures = Figures(
            liquidation_price=row.price("liqPx"),
            maintenance_requirement=row.number("mmr"),
            initial_requirement=row.number("imr"),
            unrealized_pnl=row.number("upl"),
            notional=row.number("notionalUsd"),
            margin_ratio=row.number("mgnRatio"),
        )
        size = _size(row, symbol, abs(quantity), index if is_option else mark)
        held.append(Held(without(plain), f"{row.where} ({symbol})", row.number("margin"), figures, size))
    return part


def _size(row: Row, symbol: str, contracts: Decimal, mark: Decimal | None) -> Decimal | None:
    """Return the contract size behind the value in dollars.

    linear    value = contracts * size * mark * price of the settlement coin
    inverse   value = contracts * size
    option    value = contracts * size * index
    """
    if row.word("instType") == "OPTION":
        return lot(row.number("notionalUsd"), contracts, mark)
    coin = row.number("usdPx") or Decimal(1)
    price = Decimal(1) if "-USD-" in symbol else None if mark is None else mark * coin
    return lot(row.number("notionalUsd"), contracts, price)


def balance(rows: list[Row]) -> Part:
    """Return cash by currency, with index prices and the switches of collateral."""
    row = rows[0]
    part = Part(balances=[])
    adjusted = row.number("adjEq")
    if adjusted is None:
        part.account_mode = "single-currency"
    else:
        part.presumed = (
            "multi-currency",
            "the account level (acctLv) is not in these files, only adjusted equity",
        )
    part.figures = Figures(
        maintenance_requirement=row.number("mmr"),
        initial_requirement=row.number("imr"),
        unrealized_pnl=row.number("upl"),
        equity=adjusted,
        available=row.number("availEq"),
        margin_ratio=row.number("mgnRatio"),
    )
    for detail in row.rows("details"):
        _add_currency(part, detail)
    return part


def _add_currency(part: Part, row: Row) -> None:
    name, cash = row.named("ccy"), row.must("cashBal")
    price, equity, worth = row.price("coinUsdPrice"), row.number("eq"), row.number("eqUsd")
    if cash and part.balances is not None:
        part.balances.append(Balance(name, cash, "shared", row.where))
        if price is None and equity and worth:
            price = behind(worth, equity)
        if price is not None:
            part.indices[name] = price
        if row.truth("collateralEnabled") is False:
            part.collateral_off.append(name)
    if equity:
        part.assets[name] = Figures(
            maintenance_requirement=row.number("mmr"),
            initial_requirement=row.number("imr"),
            unrealized_pnl=row.number("upl"),
            equity=equity,
            available=row.number("availEq"),
            margin_ratio=row.number("mgnRatio"),
        )


def config(rows: list[Row]) -> Part:
    """Return the account's level and whether it holds long and short of one contract."""
    level = str(rows[0].any_of("acctLv"))
    hedge = rows[0].word("posMode") == "long_short_mode"
    return Part(account_mode=_LEVELS.get(level, ""), position_mode="hedge" if hedge else "one-way")


def tiers(rows: list[Row]) -> Part:
    """Return tier rows. A lot above the end of one tier is the beginning of the next."""
    part = Part()
    ends: dict[str, Decimal] = {}
    for row in sorted(rows, key=lambda row: (row.word("instFamily"), row.must("maxSz"))):
        symbol = row.word("instId") or f"{row.word('instFamily', 'uly')}-SWAP"
        plain = {
            "symbol": symbol,
            "floor": ends.get(symbol, Decimal(0)),
            "cap": row.must("maxSz"),
            "unit": "contracts",
            "maintenance_rate": row.must("mmr"),
            "initial_rate": row.must("imr"),
        }
        ends[symbol] = row.must("maxSz")
        part.tiers.append(plain)
    return part


_POSITION = """posId availPos posCcy ccy last idxPx bePx uplRatio uplLastPx uplRatioLastPx pnl realizedPnl fee
 fundingFee liqPenalty interest liab liabCcy optVal pendingCloseOrdLiabVal baseBal quoteBal baseBorrowed quoteBorrowed
 baseInterest quoteInterest spotInUseAmt spotInUseCcy clSpotInUseAmt maxSpotInUseAmt adl tradeId deltaBS deltaPA
 gammaBS gammaPA thetaBS thetaPA vegaBS vegaPA closeOrderAlgo cTime uTime bizRefId bizRefType pTime hedgedPos settledPnl
 instType margin imr mmr mgnRatio notionalUsd usdPx upl liqPx lever markPx avgPx mgnMode nonSettleAvgPx"""
_BALANCE = """totalEq isoEq ordFroz borrowFroz notionalUsd notionalUsdForBorrow notionalUsdForSwap
 notionalUsdForFutures notionalUsdForOption uTime disEq availBal frozenBal ordFrozen isoUpl liab crossLiab isoLiab
 uplLiab interest maxLoan notionalLever twap fixedBal stgyEq spotInUseAmt clSpotInUseAmt maxSpotInUseAmt spotIsoBal
 spotBal openAvgPx accAvgPx spotUpl spotUplRatio totalPnl totalPnlRatio rewardBal smtSyncEq spotCopyTradingEq
 colBorrAutoConversion collateralRestrict collateralEnabled eqUsd coinUsdPrice mmr imr upl availEq mgnRatio delta
 deltaLever deltaNeutralStatus autoLendStatus autoLendMtAmt autoStakingStatus"""
_CONFIG = """autoLoan ctIsoMode greeksType level levelTmp mgnIsoMode spotOffsetType roleType traderInsts spotRoleType
 spotTraderInsts opAuth kycLv liquidationGear enableSpotBorrow spotBorrowAutoRepay perm type acctStpMode feeType
 settleCcy settleCcyList stgyType label"""
_TIERS = "tier minSz maxLever optMgnFactor quoteMaxLoan baseMaxLoan uly"

READERS = {
    "positions": (positions, _POSITION),
    "balance": (balance, _BALANCE),
    "config": (config, _CONFIG),
    "tiers": (tiers, _TIERS),
}
