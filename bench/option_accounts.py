"""Portfolio margin of a venue: many accounts in many scenarios, beside its peers, in one run, into docs/performance.md.

The matrix of what one contract gains in every scenario is priced once; accounts are sparse rows times that matrix, and
their worst scenario is taken. Rounds are interleaved and every ratio is the median over rounds. The numbers of the
peers are the same to within rounding, and that is checked.
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from bench.options import seconds
from bench.page import machine
from scipy.sparse import csr_array

from ringfence.batch.columns import CROSS, Columns, Holdings, Numbers, Positions
from ringfence.batch.netting import Netting
from ringfence.batch.netting.gains import matrix_of
from ringfence.batch.netting.scan import sums_of, worst_losses, worst_of
from ringfence.batch.setting import Setting
from ringfence.book import Position
from ringfence.core.number import EXACT, from_model
from ringfence.formula.model.quotes import Quotes
from ringfence.margin.netting import maintenance_alone
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.market import Market
from ringfence.venue import load, resolve_instrument

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

PAGE: Final = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- option accounts:begin -->", "<!-- option accounts:end -->"
ACCOUNTS: Final = 100_000
EACH: Final = 20
OPTIONS: Final = 500
SCENARIOS: Final = 27
ROUNDS: Final = 11
VENUES: Final = (
    ("deribit", "portfolio", "BTC/USD:BTC"),
    ("okx", "portfolio", "BTC/USD:BTC"),
    ("bybit", "portfolio", "BTC/USDT:USDT"),
    ("paradex", "portfolio", "BTC/USD:USDC"),
)
"""Packs, account modes, and what their options are called."""
FEW: Final = 50
"""Accounts that the exact engine judges."""

Run = Callable[[], object]


class Sparse:
    """Invented positions: 20 of 500 options an account, and a matrix of gains."""

    def __init__(self) -> None:
        """Draw positions and gains."""
        draw = np.random.default_rng(4)
        self.row = draw.integers(0, OPTIONS, ACCOUNTS * EACH).astype(np.int32)
        self.coins = draw.normal(0, 10, ACCOUNTS * EACH)
        self.dense = draw.normal(0, 0.1, (OPTIONS, SCENARIOS))
        every = np.arange(OPTIONS)
        self.matrix = matrix_of(every, OPTIONS, self.dense, np.ones(OPTIONS), np.zeros(OPTIONS))
        self.start = np.arange(0, ACCOUNTS * EACH + 1, EACH)
        self.every = np.arange(ACCOUNTS)

        self.relief, self.edges = np.full(SCENARIOS, np.nan), np.array([0, SCENARIOS], dtype=np.int32)
        self.table = csr_array((self.coins, self.row, self.start), shape=(ACCOUNTS, OPTIONS))

    def ours(self) -> "Floats":
        """Return the worst losses, with what bounds their rounding."""
        held = (self.every, self.start, self.row, self.coins, self.matrix.gains, self.matrix.bounds)
        return worst_losses(*held, self.relief, self.edges)[0][:, 0]

    def kept(self) -> "Floats":
        """Return the same with the result of every scenario kept, as models of several units want it."""
        held = (self.every, self.start, self.row, self.coins, self.matrix.gains, self.matrix.bounds)
        sums, _, _ = sums_of(*held)
        return worst_of(sums, self.relief, self.edges)[:, 0]

    def by_product(self) -> "Floats":
        """Return the results of scipy's sparse product alone."""
        return np.asarray(self.table @ self.dense)

    def by_scipy(self) -> "Floats":
        """Return the worst losses by scipy's sparse product and NumPy's minimum."""
        return np.asarray(np.maximum(-self.by_product().min(axis=1), 0.0))


