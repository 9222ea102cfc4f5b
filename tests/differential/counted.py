"""A float64 that knows how far it may be off: the exact value beside it, and a bound counted rounding by rounding."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Union

from ringfence.core.number import power

U = Fraction(1, 2**53)
"""Half the distance between 1 and the next float64: the most that one rounding moves a result, relative to it."""

Operand = Union["Counted", int]


class UndecidedError(Exception):
    """A sign that the roundings so far leave open, where a formula may leap: no bound can be counted."""


@dataclass(frozen=True)
class Counted:
    """An exact value and how far the float that stands for it may be from it, after the roundings so far."""

    exact: Fraction
    slack: Fraction = Fraction(0)

    __array_ufunc__ = None  # takes the way of arrays through the primitives

    def _rounded(self) -> "Counted":
        return Counted(self.exact, self.slack + U * (abs(self.exact) + self.slack))

    def __add__(self, other: Operand) -> "Counted":
        other = _counted(other)
        return Counted(self.exact + other.exact, self.slack + other.slack)._rounded()

    __radd__ = __add__

    def __neg__(self) -> "Counted":
        return Counted(-self.exact, self.slack)

    def __sub__(self, other: Operand) -> "Counted":
        return self + -_counted(other)

    def __rsub__(self, other: Operand) -> "Counted":
        return _counted(other) + -self

    def __mul__(self, other: Operand) -> "Counted":
        other = _counted(other)
        slack = abs(self.exact) * other.slack + abs(other.exact) * self.slack + self.slack * other.slack
        return Counted(self.exact * other.exact, slack)._rounded()

    __rmul__ = __mul__

    def __truediv__(self, other: Operand) -> "Counted":
        other = _counted(other)
        least = abs(other.exact) - other.slack
        if least <= 0:
            raise UndecidedError
        quotient = self.exact / other.exact
        return Counted(quotient, (self.slack + abs(quotient) * other.slack) / least)._rounded()

    def __rtruediv__(self, other: Operand) -> "Counted":
        return _counted(other) / self

    def __pow__(self, exponent: float) -> "Counted":
        """Return a power of what is not negative: as far off as the curve rises over the slack, and an ulp."""
        own, (low, high) = (
            Decimal(exponent),
            (max(self.exact + s, Fraction(0)) for s in (-self.slack, self.slack)),
        )
        exact = power(self.exact, own)
        slack = max(power(high, own) - exact, exact - power(low, own))
        return Counted(exact, slack + 2 * U * (exact + slack))

    def clip(self, *, min: float) -> "Counted":  # noqa: A002 - the array's own word
        """Return the value, not below a limit: a bend and no leap, so the slack stays."""
        return Counted(max(self.exact, Fraction(min)), self.slack)

    def __gt__(self, other: float) -> "Counted":
        if abs(self.exact - Fraction(other)) <= self.slack:
            raise UndecidedError
        return Counted(Fraction(self.exact > Fraction(other)))

    def astype(self, _name: str) -> "Counted":
        """Return the value as it is."""
        return self


def _counted(other: Operand) -> Counted:
    return other if isinstance(other, Counted) else Counted(Fraction(other))
