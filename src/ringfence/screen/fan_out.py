"""Blocks of accounts judged by many workers, in order and whole, as by one."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, Final, Protocol

from ringfence.batch.columns import Columns
from ringfence.core.errors import WorkerError
from ringfence.screen.jobs import Job, Judging
from ringfence.screen.verdicts import Verdicts
from ringfence.screen.wire import NOTHING, Call, Rules, Task, read_answer, setting_of, tasks_of

TRIES: Final = 3
"""Lost workers after which a block is given up: twice among others, and once, to be sure that it is this one, alone."""
LARGE: Final = 1 << 16
"""Pools of a block from which on it is cut, so that every worker has some."""


class Crew(Protocol):
    """Some workers.

    size   blocks that are sent out together
    many   how often that, before the first answers are taken
    """

    size: int
    many: int

    def start(self, calls: Sequence[Call], /) -> Iterator[bytes]:
        """Send blocks out, and return their answers in order; raise whatever happens to workers."""
        ...

    def drop(self) -> None:
        """Give up what is on its way."""
        ...

    def close(self) -> None:
        """Give up what is on its way, and the workers."""
        ...


def spread(
    blocks: Iterable[Columns],
    setting: Rules,
    *,
    prices: bool = False,
    nearest: bool = False,
    threads: int | None = None,
    workers: int | None = None,
    backend: str | None = None,
    address: str | None = None,
) -> Iterator[Verdicts]:
    """Yield how the pools of every block stand, in order: the same figures, to the bit, whoever judges.

    A block in which prices or moves are searched for, pool by pool, comes back in pieces, and so does a large one that
    workers judge. See ``shared_out``.

    Args:
        blocks: the accounts, whole ones in each.
        setting: the rules and prices they share, taken as they are when a block has been read; or a function that
            gives those of a block.
        prices: whether liquidation prices are wanted, too.
        nearest: whether the nearest liquidating joint moves are.
        threads: of this process, where it judges alone.
        workers: how many judge side by side; see ``shared_out``.
        backend: whose workers.
        address: of a Dask scheduler.

    Raises:
        InputError: the exact engine cannot judge an account; the message names it.
        WorkerError: a backend or an address is of no use, or workers die again and again over a block.

    """
    job = Judging(prices=prices, nearest=nearest)
    return _verdicts(
        shared_out(blocks, setting, job, threads=threads, workers=workers, backend=backend, address=address)
    )


def _verdicts(found: Iterator[tuple[Columns, Any]]) -> Iterator[Verdicts]:
    for columns, figures in found:
        yield Verdicts(columns, *figures)


def shared_out(
    blocks: Iterable[Columns],
    setting: Rules,
    job: Job,
    *,
    threads: int | None = None,
    workers: int | None = None,
    backend: str | None = None,
    address: str | None = None,
) -> Iterator[tuple[Columns, Any]]:
    """Yield accounts with what a job says of them, in order: the same, to the bit, whoever does it.

    Blocks are read when they are needed, at most four ahead for each worker, so that a stream of any length is held
    a few blocks at a time. A block that is on its way when a worker dies is done again, after two such losses with
    no other block beside it; lost a third time, it is named and nothing more is yielded. What was yielded before any
    fault is whole, and is all that stands before the block at fault.

    Args:
        blocks: the accounts, whole ones in each.
        setting: the rules and prices they share, taken as they are when a block has been read; or a function that
            gives those of a block.
        job: what is done with each.
        threads: of this process, where it works alone.
        workers: how many work side by side; None: all that a backend has. With no backend and no address, None and
            1 work in this process, by all its threads.
        backend: "loky" (processes of this machine; what more than one worker means by itself), "dask" (a cluster;
            needs ``ringfence[dask]``), "ray", "spark", or any name that is registered with joblib.
        address: of a Dask scheduler, such as tcp://host:8786; None with "dask": that of the client that is open.

    Raises:
        InputError: the job cannot be done with an account; the message names it.
        WorkerError: a backend or an address is of no use, or workers die again and again over a block.

    """
    if workers is not None and workers < 1:
        raise WorkerError("workers", f"{workers} is none", "Write 1 or more, or leave it out")
    if address is not None and backend not in {None, "dask"}:
        raise WorkerError(
            f"backend {backend}", "it takes no address", "Leave one of the two out, or take dask"
        )
    if backend is None and address is None and workers in {None, 1}:
        return _alone(blocks, setting, job, threads)
    return fanned(tasks_of(blocks, setting, job, most=LARGE), workers, backend, address)


def _alone(
    blocks: Iterable[Columns], rules: Rules, job: Job, threads: int | None
) -> Iterator[tuple[Columns, Any]]:
    """Yield what this process finds."""
    for columns in blocks:
        setting = setting_of(rules, columns)
        for part, own in job.parts(columns, setting, None):
            yield part, own.done(part, setting, threads)


def fanned(
    tasks: Iterator[Any], workers: int | None, backend: str | None, address: str | None
) -> Iterator[tuple[Any, Any]]:
    """Yield what a crew finds of tasks, in order, and let it go however this ends.

    Args:
        tasks: with ``columns``, ``name``, ``call`` and ``tries`` as a ``Task`` has them.
        workers: see ``shared_out``.
        backend: whose workers.
        address: of a Dask scheduler.

    """
    with closing(_crew(workers, backend, address)) as crew:
        for task, answer in _Flight(tasks, crew):
            yield task.columns, read_answer(answer)


def _crew(workers: int | None, backend: str | None, address: str | None) -> Crew:
    if backend != "dask" and address is None:
        from ringfence.screen.processes import Processes  # noqa: PLC0415 - one process does not pay for it

        return Processes(backend or "loky", workers)
    try:
        from ringfence.screen.cluster import Cluster  # noqa: PLC0415 - as above, and it may not be installed
    except ModuleNotFoundError as fault:
        if fault.name not in {"dask", "distributed"}:
            raise
        raise WorkerError(
            "backend dask", f"{fault.name} is not installed", "Install it: pip install 'ringfence[dask]'"
        ) from None
    return Cluster(address, workers)


class _Flight:
    """Blocks on their way to workers and back, in order.

    again    those that were on their way when a worker was lost; they stand before all that are still to be read
    flying   sent out: blocks and their answers
    fault    what ended the reading of blocks: it is raised where it stands, after all that was read before it
    """

    def __init__(self, tasks: Iterator[Task], crew: Crew) -> None:
        self._tasks, self._crew = tasks, crew
        self._again: deque[Task] = deque()
        self._flying: deque[tuple[deque[Task], Iterator[bytes]]] = deque()
        self._fault: Exception | None = None

    def __iter__(self) -> Iterator[tuple[Task, bytes]]:
        while True:
            try:
                self._send()
                found = self._first()
            except WorkerError as fault:
                raise fault.within(self._flying[0][0][0].name) from fault.__cause__
            except Exception as fault:  # noqa: BLE001 - each backend has its own words for a lost worker
                self._call_back(fault)
                continue
            if found is None:
                break
            yield found
        if self._fault is not None:
            raise self._fault

    def _first(self) -> tuple[Task, bytes] | None:
        """Return the next block with its answer; None: there is no more."""
        if not self._flying:
            return None
        sent, answers = self._flying[0]
        answer = next(answers)
        if answer == NOTHING:
            raise MemoryError
        if len(sent) == 1:
            for _ in answers:  # lets a generator end
                pass
            self._flying.popleft()
        return sent.popleft(), answer

    def _send(self) -> None:
        """Send out blocks until enough are on their way; one that is tried for the last time goes alone."""
        while len(self._flying) < self._crew.many and not (self._flying and _is_last(self._flying[0][0])):
            chosen = self._some()
            if not chosen and not self._flying and self._again:
                chosen.append(self._again.popleft())
            if not chosen:
                return
            self._flying.append((chosen, iter(())))
            self._flying[-1] = chosen, self._crew.start([task.call for task in chosen])

    def _some(self) -> deque[Task]:
        """Return the next few blocks that may go together."""
        chosen: deque[Task] = deque()
        while len(chosen) < self._crew.size and not _is_last(self._again):
            task = self._again.popleft() if self._again else self._read()
            if task is None:
                break
            chosen.append(task)
        return chosen

    def _read(self) -> Task | None:
        if self._fault is not None:
            return None
        try:
            return next(self._tasks, None)
        except Exception as fault:  # noqa: BLE001 - whatever the reader of blocks raises is raised in its place
            self._fault = fault
            return None

    def _call_back(self, fault: Exception) -> None:
        """Take every block that is on its way back, to be judged again."""
        lost = [replace(task, tries=task.tries + 1) for sent, _ in self._flying for task in sent]
        self._flying.clear()
        self._crew.drop()
        if lost[0].tries >= TRIES:
            raise WorkerError(
                lost[0].name,
                f"the worker that judged them was lost {TRIES} times, the last time with nothing else to do"
                f" ({type(fault).__name__})",
                "Cut smaller blocks, or give workers more memory; nothing from there on was judged",
            ) from fault
        self._again.extendleft(reversed(lost))


def _is_last(tasks: Sequence[Task]) -> bool:
    """Return whether the first of some blocks is tried for the last time."""
    return bool(tasks) and tasks[0].tries >= TRIES - 1
