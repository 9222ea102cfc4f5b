"""Workers that joblib knows: processes of this machine, or whoever is registered there under a name."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from importlib import import_module
from typing import Any, Final

from joblib import Parallel, delayed, effective_n_jobs, parallel_config
from joblib.parallel import BACKENDS, get_active_backend

from ringfence.core.errors import WorkerError, suggestion
from ringfence.screen.wire import Call, done_there

_LANES: Final = 2
"""Calls of joblib side by side: while one is being emptied, the workers have the other."""
_AHEAD: Final = 2
"""Blocks a worker that go into one call."""
_REGISTERED_BY: Final = {
    "ray": ("ray.util.joblib", "register_ray"),
    "spark": ("joblibspark", "register_spark"),
}
"""Backends that come with another package: the module and the function by which they enter joblib's list."""


class Processes:
    """Blocks in calls of joblib. Its one call over all blocks would read ahead of who takes the results.

    size   blocks of a call
    many   calls on their way at once
    """

    many = _LANES

    def __init__(self, backend: str, workers: int | None) -> None:
        """Find out what a backend can do; workers None: all that it has.

        Raises:
            WorkerError: joblib does not know it, or it does not start.

        """
        _register(backend)
        self._backend, self._workers = backend, workers or -1
        try:
            with parallel_config(backend=backend, n_jobs=self._workers):
                self.size: int = _AHEAD * max(effective_n_jobs(self._workers), 1)
                known, _ = get_active_backend()
        except Exception as fault:
            raise WorkerError(
                f"backend {backend}", f"it does not start: {fault}", "Mend what it says"
            ) from fault
        self._return_as = "generator" if getattr(known, "supports_return_generator", False) else "list"
        self._open = ExitStack()
        self._lanes: deque[Any] = deque()
        self._answers: deque[Iterator[bytes]] = deque(maxlen=_LANES)

    def start(self, calls: Sequence[Call]) -> Iterator[bytes]:
        """Send blocks out, and return their answers in order as they come."""
        if not self._lanes:
            self._lanes.extend(self._open.enter_context(self._lane()) for _ in range(_LANES))
        lane = self._lanes[0]
        self._lanes.rotate()
        answers: Iterator[bytes] = iter(lane(delayed(done_there)(*call) for call in calls))
        self._answers.append(answers)
        return answers

    def _lane(self) -> Any:  # noqa: ANN401 - joblib has no types
        return Parallel(
            n_jobs=self._workers,
            backend=self._backend,
            return_as=self._return_as,
            batch_size=1,
            pre_dispatch="all",
            max_nbytes=None,
        )

    def drop(self) -> None:
        """Let what is on its way end, unseen: loky does not bear that its processes are ended at work."""
        for answers in self._answers:
            with suppress(Exception):
                deque(answers, maxlen=0)
        self._answers.clear()
        self._lanes.clear()
        self._open.close()

    def close(self) -> None:
        """Leave; processes of this machine wait for the next call and end with this one."""
        self.drop()


def _register(backend: str) -> None:
    """Have a backend enter joblib's list."""
    where = f"backend {backend}"
    if backend == "multiprocessing":
        raise WorkerError(where, "it does not notice when a worker dies", 'Take "loky": processes, too')
    if backend in _REGISTERED_BY and backend not in BACKENDS:
        module, function = _REGISTERED_BY[backend]
        try:
            getattr(import_module(module), function)()
        except ImportError as fault:
            raise WorkerError(
                where, f"it cannot be imported: {fault}", f"Install {module.split('.')[0]}"
            ) from None
    if backend not in BACKENDS:
        known = {*BACKENDS, *_REGISTERED_BY, "dask"} - {"multiprocessing", "sequential"}
        raise WorkerError(where, "joblib knows no such backend", suggestion(backend, known))
