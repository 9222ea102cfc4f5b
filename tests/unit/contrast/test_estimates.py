"""What paths say, and how sure they are: against distributions of which everything is known."""

from statistics import NormalDist

import numpy as np
import pytest

from ringfence.contrast.estimates import Losses, Sample

PATHS = 40_000


def test_a_mean_has_the_error_that_its_spread_says() -> None:
    found = Sample(4).mean(np.array([1.0, 2.0, 3.0, 4.0]))
    assert found.value == 2.5
    assert found.error == pytest.approx(np.std([1, 2, 3, 4], ddof=1) / 2.0)


def test_one_path_says_a_mean_and_not_how_sure_it_is() -> None:
    found = Sample(1).mean(np.array([3.0]))
    assert (found.value, found.error) == (3.0, None)


def test_a_ratio_of_what_never_happens_is_none() -> None:
    assert Sample(3).ratio(np.array([0, 0, 0]), np.array([False, False, False])) is None


def test_the_error_of_a_ratio_is_the_spread_of_ratios_of_many_samples() -> None:
    rng = np.random.default_rng(1)
    whole = rng.random((400, 500)) < 0.3
    part = whole & (rng.random((400, 500)) < 0.4)
    found = [Sample(500).ratio(p, w) for p, w in zip(part, whole, strict=True)]
    values = np.array([one.value for one in found if one])
    errors = np.array([one.error for one in found if one])
    assert values.mean() == pytest.approx(0.4, abs=0.01)
    assert errors.mean() == pytest.approx(values.std(), rel=0.1)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99, 0.999])
def test_quantile_and_shortfall_of_exponential_losses_lie_within_four_errors_of_the_truth(
    level: float,
) -> None:
    losses = Losses(Sample(PATHS), np.random.default_rng(2).exponential(10.0, PATHS))
    tail = losses.tail(level)
    truth = -10.0 * np.log(1.0 - level)
    assert tail.quantile.error is not None
    assert tail.shortfall.error is not None
    assert abs(tail.quantile.value - truth) <= 4.0 * tail.quantile.error
    assert abs(tail.shortfall.value - (truth + 10.0)) <= 4.0 * tail.shortfall.error


def test_errors_of_quantile_and_shortfall_are_the_spread_over_many_samples() -> None:
    rng = np.random.default_rng(3)
    tails = [Losses(Sample(2000), rng.standard_normal(2000)).tail(0.95) for _ in range(200)]
    for numbers in ([one.quantile for one in tails], [one.shortfall for one in tails]):
        spread = np.std([one.value for one in numbers])
        assert np.mean([one.error for one in numbers if one.error is not None]) == pytest.approx(
            spread, rel=0.15
        )


def test_a_loss_that_no_path_can_pass_has_no_error() -> None:
    losses = np.concatenate([np.full(500, 7.0), np.zeros(500)])
    tail = Losses(Sample(1000), losses).tail(0.9)
    assert (tail.quantile.value, tail.quantile.error) == (7.0, 0.0)
    assert (tail.shortfall.value, tail.shortfall.error) == (7.0, 0.0)


def test_too_few_paths_beyond_a_quantile_say_nothing_of_how_sure_it_is() -> None:
    tail = Losses(Sample(100), np.arange(100.0)).tail(0.999)
    assert tail.quantile.value == 99.0
    assert tail.quantile.error is None
    assert tail.shortfall.error is None


def test_weighted_paths_find_a_tail_that_plain_ones_do_not_reach() -> None:
    far, normal = 4.0, NormalDist()
    drawn = np.random.default_rng(4).standard_normal(PATHS) + far
    sample = Sample(PATHS, np.exp(-far * drawn + 0.5 * far**2))
    chance = sample.mean(drawn > far)
    truth = normal.cdf(-far)
    assert chance.error is not None
    assert abs(chance.value - truth) <= 4.0 * chance.error
    assert chance.error < 0.02 * truth
    tail = Losses(sample, drawn).tail(1.0 - truth)
    assert tail.quantile.error is not None
    assert abs(tail.quantile.value - far) <= 4.0 * tail.quantile.error
    assert tail.shortfall.error is not None
    mean_beyond = normal.pdf(far) / truth
    assert abs(tail.shortfall.value - mean_beyond) <= 4.0 * tail.shortfall.error
    assert sample.effective < PATHS


def test_a_weight_of_two_is_as_good_as_the_path_twice() -> None:
    losses = np.array([5.0, 1.0, 3.0, 2.0])
    weighted = Losses(Sample(4, np.array([2.0, 0.0, 1.0, 1.0])), losses)
    plain = Losses(Sample(4), np.array([5.0, 5.0, 3.0, 2.0]))
    tails = np.linspace(0.05, 0.95, 19)
    assert np.array_equal(weighted.at(tails), plain.at(tails))
    assert np.array_equal(weighted.chance_beyond(losses), plain.chance_beyond(losses))


def test_equal_weights_are_a_sample_of_all_its_paths() -> None:
    assert Sample(50).effective == 50.0
    assert Sample(50, np.ones(50)).effective == 50.0
