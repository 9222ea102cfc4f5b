"""The carriers a formula runs on, and the few primitives that are not plain arithmetic.

Every exact formula of this package is written once, over a number type N:

* ``Decimal``    the engine, at 50 significant digits (``EXACT``)
* ``Fraction``   the referee in tests, which never rounds
* ``float64``    arrays, one element an account; or one element, where a kernel is compiled
* ``Along``      a quantity as a function of one moving price (``core.along``)

The primitives below are the only place that tells them apart.
"""

from collections.abc import Iterable
from decimal import Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

N = TypeVar("N", Decimal, Fraction, "FloatArray", float)
"""Decimal is the engine, Fraction the referee in tests, FloatArray and float the batch engine."""

DIGITS: Final = 50
"""Significant digits of an assessment. Quotients are inherent (1/price, shares), so it rounds, here."""

SHOWN: Final = 28
"""Significant digits with which a result leaves."""

EXACT: Final = Context(prec=DIGITS, traps=[InvalidOperation])
"""The context of every assessment."""

LEDGER: Final = Context(prec=80, traps=[Inexact, InvalidOperation])
"""Under this context a sum is exact or raises: money is added and subtracted, never rounded unasked."""

_WIDE: Final = Context(prec=2 * DIGITS, traps=[InvalidOperation])
"""For what no fraction holds, beyond what anybody compares."""

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)


def is_array(x: object) -> bool:
    """Return whether x is an array, without importing numpy for those who have none."""
    return hasattr(x, "__array_ufunc__")


def positive_part(x: N) -> N:
    """Return x where x is positive, else zero: (x)+."""
    if is_array(x):
        return cast("N", cast("Any", x).clip(min=0.0))
    scalar = cast("Any", x)
    return cast("N", scalar if scalar > 0 else scalar * 0)


def step(x: N) -> N:
    """Return one where x is positive, else zero. A step at x = 0 is not yet taken."""
    if is_array(x):
        return cast("N", (cast("Any", x) > 0.0).astype("float64"))
    scalar = cast("Any", x)
    return cast("N", scalar * 0 + (1 if scalar > 0 else 0))


def larger(x: N, y: N) -> N:
    """Return the larger of x and y, to the digit: nothing is rounded."""
    if is_array(x - y):
        return y + positive_part(x - y)
    return x if cast("Any", x - y) > 0 else y


def smaller(x: N, y: N) -> N:
    """Return the smaller of x and y, to the digit: nothing is rounded."""
    return -larger(-x, -y)


def magnitude(x: N) -> N:
    """Return |x|."""
    return larger(x, -x)


def power(x: N, exponent: Decimal) -> N:
    """Return x, which is not negative, to a positive power: to the engine's digits, on fractions to twice as many."""
    if is_array(x):
        return cast("N", cast("Any", x) ** float(exponent))
    scalar = cast("Any", x)
    if isinstance(scalar, Fraction):
        exact = _WIDE.power(_WIDE.divide(Decimal(scalar.numerator), Decimal(scalar.denominator)), exponent)
        return cast("N", cast("Any", type(scalar))(exact))
    return cast("N", scalar**exponent if scalar else scalar)


def grown(rate: Decimal, years: Decimal) -> Decimal:
    """Return by what a rate that is compounded all the time grows an amount: exp(rate * years) - 1."""
    return (rate * years).exp() - 1


def root(x: N) -> N:
    """Return the square root of x, which is not negative. See ``power``."""
    return power(x, Decimal("0.5"))


def from_model(x: float) -> Decimal:
    """Return a model's float64 as a decimal: the shortest that stands for it, of at most 17 digits."""
    return Decimal(float.__repr__(x))


def total(terms: Iterable[N], zero: N) -> N:
    """Return the sum of the terms, in order, starting from ``zero`` of the wanted carrier."""
    result = zero
    for term in terms:
        result = result + term
    return result


def shown(x: Decimal | Fraction) -> Decimal:
    """Return x as it leaves the package: 28 significant digits, no trailing zeros, no exponent for money."""
    exact = Decimal(x.numerator) / x.denominator if isinstance(x, Fraction) else x
    rounded = Context(prec=SHOWN).plus(exact)
    if rounded == 0:
        return ZERO
    trimmed = rounded.normalize(Context(prec=SHOWN))
    exponent = trimmed.as_tuple().exponent
    if isinstance(exponent, int) and 0 < exponent <= SHOWN:
        return trimmed.quantize(ONE, context=Context(prec=2 * SHOWN + 2))
    return trimmed
