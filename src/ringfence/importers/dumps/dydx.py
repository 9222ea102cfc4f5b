"""What dYdX's indexer says of subaccounts and markets.

The chain keeps a balance in USDC that has paid for the positions, so the wallet is that balance and their cost.
A subaccount from 128 on holds an isolated position of the one whose number is the rest by 128.
"""

from decimal import Decimal, localcontext

from ringfence.book import Figures
from ringfence.core.number import EXACT
from ringfence.importers.dumps.part import Balance, Held, Part, behind, without
from ringfence.importers.dumps.row import Row

USDC = "USDC"
PARENTS = 128
"""Numbers below it are accounts of their own."""


def subaccount(rows: list[Row]) -> Part:
    """Return the account that one subaccount, or a parent and its children, make."""
    part = Part(positions=[], balances=[])
    accounts = {int(row.number("subaccountNumber") or 0) % PARENTS for row in rows}
    part.account = f"subaccount {min(accounts)}" if len(accounts) == 1 else ""
    for row in rows:
        _add(part, row)
    return part


def _add(part: Part, row: Row) -> None:
    number = int(row.number("subaccountNumber") or 0)
    held = [one for market in row.rows("openPerpetualPositions") if (one := _held(market)) is not None]
    cash = sum(
        (_signed(asset) for asset in row.rows("assetPositions") if asset.word("symbol") == USDC), Decimal(0)
    )
    with localcontext(EXACT):
        wallet = cash + sum((_cost(one) for one in held), Decimal(0))
    alone = number >= PARENTS and len(held) == 1
    for one in held:
        one.row["margin_mode"] = "isolated" if alone else "cross"
        one.wallet = wallet if alone else None
    if part.positions is not None:
        part.positions += held
    if not alone and wallet and part.balances is not None:
        part.balances.append(Balance(USDC, wallet, "shared", row.where))
    figures = Figures(equity=row.number("equity"), available=row.number("freeCollateral"))
    if number < PARENTS:
        part.figures = figures


def _held(row: Row) -> Held | None:
    size, market = row.must("size"), row.named("market")
    if row.word("status") not in {"OPEN", ""} or not size:
        return None
    quantity, entry, profit = _signed(row), row.must("entryPrice"), row.number("unrealizedPnl")
    plain = {
        "symbol": market,
        "side": "long" if quantity > 0 else "short",
        "contracts": abs(quantity),
        "entry_price": entry,
        "mark_price": None if profit is None else behind(entry * quantity + profit, quantity),
    }
    return Held(
        without(plain), f"{row.where} ({market})", figures=Figures(unrealized_pnl=profit), derived=True
    )


def _signed(row: Row) -> Decimal:
    size = abs(row.must("size"))
    return size if row.word("side") == "LONG" else -size


def _cost(held: Held) -> Decimal:
    """Return what was paid for a position: negative for a short one."""
    sign = 1 if held.row["side"] == "long" else -1
    paid: Decimal = sign * held.row["contracts"] * held.row["entry_price"]
    return paid


def positions(rows: list[Row]) -> Part:
    """Return positions alone, with the number of the subaccount that holds each: from 128 on it is isolated."""
    part = Part(positions=[])
    for row in rows:
        if (one := _held(row)) is None or part.positions is None:
            continue
        number = row.number("subaccountNumber")
        one.row["margin_mode"] = "isolated" if number is not None and number >= PARENTS else "cross"
        part.positions.append(one)
    return part


def parent(rows: list[Row]) -> Part:
    """Return the account that a parent subaccount makes with its children."""
    return subaccount([child for row in rows for child in row.rows("childSubaccounts")])


def markets(rows: list[Row]) -> Part:
    """Return the oracle prices of markets, which the venue judges by."""
    part = Part()
    for row in rows:
        price = row.price("oraclePrice")
        for name in row.names():
            row.raw(name)
        if price is not None:
            part.marks[row.named("ticker")] = price
    return part


_SUBACCOUNT = """marginEnabled updatedAtHeight latestProcessedBlockHeight maxSize exitPrice realizedPnl netFunding
 sumOpen sumClose createdAt createdAtHeight closedAt subaccountNumber assetId status symbol side size
 parentSubaccountNumber equity freeCollateral"""

READERS = {
    "subaccount": (subaccount, _SUBACCOUNT),
    "positions": (positions, f"{_SUBACCOUNT} entryPrice market unrealizedPnl"),
    "parent": (parent, _SUBACCOUNT),
    "markets": (markets, ""),
}
