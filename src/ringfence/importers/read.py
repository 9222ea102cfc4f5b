"""The door for files: a book, or what an exchange, a library or a bot gives; from disk or already in hand."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

from ringfence.core.errors import BookError
from ringfence.core.exact import shortened
from ringfence.importers.book_file import is_book, snapshot_from
from ringfence.importers.files import is_database, text_of
from ringfence.importers.parse import check_words, parse
from ringfence.margin.snapshot import Snapshot


@runtime_checkable
class Frame(Protocol):
    """A table of pandas."""

    def to_dict(self, orient: Any) -> Any:
        """Return its rows, asked for "records"."""


@runtime_checkable
class Rows(Protocol):
    """A table of polars."""

    def to_dicts(self) -> Any:
        """Return its rows."""


Source: TypeAlias = str | Path | Rows | Frame | Mapping[str, Any] | Sequence[Any]
"""A file, or what it would hold: a book's tables, or what a call to an exchange returned."""


def read(*sources: Source, venue: str | None = None, margin_mode: str | None = None) -> Snapshot:
    """Return the accounts that some files (or tables already in hand) describe.

    Args:
        sources: one book; or dumps of one account, together or apart, with tables of a book beside them.
        venue: the pack for dumps that do not name their venue.
        margin_mode: for positions whose margin mode is not in the dump.

    Raises:
        InputError: a file cannot be read, or something in it is wrong or missing.

    """
    if not sources:
        raise BookError("book", "no file was named", "Name a book file")
    documents = [(_name(source), _document(source)) for source in sources]
    for name, document in documents:
        _check_account(name, document)
    name, document = documents[0]
    if len(documents) == 1 and is_book(document):
        return snapshot_from(document, name)
    from ringfence.importers.dumps.account import Asked
    from ringfence.importers.dumps.gather import read_dumps

    for name, document in documents:
        if is_book(document) and isinstance(document, Mapping) and document.keys() & {"position", "account"}:
            raise BookError(name, "a book is a whole account, to be read alone", "Name one book file")
    return read_dumps(documents, Asked(venue, margin_mode))


def _check_account(name: str, document: object) -> None:
    """Complain about a file that holds one value, such as null, or a sentence.

    Raises:
        BookError: it does.

    """
    sentence = isinstance(document, str) and len(document.split()) > 1
    if sentence or not isinstance(document, Mapping | Sequence):
        raise BookError(
            name,
            f"it holds {shortened(document)} and no account",
            "Ask for the account again, and save all of it",
        )


def _name(source: Source) -> str:
    return Path(source).name if isinstance(source, str | Path) else "book"


def _document(source: Source) -> object:
    if isinstance(source, str | Path):
        return _from_file(Path(source))
    if isinstance(source, Rows):
        source = source.to_dicts()
    content = source.to_dict("records") if isinstance(source, Frame) else source
    check_words(content, "book")
    return content


def _from_file(path: Path) -> object:
    if is_database(path):
        from ringfence.importers.dumps.freqtrade import database

        return database(path)
    return parse(text_of(path), path.name)
