"""Rounding, with its direction in the name. Nothing else in the package rounds money."""

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

_WIDE = Context(prec=120)
_CLEAN = Context(prec=44)
"""Digits that are meant. What stands beyond them in an assessment of 50 is the trace of a quotient, and a step is
not taken for its sake: a sixth of 36 is 6, not the next step above it."""


@runtime_checkable
class Roundable(Protocol):
    """A carrier that cannot be rounded in closed form says for itself what rounding does to it."""

    def rounded(self) -> "Roundable":
        """Return the value with a note that the venue rounds here."""
        ...


Q = TypeVar("Q")


def _to_step(x: Q, quantum: Decimal, mode: str) -> Q:
    if isinstance(x, Roundable):
        return cast("Q", x.rounded())
    if isinstance(x, Fraction):
        steps = x / Fraction(quantum)
        whole = {
            ROUND_CEILING: -((-steps.numerator) // steps.denominator),
            ROUND_FLOOR: steps.numerator // steps.denominator,
            ROUND_DOWN: int(steps),
            ROUND_HALF_EVEN: round(steps),
        }[mode]
        return cast("Q", type(x)(whole * Fraction(quantum)))
    value = _CLEAN.plus(cast("Any", x))
    whole_steps = (_WIDE.divide(value, quantum)).to_integral_value(rounding=mode, context=_WIDE)
    return cast("Q", _WIDE.multiply(whole_steps, quantum))


def round_up(x: Q, quantum: Decimal) -> Q:
    """Return the least multiple of quantum that is not below x."""
    return _to_step(x, quantum, ROUND_CEILING)


def round_down(x: Q, quantum: Decimal) -> Q:
    """Return the greatest multiple of quantum that is not above x."""
    return _to_step(x, quantum, ROUND_FLOOR)


def round_to_zero(x: Q, quantum: Decimal) -> Q:
    """Return the multiple of quantum nearest to x on the side of zero."""
    return _to_step(x, quantum, ROUND_DOWN)


def round_nearest(x: Q, quantum: Decimal) -> Q:
    """Return the multiple of quantum nearest to x; halfway, the even one."""
    return _to_step(x, quantum, ROUND_HALF_EVEN)
