"""A book over paths, in three modes at once: the compiled walk beside NumPy and JAX, in one run.

12 positions on 8 coins, 100,000 paths of 720 steps: a path-step is all coins one step on, and every pool of every mode
looked at. Peers draw their own normal numbers and judge by the same tables. Rounds are interleaved and every ratio is
the median over rounds. The table goes into docs/performance.md; ``--quick`` runs few paths once and prints it.
"""

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from bench.page import machine, put

import ringfence
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.laws import Gbm
from ringfence.paths.run import Asked, Run
from ringfence.paths.shown import coins_in, shown_in
from ringfence.paths.simulate import simulate
from ringfence.paths.tables import PoolTable

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats

STEPS: Final = 720
PATHS: Final = 100_000
MODES: Final = ("isolated", "as-held", "cross")
PRICES: Final = {
    "BTC": 100_000, "ETH": 4_000, "SOL": 200, "XRP": 2, "DOGE": 0.2, "BNB": 800, "ADA": 0.8, "LINK": 20,
}  # fmt: skip
_ROUNDS: Final = 5


def book() -> dict[str, Any]:
    """Return 12 positions on 8 coins, a third of them isolated: a few tiers are within reach of each."""
    rows = []
    for number in range(12):
        coin, mark = list(PRICES.items())[number % len(PRICES)]
        rows.append(
            {
                "symbol": f"{coin}/USDT:USDT",
                "side": "long" if number < len(PRICES) else "short",
                "contracts": f"{(4 + number) * 10_000 / mark:.3f}",
                "contract_size": "1",
                "entry_price": str(mark),
                "mark_price": str(mark),
                "leverage": "5" if number % 2 else "3",
                "margin_mode": "isolated" if number % 3 == 0 else "cross",
            }
        )
    tiers = [
        {
            "symbol": f"{coin}/USDT:USDT",
            "floor": floor,
            "unit": "quote",
            "maintenance_rate": rate,
            "max_leverage": most,
        }
        for coin in PRICES
        for floor, rate, most in (("0", "0.005", "50"), ("100000", "0.01", "25"), ("500000", "0.025", "20"))
    ]
    return {
        "venue": "binance-usdm", "on": "2025-09-01", "position_mode": "hedge", "collateral": {"USDT": "320000"},
        "position": rows, "tier": tiers,
    }  # fmt: skip


def coins_for(names: tuple[str, ...]) -> Coins:
    """Return coins that move by 80 % a year, correlated at 0.6."""
    matrix = np.full((len(names), len(names)), 0.6)
    np.fill_diagonal(matrix, 1.0)
    return Coins(names, np.full(len(names), 0.8), matrix)


def tables_of(coins: Coins) -> list[PoolTable]:
    """Return the pools of all modes."""
    shown = shown_in(
        ringfence.read(book()).only(), coins.names, modes=MODES, cut="at-leverage", venues=(),
        funding=lambda _world, _symbol: 0.0,
    )  # fmt: skip
    return [table for one in shown.shown for table in one.tables]


