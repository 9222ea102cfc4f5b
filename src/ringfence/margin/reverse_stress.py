"""The nearest point at which a sum of functions of one coin each is no longer positive: branch and bound.

A model quantity, so it runs on floats. Every lower bound is the value of a dual solution, which holds
whatever the rounding did to the solver that found it. numpy is imported when two coins or more move.

Units   a move is a fraction of today's price (r > -1) or, as x, in daily sigmas; a buffer in today's (1 today).
"""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final

from ringfence.margin.curve import Curve

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Box = tuple[tuple[float, float], ...]

LEAST: Final = -1.0 + 1e-12
"""Prices are searched down to this move."""
_AIM: Final = 1e-10
"""Relative gap at which the search is done."""
_NEARLY_SINGULAR: Final = 1e-10
_FAR: Final = 1e4
"""[sigma] What a singular correlation excludes is at least this far once it has been moved aside."""
_LAST_MILE: Final = (1.0, 1.0 + 1e-9, 1.0 + 1e-6, 1.001, 1.01, 1.05, 1.2)
"""How far beyond the end of a relaxed solution its ray is tried: there the true curves lie higher."""


class NotACorrelationError(ValueError):
    """The matrix has a negative eigenvalue, so some mix of coins would have a negative variance."""


@dataclass(frozen=True, slots=True)
class Metric:
    """Correlation as a distance. A singular one is moved aside by a hair, and says so."""

    matrix: "Floats"
    inverse: "Floats"
    moved: bool

    def length(self, x: "Floats") -> float:
        """Return the distance [sigma] of a joint move [sigma a coin]."""
        return math.sqrt(max(0.0, float(x @ self.inverse @ x)))


