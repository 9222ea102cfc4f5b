"""Rare liquidations: closed form, bridges, looks and plain counting agree, and say how sure they are."""

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

import ringfence
from ringfence.core.errors import BookError
from ringfence.formula.model.design_point import design_point
from ringfence.formula.model.first_passage import chance_at_leverage
from ringfence.margin.snapshot import Snapshot
from ringfence.paths.coins import Coins
from ringfence.paths.fates import NEVER, Clock
from ringfence.paths.laws import Bootstrap, DoubleExponentialJumps, Gbm, Jumps, StudentT, Tilt
from ringfence.paths.rare import RareChance, rare_chance
from ringfence.paths.simulate import simulate

START = datetime(2025, 9, 1, tzinfo=UTC)
WEEK = Clock(START, 7 * 86400.0 / 48, 48)
NAMES = ("BTC", "ETH", "SOL")
MATRIX = np.array([[1.0, 0.7, 0.5], [0.7, 1.0, 0.6], [0.5, 0.6, 1.0]])
COINS = Coins(NAMES, np.array([0.6, 0.8, 1.0]), MATRIX)
ONE = Coins(("BTC",), np.array([0.6]), np.eye(1))
JUMPS = Jumps(DoubleExponentialJumps(rate=30.0, up=0.4, mean_up=0.02, mean_down=0.04), between=StudentT(4.0))


def row(coin: str, side: str, worth: str, mode: str, leverage: str = "5") -> dict[str, Any]:
    return {
        "symbol": f"{coin}/USDT:USDT", "side": side, "contracts": worth, "contract_size": "1", "entry_price": "1",
        "mark_price": "1", "leverage": leverage, "margin_mode": mode,
    }  # fmt: skip


def book(rows: list[dict[str, Any]], collateral: str = "0") -> Snapshot:
    tiers = [
        {
            "symbol": one["symbol"],
            "floor": "0",
            "unit": "quote",
            "maintenance_rate": "0.005",
            "max_leverage": "50",
        }
        for one in rows
    ]
    held = {"collateral": {"USDT": collateral}, "position": rows, "tier": tiers}
    return ringfence.read({"venue": "binance-usdm", "on": "2025-09-01", **held})


ALONE = book([row("BTC", "long", "100000", "isolated")])
SHARED = book(
    [
        row("BTC", "long", "100000", "cross"),
        row("ETH", "short", "40000", "cross"),
        row("SOL", "long", "30000", "cross"),
    ],
    "26000",
)


def alone(**asked: Any) -> RareChance:
    return rare_chance(ALONE, clock=WEEK, mode="as-held", coins=ONE, **asked)


def shared(**asked: Any) -> RareChance:
    return rare_chance(SHARED, clock=WEEK, mode="cross", coins=COINS, **asked)


def near(one: RareChance, chance: float, error: float, slack: float = 0.0) -> bool:
    return abs(one.chance - chance) < 4.0 * math.hypot(one.error, error) + slack * chance


def test_one_coin_looked_at_all_the_time_needs_no_draws() -> None:
    found = alone()
    exact = chance_at_leverage(5.0, 0.005, 1, 0.6 * math.sqrt(7 / 365))
    assert (found.method, found.error, found.paths) == ("closed form", 0.0, 0)
    assert found.chance == pytest.approx(exact, rel=1e-9)


def test_one_bridge_and_a_tilt_find_the_closed_form() -> None:
    found = alone(method="one bridge")
    assert found.steps == 1
    assert found.error <= 0.01 * found.chance
    assert near(found, alone().chance, 0.0)


def test_several_coins_are_met_by_bridges_as_by_many_looks_with_their_shift() -> None:
    found = shared()
    assert found.method == "bridges, tilted"
    assert "Brownian bridge" in found.monitoring
    assert 1e-5 < found.chance < 2e-2
    assert found.error <= 0.01 * found.chance
    looks = rare_chance(
        SHARED, clock=Clock(START, 7 * 86400.0 / 384, 384), mode="cross", coins=COINS, method="looks, tilted"
    )
    assert near(found, looks.chance, looks.error, 0.01)


