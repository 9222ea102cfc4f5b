"""Books as columns: the pools of accounts that share one setting, as they are held."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch.columns import CROSS, ISOLATED, NOT_OPENED, Columns, Holdings, Numbers, Positions
from ringfence.batch.setting import Setting
from ringfence.book import Book, Position

if TYPE_CHECKING:
    from ringfence.batch.columns import Rows

_OPTIONAL = ("leverage", "collateral", "cost", "opening_fee", "funding_reserve", "maintenance_rate")
_ZERO_UNLESS_STATED = ("extra_collateral", "deduction")


@dataclass(slots=True)
class _Gathered:
    """Columns while they grow."""

    setting: Setting
    assets: list[str]
    account: list[int] = field(default_factory=list)
    kind: list[int] = field(default_factory=list)
    unit: list[int] = field(default_factory=list)
    first_position: list[int] = field(default_factory=lambda: [0])
    first_holding: list[int] = field(default_factory=lambda: [0])
    positions: list[Position] = field(default_factory=list)
    held: list[tuple[str, Decimal]] = field(default_factory=list)

    def add(
        self,
        account: int,
        kind: int,
        unit: str,
        positions: Sequence[Position],
        held: Iterable[tuple[str, Decimal]],
    ) -> None:
        """Add a pool; a unit that is no asset is the unit of account."""
        self.account.append(account)
        self.kind.append(kind)
        self.unit.append(self.assets.index(unit) if unit in self.assets else -1)
        self.positions += positions
        self.held += held
        self.first_position.append(len(self.positions))
        self.first_holding.append(len(self.held))


def columns_of(books: Sequence[Book], setting: Setting) -> Columns:
    """Return accounts as columns, each cut into its pools as they are held.

    Resting orders, rests and tags have no columns: books that hold them are the exact engine's.
    """
    held = dict.fromkeys(asset for book in books for asset in book.collateral)
    settled = dict.fromkeys(setting.instruments[p.symbol].settle for book in books for p in book.positions)
    gathered = _Gathered(setting, list(held | settled))
    for number, book in enumerate(books):
        _add_shared(gathered, number, book)
        for position in book.positions:
            if position.margin_mode == "isolated":
                settle = setting.instruments[position.symbol].settle
                gathered.add(number, ISOLATED, settle, [position], [])
    symbols = tuple(dict.fromkeys(p.symbol for p in gathered.positions))
    return Columns(
        accounts=[book.account for book in books],
        symbols=symbols,
        assets=tuple(gathered.assets),
        pool_account=np.array(gathered.account, np.int32),
        pool_kind=np.array(gathered.kind, np.int8),
        pool_unit=np.array(gathered.unit, np.int32),
        first_position=np.array(gathered.first_position, np.int64),
        first_holding=np.array(gathered.first_holding, np.int64),
        positions=_positions(gathered.positions, symbols),
        holdings=Holdings(
            np.array([gathered.assets.index(asset) for asset, _ in gathered.held], np.int32),
            numbers([amount for _, amount in gathered.held]),
        ),
        hedge_mode=any(book.position_mode == "hedge" for book in books),
    )


def _add_shared(gathered: _Gathered, number: int, book: Book) -> None:
    """Add an account's shared pools: one for all, or one for each settlement asset."""
    mode, instruments = gathered.setting.rules.account_mode, gathered.setting.instruments
    cross = [p for p in book.positions if p.margin_mode == "cross"]
    if mode.pooling == "account":
        if cross or any(book.collateral.values()):
            gathered.add(number, CROSS, "", cross, book.collateral.items())
        return
    settles = [instruments[p.symbol].settle for p in cross]
    for asset in dict.fromkeys([*settles, *(a for a, amount in book.collateral.items() if amount != 0)]):
        members = [p for p, settle in zip(cross, settles, strict=True) if settle == asset]
        gathered.add(number, CROSS, asset, members, [(asset, book.collateral.get(asset, Decimal(0)))])


def numbers(given: Sequence[Decimal | None]) -> Numbers:
    """Return a column of numbers; what a float64 does not hold to the digit is kept as it was written."""
    values = np.array([nan if one is None else float(one) for one in given])
    written = {
        row: one for row, one in enumerate(given) if one is not None and Decimal(repr(float(one))) != one
    }
    return Numbers(values, written)


def _positions(held: Sequence[Position], symbols: Sequence[str]) -> Positions:
    codes = {symbol: code for code, symbol in enumerate(symbols)}
    optional = {}
    for name in (*_OPTIONAL, *_ZERO_UNLESS_STATED):
        given = [getattr(position, name) for position in held]
        silent = 0 if name in _ZERO_UNLESS_STATED else None
        if any(one != silent for one in given):
            optional[name] = numbers(given)
    return Positions(
        symbol=np.array([codes[p.symbol] for p in held], np.int32),
        sign=np.array([p.sign for p in held], np.int8),
        contracts=numbers([p.contracts for p in held]),
        contract_size=numbers([p.contract_size for p in held]),
        entry_price=numbers([p.entry_price for p in held]),
        opened=_opened(held),
        **optional,
    )


def _opened(held: Sequence[Position]) -> "Rows | None":
    if all(position.opened is None for position in held):
        return None
    return np.array([NOT_OPENED if p.opened is None else int(p.opened.timestamp()) for p in held], np.int64)
