"""A book over paths: what is gained, paid and borne adds up on every path, and no path depends on how it is run."""

import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import ringfence
from ringfence.core.errors import BookError
from ringfence.paths.coins import Coins
from ringfence.paths.fates import NEVER, ModeFates, Simulation
from ringfence.paths.funding import Funding
from ringfence.paths.laws import (
    DoubleExponentialJumps,
    Jumps,
    Law,
    NormalJumps,
    StochasticVolatility,
    StudentT,
)
from ringfence.paths.simulate import coins_of, simulate
from tests.unit.books import reference
from tests.unit.paths.books import clock, random_snapshot, wild

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats

SEEDS = range(12)


def run(seed: int, paths: int = 640, **asked: object) -> Simulation:
    snapshot = random_snapshot(seed)
    modes = ["isolated", "as-held", "cross"]
    asked = {"coins": wild(snapshot), "clock": clock(snapshot), "seed": seed, "modes": modes, **asked}
    return simulate(snapshot, paths=paths, **asked)  # type: ignore[arg-type]


def summed(mode: ModeFates) -> "Floats":
    total: Floats = mode.posted + mode.gain.sum(axis=1) + mode.other - mode.fees - mode.impact + mode.bad_debt
    return total


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_owner_has_is_what_was_put_up_gained_paid_and_borne_on_every_path(seed: int) -> None:
    for funding in (None, Funding({"BTC": 2e-4, "ETH": -1e-4, "SOL": 5e-4})):
        for mode in run(seed, funding=funding).modes:
            size = mode.posted + mode.notional.sum()
            assert np.abs(mode.wealth - summed(mode)).max() <= 1e-12 * size, mode.mode


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_made_or_lost_on_average_within_four_standard_errors(seed: int) -> None:
    for mode in run(seed, paths=12_800).modes:
        kept = mode.wealth + mode.fees + mode.impact - mode.bad_debt - mode.posted
        assert abs(kept.mean()) <= 4.0 * kept.std() / np.sqrt(len(kept)) + 1e-9 * mode.posted, mode.mode


