"""The risk summary of a population as rows: a frame or a Parquet file of each of its tables.

Amounts are float64 in the unit of account of the column ``unit``, at the prices of the rung, unless their name ends in
``_asset``: those count the asset of the row. Ratios end in ``_fraction`` or ``_times``. What is not known is null.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ringfence.core.errors import BookError, suggestion
from ringfence.screen.summary_rows import AccountRow, Summary

if TYPE_CHECKING:
    import polars as pl

Row = Mapping[str, str | int | float | None]

_NAMED: Final = {
    "shared": "shared_asset", "isolated": "isolated_asset", "debt": "debt_asset", "share": "share_fraction",
    "part": "part_fraction", "leverage": "leverage_times", "longs_over_depth": "longs_over_depth_times",
    "shorts_over_depth": "shorts_over_depth_times", "why": "depth_reason",
}  # fmt: skip
_WORDS: Final = frozenset(
    {"unit", "rung", "before", "mode", "coin", "asset", "account", "ranked_by", "depth_reason"}
)
_COUNTS: Final = frozenset(
    {
        "accounts", "pools", "positions", "initial_unknown", "liquidatable_pools", "bankrupt_pools",
        "new_liquidatable_pools", "new_bankrupt_pools",
    }
)  # fmt: skip


def _row(record: Any, **beside: str | None) -> Row:  # noqa: ANN401 - any row of a summary
    found: dict[str, str | int | float | None] = dict(beside)
    for one in fields(record):
        value = getattr(record, one.name)
        found[_NAMED.get(one.name, one.name)] = float(value) if isinstance(value, Decimal) else value
    return found


def _rungs(summary: Summary) -> Iterator[Row]:
    for rung in summary.rungs:
        for row in rung.modes:
            yield _row(row, unit=summary.unit, rung=rung.name, before=rung.before)


def _coins_at_rungs(summary: Summary) -> Iterator[Row]:
    for rung in summary.rungs:
        for row in rung.coins:
            yield _row(row, unit=summary.unit, rung=rung.name)


def _coins(summary: Summary) -> Iterator[Row]:
    return (_row(row, unit=summary.unit) for row in summary.coins)


def _assets(summary: Summary) -> Iterator[Row]:
    return (_row(row, unit=summary.unit) for row in summary.assets)


def _accounts(summary: Summary) -> Iterator[Row]:
    def listed(rows: tuple[AccountRow, ...], by: str) -> Iterator[Row]:
        return (_row(row, unit=summary.unit, ranked_by=by) for row in rows)

    yield from listed(summary.largest, "notional")
    yield from listed(summary.losers, "bad_debt")


def _shares(summary: Summary) -> Iterator[Row]:
    return (_row(row) for row in summary.shares)


TABLES: Final[Mapping[str, Callable[[Summary], Iterator[Row]]]] = {
    "rungs": _rungs,
    "coins_at_rungs": _coins_at_rungs,
    "coins": _coins,
    "assets": _assets,
    "accounts": _accounts,
    "shares": _shares,
}
"""A row a rung and margin mode, a rung and coin, a coin, an asset, an account of either list, a part of all."""


def summary_frame(summary: Summary, table: str = "rungs") -> "pl.DataFrame":
    """Return one table of a summary as a Polars frame.

    Raises:
        BookError: a summary has no such table.

    """
    import polars as pl

    if table not in TABLES:
        raise BookError(f"table {table!r}", "a summary has no such table", suggestion(table, set(TABLES)))
    rows = list(TABLES[table](summary))
    types = ((_WORDS, pl.String), (_COUNTS, pl.Int64))
    names = dict.fromkeys(name for row in rows for name in row)
    schema = {name: next((kind for held, kind in types if name in held), pl.Float64) for name in names}
    return pl.DataFrame([[row[name] for name in names] for row in rows], schema=schema, orient="row")


def summary_parquet(summary: Summary, table: str = "rungs") -> bytes:
    """Return one table of a summary as a Parquet file. See ``summary_frame``."""
    from io import BytesIO

    out = BytesIO()
    summary_frame(summary, table).write_parquet(out)
    return out.getvalue()
