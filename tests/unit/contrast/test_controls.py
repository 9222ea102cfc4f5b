"""What is taken off an estimate has a mean that is known: the estimate stays right, and becomes surer."""

from typing import Any

import numpy as np
import pytest

from ringfence.contrast.controls import Luck, controls_of
from ringfence.formula.model.first_passage import chance_of_price

PATHS, STEPS, RISK = 20_000, 64, 0.2


@pytest.fixture(scope="module")
def paths() -> Any:
    """Return driftless geometric Brownian motion over a horizon of one, (paths, steps)."""
    draws = np.random.default_rng(5).standard_normal((PATHS, STEPS)) * RISK / np.sqrt(STEPS)
    return np.exp(np.cumsum(draws - RISK**2 / STEPS / 2, axis=1))


def error(numbers: Any) -> float:
    return float(numbers.std() / np.sqrt(len(numbers)))


@pytest.mark.parametrize("level", [0.7, 0.85, 0.95, 1.1, 1.4])
def test_controls_have_mean_zero_within_their_own_error(paths: Any, level: float) -> None:
    controls = controls_of(paths[:, -1:], np.ones(1), np.full(1, RISK), [(0, level)])
    assert controls.shape == (PATHS, 2)
    for column in controls.T:
        assert abs(column.mean()) < 4 * error(column)


@pytest.mark.parametrize(("level", "part"), [(0.7, 0.9), (0.85, 0.8), (0.95, 0.82)])
def test_the_chance_of_a_death_becomes_surer_and_stays_right(paths: Any, level: float, part: float) -> None:
    dead = (paths.min(axis=1) <= level).astype(float)
    controls = controls_of(paths[:, -1:], np.ones(1), np.full(1, RISK), [(0, level)])
    calm = Luck(controls).off(dead)
    assert error(calm) < part * error(dead)
    looked_at = chance_of_price(level * np.exp(-0.5826 * RISK / np.sqrt(STEPS)), RISK)
    assert abs(calm.mean() - looked_at) < 4 * error(calm) + 2e-3 * looked_at


def test_what_follows_from_the_end_of_the_price_has_no_luck_left(paths: Any) -> None:
    gain = 3.0 * (paths[:, -1] - 1.0) + 7.0
    calm = Luck(controls_of(paths[:, -1:], np.ones(1), None, [])).off(gain)
    assert np.ptp(calm) < 1e-9
    assert calm.mean() == pytest.approx(7.0, abs=1e-12)


def test_what_never_happens_has_chance_zero_and_no_correction(paths: Any) -> None:
    controls = controls_of(paths[:, -1:], np.ones(1), np.full(1, RISK), [(0, 0.9)])
    assert Luck(controls).off(np.zeros(PATHS)).tolist() == [0.0] * PATHS


def test_a_mean_and_its_error_are_those_of_what_is_left() -> None:
    rng = np.random.default_rng(11)
    controls = rng.standard_normal((PATHS, 3))
    numbers = controls @ np.array([1.0, -2.0, 0.5]) + rng.standard_normal(PATHS)
    luck = Luck(controls)
    mean, error = luck.mean(numbers)
    left = luck.off(numbers)
    assert mean == pytest.approx(float(left.mean()), abs=1e-12)
    assert error == pytest.approx(float(left.std(ddof=1)) / PATHS**0.5)
