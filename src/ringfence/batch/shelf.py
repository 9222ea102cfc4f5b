"""Rows of pools that come and go: each pool's stand together, wherever there was room."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from ringfence.batch.columns import Numbers

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Rows

    Anything: TypeAlias = npt.NDArray[Any]

SLACK: Final = 1.25
"""Room of what has to grow, over what it holds."""
_EIGHT: Final = 8
"""Least room of what has grown."""


def longer(array: "Anything", count: int) -> "Anything":
    """Return an array with room for so many, and some to spare where it had less."""
    if count <= len(array):
        return array
    grown = np.zeros((max(count + _EIGHT, int(count * SLACK)), *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown


class Shelf:
    """Columns of rows, and which are whose.

    first, end  pool -> where its rows begin, and where they end
    columns     name -> what stands there; rows that are nobody's mean nothing
    written     name -> row -> the number as it was written, where a float64 does not hold it; see ``Numbers``
    """

    def __init__(self, first: "Rows", lent: "Mapping[str, Anything | Numbers]", **own: "Anything") -> None:
        """Take rows that are sorted by pool, and where each pool's begin. What is lent is copied before it changes."""
        self.first, self.end = first[:-1].astype(np.int64), first[1:].astype(np.int64)
        numbers = {name: one for name, one in lent.items() if isinstance(one, Numbers)}
        plain = {name: one for name, one in lent.items() if not isinstance(one, Numbers)}
        self.columns: dict[str, Anything] = {
            **plain,
            **{name: one.values for name, one in numbers.items()},
            **own,
        }
        self.written = {name: dict(one.written) for name, one in numbers.items() if one.written}
        self._lent = set(lent)
        self._used, self._holes = int(first[-1]), 0

    def rows(self, pools: "Rows") -> "Rows":
        """Return the rows of pools, one pool behind the other."""
        first, counts = self.first[pools], self.end[pools] - self.first[pools]
        ends = np.cumsum(counts)
        return np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - (ends - counts), counts)

    def make_room(self, pools: "Rows", counts: "Rows") -> "Rows":
        """Give pools so many rows each, and return these: what stood there is void. Who had as many stays in place."""
        size = int(pools.max(initial=-1)) + 1
        self.first, self.end = longer(self.first, size), longer(self.end, size)
        before = self.end[pools] - self.first[pools]
        if any(self.written.values()):
            self._forget(self.rows(pools))
        other = before != counts
        movers, needed = pools[other], counts[other]
        ends = self._used + np.cumsum(needed)
        self.first[movers], self.end[movers] = ends - needed, ends
        self._used += int(needed.sum())
        self._holes += int(before[other].sum())
        for name, column in self.columns.items():
            self.columns[name] = longer(column, self._used)
            if self.columns[name] is not column:
                self._lent.discard(name)
        return self.rows(pools)

    def _forget(self, rows: "Rows") -> None:
        for numbers in self.written.values():
            for row in rows.tolist() if numbers else ():
                numbers.pop(row, None)

    def write(
        self, name: str, rows: "Rows", values: "Anything | Numbers | float", nothing: float = np.nan
    ) -> None:
        """Put values into a column; ``nothing``: what one that is new holds in all other rows."""
        if name not in self.columns:
            self.columns[name] = np.full(self._room, nothing)
        elif name in self._lent:
            self.columns[name] = self.columns[name].copy()
        self._lent.discard(name)
        if isinstance(values, Numbers):
            self.columns[name][rows] = values.values
            known = self.written.setdefault(name, {}) if values.written else {}
            known.update((int(rows[place]), number) for place, number in values.written.items())
        else:
            self.columns[name][rows] = values

    def numbers(self, name: str, rows: "Rows") -> Numbers | None:
        """Return numbers as they stand in some rows, and as they were written; None: there is no such column."""
        if name not in self.columns:
            return None
        known = self.written.get(name)
        written = {n: known[row] for n, row in enumerate(rows.tolist()) if row in known} if known else {}
        return Numbers(self.columns[name][rows], written)

    @property
    def _room(self) -> int:
        return max((len(column) for column in self.columns.values()), default=0)

    @property
    def is_sparse(self) -> bool:
        """Return whether so many rows are nobody's that all should close up."""
        return self._holes > self._used // 2 + _EIGHT

    def close_up(self, pools: int) -> None:
        """Put all rows of the first so many pools behind each other, in the order of these."""
        rows, counts = self.rows(np.arange(pools)), self.end[:pools] - self.first[:pools]
        if any(self.written.values()):
            place = dict(zip(rows.tolist(), range(len(rows)), strict=True))
            self.written = {
                name: {place[row]: n for row, n in known.items()} for name, known in self.written.items()
            }
        self.columns, self._lent = {name: column[rows] for name, column in self.columns.items()}, set()
        self.end = np.cumsum(counts)
        self.first, self._used, self._holes = self.end - counts, len(rows), 0
