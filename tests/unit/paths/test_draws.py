"""Prices under a law: means, deviations and correlations, and the same numbers however they are asked for."""

from datetime import UTC, datetime

import numpy as np
import pytest

from ringfence.batch.walk.draw import LANES, begin, fill
from ringfence.batch.walk.law import ROWS
from ringfence.core.errors import BookError
from ringfence.paths.coins import Coins
from ringfence.paths.draw import prices
from ringfence.paths.fates import Clock
from ringfence.paths.laws import Gbm, words
from ringfence.paths.lower import YEAR, lowered

CORRELATION = np.array([[1.0, 0.8, 0.3], [0.8, 1.0, 0.5], [0.3, 0.5, 1.0]])
COINS = Coins(("BTC", "ETH", "SOL"), np.array([0.6, 0.8, 1.1]), CORRELATION)
CLOCK = Clock(datetime(2025, 1, 1, tzinfo=UTC), 3600.0, 48)
PATHS = 20_000


@pytest.fixture(scope="module")
def moved() -> np.ndarray:
    return prices(Gbm(), COINS, CLOCK, 7, range(PATHS))


def test_a_price_of_no_drift_has_the_mean_one_within_four_standard_errors(moved: np.ndarray) -> None:
    for step in (1, 12, 48):
        error = moved[:, step].std(axis=0) / np.sqrt(PATHS)
        assert (np.abs(moved[:, step].mean(axis=0) - 1.0) < 4.0 * error).all()


def test_a_drift_is_the_growth_of_the_mean() -> None:
    coins = Coins(("BTC",), np.array([0.3]), np.ones((1, 1)), np.array([5.0]))
    end = prices(Gbm(), coins, CLOCK, 7, range(PATHS))[:, -1, 0]
    assert abs(end.mean() - np.exp(5.0 * CLOCK.horizon / YEAR)) < 4.0 * end.std() / np.sqrt(PATHS)


def test_logarithms_have_the_deviation_and_the_correlation_of_the_law(moved: np.ndarray) -> None:
    logs = np.log(moved[:, -1])
    deviation = COINS.vols * np.sqrt(CLOCK.horizon / YEAR)
    assert np.abs(logs.std(axis=0) / deviation - 1.0).max() < 4.0 / np.sqrt(2.0 * PATHS)
    error = (1.0 - CORRELATION**2) / np.sqrt(PATHS)
    assert (np.abs(np.corrcoef(logs.T) - CORRELATION) <= 4.0 * error + 1e-12).all()


def test_steps_do_not_know_of_each_other(moved: np.ndarray) -> None:
    steps = np.diff(np.log(moved[:, :, 0]), axis=1)
    before, after = steps[:, :-1].ravel(), steps[:, 1:].ravel()
    assert abs(np.corrcoef(before, after)[0, 1]) < 4.0 / np.sqrt(before.size)


def test_a_path_is_the_same_whoever_else_is_asked_for(moved: np.ndarray) -> None:
    some = [5, 1000, 130, 129]
    assert (prices(Gbm(), COINS, CLOCK, 7, some) == moved[some]).all()


def test_blocks_and_seeds_are_different_streams(moved: np.ndarray) -> None:
    logs = np.log(moved[:, -1, 0])
    one, other = logs[: 70 * LANES], logs[70 * LANES : 140 * LANES]
    assert abs(np.corrcoef(one, other)[0, 1]) < 4.0 / np.sqrt(one.size)
    anew = np.log(prices(Gbm(), COINS, CLOCK, 8, range(70 * LANES))[:, -1, 0])
    assert abs(np.corrcoef(one, anew)[0, 1]) < 4.0 / np.sqrt(one.size)


@pytest.mark.parametrize("chunk", [1, 5, 16])
def test_chunks_of_steps_change_no_bit(chunk: int) -> None:
    whole, _ = _filled(48)
    pieces, _ = _filled(chunk)
    assert (whole == pieces).all()


def _filled(chunk: int) -> tuple[np.ndarray, np.ndarray]:
    law = lowered(Gbm(), COINS, CLOCK)
    bits, held = np.empty((4, LANES), np.uint64), np.empty((int(law[0][ROWS]), LANES))
    factors, ratios = np.empty((48, 3, LANES)), np.empty((48, LANES))
    begin(law, 7, 3, bits, held)
    for first in range(0, 48, chunk):
        fill(law, bits, held, first, factors[first : first + chunk], ratios[first : first + chunk])
    return factors, ratios


def test_a_seed_below_zero_is_refused() -> None:
    with pytest.raises(BookError, match="seed: -1 is below zero"):
        prices(Gbm(), COINS, CLOCK, -1, range(3))


def test_a_law_has_words() -> None:
    assert words(Gbm()).startswith("geometric Brownian motion")
