"""Laws fitted to prices that a law has drawn are that law again, within stated errors."""

import contextlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from ringfence.core.errors import BookError, InputError
from ringfence.importers.bars import read_bars
from ringfence.paths.draw import prices
from ringfence.paths.fates import Clock
from ringfence.paths.fitted import LAWS, LawName, bars_of, fitted
from ringfence.paths.laws import (
    Bootstrap,
    DoubleExponentialJumps,
    Garch,
    Gbm,
    Jumps,
    Law,
    NormalJumps,
    StochasticVolatility,
    StudentT,
    words,
)
from ringfence.paths.lower import as_drawn
from ringfence.paths.recorded import Recorded
from tests.unit.paths.some_laws import COINS, CORRELATION, NAMES, START

HOURS = Clock(START, 3600.0, 10_000)


def recorded(law: Law, seed: int = 1) -> Recorded:
    return of_closes(prices(law, COINS, HOURS, seed, [0])[0])


def of_closes(closes: np.ndarray) -> Recorded:
    at = tuple(START + timedelta(hours=hour) for hour in range(len(closes)))
    return Recorded(NAMES, at, timedelta(0), closes, closes, closes, closes, source="made up")


@pytest.fixture(scope="module")
def even() -> Recorded:
    return recorded(Gbm())


def test_even_prices_give_back_their_volatilities_and_correlation(even: Recorded) -> None:
    found = fitted(even, NAMES)
    assert found.law == Gbm()
    assert np.abs(found.coins.vols / COINS.vols - 1.0).max() < 4.0 / np.sqrt(20_000)
    assert np.abs(found.coins.correlation - CORRELATION).max() < 0.04
    assert "Ledoit and Wolf" in found.notes[1]


def test_coins_come_in_the_order_they_are_asked_for(even: Recorded) -> None:
    found = fitted(even, ("SOL", "BTC"))
    assert found.coins.names == ("SOL", "BTC")
    assert found.coins.vols[0] == pytest.approx(1.1, rel=0.03)


def test_a_student_law_gives_back_its_degrees_of_freedom() -> None:
    law = fitted(recorded(StudentT(4.0)), NAMES, "student-t").law
    assert isinstance(law, StudentT)
    assert law.df == pytest.approx(4.0, abs=0.3)


def test_even_prices_are_fitted_by_a_student_law_that_is_as_good_as_normal(even: Recorded) -> None:
    law = fitted(even, NAMES, "student-t").law
    assert isinstance(law, StudentT)
    assert law.df > 60.0


@pytest.mark.parametrize("name", ["jumps", "kou"])
def test_jumps_are_told_from_what_is_between_them(name: LawName) -> None:
    down = NormalJumps(60.0, -0.10, 0.02)
    alone = NormalJumps(30.0, 0.12, 0.02)
    found = fitted(recorded(Jumps(down, alone, parts=(1.0, 1.2, 0.8))), NAMES, name)
    assert isinstance(found.law, Jumps)
    assert np.abs(found.coins.vols / COINS.vols - 1.0).max() < 0.05
    assert found.law.common is not None
    assert found.law.own is not None
    assert found.law.common.rate == pytest.approx(60.0, abs=4.0 * np.sqrt(60.0 / 1.14))
    assert found.law.own.rate == pytest.approx(30.0, abs=4.0 * np.sqrt(30.0 / 3.42))
    assert found.law.parts == pytest.approx((1.0, 1.2, 0.8), abs=0.1)
    match found.law.common:
        case NormalJumps():
            assert found.law.common.mean == pytest.approx(-0.10, abs=0.015)
            assert found.law.common.deviation == pytest.approx(0.02, abs=0.015)
        case DoubleExponentialJumps():
            assert found.law.common.mean_down == pytest.approx(np.sqrt(0.0104 / 2.0), abs=0.01)
            assert found.law.common.up < 0.05


def test_prices_without_jumps_show_hardly_any(even: Recorded) -> None:
    law = fitted(even, NAMES, "jumps").law
    assert isinstance(law, Jumps)
    assert law.common is None
    assert law.own is None or law.own.rate < 5.0


def test_stochastic_volatility_gives_back_its_speed_spread_and_leverage() -> None:
    true = StochasticVolatility(speed=60.0, spread=0.9, leverage=-0.5)
    found = [fitted(recorded(true, seed), NAMES, "volatility").law for seed in range(4)]
    laws = [law for law in found if isinstance(law, StochasticVolatility)]
    assert len(laws) == 4
    assert np.mean([law.spread for law in laws]) == pytest.approx(0.9, rel=0.25)
    assert 30.0 < np.median([law.speed for law in laws]) < 120.0
    assert -0.95 < np.mean([law.leverage for law in laws]) < -0.1


def test_even_volatility_is_told_to_be_no_case_for_a_law_of_it(even: Recorded) -> None:
    with pytest.raises(InputError, match="wild and calm times do not follow each other visibly"):
        fitted(even, NAMES, "volatility")


