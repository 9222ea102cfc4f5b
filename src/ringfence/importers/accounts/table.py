"""A table of accounts, wherever it is, as record batches: Parquet, Arrow, Polars, DuckDB."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from ringfence.core.errors import BookError, suggestion
from ringfence.core.exact import shortened
from ringfence.importers.accounts.numbers import TAKEN, is_numeric, is_text
from ringfence.importers.files import check_parquet

Source: TypeAlias = Any
"""A path of a Parquet file, or a table in hand: whatever gives an Arrow stream."""

METADATA: Final = b"ringfence"
"""Key of a schema's metadata under which the text of the market file stands."""

OF_POSITIONS: Final = (
    "contracts", "entry_price", "leverage", "collateral", "extra_collateral", "contract_size", "cost", "opening_fee",
    "funding_reserve", "maintenance_rate", "deduction", "mark_price",
)  # fmt: skip
"""Columns of numbers that belong to positions."""

_TEXTS: Final = ("pool", "symbol", "side", "margin_mode", "asset")
_COLUMNS: Final = ("account", *_TEXTS, *OF_POSITIONS, "amount", "opened")

_OF_BOOKS: Final = {
    **dict.fromkeys(("order", "orders", "open_orders", "resting_orders"), "resting orders"),
    **dict.fromkeys(("tag", "tags"), "tags"),
    "rest": 'totals of "the rest" of a pool',
}
"""Names of columns, or their first words, that have a place in a book and none in a table: what they are of."""

_BATCH: Final = 2**16
"""Rows that are asked of a file at a time."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be read.

    name      how complaints call it
    rows      None: not known before its end
    market    text of the market file that it carries
    batches   begins to read it
    """

    name: str
    schema: Any
    rows: int | None
    market: str | None
    batches: Callable[[], Iterator[Any]]


def table_of(source: Source) -> Table:
    """Return a table, opened and its columns checked, of which no row has been read.

    Raises:
        BookError: it is no table of accounts, or a column is missing, unknown or of a wrong type.

    """
    table = _parquet(Path(source)) if isinstance(source, str | Path) else _in_hand(source)
    _check_columns(table)
    if table.rows == 0:
        raise _empty(table.name)
    return table


def _empty(name: str) -> BookError:
    return BookError(name, "it holds no rows", "Name a table with a row for each position and holding")


def batches_of(table: Table, rows: int) -> Iterator[Any]:
    """Yield the record batches of a table, none longer than a block of so many rows.

    Raises:
        BookError: it holds none, or cannot be read to its end.

    """
    seen, step = 0, min(rows, _BATCH)
    try:
        for batch in table.batches():
            for start in range(0, batch.num_rows, step):
                yield batch.slice(start, step)
            seen += batch.num_rows
    except (pa.ArrowException, OSError) as fault:
        raise BookError(
            table.name,
            f"it cannot be read after row {seen}: {_one_line(fault)}",
            "It may have been cut short or damaged: write or copy it again",
        ) from None
    if not seen:
        raise _empty(table.name)


def _one_line(fault: Exception) -> str:
    return " ".join(str(fault).split())[:200]


def _market_of(schema: Any, name: str) -> str | None:
    text = (schema.metadata or {}).get(METADATA)
    if text is None:
        return None
    try:
        return str(text.decode())
    except UnicodeDecodeError:
        raise BookError(
            f"{name}, metadata ringfence", "it is not text in UTF-8", "Write the market file's text there"
        ) from None


def _parquet(path: Path) -> Table:
    check_parquet(path)
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)
        schema = file.schema_arrow
        names = schema.names
    except (pa.ArrowException, OSError, UnicodeDecodeError) as fault:
        raise BookError(
            path.name,
            f"its end cannot be read: {_one_line(fault)}",
            "It may have been cut short: write or copy it again",
        ) from None
    if not names:
        raise _empty(path.name)
    return Table(
        name=path.name,
        schema=schema,
        rows=file.metadata.num_rows,
        market=_market_of(schema, path.name),
        batches=lambda: file.iter_batches(batch_size=_BATCH),
    )


