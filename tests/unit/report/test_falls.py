"""Chances of death, capital and ribbons as figures: victims are seen, and numbers are those of the paths."""

from dataclasses import replace

import numpy as np
import pytest

from ringfence.contrast.bands import LEVELS, bands_of
from ringfence.contrast.chances import mode_on_paths
from ringfence.contrast.estimates import Sample
from ringfence.contrast.frontier import Frontier, Holding, frontier_of
from ringfence.contrast.ledger import ContagionLedger, ledger_of
from ringfence.paths.fates import Simulation
from ringfence.report.estimates import chance
from ringfence.report.figures.chance_axis import place
from ringfence.report.figures.chart import Arrow, Box, Dot, Figure, Line
from ringfence.report.figures.falls import chain, falls, shares
from ringfence.report.figures.frontier import frontier
from ringfence.report.figures.ribbons import ribbons
from ringfence.report.figures.with_matplotlib import painted
from ringfence.report.figures.with_plotly import painted as in_plotly
from ringfence.report.html.svg import panels
from tests.unit.report.some_curves import hedged


@pytest.fixture(scope="module")
def run() -> Simulation:
    return hedged()


@pytest.fixture(scope="module")
def ledger(run: Simulation) -> ContagionLedger:
    return ledger_of(run, run.modes[1], run.modes[0], Sample(run.paths))


def capital(run: Simulation) -> list[Frontier]:
    sample = Sample(run.paths)
    return [
        frontier_of(one, sample, {pool: Holding(one.posted / len(one.pools), 30.0) for pool in one.pools})
        for one in run.modes
    ]


def drawn(run: Simulation, ledger: ContagionLedger) -> list[Figure]:
    modes = [mode_on_paths(run, one, Sample(run.paths)) for one in run.modes]
    return [
        falls(run, [ledger]),
        *([chain(run, [ledger], modes)] if shares(run, ledger) else []),
        frontier(run, capital(run), modes),
        ribbons(run, [bands_of(one) for one in run.ribbons], [(86400.0, 172800.0)]),
    ]


def test_bars_end_at_the_chances_and_full_colour_is_contagion_and_rescue(
    run: Simulation, ledger: ContagionLedger
) -> None:
    (panel,) = falls(run, [ledger]).panels
    for role, whole, only in (("loss", "died_shared", "contagion"), ("gain", "died_alone", "rescue")):
        ends = [(mark.x0, mark.x1) for mark in panel.marks if isinstance(mark, Box) and mark.role == role]
        known = [(getattr(one, whole).value, getattr(one, only).value) for one in ledger.positions]
        assert ends == [pytest.approx((100 * (died - part), 100 * died)) for died, part in known]


def test_a_hedge_that_is_in_profit_when_its_pool_dies_is_seen_as_a_victim(
    run: Simulation, ledger: ContagionLedger
) -> None:
    (panel,) = falls(run, [ledger]).panels
    hedge = ledger.positions[1]
    assert hedge.contagion is not None
    assert hedge.bystander is not None
    said = [mark.text for mark in panel.marks if isinstance(mark, Box) and mark.text.startswith("cross ")]
    assert f"contagion {chance(hedge.contagion.value, hedge.contagion.error)}" in said[1]
    assert f"in profit then {100 * hedge.bystander.value:.0f} %" in said[1]


def test_the_chain_names_cause_pool_and_victims(run: Simulation, ledger: ContagionLedger) -> None:
    modes = [mode_on_paths(run, one, Sample(run.paths)) for one in run.modes]
    (panel,) = chain(run, [ledger], modes).panels
    boxes = [mark.text for mark in panel.marks if isinstance(mark, Box)]
    dead = float((run.modes[1].died <= run.clock.steps).mean())
    assert f"cross USDT {chance(dead)}" in boxes
    caught = [one for one in ledger.positions if one.contagion is not None and one.contagion.value > 0]
    dashed = [mark for mark in panel.marks if isinstance(mark, Arrow) and mark.dashed]
    assert len(dashed) == len(caught) > 0
    assert sum(" * " in text for text in boxes) == len(caught)


def test_ledgers_that_are_alike_are_drawn_once(run: Simulation, ledger: ContagionLedger) -> None:
    assert len(falls(run, [ledger, replace(ledger, mode="multi-asset")]).panels) == 1


def test_the_frontier_is_drawn_through_its_points_with_today_as_a_mark(run: Simulation) -> None:
    found = capital(run)
    modes = [mode_on_paths(run, one, Sample(run.paths)) for one in run.modes]
    panel = frontier(run, found, modes).panels[0]
    lines = [mark.points for mark in panel.marks if isinstance(mark, Line) and mark.style != "area"]
    assert lines == [tuple((place(p.chance), p.capital.value) for p in one.points) for one in found]
    today = [(mark.x, mark.y) for mark in panel.marks if isinstance(mark, Dot)]
    assert today == [(place(m.liquidation.value), f.today) for m, f in zip(modes, found, strict=True)]


def test_bands_are_quantiles_of_the_paths_that_are_kept(run: Simulation) -> None:
    found = bands_of(run.ribbons[0])
    assert found.paths == 40
    assert found.equity.shape == (len(LEVELS), 11)
    assert found.equity[2] == pytest.approx(np.median(run.ribbons[0].equity, axis=0))
    assert (np.diff(found.equity, axis=0) >= 0).all()
    assert (found.dead == 0).all()


def test_an_outage_is_a_bar_over_the_ribbons(run: Simulation) -> None:
    figure = ribbons(run, [bands_of(one) for one in run.ribbons], [(86400.0, 172800.0)])
    (bar,) = [mark for mark in figure.panels[0].marks if isinstance(mark, Box)]
    assert (bar.x0, bar.x1) == (1.0, 2.0)
    assert "out of reach" in figure.caption


def test_all_painters_paint_them_the_same_twice(run: Simulation, ledger: ContagionLedger) -> None:
    found = drawn(run, ledger)
    assert painted(found) == painted(found)
    for figure in found:
        assert in_plotly(figure) == in_plotly(figure)
        assert panels(figure) == panels(figure)
        assert figure.caption.endswith(".")


def test_a_run_in_which_nothing_dies_still_has_its_figures(run: Simulation) -> None:
    calm = [
        replace(one, died=np.full_like(one.died, 2**31 - 1), left=np.full_like(one.left, 2**31 - 1))
        for one in run.modes
    ]
    still = replace(run, modes=tuple(calm))
    none = ledger_of(still, calm[1], calm[0], Sample(run.paths))
    for figure in drawn(still, none):
        assert panels(figure)
        assert in_plotly(figure)
