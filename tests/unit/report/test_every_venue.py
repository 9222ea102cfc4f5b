"""A page for every venue: of its largest book in the vectors, and of one whose totals are not known."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import ringfence
from tests.unit.books import reference
from tests.unit.report.test_page import Outline

ROOT = Path(__file__).parents[3]
VECTORS = sorted(set((ROOT / "vectors").glob("*.toml")) - {ROOT / "vectors" / "literature.toml"})


def books(vectors: Path) -> list[dict[str, Any]]:
    cases = tomllib.loads(vectors.read_text(encoding="utf-8"), parse_float=Decimal)["case"]
    found = [
        {"venue": vectors.stem, **({"on": case["on"]} if "on" in case else {}), **case["book"]}
        for case in cases
        if case.get("level") == "book" and "account" not in case["book"] and "book_of" not in case
    ]
    return sorted(found, key=lambda book: -len(book.get("position", ())))


@pytest.mark.slow
@pytest.mark.parametrize("vectors", VECTORS, ids=lambda path: path.stem)
def test_the_largest_book_of_a_venue_has_a_page(vectors: Path) -> None:
    for book in books(vectors)[:1]:
        snapshot = ringfence.read(book)
        for result in (ringfence.assess(snapshot), ringfence.compare(snapshot)):
            outline = Outline(ringfence.html(result))
            assert outline.stack == []
            assert "How far to liquidation" in outline.headings


def test_an_account_without_positions_has_a_page() -> None:
    snapshot = ringfence.read(reference(position=[]))
    for result in (ringfence.assess(snapshot), ringfence.compare(snapshot)):
        page = ringfence.html(result)
        assert "no position is open" in page
        assert "16,000" in page


def test_what_lacks_an_index_is_not_drawn_and_says_why() -> None:
    shared = {"side": "long", "contracts": "1", "leverage": "5"}
    book = {
        "venue": "hyperliquid",
        "on": "2026-10-01",
        "account_mode": "unified",
        "collateral": {"USDC": "20000", "USDH": "1000"},
        "tier": [{"symbol": "FLX-TSLA/USDH:USDH", "floor": "0", "max_leverage": "10"}],
        "position": [
            {**shared, "symbol": "BTC", "entry_price": "80000", "mark_price": "80000"},
            {**shared, "symbol": "FLX-TSLA/USDH:USDH", "entry_price": "270", "mark_price": "250"},
        ],
    }
    page = ringfence.html(ringfence.assess(ringfence.read(book)))
    assert "Not drawn: USDH: its index price is not known" in page
    assert Outline(page).stack == []
