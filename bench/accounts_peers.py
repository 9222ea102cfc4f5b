"""Other ways to revalue many positions and to find their liquidation prices: what people use today."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ringfence.batch.columns import ISOLATED, Columns
from ringfence.batch.lines import Tables
from ringfence.batch.setting import Setting
from ringfence.batch.straight import lower

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Rows = npt.NDArray[np.int64]

_LOOPED: Final = 20_000
"""Positions that are looked at one by one; the time of all follows in proportion."""
_TIMES: Final = 3

Run = Callable[[], object]


@dataclass(frozen=True)
class Frames:
    """A population as plain columns of positions, as anybody would write them first."""

    pool: "Rows"
    symbol: "Rows"
    sign: "Floats"
    qty: "Floats"
    entry: "Floats"
    wallet: "Floats"
    marks: "Floats"
    rates: "Floats"
    deductions: "Floats"
    floors: "Floats"

    @classmethod
    def of(cls, columns: Columns, there: Setting) -> "Frames":
        """Return a population and its tier tables as plain arrays."""
        tables, held = Tables(), columns.positions
        lower(columns, there, tables)
        arrays = tables.arrays()
        code = {symbol: n for n, symbol in reversed([*enumerate(arrays.symbol.tolist())])}
        known = np.array([code.get(s, 0) for s in range(len(columns.symbols))])
        rates, deductions = arrays.rates[known], arrays.deductions[known]
        rises = np.diff(rates, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            floors = np.where(rises > 0, np.diff(deductions, axis=1) / rises, np.inf)
        first, wallet = columns.first_position, np.zeros(len(columns))
        alone = columns.pool_kind == ISOLATED
        wallet[~alone] = columns.holdings.amount.values
        assert held.collateral is not None  # noqa: S101 - the population has it
        wallet[alone] = held.collateral.values[first[:-1][alone]]
        return cls(
            np.repeat(np.arange(len(columns)), np.diff(first)), held.symbol.astype(np.int64),
            held.sign.astype(np.float64), held.contracts.values, held.entry_price.values, wallet,
            np.array([float(there.market.marks[s]) for s in columns.symbols]),
            rates, deductions, np.hstack([np.zeros((len(rates), 1)), floors]),
        )  # fmt: skip


class Peers:
    """Every other way, on the same population."""

    def __init__(self, frames: Frames) -> None:
        """Take the population; frames of other libraries are made once, before anything is timed."""
        self.f = frames
        self._missing = [name for name in ("polars", "duckdb", "nautilus_trader") if find_spec(name) is None]
        self._polars = None if "polars" in self._missing else _PolarsWay(frames)
        self._duckdb = None if "duckdb" in self._missing else _DuckWay(frames)

    def absent(self) -> list[str]:
        """Return a word about peers that are not installed."""
        return [f"Not installed here, so not raced: {', '.join(self._missing)}."] if self._missing else []

    def revalue(self) -> dict[str, Run]:
        """Return the ways to revalue all pools."""
        ways: dict[str, Run] = {"NumPy, column by column": self.by_numpy}
        if self._polars is not None:
            ways["Polars, lazy"] = self._polars.run
        if self._duckdb is not None:
            ways["DuckDB, SQL"] = self._duckdb.run
        return ways

    def by_numpy(self) -> tuple["Floats", ...]:
        """Return equity, need and buffer, a tier looked up for each position."""
        f = self.f
        mark = f.marks[f.symbol]
        value = f.qty * mark
        tier = (value[:, None] > f.floors[f.symbol]).sum(axis=1) - 1
        need = value * f.rates[f.symbol, tier] - f.deductions[f.symbol, tier]
        pnl = f.sign * f.qty * (mark - f.entry)
        count = len(f.wallet)
        equity: Floats = f.wallet + np.bincount(f.pool, weights=pnl, minlength=count)
        needed: Floats = np.bincount(f.pool, weights=need, minlength=count).astype(np.float64)
        return equity, needed, equity - needed

    def prices(self) -> dict[str, Run]:
        """Return the ways to find all liquidation prices."""
        return {"NumPy, closed form over all tiers": self.prices_by_numpy}

    def prices_by_numpy(self) -> "Floats":
        """Return every liquidation price: the root of each tier's line, and of them the one that is met first."""
        f = self.f
        mark = f.marks[f.symbol]
        value = f.qty * mark
        need = (value[:, None] * f.rates[f.symbol] - f.deductions[f.symbol]).max(axis=1)
        part = f.sign * f.qty * (mark - f.entry)
        left = f.wallet + np.bincount(f.pool, weights=part - need, minlength=len(f.wallet))
        rest = left[f.pool] - f.sign * value + need
        roots = -f.sign[:, None] * (rest[:, None] + f.deductions[f.symbol])
        roots /= f.qty[:, None] * (1 - f.sign[:, None] * f.rates[f.symbol])
        found = np.where(f.sign > 0, roots.max(axis=1), roots.min(axis=1))
        return np.where(left[f.pool] < 0, mark, np.where(found > 0, found, np.nan))

    def one_by_one(self) -> dict[str, tuple[list[float], int]]:
        """Return the times of ways that take a call a position, and how many positions they took."""
        ways = {}
        if "nautilus_trader" not in self._missing:
            ways["nautilus_trader calculate_margin_maint, a call a position"] = self._by_nautilus()
        return ways

    def prices_one_by_one(self) -> dict[str, tuple[list[float], int]]:
        """Return the same of prices."""
        f = self.f
        many = min(_LOOPED, len(f.qty))
        columns = (f.qty, f.entry, f.sign, f.wallet[f.pool], f.rates[f.symbol, 0], f.deductions[f.symbol, 0])
        rows = list(zip(*(column[:many].tolist() for column in columns), strict=True))

        def loop() -> list[float]:
            return [dry_run_price(*one) for one in rows]

        bot = Bot(f)
        names = [f"pair {symbol}" for symbol in f.symbol[:many].tolist()]
        asked = [(name, one[1], one[2] < 0, one[0], one[3]) for name, one in zip(names, rows, strict=True)]

        def by_bot() -> list[float]:
            return [bot.price(*one) for one in asked]

        ways = {
            "a Python function a position, the tier looked up as freqtrade does": by_bot,
            "the formula of that alone: isolated, the first tier, floats at hand": loop,
        }
        return {name: ([_seconds(run) for _ in range(_TIMES)], many) for name, run in ways.items()}

    def _by_nautilus(self) -> tuple[list[float], int]:
        """Return the times of nautilus_trader, which has a flat rate, and no liquidation price."""
        from nautilus_trader.model.currencies import USDT  # noqa: PLC0415 - an optional peer
        from nautilus_trader.model.enums import PositionSide  # noqa: PLC0415
        from nautilus_trader.model.objects import Price, Quantity  # noqa: PLC0415
        from nautilus_trader.test_kit.providers import TestInstrumentProvider  # noqa: PLC0415
        from nautilus_trader.test_kit.stubs.execution import TestExecStubs  # noqa: PLC0415

        instrument: Any = TestInstrumentProvider.btcusdt_perp_binance()
        account: Any = TestExecStubs.margin_account()
        many = min(_LOOPED, len(self.f.qty))
        mark = Price.from_str("60000.0")
        rows = [Quantity.from_str(f"{0.001 + 0.001 * (n % 100):.3f}") for n in range(many)]
        assert USDT is not None  # noqa: S101 - the currency must be known

        def loop() -> None:
            for size in rows:
                account.calculate_margin_maint(instrument, PositionSide.LONG, size, mark)

        return [_seconds(loop) for _ in range(_TIMES)], many