def test_garch_prices_give_back_their_numbers() -> None:
    source = np.random.default_rng(5).standard_normal((6000, 3)) @ np.linalg.cholesky(CORRELATION).T
    each = np.ones(3)
    true = Garch(NAMES, 3600.0, source, 4e-6 * each, 0.10 * each, 0.85 * each, 8e-5 * each)
    found = fitted(recorded(true), NAMES, "garch").law
    assert isinstance(found, Garch)
    assert np.abs(found.alpha - 0.10).max() < 0.03
    assert np.abs(found.beta - 0.85).max() < 0.06
    assert found.omega == pytest.approx(4e-6 * each, rel=0.5)
    assert np.abs(found.residuals.mean(axis=0)).max() < 1e-12
    assert np.abs(found.residuals.std(axis=0) - 1.0).max() < 1e-12
    assert np.abs(np.corrcoef(found.residuals.T) - CORRELATION).max() < 0.05


def test_a_bootstrap_holds_the_moves_themselves_in_blocks_of_a_day(even: Recorded) -> None:
    found = fitted(even, NAMES, "bootstrap")
    assert isinstance(found.law, Bootstrap)
    assert found.law.block == 24.0
    assert found.law.factors[7] == pytest.approx(even.close[8] / even.close[7])


@pytest.mark.parametrize("name", [name for name in LAWS if name != "volatility"])
def test_whatever_is_fitted_draws_and_has_words(even: Recorded, name: LawName) -> None:
    found = fitted(even, NAMES, name, vols="ewma")
    moved = prices(found.law, found.coins, Clock(START, found.step, 24), 3, range(256))
    assert np.isfinite(moved).all()
    assert words(found.law)
    assert len(found.notes) >= 2


def test_a_file_of_closes_becomes_a_law_and_one_that_is_out_of_order_does_not(
    even: Recorded, tmp_path: Path
) -> None:
    lines = [
        f"{at:%Y-%m-%dT%H:%M:%SZ},{','.join(map(str, row))}"
        for at, row in zip(even.at, even.close, strict=True)
    ]
    path = tmp_path / "closes.csv"
    path.write_text("\n".join(["time,BTC,ETH,SOL", *lines]), "utf-8")
    found = fitted(read_bars(path, set(NAMES), {}), NAMES, "student-t")
    assert found.coins.vols == pytest.approx(fitted(even, NAMES).coins.vols)
    path.write_text("\n".join(["time,BTC,ETH,SOL", lines[1], lines[0], *lines[2:]]), "utf-8")
    with pytest.raises(BookError, match=r"closes\.csv"):
        read_bars(path, set(NAMES), {})


def test_bars_without_opens_open_where_the_last_closed(even: Recorded) -> None:
    bars = bars_of(even, NAMES)
    assert (bars.open[1:] == bars.close[:-1]).all()


def test_prices_that_skip_a_step_are_refused(even: Recorded) -> None:
    some = [*range(20), *range(22, 40)]
    skipping = replace(
        even,
        at=tuple(even.at[n] for n in some),
        open=even.open[some],
        high=even.high[some],
        low=even.low[some],
        close=even.close[some],
    )
    with pytest.raises(
        BookError, match=r"from 2025-01-01 19:00 to the next price are 10800 s, and not 3600 s"
    ):
        bars_of(skipping, NAMES)


@pytest.mark.parametrize(
    ("names", "law", "said"),
    [
        (("BTC", "DOGE"), "gbm", "no prices of DOGE"),
        (NAMES, "student", "Did you mean 'student-t'"),
    ],
)
def test_what_cannot_be_fitted_is_refused(
    even: Recorded, names: tuple[str, ...], law: LawName, said: str
) -> None:
    with pytest.raises(BookError, match=said):
        fitted(even, names, law)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_prices_do_a_fit_draws_or_says_in_one_sentence_why_there_is_none(seed: int) -> None:
    source = np.random.default_rng(seed)
    moves = source.standard_t(source.choice([2.2, 4.0]), (int(source.choice([11, 101, 400])), 3)) * 0.02
    moves *= source.random(moves.shape) < source.choice([0.1, 1.0])
    if seed % 3 == 0:
        moves[:, 1] = source.choice([-1.0, 1.0]) * moves[:, 0]
    wild = of_closes(100.0 * np.exp(np.concatenate([np.zeros((1, 3)), np.cumsum(moves, axis=0)])))
    drawn = 0
    for name in LAWS:
        with contextlib.suppress(InputError):
            found = fitted(wild, NAMES, name)
            clock = Clock(START, found.step, 5)
            assert np.isfinite(prices(found.law, found.coins, clock, 1, range(5))).all()
            assert np.isfinite(as_drawn(found.law, found.coins, clock).vols).all()
            drawn += 1
    assert drawn >= 4


def test_few_prices_or_a_coin_that_never_moves_are_refused(even: Recorded) -> None:
    with pytest.raises(InputError, match="4 moves tell nothing"):
        fitted(of_closes(even.close[:5]), NAMES)
    still = even.close.copy()
    still[:, 1] = 2.0
    with pytest.raises(InputError, match="ETH never moves"):
        fitted(of_closes(still), NAMES)
    with pytest.raises(InputError, match="they have no highs and lows"):
        fitted(even, NAMES, vols="parkinson")
