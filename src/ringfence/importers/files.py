"""The one place where a file of the user's is opened."""

from pathlib import Path

from ringfence.core.errors import BookError

BYTES_MAX = 32 * 2**20
"""A larger file holds many accounts, not one."""


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
