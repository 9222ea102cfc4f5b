"""A function of one coin's price in pieces of constant + slope * g + inverse / g, with g the price over today's.

That is what linear and inverse contracts under tiers are, exactly. Whatever else is a function of a price (options,
models, rates that rise with size) is met by such pieces at three points each, as finely as is asked.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.core.along import Along, stretches

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats

LOW: Final = 1e-3
HIGH: Final = 1e3
"""Prices over today's between which pieces are looked for; the outermost ones hold beyond."""
_STRETCHES_MAX: Final = 1_000
_PLAIN: Final = frozenset({-1, 0, 1})
_SPLITS_MAX: Final = 12
_CROWDED: Final = 40
"""Pieces above which they are laid on an even grid, where one is found at once."""
_GRID: Final = (0.02, 8.0, 8_192)
"""From, to, and how many: the grid."""


class NotASumError(Exception):
    """The function along one coin's price has no pieces: it is a quotient of sums, or has too many."""


@dataclass(frozen=True, slots=True)
class Bend:
    """A function of one coin's price. n pieces.

    coin       whose place it is among what moves
    edges      (n,) from which price over today's on a piece holds; the first, from zero on
    terms      (n, 3) constant, slope, inverse
    per_step   pieces to a unit, where they stand on an even grid; 0: they do not
    """

    coin: int
    edges: "Floats"
    terms: "Floats"
    per_step: float = 0.0

    def at(self, g: "Floats") -> "Floats":
        """Return the value at prices over today's, of any shape."""
        if len(self.edges) == 1:
            constant, slope, inverse = self.terms[0]
            line: Floats = constant + slope * g
            return line if inverse == 0.0 else line + inverse / g
        if self.per_step:
            place = ((g - self.edges[0]) * self.per_step).astype(np.int64)
        else:
            place = np.searchsorted(self.edges, g, side="left") - 1
        found = self.terms[np.clip(place, 0, len(self.edges) - 1)]
        value: Floats = found[..., 0] + found[..., 1] * g + found[..., 2] / g
        return value

    @property
    def is_least_at_ends(self) -> bool:
        """Return whether the function is nowhere lower between two prices than at the lower of them.

        So it is where it bulges up: no 1/g with a sum above zero, no jump, and slopes that fall.
        """
        if self.per_step or (self.terms[:, 2] > 0).any():
            return False
        size = np.abs(self.terms).sum(axis=1).max()
        for (now, then), edge in zip(pairwise(self.terms), self.edges[1:], strict=True):
            leap = (then[0] - now[0]) + (then[1] - now[1]) * edge + (then[2] - now[2]) / edge
            turn = (then[1] - now[1]) - (then[2] - now[2]) / edge**2
            if abs(leap) > _NOTHING * size or turn > _NOTHING * size:
                return False
        return True

    def plus(self, constant: float) -> "Bend":
        """Return the function with a constant added."""
        terms = self.terms.copy()
        terms[:, 0] += constant
        return Bend(self.coin, self.edges, terms, self.per_step)


_NOTHING: Final = 1e-12

Reading = Callable[[Decimal | Along], tuple[Decimal | Along, ...]]
"""Several quantities at one price over today's, or along it."""


def bends_along(reading: Reading, coin: int, tolerances: Sequence[float]) -> tuple[Bend, ...]:
    """Return quantities as functions of one coin's price, read off the exact engine's own laws.

    Args:
        reading: the quantities, of which the first is the one that sees every change of a branch.
        coin: its place among what moves.
        tolerances: by how much each may be missed where it is no sum of 1/g, 1 and g.

    Raises:
        NotASumError: a quantity has no pieces.

    """
    down, up = _walk(reading, -1), _walk(reading, 1)
    spans = [*reversed(down), *up]
    bends = []
    for number, tolerance in enumerate(tolerances):
        edges: list[float] = []
        terms: list[tuple[float, float, float]] = []
        for start, end, laws in spans:
            for edge, term in _pieces(laws[number], start, end, tolerance):
                if not terms or term != terms[-1]:
                    edges.append(edge)
                    terms.append(term)
        edges[0] = 0.0
        bends.append(laid_out(Bend(coin, np.array(edges), np.array(terms))))
    return tuple(bends)


Laws = tuple[Decimal | Along, ...]


