"""Text as tables: TOML or JSON, with exact decimals, and nothing in it that a result could not show."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from ringfence.core.errors import BookError
from ringfence.core.exact import shortened

DEPTH_MAX: Final = 40
"""Tables within tables. A book needs three levels, a raw reply of a venue a few more."""

_JSON: Final = re.compile(r"\s*({|\[\s*[{\]])")
"""How JSON begins. A table of TOML begins with a bracket too, but a name follows it."""

_COLUMNS: Final = re.compile(r"[,;\t]")
_COMMENT: Final = re.compile(r"\s*#(?![,;\t])")
"""How a line of TOML begins that says nothing; a spreadsheet may have a column of the name #."""

_CUT_SHORT: Final = "It may have been cut short: copy it again, or mend its end"


def parse(text: str, name: str) -> object:
    """Return the tables of a file.

    Args:
        text: its content.
        name: its name; the ending says whether it is TOML or JSON, or else the text does.

    Raises:
        BookError: it is neither, a key stands twice, or it holds what no book does.

    """
    if not text.strip():
        raise BookError(name, "it is empty", "Name a book file; ringfence demo --book prints an example")
    if text.lstrip().startswith("<"):
        raise BookError(
            name,
            "it is a web page (HTML or XML), not data",
            "Save what the API answers; a page was saved in its place, of a login or of an error",
        )
    if _is_csv(text, name):
        from ringfence.importers.dumps.spreadsheet import rows_of

        document: object = rows_of(text, name)
    else:
        document = _from_json(text, name) if _is_json(text, name) else _from_toml(text, name)
    check_words(document, name)
    return document


def _is_json(text: str, name: str) -> bool:
    ending = name.lower().rpartition(".")[2]
    if ending in {"json", "jsonl", "toml"}:
        return ending != "toml"
    return _JSON.match(text) is not None


def _is_csv(text: str, name: str) -> bool:
    ending = name.lower().rpartition(".")[2]
    if ending in {"csv", "tsv", "toml"}:
        return ending != "toml"
    first = next((line for line in text.splitlines() if line.strip() and not _COMMENT.match(line)), "")
    return (
        not _is_json(text, name)
        and "=" not in first
        and "[" not in first
        and len(_COLUMNS.findall(first)) > 1
    )


def _from_toml(text: str, name: str) -> object:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as fault:
        remedy = _CUT_SHORT if "end of document" in str(fault) else "Mend the place it names"
        raise BookError(name, f"it is not valid TOML: {fault}", remedy) from None
    except (RecursionError, ValueError, ArithmeticError) as fault:
        raise _unreadable(name, fault) from None


def _from_json(text: str, name: str) -> object:
    try:
        return json.loads(text, parse_float=Decimal, object_pairs_hook=_without_twins)
    except json.JSONDecodeError as fault:
        if fault.msg == "Extra data" and (lines := [line for line in text.splitlines() if line.strip()])[1:]:
            return [_from_json(line, f"{name}, line {number}") for number, line in enumerate(lines, start=1)]
        short = fault.msg.startswith("Unterminated") or fault.pos >= len(text.rstrip())
        remedy = _CUT_SHORT if short else "Mend the place it names"
        raise BookError(name, f"it is not valid JSON: {fault}", remedy) from None
    except _TwinError as twin:
        raise BookError(name, f"the key {twin} stands twice in one object", "Keep one of the two") from None
    except (RecursionError, ValueError, ArithmeticError) as fault:
        raise _unreadable(name, fault) from None


class _TwinError(Exception):
    """A key that stands twice."""


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _TwinError(shortened(next(key for key in keys if keys.count(key) > 1)))
    return table


def _unreadable(name: str, fault: Exception) -> BookError:
    if isinstance(fault, RecursionError):
        return BookError(
            name, "its tables are nested too deep", f"No book needs more than {DEPTH_MAX} levels"
        )
    return BookError(name, f"a number in it cannot be read: {fault}", "Write numbers as decimal strings")


def check_words(document: object, name: str) -> None:
    """Complain about tables nested too deep, and about text that is not text.

    Raises:
        BookError: there is one.

    """
    level = [document]
    for _ in range(DEPTH_MAX):
        words = [item for item in level if isinstance(item, str)]
        for word in words:
            _check_word(word, name)
        level = [part for item in level for part in _parts(item)]
        if not level:
            return
    raise BookError(name, "its tables are nested too deep", f"No book needs more than {DEPTH_MAX} levels")


def _parts(item: object) -> Sequence[object]:
    if isinstance(item, Mapping):
        return [*item.keys(), *item.values()]
    return item if isinstance(item, list | tuple) else ()


def _check_word(word: str, name: str) -> None:
    try:
        word.encode()
    except UnicodeEncodeError:
        raise BookError(
            name, f"{shortened(word)} holds half of a character", "Write the whole character, or leave it out"
        ) from None
