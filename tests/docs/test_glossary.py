"""The glossary knows every key that a person or a script meets in an answer."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BOOK = "examples/books/reference.toml"
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
LABELLED = {
    "inputs", "moves", "shares", "facts", "quantiles", "quantile_errors", "expected_shortfall",
    "expected_shortfall_errors", "contagion", "rescue", "days_lost", "optimal_split",
}  # fmt: skip
"""Keys below these are names of coins, positions and a formula's own words."""

ANSWERS = [
    ("margin", BOOK),
    ("margin", BOOK, "--what-if", "buy 0.2 BTC/USDT:USDT @ 101000 x10"),
    ("margin", BOOK, "--survive", "BTC=-30%"),
    ("margin", BOOK, "--max-size", "BTC"),
    ("margin", "examples/dumps/positions.json", "examples/dumps/balance.json"),
    ("contrast", BOOK, "--cuts", "--grid", "BTC,ETH", "--scenario", "2025-10-10"),
    ("contrast", BOOK, "--venue", "bybit,okx", "--scenario", "2025-10-10"),
    ("margin", "examples/books/options_and_perp.toml"),
    ("backtest-model", "examples/books/options_and_perp.toml", "--prices", "examples/prices.csv"),
    ("check", "vectors/coinex.toml"),
    ("contrast", BOOK, "--paths", "500", "--horizon", "1d", "--audit"),
    ("replay", BOOK, "--prices", "examples/crash.csv", "--top-up", "ratio=10%,to=5%,delay=1h,cap=500"),
    ("truths", "--closed"),
]


def keys(value: Any) -> Iterator[str]:
    """Yield every key of an answer that is a word and not a label."""
    if isinstance(value, list):
        for one in value:
            yield from keys(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            if key not in LABELLED:
                yield from keys(one)


def known(key: str) -> bool:
    """Return whether the glossary has a key, as it stands or as words."""
    spoken = key.replace("_", "[ _]")
    return re.search(rf"(?i)(?<![a-z]){spoken}(?![a-z])", GLOSSARY) is not None


@pytest.mark.parametrize("question", ANSWERS, ids=" ".join)
def test_the_glossary_knows_every_key_of_an_answer(question: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "ringfence", *question, "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = set(keys(json.loads(done.stdout)))
    assert len(found) > 5
    assert sorted(key for key in found if not known(key)) == []
