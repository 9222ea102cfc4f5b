"""The one place where a file of the user's is opened."""

from pathlib import Path

from ringfence.core.errors import BookError

BYTES_MAX = 32 * 2**20
"""A larger file holds many accounts, not one."""


_SQLITE = b"SQLite format 3\x00"
_DATABASES = {".sqlite", ".sqlite3", ".db"}


def is_database(path: Path) -> bool:
    """Return whether a file is an SQLite database; one that cannot be opened is not.

    Raises:
        BookError: its name says that it is one, and its content that it is none.

    """
    try:
        with path.open("rb") as file:
            beginning = file.read(len(_SQLITE))
    except (OSError, ValueError):
        return False  # what is wrong is said where its text is read
    if beginning != _SQLITE and path.suffix in _DATABASES:
        raise BookError(
            path.name,
            "it is no SQLite database: it may be encrypted or cut off",
            "Copy it again, unencrypted",
        )
    return beginning == _SQLITE


def has_journal(path: Path) -> bool:
    """Return whether a program has left a journal beside its database, with what is not in it yet."""
    return path.with_name(f"{path.name}-wal").is_file()


def text_of(path: Path) -> str:
    """Return the text of a file.

    Raises:
        BookError: it cannot be opened, is larger than any book, or is not text.

    """
    try:
        with path.open("rb") as file:
            content = file.read(BYTES_MAX + 1)
    except (OSError, ValueError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
        raise BookError(str(path), reason, "Name a file that can be read") from None
    if len(content) > BYTES_MAX:
        raise BookError(
            path.name,
            f"it has more than {BYTES_MAX // 2**20} MiB, and the book of one account is far smaller",
            "For many accounts write one file for each, and read one at a time",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BookError(path.name, "it is not text in UTF-8", "Save it as TOML or JSON in UTF-8") from None
