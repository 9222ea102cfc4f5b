"""Workers of a Dask cluster, asked by its own client.

Joblib's way to Dask is not taken: where the scheduler gives a task up because its workers died, that fault never
reaches ``joblib.Parallel``, which then waits without an end.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import dask
from distributed import Client, get_client

from ringfence.core.errors import WorkerError
from ringfence.screen.wire import Call, done_there, version_there

if TYPE_CHECKING:
    from distributed import Future

CONNECT: Final = 10
"""Seconds within which a scheduler takes a call."""
READY: Final = 60
"""Seconds within which a first worker answers, and after which a cluster without one is given up."""
_AHEAD: Final = 3
"""Blocks a worker on their way at once."""
_LARGE: Final = {"distributed.admin.large-graph-warning-threshold": "1 TiB"}
"""A block travels with its task, so that the scheduler can give it to another worker when one dies."""


class Cluster:
    """Blocks as tasks of a Dask cluster, which gives a task whose worker dies to another one, a few times.

    size   blocks of a task
    many   tasks on their way at once
    """

    size = 1

    def __init__(self, address: str | None, workers: int | None) -> None:
        """Call a scheduler, or take the client that is open; workers None: all that it has.

        Raises:
            WorkerError: nobody listens, nobody works there, or not with this version.

        """
        self._where = f"cluster {address}" if address else "the open client's cluster"
        self._is_ours = address is not None
        self._client: Any = _client(address, self._where)
        self._flying: list[Future[bytes]] = []
        try:
            self._check()
            self.many: int = workers or _AHEAD * max(sum(self._client.ncores().values()), 1)
        except BaseException:
            self.close()
            raise

    def _check(self) -> None:
        """Complain where no worker answers, or one of another version."""
        try:
            there = self._client.submit(version_there, pure=False).result(timeout=READY)
        except TimeoutError:
            raise WorkerError(
                self._where, f"no worker has answered within {READY} seconds", "Start workers, or mend them"
            ) from None
        except ImportError as fault:
            raise WorkerError(
                self._where, f"its workers cannot import us: {fault}", "Install ringfence where they run"
            ) from None
        if there != version_there():
            raise WorkerError(
                self._where,
                f"its workers have ringfence {there}, and here is {version_there()}",
                "Install the same version on both sides",
            )

    def start(self, calls: Sequence[Call]) -> Iterator[bytes]:
        """Send a block out, and return its answer when it is asked for.

        Raises:
            WorkerError: the scheduler is gone.

        """
        if self._client.status != "running":
            raise WorkerError(self._where, "its scheduler no longer answers", "Start it again, and then this")
        with dask.config.set(_LARGE):
            futures = [self._client.submit(done_there, *call, pure=False) for call in calls]
        self._flying += futures
        return map(self._answer, futures)

    def _answer(self, future: "Future[bytes]") -> bytes:
        """Return an answer, however long the work takes, as long as somebody is there to do it."""
        alone = 0
        while alone < READY:
            try:
                answer = future.result(timeout=1)
            except TimeoutError:
                alone = 0 if self._is_manned() else alone + 1
            else:
                self._flying.remove(future)
                return answer
        raise WorkerError(self._where, f"it has had no worker for {READY} seconds", "Start workers again")

    def _is_manned(self) -> bool:
        try:
            return self._client.status == "running" and bool(self._client.ncores())
        except OSError:
            return False

    def drop(self) -> None:
        """Give up what is on its way."""
        with suppress(OSError, TimeoutError, CancelledError):
            self._client.cancel(self._flying)
        self._flying = []

    def close(self) -> None:
        """Give up what is on its way, and leave the cluster to others."""
        self.drop()
        if self._is_ours:
            self._client.close()


def _client(address: str | None, where: str) -> Any:  # noqa: ANN401 - it has types for half of what it does
    """Return a client of a scheduler."""
    if address is None:
        try:
            return get_client()
        except ValueError:
            raise WorkerError(
                "backend dask", "no address is given", "Give that of its scheduler, such as tcp://host:8786"
            ) from None
    try:
        return Client(address, timeout=CONNECT, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError) as fault:
        raise WorkerError(
            where,
            f"nobody answers there: {fault}",
            "Start the scheduler, or write its address as it printed it",
        ) from None
