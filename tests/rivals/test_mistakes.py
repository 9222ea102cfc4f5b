"""Every mistake known from other tools makes a vector fail; the one that catches it is named."""

import contextlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from ringfence.cli.cases import CaseResult, run_file
from ringfence.core.errors import VectorError
from tests.rivals.mistakes import MISTAKES

ROOT = Path(__file__).parents[2]

CAUGHT_BY: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    # Binance's published example of two positions: the prices it prints are met with the right tier only.
    "tier_by_collateral": (
        "binance-usdm", ("binance-usdm-cross-oneway-2pos-btc", "binance-usdm-cross-oneway-2pos-eth")),
    # A position whose liquidation price lies in another tier than today's mark, as the venue answered.
    "tier_of_today": ("hyperliquid", ("hl-live-tier-kSHIB", "hl-live-tier-DOT")),
    "no_deduction": ("binance-usdm", ("binance-usdm-cross-oneway-2pos-btc", "binance-usdm-cross-mm-2pos")),
    "one_flat_rate": ("binance-usdm", ("binance-usdm-cross-oneway-2pos-btc", "binance-usdm-cross-mm-2pos")),
    "other_shorts_gain_like_longs": ("binance-usdm", ("cross-long-beside-a-losing-short",)),
    "others_stand_at_entry": (
        "binance-usdm", ("binance-usdm-cross-oneway-2pos-btc", "binance-usdm-cross-oneway-2pos-eth")),
    "others_need_nothing": (
        "binance-usdm", ("binance-usdm-cross-oneway-2pos-btc", "binance-usdm-cross-oneway-2pos-eth")),
}  # fmt: skip
"""The vector file, and cases of it that fail once the mistake is planted."""


@pytest.fixture(autouse=True)
def shipped_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGFENCE_PACKS", "")


def _path(file: str) -> Path:
    return ROOT / "vectors" / f"{file}.toml"


def results(file: str) -> Iterator[CaseResult]:
    """Yield what becomes of the cases of a file, up to one that a mistake leaves without the fields it asks for."""
    with contextlib.suppress(VectorError):
        yield from run_file(_path(file))


@cache
def failing_without_a_mistake(file: str) -> frozenset[str]:
    return frozenset(result.id for result in run_file(_path(file)) if not result.passes)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_caught(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file, cases = CAUGHT_BY[mistake]
    assert not failing_without_a_mistake(file)
    MISTAKES[mistake](monkeypatch)
    caught = {result.id: result.mismatches for result in results(file) if not result.passes}
    assert caught.keys() >= set(cases), f"it is caught by {sorted(caught) or 'nothing'}"
    for case in cases:
        assert caught[case], f"{case} fails without a figure that differs"


def test_every_known_mistake_says_who_catches_it() -> None:
    assert set(CAUGHT_BY) == set(MISTAKES)
    assert all((plant.__doc__ or "").endswith(".") for plant in MISTAKES.values())
