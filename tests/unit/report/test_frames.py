"""Results as Polars frames: the same numbers as in the result, with units in the names."""

from io import BytesIO

import polars as pl
import pytest

import ringfence
from ringfence.contrast import Contrast
from ringfence.core.errors import BookError
from ringfence.margin.assess import Health
from ringfence.report.frames import parquet, tables
from tests.unit.books import reference

VOLS = {"vols": {"BTC": "0.6", "ETH": "0.8", "SOL": "1.0"}, "correlation": {"default": "0.8"}}


@pytest.fixture(scope="module")
def health() -> Health:
    return ringfence.assess(ringfence.read(reference(**VOLS)))


@pytest.fixture(scope="module")
def contrast() -> Contrast:
    return ringfence.compare(ringfence.read(reference(**VOLS)))


def test_a_row_a_position_with_the_numbers_of_the_result(health: Health) -> None:
    frame = ringfence.frame(health)
    held = [p for pool in health.accounts[0].pools for p in pool.positions]
    assert frame["symbol"].to_list() == [p.position.symbol for p in held]
    assert frame["liquidation_price"].to_list() == [float(p.prices.liquidation or 0) for p in held]
    assert frame["distance_fraction"].to_list() == [float(p.distance or 0) for p in held]
    assert frame["notional_settle"].to_list() == [float(p.charge.value) for p in held]


def test_a_contrast_says_in_every_row_whose_it_is(contrast: Contrast) -> None:
    modes = [one.mode for one in contrast.outcomes]
    some = {"stress": modes[:3], "hints": modes[1:]}  # the main modes; those in which positions share a pool
    for table in set(tables(contrast)) - {"reconciliation", "venues"}:  # in which venues are columns
        frame = ringfence.frame(contrast, table)
        assert {"mode", "cut", "venue"} <= set(frame.columns)
        assert frame["mode"].unique(maintain_order=True).to_list() == some.get(table, modes)
        assert frame["mode"].null_count() == frame["cut"].null_count() == 0


def test_the_matrix_has_a_row_a_cell(contrast: Contrast) -> None:
    frame = ringfence.frame(contrast, "matrix")
    infected = frame.filter(pl.col("contagion") & (pl.col("mode") == "cross"))
    expected = next(one.contagion.infected for one in contrast.outcomes if one.mode == "cross")
    assert infected["loss_unit"].to_list() == [float(cell.loss or 0) for cell in expected]
    assert infected["position"].to_list() == [cell.position for cell in expected]


def test_what_never_happens_is_null_and_said() -> None:
    book = reference(collateral={"USDT": "10000000"})
    frame = ringfence.frame(ringfence.assess(ringfence.read(book)))
    btc = frame.row(0, named=True)
    assert btc["liquidation_price"] is None
    assert btc["distance_fraction"] is None
    assert frame["distance_daily_sigmas"].null_count() == frame.height  # no volatilities in this book


@pytest.mark.parametrize("table", ["positions", "pools", "shocks", "matrix", "efficiency", "hints", "stress"])
def test_no_number_is_a_text_and_no_word_a_number(contrast: Contrast, table: str) -> None:
    frame = ringfence.frame(contrast, table)
    numbers = {pl.Float64, pl.Int64}
    for name in frame.columns:
        if name.endswith(("_settle", "_unit", "_fraction", "_sigmas")):
            assert frame.schema[name] in numbers, name
        if name in {"mode", "symbol", "pool", "unit", "settle", "dead", "criterion", "verdict"}:
            assert frame.schema[name] == pl.String, name


COUNTED = ("_settle", "_unit", "_fraction", "_sigmas", "_price", "_price_down", "_price_up")
PLAIN = {"contracts", "effective_leverage", "days", "ours", "reported", "difference", "binance-usdm"}
"""Numbers whose name says what they count, and those whose unit stands in a column beside them."""


def test_a_column_of_numbers_says_what_it_counts(contrast: Contrast) -> None:
    for table in tables(contrast):
        frame = ringfence.frame(contrast, table)
        bare = {
            name for name, type_ in frame.schema.items() if type_ == pl.Float64 and not name.endswith(COUNTED)
        }
        assert bare <= PLAIN, table
        assert set(frame.schema.values()) <= {pl.String, pl.Float64, pl.Int64, pl.Boolean}


def test_minus_zero_is_zero(contrast: Contrast) -> None:
    for table in tables(contrast):
        cells = ringfence.frame(contrast, table).write_csv().replace("\n", ",").split(",")
        assert "-0.0" not in cells


def test_a_parquet_file_holds_the_frame(contrast: Contrast) -> None:
    assert pl.read_parquet(BytesIO(parquet(contrast, "shocks"))).equals(ringfence.frame(contrast, "shocks"))


def test_a_table_that_there_is_not_is_named(health: Health) -> None:
    with pytest.raises(BookError, match=r"'shock'.*no such table"):
        ringfence.frame(health, "shock")
