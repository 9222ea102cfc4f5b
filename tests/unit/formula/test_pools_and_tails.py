"""Pooling, allocation, latency, tails, memory and shares: against quadrature, enumeration and rivals."""

import itertools
import math
import random

import mpmath as mp
import numpy as np
import pytest

from ringfence.formula.model.allocation import best_buffers, best_pool
from ringfence.formula.model.attribution import (
    chance_at_distance,
    nearest_move,
    shares_of_risk,
    shares_of_variance,
)
from ringfence.formula.model.diversification import joint_covariance
from ringfence.formula.model.first_passage import chance_before_end, chance_of_touch, mean_exit
from ringfence.formula.model.latency import (
    buffer_for_delay,
    buffer_for_outage,
    mean_purse,
    return_point,
    time_between_transfers,
    transfers_of_purse,
    width_between_transfers,
)
from ringfence.formula.model.memory import (
    days_remembered,
    mean_fourth_range,
    mean_square_range,
    range_efficiency,
    rise_after,
)
from ringfence.formula.model.mode_law import best_cost
from ringfence.formula.model.pooling import (
    any_or_cost,
    bilateral_exposure,
    cleared_exposure,
    efficiency_of_equals,
    expected_positive,
    least_members,
    least_ratio,
    liability_limited_apart,
    offset_breaks,
    pair_risk,
    two_that_win_or_lose,
)
from ringfence.formula.model.tails import (
    garch_tail_index,
    pareto_quantile,
    pareto_shortfall,
    shortfall,
)
from ringfence.formula.model.tilt import saving, second_moment

COVARIANCE = ((1.0, 0.3, -0.2), (0.3, 2.0, 0.1), (-0.2, 0.1, 0.5))
HELD = (1.0, 0.5, 2.0)


@pytest.mark.parametrize("mean", [-2.0, 0.0, 0.7])
def test_what_is_above_zero_is_its_integral(mean: float) -> None:
    exact = mp.quad(lambda x: x * mp.npdf(x, mean, 1.5), [0, 1, 5, 20])
    assert expected_positive(mean, 1.5) == pytest.approx(float(exact), rel=1e-10)
    assert expected_positive(mean, 0.0) == max(mean, 0.0)


def test_separate_pools_never_owe_more_than_one() -> None:
    draws = random.Random(3)
    for _ in range(50):
        risks = [draws.uniform(0.1, 2.0) for _ in range(3)]
        joint = math.sqrt(sum(s * s for s in risks)) * draws.uniform(0.3, 1.0)
        assert liability_limited_apart([draws.uniform(0.0, 2.0) for _ in risks], risks, joint) >= 0.0


def test_a_loss_that_a_gain_covers_saves_and_one_that_it_does_not_drags_down() -> None:
    assert two_that_win_or_lose(0.9, 0.05, 0.25, 0.1).together == pytest.approx(0.01)
    assert two_that_win_or_lose(0.9, 0.05, 0.26, 0.1).together == pytest.approx(0.19)


@pytest.mark.parametrize("classes", range(1, 12))
def test_the_least_members_are_those_of_the_inequality(classes: int) -> None:
    members = least_members(classes)
    assert classes < members**2 / (4 * (members - 1))
    assert members == 3 or not classes < (members - 1) ** 2 / (4 * (members - 2))


def test_a_class_of_the_least_ratio_is_as_well_cleared_as_not() -> None:
    ratio, members = least_ratio(12), 12
    apart = (members - 1) * math.sqrt((1.0 + ratio**2) / (2.0 * math.pi))
    cleared = (members - 1) / math.sqrt(2.0 * math.pi) + ratio * math.sqrt((members - 1) / (2.0 * math.pi))
    assert apart == pytest.approx(cleared, rel=1e-12)
    assert cleared_exposure(12, 1) < bilateral_exposure(12, 1)


def test_a_broken_offset_is_the_ratio_of_two_risks() -> None:
    assert offset_breaks(0.95, 0.7) == pytest.approx(math.sqrt(6.0))
    assert pair_risk(1.0) == 0.0


