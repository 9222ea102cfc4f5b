"""The one place where a file of the user's is opened."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import SEEK_END
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


def _unopened(path: Path, fault: Exception) -> BookError:
    reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    return BookError(str(path), reason, "Name a file that can be read")


def text_of(path: Path) -> str:
    """Return the text of a file.

    Raises:
        BookError: it cannot be opened, is larger than any book, or is not text.

    """
    try:
        with path.open("rb") as file:
            content = file.read(BYTES_MAX + 1)
    except (OSError, ValueError) as fault:
        raise _unopened(path, fault) from None
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


_PARQUET = b"PAR1"
_PARQUET_MIN = 12
"""Bytes of the shortest: how it begins, the length of what describes it, how it ends."""


def is_parquet(path: Path) -> bool:
    """Return whether a file begins as a Parquet file does, or is called one: a table, and no text."""
    try:
        with path.open("rb") as file:
            return file.read(len(_PARQUET)) == _PARQUET or path.suffix in {".parquet", ".pq"}
    except (OSError, ValueError):
        return False  # what is wrong is said where it is read


def check_parquet(path: Path) -> None:
    """Complain about a file that is no Parquet file from its first to its last bytes.

    Raises:
        BookError: it cannot be opened, is empty, is something else, or has been cut short.

    """
    try:
        with path.open("rb") as file:
            beginning = file.read(len(_PARQUET))
            end = file.seek(0, SEEK_END)
            file.seek(max(end - len(_PARQUET), 0))
            last = file.read()
    except (OSError, ValueError) as fault:
        raise _unopened(path, fault) from None
    if not beginning:
        raise BookError(path.name, "it is empty", "Name a Parquet file of accounts")
    if beginning != _PARQUET:
        raise BookError(
            path.name,
            "it is no Parquet file",
            "Name one; Polars and DuckDB write CSV and databases as Parquet",
        )
    if last != _PARQUET or end < _PARQUET_MIN:
        raise BookError(
            path.name, "its end is missing: it has been cut short", "Write or copy it again, to its end"
        )


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a path to write to, beside the wanted one, whose name it takes at the end: all of it, or nothing.

    Raises:
        BookError: it cannot be written.

    """
    beside = path.with_name(f".{path.name}.part")
    try:
        yield beside
        beside.replace(path)
    except OSError as fault:
        raise BookError(str(path), fault.strerror or str(fault), "Name a file that can be written") from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
