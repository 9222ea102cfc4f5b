"""``ringfence import`` writes a book that reads back to the same snapshot, and names what is missing."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import ringfence
from ringfence.importers.write import book_text
from ringfence.margin.snapshot import Snapshot
from tests.fuzz.books import CCXT
from tests.importers import accounts
from tests.unit.books import reference
from tests.unit.cli.terminal import Terminal

BOOKS = sorted((Path(__file__).parents[2] / "examples" / "books").glob("*.toml"))

DUMPS: dict[str, list[Any]] = {
    "binance": [accounts.binance_risk(2), accounts.binance_account(), accounts.own_tiers()],
    "bybit": [
        accounts.bybit_positions(),
        accounts.bybit_wallet(),
        accounts.bybit_info(),
        accounts.own_tiers(),
    ],
    "okx": [accounts.okx_positions(), accounts.okx_balance(), accounts.own_tiers()],
    "hyperliquid": [accounts.hyperliquid_state()],
    "deribit": [accounts.deribit_positions(), accounts.deribit_summary()],
    "ccxt": [CCXT],
}
FULL = reference(
    at="2024-10-24T08:00:00Z",
    position_mode="hedge",
    collateral={"USDT": "16000", "ETH": "-0.5"},
    order=[
        {"symbol": "BTC/USDT:USDT", "side": "buy", "contracts": "0.1", "price": "99000", "leverage": "10"}
    ],
    instrument=[{"symbol": "WIF/USDT:USDT", "payoff": "linear", "contract_size": "10", "settle": "USDT"}],
    tier=[{"symbol": "WIF/USDT:USDT", "floor": "0", "maintenance_rate": "0.015", "max_leverage": 50}],
    fee=[{"taker": "0.0004"}],
    rules=[{"kind": "slope", "base": "0.01", "increase": "0.00005", "per": "1", "symbol": "ETH/USDT:USDT"}],
    rest=[{"pool": "cross:USDT", "equity": "5"}],
    settings={"auto_top_up": True},
    marks={"WIF/USDT:USDT": "0.8"},
    indices={"ETH": "4050"},
    vols={"BTC": "0.5"},
    correlation={"default": "0.6", "BTC,ETH": "0.85"},
    feeds={"funding_rate": {"BTC/USDT:USDT": "0.0001"}},
)


def back(snapshot: Snapshot) -> Snapshot:
    return ringfence.read(tomllib.loads(book_text(snapshot, ["a.json"])))


@pytest.mark.parametrize("upstream", DUMPS)
def test_a_dump_survives_the_round_trip(upstream: str) -> None:
    snapshot = ringfence.read(*DUMPS[upstream])
    assert snapshot.holdings[0].reported
    assert back(snapshot).holdings == snapshot.holdings


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_a_book_survives_the_round_trip(path: Path) -> None:
    snapshot = ringfence.read(path)
    assert back(snapshot) == snapshot


def test_a_book_with_everything_in_it_survives_the_round_trip() -> None:
    position = {
        **FULL["position"][2],
        "extra_collateral": "10",
        "opened": "2024-10-01",
        "tags": ["grid", 'a "b"'],
    }
    snapshot = ringfence.read({**FULL, "position": [*FULL["position"][:2], position]})
    assert back(snapshot) == snapshot


def test_several_accounts_survive_the_round_trip() -> None:
    own = reference()
    rows = [{"name": "main", **own}, {"name": "grid \u2192 2", **own}]
    snapshot = ringfence.read({"account": [{k: v for k, v in row.items() if k != "on"} for row in rows]})
    assert back(snapshot) == snapshot


def test_the_book_names_what_the_files_do_not_say(terminal: Terminal) -> None:
    terminal.save(accounts.binance_risk(3), "pos.json")
    terminal.save({**accounts.binance_account(), "positions": []}, "bal.json")
    answer = terminal.run(["import", "pos.json", "bal.json", "-o", "book.toml"])
    assert answer.code == 0
    text = (terminal.folder / "book.toml").read_text(encoding="utf-8")
    for said in ("BTCUSDT: its leverage is not in these files", "single-asset is taken"):
        assert said in text
        assert f"ringfence: note: {said}" in answer.err or said in answer.err
    assert text.startswith("# Imported from pos.json, bal.json.\n")
    judged = terminal.run(["margin", "book.toml"])
    assert judged.code == 0
    assert "69336" in judged.out


def test_without_a_place_the_book_is_printed(terminal: Terminal) -> None:
    terminal.save(accounts.hyperliquid_state(), "state.json")
    assert tomllib.loads(terminal.run(["import", "state.json"]).out)["venue"] == "hyperliquid"


def test_a_snapshot_reads_back_alike_without_what_the_venue_says() -> None:
    snapshot = ringfence.read(accounts.hyperliquid_state())
    bare = replace(snapshot, holdings=tuple(replace(one, reported=None) for one in snapshot.holdings))
    assert "reported" not in book_text(bare, ["a.json"])
    assert back(bare).holdings == bare.holdings
