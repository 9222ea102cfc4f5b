"""How long the command line and the exact engine take, beside a peer and a limit, all in one run: ``make bench``.

A peer is something that many people run already. A limit is what no program of this kind can go below. Runs are
interleaved, so that a busy machine slows all three alike: read the ratios, not the milliseconds.
"""

import statistics
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import ringfence
from ringfence.core.number import EXACT

ROOT = Path(__file__).parents[1]
BOOK = ROOT / "examples" / "books" / "reference.toml"
ROUNDS = 15

Run = Callable[[], object]


@dataclass(frozen=True)
class Race:
    """One thing timed, its peer, its limit, and how long it may take [s]; None: no promise."""

    name: str
    ours: Run
    peer: Run
    limit: Run
    peer_name: str
    limit_name: str
    promise: float | None = None
    repeats: int = 1


def command(*words: str) -> Run:
    """Return a run of a Python command in a process of its own."""
    line = [sys.executable, *words]
    return lambda: subprocess.run(line, cwd=ROOT, check=True, capture_output=True)


def cross_price_by_hand(book: dict[str, Any]) -> list[float]:
    """Return the liquidation prices of the two cross positions in floats, by Binance's own closed form."""
    held = [
        (
            1 if p["side"] == "long" else -1,
            *(float(p[key]) for key in ("contracts", "entry_price", "mark_price")),
        )
        for p in book["position"][:2]
    ]
    rates = [(0.005, 50.0), (0.004, 0.0)]
    wallet, prices = float(book["collateral"]["USDT"]), []
    for k, (side, size, entry, _) in enumerate(held):
        other_side, other_size, other_entry, mark = held[1 - k]
        rate, deduction = rates[k]
        other_need = other_size * mark * rates[1 - k][0] - rates[1 - k][1]
        other_pnl = other_side * other_size * (mark - other_entry)
        top = wallet - other_need + other_pnl + deduction - side * size * entry
        prices.append(top / (size * rate - side * size))
    return prices


def races() -> list[Race]:
    """Return what is timed."""
    document = tomllib.loads(BOOK.read_text(encoding="utf-8"))
    snapshot = ringfence.read(BOOK)

    def decimals() -> None:
        with localcontext(EXACT):
            number = Decimal("69336.5462")
            for _ in range(1000):
                number = number * Decimal("1.0001") / Decimal("1.0001")

    return [
        Race(
            "ringfence --help", command("-m", "ringfence", "--help"), command("-m", "pip", "--version"),
            command("-c", "pass"), "pip --version", "python -c pass", promise=0.3,
        ),
        Race(
            "ringfence margin BOOK", command("-m", "ringfence", "margin", str(BOOK)),
            command("-c", "import numpy"), command("-c", "import decimal, tomllib"), "import numpy",
            "import decimal, tomllib", promise=0.7,
        ),
        Race(
            "assess(book), 3 positions", lambda: ringfence.assess(snapshot), decimals,
            lambda: cross_price_by_hand(document), "2,000 operations on 50 digits", "two closed forms in floats",
            repeats=5,
        ),
    ]  # fmt: skip


def seconds(run: Run, repeats: int) -> float:
    """Return the time of one run."""
    begun = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - begun) / repeats


def main() -> None:
    """Print the table."""
    head = ("what", "time", "of peer", "of limit", "peer", "limit", "promise")
    print("{:<26} {:>10} {:>9} {:>9}  {:<30} {:<28} {}".format(*head))
    for race in races():
        times: dict[str, list[float]] = {"ours": [], "peer": [], "limit": []}
        for _ in range(ROUNDS):
            for name, found in times.items():
                found.append(seconds(getattr(race, name), race.repeats))
        ours, peer, limit = (statistics.median(times[name]) for name in ("ours", "peer", "limit"))
        promise = (
            "–"
            if race.promise is None
            else f"{race.promise} s, {'kept' if ours <= race.promise else 'broken'}"
        )
        print(
            f"{race.name:<26} {ours * 1000:>7.1f} ms {ours / peer:>8.1f}x {ours / limit:>8.1f}x"
            f"  {race.peer_name:<30} {race.limit_name:<28} {promise}"
        )


if __name__ == "__main__":
    main()
