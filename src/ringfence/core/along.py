"""A quantity as a function of one price that moves while all else is held.

Run the engine's own formulas on this carrier and the result is not a number but a law of the price,
valid from where the price stands to the next place where some formula takes another branch (a tier,
a sign, a cap). ``first_crossing`` walks from place to place, so a liquidation price is a root of the
same formulas that judge the account today, with the tier that holds *at that price*.

Within a stretch every quantity met in margin rules is a sum of powers of the price: contracts worth
P (linear), 1/P (inverse), P**-2 (a rate that rises with an inverse size). Where a rule divides by a size
that is such a sum itself (positions and orders at other prices), it is one sum over another. A rate that
rises with a root of the size makes a power a fraction, which is whole in a root of the price.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Final, Literal, Union

from ringfence.core.errors import InvariantError
from ringfence.core.polynomial import derivative, roots_between, value

Direction = Literal[-1, 1]
Operand = Union["Along", Decimal, int]

_NEGLIGIBLE: Final = Decimal("1e-44")
"""Relative size below which a difference of 50-digit numbers is taken for zero."""
_TRACE: Final = Decimal("1e-42")
"""Relative size below which a coefficient is what quotients left of each other; no file states 42 digits."""
_STRETCHES_MAX: Final = 10_000


@dataclass(slots=True)
class Ray:
    """Where the price stands, where it looks, and how far the present branch of every formula holds."""

    point: Decimal
    direction: Direction
    reach: Decimal | None = None
    rounds: bool = False

    def narrow(self, end: Decimal) -> None:
        """Note that some formula takes another branch at ``end``."""
        if self.reach is None or (end - self.reach) * self.direction < 0:
            self.reach = end


Power = int | Fraction
Terms = dict[Power, Decimal]
"""A sum of coefficient * price**power, by power; a power that is absent has coefficient zero."""

_COEFFICIENTS_OF_A_LINE: Final = 2
_HAIR: Final = 1 + Decimal("1e-40")
"""How far a root must be ahead of the point to be another one, where it was found through a root of the price."""


def _sum(one: Terms, other: Terms) -> Terms:
    terms = dict(one)
    for power, coefficient in other.items():
        added = terms[power] + coefficient if power in terms else coefficient
        terms[power] = added * 0 if abs(added) < abs(coefficient) * _TRACE else added
    return terms


def _product(one: Terms, other: Terms) -> Terms:
    terms: Terms = {}
    for power, coefficient in one.items():
        for other_power, other_coefficient in other.items():
            product = coefficient * other_coefficient
            both = power + other_power
            terms[both] = terms[both] + product if both in terms else product
    return terms


def _degree(terms: Terms) -> int:
    """Return the least n for which the terms are a sum of whole powers of the n-th root of the price."""
    return lcm(*(power.denominator for power, c in terms.items() if c != 0))


def _polynomial(terms: Terms, degree: int) -> list[Decimal]:
    """Return the coefficients, lowest first, of the polynomial in a root of the price with the same positive roots."""
    whole = {int(power * degree): c for power, c in terms.items() if c != 0}
    if not whole:
        return []
    low, high = min(whole), max(whole)
    return [whole.get(power, whole[low] * 0) for power in range(low, high + 1)]


def _raised(price: Decimal, power: Power) -> Decimal:
    if isinstance(power, int):
        return price**power
    return price ** (Decimal(power.numerator) / power.denominator)


def _read_at(terms: Terms, price: Decimal) -> Decimal:
    return sum((c * _raised(price, power) for power, c in terms.items()), price * 0)


def _rise_at(terms: Terms, price: Decimal) -> Decimal:
    """Return the derivative of a sum of powers."""
    slopes = (Decimal(p.numerator) / p.denominator * c * _raised(price, p - 1) for p, c in terms.items())
    return sum(slopes, price * 0)


class Along:
    """Sum of coefficient * price**power, with the price standing on a ray; perhaps over another such sum."""

    __slots__ = ("below", "ray", "terms")

    def __init__(self, ray: Ray, terms: Terms, below: Terms | None = None) -> None:
        """Hold the terms, and those of the divisor where there is one."""
        self.ray = ray
        self.terms = terms
        self.below = below

    @classmethod
    def price(cls, ray: Ray) -> "Along":
        """Return the moving price itself."""
        return cls(ray, {1: ray.point * 0 + 1})

    def _read(self, other: Operand) -> tuple[Terms, Terms | None]:
        if isinstance(other, Along):
            return other.terms, other.below
        # A whole number becomes one of the price's kind: left as it is, a quotient of two would be a float.
        return {0: self.ray.point * 0 + other if isinstance(other, int) else other}, None

    def __add__(self, other: Operand) -> "Along":
        terms, below = self._read(other)
        if self.below == below:
            return Along(self.ray, _sum(self.terms, terms), below)
        one = self.terms if below is None else _product(self.terms, below)
        two = terms if self.below is None else _product(terms, self.below)
        return Along(self.ray, _sum(one, two), _over_both(self.below, below))

    __radd__ = __add__

    def __neg__(self) -> "Along":
        return Along(self.ray, {power: -c for power, c in self.terms.items()}, self.below)

    def __pos__(self) -> "Along":
        return self

    def __sub__(self, other: Operand) -> "Along":
        return self + (-other)

    def __rsub__(self, other: Operand) -> "Along":
        return (-self) + other

    def __mul__(self, other: Operand) -> "Along":
        terms, below = self._read(other)
        return Along(self.ray, _product(self.terms, terms), _over_both(self.below, below))

    __rmul__ = __mul__

    def __truediv__(self, other: Operand) -> "Along":
        terms, below = self._read(other)
        divisor = {power: c for power, c in terms.items() if c != 0}
        if not divisor:
            raise InvariantError("a rule divides by zero")
        if len(divisor) > 1:
            above = self.terms if below is None else _product(self.terms, below)
            return Along(self.ray, above, _over_both(self.below, divisor))
        ((power, coefficient),) = divisor.items()
        above = {p - power: c / coefficient for p, c in self.terms.items()}
        return Along(self.ray, above if below is None else _product(above, below), self.below)

    def __rtruediv__(self, other: Decimal | int) -> "Along":
        return Along(self.ray, {0: self.ray.point * 0 + other}) / self

    def __pow__(self, exponent: Decimal) -> "Along":
        powers = [(power, c) for power, c in self.terms.items() if c != 0]
        if len(powers) != 1 or self.below is not None:
            raise InvariantError(
                "a rule takes a power of a sum of powers of the price, which has no closed form"
            )
        ((power, coefficient),) = powers
        raised = Fraction(power) * Fraction(exponent)
        key = raised.numerator if raised.denominator == 1 else raised
        return Along(self.ray, {key: coefficient**exponent})

    def __bool__(self) -> bool:
        return any(self.terms.values())

    def __abs__(self) -> "Along":
        return self if self.sign() >= 0 else -self

    def __gt__(self, other: Operand) -> bool:
        return (self - other).sign() > 0

    def __ge__(self, other: Operand) -> bool:
        return (self - other).sign() >= 0

    def __lt__(self, other: Operand) -> bool:
        return (self - other).sign() < 0

    def __le__(self, other: Operand) -> bool:
        return (self - other).sign() <= 0

    __hash__ = None  # type: ignore[assignment]

    def rounded(self) -> "Along":
        """Return the unrounded value and note that the venue rounds here."""
        self.ray.rounds = True
        return self

    def at(self, price: Decimal) -> Decimal:
        """Return the value at a price, by the present branch."""
        above = _read_at(self.terms, price)
        return above if self.below is None else above / _read_at(self.below, price)

    def slope(self) -> Decimal:
        """Return the derivative at the point, by the present branch."""
        here = self.ray.point
        rise = _rise_at(self.terms, here)
        if self.below is None:
            return rise
        below = _read_at(self.below, here)
        return (rise - _read_at(self.terms, here) * _rise_at(self.below, here) / below) / below

    def coefficients(self) -> list[Decimal]:
        """Return the polynomial whose positive roots are the roots of this quantity; in a root of the price perhaps."""
        return _polynomial(self.terms, _degree(self.terms))

    def root_of_line(self) -> Decimal | None:
        """Return the price, of either sign, at which a line in it or its inverse is zero; None where it is none."""
        line = _polynomial(self.terms, 1) if _degree(self.terms) == 1 else []
        return -line[0] / line[1] if len(line) == _COEFFICIENTS_OF_A_LINE else None

    def roots_ahead(self) -> list[Decimal]:
        """Return the roots strictly ahead of the point, nearest first."""
        return _ahead(self.terms, self.ray)

    def sign(self) -> int:
        """Return the sign just ahead of the point, and narrow the ray to the next change of it."""
        terms = self.terms if self.below is None else _product(self.terms, self.below)
        for root in _ahead(terms, self.ray):
            self.ray.narrow(root)
            break
        degree = _degree(terms)
        poly, here = _polynomial(terms, degree), _root(self.ray.point, degree)
        order = 1
        while poly:
            size = sum((abs(c) * here**k for k, c in enumerate(poly)), here * 0)
            reading = value(poly, here)
            if abs(reading) > size * _NEGLIGIBLE:
                return (1 if reading > 0 else -1) * order
            poly = derivative(poly)
            order *= self.ray.direction
        return 0


def _over_both(one: Terms | None, other: Terms | None) -> Terms | None:
    """Return the product of two divisors, either of which may be absent."""
    if one is None or other is None:
        return one or other
    return _product(one, other)


def _root(price: Decimal, degree: int) -> Decimal:
    return price if degree == 1 else price ** (1 / Decimal(degree))


def _ahead(terms: Terms, ray: Ray) -> list[Decimal]:
    """Return the positive roots of a sum of powers strictly ahead of the point, nearest first."""
    degree = _degree(terms)
    poly, zero = _polynomial(terms, degree), ray.point * 0
    here, hair = _root(ray.point, degree), 1 if degree == 1 else _HAIR
    if ray.direction > 0:
        found = [root for root in roots_between(poly, here, None) if root > here * hair]
    else:
        found = [root for root in reversed(roots_between(poly, zero, here)) if zero < root * hair < here]
    return found if degree == 1 else [root**degree for root in found]


def is_moving(x: object) -> bool:
    """Return whether x is a law of the price and not a number."""
    return isinstance(x, Along)


def vanishes(x: Operand) -> bool:
    """Return whether x is zero: a number, or a law that is zero at every price."""
    return not any(x.terms.values()) if isinstance(x, Along) else x == 0


Law = Callable[[Union[Decimal, "Along"]], Union[Decimal, "Along"]]
"""A quantity that the engine can evaluate at a price, or along one."""


def stretches(
    law: Law, start: Decimal, direction: Direction
) -> Iterator[tuple[Ray, Union[Decimal, "Along"]]]:
    """Yield a law stretch by stretch, going from ``start``: its ray, and the law as it stands there.

    A stretch goes from ``ray.point`` to ``ray.reach``; a last one without reach, to the end (zero, or without
    end). ``ray.reach`` is final once the next stretch is asked for: who asks for a sign meanwhile narrows it.
    """
    point = start
    for _ in range(_STRETCHES_MAX):
        ray = Ray(point, direction)
        yield ray, law(Along.price(ray))
        if ray.reach is None or ray.reach == point:
            return
        point = ray.reach
    raise InvariantError(f"a price path has more than {_STRETCHES_MAX} stretches")


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where a quantity first stops being positive. ``kind`` says whether it passes zero or jumps over it."""

    price: Decimal
    kind: Literal["root", "jump"]


