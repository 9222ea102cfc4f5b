"""The reference account: every figure that a person can recompute by hand."""

from decimal import Decimal
from typing import Any

import pytest

import ringfence
from tests.unit.books import reference, with_position


def rows(book: dict[str, Any], **options: Any) -> dict[str, dict[str, Any]]:
    data = ringfence.to_dict(ringfence.assess(ringfence.read(book), **options))
    return {p["symbol"].partition("/")[0]: p for pool in data["pools"] for p in pool["positions"]}


def pools(book: dict[str, Any], **options: Any) -> dict[str, dict[str, Any]]:
    data = ringfence.to_dict(ringfence.assess(ringfence.read(book), **options))
    return {pool["pool"]: pool for pool in data["pools"]}


@pytest.mark.parametrize(
    ("coin", "price"), [("BTC", "69336.5462"), ("ETH", "6013.1972"), ("SOL", "160.8040")]
)
def test_liquidation_prices_are_those_of_the_shared_and_of_the_isolated_pool(coin: str, price: str) -> None:
    found = Decimal(rows(reference())[coin]["liquidation_price"])
    assert round(found, 4) == Decimal(price)


def test_the_cross_pool_counts_only_its_own_positions() -> None:
    pool = pools(reference())["cross:USDT"]
    assert pool["equity"] == "16100"  # 16,000 + 500 - 400
    assert pool["initial_requirement"] == "8290"  # 50,500 / 10 + 32,400 / 10
    assert pool["maintenance_requirement"] == "331.6"  # 0.004 * 82,900
    assert pool["available"] == "7810"
    assert pool["status"] == "healthy"


def test_isolated_at_leverage_leaves_what_was_not_put_up_out_of_reach() -> None:
    found = pools(reference(), mode="isolated", cut="at-leverage")
    assert found["isolated:BTC/USDT:USDT"]["collateral_value"] == "5000"
    assert found["isolated:ETH/USDT:USDT"]["collateral_value"] == "3200"
    assert found["isolated:SOL/USDT:USDT"]["collateral_value"] == "4000"
    assert found["idle"]["equity"] == "7800"


def test_cross_pools_the_isolated_wallet_too() -> None:
    found = pools(reference(), mode="cross")
    assert list(found) == ["cross:USDT"]
    assert found["cross:USDT"]["collateral_value"] == "20000"


@pytest.mark.parametrize("cut", ["initial", "equal-leverage"])
def test_a_cut_that_divides_everything_leaves_nothing_idle(cut: Any) -> None:
    found = pools(reference(), mode="isolated", cut=cut)
    assert "idle" not in found
    assert sum(Decimal(pool["collateral_value"]) for pool in found.values()) == pytest.approx(Decimal(20000))


def test_a_cut_by_risk_follows_notional_times_volatility() -> None:
    found = pools(reference(vols={"BTC": "0.5", "ETH": "1", "SOL": "1"}), mode="isolated", cut="risk")
    shares = [Decimal(pool["collateral_value"]) for pool in found.values()]
    weights = [Decimal(50500) / 2, Decimal(32400), Decimal(19600)]
    for share, weight in zip(shares, weights, strict=True):
        assert share == pytest.approx(20000 * weight / sum(weights))


def test_a_position_that_the_collateral_does_not_reach_is_named_and_none_is_shrunk() -> None:
    book = reference(collateral={"USDT": "1500"})
    health = ringfence.assess(ringfence.read(book), mode="isolated", cut="at-leverage")
    # 5,500 reaches for BTC (5,000), then neither for ETH (3,200) nor for SOL (4,000).
    assert [p.label for p in health.accounts[0].partition.unopened] == [
        "ETH/USDT:USDT:short",
        "SOL/USDT:USDT:long",
    ]
    opened = [pool.pool.positions[0].contracts for pool in health.accounts[0].pools if pool.pool.positions]
    assert opened == [Decimal("0.5")]


def test_a_position_without_leverage_has_no_initial_requirement_and_says_why() -> None:
    data = ringfence.to_dict(ringfence.assess(ringfence.read(with_position(0, leverage=None))))
    pool = data["pools"][0]
    assert pool["initial_requirement"] is None
    assert data["accounts"][0]["available"] is None
    assert pool["maintenance_requirement"] == "331.6"
    assert any("has no leverage" in warning for warning in data["warnings"])


def test_never_is_a_value_of_its_own() -> None:
    lone = reference(collateral={"USDT": "1000000"})
    lone["position"] = lone["position"][:1]
    row = rows(lone)["BTC"]
    assert row["liquidation_price"] is None
    assert row["never_liquidated"] is True


def test_a_pool_past_its_trigger_has_the_mark_as_its_price_and_a_way_back() -> None:
    row = rows(with_position(2, mark_price="150"))["SOL"]
    assert row["liquidation_price"] == "150"
    assert Decimal(row["recovery_price"]) == pytest.approx(Decimal("160.80402"))


def test_equal_hedge_legs_die_only_by_the_growth_of_their_requirement() -> None:
    legs = [
        {"symbol": "BTC/USDT:USDT", "side": side, "contracts": "1", "entry_price": "100000", "mark_price": "100000",
         "leverage": "10", "maintenance_rate": "0.01"}
        for side in ("long", "short")
    ]  # fmt: skip
    row = rows(reference(position=legs, position_mode="hedge", collateral={"USDT": "4000"}))["BTC"]
    # 4,000 = 2 * 0.01 * P
    assert row["liquidation_prices"] == {"down": None, "up": "200000"}


def test_bankruptcy_is_where_equity_is_used_up() -> None:
    assert rows(reference())["BTC"]["bankruptcy_price"] == "68800"  # 101,000 - 16,100 / 0.5


def test_settings_and_overrides_are_named_in_the_result() -> None:
    book = reference(tier=[{"symbol": "BTC/USDT:USDT", "floor": "0", "maintenance_rate": "0.01"}])
    data = ringfence.to_dict(ringfence.assess(ringfence.read(book)))
    assert data["overrides"][0] == "tiers: TierTable BTC/USDT:USDT"  # then what positions say themselves
