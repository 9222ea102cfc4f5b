"""What can go wrong, and whose job it is.

* RingfenceError
  - InputError          the caller's to mend: names the place, the fault, the remedy
    . BookError         a book file, an order, a shock: what the user holds or asks
    . MarketError       the world lacks a price, an index, a volatility
    . RulePackError     a venue file, or a question its rules do not answer
    . VectorError       a vector file
    . WorkerError       a worker, or a cluster of them, that is not there, or died
  - InvariantError      ours to mend: never caught, always a bug report

An account that is under-margined is not an error. It is a Health.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Self


class RingfenceError(Exception):
    """The root of everything this package raises on purpose."""


class InputError(RingfenceError):
    """The input is wrong. Says where, what, and how to mend it."""

    def __init__(self, where: str, fault: str, remedy: str) -> None:
        """Keep the three parts of the message apart, so that a program can show them its own way."""
        said = f"{_sentence(fault)} {_sentence(remedy)}"
        super().__init__(f"{where}: {said}" if where else said)
        self.where = where
        self.fault = fault
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[Self], tuple[str, str, str]]:
        """Return what the same complaint is made from in another process."""
        return type(self), (self.where, self.fault, self.remedy)

    def within(self, place: str) -> Self:
        """Return the same complaint with the file, or whatever else it was found in, before its place."""
        return type(self)(f"{place}: {self.where}" if self.where else place, self.fault, self.remedy)


class BookError(InputError):
    """A book, an order or a shock is wrong."""


class MarketError(InputError):
    """The market snapshot lacks something."""


class RulePackError(InputError):
    """A venue file is wrong, or has no rule for what was asked."""


class VectorError(InputError):
    """A vector file is wrong."""


class WorkerError(InputError):
    """A worker, or a cluster of them, is not there or died; what it was to do is not done."""


class InvariantError(RingfenceError):
    """A promise of this package is broken. Never caught; please report it."""


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


_LISTED_MAX = 12
"""A longer list of known words is not printed beside the nearest one."""


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """Return the known word that somebody most likely meant, capitals aside; None where none is near."""
    plain = {option.casefold(): option for option in sorted(known, reverse=True)}
    near = get_close_matches(word.casefold(), plain, n=1, cutoff=likeness)
    return plain[near[0]] if near else None


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
    near = nearest(word, options)
    if near is None:
        return everything
    hint = f"Did you mean {near!r}?"
    return f"{hint} {everything}" if len(options) <= _LISTED_MAX else hint
