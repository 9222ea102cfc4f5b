"""The page of a contrast on paths: the answer first, in words; then the curves; then everything else."""

import re
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

import ringfence
from ringfence.contrast.on_paths import PathContrast, contrasted
from ringfence.core.errors import BookError
from ringfence.paths.fates import ModeFates
from ringfence.report.estimates import amount, chance, chance_of
from ringfence.report.figures.by_name import drawn, names, png
from ringfence.report.figures.exceedance import told_once
from ringfence.report.html.path_words import answers, hero, standing, tiles
from tests.unit.books import reference
from tests.unit.report.some_curves import hedged

VOLS = {"vols": {"BTC": "0.6", "ETH": "0.8", "SOL": "1.0"}, "correlation": {"default": "0.8"}}


@pytest.fixture(scope="module")
def found() -> PathContrast:
    return contrasted(hedged())


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_first_sentence_says_what_bad_paths_cost_and_which_mode_to_prefer(found: PathContrast) -> None:
    said = plain(hero(found))
    for one in found.modes:
        tail = next(tail for tail in one.tails if tail.level == 0.99)
        assert amount(tail.quantile.value) in said
    rarest = told_once(found.curves, found.crossings)[-1][0]
    assert said.endswith(f"elow {chance(rarest.tail)} you prefer isolated to cross.")


def test_few_paths_are_not_asked_about_one_in_a_hundred(found: PathContrast) -> None:
    few = replace(
        found.simulation, modes=tuple(_first(one, 200) for one in found.simulation.modes), ribbons=()
    )
    assert plain(hero(contrasted(few))).startswith("On the worst 5 % of paths")


def _first(one: ModeFates, paths: int) -> ModeFates:
    cut: dict[str, Any] = {
        field.name: value[:paths]
        for field in fields(one)
        if isinstance(value := getattr(one, field.name), np.ndarray) and len(value) == len(one.wealth)
    }
    return replace(one, **cut)


def test_the_answers_name_the_victim_with_its_chance_and_who_pays(found: PathContrast) -> None:
    said = dict(answers(found))
    (ledger,) = found.ledgers
    hedge = ledger.positions[1]
    assert chance_of(hedge.contagion) in said["Taken down"]
    assert hedge.bystander is not None
    assert f"in profit {100 * hedge.bystander.value:.0f} % of the times it dies" in said["Taken down"]
    assert amount(abs(ledger.who_pays.owner.value), ledger.who_pays.owner.error) in said["Who pays"]


def test_what_no_path_shows_is_said_to_be_below_the_rule_of_three(found: PathContrast) -> None:
    calm = [replace(one, died=np.full_like(one.died, 2**31 - 1)) for one in found.simulation.modes]
    still = contrasted(replace(found.simulation, modes=tuple(calm)))
    assert {figure for _, figure, _ in tiles(still)} == {"< 0.075 %"}
    assert names(still) == ["exceedance", "falls", "frontier", "ribbons"]
    assert "Through which pool" not in ringfence.html(still)


def test_the_page_has_law_monitoring_seed_digests_and_nothing_that_runs(found: PathContrast) -> None:
    run = replace(found.simulation, digests={"book": "abc123"}, seed=41, law="by <hand>")
    page = ringfence.html(contrasted(run))
    assert page == ringfence.html(contrasted(run))
    assert "<script" not in page
    assert "http" not in re.sub(r'href="[^"]*"', "", page)
    for words in ("by &lt;hand&gt;", "daily", "seed 41", "abc123", "4,000 paths of 10 days"):
        assert words in page
    assert "seed 41" in standing(contrasted(run))


def test_the_curves_come_before_everything_else(found: PathContrast) -> None:
    page = ringfence.html(found)
    heads = re.findall(r"<h2>(.*?)</h2>", page)
    assert heads[0].startswith("What may be lost within 10 days")
    assert heads[-2:] == ["Tables", "Notes"]
    assert page.index("<h1>") < page.index('class="lead"') < page.index("<svg") < page.index('class="tiles"')


def test_figures_on_paths_are_asked_for_by_name(found: PathContrast) -> None:
    assert names(found) == ["exceedance", "falls", "chain", "frontier", "ribbons"]
    assert drawn(found) == drawn(found, "exceedance")
    for name in names(found):
        assert len(ringfence.figure(found, name).data) > 0
    assert png(found).startswith(b"\x89PNG")
    with pytest.raises(BookError, match="this run has no such figure"):
        ringfence.figure(found, "waterfall")


def test_a_contrast_with_paths_shows_them_first_and_then_how_the_account_stands(found: PathContrast) -> None:
    contrast = ringfence.compare(ringfence.read(reference(**VOLS)))
    both = replace(contrast, paths=found)
    assert set(names(both)) == {*names(contrast), *names(found)}
    page = ringfence.html(both)
    heads = re.findall(r"<h2>(.*?)</h2>", page)
    assert heads[0].startswith("What may be lost")
    assert "As prices stand" in heads
    assert hero(found).split(".")[0] in page
    assert "What may be lost" not in ringfence.html(contrast)
    assert drawn(both, "exceedance") == drawn(found, "exceedance")
    assert drawn(both, "ladder") == drawn(contrast, "ladder")


@pytest.mark.parametrize("paths", [1, 2, 12])
def test_a_handful_of_paths_still_has_a_page(found: PathContrast, paths: int) -> None:
    few = tuple(_first(one, paths) for one in found.simulation.modes)
    run = contrasted(replace(found.simulation, modes=few, ribbons=found.simulation.ribbons[:1]))
    assert f"{paths} path" in ringfence.html(run)
    for name in names(run):
        assert len(ringfence.figure(run, name).data) > 0


def test_weighted_paths_say_what_they_are_worth(found: PathContrast) -> None:
    weight = np.where(np.arange(found.simulation.paths) % 2, 1.5, 0.5)
    run = contrasted(replace(found.simulation, weight=weight))
    assert f"worth {run.effective:,.0f} of equal weight" in ringfence.html(run)
