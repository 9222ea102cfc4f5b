"""Recorded prices in every form, and what is wrong with some."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from ringfence.core.errors import BookError
from ringfence.importers.bars import Choice, read_bars

ROWS = """time,symbol,open,high,low,close
2024-01-01T00:00:00Z,BTC,100,110,90,105
2024-01-01T00:00:00Z,ETH,10,11,9,10
2024-01-01T01:00:00Z,BTC,105,120,100,118
2024-01-01T01:00:00Z,ETH,10,12,10,12
"""
BOTH = {"BTC", "ETH"}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "prices.csv"
    path.write_text(text)
    return path


def test_bars_come_by_row_with_the_time_at_which_they_open(tmp_path: Path) -> None:
    found = read_bars(written(tmp_path, ROWS), BOTH, {})
    assert found.coins == ("BTC", "ETH")
    assert found.at == (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, 1, tzinfo=UTC))
    assert found.length == timedelta(hours=1)
    assert found.low.tolist() == [[90, 9], [100, 10]]
    assert found.close.tolist() == [[105, 10], [118, 12]]


def test_marks_come_by_column_and_are_instants(tmp_path: Path) -> None:
    found = read_bars(
        written(tmp_path, "date,BTCUSDT,ETH\n2024-01-01,1,2\n2024-01-02,3,4\n"), BOTH, {"BTCUSDT": "BTC"}
    )
    assert not found.has_bars
    assert found.open.tolist() == found.low.tolist() == [[1, 2], [3, 4]]


def test_a_parquet_file_of_marks_and_last_trades_gives_marks_unless_last_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "prices.parquet"
    pl.DataFrame(
        {
            "ts": [0, 3_600_000], "symbol": ["BTC", "BTC"],
            **{f"{word}_mark": [2.0, 2.0] for word in ("open", "high", "low", "close")},
            **{f"{word}_last": [1.0, 3.0] for word in ("open", "high", "low", "close")},
        }
    ).with_columns(pl.col("ts").cast(pl.Datetime("ms", "UTC"))).write_parquet(path)  # fmt: skip
    assert read_bars(path, {"BTC"}, {}).close.tolist() == [[2], [2]]
    last = read_bars(path, {"BTC"}, {}, Choice(kind="last"))
    assert (last.kind, last.close.tolist()) == ("last", [[1], [3]])


def test_rows_of_several_markets_ask_which_is_meant(tmp_path: Path) -> None:
    text = "time,symbol,venue,close\n2024-01-01,BTC,a,1\n2024-01-02,BTC,a,1\n2024-01-01,BTC,b,2\n2024-01-02,BTC,b,2\n"
    path = written(tmp_path, text)
    with pytest.raises(BookError, match=r"row 3: BTC goes back in time.*--only venue=a"):
        read_bars(path, {"BTC"}, {})
    assert read_bars(path, {"BTC"}, {}, Choice(only={"venue": "b"})).close.tolist() == [[2], [2]]
    with pytest.raises(BookError, match="no row has venue=c"):
        read_bars(path, {"BTC"}, {}, Choice(only={"venue": "c"}))


GAP = "time,BTC,ETH\n" + "".join(f"2024-01-0{day},{day},{day if day != 3 else ''}\n" for day in range(1, 7))


def test_a_gap_is_refused_or_filled_by_a_named_rule(tmp_path: Path) -> None:
    path = written(tmp_path, GAP)
    with pytest.raises(BookError, match=r"ETH has no price at 2024-01-03.*--gaps hold"):
        read_bars(path, BOTH, {})
    held = read_bars(path, BOTH, {}, Choice(gaps="hold"))
    assert held.close[:, 1].tolist() == [1, 2, 2, 4, 5, 6]
    assert held.notes == ("1 prices are missing: the last price stands",)
    dropped = read_bars(path, BOTH, {}, Choice(gaps="drop"))
    assert dropped.close[:, 1].tolist() == [1, 2, 4, 5, 6]


def test_a_hole_in_time_is_a_gap_of_all_coins(tmp_path: Path) -> None:
    days = [*range(1, 10), *range(20, 29)]
    path = written(tmp_path, "time,BTC\n" + "".join(f"2024-01-{day:02},{day}\n" for day in days))
    with pytest.raises(BookError, match=r"nothing between 2024-01-09.*and 2024-01-20"):
        read_bars(path, {"BTC"}, {})
    assert read_bars(path, {"BTC"}, {}, Choice(gaps="hold")).notes == (
        "1 gaps in time: prices leap over them",
    )


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("BTC,105,120,100,118", "BTC,105,120,100,0", "row 3: the price '0' of BTC"),
        ("BTC,105,120,100,118", "BTC,105,120,100,many", "row 3: the price 'many' of BTC"),
        ("BTC,105,120,100,118", "BTC,105,104,100,103", "row 3: BTC: a low of 100.0 and a high of 104.0"),
        ("2024-01-01T01:00:00Z,BTC", "2024-01-01T00:00:00Z,BTC", "row 3: BTC has two rows at 2024-01-01"),
        ("2024-01-01T01:00:00Z,BTC", "2023-01-01T01:00:00Z,BTC", "row 3: BTC goes back in time"),
        ("2024-01-01T01:00:00Z,BTC", "soon,BTC", "row 3: 'soon' is no instant"),
        ("ETH", "DOGE", "it has no prices of ETH"),
        ("time,", "when,", "it has no column of times"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence_with_the_row(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    with pytest.raises(BookError) as raised:
        read_bars(written(tmp_path, ROWS.replace(old, new)), BOTH, {})
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_time_beyond_the_prices_is_refused_with_where_they_end(tmp_path: Path) -> None:
    path = written(tmp_path, ROWS)
    with pytest.raises(BookError, match="its prices end at 2024-01-01 01:00"):
        read_bars(path, BOTH, {}, Choice(end=datetime(2024, 1, 3, tzinfo=UTC)))
    with pytest.raises(BookError, match="its prices begin at 2024-01-01 00:00"):
        read_bars(path, BOTH, {}, Choice(start=datetime(2023, 12, 1, tzinfo=UTC)))
    with pytest.raises(BookError, match="no row between --from and --to"):
        read_bars(path, BOTH, {}, Choice(start=datetime(2025, 1, 1, tzinfo=UTC)))
