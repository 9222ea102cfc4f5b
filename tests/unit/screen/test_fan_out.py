"""Blocks of accounts that many workers judge: the same to the bit, in order, and whole whoever dies."""

import logging
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import dask
import joblib
import pytest
from distributed import Client, LocalCluster
from joblib.externals.loky import get_reusable_executor

from ringfence.batch.columns import Columns
from ringfence.batch.majors import market_of
from ringfence.batch.population import Shape, populate
from ringfence.batch.setting import Setting
from ringfence.core.errors import BookError, InvariantError, WorkerError
from ringfence.market.ladder import ladder_of
from ringfence.screen import cluster as dask_cluster
from ringfence.screen import processes
from ringfence.screen.fan_out import TRIES, shared_out, spread
from ringfence.screen.jobs import Counting
from ringfence.screen.summary import summarize, summary_of, tallies
from ringfence.screen.tally import Tally
from ringfence.screen.verdicts import FEW, Verdicts, verdicts
from tests.unit.screen.deadly import Deadly

BLOCKS = 10
LADDER = ladder_of("-30%,-10%,20%")
FATAL = 3
"""Which block kills its worker."""


@cache
def setting() -> Setting:
    return market_of("bybit")


@cache
def blocks() -> tuple[Columns, ...]:
    """Return small blocks, for the exact engine, and a last one that the fast engine takes."""
    few = [populate(Shape(accounts=4), setting(), seed) for seed in range(BLOCKS - 1)]
    large = populate(Shape(accounts=400), setting(), BLOCKS)
    assert len(large) > FEW
    named = [replace(one, accounts=tuple(f"{i}.{n}" for n in one.accounts)) for i, one in enumerate(few)]
    return (*named, large)


def small() -> tuple[Columns, ...]:
    """Return those for which a worker that starts anew has no kernels to load."""
    return blocks()[:-1]


@cache
def here() -> list[Any]:
    return bits(spread(blocks(), setting()))


def bits(found: Iterator[Verdicts]) -> list[Any]:
    return [
        (
            *one.columns.accounts,
            *(
                (array.dtype.str, array.shape, array.flags.writeable, array.tobytes())
                for array in (
                    one.judged.pools,
                    one.judged.positions,
                    one.judged.status,
                    one.judged.sure,
                    one.exact,
                )
            ),
        )
        for one in found
    ]


def deadly(scar: Path | None) -> Callable[[Columns], Setting]:
    """Return a setting whose prices kill whoever judges one certain block."""
    usual = setting()
    market = replace(usual.market, marks=Deadly(dict(usual.market.marks), scar))
    fatal = blocks()[FATAL]
    return lambda columns: replace(usual, market=market) if columns is fatal else usual


