"""What ccxt's calls return, taken as it is."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import ringfence

ROW = {
    "info": {}, "symbol": "BTC/USDT:USDT", "contracts": 0.5, "contractSize": 1.0, "side": "long", "leverage": 10.0,
    "unrealizedPnl": 500.0, "entryPrice": 100000.0, "markPrice": 101000.0, "liquidationPrice": 0.0,
    "marginMode": "cross", "hedged": False, "collateral": None,
}  # fmt: skip
POSITIONS = [
    ROW,
    {**ROW, "symbol": "ETH/USDT:USDT", "contracts": 8.0, "side": "short", "unrealizedPnl": -400.0,
     "entryPrice": 4000.0, "markPrice": 4050.0, "liquidationPrice": None},
    {**ROW, "symbol": "SOL/USDT:USDT", "contracts": 100.0, "leverage": 5.0, "unrealizedPnl": -400.0,
     "entryPrice": 200.0, "markPrice": 196.0, "marginMode": "isolated", "positionMargin": 4000.0},
    {**ROW, "symbol": "XRP/USDT:USDT", "contracts": 0.0, "side": None},
]  # fmt: skip
BALANCE = {"info": {}, "free": {"USDT": 7810.0}, "used": {"USDT": 11890.0}, "total": {"USDT": 19700.0}}
TIERS = {
    symbol: [
        {"tier": 1.0, "symbol": symbol, "currency": "USDT", "minNotional": 0.0, "maxNotional": 300000.0,
         "maintenanceMarginRate": rate, "maxLeverage": 150.0, "info": {"cum": 0.0}},
        {"tier": 2.0, "symbol": symbol, "currency": "USDT", "minNotional": 300000.0, "maxNotional": 800000.0,
         "maintenanceMarginRate": rate + 0.001, "maxLeverage": 100.0, "info": {"cum": 300.0}},
    ]
    for symbol, rate in (("BTC/USDT:USDT", 0.004), ("ETH/USDT:USDT", 0.004), ("SOL/USDT:USDT", 0.005))
}  # fmt: skip


def prices(*sources: Any, **options: Any) -> dict[str, Decimal]:
    data = ringfence.to_dict(ringfence.assess(ringfence.read(*sources, **options)))
    return {
        p["symbol"].partition("/")[0]: round(Decimal(p["liquidation_price"]), 2)
        for pool in data["pools"]
        for p in pool["positions"]
    }


EXPECTED = {"BTC": Decimal("69336.55"), "ETH": Decimal("6013.20"), "SOL": Decimal("160.80")}


def test_three_files_make_one_account(tmp_path: Path) -> None:
    paths = []
    for name, part in (("positions", POSITIONS), ("balance", BALANCE), ("tiers", TIERS)):
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(json.dumps(part))
    assert prices(*paths, venue="binance-usdm") == EXPECTED


def test_an_envelope_may_carry_the_book_files_own_keys() -> None:
    envelope = {"positions": POSITIONS, "balance": BALANCE, "leverage_tiers": TIERS, "on": "2024-10-24",
                "venue": "binance-usdm"}  # fmt: skip
    assert prices(envelope) == EXPECTED


def test_tiers_of_ccxt_stand_in_a_book_as_they_are() -> None:
    book = {
        "venue": "binance-usdm", "on": "2024-10-24", "collateral": {"USDT": "4000"}, "tier": TIERS,
        "position": [{"symbol": "BTC/USDT:USDT", "side": "long", "contracts": 4, "entry_price": 100000,
                      "mark_price": "entry", "leverage": 100}],
    }  # fmt: skip
    found = ringfence.to_dict(ringfence.assess(ringfence.read(book)))["pools"][0]
    assert found["maintenance_requirement"] == "1700"  # 400,000 * 0.005 - 300


@pytest.mark.parametrize(
    ("sources", "options", "message"),
    [
        ((POSITIONS, BALANCE), {}, "does not name its venue"),
        ((POSITIONS,), {"venue": "binance-usdm"}, "a balance is not in these files"),
        (
            ([{**ROW, "marginMode": None}], BALANCE),
            {"venue": "binance-usdm"},
            "margin mode is not in this file",
        ),
        (
            ([{**ROW, "markPrice": None}], BALANCE),
            {"venue": "binance-usdm"},
            "mark price is not in these files",
        ),
        ((POSITIONS, BALANCE), {"venue": "kucoin"}, "not known to the pack"),
    ],
)
def test_what_is_missing_is_named(sources: Any, options: dict[str, Any], message: str) -> None:
    envelope = {f"part{k}": part for k, part in enumerate(sources)}
    with pytest.raises(ringfence.InputError, match=message):
        ringfence.read(envelope, **options)


def test_a_missing_margin_mode_can_be_said_on_the_door() -> None:
    envelope = {"positions": [{**ROW, "marginMode": None}], "balance": BALANCE, "tiers": TIERS}
    book = ringfence.read(envelope, venue="binance-usdm", margin_mode="cross").only().book
    assert book.positions[0].margin_mode == "cross"
