"""The risk summary as it was reviewed: table, JSON and page. RINGFENCE_GOLDEN=write rewrites them."""

import json
import os
from pathlib import Path

import pytest

from ringfence.market.ladder import ladder_of
from ringfence.report.grid import as_text
from ringfence.report.html.summary import summary_html
from ringfence.report.summary import summary_dict, summary_grids, summary_notes
from ringfence.screen.summary import summarize
from ringfence.screen.summary_rows import Summary
from tests.golden.test_report import Words
from tests.unit.screen.population import FIVE, blocks, of

KEPT = Path(__file__).parent / "summary"


@pytest.fixture(scope="module")
def summary() -> Summary:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RINGFENCE_PACKS", "")
        books, setting = of({**FIVE, "feeds": {"depth": {"BTC/USDT:USDT": "22000"}}})
        return summarize(blocks(books, setting, 2), setting, ladder_of("-20%..20%:10%"))


def _written(summary: Summary, form: str) -> str:
    match form:
        case "json":
            return json.dumps(summary_dict(summary), indent=2, ensure_ascii=False) + "\n"
        case "html":
            return Words(summary_html(summary)).text()
        case _:
            notes = "".join(f"{line}\n" for line in summary_notes(summary))
            return as_text(summary_grids(summary), width=100) + notes


@pytest.mark.parametrize(
    ("form", "name"), [("table", "five.txt"), ("json", "five.json"), ("html", "five_page.txt")]
)
def test_the_summary_says_what_was_reviewed(form: str, name: str, summary: Summary) -> None:
    kept, shown = KEPT / name, _written(summary, form)
    if os.environ.get("RINGFENCE_GOLDEN") == "write":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(shown, encoding="utf-8")
    assert shown == kept.read_text(encoding="utf-8")
