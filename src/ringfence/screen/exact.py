"""One account of many as the exact engine reads it: a book and its market, every number as it was written."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from ringfence.batch.columns import CROSS, ISOLATED, NOT_OPENED, Columns, Numbers
from ringfence.batch.setting import Setting
from ringfence.book import Book, Position
from ringfence.core.errors import BookError, InvariantError
from ringfence.margin.snapshot import Holding
from ringfence.venue.instruments import size_of

_ZERO: Final = Decimal(0)


def holding_of(columns: Columns, account: int, setting: Setting) -> Holding:
    """Return one account as an import of its book gives it, but for tags, orders and rests, which columns lack.

    Contracts and market are the setting's own, not copies: thousands of accounts share them.

    Args:
        columns: the accounts.
        account: its place in ``columns.accounts``.
        setting: what they stand in.

    Raises:
        BookError: it has an idle pool, which no book as held has, or the size of a contract is not known.

    """
    positions: list[Position] = []
    collateral: dict[str, Decimal] = {}
    for pool in columns.pools_of(account):
        kind = columns.pool_kind[pool]
        if kind not in {CROSS, ISOLATED}:
            raise BookError(
                columns.accounts[account],
                "it has an idle pool, and nothing that is held as it stands is idle",
                "Cut the account anew from its shared pool",
            )
        rows = range(int(columns.first_position[pool]), int(columns.first_position[pool + 1]))
        positions += [_position(columns, row, setting, isolated=kind == ISOLATED) for row in rows]
        for row in range(int(columns.first_holding[pool]), int(columns.first_holding[pool + 1])):
            collateral[columns.assets[columns.holdings.asset[row]]] = _given(columns.holdings.amount, row)
    book = Book(
        account=columns.accounts[account],
        venue=setting.rules.venue.id,
        on=setting.rules.on,
        at=setting.at,
        account_mode=setting.rules.account_mode.id,
        position_mode="hedge" if columns.hedge_mode else "one-way",
        collateral=collateral,
        positions=tuple(positions),
        instruments=setting.instruments,
        overrides=setting.overrides,
    )
    return Holding(book, setting.market)


def _position(columns: Columns, row: int, setting: Setting, *, isolated: bool) -> Position:
    held = columns.positions
    symbol = columns.symbols[held.symbol[row]]
    return Position(
        symbol=symbol,
        side="long" if held.sign[row] > 0 else "short",
        contracts=_given(held.contracts, row),
        contract_size=size_of(setting.instruments[symbol], held.contract_size.exact(row), symbol),
        entry_price=_given(held.entry_price, row),
        margin_mode="isolated" if isolated else "cross",
        leverage=_stated(held.leverage, row),
        collateral=_stated(held.collateral, row),
        extra_collateral=_stated(held.extra_collateral, row) or _ZERO,
        cost=_stated(held.cost, row),
        opening_fee=_stated(held.opening_fee, row),
        funding_reserve=_stated(held.funding_reserve, row),
        opened=_opened(columns, row),
        maintenance_rate=_stated(held.maintenance_rate, row),
        deduction=_stated(held.deduction, row) or _ZERO,
    )


def _stated(numbers: Numbers | None, row: int) -> Decimal | None:
    return None if numbers is None else numbers.exact(row)


def _given(numbers: Numbers, row: int) -> Decimal:
    number = numbers.exact(row)
    if number is None:
        raise InvariantError("a number that every row has is missing")
    return number


def _opened(columns: Columns, row: int) -> datetime | None:
    opened = columns.positions.opened
    if opened is None or opened[row] == NOT_OPENED:
        return None
    return datetime.fromtimestamp(int(opened[row]), UTC)
