"""What paths say, as text: chances, amounts and times with their standard errors."""

import math
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

from ringfence.contrast.estimates import Estimate
from ringfence.paths.fates import Clock
from ringfence.report.grid import NONE

_DAY: Final = 86400
_HOUR: Final = 3600
_WHOLE: Final = 1000
_DIGITS_MAX: Final = 6


Kind = TypeVar("Kind", bound="OfMode")


class OfMode(Protocol):
    """Whatever is said of one mode."""

    @property
    def mode(self) -> str:
        """Return its name."""

    @property
    def cut(self) -> str:
        """Return how collateral is divided."""

    @property
    def venue(self) -> str:
        """Return whose rules hold."""


def mode_names(ones: Sequence[OfMode]) -> list[str]:
    """Return a name for each mode: with a venue that is not the first one's, with its cut where two share a name."""
    plain = [one.mode if one.venue == ones[0].venue else f"{one.mode} @ {one.venue}" for one in ones]
    return [
        name if plain.count(name) == 1 else f"{name} ({one.cut})"
        for name, one in zip(plain, ones, strict=True)
    ]


def joined_names(ones: Sequence[Kind], alike: Callable[[Kind, Kind], bool]) -> list[tuple[int, str]]:
    """Return place and name of each mode that is drawn: of modes that are alike the first, under all their names."""
    names = mode_names(ones)
    found: dict[int, list[str]] = {}
    for place, (one, name) in enumerate(zip(ones, names, strict=True)):
        first = next((k for k in found if alike(ones[k], one)), place)
        found.setdefault(first, []).append(name)
    return [(place, _joined(said)) for place, said in found.items()]


def _joined(names: Sequence[str]) -> str:
    """Return names in one: isolated (at-leverage) and isolated (optimal) are isolated (at-leverage, optimal)."""
    parts = [name.partition(" (") for name in names]
    if len({mode for mode, _, _ in parts}) == 1 and len(names) > 1:
        return f"{parts[0][0]} ({', '.join(cut.removesuffix(')') for _, _, cut in parts)})"
    return ", ".join(names)


def chance(value: float, error: float | None = None) -> str:
    """Return a chance in percent, with no more digits than it deserves."""
    digits = _digits(100 * error, 1) if error else _digits(100 * abs(value), 2)
    said = f"{100 * value:.{digits}f} %" if value else "0 %"
    return said if error is None or not error else f"{said} ± {100 * error:.{digits}f}"


def chance_of(one: Estimate | None) -> str:
    """Return an estimated chance with its standard error."""
    return NONE if one is None else chance(one.value, one.error)


def amount(value: float, error: float | None = None) -> str:
    """Return an amount: whole units where it is large."""
    digits = 0 if max(abs(value), abs(error or 0.0)) >= _WHOLE else 2
    said = f"{value:,.{digits}f}".replace("-0.00", "0.00")
    return said if error is None else f"{said} ± {error:,.{digits}f}"


def amount_of(one: Estimate | None) -> str:
    """Return an estimated amount with its standard error."""
    return NONE if one is None else amount(one.value, one.error)


def days_of(one: Estimate | None) -> str:
    """Return an estimated time [days] with its standard error."""
    if one is None:
        return NONE
    return f"{one.value:.2f}" if one.error is None else f"{one.value:.2f} ± {one.error:.2f}"


def _digits(percent: float, kept: int) -> int:
    if percent <= 0:
        return 1
    return min(max(kept - 1 - math.floor(math.log10(percent)), 0), _DIGITS_MAX)


def horizon(clock: Clock) -> str:
    """Return the length of a run in words: 7 days, 12 hours."""
    for size, name in ((_DAY, "day"), (_HOUR, "hour"), (60, "minute")):
        count = clock.horizon / size
        if count >= 1:
            return f"{count:.3g} {name}{'' if round(count, 2) == 1 else 's'}"
    return f"{clock.horizon:.3g} seconds"
