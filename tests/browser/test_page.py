"""The page in a browser: everything is there, nothing is wider than the window, and both grounds can be read."""

import struct
from pathlib import Path
from typing import Any

import pytest

import ringfence
from tests.browser.browser import needs_browser, probed, run

pytestmark = [needs_browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
DARK, LIGHT = 60, 200
WIDTHS = {"large": 1600, "desktop": 1280, "tablet": 768, "phone": 375}
FIRST_SCREEN = 800
PROBE = """
    const seen = (e) => { const b = e.getBoundingClientRect(); return b.width > 0 && b.height > 0; };
    const inside = (e) => e.closest('.scroll') !== null;
    const all = [...document.querySelectorAll('body *')].filter((e) => seen(e) && !e.closest('pre'));
    const wide = document.documentElement.clientWidth + 0.5;
    const page = getComputedStyle(document.body);
    return {
      width: innerWidth,
      scrollWidth: document.documentElement.scrollWidth,
      over: all.filter((e) => !inside(e) && e.getBoundingClientRect().right > wide)
               .map((e) => e.tagName + ' ' + e.textContent.slice(0, 40)),
      left: all.filter((e) => !inside(e) && e.getBoundingClientRect().left < -0.5).map((e) => e.tagName),
      headings: [...document.querySelectorAll('h2')].filter(seen).map((e) => e.textContent),
      ladders: [...document.querySelectorAll('.variant')].filter(seen).map((e) => e.className),
      clipped: [...document.querySelectorAll('svg')].filter(seen).flatMap((svg) => {
        const edge = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')].filter((e) => {
          const b = e.getBoundingClientRect();
          return b.left < edge.left - 8 || b.right > edge.right + 8;
        }).map((e) => e.textContent);
      }),
      first: ['.lead', '.answers', 'svg', 'svg rect:last-of-type'].map((name) => {
        const found = [...document.querySelectorAll(name)].filter(seen)[0];
        return found.getBoundingClientRect().bottom;
      }),
      drawn: [...document.querySelectorAll('svg')].filter(seen).length,
      texts: [...document.querySelectorAll('svg text')].filter(seen).map((e) => e.getBoundingClientRect().height),
      ink: page.color,
      ground: page.backgroundColor,
    };
"""


COINS = ["BTC", "ETH", "SOL", "XRP", "DOGE", "ADA", "AVAX", "LINK", "DOT", "LTC", "BCH", "NEAR"]


def crowded() -> dict[str, Any]:
    """Return an account of many positions, some of them so small that nothing near kills them."""
    rows = [
        {
            "symbol": f"{coin}/USDT:USDT",
            "side": "long" if k % 3 else "short",
            "contracts": str(10 ** (6 - k // 2)),
            "entry_price": "20",
            "mark_price": f"20.{k:02d}",
            "leverage": "5",
            "maintenance_rate": "0.01",
            "margin_mode": "isolated" if k % 5 == 3 else "cross",
        }
        for k, coin in enumerate(COINS)
    ]
    vols = dict.fromkeys(COINS, "0.8")
    book = {"venue": "binance-usdm", "on": "2024-10-24", "collateral": {"USDT": "40000000"}, "position": rows}
    return {**book, "vols": vols, "correlation": {"default": "0.6"}}


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    book = ringfence.read(ROOT / "examples" / "books" / "reference.toml")
    return {
        "contrast": ringfence.html(ringfence.compare(book)),
        "health": ringfence.html(ringfence.assess(book)),
        "crowded": ringfence.html(
            ringfence.compare(ringfence.read(crowded()), modes=["isolated", "as-held"])
        ),
    }


def brightness(colour: str) -> float:
    """Return the mean of a computed colour's three parts."""
    red, green, blue = (float(part) for part in colour.partition("(")[2].rstrip(")").split(",")[:3])
    return (red + green + blue) / 3


@pytest.mark.parametrize("kind", ["contrast", "health", "crowded"])
@pytest.mark.parametrize("window", WIDTHS)
def test_everything_is_there_and_nothing_is_wider_than_the_window(
    pages: dict[str, str], kind: str, window: str, tmp_path: Path
) -> None:
    seen: dict[str, Any] = probed(pages[kind], PROBE, tmp_path, WIDTHS[window])
    assert seen["width"] == WIDTHS[window]
    assert seen["scrollWidth"] <= WIDTHS[window]
    assert seen["over"] == []
    assert seen["left"] == []
    assert seen["clipped"] == []
    assert seen["ladders"] == ["variant alone percent"]
    assert seen["headings"][:3] == ["First to close", "In words", "How far to liquidation"]
    assert seen["drawn"] >= (3 if kind == "health" else 7)
    assert min(seen["texts"]) >= 9  # small, and still to be read


@pytest.mark.parametrize("window", ["desktop", "phone"])
@pytest.mark.parametrize("kind", ["contrast", "health"])
def test_the_first_screen_holds_the_answers_and_a_picture(
    pages: dict[str, str], kind: str, window: str, tmp_path: Path
) -> None:
    seen = probed(pages[kind], PROBE, tmp_path, WIDTHS[window])
    assert max(seen["first"]) <= FIRST_SCREEN


def test_dark_ground_has_light_ink_and_light_ground_has_dark(pages: dict[str, str], tmp_path: Path) -> None:
    dark = probed(pages["contrast"], PROBE, tmp_path, 1280, dark=True)
    light = probed(pages["contrast"], PROBE, tmp_path, 1280)
    for below, above in ((dark["ground"], dark["ink"]), (light["ink"], light["ground"])):
        assert brightness(below) < DARK
        assert brightness(above) > LIGHT


def test_the_readers_choice_shows_another_ladder(pages: dict[str, str], tmp_path: Path) -> None:
    choose = "document.getElementById('moves-beta').click(); document.getElementById('unit-sigmas').click();"
    seen = probed(pages["contrast"], choose + PROBE, tmp_path, 1280)
    assert seen["ladders"] == ["variant beta sigmas"]


def test_a_screenshot_has_the_size_of_the_window_and_something_on_it(
    pages: dict[str, str], tmp_path: Path
) -> None:
    page, shot = tmp_path / "page.html", tmp_path / "page.png"
    page.write_text(pages["contrast"], encoding="utf-8")
    run(tmp_path / "profile", 390, 844, f"--screenshot={shot}", page.as_uri())
    image = shot.read_bytes()
    assert struct.unpack(">II", image[16:24]) == (390, 844)
    assert len(image) > 20_000


def test_the_page_prints_as_a_pdf(pages: dict[str, str], tmp_path: Path) -> None:
    page, pdf = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_text(pages["contrast"], encoding="utf-8")
    run(tmp_path / "profile", 1280, 900, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", page.as_uri())
    assert pdf.read_bytes().startswith(b"%PDF")
