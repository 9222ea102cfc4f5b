"""A run over paths by processes or a real Dask cluster: the same figures, to the bit, even where a worker is killed."""

import logging
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor

from ringfence.paths.batches import BATCH, Crew
from ringfence.paths.fates import ModeFates, Simulation
from ringfence.paths.simulate import simulate
from tests.unit.paths.books import clock, random_snapshot, wild
from tests.unit.paths.deadly import deadly

distributed = pytest.importorskip("distributed")
PATHS = 3 * BATCH * 128 - 1000


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
    ) as started:
        yield started.scheduler_address


@pytest.fixture(scope="module", autouse=True)
def _no_process_stays() -> Iterator[None]:
    yield
    get_reusable_executor().shutdown(wait=True, kill_workers=True)


def run(crew: Crew | None, scar: Path | None = None) -> Simulation:
    """Walk paths; where a scar is named, the name of a coin kills the first worker that unpacks it."""
    snapshot = random_snapshot(3)
    coins = wild(snapshot)
    if scar is not None:
        coins = replace(coins, names=(deadly(coins.names[0], scar), *coins.names[1:]))
    return simulate(
        snapshot, coins=coins, clock=clock(snapshot, 6), seed=2, ribbons=0, paths=PATHS, crew=crew
    )


def assert_same(alone: Simulation, spread: Simulation) -> None:
    for one, other in zip(alone.modes, spread.modes, strict=True):
        for field in fields(ModeFates):
            assert np.array_equal(getattr(one, field.name), getattr(other, field.name)), field.name
    assert np.array_equal(alone.ends, spread.ends)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_cluster_of_two_workers_finds_the_same_figures_to_the_bit(address: str) -> None:
    assert_same(run(None), run(Crew(backend="dask", address=address)))


@pytest.mark.slow
@pytest.mark.parametrize("where", ["loky", "dask"])
def test_paths_on_their_way_when_a_worker_is_killed_are_walked_again(
    where: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    scar = tmp_path / "scar"
    dask = where == "dask"
    crew = Crew(backend="dask", address=request.getfixturevalue("address")) if dask else Crew(workers=2)
    assert_same(run(None), run(crew, scar))
    assert scar.exists()
