"""What ccxt returned, together or apart, in files or in hand."""

import json
from pathlib import Path
from typing import Any

import pytest

import ringfence
from ringfence.core.errors import BookError
from tests.fuzz.books import CCXT

POSITIONS, BALANCE, TIERS = CCXT["positions"], CCXT["balance"], CCXT["leverage_tiers"]


def symbols(*sources: Any, **options: Any) -> list[str]:
    return [p.symbol for p in ringfence.read(*sources, **options).only().book.positions]


def test_lists_in_hand_are_sources_too() -> None:
    both = ["BTC/USDT:USDT", "SOL/USDT:USDT"]
    assert symbols(POSITIONS, BALANCE, TIERS, venue="binance-usdm") == both
    assert symbols({"positions": POSITIONS, "balance": BALANCE}, venue="binance-usdm") == both


def test_an_account_without_positions_is_an_empty_list() -> None:
    assert symbols([], BALANCE, venue="binance-usdm") == []


def test_an_envelope_names_its_venue_and_the_door_speaks_for_dumps_that_name_none() -> None:
    assert ringfence.read(CCXT, venue="bybit").only().book.venue == "binance-usdm"
    with pytest.raises(BookError, match="ccxt's total on kucoin"):
        ringfence.read(POSITIONS, BALANCE, venue="kucoin")


def test_two_dumps_of_one_shape_are_refused(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(POSITIONS))
    with pytest.raises(BookError, match=r"b\.json: it lists positions that pay in USDT, and so does a\.json"):
        ringfence.read(tmp_path / "a.json", tmp_path / "b.json", venue="binance-usdm")
    with pytest.raises(
        BookError, match="book: future: it lists positions that pay in USDT, and so does book: swap"
    ):
        ringfence.read({"swap": POSITIONS, "future": POSITIONS, "balance": BALANCE}, venue="binance-usdm")


def test_a_complaint_names_the_dump(tmp_path: Path) -> None:
    path = tmp_path / "dump.json"
    path.write_text(json.dumps({"positions": [{**POSITIONS[0], "marginMode": None}], "balance": BALANCE}))
    with pytest.raises(BookError) as refused:
        ringfence.read(path, venue="binance-usdm")
    assert refused.value.where == "dump.json: positions 1 (BTC/USDT:USDT)"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"contracts": "many"}, "row 1, contracts: 'many' is not a number"),
        ({"side": None}, "side is missing"),
        ({"entryPrice": ""}, "entry price is not in these files"),
        ({"unrealizedPnl": "x"}, "unrealizedPnl: 'x' is not a number"),
    ],
)
def test_what_is_wrong_in_a_row_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(BookError, match=message):
        ringfence.read([{**POSITIONS[0], **change}], BALANCE, venue="binance-usdm")


def test_a_balance_that_is_no_table_is_named() -> None:
    with pytest.raises(BookError, match="total: expected a table of keys, got '19700'"):
        ringfence.read(POSITIONS, {**BALANCE, "total": "19700"}, venue="binance-usdm")
