"""Numbers from outside, taken to the last digit: what they may be, and how a complaint names them."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final

from ringfence.core.errors import BookError

DIGITS_MAX: Final = 40
"""More digits than this in one number are a mistake in the file, not a price."""

_SHOWN_MAX: Final = 60
_EXAMPLE: Final = 'Write a number or a decimal string such as "0.5"'


@dataclass(frozen=True, slots=True)
class Bound:
    """What a number must be, beside being one: from ``low`` to ``high``, the ends included unless ``open``.

    text      completes "it is not ..."
    example   a number such as is meant, for a complaint
    """

    text: str
    low: int
    high: int | None = None
    open: bool = False
    example: str = ""

    @property
    def remedy(self) -> str:
        """Return what to write instead."""
        written = self.text if self.text.startswith("a ") else f"a number {self.text}"
        return f"Write {written}" + (f": {self.example}" if self.example else "")

    def holds(self, number: Decimal) -> bool:
        """Return whether a finite number is within the bound."""
        if self.open:
            return number > self.low and (self.high is None or number < self.high)
        return number >= self.low and (self.high is None or number <= self.high)


UNSIGNED: Final = Bound("at or above zero", 0)
POSITIVE: Final = Bound("above zero", 0, open=True)
SHARE: Final = Bound("a fraction from 0 to 1", 0, 1, example="0.4 % is 0.004")

Amount = Annotated[Decimal, UNSIGNED]
"""An unsigned quantity: a size, a value, a requirement."""

Positive = Annotated[Decimal, POSITIVE]
"""A number that something is divided by, and every price."""

Share = Annotated[Decimal, SHARE]
"""A part of a whole: a requirement's rate, a collateral ratio."""

FeeRate = Annotated[
    Decimal, Bound("a fraction between -1 and 1", -1, 1, open=True, example="0.05 % is 0.0005")
]
"""A fee as a fraction of value; negative where the venue pays it."""


def is_long(number: Decimal) -> bool:
    """Return whether a number needs more digits than any price or amount has."""
    return len(number.as_tuple().digits) > DIGITS_MAX or abs(number.adjusted()) > DIGITS_MAX


def shortened(value: object) -> str:
    """Return a value as a complaint shows it."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # Python writes out neither a huge integer nor an endless list
        return f"a {type(value).__name__} too long to show"
    return text if len(text) <= _SHOWN_MAX else f"{text[: _SHOWN_MAX - 3]}..."


def read_decimal(value: object, where: str) -> Decimal:
    """Return an exact decimal from a number or a decimal string. A float is taken as it is written.

    Raises:
        BookError: it is neither, not finite, or longer than 40 digits.

    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise BookError(where, f"{shortened(value)} is not a number", _EXAMPLE)
    try:
        number = Decimal(float.__repr__(value)) if isinstance(value, float) else Decimal(value)
    except (InvalidOperation, ValueError):
        raise BookError(where, f"{shortened(value)} is not a number", _EXAMPLE) from None
    if not number.is_finite():
        raise BookError(where, f"{number} is not a finite number", "Write the amount, or leave the key out")
    if is_long(number):
        raise BookError(
            where, f"the number needs more than {DIGITS_MAX} digits", "Round it to what the venue keeps"
        )
    return number
