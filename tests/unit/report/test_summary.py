"""The risk summary on paper: what is shown is what was counted, and the page stands on its own."""

import json
from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import polars as pl
import pytest

from ringfence.core.errors import BookError
from ringfence.market.ladder import ladder_of
from ringfence.report.figures.chart import Box, Figure
from ringfence.report.figures.summary import (
    ladder_by_coin,
    ladder_by_mode,
    largest_accounts,
    short,
    summary_figures,
)
from ringfence.report.figures.with_matplotlib import painted
from ringfence.report.html.summary import summary_html
from ringfence.report.summary import sentences, summary_dict, summary_grids
from ringfence.report.summary_rows import TABLES, summary_frame, summary_parquet
from ringfence.screen.summary import summarize
from ringfence.screen.summary_rows import Summary
from tests.unit.report.test_colours import TOGETHER
from tests.unit.report.test_page import Outline
from tests.unit.screen.population import FIVE, blocks, of


def five(ladder: str = "-20%..20%:10%") -> Summary:
    books, setting = of(FIVE)
    return summarize(blocks(books, setting, 5), setting, ladder_of(ladder))


@pytest.fixture(scope="module")
def summary() -> Summary:
    return five()


def boxes(figure: Figure) -> list[Box]:
    return [mark for panel in figure.panels for mark in panel.marks if isinstance(mark, Box)]


def test_a_bar_of_the_ladder_is_the_part_of_notional_that_is_liquidatable(summary: Summary) -> None:
    lengths = {(box.y0 // 1, box.key): box.x1 for box in boxes(ladder_by_mode(summary))}
    assert lengths[-1, "1"] == pytest.approx(100 * 96_000 / 296_000)
    assert lengths[0, "2"] == pytest.approx(100 * 8_000 / 296_000)
    assert sum(box.x1 > 0 for box in boxes(ladder_by_mode(summary))) == 5


def test_longs_that_would_be_sold_stand_left_and_shorts_right(summary: Summary) -> None:
    btc, eth = ladder_by_coin(summary).panels
    assert sorted(mark.x1 for mark in btc.marks if isinstance(mark, Box)) == [-99_000, -88_000]
    assert sorted(mark.x1 for mark in eth.marks if isinstance(mark, Box)) == [-16_000, 48_000]


def test_those_who_are_large_stand_beside_those_who_would_owe(summary: Summary) -> None:
    held, owed = largest_accounts(summary).panels
    assert [name for _, name in held.y.ticks] == ["emil", "anna", "ben", "cleo"]
    assert [mark.x1 for mark in owed.marks if isinstance(mark, Box)] == [10_000, 2_000]
    assert len(largest_accounts(five("-1%,1%")).panels) == 1


def test_colours_that_meet_in_one_figure_were_measured_against_each_other(summary: Summary) -> None:
    for figure in summary_figures(summary):
        roles = {box.role for box in boxes(figure)}
        assert any(roles <= set(together) for together in TOGETHER.values()), figure.name


def test_figures_can_be_painted_as_an_image(summary: Summary) -> None:
    assert painted(summary_figures(summary)).startswith(b"\x89PNG")


def test_the_page_loads_nothing_is_well_formed_and_the_same_each_time(summary: Summary) -> None:
    page = summary_html(summary)
    outline = Outline(page)
    assert outline.stack == []
    assert outline.loads == []
    assert not {"script", "link", "iframe", "img"} & set(outline.tags)
    assert outline.headings[0] == "What is liquidatable along the ladder"
    assert page == summary_html(five())


def test_names_of_accounts_are_escaped() -> None:
    document = {**FIVE, "account": [{**FIVE["account"][0], "name": "<script>alert(1)</script>"}]}
    books, setting = of(document)
    page = summary_html(summarize(blocks(books, setting, 1), setting, ladder_of("-20%")))
    assert "<script" not in page
    assert "&lt;script" in page


def test_the_first_sentence_says_how_much_dies_where_and_what_it_would_cost(summary: Summary) -> None:
    assert sentences(summary)[0] == (
        "At -20 %, 35.1 % of notional is liquidatable, 92 % of it in shared pools; insurance would need 12,000 USD."
    )
    assert sentences(five("-1%"))[0] == "At -1 %, nothing is liquidatable."
    assert sentences(five("BTC:-10%"))[0].startswith("At BTC -10 %, 82.8 % of notional")
    assert sentences(five("-10%"))[0].endswith("91 % of it in shared pools; insurance would need nothing.")


def test_json_has_every_figure_as_a_decimal_string(summary: Summary) -> None:
    data = json.loads(json.dumps(summary_dict(summary)))
    assert data["schema"] == "ringfence.summary/1"
    assert set(data["digests"]) == {"market", "rules"}
    (rung,) = [rung for rung in data["rungs"] if rung["rung"] == "all=-20%"]
    assert rung["shock"] == {"moves": {}, "default": "-0.2"}
    assert (rung["modes"][0]["bad_debt"], rung["modes"][0]["liquidatable_pools"]) == ("12000", 3)
    assert data["coins"][0]["depth"] is None
    assert data["coins"][0]["depth_reason"].startswith("no depth is given")


def test_what_is_not_known_is_null_with_a_reason(summary: Summary) -> None:
    today = summary.unmoved
    whole = replace(today.all, initial_requirement=None, initial_unknown=3)
    changed = replace(
        summary, rungs=(replace(today, modes=(whole, *today.modes[1:])),), worst=None, losers=()
    )
    row = summary_dict(changed)["rungs"][0]["modes"][0]
    assert row["initial_requirement"] is None
    assert row["initial_requirement_reason"] == "it is not known; pools without one: 3"
    assert summary_grids(changed)[0].rows[0][7] == "–"


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_a_frame_and_a_parquet_file(table: str, summary: Summary) -> None:
    frame = summary_frame(summary, table)
    assert frame.height == len(list(TABLES[table](summary))) > 0
    assert pl.read_parquet(BytesIO(summary_parquet(summary, table))).equals(frame)


def test_a_frame_has_the_figures_of_the_summary(summary: Summary) -> None:
    frame = summary_frame(summary)
    (owed,) = frame.filter(pl.col("rung") == "all=-20%", pl.col("mode") == "cross")["bad_debt"].to_list()
    assert owed == 11_000.0
    assert frame.schema["liquidatable_pools"] == pl.Int64
    with pytest.raises(BookError, match="a summary has no such table"):
        summary_frame(summary, "rung")


@pytest.mark.parametrize(
    ("value", "said"),
    [("0", "0"), ("7.5", "7.50"), ("950", "950"), ("12345", "12.3 k"), ("-4.56e9", "-4.6 bn")],
)
def test_amounts_are_short_where_there_is_little_room(value: str, said: str) -> None:
    assert short(Decimal(value)) == said