def metric_of(correlation: Sequence[Sequence[float]]) -> Metric:
    """Return the metric of a correlation matrix.

    Raises:
        NotACorrelationError: it is not one.

    """
    import numpy as np  # noqa: PLC0415 - paid for by books of several coins

    matrix = np.array(correlation, dtype=float)
    least = float(np.linalg.eigvalsh(matrix)[0])
    if least < -1e-9:  # noqa: PLR2004 - more than rounding
        raise NotACorrelationError(f"its least eigenvalue is {least:.3g}")
    moved = least < _NEARLY_SINGULAR
    if moved:
        matrix = matrix + (_NEARLY_SINGULAR + max(0.0, -least)) * np.eye(len(matrix))
    return Metric(matrix, np.linalg.inv(matrix), moved)


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The nearest point of a half-space in a box: x, its length, and a bound on half the square of any such."""

    x: "Floats"
    length: float
    bound: float


def nearest_on_plane(
    metric: Metric, slopes: "Floats", height: float, low: "Floats", high: "Floats"
) -> Relaxed:
    """Return the least x with height + slopes.x <= 0 and low <= x <= high.

    The dual, max over u >= 0 of b.u - u.Qu / 2 with Q = N C N' and x = C N'u, is climbed one violated
    constraint after another (Lawson & Hanson 1974; Goldfarb & Idnani 1983). Any u >= 0 gives a lower bound,
    so the last one does.
    """
    import numpy as np  # noqa: PLC0415 - paid for by books of several coins

    identity = np.eye(len(slopes))
    normals = np.vstack([-slopes, identity, -identity])
    wanted = np.concatenate([[height], low, -high])
    through = normals @ metric.matrix
    quadratic = through @ normals.T
    scale = np.sqrt(np.maximum(np.diag(quadratic), 1e-300))
    tolerance = 1e-14 * (1.0 + np.abs(wanted) / scale)
    held: list[int] = []
    weights = np.zeros(len(wanted))
    for _ in range(8 * len(wanted)):
        missing = (wanted - quadratic @ weights) / scale - tolerance
        missing[held] = 0.0
        worst = int(np.argmax(missing))
        if missing[worst] <= 0:
            break
        held = _settled(weights, [*held, worst], quadratic, wanted)
    x, squared = weights @ through, float(weights @ quadratic @ weights)
    return Relaxed(x, math.sqrt(max(0.0, squared)), float(wanted @ weights) - squared / 2)


def _settled(weights: "Floats", held: list[int], quadratic: "Floats", wanted: "Floats") -> list[int]:
    """Bring the weights to the optimum over the held constraints; return those that still push."""
    import numpy as np  # noqa: PLC0415 - paid for by books of several coins

    while held:
        inner = quadratic[np.ix_(held, held)]
        aimed = np.linalg.solve(inner + 1e-15 * np.diag(np.diag(inner)), wanted[held])
        if aimed.min() > 0:
            weights[held] = aimed
            break
        now = weights[held]
        falling = aimed <= 0
        shares = np.where(falling, now / np.where(falling, np.maximum(now - aimed, 1e-300), 1.0), np.inf)
        first = int(np.argmin(shares))
        now = np.maximum(now + shares[first] * (aimed - now), 0.0)
        now[first] = 0.0
        weights[held] = now
        held = [one for one, weight in zip(held, now, strict=True) if weight > 0]
    return held


@dataclass(frozen=True, slots=True)
class Found:
    """The nearest point.

    moves      fraction of today's price, one a coin
    distance   [sigma]
    bound      [sigma] nothing nearer than this brings the buffer to zero
    box        the moves between which the pieces that were used there hold; empty where none were needed
    """

    moves: tuple[float, ...]
    distance: float
    bound: float
    box: Box
    nodes: int


@dataclass(order=True)
class _Node:
    """A box of moves with a straight line under each curve, by its bound on half the squared length."""

    bound: float
    number: int
    box: Box = field(compare=False)
    lines: tuple[tuple[float, float], ...] = field(compare=False)
    relaxed: Relaxed = field(compare=False)


class Search:
    """Best-first branch and bound for the least joint move that brings ``1 + sum of curves`` to zero."""

    def __init__(
        self, curves: Sequence[Curve], sigmas: Sequence[float], metric: Metric, nodes_max: int = 4000
    ) -> None:
        """Take the curves, the daily sigmas of their coins, and the metric."""
        self.curves, self.metric, self.nodes_max = curves, metric, nodes_max
        self.sigmas = _array(sigmas)
        self.distance = math.inf
        self._x = self.sigmas * 0.0
        self._box: Box = ()
        self._numbers = count()

    def buffer(self, moves: Sequence[float]) -> float:
        """Return the buffer after a joint move."""
        return 1.0 + sum(curve.at(move) for curve, move in zip(self.curves, moves, strict=True))

    def _is_zero(self, x: "Floats") -> bool:
        moves = [max(LEAST, move) for move in (self.sigmas * x).tolist()]
        left = self.buffer(moves)
        if left <= 0 or left > 1e-6:  # noqa: PLR2004 - far from zero; no need to look at the rounding
            return left <= 0
        return left <= 1e-14 * (1.0 + sum(c.size(move) for c, move in zip(self.curves, moves, strict=True)))

    def _try(self, x: "Floats", length: float, steps: Sequence[float], box: Box = ()) -> None:
        """Look for a nearer zero on the ray through x, at some multiples of it."""
        fall = -float((x * self.sigmas).min())
        furthest = min(self.distance / length, -LEAST / fall if fall > 0 else math.inf) if length else 0.0
        before = 0.0
        for step in steps:
            share = min(step, furthest)
            if share <= before:
                return
            if self._is_zero(share * x):
                first = share if box and share == steps[0] else self._first_zero(x, before, share)
                if first * length < self.distance:
                    self.distance, self._x, self._box = first * length, first * x, box
                return
            before = share

    def _first_zero(self, x: "Floats", safe: float, past: float) -> float:
        while (middle := (safe + past) / 2) not in {safe, past}:
            if self._is_zero(middle * x):
                past = middle
            else:
                safe = middle
        return past

    def _start(self) -> None:
        """Find a first point: along the steepest ways down from today, else where every curve is lowest."""
        import numpy as np  # noqa: PLC0415 - paid for by books of several coins

        steps = (1.0, 1.25, 1.5, 2.0, 4.0, 8.0)
        sides = np.array([curve.slopes for curve in self.curves]) * self.sigmas[:, None]
        for slopes in (sides[:, 0], sides[:, 1], sides.mean(axis=1)):
            steepest = self.metric.matrix @ slopes
            fall = float(slopes @ steepest)
            if fall > 0:
                self._try(-steepest / fall, 1.0 / math.sqrt(fall), steps)
        for coin, unit in enumerate(np.eye(len(self.curves))):
            for slope, sign in zip(sides[coin].tolist(), (1, -1), strict=True):
                if slope * sign > 0:
                    self._try(-unit / slope, self.metric.length(unit) / abs(slope), steps)
        if math.isinf(self.distance):
            self._from_the_bottom()

    def _from_the_bottom(self) -> None:
        """Send every coin to its worst price, further and further, until the buffer is used up, if it ever is."""
        for power in range(1, 61):
            low = max(LEAST, 0.5**power - 1.0)
            x = _array([curve.worst(low, 2.0**power) for curve in self.curves]) / self.sigmas
            if self._is_zero(x):
                self._try(x, self.metric.length(x), (0.125, 0.25, 0.5, 1.0))
                return

    def _node(self, box: Box, lines: tuple[tuple[float, float], ...], parent: float = 0.0) -> _Node | None:
        """Return the node of a box, or None where no point in it can bring the buffer to zero."""
        ends = _array(box) / self.sigmas[:, None]
        slopes = _array([line[0] for line in lines]) * self.sigmas
        height = 1.0 + math.fsum(line[1] for line in lines)
        reached = (slopes[:, None] * ends).min(axis=1)
        if height + float(reached.sum()) > 1e-13 * (1.0 + abs(height) - float(reached.clip(max=0.0).sum())):
            return None
        relaxed = nearest_on_plane(self.metric, slopes, height, ends[:, 0], ends[:, 1])
        return _Node(max(parent, relaxed.bound), next(self._numbers), box, lines, relaxed)

    def run(self) -> Found | None:
        """Return the nearest point, or None where no joint move reaches zero."""
        self._start()
        if math.isinf(self.distance):
            return None
        half = [1.001 * self.distance * sigma for sigma in self.sigmas.tolist()]
        box = tuple((max(LEAST, -width), width) for width in half)
        root = self._node(box, tuple(c.below(*ends) for c, ends in zip(self.curves, box, strict=True)))
        waiting = [root] if root is not None else []
        proved, nodes = math.inf, 0
        while waiting and nodes < self.nodes_max and waiting[0].bound < self._enough():
            node = heapq.heappop(waiting)
            nodes += 1
            self._try(node.relaxed.x, node.relaxed.length, _LAST_MILE, node.box)
            children = self._children(node)
            if children is None:
                proved = min(proved, node.bound)
                continue
            for child in children:
                heapq.heappush(waiting, child)
        proved = min(proved, waiting[0].bound if waiting else math.inf)
        bound = min(self.distance, math.sqrt(2.0 * max(0.0, proved)))
        if self.metric.moved and bound > _FAR:
            return None
        return Found(tuple((self.sigmas * self._x).tolist()), self.distance, bound, self._box, nodes)

    def _enough(self) -> float:
        """Return the bound from which on a node holds nothing that is nearer by a difference that counts."""
        return (self.distance * (1.0 - _AIM)) ** 2 / 2

    def _children(self, node: _Node) -> list[_Node] | None:
        """Split a node where a line lies furthest below its curve; None where none does."""
        moves = (self.sigmas * node.relaxed.x).tolist()
        inside = [min(max(move, low), high) for move, (low, high) in zip(moves, node.box, strict=True)]
        depths = [
            curve.at(move) - slope * move - height
            for curve, move, (slope, height) in zip(self.curves, inside, node.lines, strict=True)
        ]
        coin = max(range(len(depths)), key=depths.__getitem__)
        curve, (low, high) = self.curves[coin], node.box[coin]
        if depths[coin] <= 1e-14 * (1.0 + curve.size(inside[coin])) or high - low <= 1e-14 * (1.0 + high):
            return None
        cut = _cut(curve, low, high, inside[coin])
        children = []
        for part in ((low, cut), (cut, high)):
            box = (*node.box[:coin], part, *node.box[coin + 1 :])
            lines = (*node.lines[:coin], curve.below(*part), *node.lines[coin + 1 :])
            children.append(self._node(box, lines, node.bound))
        return [child for child in children if child is not None]


def _cut(curve: Curve, low: float, high: float, here: float) -> float:
    """Return where to split an interval: the edge of a piece that is nearest, else here, else the middle."""
    edges = curve.edges(low, high)
    if edges:
        return min(edges, key=lambda edge: abs(edge - here))
    if 0.1 < (here - low) / (high - low) < 0.9:  # noqa: PLR2004 - not too near an end
        return here
    wide = 1.0 + high > 4 * (1.0 + low)  # a price that quadruples is halved by its logarithm
    return math.sqrt((1.0 + low) * (1.0 + high)) - 1.0 if wide else (low + high) / 2


def _array(values: object) -> "Floats":
    import numpy as np  # noqa: PLC0415 - paid for by books of several coins

    return np.array(values, dtype=float)
