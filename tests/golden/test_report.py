"""What the report says, kept as text: a change is a reviewed diff. RINGFENCE_GOLDEN=write rewrites it."""

import os
from html.parser import HTMLParser
from pathlib import Path

import pytest

import ringfence

HERE = Path(__file__).parent
BOOK = HERE.parents[1] / "examples" / "books" / "reference.toml"
BLOCKS = {
    "h1",
    "h2",
    "h3",
    "dt",
    "caption",
    "p",
    "li",
    "tr",
    "summary",
    "div",
    "text",
    "title",
    "footer",
    "label",
    "svg",
}
SILENT = {"style", "desc"}


class Words(HTMLParser):
    """The words of a page, a line a block; of the figures, those for wide windows."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.hidden = 0
        self.stack: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self.lines.append("")
        if tag in {"th", "td", "b", "span", "code", "a", "dd"} and self.lines[-1]:
            self.lines[-1] += " | "
        hides = tag in SILENT or "panels narrow" in (dict(attrs).get("class") or "")
        if tag not in {"meta", "input", "br"}:
            self.stack.append((tag, hides))
            self.hidden += hides

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Shapes have no words."""

    def handle_endtag(self, tag: str) -> None:
        opened, hides = self.stack.pop()
        assert opened == tag
        self.hidden -= hides
        if tag in BLOCKS:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.lines[-1] += data

    def text(self) -> str:
        return "".join(f"{line.strip()}\n" for line in self.lines if line.strip())


@pytest.mark.parametrize("name", ["contrast", "margin"])
def test_the_report_says_what_was_reviewed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGFENCE_PACKS", "")
    book = ringfence.read(BOOK)
    page = ringfence.html(ringfence.compare(book) if name == "contrast" else ringfence.assess(book))
    kept = HERE / "report" / f"{name}.txt"
    shown = Words(page).text()
    if os.environ.get("RINGFENCE_GOLDEN") == "write":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(shown, encoding="utf-8")
    assert shown == kept.read_text(encoding="utf-8")
