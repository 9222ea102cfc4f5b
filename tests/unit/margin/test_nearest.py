"""The nearest joint move that liquidates a pool: closed forms, single coins, and what cannot be said."""

from decimal import Decimal
from typing import Any

import pytest

import ringfence
from tests.unit.books import reference

LONGS = {
    "venue": "binance-usdm",
    "on": "2024-10-24",
    "collateral": {"USDT": "0.83"},
    "position": [
        {"symbol": f"{coin}/USDT:USDT", "side": "long", "contracts": size, "entry_price": "1", "mark_price": "1",
         "leverage": "5", "maintenance_rate": rate}
        for coin, size, rate in (("BTC", "1", "0.01"), ("ETH", "0.5", "0.02"), ("SOL", "2", "0.005"))
    ],
}  # fmt: skip
"""Exposure after maintenance 0.99, 0.49, 1.99; equity 0.8 above maintenance."""

COVARIANCE = ((1.0, 0.3, -0.2), (0.3, 2.0, 0.1), (-0.2, 0.1, 0.5))
"""Of daily moves."""


def nearest(book: dict[str, Any], number: int = 0) -> dict[str, Any]:
    data = ringfence.to_dict(ringfence.assess(ringfence.read(book)))
    found: dict[str, Any] = data["pools"][number]["nearest_move"]
    return found


def with_covariance(book: dict[str, Any]) -> dict[str, Any]:
    coins = ("BTC", "ETH", "SOL")
    variances = {coin: Decimal(str(COVARIANCE[k][k])) for k, coin in enumerate(coins)}
    vols = {coin: (variance * 365).sqrt() for coin, variance in variances.items()}
    pairs = {
        f"{one},{other}": Decimal(str(COVARIANCE[i][j])) / (variances[one] * variances[other]).sqrt()
        for i, one in enumerate(coins)
        for j, other in enumerate(coins)
        if i < j
    }
    return {**book, "vols": vols, "correlation": pairs}


def test_one_flat_rate_gives_the_closed_form_of_reverse_stress() -> None:
    # Breuer et al. 2009, half-space case: x = -(equity - maintenance) S w / w'Sw, length (E - M) / sqrt(w'Sw).
    found = nearest(with_covariance(LONGS))
    expected = {"BTC": -0.188376842904, "ETH": -0.376243870265, "SOL": -0.21565197442}
    assert {coin: float(move) for coin, move in found["moves"].items()} == pytest.approx(expected, rel=1e-9)
    variance = sum(
        one * COVARIANCE[i][j] * other
        for i, one in enumerate((0.99, 0.49, 1.99))
        for j, other in enumerate((0.99, 0.49, 1.99))
    )
    assert float(found["distance_sigmas"]) == pytest.approx(0.8 / variance**0.5, rel=1e-9)
    assert found["proof"] == "exact"


def test_the_shares_are_each_position_s_part_of_the_variance() -> None:
    shares = {label[:3]: float(share) for label, share in nearest(with_covariance(LONGS))["shares"].items()}
    w = (0.99, 0.49, 1.99)
    marginal = [sum(COVARIANCE[i][j] * w[j] for j in range(3)) for i in range(3)]
    whole = sum(one * part for one, part in zip(w, marginal, strict=True))
    expected = {c: w[i] * marginal[i] / whole for i, c in enumerate(("BTC", "ETH", "SOL"))}
    assert shares == pytest.approx(expected, rel=1e-9)


def test_one_coin_that_moves_gives_the_liquidation_price() -> None:
    book = reference(vols={"BTC": "0.6", "ETH": "0.8", "SOL": "1"}, correlation={"default": "0.8"})
    data = ringfence.to_dict(ringfence.assess(ringfence.read(book)))
    alone = data["pools"][1]
    held = alone["positions"][0]
    assert float(alone["nearest_move"]["moves"]["SOL"]) == pytest.approx(float(held["distance"]), rel=1e-11)
    assert float(alone["nearest_move"]["distance_sigmas"]) == pytest.approx(
        float(held["distance_sigmas"]), rel=1e-11
    )


def test_no_single_coin_is_nearer_than_the_joint_move() -> None:
    book = reference(vols={"BTC": "0.6", "ETH": "0.8", "SOL": "1"}, correlation={"default": "0.8"})
    pool = ringfence.to_dict(ringfence.assess(ringfence.read(book)))["pools"][0]
    # A move of one coin alone, in the metric of both, is at least its own sigmas long.
    assert all(
        Decimal(pool["nearest_move"]["distance_sigmas"]) <= Decimal(held["distance_sigmas"]) / Decimal("0.6")
        for held in pool["positions"]
    )


def test_the_tier_beyond_is_seen_on_the_way() -> None:
    # A short of 10 BTC: the first tier ends at 50,000 of value, the second asks 50 % of what is above.
    tiers = [
        {"symbol": "BTC/USDT:USDT", "floor": "0", "cap": "50000", "maintenance_rate": "0.01", "max_leverage": "50"},
        {"symbol": "BTC/USDT:USDT", "floor": "50000", "maintenance_rate": "0.5", "max_leverage": "2"},
    ]  # fmt: skip
    book = {
        "venue": "binance-usdm", "on": "2024-10-24", "collateral": {"USDT": "20000"}, "tier": tiers,
        "vols": {"BTC": "0.6"},
        "position": [{"symbol": "BTC/USDT:USDT", "side": "short", "contracts": "10", "entry_price": "4000",
                      "mark_price": "4000", "leverage": "2"}],
    }  # fmt: skip
    # 20000 - 10 (P - 4000) = 500 + 0.5 (10 P - 50000)  ->  P = 84500 / 15
    assert float(nearest(book)["moves"]["BTC"]) == pytest.approx(84500 / 15 / 4000 - 1, rel=1e-11)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "[vols] has no BTC"),
        ({"vols": {"BTC": "0.6", "ETH": "0.8", "SOL": "1"}}, '[correlation] has no "BTC,ETH"'),
        (
            {"vols": {"BTC": "0.6", "ETH": "0.8", "SOL": "1"},
             "correlation": {"BTC,ETH": "0.9", "BTC,SOL": "0.9", "ETH,SOL": "-0.9"}},
            "none: its least eigenvalue",
        ),
    ],
)  # fmt: skip
def test_what_is_missing_is_a_reason_and_no_error(changes: dict[str, Any], reason: str) -> None:
    book = {**LONGS, **changes}
    data = ringfence.to_dict(ringfence.assess(ringfence.read(book)))
    assert data["pools"][0]["nearest_move"] is None
    assert any(reason in warning for warning in data["warnings"])


def test_a_pool_past_its_trigger_is_at_distance_zero() -> None:
    book = with_covariance({**LONGS, "collateral": {"USDT": "0.01"}})
    assert nearest(book)["distance_sigmas"] == "0"


def test_a_pool_that_nothing_kills_has_no_such_move() -> None:
    book = with_covariance({**LONGS, "collateral": {"USDT": "1000"}})
    data = ringfence.to_dict(ringfence.assess(ringfence.read(book)))
    assert data["pools"][0]["nearest_move"] is None
    assert any("no joint move" in warning for warning in data["warnings"])
