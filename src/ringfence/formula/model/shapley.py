"""Who is to blame for what a group does together."""

import math
from collections.abc import Callable, Sequence
from itertools import combinations


def shapley(members: int, worth: Callable[[Sequence[int]], float]) -> list[float]:
    """Return what each member adds to what a group is worth, on average over all orders in which they may come.

        phi_i = sum over groups S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S))

    All 2^n groups are looked at. ``worth`` is of a group of members in rising order.

    Units   as ``worth``
    Source  Shapley (1953): A value for n-person games
    """
    known = {
        group: worth(group) for size in range(members + 1) for group in combinations(range(members), size)
    }
    values = []
    for member in range(members):
        added = [
            (known[tuple(sorted((*group, member)))] - value) / (members * math.comb(members - 1, len(group)))
            for group, value in known.items()
            if member not in group
        ]
        values.append(math.fsum(added))
    return values
