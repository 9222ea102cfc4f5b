"""What is drawn under a tilt and weighed is what is drawn without, at every step and where a path is stopped."""

import math

import numpy as np
import pytest

from ringfence.core.errors import BookError
from ringfence.formula.model.tilt import weight_of
from ringfence.paths.coins import Coins
from ringfence.paths.draw import prices, tilted_prices
from ringfence.paths.laws import (
    DoubleExponentialJumps,
    Gbm,
    Jumps,
    Law,
    NormalJumps,
    StochasticVolatility,
    StudentT,
    Tilt,
)
from tests.unit.paths.some_laws import CLOCK, COINS, KOU, LAWS, MERTON

PATHS = 20_000
LAWS_TO_TILT: dict[str, Law] = {
    "gbm": Gbm(),
    "student": StudentT(4.0),
    "volatility": StochasticVolatility(speed=200.0, spread=0.7, leverage=-0.5),
    "merton": Jumps(MERTON, None),
    "kou": Jumps(KOU, MERTON, parts=(1.0, 1.2, -0.5), between=StudentT(5.0)),
}
TILTS = {
    "shift": Tilt((-0.1, -0.08, -0.05), plain=0.0),
    "mixture": Tilt((-0.2, -0.2, -0.2), plain=0.2),
    "rate": Tilt((0.0, 0.0, 0.0), rate_times=3.0, plain=0.1),
    "all": Tilt((-0.1, -0.1, 0.0), rate_times=2.0, common=-0.01, own=(-0.01, 0.0, 0.01), plain=0.1),
}


def near(samples: np.ndarray, value: float) -> bool:
    return bool(abs(samples.mean() - value) < 4.0 * samples.std() / math.sqrt(samples.size) + 1e-12)


@pytest.mark.parametrize("law", LAWS_TO_TILT)
@pytest.mark.parametrize("tilt", TILTS)
def test_weights_have_the_mean_one_and_weighed_prices_their_own_mean(law: str, tilt: str) -> None:
    moved, ratios = tilted_prices(LAWS_TO_TILT[law], COINS, CLOCK, 3, range(PATHS), TILTS[tilt])
    weights = weight_of(ratios, TILTS[tilt].plain)
    for step in (1, 10, 48):
        weight = weights[:, step - 1]
        assert near(weight, 1.0)
        assert all(near(weight * moved[:, step, coin], 1.0) for coin in range(3))
        assert near(weight * moved[:, step, 0] * moved[:, step, 2], _mean_of_product(law, step))


def _mean_of_product(law: str, step: int) -> float:
    moved = prices(LAWS_TO_TILT[law], COINS, CLOCK, 4, range(4 * PATHS))[:, step]
    return float((moved[:, 0] * moved[:, 2]).mean())


@pytest.mark.parametrize("law", LAWS_TO_TILT)
def test_a_rare_fall_is_as_likely_weighed_where_it_first_happens_as_plainly_counted(law: str) -> None:
    plain = prices(LAWS_TO_TILT[law], COINS, CLOCK, 4, range(3 * PATHS))[:, :, 0].min(axis=1) < 0.93
    tilt = TILTS["all"]
    moved, ratios = tilted_prices(LAWS_TO_TILT[law], COINS, CLOCK, 3, range(PATHS), tilt)
    below = moved[:, 1:, 0] < 0.93
    hit = below.argmax(axis=1)
    weight = weight_of(ratios[np.arange(PATHS), hit], tilt.plain) * below.any(axis=1)
    error = math.hypot(plain.std() / math.sqrt(plain.size), weight.std() / math.sqrt(weight.size))
    assert abs(weight.mean() - plain.mean()) < 4.0 * error
    assert 0.0 < weight.max() <= 1.0 / tilt.plain


def test_a_shift_makes_a_rare_fall_many_times_cheaper_to_count() -> None:
    level = math.exp(-4.0 * 0.6 * math.sqrt(CLOCK.horizon / (365 * 86400)))
    shift = -4.0 / math.sqrt(CLOCK.steps)
    tilt = Tilt((shift, 0.8 * shift, 0.3 * shift), plain=0.05)
    moved, ratios = tilted_prices(Gbm(), COINS, CLOCK, 3, range(PATHS), tilt)
    below = moved[:, 1:, 0] < level
    weight = weight_of(ratios[np.arange(PATHS), below.argmax(axis=1)], tilt.plain) * below.any(axis=1)
    chance = weight.mean()
    assert 3e-5 < chance < 8e-5
    assert chance * (1.0 - chance) / weight.var() > 1000.0


