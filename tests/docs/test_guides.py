"""The smallest pack that the guides show is the smallest that works, and the notebook says what the engine says."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import ringfence
from ringfence.cli.cases import run_file
from ringfence.core.errors import InputError, RulePackError

ROOT = Path(__file__).parents[2]
PACK = ROOT / "examples" / "venue" / "smallest.toml"
VECTORS = PACK.parent / "vectors" / "smallest.toml"
TABLES = [part for part in re.split(r"(?m)^(?=\[)", PACK.read_text(encoding="utf-8"))[1:] if part]


def test_the_case_of_the_smallest_pack_is_met(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGFENCE_PACKS", str(PACK.parent))
    (result,) = run_file(VECTORS)
    assert result.passes, result.mismatches


@pytest.mark.parametrize("number", range(len(TABLES)), ids=lambda k: TABLES[k].partition("\n")[0])
def test_the_smallest_pack_has_no_table_to_spare(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = PACK.read_text(encoding="utf-8").replace(TABLES[number], "", 1)
    tomllib.loads(text)
    (tmp_path / PACK.name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("RINGFENCE_PACKS", str(tmp_path))
    with pytest.raises((InputError, RulePackError)):
        list(run_file(VECTORS))


def test_the_notebook_runs_as_a_script_and_prints_what_the_engine_says() -> None:
    command = [sys.executable, str(ROOT / "examples" / "marimo" / "ladder.py")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    health = ringfence.assess(ringfence.read(ROOT / "examples" / "books" / "reference.toml"))
    told = [
        f"{' '.join(held.position.label.rsplit(':', 1))} dies at {held.prices.liquidation:,.2f}"
        for pool in health.accounts[0].pools
        for held in pool.positions
    ]
    assert done.stdout.splitlines() == told