def test_equals_need_what_the_chances_say() -> None:
    ratio = efficiency_of_equals(5, 0.01)
    pool = 2.5758293035489004
    each = ratio * pool / math.sqrt(5.0)
    assert 1.0 - (1.0 - chance_of_touch(each, 1.0)) ** 5 == pytest.approx(0.01, rel=1e-10)


def test_a_pool_can_be_rarer_hit_and_dearer() -> None:
    found = any_or_cost(10.0, 3.0, 0.5)
    assert found.any_together < found.any_apart
    assert found.cost_together > found.cost_apart


@pytest.mark.parametrize("seed", range(8))
def test_no_other_split_costs_less(seed: int) -> None:
    draws = random.Random(seed)
    costs = [draws.uniform(0.1, 5.0) for _ in range(4)]
    risks = [draws.uniform(0.2, 2.0) for _ in range(4)]
    split = best_buffers(costs, risks, 5.0)
    assert math.fsum(split.buffers) == pytest.approx(5.0, rel=1e-10)
    for _ in range(200):
        parts = [draws.expovariate(1.0) for _ in costs]
        other = [5.0 * part / sum(parts) for part in parts]
        cost = sum(L * chance_of_touch(x, s) for L, x, s in zip(costs, other, risks, strict=True))
        assert cost >= split.cost - 1e-12


@pytest.mark.parametrize("seed", range(12))
def test_half_planes_find_the_best_of_all_pools(seed: int) -> None:
    draws = random.Random(seed)
    count, price = 7, draws.uniform(0.05, 1.0)
    costs = [draws.expovariate(1.0) for _ in range(count)]
    risks = [draws.expovariate(1.0) for _ in range(count)]

    def cost(members: tuple[int, ...]) -> float:
        together = math.sqrt(sum(risks[i] ** 2 for i in members))
        alone = sum(best_cost(costs[i], price * risks[i]) for i in range(count) if i not in members)
        return best_cost(sum(costs[i] for i in members), price * together) + alone

    every = [m for size in range(count + 1) for m in itertools.combinations(range(count), size)]
    found = best_pool(costs, risks, price)
    assert found.cost == pytest.approx(min(map(cost, every)), rel=1e-12)
    assert found.cost == pytest.approx(cost(found.members), rel=1e-12)


def test_buffers_for_late_collateral_are_used_up_with_the_chance() -> None:
    assert chance_of_touch(buffer_for_delay(0.7, 0.01, 0.02), 0.07) == pytest.approx(0.02, rel=1e-12)
    assert chance_before_end(buffer_for_outage(0.7, 0.01, 0.02), 0.0, 0.7, 100.0) == pytest.approx(0.02)


def test_no_other_width_between_transfers_costs_less() -> None:
    def cost(width: float) -> float:
        return 2.0 * 0.05 * width + 0.0005 * 0.64 / width**2

    best = width_between_transfers(0.8, 0.0005, 0.05)
    assert cost(best) <= min(cost(best * (1.0 + k / 1000)) for k in range(-500, 500))
    assert time_between_transfers(0.8, best) == pytest.approx(mean_exit(best, best, 0.8))


def test_no_other_purse_costs_less() -> None:
    def cost(point: float) -> float:
        return 7.0 * transfers_of_purse(point, 3.0 * point, 2.0) + 0.1 * mean_purse(point, 3.0 * point)

    best = return_point(7.0, 2.0, 0.1)
    assert cost(best) <= min(cost(best * (1.0 + k / 1000)) for k in range(-500, 500))


@pytest.mark.parametrize("beta", [0.05, 0.5, 0.85])
def test_a_tail_of_four_is_where_the_fourth_moment_ends(beta: float) -> None:
    alpha = (-beta + math.sqrt(beta * beta + 3.0 * (1.0 - beta * beta))) / 3.0
    assert garch_tail_index(alpha, beta) == pytest.approx(4.0, rel=1e-9)


