"""Every law has the moments, the tails and the memory that its closed form says, within stated standard errors."""

import math

import numpy as np
import pytest
from scipy import stats

from ringfence.formula.model.garch import mean_variance
from ringfence.formula.model.student import kurtosis
from ringfence.paths.coins import Coins
from ringfence.paths.draw import prices
from ringfence.paths.fates import Clock
from ringfence.paths.laws import (
    Bootstrap,
    DoubleExponentialJumps,
    Garch,
    Gbm,
    Jumps,
    Law,
    NormalJumps,
    StochasticVolatility,
    StudentT,
    words,
)
from ringfence.paths.lower import YEAR, as_drawn, between_jumps
from tests.unit.paths.some_laws import (
    CLOCK,
    COINS,
    CORRELATION,
    KOU,
    LAWS,
    MERTON,
    NAMES,
    START,
    filtered,
    past,
)

MINUTES = Clock(START, 60.0, 50)
PATHS = 20_000


def moves(law: Law, coins: Coins = COINS, clock: Clock = MINUTES, seed: int = 3) -> np.ndarray:
    """Return logarithms of the moves, (paths, steps, coins)."""
    return np.diff(np.log(prices(law, coins, clock, seed, range(PATHS))), axis=1)


def near(samples: np.ndarray, value: float, errors: float = 4.0) -> bool:
    """Return whether a mean is that of independent samples, within standard errors."""
    return bool(abs(samples.mean() - value) < errors * samples.std() / math.sqrt(samples.size))


def test_normal_drivers_have_the_moments_and_tails_of_the_normal_law() -> None:
    z = moves(Gbm()).reshape(-1, 3)[:, 0] / (0.6 * math.sqrt(60.0 / YEAR)) + 0.3 * math.sqrt(60.0 / YEAR)
    for power, value in ((1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0), (6, 15.0)):
        assert near(z**power, value)
    for far in (1.0, 2.0, 3.0, 4.0):
        assert near(np.abs(z) > far, 2.0 * stats.norm.sf(far))
    assert stats.kstest(z[:200_000], "norm").pvalue > 1e-3


@pytest.mark.parametrize(
    "law", ["gbm", "student", "volatility", "jumps", "student-jumps", "volatile-jumps", "bootstrap"]
)
def test_volatilities_and_correlation_are_those_that_the_law_says_it_has(law: str) -> None:
    chosen = LAWS[law]
    clock = CLOCK if law == "bootstrap" else MINUTES
    seen = as_drawn(chosen, COINS, clock)
    single = moves(chosen, clock=clock)
    covariance = np.outer(seen.vols, seen.vols) * seen.correlation * (clock.step / YEAR)
    away = single - single.mean(axis=(0, 1))
    for one in range(3):
        for other in range(one + 1):
            by_path = (away[:, :, one] * away[:, :, other]).mean(axis=1)
            assert near(by_path, covariance[one, other])


def test_students_moves_have_his_tails_and_are_wild_together() -> None:
    still = Coins(NAMES, np.ones(3), np.eye(3))
    x = moves(StudentT(6.0), still) / math.sqrt(60.0 / YEAR)
    one, other = x[:, :, 0].ravel(), x[:, :, 1].ravel()
    assert near(one**4, kurtosis(6.0), 5.0)
    assert near(one**2 * other**2, 2.0)
    scaled = one * math.sqrt(6.0 / 4.0)
    for far in (1.0, 3.0, 6.0, 10.0):
        assert near(np.abs(scaled) > far, 2.0 * stats.t.sf(far, 6))


def test_log_variance_comes_and_goes_as_ornstein_and_uhlenbeck_say() -> None:
    law = StochasticVolatility(speed=20_000.0, spread=0.6, leverage=-0.7)
    x = moves(law) / (COINS.vols * math.sqrt(60.0 / YEAR))
    keeps = math.exp(-law.speed * 60.0 / YEAR)
    assert near((x[:, ::10, 0] ** 4).mean(axis=1), 3.0 * math.exp(0.36))
    for gap in (1, 5, 25):
        both = (x[:, :-gap, 1] ** 2 * x[:, gap:, 1] ** 2).mean(axis=1)
        if gap > 1:  # at one step leverage adds to it
            assert abs(both.mean() / math.exp(0.36 * keeps**gap) - 1.0) < 0.05
    common = CORRELATION.sum(axis=1) / math.sqrt(CORRELATION.sum())
    noise = 0.6 * math.sqrt(1.0 - keeps**2)
    grows = math.exp(0.36 * (0.5 + keeps) ** 2 / 2.0 + noise**2 / 2.0 - 0.75 * 0.36)
    asymmetry = (x[:, :-1, 2] * x[:, 1:, 2] ** 2).mean(axis=1)
    assert near(asymmetry, noise * law.leverage * common[2] * grows)


