"""A population of accounts, read block by block: as many rows at a time as memory is meant to hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ringfence.batch.columns import Columns
from ringfence.batch.setting import Setting
from ringfence.importers.accounts.company import check_company
from ringfence.importers.accounts.cut import columns_of
from ringfence.importers.accounts.marks import sizes, take_marks
from ringfence.importers.accounts.place import Ints, Place, first_of
from ringfence.importers.accounts.rows import apart, rows_of, whole, words_of
from ringfence.importers.accounts.shared import MarketSource, Shared, shared_of
from ringfence.importers.accounts.table import Source, Table, batches_of, table_of

ROWS_PER_BLOCK: Final = 2**20


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole accounts of a table.

    first_row      rows of the table before them
    position_rows  position -> its row in the table, counted from 1
    """

    columns: Columns
    first_row: int
    position_rows: Ints


class Accounts:
    """A table of accounts that has been opened.

    setting     what they stand in; contracts and marks that the table alone names are added as its blocks are read
    hedge_mode  whether long and short of one symbol may stand side by side
    rows        of the table; None: not known before its end
    name        of the table, for complaints
    """

    def __init__(self, table: Table, shared: Shared, rows_per_block: int) -> None:
        """Take a table and what its accounts share. See ``open_accounts``."""
        self._table = table
        self._shared = shared
        self._rows_per_block = max(rows_per_block, 1)
        self.setting: Setting = shared.setting
        self.hedge_mode: bool = shared.hedge_mode
        self.rows: int | None = table.rows
        self.name: str = table.name

    def blocks(self) -> Iterator[Block]:
        """Yield the accounts, in their order, a block of whole ones at a time.

        Held at once are the rows of a block, a batch of the source (at most as many), and every name so far.

        Raises:
            BookError: a row is wrong, or the table cannot be read to its end, or once more.

        """
        seen: list[Any] = []
        before = 0
        for rows in self._tables():
            block = rows_of(rows, self._table.name, before, self._shared)
            _check_new(block.accounts, seen, block.place, block.account)
            check_company(block, self._shared)
            take_marks(block, self._shared)
            columns, held = columns_of(block, sizes(block, self._shared), self._shared)
            yield Block(columns, before, held + before + 1)
            before += len(block)

    def _tables(self) -> Iterator[Any]:
        """Yield rows, never splitting an account."""
        most = self._rows_per_block
        kept: list[Any] = []
        for batch in batches_of(self._table, most):
            kept.append(batch)
            while sum(part.num_rows for part in kept) >= most:
                table = pa.Table.from_batches(kept)
                end = _last_account(table.slice(0, most)) or _last_account(table)
                if not end:
                    break  # one account, and more of it may come
                yield table.slice(0, end)
                kept = table.slice(end).to_batches()
        if kept:
            yield pa.Table.from_batches(kept)


def _last_account(rows: Any) -> int:
    """Return where the last account of some rows begins."""
    words = words_of(whole(rows.column("account")))
    last = words[len(words) - 1]
    if not last.is_valid:
        return len(words)  # whose row it is will be asked when it is read
    others = pc.fill_null(pc.not_equal(words, last), fill_value=True)
    other = np.flatnonzero(others.to_numpy(zero_copy_only=False))
    return int(other[-1]) + 1 if len(other) else 0


def _check_new(names: list[str], seen: list[Any], place: Place, account: Ints) -> None:
    """Complain about an account of a block that an earlier one had; remember the names."""
    fresh = pa.array(names, pa.large_string())
    if seen:
        known = pa.chunked_array(seen)
        again = first_of(np.asarray(pc.is_in(fresh, value_set=known).to_numpy(zero_copy_only=False)))
        if again is not None:
            raise apart(place, int(np.argmax(account == again)), None)
    seen.append(fresh)


def open_accounts(
    source: Source,
    market: MarketSource | None = None,
    *,
    venue: str | None = None,
    on: date | str | None = None,
    account_mode: str | None = None,
    rows_per_block: int = ROWS_PER_BLOCK,
) -> Accounts:
    """Open a table of accounts: what they share is read, and of the rows none yet.

    Args:
        source: path of a Parquet file; an Arrow table, batch or reader, a Polars frame, a DuckDB relation.
        market: a market file (a book file without an account) or its tables; None: what the table carries.
        venue: a pack instead of the market's.
        on: a day instead of the market's.
        account_mode: an account mode instead of the market's.
        rows_per_block: as many rows are held at once, or as many as the largest account has.

    Raises:
        InputError: the table or the market cannot be read, or something in it is wrong.

    """
    table = table_of(source)
    shared = shared_of(market, table.market, table.name, venue=venue, on=on, account_mode=account_mode)
    return Accounts(table, shared, rows_per_block)
