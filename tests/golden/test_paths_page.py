"""The pages of paths and of replays as they were reviewed, kept as text. RINGFENCE_GOLDEN=write rewrites them."""

import os
from pathlib import Path

import pytest

import ringfence
from ringfence.contrast.on_paths import contrasted
from tests.golden.test_report import BOOK, Words
from tests.unit.report.some_curves import hedged

KEPT = Path(__file__).parent / "paths"


def _page(name: str) -> str:
    if name == "hedged":
        return ringfence.html(contrasted(hedged()))
    return ringfence.html(ringfence.replay(ringfence.read(BOOK), BOOK.parents[1] / "crash.csv"))


@pytest.mark.parametrize("name", ["hedged", "replay"])
def test_the_page_says_what_was_reviewed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGFENCE_PACKS", "")
    kept, shown = KEPT / f"{name}.txt", Words(_page(name)).text()
    if os.environ.get("RINGFENCE_GOLDEN") == "write":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(shown, encoding="utf-8")
    assert shown == kept.read_text(encoding="utf-8")
