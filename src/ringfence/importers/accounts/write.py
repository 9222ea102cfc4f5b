"""Columns as a table of accounts: what ``open_accounts`` reads back is the same accounts."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ringfence.batch.columns import ISOLATED, KINDS, NOT_OPENED, Columns, Numbers
from ringfence.core.errors import BookError
from ringfence.importers.accounts.table import METADATA, OF_POSITIONS
from ringfence.importers.files import written_whole

_IDLE: Final = KINDS.index("idle")


def table_from(columns: Columns, market: str) -> Any:
    """Return accounts as an Arrow table, which carries the text of their market file.

    A pool's positions stand before its holdings. Numbers are float64 where it holds all of a column, else decimal
    strings. What is empty throughout has no column.

    Raises:
        BookError: a pool is idle, which is nothing that is held.

    """
    if (columns.pool_kind == _IDLE).any():
        account = columns.accounts[int(columns.pool_account[np.argmax(columns.pool_kind == _IDLE)])]
        raise BookError(
            account, "it has an idle pool, and no table of accounts has those", "Write it as held"
        )
    pools = np.arange(len(columns))
    of_position = np.repeat(pools, np.diff(columns.first_position))
    of_holding = np.repeat(pools, np.diff(columns.first_holding))
    order = np.argsort(np.concatenate([of_position, of_holding]), kind="stable")
    held, owned = len(of_position), len(of_holding)
    arrays = {"account": _account(columns, np.concatenate([of_position, of_holding])[order])}
    parts = {**_of_positions(columns, of_position), **_of_holdings(columns)}
    for name, (part, is_holding) in parts.items():
        nulls = pa.nulls(held if is_holding else owned, part.type)
        both = pa.concat_arrays([nulls, part] if is_holding else [part, nulls])
        if both.null_count < len(both):
            arrays[name] = both.take(pa.array(order))
    return pa.table(arrays).replace_schema_metadata({METADATA: market.encode()})


def write_accounts(columns: Columns, setting_text: str, path: Path) -> None:
    """Write accounts as a Parquet file, whole or not at all. See ``table_from``.

    Args:
        columns: the accounts.
        setting_text: a market file in TOML, which the file will carry.
        path: where to.

    Raises:
        BookError: a pool is idle, or the file cannot be written.

    """
    table = table_from(columns, setting_text)
    with written_whole(path) as beside:
        pq.write_table(table, beside, compression="zstd", write_page_checksum=True)


def _account(columns: Columns, pool: Any) -> Any:
    names = pa.array(columns.accounts, pa.large_string())
    return pa.DictionaryArray.from_arrays(pa.array(columns.pool_account[pool]), names)


def _named(codes: Any, names: Any) -> Any:
    """Return codes as words; -1: null."""
    where = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(where, pa.array(names, pa.string()))


def _of_positions(columns: Columns, pool: Any) -> dict[str, tuple[Any, bool]]:
    held = columns.positions
    isolated = (columns.pool_kind[pool] == ISOLATED).astype(np.int32)
    found = {
        "symbol": _named(held.symbol, columns.symbols),
        "side": _named((held.sign < 0).astype(np.int32), ("long", "short")),
        "margin_mode": _named(isolated, ("cross", "isolated")),
    }
    for name in OF_POSITIONS:
        given = getattr(held, name, None)
        if given is not None:
            found[name] = _numbers(given)
    if held.opened is not None:
        found["opened"] = pa.array(held.opened, mask=held.opened == NOT_OPENED).cast(pa.timestamp("s", "UTC"))
    return {name: (array, False) for name, array in found.items()}


def _of_holdings(columns: Columns) -> dict[str, tuple[Any, bool]]:
    held = columns.holdings
    return {"asset": (_named(held.asset, columns.assets), True), "amount": (_numbers(held.amount), True)}


def _numbers(given: Numbers) -> Any:
    array = pa.array(given.values, mask=np.isnan(given.values))
    if not given.written:
        return array
    words = pc.cast(array, pa.large_string())
    long = np.zeros(len(given), dtype=np.bool_)
    long[list(given.written)] = True
    exact = [f"{given.written[int(row)]:f}" for row in np.flatnonzero(long)]
    return pc.replace_with_mask(words, pa.array(long), pa.array(exact, pa.large_string()))
