"""Time to one percent of a chance of liquidation of 1e-2, 1e-3 and 1e-4: led paths beside plain ones, in one run.

Three cases: an isolated position and an account over 8 coins under geometric Brownian motion, and the same account
under Student's law with jumps, looked at 720 times. Collateral is chosen so that the chance is what is wanted. What a
way takes is time for the paths it needs; plain paths are timed on a part of those they would need, and the rest is
reckoned: spread^2 / (0.01 chance)^2 of them. Read the ratios. The table goes into docs/performance.md; ``--quick`` does
the first chance once and prints it.
"""

import math
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from bench.page import machine, put
from bench.paths import book, coins_for

import ringfence
from ringfence.formula.model.first_passage import chance_of_price
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.laws import DoubleExponentialJumps, Gbm, Jumps, Law, StudentT
from ringfence.paths.rare import Method, way_of
from ringfence.paths.rare_draws import Tally, Ways, sampled, tallied
from ringfence.paths.rare_tilts import levels_of
from ringfence.paths.shown import coins_in, shown_in
from ringfence.paths.tables import PoolTable

if TYPE_CHECKING:
    from ringfence.paths.pack import Monitoring

STEPS: Final = 720
CLOCK: Final = Clock(datetime(2025, 9, 1, tzinfo=UTC), 7 * 86_400.0 / STEPS, STEPS)
RELATIVE: Final = 0.01
PLAIN_BLOCKS: Final = 64
WILD: Final = Jumps(
    DoubleExponentialJumps(rate=12.0, up=0.3, mean_up=0.02, mean_down=0.04),
    between=StudentT(4.0),
    inside=False,
)


@dataclass(frozen=True, slots=True)
class Case:
    """A pool under a law, and the ways that its chance is found."""

    name: str
    table: PoolTable
    coins: Coins
    law: Law
    ways: tuple[tuple[Method, "Monitoring"], ...]


def cases() -> Iterator[Case]:
    """Yield the cases, with the collateral they have."""
    snapshot = ringfence.read(book())
    coins = coins_for(coins_in(snapshot.only()))
    shared = _table(book(), coins, "cross")
    one = Coins(("BTC",), coins.vols[:1], np.eye(1))
    row = {**book()["position"][0], "margin_mode": "isolated"}
    alone = _table({**book(), "position": [row], "collateral": {}}, one, "as-held")
    yield Case(
        "isolated, GBM", alone, one, Gbm(),
        (("closed form", "continuous"), ("one bridge", "continuous"), ("looks, tilted", "discrete")),
    )  # fmt: skip
    yield Case(
        "cross over 8 coins, GBM", shared, coins, Gbm(),
        (("bridges, tilted", "continuous"), ("looks, tilted", "discrete")),
    )  # fmt: skip
    yield Case("cross over 8 coins, Student and jumps", shared, coins, WILD, (("looks, tilted", "discrete"),))


def _table(said: dict[str, Any], coins: Coins, mode: str) -> PoolTable:
    shown = shown_in(
        ringfence.read(said).only(), coins.names, modes=(mode,), cut="at-leverage", venues=(),
        funding=lambda _world, _symbol: 0.0,
    )  # fmt: skip
    return shown.shown[0].tables[0]


def at_chance(case: Case, chance: float) -> Case:
    """Return the case with as much collateral as makes the chance about what is wanted."""
    low, high = 0.0, 40.0 * case.table.deviation(_covariance(case.coins))
    for _ in range(14):
        middle = 0.5 * (low + high)
        table = replace(case.table, base=middle)
        if _rough(replace(case, table=table)) > chance:
            low = middle
        else:
            high = middle
    return replace(case, table=replace(case.table, base=0.5 * (low + high)))


def _covariance(coins: Coins) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    week = coins.vols * math.sqrt(7 / 365)
    return np.asarray(coins.correlation * np.outer(week, week))


def _rough(case: Case) -> float:
    if case.name.startswith("isolated"):
        down, up = levels_of(case.table)
        return chance_of_price(down if down > 0.0 else up, float(_covariance(case.coins)[0, 0]) ** 0.5)
    method, monitoring = case.ways[0]
    few = replace(CLOCK, step=CLOCK.horizon / 60, steps=60)
    ways = way_of(case.table, case.law, case.coins, few, monitoring, method)
    return sampled(ways, 0, 32).chance


def seconds(ways: Ways) -> tuple[float, Tally]:
    """Return how long it takes to reach the relative error, and what was found."""
    start = time.perf_counter()
    tally = tallied(ways, RELATIVE, 50_000_000)
    return time.perf_counter() - start, tally


def plain_seconds(ways: Ways, chance: float) -> float:
    """Return how long plain paths would take for the same, by the time of a few of them."""
    plain = replace(ways, tilt=None)
    start = time.perf_counter()
    paths = sampled(plain, 0, PLAIN_BLOCKS).paths
    return (time.perf_counter() - start) / paths * (1.0 - chance) / chance / RELATIVE**2


def main() -> None:
    """Race, and write the table."""
    quick = "--quick" in sys.argv[1:]
    rows = [
        "| case | chance | way | found | standard error | paths | ms to 1 % | plain, ms | times |",
        "| :-- | --: | :-- | --: | --: | --: | --: | --: | --: |",
    ]
    for case in cases():
        wild = not isinstance(case.law, Gbm)
        for chance in (1e-2,) if quick else (1e-2, 1e-3) if wild else (1e-2, 1e-3, 1e-4):
            rows += _race(at_chance(case, chance), chance, rounds=1 if quick or wild else 3)
    if quick:
        print("\n".join(rows))
    else:
        put("rare", "\n".join([machine(), "", *rows]))


def _race(case: Case, chance: float, rounds: int) -> Iterator[str]:
    """Yield a row for each way."""
    looks = way_of(case.table, case.law, case.coins, CLOCK, "discrete", "looks, tilted")
    sampled(replace(looks, tilt=None), 0, 1)  # compiled
    for method, monitoring in case.ways:
        if method == "closed form":
            found = _rough(case)
            down, up = levels_of(case.table)
            risk = math.sqrt(float(_covariance(case.coins)[0, 0]))
            start = time.perf_counter()
            for _ in range(1000):
                chance_of_price(down if down > 0.0 else up, risk)
            took = (time.perf_counter() - start) / 1000
            yield f"| {case.name} | {chance:g} | {method} | {found:.4e} | 0 | 0 | {took * 1e3:.4f} | | |"
            continue
        ways = way_of(case.table, case.law, case.coins, CLOCK, monitoring, method)
        sampled(ways, 0, 1)
        took, tally = seconds(ways)
        times = [(took, plain_seconds(looks, tally.chance))]
        for _ in range(rounds - 1):
            took, _same = seconds(ways)
            times.append((took, plain_seconds(looks, tally.chance)))
        took, plain = (statistics.median(one[k] for one in times) for k in range(2))
        yield (
            f"| {case.name} | {chance:g} | {method} | {tally.chance:.4e} | {tally.error:.1e} | {tally.paths:,}"
            f" | {took * 1e3:.2f} | {plain * 1e3:,.0f} | {plain / took:,.0f} |"
        )


if __name__ == "__main__":
    main()
