"""Valid books to begin from: those the project ships and tests, and one that uses every table there is."""

import json
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
VENUES = ROOT / "tests" / "venues"

EVERY_TABLE: dict[str, Any] = {
    "venue": "binance-usdm",
    "on": date(2024, 10, 24),
    "at": datetime(2024, 10, 24, 8, tzinfo=UTC),
    "account_mode": "single-asset",
    "position_mode": "hedge",
    "collateral": {"USDT": "16000", "BNB": "-1.5"},
    "position": [
        {
            "symbol": "BTCUSDT", "side": "long", "contracts": "0.5", "entry_price": "100000", "leverage": 10,
            "mark_price": "101000", "cost": "50000", "tags": ["core"], "opened": date(2024, 10, 1),
        },
        {
            "symbol": "BTC/USDT:USDT", "side": "short", "contracts": "0.2", "entry_price": "99000",
            "contract_size": 1, "leverage": "10",
        },
        {
            "symbol": "SOL/USDT:USDT", "side": "long", "contracts": 100, "entry_price": 200.5, "mark_price": "entry",
            "margin_mode": "isolated", "leverage": "5", "collateral": "4000", "extra_collateral": "10",
            "opening_fee": "1", "funding_reserve": "2",
        },
        {
            "symbol": "ETH/USDT:USDT", "side": "short", "contracts": "8", "entry_price": "4000", "leverage": "10",
            "maintenance_rate": "0.004", "deduction": "1",
        },
        {
            "symbol": "WIF/USDT:USDT", "side": "long", "contracts": "10", "entry_price": "2", "leverage": "3",
            "maintenance_rate": "0.02",
        },
    ],
    "order": [
        {
            "symbol": "ETH/USDT:USDT", "side": "buy", "contracts": "1", "price": "3900", "leverage": "10",
            "margin_mode": "cross", "reduce_only": False,
        }
    ],
    "tier": [
        {
            "symbol": "BTC/USDT:USDT", "floor": "0", "cap": "50000", "maintenance_rate": "0.004", "deduction": "0",
            "max_leverage": "125", "unit": "quote", "method": "marginal",
        },
        {"symbol": "BTCUSDT", "floor": "50000", "maintenance_rate": "0.005", "deduction": "50", "initial_rate": "0.01"},
    ],
    "fee": [{"symbol": "BTC/USDT:USDT", "taker": "0.0005", "maker": "-0.0001"}, {"liquidation": "0.0125"}],
    "rules": [{"kind": "slope", "base": "0.01", "increase": "0.0001", "per": "1", "symbol": "ETH/USDT:USDT"}],
    "instrument": [
        {
            "symbol": "WIF/USDT:USDT", "payoff": "linear", "contract_size": "1", "settle": "USDT", "quote": "USDT",
            "underlying": "WIF", "expiry": "2025-12-26", "tick": "0.0001",
        }
    ],
    "rest": [{"pool": "cross:USDT", "equity": "10", "initial_requirement": "5", "maintenance_requirement": "2",
              "closing_cost": "1"}],
    "settings": {"collateral_off": ["ETH"], "auto_top_up": True},
    "marks": {"ETH/USDT:USDT": "4050", "WIF/USDT:USDT": "2.1"},
    "indices": {"USDT": "1", "BTC": "101000", "BNB": 600},
    "vols": {"BTC": "0.6", "ETH": "0.8", "SOL": 1, "WIF": "1.4"},
    "correlation": {"default": "0.6", "BTC,ETH": "0.85"},
    "feeds": {"open_interest": {"BTC/USDT:USDT": "1000"}, "funding_rate": {"BTCUSDT": "0.0001"}},
}  # fmt: skip

