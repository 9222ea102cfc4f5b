"""Pools laid out so that a pass over all of them runs at the speed of memory.

Pools of one position stand by table: a stretch of them shares every constant. All others stand in groups of as many
positions each. A position is a quantity and a table's code, a pool a base. The few whose positions may need more
than the first lines of their table stand apart, as *tall*.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from ringfence.batch import passes
from ringfence.batch.columns import Columns
from ringfence.batch.compiled import compiled
from ringfence.batch.lines import Tables
from ringfence.batch.setting import Setting
from ringfence.batch.straight import Lowered, lower
from ringfence.batch.threads import share

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Floats, Rows

    Places: TypeAlias = npt.NDArray[np.int32]

NOWHERE: Final = -1
_STRETCH: Final = 8192
"""Positions of one stretch: what it reads and writes stays in the nearer caches."""
_PIECES: Final = 32
"""Parts of a pass that threads take in turn."""
ALONE_BELOW: Final = 2_000_000
"""Positions below which one thread is as quick, some milliseconds: on a busy machine, waking another takes as long."""
_ROUNDINGS: Final = 20
"""Roundings on the longest path to a term of a buffer, and on from its sums, beside two for each position.

Each number read is one: it stands for a decimal. With n positions:

    value at the mark    contracts, size, their product, mark, one over it, product: 6; n sums, a difference
    charge               of that value: 6; rate, product, deduction, difference: 4; n sums, one difference
    value at entry       contracts, size, their product, entry, product: 5; n sums into the base, n on it, a difference
    wallet               at most 8 holdings: 8 and as many sums; 2 n and one, as a value at entry
    fixed part           a charge at entry: 9, its first deductions 3; n sums, n more, one difference

