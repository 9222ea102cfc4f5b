"""What Hyperliquid says: the state of perpetuals, the spot state, the account's abstraction, the margin tables.

In the unified mode the spot balance stands behind everything and the state of perpetuals shows no collateral, so
the abstraction decides which of the two is read. The mark is not given; value by size is.
"""

from decimal import Decimal

from ringfence.book import Figures
from ringfence.core.errors import BookError
from ringfence.importers.dumps.part import Balance, Held, Part, behind, side_of, without
from ringfence.importers.dumps.row import Row

USDC = "USDC"
MAIN = "main"
_MODES = {
    "unifiedAccount": "unified",
    "portfolioMargin": "portfolio",
    "disabled": "standard",
    "default": "standard",
}
_DOLLARS = ("USDC", "USDH", "USDE", "USDT0")
"""Coins that collateralise an exchange. Other spot coins stand behind nothing in these modes."""


def state(rows: list[Row]) -> Part:
    """Return the positions of one exchange, and what its cross pool holds.

    A hollow state has no collateral of its own. It is that of a unified account, or of an empty one, and what it says
    of equity is not the account's.
    """
    row = rows[0]
    held = [
        one for outer in row.rows("assetPositions") if (one := _held(outer.inner("position"))) is not None
    ]
    pooled = [one for one in held if one.row.get("margin_mode") == "cross"]
    cross = _cross_value(row, held)
    profit = sum((one.figures.unrealized_pnl or Decimal(0) for one in pooled), Decimal(0))
    deployers = {one.row["symbol"].rpartition(":")[0] for one in held}
    part = Part(positions=held, exchange=(deployers.pop() or MAIN) if len(deployers) == 1 else MAIN)
    hollow = not cross and (bool(pooled) or not held)
    if not (hollow and pooled):
        part.balances = [Balance(USDC, cross - profit, "shared", row.where)] if cross != profit else []
    if hollow and pooled:
        part.notes.append(
            "the state of perpetuals shows no collateral behind its cross positions: a unified account, whose "
            "collateral is in the spot state"
        )
    elif hollow:
        part.notes.append(
            "the state of perpetuals is empty: a unified account has its collateral in the spot state "
            "(spotClearinghouseState)"
        )
    used, free = row.number("crossMaintenanceMarginUsed"), row.number("withdrawable")
    summary = row.inner("marginSummary")
    whole = summary.number("accountValue")
    part.assets[USDC] = Figures(
        maintenance_requirement=used, equity=None if hollow else cross, unrealized_pnl=profit
    )
    part.figures = Figures(
        equity=None if hollow else whole,
        initial_requirement=summary.number("totalMarginUsed"),
        available=None if hollow else free,
        notional=summary.number("totalNtlPos"),
    )
    return part


def _cross_value(row: Row, held: list[Held]) -> Decimal:
    """Return the value of the cross pool: stated, or in old answers all there is less the isolated pots."""
    stated = row.inner("crossMarginSummary").number("accountValue")
    if stated is not None:
        return stated
    pots = sum(
        (one.figures.equity or Decimal(0) for one in held if one.row.get("margin_mode") == "isolated"),
        Decimal(0),
    )
    return row.inner("marginSummary").must("accountValue") - pots


def position(rows: list[Row]) -> Part:
    """Return positions as they stand in the state."""
    held = [_held(row.inner("position")) for row in rows]
    return Part(positions=[one for one in held if one is not None])


def _held(row: Row) -> Held | None:
    """Return a position. An isolated pot's equity is ``marginUsed``; without the P&L it is the wallet."""
    quantity, coin, leverage = row.number("szi"), row.named("coin"), row.inner("leverage")
    if not quantity:
        return None
    value, profit, used = row.must("positionValue"), row.must("unrealizedPnl"), row.must("marginUsed")
    mode = leverage.word("type")
    figures = Figures(
        liquidation_price=row.price("liquidationPx"),
        initial_requirement=used if mode == "cross" else None,
        equity=used if mode == "isolated" else None,
        unrealized_pnl=profit,
        notional=value,
    )
    plain = {
        "symbol": coin,
        "side": side_of(quantity),
        "contracts": abs(quantity),
        "entry_price": row.price("entryPx"),
        "mark_price": behind(value, quantity),
        "leverage": leverage.price("value"),
        "margin_mode": mode,
    }
    held = Held(without(plain), f"{row.where} ({coin})", used - profit, figures)
    held.max_leverage = row.price("maxLeverage")
    return held


def spot_state(rows: list[Row]) -> Part:
    """Return the balances of the spot state, which stand behind perpetuals in the modes unified and portfolio only.

    In portfolio margin coins with a loan to value are collateral, too.
    """
    portfolio = bool(rows[0].truth("portfolioMarginEnabled"))
    part = Part(spot=[], account_mode="portfolio" if portfolio else "")
    for row in rows[0].rows("balances"):
        coin, total = row.named("coin"), row.must("total")
        lends = portfolio and (row.number("ltv") or 0) > 0
        if total and (coin in _DOLLARS or lends) and part.spot is not None:
            part.spot.append(Balance(coin, total, "equity", row.where))
    part.figures = Figures(margin_ratio=rows[0].number("portfolioMarginRatio"))
    return part


def abstraction(rows: list[Row]) -> Part:
    """Return the account mode that an account's abstraction means.

    Raises:
        BookError: the word is unknown.

    """
    word = rows[0].word("abstraction", "userAbstraction")
    if word not in _MODES:
        raise BookError(
            rows[0].where,
            f"the abstraction {word!r} is not known here",
            f"Known: {', '.join(sorted(_MODES))}",
        )
    return Part(account_mode=_MODES[word])


def meta(rows: list[Row]) -> Part:
    """Return the tier rows of every coin that the exchange lists."""
    part = Part()
    tables: dict[object, list[Row]] = {}
    for number, item in enumerate(rows[0].raw("marginTables") or [], start=1):
        name, table = item
        tables[name] = Row(f"{rows[0].where}, marginTables {number}", table).rows("marginTiers")
    for coin in rows[0].rows("universe"):
        name, most = coin.named("name"), coin.must("maxLeverage")
        tiers = tables.get(coin.raw("marginTableId"), [])
        steps = [(tier.must("lowerBound"), tier.must("maxLeverage")) for tier in tiers]
        part.listed[name] = [
            {"symbol": name, "floor": floor, "max_leverage": leverage}
            for floor, leverage in steps or [(Decimal(0), most)]
        ]
    return part


_STATE = """time totalRawUsd totalMarginUsed totalNtlPos crossMarginSummary accountValue type rawUsd
 crossMaintenanceMarginUsed"""
_POSITION = "returnOnEquity maxTradeSzs cumFunding entryPx liquidationPx type rawUsd"

_SPOT = """token hold spotHold entryNtl borrowed supplied evmEscrows ltv tokenToAvailableAfterMaintenance
 tokenToPortfolioBorrowRatio tokenToPortfolioSupplyRatio"""

READERS = {
    "state": (state, f"{_STATE} {_POSITION}"),
    "position": (position, _POSITION),
    "spot_state": (
        spot_state,
        _SPOT,
    ),
    "abstraction": (abstraction, "type"),
    "meta": (meta, "szDecimals onlyIsolated marginMode isDelisted collateralToken"),
}
