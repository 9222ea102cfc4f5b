"""A sign change closed in from both sides, in few readings."""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

X = TypeVar("X", float, Decimal)


def closed_in(reading: Callable[[X], X], safe: X, past: X, width: X) -> tuple[X, X]:
    """Return a place where a reading is positive and one where it is not, no further apart than a width.

    A smooth reading needs some ten readings for sixteen digits; one that leaps, at most one more than halving would.

    Args:
        reading: positive at ``safe`` and not at ``past``.
        safe: one end.
        past: the other, on either side of it.
        width: how near the ends must come, > 0, in the unit of the ends.

    Source  Oliveira & Takahashi (2021): interpolate, truncate, project (ITP)

    """
    at_safe, at_past = reading(safe), reading(past)
    first = abs(past - safe)
    most = max(0, math.ceil(math.log2(first / width))) + 1 if first > width else 0
    for left in range(most, 0, -1):
        span = past - safe
        if abs(span) <= width:
            break
        middle = safe + span / 2
        straight = safe + span * (at_safe / (at_safe - at_past))
        inward = min(span * span / (5 * first), abs(middle - straight))
        towards = inward if middle > straight else -inward
        reach = width * 2 ** (left - 1) - abs(span) / 2
        at = straight + towards
        if abs(at - middle) > reach:
            at = middle - reach if middle > straight else middle + reach
        if at in {safe, past}:
            at = middle
        there = reading(at)
        if there > 0:
            safe, at_safe = at, there
        else:
            past, at_past = at, there
    return safe, past