The longest is 17 + 2 n; the rest is for what the bound itself rounds, and for products of roundings.
"""


@dataclass(slots=True)
class Block:
    """A stretch of slots for pools of one shape, and of rows for their positions.

    code    table of all its positions; -1: each row has its own
    count   positions a pool
    tall    whether all lines of the tables are looked at
    slot    its first one; room: how many there are; used: how many have been taken so far
    row     its first one
    """

    code: int
    count: int
    tall: bool
    inverse: bool
    slot: int
    row: int
    room: int
    used: int = 0
    free: list[int] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, int, bool, bool]:
        """Return what its pools have in common."""
        return self.code, self.count, self.tall, self.inverse


@dataclass(frozen=True, slots=True)
class Values:
    """Numbers of every slot of a layout, in the pool's unit. What a free slot holds means nothing.

    need     maintenance requirement and closing cost, as often as the trigger counts them
    buffer   equity above that
    """

    equity: "Floats"
    need: "Floats"
    buffer: "Floats"

    @classmethod
    def empty(cls, slots: int) -> "Values":
        """Return room for so many slots."""
        return cls(np.empty(slots), np.empty(slots), np.empty(slots))


class Layout:
    """Pools in slots.

    pool    slot -> place in ``Columns``; -1: nobody stands there
    where   place in ``Columns`` -> slot; -1: not taken
    """

    def __init__(self, tables: Tables, lowered: Lowered, marks: "Floats", pools: int) -> None:
        """Lay pools out, sorted by marks: whoever is tall at these, or at prices half as high again, stands apart."""
        self.tables = tables
        self.arrays = tables.arrays()
        self.arrays.settle_at(marks)
        self.blocks: list[Block] = []
        self._items: Rows | None = None
        self.where: Places = np.full(pools, NOWHERE, np.int32)
        self._fill(lowered)

    @classmethod
    def of(cls, columns: Columns, setting: Setting) -> "Layout":
        """Return a layout of the pools that fit; see ``straight.fits``.

        Args:
            columns: accounts cut into pools.
            setting: the rules and contracts they stand in, and the marks at which they are sorted.

        """
        tables = Tables()
        lowered = lower(columns, setting, tables)
        return cls(tables, lowered, marks_of(columns.symbols, setting), len(columns))

    def _fill(self, lowered: Lowered) -> None:
        shape, order = self._shapes(lowered)
        starts = np.flatnonzero(np.diff(shape[order], prepend=-1)) if len(order) else np.empty(0, np.int64)
        ends = np.append(starts[1:], len(order))[: len(starts)]
        slot = row = 0
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            one = int(order[start])
            first, count = int(lowered.first[one]), int(lowered.first[one + 1] - lowered.first[one])
            code = int(lowered.code[first])
            room = end - start
            tall, inverse = bool(shape[one] & 1), bool(self.arrays.inverse[code])
            self.blocks.append(
                Block(code if count == 1 else NOWHERE, count, tall, inverse, slot, row, room, room)
            )
            slot, row = slot + room, row + room * count
        self.pool = lowered.pool[order]
        self.where[self.pool] = np.arange(len(order), dtype=np.int32)
        self.base, self.mass = lowered.base[order], lowered.mass[order]
        self.fixed = lowered.fixed[order] if lowered.fixed.any() else np.empty(0)
        self.code, self.qty = np.empty(row, np.uint16), np.empty(row)
        _spread(order, lowered.first, lowered.code, lowered.qty, self.code, self.qty)

    def _shapes(self, lowered: Lowered) -> tuple["Rows", "Rows"]:
        """Return a number for each pool's shape, and the pools in its order."""
        counts = np.diff(lowered.first)
        tall = np.zeros(len(counts), np.bool_)
        arrays = self.arrays
        _stand_out(lowered.first, lowered.code, lowered.qty, arrays.cap, arrays.limit, tall)
        lead = lowered.code[lowered.first[:-1]].astype(np.int64)
        group = 2 * counts + arrays.inverse[lead] + len(self.tables)
        shape = 2 * np.where(counts == 1, lead, group) + tall
        small = bool(len(shape)) and shape.max() < 1 << 16
        return shape, np.argsort(shape.astype(np.uint16) if small else shape, kind="stable")

    @property
    def slots(self) -> int:
        """Return how many slots there are."""
        return len(self.base)

    def items(self, blocks: Sequence[Block] | None = None) -> "Rows":
        """Return stretches of blocks, in the columns of ``passes.revalue`` and ``passes.solve``."""
        out = self.arrays.outgrown()
        if blocks is None and self._items is not None and not out.any():
            return self._items
        anyone, found = bool(out.any()), []
        for block in self.blocks if blocks is None else blocks:
            count, code = block.count, block.code
            tall = block.tall or (anyone if code < 0 else bool(out[code]))
            step = max(1, _STRETCH // count)
            found += [
                (
                    block.slot + p,
                    min(step, block.used - p),
                    block.row + p * count,
                    count,
                    code,
                    tall,
                    block.inverse,
                )
                for p in range(0, block.used, step)
            ]
        items = np.array(found, np.int64).reshape(-1, 7)
        if blocks is None and not anyone:
            self._items = items
        return items

    def changed(self) -> None:
        """Forget what was made of the blocks: one of them has other pools now, or stands elsewhere."""
        self._items = None

    def revalue(self, marks: "Floats", into: Values | None = None, *, threads: int | None = None) -> Values:
        """Return equity, need and buffer of every pool, by slot.

        Args:
            marks: [quote] of each of ``Columns.symbols``.
            into: where to put them; None: somewhere new.
            threads: how many share the work; None: all there are.

        """
        self.arrays.stand_at(marks)
        values = Values.empty(self.slots) if into is None else into
        self.run(self.items(), values, threads)
        return values

    def run(self, items: "Rows", values: Values, threads: int | None = None) -> None:
        """Fill the values of some stretches, at the marks that the tables stand at."""
        a = self.arrays
        _shared(
            lambda part: passes.revalue(
                part, a.table, a.rates, a.deductions, self.code, self.qty, self.base, self.fixed,
                values.equity, values.need, values.buffer,
            ),
            items, threads,
        )  # fmt: skip

    def bounds(self, marks: "Floats", *, threads: int | None = None) -> "Floats":
        """Return by how much the buffer of each slot may miss the exact one at most, in the pool's unit.

        That is (20 + 2 n) * 2**-53 times the sum of magnitudes, n the pool's positions: each number read is rounded
        once, and so is each operation; see ``_ROUNDINGS``.
        """
        self.arrays.stand_at(marks)
        bounds, a = np.zeros(self.slots), self.arrays
        _shared(
            lambda part: passes.bound(
                part, a.table, a.top, float(_ROUNDINGS), self.code, self.qty, self.mass, bounds
            ),
            self.items(), threads,
        )  # fmt: skip
        return bounds

    def liquidation_prices(
        self, marks: "Floats", values: Values | None = None, *, threads: int | None = None
    ) -> "Floats":
        """Return the liquidation price of every position, by row [quote].

        It is the first mark, going where the position loses, at which equity meets the need, by the tier that holds
        there and all other marks held; NaN: there is none; a pool past its trigger has the mark.

        Args:
            marks: [quote] of each of ``Columns.symbols``.
            values: at these marks, where they are known already.
            threads: how many share the work; None: all there are.

        """
        known = self.revalue(marks, threads=threads) if values is None else values
        self.arrays.stand_at(marks)
        price, a = np.empty(len(self.qty)), self.arrays
        _shared(
            lambda part: passes.solve(
                part, a.marks, a.table, a.rates, a.deductions, a.duals, a.gains, self.code, self.qty,
                self.base, self.fixed, known.buffer, price,
            ),
            self.items(), threads,
        )  # fmt: skip
        return price

    def rows_of(self, pool: int) -> slice:
        """Return the rows of a pool's positions, in the order in which it holds them."""
        slot = int(self.where[pool])
        block = self.block_at(slot)
        row = block.row + (slot - block.slot) * block.count
        return slice(row, row + block.count)

    def block_at(self, slot: int) -> Block:
        """Return the block in which a slot lies."""
        return next(block for block in self.blocks if block.slot <= slot < block.slot + block.room)

    def move_to_end(self, block: Block, room: int, values: Values) -> Values:
        """Move a block behind all others, where it has more room, and return the values of slots as they are now."""
        more, rows = room, room * block.count
        slots, held = slice(block.slot, block.slot + block.used), block.used * block.count
        begin, end = self.slots, len(self.qty)

        def longer(array: "npt.NDArray[Any]", by: int, part: slice) -> "npt.NDArray[Any]":
            result = np.concatenate([array, np.zeros(by, array.dtype)])
            result[len(array) :][: part.stop - part.start] = array[part]
            return result

        row = slice(block.row, block.row + held)
        self.code, self.qty = longer(self.code, rows, row), longer(self.qty, rows, row)
        self.base, self.mass = longer(self.base, more, slots), longer(self.mass, more, slots)
        self.fixed = longer(self.fixed, more, slots) if len(self.fixed) else self.fixed
        self.pool = longer(self.pool, more, slots)
        self.pool[begin + block.used :] = NOWHERE
        self.pool[slots] = NOWHERE
        there = self.pool[begin : begin + block.used]
        self.where[there[there >= 0]] = begin + np.flatnonzero(there >= 0)
        block.slot, block.row, block.room = begin, end, room
        return Values(*(longer(x, more, slots) for x in (values.equity, values.need, values.buffer)))

    def raised(self) -> Lowered:
        """Return the pools as they were before they were laid out, in the order of their numbers."""
        pool = np.flatnonzero(self.where >= 0).astype(np.int32)
        slots = self.where[pool]
        counts, rows = np.zeros(self.slots, np.int64), np.zeros(self.slots, np.int64)
        for block in self.blocks:
            own = slice(block.slot, block.slot + block.used)
            counts[own] = block.count
            rows[own] = block.row + np.arange(block.used) * block.count
        first = np.concatenate([[0], np.cumsum(counts[slots])])
        code, qty = np.empty(first[-1], np.uint16), np.empty(first[-1])
        _gather(rows[slots], first, self.code, self.qty, code, qty)
        fixed = self.fixed[slots] if len(self.fixed) else np.zeros(len(slots))
        return Lowered(pool, first, code, qty, self.base[slots], fixed, self.mass[slots])

    def by_position(self, found: "Floats", first_position: "Rows", positions: int) -> "Floats":
        """Return what stands by row in the order of ``Columns.positions``; NaN where a pool is not taken."""
        result = np.full(positions, np.nan)
        for block in self.blocks:
            pool = self.pool[block.slot : block.slot + block.used]
            held = np.flatnonzero(pool >= 0)
            to = first_position[pool[held]][:, None] + np.arange(block.count)
            result[to] = found[block.row :][: block.used * block.count].reshape(-1, block.count)[held]
        return result

    @property
    def nbytes(self) -> int:
        """Return the bytes that pools and positions take."""
        held = (self.code, self.qty, self.base, self.fixed, self.mass, self.pool, self.where)
        return sum(array.nbytes for array in held)


def _shared(run: "Callable[[Rows], None]", items: "Rows", threads: int | None) -> None:
    """Run a pass over stretches, dealt out to threads; what comes out does not depend on who takes which."""
    pieces = _pieces(items)
    share(lambda number: run(pieces[number]), range(len(pieces)), threads)


def _pieces(items: "Rows") -> list["Rows"]:
    """Return stretches dealt out to as many parts, far ones together, so that no part has all of the slow ones."""
    if (items[:, 1] * items[:, 3]).sum() < ALONE_BELOW:
        return [items]
    return [items[first::_PIECES] for first in range(min(_PIECES, len(items)))]


def marks_of(symbols: Sequence[str], setting: Setting) -> "Floats":
    """Return the marks of a setting [quote], one a symbol; NaN where there is none."""
    marks = setting.market.marks
    return np.array([float(marks[s]) if s in marks else np.nan for s in symbols], np.float64)


@compiled
def _stand_out(
    first: "Rows", code: "npt.NDArray[np.uint16]", qty: "Floats", cap: "Floats", limit: "Floats",
    tall: "npt.NDArray[np.bool_]",
) -> None:  # fmt: skip
    """Fill which pools hold a position that is not surely below the limit of its table."""
    for p in range(tall.shape[0]):
        below = True
        for j in range(first[p], first[p + 1]):
            at = np.intp(code[j])
            below = below and (limit[at] == np.inf or abs(qty[j]) * cap[at] <= limit[at])
        tall[p] = not below


@compiled
def _spread(
    order: "Rows", first: "Rows", code: "npt.NDArray[np.uint16]", qty: "Floats",
    to_code: "npt.NDArray[np.uint16]", to_qty: "Floats",
) -> None:  # fmt: skip
    """Copy the rows of pools in another order."""
    to = 0
    for i in range(order.shape[0]):
        for j in range(first[order[i]], first[order[i] + 1]):
            to_code[to], to_qty[to] = code[j], qty[j]
            to += 1


@compiled
def _gather(
    begins: "Rows", first: "Rows", code: "npt.NDArray[np.uint16]", qty: "Floats",
    to_code: "npt.NDArray[np.uint16]", to_qty: "Floats",
) -> None:  # fmt: skip
    """Copy the rows of pools back, one pool behind the other."""
    for i in range(begins.shape[0]):
        for j in range(first[i], first[i + 1]):
            at = begins[i] + j - first[i]
            to_code[j], to_qty[j] = code[at], qty[at]
