"""A quantity as a function of one price that moves while all else is held.

Run the engine's own formulas on this carrier and the result is not a number but a law of the price,
valid from where the price stands to the next place where some formula takes another branch (a tier,
a sign, a cap). ``first_crossing`` walks from place to place, so a liquidation price is a root of the
same formulas that judge the account today, with the tier that holds *at that price*.

Within a stretch every quantity met in margin rules is a sum of powers of the price: contracts worth
P (linear), 1/P (inverse), P**-2 (a rate that rises with an inverse size). Where a rule divides by a size
that is such a sum itself (positions and orders at other prices), it is one sum over another.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
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


Terms = dict[int, Decimal]
"""A sum of coefficient * price**power, by power; a power that is absent has coefficient zero."""


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


def _polynomial(terms: Terms) -> list[Decimal]:
    """Return the coefficients, lowest first, of the polynomial with the same positive roots."""
    powers = [power for power, c in terms.items() if c != 0]
    if not powers:
        return []
    low, high = min(powers), max(powers)
    return [terms.get(power, terms[low] * 0) for power in range(low, high + 1)]


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
        zero = price * 0
        above = sum((c * price**power for power, c in self.terms.items()), zero)
        if self.below is None:
            return above
        return above / sum((c * price**power for power, c in self.below.items()), zero)

    def coefficients(self) -> list[Decimal]:
        """Return the polynomial whose positive roots are the roots of this quantity."""
        return _polynomial(self.terms)

    def roots_ahead(self) -> list[Decimal]:
        """Return the roots strictly ahead of the point, nearest first."""
        return _ahead(self.coefficients(), self.ray)

    def sign(self) -> int:
        """Return the sign just ahead of the point, and narrow the ray to the next change of it."""
        poly = _polynomial(self.terms if self.below is None else _product(self.terms, self.below))
        for root in _ahead(poly, self.ray):
            self.ray.narrow(root)
            break
        here = self.ray.point
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


def _ahead(poly: list[Decimal], ray: Ray) -> list[Decimal]:
    here, zero = ray.point, ray.point * 0
    if ray.direction > 0:
        return [root for root in roots_between(poly, here, None) if root > here]
    return [root for root in reversed(roots_between(poly, zero, here)) if zero < root < here]


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
