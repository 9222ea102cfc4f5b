"""Where in a table of accounts something stands, as complaints say it: file, row, account, column."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ringfence.core.errors import BookError
from ringfence.core.exact import shortened

Mask: TypeAlias = npt.NDArray[np.bool_]
Ints: TypeAlias = npt.NDArray[np.int64]
Codes: TypeAlias = npt.NDArray[np.int32]


def first_of(mask: Mask) -> int | None:
    """Return the first place at which a mask holds; None: at none."""
    found = int(mask.argmax()) if len(mask) else 0
    return found if len(mask) and mask[found] else None


@dataclass(frozen=True, slots=True)
class Place:
    """A block of rows.

    name      of the file
    before    rows of the table before the block
    accounts  the block's column of accounts
    """

    name: str
    before: int
    accounts: Any

    def number(self, row: int) -> int:
        """Return the number of a row of the block in the table, counted from 1."""
        return self.before + row + 1

    def fault(self, row: int, column: str, fault: str, remedy: str) -> BookError:
        """Return a complaint about a row of the block; no column: about all of it."""
        account = self.accounts[row].as_py()
        named = "" if account is None else f" (account {_shown(account)})"
        where = f"{self.name}: row {self.number(row)}{named}" + (f", {column}" if column else "")
        return BookError(where, fault, remedy)

    def refuse(self, mask: Mask, column: str, fault: str, remedy: str) -> None:
        """Complain about the first row at which a mask holds, if there is one.

        Raises:
            BookError: there is one.

        """
        row = first_of(mask)
        if row is not None:
            raise self.fault(row, column, fault, remedy)


def said(number: Decimal | None) -> str:
    """Return a number as a complaint says it, without the zeros it ends in."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shown(account: object) -> str:
    text = str(account)
    return text if text.isprintable() and text.strip() else shortened(account)
