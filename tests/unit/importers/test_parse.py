"""Text becomes tables by what it is, with every digit it had."""

from decimal import Decimal
from pathlib import Path

import pytest

import ringfence
from ringfence.core.errors import BookError
from ringfence.importers.parse import DEPTH_MAX, check_words, parse

TOML = 'venue = "okx"\n[collateral]\nUSDT = 1.10\n'
JSON = '{"venue": "okx", "collateral": {"USDT": 1.10}}'
TABLES = {"venue": "okx", "collateral": {"USDT": Decimal("1.10")}}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (TOML, "book.toml"),
        (JSON, "book.json"),
        (JSON, "BOOK.JSON"),
        (TOML, "book"),
        (JSON, "book"),
        (f"\n  {JSON}", "book.txt"),
    ],
)
def test_the_ending_says_what_a_file_is_or_else_the_text_does(text: str, name: str) -> None:
    assert parse(text, name) == TABLES


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("[collateral]\nUSDT = 1\n", {"collateral": {"USDT": 1}}),
        ("[[position]]\nside = 'long'\n", {"position": [{"side": "long"}]}),
        ('["BTC"]\na = 1\n', {"BTC": {"a": 1}}),
        ('[{"a": 1}]', [{"a": 1}]),
        ("[]", []),
    ],
)
def test_a_bracket_begins_a_table_of_toml_or_a_list_of_json(text: str, tables: object) -> None:
    assert parse(text, "book") == tables


@pytest.mark.parametrize(("name", "text"), [("b.json", '{"a": %s}'), ("b.toml", "a = %s")])
@pytest.mark.parametrize("number", ["0.1", "1.10", "12345678901234567890.123456789012345678", "1e-8"])
def test_a_number_keeps_every_digit(name: str, text: str, number: str) -> None:
    document = parse(text % number, name)
    assert isinstance(document, dict)
    assert str(document["a"]) == str(Decimal(number))


def test_a_mark_of_byte_order_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "book.toml"
    path.write_bytes(b"\xef\xbb\xbf" + b'venue = "okx"\non = 2025-01-01\n')
    assert ringfence.read(path).only().book.venue == "okx"


def test_tables_may_be_as_deep_as_a_raw_reply_and_no_deeper() -> None:
    deep: object = 1
    for _ in range(DEPTH_MAX - 1):
        deep = [deep]
    check_words(deep, "book")
    with pytest.raises(BookError, match="nested too deep"):
        check_words([deep], "book")


@pytest.mark.parametrize("text", ["x = " + "[" * 5000, "x = " + "[" * 5000 + "]" * 5000])
def test_brackets_without_end_are_refused(text: str) -> None:
    with pytest.raises(BookError):
        parse(text, "book.toml")


@pytest.mark.parametrize("text", ['{"a": ' + "9" * 5000 + "}", '{"a": 1e999999999999999999999}'])
def test_a_number_without_end_is_refused(text: str) -> None:
    with pytest.raises(BookError, match="a number in it cannot be read"):
        parse(text, "book.json")