def test_variance_that_begins_high_falls_back() -> None:
    law = StochasticVolatility(speed=20_000.0, spread=0.5, start=3.0)
    x = moves(law)[:, :, 0] / (0.6 * math.sqrt(60.0 / YEAR))
    assert near(x[:, 0] ** 2, 3.0)
    keeps = math.exp(-law.speed * 49 * 60.0 / YEAR)
    start = math.log(3.0) + 0.125
    expected = math.exp(start * keeps + 0.25 * (1.0 - keeps**2) / 2.0 - 0.125)
    assert near(x[:, 49] ** 2, expected)
    vol = as_drawn(law, COINS, MINUTES).vols[0]
    assert near((x**2).mean(axis=1), (vol / 0.6) ** 2)
    assert vol == between_jumps(Jumps(MERTON, None, between=law), COINS, MINUTES).vols[0]


@pytest.mark.parametrize("leaps", [MERTON, KOU])
def test_jumps_have_the_cumulants_of_a_compound_poisson_law(leaps: NormalJumps) -> None:
    coins = Coins(("BTC",), np.array([0.3]), np.ones((1, 1)))
    ends = np.log(prices(Jumps(leaps), coins, CLOCK, 5, range(5 * PATHS))[:, -1, 0])
    years = CLOCK.horizon / YEAR
    raw = _raw_moments(leaps)
    away = ends - ends.mean()
    assert near(away**2, (0.09 + leaps.rate * raw[2]) * years)
    assert near(away**3, leaps.rate * raw[3] * years)
    second = (0.09 + leaps.rate * raw[2]) * years
    assert near(away**4, leaps.rate * raw[4] * years + 3.0 * second**2, 5.0)


def _raw_moments(leaps: object) -> dict[int, float]:
    if isinstance(leaps, NormalJumps):
        return {n: float(stats.norm.moment(n, leaps.mean, leaps.deviation)) for n in (2, 3, 4)}
    return {
        n: math.factorial(n) * (KOU.up * KOU.mean_up**n + (1 - KOU.up) * (-KOU.mean_down) ** n)
        for n in (2, 3, 4)
    }


def test_mertons_prices_are_a_poisson_mixture_of_lognormal_ones() -> None:
    coins = Coins(("BTC",), np.array([0.3]), np.ones((1, 1)))
    ends = np.log(prices(Jumps(None, MERTON), coins, CLOCK, 6, range(5 * PATHS))[:, -1, 0])
    years = CLOCK.horizon / YEAR
    drift = -(0.045 + MERTON.rate * (math.exp(MERTON.mean + MERTON.deviation**2 / 2) - 1.0)) * years
    for level in (-0.2, -0.1, -0.05, 0.0, 0.05):
        chance = sum(
            stats.poisson.pmf(n, MERTON.rate * years)
            * stats.norm.cdf(
                level, drift + n * MERTON.mean, math.sqrt(0.09 * years + n * MERTON.deviation**2)
            )
            for n in range(15)
        )
        assert near(ends < level, chance)


def test_double_exponential_jumps_reach_a_level_as_often_as_kou_and_wang_say() -> None:
    law = Jumps(DoubleExponentialJumps(3.0, 0.5, 0.02, 0.03), None)
    grows = 0.1 + 0.02 + 3.0 * (0.5 / 0.98 + 0.5 / 1.03 - 1.0)
    coins = Coins(("X",), np.array([0.2]), np.ones((1, 1)), np.array([grows]))
    clock = Clock(START, YEAR / 500.0, 500)
    shifted = 0.3 - 0.5826 * 0.2 * math.sqrt(1.0 / 500.0)
    highest = [
        np.log(prices(law, coins, clock, 1, range(first, first + 10_000))[:, :, 0].max(axis=1))
        for first in range(0, 40_000, 10_000)
    ]
    assert near(np.concatenate(highest) >= shifted, 0.25584)


def test_volatilities_that_have_the_jumps_in_them_stay_what_they_are() -> None:
    law = Jumps(NormalJumps(20.0, -0.02, 0.03), None, inside=True)
    assert np.abs(as_drawn(law, COINS, CLOCK).vols - COINS.vols).max() < 1e-12
    x = np.log(prices(law, COINS, CLOCK, 9, range(5 * PATHS))[:, -1, 0])
    assert near((x - x.mean()) ** 2, 0.36 * CLOCK.horizon / YEAR)


