"""No book file, however spoilt, ends in anything but a result or a complaint."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ringfence
from ringfence.importers.book_file import snapshot_from
from ringfence.importers.parse import parse
from ringfence.margin.snapshot import Snapshot
from tests.fuzz.books import CCXT, as_json, as_toml, valid_books
from tests.fuzz.mutations import spoilt
from tests.fuzz.outcomes import complaint, judged, typed

BOOKS = valid_books()
CHEAP = settings(max_examples=max(400, settings().max_examples))
"""Reading takes a millisecond, so more is read than judged."""


def written(book: dict[str, Any], form: str) -> str:
    return as_json(book) if form == "json" else as_toml(book)


def read_text(text: str, name: str) -> Snapshot:
    document = parse(text, name)
    return ringfence.read(document) if isinstance(document, dict) else snapshot_from(document, name)


def figures(snapshot: Snapshot) -> dict[str, Any]:
    result = ringfence.to_dict(ringfence.assess(snapshot))
    return {name: result[name] for name in ("accounts", "pools", "warnings", "overrides")}


@pytest.mark.parametrize("number", range(len(BOOKS)))
def test_a_sound_book_says_the_same_in_hand_in_json_and_in_toml(number: int) -> None:
    in_hand = ringfence.read(BOOKS[number])
    for form in ("json", "toml"):
        from_text = read_text(written(BOOKS[number], form), f"book.{form}")
        # What a book says instead of its pack is kept as it was written; then the figures must be the same.
        assert from_text == in_hand or figures(from_text) == figures(in_hand)


@CHEAP
@given(spoilt(BOOKS))
def test_a_spoilt_book_in_hand_is_read_or_refused(book: dict[str, Any]) -> None:
    complaint(lambda: ringfence.read(book))


@given(spoilt(BOOKS, times=2))
def test_a_spoilt_book_that_is_read_is_judged_or_refused(book: dict[str, Any]) -> None:
    complaint(lambda: judged(ringfence.read(book)))


@CHEAP
@given(spoilt((CCXT,)), st.sampled_from(["binance-usdm", "okx", "nowhere", None]))
def test_a_spoilt_dump_is_read_or_refused(dump: dict[str, Any], venue: str | None) -> None:
    complaint(lambda: ringfence.read(dump, venue=venue))
    parts = [part for part in dump.values() if isinstance(part, dict | list)]
    complaint(lambda: ringfence.read(*parts, venue=venue or "binance-usdm", margin_mode="cross"))


@CHEAP
@given(st.sampled_from(BOOKS), st.sampled_from(["json", "toml"]), st.data())
def test_a_file_cut_off_anywhere_is_read_or_refused(
    book: dict[str, Any], form: str, data: st.DataObject
) -> None:
    text = written(book, form)
    end = data.draw(st.integers(0, len(text)))
    complaint(lambda: read_text(text[:end], f"book.{form}"))


@CHEAP
@given(st.sampled_from(BOOKS), st.sampled_from(["json", "toml", "txt"]), st.data())
def test_a_file_with_other_characters_is_read_or_refused(
    book: dict[str, Any], form: str, data: st.DataObject
) -> None:
    text = written(book, form)
    at = data.draw(st.integers(0, len(text) - 1))
    instead = data.draw(
        st.text(max_size=3) | st.sampled_from(['"', "{", "]", "=", "\n", "#", "0x", "1e9", "\\u"])
    )
    complaint(lambda: read_text(text[:at] + instead + text[at + 1 :], f"book.{form}"))


@given(
    book=spoilt(BOOKS, times=2),
    form=st.sampled_from(["json", "toml"]),
    words=st.sampled_from([
        ["margin"], ["margin", "--format", "json"], ["margin", "--mode", "cross"], ["margin", "--explain"],
        ["margin", "--survive", "all=-20%"], ["contrast", "--shock", "all=-20%", "--format", "json"],
    ]),
)  # fmt: skip
def test_the_command_line_ends_with_a_result_or_with_one_message(
    book: dict[str, Any], form: str, words: list[str]
) -> None:
    name = f"book.{form}"
    content = written(book, form).encode("utf-8", errors="surrogatepass")
    typed([words[0], name, *words[1:]], {name: content})


@CHEAP
@given(st.binary(max_size=60), st.sampled_from(["book.json", "book.toml", "book"]))
def test_any_bytes_are_read_or_refused(content: bytes, name: str) -> None:
    typed(["margin", name], {name: content})


@CHEAP
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=12,
    )
)
def test_any_json_is_read_or_refused(document: Any) -> None:
    complaint(lambda: read_text(json.dumps(document), "book.json"))
    complaint(lambda: ringfence.read(document) if isinstance(document, dict | list) else None)
