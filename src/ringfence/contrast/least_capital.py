"""The least collateral that keeps a chance, or an expected cost, within a limit: one pool, or several.

Collateral is divided among pools as is best, so what is found is the least for the whole account. First order:
Gaussian moves without drift over the horizon (``formula.model``).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ringfence.formula.model import allocation
from ringfence.formula.model.first_passage import buffer_for_chance
from ringfence.formula.model.normal import DENSITY_AT_ZERO, normal_density, normal_tail

Bound = Literal["exact", "product", "union"]
_HALVINGS: Final = 100
_FAR: Final = 38.0
"""Sigmas beyond which a normal tail is zero on float64."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A pool as the model sees it.

    risk          [unit] standard deviation of its buffer over the horizon
    requirement   [unit] what it needs beside the buffer
    cost          [unit] what its liquidation costs
    """

    risk: float
    requirement: float
    cost: float


def least_for_chance(buckets: Sequence[Bucket], chance: float, bound: Bound) -> float:
    """Return the least collateral with P(anything is liquidated within the horizon) <= chance.

    Args:
        buckets: the pools.
        chance: the limit.
        bound: exact: one pool; product: 1 - prod(1 - p), exact for independent pools and safe for pools that are
            not negatively correlated (Slepian); union: sum p, safe always.

    """
    held = math.fsum(bucket.requirement for bucket in buckets)
    risky = [bucket for bucket in buckets if bucket.risk > 0.0]
    if len(risky) == 1:
        return held + buffer_for_chance(risky[0].risk, chance)
    if bound == "product":
        return held + _least(risky, -math.log1p(-chance), _surprise, _sigmas_by_product)
    even = [Bucket(bucket.risk, 0.0, 1.0) for bucket in risky]
    return held + _least(even, chance, _expected, _sigmas_by_sum)


def least_for_cost(buckets: Sequence[Bucket], share: float) -> float:
    """Return the least collateral with an expected liquidation cost of at most a share of all liquidation costs."""
    held = math.fsum(bucket.requirement for bucket in buckets)
    risky = [bucket for bucket in buckets if bucket.risk > 0.0 and bucket.cost > 0.0]
    limit = share * math.fsum(bucket.cost for bucket in buckets)
    return held + _least(risky, limit, _expected, _sigmas_by_sum)


def best_buffers(buckets: Sequence[Bucket], buffer: float) -> tuple[list[float], float]:
    """Return the buffers of a given sum with the least expected liquidation cost, and what one more unit would save."""
    risky = [bucket for bucket in buckets if bucket.risk > 0.0]
    found = allocation.best_buffers([b.cost for b in risky], [b.risk for b in risky], buffer)
    given = iter(found.buffers)
    return [next(given) if bucket.risk > 0.0 else 0.0 for bucket in buckets], found.price


def expected_cost(buckets: Sequence[Bucket], buffer: float) -> float:
    """Return the least expected liquidation cost that buffers of a given sum can buy."""
    buffers, _ = best_buffers(buckets, buffer)
    pairs = [(b, x / b.risk) for b, x in zip(buckets, buffers, strict=True) if b.risk > 0.0]
    return math.fsum(_expected(bucket, sigmas) for bucket, sigmas in pairs)


def _expected(bucket: Bucket, sigmas: float) -> float:
    return bucket.cost * 2.0 * normal_tail(sigmas)


def _surprise(bucket: Bucket, sigmas: float) -> float:  # noqa: ARG001 - every pool's death counts alike
    """Return -ln P(alive)."""
    dead = 2.0 * normal_tail(sigmas)
    return -math.log1p(-dead) if dead < 1.0 else math.inf


def _sigmas_by_sum(bucket: Bucket, price: float) -> float:
    """Return the buffer in sigmas at which one more unit of it saves ``price``: 2 L phi(y) = price * s."""
    most = 2.0 * bucket.cost * DENSITY_AT_ZERO
    slope = price * bucket.risk
    if slope >= most:
        return 0.0
    return math.sqrt(2.0 * math.log(most / slope)) if slope > 0.0 else _FAR


def _sigmas_by_product(bucket: Bucket, price: float) -> float:
    """Return the same where survivals are multiplied: 2 phi(y) / (1 - 2 Phi(-y)) = price * s."""
    low, high = 0.0, _FAR
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        alive = 1.0 - 2.0 * normal_tail(middle)
        if 2.0 * normal_density(middle) > price * bucket.risk * alive:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


Sigmas = Callable[[Bucket, float], float]


def _total(buckets: Sequence[Bucket], price: float, sigmas: Sigmas) -> float:
    return math.fsum(bucket.risk * sigmas(bucket, price) for bucket in buckets)


def _least(
    buckets: Sequence[Bucket], limit: float, burden: Callable[[Bucket, float], float], sigmas: Sigmas
) -> float:
    """Return the least sum of buffers whose burdens together stay within a limit."""
    if not buckets:
        return 0.0
    price = _halved(lambda p: limit - math.fsum(burden(b, sigmas(b, p)) for b in buckets))
    return _total(buckets, price, sigmas)


def _halved(excess: Callable[[float], float]) -> float:
    """Return the price at which a quantity that falls in it is zero; looked for by its logarithm."""
    low, high = -700.0, 300.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if excess(math.exp(middle)) > 0.0:
            low = middle
        else:
            high = middle
    return math.exp(low)