@pytest.mark.parametrize("shape", [-0.2, 0.0, 0.3])
def test_a_pareto_tail_is_left_with_its_chance_and_has_its_mean(shape: float) -> None:
    loss = pareto_quantile(2.0, 0.5, shape, 0.05, 0.001)
    kept = (1.0 + shape * (loss - 2.0) / 0.5) ** (-1.0 / shape) if shape else math.exp(-(loss - 2.0) / 0.5)
    assert 0.05 * kept == pytest.approx(0.001, rel=1e-12)
    worse = mp.quad(
        lambda p: pareto_quantile(2.0, 0.5, shape, 0.05, float(p)), [1e-300, 1e-9, 1e-6, 1e-4, 1e-3]
    )
    assert pareto_shortfall(2.0, 0.5, shape, loss) == pytest.approx(float(worse) / 0.001, rel=2e-4)


@pytest.mark.parametrize("level", [0.9, 0.95, 0.9993])
def test_a_shortfall_is_the_least_over_thresholds(level: float) -> None:
    losses = np.random.default_rng(5).standard_t(4, 2000)
    tried = [a + np.maximum(losses - a, 0.0).mean() / (1.0 - level) for a in np.sort(losses)]
    assert shortfall(losses, level) == pytest.approx(min(tried), rel=1e-12)


def test_the_shortfall_of_a_recorded_sample() -> None:
    assert shortfall(np.random.default_rng(5).standard_t(4, 2000), 0.95) == pytest.approx(3.54730134824)


def test_a_range_is_worth_nearly_five_closing_prices() -> None:
    assert mean_square_range(0.3, 2.0) == pytest.approx(4.0 * math.log(2.0) * 0.18)
    assert mean_fourth_range(0.3, 2.0) == pytest.approx(9.0 * float(mp.zeta(3)) * 0.18**2)
    assert range_efficiency() == pytest.approx(4.90999701979)


def test_weights_remember_what_they_say() -> None:
    assert 1.0 - 0.94 ** days_remembered(0.94, 0.99) == pytest.approx(0.99)
    variance = 1.0
    for _ in range(22):
        variance = 0.97 * variance + 0.03 * 4.0
    assert rise_after(0.97, 2.0, 22) == pytest.approx(math.sqrt(variance))


def test_shapley_gives_each_its_covariance_with_the_whole() -> None:
    def variance(members: tuple[int, ...]) -> float:
        held = [w if i in members else 0.0 for i, w in enumerate(HELD)]
        return joint_covariance(held, held, COVARIANCE)

    for place, share in enumerate(shares_of_variance(HELD, COVARIANCE)):
        added = [
            variance(order[: order.index(place) + 1]) - variance(order[: order.index(place)])
            for order in itertools.permutations(range(3))
        ]
        assert share == pytest.approx(sum(added) / len(added), rel=1e-12)


def test_the_nearest_move_uses_the_buffer_up_by_the_shares_of_risk() -> None:
    found = nearest_move(0.8, HELD, COVARIANCE)
    lost = [-w * move for w, move in zip(HELD, found.moves, strict=True)]
    assert math.fsum(lost) == pytest.approx(0.8, rel=1e-14)
    assert [one / 0.8 for one in lost] == pytest.approx(shares_of_risk(HELD, COVARIANCE), rel=1e-13)
    risk = math.sqrt(joint_covariance(HELD, HELD, COVARIANCE))
    assert chance_at_distance(found.distance, 4.0) == pytest.approx(chance_of_touch(0.8, 2.0 * risk))


def test_a_tilt_saves_what_its_second_moment_says() -> None:
    exact = mp.quad(lambda z: mp.npdf(z, 4) * mp.exp(16 - 8 * z), [4, 5, 8, 20])
    assert second_moment(4.0) == pytest.approx(float(exact), rel=1e-9)
    assert saving(4.0) == pytest.approx(6999.03014011, rel=1e-9)
