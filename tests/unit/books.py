"""Books that several tests share."""

from copy import deepcopy
from typing import Any

REFERENCE: dict[str, Any] = {
    "venue": "binance-usdm",
    "on": "2024-10-24",
    "collateral": {"USDT": "16000"},
    "position": [
        {
            "symbol": "BTC/USDT:USDT",
            "side": "long",
            "contracts": "0.5",
            "entry_price": "100000",
            "mark_price": "101000",
            "leverage": "10",
            "maintenance_rate": "0.004",
        },
        {
            "symbol": "ETH/USDT:USDT",
            "side": "short",
            "contracts": "8",
            "entry_price": "4000",
            "mark_price": "4050",
            "leverage": "10",
            "maintenance_rate": "0.004",
        },
        {
            "symbol": "SOL/USDT:USDT",
            "side": "long",
            "contracts": "100",
            "entry_price": "200",
            "mark_price": "196",
            "leverage": "5",
            "margin_mode": "isolated",
            "collateral": "4000",
            "maintenance_rate": "0.005",
        },
    ],
}
"""Wallet 20,000 USDT, of which 4,000 stand on an isolated SOL position; first-tier rates 0.4 / 0.4 / 0.5 %."""


def reference(**changes: Any) -> dict[str, Any]:
    """Return the reference account with other top-level keys."""
    return {**deepcopy(REFERENCE), **changes}


def with_position(number: int, **changes: Any) -> dict[str, Any]:
    """Return the reference account with one position changed; None removes a key."""
    book = deepcopy(REFERENCE)
    row = {**book["position"][number], **changes}
    book["position"][number] = {key: value for key, value in row.items() if value is not None}
    return book
