"""``ringfence check`` runs vector files, ours and anybody's: met, not met, excused, or refused with a reason."""

from pathlib import Path

import pytest

from ringfence.cli.cases import CaseResult, run_file
from ringfence.core.errors import VectorError

CASE = """
[[case]]
id = "one"
proves = "a charge"
from = "derived"
source = "a page"
working = "50000 * 0.005 - 50"
level = "rule"
rule = "tiers"
inputs = { value = "50000", tiers = [{ floor = 0, maintenance_rate = "0.004" }] }
expect = { maintenance = "200" }
"""


def run(text: str, folder: Path) -> list[CaseResult]:
    path = folder / "binance-usdm.toml"
    path.write_text(text)
    return list(run_file(path))


def test_a_met_case_agrees_without_error(tmp_path: Path) -> None:
    (result,) = run(CASE, tmp_path)
    assert result.passes
    assert result.error == 0
    assert result.venue == "binance-usdm"


def test_a_figure_that_is_not_met_is_named_with_both_values(tmp_path: Path) -> None:
    (result,) = run(CASE.replace('"200"', '"201"'), tmp_path)
    assert not result.passes
    (mismatch,) = result.mismatches
    assert (mismatch.field, mismatch.expected, str(mismatch.found)) == ("maintenance", "201", "200")


@pytest.mark.parametrize(
    ("tolerance", "met"), [('abs = "1"', True), ('rel = "0.004"', False), ('rel = "0.01"', True)]
)
def test_either_tolerance_suffices(tolerance: str, met: bool, tmp_path: Path) -> None:
    (result,) = run(CASE.replace('"200"', '"201"') + f"tolerance = {{ {tolerance} }}\n", tmp_path)
    assert result.passes is met


def test_a_case_that_is_said_to_disagree_passes_by_not_agreeing_and_fails_by_agreeing(tmp_path: Path) -> None:
    excused = CASE + 'disagrees = "the page misprints it"\n'
    (wrong,) = run(excused.replace('"200"', '"201"'), tmp_path)
    (right,) = run(excused, tmp_path)
    assert wrong.passes
    assert not right.passes


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "one"\n', "", "missing required field `id`"),
        ('from = "derived"', 'from = "dreamt"', "dreamt"),
        ('working = "50000 * 0.005 - 50"\n', "", "shows no working"),
        ('expect = { maintenance = "200" }', "expect = {}", "it expects nothing"),
        ("expect =", "expects =", "expects"),
        ('maintenance = "200" }', 'maintenence = "200" }', "Did you mean 'maintenance'"),
        ('rule = "tiers"', 'rule = "teirs"', "Did you mean 'tiers'"),
        ('value = "50000"', 'value = "a lot"', "value"),
        ('value = "50000"', 'value = "50000", venue = "okx"', "it is no input of a rule"),
        ("[[case]]", "[case]", r"it has no \[\[case\]\]"),
        ("[[case]]", "[[case", "it is not valid TOML"),
    ],
)
def test_what_is_not_a_case_is_refused_with_its_place(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(VectorError, match=message) as refused:
        run(CASE.replace(old, new), tmp_path)
    assert refused.value.where.startswith("binance-usdm.toml")


def test_an_id_stands_once_in_a_file(tmp_path: Path) -> None:
    with pytest.raises(VectorError, match="the id stands twice"):
        run(CASE + CASE, tmp_path)


MODEL = """
[[case]]
id = "touch"
proves = "a chance"
from = "derived"
source = "a page"
working = "2 Phi(-1)"
level = "model"
rule = "first_passage.chance_of_touch"
inputs = { buffer = 1 }
each = { risk = [1, 0.5] }
expect = { value = [0.31731050786291, 0.0455002638963584] }
tolerance = { rel = "1e-12" }
"""


def test_a_formula_of_the_model_is_a_case_too(tmp_path: Path) -> None:
    (result,) = run(MODEL, tmp_path)
    assert result.passes
    assert result.level == "model"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("first_passage.chance_of_touch", "first_pasage.chance_of_touch", "Did you mean 'first_passage'"),
        ("chance_of_touch", "chance_of_tuch", "Did you mean 'chance_of_touch'"),
        ("chance_of_touch", "_mean", "has no formula"),
        ("chance_of_touch", "normal_tail", "has no formula"),
        ("buffer = 1", "bufer = 1", "missing a required argument: 'buffer'"),
        ("buffer = 1", 'buffer = "a lot"', "it has no answer there"),
        ("risk = [1, 0.5]", "risk = []", "not of one length"),
    ],
)
def test_what_is_no_formula_or_no_input_of_it_is_refused(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(VectorError, match=message):
        run(MODEL.replace(old, new, 1), tmp_path)


def test_every_case_of_the_literature_is_met() -> None:
    results = list(run_file(Path(__file__).parents[3] / "vectors" / "literature.toml"))
    assert len(results) > 40
    assert [(one.id, one.mismatches) for one in results if not one.passes] == []
