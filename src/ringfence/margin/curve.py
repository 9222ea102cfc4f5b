"""What one coin's move does to a pool's buffer: a curve in pieces, and straight lines beneath it.

Floats: the curve serves a search (``reverse_stress``), whose result the engine judges again.

Units   a move is a fraction of today's price (r > -1); a buffer is counted in today's (1 today).
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_HAIR: Final = 1e-15


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one coin's curve: constant + slope * r + sum of c * ((1 + r)**power - 1), start <= r <= end."""

    start: float
    end: float
    constant: float
    slope: float
    bent: tuple[tuple[float, float], ...] = ()

    def at(self, move: float) -> float:
        """Return the change of the buffer."""
        return self.constant + self.slope * move + sum(c * _power(move, p) for p, c in self.bent)

    def size(self, move: float) -> float:
        """Return the size of what is summed there, which says how far rounding may reach."""
        return (
            abs(self.constant) + abs(self.slope * move) + sum(abs(c * _power(move, p)) for p, c in self.bent)
        )

    def slope_at(self, move: float) -> float:
        """Return the derivative."""
        return self.slope + sum(c * p * math.pow(1.0 + move, p - 1) for p, c in self.bent)

    def below(self, low: float, high: float) -> tuple[float, float]:
        """Return (slope, height at 0) of a straight line that is nowhere above the piece in [low, high].

        Term by term: the tangent of one that bulges down, the chord of one that bulges up.
        """
        slope, height = self.slope, self.constant
        for power, c in self.bent:
            if c * power * (power - 1) > 0 or low == high:
                foot = (low + high) / 2
                rise = c * power * math.pow(1.0 + foot, power - 1)
            else:
                foot = low
                rise = c * (_power(high, power) - _power(low, power)) / (high - low)
            slope += rise
            height += c * _power(foot, power) - rise * foot
        return slope, height


def _power(move: float, power: float) -> float:
    return math.expm1(power * math.log1p(move))


class Curve:
    """What one coin's move does to the buffer, stretch by stretch; further ones are asked for when needed."""

    def __init__(self, down: Iterator[Piece], up: Iterator[Piece]) -> None:
        """Take the stretches from today's price to zero (the last starts at -1), and upwards without end."""
        self._down, self._up = down, up
        self._pieces = [next(up)]
        self._starts = [self._pieces[0].start]
        self._grow_down()
        self.slopes = self._pieces[0].slope_at(0.0), self._pieces[-1].slope_at(0.0)

    def _grow_up(self) -> None:
        piece = next(self._up)
        self._pieces.append(piece)
        self._starts.append(piece.start)
        self._join(len(self._pieces) - 2)

    def _grow_down(self) -> None:
        piece = next(self._down)
        self._pieces.insert(0, piece)
        self._starts.insert(0, piece.start)
        self._join(0)

    def _join(self, number: int) -> None:
        """Make one piece of two neighbours that are the same function."""
        left, right = self._pieces[number : number + 2]
        if (left.constant, left.slope, left.bent) == (right.constant, right.slope, right.bent):
            whole = Piece(left.start, right.end, left.constant, left.slope, left.bent)
            self._pieces[number : number + 2] = [whole]
            del self._starts[number + 1]

    def _cover(self, low: float, high: float) -> None:
        while self._starts[0] > low:
            self._grow_down()
        while self._pieces[-1].end < high:
            self._grow_up()

    def _pieces_at(self, move: float) -> list[Piece]:
        self._cover(move, move)
        number = bisect_right(self._starts, move) - 1
        return self._pieces[max(0, number - (self._starts[number] == move)) : number + 1]

    def at(self, move: float) -> float:
        """Return the change of the buffer; where the curve jumps, the lower of its two ends."""
        return min(piece.at(move) for piece in self._pieces_at(move))

    def size(self, move: float) -> float:
        """Return the size of what is summed there."""
        return max(piece.size(move) for piece in self._pieces_at(move))

    def edges(self, low: float, high: float) -> list[float]:
        """Return where the curve becomes another function, strictly between two moves."""
        self._cover(low, high)
        return self._starts[bisect_right(self._starts, low) : bisect_left(self._starts, high)]

    def below(self, low: float, high: float) -> tuple[float, float]:
        """Return (slope, height at 0) of a straight line that is nowhere above the curve in [low, high].

        The line of the piece where there is one; else the chord, let down to the lowest of the pieces' lines.
        """
        spans = list(pairwise([low, *self.edges(low, high), high]))
        first = bisect_right(self._starts, low) - 1
        pieces = self._pieces[first : first + len(spans)]
        lines = [piece.below(*span) for piece, span in zip(pieces, spans, strict=True)]
        slope, height = lines[0]
        if len(lines) > 1:
            slope = (lines[-1][0] * high + lines[-1][1] - slope * low - height) / (high - low)
            height = min(
                (own - slope) * stop + constant
                for (own, constant), span in zip(lines, spans, strict=True)
                for stop in span
            )
        return slope, height - _HAIR * (abs(slope) * max(abs(low), abs(high)) + abs(height))

    def worst(self, low: float, high: float) -> float:
        """Return the move at which the curve is lowest, as far as edges and samples between them tell."""
        stops = [low, *self.edges(low, high), high]
        between = [
            math.expm1(math.log1p(left) + (math.log1p(right) - math.log1p(left)) * k / 8)
            for left, right in pairwise(stops)
            for k in range(1, 8)
        ]
        return min([*stops, *between], key=self.at)
