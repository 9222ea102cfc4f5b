"""Every answer says by which code, under whose rules of which day, from which book it was made."""

import json
from typing import Any

import pytest

from tests.unit.books import reference
from tests.unit.cli.terminal import Terminal

SMALL = {
    "fee": [{"taker": "0.0004"}],
    "vols": {"BTC": "0.6", "ETH": "0.8", "SOL": "1.0"},
    "collateral": {"USDT": "6000"},  # too little for both positions apart
}
QUESTIONS = {
    "margin": ["margin", "book.json"],
    "what-if": ["margin", "book.json", "--what-if", "buy 0.01 BTC/USDT:USDT"],
    "survive": ["margin", "book.json", "--survive", "BTC=-30%"],
    "max-size": ["margin", "book.json", "--max-size", "BTC/USDT:USDT"],
    "contrast": ["contrast", "book.json"],
}


def answer(terminal: Terminal, name: str) -> dict[str, Any]:
    terminal.save(reference(**SMALL))
    found: dict[str, Any] = json.loads(terminal.run([*QUESTIONS[name], "--format", "json"]).out)
    return found


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_names_code_rules_digests_overrides_and_warnings(name: str, terminal: Terminal) -> None:
    found, margin = answer(terminal, name), answer(terminal, "margin")
    assert found["schema"] == f"ringfence.{name}/1"
    assert set(margin["digests"]) == {"book", "market", "rules"}
    for key in ("code", "venue", "on", "overrides"):
        assert found[key] == margin[key] != []
    for part in ("book", "market"):
        assert found["digests"][part] == margin["digests"][part]
    if name != "contrast":  # which speaks of the rules of several modes
        assert found["digests"] == margin["digests"]
        assert found["account_mode"] == margin["account_mode"]
    assert set(margin["warnings"]) <= set(found["warnings"])


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("form", ["table", "md"])
def test_the_same_stands_below_the_tables(name: str, form: str, terminal: Terminal) -> None:
    found = answer(terminal, name)
    digests = found["digests"]
    text = terminal.run([*QUESTIONS[name], "--format", form]).out
    assert text.endswith(f"digests: {', '.join(f'{key} {digest}' for key, digest in digests.items())}\n")
    assert text.count("\noverride: ") == len(found["overrides"]) > 0


def test_what_a_mode_could_not_open_is_named_beside_what_it_must_have(terminal: Terminal) -> None:
    terminal.save(reference(**SMALL))
    text = terminal.run(QUESTIONS["survive"]).out
    assert "unopened (isolated): SOL/USDT:USDT:long: the collateral does not reach" in text
    assert answer(terminal, "survive")["unopened"] == ["SOL/USDT:USDT:long"]


def test_the_digests_of_another_book_are_others(terminal: Terminal) -> None:
    before = answer(terminal, "max-size")["digests"]
    terminal.save(reference(**{**SMALL, "collateral": {"USDT": "6001"}}))
    after = json.loads(terminal.run([*QUESTIONS["max-size"], "--format", "json"]).out)["digests"]
    assert (before["book"] != after["book"], before["rules"] == after["rules"]) == (True, True)


def test_a_result_says_that_its_prices_are_those_after_a_move(terminal: Terminal) -> None:
    terminal.save(reference())
    for words in ([], ["--what-if", "buy 0.01 BTC"], ["--survive", "BTC=-5%"]):
        asked = ["margin", "book.json", *words, "--shock", "BTC=-10%", "--scenario", "2020-03-12"]
        text = terminal.run(asked).out
        assert text.count("note: prices are those after the move BTC=-10%\n") == 1
        assert text.count("note: prices are those after the move 2020-03-12\n") == 1
