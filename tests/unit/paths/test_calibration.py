"""What prices tell of volatility and correlation, against closed forms and second ways of counting."""

import math

import numpy as np
import pytest

from ringfence.core.errors import MarketError
from ringfence.formula.model import garch
from ringfence.formula.model.ranges import parkinson, rogers_satchell, yang_zhang
from ringfence.formula.model.shrinkage import shrunk_correlation
from ringfence.paths.calibration import Bars, VolRule, bipower, volatilities

STEPS = 2000
"""Looks inside a bar: ranges miss little of the highest and the lowest."""


def bars(drift: float = 0.0, count: int = 500) -> Bars:
    """Return bars of Brownian motion of deviation 1 % a bar and some drift a bar."""
    source = np.random.default_rng(2)
    inside = source.standard_normal((count, STEPS)) * (0.01 / math.sqrt(STEPS)) + drift / STEPS
    walk = np.cumsum(inside, axis=1)
    starts = np.concatenate([[0.0], np.cumsum(walk[:-1, -1])])
    tables = (
        starts,
        starts + np.maximum(walk.max(axis=1), 0),
        starts + np.minimum(walk.min(axis=1), 0),
        starts + walk[:, -1],
    )
    return Bars(("BTC",), 3600.0, *(np.exp(table)[:, None] for table in tables))


@pytest.mark.parametrize(("rule", "error"), [("plain", 0.032), ("parkinson", 0.015), ("yang-zhang", 0.013)])
def test_each_rule_finds_the_volatility_within_three_of_its_errors(rule: VolRule, error: float) -> None:
    annual = 0.01 * math.sqrt(8760)
    found = volatilities(bars(), rule)[0] / annual
    discreteness = 0.0 if rule == "plain" else -0.5826 * 2 / math.sqrt(STEPS) / 1.6
    assert found == pytest.approx(1.0 + discreteness, abs=3.0 * error)


def test_a_drift_misleads_parkinson_and_not_yang_and_zhang() -> None:
    drifting = bars(drift=0.02)
    annual = 0.01 * math.sqrt(8760)
    assert volatilities(drifting, "parkinson")[0] > 1.3 * annual
    assert volatilities(drifting, "yang-zhang")[0] == pytest.approx(annual, rel=0.05)


def test_ranges_of_one_bar_are_what_the_formulas_say() -> None:
    o, h, low, c = (np.array([[x]]) for x in (100.0, 110.0, 95.0, 105.0))
    assert parkinson(h, low)[0] == pytest.approx(math.log(110 / 95) ** 2 / (4 * math.log(2)))
    up, down, end = math.log(1.1), math.log(0.95), math.log(1.05)
    assert rogers_satchell(o, h, low, c)[0] == pytest.approx(up * (up - end) + down * (down - end))


def test_yang_and_zhang_weigh_as_their_paper_does() -> None:
    one = bars(count=30)
    gaps, moves = np.log(one.open[1:] / one.close[:-1]), np.log(one.close[1:] / one.open[1:])
    k = 0.34 / (1.34 + 30 / 28)
    inside = rogers_satchell(*(t[1:] for t in (one.open, one.high, one.low, one.close)))
    by_hand = gaps.var(ddof=1) + k * moves.var(ddof=1) + (1 - k) * inside[0]
    assert yang_zhang(one.open, one.high, one.low, one.close)[0] == pytest.approx(by_hand)


def test_recent_moves_weigh_more_by_ewma() -> None:
    moves = np.concatenate([np.full(500, 0.001), np.full(100, 0.01)]) * np.tile([1.0, -1.0], 300)
    closes = np.exp(np.concatenate([[0.0], np.cumsum(moves)]))[:, None]
    one = Bars(("BTC",), 3600.0, closes, closes, closes, closes)
    by_half_life = [
        volatilities(one, "ewma", half_life=h)[0] / (0.01 * math.sqrt(8760)) for h in (10.0, 100.0)
    ]
    assert by_half_life[0] == pytest.approx(math.sqrt(1 - (1 - 0.01) * 2**-10), rel=1e-3)
    assert 0.70 < by_half_life[1] < 0.80


