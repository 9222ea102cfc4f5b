"""Real roots of polynomials in exact decimals: where a requirement meets an equity."""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from itertools import pairwise

from ringfence.core.number import DIGITS

_GUARD = 10
"""Digits carried beyond the engine's, so that a root is right in every digit that the engine keeps."""


def value(coefficients: Sequence[Decimal], x: Decimal) -> Decimal:
    """Return sum of coefficients[k] * x**k, by Horner's rule."""
    result = coefficients[-1] * 0
    for coefficient in reversed(coefficients):
        result = result * x + coefficient
    return result


def derivative(coefficients: Sequence[Decimal]) -> list[Decimal]:
    """Return the coefficients of the derivative."""
    return [k * coefficient for k, coefficient in enumerate(coefficients)][1:]


def _trimmed(coefficients: Sequence[Decimal]) -> list[Decimal]:
    kept = list(coefficients)
    while kept and kept[-1] == 0:
        kept.pop()
    return kept


def _quadratic(c: Decimal, b: Decimal, a: Decimal) -> list[Decimal]:
    discriminant = b * b - 4 * a * c
    if discriminant < 0:
        return []
    # The sum of like signs, so that the larger root keeps its digits; the other follows from the product.
    q = (-b - discriminant.sqrt()) / 2 if b >= 0 else (-b + discriminant.sqrt()) / 2
    return sorted({q / a, c / q} if q != 0 else {q / a})


def _bisected(coefficients: Sequence[Decimal], low: Decimal, high: Decimal) -> Decimal:
    rising = value(coefficients, high) > 0
    for _ in range(4 * (DIGITS + _GUARD)):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if (value(coefficients, middle) > 0) == rising:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def roots_between(coefficients: Sequence[Decimal], low: Decimal, high: Decimal | None) -> list[Decimal]:
    """Return the real roots in [low, high], ascending; ``high`` None means without end.

    Exact quotients and square roots up to degree two; beyond, bisection between the extrema.
    A polynomial that is zero everywhere has no isolated root: the answer is empty.
    """
    poly = _trimmed(coefficients)
    if len(poly) <= 1:
        return []
    if len(poly) == 2:  # noqa: PLR2004 - a line; a quotient is right on every carrier
        found = [-poly[0] / poly[1]]
    else:
        with localcontext() as wide:
            wide.prec = DIGITS + _GUARD
            found = _quadratic(*poly) if len(poly) == 3 else _by_extrema(poly, low, high)  # noqa: PLR2004
    return [+root for root in found if root >= low and (high is None or root <= high)]


def _by_extrema(poly: list[Decimal], low: Decimal, high: Decimal | None) -> list[Decimal]:
    # Cauchy's bound holds every root.
    bound = 1 + max(abs(c) for c in poly[:-1]) / abs(poly[-1])
    end = bound if high is None else min(high, bound)
    if end <= low:
        return []
    stops = [low, *roots_between(derivative(poly), low, end), end]
    found = []
    for left, right in pairwise(stops):
        at_left, at_right = value(poly, left), value(poly, right)
        if at_left == 0:
            found.append(left)
        elif at_right != 0 and (at_left > 0) != (at_right > 0):
            found.append(_bisected(poly, left, right))
    if value(poly, end) == 0:
        found.append(end)
    return sorted(set(found))
