"""Pools that are no sum over coins: looked at whole, by the exact engine, wherever the sum leaves a doubt.

What a sum over coins says of such a pool is off by so much of what it holds at random joint moves. Where it says more
than a few times that, on one side or the other, it is believed; between, the exact engine is asked, look by look.
"""

from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.paths.fates import NEVER
from ringfence.paths.tables import PoolTable, exact_buffer, size_of

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats, Steps

TIMES: Final = 3.0
"""How many times what the sum was off at random moves it may be off elsewhere."""


def paid_before(prices: "Floats", pays: "Steps") -> "Floats":
    """Return the funding sums before each look, (P, T + 1, C, 2): of prices, and of one over prices.

    Args:
        prices: (P, T + 1, C) over today's.
        pays: (T,) whether funding is paid after a step; a look comes before the payment of its step.

    """
    due = np.where(pays[:, None] != 0, 1.0, 0.0)
    both = np.stack([prices[:, 1:] * due, due / prices[:, 1:]], axis=3)
    paid: Floats = np.zeros((*prices.shape, 2))
    paid[:, 2:] = np.cumsum(both, axis=1)[:, :-1]
    return paid


def judged_whole(
    table: PoolTable,
    coins: tuple[str, ...],
    prices: "Floats",
    more: "Floats",
    looked: "Steps",
    line: float,
) -> tuple["Steps", "Floats"]:
    """Return the step at which a pool dies on each path, and its least buffer.

    Args:
        table: the pool as a sum, which it is not.
        coins: what moves.
        prices: (P, T + 1, C) over today's.
        more: (P, T + 1) what funding has brought the buffer by then.
        looked: (T,) whether a look is taken after a step.
        line: the buffer below which the pool is past its trigger.

    """
    buffers = table.buffer_at(prices) + more
    doubt = TIMES * table.off * size_of(table.pool, table.world)
    least = np.full(len(prices), table.base)
    died = np.full(len(prices), 0 if table.is_dead_today else NEVER, np.int32)
    looks = 1 + np.flatnonzero(looked)
    for path in range(len(prices)):
        row = buffers[path, looks]
        for at in np.flatnonzero(np.abs(row - line) <= doubt):
            step = looks[at]
            row[at] = exact_buffer(table, coins, prices[path, step]) + more[path, step]
            if row[at] < line:
                break
        past = row < line
        if past.any() and died[path] == NEVER:
            died[path] = looks[int(np.argmax(past))]
        least[path] = min(table.base, float(row.min()))
    return died, least
