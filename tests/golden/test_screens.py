"""What the user sees, kept as files: a change is a reviewed diff. RINGFENCE_GOLDEN=write rewrites them."""

import os
import sys
from pathlib import Path

import pytest

from ringfence.cli import main

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
BOOKS = EXAMPLES / "books"
CRASH = ["--prices", str(EXAMPLES / "crash.csv")]
SCREENS = {
    "demo.txt": ["demo"],
    "margin_reference.txt": ["margin", str(BOOKS / "reference.toml")],
    "margin_reference.json": ["margin", str(BOOKS / "reference.toml"), "--format", "json"],
    "margin_explained.txt": ["margin", str(BOOKS / "reference.toml"), "--explain", "BTC/USDT:USDT"],
    "contrast_reference.txt": ["contrast", str(BOOKS / "reference.toml")],
    "contrast_reference.md": ["contrast", str(BOOKS / "reference.toml"), "--format", "md"],
    "contrast_venues.csv": [
        "contrast", str(BOOKS / "reference.toml"), "--on", "2026-01-01", "--venue", "hyperliquid", "--format", "csv",
    ],
    "contrast_venues.md": [
        "contrast", str(BOOKS / "reference.toml"), "--on", "2026-01-01", "--venue", "hyperliquid,dydx,bybit",
        "--format", "md",
    ],
    "what_if.txt": ["margin", str(BOOKS / "reference.toml"), "--what-if", "buy 0.2 BTC/USDT:USDT @ 100000 x10"],
    "survive.txt": ["margin", str(BOOKS / "reference.toml"), "--survive", "BTC=-30%,ETH=-40%"],
    "max_size.txt": ["margin", str(BOOKS / "reference.toml"), "--max-size", "BTC/USDT:USDT"],
    "replay_reference.txt": ["replay", str(BOOKS / "reference.toml"), *CRASH],
    "replay_hours.json": [
        "replay", str(BOOKS / "reference.toml"), *CRASH, "--from", "2025-03-02T08:00:00Z", "--to",
        "2025-03-02T14:00:00Z", "--mode", "isolated,cross", "--slippage", "0.5%", "--format", "json",
    ],
    "venues.txt": ["venues"],
}  # fmt: skip


@pytest.mark.parametrize("name", SCREENS)
def test_the_screen_is_as_it_was_reviewed(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["ringfence", *SCREENS[name]])
    monkeypatch.setenv("RINGFENCE_PACKS", "")
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code in {0, None}
    shown = capsys.readouterr().out
    kept = HERE / "screens" / name
    if os.environ.get("RINGFENCE_GOLDEN") == "write":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(shown, encoding="utf-8")
    assert shown == kept.read_text(encoding="utf-8")
