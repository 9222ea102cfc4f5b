"""The door for files: TOML or JSON, a book or a dump, from disk or already in hand."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ringfence.core.errors import BookError
from ringfence.importers import ccxt
from ringfence.importers.book_file import snapshot_from
from ringfence.importers.parse import check_words, parse
from ringfence.margin.snapshot import Snapshot

BYTES_MAX = 32 * 2**20
"""A larger file holds many accounts, not one."""


def read(
    *sources: str | Path | Mapping[str, Any], venue: str | None = None, margin_mode: str | None = None
) -> Snapshot:
    """Return the accounts that some files (or tables already in hand) describe.

    Args:
        sources: one book file; or what ccxt's calls returned, in one file or several.
        venue: the pack for dumps that do not name their venue.
        margin_mode: for positions whose margin mode is not in the dump.

    Raises:
        InputError: a file cannot be read, or something in it is wrong or missing.

    """
    if not sources:
        raise BookError("book", "no file was named", "Name a book file")
    documents = [(_name(source), _document(source)) for source in sources]
    found: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, document in documents:
        parts = None if isinstance(document, Mapping) and "position" in document else ccxt.parts_of(document)
        if parts is None:
            if len(documents) > 1:
                raise BookError(name, "only ccxt dumps can be put together", "Name one book file")
            return snapshot_from(document, name)
        found |= parts
        if isinstance(document, Mapping) and "total" not in document:
            extra |= {key: value for key, value in document.items() if not _is_part(value)}
    named = venue or extra.pop("venue", None)
    extra.pop("venue", None)
    if named is None:
        raise BookError(
            documents[0][0], "a ccxt dump does not name its venue", "Add --venue ID (ringfence venues)"
        )
    name = " + ".join(name for name, _ in documents)
    return snapshot_from(ccxt.book_document(found, str(named), margin_mode, extra), name)


def _is_part(value: object) -> bool:
    return ccxt.is_positions(value) or ccxt.is_balance(value) or ccxt.is_tiers(value) or value == []


def _name(source: str | Path | Mapping[str, Any]) -> str:
    return "book" if isinstance(source, Mapping) else Path(source).name


def _document(source: str | Path | Mapping[str, Any]) -> object:
    if isinstance(source, Mapping):
        check_words(source, "book")
        return source
    path = Path(source)
    try:
        with path.open("rb") as file:
            content = file.read(BYTES_MAX + 1)
    except (OSError, ValueError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
        raise BookError(str(path), reason, "Name a book file that can be read") from None
    if len(content) > BYTES_MAX:
        raise BookError(
            path.name,
            f"it has more than {BYTES_MAX // 2**20} MiB, and the book of one account is far smaller",
            "For many accounts write one file for each, and read one at a time",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BookError(path.name, "it is not text in UTF-8", "Save it as TOML or JSON in UTF-8") from None
    return parse(text, path.name)