class Bot:
    """What a bot does for each position: it finds the tier among rows of a dict, then takes the formula."""

    def __init__(self, f: Frames) -> None:
        """Take the tiers of every symbol, as rows with names, as ccxt gives them."""
        self._tiers: dict[str, list[dict[str, float]]] = {}
        for symbol in range(len(f.marks)):
            columns = (column[symbol].tolist() for column in (f.floors, f.rates, f.deductions))
            self._tiers[f"pair {symbol}"] = [
                {"minNotional": floor, "maintenanceMarginRate": rate, "maintAmt": deduction}
                for floor, rate, deduction in zip(*columns, strict=True)
                if floor < np.inf
            ]

    def _tier(self, pair: str, notional: float) -> tuple[float, float]:
        for tier in reversed(self._tiers[pair]):
            if notional >= tier["minNotional"]:
                return tier["maintenanceMarginRate"], tier["maintAmt"]
        raise ValueError(pair)

    def price(self, pair: str, entry: float, short: bool, qty: float, wallet: float) -> float:  # noqa: FBT001
        """Return the liquidation price of an isolated position, by the tier that holds at its entry."""
        rate, deduction = self._tier(pair, qty * entry)
        return dry_run_price(qty, entry, -1.0 if short else 1.0, wallet, rate, deduction)