def first_crossing(
    law: Law, start: Decimal, direction: Direction, *, at_zero: bool = True
) -> Crossing | None:
    """Return the first price, going from ``start``, at which ``law`` is no longer positive.

    None means never, however far the price goes (down to zero, up without end).
    The law is taken to be positive at ``start``; where it is zero there, it must rise first.

    Args:
        law: the quantity.
        start: where the price stands.
        direction: where it goes.
        at_zero: whether zero itself is past the crossing. Only where the venue rounds does it make a difference:
            there the law may rest at zero before it falls below.

    """
    for ray, here in stretches(law, start, direction):
        if not isinstance(here, Along):
            return None
        if here.sign() < 0:
            return Crossing(ray.point, "root" if ray.point == start else "jump")
        for root in here.roots_ahead():
            if ray.reach is None or (root - ray.reach) * direction <= 0:
                met = Crossing(root, "root")
                return _exact(law, met, direction, at_zero=at_zero) if ray.rounds else met
            break
    return None


def crossings(
    law: Law, start: Decimal, direction: Direction, *, at_zero: bool = True, positive: bool = True
) -> Iterator[Crossing]:
    """Yield every price at which a law turns from positive to not positive or back; where it touches zero is none.

    Args:
        law: the quantity.
        start: where the price stands.
        direction: where it goes.
        at_zero: whether zero itself counts as not positive.
        positive: whether the law is positive at ``start``.

    """
    zero: Decimal | None = start
    for ray, here in stretches(law, start, direction):
        if not isinstance(here, Along):
            return
        sign = here.sign()
        if sign != 0 and (sign > 0) != positive:
            met = Crossing(ray.point, "root" if ray.point == zero else "jump")
            if ray.rounds and met.kind == "root" and ray.point != start:
                turned = law if positive else _negative(law)
                met = _exact(turned, met, direction, at_zero=at_zero == positive)
            yield met
            positive = not positive
        zero = next(iter(here.roots_ahead()), None)


def _negative(law: Law) -> Law:
    return lambda price: -law(price)


def _exact(law: Law, near: Crossing, direction: Direction, *, at_zero: bool) -> Crossing:
    """Return the crossing of a law whose steps the venue rounds: it jumps within a hair of the smooth root."""

    def is_clear(price: Decimal) -> bool:
        reading = law(price)
        return reading > 0 if at_zero else reading >= 0

    hair = near.price * Decimal("1e-12")
    safe, past = near.price - direction * hair, near.price + direction * hair
    for _ in range(60):
        if is_clear(safe) and not is_clear(past):
            break
        hair *= 2
        safe, past = near.price - direction * hair, near.price + direction * hair
    else:
        return near
    for _ in range(110):
        middle = (safe + past) / 2
        if is_clear(middle):
            safe = middle
        else:
            past = middle
    return Crossing(past, "jump")
