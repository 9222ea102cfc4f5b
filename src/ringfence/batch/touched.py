"""Who is touched by what, while pools come and go: the index of a population by what its pools lean on."""

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from ringfence.batch.columns import Flags, Rows

_LATE_MAX: Final = 1.0 / 16
"""Share of all pairs that may stand outside the sorted ones before all are sorted anew."""
_FEW: Final = 1024
_BITS: Final = 40
"""A pair is one number: the thing, and in so many bits the pool."""


def pairs_of(things: "Rows", pools: "Rows") -> "Rows":
    """Return pairs of a thing and a pool that leans on it, as numbers in any order."""
    return (things.astype(np.int64) << _BITS) | pools


def sorted_once(pairs: "Rows") -> "Rows":
    """Return pairs ascending, each once."""
    pairs = np.sort(pairs)
    return pairs[np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]]


class Index:
    """Pools by what they lean on. Things and pools are numbers from zero."""

    def __init__(self, pairs: "Rows") -> None:
        """Take pairs, ascending, each once."""
        self._settle(pairs)

    def _settle(self, pairs: "Rows") -> None:
        self._pairs = pairs
        self._there: Flags = np.ones(len(pairs), np.bool_)
        self._late: dict[int, set[int]] = {}
        self._late_count = 0

    def of(self, things: "Rows") -> "Rows":
        """Return the pools that lean on any of these, ascending, each once."""
        found = [self._of(thing) for thing in things.tolist()]
        return found[0] if len(found) == 1 else np.unique(np.concatenate([*found, _NOBODY]))

    def _of(self, thing: int) -> "Rows":
        first, end = np.searchsorted(self._pairs, (thing << _BITS, (thing + 1) << _BITS))
        pools = self._pairs[first:end][self._there[first:end]] & ((1 << _BITS) - 1)
        late = self._late.get(thing)
        return np.union1d(pools, np.fromiter(late, np.int64, len(late))) if late else pools

    def change(self, gone: "Rows", come: "Rows") -> None:
        """Forget pairs, then take new ones in; all ascending, each once."""
        stays = np.intersect1d(gone, come, assume_unique=True)
        self._mark(np.setdiff1d(gone, stays, assume_unique=True), there=False)
        self._mark(np.setdiff1d(come, stays, assume_unique=True), there=True)
        if self._late_count > _LATE_MAX * len(self._pairs) + _FEW:
            self._sort()

    def _mark(self, pairs: "Rows", *, there: bool) -> None:
        place = np.searchsorted(self._pairs, pairs)
        known = place < len(self._pairs)
        known[known] = self._pairs[place[known]] == pairs[known]
        self._there[place[known]] = there
        for pair in pairs[~known].tolist():
            late = self._late.setdefault(pair >> _BITS, set())
            before = len(late)
            (late.add if there else late.discard)(pair & ((1 << _BITS) - 1))
            self._late_count += len(late) - before

    def _sort(self) -> None:
        late = [(thing << _BITS) | pool for thing, pools in self._late.items() for pool in pools]
        self._settle(np.union1d(self._pairs[self._there], np.array(late, np.int64)))


_NOBODY: Final = np.zeros(0, np.int64)
