"""The page: one file, no network, no script, the same bytes for the same result, and nothing in it is trusted."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from marimo._output.formatting import try_format

import ringfence
from ringfence.contrast import Contrast
from ringfence.margin.assess import Health
from ringfence.margin.reconcile import reconcile
from ringfence.report.html.element import el
from tests.unit.books import reference

ROOT = Path(__file__).parents[3]
VOLS = {"vols": {"BTC": "0.6", "ETH": "0.8", "SOL": "1.0"}, "correlation": {"default": "0.8"}}
LOADING = {"src", "srcset", "data", "background", "poster", "action", "xlink:href"}
VOID = {"meta", "input", "br", "link"}


def contrast_of(**changes: Any) -> Contrast:
    return ringfence.compare(ringfence.read(reference(**VOLS, **changes)))


def health_of(**changes: Any) -> Health:
    return ringfence.assess(ringfence.read(reference(**VOLS, **changes)))


@pytest.fixture(scope="module")
def page() -> str:
    return ringfence.html(contrast_of())


class Outline(HTMLParser):
    """What a page is made of: tags, what they load, what is open where, headings."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.headings: list[str] = []
        self.figures_without_caption: list[str] = []
        self.stack: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [f"{tag} {name}" for name, _ in attrs if name in LOADING or name.startswith("on")]
        self.loads += [f"{tag} style" for name, value in attrs if name == "style" and "url(" in (value or "")]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.stack and self.stack[-1] == "h2":
            self.headings.append(data)


def test_the_page_loads_nothing_and_runs_nothing(page: str) -> None:
    outline = Outline(page)
    assert not {"script", "link", "iframe", "img", "object", "embed", "base"} & set(outline.tags)
    assert outline.loads == []
    sheet = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_the_page_is_well_formed_and_every_id_is_one(page: str) -> None:
    outline = Outline(page)
    assert outline.stack == []
    assert len(outline.ids) == len(set(outline.ids))
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')


def test_a_contrast_has_every_section_and_a_health_those_of_one_mode(page: str) -> None:
    assert Outline(page).headings[:6] == [
        "First to close",
        "In words",
        "How far to liquidation",
        "Equity and requirement along a joint move",
        "Who dies by whose price",
        "BTC and ETH together",
    ]
    assert "Who dies by whose price" not in Outline(ringfence.html(health_of())).headings


def test_every_figure_of_the_page_names_the_cut(page: str) -> None:
    sections = re.findall(r"<section.*?</section>", page, re.DOTALL)
    drawn = [section for section in sections if "<svg" in section]
    assert len(drawn) == 6
    for section in drawn:
        captions = re.findall(r'<p class="caption">(.*?)</p>', section, re.DOTALL)
        assert any("cut" in caption.lower() for caption in captions), section[:200]


def test_behind_every_number_stand_its_formula_and_the_page_of_its_rule(page: str) -> None:
    workings = page[page.index("Behind the numbers") :]
    assert "<code>" in workings
    assert 'href="https://' in workings
    assert workings.count("<details") > 5


def test_the_footer_names_version_schema_and_digests(page: str) -> None:
    footer = page[page.index("<footer>") : page.index("</footer>")]
    assert footer.count("\n") == 0
    for word in ("ringfence ", "ringfence.contrast/1", "book ", "market ", "rules "):
        assert word in footer


PROGRAM = """
import sys, ringfence
book = ringfence.read("examples/books/reference.toml")
sys.stdout.write(ringfence.html(ringfence.compare(book)) + ringfence.html(ringfence.assess(book)))
"""


def test_the_same_book_gives_the_same_bytes_in_any_process() -> None:
    settings = (
        {"PYTHONHASHSEED": "1", "TZ": "UTC", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
        {"PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8"},
        {"PYTHONHASHSEED": "5", "TZ": "America/New_York", "LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "1"},
    )
    pages = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env=os.environ | changed,
            capture_output=True,
            check=True,
        ).stdout
        for changed in settings
    ]
    assert pages[0] == pages[2]
    assert pages[0] == pages[1]
    assert len(pages[0]) < 400_000


