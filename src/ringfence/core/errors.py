"""What can go wrong, and whose job it is.

* RingfenceError
  - InputError          the caller's to mend: names the place, the fault, the remedy
    . BookError         a book file, an order, a shock: what the user holds or asks
    . MarketError       the world lacks a price, an index, a volatility
    . RulePackError     a venue file, or a question its rules do not answer
    . VectorError       a vector file
  - InvariantError      ours to mend: never caught, always a bug report

An account that is under-margined is not an error. It is a Health.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class RingfenceError(Exception):
    """The root of everything this package raises on purpose."""


class InputError(RingfenceError):
    """The input is wrong. Says where, what, and how to mend it."""

    def __init__(self, where: str, fault: str, remedy: str) -> None:
        """Keep the three parts of the message apart, so that a program can show them its own way."""
        super().__init__(f"{where}: {fault}. {remedy}.")
        self.where = where
        self.fault = fault
        self.remedy = remedy


class BookError(InputError):
    """A book, an order or a shock is wrong."""


class MarketError(InputError):
    """The market snapshot lacks something."""


class RulePackError(InputError):
    """A venue file is wrong, or has no rule for what was asked."""


class VectorError(InputError):
    """A vector file is wrong."""


class InvariantError(RingfenceError):
    """A promise of this package is broken. Never caught; please report it."""


_LISTED_MAX = 12
"""A longer list of known words is not printed beside the nearest one."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return a remedy that names the nearest known word, or else all of them.

    Args:
        word: what was written.
        known: what could have been written.

    """
    options = sorted(known)
    if not options:
        return "Nothing is known here"
    everything = f"Known: {', '.join(options)}"
    near = get_close_matches(word, options, n=1, cutoff=0.6)
    if not near:
        return everything
    hint = f"Did you mean {near[0]!r}"
    return f"{hint}? {everything}" if len(options) <= _LISTED_MAX else hint