CCXT_ROW: dict[str, Any] = {
    "info": {"raw": [1, {"deep": None}]}, "symbol": "BTC/USDT:USDT", "contracts": 0.5, "contractSize": 1.0,
    "side": "long", "leverage": 10.0, "unrealizedPnl": 500.0, "entryPrice": 100000.0, "markPrice": 101000.0,
    "liquidationPrice": 0.0, "marginMode": "cross", "hedged": False, "collateral": None,
}  # fmt: skip
CCXT: dict[str, Any] = {
    "venue": "binance-usdm",
    "on": "2024-10-24",
    "positions": [
        CCXT_ROW,
        {**CCXT_ROW, "symbol": "SOL/USDT:USDT", "marginMode": "isolated", "contracts": 100.0, "markPrice": 196.0,
         "entryPrice": 200.0, "positionMargin": 4000.0},
    ],
    "balance": {"info": {}, "free": {"USDT": 7810.0}, "used": {"USDT": 11890.0}, "total": {"USDT": 19700.0}},
    "leverage_tiers": {
        "BTC/USDT:USDT": [
            {"tier": 1.0, "symbol": "BTC/USDT:USDT", "minNotional": 0.0, "maxNotional": 300000.0,
             "maintenanceMarginRate": 0.004, "maxLeverage": 150.0, "info": {"cum": 0.0}},
            {"tier": 2.0, "symbol": "BTC/USDT:USDT", "minNotional": 300000.0, "maxNotional": 800000.0,
             "maintenanceMarginRate": 0.005, "maxLeverage": 100.0, "info": {"cum": "300.0"}},
        ]
    },
}  # fmt: skip


def _accounts() -> dict[str, Any]:
    """Return two accounts in one file, with the market between them."""
    own = {
        key: deepcopy(EVERY_TABLE[key]) for key in ("collateral", "position", "instrument", "position_mode")
    }
    shared = {
        key: deepcopy(EVERY_TABLE[key]) for key in ("venue", "on", "marks", "indices", "vols", "correlation")
    }
    return {**shared, "account": [{"name": "main", **own}, {"name": "side", **deepcopy(own)}]}


def _of_vectors() -> Iterator[dict[str, Any]]:
    for path in (*sorted((ROOT / "vectors").glob("*.toml")), *sorted((VENUES / "vectors").glob("*.toml"))):
        document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        for case in document["case"]:
            if "book_of" in case:  # it is a part of another
                continue
            if "book" in case and "disagrees" not in case:  # those may ask for what the pack says it lacks
                day = {"on": case["on"]} if "on" in case and "at" not in case["book"] else {}
                yield {"venue": document.get("venue", path.stem), **day, **case["book"]}


@cache
def valid_books() -> tuple[dict[str, Any], ...]:
    """Return the books, as tables."""
    shipped = [
        *(ROOT / "examples" / "books").glob("*.toml"),
        *(ROOT / "src" / "ringfence").rglob("cli/data/*.toml"),
    ]
    examples = [
        tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal) for path in sorted(shipped)
    ]
    return (EVERY_TABLE, _accounts(), CCXT, *examples, *_of_vectors())


_WRITTEN_MAX = 10**4000
"""Python writes out no integer that is much longer, except in hexadecimals, which TOML has too."""


# --- as text ----------------------------------------------------------------------------------------


def as_json(tables: object) -> str:
    """Return tables as JSON; what JSON cannot say becomes its text."""
    return json.dumps(_sayable(tables), default=str, ensure_ascii=False)


def _sayable(value: object) -> object:
    """Return tables in which an integer that Python does not write out stands in hexadecimals."""
    match value:
        case dict():
            return {str(key): _sayable(item) for key, item in value.items()}
        case list() | tuple():
            return [_sayable(item) for item in value]
        case int() if abs(value) > _WRITTEN_MAX:
            return hex(value)
        case _:
            return value


def as_toml(tables: dict[str, Any]) -> str:
    """Return tables as TOML, every nested value inline; what TOML cannot say becomes its text."""
    return "".join(f"{_key(key)} = {_inline(value)}\n" for key, value in tables.items())


def _key(key: object) -> str:
    return json.dumps(str(key))


def _inline(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() if abs(value) > _WRITTEN_MAX:
            return hex(value)
        case int() | float() | Decimal():
            return str(value).lower().replace("infinity", "inf").replace("snan", "nan")
        case datetime() | date():
            return value.isoformat()
        case dict():
            return "{" + ", ".join(f"{_key(k)} = {_inline(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_inline, value)) + "]"
        case _:
            return json.dumps(str(value))