def test_the_page_needs_none_of_the_heavy_libraries() -> None:
    program = (
        PROGRAM + "print({'plotly', 'polars', 'matplotlib', 'pyarrow'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "set()"


class Reading(HTMLParser):
    """What somebody who does not see the page is told of its parts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.levels: list[int] = []
        self.landmarks: list[str] = []
        self.nameless: list[str] = []
        self.waiting: list[tuple[str, list[str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            self.levels.append(int(tag[1]))
        if tag in {"header", "main", "footer"}:
            self.landmarks.append(tag)
        if tag in {"svg", "table"}:
            self.waiting.append((tag, []))
        elif self.waiting:
            self.waiting[-1][1].append(tag)
        if (tag == "th" and given.get("scope") not in {"row", "col"}) or (
            "tabindex" in given and not given.get("aria-label")
        ):
            self.nameless.append(f"{tag} {given}")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"svg", "table"}:
            _, inner = self.waiting.pop()
            wanted = ["title", "desc"] if tag == "svg" else ["caption", "span"]
            if inner[:2] != wanted:
                self.nameless.append(f"{tag} {inner[:3]}")


@pytest.mark.parametrize("kind", ["contrast", "health"])
def test_the_page_is_read_aloud_in_order_and_every_part_has_a_name(kind: str) -> None:
    page = ringfence.html(contrast_of() if kind == "contrast" else health_of())
    reading = Reading(page)
    assert reading.nameless == []
    assert reading.landmarks == ["header", "main", "footer"]
    assert reading.levels.count(1) == 1
    assert reading.levels[0] == 1
    assert all(later - level <= 1 for level, later in pairwise(reading.levels))
    for name in re.findall(r'<label for="(.*?)"', page):
        assert f'id="{name}"' in page


def test_the_state_is_said_in_a_word_and_a_sign() -> None:
    assert "✓</i> healthy" in ringfence.html(health_of())
    book = reference(**VOLS)
    book["position"][0]["mark_price"] = "60000"
    assert "✕</i> liquidation is due" in ringfence.html(ringfence.assess(ringfence.read(book)))
    book["position"][0]["mark_price"] = "70000"
    assert "▲</i> in danger" in ringfence.html(ringfence.assess(ringfence.read(book)))
    assert "○</i> nothing is open" in ringfence.html(ringfence.assess(ringfence.read(reference(position=[]))))


def test_what_is_worth_less_than_nothing_is_said_to_be_so() -> None:
    book = reference(**VOLS)
    book["position"][0]["mark_price"] = "60000"
    text = ringfence.html(ringfence.assess(ringfence.read(book)))
    assert "worth less than nothing, by 4,400 USDT." in text


def test_the_first_words_answer_what_dies_and_how_much_to_ring_fence(page: str) -> None:
    top = page[page.index("<header>") : page.index("</header>")]
    said = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", top))
    assert list(said) == ["Dies with it", "All together", "Isolated or cross", "Ring-fence"]
    assert said["Dies with it"] == "its own pool of 3,600 USDT, and nothing else: 16,100 USDT lie outside."
    assert said["All together"].startswith("If everything falls by 18.0 %, SOL long dies")
    assert "at most 11,900 USDT can be lost; ETH short closes first, at +8.2 %" in said["Isolated or cross"]
    assert said["Ring-fence"].startswith("12,200 USDT (BTC long 5,000, SOL long 4,000, ETH short 3,200)")


def test_what_a_book_says_is_text_and_never_a_part_of_the_page() -> None:
    evil = "<script>alert(1)</script>\"'&"
    book = ringfence.read({"account": [{**reference(**VOLS), "name": evil}]})
    text = ringfence.html(ringfence.compare(book))
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert Outline(text).stack == []


def test_an_element_escapes_what_is_no_element() -> None:
    assert el("p", "<b>", el("i", "&"), cls="a", title='"x"', hidden=None) == (
        '<p class="a" title="&quot;x&quot;">&lt;b&gt;<i>&amp;</i></p>'
    )
    assert el("label", "a", for_="b") == '<label for="b">a</label>'
    assert el("input", checked=True, disabled=False) == "<input checked>"


def test_a_sick_account_is_said_first() -> None:
    book = reference(**VOLS)
    book["position"][0]["mark_price"] = "60000"
    text = ringfence.html(ringfence.assess(ringfence.read(book)))
    lead = text[text.index('class="lead"') :]
    assert "cross USDT" in lead[:200]
    assert "may close it now" in lead[:300]
    assert "now: past its trigger" in text
    assert not re.search(r"(?<!\d)0\.0 %", text[: text.index("<h2>Tables")])


def test_of_several_accounts_the_one_nearest_to_its_end_is_said_first() -> None:
    safe = {**reference(**VOLS, collateral={"USDT": "900000"}), "name": "safe"}
    del safe["position"][2]
    book = {"account": [safe, {**reference(**VOLS), "name": "daring"}]}
    text = ringfence.html(ringfence.assess(ringfence.read(book)))
    assert re.search(r'class="lead">.*</span> daring: SOL long closes first', text)
    assert "equity, safe" in text
    assert "equity, daring" in text
    assert Outline(text).stack == []


def test_the_venues_own_figures_stand_beside_ours_on_either_page() -> None:
    said = {"symbol": "BTC/USDT:USDT", "side": "long", "source": ["a dump"], "maintenance_requirement": "505"}
    book = ringfence.read(reference(**VOLS, reported=[said]))
    for text in (
        ringfence.html(ringfence.compare(book)),
        ringfence.html(health := ringfence.assess(book), beside=reconcile(book, health)),
    ):
        assert "Ours beside the venue&#x27;s" in text or "Ours beside the venue's" in text
        assert "505" in text
    assert ringfence.frame(ringfence.compare(book), "reconciliation")["reported"].to_list() == [505.0]
    assert "Ours beside" not in ringfence.html(health_of())


def test_a_notebook_shows_the_page_in_a_frame_of_its_own() -> None:
    drawn = ringfence.html(contrast_of())
    shown = drawn._repr_html_()
    assert shown.startswith('<iframe title="report" srcdoc="&lt;!DOCTYPE html&gt;')
    assert 'sandbox="allow-popups"' in shown  # no script runs in it
    assert try_format(drawn).mimetype == "text/html"


def test_a_result_that_is_printed_says_what_it_is_in_one_line() -> None:
    assert repr(health_of()) == "<Health of main on binance-usdm: as-held, cut as-held>"
    assert repr(contrast_of()).startswith(
        "<Contrast of main, rules of 2024-10-24: isolated on binance-usdm, "
    )
