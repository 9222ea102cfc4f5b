"""A venue's accounts judged at once: the compiled passes beside their peers and the limit, in one run.

Writes its table into docs/performance.md. Rounds are interleaved and every ratio is the median over rounds, so that a
busy machine slows all alike. The limit is memory: the bandwidth of a triad (a = b + s * c) in the same rounds, and the
bytes that a pass cannot do without. ``python -m bench.accounts --quick`` runs a small
population once and prints the table only.
"""

import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from bench.accounts_peers import Frames, Peers
from bench.page import machine
from bench.venue import ACCOUNTS, population, venue
from numba import njit, prange

from ringfence.batch.layout import Layout, Values, marks_of
from ringfence.batch.running import Running

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Columns
    from ringfence.batch.setting import Setting

    Floats = npt.NDArray[np.float64]

PAGE: Final = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- accounts:begin -->", "<!-- accounts:end -->"
ROUNDS: Final = 9
FEW: Final = 3
"""Rounds of what takes long."""
TRIAD: Final = 20_000_000
"""Elements of the triad: beyond every cache."""
WRITTEN: Final = 16
"""Bytes that a number written costs: its line is read before it is written."""
SIZES: Final = (125, 1_250, 12_500, 125_000, 1_250_000)
"""Accounts of eight positions each: from a thousand positions to ten million."""

_RIGHT: Final = " --: |"

Run = Callable[[], object]


@njit(parallel=True)
def triad(a: "Floats", b: "Floats", c: "Floats") -> None:
    """Run a = b + s c on as many threads as the machine has."""
    for i in prange(a.shape[0]):
        a[i] = b[i] + 3.0 * c[i]


def seconds(run: Run) -> float:
    """Return the time of one run."""
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def raced(ways: Mapping[str, Run], rounds: int) -> dict[str, list[float]]:
    """Return the times of several ways, round by round, each once before that."""
    for run in ways.values():
        run()
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, run in ways.items():
            times[name].append(seconds(run))
    return times


def times_of(found: list[float], ours: list[float]) -> float:
    """Return how many times as long one way takes as ours: the median over rounds."""
    return statistics.median(t / o for t, o in zip(found, ours, strict=False))


def row(name: str, found: list[float], ours: list[float], positions: int) -> str:
    """Return the row of one way."""
    middle = statistics.median(found)
    speed = positions / middle / 1e6
    return f"| {name} | {middle * 1e3:,.1f} ms | {speed:,.3g} | {times_of(found, ours):,.3g} |"


class Venue:
    """A population laid out, and what of it a pass has to read and to write."""

    def __init__(self, accounts: int, there: "Setting") -> None:
        """Draw the population and lay it out."""
        self.columns: Columns = population(accounts, there)
        self.there = there
        self.made = seconds(self._lay_out)
        self.positions, self.pools = len(self.columns.positions), len(self.columns)

    def _lay_out(self) -> None:
        self.layout = Layout.of(self.columns, self.there)
        self.marks = marks_of(self.columns.symbols, self.there)
        self.values: Values = self.layout.revalue(self.marks)

    def grown(self) -> int:
        """Return the most bytes that are taken at once while a layout and its results are made."""
        del self.layout, self.values
        tracemalloc.start()
        self._lay_out()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    def revalue(self) -> Values:
        """Revalue every pool."""
        return self.layout.revalue(self.marks, self.values)

    def prices(self) -> "Floats":
        """Find the liquidation price of every position."""
        return self.layout.liquidation_prices(self.marks, self.values)

    @property
    def moved_bytes(self) -> int:
        """Return the bytes that a pass moves: quantities, codes and bases in, three numbers a pool out."""
        grouped = sum(block.used * block.count for block in self.layout.blocks if block.code < 0)
        return 8 * self.positions + 2 * grouped + (8 + 3 * WRITTEN) * self.pools


