"""What ``ringfence contrast`` shows of contagion, efficiency, hints, grids and cuts, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.books import reference
from tests.unit.cli.terminal import Terminal

KNOWN = {"vols": {"BTC": "0.6", "ETH": "0.8", "SOL": "1.0"}, "correlation": {"default": "0.8"}}


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    found = Terminal(tmp_path, monkeypatch, capsys)
    found.save(reference(**KNOWN))
    return found


def shown(terminal: Terminal, *words: str) -> str:
    answer = terminal.run(["contrast", "book.json", *words])
    assert (answer.code, answer.err) == (0, "")
    return answer.out


def data(terminal: Terminal, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shown(terminal, *words, "--format", "json"))
    return found


def test_the_tables_stand_in_their_order(terminal: Terminal) -> None:
    text = shown(terminal, "--mode", "isolated,cross", "--grid", "BTC,ETH", "--cuts")
    order = [
        "the same book in every mode", "Liquidation prices, and", "Loss after a joint move (bad",
        "Who dies by whose price (cross)", "Capital efficiency against isolation", "Isolate it or pool it (cross)",
        "BTC across, ETH down", "Isolated by every cut", "Liquidation prices by cut", "Loss after a joint move by cut",
    ]  # fmt: skip
    places = [text.index(title) for title in order]
    assert places == sorted(places)


def test_each_criterion_is_named_in_full_in_every_form(terminal: Terminal) -> None:
    for form in ("md", "csv", "json"):
        text = shown(terminal, "--mode", "cross", "--format", form)
        assert "the chance that anything is liquidated within the horizon stays within the limit" in text
        assert "the expected liquidation cost stays within that share of all liquidation costs" in text
        assert "the sum of separate risks over the risk of the pools" in text


def test_the_hint_is_a_sentence_with_its_inputs(terminal: Terminal) -> None:
    text = shown(terminal, "--mode", "cross", "--format", "md")
    assert "costs -0.01105 inside the pool, 0.01654 alone: keep it in the pool" in text
    assert "first-order hint" in text
    assert "assumed: not every position has a stated liquidation fee" in text


def test_without_volatilities_the_reason_is_given_once(terminal: Terminal) -> None:
    terminal.save(reference())
    text = shown(terminal)
    assert "Capital efficiency" not in text
    assert text.count("capital efficiency and hints are not shown: [vols] has no BTC") == 1


def test_horizon_and_chance_are_the_users(terminal: Terminal) -> None:
    short = data(terminal, "--mode", "cross")["modes"][0]["capital_efficiency"]
    long = data(terminal, "--mode", "cross", "--horizon", "30", "--chance", "0.1%")["modes"][0][
        "capital_efficiency"
    ]
    assert (short["horizon_days"], short["limit"]) == ("7", "0.01")
    assert (long["horizon_days"], long["limit"]) == ("30", "0.001")
    assert float(long["criteria"][1]["mode_needs"]) > float(short["criteria"][1]["mode_needs"])


def test_the_json_holds_grid_and_cuts_where_they_were_asked(terminal: Terminal) -> None:
    assert (data(terminal)["stress_grid"], data(terminal)["cuts"]) == ([], [])
    found = data(terminal, "--mode", "isolated,cross", "--grid", "BTC,ETH", "--cuts")
    assert [one["mode"] for one in found["stress_grid"]] == ["isolated", "cross"]
    cross = found["stress_grid"][1]
    assert (len(cross["columns"]), len(cross["rows"]), len(cross["rows"][0]["buffer"])) == (11, 11, 11)
    assert cross["rows"][-1]["dead"][0] == ["cross:USDT"]
    assert {one["cut"]: one["reason"] is None for one in found["cuts"]} == {
        "at-leverage": True, "initial": True, "equal-leverage": True, "risk": True, "as-held": False,
    }  # fmt: skip


def test_every_venue_has_its_matrix_grid_and_cuts(terminal: Terminal) -> None:
    terminal.save(reference(on="2026-01-01", **KNOWN))
    found = data(
        terminal, "--venue", "binance-usdm,hyperliquid", "--mode", "cross", "--grid", "BTC,SOL", "--cuts"
    )
    for key in ("contagion_matrix", "stress_grid", "modes"):
        assert [one["venue"] for one in found[key]] == ["binance-usdm", "hyperliquid"]
    assert {one["venue"] for one in found["cuts"]} == {"binance-usdm", "hyperliquid"}
    assert all(one["capital_efficiency"]["criteria"] for one in found["modes"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--grid", "BTC"], "two coins"),
        (["--grid", "BTC,ETH,SOL"], "two coins"),
        (["--grid", "BTC,BTC"], "two different coins"),
        (["--grid", "BTC,ETC"], "Did you mean 'ETH'"),
        (["--horizon", "week"], "no time above zero"),
        (["--horizon", "0"], "above zero"),
        (["--chance", "100%"], "between 0 and 1"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_one_message(
    terminal: Terminal, words: list[str], said: str
) -> None:
    assert said in terminal.refused(["contrast", "book.json", *words])


def test_a_stablecoin_that_is_the_unit_of_the_losses_is_named(terminal: Terminal) -> None:
    text = shown(terminal, "--shock", "USDT=-35%", "--mode", "cross,multi-asset")
    assert text.count("USDT=-35%: losses counted in USDT do not show what USDT itself loses") == 1
    assert "do not show" not in shown(terminal, "--shock", "USDT=-35%", "--mode", "multi-asset")
    assert "do not show" not in shown(terminal, "--shock", "BTC=-35%")
