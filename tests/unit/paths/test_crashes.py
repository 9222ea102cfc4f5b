"""Recorded crashes: the reference book and a recorded account of twelve positions, in every mode and at several venues.

They are read where ``RINGFENCE_SHARED`` says, and skipped without it.
"""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import ringfence
from ringfence.contrast.replay import Replay
from ringfence.importers.bars import Choice
from ringfence.margin.snapshot import Snapshot
from ringfence.paths.replay import ModeReplay
from tests.unit.books import REFERENCE

SHARED = os.environ.get("RINGFENCE_SHARED")
pytestmark = pytest.mark.skipif(SHARED is None, reason="RINGFENCE_SHARED names no folder of recorded crashes")


def data(name: str) -> Path:
    assert SHARED is not None
    path = Path(SHARED) / "data" / name
    if not path.exists():
        pytest.skip(f"RINGFENCE_SHARED holds no data/{name}")
    return path


def between(start: str, end: str, **only: str) -> Choice:
    first, last = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (start, end))
    return Choice(start=first, end=last, only=only)


CRASHES = {
    "2020-03-12": (
        "crash_2020_03_binance_perp_1h.parquet",
        between("2020-03-10", "2020-03-15", price="mark"),
        {"SOL": "ETH", "ATOM": "LTC", "MATIC": "LTC", "DYDX": "ETH", "AVAX": "ETH", "BNB": "LTC", "APE": "XRP",
         "OP": "ETH", "ARB": "ETH"},
    ),
    "2021-05-19": (
        "crash_2021_05_binance_spot_5m.parquet",
        between("2021-05-18", "2021-05-21"),
        {"DYDX": "UNI", "APE": "UNI", "OP": "ETH", "ARB": "ETH"},
    ),
    "2022-05": (
        "crash_2022_05_06_okx_mark_1h.parquet",
        between("2022-05-05", "2022-05-14"),
        {"ATOM": "UNI", "MATIC": "UNI", "DYDX": "UNI", "AVAX": "SOL", "BNB": "ETH", "APE": "DOGE", "OP": "ETH",
         "ARB": "ETH"},
    ),
    "2025-10-10": (
        "crash_2025_10_binance_perp_5m.parquet",
        between("2025-10-10", "2025-10-11"),
        {"MATIC": "ARB", "ATOM": "ETH", "DYDX": "ARB"},
    ),
}  # fmt: skip
"""Day -> file, its rows, and coins that stand in for those that were not traded then (where they were not)."""


def through(snapshot: Snapshot, crash: str, *venues: str) -> Replay:
    name, choice, by = CRASHES[crash]
    path = data(name)
    import polars as pl

    table = pl.read_parquet(path)
    for column, value in choice.only.items():
        table = table.filter(pl.col(column) == value)
    traded = {str(coin) for coin in table["symbol"].unique().to_list()}
    coins = {snapshot.only().book.instruments[p.symbol].underlying for p in snapshot.only().book.positions}
    absent = {coin: by.get(coin, "ETH") for coin in coins if coin not in traded}
    return ringfence.replay(snapshot, path, choice=choice, stand_in=absent, venues=venues)


def twelve(times: int = 1) -> Snapshot:
    """Return the recorded account, its positions so many times as large."""
    rows = json.loads(data("hyperliquid_account_states.json").read_text(encoding="utf-8"))["accounts"]
    snapshot = ringfence.read(rows[0]["state"])
    holding = snapshot.only()
    rate = (
        Decimal(1) / rows[0]["max_leverage_all_coins"] / 2
    )  # half of the initial rate at the greatest leverage
    positions = tuple(
        replace(p, contracts=p.contracts * times, cost=None, maintenance_rate=rate)
        for p in holding.book.positions
    )
    book = replace(holding.book, positions=positions)
    return replace(snapshot, holdings=(replace(holding, book=book, reported=None),))


def of(result: Replay, mode: str, venue: str | None = None) -> ModeReplay:
    return next(one for one in result.modes if one.mode == mode and one.venue == (venue or result.venue))


def check(result: Replay) -> None:
    """Check what holds on every path: costs add up, nothing crosses a fence, the shared pool never dies first."""
    for ledger in result.ledgers:
        assert abs(ledger.residual) < Decimal("1e-12")
    for one in result.modes:
        owed = one.total("fees") + one.total("impact") - one.total("bad_debt")
        assert abs(one.posted + one.gain + one.other - owed - one.wealth) < Decimal("1e-12")
        for pool in one.pools:
            assert (pool.died is None) == (not pool.happenings)
    alone, shared = of(result, "isolated"), of(result, "cross")
    if shared.first_death is not None:
        assert alone.first_death is not None
        assert alone.first_death <= shared.first_death


@pytest.mark.parametrize("crash", CRASHES)
def test_the_reference_book_in_every_mode_at_two_venues(crash: str) -> None:
    result = through(ringfence.read(REFERENCE), crash, "hyperliquid")
    check(result)
    assert {one.mode for one in result.modes} >= {"isolated", "as-held", "cross"}
    assert {one.venue for one in result.modes} == {"binance-usdm", "hyperliquid"}
    assert f"prices of {result.prices.days}" in repr(result)


@pytest.mark.parametrize("crash", CRASHES)
def test_the_recorded_account_of_twelve_positions_in_every_mode(crash: str) -> None:
    calm = through(twelve(), crash)
    check(calm)
    geared = through(twelve(6), crash)
    check(geared)
    assert len(of(geared, "isolated").positions) == 12
    assert of(geared, "isolated").first_death is not None


WICK = {
    "venue": "binance-usdm", "on": "2024-10-24", "collateral": {},
    "position": [
        {
            "symbol": "ETH/USDT:USDT", "side": "long", "contracts": "10", "entry_price": "3400", "mark_price": "3400",
            "leverage": "2", "margin_mode": "isolated", "collateral": "17000", "maintenance_rate": "0.005",
        }
    ],
}  # fmt: skip
"""Dies at a fall of 49.7 %: from the open of 2021-05-19, 3,374, below 1,700."""


def test_a_venue_that_looks_at_last_trades_liquidates_what_one_that_looks_at_marks_does_not() -> None:
    path = data("crash_2021_05_2022_06_mark_vs_last_1h.parquet")
    start, end = (datetime(2021, 5, day, tzinfo=UTC) for day in (19, 20))

    def driven(kind: str) -> ModeReplay:
        choice = Choice(kind="mark" if kind == "mark" else "last", start=start, end=end)
        return of(ringfence.replay(ringfence.read(WICK), path, choice=choice), "as-held")

    assert driven("mark").first_death is None
    assert driven("last").first_death == datetime(2021, 5, 19, 13, tzinfo=UTC)
