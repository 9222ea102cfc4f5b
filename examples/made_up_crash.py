"""A made-up crash: hourly bars of three coins, a calm day, a fall of eight hours, a nervous day. Printed as a table.

`make docs` keeps what it prints in crash.csv.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

FIRST = {"BTC": 101_000.0, "ETH": 4_050.0, "SOL": 196.0}
BETA = {"BTC": 1.0, "ETH": 1.25, "SOL": 1.7}
FALL = range(30, 38)
"""The hours of the fall."""


def bars(seed: int = 7, hours: int = 72) -> Iterator[str]:
    """Yield the lines of the table."""
    draws, last = Random(seed), dict(FIRST)
    yield "time,symbol,open,high,low,close"
    for hour in range(hours):
        at = datetime(2025, 3, 1, tzinfo=UTC) + timedelta(hours=hour)
        joint = draws.gauss(-0.028, 0.02) if hour in FALL else draws.gauss(0.001, 0.004)
        for coin, price in last.items():
            close = price * (1 + BETA[coin] * joint + draws.gauss(0, 0.003))
            reach = abs(draws.gauss(0, 0.012 if hour in FALL else 0.003))
            high, low = max(price, close) * (1 + reach), min(price, close) * (1 - reach)
            yield f"{at:%Y-%m-%dT%H:%M:%SZ},{coin},{price:.2f},{high:.2f},{low:.2f},{close:.2f}"
            last[coin] = round(close, 2)


print("\n".join(bars()))