def dry_run_price(
    qty: float, entry: float, sign: float, wallet: float, rate: float, deduction: float
) -> float:
    """Return a liquidation price as bots work it out: one position, one tier.

    (wallet + deduction - side * size * entry) / (size * rate - side * size)
    """
    return (wallet + deduction - sign * qty * entry) / (qty * rate - sign * qty)


def _seconds(run: Run) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


class _PolarsWay:
    """Polars: tier tables joined as columns, the largest line taken, grouped by pool."""

    def __init__(self, f: Frames) -> None:
        import polars as pl  # noqa: PLC0415 - a peer

        self.pl = pl
        self.held = pl.DataFrame(
            {"pool": f.pool, "symbol": f.symbol, "sign": f.sign, "qty": f.qty, "entry": f.entry}
        ).lazy()
        self.wallet = pl.DataFrame({"pool": np.arange(len(f.wallet)), "wallet": f.wallet}).lazy()
        lines = {f"r{k}": f.rates[:, k] for k in range(f.rates.shape[1])}
        lines |= {f"c{k}": f.deductions[:, k] for k in range(f.rates.shape[1])}
        self.tiers = pl.DataFrame({"symbol": np.arange(len(f.marks)), "mark": f.marks, **lines}).lazy()
        self.width = f.rates.shape[1]

    def run(self) -> object:
        """Return equity, need and buffer of every pool."""
        pl = self.pl
        value = pl.col("qty") * pl.col("mark")
        need = pl.max_horizontal([value * pl.col(f"r{k}") - pl.col(f"c{k}") for k in range(self.width)])
        pnl = pl.col("sign") * pl.col("qty") * (pl.col("mark") - pl.col("entry"))
        sums = (
            self.held.join(self.tiers, on="symbol")
            .select("pool", need.alias("need"), pnl.alias("pnl"))
            .group_by("pool")
            .agg(pl.col("need").sum(), pl.col("pnl").sum())
        )
        equity = pl.col("wallet") + pl.col("pnl")
        whole = self.wallet.join(sums, on="pool")
        return whole.select(
            "pool", "need", equity.alias("equity"), (equity - pl.col("need")).alias("buffer")
        ).collect()


class _DuckWay:
    """DuckDB: the same in SQL."""

    def __init__(self, f: Frames) -> None:
        import duckdb  # noqa: PLC0415 - a peer
        import polars as pl  # noqa: PLC0415 - DuckDB reads its frames

        held = pl.DataFrame(
            {"pool": f.pool, "symbol": f.symbol, "sign": f.sign, "qty": f.qty, "entry": f.entry}
        )
        wallet = pl.DataFrame({"pool": np.arange(len(f.wallet)), "wallet": f.wallet})
        lines = {f"r{k}": f.rates[:, k] for k in range(f.rates.shape[1])}
        lines |= {f"c{k}": f.deductions[:, k] for k in range(f.rates.shape[1])}
        tiers = pl.DataFrame({"symbol": np.arange(len(f.marks)), "mark": f.marks, **lines})
        self.connection = duckdb.connect()
        for name, frame in (("held", held), ("wallet", wallet), ("tiers", tiers)):
            self.connection.register(f"{name}_frame", frame.to_arrow())
            self.connection.execute(f"create table {name} as select * from {name}_frame")  # noqa: S608 - our own names
        most = ", ".join(f"qty * mark * r{k} - c{k}" for k in range(f.rates.shape[1]))
        self.query = f"""
            create or replace table judged as
            with sums as (
                select pool, sum(greatest({most})) as need, sum(sign * qty * (mark - entry)) as pnl
                from held join tiers using (symbol) group by pool)
            select pool, need, wallet + pnl as equity, wallet + pnl - need as buffer
            from wallet join sums using (pool)"""  # noqa: S608 - our own names

    def run(self) -> object:
        """Return equity, need and buffer of every pool, as a table."""
        return self.connection.execute(self.query)
