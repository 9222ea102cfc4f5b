"""First passage, gaps and looks: against fifty digits, against quadrature, and against each other where they meet."""

import math

import mpmath as mp
import pytest

from ringfence.formula.model.first_passage import (
    chance_at_leverage,
    chance_before_end,
    chance_between,
    chance_ever,
    chance_of_exit,
    chance_of_price,
    chance_of_touch,
    chance_with_drift,
    mean_exit,
    mean_life,
    price_at_leverage,
)
from ringfence.formula.model.gaps import (
    chance_of_rise,
    chance_of_ruin,
    fund_for_ruin,
    loss_past_buffer,
    mean_gap,
)
from ringfence.formula.model.looks import SHIFT, buffer_as_looked_at, chance_at_looks, mean_overshoot

ULP = 2.3e-16


def tail(x: mp.mpf) -> mp.mpf:
    return mp.erfc(x / mp.sqrt(2)) / 2


@pytest.mark.parametrize("risk", [0.05, 0.4, 3.0])
@pytest.mark.parametrize("drift", [-4.0, -0.3, 0.0, 0.2, 2.0])
def test_the_chance_with_drift_is_that_of_fifty_digits(drift: float, risk: float) -> None:
    with mp.workdps(50):
        b, m, s = mp.mpf(0.7), mp.mpf(drift), mp.mpf(risk)
        exact = tail((b + m) / s) + mp.exp(-2 * m * b / s**2) * tail((b - m) / s)
        # An exponent of size x costs x roundings.
        slack = 8.0 + 2.0 * abs(float(m * b / s**2)) + float(((b + m) / s) ** 2)
    assert chance_with_drift(0.7, drift, risk) == pytest.approx(float(exact), rel=slack * ULP, abs=1e-300)


def test_a_buffer_that_drifts_down_fast_is_used_up_for_sure_and_not_lost_to_overflow() -> None:
    assert chance_with_drift(20.0, -20.0, 1.0) == pytest.approx(0.5099, abs=1e-4)
    assert chance_with_drift(1.0, -1000.0, 1.0) == 1.0
    assert chance_with_drift(1.0, 0.0, 0.0) == 0.0


def test_without_drift_it_is_the_chance_of_touch_and_in_the_long_run_that_of_ever() -> None:
    assert chance_with_drift(0.4, 0.0, 0.3) == pytest.approx(chance_of_touch(0.4, 0.3), rel=1e-15)
    long = chance_with_drift(0.4, 0.1 * 10_000.0, 0.3 * 100.0)
    assert long == pytest.approx(chance_ever(0.4, 0.1, 0.3), rel=1e-12)
    assert chance_ever(0.4, -0.1, 0.3) == 1.0


def test_an_exponential_horizon_is_the_mean_over_horizons() -> None:
    def weighed(t: mp.mpf) -> mp.mpf:
        return 5 * mp.exp(-5 * t) * chance_with_drift(0.1, 0.2 * float(t), 0.6 * math.sqrt(float(t)))

    mean = mp.quad(weighed, [0, 0.01, 0.1, 0.5, 2, 8])
    assert chance_before_end(0.1, 0.2, 0.6, 5.0) == pytest.approx(float(mean), rel=1e-9)


@pytest.mark.parametrize(("below", "above"), [(0.3, 0.3), (0.2, 0.7), (2.0, 0.5), (0.4999, 0.5)])
def test_the_chance_of_exit_is_that_of_both_series(below: float, above: float) -> None:
    with mp.workdps(50):
        width = mp.mpf(below) + mp.mpf(above)
        terms = (
            4
            / (k * mp.pi)
            * mp.sin(k * mp.pi * mp.mpf(below) / width)
            * mp.exp(-((k * mp.pi / width) ** 2) / 2)
            for k in range(1, 200, 2)
        )
        exact = 1 - mp.fsum(terms)
    assert chance_of_exit(below, above, 1.0) == pytest.approx(float(exact), abs=4 * ULP)


def test_a_far_side_of_a_band_does_not_matter() -> None:
    assert chance_of_exit(0.8, 60.0, 1.0) == pytest.approx(chance_of_touch(0.8, 1.0), rel=1e-15)
    assert mean_exit(0.5, 0.5, 2.0) == 0.0625


@pytest.mark.parametrize("buffer", [0.2, 1.0, 3.0])
def test_the_mean_life_is_the_integral_of_the_chance_to_live(buffer: float) -> None:
    area = mp.quad(lambda t: 1 - chance_of_touch(buffer, math.sqrt(float(t))), [0, 0.01, 0.1, 1])
    assert mean_life(buffer, 1.0) == pytest.approx(float(area), rel=1e-9)