def revalue_rows(place: Venue, peers: Peers, rounds: int) -> list[str]:
    """Return the rows of a full pass, of its peers and of the limit."""
    a, b, c = (np.ones(TRIAD if place.positions > TRIAD // 10 else TRIAD // 100) for _ in range(3))
    ours = raced(
        {
            "all": place.revalue,
            "one": lambda: place.layout.revalue(place.marks, place.values, threads=1),
            "bounds": lambda: place.layout.bounds(place.marks),
            "triad": lambda: triad(a, b, c),
        },
        rounds,
    )
    per_byte = [t / (len(a) * (16 + WRITTEN)) for t in ours["triad"]]
    limit = [place.moved_bytes * t for t in per_byte]
    lines = [
        row("compiled pass, all threads", ours["all"], ours["all"], place.positions),
        row("compiled pass, 1 thread", ours["one"], ours["all"], place.positions),
        row("the bounds of all buffers", ours["bounds"], ours["all"], place.positions),
        row("limit: bytes of a pass at a triad's bandwidth", limit, ours["all"], place.positions),
    ]
    found = raced({"ours": place.revalue, **peers.revalue()}, min(rounds, FEW))
    first = found.pop("ours")
    lines += [row(name, times, first, place.positions) for name, times in found.items()]
    return lines + [
        row(name, [t * place.positions / n for t in times], first, place.positions)
        for name, (times, n) in peers.one_by_one().items()
    ]


def price_rows(place: Venue, peers: Peers, rounds: int) -> list[str]:
    """Return the rows of the prices."""
    ways = {
        "all": place.prices,
        "one": lambda: place.layout.liquidation_prices(place.marks, place.values, threads=1),
    }
    ours = raced(ways, rounds)
    lines = [
        row("compiled, all threads", ours["all"], ours["all"], place.positions),
        row("compiled, 1 thread", ours["one"], ours["all"], place.positions),
    ]
    found = raced({"ours": place.prices, **peers.prices()}, min(rounds, FEW))
    first = found.pop("ours")
    lines += [row(name, times, first, place.positions) for name, times in found.items()]
    return lines + [
        row(name, [t * place.positions / n for t in times], first, place.positions)
        for name, (times, n) in peers.prices_one_by_one().items()
    ]


def tick_rows(place: Venue, rounds: int) -> list[str]:
    """Return the rows of ticks: what they touch, and what that costs beside a full pass."""
    running = Running(place.columns, place.there)
    count = np.bincount(place.columns.positions.symbol, minlength=len(place.columns.symbols))
    order = np.argsort(count)
    asked = {
        "a rare contract": order[5:6],
        "a typical one": order[len(order) // 2 :][:1],
        "the 20th": order[-20:-19],
        "the largest": order[-1:],
        "50 at random": np.random.default_rng(0).permutation(len(order))[:50],
        "all": np.arange(len(order)),
    }
    lines = []
    for name, symbols in asked.items():

        def tick(symbols: "npt.NDArray[np.int64]" = symbols) -> None:
            running.tick(symbols, running.marks[symbols] * 1.000_001)

        times = raced(
            {"full": lambda: running.layout.revalue(running.marks, running.values), "tick": tick}, rounds
        )
        rows, middle = int(count[symbols].sum()), statistics.median(times["tick"])
        share = 1 / times_of(times["full"], times["tick"])
        lines.append(
            f"| {name} | {rows:,} | {middle * 1e3:,.2f} ms | {middle * 1e9 / max(rows, 1):,.1f} | {share:,.2g} |"
        )
    return lines


def size_rows(there: "Setting", rounds: int, sizes: tuple[int, ...]) -> list[str]:
    """Return the rows of populations of growing size."""
    lines = []
    for accounts in sizes:
        place = Venue(accounts, there)
        times = raced({"pass": place.revalue, "prices": place.prices}, rounds)
        one, other = (statistics.median(found) for found in times.values())
        held = (place.layout.nbytes + 24 * place.layout.slots) / place.positions
        lines.append(
            f"| {place.positions:,} | {place.made:,.2f} s | {one * 1e3:,.2f} ms | {one * 1e9 / place.positions:,.1f}"
            f" | {other * 1e3:,.2f} ms | {other * 1e9 / place.positions:,.1f} | {held:,.1f} |"
        )
    return lines


def table(accounts: int = ACCOUNTS, rounds: int = ROUNDS, sizes: tuple[int, ...] = SIZES) -> str:
    """Return what stands between the markers of the page."""
    there = venue()
    place = Venue(accounts, there)
    peers = Peers(Frames.of(place.columns, there))
    held = place.layout.nbytes + 24 * place.layout.slots
    head = "| way | time | million positions/s | times the compiled one's |\n| :-- | --: | --: | --: |"
    size = (
        f"{place.positions:,} positions of {accounts:,} accounts in {place.pools:,} pools, half of the positions"
        f" isolated; {len(place.columns.symbols)} contracts. Laid out in {place.made:,.1f} s; they take"
        f" {held / 1e6:,.0f} MB with all results, {held / place.positions:,.1f} bytes a position; making"
        f" them took {place.grown() / 1e6:,.0f} MB at most, beside the columns they were made of."
    )
    ticks = (
        "| ticks | positions held | time | ns a position held | share of a full pass |\n| :-- |" + _RIGHT * 4
    )
    sizes_head = (
        "| positions | laid out in | a pass | ns a position | prices | ns a position | bytes a position |"
    )
    sizes_head += f"\n|{_RIGHT * 7}"
    parts = [
        machine(),
        size,
        "Equity, need and buffer of every pool:",
        "\n".join([head, *revalue_rows(place, peers, rounds)]),
        "The liquidation price of every position, by the tier that holds there:",
        "\n".join([head, *price_rows(place, peers, rounds)]),
        "Marks tick, and the pools they touch are summed whole again:",
        "\n".join([ticks, *tick_rows(place, rounds)]),
        "By size, the layout made each time:",
        "\n".join([sizes_head, *size_rows(there, rounds, sizes)]),
        *peers.absent(),
    ]
    return "\n\n".join(parts)


def main() -> None:
    """Write the table into the page, or print a quick one."""
    if "--quick" in sys.argv[1:]:
        print(table(2_000, 1, (125,)))
        return
    made = table()
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", encoding="utf-8")
    print(made)


if __name__ == "__main__":
    main()
