"""A run cut into batches of blocks: done here or by many workers, in order, watched, and ended once it is sure enough.

A batch is the same blocks whoever does it, and batches are put together in order. So the figures are the same to the
bit for any number of threads or workers, and so is the batch after which a run that is sure enough ends.
"""

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.core.errors import BookError, WorkerError
from ringfence.paths.fates import NEVER
from ringfence.paths.run import Found, Run
from ringfence.paths.shown import Book

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats

BATCH: Final = 128
"""Blocks of a batch."""
LEAST: Final = 2
"""Batches before a run may end because it is sure enough."""
_PROTOCOL: Final = 5
_EIGHT: Final = 8
_GIB: Final = 2.0**30


@dataclass(frozen=True, slots=True)
class Chance:
    """The chance of any liquidation in a mode, from the paths so far, and its standard error."""

    mode: str
    venue: str
    chance: float
    error: float

    @property
    def relative(self) -> float:
        """Return the standard error over the chance; infinite where nothing has died yet."""
        return self.error / self.chance if self.chance > 0.0 else np.inf


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands.

    paths    done so far; zero: it has not started
    asked    at most
    memory   [bytes] that the results take
    """

    paths: int
    asked: int
    memory: int
    chances: tuple[Chance, ...]


Watch = Callable[[Progress], None]
"""Told before a run starts, and after every batch."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Who does the work. See ``screen.fan_out.shared_out``; the figures are the same for all.

    threads   of this process, where it works alone
    """

    threads: int | None = None
    workers: int | None = None
    backend: str | None = None
    address: str | None = None

    @property
    def is_alone(self) -> bool:
        """Return whether this process works alone."""
        return self.backend is None and self.address is None and self.workers in {None, 1}


def memory_for(book: Book, paths: int) -> int:
    """Return the memory that the results of a run take [bytes]."""
    each = 0
    for shown in book.shown:
        pools, positions = len(shown.tables), len(shown.pool_of)
        each += _EIGHT * (5 + positions + 2 * pools) + 4 * (positions + pools)
    return paths * (each + _EIGHT)


def check_memory(need: int) -> None:
    """Refuse a run whose results do not fit into this machine.

    Raises:
        BookError: they do not.

    """
    try:
        np.empty(need, np.uint8)  # asked for, and given back untouched
    except (MemoryError, ValueError):
        raise BookError(
            "paths",
            f"their results take {need / _GIB:.1f} GiB, and this machine has not as much",
            "Ask for fewer paths, fewer modes, or until a standard error is reached",
        ) from None


class Sums:
    """Sums over paths of what says how sure the chance of any liquidation is, mode by mode."""

    def __init__(self, book: Book) -> None:
        """Begin with no path."""
        self._book, self.paths = book, 0
        self._sums = np.zeros((len(book.shown), 2))

    def add(self, part: Found) -> None:
        """Add a batch."""
        weight: Floats = np.exp(part.logs)
        self.paths += len(weight)
        for number, result in enumerate(part.results):
            dead = weight * (result.died.min(axis=1, initial=NEVER) != NEVER)
            self._sums[number] += dead.sum(), np.square(dead).sum()

    def chances(self) -> tuple[Chance, ...]:
        """Return the chance of each mode."""
        found = []
        for shown, (first, second) in zip(self._book.shown, self._sums.tolist(), strict=True):
            count = max(self.paths, 1)
            mean = first / count
            spread = max(second / count - mean * mean, 0.0)
            found.append(Chance(shown.mode, shown.venue, mean, float(np.sqrt(spread / count))))
        return tuple(found)

    def is_sure(self, until: float) -> bool:
        """Return whether every mode in which anything dies is known to a relative standard error; one must be."""
        known = [one.relative for one in self.chances() if one.chance > 0.0]
        return bool(known) and max(known) <= until


def run_through(
    run: Run, paths: int, crew: Crew, *, until: float | None = None, watch: Watch | None = None
) -> Found:
    """Return what happens on so many paths, or on as many as it takes.

    Args:
        run: the run.
        paths: how many, at most.
        crew: who does it.
        until: relative standard error of the chance of any liquidation, in every mode in which anything dies, at
            which the run ends: after a whole batch, and never before the second.
        watch: told where the run stands.

    Raises:
        BookError: the results do not fit into this machine, or ``until`` is no share.
        WorkerError: workers die again and again over a batch.

    """
    if until is not None and not 0.0 < until < 1.0:
        raise BookError("until", f"{until:g} is no relative standard error", "Write a share, such as 0.01")
    need = memory_for(run.book, paths)
    check_memory(2 * need)  # batches, and what they are put together to
    sums, parts = Sums(run.book), list[Found]()
    if watch is not None:
        watch(Progress(0, paths, need, sums.chances()))
    for part in _parts(run, paths, crew):
        parts.append(part)
        sums.add(part)
        if watch is not None:
            watch(Progress(sums.paths, paths, need, sums.chances()))
        if until is not None and len(parts) >= LEAST and sums.is_sure(until):
            break
    return Found.joined(parts)


@dataclass(frozen=True, slots=True)
class Batch:
    """Blocks that are walked together: the first, and the paths in them."""

    first: int
    paths: int


def batches_of(paths: int) -> Iterator[Batch]:
    """Yield the batches of a run, in order."""
    from ringfence.batch.walk import LANES  # noqa: PLC0415 - numba is imported by who walks

    size = BATCH * LANES
    for start in range(0, paths, size):
        yield Batch(start // LANES, min(size, paths - start))


def _parts(run: Run, paths: int, crew: Crew) -> Iterator[Found]:
    if crew.is_alone:
        for batch in batches_of(paths):
            yield run.over(batch.first, batch.paths, crew.threads)
        return
    from ringfence.screen.fan_out import fanned  # noqa: PLC0415 - who works alone needs no joblib

    if crew.workers is not None and crew.workers < 1:
        raise WorkerError("workers", f"{crew.workers} is none", "Write 1 or more, or leave it out")
    if crew.address is not None and crew.backend not in {None, "dask"}:
        raise WorkerError(
            f"backend {crew.backend}", "it takes no address", "Leave one of the two out, or take dask"
        )
    packed = pickle.dumps(run, _PROTOCOL)
    tasks = (PathTask(batch, packed) for batch in batches_of(paths))
    for _, part in fanned(tasks, crew.workers, crew.backend, crew.address):
        yield part


@dataclass(frozen=True, slots=True)
class PathTask:
    """A batch on its way to a worker: what ``screen.fan_out`` asks of a task.

    run     packed
    tries   how often a worker was lost while it was on its way
    """

    batch: Batch
    run: bytes
    tries: int = 0

    @property
    def columns(self) -> Batch:
        """Return the batch."""
        return self.batch

    @property
    def name(self) -> str:
        """Return which paths they are."""
        from ringfence.batch.walk import LANES  # noqa: PLC0415 - as above

        first = self.batch.first * LANES
        return f"paths {first} to {first + self.batch.paths - 1}"

    @property
    def call(self) -> tuple[bytes, bytes, bytes, bytes]:
        """Return what a worker is given: no rules beside those in the run."""
        nothing = pickle.dumps(None, _PROTOCOL), pickle.dumps(({}, None, None, None), _PROTOCOL)
        return *nothing, pickle.dumps(Walking(self.run), _PROTOCOL), pickle.dumps(self.batch, _PROTOCOL)


@dataclass(frozen=True, slots=True)
class Walking:
    """What a worker does with a batch."""

    run: bytes

    def done(self, batch: Batch, _setting: object, threads: int | None, /) -> Found:
        """Walk it."""
        return _unpacked(self.run).over(batch.first, batch.paths, threads)


@lru_cache(maxsize=1)
def _unpacked(run: bytes) -> Run:
    """Return a run, kept for the next batch."""
    found: Run = pickle.loads(run)  # noqa: S301 - our own
    return found