def sparse_rows() -> list[str]:
    """Return the table rows of the bare product."""
    sparse = Sparse()
    ways: dict[str, Run] = {
        "compiled, worst scenario and bound": sparse.ours,
        "the same, every scenario kept": sparse.kept,
        "scipy CSR @ dense, the product alone": sparse.by_product,
        "scipy CSR @ dense, and NumPy's minimum": sparse.by_scipy,
    }
    for one, other in ((sparse.ours(), sparse.by_scipy()), (sparse.kept(), sparse.by_scipy())):
        if not np.allclose(one, other, rtol=1e-12, atol=1e-10):
            raise AssertionError("the ways disagree")
    times: dict[str, list[float]] = {name: [] for name in ways}
    works: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, run in ways.items():
            begun = time.process_time()
            times[name].append(seconds(run))
            works[name].append(time.process_time() - begun)
    ours, *_ = times.values()
    size, rows = ACCOUNTS * EACH * SCENARIOS, []
    for name, found in times.items():
        middle, work = statistics.median(found), statistics.median(works[name])
        ratio = statistics.median(t / o for t, o in zip(found, ours, strict=True))
        speed = size / middle / 1e9
        rows.append(
            f"| {name} | {middle * 1e3:,.1f} ms | {work * 1e3:,.1f} ms | {speed:,.2f} | {ratio:,.2f} |"
        )
    return rows


def _different(draw: np.random.Generator, many: int) -> "npt.NDArray[np.int32]":
    """Return symbols of which no account has one twice: from anywhere on, by a step that has no factor in common."""
    first = draw.integers(0, many, ACCOUNTS)
    step = draw.choice([n for n in range(1, many) if gcd(n, many) == 1], ACCOUNTS)
    return ((first[:, None] + step[:, None] * np.arange(EACH)) % many).ravel().astype(np.int32)


def venue(pack: str, mode: str, name: str) -> tuple[Setting, Columns]:
    """Return a setting of options on one coin and a population that holds 20 of them an account."""
    rules = load(pack, None, mode)
    at = datetime(rules.on.year, rules.on.month, rules.on.day, 8, tzinfo=UTC)
    days = [f"{rules.on + timedelta(days=n):%y%m%d}" for n in (7, 30, 60, 120, 240)]
    strikes = range(40_000, 90_000, 1_000)
    symbols = [f"{name}-{d}-{k}-{r}" for d in days for k in strikes for r in "CP"]
    held = [resolve_instrument(symbol, rules, symbol) for symbol in symbols]
    draw = np.random.default_rng(9)
    sigma = draw.uniform(0.4, 0.8, len(held)).round(4)
    years = np.array(
        [(one.expires_at - at).total_seconds() / (365 * 86_400) for one in held if one.expires_at]
    )
    flat = np.full(len(held), 65_000.0)
    quotes = Quotes(
        tuple(symbols), flat, np.array([float(one.strike or 0) for one in held]), sigma, years,
        np.array([1.0 if one.right == "call" else -1.0 for one in held]),
        np.array([one.pays_in_coin for one in held]), np.ones(len(held)), np.zeros(len(held)),
    )  # fmt: skip
    names, forward = [one.symbol for one in held], Decimal(65_000)
    market = Market(
        marks=dict(zip(names, map(from_model, quotes.standing.tolist()), strict=True)),
        indices={"BTC": forward, "USDC": Decimal(1), "USDT": Decimal(1)},
        underlyings=dict.fromkeys(names, "BTC"),
        implied_vols=dict(zip(names, map(from_model, sigma.tolist()), strict=True)),
        forwards=dict.fromkeys(names, forward),
    )
    size, settle = ACCOUNTS * EACH, held[0].settle
    columns = Columns(
        accounts=range(ACCOUNTS),  # type: ignore[arg-type]
        symbols=tuple(names),
        assets=(settle,),
        pool_account=np.arange(ACCOUNTS, dtype=np.int32),
        pool_kind=np.full(ACCOUNTS, CROSS, dtype=np.int8),
        pool_unit=np.zeros(ACCOUNTS, dtype=np.int32),
        first_position=np.arange(0, size + 1, EACH),
        first_holding=np.arange(ACCOUNTS + 1),
        positions=Positions(
            symbol=_different(draw, len(held)),
            sign=draw.choice(np.array([-1, 1], dtype=np.int8), size),
            contracts=Numbers(draw.integers(1, 100, size) / 10),
            contract_size=Numbers(np.full(size, float(held[0].contract_size or 1))),
            entry_price=Numbers(np.full(size, 0.03)),
        ),
        holdings=Holdings(np.zeros(ACCOUNTS, dtype=np.int32), Numbers(np.full(ACCOUNTS, 100.0))),
    )
    return Setting(rules, {one.symbol: one for one in held}, market, at), columns


