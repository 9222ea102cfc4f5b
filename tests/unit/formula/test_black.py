"""The option formulas, against 50 digits, two libraries, and what must hold of any option."""

import math

import mpmath
import numpy as np
import pytest
import QuantLib as ql  # noqa: N813 - as everybody calls it
from fast_vollib import fast_black, vectorized_delta
from hypothesis import given
from hypothesis import strategies as st

from ringfence.formula.model.black import (
    black_delta,
    black_gamma,
    black_price,
    black_theta,
    black_vega,
    implied_vol,
)

GRID = [
    (forward, strike, sigma, years, sign)
    for forward in (0.5, 1950.0, 66000.0)
    for strike in (0.6 * forward, forward, 1.7 * forward)
    for sigma in (0.05, 0.6, 2.5)
    for years in (1 / 365, 0.25, 3.0)
    for sign in (1, -1)
]
ULPS = 64 * np.finfo(float).eps


def exact_price(forward: float, strike: float, sigma: float, years: float, sign: int) -> mpmath.mpf:
    with mpmath.workdps(max(50, mpmath.mp.dps)):  # a derivative asks for more
        f, k, s = mpmath.mpf(forward), mpmath.mpf(strike), mpmath.mpf(sign)
        width = mpmath.mpf(sigma) * mpmath.sqrt(mpmath.mpf(years))
        d1 = mpmath.log(f / k) / width + width / 2
        return s * (f * mpmath.ncdf(s * d1) - k * mpmath.ncdf(s * (d1 - width)))


@pytest.mark.parametrize(("forward", "strike", "sigma", "years", "sign"), GRID)
def test_a_price_is_right_to_a_few_ulp_of_its_forward(
    forward: float, strike: float, sigma: float, years: float, sign: int
) -> None:
    price = float(black_price(forward, strike, sigma, years, sign))
    wanted = exact_price(forward, strike, sigma, years, sign)
    assert abs(float(price - wanted)) <= ULPS * max(forward, strike)


@pytest.mark.parametrize(("forward", "strike", "sigma", "years", "sign"), GRID)
def test_quantlib_says_the_same(forward: float, strike: float, sigma: float, years: float, sign: int) -> None:
    kind = ql.Option.Call if sign > 0 else ql.Option.Put
    theirs = ql.blackFormula(kind, strike, forward, sigma * math.sqrt(years))
    assert float(black_price(forward, strike, sigma, years, sign)) == pytest.approx(
        theirs, abs=1e-13 * max(forward, strike)
    )


def test_fast_vollib_says_the_same() -> None:
    forward, strike, sigma, years, sign = (
        np.array(column, dtype=float) for column in zip(*GRID, strict=True)
    )
    flags = np.where(sign > 0, "c", "p")
    prices = np.asarray(fast_black(flags, forward, strike, years, 0.0, sigma, return_as="numpy"))
    deltas = np.asarray(
        vectorized_delta(flags, forward, strike, years, 0.0, sigma, model="black", return_as="numpy")
    )
    assert np.allclose(
        black_price(forward, strike, sigma, years, sign), prices.ravel(), rtol=1e-10, atol=1e-10
    )
    assert np.allclose(
        black_delta(forward, strike, sigma, years, sign), deltas.ravel(), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize(("forward", "strike", "sigma", "years", "sign"), GRID[::5])
def test_greeks_are_the_derivatives_of_the_price(
    forward: float, strike: float, sigma: float, years: float, sign: int
) -> None:
    with mpmath.workdps(30):
        by_forward = mpmath.diff(lambda f: exact_price(f, strike, sigma, years, sign), forward)
        bend = mpmath.diff(lambda f: exact_price(f, strike, sigma, years, sign), forward, 2)
        by_vol = mpmath.diff(lambda s: exact_price(forward, strike, s, years, sign), sigma)
        by_time = mpmath.diff(lambda t: exact_price(forward, strike, sigma, t, sign), years)
    small = 1e-9 * forward
    assert float(black_delta(forward, strike, sigma, years, sign)) == pytest.approx(
        float(by_forward), abs=1e-9
    )
    assert float(black_gamma(forward, strike, sigma, years)) == pytest.approx(float(bend), rel=1e-6, abs=1e-9)
    assert float(black_vega(forward, strike, sigma, years)) == pytest.approx(float(by_vol), abs=small)
    assert float(black_theta(forward, strike, sigma, years)) == pytest.approx(
        -float(by_time), rel=1e-7, abs=small
    )


@given(
    strike=st.floats(0.01, 100.0),
    sigma=st.floats(0.0, 5.0),
    years=st.floats(0.0, 5.0),
    forward=st.floats(0.01, 100.0),
)
def test_put_and_call_differ_by_the_forward(
    forward: float, strike: float, sigma: float, years: float
) -> None:
    call, put = (float(black_price(forward, strike, sigma, years, sign)) for sign in (1, -1))
    assert call - put == pytest.approx(forward - strike, abs=1e-12 * (forward + strike))
    assert 0.0 <= call <= forward * (1 + 1e-14)
    assert 0.0 <= put <= strike * (1 + 1e-14)


def test_without_width_an_option_is_worth_its_intrinsic_value() -> None:
    assert float(black_price(100.0, 90.0, 0.0, 1.0, 1)) == 10.0
    assert float(black_price(100.0, 90.0, 0.5, 0.0, -1)) == 0.0
    assert float(black_price(100.0, 100.0, 0.0, 0.0, 1)) == 0.0


def test_arrays_of_any_shape_that_broadcasts() -> None:
    paths = np.linspace(50.0, 150.0, 7)[:, None, None]
    strikes = np.array([80.0, 120.0])
    prices = black_price(paths, strikes, np.full((3, 1), 0.4), 0.5, 1.0)
    assert prices.shape == (7, 3, 2)
    assert prices[2, 1, 0] == float(black_price(float(paths[2, 0, 0]), 80.0, 0.4, 0.5, 1.0))


@given(moneyness=st.floats(0.7, 1.4), sigma=st.floats(0.1, 3.0), years=st.floats(0.01, 2.0))
def test_the_implied_volatility_gives_the_price_back(moneyness: float, sigma: float, years: float) -> None:
    price = float(black_price(100.0, 100.0 * moneyness, sigma, years, 1))
    found = implied_vol(price, 100.0, 100.0 * moneyness, years, 1)
    if found is None:
        assert price <= max(100.0 - 100.0 * moneyness, 0.0) * (1 + 1e-15) or price <= 0.0
    else:
        assert float(black_price(100.0, 100.0 * moneyness, found, years, 1)) == pytest.approx(
            price, abs=1e-11
        )


@pytest.mark.parametrize(("price", "sign"), [(9.9, 1), (100.0, 1), (90.0, -1), (0.0, -1)])
def test_no_volatility_explains_a_price_out_of_bounds(price: float, sign: int) -> None:
    assert implied_vol(price, 100.0, 90.0, 0.5, sign) is None
