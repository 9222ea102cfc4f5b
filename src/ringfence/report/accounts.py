"""Verdicts on many accounts as Arrow tables: a row a pool, or a row a position. Float64; what is not known is null."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from ringfence.batch import figures
from ringfence.batch.columns import CROSS, ISOLATED, Columns
from ringfence.batch.setting import Setting
from ringfence.screen.moves import PROOFS, UNKNOWN
from ringfence.screen.verdicts import Verdicts

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Floats

_WORD: Final = pa.dictionary(pa.int32(), pa.string())
POOLS: Final = pa.schema(
    [
        ("account", pa.string()), ("pool", pa.string()), ("unit", _WORD), ("positions", pa.int32()),
        *[(f"{name}_unit", pa.float64()) for name in figures.WORDS[:7]],
        ("margin_ratio_fraction", pa.float64()), ("status", _WORD), ("decided", _WORD),
        ("nearest_move", pa.map_(pa.string(), pa.float64())), ("nearest_move_sigmas", pa.float64()),
        ("nearest_move_proof", _WORD),
    ]
)  # fmt: skip
"""Columns of pools; ``_unit``: an amount of the asset in the column ``unit``. ``decided``: by which engine.
``nearest_move``: coin -> fraction of its price; null where it was not asked for, or none is known."""
POSITIONS: Final = pa.schema(
    [
        ("account", pa.string()), ("pool", pa.string()), ("symbol", _WORD), ("side", _WORD), ("settle", _WORD),
        ("contracts", pa.float64()), ("mark_price", pa.float64()), ("notional_settle", pa.float64()),
        ("unrealized_pnl_settle", pa.float64()), ("initial_requirement_settle", pa.float64()),
        ("maintenance_requirement_settle", pa.float64()), ("closing_cost_settle", pa.float64()),
        ("liquidation_price", pa.float64()), ("liquidation_price_down", pa.float64()),
        ("liquidation_price_up", pa.float64()), ("never_liquidated", pa.bool_()),
    ]
)  # fmt: skip
"""Columns of positions; ``_settle``: an amount of the asset in the column ``settle``. A liquidation price is a mark, of
an option the price of its underlying; null: there is none on that side, or, with ``never_liquidated``, none was asked
for."""
_ENGINES: Final = ("fast", "exact")


def pool_table(found: Verdicts, setting: Setting) -> pa.Table:
    """Return a row for every pool: its figures, and how it stands."""
    columns, pools = found.columns, found.judged.pools
    equity, maintenance = pools[:, figures.EQUITY], pools[:, figures.MAINTENANCE]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(equity > 0.0, maintenance / equity, np.nan)
    made = [
        _accounts(columns),
        pa.array(pool_ids(columns), pa.string()),
        _coded(*_units(columns, setting)),
        pa.array(np.diff(columns.first_position).astype(np.int32)),
        *[_numbers(pools[:, column]) for column in range(7)],
        _numbers(ratio),
        _coded(found.judged.status, figures.STATUSES),
        _coded(found.exact.astype(np.int8), _ENGINES),
        *_nearest(found),
    ]
    return pa.table(made, schema=POOLS)


def position_table(found: Verdicts, setting: Setting) -> pa.Table:
    """Return a row for every position: its figures, in the asset it pays in."""
    columns, held, rows = found.columns, found.columns.positions, found.judged.positions
    pool = np.repeat(np.arange(len(columns)), np.diff(columns.first_position))
    contracts = [setting.instruments[symbol] for symbol in columns.symbols]
    settles = list(dict.fromkeys(contract.settle for contract in contracts))
    settle = np.array([settles.index(contract.settle) for contract in contracts], np.int32)
    marks = np.array([float(setting.market.marks[symbol]) for symbol in columns.symbols])
    made = [
        _accounts(columns).take(pa.array(pool)),
        pa.array(pool_ids(columns), pa.string()).take(pa.array(pool)),
        _coded(held.symbol, columns.symbols),
        _coded((held.sign < 0).astype(np.int8), ("long", "short")),
        _coded(settle[held.symbol], settles),
        _numbers(held.contracts.values),
        _numbers(marks[held.symbol]),
        *[_numbers(rows[:, one]) for one in (figures.VALUE, figures.PNL, figures.OPEN, figures.NEED, figures.CLOSING)],
        *_prices(found),
    ]  # fmt: skip
    return pa.table(made, schema=POSITIONS)


def _nearest(found: Verdicts) -> list[pa.Array]:
    """Return the columns of nearest moves, how far they are, and what is proved of them."""
    moves, count = found.nearest, len(found.columns)
    if moves is None:
        return [pa.nulls(count, POOLS.field(name).type) for name in POOLS.names[-3:]]
    known = moves.proof != UNKNOWN
    offsets = pa.array(moves.first.astype(np.int32), mask=np.append(~known, [False]))
    names = (
        pa.array(moves.coins, pa.string()).take(pa.array(moves.coin))
        if len(moves.coin)
        else pa.array([], pa.string())
    )
    return [
        pa.MapArray.from_arrays(offsets, names, _numbers(moves.move)),
        _numbers(moves.distance),
        pa.DictionaryArray.from_arrays(
            pa.array(moves.proof.astype(np.int32), mask=~known), pa.array(PROOFS, pa.string())
        ),
    ]


def _prices(found: Verdicts) -> list[pa.Array]:
    """Return the columns of liquidation prices, and whether there is none."""
    if found.prices is None:
        count = len(found.columns.positions)
        return [*[pa.nulls(count, pa.float64())] * 3, pa.nulls(count, pa.bool_())]
    never = np.isnan(found.prices[:, 1:]).all(axis=1)
    return [*[_numbers(found.prices[:, side]) for side in range(3)], pa.array(never)]


TABLES: Final[Mapping[str, Callable[[Verdicts, Setting], Any]]] = {
    "pools": pool_table,
    "positions": position_table,
}
"""The tables of verdicts on many accounts, by name."""


def pool_ids(columns: Columns) -> np.ndarray[tuple[int], np.dtype[Any]]:
    """Return every pool's id."""
    names = np.full(len(columns), "idle", object)
    shared = columns.pool_kind == CROSS
    units = np.array(["cross:*", *(f"cross:{asset}" for asset in columns.assets)], object)
    names[shared] = units[columns.pool_unit[shared] + 1]
    alone = columns.pool_kind == ISOLATED
    first = columns.first_position[:-1][alone]
    symbols = np.array([f"isolated:{symbol}" for symbol in columns.symbols] or [""], object)
    own = symbols[columns.positions.symbol[first]]
    if columns.hedge_mode:
        own = own + np.where(columns.positions.sign[first] > 0, ":long", ":short").astype(object)
    names[alone] = own
    return names


def _units(columns: Columns, setting: Setting) -> "tuple[Any, list[str]]":
    words = [*columns.assets, setting.rules.account_mode.unit]
    return np.where(columns.pool_unit < 0, len(words) - 1, columns.pool_unit), words


def _accounts(columns: Columns) -> pa.Array:
    return pa.array(columns.accounts, pa.string()).take(pa.array(columns.pool_account))


def _coded(codes: "npt.ArrayLike", words: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(
        pa.array(np.ascontiguousarray(codes, np.int32)), pa.array(words, pa.string())
    )


def _numbers(values: "Floats") -> pa.Array:
    return pa.array(np.ascontiguousarray(values), from_pandas=True)
