"""A venue is one data file and one vector file: Exampex, which does not exist, needs no code."""

from pathlib import Path

import pytest

from ringfence.cli.cases import CaseResult, run_file
from ringfence.core.errors import RulePackError
from ringfence.venue import kinds, load, pack_ids
from ringfence.venue.loader import find_pack

VENUES = Path(__file__).parents[1] / "venues"
VECTORS = VENUES / "vectors" / "exampex.toml"


@pytest.fixture(scope="module", autouse=True)
def exampex() -> object:
    """Put the folder of invented packs beside those that ship."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RINGFENCE_PACKS", str(VENUES))
        yield


@pytest.fixture(scope="module")
def results(exampex: object) -> list[CaseResult]:
    """Return what the engine makes of every case."""
    assert exampex is None
    return list(run_file(VECTORS))


def test_every_case_of_the_invented_venue_is_met_to_the_last_digit(results: list[CaseResult]) -> None:
    failed = {result.id: result.mismatches for result in results if not result.passes}
    assert not failed
    assert len(results) >= 15


def test_the_invented_venue_stands_beside_the_others() -> None:
    assert "exampex" in pack_ids()
    assert find_pack("exx").venue.id == "exampex"


def test_without_its_folder_the_invented_venue_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RINGFENCE_PACKS")
    with pytest.raises(RulePackError, match="there is no such rule pack"):
        load("exampex")


def test_the_invented_venue_uses_every_kind_of_requirement() -> None:
    pack = find_pack("exampex")
    assert {type(rule) for rule in pack.requirement} == set(kinds.RequirementRule.__args__)
