"""Work shared among threads: kernels let go of the interpreter, so that they run side by side."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor


def share(work: Callable[[int], None], pieces: Iterable[int], threads: int | None = None) -> None:
    """Do every piece of some work, each by whichever thread is free.

    Args:
        work: takes the number of a piece; writes where no other piece does.
        pieces: their numbers.
        threads: how many share the work; None: a few more than there are processors.

    """
    waiting = list(pieces)
    if threads == 1 or len(waiting) <= 1:
        for piece in waiting:
            work(piece)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, waiting):
            pass
