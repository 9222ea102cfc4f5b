"""Charges beside scenarios, and spot in a risk unit: each by hand, in the pack that uses it."""

from collections.abc import Iterator
from decimal import Decimal
from math import exp, pi
from typing import Any

import pytest

import ringfence
from ringfence.formula.netting import matched, tier_part
from ringfence.margin.node import Node

AT = "2025-02-01T08:00:00Z"
LONG = {
    "symbol": "BTC-USDT-SWAP",
    "side": "long",
    "contracts": "100",
    "entry_price": "100000",
    "mark_price": "100000",
}
SHORT = {**LONG, "side": "short"}
BYBIT_LONG = {
    "symbol": "BTCUSDT",
    "side": "long",
    "contracts": "1",
    "entry_price": "100000",
    "mark_price": "100000",
}


def judged(venue: str, *positions: dict[str, str], **more: Any) -> Any:
    book = {
        "venue": venue, "account_mode": "portfolio", "at": AT, "collateral": {"USDT": "50000"},
        "indices": {"BTC": "100000", "USDT": "1"}, "position": list(positions), **more,
    }  # fmt: skip
    return ringfence.assess(ringfence.read(book)).accounts[0]


def figure(account: Any, name: str) -> Decimal:
    (found,) = _named(account.pools[0].judged.maintenance, name)
    return found.value


def _named(node: Node, name: str) -> Iterator[Node]:
    if node.name == name:
        yield node
    for part in node.parts:
        yield from _named(part, name)


@pytest.mark.parametrize(
    ("owned", "side", "loss"),
    [
        ("0.4", SHORT, "7200"),  # 0.4 of 1 is hedged: 0.6 * 100000 * 0.12
        ("3", SHORT, "0"),  # no more than the delta counts
        ("0.4", LONG, "12000"),  # it would add to the risk, so it stays out of it
        ("-0.4", LONG, "7200"),  # a debt hedges a long
    ],
)
def test_spot_counts_only_as_far_as_it_hedges(owned: str, side: dict[str, str], loss: str) -> None:
    account = judged("okx", side, collateral={"USDT": "90000", "BTC": owned})
    assert figure(account, "MR1") == Decimal(loss)


def test_one_holding_hedges_one_unit_after_another_and_no_more_than_once() -> None:
    account = judged(
        "okx", SHORT, {**SHORT, "symbol": "BTC-USDC-SWAP", "contract_size": "0.01"}, at="2023-01-01T00:00:00Z",
        collateral={"USDT": "50000", "USDC": "50000", "BTC": "1.5"}, settings={"spot_in_risk_unit": ["BTC"]},
    )  # fmt: skip
    worst = [node.value for node in _named(account.pools[0].judged.maintenance, "MR1")]
    assert worst == [Decimal(0), Decimal(7500)]


@pytest.mark.parametrize(("days", "years"), [("28FEB25", Decimal(27) / 365), ("26DEC25", Decimal(328) / 365)])
def test_a_calendar_pays_for_the_time_between_its_legs(days: str, years: Decimal) -> None:
    future = {**BYBIT_LONG, "symbol": f"BTC-{days}", "side": "short"}
    account = judged("bybit", BYBIT_LONG, future)
    assert figure(account, "delta spread").quantize(Decimal("0.0001")) == (
        100000 * Decimal("0.45") * years
    ).quantize(Decimal("0.0001"))


def test_legs_of_one_expiry_are_no_calendar() -> None:
    account = judged("bybit", BYBIT_LONG, {**BYBIT_LONG, "symbol": "BTCPERP", "side": "short"})
    assert figure(account, "delta spread") == 0


def option(symbol: str, side: str, venue_size: str = "1") -> dict[str, str]:
    return {
        "symbol": symbol, "side": side, "contracts": venue_size, "entry_price": "3000", "implied_volatility": "0.5",
        "underlying_price": "100000",
    }  # fmt: skip


def test_vega_of_two_expiries_is_charged_for_what_they_have_in_common() -> None:
    near, far = option("BTC-28MAR25-100000-C", "short"), option("BTC-27JUN25-100000-C", "long")
    account = judged("bybit", near, far)
    spread = figure(account, "vega spread")
    years = Decimal(91) / 365
    root = (55 / 365) ** 0.5
    vega = 100000 * exp(-((0.25 * root) ** 2) / 2) / (2 * pi) ** 0.5 * root
    assert float(spread) == pytest.approx(vega * 0.1095 * float(years), rel=1e-9)


def test_options_of_one_expiry_have_no_vega_spread() -> None:
    account = judged("bybit", option("BTC-28MAR25-90000-P", "short"), option("BTC-28MAR25-100000-C", "long"))
    assert figure(account, "vega spread") == 0
    assert not any("vega spread" in warning for warning in account.warnings)


def test_a_shift_of_rates_moves_forwards_by_their_time() -> None:
    account = judged("okx", {**option("BTC-USD-250328-10000-C", "short", "100"), "contract_size": "0.01",
                             "entry_price": "0.9", "mark_price": "0.9"})  # fmt: skip
    slope = 0.03 - 0.06 * 55 / 60
    forward = 100000 * exp(-slope * 55 / 365)
    assert float(figure(account, "MR5")) == pytest.approx(
        100000 * (10000 / 100000 - 10000 / forward), rel=1e-6
    )


def test_what_is_uncertain_is_said_only_where_it_is_used() -> None:
    plain = judged("okx", LONG).warnings
    assert not any("MR3" in warning or "MR5" in warning or "volatilities" in warning for warning in plain)
    with_option = judged("okx", {**option("BTC-USD-250328-100000-C", "short", "10"), "contract_size": "0.01",
                                 "entry_price": "0.05", "mark_price": "0.05"}).warnings  # fmt: skip
    assert any("how far volatilities move is uncertain" in warning for warning in with_option)
    assert any("MR5: its parameters are uncertain" in warning for warning in with_option)


def test_hedges_between_dollars_are_named_where_nothing_is_known_of_their_price() -> None:
    other = {**SHORT, "symbol": "BTC-USDC-SWAP", "contract_size": "0.01"}
    assert any("MR9" in warning for warning in judged("okx", LONG, other).warnings)
    assert not any("MR9" in warning for warning in judged("okx", LONG).warnings)


@pytest.mark.parametrize(("size", "part"), [("5", "0"), ("10", "0"), ("15", "5"), ("20", "10"), ("99", "10")])
def test_a_part_of_a_size(size: str, part: str) -> None:
    assert tier_part(Decimal(size), Decimal(10), Decimal(20)) == Decimal(part)


@pytest.mark.parametrize(
    ("one", "other", "common"), [("5", "-3", "3"), ("-5", "3", "-3"), ("5", "3", "0"), ("2", "-9", "2")]
)
def test_what_two_amounts_have_in_common(one: str, other: str, common: str) -> None:
    assert matched(Decimal(one), Decimal(other)) == Decimal(common)
