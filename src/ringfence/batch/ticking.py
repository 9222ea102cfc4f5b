"""What a tick touches in a layout, found by one compiled call over arrays that are kept ready."""

from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.compiled import compiled, inlined
from ringfence.batch.layout import Layout

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Floats, Rows
    from ringfence.batch.lines import Arrays

SHARE: Final = 0.25
"""Share of a block's pools that a tick may touch before the whole block is passed over: measured."""
_SLOT, _USED, _ROW, _COUNT, _CODE, _TALL = range(6)
"""Columns of an item of ``passes.revalue``."""


@inlined
def _move(
    symbol: int, new: float, first_table: "Rows", tables: "Rows", inverse: "npt.NDArray[np.bool_]", cap: "Floats",
    limit: "Floats", table: "Floats", table_marks: "Floats", out: "npt.NDArray[np.bool_]",
) -> bool:  # fmt: skip
    """Have the tables of a symbol stand at a new mark; return whether one has outgrown something, or no longer does."""
    turned = False
    for at in range(first_table[symbol], first_table[symbol + 1]):
        t = tables[at]
        table_marks[t] = new
        table[t, 0] = 1.0 / new if inverse[t] else new
        grown = not table[t, 0] <= cap[t] and np.isfinite(limit[t])
        turned = turned or grown != out[t]
    return turned


@compiled
def _look(
    moved: "Rows", new: "Floats", marks: "Floats", first_table: "Rows", tables: "Rows",
    inverse: "npt.NDArray[np.bool_]", cap: "Floats", limit: "Floats", table: "Floats", table_marks: "Floats",
    out: "npt.NDArray[np.bool_]", groups: "Rows", starts: "Rows", first_alone: "Rows", alone: "Rows",
    blocks: "Rows", share: float, whole: "Rows", listed: "Rows",
) -> tuple[int, int, int]:  # fmt: skip
    """Move marks, and find what is to be summed again.

    tables, alone   of every symbol: its tables, and the blocks of pools that hold nothing else
    out             table -> whether its price has outgrown what positions were sorted by
    whole           filled with the blocks to be passed over
    listed          filled as ``passes.revalue_listed`` reads it
    Return how many of each, and how many positions that are; -1: prices have outgrown something, or no longer do.
    """
    turned = False
    for k in range(moved.shape[0]):
        marks[moved[k]] = new[k]
        turned |= _move(moved[k], new[k], first_table, tables, inverse, cap, limit, table, table_marks, out)
    if turned:
        return 0, 0, -1
    blocks_found, lists_found, touched = 0, 0, 0
    for g in range(groups.shape[0]):
        count = 0
        for k in range(moved.shape[0]):
            count += starts[g, moved[k] + 1] - starts[g, moved[k]]
        block = groups[g]
        if count > share * blocks[block, 1]:
            whole[blocks_found] = block
            blocks_found += 1
            touched += blocks[block, 1] * blocks[block, 3]
            continue
        touched += count
        for k in range(moved.shape[0]):
            begin, end = starts[g, moved[k]], starts[g, moved[k] + 1]
            if end > begin:
                listed[lists_found, 0], listed[lists_found, 1] = begin, end
                listed[lists_found, 2], listed[lists_found, 3] = blocks[block, 0], blocks[block, 2]
                listed[lists_found, 4], listed[lists_found, 5] = blocks[block, 3], blocks[block, 5]
                lists_found += 1
    for k in range(moved.shape[0]):
        for at in range(first_alone[moved[k]], first_alone[moved[k] + 1]):
            whole[blocks_found] = alone[at]
            blocks_found += 1
            touched += blocks[alone[at], 1] * blocks[alone[at], 3]
    return blocks_found, lists_found, touched


class Lookout:
    """Arrays by which a tick finds what it touches; they follow a layout as it changes.

    blocks   number -> its item of ``passes.revalue``
    anyone   whether the price of any table has outgrown what positions were sorted by
    """

    def __init__(self, layout: Layout, number: list[int], starts: "Rows", symbols: int) -> None:
        """Take a layout, and the index of its groups: their numbers, and where the pools of each symbol begin."""
        self._layout, self._symbols = layout, symbols
        self._groups, self._starts = np.array(number, np.int64), starts
        self.blocks = np.empty((0, 7), np.int64)
        for place in range(len(layout.blocks)):
            self.follow(place)
        self.know_tables()

    def know_outgrown(self) -> None:
        """Note which tables' prices have outgrown what positions were sorted by."""
        self._out = self._layout.arrays.outgrown()
        self.anyone = bool(self._out.any())

    def know_tables(self) -> None:
        """Take in the tables of the layout, and the blocks that stand for one of them alone."""
        arrays: Arrays = self._layout.arrays
        self.know_outgrown()
        self._tables = _by_symbol(arrays.symbol, self._symbols)
        self._know_alone()

    def _know_alone(self) -> None:
        symbol = self._layout.arrays.symbol
        alone = [
            (n, int(symbol[block.code])) for n, block in enumerate(self._layout.blocks) if block.code >= 0
        ]
        numbers, symbols = np.array(alone, np.int64).reshape(-1, 2).T
        first, order = _by_symbol(symbols, self._symbols)
        self._alone = first, np.ascontiguousarray(numbers[order])
        self._whole = np.empty(len(self._layout.blocks), np.int64)

    def follow(self, number: int) -> None:
        """Note where a block stands now, and how much of it is used."""
        block, known = self._layout.blocks[number], len(self.blocks)
        if number >= known:
            more = np.zeros((max(number + 1 - known, known // 4), 7), np.int64)
            self.blocks = np.concatenate([self.blocks, more])
        self.blocks[number] = (
            block.slot, block.used, block.row, block.count, block.code, block.tall, block.inverse
        )  # fmt: skip

    def meet(self, number: int) -> None:
        """Take in a block that was not there before."""
        self.follow(number)
        self._know_alone()

    def look(self, marks: "Floats", moved: "Rows", new: "Floats") -> "tuple[Rows, Rows, int]":
        """Move marks, and return which blocks to pass over, which lists to sum again, and how many positions that is.

        -1 positions: prices have outgrown what some were sorted by, or no longer do, and all are to be summed.
        """
        a = self._layout.arrays
        listed = np.empty((len(self._groups) * len(moved), 6), np.int64)
        whole, lists, touched = _look(
            moved, new, marks, *self._tables, a.inverse, a.cap, a.limit, a.table, a.marks, self._out,
            self._groups, self._starts, *self._alone, self.blocks, SHARE, self._whole, listed,
        )  # fmt: skip
        return self._whole[:whole], listed[:lists], touched


def _by_symbol(symbol: "Rows", symbols: int) -> "tuple[Rows, Rows]":
    """Return where the places of each symbol begin, and the places; those of no symbol are left out."""
    order = np.argsort(symbol, kind="stable")
    return np.searchsorted(symbol[order], np.arange(symbols + 1)), order
