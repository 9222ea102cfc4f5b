"""Numbers that run along with the marks: a tick costs what it touches, and comes out as if all had been summed anew.

A pool that a tick touches is summed whole again, in its order, so that the bits are those of a full pass. Where a tick
touches more than a share of a block, the whole block is passed over, which is quicker than to look for its pools: so a
tick never costs more than a full pass.
"""

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from ringfence.batch import passes
from ringfence.batch.changes import numbers_of
from ringfence.batch.columns import Columns
from ringfence.batch.compiled import compiled
from ringfence.batch.layout import ALONE_BELOW, NOWHERE, Block, Layout, marks_of
from ringfence.batch.lines import Tables
from ringfence.batch.setting import Setting
from ringfence.batch.straight import Lowered, lower
from ringfence.batch.ticking import Lookout

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Rows

    Places: TypeAlias = npt.NDArray[np.int32]

_SMALL: Final = 20_000
"""Positions below which a full pass is over before it is known what a tick touches: measured."""
_LATE_MAX: Final = 1.0 / 16
"""Share of all pools that may stand outside the index before it is made anew."""
_SLACK: Final = 1.25
"""Room of a block that has to move, over what it holds."""
_EIGHT: Final = 8
"""Least room of a block that has been added to."""


class _Index:
    """Who holds what: for each block of a group, its pools by symbol.

    number    the blocks of groups, by place in ``Layout.blocks``
    starts    [group, symbol] -> where its pools begin, and one more: where the last ones end
    pools     places in their block
    """

    def __init__(self, layout: Layout, symbols: int) -> None:
        """Look through all groups once."""
        of_table = layout.arrays.symbol
        groups = [(n, block) for n, block in enumerate(layout.blocks) if block.code < 0]
        self.number = [n for n, _ in groups]
        self.starts = np.zeros((len(groups), symbols + 1), np.int64)
        self.pools = np.empty(sum(block.used * block.count for _, block in groups), np.int32)
        end = 0
        for place, (_, block) in enumerate(groups):
            rows = layout.code[block.row : block.row + block.used * block.count]
            count = np.bincount(of_table[rows], minlength=symbols)
            self.starts[place] = end + np.concatenate([[0], np.cumsum(count)])
            end += len(rows)
            _sort(rows, of_table, block.count, self.starts[place].copy(), self.pools)


