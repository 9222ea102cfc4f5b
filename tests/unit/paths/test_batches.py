"""A run in batches: the same figures whoever does it, watched, and ended once it is sure enough."""

import pickle
from dataclasses import fields

import numpy as np
import pytest

from ringfence.core.errors import BookError, WorkerError
from ringfence.paths import batches
from ringfence.paths.batches import BATCH, Crew, PathTask, Progress, batches_of, check_memory
from ringfence.paths.fates import NEVER, ModeFates, Simulation
from ringfence.paths.simulate import simulate
from ringfence.screen.wire import done_there, read_answer
from tests.unit.paths.books import clock, random_snapshot, wild

LANES = 128
PATHS = 3 * BATCH * LANES - 1000


def run(paths: int = PATHS, **asked: object) -> Simulation:
    snapshot = random_snapshot(3)
    given = {"coins": wild(snapshot), "clock": clock(snapshot, 6), "seed": 2, "ribbons": 0, **asked}
    return simulate(snapshot, paths=paths, **given)  # type: ignore[arg-type]


def assert_same(one: Simulation, other: Simulation) -> None:
    for left, right in zip(one.modes, other.modes, strict=True):
        for field in fields(ModeFates):
            assert np.array_equal(getattr(left, field.name), getattr(right, field.name)), field.name


def test_batches_cover_every_path_once_and_begin_with_a_block() -> None:
    found = list(batches_of(PATHS))
    assert [one.first for one in found] == [0, BATCH, 2 * BATCH]
    assert sum(one.paths for one in found) == PATHS


@pytest.mark.slow
def test_workers_find_the_same_figures_to_the_bit() -> None:
    assert_same(run(), run(crew=Crew(workers=2)))


def test_a_batch_is_the_same_by_a_worker_to_the_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_wire(tasks: object, *_who: object) -> object:
        for task in tasks:  # type: ignore[attr-defined]
            assert isinstance(task, PathTask)
            assert task.name.startswith("paths ")
            yield task.columns, read_answer(done_there(*task.call))

    monkeypatch.setattr("ringfence.screen.fan_out.fanned", by_wire)
    assert_same(run(), run(crew=Crew(workers=2)))


def test_who_watches_is_told_the_memory_first_and_then_how_sure_the_chance_is() -> None:
    told: list[Progress] = []
    found = run(watch=told.append)
    assert [one.paths for one in told] == [0, BATCH * LANES, 2 * BATCH * LANES, PATHS]
    held = sum(
        getattr(mode, name).nbytes
        for mode in found.modes
        for name in ("died", "left", "gain", "other", "wealth", "fees", "impact", "bad_debt", "least")
    )
    assert 0.8 * told[0].memory <= held <= told[0].memory
    for mode, chance in zip(found.modes, told[-1].chances, strict=True):
        died = mode.first_death != NEVER
        assert chance.chance == pytest.approx(died.mean())
        assert chance.error == pytest.approx(died.std() / np.sqrt(PATHS))


def test_a_run_ends_after_the_batch_that_makes_it_sure_enough_and_not_before_the_second() -> None:
    whole, told = run(), list[Progress]()
    early = run(until=0.5, watch=told.append)
    assert told[-1].paths == len(early.modes[0].wealth) == 2 * BATCH * LANES
    assert np.array_equal(early.modes[0].wealth, whole.modes[0].wealth[: 2 * BATCH * LANES])
    assert_same(early, run(until=0.5, threads=2))
    assert len(run(until=1e-6).modes[0].wealth) == PATHS


@pytest.mark.parametrize("until", [0.0, -0.1, 1.0, float("nan")])
def test_a_standard_error_that_is_none_is_refused(until: float) -> None:
    with pytest.raises(BookError, match="no relative standard error"):
        run(paths=10, until=until)


def test_more_memory_than_there_is_is_refused_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "check_memory", lambda need: check_memory(need * 10**12))
    with pytest.raises(BookError, match=r"their results take [\d.]+ GiB, and this machine has not as much"):
        run(paths=10)


def test_workers_that_are_none_are_refused() -> None:
    with pytest.raises(WorkerError, match="0 is none"):
        run(paths=10, crew=Crew(workers=0))
    with pytest.raises(WorkerError, match="takes no address"):
        run(paths=10, crew=Crew(backend="loky", address="tcp://nowhere:1"))


def test_a_task_survives_the_way_to_a_worker() -> None:
    task = PathTask(next(batches_of(10)), b"run")
    assert pickle.loads(pickle.dumps(task)) == task  # noqa: S301 - our own
