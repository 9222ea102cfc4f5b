"""What may stand in one account at Hyperliquid and dYdX, and what a table of theirs does not reach."""

from typing import Any

import pytest

import ringfence
from ringfence.core.errors import BookError, RulePackError


def position(symbol: str, **more: Any) -> dict[str, Any]:
    plain = {"side": "long", "contracts": "1", "entry_price": "10", "mark_price": "10", "leverage": "2"}
    return {"symbol": symbol, **plain, **more}


def assessed(**book: Any) -> dict[str, Any]:
    return ringfence.to_dict(ringfence.assess(ringfence.read({"collateral": {"USDC": "100"}} | book)))


TESLA = [{"symbol": "xyz:TSLA", "floor": "0", "max_leverage": "10"}]


def test_the_exchange_of_a_deployer_shares_no_cross_pool_in_the_standard_mode() -> None:
    with pytest.raises(BookError, match=r"shares no collateral with BTC/USDC:USDC"):
        assessed(venue="hyperliquid", tier=TESLA, position=[position("BTC"), position("xyz:TSLA")])


def test_it_may_stand_ring_fenced_beside_the_pool_or_in_the_unified_one() -> None:
    apart = position("xyz:TSLA", margin_mode="isolated")
    found = assessed(venue="hyperliquid", tier=TESLA, position=[position("BTC"), apart])
    assert [pool["pool"] for pool in found["pools"]] == ["cross:USDC", "isolated:XYZ-TSLA/USDC:USDC"]
    together = [position("BTC"), position("XYZ-TSLA/USDC:USDC")]
    found = assessed(venue="hyperliquid", account_mode="unified", tier=TESLA, position=together)
    assert [pool["pool"] for pool in found["pools"]] == ["cross:USDC"]


def test_a_strictly_isolated_coin_cannot_be_held_cross() -> None:
    with pytest.raises(BookError, match="MEGA/USDC:USDC in isolated margin only"):
        assessed(venue="hyperliquid", position=[position("MEGA")])


def test_unified_accounts_do_not_exist_before_their_day() -> None:
    with pytest.raises(RulePackError, match="unified"):
        assessed(venue="hyperliquid", on="2026-02-11", account_mode="unified", position=[position("BTC")])


def test_a_size_from_which_the_first_dydx_scaled_is_named() -> None:
    book: dict[str, Any] = {"venue": "dydx", "position": [position("BTC-USD", contracts="100001")]}
    ends = "beyond the last row of its tier table, which ends at 1000000 quote"
    assert any(ends in warning for warning in assessed(on="2024-07-21", **book)["warnings"])
    assert not any(ends in warning for warning in assessed(on="2024-07-22", **book)["warnings"])