def test_correlation_is_drawn_by_as_much_as_ledoit_and_wolf_say_term_by_term() -> None:
    moves = np.random.default_rng(4).standard_normal((60, 4)) @ np.diag([1.0, 2.0, 0.5, 3.0])
    moves[:, 1] += moves[:, 0]
    found, share = shrunk_correlation(moves)
    x = moves - moves.mean(axis=0)
    t, n = x.shape
    s = x.T @ x / t
    r = s / np.sqrt(np.outer(np.diag(s), np.diag(s)))
    rbar = (r.sum() - n) / (n * (n - 1))
    pi = rho = gamma = 0.0
    for i in range(n):
        for j in range(n):
            pi_ij = ((x[:, i] * x[:, j] - s[i, j]) ** 2).mean()
            pi += pi_ij
            if i == j:
                rho += pi_ij
                continue
            theta_i = ((x[:, i] ** 2 - s[i, i]) * (x[:, i] * x[:, j] - s[i, j])).mean()
            theta_j = ((x[:, j] ** 2 - s[j, j]) * (x[:, i] * x[:, j] - s[i, j])).mean()
            rho += (
                rbar / 2 * (math.sqrt(s[j, j] / s[i, i]) * theta_i + math.sqrt(s[i, i] / s[j, j]) * theta_j)
            )
            gamma += (rbar * math.sqrt(s[i, i] * s[j, j]) - s[i, j]) ** 2
    assert share == pytest.approx(min(1.0, max(0.0, (pi - rho) / gamma / t)), rel=1e-9)
    assert found[0, 1] == pytest.approx((1 - share) * r[0, 1] + share * rbar)
    assert (np.diag(found) == 1.0).all()


def test_drawing_helps_where_prices_are_few_and_does_little_where_they_are_many() -> None:
    true = np.full((6, 6), 0.6) + 0.4 * np.eye(6)
    true[0, 1] = true[1, 0] = 0.8
    root = np.linalg.cholesky(true)
    better = 0
    for seed in range(20):
        moves = np.random.default_rng(seed).standard_normal((30, 6)) @ root.T
        drawn, _ = shrunk_correlation(moves)
        better += np.square(drawn - true).sum() < np.square(np.corrcoef(moves.T) - true).sum()
    assert better >= 17
    many = np.random.default_rng(1).standard_normal((20_000, 6)) @ root.T
    assert shrunk_correlation(many)[1] < 0.05


def test_one_coin_is_correlated_with_itself() -> None:
    assert shrunk_correlation(np.random.default_rng(4).standard_normal((30, 1)))[0] == np.ones((1, 1))


def test_variances_of_a_filter_are_those_of_the_formula_step_by_step() -> None:
    shocks = np.random.default_rng(1).standard_normal(200) * 0.01
    found, now = garch.variances(shocks, 2e-4, 1e-6, 0.1, 0.85), 2e-4
    for number, shock in enumerate(shocks.tolist()):
        assert found[number] == pytest.approx(now, rel=1e-12)
        now = garch.next_variance(now, shock, 1e-6, 0.1, 0.85)
    assert found[-1] == pytest.approx(now, rel=1e-12)


def test_the_variance_expected_is_what_the_recursion_gives_on_average() -> None:
    now, total = 9e-4, 0.0
    for _ in range(50):
        total += now
        now = garch.next_variance(now, math.sqrt(now), 1e-6, 0.1, 0.85)
    assert garch.mean_variance(9e-4, 1e-6, 0.1, 0.85, 50) == pytest.approx(total / 50, rel=1e-12)


def test_no_garch_near_the_fitted_one_is_likelier() -> None:
    source, now, shocks = np.random.default_rng(9), 1e-4, []
    for z in source.standard_normal(4000).tolist():
        shocks.append(math.sqrt(now) * z)
        now = garch.next_variance(now, shocks[-1], 5e-6, 0.08, 0.87)
    series = np.array(shocks)
    start = float(np.square(series).mean())
    best = np.array(garch.fitted(series))
    least = garch.unlikelihood(series, start, *best)
    assert least <= garch.unlikelihood(series, start, 5e-6, 0.08, 0.87)
    for number in range(3):
        for times in (0.97, 1.03):
            near = best.copy()
            near[number] *= times
            assert garch.unlikelihood(series, start, *near) >= least - 1e-7


def test_jumps_do_not_raise_a_deviation_told_from_products() -> None:
    moves = np.random.default_rng(3).standard_normal((5000, 1)) * 0.01
    moves[::500] = 0.5
    assert bipower(moves)[0] == pytest.approx(0.01, rel=0.15)
    assert moves.std() > 0.02


def test_a_half_life_that_is_none_is_refused() -> None:
    with pytest.raises(MarketError, match="a half-life of 0 steps"):
        volatilities(bars(count=20), "ewma", half_life=0.0)
