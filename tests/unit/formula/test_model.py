"""The formulas of the model, against figures of tables and against what they are the least of."""

import math

import pytest

from ringfence.formula.model.diversification import diversification_ratio, joint_covariance
from ringfence.formula.model.first_passage import buffer_for_chance, chance_of_touch
from ringfence.formula.model.mode_law import best_cost, best_distance, shadow_price
from ringfence.formula.model.normal import normal_density, normal_quantile, normal_tail

COSTS = (0.1, 1.0, 7.0)
PRICES = (0.001, 0.05, 0.5, 3.0)


@pytest.mark.parametrize(
    ("x", "beyond"),
    [(0.0, 0.5), (1.0, 0.158655253931457), (-2.0, 0.977249868051821), (6.0, 9.86587645037698e-10)],
)
def test_the_tail_of_the_normal_law(x: float, beyond: float) -> None:
    assert normal_tail(x) == pytest.approx(beyond, rel=1e-14)


def test_the_tail_far_out_does_not_cancel() -> None:
    assert normal_tail(10.0) == pytest.approx(7.61985302416053e-24, rel=1e-13)


def test_quantile_and_tail_are_inverse() -> None:
    assert normal_tail(-normal_quantile(0.0031)) == pytest.approx(0.0031, rel=1e-12)


@pytest.mark.parametrize(
    ("buffer", "chance"), [(1.0, 0.31731), (2.0, 0.04550)], ids=["one sigma", "two sigmas"]
)
def test_a_buffer_is_touched_as_the_reflection_principle_says(buffer: float, chance: float) -> None:
    assert chance_of_touch(buffer, 1.0) == pytest.approx(chance, abs=5e-6)


def test_a_spent_buffer_is_touched_and_one_without_risk_never() -> None:
    assert (chance_of_touch(0.0, 1.0), chance_of_touch(-1.0, 0.0), chance_of_touch(1.0, 0.0)) == (
        1.0,
        1.0,
        0.0,
    )


def test_the_buffer_for_a_chance_is_touched_with_that_chance() -> None:
    assert chance_of_touch(buffer_for_chance(3.0, 0.01), 3.0) == pytest.approx(0.01, rel=1e-12)


@pytest.mark.parametrize("price", PRICES)
@pytest.mark.parametrize("cost", COSTS)
def test_no_other_buffer_costs_less_than_the_best(cost: float, price: float) -> None:
    tried = [2.0 * cost * normal_tail(k / 1000) + price * k / 1000 for k in range(10_000)]
    assert best_cost(cost, price) <= min(tried) + 1e-15
    assert best_cost(cost, price) == pytest.approx(min(tried), rel=1e-5)


def test_at_its_shadow_price_a_buffer_is_the_best_one() -> None:
    price = shadow_price(cost=5.0, risk=2.0, buffer=3.0)
    assert best_distance(5.0, price * 2.0) == pytest.approx(1.5, rel=1e-12)
    assert price == pytest.approx(5.0 * normal_density(1.5), rel=1e-12)


def test_collateral_for_nothing_leaves_no_cost_and_dear_collateral_no_buffer() -> None:
    assert (best_distance(1.0, 0.0), best_cost(1.0, 0.0)) == (math.inf, 0.0)
    assert (best_distance(1.0, 10.0), best_cost(1.0, 10.0)) == (0.0, 1.0)


@pytest.mark.parametrize("price", PRICES)
@pytest.mark.parametrize("cost", COSTS)
def test_what_moves_as_one_is_better_kept_apart(cost: float, price: float) -> None:
    together = best_cost(cost + 1.0, price + 0.05)
    assert together >= best_cost(cost, price) + best_cost(1.0, 0.05) - 1e-15


@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.5, 0.99])
def test_what_costs_alike_for_its_risk_is_better_pooled(rho: float) -> None:
    risks, k = (0.3, 0.8), 4.0
    joint = math.sqrt(risks[0] ** 2 + risks[1] ** 2 + 2 * rho * risks[0] * risks[1])
    assert best_cost(k * sum(risks), joint) <= sum(best_cost(k * s, s) for s in risks) + 1e-15


@pytest.mark.parametrize(
    ("rho", "ratio"),
    [(0.0, 2.2360679775), (0.3, 1.50755672289), (0.6, 1.21267812518), (0.9, 1.04257207029), (1.0, 1.0)],
)
def test_five_equal_risks_diversify(rho: float, ratio: float) -> None:
    covariance = [[1.0 if i == j else rho for j in range(5)] for i in range(5)]
    joint = math.sqrt(joint_covariance([1.0] * 5, [1.0] * 5, covariance))
    assert diversification_ratio([1.0] * 5, joint) == pytest.approx(ratio, abs=1e-10)
