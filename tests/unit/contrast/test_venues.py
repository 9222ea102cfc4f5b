"""Under several venues' rules the venues are columns: on the screen, in Markdown, in frames and on the page."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import ringfence
from ringfence.contrast import Contrast
from ringfence.report.grid import Grid, as_markdown, as_text
from ringfence.report.venues import venue_grids, venue_shock_grids
from tests.unit.books import reference
from tests.unit.cli.terminal import Terminal

KNOWN: dict[str, Any] = {
    "vols": {"BTC": "0.6", "ETH": "0.8", "SOL": "1.0"},
    "correlation": {"default": "0.8"},
}
VENUES = ["binance-usdm", "bybit", "okx", "hyperliquid", "dydx", "gate", "bitget", "bitmex", "deribit"]
MODES = ["isolated (cut at-leverage)", "as-held", "cross"]


def one_position() -> dict[str, Any]:
    """Return a book that many venues can hold."""
    book = reference(on="2026-01-01", vols={"BTC": "0.6"})
    del book["position"][1:], book["position"][0]["maintenance_rate"]
    return book


@pytest.fixture(scope="module")
def nine() -> Contrast:
    return ringfence.compare(
        ringfence.read(one_position()), modes=["isolated", "as-held", "cross"], venues=[*VENUES, "kraken"]
    )


def of_mode(result: Contrast, name: str) -> Grid:
    (grid,) = [grid for grid in venue_grids(result) if f", {name}: " in grid.title]
    return grid


@pytest.mark.parametrize("mode", MODES)
def test_venues_are_columns_the_book_s_own_first(nine: Contrast, mode: str) -> None:
    names = [column.partition(" [")[0] for column in of_mode(nine, mode).columns]
    assert names == ["figure", *VENUES]


@pytest.mark.parametrize("mode", ["isolated", "as-held", "cross"])
def test_a_column_says_what_the_venue_s_own_result_says(nine: Contrast, mode: str) -> None:
    grid = of_mode(nine, next(name for name in MODES if name.startswith(mode)))
    rows = {row[0]: row[1:] for row in grid.rows}
    for k, one in enumerate(one for one in nine.outcomes if one.mode == mode):
        (held,) = [p for pool in one.health.pools for p in pool.positions]
        (pool,) = [pool for pool in one.health.pools if pool.positions]
        assert rows["maintenance requirement"][k] == f"{one.maintenance_requirement:,.2f}"
        assert rows["smallest buffer"][k] == f"{pool.judged.buffer:,.2f}"
        assert rows["BTC long dies at"][k].startswith(f"{held.prices.liquidation:,.2f}\u00a0(")
        assert rows["nearest liquidation, daily σ"][k] == f"{held.distance_sigmas:.2f}"
        assert one.needed_for_chance is not None
        assert rows["collateral for 1 % in 7 d"][k] == f"{one.needed_for_chance:,.2f}"


def test_a_venue_that_cannot_be_shown_is_named_where_it_would_stand(nine: Contrast) -> None:
    assert all("not shown: kraken" in grid.caption for grid in venue_grids(nine))


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_what_does_not_fit_a_line_is_folded_into_parts_with_every_venue_once(
    nine: Contrast, width: int
) -> None:
    for grid in (*venue_grids(nine), *venue_shock_grids(nine)):
        text = as_text([grid], width)
        assert max(map(len, text.splitlines())) <= width
        heads = [line for line in text.splitlines() if line.split()[:1] == [grid.columns[0]]]
        named = [word for line in heads for word in line.split() if word in VENUES]
        assert named == VENUES
        assert (len(heads) > 1) == (f"(1 of {len(heads)})" in " ".join(text.split()))
        assert as_markdown([grid]).count(f"| {grid.columns[0]} |") == 1  # which scrolls, and is not folded


def test_a_table_that_may_not_be_folded_is_drawn_as_it_was() -> None:
    row = tuple("x" * 30 for _ in range(4))
    assert "1 of" not in as_text([Grid("a", row, [row])], 60)
    assert as_text([Grid("a", row, [row], folds=True)], 60).count("(") == 3


def test_the_frame_has_the_numbers_of_the_modes_with_venues_as_columns(nine: Contrast) -> None:
    wide, long = ringfence.frame(nine, "venues"), ringfence.frame(nine, "modes")
    assert wide.columns == ["mode", "cut", "figure", *VENUES]
    for figure in ("maintenance_requirement_unit", "least_buffer_unit", "needed_for_chance_unit"):
        for mode in ("isolated", "as-held", "cross"):
            there = pl.col("mode") == mode
            expected = dict(long.filter(there).select("venue", figure).iter_rows())
            row = wide.filter(there & (pl.col("figure") == figure)).row(0, named=True)
            assert {venue: row[venue] for venue in VENUES} == expected


def test_the_page_shows_the_same_tables(nine: Contrast) -> None:
    page = ringfence.html(nine)
    for grid in (*venue_grids(nine), *venue_shock_grids(nine)):
        assert f"<caption><span>{grid.title}</span></caption>" in page
        assert page.count(f'<th scope="row">{grid.rows[0][0]}</th>') >= 3


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, monkeypatch, capsys)


ASKED = ["contrast", "book.json", "--venue", "hyperliquid,dydx"]


def test_text_markdown_csv_and_json_agree(terminal: Terminal) -> None:
    terminal.save(reference(on="2026-01-01", **KNOWN))
    found = json.loads(terminal.run([*ASKED, "--format", "json"]).out)["modes"]
    table = list(csv.reader(StringIO(terminal.run([*ASKED, "--format", "csv"]).out)))
    md, text = (terminal.run([*ASKED, "--format", form]).out for form in ("md", "table"))
    for mode, name in zip(("isolated", "as-held", "cross"), MODES, strict=True):
        shown = [one for one in found if one["mode"] == mode]
        assert [one["venue"] for one in shown] == ["binance-usdm", "hyperliquid", "dydx"]
        cells = [f"{float(one['least_buffer']):,.2f}" for one in shown]
        (row,) = [row for row in table if f", {name}: " in row[0] and row[1] == "smallest buffer"]
        assert row[2:] == cells
        assert f"| smallest buffer | {' | '.join(cells)} |" in md
        assert f"  smallest buffer {' '.join(cells)}" in "\n".join(
            f"  {' '.join(line.split())}" for line in text.splitlines()
        )
        near = shown[0]["nearest_liquidation"]
        assert abs(float(near["distance"])) == min(
            abs(float(p["distance"])) for p in shown[0]["positions"] if p["distance"]
        )


def test_efficiency_has_venues_in_columns_too(terminal: Terminal) -> None:
    terminal.save(reference(on="2026-01-01", **KNOWN))
    md = terminal.run([*ASKED, "--format", "md"]).out
    assert "| criterion | mode | binance-usdm | hyperliquid | dydx |" in md
    assert "the chance that anything is liquidated within the horizon stays within the limit" in md


def test_what_is_said_of_several_modes_of_a_venue_is_said_once(terminal: Terminal) -> None:
    terminal.save(reference(on="2026-01-01"))
    text = terminal.run([*ASKED, "--format", "table"]).out
    assert text.count("USDT in the wallet is taken as USDC") == 2
    assert "isolated, as-held, cross @ dydx: USDT in the wallet is taken as USDC, one for one" in text