LAWS = (
    StudentT(4.0),
    StochasticVolatility(speed=40.0, spread=0.7, leverage=-0.4),
    Jumps(common=DoubleExponentialJumps(30.0, 0.4, 0.05, 0.08), own=NormalJumps(20.0, -0.02, 0.05)),
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
@pytest.mark.parametrize("seed", range(3))
def test_under_any_law_nothing_is_made_or_lost_and_all_adds_up(law: Law, seed: int) -> None:
    for mode in run(seed, paths=12_800, law=law).modes:
        kept = mode.wealth + mode.fees + mode.impact - mode.bad_debt - mode.posted
        assert abs(kept.mean()) <= 4.0 * kept.std() / np.sqrt(len(kept)) + 1e-9 * mode.posted, mode.mode
        assert np.abs(mode.wealth - summed(mode)).max() <= 1e-12 * (mode.posted + mode.notional.sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_a_shared_pool_never_dies_before_the_first_isolated_one_of_the_same_collateral(seed: int) -> None:
    found = {mode.mode: mode for mode in run(seed, cut="equal-leverage", modes=["isolated", "cross"]).modes}
    assert len(found["cross"].pools) == 1
    assert (found["isolated"].first_death <= found["cross"].first_death).all()


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_number_of_threads_makes_no_difference_to_the_bit(threads: int) -> None:
    one, many = run(3, paths=5000, threads=1), run(3, paths=5000, threads=threads)
    for left, right in zip(one.modes, many.modes, strict=True):
        for field in fields(ModeFates):
            assert np.array_equal(getattr(left, field.name), getattr(right, field.name)), field.name


def test_more_paths_leave_the_first_ones_as_they_are() -> None:
    few, many = run(5, paths=300), run(5, paths=3000)
    for left, right in zip(few.modes, many.modes, strict=True):
        assert np.array_equal(left.wealth, right.wealth[:300])
        assert np.array_equal(left.died, right.died[:300])


def test_with_as_much_more_collateral_as_the_least_buffer_lacked_a_dead_pool_lives() -> None:
    snapshot = random_snapshot(7, "binance-usdm")
    asked = {"coins": wild(snapshot), "clock": clock(snapshot), "seed": 1, "modes": ["cross"]}
    before = simulate(snapshot, paths=500, **asked).modes[0]  # type: ignore[arg-type]
    short = float(-np.quantile(before.least[:, 0], 0.1))
    (holding,) = snapshot.holdings
    more = {asset: amount + round(short) for asset, amount in holding.book.collateral.items()}
    richer = replace(snapshot, holdings=(replace(holding, book=replace(holding.book, collateral=more)),))
    after = simulate(richer, paths=500, **asked).modes[0]  # type: ignore[arg-type]
    assert np.allclose(after.least, before.least + round(short), rtol=0, atol=1e-6)
    assert np.array_equal(after.died[:, 0] != NEVER, before.least[:, 0] + round(short) < 0)


def test_what_longs_pay_shorts_get() -> None:
    rows = reference(position=[reference()["position"][0]])
    short = reference(position=[{**rows["position"][0], "side": "short"}])
    paid = []
    for book in (rows, short):
        snapshot = ringfence.read(book)
        coins = Coins(("BTC",), np.array([0.0]), np.ones((1, 1)))
        funding = Funding({"BTC": 1e-4})
        found = simulate(snapshot, clock=clock(snapshot, 96, 4.0), coins=coins, paths=1, funding=funding)
        paid.append(float(found.modes[0].gain[0, 0]))
    assert paid[0] == pytest.approx(-1e-4 * 12 * 50_500)
    assert paid[1] == pytest.approx(1e-4 * 12 * 50_500)


def test_looking_all_the_time_finds_at_least_the_deaths_that_looking_at_times_finds() -> None:
    often = run(2, monitoring="continuous", paths=2000)
    seldom = run(2, monitoring="discrete", paths=2000)
    for one, other in zip(often.modes, seldom.modes, strict=True):
        assert (one.died <= other.died).all()
    assert "0.5826" in often.monitoring
    assert any((a.died < b.died).any() for a, b in zip(often.modes, seldom.modes, strict=True))


def test_a_position_that_is_not_opened_gains_nothing_and_is_never_taken() -> None:
    poor = ringfence.read(reference(collateral={"USDT": "2000"}))
    found = simulate(poor, clock=clock(poor), coins=wild(poor), paths=500, modes=["isolated"])
    (mode,) = found.modes
    closed = np.flatnonzero(mode.pool_of < 0)
    assert len(closed) > 0
    assert (mode.gain[:, closed] == 0).all()
    assert (mode.left[:, closed] == NEVER).all()
    assert np.allclose(mode.wealth, summed(mode))
    assert any("is not opened" in note for note in found.notes)


def test_contracts_that_end_on_the_way_are_refused_with_the_day() -> None:
    dated = reference(
        position=[
            {**reference()["position"][0], "symbol": "BTC/USDT:USDT-241025", "maintenance_rate": "0.004"},
        ]
    )
    snapshot = ringfence.read(dated)
    with pytest.raises(BookError, match=r"expires on 2024-10-25"):
        simulate(snapshot, clock=clock(snapshot), coins=wild(snapshot), paths=1)


def test_a_ribbon_starts_at_what_the_pools_have_and_need_today() -> None:
    snapshot = ringfence.read(reference())
    found = simulate(snapshot, clock=clock(snapshot), coins=wild(snapshot), paths=3, modes=["cross"])
    (ribbon,) = found.ribbons
    judged = ringfence.assess(snapshot, mode="cross").accounts[0].pools[0].judged
    assert ribbon.equity.shape == (3, 49)
    assert np.allclose(ribbon.equity[:, 0], float(judged.equity.value))
    assert np.allclose(ribbon.need[:, 0], float(judged.need))


def test_volatilities_and_correlations_come_from_the_book() -> None:
    snapshot = ringfence.read(
        reference(
            vols={"BTC": "0.5", "ETH": "0.7", "SOL": "0.9"}, correlation={"default": "0.6", "BTC,ETH": "0.8"}
        )
    )
    coins = coins_of(snapshot)
    assert coins.names == ("BTC", "ETH", "SOL")
    assert coins.vols.tolist() == [0.5, 0.7, 0.9]
    assert coins.correlation[0].tolist() == [1.0, 0.8, 0.6]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"paths": 0}, "paths: 0 is too few"),
        ({"steps": 0}, "steps: 0 is too few"),
        ({"seed": -1}, "seed: -1 is below zero"),
        ({"days": 0.0}, "step: 0 s is no time between two looks"),
        ({"days": -1.0}, "no time between two looks"),
        ({"modes": ["sideways"]}, "mode: 'sideways' is unknown"),
    ],
)
def test_a_number_that_is_none_is_refused_in_one_sentence(asked: dict[str, object], said: str) -> None:
    snapshot = ringfence.read(reference())
    steps, days = asked.pop("steps", 24), asked.pop("days", 1.0)
    given = {"paths": 10, "coins": wild(snapshot), "clock": clock(snapshot, 24), **asked}
    given["clock"] = replace(clock(snapshot), steps=steps, step=float(days) * 3600.0)  # type: ignore[arg-type]
    with pytest.raises(BookError, match=re.escape(said)):
        simulate(snapshot, **given)  # type: ignore[arg-type]


def test_a_book_without_a_volatility_says_which() -> None:
    with pytest.raises(BookError, match=r"\[vols\]: it has no BTC"):
        coins_of(ringfence.read(reference()))


def test_a_coin_that_the_paths_lack_is_named() -> None:
    snapshot = ringfence.read(reference())
    coins = Coins(("BTC",), np.array([0.5]), np.ones((1, 1)))
    with pytest.raises(BookError, match="no price of ETH"):
        simulate(snapshot, clock=clock(snapshot), coins=coins, paths=1, modes=["cross"])
