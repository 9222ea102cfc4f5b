"""Blocks cut where the exact engine searches pool by pool: small enough to be shared out, and to be seen moving on."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from ringfence.batch.columns import CROSS, Columns, Holdings, Numbers, Positions
from ringfence.batch.setting import Setting
from ringfence.core.errors import InputError
from ringfence.screen.verdicts import is_many
from ringfence.venue.instruments import facts_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Flags

Held = TypeVar("Held", Positions, Holdings)

SEARCHED: Final = 32
"""Pools of a piece that are searched, at most, but for what one account has more: some seconds' work."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some whole accounts of a block.

    fast   whether the fast engine judges them first: it depends on the block that they are of
    """

    columns: Columns
    fast: bool


def pieces_of(
    columns: Columns, setting: Setting, *, searching: bool, most: int | None = None
) -> Iterator[Piece]:
    """Yield a block in pieces, in order; one account may be more than is said here.

    Args:
        columns: the block.
        setting: what it stands in.
        searching: whether prices or moves are looked for: then few pools of a piece are such as take a search.
        most: pools of a piece; None: any number.

    """
    piece, count = Piece(columns, is_many(columns)), len(columns.accounts)
    slow = searched(columns, setting) if searching else np.zeros(len(columns), np.bool_)
    most = len(columns) if most is None else most
    if slow.sum() <= SEARCHED and len(columns) <= most:
        yield piece
        return
    pools = np.searchsorted(columns.pool_account, np.arange(count + 1))
    slow_before = np.concatenate(([0], np.cumsum(slow)))[pools]
    start = 0
    while start < count:
        ends = [
            np.searchsorted(before, before[start] + limit, "right") - 1
            for before, limit in ((slow_before, SEARCHED), (pools, most))
        ]
        end = max(int(min(ends)), start + 1)
        yield replace(piece, columns=accounts_of(columns, start, end))
        start = end


def searched(columns: Columns, setting: Setting) -> "Flags":
    """Return which pools net under a portfolio model or hold an option: where they die is searched for."""
    asks = np.zeros((len(columns.symbols) + 1, 2), np.bool_)
    for code in np.unique(columns.positions.symbol).tolist():
        asks[code] = [_is_searched(columns.symbols[code], mode, setting) for mode in ("cross", "isolated")]
    sizes = np.diff(columns.first_position)
    alone = np.repeat(columns.pool_kind != CROSS, sizes).astype(np.int64)
    pool = np.repeat(np.arange(len(columns)), sizes)
    found = np.zeros(len(columns), np.bool_)
    found[pool[asks[columns.positions.symbol, alone]]] = True
    return found


def _is_searched(symbol: str, margin_mode: str, setting: Setting) -> bool:
    contract = setting.instruments[symbol]
    try:
        return contract.is_option or setting.rules.offset(facts_of(contract, margin_mode)) is not None
    except InputError:
        return False  # whoever judges it says what is wrong


def accounts_of(columns: Columns, start: int, end: int) -> Columns:
    """Return the accounts from one place to before another, with all that is theirs."""
    first, last = np.searchsorted(columns.pool_account, [start, end])
    pools = slice(int(first), int(last))
    positions = slice(int(columns.first_position[first]), int(columns.first_position[last]))
    holdings = slice(int(columns.first_holding[first]), int(columns.first_holding[last]))
    return replace(
        columns,
        accounts=columns.accounts[start:end],
        pool_account=columns.pool_account[pools] - np.int32(start),
        pool_kind=columns.pool_kind[pools],
        pool_unit=columns.pool_unit[pools],
        first_position=columns.first_position[pools.start : pools.stop + 1] - positions.start,
        first_holding=columns.first_holding[pools.start : pools.stop + 1] - holdings.start,
        positions=_rows_of(columns.positions, positions),
        holdings=_rows_of(columns.holdings, holdings),
    )


def _rows_of(held: Held, rows: slice) -> Held:
    """Return some rows of every column there is."""
    some: dict[str, Any] = {one.name: _some(getattr(held, one.name), rows) for one in fields(held)}
    return replace(held, **some)


def _some(column: "Numbers | npt.NDArray[Any] | None", rows: slice) -> "Numbers | npt.NDArray[Any] | None":
    if not isinstance(column, Numbers):
        return None if column is None else column[rows]
    written = {
        row - rows.start: number for row, number in column.written.items() if rows.start <= row < rows.stop
    }
    return Numbers(column.values[rows], written)
