"""Single rules of portfolio models, asked one at a time."""

from decimal import Decimal
from typing import Any

import pytest

import ringfence
from ringfence.core.errors import RulePackError

BTC = {"symbol": "BTC-PERPETUAL", "on": "2024-06-17", "account_mode": "portfolio"}


def ask(kind: str, **inputs: Any) -> dict[str, Any]:
    return dict(ringfence.rule("deribit", kind, **inputs))


@pytest.mark.parametrize(
    ("kind", "inputs", "name", "wanted"),
    [
        ("vol_shock", {"sigma": 0.2, "days": 30}, "vol", "0.5"),
        ("vol_shock", {"sigma": 0.2, "days": 30, "vol": "same"}, "vol", "0.2"),
        ("vol_shock", {"sigma": 0.6, "days": 7, "term": "flat", "unit": "points", "up": 1}, "vol", "1.6"),
        ("vol_shock", {"sigma": 0.6, "days": 120, "long_power": 1, "least_rise": "0.4"}, "change", "0.4"),
        ("extended", {"moves": ["-0.64", "0.32"]}, "weights", ["0.25", "0.5"]),
        ("extended", {"moves": ["1.32"]}, "restated", ["2"]),
        ("extended", {"moves": ["0.32"], "index": "100000"}, "dampened", ["0.8620689655172413793103448276"]),
        ("scenario_gain", {"coins": "2", "moves": ["1", "-0.5"]}, "gains", ["1", "-2"]),
        ("gains_counted", {"results": ["-1", "2"], "gains": "0.6"}, "counted", ["-1", "1.2"]),
        ("gains_counted", {"results": ["2"], "gains": "0.6", "cap": 1}, "counted", ["1"]),
        ("delta", {"delta": "-5", "price": 10}, "charge", "0.5"),
        ("delta", {"delta": "5", "years": "0.01"}, "rate", "0.01"),
        ("delta_shock", {"delta": "1000", "index": 50000}, "charge", "30"),
        ("delta_shock", {"delta": "-1000", "bought": "1600", "index": 50000}, "charge", "0"),
        ("delta_shock", {"delta": "1000", "bought": "500", "index": 50000}, "delta", "1000"),
        ("net_and_hedged", {"deltas": [1, "-1.5"], "net": "0.02", "hedged": "0.01", "index": 70000}, "charge", "1400"),
        ("futures", {"long": 3, "short": 2, "rate": "0.01"}, "charge", "0.05"),
        ("futures", {"long": 3, "short": 2, "rate": "0.01", "scope": "matched"}, "charge", "0.02"),
        ("short_options", {"coins": [10, -20], "amount": "0.01"}, "charge", "0.1"),
    ],
)  # fmt: skip
def test_a_rule_of_a_model_is_the_formula_of_the_engine(
    kind: str, inputs: dict[str, Any], name: str, wanted: object
) -> None:
    found = ask(kind, **BTC, **inputs)[name]
    if isinstance(wanted, list):
        assert found == tuple(Decimal(one) for one in wanted)
    else:
        assert found == Decimal(str(wanted))


def test_the_roll_shock_of_a_far_expiry_is_what_a_year_s_rate_makes_of_its_time() -> None:
    found = ask("delta", **BTC, delta=1, years=1)["rate"]
    assert float(found) == pytest.approx(0.07788415088463153, rel=1e-15)


@pytest.mark.parametrize(
    ("inputs", "initial", "maintenance"),
    [
        ({"right": "call", "strike": 110, "underlying": 100, "mark": 1}, "11", "8.5"),
        ({"right": "call", "strike": 102, "underlying": 100, "mark": 1}, "14", "8.5"),
        ({"right": "put", "strike": 1000, "underlying": 100, "mark": 900}, "967.5", "967.5"),
        ({"right": "call", "strike": 110, "underlying": 100, "mark": "0.01", "in_coin": True}, "0.11", "0.085"),
        ({"right": "call", "strike": 110, "underlying": 100, "mark": 1, "side": "long"}, "0", "0"),
    ],
)  # fmt: skip
def test_an_option_alone_needs_a_part_of_its_underlying(
    inputs: dict[str, Any], initial: str, maintenance: str
) -> None:
    found = ask("option", on="2024-06-17", **inputs)
    assert (found["initial"], found["maintenance"]) == (Decimal(initial), Decimal(maintenance))


@pytest.mark.parametrize(
    ("kind", "inputs", "fault"),
    [
        ("delta_shock", {"delta": 1, "index": 1}, "threshold is not given"),
        ("extended", {"moves": ["0.5"]}, "range is not given"),
        ("extended", {"moves": [0], "range": "0.1"}, "a move of nothing has no weight"),
    ],
)
def test_what_neither_inputs_nor_pack_state_is_asked_for(
    kind: str, inputs: dict[str, Any], fault: str
) -> None:
    with pytest.raises(RulePackError, match=fault):
        ask(kind, on="2024-06-17", **inputs)


def test_where_equity_bears_the_premium_a_long_option_needs_a_share_of_it_and_a_short_one_none() -> None:
    terms: dict[str, Any] = {
        "on": "2025-06-01",
        "symbol": "BTC-USD-27JUN25-72000-C",
        "right": "call",
        "strike": 72000,
    }
    sold = ringfence.rule("paradex", "option", **terms, underlying=70000, mark=2500)
    bought = ringfence.rule("paradex", "option", **terms, underlying=70000, mark=30500, side="long")
    assert [sold["initial"], sold["maintenance"]] == [8500, 3500]
    assert [bought["initial"], bought["maintenance"]] == [14000, 7000]


def test_a_model_whose_changes_stand_at_knots_is_asked_like_any_other() -> None:
    found = ringfence.rule(
        "okx", "vol_shock", account_mode="portfolio", symbol="BTC-USD-SWAP", sigma="0.6", days=7
    )
    change, vol = found["change"], found["vol"]
    assert isinstance(change, Decimal)
    assert isinstance(vol, Decimal)
    assert change > 0
    assert float(vol) == pytest.approx(0.6 * (1 + float(change)))
