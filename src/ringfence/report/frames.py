"""Results as Polars frames: one row a position, a pool, a mode, a shock, a cell of the matrix.

A frame is for sorting, joining and drawing, so its numbers are float64; the exact digits are in ``to_dict``. A column
says its unit where two could be confused: ``_settle`` is counted in the column ``settle``, ``_unit`` in the column
``unit``, ``_fraction`` is a fraction and not a percentage. What is not known, or never happens, is null.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from ringfence.contrast import Contrast
from ringfence.core.errors import BookError, suggestion
from ringfence.margin.assess import Health, PoolHealth, PositionHealth
from ringfence.margin.node import Missing
from ringfence.report.figures.views import View, views

if TYPE_CHECKING:
    import polars as pl

Row = Mapping[str, str | float | bool | None]

_WORDS: Final = frozenset(
    {
        "account", "mode", "cut", "venue", "pool", "unit", "status", "symbol", "side", "settle", "crossing",
        "displayed_liquidation_price", "shock", "dead", "moves", "direction", "position", "nearest_move_proof",
    }
)  # fmt: skip
_COUNTS: Final = frozenset({"positions", "pools"})
_FACTS: Final = frozenset({"never_liquidated", "contagion"})
"""What a column holds by its name; every other one holds numbers."""


def frame(result: Health | Contrast, table: str = "positions") -> "pl.DataFrame":
    """Return a result as a Polars frame.

        ringfence.frame(ringfence.assess(book))                  one row a position
        ringfence.frame(ringfence.compare(book), "shocks")       one row a mode and shock

    Args:
        result: what ``assess`` or ``compare`` returned.
        table: positions, pools or accounts; of a contrast also modes, shocks and matrix.

    Raises:
        BookError: the result has no such table.

    """
    import polars as pl

    known = tables(result)
    if table not in known:
        raise BookError(f"table {table!r}", "this result has no such table", suggestion(table, set(known)))
    columns, rows = known[table]
    types = ((_WORDS, pl.String), (_COUNTS, pl.Int64), (_FACTS, pl.Boolean))
    schema = {name: next((type_ for held, type_ in types if name in held), pl.Float64) for name in columns}
    return pl.DataFrame([[row[name] for name in columns] for row in rows], schema=schema, orient="row")


def parquet(result: Health | Contrast, table: str = "positions") -> bytes:
    """Return one table of a result as a Parquet file. See ``frame``."""
    from io import BytesIO

    out = BytesIO()
    frame(result, table).write_parquet(out)
    return out.getvalue()


def tables(result: Health | Contrast) -> dict[str, tuple[tuple[str, ...], list[Row]]]:
    """Return the columns and rows of every table of a result, by its name."""
    shown = views(result)
    found = {
        "positions": (POSITIONS, [row for view in shown for row in _positions(view)]),
        "pools": (POOLS, [_pool(view, pool) for view in shown for pool in view.health.pools]),
        "accounts": (ACCOUNTS, [_account(view) for view in shown]),
    }
    if isinstance(result, Contrast):
        found["modes"] = (MODES, list(_modes(result)))
        found["shocks"] = (SHOCKS, list(_shocks(result)))
        found["matrix"] = (MATRIX, list(_matrix(result)))
    return found


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value) + 0.0  # minus zero is zero


_WHOSE: Final = ("account", "mode", "cut", "venue")


def _whose(view: View) -> dict[str, str]:
    return dict(zip(_WHOSE, (view.account, view.mode, view.cut, view.health.book.venue), strict=True))


POSITIONS: Final = (
    *_WHOSE, "pool", "symbol", "side", "contracts", "settle", "entry_price", "mark_price", "notional_settle",
    "unrealized_pnl_settle", "initial_requirement_settle", "maintenance_requirement_settle", "closing_cost_settle",
    "liquidation_price", "displayed_liquidation_price", "bankruptcy_price", "liquidation_price_down",
    "liquidation_price_up", "crossing", "never_liquidated", "distance_fraction", "distance_daily_sigmas",
)  # fmt: skip


def _positions(view: View) -> Iterator[Row]:
    for _, pool, held in view.positions():
        yield {**_whose(view), "pool": pool.pool.id, **_position(held)}


def _position(held: PositionHealth) -> Row:
    position, charge, prices = held.position, held.charge, held.prices
    return {
        "symbol": position.symbol,
        "side": position.side,
        "contracts": float(position.contracts),
        "settle": held.settle,
        "entry_price": float(position.entry_price),
        "mark_price": float(held.mark),
        "notional_settle": float(charge.value),
        "unrealized_pnl_settle": float(charge.unrealized_pnl),
        "initial_requirement_settle": None
        if isinstance(charge.initial, Missing)
        else float(charge.initial.value),
        "maintenance_requirement_settle": float(charge.maintenance.value),
        "closing_cost_settle": float(charge.closing_cost.value),
        "liquidation_price": _number(prices.liquidation),
        "displayed_liquidation_price": prices.displayed,
        "bankruptcy_price": _number(prices.bankruptcy),
        "liquidation_price_down": _number(prices.down),
        "liquidation_price_up": _number(prices.up),
        "crossing": prices.crossing,
        "never_liquidated": prices.never,
        "distance_fraction": _number(held.distance),
        "distance_daily_sigmas": _number(held.distance_sigmas),
    }


POOLS: Final = (
    *_WHOSE, "pool", "unit", "status", "positions", "equity_unit", "collateral_value_unit", "unrealized_pnl_unit",
    "initial_requirement_unit", "maintenance_requirement_unit", "closing_cost_unit", "buffer_unit",
    "margin_ratio_fraction", "available_unit", "withdrawable_unit", "nearest_move_sigmas", "nearest_move_proof",
)  # fmt: skip


def _pool(view: View, one: PoolHealth) -> Row:
    judged = one.judged
    near = None if isinstance(one.nearest, Missing) else one.nearest
    return {
        **_whose(view),
        "pool": one.pool.id,
        "unit": one.pool.unit,
        "status": one.status,
        "positions": len(one.positions),
        "equity_unit": float(judged.equity.value),
        "collateral_value_unit": float(judged.collateral.value),
        "unrealized_pnl_unit": float(judged.unrealized.value),
        "initial_requirement_unit": None
        if isinstance(judged.initial, Missing)
        else float(judged.initial.value),
        "maintenance_requirement_unit": float(judged.maintenance.value),
        "closing_cost_unit": float(judged.closing_cost.value),
        "buffer_unit": float(judged.buffer),
        "margin_ratio_fraction": _number(one.margin_ratio),
        "available_unit": _number(one.available),
        "withdrawable_unit": _number(one.withdrawable),
        "nearest_move_sigmas": None if near is None else float(near.distance_sigmas),
        "nearest_move_proof": None if near is None else near.proof,
    }


ACCOUNTS: Final = (
    *_WHOSE,
    "unit",
    "equity_unit",
    "available_unit",
    "withdrawable_unit",
    "effective_leverage",
)


def _account(view: View) -> Row:
    health = view.health
    return {
        **_whose(view),
        "unit": health.unit,
        "equity_unit": _number(health.equity),
        "available_unit": _number(health.available),
        "withdrawable_unit": _number(health.withdrawable),
        "effective_leverage": _number(health.effective_leverage),
    }


MODES: Final = (
    "mode", "cut", "venue", "unit", "pools", "initial_requirement_unit", "maintenance_requirement_unit",
    "free_collateral_unit", "worst_loss_unit", "bad_debt_unit",
)  # fmt: skip


def _modes(result: Contrast) -> Iterator[Row]:
    for one in result.outcomes:
        yield {
            "mode": one.mode,
            "cut": one.cut,
            "venue": one.venue,
            "unit": one.health.unit,
            "pools": len(one.health.pools),
            "initial_requirement_unit": _number(one.initial_requirement),
            "maintenance_requirement_unit": _number(one.maintenance_requirement),
            "free_collateral_unit": _number(one.free_collateral),
            "worst_loss_unit": _number(one.worst_loss),
            "bad_debt_unit": float(one.bad_debt),
        }


SHOCKS: Final = ("mode", "cut", "venue", "shock", "unit", "loss_unit", "bad_debt_unit", "dead")


def _shocks(result: Contrast) -> Iterator[Row]:
    """Yield a row a mode and shock; the pools that die stand in one cell, a blank between them."""
    for one in result.outcomes:
        for shock in one.shocks:
            yield {
                "mode": one.mode,
                "cut": one.cut,
                "venue": one.venue,
                "shock": shock.name,
                "unit": one.health.unit,
                "loss_unit": float(shock.loss),
                "bad_debt_unit": float(shock.bad_debt),
                "dead": " ".join(shock.dead),
            }


MATRIX: Final = (
    "mode", "cut", "venue", "moves", "direction", "position", "pool", "move_fraction", "crossing", "contagion", "unit",
    "loss_unit",
)  # fmt: skip


def _matrix(result: Contrast) -> Iterator[Row]:
    for one in result.outcomes:
        for row in one.contagion.rows:
            for cell in row.cells:
                yield {
                    "mode": one.mode,
                    "cut": one.cut,
                    "venue": one.venue,
                    "moves": row.moves,
                    "direction": row.direction,
                    "position": cell.position,
                    "pool": cell.pool,
                    "move_fraction": _number(cell.move),
                    "crossing": cell.crossing,
                    "contagion": cell.contagion,
                    "unit": one.contagion.unit,
                    "loss_unit": _number(cell.loss),
                }
