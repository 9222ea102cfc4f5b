"""``ringfence truths``: what is proved beside what is found; a truth that fails is an exit status."""

import json
import math

import pytest
from typer.testing import CliRunner

from ringfence.cli import truth_runs, truths
from ringfence.cli.app import app
from ringfence.contrast.audit import Truth


def test_the_formulas_meet_every_figure_of_the_literature() -> None:
    answer = CliRunner().invoke(app, ["truths", "--closed", "--format", "json"])
    assert answer.exit_code == 0
    rows = json.loads(answer.stdout)["truths"]
    assert len(rows) > 100
    assert all(row["holds"] for row in rows)
    assert all(row["standard_error"] is None for row in rows)
    kou = next(row for row in rows if row["name"] == "double-exponential-jumps")
    assert kou["expected"] == 0.25584
    assert abs(kou["difference"]) < 6e-6


@pytest.mark.parametrize("name", truth_runs.RUNS)
def test_the_simulation_keeps_every_truth(name: str) -> None:
    found = list(truth_runs.RUNS[name](truth_runs.Asked(4096, 5)))
    assert [one for one in found if not one.holds] == []
    assert all(math.isfinite(one.found) for one in found)


def test_a_truth_that_fails_is_named_and_is_an_exit_status(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Truth("two", "two and two", "numbers", 4.0, 5.0, 0.5)
    monkeypatch.setattr(truths, "in_formulas", lambda: iter([wrong]))
    answer = CliRunner().invoke(app, ["truths", "--closed"])
    assert answer.exit_code == 1
    assert "two, numbers: expected 4, found 5" in answer.stderr


@pytest.mark.parametrize(("asked", "said"), [(("--paths", "1"), "too few"), (("--seed", "-1"), "below zero")])
def test_paths_and_seeds_that_are_none_are_refused(asked: tuple[str, str], said: str) -> None:
    answer = CliRunner().invoke(app, ["truths", *asked])
    assert answer.exit_code != 0
    assert said in str(answer.exception)