def test_shifted_drivers_drift_by_as_much_as_asked() -> None:
    tilt = Tilt((-0.2, 0.1, 0.05), plain=0.0)
    moved, _ = tilted_prices(Gbm(), COINS, CLOCK, 3, range(PATHS), tilt)
    z = np.diff(np.log(moved), axis=1) / (COINS.vols * math.sqrt(3600.0 / (365 * 86400)))
    for coin, shift in enumerate(tilt.shift):
        assert near(
            z[:, :, coin].mean(axis=1), shift - 0.5 * COINS.vols[coin] * math.sqrt(3600.0 / (365 * 86400))
        )


def test_tilted_jumps_have_the_mean_size_and_the_rate_asked_for() -> None:
    calm = Jumps(KOU, None)
    tilt = Tilt((0.0, 0.0, 0.0), rate_times=3.0, common=-0.02, plain=0.0)
    moved, _ = tilted_prices(calm, COINS, CLOCK, 3, range(PATHS), tilt)
    still, _ = tilted_prices(calm, COINS, CLOCK, 3, range(PATHS), Tilt((0.0,) * 3, plain=0.0))
    years = CLOCK.horizon / (365 * 86400)
    mean = KOU.up * KOU.mean_up - (1 - KOU.up) * KOU.mean_down
    added = np.log(moved[:, -1, 0]).mean() - np.log(still[:, -1, 0]).mean()
    expected = KOU.rate * years * (3.0 * (mean - 0.02) - mean)
    assert abs(added / expected - 1.0) < 0.03


def test_jumps_that_only_fall_cannot_be_shifted_to_rise() -> None:
    falls = Jumps(DoubleExponentialJumps(50.0, 0.0, 0.02, 0.03), None)
    deeper, ratios = tilted_prices(falls, COINS, CLOCK, 3, range(300), Tilt((0.0,) * 3, common=-0.05))
    assert np.isfinite(deeper).all()
    assert np.isfinite(ratios).all()
    with pytest.raises(BookError, match=r"cannot have the mean size 0\.01"):
        tilted_prices(falls, COINS, CLOCK, 3, range(3), Tilt((0.0,) * 3, common=0.04))


def test_jumps_of_one_size_cannot_be_shifted() -> None:
    one_size = Jumps(NormalJumps(50.0, -0.05, 0.0), None)
    with pytest.raises(BookError, match="jumps of one size cannot be shifted"):
        tilted_prices(one_size, COINS, CLOCK, 3, range(3), Tilt((0.0,) * 3, common=-0.04))


def test_coins_that_are_one_are_not_shifted_apart() -> None:
    twins = Coins(("A", "B"), np.array([0.5, 0.5]), np.ones((2, 2)))
    together = tilted_prices(Gbm(), twins, CLOCK, 3, range(300), Tilt((-0.1, -0.1)))[0]
    assert together[:, :, 0] == pytest.approx(together[:, :, 1], rel=1e-6)
    with pytest.raises(BookError, match="always move together are shifted apart"):
        tilted_prices(Gbm(), twins, CLOCK, 3, range(3), Tilt((-0.1, 0.1)))


@pytest.mark.parametrize(
    ("law", "tilt", "said"),
    [
        ("garch", Tilt((0.1, 0.1, 0.1)), "no drivers to shift"),
        ("gbm", Tilt((0.1,)), "3 coins, and 1 shifts"),
        ("gbm", Tilt((0.1, math.nan, 0.0)), "a shift is not finite"),
        ("gbm", Tilt((0.1, 0.1, 0.1), rate_times=0.0), "rates times 0"),
        ("gbm", Tilt((0.1, 0.1, 0.1), plain=1.0), "a share of 1 plain paths"),
        ("gbm", Tilt((0.1, 0.1, 0.1), own=(0.1,)), "1 shifts of own jumps"),
    ],
)
def test_a_tilt_that_is_none_is_refused(law: str, tilt: Tilt, said: str) -> None:
    with pytest.raises(BookError, match=said):
        tilted_prices(LAWS[law], COINS, CLOCK, 3, range(3), tilt)
