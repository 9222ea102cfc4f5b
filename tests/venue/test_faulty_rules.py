"""What a pack says wrongly of factors and hours is refused at its place; what it does not say is asked of the book."""

from decimal import Decimal
from pathlib import Path

import pytest

from ringfence.core.errors import RulePackError
from ringfence.importers import read
from ringfence.margin.assess import assess
from ringfence.venue.loader import find_pack

EXAMPEX = Path(__file__).parents[1] / "venues" / "exampex.toml"
FACTORS = """factors = [
  { leverage = 10, factor = 0.1 },
  { leverage = 10, floor = 100, factor = 0.2 },
  { leverage = 20, factor = 0.3 },
]"""
HOUR = "in_force = 2026-02-01\nhour = 8"


def refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> str:
    """Return what is said of the invented pack with one passage written otherwise."""
    text = EXAMPEX.read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tmp_path / "exampex.toml").write_text(text.replace(old, new), encoding="utf-8")
    monkeypatch.setenv("RINGFENCE_PACKS", str(tmp_path))
    with pytest.raises(RulePackError) as refused:
        find_pack("exampex")
    return str(refused.value)


@pytest.mark.parametrize("said", ["", f"factor = 0.5\n{FACTORS}"])
def test_a_factor_is_one_number_or_a_table(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "neither factor nor factors, or both" in refusal(tmp_path, monkeypatch, FACTORS, said)


@pytest.mark.parametrize(
    "rows", ["{ leverage = 10, floor = 5, factor = 0.1 }", FACTORS.removeprefix("factors = [")[:-1] * 2]
)
def test_the_floors_of_a_leverage_rise_from_zero(
    rows: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = refusal(tmp_path, monkeypatch, FACTORS, f"factors = [{rows}]")
    assert "the floors at leverage 10 do not rise from 0" in said


def test_a_day_has_no_hour_beyond_its_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "hour" in refusal(tmp_path, monkeypatch, HOUR, HOUR.replace("8", "24"))


def test_a_leverage_without_a_factor_is_asked_of_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGFENCE_PACKS", str(EXAMPEX.parent))
    position = {
        "symbol": "TRX-PERP", "side": "long", "contracts": "10", "entry_price": "0.3", "mark_price": "0.3",
        "leverage": "7",
    }  # fmt: skip
    book = {"venue": "exampex", "on": "2025-06-01", "collateral": {"USDT": "100"}, "position": [position]}
    with pytest.raises(RulePackError, match="no factor for leverage 7"):
        assess(read(book))
    own = [{"kind": "factor_on_initial", "symbol": "TRX-PERP", "factor": "0.21"}]
    (pool,) = assess(read({**book, "rules": own})).accounts[0].pools
    assert abs(pool.judged.maintenance.value - Decimal("0.9")) < Decimal("1e-40")
