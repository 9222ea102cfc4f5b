"""The compiled grid of options and scenarios, against its definition, 50 digits and its own promises."""

from typing import TYPE_CHECKING

import mpmath
import numba
import numpy as np
import pytest

from ringfence.formula.model import black_grid
from ringfence.formula.model.black import black_price
from ringfence.formula.model.black_grid import Options
from tests.unit.formula.test_black import GRID, exact_price

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

BOUND = 1e-13
"""Share of the larger of forward and strike by which the grid may miss its definition."""
FORWARD, STRIKE, SIGMA, YEARS, SIGN = (np.array(column, dtype=float) for column in zip(*GRID, strict=True))
NOTIONAL = np.maximum(FORWARD, STRIKE)
MOVES = np.array([-0.999, -0.5, -0.16, -1e-9, 0.0, 1e-9, 0.04, 0.5, 5.0, 20.0])


def options(*, in_coin: bool = False) -> Options:
    return Options(FORWARD, STRIKE, YEARS, SIGN, in_coin)


def defined(moves: "Floats", sigma: "Floats") -> "Floats":
    return black_price(FORWARD * (1.0 + moves[:, None]), STRIKE, sigma, YEARS, SIGN)


def wild(seed: int, count: int) -> tuple["Floats", ...]:
    """Return forwards, strikes, volatilities, years and signs over many orders of magnitude."""
    draw = np.random.default_rng(seed)
    forward = np.exp(draw.uniform(-12, 12, count))
    strike = forward * np.exp(draw.normal(0, 1.5, count))
    sigma = np.where(draw.random(count) < 0.05, 0.0, np.exp(draw.uniform(-9, 4, count)))
    years = np.where(draw.random(count) < 0.05, 0.0, np.exp(draw.uniform(-12, 3, count)))
    return forward, strike, sigma, years, draw.choice([-1.0, 1.0], count)


def test_prices_are_those_of_the_definition_within_the_bound() -> None:
    found = options().prices(MOVES, SIGMA)
    scale = np.maximum(FORWARD * (1.0 + MOVES[:, None]), STRIKE)
    assert found.shape == (MOVES.size, FORWARD.size)
    assert (np.abs(found - defined(MOVES, SIGMA)) / scale).max() <= BOUND


@pytest.mark.parametrize("seed", range(8))
def test_they_are_so_for_wild_inputs_too(seed: int) -> None:
    forward, strike, sigma, years, sign = wild(seed, 2000)
    move = np.random.default_rng(seed).uniform(-0.9, 3.0, 11)
    there = forward * (1.0 + move[:, None])
    found = Options(forward, strike, years, sign, in_coin=False).prices(move, sigma)
    wanted = black_price(there, strike, sigma, years, sign)
    assert (np.abs(found - wanted) / np.maximum(there, strike)).max() <= BOUND


def test_prices_are_right_in_fifty_digits() -> None:
    found = options().prices(0.0, SIGMA)
    worst = max(
        abs(float(mpmath.mpf(price) - exact_price(*row))) / max(row[0], row[1])
        for price, row in zip(found.tolist(), GRID, strict=True)
    )
    assert worst <= BOUND / 10


def test_an_option_that_pays_in_its_coin_is_worth_its_price_over_the_forward() -> None:
    money, coin = options().prices(MOVES, SIGMA), options(in_coin=True).prices(MOVES, SIGMA)
    assert np.allclose(coin, money / (FORWARD * (1.0 + MOVES[:, None])), rtol=4e-16, atol=0)


def test_a_payment_in_money_may_be_discounted_and_one_in_coin_is_not() -> None:
    for in_coin, share in ((False, 0.97), (True, 1.0)):
        held = Options(FORWARD, STRIKE, YEARS, SIGN, in_coin, discount=0.97)
        wanted = share * options(in_coin=in_coin).prices(MOVES, SIGMA)
        assert np.allclose(held.prices(MOVES, SIGMA), wanted, rtol=4e-16, atol=0)


def test_without_width_an_option_is_worth_its_intrinsic_value() -> None:
    held = Options(
        100.0, [90.0, 110.0, 90.0, 110.0, 100.0], [0.0, 1.0, 1.0, 0.0, 0.0], [1, 1, -1, -1, 1], in_coin=False
    )
    found = held.prices([-0.2, 0.0, 0.2], np.array([0.5, 0.0, 0.0, 0.5, 0.0]))
    wanted = [[0.0, 0.0, 10.0, 30.0, 0.0], [10.0, 0.0, 0.0, 10.0, 0.0], [30.0, 10.0, 0.0, 0.0, 20.0]]
    assert np.allclose(found, wanted, rtol=0, atol=1e-12)


def test_moves_take_the_row_of_volatilities_that_is_named_or_their_own() -> None:
    rows = np.stack([SIGMA * scale for scale in np.linspace(0.5, 1.5, MOVES.size)])
    own = options().prices(MOVES, rows)
    assert (np.abs(own - defined(MOVES, rows)) / NOTIONAL).max() <= 20 * BOUND
    named = options().prices(MOVES, rows[:2], np.arange(MOVES.size) % 2)
    assert (np.abs(named - defined(MOVES, rows[np.arange(MOVES.size) % 2])) / NOTIONAL).max() <= 20 * BOUND


def test_sums_weigh_the_prices() -> None:
    weights = np.random.default_rng(5).normal(0, 3, FORWARD.size)
    prices = options(in_coin=True).prices(MOVES, SIGMA)
    sums = options(in_coin=True).sums(weights, MOVES, SIGMA)
    gross = (np.abs(weights) * prices).sum(axis=1)
    assert (np.abs(sums - prices @ weights) / gross).max() <= BOUND


def test_paths_are_moves_of_any_shape() -> None:
    paths = np.random.default_rng(3).uniform(-0.5, 0.5, (4, 5, 6))
    found = options().prices(paths, SIGMA)
    assert found.shape == (4, 5, 6, FORWARD.size)
    assert np.array_equal(found[2, 3, 4], options().prices(paths[2, 3, 4], SIGMA))
    assert options().sums(np.ones(FORWARD.size), paths, SIGMA).shape == paths.shape


def test_results_do_not_depend_on_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(black_grid, "THREADS_FROM", 50 * FORWARD.size)
    moves = np.random.default_rng(9).uniform(-0.5, 0.5, 213)
    rows, row = np.stack([SIGMA, 2 * SIGMA]), np.arange(moves.size) % 2
    weights, before = np.linspace(-3, 5, FORWARD.size), numba.get_num_threads()
    found = []
    try:
        for threads in range(1, before + 1):
            numba.set_num_threads(threads)
            found.append((options().prices(moves, rows, row), options().sums(weights, moves, rows, row)))
    finally:
        numba.set_num_threads(before)
    few = (options().prices(moves[:9], rows, row[:9]), options().sums(weights, moves[:9], rows, row[:9]))
    for prices, sums in found:
        assert np.array_equal(prices, found[0][0])
        assert np.array_equal(sums, found[0][1])
        assert np.array_equal(prices[:9], few[0])
        assert np.array_equal(sums[:9], few[1])


def test_shapes_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="10 moves take 3 of 3 rows"):
        options().prices(MOVES, np.stack([SIGMA] * 3))
    with pytest.raises(ValueError, match="10 moves take 10 of 2 rows"):
        options().prices(MOVES, np.stack([SIGMA] * 2), np.full(MOVES.size, 2))
    with pytest.raises(ValueError, match="weights for"):
        options().sums(np.ones(3), MOVES, SIGMA)
