"""Results as Polars frames: one row a position, a pool, a mode, a shock, a cell of the matrix.

A frame is for sorting, joining and drawing, so its numbers are float64; the exact digits, as decimal strings, are in
``to_dict``. A column says what it counts: ``_settle`` is an amount of the asset in the column ``settle``, ``_unit`` one
of the asset in the column ``unit``, ``_fraction`` a fraction and not a percentage, ``_sigmas`` standard deviations (of
a day's move where it says daily), ``_price`` quote currency a coin. What is not known, or never happens, is null. What
a venue displays as a liquidation price stands as it prints it, which need not be a number.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from ringfence.contrast import Contrast
from ringfence.core.errors import BookError, suggestion
from ringfence.margin.assess import Health
from ringfence.report.contrast_rows import TABLES as CONTRAST_TABLES
from ringfence.report.contrast_rows import venues
from ringfence.report.figures.views import views
from ringfence.report.rows import (
    ACCOUNTS,
    CROSSINGS,
    POOLS,
    POSITIONS,
    Row,
    account,
    crossings,
    pool,
    positions,
)

if TYPE_CHECKING:
    import polars as pl

    from ringfence.screen.verdicts import Many

_WORDS: Final = frozenset(
    {
        "account", "mode", "cut", "venue", "pool", "unit", "status", "symbol", "side", "settle", "crossing",
        "displayed_liquidation_price", "shock", "dead", "worst", "moves", "direction", "position", "nearest_move_proof",
        "criterion", "verdict", "across", "down", "of", "figure", "cause", "nearest_position",
        "then",
    }
)  # fmt: skip
_COUNTS: Final = frozenset({"positions", "pools"})
_FACTS: Final = frozenset({"never_liquidated", "contagion", "agrees"})
"""What a column holds by its name; every other one holds numbers."""


def frame(result: "Health | Contrast | Many", table: str = "positions") -> "pl.DataFrame":
    """Return a result as a Polars frame.

        ringfence.frame(ringfence.assess(book))                  one row a position
        ringfence.frame(ringfence.compare(book), "shocks")       one row a mode and shock
        ringfence.frame(ringfence.assess_many(table), "pools")   one row a pool

    Args:
        result: what ``assess``, ``compare`` or ``assess_many`` returned.
        table: positions or pools; of one book also accounts, and crossings, filled where ``assess`` was asked for all
            of them; of a contrast also modes, venues (the numbers of modes, with venues as columns), shocks, matrix,
            efficiency, hints, stress and reconciliation.

    Raises:
        BookError: the result has no such table.

    """
    import polars as pl

    if not isinstance(result, Health | Contrast):
        return _of_many(result, table)
    columns, rows = _table(result, table)
    types = ((_WORDS, pl.String), (_COUNTS, pl.Int64), (_FACTS, pl.Boolean))
    schema = {name: next((type_ for held, type_ in types if name in held), pl.Float64) for name in columns}
    return pl.DataFrame([[row[name] for name in columns] for row in rows], schema=schema, orient="row")


def _of_many(result: "Many", table: str) -> "pl.DataFrame":
    import polars as pl

    from ringfence.report.accounts import TABLES

    if table not in TABLES:
        raise BookError(f"table {table!r}", "this result has no such table", suggestion(table, TABLES))
    made = [TABLES[table](block, result.setting) for block in result.blocks]
    return pl.concat([pl.DataFrame(pl.from_arrow(one)) for one in made])


def parquet(result: Health | Contrast, table: str = "positions") -> bytes:
    """Return one table of a result as a Parquet file. See ``frame``."""
    from io import BytesIO

    out = BytesIO()
    frame(result, table).write_parquet(out)
    return out.getvalue()


def tables(result: Health | Contrast) -> list[str]:
    """Return the names of a result's tables."""
    return [
        "positions",
        "pools",
        "accounts",
        *((*CONTRAST_TABLES, "venues") if isinstance(result, Contrast) else ("crossings",)),
    ]


def _table(result: Health | Contrast, table: str) -> tuple[tuple[str, ...], Iterable[Row]]:
    """Return the columns and the rows of a table; what nobody asks for is not computed."""
    shown = views(result)
    match table:
        case "positions":
            return POSITIONS, (row for view in shown for row in positions(view))
        case "pools":
            return POOLS, (pool(view, one) for view in shown for one in view.health.pools)
        case "accounts":
            return ACCOUNTS, map(account, shown)
        case "crossings" if isinstance(result, Health):
            return CROSSINGS, (row for view in shown for row in crossings(view))
        case "venues" if isinstance(result, Contrast):
            return venues(result)
        case _ if isinstance(result, Contrast) and table in CONTRAST_TABLES:
            columns, rows = CONTRAST_TABLES[table]
            return columns, rows(result)
        case _:
            known = set(tables(result))
            raise BookError(f"table {table!r}", "this result has no such table", suggestion(table, known))
