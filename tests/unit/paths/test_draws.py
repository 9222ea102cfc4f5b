"""Prices under every law: their mean is one, and a path is the same numbers however it is asked for."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ringfence.batch.walk import LANES
from ringfence.batch.walk.draw import begin, fill
from ringfence.batch.walk.law import ROWS
from ringfence.core.errors import BookError
from ringfence.paths.draw import prices
from ringfence.paths.laws import Gbm, Tilt
from ringfence.paths.lower import YEAR, lowered
from tests.unit.paths.some_laws import CLOCK, COINS, LAWS

PATHS = 20_000
SEEN = [
    1.005159650745903,
    1.0422176234214728,
    1.0373388718362193,
    0.9661874375468771,
    0.9834903645061661,
    1.08374613575359,
]
TILT = Tilt((-0.1, -0.1, 0.05), rate_times=2.0, common=-0.01, plain=0.2)


@pytest.mark.parametrize("law", LAWS)
def test_a_price_has_the_mean_one_at_every_step_within_four_standard_errors(law: str) -> None:
    moved = prices(LAWS[law], COINS, CLOCK, 7, range(PATHS))
    assert (moved > 0.0).all()
    for step in (1, 2, 12, 48):
        error = moved[:, step].std(axis=0) / np.sqrt(PATHS)
        assert (np.abs(moved[:, step].mean(axis=0) - 1.0) < 4.0 * error).all()


@pytest.mark.parametrize("law", LAWS)
def test_a_drift_is_the_growth_of_the_mean(law: str) -> None:
    drift = np.array([8.0, 0.0, -5.0])
    coins = replace(COINS, drift=drift)
    drifting, still = (prices(LAWS[law], each, CLOCK, 7, range(300)) for each in (coins, COINS))
    years = np.arange(CLOCK.steps + 1) * CLOCK.step / YEAR
    assert np.abs(drifting / (still * np.exp(years[:, None] * drift)) - 1.0).max() < 1e-6


@pytest.mark.parametrize("law", LAWS)
def test_a_path_is_the_same_whoever_else_is_asked_for(law: str) -> None:
    some = [5, 1000, 130, 129, 5]
    whole = prices(LAWS[law], COINS, CLOCK, 7, range(1001))
    assert (prices(LAWS[law], COINS, CLOCK, 7, some) == whole[some]).all()


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("chunk", [1, 5, 16])
def test_chunks_of_steps_change_no_bit(law: str, chunk: int) -> None:
    tilt = None if law in {"garch", "bootstrap"} else TILT
    record = lowered(LAWS[law], COINS, CLOCK, tilt)
    whole, pieces = (_filled(record, size) for size in (48, chunk))
    assert all((one == other).all() for one, other in zip(whole, pieces, strict=True))
    assert whole[1].any() == (tilt is not None)


def _filled(record: tuple[Any, ...], chunk: int) -> tuple[np.ndarray, np.ndarray]:
    bits, held = np.empty((4, LANES), np.uint64), np.empty((int(record[0][ROWS]), LANES))
    factors, ratios = np.full((48, 3, LANES), np.nan), np.full((48, LANES), np.nan)
    begin(record, 7, 3, bits, held)
    for first in range(0, 48, chunk):
        fill(record, bits, held, first, factors[first : first + chunk], ratios[first : first + chunk])
    return factors, ratios


@pytest.mark.parametrize("law", LAWS)
def test_paths_blocks_and_seeds_do_not_know_of_each_other(law: str) -> None:
    logs = np.log(prices(LAWS[law], COINS, CLOCK, 7, range(140 * LANES))[:, -1, 0])
    anew = np.log(prices(LAWS[law], COINS, CLOCK, 8, range(140 * LANES))[:, -1, 0])
    half = 70 * LANES
    for one, other in ((logs[:half], logs[half:]), (logs[:-1], logs[1:]), (logs, anew)):
        assert abs(np.corrcoef(one, other)[0, 1]) < 4.0 / np.sqrt(one.size)


def test_the_prices_of_a_seed_stay_what_they_are() -> None:
    moved = prices(Gbm(), COINS, CLOCK, 2025, [0, 130])[:, -1]
    assert moved.ravel() == pytest.approx(SEEN, rel=1e-9)


@pytest.mark.parametrize(
    ("seed", "said"), [(-1, "-1 is below zero"), (2**63, "9223372036854775808 is too large")]
)
def test_a_seed_that_is_none_is_refused(seed: int, said: str) -> None:
    with pytest.raises(BookError, match=f"seed: {said}"):
        prices(Gbm(), COINS, CLOCK, seed, range(3))


def test_the_largest_seed_draws_and_a_path_has_no_number_below_zero() -> None:
    assert np.isfinite(prices(Gbm(), COINS, CLOCK, 2**63 - 1, [2**40])).all()
    with pytest.raises(BookError, match="paths: -5 is below zero"):
        prices(Gbm(), COINS, CLOCK, 1, [3, -5])
