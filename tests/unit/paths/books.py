"""Random books for runs over paths, and how to run them."""

import random
from datetime import UTC, datetime
from typing import Any

import numpy as np

import ringfence
from ringfence.margin.snapshot import Snapshot
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.shown import coins_in

PRICES = {"BTC": 100_000.0, "ETH": 4_000.0, "SOL": 200.0, "XRP": 2.0}
VENUES = ("binance-usdm", "bybit", "okx", "bitget", "gate", "dydx", "bitmex")
QUOTE = {"dydx": "USDC"}
OWN_TIERS = {"bybit", "okx", "bitget", "gate"}
"""Venues whose packs do not list all these coins."""
START = datetime(2025, 9, 1, tzinfo=UTC)


def random_book(seed: int, venue: str | None = None) -> dict[str, Any]:
    """Return a book of one to four linear positions, cross and isolated, at a leverage of two to twenty."""
    draws = random.Random(seed)
    venue = draws.choice(VENUES) if venue is None else venue
    quote = QUOTE.get(venue, "USDT")
    coins = draws.sample(sorted(PRICES), draws.randint(1, 4))
    rows = []
    put_up = 0.0
    for coin in coins:
        worth = 10 ** draws.uniform(3.5, 6.0)
        leverage = draws.choice((2, 5, 10, 20))
        mark = PRICES[coin]
        put_up += worth / leverage
        rows.append(
            {
                "symbol": f"{coin}/{quote}:{quote}",
                "side": draws.choice(("long", "short")),
                "contracts": f"{worth / mark:.4f}",
                "contract_size": "1",
                "entry_price": f"{mark * draws.uniform(0.97, 1.03):.6g}",
                "mark_price": f"{mark}",
                "leverage": str(leverage),
                "margin_mode": draws.choice(("cross", "isolated")),
            }
        )
    tiers = [
        {
            "symbol": row["symbol"],
            "floor": floor,
            "unit": "quote",
            "maintenance_rate": rate,
            "max_leverage": most,
        }
        for row in rows
        for floor, rate, most in (("0", "0.005", "50"), ("200000", "0.01", "25"), ("600000", "0.025", "20"))
    ]
    return {
        **({"tier": tiers} if venue in OWN_TIERS else {}),
        "venue": venue,
        "on": "2025-09-01",
        "collateral": {quote: f"{put_up * draws.uniform(0.8, 1.5):.2f}"},
        "position": rows,
    }


def random_snapshot(seed: int, venue: str | None = None) -> Snapshot:
    """Return the random book of a seed, read."""
    return ringfence.read(random_book(seed, venue))


def wild(snapshot: Snapshot, vol: float = 1.2, together: float = 0.5, venues: tuple[str, ...] = ()) -> Coins:
    """Return what moves a book, all of it as wildly and as much together."""
    names = coins_in(snapshot.only(), venues)
    matrix = np.full((len(names), len(names)), together)
    np.fill_diagonal(matrix, 1.0)
    return Coins(names, np.full(len(names), vol), matrix)


def clock(snapshot: Snapshot, steps: int = 48, days: float = 4.0) -> Clock:
    """Return so many even steps over some days."""
    return Clock(snapshot.only().book.at, days * 86_400.0 / steps, steps)
