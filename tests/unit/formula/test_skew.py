"""Volatilities of high and low strikes apart, and later values today, by hand."""

import math

import numpy as np
import pytest

from ringfence.formula.model.discount import discount_held, discount_owed
from ringfence.formula.model.shock import skew_reach, skewed_vol, term_scale


@pytest.mark.parametrize(
    ("moneyness", "cap", "reach", "vol"),
    [(0.5, 0.15, 1.0, 0.5375), (2.0, 0.15, 1.0, 0.575), (-0.5, 0.15, 1.0, 0.4625), (-2.0, 0.15, 1.0, 0.425),
     (0.0, 0.15, 0.0, 0.5), (0.1, 0.15, 0.0, 0.575), (-1.0, 5.0, 1.0, 0.0)],
)  # fmt: skip
def test_a_skew_raises_what_lies_above_and_lowers_what_lies_below(
    moneyness: float, cap: float, reach: float, vol: float
) -> None:
    assert float(skewed_vol(0.5, moneyness, cap, reach)) == pytest.approx(vol, abs=1e-15)


def test_a_cap_below_zero_turns_the_skew_round_and_bounds_it_no_more() -> None:
    assert float(skewed_vol(0.5, 2.0, -0.1, 1.0)) == pytest.approx(0.5 * (1 - 0.2), abs=1e-15)


def test_the_reach_grows_with_the_width_and_has_a_least() -> None:
    assert float(skew_reach(0.25, 0.01, 4.0, 0.6, -0.1)) == pytest.approx(0.5 * 4 * (0.6 - 0.05))
    assert float(skew_reach(0.25, 0.01, 4.0, 0.0, -0.1)) == 0.01


def test_what_is_held_is_discounted_and_what_is_owed_is_marked_up_to_undiscounted_and_no_further() -> None:
    years, rate = np.array([0.5, 0.5]), np.array([0.2, 0.0])
    held = discount_held(years, rate, 0.95, 1.0, 0.08)
    owed = discount_owed(years, rate, 1.04, 0.5, 0.08)
    assert held.tolist() == pytest.approx([0.95 * math.exp(-0.14), 0.95 * math.exp(-0.04)])
    assert owed.tolist() == pytest.approx([math.exp(0.1), 1.0])


def test_a_least_time_bounds_the_scale_and_not_the_power() -> None:
    assert float(term_scale(10.0, 30.0, 0.3, 0.13, 400.0)) == pytest.approx((30 / 400) ** 0.3)
