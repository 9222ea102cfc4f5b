"""A symbol whose tiers the pack lacks, or that you know better: bring your own rows, as ccxt returns them."""

import ringfence

TIERS = {  # what fetch_leverage_tiers() returns, symbol -> rows
    "WIF/USDT:USDT": [
        {"minNotional": 0, "maxNotional": 5000, "maintenanceMarginRate": 0.015, "maxLeverage": 50},
        {"minNotional": 5000, "maxNotional": 25000, "maintenanceMarginRate": 0.02, "maxLeverage": 25},
        {"minNotional": 25000, "maxNotional": 100000, "maintenanceMarginRate": 0.05, "maxLeverage": 10},
    ]
}
BOOK = {
    "venue": "binance-usdm",
    "on": "2025-10-10",
    "collateral": {"USDT": "6000"},
    "position": [
        {
            "symbol": "WIF/USDT:USDT",
            "side": "short",
            "contracts": "25000",
            "entry_price": "0.80",
            "mark_price": "0.84",
            "leverage": "10",
        }
    ],
    "tier": TIERS,
}

health = ringfence.assess(ringfence.read(BOOK))
(held,) = health.accounts[0].pools[0].positions
need, price = held.charge.maintenance, held.prices.liquidation
print(f"maintenance requirement {need.value:,.2f} USDT = {need.formula}")
print(", ".join(f"{name} {value:f}" for name, value in need.inputs.items() if hasattr(value, "as_tuple")))
print(f"source: {need.source}; overrides: {', '.join(health.accounts[0].rules.overrides)}")
if price is not None:
    worth = price * held.position.contracts
    print(f"dies at {price:.6f}; worth {worth:,.2f} there, so the tier above 25,000 holds")
