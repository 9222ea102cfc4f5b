"""Standard input as a file, and standard output that may be full, closed, or of few letters."""

import codecs
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Final

STANDARD_INPUT: Final = "-"

_PLAIN: Final = {
    "─": "-", "–": "-", "−": "-", "·": ".", "σ": "s", "†": "+", "÷": "/", "×": "x", "█": "#", "░": ".",
    "≤": "<", "\u00a0": " ", "…": ".",
}  # fmt: skip
"""A letter for each that a terminal may lack, of the same width, so that tables stay in line."""


def _plainly(fault: UnicodeError) -> tuple[str, int]:
    if not isinstance(fault, UnicodeEncodeError):
        raise fault
    return "".join(_PLAIN.get(letter, "?") for letter in fault.object[fault.start : fault.end]), fault.end


def open_streams() -> None:
    """Let output never stop at a letter that the terminal lacks; what is closed swallows what is written."""
    codecs.register_error("ringfence.plain", _plainly)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open to the end
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="ringfence.plain")


def give_up_output() -> None:
    """Let what is still waiting go nowhere: nobody reads it, or there is no room, and that has been said."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


@contextmanager
def on_disk(books: Sequence[Path]) -> Iterator[list[Path]]:
    """Give the files of an account, with what comes from standard input as one of them where - stands.

    Raises:
        BookError: standard input is closed, or named more than once.

    """
    if Path(STANDARD_INPUT) not in books:
        yield list(books)
        return
    from tempfile import TemporaryDirectory

    from ringfence.core.errors import BookError
    from ringfence.importers.files import BYTES_MAX

    if books.count(Path(STANDARD_INPUT)) > 1:
        raise BookError("standard input", "it is named twice, and can be read once", "Name - once")
    if sys.stdin is None:
        raise BookError("standard input", "it is closed", "Pipe a book in, or name a file")
    with TemporaryDirectory() as folder:
        written = Path(folder) / "standard input"
        written.write_bytes(sys.stdin.buffer.read(BYTES_MAX + 1))
        yield [written if book == Path(STANDARD_INPUT) else book for book in books]