def test_what_moves_between_jumps_has_the_volatility_that_jumps_leave() -> None:
    inside = Jumps(NormalJumps(20.0, -0.02, 0.03), None, inside=True)
    assert between_jumps(inside, COINS, CLOCK).vols == pytest.approx(np.sqrt(COINS.vols**2 - 20.0 * 0.0013))
    assert (between_jumps(Jumps(MERTON), COINS, CLOCK).vols == COINS.vols).all()
    assert (
        between_jumps(LAWS["garch"], COINS, CLOCK).vols == as_drawn(LAWS["garch"], COINS, CLOCK).vols
    ).all()


def test_a_coin_without_volatility_stands_still_whatever_jumps() -> None:
    coins = Coins(NAMES, np.array([0.6, 0.0, 1.1]), CORRELATION)
    moved = prices(Jumps(MERTON, KOU), coins, CLOCK, 9, range(1000))
    assert (moved[:, :, 1] == 1.0).all()
    assert (moved[:, -1, 0] != 1.0).all()


def test_filtered_history_is_as_wild_as_its_variance_is_expected_to_be() -> None:
    law = filtered()
    x = moves(law, clock=CLOCK)
    by_path = (x**2).mean(axis=1)
    expected = mean_variance(4e-4, 4e-6, 0.08, 0.88, CLOCK.steps)
    for coin in range(3):
        assert abs(by_path[:, coin].mean() / expected - 1.0) < 0.01
    assert as_drawn(law, COINS, CLOCK).vols[0] == pytest.approx(math.sqrt(expected * YEAR / 3600.0), rel=1e-9)


def test_filtered_history_of_even_variance_draws_its_residuals_and_nothing_else() -> None:
    law = filtered()
    even = Garch(NAMES, 3600.0, law.residuals, np.full(3, 1e-4), np.zeros(3), np.zeros(3), np.full(3, 1e-4))
    x = moves(even, clock=CLOCK)[:200]
    seen = x[:, :, 0].ravel() / 0.01
    known = np.sort(law.residuals[:, 0])
    cumulant = math.log(np.exp(0.01 * law.residuals[:, 0]).mean())
    gap = np.abs(
        known[np.searchsorted(known, seen + cumulant / 0.01).clip(1, 399)] - (seen + cumulant / 0.01)
    )
    other = np.abs(
        known[np.searchsorted(known, seen + cumulant / 0.01).clip(1, 399) - 1] - (seen + cumulant / 0.01)
    )
    assert np.minimum(gap, other).max() < 1e-5


def test_blocks_of_the_past_go_on_for_their_mean_length_and_keep_coins_together() -> None:
    law = Bootstrap(NAMES, 3600.0, past(), block=8.0)
    factors = np.exp(moves(law, clock=CLOCK)[:2000])
    order = np.argsort(law.factors[:, 0])
    ratio = factors[:, 40:] / law.factors.mean(axis=0)
    assert ratio.shape == (2000, 8, 3)
    scaled = factors[:, :1, :] * np.array([1.0, 1.0, 1.0]) * law.factors.mean(axis=0)
    rows = order[np.searchsorted(law.factors[order, 0], scaled[:, 0, 0] - 1e-9).clip(0, 399)]
    assert np.abs(law.factors[rows] - scaled[:, 0]).max() < 1e-9
    after = np.exp(moves(law, clock=CLOCK)[:, :2, 0])
    rows = order[
        np.searchsorted(law.factors[order, 0], after[:, 0] * law.factors[:, 0].mean() - 1e-9).clip(0, 399)
    ]
    follows = law.factors[(rows + 1) % 400, 0]
    scale = np.median(follows / after[:, 1])
    goes_on = np.abs(follows / after[:, 1] / scale - 1.0) < 1e-9
    assert near(goes_on, 7.0 / 8.0 + 1.0 / 3200.0)


def test_every_law_has_words() -> None:
    said = {name: words(law) for name, law in LAWS.items()}
    assert len(set(said.values())) == len(LAWS)
    assert (
        said["student"] == "Student's law with 6 degrees of freedom a step, its wildness common to all coins"
    )
    assert "120 a year, normal with mean -0.04 and deviation 0.05" in said["jumps"]
    assert "400 of 1 h" in said["bootstrap"]
