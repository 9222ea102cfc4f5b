"""A name that kills who unpacks it: importable, since workers import it."""

import os
import signal
from pathlib import Path


class Deadly(str):  # noqa: SLOT000 - it carries two facts
    """A name that ends the process which unpacks it, unless it is the one that wrote it.

    scar   a file that is written before; where it stands already, nothing happens
    """

    scar: Path
    home: int

    def __reduce__(self) -> tuple[object, tuple[str, Path, int]]:
        return unpacked, (str(self), self.scar, self.home)


def deadly(text: str, scar: Path) -> Deadly:
    """Return a name that is deadly elsewhere."""
    made = Deadly(text)
    made.scar, made.home = scar, os.getpid()
    return made


def unpacked(text: str, scar: Path, home: int) -> str:
    """Return the text, or end the process."""
    if os.getpid() != home and not scar.exists():
        scar.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return text
