"""What ccxt's unified calls return.

ccxt keeps the venue's own row under ``info``. Where that has a known shape it is read first, because the fields
that ccxt derives for margin mean something else on every venue; ccxt's own are taken for what it lacks. Never
read: ``collateral`` (P&L is in it on some venues, solved backwards on others), ``maintenanceMargin`` (without the
deduction of the tier), ``marginRatio``, ``percentage``, and the balance's ``free`` and ``used``.
"""

from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import Any

from ringfence.book import Figures
from ringfence.core.number import EXACT
from ringfence.importers.dumps.part import Balance, Held, Part, behind, without
from ringfence.importers.dumps.row import Row
from ringfence.importers.dumps.shapes import read_rows, shape_of
from ringfence.importers.dumps.unwrap import payloads
from ringfence.importers.tiers import from_ccxt

_AGREE = Decimal("0.02")
"""A value and its parts may differ by this much: they are not of the same instant to the digit."""


def positions(rows: list[Row]) -> Part:
    """Return open positions (``fetch_positions()``)."""
    part = Part(positions=[])
    held = part.positions = []
    for row in rows:
        contracts = row.number("contracts")
        inside = _venues_own(row)
        if contracts is None or contracts == 0:
            continue
        if row.truth("hedged"):
            part.position_mode = "hedge"
        theirs = _position(row, contracts)
        raw = inside.positions if inside is not None else None
        if inside is not None and raw:
            part.venue = part.venue or inside.venue
            part.position_mode = inside.position_mode or part.position_mode
            part.notes += [note for note in inside.notes if note not in part.notes]
            theirs = _joined(raw[0], theirs)
        held.append(theirs)
    return part


def _venues_own(row: Row) -> Part | None:
    """Return what the venue's own row says, where ccxt kept it and its shape is known."""
    info = row.raw("info")
    shape = shape_of([info]) if isinstance(info, Mapping) else None
    return read_rows(shape, [info], f"{row.where}, info", listed=False) if shape is not None else None


def _position(row: Row, contracts: Decimal) -> Held:
    side = row.text("side", choices=("long", "short"))
    entry, mark = row.price("entryPrice"), row.price("markPrice")
    plain = {
        "symbol": row.named("symbol"),
        "side": side,
        "contracts": abs(contracts),
        "entry_price": entry,
        "mark_price": mark,
        "leverage": row.price("leverage"),
        "contract_size": _size(row, abs(contracts), mark),
        "margin_mode": row.word("marginMode"),
    }
    figures = Figures(
        liquidation_price=row.price("liquidationPrice"),
        unrealized_pnl=row.number("unrealizedPnl"),
        initial_requirement=row.price("initialMargin"),
    )
    where = f"{row.where} ({plain['symbol']})"
    derived = mark is None
    if derived:
        plain["mark_price"] = _mark(row, side, abs(contracts), entry)
    return Held(without(plain), where, row.number("positionMargin"), figures, derived=derived)


def _mark(row: Row, side: str, contracts: Decimal, entry: Decimal | None) -> Decimal | None:
    """Return the mark behind the P&L of a linear contract, where ccxt leaves the mark out.

    P&L = side * contracts * size * (mark - entry)

    The size is trusted if the value of the position bears it out, at the mark or, on some venues, at the entry.
    """
    size, profit, value = row.price("contractSize"), row.number("unrealizedPnl"), row.number("notional")
    quote, _, settle = row.word("symbol").partition("/")[2].partition(":")
    if entry is None or size is None or profit is None or not value or quote != settle:
        return None
    with localcontext(EXACT):
        quantity = contracts * size
        mark = behind(entry * quantity + (profit if side == "long" else -profit), quantity)
        borne_out = any(abs(quantity * price / abs(value) - 1) <= _AGREE for price in (mark, entry))
    return mark if borne_out and mark > 0 else None


def _size(row: Row, contracts: Decimal, mark: Decimal | None) -> Decimal | None:
    """Return the contract size, unless ccxt's own value of the position contradicts it.

    On some venues ``contracts`` counts dollars while ``contractSize`` is that of a lot of them. The value tells
    the two apart: contracts * size * mark (linear), or contracts * size / mark in the coin (inverse).
    """
    size, value = row.price("contractSize"), row.number("notional")
    if size is None or value is None or mark is None or value == 0:
        return size
    linear, inverse = contracts * size * mark, contracts * size / mark
    agrees = any(abs(worked_out / abs(value) - 1) <= _AGREE for worked_out in (linear, inverse))
    return size if agrees else None


def _joined(raw: Held, theirs: Held) -> Held:
    """Return the venue's own position, and what only ccxt says of it.

    The count of contracts and their size belong together, so both come from the venue's row or neither does. A
    liquidation price or a wallet that the venue's row lacks is one that ccxt has worked out from its other fields
    (since 4.5), and no word of the venue's.
    """
    plain = {key: value for key, value in theirs.row.items() if key != "contract_size"} | raw.row
    if raw.row["contracts"] == theirs.row["contracts"] and "contract_size" in theirs.row:
        plain.setdefault("contract_size", theirs.row["contract_size"])
    plain["symbol"] = theirs.row["symbol"]
    derived = raw.derived or (theirs.derived and "mark_price" not in raw.row)
    return Held(plain, theirs.where, raw.wallet, raw.figures, raw.contract_size, derived)


