"""Two buffers that move together, against the series in fifty digits and against what is known at the ends."""

import math
import random

import mpmath as mp
import pytest

from ringfence.formula.model.first_passage import chance_of_exit, chance_of_touch
from ringfence.formula.model.pairs import (
    alone_and_shared,
    chance_both_live,
    chance_either_dies,
    chance_in_profit,
    chance_in_profit_ever,
    correlation_of_equals,
    each_in_a_pool,
)


def exact_both_live(one: float, other: float, correlation: float) -> float:
    with mp.workdps(50):
        a, b, rho = mp.mpf(one), mp.mpf(other), mp.mpf(correlation)
        across = mp.sqrt(1 - rho**2)
        r = mp.sqrt((a**2 + b**2 - 2 * rho * a * b) / (1 - rho**2))
        angle, theta, u = mp.acos(-rho), mp.atan2(b * across, a - rho * b), r**2 / 4
        total = mp.mpf(0)
        for k in range(1, 400, 2):
            nu = k * mp.pi / angle
            both = mp.besseli((nu - 1) / 2, u) + mp.besseli((nu + 1) / 2, u)
            term = mp.sin(nu * theta) / k * both
            total += term
            if both < mp.mpf(10) ** -40:
                break
        return float(2 * r / mp.sqrt(2 * mp.pi) * mp.exp(-u) * total)


@pytest.mark.parametrize("correlation", [-0.95, -0.5, 0.0, 0.3, 0.8, 0.99])
@pytest.mark.parametrize(("one", "other"), [(1.0, 1.0), (0.1, 2.0), (3.0, 1.5)])
def test_the_series_is_that_of_fifty_digits(one: float, other: float, correlation: float) -> None:
    found = chance_both_live(one, other, correlation)
    assert found == pytest.approx(exact_both_live(one, other, correlation), rel=2e-13, abs=1e-15)


def test_independent_buffers_live_by_the_product() -> None:
    product = (1.0 - chance_of_touch(0.7, 1.0)) * (1.0 - chance_of_touch(1.9, 1.0))
    assert chance_both_live(0.7, 1.9, 0.0) == pytest.approx(product, rel=1e-13)


@pytest.mark.parametrize("near", [1e-9, 1e-12, 0.0])
def test_perfect_correlation_is_met_without_a_leap(near: float) -> None:
    assert chance_both_live(0.7, 1.9, 1.0 - near) == pytest.approx(1.0 - chance_of_touch(0.7, 1.0), rel=1e-9)
    assert chance_both_live(0.7, 1.9, -1.0 + near) == pytest.approx(
        1.0 - chance_of_exit(0.7, 1.9, 1.0), rel=1e-7
    )


def test_far_and_spent_buffers_need_no_series() -> None:
    assert chance_both_live(60.0, 80.0, 0.4) == pytest.approx(1.0, rel=1e-12)
    assert chance_both_live(0.0, 1.0, 0.4) == 0.0
    assert chance_either_dies(0.0, 1.0, 0.4) == 1.0


TABLE = {
    (-0.5, 1): (0.31731, 0.04550, 0.01267, 0.28448),
    (0.3, 1): (0.31731, 0.21485, 0.04349, 0.14595),
    (0.9, 1): (0.31731, 0.30490, 0.02786, 0.04027),
    (0.0, 2): (0.04550, 0.00468, 0.00151, 0.04233),
    (0.6, 2): (0.04550, 0.02535, 0.00616, 0.02631),
}


@pytest.mark.parametrize(("rho", "buffer"), TABLE)
def test_two_equal_positions_are_taken_down_and_kept_alive_as_tabled(rho: float, buffer: int) -> None:
    rows = each_in_a_pool((1.0, 1.0), (1.0, 1.0), ((1.0, rho), (rho, 1.0)), (buffer, buffer), 1.0)
    assert rows[0][:4] == pytest.approx(TABLE[rho, buffer], abs=6e-6)
    assert rows[0] == pytest.approx(rows[1], rel=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_rates_are_one_identity_in_every_book(seed: int) -> None:
    draws = random.Random(seed)
    row = alone_and_shared(draws.uniform(0.1, 3.0), draws.uniform(0.1, 3.0), draws.uniform(-0.95, 0.95))
    assert row.shared - row.alone == pytest.approx(row.contagion - row.rescue, abs=1e-14)
    assert min(row.contagion, row.rescue) >= 0.0


@pytest.mark.parametrize("correlation", [-0.9, -0.2, 0.0, 0.5, 0.99])
def test_a_bystander_is_in_profit_as_the_two_normal_numbers_say(correlation: float) -> None:
    with mp.workdps(30):
        slope = mp.mpf(correlation) / mp.sqrt(1 - mp.mpf(correlation) ** 2)
        joint = mp.quad(lambda y: mp.npdf(y) * mp.ncdf(-slope * y), [1, 2, 4, 12])
        exact = float(joint / mp.ncdf(-1))
    assert chance_in_profit(correlation, 1.0) == pytest.approx(exact, rel=1e-9, abs=1e-15)


def test_a_bystander_of_a_near_trigger_is_that_without_a_horizon() -> None:
    assert chance_in_profit(0.5, 1e-9) == pytest.approx(chance_in_profit_ever(0.5), rel=1e-6)
    assert (chance_in_profit(1.0, 1.0), chance_in_profit(-1.0, 1.0)) == (0.0, 1.0)
    assert chance_in_profit(0.5, 0.0) == pytest.approx(1.0 / 3.0)


def test_equal_positions_share_their_pool_evenly() -> None:
    assert correlation_of_equals(4, 0.0) == 0.5
    assert correlation_of_equals(7, 1.0) == 1.0
    assert math.isclose(correlation_of_equals(2, 0.28), math.sqrt(0.64))
