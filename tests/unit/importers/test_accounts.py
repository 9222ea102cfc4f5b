"""A table of accounts, read as columns: the accounts are those that their books say, however the table is given."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import ringfence
from ringfence.importers.accounts import open_accounts, table_from, write_accounts
from ringfence.importers.files import is_parquet
from ringfence.margin.pools import pools
from ringfence.margin.snapshot import Holding
from tests.unit.books import REFERENCE, reference
from tests.unit.importers.tables import (
    MARKET,
    book_in,
    holdings,
    market_of,
    only,
    pool_ids,
    rows_of,
    table_of,
)

BOOKS = sorted(Path("examples/books").glob("*.toml"))
BTC, ETH, SOL = "BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT"


def by_label(holding: Holding) -> Holding:
    """Return a holding without what columns do not keep: order of positions, tags, a holding of nothing."""
    book = holding.book
    positions = sorted((replace(p, tags=()) for p in book.positions), key=lambda p: p.label)
    collateral = {asset: amount for asset, amount in book.collateral.items() if amount}
    bare = replace(book, account="", positions=tuple(positions), collateral=collateral)
    return replace(holding, book=bare)


def assert_alike(read: Holding, written: Holding) -> None:
    assert by_label(read).book == by_label(written).book
    assert read.market == written.market


# --- as books -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_a_book_taken_apart_into_a_table_is_the_book_again(path: Path) -> None:
    book = book_in(path)
    accounts = open_accounts(table_of(rows_of("main", book)), market_of(book))
    (read,) = holdings(accounts)
    assert_alike(read, ringfence.read(path).only())


SEVERAL: dict[str, dict[str, Any]] = {
    "hedged on one unified account": {
        "venue": "bybit",
        "on": "2025-06-01",
        "position_mode": "hedge",
        "collateral": {"USDT": "5000", "BTC": "0.25", "ETH": "0"},
        "marks": {"BTC/USDT:USDT": "100000", "BTC/USD:BTC": "100000.5"},
        "indices": {"BTC": "100000", "ETH": "3000"},
        "position": [
            {"symbol": "BTCUSDT", "side": "long", "contracts": "0.3", "entry_price": "99000", "leverage": "10"},
            {"symbol": BTC, "side": "short", "contracts": "0.1", "entry_price": "101000", "leverage": "10"},
            {"symbol": "BTC/USD:BTC", "side": "short", "contracts": "100", "entry_price": "9e4", "leverage": "3"},
        ],
    },
    "two coins, isolated on both sides": {
        "venue": "binance-coinm",
        "on": "2024-10-24",
        "position_mode": "hedge",
        "collateral": {"ETH": "3", "BTC": "0", "SOL": "-1.5"},
        "marks": {"BTC/USD:BTC": "67000.1", "ETH/USD:ETH": "2500"},
        "position": [
            {
                "symbol": "BTC/USD:BTC", "side": side, "contracts": "50", "contract_size": "100",
                "entry_price": "66000", "margin_mode": "isolated", "leverage": "20", "collateral": wallet,
                "extra_collateral": "0.01",
            }
            for side, wallet in (("short", "0.1"), ("long", None))
        ]
        + [
            {
                "symbol": "ETH/USD:ETH", "side": "long", "contracts": "7", "contract_size": "10", "leverage": "5",
                "entry_price": "2400.123456789012345678",
            }
        ],
    },
    "its own tables and numbers": {
        "venue": "binance-usdm",
        "at": "2024-10-24T08:00:00Z",
        "collateral": {"USDT": "16000.00"},
        "marks": {"WIF/USDT:USDT": "2.5", SOL: "196"},
        "instrument": [
            {"symbol": "WIF/USDT:USDT", "payoff": "linear", "settle": "USDT", "contract_size": "0.1"}
        ],
        "tier": [{"symbol": SOL, "floor": "0", "maintenance_rate": "0.01", "max_leverage": "50"}],
        "fee": [{"taker": "0.0004"}],
        "settings": {"auto_top_up": True},
        "vols": {"SOL": "0.9"},
        "position": [
            {
                "symbol": SOL, "side": "long", "contracts": "100", "entry_price": "200", "leverage": "5",
                "margin_mode": "isolated", "cost": "20000.5", "opening_fee": "8", "funding_reserve": "0.5",
                "opened": datetime(2024, 10, 1, 12, tzinfo=UTC),
            },
            {
                "symbol": "WIF/USDT:USDT", "side": "short", "contracts": "1", "entry_price": "2",
                "leverage": "2", "maintenance_rate": "0.02", "deduction": "0.001",
            },
        ],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", SEVERAL)
def test_an_account_reads_as_its_book_and_stands_in_the_same_pools(name: str) -> None:
    book = SEVERAL[name]
    rows = [{k: v for k, v in row.items() if v is not None} for row in book["position"]]
    written = ringfence.read({**book, "position": rows}).only()
    accounts = open_accounts(table_of(rows_of("main", book)), market_of(book))
    columns = only(accounts)
    (read,) = holdings(accounts)
    assert_alike(read, written)
    cut = pools(written.book, written.market, accounts.setting.rules, "as-held", "as-held")
    assert [pool for _, pool in pool_ids(columns)] == [pool.id for pool in cut]
    units = [columns.assets[unit] if unit >= 0 else accounts.setting.rules.account_mode.unit
             for unit in columns.pool_unit]  # fmt: skip
    assert units == [pool.unit for pool in cut]
    wanted = [(pool.id, [p.label for p in pool.positions]) for pool in cut]
    first = columns.first_position
    held = columns.positions
    sides = {1: "long", -1: "short"}
    assert wanted == [
        (columns.pool_id(pool), [
            f"{columns.symbols[held.symbol[row]]}:{sides[int(held.sign[row])]}"
            for row in range(first[pool], first[pool + 1])
        ])
        for pool in range(len(columns))
    ]  # fmt: skip


def test_a_holding_of_nothing_is_a_pool_only_where_something_else_is() -> None:
    rows = [
        {"account": "a", "asset": "USDT", "amount": "0"},
        {"account": "b", "asset": "USDT", "amount": "0"},
        {"account": "b", "symbol": BTC, "side": "long", "contracts": "1", "entry_price": "100000"},
        {"account": "c", "asset": "USDC", "amount": "-1"},
    ]
    columns = only(open_accounts(table_of(rows), MARKET))
    assert list(columns.accounts) == ["a", "b", "c"]
    assert pool_ids(columns) == [("b", "cross:USDT"), ("c", "cross:USDC")]
    assert len(columns.holdings) == 2


def test_every_settlement_asset_has_a_code_though_nobody_holds_it() -> None:
    row = {"account": "a", "symbol": BTC, "side": "long", "contracts": "1", "entry_price": "100000"}
    columns = only(open_accounts(table_of([row]), MARKET))
    assert columns.assets == ("USDT",)
    assert columns.first_holding.tolist() == [0, 0]


# --- what the market is -------------------------------------------------------------------------------


def reference_table(**changes: Any) -> pa.Table:
    return table_of(rows_of("main", reference(**changes)))


def test_marks_may_stand_in_the_table_alone() -> None:
    accounts = open_accounts(reference_table(), {"venue": "binance-usdm", "on": "2024-10-24"})
    (read,) = holdings(accounts)
    assert_alike(read, ringfence.read(reference()).only())
    assert accounts.setting.market.marks[ETH] == Decimal(4050)
    assert accounts.setting.instruments[ETH].settle == "USDT"


def test_the_table_carries_its_market_in_its_metadata() -> None:
    text = 'venue = "binance-usdm"\non = 2024-10-24\n'
    table = reference_table().replace_schema_metadata({b"ringfence": text.encode()})
    assert holdings(open_accounts(table)) == holdings(
        open_accounts(table, {"venue": "binance-usdm", "on": "2024-10-24"})
    )


def test_a_market_file_is_read_from_disk_and_a_day_and_a_mode_may_be_put_in_its_place(tmp_path: Path) -> None:
    market = tmp_path / "market.toml"
    market.write_text('venue = "binance"\non = 2024-10-24\n', encoding="utf-8")
    table = reference_table(position=REFERENCE["position"][:2])
    accounts = open_accounts(table, market, on="2024-12-01", account_mode="multi-asset")
    assert accounts.setting.rules.on.isoformat() == "2024-12-01"
    assert pool_ids(only(accounts))[0] == ("main", "cross:*")


def test_another_venue_leaves_what_the_market_says_of_its_own_behind() -> None:
    market = {**MARKET, "fee": [{"taker": "0.0001"}], "account_mode": "single-asset"}
    accounts = open_accounts(reference_table(), market, venue="okx")
    assert accounts.setting.rules.venue.id == "okx"
    assert not accounts.setting.overrides.fees


# --- sources ------------------------------------------------------------------------------------------


def as_reader(table: pa.Table) -> Any:
    return pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=2))


def as_polars(table: pa.Table) -> Any:
    import polars as pl

    return pl.from_arrow(table)


def as_categories(table: pa.Table) -> Any:
    import polars as pl

    frame = as_polars(table)
    return frame.with_columns(
        pl.col("account", "symbol", "side", "margin_mode", "asset").cast(pl.Categorical)
    )


def as_duckdb(table: pa.Table) -> Any:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    return duckdb.connect().from_arrow(table)


def as_dictionaries(table: pa.Table) -> Any:
    coded = [column.combine_chunks().dictionary_encode() for column in table.columns]
    return pa.table(coded, names=table.schema.names)


def as_batch(table: pa.Table) -> Any:
    return table.combine_chunks().to_batches()[0]


SOURCES = (as_reader, as_polars, as_categories, as_duckdb, as_dictionaries, as_batch)


@pytest.mark.parametrize("source", SOURCES)
def test_a_table_in_hand_reads_as_its_file(source: Any, tmp_path: Path) -> None:
    table = population(5)
    path = tmp_path / "accounts.parquet"
    pq.write_table(table, path)
    assert holdings(open_accounts(source(table), MARKET)) == holdings(open_accounts(path, MARKET))


def test_frames_say_how_many_rows_they_have_and_streams_do_not() -> None:
    table = population(5)
    assert open_accounts(table, MARKET).rows == open_accounts(as_polars(table), MARKET).rows == len(table)
    assert open_accounts(as_reader(table), MARKET).rows is None


def test_whole_numbers_name_accounts_too() -> None:
    table = population(3).drop_columns("account")
    numbered = table.append_column("account", pa.array([7] * 4 + [8] * 4 + [2**40] * 4))
    assert list(only(open_accounts(numbered, MARKET)).accounts) == ["7", "8", str(2**40)]


def test_a_parquet_file_is_told_from_a_book_by_how_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "accounts"
    pq.write_table(population(1), path)
    assert is_parquet(path)
    assert not is_parquet(BOOKS[0])
    assert not is_parquet(tmp_path / "nothing.parquet")


# --- blocks -------------------------------------------------------------------------------------------


def population(count: int) -> pa.Table:
    """Return the reference account many times over, each of another size."""
    rows = []
    for number in range(count):
        book = reference(collateral={"USDT": str(16000 + number)})
        rows += rows_of(f"account {number}", book)
    return table_of(rows)


@pytest.mark.parametrize("size", [1, 3, 4, 5, 9, 1000])
def test_blocks_of_any_size_hold_the_same_accounts_and_split_none(size: int) -> None:
    table = population(9)
    accounts = open_accounts(table, MARKET, rows_per_block=size)
    blocks = list(accounts.blocks())
    assert [name for block in blocks for name in block.columns.accounts] == [f"account {n}" for n in range(9)]
    assert [pool for block in blocks for pool in pool_ids(block.columns)] == pool_ids(
        only(open_accounts(table, MARKET))
    )
    assert holdings(accounts) == holdings(open_accounts(table, MARKET))
    assert [block.first_row for block in blocks] == [
        4 * int(block.columns.accounts[0][8:]) for block in blocks
    ]
    rows = [row for block in blocks for row in block.position_rows.tolist()]
    assert rows == [4 * number + row for number in range(9) for row in (1, 2, 3)]


def test_a_long_table_is_never_held_whole(tmp_path: Path) -> None:
    path = tmp_path / "long.parquet"
    book = {key: value for key, value in REFERENCE.items() if key != "position"}
    market = {**market_of(book), "marks": {BTC: "100000"}}
    count = 200_000
    table = pa.table(
        {
            "account": pa.array([f"a{row // 3}" for row in range(count)]),
            "symbol": pa.array([BTC if row % 3 == 0 else None for row in range(count)]),
            "side": pa.array(["long" if row % 3 == 0 else None for row in range(count)]),
            "contracts": pa.array([1.5 if row % 3 == 0 else None for row in range(count)]),
            "entry_price": pa.array([99000.1 if row % 3 == 0 else None for row in range(count)]),
            "asset": pa.array(
                [None if row % 3 == 0 else ("USDT", "USDC")[row % 3 - 1] for row in range(count)]
            ),
            "amount": pa.array([None if row % 3 == 0 else float(row) for row in range(count)]),
        }
    )
    pq.write_table(table, path, row_group_size=10_000)
    accounts = open_accounts(path, market, rows_per_block=8192)
    rows, last = 0, -1
    for block in accounts.blocks():
        held = len(block.columns.positions) + len(block.columns.holdings)
        assert held <= 8192
        assert block.first_row == rows
        assert int(block.columns.accounts[0][1:]) == last + 1
        last = int(block.columns.accounts[-1][1:])
        rows += held
    assert rows == accounts.rows == count


def test_a_table_may_be_read_twice_but_a_stream_only_once() -> None:
    table = population(2)
    again = open_accounts(table, MARKET)
    assert holdings(again) == holdings(again)
    once = open_accounts(as_reader(table), MARKET)
    assert len(list(once.blocks())) == 1
    with pytest.raises(ringfence.BookError, match="it is a stream that has been read already"):
        list(once.blocks())


# --- written ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SEVERAL)
def test_columns_written_as_a_file_are_read_back(name: str, tmp_path: Path) -> None:
    book = SEVERAL[name]
    market = market_of(book)
    before = open_accounts(table_of(rows_of("main", book)), market)
    path = tmp_path / "accounts.parquet"
    write_accounts(only(before), "# nothing but words", path)
    after = open_accounts(path, market)
    assert holdings(after) == holdings(before)
    assert pool_ids(only(after)) == pool_ids(only(before))
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_written_file_carries_its_market_and_float64_wherever_it_holds_every_number(tmp_path: Path) -> None:
    marks = f'"{BTC}" = 1\n"{ETH}" = 2\n"{SOL}" = 3'
    text = f'venue = "binance-usdm"\non = 2024-10-24\n[marks]\n{marks}\n'
    path = tmp_path / "accounts.parquet"
    write_accounts(only(open_accounts(population(3), MARKET)), text, path)
    accounts = open_accounts(path)
    assert len(only(accounts)) == 6
    assert accounts.setting.market.marks[SOL] == 3
    schema = pq.read_schema(path)
    assert schema.field("contracts").type == schema.field("amount").type == pa.float64()
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"


def test_a_number_that_no_float64_holds_is_written_as_a_string() -> None:
    book = reference(collateral={"USDT": "16000.123456789012345"})
    table = table_from(only(open_accounts(table_of(rows_of("main", book)), MARKET)), "")
    assert table.column("amount").to_pylist()[2] == "16000.123456789012345"
    assert table.column("contracts").type == pa.float64()


def test_nothing_is_left_behind_where_a_file_cannot_be_written(tmp_path: Path) -> None:
    columns = only(open_accounts(population(1), MARKET))
    with pytest.raises(ringfence.BookError, match="Name a file that can be written"):
        write_accounts(columns, "", tmp_path / "no such folder" / "accounts.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_frame_of_pandas_has_nothing_where_it_has_nan() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame(
        {
            "account": ["a", "a"],
            "symbol": [BTC, None],
            "side": ["long", None],
            "contracts": [1.5, float("nan")],
            "entry_price": [1e5, float("nan")],
            "asset": [None, "USDT"],
            "amount": [float("nan"), 5000.0],
        }
    )
    accounts = open_accounts(frame, MARKET)
    (read,) = holdings(accounts)
    assert accounts.rows == 2
    assert (read.book.positions[0].contracts, read.book.collateral) == (
        Decimal("1.5"),
        {"USDT": Decimal(5000)},
    )


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        (pa.date32(), date(2024, 10, 1), datetime(2024, 10, 1, tzinfo=UTC)),
        (pa.date64(), date(1969, 12, 31), datetime(1969, 12, 31, tzinfo=UTC)),
        (
            pa.timestamp("ns", "Asia/Tokyo"),
            datetime(2024, 10, 1, 3, tzinfo=UTC),
            datetime(2024, 10, 1, 3, tzinfo=UTC),
        ),
        (
            pa.timestamp("us"),
            datetime(2024, 10, 1, 3, 0, 1, 999, UTC),
            datetime(2024, 10, 1, 3, 0, 1, tzinfo=UTC),
        ),
        (pa.timestamp("s"), None, None),
    ],
    ids=str,
)
def test_an_opening_is_an_instant_in_whole_seconds(kind: Any, value: Any, wanted: datetime | None) -> None:
    row = {"account": "a", "symbol": BTC, "side": "long", "contracts": "1", "entry_price": "100000"}
    table = table_of([row, {**row, "account": "b"}])
    (_, read) = holdings(open_accounts(table.append_column("opened", pa.array([None, value], kind)), MARKET))
    assert read.book.positions[0].opened == wanted
