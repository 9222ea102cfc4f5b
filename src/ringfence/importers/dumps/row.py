"""One row of a venue's answer, where nothing is written in many ways."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from math import isnan
from typing import Any

from ringfence.core.errors import BookError
from ringfence.core.exact import is_long, read_decimal, shortened
from ringfence.importers.fields import Fields

_SECONDS_MAX = 10**11
"""No clock shows as many seconds since 1970: it is milliseconds."""

_TRUE = (True, "true", "True", "TRUE", 1, "1")


class Row(Fields):
    """A table of named values. What is null, empty or not a number says nothing, as if it were not there."""

    def __init__(self, where: str, table: object) -> None:
        """Take a row and the words that say where in the dump it stands."""
        super().__init__(where, table)
        self._inner: list[Row] = []

    def raw(self, key: str) -> Any:
        """Return a value as it is; None where it says nothing."""
        value = super().raw(key)
        return None if is_nothing(value) else value

    def any_of(self, *keys: str) -> Any:
        """Return the first value that says something, of several spellings of one name."""
        found = [value for value in map(self.raw, keys) if value is not None]
        return found[0] if found else None

    def number(self, *keys: str) -> Decimal | None:
        """Return a number by one of its names, or None.

        Raises:
            BookError: something else stands there.

        """
        for key in keys:
            value = self.raw(key)
            if value is not None:
                return read_decimal(_trimmed(value), self.place(key))
        return None

    def must(self, *keys: str) -> Decimal:
        """Return a number by one of its names.

        Raises:
            BookError: it is missing, or something else.

        """
        found = self.number(*keys)
        if found is None:
            raise BookError(self.where, f"{keys[0]} is missing or empty", "Save the answer again, whole")
        return found

    def price(self, *keys: str) -> Decimal | None:
        """Return a price; None where it is missing, zero or negative, which all mean that there is none."""
        found = self.number(*keys)
        return found if found is not None and found > 0 else None

    def word(self, *keys: str) -> str:
        """Return a word by one of its names, or an empty one.

        Raises:
            BookError: something else stands there.

        """
        found = self.any_of(*keys)
        if found is not None and not isinstance(found, str):
            raise BookError(self.place(keys[0]), f"{shortened(found)} is not a word", "Save the answer again")
        return found or ""

    def named(self, *keys: str) -> str:
        """Return a word by one of its names, which has to be there.

        Raises:
            BookError: it is missing, or something else.

        """
        found = self.word(*keys)
        if not found.strip():
            raise BookError(self.where, f"{keys[0]} is missing or empty", "Save the answer again, whole")
        return found

    def truth(self, key: str) -> bool | None:
        """Return yes or no, however it is written; None where it is missing."""
        found = self.raw(key)
        return None if found is None else found in _TRUE

    def instant(self, *keys: str) -> datetime | None:
        """Return an instant from milliseconds or seconds since 1970; None where it is missing or nought.

        Raises:
            BookError: something else stands there.

        """
        found = self.number(*keys)
        if not found or found < 0:
            return None
        seconds = found / 1000 if found > _SECONDS_MAX else found
        if seconds > _SECONDS_MAX:
            raise BookError(self.place(keys[0]), f"{found} is not an instant", "Save the answer again")
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(seconds * 1000))

    def inner(self, key: str) -> "Row":
        """Return a row within this one; an empty one where it is missing.

        Raises:
            BookError: something else stands there.

        """
        row = Row(self.place(key), {} if self.raw(key) is None else self.raw(key))
        self._inner.append(row)
        return row

    def rows(self, key: str) -> list["Row"]:
        """Return the rows of a list within this one, or of a table of rows by name.

        Raises:
            BookError: something else stands there.

        """
        value = self.raw(key)
        items = list(value.values()) if isinstance(value, Mapping) else value
        if items is None:
            items = []
        if not isinstance(items, Sequence) or isinstance(items, str):
            raise BookError(
                self.place(key), f"expected a list, got {shortened(items)}", "Save the answer again"
            )
        found = [Row(f"{self.place(key)} {number}", item) for number, item in enumerate(items, start=1)]
        self._inner += found
        return found

    def unread(self) -> Iterator[str]:
        """Yield the names that nobody asked for, also those of rows within this one."""
        yield from (name for name in self.names() if name not in self._asked)
        for row in self._inner:
            yield from row.unread()


def _trimmed(value: object) -> object:
    """Return a number of many digits without the zeros at its end, of which some venues write dozens (0E-54)."""
    if not isinstance(value, str | Decimal):
        return value
    try:
        number = Decimal(value)
        if not number.is_finite() or not is_long(number):
            return value
        return number.normalize(Context(prec=len(number.as_tuple().digits)))
    except ArithmeticError:  # no number, or one beyond every exponent: whoever reads it complains
        return value


def is_nothing(value: object) -> bool:
    """Return whether a value stands for none: null, "", or what a frame writes for a hole."""
    if isinstance(value, Decimal):
        return value.is_nan()
    return value is None or value == "" or (isinstance(value, float) and isnan(value))
