"""A carrier that counts roundings: the exact value, and how far a rounding carrier may be from it.

Every operation of a rounding carrier gives the true result times 1 + d with |d| <= u, so the error of a result is at
most what the operands bring along and u times its size. Run a formula on this carrier and the bound comes with it.
Neither underflow nor overflow is counted: draw numbers that stay clear of both.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import ClassVar, Final, Union

Operand = Union["Counted", int]

DECIMAL_ROUNDING: Final = Fraction(1, 2 * 10**49)
"""Half a unit of the fiftieth digit."""
FLOAT_ROUNDING: Final = Fraction(1, 2**53)
"""Half a unit of the last bit of a float64."""


class AmbiguousError(Exception):
    """The error is larger than the distance to a branch or to zero, so a rounding carrier may go elsewhere."""


class Counted:
    """An exact value and the largest error that a rounding carrier can have made on the way to it."""

    rounding: ClassVar[Fraction] = DECIMAL_ROUNDING

    def __init__(self, exact: Fraction, error: Fraction = Fraction(0)) -> None:
        """Hold a value; a number as it is drawn carries no error."""
        self.exact, self.error = exact, error

    def _of(self, other: Operand) -> tuple[Fraction, Fraction]:
        return (other.exact, other.error) if isinstance(other, Counted) else (Fraction(other), Fraction(0))

    def _rounded(self, exact: Fraction, error: Fraction) -> "Counted":
        return type(self)(exact, error + self.rounding * (abs(exact) + error))

    def __add__(self, other: Operand) -> "Counted":
        exact, error = self._of(other)
        return self._rounded(self.exact + exact, self.error + error)

    __radd__ = __add__

    def __neg__(self) -> "Counted":
        return type(self)(-self.exact, self.error)

    def __sub__(self, other: Operand) -> "Counted":
        return self + (-other)

    def __rsub__(self, other: Operand) -> "Counted":
        return (-self) + other

    def __mul__(self, other: Operand) -> "Counted":
        exact, error = self._of(other)
        return self._rounded(
            self.exact * exact, abs(self.exact) * error + abs(exact) * self.error + self.error * error
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Operand) -> "Counted":
        exact, error = self._of(other)
        least = abs(exact) - error
        if least <= 0:
            raise AmbiguousError
        return self._rounded(
            self.exact / exact, (self.error * abs(exact) + abs(self.exact) * error) / (abs(exact) * least)
        )

    def __rtruediv__(self, other: int) -> "Counted":
        return type(self)(Fraction(other)) / self

    def __gt__(self, other: object) -> bool:
        assert other == 0
        if 0 < abs(self.exact) <= self.error:
            raise AmbiguousError
        return self.exact > 0

    def allows(self, value: Fraction) -> bool:
        """Return whether a rounding carrier's result is within the bound."""
        return abs(value - self.exact) <= self.error


class CountedFloat(Counted):
    """The same for float64 arrays: the primitives of ``core.number`` take it for one, and go the arrays' way."""

    rounding = FLOAT_ROUNDING
    __array_ufunc__ = None

    def clip(self, *, min: float) -> Counted:  # noqa: A002 - as numpy names it
        """Return the positive part, as an array does."""
        assert min == 0.0
        return type(self)(self.exact if self.exact > 0 else Fraction(0), self.error)

    def __gt__(self, other: object) -> "_Mask":  # type: ignore[override]
        return _Mask(super().__gt__(other), type(self))


class _Mask:
    """What an array comparison gives."""

    def __init__(self, holds: bool, carrier: Callable[[Fraction], Counted]) -> None:
        self.holds, self.carrier = holds, carrier

    def astype(self, dtype: str) -> Counted:
        """Return one where the comparison holds, else zero."""
        assert dtype == "float64"
        return self.carrier(Fraction(int(self.holds)))
