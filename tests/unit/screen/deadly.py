"""Prices that kill who asks for them: importable, since workers import it."""

import os
import signal
from decimal import Decimal
from pathlib import Path


class Deadly(dict[str, Decimal]):
    """Marks that end the process which looks one up, unless it is the one that made them.

    scar   a file that is written before; where it stands already, nothing happens. None: it always happens
    """

    def __init__(self, marks: dict[str, Decimal], scar: Path | None) -> None:
        super().__init__(marks)
        self.scar, self.home = scar, os.getpid()

    def __reduce__(self) -> tuple[type, tuple[dict[str, Decimal], Path | None], dict[str, int]]:
        return Deadly, (dict(self), self.scar), {"home": self.home}

    def __getitem__(self, symbol: str) -> Decimal:
        if os.getpid() != self.home and (self.scar is None or not self.scar.exists()):
            if self.scar is not None:
                self.scar.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__getitem__(symbol)
