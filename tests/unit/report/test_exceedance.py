"""Exceedance curves: what is drawn is what the paths say, and nobody needs colours to read it."""

from dataclasses import replace

import pytest

from ringfence.paths.fates import Simulation
from ringfence.report.estimates import amount, chance, mode_names
from ringfence.report.figures.chance_axis import place, spread
from ringfence.report.figures.chart import Box, Dot, Line
from ringfence.report.figures.exceedance import exceedance
from ringfence.report.figures.with_matplotlib import painted
from ringfence.report.figures.with_plotly import painted as in_plotly
from ringfence.report.html.svg import panels
from tests.unit.report.some_curves import curves, hedged


@pytest.fixture(scope="module")
def run() -> Simulation:
    return hedged()


def test_every_curve_is_named_at_its_end_with_the_loss_there(run: Simulation) -> None:
    found, crossings = curves(run)
    (panel,) = exceedance(run, found, crossings).panels
    said = [mark.text for mark in panel.marks if isinstance(mark, Box)]
    for one in found:
        assert f"{one.mode}: {amount(float(one.loss[-1]))}" in said


def test_no_two_curves_look_alike_without_their_colour(run: Simulation) -> None:
    (panel,) = exceedance(run, *curves(run)).panels
    lines = [mark for mark in panel.marks if isinstance(mark, Line) and mark.role != "ink"]
    styles = [mark.style for mark in lines if mark.style != "area"]
    shapes = {(mark.role, mark.shape) for mark in panel.marks if isinstance(mark, Dot) and mark.role != "ink"}
    assert len(set(styles)) == len(styles) == 2
    assert len({shape for _, shape in shapes}) == 2


def test_a_crossing_stands_where_the_curves_cross_and_says_who_loses_less_beyond(run: Simulation) -> None:
    found, crossings = curves(run)
    rare = next(one for one in crossings if one.tail < 0.4)
    (panel,) = exceedance(run, found, crossings).panels
    assert rare.better == "isolated"
    assert (place(rare.tail), rare.loss) in [
        (mark.x, mark.y) for mark in panel.marks if isinstance(mark, Dot)
    ]
    said = [mark.text for mark in panel.marks if isinstance(mark, Box)]
    assert f"rarer than {chance(rare.tail)}: isolated loses less than cross →" in said


def test_modes_that_lose_the_same_are_drawn_once_under_both_names(run: Simulation) -> None:
    twin = replace(run.modes[1], mode="multi-asset")
    found, crossings = curves(replace(run, modes=(*run.modes, twin)))
    legend = [name for _, name in exceedance(run, found, crossings).legend]
    assert legend == ["isolated", "cross, multi-asset"]


def test_a_band_is_drawn_only_where_its_error_is_known(run: Simulation) -> None:
    found, crossings = curves(run)
    known = int((found[1].error[found[1].tail <= 0.5] >= 0).sum())
    (panel,) = exceedance(run, found, crossings).panels
    areas = [len(mark.points) for mark in panel.marks if isinstance(mark, Line) and mark.style == "area"]
    assert areas[1] == 2 * known


def test_all_painters_paint_it_the_same_twice(run: Simulation) -> None:
    figure = exceedance(run, *curves(run))
    assert painted([figure]) == painted([figure])
    assert in_plotly(figure) == in_plotly(figure)
    assert panels(figure) == panels(figure)


def test_words_at_the_ends_stand_apart_and_keep_their_order() -> None:
    assert spread([1.0, 1.0, 5.0], 1.0) == [0.5, 1.5, 5.0]
    assert spread([3.0, 1.0, 2.9], 1.0) == pytest.approx([3.45, 1.0, 2.45])


def test_chances_and_amounts_have_no_more_digits_than_they_deserve() -> None:
    assert chance(0.0176) == "1.8 %"
    assert chance(0.01763, 0.00012) == "1.76 % ± 0.01"
    assert chance(0.0) == "0 %"
    assert amount(12345.6, 78.9) == "12,346 ± 79"
    assert amount(1.5) == "1.50"


def test_a_mode_is_named_with_its_venue_or_its_cut_where_it_must_be(run: Simulation) -> None:
    alone, cross = run.modes
    there = replace(cross, venue="elsewhere")
    again = replace(alone, cut="costs-least")
    assert mode_names([alone, again, cross, there]) == [
        "isolated (at-leverage)", "isolated (costs-least)", "cross", "cross @ elsewhere",
    ]  # fmt: skip