def test_one_bridge_and_its_ends_make_the_chance_of_touch() -> None:
    def at(x: mp.mpf) -> mp.mpf:
        return mp.npdf(x, 1) * chance_between(1.0, float(x), 1.0)

    assert float(mp.quad(at, [-10, 0, 1, 12])) == pytest.approx(chance_of_touch(1.0, 1.0), rel=1e-9)


@pytest.mark.parametrize("side", [1, -1])
def test_an_isolated_price_is_where_equity_is_maintenance(side: int) -> None:
    price = price_at_leverage(100.0, 10.0, 0.005, side)
    assert 10.0 + side * (price - 100.0) == pytest.approx(0.005 * price, rel=1e-13)


def test_a_short_in_logarithms_is_a_long_that_drifts_the_other_way() -> None:
    risk = 0.2
    up = chance_of_price(1.1, risk)
    assert up == pytest.approx(chance_with_drift(math.log(1.1), 0.5 * risk * risk, risk), rel=1e-15)
    assert chance_at_leverage(10.0, 0.005, -1, risk) > chance_at_leverage(20.0, 0.005, -1, risk) * 0.3
    assert chance_of_price(0.0, risk) == 0.0


def test_the_shift_of_looks_is_the_constant_of_the_zeta_function() -> None:
    with mp.workdps(50):
        exact = float(-mp.zeta(0.5) / mp.sqrt(2 * mp.pi))
    assert exact == SHIFT
    assert mean_overshoot(2.0) == 2.0 * SHIFT
    assert buffer_as_looked_at(1.0, 0.1) == 1.0 + 0.1 * SHIFT
    assert chance_at_looks(1.0, 1.0, 10**12) == pytest.approx(chance_of_touch(1.0, 1.0), rel=1e-5)


def test_without_jumps_a_rise_is_first_passage_with_drift() -> None:
    still = chance_of_rise(0.3, 0.1, 0.2, 1e-12, 0.5, 0.02, 0.03, 1.0)
    assert still == pytest.approx(chance_with_drift(0.3, -0.1, 0.2), abs=1e-9)


def test_a_rise_agrees_with_the_transform_inverted_in_sixty_digits() -> None:
    with mp.workdps(50):

        def passage(at: mp.mpf) -> mp.mpf:
            def cumulant(x: mp.mpf) -> mp.mpf:
                jumps = mp.mpf("0.5") * 50 / (50 - x) + mp.mpf("0.5") * rise / (rise + x) - 1
                return mp.mpf("0.1") * x + mp.mpf("0.02") * x * x + 3 * jumps - at

            rise = mp.mpf(100) / 3
            near = mp.findroot(cumulant, (mp.mpf("1e-9"), mp.mpf("49.999999")), solver="anderson")
            far = mp.findroot(cumulant, (mp.mpf("50.000001"), mp.mpf(5000)), solver="anderson")
            one = (50 - near) / 50 * far / (far - near) * mp.exp(-mp.mpf("0.3") * near)
            two = (far - 50) / 50 * near / (far - near) * mp.exp(-mp.mpf("0.3") * far)
            return (one + two) / at

        exact = mp.invertlaplace(passage, 1, method="stehfest", degree=40)
    assert chance_of_rise(0.3, 0.1, 0.2, 3.0, 0.5, 0.02, 0.03, 1.0) == pytest.approx(float(exact), abs=1e-9)


def test_the_fund_for_a_chance_of_ruin_is_ruined_with_that_chance() -> None:
    assert chance_of_ruin(fund_for_ruin(0.01, 3.0, 0.2), 3.0, 0.2) == pytest.approx(0.01, rel=1e-12)
    assert fund_for_ruin(0.9, 3.0, 0.2) == 0.0
    assert chance_of_ruin(0.0, 3.0, 0.25) == pytest.approx(0.8, rel=1e-15)


def test_bad_debt_after_a_gap_is_the_mean_of_what_is_beyond_the_buffer() -> None:
    beyond = mp.quad(lambda x: (x - 0.01) * mp.exp(-x / 0.03) / 0.03, [0.01, 0.1, 1, 3])
    assert loss_past_buffer(0.03, 0.01) == pytest.approx(float(beyond), rel=1e-12)
    assert loss_past_buffer(0.03, 0.0) == mean_gap(0.03)
