"""What is wrong with a table of accounts: one complaint that names the file, the row, the account and the remedy."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ringfence.core.errors import BookError, InputError
from ringfence.importers.accounts import open_accounts, write_accounts
from tests.unit.importers.tables import MARKET, holdings, table_of

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
LONG = {"symbol": BTC, "side": "long", "contracts": "1", "entry_price": "100000"}
OWNED = {"asset": "USDT", "amount": "1000"}


def complaint(rows: list[dict[str, Any]], market: dict[str, Any] | None = None, **asked: Any) -> str:
    """Return what is said of rows, of which the first and the last are of other accounts and right."""
    table = table_of([{"account": "first", **OWNED}, *rows, {"account": "last", **LONG}])
    with pytest.raises(InputError) as caught:
        holdings(open_accounts(table, MARKET if market is None else market, **asked))
    assert caught.value.remedy
    return str(caught.value)


ROWS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "neither": ([{"contracts": "1"}], "row 2 (account a): it has neither a symbol nor an asset"),
    "both": ([{**LONG, "asset": "USDT"}], "row 2 (account a): it has both a symbol and an asset"),
    "no side": ([{**LONG, "side": None}], "row 2 (account a), side: side is missing"),
    "strange side": ([{**LONG, "side": "lnog"}], "row 2 (account a), side: 'lnog' is unknown. Did you mean 'long'?"),
    "buy is no side": ([{**LONG, "side": "buy"}], "side: 'buy' is unknown. Known: long, short"),
    "strange symbol": ([{**LONG, "symbol": "BTC/USDX:USDX"}], "row 2 (account a), symbol: binance-usdm has no"),
    "no contracts": ([{**LONG, "contracts": None}], "row 2 (account a), contracts: contracts is missing"),
    "zero contracts": ([{**LONG, "contracts": "0"}], "contracts: 0 is not above zero. The side carries the sign"),
    "negative contracts": ([{**LONG, "contracts": "-1.50"}], "contracts: -1.5 is not above zero"),
    "no entry": ([{**LONG, "entry_price": None}], "row 2 (account a), entry_price: entry_price is missing"),
    "entry of zero": ([{**LONG, "entry_price": "0.0"}], "row 2 (account a), entry_price: 0 is not above zero"),
    "leverage": ([{**LONG, "leverage": "0"}], "row 2 (account a), leverage: 0 is not above zero"),
    "size": ([{**LONG, "contract_size": "-1"}], "row 2 (account a), contract_size: -1 is not above zero"),
    "rate": ([{**LONG, "maintenance_rate": "1.01"}], "maintenance_rate: 1.01 is not a fraction from 0 to 1"),
    "rate, barely": (
        [{**LONG, "maintenance_rate": "1.00000000000000000001"}], "1.00000000000000000001 is not a fraction",
    ),
    "lonely deduction": ([{**LONG, "deduction": "5"}], "deduction: it belongs to a maintenance_rate"),
    "wallet": ([{**LONG, "collateral": "5"}], "row 2 (account a), collateral: a cross position has no wallet"),
    "added": ([{**LONG, "extra_collateral": "5"}], "extra_collateral: a cross position has no wallet of its own"),
    "mode": ([{**LONG, "margin_mode": "islated"}], "margin_mode: 'islated' is unknown. Did you mean 'isolated'?"),
    "nan": ([{**LONG, "contracts": "nan"}], "row 2 (account a), contracts: NaN is not a finite number"),
    "infinity": ([{**LONG, "entry_price": "inf"}], "row 2 (account a), entry_price: Infinity is not a finite number"),
    "word": ([{**LONG, "contracts": "many"}], "row 2 (account a), contracts: 'many' is not a number"),
    "nothing": ([{**LONG, "contracts": ""}], "row 2 (account a), contracts: '' is not a number"),
    "digits": ([{**OWNED, "amount": "1." + 45 * "1"}], "amount: the number needs more than 40 digits"),
    "huge": ([{**OWNED, "amount": "1e300"}], "amount: the number needs more than 40 digits"),
    "tiny": ([{**OWNED, "amount": "1e-400"}], "amount: the number needs more than 40 digits"),
    "no amount": ([{"asset": "USDT"}], "row 2 (account a), amount: amount is missing"),
    "amount of a position": ([{**LONG, "amount": "3"}], "row 2 (account a), amount: it stands on a position"),
    "leverage of a holding": ([{**OWNED, "leverage": "3"}], "row 2 (account a), leverage: it stands on a holding"),
    "side of a holding": ([{**OWNED, "side": "long"}], "row 2 (account a), side: it stands on a holding"),
    "twins": ([LONG, OWNED, LONG], f"row 4 (account a): long {BTC} stands twice: in row 2, too"),
    "twins, one isolated": ([LONG, {**LONG, "margin_mode": "isolated", "leverage": "5"}], "row 3 (account a): long"),
    "legs": ([LONG, {**LONG, "side": "short"}], f"row 3 (account a): long and short of {BTC} cannot coexist"),
    "two holdings": ([OWNED, LONG, OWNED], "row 4 (account a): a holding of USDT stands twice: in row 2, too"),
    "no mark": ([{**LONG, "symbol": "WIF/USDT:USDT"}], "row 2 (account a), symbol: WIF/USDT:USDT has no mark price"),
    "another mark": ([{**LONG, "mark_price": "5"}], "mark_price: 5 differs from 101000, the mark given elsewhere"),
    "two marks": (
        [{**LONG, "symbol": "WIF/USDT:USDT", "mark_price": "5"},
         {"account": "b", **LONG, "symbol": "WIF/USDT:USDT", "mark_price": "5.1"}],
        "row 3 (account b), mark_price: 5.1 differs from 5",
    ),
    "two marks, barely": (
        [{**LONG, "symbol": "WIF/USDT:USDT", "mark_price": "5"},
         {"account": "b", **LONG, "symbol": "WIF/USDT:USDT", "mark_price": "5.0000000000000000001"}],
        "row 3 (account b), mark_price: 5.0000000000000000001 differs from 5",
    ),
    "two marks, barely, the other way": (
        [{**LONG, "symbol": "WIF/USDT:USDT", "mark_price": "5.0000000000000000001"},
         {"account": "b", **LONG, "symbol": "WIF/USDT:USDT", "mark_price": "5"}],
        "row 3 (account b), mark_price: 5 differs from 5.0000000000000000001",
    ),
    "no account": ([{**LONG, "account": None}], "row 2, account: it is null"),
    "empty account": ([{**LONG, "account": " "}], "row 2 (account ' '), account: ' ' is not a name"),
    "apart": ([LONG, {"account": "b", **LONG}, OWNED], "row 4 (account a), account: rows of this account end in row 2"),
    "no such pool": ([{**OWNED, "pool": "idle"}], "row 2 (account a), pool: there is no pool 'idle'"),
    "pool of another kind": ([{**LONG, "pool": "cross:*"}, OWNED], "does not stand in 'cross:*', but in cross:USDT"),
    "pool of another asset": ([{**OWNED, "pool": "cross:USDC"}], "does not stand in 'cross:USDC', but in cross:USDT"),
    "pool of another symbol": (
        [{**LONG, "margin_mode": "isolated", "leverage": "5", "pool": f"isolated:{ETH}"}],
        f"does not stand in 'isolated:{ETH}', but in isolated:{BTC}",
    ),
    "pool of a side": (
        [{**LONG, "leverage": "5", "pool": f"isolated:{BTC}:long"}],
        f"does not stand in 'isolated:{BTC}:long', but in isolated:{BTC}",
    ),
    "pool and mode differ": (
        [{**LONG, "margin_mode": "cross", "pool": f"isolated:{BTC}"}], f"'isolated:{BTC}', but in cross:USDT",
    ),
    "isolated holding": ([{**OWNED, "pool": f"isolated:{BTC}"}], "pool: an isolated pool has no holdings"),
    "pool with nothing": ([{**LONG, "pool": "cross:USDT"}], "its account has no pool 'cross:USDT': nothing is held"),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_wrong_row_is_named(name: str) -> None:
    rows, said = ROWS[name]
    text = complaint([{"account": "a", **row} for row in rows])
    assert text.startswith("table: row ")
    assert said in text


def test_what_is_stated_rightly_is_no_fault() -> None:
    rows = [
        {"account": "a", **LONG, "pool": "cross:USDT"},
        {"account": "a", **OWNED, "pool": "cross:USDT"},
        {"account": "a", **LONG, "symbol": ETH, "leverage": "5", "pool": f"isolated:{ETH}"},
    ]
    (read,) = holdings(open_accounts(table_of(rows), MARKET))
    assert [position.margin_mode for position in read.book.positions] == ["cross", "isolated"]


def test_an_account_that_an_earlier_block_had_is_named_too() -> None:
    rows = [{"account": name, **OWNED} for name in ("a", "b", "c", "d", "b")]
    with pytest.raises(BookError, match=r"row 5 \(account b\), account: rows of this account end further up"):
        holdings(open_accounts(table_of(rows), MARKET, rows_per_block=2))


def test_rows_are_counted_through_all_blocks() -> None:
    rows = [{"account": name, **OWNED} for name in "abcde"] + [{"account": "f", **LONG, "side": "up"}]
    with pytest.raises(BookError, match=r"row 6 \(account f\), side"):
        holdings(open_accounts(table_of(rows), MARKET, rows_per_block=2))


def test_long_and_short_need_a_venue_that_keeps_both() -> None:
    market = {"venue": "hyperliquid", "position_mode": "hedge", "marks": {"BTC/USDC:USDC": "1"}}
    row = {"account": "a", **LONG, "symbol": "BTC/USDC:USDC"}
    table = table_of([row, {**row, "side": "short"}])
    with pytest.raises(BookError, match="keeps one position a symbol"):
        holdings(open_accounts(table, market))


def test_a_mode_without_isolated_margin_refuses_isolated_positions() -> None:
    rows = [{"account": "a", **LONG, "margin_mode": "isolated", "leverage": "5"}]
    said = complaint(rows, account_mode="multi-asset")
    assert "row 2 (account a), margin_mode: binance-usdm has no isolated positions" in said
    assert 'account_mode = "single-asset"' in said


def test_a_contract_of_unknown_size_is_named() -> None:
    doge = "DOGE/USDT:USDT"
    market = {"venue": "okx", "on": "2025-06-01", "marks": {doge: "0.2"}}
    table = table_of([{"account": "a", **LONG, "symbol": doge}])
    with pytest.raises(BookError, match=r"row 1 \(account a\): the contract size of DOGE/USDT:USDT differs"):
        holdings(open_accounts(table, market))


# --- columns ------------------------------------------------------------------------------------------


def with_words(name: str) -> Callable[[pa.Table], pa.Table]:
    return lambda table: table.append_column(name, pa.array(["x"] * len(table)))


FLAWED: dict[str, tuple[Callable[[pa.Table], pa.Table], str]] = {
    "no account": (lambda t: t.drop_columns("account"), "table: the column account is missing"),
    "no side": (lambda t: t.drop_columns("side"), "table: the column side is missing"),
    "no amount": (lambda t: t.drop_columns("amount"), "table: the column amount is missing"),
    "no kind": (lambda t: t.drop_columns(["symbol", "asset"]), "table: it has neither a column symbol nor"),
    "a mistake": (
        lambda t: t.append_column("levrage", pa.array([1.0] * len(t))),
        "table: levrage: unknown column. Did you mean 'leverage'?",
    ),
    **{
        name: (
            with_words(name),
            f"table: {name}: a table of accounts holds no {what}. Leave the column out, and give an account with",
        )
        for name, what in {
            "orders": "resting orders", "order_price": "resting orders", "open_orders": "resting orders",
            "tags": "tags", "rest_equity": 'totals of "the rest" of a pool',
        }.items()
    },
    "twice": (lambda t: t.append_column("side", t.column("side")), "table: side: there are two columns of this name"),
    "a type": (
        lambda t: t.append_column("leverage", pa.array([date(2024, 1, 1)] * len(t))),
        "table: leverage: the column is of type date32[day]. Make it a decimal, a float64",
    ),
    "a flag": (
        lambda t: t.append_column("cost", pa.array([True] * len(t))),
        "table: cost: the column is of type bool",
    ),
    "a number for a word": (
        lambda t: t.append_column("margin_mode", pa.array([1] * len(t))),
        "table: margin_mode: the column is of type int64. Make it a string",
    ),
    "a word for a day": (
        lambda t: t.append_column("opened", pa.array(["today"] * len(t))),
        "table: opened: the column is of type string. Make it a timestamp or a date",
    ),
    "a number for a name": (
        lambda t: t.drop_columns("account").append_column("account", pa.array([1.5] * len(t))),
        "table: account: the column is of type double. Make it a string or a whole number",
    ),
    "no rows": (lambda t: t.slice(0, 0), "table: it holds no rows"),
}  # fmt: skip


@pytest.mark.parametrize("name", FLAWED)
def test_a_flawed_column_is_named_before_any_row_is_read(name: str) -> None:
    flawed, said = FLAWED[name]
    good = table_of([{"account": "a", **LONG}, {"account": "a", **OWNED}])
    with pytest.raises(BookError) as caught:
        open_accounts(flawed(good), MARKET)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (pa.array([1.0, np.nan, 2.0]), "row 2 (account b), amount: NaN is not a finite number"),
        (pa.array([1.0, 2.0, -np.inf]), "row 3 (account c), amount: -Infinity is not a finite number"),
        (pa.array([1.0, np.nan, 2.0], pa.float32()), "row 2 (account b), amount: NaN is not a finite number"),
        (pa.array([1.0, None, 2.0]), "row 2 (account b), amount: amount is missing"),
        (pa.array([1.0, 2.0, 1e99]), "row 3 (account c), amount: the number needs more than 40 digits"),
    ],
)
def test_what_is_no_number_among_numbers_is_named(values: pa.Array, said: str) -> None:
    table = pa.table({"account": ["a", "b", "c"], "asset": ["USDT"] * 3, "amount": values})
    with pytest.raises(BookError) as caught:
        holdings(open_accounts(table, MARKET))
    assert said in str(caught.value)


# --- files and markets --------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "accounts.parquet"
    rows = [{"account": f"a{number}", "asset": "USDT", "amount": number} for number in range(200)]
    pq.write_table(table_of(rows), file, row_group_size=40, compression="none")
    return file


def said_of(path: Path) -> str:
    with pytest.raises(BookError) as caught:
        holdings(open_accounts(path, MARKET))
    return str(caught.value)


def test_a_file_cut_short_says_so(path: Path) -> None:
    content = path.read_bytes()
    for length in (5, 100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        assert "it has been cut short" in said_of(path)


def test_a_file_whose_middle_is_missing_says_so(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + content[-200:])
    assert "accounts.parquet: its end cannot be read" in said_of(path)


def test_a_file_damaged_inside_names_how_far_it_could_be_read(path: Path) -> None:
    content = bytearray(path.read_bytes())
    place = pq.ParquetFile(path).metadata.row_group(3).column(0).data_page_offset
    content[place : place + 40] = b"\xff" * 40
    path.write_bytes(bytes(content))
    assert "it cannot be read after row" in said_of(path)


def test_a_file_damaged_anywhere_says_so_or_is_read(path: Path) -> None:
    content = path.read_bytes()
    chance = random.Random(8)
    said = Counter[str]()
    for _ in range(150):
        damaged = bytearray(content)
        damaged[chance.randrange(4, len(content) - 4)] = chance.randrange(256)
        path.write_bytes(bytes(damaged))
        try:
            said["read"] += len(holdings(open_accounts(path, MARKET))) > 0
        except InputError as fault:
            said["refused"] += fault.where.startswith("accounts.parquet")
    assert said.total() == 150
    assert said["refused"] > 10


def test_a_written_file_is_checked_page_by_page(path: Path) -> None:
    write_accounts(next(open_accounts(path, MARKET).blocks()).columns, "", path)
    content = bytearray(path.read_bytes())
    column = pq.ParquetFile(path).metadata.row_group(0).column(2)
    begins = column.dictionary_page_offset or column.data_page_offset
    content[begins + column.total_compressed_size - 5] ^= 1
    path.write_bytes(bytes(content))
    assert "it cannot be read after row 0" in said_of(path)


def test_words_that_are_no_text_are_named() -> None:
    bad = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.array([0, 4, 8], pa.int32()).buffers()[1], pa.py_buffer(b"USDTUS\xffT")]
    )
    good = pa.array(["a", "b"])
    with pytest.raises(BookError, match="table: row 2, asset: it is not text in UTF-8"):
        holdings(open_accounts(pa.table({"account": good, "asset": bad, "amount": [1, 2]}), MARKET))
    with pytest.raises(BookError, match="table: row 2, account: it is not text in UTF-8"):
        holdings(open_accounts(pa.table({"account": bad, "asset": good, "amount": [1, 2]}), MARKET))


def test_files_that_are_no_parquet_say_so(path: Path, tmp_path: Path) -> None:
    path.write_bytes(b"")
    assert said_of(path) == "accounts.parquet: it is empty. Name a Parquet file of accounts."
    path.write_text("account,symbol\n", encoding="utf-8")
    assert "it is no Parquet file" in said_of(path)
    assert "No such file" in said_of(tmp_path / "absent.parquet")
    assert "Is a directory" in said_of(tmp_path)


def test_a_file_without_rows_says_so(path: Path) -> None:
    pq.write_table(table_of([{"account": "a", **OWNED}]).slice(0, 0), path)
    assert "accounts.parquet: it holds no rows" in said_of(path)


def test_a_stream_without_rows_says_so_when_it_is_read() -> None:
    table = table_of([{"account": "a", **OWNED}])
    reader = pa.RecordBatchReader.from_batches(table.schema, [])
    with pytest.raises(BookError, match="it holds no rows"):
        holdings(open_accounts(reader, MARKET))


def test_a_market_has_to_come_from_somewhere(path: Path) -> None:
    with pytest.raises(
        BookError, match=r"accounts\.parquet: it says nothing of the market.*Name a market file"
    ):
        open_accounts(path)


def test_a_market_file_with_an_account_in_it_is_refused() -> None:
    table = table_of([{"account": "a", **OWNED}])
    for key, value in (("position", []), ("collateral", {"USDT": 1}), ("order", []), ("account", [])):
        with pytest.raises(BookError, match=f"market: {key}: a market file holds what accounts share"):
            open_accounts(table, {**MARKET, key: value})


def test_a_fault_of_the_market_names_the_market(tmp_path: Path) -> None:
    table = table_of([{"account": "a", **OWNED}])
    with pytest.raises(InputError, match=r"market: marks, BTC/USDT:USDT: -1 is not above zero"):
        open_accounts(table, {**MARKET, "marks": {BTC: "-1"}})
    with pytest.raises(InputError, match="market: tires: unknown key"):
        open_accounts(table, {**MARKET, "tires": []})
    carried = table.replace_schema_metadata({b"ringfence": b"venue = "})
    with pytest.raises(InputError, match="table, metadata ringfence"):
        open_accounts(carried)
    with pytest.raises(InputError, match="No such file"):
        open_accounts(table, tmp_path / "absent.toml")


@pytest.mark.parametrize("source", [3, {"account": ["a"]}, [1, 2], None])
def test_what_is_no_table_says_what_is_taken(source: Any) -> None:
    with pytest.raises(BookError, match=r"gives no Arrow stream\. Give a path of a Parquet file"):
        open_accounts(source, MARKET)


def test_a_lazy_frame_is_to_be_collected() -> None:
    import polars as pl

    with pytest.raises(BookError, match=r"Collect the lazy frame first: \.collect\(\)"):
        open_accounts(pl.LazyFrame({"account": ["a"]}), MARKET)


# --- what a venue keeps apart -------------------------------------------------------------------------

_TSLA, _USDC = "XYZ-TSLA/USDC:USDC", "BTC/USDC:USDC"
HYPERLIQUID = {
    "venue": "hyperliquid",
    "marks": {_TSLA: "400", _USDC: "80000", "MEGA/USDC:USDC": "1"},
}


def test_exchanges_of_several_deployers_share_no_collateral_where_the_mode_says_so() -> None:
    rows = [
        {"account": name, **LONG, "symbol": symbol}
        for name, symbol in (("a", _USDC), ("b", _TSLA), ("b", _USDC))
    ]
    with pytest.raises(BookError, match=rf"row 3 \(account b\): it shares no collateral with {_TSLA}"):
        holdings(open_accounts(table_of(rows), HYPERLIQUID))
    rows[1] |= {"margin_mode": "isolated", "leverage": "5"}
    assert len(holdings(open_accounts(table_of(rows), HYPERLIQUID))) == 2


def test_a_symbol_that_is_allowed_in_isolated_margin_only_is_no_cross_position() -> None:
    row = {"account": "a", **LONG, "symbol": "MEGA/USDC:USDC", "leverage": "2"}
    with pytest.raises(
        BookError, match=r"row 1 \(account a\), margin_mode: .*MEGA/USDC:USDC in isolated margin only"
    ):
        holdings(open_accounts(table_of([row]), HYPERLIQUID))
    assert holdings(open_accounts(table_of([{**row, "margin_mode": "isolated"}]), HYPERLIQUID))


def test_a_pool_is_named_by_its_side_in_hedge_mode() -> None:
    market = {**MARKET, "position_mode": "hedge"}
    row = {"account": "a", **LONG, "leverage": "5", "pool": f"isolated:{BTC}:long"}
    (read,) = holdings(open_accounts(table_of([row]), market))
    assert read.book.positions[0].margin_mode == "isolated"
    for wrong in (f"isolated:{BTC}", f"isolated:{BTC}:short"):
        with pytest.raises(BookError, match=f"does not stand in '{wrong}', but in isolated:{BTC}:long"):
            holdings(open_accounts(table_of([{**row, "pool": wrong}]), market))
