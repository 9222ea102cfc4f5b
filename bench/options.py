"""Options times scenarios: the compiled grid beside its peers and the limit, in one run, into docs/performance.md.

Rounds are interleaved and every ratio is the median over rounds, so that a busy machine slows all alike. The limit is
what the machine's own fused multiply-adds, measured in the same rounds, would take for the arithmetic of a price.
"""

import gc
import statistics
import time
import tomllib
from collections.abc import Callable
from decimal import Decimal, localcontext
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numba
import numpy as np
import QuantLib as ql  # noqa: N813 - as everybody calls it
from bench.page import machine
from fast_vollib import fast_black
from numba import njit

import ringfence
from ringfence.core.number import EXACT
from ringfence.formula.model import compiled
from ringfence.formula.model.black import black_price
from ringfence.formula.model.black_grid import THREADS_FROM, Options
from ringfence.margin.assess import world_of
from ringfence.margin.judge import is_dead, judge
from ringfence.margin.moved import moved
from ringfence.margin.world import World

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

PAGE: Final = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- options:begin -->", "<!-- options:end -->"
OPTIONS: Final = 500
GRIDS: Final = (27, 200, 10_000)
ROUNDS: Final = 21
FEW: Final = 5
"""Rounds of what takes long."""
LARGE: Final = 1_000_000
"""Prices from which only NumPy is raced."""
LEAST: Final = 2e-3
"""What one clocking takes at least [s]: short runs are repeated."""
FLOPS: Final = 100
"""Additions and multiplications of one price, about: two rational tails, one exponential, and what joins them."""
PASSES: Final = 64

Run = Callable[[], object]