def local_cluster(workers: int, *, processes: bool = True) -> LocalCluster:
    """Return a cluster of this machine, with its page at a port that nobody else has."""
    return LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=workers,
        threads_per_worker=1,
        processes=processes,
        dashboard_address=":0",
        silence_logs=logging.CRITICAL,
    )


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Start a cluster of two worker processes, whose scheduler gives a task up when two of its workers have died.

    One that happens to be dead 15 seconds after it died before would be started no more, but for the last setting.
    """
    with (
        dask.config.set(
            {
                "distributed.scheduler.allowed-failures": 1,
                "distributed.deploy.lost-worker-timeout": "1 hour",
            }
        ),
        local_cluster(2) as started,
    ):
        yield started.scheduler_address


@pytest.fixture(scope="module", autouse=True)
def _no_process_stays() -> Iterator[None]:
    yield
    get_reusable_executor().shutdown(wait=True, kill_workers=True)


@pytest.fixture(params=["loky", "dask"])
def where(request: pytest.FixtureRequest) -> dict[str, Any]:
    if request.param == "loky":
        return {"workers": 2}
    return {"backend": "dask", "address": request.getfixturevalue("address")}


def test_workers_find_the_same_to_the_bit_as_this_process(where: dict[str, Any]) -> None:
    assert bits(spread(blocks(), setting(), **where)) == here()


def test_threads_under_joblib_find_the_same_to_the_bit() -> None:
    assert bits(spread(blocks(), setting(), workers=2, backend="threading")) == here()


def test_this_process_finds_what_verdicts_finds() -> None:
    assert bits(spread(blocks(), setting(), workers=1)) == bits(
        iter([verdicts(b, setting()) for b in blocks()])
    )


def test_blocks_on_their_way_when_a_worker_is_killed_are_judged_again(
    where: dict[str, Any], tmp_path: Path
) -> None:
    scar = tmp_path / "scar"
    assert bits(spread(small(), deadly(scar), **where)) == here()[:-1]
    assert scar.exists()


def test_a_block_that_always_kills_its_worker_is_named_after_all_before_it(where: dict[str, Any]) -> None:
    found = spread(small(), deadly(None), **where)
    assert bits(next(found) for _ in range(FATAL)) == here()[:FATAL]
    with pytest.raises(WorkerError) as told:
        next(found)
    names = blocks()[FATAL].accounts
    assert str(told.value).startswith(
        f"accounts {names[0]} to {names[-1]}: the worker that judged them was lost {TRIES} times"
    )
    assert list(found) == []


def test_what_is_wrong_with_an_account_is_told_as_in_this_process(where: dict[str, Any]) -> None:
    faulty = with_an_idle_pool(blocks()[2])
    population = [*small()[:2], faulty, *small()[3:]]
    with pytest.raises(BookError) as expected:
        verdicts(faulty, setting())
    found = spread(population, setting(), **where)
    assert bits(next(found) for _ in range(2)) == here()[:2]
    with pytest.raises(BookError) as told:
        next(found)
    assert str(told.value) == str(expected.value)


def with_an_idle_pool(columns: Columns) -> Columns:
    kinds = columns.pool_kind.copy()
    kinds[0] = 2
    return replace(columns, pool_kind=kinds)


def test_what_is_wrong_with_us_is_told_as_a_bug_with_the_place_on_the_worker() -> None:
    broken = replace(blocks()[0], symbols=())
    with pytest.raises(InvariantError, match=r"(?s)a worker could not judge a block.*IndexError"):
        list(spread([broken], setting(), workers=2, backend="threading"))


def test_a_fault_in_reading_comes_after_all_that_was_read_before_it() -> None:
    def torn() -> Iterator[Columns]:
        yield from blocks()[:3]
        raise BookError("row 7", "it is torn", "Mend it")

    found = spread(torn(), setting(), workers=2, backend="threading")
    assert bits(next(found) for _ in range(3)) == here()[:3]
    with pytest.raises(BookError, match="row 7: it is torn"):
        next(found)


@pytest.mark.parametrize("backend", ["threading", "dask"])
def test_few_blocks_are_read_before_their_results_are_taken(
    backend: str, request: pytest.FixtureRequest
) -> None:
    read: list[int] = []

    def counted() -> Iterator[Columns]:
        for number in range(100):
            read.append(number)
            yield blocks()[0]

    at = request.getfixturevalue("address") if backend == "dask" else None
    found = spread(counted(), setting(), workers=None if at else 2, backend=backend, address=at)
    most = max(len(read) - taken for taken, _ in enumerate(found))
    assert len(read) == 100
    assert most <= 2 * 4


def test_who_takes_no_more_leaves_nothing_on_its_way(where: dict[str, Any]) -> None:
    found = spread(small(), setting(), **where)
    assert bits(iter([next(found)])) == here()[:1]
    found.close()  # type: ignore[attr-defined]
    assert bits(spread(blocks()[:2], setting(), **where)) == here()[:2]


def test_a_setting_that_grows_is_taken_as_it_is_when_a_block_was_read() -> None:
    marks: dict[str, Any] = {}
    usual = setting()
    growing = replace(usual, market=replace(usual.market, marks=marks))

    def read() -> Iterator[Columns]:
        for columns in blocks()[:3]:
            marks.update(usual.market.marks)
            yield columns
        marks.clear()

    assert bits(spread(read(), growing, workers=2, backend="threading")) == here()[:3]


@cache
def summed_up() -> str:
    return repr(summarize(blocks(), setting(), LADDER))


def test_workers_count_the_same_along_a_ladder_to_the_last_digit(where: dict[str, Any]) -> None:
    assert repr(summarize(blocks(), setting(), LADDER, **where)) == summed_up()


def test_a_large_block_is_counted_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.screen.fan_out.LARGE", 100)
    asked: dict[str, Any] = {"workers": 2, "backend": "threading"}
    parts = list(tallies(blocks()[-1:], setting(), LADDER, workers=2, backend="threading"))
    assert len(parts) > 2
    assert all(len(columns) <= 100 for columns, _ in parts)
    assert repr(summarize(blocks(), setting(), LADDER, **asked)) == summed_up()


def test_what_was_being_counted_when_a_worker_was_killed_is_counted_again(
    where: dict[str, Any], tmp_path: Path
) -> None:
    scar = tmp_path / "scar"
    job = Counting(tuple(LADDER))
    found = Tally()
    for _, one in shared_out(small(), deadly(scar), job, **where):
        found.add(one)
    assert scar.exists()
    assert summary_of(found, setting(), LADDER) == summarize(small(), setting(), LADDER)


def test_what_always_kills_its_worker_leaves_no_sum(where: dict[str, Any]) -> None:
    with pytest.raises(WorkerError, match=f"^accounts {FATAL}.*was lost {TRIES} times"):
        deque(shared_out(small(), deadly(None), Counting(tuple(LADDER)), **where), maxlen=0)


def test_an_address_where_nobody_listens_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "CONNECT", 0.5)
    with pytest.raises(WorkerError, match=r"cluster tcp://127\.0\.0\.1:9: nobody answers there"):
        list(spread(blocks(), setting(), address="tcp://127.0.0.1:9"))


def test_a_cluster_where_nobody_works_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "READY", 0.5)
    with (
        local_cluster(0) as empty,
        pytest.raises(WorkerError, match=r"no worker has answered within 0\.5 seconds"),
    ):
        list(spread(blocks(), setting(), address=empty.scheduler_address))


def test_a_cluster_that_loses_all_its_workers_is_named_with_the_first_accounts_it_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dask_cluster, "READY", 2)
    with local_cluster(1, processes=False) as left:
        found = spread(endless(), setting(), address=left.scheduler_address)
        next(found)
        left.scale(0)
        with pytest.raises(
            WorkerError, match=r"accounts 0\.a\d+ to 0\.a\d+: cluster .*: it has had no worker for 2 seconds"
        ):
            deque(found, maxlen=0)


def endless() -> Iterator[Columns]:
    while True:
        yield blocks()[0]


def test_workers_of_another_version_are_turned_down(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "version_there", other_version)
    with pytest.raises(WorkerError, match="its workers have ringfence"):
        list(spread(blocks(), setting(), address=address))


def other_version() -> str:
    return f"of process {os.getpid()}"


def test_the_client_that_is_open_is_taken_and_left_open(address: str) -> None:
    with Client(address) as client:  # type: ignore[no-untyped-call]
        assert bits(spread(blocks()[:2], setting(), backend="dask")) == here()[:2]
        assert client.status == "running"


def test_dask_without_an_address_or_a_client_is_refused() -> None:
    with pytest.raises(WorkerError, match="backend dask: no address is given"):
        list(spread(blocks(), setting(), backend="dask"))


def test_dask_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ringfence.screen.cluster")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(
        WorkerError, match=r"distributed is not installed. Install it: pip install 'ringfence\[dask\]'"
    ):
        list(spread(blocks(), setting(), address="tcp://127.0.0.1:9"))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"backend": "lokky"}, "backend lokky: joblib knows no such backend. Did you mean 'loky'?"),
        ({"backend": "multiprocessing"}, "backend multiprocessing: it does not notice when a worker dies"),
        ({"backend": "ray"}, "backend ray: it cannot be imported"),
        ({"workers": 0}, "workers: 0 is none. Write 1 or more"),
        ({"backend": "loky", "address": "tcp://127.0.0.1:9"}, "backend loky: it takes no address"),
    ],
)
def test_what_cannot_be_asked_for_is_named(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(WorkerError) as fault:
        list(spread(blocks(), setting(), **asked))
    assert str(fault.value).startswith(told)


def test_a_backend_that_enters_joblib_by_itself_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    class Another(joblib.parallel.ThreadingBackend):  # type: ignore[misc]
        supports_return_generator = False

    monkeypatch.setitem(joblib.parallel.BACKENDS, "another", Another)
    assert bits(spread(blocks(), setting(), workers=2, backend="another")) == here()


def test_a_backend_of_another_package_is_registered_by_its_function(monkeypatch: pytest.MonkeyPatch) -> None:
    known = joblib.parallel.BACKENDS
    monkeypatch.setattr(
        processes, "_REGISTERED_BY", {"own": ("tests.unit.screen.test_fan_out", "register_own")}
    )
    monkeypatch.setitem(sys.modules, "tests.unit.screen.test_fan_out", sys.modules[__name__])
    assert "own" not in known
    try:
        assert bits(spread(blocks()[:2], setting(), workers=2, backend="own")) == here()[:2]
    finally:
        known.pop("own", None)


def register_own() -> None:
    joblib.register_parallel_backend("own", joblib.parallel.ThreadingBackend)