def _in_hand(source: Any) -> Table:
    if isinstance(source, pa.Table | pa.RecordBatch):
        table = pa.Table.from_batches([source]) if isinstance(source, pa.RecordBatch) else source
        return Table(
            "table", table.schema, table.num_rows, _market_of(table.schema, "table"), table.to_batches
        )
    if not hasattr(source, "__arrow_c_stream__"):
        lazy = " Collect the lazy frame first: .collect()." if hasattr(source, "collect") else ""
        raise BookError(
            "table",
            f"{shortened(type(source).__name__)} gives no Arrow stream",
            f"Give a path of a Parquet file, an Arrow table or reader, a Polars frame or a DuckDB relation.{lazy}",
        )
    reader = _stream(source)
    name, schema = "table", reader.schema
    if reader is source:
        begun = [reader]
        return Table(name, schema, None, _market_of(schema, name), lambda: _once(begun))
    reader.close()  # an open query keeps others from the connection
    return Table(name, schema, _length(source), _market_of(schema, name), lambda: _closing(_stream(source)))


def _stream(source: Any) -> Any:
    if isinstance(source, pa.RecordBatchReader):
        return source
    try:
        return pa.RecordBatchReader.from_stream(source)
    except Exception as fault:  # noqa: BLE001 - whatever the library that made the table raises
        raise BookError(
            "table",
            f"its rows cannot be read: {_one_line(fault)}",
            "Mend the query; of a stream that can be read once only give the pyarrow.RecordBatchReader itself",
        ) from None


def _once(begun: list[Any]) -> Iterator[Any]:
    if not begun:
        raise BookError("table", "it is a stream that has been read already", "Open a new one")
    return iter(begun.pop())


def _closing(reader: Any) -> Iterator[Any]:
    """Yield the batches of a reader that is closed when nobody asks for more."""
    with reader:
        yield from reader


def _length(source: Any) -> int | None:
    """Return the rows of a frame in memory; a query would have to run to say."""
    if hasattr(source, "iloc"):
        return len(source)
    height = getattr(source, "height", None)
    return height if isinstance(height, int) else None


def _check_columns(table: Table) -> None:
    names = table.schema.names
    for name in names:
        if names.count(name) > 1:
            raise BookError(f"{table.name}: {name}", "there are two columns of this name", "Keep one")
        of_book = _OF_BOOKS.get(name) or _OF_BOOKS.get(name.partition("_")[0])
        if name not in _COLUMNS and of_book is not None:
            raise BookError(
                f"{table.name}: {name}",
                f"a table of accounts holds no {of_book}",
                "Leave the column out, and give an account with them as a book",
            )
        if name not in _COLUMNS:
            raise BookError(
                f"{table.name}: {name}", "unknown column", f"{suggestion(name, _COLUMNS)}; or leave it out"
            )
        _check_type(table.name, name, table.schema.field(name).type)
    held = {"symbol": ("side", "contracts", "entry_price"), "asset": ("amount",)}
    if not held.keys() & set(names):
        raise BookError(
            table.name,
            "it has neither a column symbol nor a column asset",
            "A row is a position (symbol, side, contracts, entry_price) or a holding (asset, amount)",
        )
    needed = ["account", *(column for key, rows in held.items() if key in names for column in rows)]
    for name in needed:
        if name not in names:
            raise BookError(
                table.name, f"the column {name} is missing", f"Add it, or rename one: {_meant(name, names)}"
            )


def _meant(name: str, names: list[str]) -> str:
    return f"there are {', '.join(names)}" if names else f"{name} is needed"


def _check_type(table: str, name: str, kind: Any) -> None:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    if pa.types.is_null(plain):
        return
    if name == "account":
        fits, taken = is_text(plain) or pa.types.is_integer(plain), "a string or a whole number"
    elif name == "opened":
        fits, taken = pa.types.is_timestamp(plain) or pa.types.is_date(plain), "a timestamp or a date"
    elif name in _TEXTS:
        fits, taken = is_text(plain), "a string"
    else:
        fits, taken = is_numeric(plain), TAKEN
    if not fits:
        raise BookError(f"{table}: {name}", f"the column is of type {kind}", f"Make it {taken}")