def pools_of(columns: Columns, few: int) -> list[Pool]:
    """Return some accounts as the exact engine takes them."""
    held, asset, found = columns.positions, columns.assets[0], list[Pool]()
    for pool in range(few):
        positions = tuple(
            Position(
                symbol=columns.symbols[held.symbol[row]],
                side="long" if held.sign[row] > 0 else "short",
                contracts=held.contracts.exact(row) or Decimal(0),
                contract_size=held.contract_size.exact(row) or Decimal(1),
                entry_price=Decimal(1),
                margin_mode="cross",
            )
            for row in range(columns.first_position[pool], columns.first_position[pool + 1])
        )
        found.append(
            Pool(
                f"cross:{asset}",
                "cross",
                asset,
                ratios=False,
                collateral={asset: Decimal(100)},
                positions=positions,
            )
        )
    return found


def venue_rows(pack: str, mode: str, name: str) -> list[str]:
    """Return the table rows of a whole model: its units, scenarios and charges."""
    setting, columns = venue(pack, mode, name)
    netting = Netting(setting, columns)
    netting.netted(columns)
    whole = [seconds(lambda: netting.netted(columns)) for _ in range(5)]
    lowered = [seconds(lambda: Netting(setting, columns).netted(columns, np.arange(1))) for _ in range(3)]
    found = netting.netted(columns)
    if not found.covered.all():
        raise AssertionError("the fast engine leaves some of them")
    world = World(setting.market, setting.instruments, setting.rules, at=setting.at)
    pools = pools_of(columns, FEW)
    with localcontext(EXACT):
        answers: list[Decimal] = []
        exact = seconds(lambda: answers.extend(maintenance_alone(pool, world) for pool in pools)) / FEW
    off = max(abs(float(answer) - found.maintenance[n]) for n, answer in enumerate(answers))
    if any(abs(float(answer) - found.maintenance[n]) > found.bound[n] for n, answer in enumerate(answers)):
        raise AssertionError("an answer is off by more than its bound")
    once, middle = statistics.median(lowered), statistics.median(whole)
    speed, times = ACCOUNTS * EACH / middle / 1e6, exact * ACCOUNTS / middle
    cells = (
        f"{once * 1e3:,.0f} ms",
        f"{middle * 1e3:,.0f} ms",
        f"{speed:,.1f}",
        f"{exact * 1e3:,.1f} ms",
        f"{times:,.0f}",
    )
    return [f"| {pack}, {mode} | {' | '.join(cells)} | {off:.0e} |"]


def table() -> str:
    """Return what stands between the markers of the page."""
    what = f"{ACCOUNTS:,} accounts of {EACH} positions among {OPTIONS} options, {SCENARIOS} scenarios"
    lines = [machine(), "", f"{what}; work is the time of all processors:", ""]
    lines += ["| way | time | work | thousand million position-scenarios/s | times the first's |"]
    lines += ["| :-- | --: | --: | --: | --: |", *sparse_rows(), ""]
    lines += [
        "Whole models of as many accounts, with units, charges and bounds; the exact engine judges a few:",
        "",
    ]
    head = (
        "model",
        "lowered once",
        "all accounts",
        "million positions/s",
        "exact, an account",
        "times faster",
        "apart",
    )
    lines += [f"| {' | '.join(head)} |", "| :-- |" + " --: |" * (len(head) - 1)]
    for pack, mode, name in VENUES:
        lines += venue_rows(pack, mode, name)
    return "\n".join(lines)


def main() -> None:
    """Print the table, and write it into the page where that has a place for it."""
    made = table()
    print(made)
    text = PAGE.read_text(encoding="utf-8")
    if BEGIN in text:
        before, _, rest = text.partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
