"""A replay as a picture and as a page: what happened is there, when it did, in words and without colours."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import ringfence
from ringfence.contrast.replay import Replay, replay
from ringfence.core.errors import BookError
from ringfence.paths.replay import Terms
from ringfence.paths.top_up import read_top_up
from ringfence.report.figures.by_name import drawn, names, png
from ringfence.report.figures.chart import Box, Dot, Line, thinned
from ringfence.report.figures.hours import day_and_hour, hour_axis, hours_after
from ringfence.report.figures.timeline import noted, timeline
from tests.unit.books import reference
from tests.unit.paths.test_replay import crash

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def fallen() -> Replay:
    prices = crash(5, 60)
    out = prices.at[0] + timedelta(hours=30), prices.at[0] + timedelta(hours=34)
    help_ = read_top_up("ratio=20%,to=10%,delay=30m,cap=500")
    return replay(ringfence.read(reference()), prices, terms=Terms(outages=(out,), top_up=help_))


def test_every_mode_has_its_panel_and_says_what_it_would_have_needed_and_by_when(fallen: Replay) -> None:
    prices, *panels = timeline(fallen).panels
    assert prices.title == "prices, against the first"
    for one in fallen.modes:
        (title,) = [panel.title for panel in panels if one.mode in panel.title.partition(" [")[0].split(", ")]
        if one.first_death is None:
            assert "nothing is liquidated" in title
        else:
            assert f"you would have needed {one.needed:,.0f} more by {day_and_hour(one.first_death)}" in title


def test_all_that_happened_has_a_mark_where_it_happened(fallen: Replay) -> None:
    start = fallen.prices.at[0]
    for one, panel in zip(fallen.modes, timeline(fallen).panels[1:], strict=True):
        dots = [(mark.x, mark.hint) for mark in panel.marks if isinstance(mark, Dot)]
        assert dots == [(hours_after(start, each.at), each.hint) for each in noted(one)]
    assert any(noted(one) for one in fallen.modes)


def test_additions_are_told_with_their_amount(fallen: Replay) -> None:
    added = [each for one in fallen.modes for each in one.additions]
    said = [each.text for one in fallen.modes for each in noted(one) if each.shape == "circle"]
    assert added
    assert len(said) == len(added)
    assert all(text.startswith("+") for text in said)


def test_an_outage_is_a_bar_in_every_panel_and_named_in_the_first(fallen: Replay) -> None:
    for number, panel in enumerate(timeline(fallen).panels):
        (bar,) = [mark for mark in panel.marks if isinstance(mark, Box) and mark.role == "quiet"]
        assert (bar.x0, bar.x1) == (30.0, 34.0)
        assert bar.text == ("outage" if number == 0 else "")


def test_prices_are_told_apart_without_their_colour(fallen: Replay) -> None:
    prices = timeline(fallen).panels[0]
    lines = [mark.style for mark in prices.marks if isinstance(mark, Line)]
    ends = [mark.brief for mark in prices.marks if isinstance(mark, Box) and mark.role != "quiet"]
    assert len(set(lines)) == len(lines) == len(fallen.prices.coins)
    assert sorted(ends) == sorted(fallen.prices.coins)


def test_the_page_needs_nothing_and_says_all_that_happened(fallen: Replay) -> None:
    page = ringfence.html(fallen)
    assert page == ringfence.html(fallen)
    assert "<script" not in page
    for each in (each for one in fallen.modes for each in noted(one)[:12]):
        assert each.hint.replace("&", "&amp;") in page
    for digest in fallen.digests.values():
        assert digest in page


def test_figures_of_a_replay_are_asked_for_by_name(fallen: Replay) -> None:
    assert names(fallen) == ["timeline"]
    assert drawn(fallen) == drawn(fallen, "timeline")
    assert len(ringfence.figure(fallen, "timeline").data) > len(fallen.modes)
    assert png(fallen).startswith(b"\x89PNG")
    with pytest.raises(BookError, match="It has timeline"):
        ringfence.figure(fallen, "waterfall")


def test_a_long_line_is_thinned_and_keeps_its_extremes() -> None:
    line = [(float(k), float((k * 7919) % 1000)) for k in range(5000)]
    kept = thinned(line, 400)
    assert len(kept) <= 402
    assert (kept[0], kept[-1]) == (line[0], line[-1])
    assert min(kept, key=lambda p: p[1])[1] == 0.0
    assert max(kept, key=lambda p: p[1])[1] == 999.0
    assert list(kept) == sorted(kept)


@pytest.mark.parametrize(("hours", "first"), [(1, "10:00"), (30, "12:00"), (24 * 40, "Oct 19")])
def test_time_is_marked_at_round_hours_and_days(hours: int, first: str) -> None:
    start = datetime(2025, 10, 10, 9, 55, tzinfo=UTC)
    axis = hour_axis(start, start + timedelta(hours=hours))
    assert axis.high == hours
    assert 2 <= len(axis.ticks) <= 8
    assert axis.ticks[0][1] == first
