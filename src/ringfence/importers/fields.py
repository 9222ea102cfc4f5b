"""One table of a foreign file, read field by field, so that every complaint can say where."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from ringfence.core.errors import BookError, suggestion

DIGITS_MAX = 40
"""More digits than this in one number are a mistake in the file, not a price."""


_SHOWN_MAX = 60


def decimal(value: object, where: str) -> Decimal:
    """Return an exact decimal from a number or a decimal string.

    Raises:
        BookError: it is neither, not finite, or longer than 40 digits.

    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise BookError(
            where, f"{_short(value)} is not a number", 'Write a number or a decimal string such as "0.5"'
        )
    try:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except (InvalidOperation, ValueError):
        raise BookError(
            where, f"{_short(value)} is not a number", 'Write a number or a decimal string such as "0.5"'
        ) from None
    if not number.is_finite():
        raise BookError(where, f"{value} is not a finite number", "Write the amount, or leave the key out")
    if len(number.as_tuple().digits) > DIGITS_MAX or abs(number.adjusted()) > DIGITS_MAX:
        raise BookError(
            where, f"the number has more than {DIGITS_MAX} digits", "Round it to what the venue keeps"
        )
    return number


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_MAX else f"{text[: _SHOWN_MAX - 3]}..."


class Fields:
    """A table of named values. What was never asked for is reported as unknown by ``done``."""

    def __init__(self, where: str, table: object) -> None:
        """Take a table and the words that say where in the file it stands.

        Raises:
            BookError: it is not a table.

        """
        if not isinstance(table, Mapping) or not all(isinstance(key, str) for key in table):
            raise BookError(
                where, f"expected a table of keys, got {_short(table)}", "See the book file's guide"
            )
        self.where = where
        self._table: Mapping[str, Any] = table
        self._asked: set[str] = set()

    def place(self, key: str) -> str:
        """Return where a key stands."""
        return f"{self.where}, {key}" if self.where else key

    def raw(self, key: str) -> Any:
        """Return a value as it is; None where it is absent."""
        self._asked.add(key)
        return self._table.get(key)

    def text(self, key: str, default: str | None = None, choices: Sequence[str] = ()) -> str:
        """Return a word.

        Raises:
            BookError: it is missing without a default, not a word, or not among the choices.

        """
        value = self.raw(key)
        if value is None:
            if default is None:
                raise BookError(self.where or "book", f"{key} is missing", f"Add {key} = {_example(choices)}")
            return default
        if not isinstance(value, str) or not value.strip():
            raise BookError(self.place(key), f"{_short(value)} is not a word", f"Write {_example(choices)}")
        if choices and value not in choices:
            raise BookError(self.place(key), f"{_short(value)} is unknown", suggestion(value, choices))
        return value.strip()

    def amount(self, key: str, *, positive: bool = False, hint: str = "") -> Decimal | None:
        """Return a number, or None where it is absent.

        Raises:
            BookError: it is not a number, or not positive where it must be.

        """
        value = self.raw(key)
        if value is None:
            return None
        number = decimal(value, self.place(key))
        if positive and number <= 0:
            raise BookError(
                self.place(key), f"{number} is not greater than zero", hint or "Write a positive number"
            )
        return number

    def needed(self, key: str, *, positive: bool = False, hint: str = "") -> Decimal:
        """Return a number that must be there.

        Raises:
            BookError: it is missing or wrong.

        """
        number = self.amount(key, positive=positive, hint=hint)
        if number is None:
            raise BookError(self.where, f"{key} is missing", f'Add {key} = "..."')
        return number

    def flag(self, key: str) -> bool:
        """Return true or false; false where it is absent.

        Raises:
            BookError: it is neither.

        """
        value = self.raw(key)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise BookError(self.place(key), f"{_short(value)} is not true or false", "Write true or false")
        return value

    def tables(self, key: str) -> list[tuple[str, Any]]:
        """Return a list of tables with the words that say where each stands.

        Raises:
            BookError: it is not a list.

        """
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise BookError(
                self.place(key), f"expected a list, got {_short(value)}", f"Write [[{key}]] before each"
            )
        prefix = f"{self.where}, " if self.where else ""
        return [(f"{prefix}{key} {number}", row) for number, row in enumerate(value, start=1)]

    def numbers(
        self, key: str, *, positive: bool = False, name: Callable[[str], str] = str
    ) -> dict[str, Decimal]:
        """Return a table of numbers by name.

        Raises:
            BookError: a value is not a number, not positive where it must be, or a name stands twice.

        """
        value = self.raw(key)
        if value is None:
            return {}
        inner = Fields(self.place(key), value)
        found: dict[str, Decimal] = {}
        for word in value:
            number = inner.amount(word, positive=positive)
            if number is None:
                raise BookError(inner.place(word), "it is null", "Write a number, or leave the key out")
            if name(word) in found:
                raise BookError(inner.place(word), f"{name(word)} stands twice", "Keep one of the two")
            found[name(word)] = number
        return found

    def done(self) -> None:
        """Complain about the first key that nobody asked for.

        Raises:
            BookError: there is one.

        """
        for key in self._table:
            if key not in self._asked:
                raise BookError(self.place(key), "unknown key", suggestion(key, self._asked))


def _example(choices: Sequence[str]) -> str:
    return f'"{choices[0]}"' if choices else '"..."'
