"""A bar for what takes its time: on a terminal, and nothing where output is piped."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from ringfence.paths.batches import Progress, Watch

Told = Callable[[str, int, int], None]
"""What work tells on its way: (what it is at, done, in all)."""


def _bar() -> "Bar":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


@contextmanager
def progress() -> Iterator[Told]:
    """Yield what takes news of work; it is shown on standard error, while it is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _what, _done, _all: None
        return
    with _bar() as bar:
        tasks: dict[str, TaskID] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield told


@contextmanager
def run_progress() -> Iterator["Watch | None"]:
    """Yield what takes news of a run over paths, on a terminal: how many, and its least sure chance so far."""
    if not sys.stderr.isatty():
        yield None
        return
    from ringfence.batch.walk.warm import is_warm

    with _bar() as bar:
        if not is_warm():
            bar.console.print("Compiling what walks paths, once on this machine: up to half a minute.")
        task = bar.add_task("paths", total=None)

        def watch(now: "Progress") -> None:
            bar.update(task, description=how_sure(now), completed=now.paths, total=now.asked)

        yield watch


def how_sure(now: "Progress") -> str:
    """Return in words how sure a run is of its least sure chance."""
    known = [one for one in now.chances if one.chance > 0.0]
    if not known:
        return "paths"
    one = max(known, key=lambda each: each.relative)
    return f"paths; {one.mode} liquidated: {one.chance:.3%} ± {one.error:.3%}"
