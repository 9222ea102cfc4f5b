"""What ``margin`` and ``contrast`` show of a book that carries the venue's own figures."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import ringfence
from tests.unit.books import reference
from tests.unit.cli.terminal import Terminal

SAID = {
    "symbol": "BTC/USDT:USDT", "side": "long", "source": ["a dump"], "notional": "50500",
    "maintenance_requirement": "505", "liquidation_price": "69336.55",
}  # fmt: skip


def dumped(**changes: Any) -> dict[str, Any]:
    book = reference(reported=[{**SAID, **changes}])
    for row in book["position"]:
        del row["maintenance_rate"]
    return book


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    found = Terminal(tmp_path, monkeypatch, capsys)
    found.save(dumped())
    return found


@pytest.mark.parametrize("verb", ["margin", "contrast"])
def test_both_verbs_show_ours_the_venues_and_the_cause(terminal: Terminal, verb: str) -> None:
    text = terminal.run([verb, "book.json"]).out
    assert "Ours beside the venue's" in text
    assert "the tiers differ: 0.401 % here, 1 % at the venue" in text
    assert "seems out of date" in text
    data = json.loads(terminal.run([verb, "book.json", "--format", "json"]).out)
    found = data["reconciliation"][0] if verb == "margin" else data["reconciliation"]
    need = next(one for one in found["figures"] if one["figure"] == "maintenance_requirement")
    assert (need["venue"], need["agrees"], found["sources"]) == ("505", False, ["a dump"])
    assert "tiers" in need["likely_cause"]


def test_in_another_mode_or_without_the_venues_figures_nothing_is_compared(terminal: Terminal) -> None:
    assert "Ours beside" not in terminal.run(["margin", "book.json", "--mode", "cross"]).out
    terminal.save(reference())
    assert "Ours beside" not in terminal.run(["margin", "book.json"]).out
    assert "reconciliation" not in json.loads(terminal.run(["margin", "book.json", "--format", "json"]).out)


def test_the_account_is_compared_as_it_is_held_whatever_mode_is_asked() -> None:
    snapshot = ringfence.read(dumped())
    alone = ringfence.compare(snapshot, modes=["cross"], shocks=[]).reconciliation
    assert alone == ringfence.compare(snapshot, shocks=[]).reconciliation
    assert alone is not None


TOTAL = {"asset": "USDT", "source": ["a dump"], "equity": "16100"}


@pytest.mark.parametrize(
    ("need", "cause"),
    [
        ("732.60", "its positions differ by as much: see their lines"),  # 302.50 more, as of BTC alone
        ("800", "positions, orders or balances are missing from the book, or marks and index prices moved"),
    ],
)
def test_a_total_differs_for_the_reason_of_its_positions_where_they_make_up_the_difference(
    need: str, cause: str
) -> None:
    book = dumped()
    book["reported"] += [{**TOTAL, "maintenance_requirement": need}]
    found = ringfence.compare(ringfence.read(book), shocks=[]).reconciliation
    assert found is not None
    (total,) = [line for line in found.lines if (line.of, line.figure) == ("USDT", "maintenance_requirement")]
    assert (total.ours, total.cause) == (Decimal("430.10"), cause)


def test_the_venues_figures_are_of_its_own_prices_and_rules(terminal: Terminal) -> None:
    for words in (["--shock", "BTC=-10%"], ["--venue", "hyperliquid"], ["--what-if", "buy 0.1 BTC"]):
        assert "Ours beside" not in terminal.run(["margin", "book.json", *words]).out