class Grid:
    """One book of invented options in one set of scenarios, and every way to price it."""

    def __init__(self, scenarios: int) -> None:
        """Draw the book; its scenarios share three rows of volatilities, as venues' do."""
        draw = np.random.default_rng(1976)
        self.forward = 60_000 * np.exp(draw.normal(0, 0.02, OPTIONS))
        self.strike = np.round(60_000 * np.exp(draw.normal(0, 0.3, OPTIONS)))
        self.years = draw.uniform(0.01, 1.0, OPTIONS)
        self.sign = draw.choice([-1.0, 1.0], OPTIONS)
        today = draw.uniform(0.3, 1.2, OPTIONS)
        self.sigma = np.stack([1.3 * today, today, 0.7 * today])
        self.row = np.arange(scenarios) % 3
        self.move = np.repeat(np.linspace(-0.3, 0.3, -(-scenarios // 3)), 3)[:scenarios]
        self.size = scenarios * OPTIONS
        self.options = Options(self.forward, self.strike, self.years, self.sign, in_coin=False)
        self.there = self.forward * (1.0 + self.move[:, None])
        shape = self.there.shape
        columns = (self.strike, self.years, self.sign, self.sigma[self.row])
        self._flat = [np.broadcast_to(c, shape).ravel() for c in (self.there, *columns)]
        self._flags = np.where(self._flat[3] > 0, "c", "p")

    def ours(self) -> "Floats":
        """Return the prices of the compiled grid."""
        return self.options.prices(self.move, self.sigma, self.row)

    def by_numpy(self) -> "Floats":
        """Return the prices by their definition."""
        there = self.forward * (1.0 + self.move[:, None])
        return black_price(there, self.strike, self.sigma[self.row], self.years, self.sign)

    def by_vollib(self) -> object:
        """Return the prices by fast-vollib."""
        forward, strike, years, _, sigma = self._flat
        return fast_black(self._flags, forward, strike, years, 0.0, sigma, return_as="numpy")

    def by_quantlib(self) -> list[float]:
        """Return the prices by QuantLib, one call an option."""
        forward, strike, years, sign, sigma = self._flat
        widths = sigma * np.sqrt(years)
        return [
            ql.blackFormula(ql.Option.Call if s > 0 else ql.Option.Put, k, f, w)
            for f, k, w, s in zip(
                forward.tolist(), strike.tolist(), widths.tolist(), sign.tolist(), strict=True
            )
        ]

    def error(self) -> float:
        """Return by how much the grid misses its definition at most [larger of forward and strike]."""
        return float((np.abs(self.ours() - self.by_numpy()) / np.maximum(self.there, self.strike)).max())


@njit(fastmath={"contract"})
def fused(x: "Floats") -> None:
    """Run 16 dependent fused multiply-adds on every element of each row, again and again, out of the nearest cache."""
    for i in range(x.shape[0]):
        for _ in range(PASSES):
            for j in range(x.shape[1]):
                p, a = 0.5, x[i, j]
                p = p * a + 0.1
                p = p * a + 0.2
                p = p * a + 0.3
                p = p * a + 0.4
                p = p * a + 0.5
                p = p * a + 0.6
                p = p * a + 0.7
                p = p * a + 0.8
                p = p * a + 0.7
                p = p * a + 0.6
                p = p * a + 0.5
                p = p * a + 0.4
                p = p * a + 0.3
                p = p * a + 0.2
                p = p * a + 0.1
                x[i, j] = p * a * 0.1


def per_flop() -> Callable[[], float]:
    """Return a clock of one addition or multiplication of this machine, one core [s]."""
    rows = np.full((8, 1024), 0.3)
    fused(rows)
    return lambda: seconds(lambda: fused(rows)) / (2 * 16 * PASSES * rows.size)


def seconds(run: Run, repeats: int = 1) -> float:
    """Return the time of one run."""
    begun = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - begun) / repeats


def _threads(prices: int) -> str:
    number = 1 if prices < THREADS_FROM else numba.get_num_threads()
    return f"{number} threads" if number > 1 else "1 thread"


def grid_rows(scenarios: int) -> list[str]:
    """Return the table rows of one grid."""
    grid, flop = Grid(scenarios), per_flop()
    ways: dict[str, Run] = {
        f"compiled grid, {_threads(grid.size)}": grid.ours,
        "NumPy and scipy's ndtr": grid.by_numpy,
    }
    if grid.size < LARGE:
        ways[f"fast-vollib {version('fast-vollib')}"] = grid.by_vollib
        ways[f"QuantLib {version('QuantLib')} blackFormula, an option a call"] = grid.by_quantlib
    times: dict[str, list[float]] = {name: [] for name in ways}
    limits, repeats = list[float](), dict[str, int]()
    for name, run in ways.items():
        run()
        repeats[name] = max(1, int(LEAST / seconds(run)))
    for _ in range(ROUNDS if grid.size < LARGE else FEW):
        for name, run in ways.items():
            times[name].append(seconds(run, repeats[name]))
        limits.append(FLOPS * grid.size * flop())
    ours, *_ = times.values()
    times[f"limit: {FLOPS} operations a price, all fused, 1 thread"] = limits
    rows = []
    for name, found in times.items():
        middle, ratio = (
            statistics.median(found),
            statistics.median(t / o for t, o in zip(found, ours, strict=True)),
        )
        speed = grid.size / middle / 1e6
        rows.append(
            f"| {OPTIONS} × {scenarios} | {name} | {middle * 1e6:,.0f} µs | {speed:,.1f} | {ratio:,.2f} |"
        )
    rows.append(
        f"| {OPTIONS} × {scenarios} | furthest from the definition: {grid.error():.1e} of forward or strike | | | |"
    )
    return rows


def book_text() -> str:
    """Return an invented Deribit book of 500 options under portfolio margin."""
    draw = np.random.default_rng(7)
    days = ("4DEC26", "25DEC26", "29JAN27", "26MAR27", "25JUN27")
    names = [f"BTC-{d}-{k}-{r}" for d in days for k in range(40_000, 140_000, 2_000) for r in "CP"]
    rows = [
        f'[[position]]\nsymbol = "{name}"\nside = "{draw.choice(["long", "short"])}"\n'
        f'contracts = "{draw.integers(1, 20)}"\n'
        f'entry_price = "0.03"\nimplied_volatility = "{draw.uniform(0.4, 0.8):.4f}"\nunderlying_price = "90300"\n'
        for name in names
    ]
    head = 'venue = "deribit"\naccount_mode = "portfolio"\nat = 2026-11-25T12:00:00Z\n'
    return head + 'collateral = { BTC = "500" }\nindices = { BTC = "90000" }\n' + "\n".join(rows)


def engine_rows() -> list[str]:
    """Return the table rows of a whole tick: prices move, all options are marked anew, the pool is judged."""
    (holding,) = ringfence.read(tomllib.loads(book_text())).holdings
    world = world_of(holding)
    (pool,) = ringfence.pools(holding.book, world.market, world.rules, "as-held", "at-leverage")
    asked: dict[str, Callable[[World], object]] = {
        "whether it lives": lambda there: is_dead(pool, there),
        "its requirement, every scenario by position": lambda there: judge(pool, there),
    }
    rows = []
    with localcontext(EXACT):
        for what, answer in asked.items():
            times: dict[str, list[float]] = {"compiled grid": [], "NumPy": []}
            for number in range(ROUNDS):
                price = 1 + Decimal(number - ROUNDS // 2) / 100
                for name, found in [*times.items()][:: 1 if number % 2 else -1]:
                    gc.collect()
                    (compiled.warm_up if name == "compiled grid" else compiled.cool_down)()
                    found.append(seconds(lambda at=price: answer(moved(world, {"BTC": at}))))  # type: ignore[misc]  # noqa: B023
            ours = times["compiled grid"]
            for name, found in times.items():
                ratio = statistics.median(t / o for t, o in zip(found, ours, strict=True))
                rows.append(f"| {what} | {name} | {statistics.median(found) * 1e3:,.1f} ms | {ratio:,.2f} |")
    compiled.cool_down()
    return rows


def table() -> str:
    """Return what stands between the markers of the page."""
    lines = [machine(), "", "| grid | way | time | million prices/s | times the compiled grid's |"]
    lines += ["| :-- | :-- | --: | --: | --: |", *(row for size in GRIDS for row in grid_rows(size)), ""]
    lines += [f"A Deribit portfolio book of {OPTIONS} options, prices moved, marked and judged anew:", ""]
    lines += [
        "| asked | the engine with | time | times the compiled grid's |",
        "| :-- | :-- | --: | --: |",
        *engine_rows(),
    ]
    return "\n".join(lines)


def main() -> None:
    """Write the table into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    made = table()
    PAGE.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", encoding="utf-8")
    print(made)


if __name__ == "__main__":
    main()
