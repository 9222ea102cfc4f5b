"""Prices as they come in, a line at a time: JSON, ``SYMBOL PRICE`` or CSV."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from ringfence.contrast.watch import Tick
from ringfence.core.errors import BookError
from ringfence.core.exact import POSITIVE, read_decimal, shortened
from ringfence.importers.parse import parse

LINE_BYTES_MAX: Final = 2**20
"""A longer line is no tick."""

_FORMS: Final = 'Write SYMBOL PRICE, time,symbol,price or {"SYMBOL": PRICE}'
_INSTANTS: Final = ("time", "timestamp", "datetime", "date")
_NAMES: Final = ("symbol", "coin")
_PRICES: Final = ("price", "mark", "mark_price", "markPrice")
_TICKER_ONLY: Final = "Give the mark as price or mark_price: the price of the last trade liquidates nobody"
_AT_LENGTH_MAX: Final = 40
_CSV: Final = ("time", "symbol", "price")


@dataclass
class TickReader:
    """Lines of one source, read in order: what a header says of the columns holds for the lines after it."""

    name: str
    columns: tuple[str, ...] = _CSV
    begun: bool = False

    def ticks(self, lines: Iterable[bytes]) -> Iterator[Tick]:
        """Yield what each line says. Empty lines and lines that begin with # are passed over.

        Raises:
            BookError: a line is no tick, or no line is one.

        """
        none = True
        for number, line in enumerate(lines, start=1):
            tick = self._tick(line, number)
            if tick is not None:
                none = False
                yield tick
        if none:
            raise BookError(self.name, "no price came in", _FORMS)

    def _tick(self, line: bytes, number: int) -> Tick | None:
        place = f"{self.name}, line {number}"
        text = _text(line, place)
        if not text or text.startswith("#"):
            return None
        first, self.begun = not self.begun, True
        if text.startswith("{"):
            at, rows = _of_json(text, place)
        elif "," in text:
            fields = [cell.strip() for cell in next(csv.reader([text]), [])]
            if first and self._is_header(fields):
                return None
            at, rows = self._of_csv(fields, place)
        else:
            at, rows = _of_words(text, place)
        return Tick(
            place, number, _instant(at, place), {name: _price(p, name, place) for name, p in rows.items()}
        )

    def _is_header(self, fields: list[str]) -> bool:
        kinds = [_kind(field) for field in fields]
        if set(kinds) != set(_CSV) or len(kinds) != len(_CSV):
            return False
        self.columns = tuple(kinds)
        return True

    def _of_csv(self, fields: list[str], place: str) -> tuple[str, dict[str, object]]:
        if len(fields) != len(_CSV):
            raise BookError(
                place,
                f"it has {len(fields)} fields and not {len(_CSV)}",
                "Write time,symbol,price; a number has a decimal point and no comma in it",
            )
        row = dict(zip(self.columns, fields, strict=True))
        if not row["symbol"]:
            raise BookError(place, "the symbol is empty", _FORMS)
        return row["time"], {row["symbol"]: row["price"]}


def together(ticks: Iterable[Tick]) -> Iterator[Tick]:
    """Yield ticks of one instant as one, when the next instant begins. Those without an instant stay alone."""
    waiting: Tick | None = None
    for tick in ticks:
        if waiting is not None and waiting.at and waiting.at == tick.at:
            waiting = replace(tick, prices={**waiting.prices, **tick.prices})
            continue
        if waiting is not None:
            yield waiting
        waiting = tick
    if waiting is not None:
        yield waiting


def _text(line: bytes, place: str) -> str:
    if len(line) > LINE_BYTES_MAX:
        raise BookError(place, "it is longer than any line of prices", _FORMS)
    try:
        return line.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise BookError(place, "it is not text in UTF-8", _FORMS) from None


def _kind(header: str) -> str:
    for kind, words in zip(_CSV, (_INSTANTS, _NAMES, _PRICES), strict=True):
        if header.lower() in words:
            return kind
    return ""


def _of_words(text: str, place: str) -> tuple[str, dict[str, object]]:
    words = text.split()
    if len(words) != 2:  # noqa: PLR2004 - a symbol and a price
        raise BookError(place, f"{shortened(text)} is no tick", _FORMS)
    return "", {words[0]: words[1]}


def _of_json(text: str, place: str) -> tuple[object, dict[str, object]]:
    table = parse(text, place)
    if not isinstance(table, Mapping):
        raise BookError(place, "it holds more than one object", "Write one object a line")
    at = next((table[key] for key in _INSTANTS if table.get(key) is not None), "")
    named = [table[key] for key in _NAMES if isinstance(table.get(key), str) and table[key]]
    rows: dict[str, Any] = {k: v for k, v in table.items() if k not in _INSTANTS}
    if len(named) == 1 and not _is_price(named[0]):
        given = [table[key] for key in _PRICES if table.get(key) is not None]
        if not given:
            raise BookError(place, f"it has no price of {named[0]}", _TICKER_ONLY)
        rows = {named[0]: given[0]}
    if not rows:
        raise BookError(place, "it names no price", _FORMS)
    return at, rows


def _is_price(word: str) -> bool:
    try:
        read_decimal(word, "")
    except BookError:
        return False
    return True


def _price(value: object, name: str, place: str) -> Decimal:
    price = read_decimal(value, f"{place}, {name}")
    if not POSITIVE.holds(price):
        raise BookError(f"{place}, {name}", f"the price {price} is not above zero", "Leave the line out")
    return price


def _instant(value: object, place: str) -> str:
    """Return an instant as it is written: it is shown and compared, never reckoned with."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise BookError(place, f"the time {shortened(value)} is neither a word nor a number", _FORMS)
    at = str(value).strip()
    if len(at) > _AT_LENGTH_MAX or not at.isprintable():
        raise BookError(place, f"{shortened(at)} is not an instant", "Write it as 2024-10-24T08:00:00Z")
    return at
