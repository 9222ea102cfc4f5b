"""The pages of paths and of replays in a browser: nothing is wider than the window, and the answer comes first."""

from pathlib import Path
from typing import Any

import pytest

import ringfence
from ringfence.contrast.on_paths import contrasted
from tests.browser.browser import needs_browser, probed
from tests.browser.test_page import FIRST_SCREEN, PROBE, WIDTHS
from tests.unit.report.some_curves import hedged

pytestmark = [needs_browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    book = ringfence.read(ROOT / "examples" / "books" / "reference.toml")
    return {
        "paths": ringfence.html(contrasted(hedged())),
        "replay": ringfence.html(ringfence.replay(book, ROOT / "examples" / "crash.csv")),
    }


@pytest.mark.parametrize("kind", ["paths", "replay"])
@pytest.mark.parametrize("window", WIDTHS)
def test_everything_is_there_and_nothing_is_wider_than_the_window(
    pages: dict[str, str], kind: str, window: str, tmp_path: Path
) -> None:
    seen: dict[str, Any] = probed(pages[kind], PROBE, tmp_path, WIDTHS[window])
    assert seen["scrollWidth"] <= WIDTHS[window]
    assert seen["over"] == []
    assert seen["left"] == []
    assert seen["clipped"] == []
    assert seen["drawn"] >= (5 if kind == "paths" else 4)
    assert min(seen["texts"]) >= 9  # small, and still to be read


@pytest.mark.parametrize("kind", ["paths", "replay"])
def test_the_first_screen_holds_the_answer_and_the_picture_begins_on_it(
    pages: dict[str, str], kind: str, tmp_path: Path
) -> None:
    lead, _, picture, _ = probed(pages[kind], PROBE, tmp_path, WIDTHS["desktop"])["first"]
    assert lead < picture
    assert (picture if kind == "paths" else lead) <= FIRST_SCREEN
