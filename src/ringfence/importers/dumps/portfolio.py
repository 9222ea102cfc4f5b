"""What Binance says of portfolio margin accounts and of options.

A balance of a portfolio margin account is net of what is borrowed: loans are told beside it, because they need
something of their own. Positions in futures come with the answers of the futures venues.
"""

from decimal import Decimal, localcontext

from ringfence.book import Figures
from ringfence.core.number import EXACT
from ringfence.importers.dumps.part import Balance, Held, Part, without
from ringfence.importers.dumps.row import Row


def account(rows: list[Row]) -> Part:
    """Return the account's own figures. They hold no balance."""
    row = rows[0]
    part = Part(account_mode="portfolio", margin_mode="cross")
    part.figures = Figures(
        equity=row.number("accountEquity"),
        maintenance_requirement=row.number("accountMaintMargin"),
        initial_requirement=row.number("accountInitialMargin"),
        available=row.number("totalAvailableBalance"),
        margin_ratio=row.number("uniMMR"),
    )
    return part


def balance(rows: list[Row]) -> Part:
    """Return what each asset has in cross margin and in both futures wallets, less what is borrowed of it."""
    part = Part(balances=[], account_mode="portfolio", margin_mode="cross")
    for row in rows:
        name = row.named("asset")
        owed = _sum(row, "crossMarginBorrowed", "crossMarginInterest")
        amount = _sum(row, "crossMarginAsset", "umWalletBalance", "cmWalletBalance") - owed
        if amount and part.balances is not None:
            part.balances.append(Balance(name, amount, "shared", row.where))
        if owed > 0:
            part.loans[name] = owed
    return part


def _sum(row: Row, *keys: str) -> Decimal:
    with localcontext(EXACT):
        return sum((row.number(key) or Decimal(0) for key in keys), Decimal(0))


def option_positions(rows: list[Row]) -> Part:
    """Return positions in European options. A coin is a contract."""
    part = Part(positions=[], margin_mode="cross")
    for row in rows:
        quantity, symbol = row.must("quantity"), row.named("symbol")
        if not quantity or part.positions is None:
            continue
        side = row.word("side").lower() or ("long" if quantity > 0 else "short")
        plain = {
            "symbol": symbol,
            "side": side,
            "contracts": abs(quantity),
            "entry_price": row.price("entryPrice"),
            "mark_price": row.price("markPrice"),
            "margin_mode": "cross",
        }
        figures = Figures(unrealized_pnl=row.number("unrealizedPNL"))
        part.positions.append(Held(without(plain), f"{row.where} ({symbol})", figures=figures))
    return part


def option_account(rows: list[Row]) -> Part:
    """Return the wallet of each asset behind options, with its figures."""
    part = Part(balances=[])
    for row in rows:
        name, amount = row.named("asset"), row.must("marginBalance")
        if amount and part.balances is not None:
            part.balances.append(Balance(name, amount, "shared", row.where))
        part.assets[name] = Figures(
            equity=row.number("equity"),
            initial_requirement=row.number("initialMargin"),
            maintenance_requirement=row.number("maintMargin"),
            available=row.number("available"),
        )
    return part


_ACCOUNT = """actualEquity accountStatus virtualMaxWithdrawAmount totalMarginOpenLoss updateTime uniMMR accountEquity
 accountMaintMargin accountInitialMargin totalAvailableBalance"""
_BALANCE = """totalWalletBalance crossMarginFree crossMarginLocked umUnrealizedPNL cmUnrealizedPNL negativeBalance
 updateTime optionWalletBalance optionEquity"""
_OPTION = """reducibleQty markValue ror strikePrice positionCost expiryDate priceScale quantityScale optionSide
 quoteAsset time bidQuantity askQuantity"""

READERS = {
    "account": (account, _ACCOUNT),
    "balance": (balance, _BALANCE),
    "option_positions": (option_positions, _OPTION),
    "option_account": (option_account, "unrealizedPNL lpProfit"),
}