def balance(rows: list[Row]) -> Part:
    """Return what is in the account (``fetch_balance()``): by the venue's own answer, or else by ccxt's totals."""
    row = rows[0]
    total = row.inner("total")
    amounts = {asset: amount for asset in total.names() if (amount := total.number(asset))}
    for key in ("free", "used", "debt", *total.names()):
        row.raw(key)
    info = row.raw("info")
    inside = payloads(info, f"{row.where}, info")[0] if info else []
    if inside:
        return _first([read_rows(one.shape, one.rows, one.where, listed=one.listed) for one in inside])
    return Part(balances=[Balance(asset, amount, "ccxt", row.where) for asset, amount in amounts.items()])


def _first(parts: list[Part]) -> Part:
    """Return the part that has balances; ccxt keeps one answer of the venue."""
    return next((part for part in parts if part.balances is not None), parts[0])


def tiers(rows: list[Row]) -> Part:
    """Return tier rows (``fetch_leverage_tiers()``). Bounds are in the unit of the venue's own tables."""
    return Part(tiers=[from_ccxt({name: row.raw(name) for name in row.names()}) for row in rows])


def markets(rows: list[Row]) -> Part:
    """Return the contracts that a venue lists (``load_markets()``)."""
    part = Part()
    for row in rows:
        size, settle = row.price("contractSize"), row.word("settle")
        for name in row.names():
            row.raw(name)
        if size is None or not settle:
            continue
        plain: dict[str, Any] = {
            "symbol": row.named("symbol"),
            "payoff": "inverse" if row.truth("inverse") else "linear",
            "settle": settle,
            "quote": row.word("quote"),
            "underlying": row.word("base"),
            "contract_size": size,
        }
        part.instruments.append(plain)
    return part


def margin_modes(rows: list[Row]) -> Part:
    """Return margin modes and leverage by symbol (``fetch_margin_modes()``), by the venue's own answer if known."""
    part = Part()
    for row in rows:
        symbol = row.named("symbol")
        plain = {
            "margin_mode": row.word("marginMode"),
            "leverage": row.price("longLeverage", "shortLeverage"),
        }
        inside = _venues_own(row)
        if inside is None:
            part.by_symbol[symbol] = without(plain)
            continue
        theirs = next(iter(inside.by_symbol.values()), {})
        if theirs:
            part.by_symbol[symbol] = theirs
        part.venue = inside.venue
        part.account_mode, part.margin_mode, part.refused = (
            inside.account_mode,
            inside.margin_mode,
            inside.refused,
        )
        part.notes += [note for note in inside.notes if note not in part.notes]
    return part


def orders(rows: list[Row]) -> Part:
    """Return resting orders (``fetch_open_orders()``)."""
    found: list[dict[str, Any]] = []
    for row in rows:
        left = row.number("remaining", "amount")
        if row.word("status") != "open" or not left:
            continue
        plain = {
            "symbol": row.named("symbol"),
            "side": row.word("side"),
            "contracts": left,
            "price": row.price("price", "triggerPrice", "stopPrice"),
            "leverage": row.price("leverage"),
            "margin_mode": row.word("marginMode"),
            "reduce_only": bool(row.truth("reduceOnly")),
        }
        found.append(without(plain))
    return Part(orders=found)


def tickers(rows: list[Row]) -> Part:
    """Return marks (``fetch_tickers()``, ``fetch_funding_rates()``)."""
    found = {row.named("symbol"): row.price("markPrice") for row in rows}
    return Part(marks={symbol: mark for symbol, mark in found.items() if mark is not None})


def greeks(rows: list[Row]) -> Part:
    """Return what options are priced from (``fetch_all_greeks()``): by the venue's own row, or else as ccxt has it.

    ccxt hands a volatility on as the venue writes it, a fraction on one and per cent on another.
    """
    part = Part()
    for row in rows:
        symbol, inside = row.named("symbol"), _venues_own(row)
        mark, sigma, forward = (
            row.price(key) for key in ("markPrice", "markImpliedVolatility", "underlyingPrice")
        )
        theirs = next(iter(inside.quotes.values()), {}) if inside is not None else {}
        plain = without({"implied_volatility": sigma, "underlying_price": forward})
        part.quotes[symbol] = {**plain, **theirs}
        if mark is not None:
            part.marks[symbol] = mark
    return part


_GREEKS = """info timestamp datetime delta gamma theta vega rho vanna volga charm bidSize askSize bidImpliedVolatility
 askImpliedVolatility bidPrice askPrice lastPrice"""
_POSITION = """id timestamp datetime lastUpdateTimestamp notional realizedPnl collateral lastPrice exitPrice isolated
 maintenanceMargin maintenanceMarginPercentage initialMarginPercentage marginRatio stopLossPrice takeProfitPrice
 percentage"""
_ORDER = """info id timestamp datetime lastTradeTimestamp lastUpdateTimestamp type timeInForce average filled
 takeProfitPrice stopLossPrice cost trades fee fees postOnly hedged triggerPrice stopPrice amount"""
_TICKER = """indexPrice info timestamp datetime high low bid bidVolume ask askVolume vwap open close last
 previousClose change percentage average baseVolume quoteVolume interestRate estimatedSettlePrice fundingRate
 fundingTimestamp fundingDatetime nextFundingRate nextFundingTimestamp nextFundingDatetime previousFundingRate
 previousFundingTimestamp previousFundingDatetime interval"""

READERS = {
    "positions": (positions, _POSITION),
    "balance": (balance, "timestamp datetime"),
    "tiers": (tiers, ""),
    "markets": (markets, ""),
    "margin_modes": (margin_modes, "longLeverage shortLeverage"),
    "orders": (orders, _ORDER),
    "tickers": (tickers, _TICKER),
    "greeks": (greeks, _GREEKS),
}
