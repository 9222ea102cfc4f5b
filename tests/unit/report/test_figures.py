"""Figures: what is drawn is what the result says, whoever paints it."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any, get_args

import plotly.graph_objects as go
import pytest
from marimo._output.formatting import try_format

import ringfence
from ringfence.contrast import Contrast
from ringfence.core.errors import BookError
from ringfence.margin.assess import Health
from ringfence.report.figures.by_name import drawn, names, png
from ringfence.report.figures.chart import Axis, Box, Dot, Figure, Line, even_ticks, in_box
from ringfence.report.figures.ladder import Moves, Unit
from ringfence.report.figures.palette import COLOURS, series
from ringfence.report.figures.views import pool_name, short_names
from ringfence.report.figures.waterfall import steps
from tests.unit.books import reference

VOLS = {"vols": {"BTC": "0.6", "ETH": "0.8", "SOL": "1.0"}, "correlation": {"default": "0.8"}}
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def health() -> Health:
    return ringfence.assess(ringfence.read(reference(**VOLS)))


@pytest.fixture(scope="module")
def contrast() -> Contrast:
    return ringfence.compare(ringfence.read(reference(**VOLS)))


def bars(figure: Figure) -> list[Box]:
    return [mark for panel in figure.panels for mark in panel.marks if isinstance(mark, Box)]


def test_a_bar_of_the_ladder_ends_where_the_position_does(health: Health) -> None:
    held = {p.position.label: p for pool in health.accounts[0].pools for p in pool.positions}
    ends = sorted(bar.x1 for bar in bars(drawn(health)))
    assert ends == sorted(float(p.distance or 0) * 100 for p in held.values())
    in_sigmas = sorted(abs(bar.x1) for bar in bars(drawn(health, unit="sigmas")))
    assert in_sigmas == pytest.approx(sorted(float(p.distance_sigmas or 0) for p in held.values()))


def test_the_position_nearest_to_its_end_stands_on_top(health: Health) -> None:
    (panel,) = drawn(health).panels
    assert [name for _, name in panel.y.ticks] == ["SOL long", "BTC long", "ETH short"]


def test_in_the_worst_direction_a_bar_is_what_the_coin_does_in_the_nearest_move(health: Health) -> None:
    pool = next(p for p in health.accounts[0].pools if p.pool.kind == "cross")
    assert not hasattr(pool.nearest, "reason")
    moves: Any = pool.nearest
    ends = {bar.hint.partition(",")[0]: bar.x1 for bar in bars(drawn(health, moves="worst"))}
    assert ends["BTC long"] == float(moves.moves["BTC"] * 100)


def test_with_beta_a_hedged_pool_never_dies_by_the_fall_of_its_long_side(health: Health) -> None:
    said = {bar.hint.partition(",")[0]: bar.text for bar in bars(drawn(health, moves="beta"))}
    assert said["BTC long"] == "never"


def test_without_volatilities_the_ladder_says_so() -> None:
    bare = ringfence.assess(ringfence.read(reference()))
    assert {bar.text for bar in bars(drawn(bare, unit="sigmas"))} == {"no volatility in the book"}
    assert "not known" in {bar.text for bar in bars(drawn(bare, moves="beta"))}


def test_every_caption_names_the_cut(health: Health, contrast: Contrast) -> None:
    for result in (health, contrast):
        for name in names(result):
            assert "cut" in drawn(result, name).caption.lower(), name


def test_the_waterfall_adds_up(health: Health) -> None:
    for pool in health.accounts[0].pools:
        level = Decimal(0)
        for name, amount, stands in steps(pool):
            if name.startswith("maintenance"):
                continue
            level = amount if name == "wallet" else level if stands else level + amount
            if stands:
                assert level == amount, name


def test_haircuts_stand_between_wallet_and_equity() -> None:
    collateral = {"USDT": "16000", "BTC": "0.1"}
    book = reference(account_mode="multi-asset", collateral=collateral, indices={"BTC": "101000"})
    del book["position"][2]
    health = ringfence.assess(ringfence.read(book))
    pool = next(p for p in health.accounts[0].pools if p.pool.kind == "cross")
    amounts = {name: amount for name, amount, _ in steps(pool)}
    assert amounts["wallet"] == pytest.approx(Decimal(16000) + Decimal("0.1") * 101000, abs=Decimal(20))
    assert amounts["haircuts"] < 0


def test_the_way_marks_every_pool_that_dies(contrast: Contrast) -> None:
    figure = drawn(contrast, "way")
    by_title = {panel.title.partition(" ")[0]: panel for panel in figure.panels}
    dots = [mark.text for mark in by_title["isolated"].marks if isinstance(mark, Dot)]
    assert dots == ["BTC", "SOL", "ETH"]
    assert not [mark for mark in by_title["cross"].marks if isinstance(mark, Dot)]
    lines = [mark for mark in by_title["cross"].marks if isinstance(mark, Line) and mark.name == "equity"]
    assert lines[0].points[0] == (0.0, 19700.0)


def test_a_way_of_ones_own_goes_to_its_end(contrast: Contrast) -> None:
    figure = drawn(contrast, "way", shock="BTC=-30%,ETH=+20%")
    assert figure.panels[0].x.high == 100
    assert "BTC=-30%,ETH=+20%" in figure.caption


@pytest.mark.parametrize("name", ["ladder", "way", "glance", "waterfall", "contagion", "graph", "stress"])
def test_plotly_and_matplotlib_paint_every_figure_the_same_twice(contrast: Contrast, name: str) -> None:
    once, again = ringfence.figure(contrast, name), ringfence.figure(contrast, name)
    assert isinstance(once, go.Figure)
    assert once.to_json() == again.to_json()
    assert len(once.data) > 0
    image = png(contrast, name)
    assert image.startswith(PNG)
    assert image == png(contrast, name)


def test_a_notebook_shows_a_figure_and_a_frame_as_such(contrast: Contrast) -> None:
    for shown in (ringfence.figure(contrast, "glance"), ringfence.frame(contrast)):
        assert try_format(shown).mimetype == "text/html"
        assert "<" in shown._repr_html_()


def test_names_are_cut_where_there_is_no_room_and_numbers_are_not() -> None:
    axis = Axis(0, 10, ())
    box = Box(0, 5, 0, 1, "loss", text="1000000MOGWHATANAME long", inside=True)
    assert in_box(box, axis, 100) == box.text
    assert in_box(box, axis, 20) == "1000000MO…"
    assert in_box(replace(box, text="12,345,678"), axis, 16) == ""
    assert in_box(replace(box, text="-98.8 % *"), axis, 8) == "*"


@pytest.mark.parametrize("moves", get_args(Moves))
@pytest.mark.parametrize("unit", get_args(Unit))
def test_every_ladder_can_be_painted(health: Health, moves: Moves, unit: Unit) -> None:
    assert ringfence.figure(health, "ladder", moves=moves, unit=unit).layout.title.text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"name": "ladders"}, "ladder"),
        ({"name": "graph"}, "no such figure"),
        ({"name": "ladder", "moves": "alon"}, "alone"),
        ({"name": "ladder", "unit": "%"}, "percent"),
        ({"name": "way", "shock": "BTC"}, "COIN=MOVE"),
    ],
)
def test_what_cannot_be_drawn_is_said(health: Health, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(BookError, match=said):
        ringfence.figure(health, **arguments)


def test_the_two_mover_map_marks_the_dead_and_today(contrast: Contrast) -> None:
    figure = drawn(contrast, "stress")
    assert [panel.title.partition(" ")[0] for panel in figure.panels] == ["isolated", "as-held", "cross"]
    cross = {mark.hint: mark for mark in figure.panels[2].marks if isinstance(mark, Box)}
    (worst,) = [mark for hint, mark in cross.items() if hint.startswith("BTC -50 %, ETH +50 %")]
    assert (worst.text, worst.role) == ("†", "loss")
    (best,) = [mark for hint, mark in cross.items() if hint.startswith("BTC +50 %, ETH -50 %")]
    assert (best.text, best.role) == ("", "gain")
    assert [mark.hint for mark in figure.panels[2].marks if isinstance(mark, Dot)] == ["today"]


def test_a_book_of_one_coin_has_no_two_mover_map() -> None:
    book = reference()
    del book["position"][1:]
    single = ringfence.compare(ringfence.read(book))
    assert "stress" not in names(single)
    with pytest.raises(BookError, match="only one coin"):
        drawn(single, "stress")


def test_a_contrast_in_which_nothing_is_shared_has_no_matrix() -> None:
    alone = ringfence.compare(ringfence.read(reference()), modes=["isolated"])
    assert names(alone) == ["ladder", "way", "glance", "waterfall", "stress"]
    with pytest.raises(BookError, match="share a pool"):
        drawn(alone, "contagion")


def test_the_first_picture_says_what_closes_first_and_what_goes_with_it(contrast: Contrast) -> None:
    first, stakes = drawn(contrast, "glance").panels
    assert [name for _, name in first.y.ticks] == ["isolated", "as-held", "cross"]
    assert [mark.brief for mark in first.marks if isinstance(mark, Box)] == [
        "ETH short +8.2 %", "SOL long -18.0 %", "BTC long -38.3 %",
    ]  # fmt: skip
    for row, one in enumerate(contrast.outcomes[:3]):
        boxes = [mark for mark in stakes.marks if isinstance(mark, Box) and round(mark.y0 + 0.34) == row]
        ends = {mark.role: mark.x1 - mark.x0 for mark in boxes}
        assert sum(ends.values()) == pytest.approx(float(one.health.equity or 0))
        assert ends["dies"] + ends.get("stake", 0) == pytest.approx(float(one.worst_loss or 0))


def test_the_first_picture_of_a_health_has_a_row_a_pool_the_nearest_first(health: Health) -> None:
    first, _ = drawn(health, "glance").panels
    assert [name for _, name in first.y.ticks] == ["SOL alone", "cross USDT"]


def test_a_series_is_named_beside_its_bars_and_not_by_colour_alone(
    contrast: Contrast, health: Health
) -> None:
    figure = drawn(contrast)
    keys = {role: said.partition(" ")[0] for role, said in figure.legend}
    assert len(set(keys.values())) == len(contrast.outcomes)
    assert all(bar.key == keys[bar.role] for bar in bars(figure))
    assert {bar.key for bar in bars(drawn(health))} == {""}  # one series has no key


def test_a_move_beyond_reading_is_not_written_out() -> None:
    book = reference(collateral={"USDT": "3000000"})
    texts = [bar.text for bar in bars(drawn(ringfence.assess(ringfence.read(book))))]
    assert ">+999 %" in texts
    assert max(map(len, texts)) < 24


def test_names_on_the_way_stand_apart() -> None:
    coins = ("BTC", "ETH", "SOL", "XRP", "DOGE")
    rows = [
        {"symbol": f"{coin}/USDT:USDT", "side": "long", "contracts": "100", "entry_price": "20",
         "mark_price": f"20.0{k}", "leverage": "10", "maintenance_rate": "0.01"}
        for k, coin in enumerate(coins)
    ]  # fmt: skip
    book = {"venue": "binance-usdm", "on": "2024-10-24", "collateral": {"USDT": "4000"}, "position": rows}
    (panel,) = drawn(ringfence.compare(ringfence.read(book), modes=["isolated"]), "way").panels
    dots = [mark for mark in panel.marks if isinstance(mark, Dot)]
    assert len(dots) == len(coins)
    for below in (False, True):
        named = sorted((dot.x, len(dot.text)) for dot in dots if dot.text and dot.below is below)
        for (x, letters), (further, more) in pairwise(named):
            assert further - x > (letters + more) * 0.01 * (panel.x.high - panel.x.low)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 10, (0, 2, 4, 6, 8, 10)),
        (-31.3, 48.5, (-20, 0, 20, 40)),
        (0, 0.00042, (0, 0.0001, 0.0002, 0.0003, 0.0004)),
    ],
)
def test_ticks_are_round(low: float, high: float, ticks: tuple[float, ...]) -> None:
    assert even_ticks(low, high) == pytest.approx(ticks)


def test_more_modes_than_colours_begin_anew() -> None:
    roles = series(f"mode {k}" for k in range(10))
    assert roles["mode 0"] == roles["mode 8"] == "s1"
    assert set(roles.values()) <= set(COLOURS)


def test_two_contracts_of_one_coin_are_told_apart() -> None:
    book = reference()
    book["position"].append({**book["position"][0], "symbol": "BTC/USDC:USDC", "maintenance_rate": "0.004"})
    book["collateral"]["USDC"] = "5000"
    health = ringfence.assess(ringfence.read(book)).accounts[0]
    assert len(set(short_names(health))) == 4


@pytest.mark.parametrize(
    ("pool_id", "name"),
    [
        ("cross:USDT", "cross USDT"),
        ("cross:*", "cross"),
        ("idle", "idle"),
        ("isolated:SOL/USDT:USDT", "SOL alone"),
        ("isolated:SOL/USDT:USDT:short", "SOL short alone"),
    ],
)
def test_a_pool_is_called_by_what_it_holds(pool_id: str, name: str) -> None:
    assert pool_name(pool_id) == name