class Peer:
    """The same run as one writes it first: an array a step, and every pool looked at."""

    def __init__(self, coins: Coins, clock: Clock) -> None:
        """Take what moves, and when."""
        years = clock.step / (365.0 * 86_400.0)
        self.root = np.linalg.cholesky(coins.correlation) * (coins.vols * np.sqrt(years))[:, None]
        self.drift = -0.5 * coins.vols**2 * years
        self.clock, self.tables = clock, tables_of(coins)

    def numpy(self, paths: int) -> "Floats":
        """Return the share of paths on which each pool dies."""
        draws = np.random.Generator(np.random.SFC64(1))
        prices = np.ones((paths, len(self.drift)))
        dead = np.zeros((len(self.tables), paths), bool)
        least = np.full((len(self.tables), paths), np.inf)
        for _ in range(self.clock.steps):
            moves = draws.standard_normal(prices.shape) @ self.root.T + self.drift
            prices *= np.exp(moves)
            for number, table in enumerate(self.tables):
                buffer = table.buffer_at(prices)
                dead[number] |= buffer < 0
                least[number] = np.minimum(least[number], buffer)
        share: Floats = dead.mean(axis=1)
        return share

    def jax(self, paths: int) -> Callable[[], object] | None:
        """Return the same for JAX, compiled; None: it is not installed."""
        try:
            jax: Any = import_module("jax")
            jnp: Any = import_module("jax.numpy")
        except ModuleNotFoundError:
            return None
        root, drift = jnp.asarray(self.root, jnp.float32), jnp.asarray(self.drift, jnp.float32)

        def buffer(table: PoolTable, prices: Any) -> Any:  # noqa: ANN401 - arrays of a library without types here
            total = table.base
            for bend in table.buffer:
                g = prices[:, bend.coin]
                total = total + jnp.interp(
                    g,
                    jnp.asarray([0.0, *bend.edges[1:], 50.0], jnp.float32),
                    jnp.asarray(bend.at(np.array([1e-9, *bend.edges[1:], 50.0])), jnp.float32),
                )
            return total

        def step(state: Any, key: Any) -> Any:  # noqa: ANN401 - as above
            prices, least = state
            moves = jax.random.normal(key, prices.shape, jnp.float32) @ root.T + drift
            prices = prices * jnp.exp(moves)
            now = jnp.stack([buffer(table, prices) for table in self.tables])
            return (prices, jnp.minimum(least, now)), None

        def whole(key: Any) -> Any:  # noqa: ANN401 - as above
            start = jnp.ones((paths, len(self.drift)), jnp.float32)
            floor = jnp.full((len(self.tables), paths), jnp.inf, jnp.float32)
            (_, least), _ = jax.lax.scan(step, (start, floor), jax.random.split(key, self.clock.steps))
            return (least < 0).mean(axis=1)

        compiled = jax.jit(whole)
        return lambda: compiled(jax.random.key(1)).block_until_ready()


def seconds(run: Callable[[], object]) -> tuple[float, float]:
    """Return the time of one run: on the wall, and of all processors together."""
    begun, worked = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - begun, time.process_time() - worked


def raced(
    ways: Mapping[str, tuple[Callable[[], object], int]], rounds: int
) -> dict[str, list[tuple[float, float]]]:
    """Return the time of a path-step of several ways, round by round, each once before that [s]."""
    for run, _ in ways.values():
        run()
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (run, many) in ways.items():
            wall, work = seconds(run)
            times[name].append((wall / (many * STEPS), work / (many * STEPS)))
    return times


def main() -> None:
    """Race, and print the table."""
    quick = "--quick" in sys.argv[1:]
    paths, few = (12_800, 1_280) if quick else (PATHS, 2_560)
    snapshot = ringfence.read(book())
    coins = coins_for(coins_in(snapshot.only()))
    clock = Clock(datetime(2025, 9, 1, tzinfo=UTC), 3600.0, STEPS)
    peer = Peer(coins, clock)

    def ours(threads: int | None) -> Callable[[], object]:
        return lambda: simulate(
            snapshot, clock=clock, paths=paths, coins=coins, modes=MODES, ribbons=0, threads=threads
        )

    shown = shown_in(
        snapshot.only(), coins.names, modes=MODES, cut="at-leverage", venues=(), funding=lambda _w, _s: 0.0
    )
    bare = Run(shown, Asked(Gbm(), coins, clock))
    ways: dict[str, tuple[Callable[[], object], int]] = {
        "ringfence": (ours(None), paths),
        "ringfence, 1 thread": (ours(1), paths),
        "the walk alone, 1 thread": (
            lambda: [bare.walked(n, 16) for n in range(0, paths // 128 // 4, 16)],
            paths // 4,
        ),
        "NumPy, a step at a time": (lambda: peer.numpy(few), few),
    }
    compiled = peer.jax(few * 4)
    if compiled is not None:
        ways["JAX, jit and scan"] = compiled, few * 4
    found = raced(ways, 1 if quick else _ROUNDS)
    rows = [
        "| way | M path-steps/s | ringfence is faster by | ns of processors a path-step | by which it is more |",
        "| :-- | --: | --: | --: | --: |",
    ]
    for name, times in found.items():
        wall, work = (statistics.median(one[k] for one in times) for k in range(2))
        faster, less = (
            statistics.median(one[k] / ours[k] for one, ours in zip(times, found["ringfence"], strict=True))
            for k in range(2)
        )
        rows.append(f"| {name} | {1e-6 / wall:.2f} | {faster:.1f} | {work * 1e9:.1f} | {less:.1f} |")
    if compiled is None:
        rows.append("| JAX | not installed | | | |")
    head = f"{machine()} {paths:,} paths of {STEPS} steps."
    text = "\n".join([head, "", *rows])
    if quick:
        print(text)
    else:
        put("paths", text)


if __name__ == "__main__":
    main()
