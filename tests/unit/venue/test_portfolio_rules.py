"""Rules of accounts whose positions net or owe, asked one at a time: published figures, and every branch by hand."""

from decimal import Decimal
from typing import Any

import pytest

import ringfence
from ringfence.core.errors import RulePackError

OKX = {"venue": "okx", "account_mode": "portfolio", "symbol": "BTC-USDT-SWAP"}
PRO = {"venue": "binance-pm-pro"}
PM = {"venue": "binance-pm"}
HYPERLIQUID = {"venue": "hyperliquid", "account_mode": "portfolio", "on": "2026-03-01"}


def ask(kind: str, *, venue: str, **inputs: Any) -> dict[str, Any]:
    return dict(ringfence.rule(venue, kind, **inputs))


@pytest.mark.parametrize(
    ("kind", "inputs", "name", "wanted"),
    [
        ("unit_requirement", {**OKX, "candidates": [0, 0], "added": ["8053.32"], "floors": ["3020.17"]}, "maintenance",
         "8053.32"),
        ("unit_requirement", {**OKX, "candidates": [30, 40], "floors": [50]}, "initial", "65"),
        ("unit_requirement", {**OKX, "candidates": [-5], "added": [2], "beside": 1}, "maintenance", "3"),
        ("unit_requirement", {**OKX, "candidates": [10], "initial_factor": 2}, "initial", "20"),
        ("charge_by_size", {**OKX, "charge": 30000, "on": "2022-01-01"}, "charge", "50000"),
        ("charge_by_size", {**OKX, "charge": 300000, "on": "2025-01-16"}, "charge", "350000"),
        ("charge_by_size", {**OKX, "charge": 5, "factors": [{"floor": 0, "factor": 1}, {"floor": 3, "factor": 2}]},
         "charge", "7"),
        ("debt", {**PRO, "owed": "0.04", "asset": "BTC", "leverage": 3}, "maintenance", "0.004"),
        ("debt", {**PRO, "owed": 15, "asset": "ETH"}, "in_coin", "1.5"),
        ("debt", {**PM, "owed": 100, "leverage": 5}, "initial", "25"),
        ("debt", {**PM, "owed": 100, "leverage": 10, "price": 2}, "maintenance", "10"),
        ("debt", {**HYPERLIQUID, "owed": 9200, "asset": "USDC"}, "maintenance", "9220"),
        ("account_ratio", {**PM, "equity": "122607.35137903", "maintenance": "23.72469206"},
         "equity_over_maintenance", "5167.92171923474061732458162"),
        ("collateral", {**HYPERLIQUID, "asset": "HYPE", "amount": 10000, "price": 40}, "borrowable", "200000"),
        ("collateral", {**HYPERLIQUID, "asset": "HYPE", "amount": 60000, "price": 40}, "value", "1500000"),
        ("option_order", {"venue": "okx", "side": "buy", "coins": 10, "price": "0.0475"}, "order_cost", "0.477"),
        ("option_order", {"venue": "okx", "side": "sell", "coins": 10, "price": "0.06", "requirement": "0.1932"},
         "order_cost", "1.334"),
        ("option_order", {"venue": "okx", "side": "sell", "coins": 10, "price": "0.06", "requirement": "0.1"},
         "order_cost", "1"),
        ("option_order", {"venue": "bybit", "side": "buy", "coins": "0.3", "price": 3500, "underlying": 42000},
         "order_cost", "1053.78"),
        ("option_order", {"venue": "bybit", "side": "buy", "coins": 1, "price": 8, "underlying": 42000}, "fee", "1"),
    ],
)  # fmt: skip
def test_a_rule_of_an_account_is_the_formula_of_the_engine(
    kind: str, inputs: dict[str, Any], name: str, wanted: str
) -> None:
    assert ask(kind, **inputs)[name] == Decimal(wanted)


@pytest.mark.parametrize(
    ("equity", "maintenance", "status", "alerts"),
    [
        (200, 100, "healthy", ""),
        (150, 100, "healthy", "reminder"),
        ("105.1", 100, "healthy", "reduce_only reminder"),
        (105, 100, "liquidatable", "reduce_only reminder"),
        (-1, 0, "bankrupt", ""),
        (0, 0, "healthy", ""),
    ],
)
def test_levels_of_the_unified_ratio(equity: Any, maintenance: Any, status: str, alerts: str) -> None:
    found = ask("account_ratio", **PM, equity=equity, maintenance=maintenance)
    assert (found["status"], found["alerts"]) == (status, alerts)


def test_a_leverage_that_is_not_offered_is_refused() -> None:
    with pytest.raises(RulePackError, match="leverage of 4"):
        ask("debt", **PM, owed=1, leverage=4)


def test_a_pack_without_rates_for_debts_asks_for_them() -> None:
    with pytest.raises(RulePackError, match="maintenance is not given"):
        ask("debt", venue="deribit", owed=1)
