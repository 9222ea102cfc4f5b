"""Collateral among pools at the least expected cost, and which positions share one."""

import math
from collections.abc import Sequence
from itertools import combinations, product
from typing import Final, NamedTuple

from ringfence.formula.model.first_passage import chance_of_touch
from ringfence.formula.model.mode_law import best_cost, best_distance

_HALVINGS: Final = 200
_CLOSE: Final = 1e-12


class Split(NamedTuple):
    """Buffers of pools, what their liquidations cost on average, and the price at which each buffer is the best."""

    buffers: tuple[float, ...]
    cost: float
    price: float


def best_buffers(costs: Sequence[float], risks: Sequence[float], total: float) -> Split:
    """Return the division of a total buffer at which the expected cost of liquidations is least.

        x = s sqrt(2 ln(2 L phi(0) / (lambda s)))^+, with one lambda for all

    Units   costs [unit], deviations over the horizon [unit] > 0, [unit] -> [unit], price [unit/unit]
    Source  Karush-Kuhn-Tucker condition of min sum L 2 Phi(-x / s), sum x = C, x >= 0
    """

    def buffers(price: float) -> tuple[float, ...]:
        return tuple(s * best_distance(cost, price * s) for cost, s in zip(costs, risks, strict=True))

    low, high = -700.0, 700.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if math.fsum(buffers(math.exp(middle))) > total:
            low = middle
        else:
            high = middle
    price = math.exp(0.5 * (low + high))
    found = buffers(price)
    expected = (cost * chance_of_touch(x, s) for cost, x, s in zip(costs, found, risks, strict=True))
    return Split(found, math.fsum(expected), price)


class Shared(NamedTuple):
    """Places of those that share a pool, and what all cost together."""

    members: tuple[int, ...]
    cost: float


def best_pool(costs: Sequence[float], risks: Sequence[float], price: float) -> Shared:
    """Return which of some independent risks are best pooled, the others each alone, at a price of collateral.

    The cost is concave in the pool's sums of costs and variances: the best pool is a half-plane
    alpha L + beta s^2 < g, and n^2 of them are tried instead of 2^n sets.

    Units   costs [unit], deviations over the horizon [unit], price [unit/unit] -> [unit]
    Source  a concave function on a planar arrangement is least at one of its vertices
    """
    alone = [best_cost(cost, price * s) for cost, s in zip(costs, risks, strict=True)]
    lines = [(cost, s * s, g) for cost, s, g in zip(costs, risks, alone, strict=True)]
    every = range(len(lines))

    def priced(members: frozenset[int]) -> Shared:
        together = best_cost(
            math.fsum(costs[i] for i in members),
            price * math.sqrt(math.fsum(risks[i] ** 2 for i in members)),
        )
        rest = math.fsum(alone[i] for i in every if i not in members)
        return Shared(tuple(sorted(members)), together + rest)

    found = {frozenset[int](), frozenset(every)}
    for one, other in combinations((*lines, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)), 2):
        found |= _half_planes(lines, one, other)
    return min(map(priced, found), key=lambda shared: (shared.cost, shared.members))


Line = tuple[float, float, float]


def _half_planes(lines: Sequence[Line], one: Line, other: Line) -> set[frozenset[int]]:
    """Return the sets on one side of the half-planes whose slopes are where two lines meet."""
    across = one[0] * other[1] - one[1] * other[0]
    if across == 0.0:
        return set()
    alpha = (one[2] * other[1] - one[1] * other[2]) / across
    beta = (one[0] * other[2] - one[2] * other[0]) / across
    gaps = [alpha * line[0] + beta * line[1] - line[2] for line in lines]
    size = [abs(alpha * line[0]) + abs(beta * line[1]) + abs(line[2]) for line in lines]
    edge = [i for i, gap in enumerate(gaps) if abs(gap) <= _CLOSE * size[i]]
    inside = {i for i, gap in enumerate(gaps) if gap < 0.0 and i not in edge}
    return {
        frozenset(inside | {i for i, taken in zip(edge, choice, strict=True) if taken})
        for choice in product((False, True), repeat=len(edge))
    }
