"""The door for files: TOML or JSON, a book or a dump, from disk or already in hand."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from ringfence.core.errors import BookError, InputError
from ringfence.importers import ccxt
from ringfence.importers.book_file import snapshot_from
from ringfence.importers.files import text_of
from ringfence.importers.parse import check_words, parse
from ringfence.margin.snapshot import Snapshot

Source: TypeAlias = str | Path | Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""A file, or what it would hold: a book's tables, or what one of ccxt's calls returned."""


def read(*sources: Source, venue: str | None = None, margin_mode: str | None = None) -> Snapshot:
    """Return the accounts that some files (or tables already in hand) describe.

    Args:
        sources: one book; or what ccxt's calls returned, together or apart.
        venue: the pack for dumps that do not name their venue.
        margin_mode: for positions whose margin mode is not in the dump.

    Raises:
        InputError: a file cannot be read, or something in it is wrong or missing.

    """
    if not sources:
        raise BookError("book", "no file was named", "Name a book file")
    documents = [(_name(source), _document(source)) for source in sources]
    parts_of = [_parts(document) for _, document in documents]
    for (name, document), parts in zip(documents, parts_of, strict=True):
        if parts is None:
            if len(documents) > 1:
                raise BookError(name, "only ccxt dumps can be put together", "Name one book file")
            return snapshot_from(document, name)
    name = " + ".join(dict.fromkeys(name for name, _ in documents))
    try:
        found, extra = _together(parts_of)
        named = venue if venue is not None else extra.pop("venue", None)
        if not isinstance(named, str):
            raise BookError("", "a ccxt dump does not name its venue", "Add --venue ID (ringfence venues)")
        document = ccxt.book_document(found, named, margin_mode, extra)
    except InputError as fault:
        raise fault.within(name) from None
    return snapshot_from(document, name)


def _parts(document: object) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return what ccxt returned, and the book file's own keys beside it; None: it is a book."""
    if isinstance(document, Mapping) and "position" in document:
        return None
    return ccxt.parts_of(document)


def _together(
    parts_of: Iterable[tuple[dict[str, Any], dict[str, Any]] | None],
) -> tuple[dict[str, Any], dict[str, Any]]:
    found: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for parts, own in filter(None, parts_of):
        for key in (found.keys() & parts) | (extra.keys() & own):
            raise BookError("", f"{key} stands twice", "Name each dump once")
        found |= parts
        extra |= own
    return found, extra


def _name(source: Source) -> str:
    return Path(source).name if isinstance(source, str | Path) else "book"


def _document(source: Source) -> object:
    if not isinstance(source, str | Path):
        check_words(source, "book")
        return source
    path = Path(source)
    return parse(text_of(path), path.name)
