"""Bad input is one message that says where, what and how to mend it; exit 2, and nothing half-written.

The messages stand in messages.txt, to be read as a new user would: a change is a reviewed diff.
RINGFENCE_GOLDEN=write rewrites them.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from ringfence.importers.files import BYTES_MAX
from tests.unit.books import reference, with_position
from tests.unit.cli.option_mistakes import HISTORIES, OPTION_BOOKS, OPTION_QUESTIONS, PERPETUAL, book
from tests.unit.cli.replay_mistakes import PRICES, REPLAYS
from tests.unit.cli.terminal import Terminal

PAGE = Path(__file__).parent / "messages.txt"
SYMBOL = "BTC/USDT:USDT"


def tiers(*rows: dict[str, Any]) -> dict[str, Any]:
    return reference(tier=[{"symbol": SYMBOL, **row} for row in rows])


def legs(symbol: str = SYMBOL, **changes: Any) -> dict[str, Any]:
    """Return a book with a long and a short of one symbol."""
    leg = {
        "symbol": symbol,
        "contracts": "1",
        "entry_price": "100000",
        "mark_price": "100000",
        "leverage": "5",
    }
    return reference(position=[{**leg, "side": side} for side in ("long", "short")], **changes)


def order(**changes: Any) -> dict[str, Any]:
    row = {"symbol": SYMBOL, "side": "buy", "contracts": "1", "price": "90000", "leverage": "10"}
    return reference(order=[{**row, **changes}])


def step(rate_step: str) -> dict[str, Any]:
    return {"kind": "step", "base": "0.01", "base_limit": "1", "step": "1", "rate_step": rate_step}


LOW, HIGH = {"floor": "0", "maintenance_rate": "0.004"}, {"floor": "1000", "maintenance_rate": "0.01"}
ISOLATED = {**reference()["position"][2], "symbol": "ETH-PERPETUAL"}
WHOLE = reference()["position"]

BOOKS: dict[str, Any] = {
    # --- wrong types -------------------------------------------------------------------------------
    "a number that is a list": with_position(0, contracts=["1"]),
    "a number that is a word": with_position(0, contracts="half"),
    "a number that is a yes": with_position(0, leverage=True),
    "a number that is NaN": with_position(0, contracts="NaN"),
    "a number without end": with_position(0, leverage="Infinity"),
    "more digits than a price has": with_position(0, entry_price="1" * 41),
    "a word that is a number": with_position(0, side=1),
    "a word with a line break": with_position(0, symbol="BTC\n"),
    "a table that is a list": reference(collateral=["USDT"]),
    "a list that is a table": reference(position={"symbol": SYMBOL}),
    "a row that is a word": reference(position=["BTC"]),
    "a yes that is a word": order(reduce_only="yes"),
    # --- missing -----------------------------------------------------------------------------------
    "no size": with_position(0, contracts=None),
    "no venue": {"collateral": {"USDT": "1"}},
    "no mark": with_position(0, mark_price=None),
    "no contract size": reference(venue="bitmex", on="2025-01-01", position=[{**WHOLE[0], "symbol": "SOL/USDT:USDT"}]),
    # --- out of bounds -----------------------------------------------------------------------------
    "a negative size": with_position(0, contracts="-0.5"),
    "a negative price": with_position(0, entry_price="-100000"),
    "a negative price of an order": order(price="-1"),
    "a mark of zero": with_position(0, mark_price=0),
    "a rate above one": with_position(0, maintenance_rate="4"),
    "a deduction below zero": with_position(0, deduction="-1"),
    "a correlation above one": reference(correlation={"default": "1.2"}),
    # --- unknown -----------------------------------------------------------------------------------
    "a venue with a slip": reference(venue="binanse-usdm"),
    "a venue nobody knows": reference(venue="mtgox"),
    "a symbol with a slip": with_position(0, symbol="BTC/USDTT:USDT"),
    "a symbol in small letters": with_position(0, symbol="btc/usdt:usdt"),
    "a spot symbol": with_position(0, symbol="BTC/USDT"),
    "a symbol of the venue with a slip": with_position(0, symbol="BTCUSTD"),
    "a symbol nobody knows": with_position(0, symbol="NOPE"),
    "a symbol that expires on no day": with_position(0, symbol="BTC/USDT:USDT-251332"),
    "a mark of an unknown symbol": reference(marks={"BTC/USD:BTC": "1"}),
    "a feed of an unknown symbol": reference(feeds={"funding_rate": {"BTC/USD:BTC": "1"}}),
    "a coin without tiers": with_position(2, symbol="WIF/USDT:USDT", maintenance_rate=None),
    "a side with a slip": with_position(0, side="lnog"),
    "an account mode with a slip": reference(account_mode="multi"),
    "a key at the top with a slip": reference(colateral={}),
    "a key of a position with a slip": with_position(0, contract="1"),
    "a rest of no pool": reference(rest=[{"pool": "cros:USDT"}]),
    # --- days --------------------------------------------------------------------------------------
    "a day before the pack begins": reference(on="2015-01-01"),
    "no such day": reference(on="2024-02-30"),
    "no such instant": reference(at="2024-10-24T25:00"),
    "an instant on another day": reference(at="2024-10-25T08:00:00Z"),
    # --- company -----------------------------------------------------------------------------------
    "long and short in one-way mode": legs(),
    "long and short where the venue keeps one": legs(
        "BTC", venue="hyperliquid", on="2025-01-01", position_mode="hedge"),
    "a position twice": reference(position=[*WHOLE, WHOLE[0]]),
    "two marks of one symbol": reference(marks={SYMBOL: "1"}),
    "a wallet of a cross position": with_position(0, collateral="100"),
    "a deduction without its rate": with_position(0, maintenance_rate=None, deduction="5"),
    "an isolated position where the mode has none": reference(account_mode="multi-asset"),
    "an isolated position where the venue has none": reference(venue="deribit", on="2025-01-01", position=[ISOLATED]),
    "two accounts of one name": {
        "venue": "binance-usdm", "account": [{"name": "a", "position": []}, {"name": "a", "position": []}]},
    "a table beside accounts": {"venue": "binance-usdm", "account": [{"name": "a"}], "position": []},
    # --- the book's own tables ---------------------------------------------------------------------
    "a gap between tiers": tiers({**LOW, "cap": "500"}, HIGH),
    "an overlap of tiers": tiers({**LOW, "cap": "1500"}, HIGH),
    "tiers that begin above zero": tiers(HIGH),
    "a rate that falls": tiers({**LOW, "maintenance_rate": "0.02"}, HIGH),
    "a deduction that does not follow": tiers(LOW, {**HIGH, "deduction": "60"}),
    "a tier in percent": tiers({**LOW, "maintenance_rate": "40"}),
    "a tier with a word for a number": tiers({**LOW, "cap": "many"}),
    "a tier with a slip": tiers({"floor": "0", "maintenance_rat": "0.4"}),
    "tiers in two units": tiers({**LOW, "unit": "quote"}, {**HIGH, "unit": "coin"}),
    "a tier without a symbol": reference(tier=[LOW]),
    "an unknown kind of rule": reference(rules=[{"kind": "slop"}]),
    "a rule that lacks a number": reference(rules=[{"kind": "slope", "base": "0.01"}]),
    "a rule with a slip": reference(rules=[{"kind": "slope", "base": "0.01", "increse": "0"}]),
    "a step of nothing": reference(rules=[step("0")]),
    "a rule twice": reference(rules=[step("0.01"), step("0.02")]),
    "a fee of a hundred percent": reference(fee=[{"taker": "1"}]),
    "a fee twice": reference(fee=[{"taker": "0.001"}, {"taker": "0.002"}]),
    "a switch with a slip": reference(settings={"auto_topup": True}),
    "a contract with a slip": reference(instrument=[{"symbol": "X", "payoff": "lineal", "settle": "USDT"}]),
}  # fmt: skip

FILES: dict[str, tuple[str, Any]] = {
    "a file that is cut off (TOML)": ("book.toml", 'venue = "binance-usdm"\n[[position]]\nsymbol = "BTC/US'),
    "a file that is cut off (JSON)": ("book.json", '{"venue": "binance-usdm", "position": [{"symb'),
    "a slip of the pen in TOML": ("book.toml", 'venue = "binance-usdm"\ncollateral = USDT\n'),
    "a slip of the pen in JSON": ("book.json", '{"venue": "binance-usdm",, "position": []}'),
    "a key twice in JSON": ("book.json", '{"venue": "binance-usdm", "collateral": {"USDT": 1, "USDT": 2}}'),
    "NaN as JSON writes it": ("book.json", '{"venue": "binance-usdm", "collateral": {"USDT": NaN}}'),
    "tables without end": ("book.json", '{"a":' * 100 + "1" + "}" * 100),
    "half a character": ("book.json", '{"venue": "binance-usdm\\ud83d"}'),
    "an empty file": ("book.toml", ""),
    "a file that holds a list": ("book.json", "[1, 2]"),
    "a file that is no text": ("book.toml", b"\xff\xfe\x00\x01"),
    "a file of many accounts": ("book.toml", b"#" * (BYTES_MAX + 1)),
}

QUESTIONS: dict[str, list[str]] = {
    "no such file": ["margin", "nowhere.toml"],
    "a folder": ["margin", "."],
    "two books at once": ["margin", "book.json", "book.json"],
    "where nothing can be written": ["margin", "book.json", "-o", "nowhere/result.txt"],
    "where a folder stands": ["margin", "book.json", "-o", "."],
    "an order that is none": ["margin", "book.json", "--what-if", "hold 2 BTC"],
    "an order of nothing": ["margin", "book.json", "--what-if", "buy 0 BTC/USDT:USDT"],
    "an order at no price": ["margin", "book.json", "--what-if", "buy 1 BTC/USDT:USDT @ -5"],
    "an order without a mark": ["margin", "book.json", "--what-if", "buy 1 XRP/USDT:USDT"],
    "an order of an unknown symbol": ["margin", "book.json", "--what-if", "buy 1 BTC/USDTT:USDT"],
    "an order in another margin mode": ["margin", "book.json", "--what-if", "buy 1 BTC/USDT:USDT isolated"],
    "a size of an unknown symbol": ["margin", "book.json", "--max-size", "NOPE"],
    "a size that only reduces": ["margin", "book.json", "--max-size", "BTC/USDT:USDT reduce-only"],
    "a size at no leverage": ["margin", "book.json", "--max-size", "BTC/USDT:USDT x0"],
    "a size without a mark": ["margin", "book.json", "--max-size", "XRP/USDT:USDT"],
    "a shock that is none": ["margin", "book.json", "--shock", "BTC"],
    "a shock without a number": ["margin", "book.json", "--shock", "BTC=down"],
    "a shock that moves nothing": ["contrast", "book.json", "--shock", ""],
    "a shock of all there is": ["margin", "book.json", "--survive", "BTC=-100%"],
    "a shock that might be percent": ["margin", "book.json", "--survive", "BTC=-30"],
    "a shock of an unknown coin": ["margin", "book.json", "--shock", "BTCC=-30%"],
    "a shock of a coin nobody knows": ["contrast", "book.json", "--shock", "all=-5%,QQQ=-30%"],
    "a scenario with a slip": ["margin", "book.json", "--scenario", "2020-03-13"],
    "a scenario nobody knows": ["contrast", "book.json", "--scenario", "the flood"],
    "a mode with a slip": ["margin", "book.json", "--mode", "isolate"],
    "a mode of a contrast with a slip": ["contrast", "book.json", "--mode", "cross,isolate"],
    "a cut that cannot divide": ["margin", "book.json", "--mode", "isolated", "--cut", "risk"],
    "a venue of a contrast with a slip": ["contrast", "book.json", "--venue", "hyperliqid"],
    "a day that is none": ["margin", "book.json", "--on", "yesterday"],
    "a day before the rules begin": ["margin", "book.json", "--on", "2010-01-01"],
    "a day before a pack begins": ["venues", "okx", "--on", "2010-01-01"],
    "a pack with a slip": ["venues", "okex1"],
    "a limit that is none": ["margin", "book.json", "--fail-below", "ten"],
    "a limit without volatilities": ["margin", "book.json", "--fail-below", "2sigma"],
    "every crossing of an order": ["margin", "book.json", "--what-if", "buy 1 BTC", "--all-crossings"],
    "every crossing and an explanation": ["margin", "book.json", "--explain", "--all-crossings"],
    "every crossing as an image": ["margin", "book.json", "--all-crossings", "--format", "png"],
    "two questions": ["margin", "book.json", "--what-if", "buy 1 BTC", "--survive", "BTC=-5%"],
    "a question with a limit": ["margin", "book.json", "--what-if", "buy 1 BTC", "--fail-below", "10%"],
    "a symbol without an explanation": ["margin", "book.json", "--symbol", "BTC"],
    "an explanation as JSON": ["margin", "book.json", "--explain", "--format", "json"],
    "a size in a mode": ["margin", "book.json", "--max-size", "BTC", "--mode", "cross"],
    "two venues where one fits": ["margin", "book.json", "--venue", "bybit,okx"],
    "two venues to watch": ["watch", "book.json", "--prices", "ticks", "--venue", "bybit,okx"],
    "a venue of no name": ["contrast", "book.json", "--venue", "okx,"],
    "a mode of no name": ["contrast", "book.json", "--mode", ""],
    "a horizon in percent": ["contrast", "book.json", "--horizon", "7%"],
    "a day for all packs": ["venues", "--on", "2024-10-24"],
    "a page's name for a table": ["demo", "-o", "demo.html"],
    "prices of no name": ["watch", "book.json", "--prices", ""],
    "volatilities from an empty file": ["margin", "book.json", "--vols", "empty.toml"],
    "volatilities from nowhere": ["margin", "book.json", "--vols", "nowhere.toml"],
    "volatilities that are none": ["margin", "book.json", "--vols", "vols.toml"],
    "an explanation of what is not held": ["margin", "book.json", "--explain", "XRP/USDT:USDT"],
    "vectors from nowhere": ["check", "nowhere.toml"],
    "a book as vectors": ["check", "book.toml"],
}


def messages() -> dict[str, str]:
    """Return the reviewed messages: a line that names the case, and the message indented below it."""
    blocks = PAGE.read_text(encoding="utf-8").split("\n\n") if PAGE.exists() else []
    found = (block.strip().partition("\n    ") for block in blocks)
    return {case: message for case, _, message in found}


def review(case: str, said: str) -> None:
    """Compare a message with the reviewed one, or put it on the page."""
    assert said.startswith("ringfence: ")
    assert said.count("\n") == 1
    message = said.removeprefix("ringfence: ").strip()
    known = messages()
    if os.environ.get("RINGFENCE_GOLDEN") == "write":
        known[case] = message
        order_of = [*BOOKS, *FILES, *QUESTIONS, *OPTION_BOOKS, *OPTION_QUESTIONS, *REPLAYS]
        page = [f"{name}\n    {known[name]}\n" for name in order_of if name in known]
        PAGE.write_text("\n".join(page), encoding="utf-8")
    assert message == known.get(case)


@pytest.mark.parametrize("case", BOOKS)
def test_a_wrong_book_is_refused_in_words(case: str, terminal: Terminal) -> None:
    terminal.save({key: value for key, value in BOOKS[case].items() if value is not None})
    review(case, terminal.refused(["margin", "book.json", "-o", "result.txt"]))


@pytest.mark.parametrize("case", FILES)
def test_a_wrong_file_is_refused_in_words(case: str, terminal: Terminal) -> None:
    name, content = FILES[case]
    terminal.save(content, name)
    review(case, terminal.refused(["contrast", name, "-o", "result.txt"]))


@pytest.mark.parametrize("case", QUESTIONS)
def test_a_wrong_question_is_refused_in_words(case: str, terminal: Terminal) -> None:
    terminal.save(reference())
    terminal.save('venue = "binance-usdm"\n', "book.toml")
    terminal.save('BTC = "60 %"\n', "vols.toml")
    words = QUESTIONS[case]
    terminal.save("", "empty.toml")
    written = "-o" in words or words[0] == "watch"
    review(case, terminal.refused(words if written else [*words, "-o", "result.txt"]))


@pytest.mark.parametrize("case", OPTION_BOOKS)
def test_a_wrong_book_of_options_is_refused_in_words(case: str, terminal: Terminal) -> None:
    terminal.save(OPTION_BOOKS[case])
    review(case, terminal.refused(["margin", "book.json", "-o", "result.txt"]))


@pytest.mark.parametrize("case", OPTION_QUESTIONS)
def test_a_wrong_question_about_options_is_refused_in_words(case: str, terminal: Terminal) -> None:
    terminal.save(book(PERPETUAL))
    for name, content in HISTORIES.items():
        terminal.save(content, name)
    review(case, terminal.refused([*OPTION_QUESTIONS[case], "-o", "result.txt"]))


@pytest.mark.parametrize("case", REPLAYS)
def test_a_wrong_replay_is_refused_in_words(case: str, terminal: Terminal) -> None:
    terminal.save(book(PERPETUAL))
    for name, content in PRICES.items():
        terminal.save(content, name)
    review(case, terminal.refused([*REPLAYS[case], "-o", "result.txt"]))


def test_every_message_on_the_page_has_its_case() -> None:
    assert list(messages()) == [*BOOKS, *FILES, *QUESTIONS, *OPTION_BOOKS, *OPTION_QUESTIONS, *REPLAYS]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["margin", "book.json", "--cut", "levreage"], ["--cut", "at-leverage", "equal-leverage"]),
        (["margin", "book.json", "--format", "jsn"], ["--format", "json", "csv"]),
        (["margin", "book.json", "--margin-mode", "x"], ["--margin-mode", "cross", "isolated"]),
        (["margin"], ["BOOK"]),
        (["margin", ""], ["BOOK", "the name is empty"]),
        (["margin", "book.json", "-o", ""], ["--output", "the name is empty"]),
        (["contrast", "book.json", "--vols", ""], ["--vols", "the name is empty"]),
        (["margin", "book.json", "--positions", "--nearest"], ["--positions", "./--nearest"]),
        (["replay", "book.json", "--prices", "--from"], ["--prices", "./--from"]),
        (["margni", "book.json"], ["margni", "Did you mean 'margin'"]),
        (["margin", "book.json", "--mod", "x"], ["--mod", "--mode"]),
    ],
)
def test_a_command_that_does_not_parse_names_what_may_stand_there(
    words: list[str], named: list[str], terminal: Terminal
) -> None:
    terminal.save(reference())
    said = terminal.refused(words)
    assert all(word in said for word in named)
    assert "Traceback" not in said
