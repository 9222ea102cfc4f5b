"""The guides build into a site without a warning; every link in it leads somewhere, and it loads nothing else."""

import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
LOADED = {"img": "src", "script": "src", "iframe": "src", "source": "src"}
HANDED_ON = {"canonical", "next", "prev"}
OUTSIDE = re.compile(r"url\(\s*['\"]?(?:https?:)?//|@import\s+['\"]?(?:https?:)?//")


class Page(HTMLParser):
    """What a page names: the anchors it has, where it points, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {key: value or "" for key, value in attrs}
        self.anchors |= {named[key] for key in ("id", "name") if key in named and tag != "meta"}
        if tag == "a" and "href" in named:
            self.links.append(named["href"])
        if tag == "link" and named.get("rel") not in HANDED_ON:
            self.loads.append(named["href"])
        if tag in LOADED and LOADED[tag] in named:
            self.loads.append(named[LOADED[tag]])


@cache
def _page(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as its reader gets it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def _broken(page: Path, link: str) -> bool:
    """Return whether an internal link leads nowhere."""
    parts = urlsplit(link)
    target = page.parent / unquote(parts.path) if parts.path else page
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return True
    return bool(parts.fragment) and unquote(parts.fragment) not in _page(target).anchors


def test_every_link_and_anchor_inside_the_site_leads_somewhere(site: Path) -> None:
    pages = [path for path in site.rglob("*.html") if path.name != "404.html"]
    inside = [(path, link) for path in pages for link in _page(path).links if not urlsplit(link).scheme]
    broken = [f"{path.relative_to(site)}: {link}" for path, link in inside if _broken(path, link)]
    assert not broken
    assert len(inside) > len(pages) > 10


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    away = [link for path in pages for link in _page(path).loads if urlsplit(link).netloc]
    away += [path.name for path in site.rglob("*.css") if OUTSIDE.search(path.read_text(encoding="utf-8"))]
    away += [path.name for path in pages if OUTSIDE.search(path.read_text(encoding="utf-8"))]
    assert not away
    assert any(_page(path).loads for path in pages)


def test_every_page_of_the_folder_is_in_the_site(site: Path) -> None:
    built = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    written = {
        path.relative_to(ROOT / "docs").with_suffix("").as_posix() for path in (ROOT / "docs").rglob("*.md")
    }
    assert {name.replace("README", "index") for name in written} <= built