@pytest.mark.parametrize("law", [Gbm(), JUMPS], ids=["gbm", "student and jumps"])
def test_tilted_looks_find_what_plain_ones_count(law: Gbm | Jumps) -> None:
    found = shared(law=law, monitoring="discrete", relative=0.03, check=1_000_000)
    assert found.method == "looks, tilted"
    assert found.plain is not None
    assert found.plain.hits > 20
    assert near(found, found.plain.chance, found.plain.error)
    assert found.largest < 0.05


def test_a_tilt_needs_many_times_fewer_paths_than_plain_counting() -> None:
    found = shared(monitoring="discrete")
    plain = (1.0 - found.chance) / found.chance / 0.01**2
    assert found.paths * 5 < plain
    assert found.effective <= found.paths


def test_a_seed_gives_the_same_figures() -> None:
    assert shared(check=0) == shared(check=0)
    assert shared(check=0).chance != shared(check=0, seed=1).chance


def test_laws_of_the_past_are_counted_plainly() -> None:
    draws = np.random.default_rng(2)
    moves = np.exp(draws.standard_t(4, (500, 3)) @ np.linalg.cholesky(MATRIX).T * 0.012)
    law = Bootstrap(NAMES, WEEK.step, moves, block=4.0)
    found = shared(law=law, monitoring="discrete", relative=0.05, most=400_000)
    assert (found.method, found.tilt) == ("looks", None)
    assert found.plain is not None
    assert near(found, found.plain.chance, found.plain.error)


def test_what_cannot_be_reached_says_so() -> None:
    found = shared(relative=0.001, most=4096, check=0)
    assert any("did not reach" in note for note in found.notes)


def test_a_pool_past_its_trigger_dies_for_sure() -> None:
    sick = book([row("BTC", "long", "100000", "cross")], "100")
    assert rare_chance(sick, clock=WEEK, mode="cross", coins=ONE).chance == 1.0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"relative": 0.0}, "no relative error"),
        ({"pool": "cross:BTC"}, "is not one of them"),
        ({"method": "closed form"}, "does not fit"),
        ({"seed": -1}, "zero or above"),
    ],
)
def test_what_is_not_to_be_asked_is_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(BookError, match=said):
        shared(**asked)


def test_a_mode_of_several_pools_needs_the_name_of_one() -> None:
    two = book([row("BTC", "long", "1000", "isolated"), row("ETH", "long", "1000", "isolated")])
    coins = Coins(NAMES[:2], np.array([0.6, 0.8]), MATRIX[:2, :2])
    with pytest.raises(BookError, match="isolated:BTC"):
        rare_chance(two, clock=WEEK, mode="as-held", coins=coins)
    assert (
        rare_chance(two, clock=WEEK, mode="as-held", coins=coins, pool="isolated:BTC/USDT:USDT").chance > 0.0
    )


def test_a_design_point_is_the_nearest_zero() -> None:
    direction = np.array([3.0, -4.0])
    found = design_point(lambda z: (10.0 + float(direction @ z), direction), np.array([0.3, 0.1]))
    assert found is not None
    assert found == pytest.approx(-2.0 * direction / 5.0, abs=1e-6)
    assert design_point(lambda _: (1.0, np.zeros(2)), np.zeros(2)) is None


def test_a_run_of_tilted_paths_weighs_the_mixture_that_they_come_from() -> None:
    tilt = Tilt((-0.25, 0.1, -0.2), plain=0.1)
    asked: dict[str, Any] = {"clock": WEEK, "coins": COINS, "modes": ("cross",), "ribbons": 0}
    tilted = simulate(SHARED, paths=25_600, tilt=tilt, seed=1, **asked)
    plain = simulate(SHARED, paths=102_400, seed=2, **asked)
    assert tilted.weight is not None
    assert tilted.weight.max() <= 1.0 / tilt.plain
    assert abs(tilted.weight.mean() - 1.0) < 4.0 * tilted.weight.std() / math.sqrt(tilted.paths)
    died = tilted.weight * (tilted.modes[0].died[:, 0] != NEVER)
    counted = plain.modes[0].died[:, 0] != NEVER
    error = math.hypot(died.std() / math.sqrt(died.size), counted.std() / math.sqrt(counted.size))
    assert abs(died.mean() - counted.mean()) < 4.0 * error
