"""One table of a foreign file, read field by field, so that every complaint can say where."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ringfence.core.errors import BookError, suggestion
from ringfence.core.exact import Bound, read_decimal, shortened


class Fields:
    """A table of named values. What was never asked for is reported as unknown by ``done``."""

    def __init__(self, where: str, table: object) -> None:
        """Take a table and the words that say where in the file it stands.

        Raises:
            BookError: it is not a table.

        """
        if not isinstance(table, Mapping) or not all(isinstance(key, str) for key in table):
            raise BookError(where, f"expected a table of keys, got {shortened(table)}", _table_example(where))
        self.where = where
        self._table: Mapping[str, Any] = table
        self._asked: set[str] = set()

    def place(self, key: str) -> str:
        """Return where a key stands."""
        name = key if key.isprintable() else shortened(key)
        return f"{self.where}, {name}" if self.where else name

    def names(self) -> list[str]:
        """Return the keys of the table, in its order."""
        return list(self._table)

    def raw(self, key: str) -> Any:
        """Return a value as it is; None where it is absent."""
        self._asked.add(key)
        return self._table.get(key)

    def table(self, key: str) -> "Fields":
        """Return a table within this one; an empty one where it is absent.

        Raises:
            BookError: it is not a table.

        """
        value = self.raw(key)
        return Fields(self.place(key), {} if value is None else value)

    def text(
        self, key: str, default: str | None = None, choices: Sequence[str] = (), example: str = "..."
    ) -> str:
        """Return a word.

        Args:
            key: its name.
            default: what stands for it where it is absent; None: it must be there.
            choices: the words it may be; none: any.
            example: a word such as may be there, for a complaint.

        Raises:
            BookError: it is missing without a default, not a word, or not among the choices.

        """
        value = self.raw(key)
        sample = f'{key} = "{choices[0] if choices else example}"'
        if value is None:
            if default is None:
                raise BookError(self.where, f"{key} is missing", f"Add {sample}")
            return default
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise BookError(self.place(key), f"{shortened(value)} is not a word", f"Write {sample}")
        word = value.strip()
        if choices and word not in choices:
            raise BookError(self.place(key), f"{shortened(value)} is unknown", suggestion(word, choices))
        return word

    def amount(self, key: str, bound: Bound | None = None, hint: str = "") -> Decimal | None:
        """Return a number, or None where it is absent.

        Raises:
            BookError: it is not a number, or out of its bound.

        """
        value = self.raw(key)
        if value is None:
            return None
        number = read_decimal(value, self.place(key))
        if bound is not None and not bound.holds(number):
            raise BookError(self.place(key), f"{number} is not {bound.text}", hint or bound.remedy)
        return number

    def needed(self, key: str, bound: Bound | None = None, hint: str = "") -> Decimal:
        """Return a number that must be there.

        Raises:
            BookError: it is missing or wrong.

        """
        number = self.amount(key, bound, hint)
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
            raise BookError(
                self.place(key), f"{shortened(value)} is not true or false", "Write true or false, unquoted"
            )
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """Return a list of words, one word alone counting as a list; none where it is absent.

        Raises:
            BookError: it is not a list of words.

        """
        value = self.raw(key)
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
            raise BookError(
                self.place(key), f"{shortened(value)} is not a list of words", f'Write {key} = ["...", "..."]'
            )
        return tuple(value)

    def tables(self, key: str) -> list[tuple[str, Any]]:
        """Return a list of tables with the words that say where each stands.

        Raises:
            BookError: it is not a list.

        """
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            raise BookError(
                self.place(key),
                f"expected a list, got {shortened(value)}",
                f"Write [[{key}]], in double brackets, before each",
            )
        prefix = f"{self.where}, " if self.where else ""
        return [(f"{prefix}{key} {number}", row) for number, row in enumerate(value, start=1)]

    def numbers(
        self, key: str, bound: Bound | None = None, name: Callable[[str], str] = str
    ) -> dict[str, Decimal]:
        """Return a table of numbers by name.

        Args:
            key: the table's name.
            bound: what each number must be.
            name: from a name as it is written to the name it is known by.

        Raises:
            BookError: a value is not a number, out of its bound, or a name stands twice.

        """
        value = self.raw(key)
        if value is None:
            return {}
        inner = Fields(self.place(key), value)
        found: dict[str, Decimal] = {}
        for word in inner.names():
            if not word.strip() or not word.isprintable():
                raise BookError(
                    inner.place(word), "the key is not a name", "Write the name of an asset or symbol"
                )
            number = inner.amount(word, bound)
            if number is None:
                raise BookError(inner.place(word), "it is null", "Write a number, or leave the key out")
            known = name(word)
            if known in found:
                raise BookError(inner.place(word), f"{known} stands twice", "Keep one of the two")
            found[known] = number
        return found

    def done(self) -> None:
        """Complain about the first key that nobody asked for.

        Raises:
            BookError: there is one.

        """
        for key in self._table:
            if key not in self._asked:
                raise BookError(self.place(key), "unknown key", suggestion(key, self._asked))


def _table_example(where: str) -> str:
    """Return how the table at a place is written."""
    if not where:
        return 'Begin with venue = "..." and [[position]] tables; ringfence demo --book prints an example'
    name = where.rpartition(", ")[2]
    header = name.partition(" ")[0]
    return (
        f"Write [[{header}]] and its keys below it"
        if " " in name
        else f"Write [{name}] and its keys below it"
    )
