"""The table of shapes: by which keys each is known, where it comes from, and who reads it.

A shape is known by the names in it, never by the name of its file. Of several that fit, the one that names most
holds. What a shape needs is a fact of its venue's or library's public documentation.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Final, Protocol, cast

from ringfence.core.errors import BookError
from ringfence.importers.dumps.part import Part
from ringfence.importers.dumps.row import Row


@dataclass(frozen=True, slots=True)
class Shape:
    """What a payload must have to be of this shape, and how it is read.

    id       family and name; the family is the module beside this one that reads it
    needs    keys that every row has
    venue    the pack of its venue; "": the payload does not say
    refused  why it cannot be read as an account
    alone    an account has one of it: two are two accounts, and no list
    lacks    keys that no row has: those of another shape that has all of these keys too
    within   a key, and what every row of the list under it has
    """

    id: str
    needs: frozenset[str]
    venue: str = ""
    refused: str = ""
    alone: bool = False
    lacks: frozenset[str] = frozenset()
    within: tuple[str, frozenset[str]] = ("", frozenset())

    def fits(self, names: frozenset[str], rows: Sequence[Mapping[str, Any]]) -> bool:
        """Return whether rows that have some names in common are of this shape."""
        if not self.needs <= names or self.lacks & names:
            return False
        key, inner = self.within
        return not key or all(_lists(row.get(key), inner) for row in rows)


def _lists(value: object, needs: frozenset[str]) -> bool:
    """Return whether a value is a list of tables that all have some names."""
    return isinstance(value, list | tuple) and all(
        isinstance(item, Mapping) and needs <= item.keys() for item in value
    )


class Reader(Protocol):
    """What reads the rows of one shape."""

    def __call__(self, rows: list[Row]) -> Part:
        """Return what the rows say."""


def _shape(name: str, needs: str, venue: str = "", refused: str = "") -> Shape:
    return Shape(name, frozenset(needs.split("|") if "|" in needs else needs.split()), venue, refused)


def _one(name: str, needs: str, venue: str = "") -> Shape:
    return replace(_shape(name, needs, venue), alone=True)


def _without(lacks: str, shape: Shape) -> Shape:
    return replace(shape, lacks=frozenset(lacks.split()))


def _with_rows(key: str, needs: str, shape: Shape) -> Shape:
    return replace(shape, within=(key, frozenset(needs.split())))


_ALIKE_MIN = 2
"""Of one name alone nothing is guessed."""

_USDM, _COINM, _PM = "binance-usdm", "binance-coinm", "binance-pm"
_LEDGER = (
    "it lists movements of cash or trades, not what is held: export the positions and the balance instead"
)
_SPOT = "it is a spot or funding wallet, which stands behind no contract"
_CLOSED = "it lists closed positions, not what is held"
_OPTIONS = "positions in options of this venue are not read yet"
_UNIFIED = "unified accounts of this venue are not judged yet"
_LENDING = "accounts of lending protocols are not judged yet"

SHAPES: Final = (
    # --- ccxt ------------------------------------------------------------------------------------
    _shape("ccxt.positions", "symbol contracts side entryPrice"),
    _one("ccxt.balance", "free used total"),
    _shape("ccxt.tiers", "minNotional maintenanceMarginRate maxLeverage"),
    _shape("ccxt.markets", "symbol base quote settle contractSize"),
    _shape("ccxt.margin_modes", "info symbol marginMode"),
    _shape("ccxt.orders", "symbol side price amount remaining status"),
    _shape("ccxt.tickers", "symbol markPrice indexPrice"),
    _shape("ccxt.greeks", "symbol markImpliedVolatility underlyingPrice"),
    # --- Binance ---------------------------------------------------------------------------------
    _shape("binance.position_risk", "symbol positionAmt unRealizedProfit", _USDM),
    _shape("binance.coinm_position_risk", "symbol positionAmt unRealizedProfit notionalValue", _COINM),
    _shape("binance.coinm_position_risk", "symbol positionAmt unRealizedProfit maxQty", _COINM),
    _one("binance.account", "totalWalletBalance totalMaintMargin assets positions", _USDM),
    _one("binance.coinm_account", "assets positions canTrade", _COINM),
    _without("withdrawAvailable", _shape("binance.balance", "asset balance crossWalletBalance crossUnPnl", _USDM)),
    _shape("binance.balance", "asset balance crossWalletBalance withdrawAvailable", _COINM),
    _shape("binance.account_position", "symbol positionAmt unrealizedProfit", _USDM),
    _shape("binance.coinm_account_position", "symbol positionAmt unrealizedProfit maxQty", _COINM),
    _shape("binance.coinm_account_position", "symbol positionAmt unrealizedProfit notionalValue", _COINM),
    _one("binance.account_update", "e a E", _USDM),
    _without(
        "positionAmt",
        _shape("binance.symbol_config", "symbol marginType leverage isAutoAddMargin maxNotionalValue", _USDM),
    ),
    _one("binance.position_mode", "dualSidePosition"),
    _one("binance.assets_mode", "multiAssetsMargin", _USDM),
    _shape("binance.brackets", "symbol brackets"),
    _shape("binance.spot_account", "balances canTrade", "", "it is a spot account, which stands behind no contract"),
    _one("portfolio.account", "uniMMR accountEquity", _PM),
    _shape("portfolio.balance", "asset umWalletBalance crossMarginAsset", _PM),
    _shape("portfolio.option_positions", "symbol positionCost optionSide", "binance-options"),
    _shape("portfolio.option_account", "asset marginBalance equity lpProfit", "binance-options"),
    # --- Bybit -----------------------------------------------------------------------------------
    _shape("bybit.positions", "symbol side size avgPrice positionIdx", "bybit"),
    _shape("bybit.positions", "symbol side size entryPrice positionValue riskId", "bybit"),
    _one("bybit.wallet", "accountType totalEquity coin", "bybit"),
    _one("bybit.account_info", "marginMode unifiedMarginStatus", "bybit"),
    _shape("bybit.risk_limits", "symbol riskLimitValue maintenanceMargin initialMargin isLowestRisk", "bybit"),
    _shape("bybit.transactions", "transactionTime cashFlow cashBalance", "bybit", _LEDGER),
    # --- OKX -------------------------------------------------------------------------------------
    _shape("okx.positions", "instId mgnMode pos avgPx", "okx"),
    _one("okx.balance", "details totalEq", "okx"),
    _one("okx.config", "acctLv posMode", "okx"),
    _shape("okx.tiers", "instFamily tier minSz maxSz mmr imr", "okx"),
    # --- Hyperliquid and dYdX --------------------------------------------------------------------
    _one("hyperliquid.state", "assetPositions marginSummary", "hyperliquid"),
    _shape("hyperliquid.position", "type position", "hyperliquid"),
    _with_rows("balances", "coin total", _one("hyperliquid.spot_state", "balances", "hyperliquid")),
    _one("hyperliquid.abstraction", "abstraction", "hyperliquid"),
    _one("hyperliquid.abstraction", "userAbstraction", "hyperliquid"),
    _one("hyperliquid.meta", "universe marginTables", "hyperliquid"),
    _shape("dydx.subaccount", "openPerpetualPositions assetPositions", "dydx"),
    _shape("dydx.positions", "market status side size entryPrice sumOpen", "dydx"),
    _shape("dydx.parent", "childSubaccounts", "dydx"),
    _shape("dydx.markets", "ticker oraclePrice", "dydx"),
    # --- Deribit and BitMEX ----------------------------------------------------------------------
    _one("derive.subaccount", "subaccount_id margin_type collaterals positions subaccount_value", "derive"),
    _shape("derive.tickers", "instrument_name mark_price option_pricing", "derive"),
    _shape("deribit.positions", "instrument_name direction size average_price", "deribit"),
    _shape("deribit.summary", "currency equity margin_balance maintenance_margin", "deribit"),
    _without("direction", _shape("deribit.quotes", "instrument_name mark_price open_interest", "deribit")),
    _shape("bitmex.positions", "symbol currentQty avgEntryPrice crossMargin", "bitmex"),
    _shape("bitmex.wallet", "currency walletBalance marginBalance maintMargin", "bitmex"),
    # --- other venues ----------------------------------------------------------------------------
    _shape("others.gate", "contract size entry_price liq_price", "gate"),
    _shape("others.bitget", "symbol marginCoin holdSide openPriceAvg", "bitget"),
    _shape("others.bitget", "symbol marginCoin holdMode posSide avgPrice", "bitget"),
    _shape("others.kraken", "symbol side price size fillTime", "kraken"),
    _shape("others.kucoin", "symbol currentQty avgEntryPrice crossMode", "kucoin"),
    _shape("wallets.gate", "currency total unrealised_pnl position_margin order_margin available", "gate"),
    _shape("wallets.bitget", "marginCoin accountEquity available", "bitget"),
    _one("wallets.bitget_unified", "accountEquity effEquity assets", "bitget"),
    _one("wallets.kraken", "currencies portfolioValue collateralValue marginEquity", "kraken"),
    _shape("wallets.kraken_single", "balances auxiliary marginRequirements currency", "kraken"),
    _one("wallets.kraken_cash", "balances type", "kraken"),
    _shape("wallets.kucoin", "currency accountEquity marginBalance positionMargin unrealisedPNL", "kucoin"),
    _shape("htx.positions", "contract_code volume cost_open direction lever_rate", "htx"),
    _shape("htx.positions", "contract_code volume open_avg_price direction lever_rate", "htx"),
    _shape("htx.account", "margin_balance margin_static margin_position", "htx"),
    _one("htx.unified", "state equity details available_margin", "htx"),
    _shape("coinex.positions", "market side open_interest avg_entry_price margin_mode", "coinex"),
    _shape("coinex.balance", "ccy available frozen margin unrealized_pnl", "coinex"),
    _shape("others.gate_unified", "balances unified_account_total", "gate", _UNIFIED),
    _shape("others.kucoin_unified", "accountType accounts ts", "kucoin", _UNIFIED),
    _shape("others.mexc", "symbol holdVol openType positionType", "mexc", "there is no rule pack for MEXC yet"),
    _shape("others.derive", "subaccount_value margin_type", "derive", "there is no rule pack for Derive yet"),
    _shape("others.lighter", "cross_asset_value positions", "lighter", "there is no rule pack for Lighter yet"),
    _shape("others.aave", "totalCollateralBase healthFactor", "aave", _LENDING),
    _shape("others.tastytrade", "margin-calculation-type", "", "shares and listed options are not judged"),
    # --- what stands behind no contract, or is over ----------------------------------------------
    _shape("other.spot", "asset free locked", refused=_SPOT),
    _shape("other.spot", "accountType balance", "bybit", _SPOT),
    _shape("other.spot", "ccy bal availBal frozenBal", "okx", _SPOT),
    _shape("other.spot", "ccy available frozen", "coinex", _SPOT),
    _shape("other.spot", "currency available locked", "gate", _SPOT),
    _shape("other.spot", "coin available frozen uTime", "bitget", _SPOT),
    _shape("other.spot", "currency balance available holds", "kucoin", _SPOT),
    _shape("other.closed", "instId closeAvgPx", "okx", _CLOSED),
    _shape("other.closed", "symbol closedSize closedPnl", "bybit", _CLOSED),
    _shape("other.closed", "symbol closeTotalPos", "bitget", _CLOSED),
    _shape("other.closed", "symbol closeId", "kucoin", _CLOSED),
    _shape("other.closed", "contract long_price pnl", "gate", _CLOSED),
    _shape("other.options", "contract size mark_iv", "gate", _OPTIONS),
    # --- bots and frameworks ---------------------------------------------------------------------
    _shape("freqtrade.trades", "pair open_rate stake_amount is_open is_short"),
    _one("freqtrade.config", "stake_currency exchange dry_run"),
    _shape("fills.hummingbot", "market symbol trade_type price amount position"),
    _shape("fills.hyperliquid", "time coin dir px sz", "hyperliquid"),
    _shape("nautilus.account_state", "account_type balances margins"),
    # --- spreadsheets ----------------------------------------------------------------------------
    _shape("spreadsheet.positions", "symbol quantity entry_price"),
    _shape("spreadsheet.ledger", "UTC_Time Account Operation Coin Change", refused=_LEDGER),
    _shape("spreadsheet.ledger", "Date(UTC) type Amount Asset", refused=_LEDGER),
    _shape("spreadsheet.ledger", "Currency Contract Type Direction Change", refused=_LEDGER),
    _shape("spreadsheet.ledger", "Order id|Trade Type|Instrument", refused=_LEDGER),
    _shape("spreadsheet.ledger", "UserSeq Instrument Type Change Balance", refused=_LEDGER),
    _shape("spreadsheet.ledger", "txid refid time type asset amount", refused=_LEDGER),
)  # fmt: skip


def shape_of(rows: Sequence[Mapping[str, Any]]) -> Shape | None:
    """Return the shape of which all rows are, or None. Of several the one that needs most."""
    if not rows:
        return None
    common = frozenset.intersection(*(frozenset(map(str, row)) for row in rows))
    fitting = [shape for shape in SHAPES if shape.fits(common, rows)]
    best = max(fitting, key=lambda shape: len(shape.needs), default=None)
    return None if best is not None and best.alone and len(rows) > 1 else best


def nearest_shape(rows: Iterable[Mapping[str, Any]]) -> tuple[Shape, list[str]] | None:
    """Return the shape that some rows almost have, and the names they lack; None where too little is there."""
    names = {str(name) for row in rows for name in row}
    near = [shape for shape in SHAPES if len(shape.needs & names) >= max(_ALIKE_MIN, len(shape.needs) / 2)]
    best = max(near, key=lambda shape: len(names & shape.needs) + len(names & _known(shape)), default=None)
    return None if best is None else (best, sorted(best.needs - names))


def _known(shape: Shape) -> set[str]:
    """Return the names that a shape has beside those it needs."""
    return set() if shape.refused else set(_reader(shape)[1].split()) - shape.needs


def _reader(shape: Shape) -> tuple[Reader, str]:
    """Return what reads a shape, and the names in it that say nothing of an account."""
    family, _, name = shape.id.partition(".")
    home = import_module(f"{__package__}.{family}")
    return cast("Mapping[str, tuple[Reader, str]]", home.READERS)[name]


def read_rows(shape: Shape, rows: Iterable[Mapping[str, Any]], where: str, *, listed: bool = True) -> Part:
    """Return what the rows of a payload say, by the reader of its shape.

    Args:
        shape: what they are.
        rows: as they came.
        where: their place, for a complaint.
        listed: they came in a list, and not one alone.

    Raises:
        BookError: something in them is wrong, or missing and needed.

    """
    if shape.refused:
        raise BookError(f"{where} ({shape.id})", shape.refused, "Leave this file out")
    reader, known = _reader(shape)
    divider = " " if ": " in where else ", row "
    taken = [
        Row(f"{where}{divider}{number}" if listed else where, row) for number, row in enumerate(rows, start=1)
    ]
    part = reader(taken)
    part.shape, part.where, part.venue = shape.id, where, part.venue or shape.venue
    strange = sorted({key for row in taken for key in row.unread()} - set(known.split()))
    if strange:
        part.notes.append(f"{shape.id}: keys not known here, left out: {', '.join(strange)}")
    return part