@compiled
def _sort(code: "npt.NDArray[np.uint16]", of_table: "Rows", count: int, at: "Rows", pools: "Places") -> None:
    """Fill the places of pools by symbol."""
    j = 0
    for p in range(code.shape[0] // count):
        for _ in range(count):
            s = of_table[np.intp(code[j])]
            pools[at[s]] = p
            at[s] += 1
            j += 1


class Running:
    """A layout with its numbers at the marks of the moment.

    layout    where the pools stand; ``values``: their numbers by slot, ``marks``: of each symbol [quote]
    """

    def __init__(self, columns: Columns, setting: Setting) -> None:
        """Lay out the pools that fit, and judge them at the marks of the setting."""
        self.setting, self.symbols = setting, columns.symbols
        self.tables = Tables()
        lowered = lower(columns, setting, self.tables)
        self.marks = marks_of(columns.symbols, setting)
        self._settle(Layout(self.tables, lowered, self.marks, len(columns)))

    def _settle(self, layout: Layout) -> None:
        self.layout = layout
        self.values = layout.revalue(self.marks)
        self._blocks = {block.shape: number for number, block in enumerate(layout.blocks)}
        self._holes = 0
        self._look_through()

    def _look_through(self) -> None:
        """Make the index anew."""
        self.index = _Index(self.layout, len(self.symbols))
        self._late: dict[int, dict[int, list[int]]] = {}
        self._late_count = 0
        self._lookout = Lookout(self.layout, self.index.number, self.index.starts, len(self.symbols))

    def tick(self, symbols: "npt.ArrayLike", marks: "npt.ArrayLike", *, threads: int | None = None) -> int:
        """Move some marks, and return how many positions there were to sum again.

        Args:
            symbols: places in ``Columns.symbols``, each once.
            marks: [quote] their new marks.
            threads: how many share large work; None: all there are.

        """
        moved = np.array(symbols, np.int64).ravel()
        new = np.empty(len(moved))
        new[:] = marks
        layout, lookout = self.layout, self._lookout
        if len(layout.qty) < _SMALL:
            self.marks[moved] = new
            return self._pass_over(threads)
        whole, listed, touched = lookout.look(self.marks, moved, new)
        if touched < 0:
            return self._pass_over(threads)
        anyone = lookout.anyone
        if anyone:
            listed[:, 5] = 1
        if len(listed):
            self._run_listed(listed, self.index.pools)
        for s in moved.tolist() if self._late else ():
            for n, places in self._late.get(s, {}).items():
                block, pools = layout.blocks[n], np.array(places, np.int32)
                tall = block.tall or anyone
                one = [0, len(pools), block.slot, block.row, block.count, tall]
                self._run_listed(np.array([one], np.int64), pools)
        if len(whole):
            few = touched < ALONE_BELOW and not anyone
            items = lookout.blocks[whole] if few else layout.items([layout.blocks[n] for n in whole.tolist()])
            layout.run(items, self.values, threads)
        return touched

    def _pass_over(self, threads: int | None) -> int:
        """Sum all pools again, and return how many positions that is."""
        self.layout.revalue(self.marks, self.values, threads=threads)
        self._lookout.know_outgrown()
        return len(self.layout.qty)

    def warm_up(self) -> None:
        """Call what is compiled when it is first called, to no other end."""
        _, listed, _ = self._lookout.look(self.marks, np.empty(0, np.int64), np.empty(0))
        self._run_listed(listed, self.index.pools)
        self.layout.bounds(self.marks)
        self.layout.liquidation_prices(self.marks, self.values)
        self.compact()

    def _run_listed(self, listed: "Rows", pools: "Places") -> None:
        layout, values, a = self.layout, self.values, self.layout.arrays
        passes.revalue_listed(
            listed, pools, a.table, a.rates, a.deductions, layout.code, layout.qty, layout.base,
            layout.fixed, values.equity, values.need, values.buffer,
        )  # fmt: skip

    def put(self, columns: Columns, pools: "npt.ArrayLike") -> "npt.NDArray[np.bool_]":
        """Put pools in, or in the place of those that were there before, and return which of them fit.

        One that does not fit is taken out where it was: it is for the general engine now.

        Args:
            columns: the new pools, of the same symbols.
            pools: under which numbers they are known from now on, each once, in the order of ``columns``.

        Raises:
            ValueError: the symbols are others, or a number is there twice.

        """
        places = numbers_of(columns, self.symbols, pools)
        before = len(self.tables)
        lowered = lower(columns, self.setting, self.tables)
        if len(self.tables) > before:
            self._know_tables()
        self.remove(places[places < len(self.layout.where)])
        self._grow_numbers(int(places.max(initial=-1)) + 1)
        if lowered.fixed.any() and not len(self.layout.fixed):
            self.layout.fixed = np.zeros(self.layout.slots)
        for one, place in enumerate(places[lowered.pool].tolist()):
            self._place(lowered, one, place)
        self.layout.changed()
        self._tidy()
        taken = np.zeros(len(columns), np.bool_)
        taken[lowered.pool] = True
        return taken

    def remove(self, pools: "npt.ArrayLike") -> None:
        """Take pools out; their slots are free for others."""
        layout = self.layout
        slots = layout.where[np.asarray(pools, np.int64).ravel()]
        for slot in slots[slots >= 0].tolist():
            block = layout.block_at(slot)
            place = slot - block.slot
            layout.where[layout.pool[slot]], layout.pool[slot] = NOWHERE, NOWHERE
            layout.qty[block.row + place * block.count :][: block.count] = 0.0
            layout.base[slot] = layout.mass[slot] = 0.0
            if len(layout.fixed):
                layout.fixed[slot] = 0.0
            block.free.append(place)
            self._holes += 1

    def _know_tables(self) -> None:
        """Take in tables that nobody had before."""
        layout, cap = self.layout, self.layout.arrays.cap
        layout.arrays = self.tables.arrays()
        layout.arrays.settle_at(self.marks)
        layout.arrays.cap[: len(cap)] = cap
        self._lookout.know_tables()

    def _grow_numbers(self, count: int) -> None:
        where = self.layout.where
        if count > len(where):
            more = max(count, int(len(where) * _SLACK))
            self.layout.where = np.concatenate([where, np.full(more - len(where), NOWHERE, np.int32)])

    def _place(self, lowered: Lowered, one: int, pool: int) -> None:
        """Put one pool into a free slot of its shape, and judge it."""
        layout, arrays = self.layout, self.layout.arrays
        first, end = int(lowered.first[one]), int(lowered.first[one + 1])
        code, qty, count = lowered.code[first:end], lowered.qty[first:end], end - first
        limit, cap = arrays.limit[code], arrays.cap[code]
        tall = bool((np.isfinite(limit) & ~(np.abs(qty) * cap <= limit)).any())
        shape = (int(code[0]) if count == 1 else NOWHERE, count, tall, bool(arrays.inverse[code[0]]))
        number = self._room(shape)
        block = layout.blocks[number]
        place = block.free.pop() if block.free else block.used
        block.used = max(block.used, place + 1)
        self._lookout.follow(number)
        slot, row = block.slot + place, block.row + place * count
        layout.code[row : row + count], layout.qty[row : row + count] = code, qty
        layout.base[slot], layout.mass[slot] = lowered.base[one], lowered.mass[one]
        if len(layout.fixed):
            layout.fixed[slot] = lowered.fixed[one]
        layout.pool[slot], layout.where[pool] = pool, slot
        for symbol in arrays.symbol[code].tolist() if block.code < 0 else ():
            self._late.setdefault(symbol, {}).setdefault(number, []).append(place)
            self._late_count += 1
        items = np.array([[slot, 1, row, count, block.code, 1, block.inverse]], np.int64)
        layout.run(items, self.values, 1)

    def _room(self, shape: tuple[int, int, bool, bool]) -> int:
        """Return the number of the block of a shape, with a free slot in it."""
        layout = self.layout
        number = self._blocks.get(shape)
        if number is None:
            code, count, tall, inverse = shape
            number = self._blocks[shape] = len(layout.blocks)
            layout.blocks.append(Block(code, count, tall, inverse, layout.slots, len(layout.qty), 0))
            self._lookout.meet(number)
        block = layout.blocks[number]
        if not block.free and block.used == block.room:
            self._holes += block.room
            self.values = layout.move_to_end(block, max(_EIGHT, int(block.used * _SLACK)), self.values)
        return number

    def _tidy(self) -> None:
        """Make the index anew, or the whole layout, where too much has changed for it to be worth keeping."""
        late, slots = self._late_count, self.layout.slots
        if self._holes > slots // 2 + _EIGHT:
            self.compact()
        elif late > _LATE_MAX * slots + _EIGHT:
            self._look_through()

    def compact(self) -> None:
        """Lay all pools out anew, sorted by the marks of the moment, without free slots."""
        layout = self.layout
        self._settle(Layout(self.tables, layout.raised(), self.marks, len(layout.where)))