def _walk(reading: Reading, direction: int) -> list[tuple[float, float, Laws]]:
    """Return stretches from today's price to one end, each from its lower price to its higher."""
    seen: list[Laws] = []

    def first(price: Decimal | Along) -> Decimal | Along:
        seen.append(reading(price))
        return seen[-1][0]

    found: list[tuple[float, float, Laws]] = []
    side = 1 if direction > 0 else -1
    for ray, _ in stretches(first, Decimal(1), 1 if side > 0 else -1):
        point = float(ray.point)
        if len(found) > _STRETCHES_MAX:
            raise NotASumError
        last = ray.reach is None or ray.reach == ray.point
        end = (HIGH if side > 0 else 0.0) if last else float(ray.reach or 0)
        if end != point:
            found.append((min(point, end), max(point, end), seen[-1]))
        if last or end > HIGH or end < LOW:
            break
    return found


def _pieces(
    law: Decimal | Along, start: float, end: float, tolerance: float
) -> Iterator[tuple[float, tuple[float, float, float]]]:
    """Yield the pieces of a law in a stretch: from where on, and what."""
    if not isinstance(law, Along):
        yield start, (float(law), 0.0, 0.0)
        return
    if law.below is not None:
        raise NotASumError
    terms = {power: float(c) for power, c in law.terms.items() if c != 0}
    plain = terms.get(0, 0.0), terms.get(1, 0.0), terms.get(-1, 0.0)
    if set(terms) <= _PLAIN:
        yield start, plain
        return

    def value(g: float) -> float:
        return math.fsum(c * math.pow(g, float(power)) for power, c in terms.items())

    yield from fitted(value, [max(start, LOW), max(min(end, HIGH), LOW * 2)], tolerance)


def fitted(
    value: Callable[[float], float], stops: Sequence[float], tolerance: float
) -> Iterator[tuple[float, tuple[float, float, float]]]:
    """Yield pieces that meet a function at their ends and in their middle, and miss it by no more than is asked.

    Args:
        value: the function.
        stops: prices over today's, rising, at which pieces end in any case.
        tolerance: how far a piece may be off a quarter and three quarters of its way.

    """
    for low, high in pairwise(stops):
        yield from _split(value, low, high, tolerance, _SPLITS_MAX)


def _split(
    value: Callable[[float], float], low: float, high: float, tolerance: float, depth: int
) -> Iterator[tuple[float, tuple[float, float, float]]]:
    term = _through(value, low, high)
    off = max(abs(_read(term, g) - value(g)) for g in (0.75 * low + 0.25 * high, 0.25 * low + 0.75 * high))
    if off <= tolerance or depth == 0:
        yield low, term
        return
    middle = (low * high) ** 0.5
    yield from _split(value, low, middle, tolerance, depth - 1)
    yield from _split(value, middle, high, tolerance, depth - 1)


def _through(value: Callable[[float], float], low: float, high: float) -> tuple[float, float, float]:
    """Return the sum of 1, g and 1/g that meets a function at two prices and between them."""
    middle = (low * high) ** 0.5
    at_low, at, at_high = value(low), value(middle), value(high)
    one, two = (at - at_low) / (middle - low), (at_high - at) / (high - middle)
    inverse = (two - one) * low * middle * high / (high - low)
    slope = one + inverse / (low * middle)
    return at_low - slope * low - inverse / low, slope, inverse


def _read(term: tuple[float, float, float], g: float) -> float:
    return term[0] + term[1] * g + term[2] / g


def laid_out(bend: Bend) -> Bend:
    """Return a function; one of many pieces on an even grid, each cell the line through its ends."""
    if len(bend.edges) <= _CROWDED:
        return bend
    low, high, many = _GRID
    stops = np.linspace(low, high, many + 1)
    values = bend.at(stops)
    slopes = np.diff(values) / np.diff(stops)
    terms = np.column_stack([values[:-1] - slopes * stops[:-1], slopes, np.zeros(many)])
    return Bend(bend.coin, stops[:-1], terms, many / (high - low))


def curved(
    values: Callable[[float], Sequence[float]],
    coin: int,
    stops: Sequence[float],
    tolerances: Sequence[float],
) -> tuple[Bend, ...]:
    """Return quantities as functions of one coin's price, read off numbers: for what has no law.

    Args:
        values: the quantities at a price over today's.
        coin: its place among what moves.
        stops: prices, rising, at which the functions may turn.
        tolerances: by how much each may be missed.

    """
    known: dict[float, Sequence[float]] = {}

    def reading(number: int) -> Callable[[float], float]:
        def value(g: float) -> float:
            if g not in known:
                known[g] = values(g)
            return known[g][number]

        return value

    bends = []
    for number, tolerance in enumerate(tolerances):
        found = list(fitted(reading(number), stops, tolerance))
        edges, terms = [edge for edge, _ in found], [term for _, term in found]
        bends.append(laid_out(Bend(coin, np.array([0.0, *edges[1:]]), np.array(terms))))
    return tuple(bends)
