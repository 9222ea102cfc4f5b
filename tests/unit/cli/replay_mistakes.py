"""Prices that no replay can use, and questions that none answers: asked of a book of one perpetual of BTC."""

BARS = """time,symbol,open,high,low,close
2025-01-01T00:00:00Z,BTC,60000,60100,59900,60000
2025-01-01T01:00:00Z,BTC,60000,60100,59900,60000
2025-01-01T02:00:00Z,BTC,60000,60100,59900,60000
"""
PRICES = {
    "bars.csv": BARS,
    "old.csv": BARS.replace("2025", "2005"),
    "ether.csv": BARS.replace("BTC", "ETH"),
    "unsorted.csv": BARS.replace("T01", "T05"),
    "twice.csv": BARS.replace("T01", "T00"),
    "beneath.csv": BARS.replace("59900", "60050", 1),
    "nothing.csv": BARS.replace(",60000\n", ",0\n", 1),
    "empty.csv": "",
    "rates.csv": "time,symbol,funding_rate\n2025-01-01,BTC,much\n",
    "hole.csv": "time,BTC\n" + "".join(f"2025-01-{day:02},60000\n" for day in (*range(1, 12), 20)),
}


def asked(prices: str, *more: str) -> list[str]:
    """Return the words of a replay."""
    return ["replay", "book.json", "--prices", prices, *more]


REPLAYS: dict[str, list[str]] = {
    "prices of another coin": asked("ether.csv"),
    "prices from nowhere": asked("nowhere.csv"),
    "prices in an empty file": asked("empty.csv"),
    "prices that go back in time": asked("unsorted.csv"),
    "prices that stand twice": asked("twice.csv"),
    "a low above its open": asked("beneath.csv"),
    "a price of nothing": asked("nothing.csv"),
    "prices with a hole": asked("hole.csv"),
    "a replay that begins before its prices": asked("bars.csv", "--from", "2024-12-01"),
    "a replay that ends after its prices": asked("bars.csv", "--to", "2025-02-01"),
    "a replay between no prices": asked("bars.csv", "--from", "2025-03-01"),
    "a replay from no instant": asked("bars.csv", "--from", "dawn"),
    "last trades where there are none": asked("bars.csv", "--only", "price=last"),
    "a stand-in that is no pair": asked("bars.csv", "--stand-in", "SOL"),
    "a stand-in without prices": asked("bars.csv", "--stand-in", "SOL=DOGE"),
    "a replay in which nothing moves": asked("bars.csv", "--still", "BTC"),
    "an outage without an end": asked("bars.csv", "--outage", "2025-01-01T01:00:00Z"),
    "an outage that ends before it begins": asked("bars.csv", "--outage", "2025-01-02/2025-01-01"),
    "a slippage of more than all": asked("bars.csv", "--slippage", "120%"),
    "funding from a book that states none": asked("bars.csv", "--funding", "book"),
    "funding that is no number": asked("bars.csv", "--funding", "rates.csv"),
    "rules from before the pack": asked("old.csv", "--rules-follow-prices"),
    "a mode that no venue has": asked("bars.csv", "--mode", "crossed"),
}
