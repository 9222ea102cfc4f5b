"""Expectations that look into the tree of a requirement."""

from pathlib import Path

import pytest

from ringfence.cli.cases import CaseResult, run_file
from ringfence.core.errors import VectorError

CASE = """
[[case]]
id = "one"
proves = "a model of the book's own, scenario by scenario"
from = "derived"
source = "worked out by hand"
working = "2 BTC, 10 % down and up; 2 * (1 - 1 / 0.9) = -0.2222, 2 * (1 - 1 / 1.1) = 0.1818; 1 % of 2 on top"
on = 2024-06-18
level = "book"
tolerance = { abs = "1e-9" }

[case.book]
account_mode = "portfolio"
collateral = { BTC = "1" }
indices = { BTC = "50000" }
[[case.book.position]]
symbol = "BTC-PERPETUAL"
side = "long"
contracts = "100000"
entry_price = "50000"
mark_price = "50000"

[[case.book.rules]]
kind = "scenarios"
sets = [{ name = "grid", range = "0.1", steps = 1 }]
charges = [{ kind = "delta", rate = "0.01" }, { kind = "delta", rate = 0, of = "options" }]

[case.expect]
"""

PERPETUAL = "BTC/USD:BTC"


def run(expect: str, folder: Path) -> CaseResult:
    path = folder / "deribit.toml"
    path.write_text(CASE + expect)
    (result,) = run_file(path)
    return result


@pytest.mark.parametrize(
    "expect",
    [
        '"initial > BTC > worst > grid" = "0.222222222222"',
        '"initial > grid" = "0.222222222222"',
        '"initial > grid > *" = ["0.222222222222", "0", "-0.181818181818"]',
        '"initial > added > * > *" = [["0.02"], []]',
        f'"initial > grid -10 % > {PERPETUAL}:long" = "0.222222222222"',
        '"maintenance > grid : scenario" = "grid -10 %"',
        f'"initial > {PERPETUAL} : rate" = "0.01"',
        '"equity > collateral value" = "1"',
    ],
)
def test_a_path_of_names_leads_to_a_figure(expect: str, tmp_path: Path) -> None:
    result = run(expect, tmp_path)
    assert result.agrees, result.mismatches


def test_a_figure_in_the_tree_that_is_not_met_is_named(tmp_path: Path) -> None:
    (mismatch,) = run('"initial > grid" = "0.3"', tmp_path).mismatches
    assert mismatch.field == "initial > grid"


@pytest.mark.parametrize(
    ("expect", "fault"),
    [
        ('"beginning > grid" = "1"', "no tree 'beginning'"),
        ('"initial > gird" = "1"', "has no part 'gird'"),
        ('"initial > grid : scenarios" = "1"', "has no input 'scenarios'"),
        ('"initial > delta" = "1"', "2 parts are called 'delta'"),
    ],
)
def test_a_path_that_leads_nowhere_or_to_two_places_is_a_fault(
    expect: str, fault: str, tmp_path: Path
) -> None:
    with pytest.raises(VectorError, match=fault):
        run(expect, tmp_path)


def test_two_models_for_the_same_positions_are_a_fault(tmp_path: Path) -> None:
    twice = CASE.replace(
        "[case.expect]", '[[case.book.rules]]\nkind = "scenarios"\nsets = []\n\n[case.expect]'
    )
    path = tmp_path / "deribit.toml"
    path.write_text(twice + '"initial > grid" = "0"')
    with pytest.raises(VectorError, match="a row above speaks of the same positions"):
        list(run_file(path))
