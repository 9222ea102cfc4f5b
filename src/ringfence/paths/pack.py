"""Pools in the shape that kernels read, for one rule of looking."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from ringfence.batch.walk.tables import ASK, PART, PIECE, POOL
from ringfence.core.errors import BookError
from ringfence.paths.bends import Bend
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.lower import YEAR
from ringfence.paths.shown import Shown
from ringfence.paths.tables import PoolTable
from ringfence.paths.top_up import TopUp

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats

Monitoring = Literal["discrete", "continuous"]
MONITORING: Final[Mapping[Monitoring, str]] = {
    "discrete": "marks are looked at once a step, and a pool dies at the first look that finds it past its trigger",
    "continuous": "marks are taken to be looked at all the time: an isolated pool's price is taken to have been"
    " exp(0.5826 sigma sqrt(step)) beyond each look, and a shared pool's trigger is lifted by 0.5826 times the"
    " deviation of its buffer over a step at today's prices (Broadie, Glasserman & Kou 1997); figures at death are"
    " those of the look",
}
"""The rules of looking, in words."""
_SHIFT: Final = 0.5825971579390106
"""-zeta(1/2) / sqrt(2 pi)."""


class Packed:
    """All pools of all modes, one after the other. K pools, C coins.

    pools, parts, pieces, asks   as in ``batch.walk.tables``; behind the K pools stand equities of those topped up
    reach    (C,) how far beyond a look a price is taken to have been, as a factor
    flows    (K, C, 2) what a buffer gains for each unit of the funding sums [pool unit]
    """

    def __init__(
        self, shown: Sequence[Shown], coins: Coins, clock: Clock, monitoring: Monitoring, top_up: TopUp | None
    ) -> None:
        """Take modes, what moves, when it is looked at, and what their owner does when a pool runs low."""
        self.tables = [table for one in shown for table in one.tables]
        deviation = coins.vols * np.sqrt(clock.step / YEAR)
        if monitoring == "discrete":
            deviation = np.zeros(len(coins))
        self.reach = np.exp(_SHIFT * deviation)
        self.flows = np.concatenate([_flows(one, len(coins)) for one in shown])
        covariance = coins.correlation * np.outer(deviation, deviation)
        self._pools: list[tuple[object, ...]] = []
        self._parts: list[tuple[object, ...]] = []
        self._pieces: list[tuple[object, ...]] = []
        for table in self.tables:
            self._add(table, covariance, is_asked=top_up is not None and table.is_sum)
        asks = [] if top_up is None else self._asks(shown, top_up, clock)
        self.pools: Any = np.array(self._pools, POOL)
        self.parts: Any = np.array(self._parts, PART)
        self.pieces: Any = np.array(self._pieces, PIECE)
        self.asks: Any = np.array(asks, ASK)

    def _add(self, table: PoolTable, covariance: "Floats", *, is_asked: bool) -> None:
        bends = [bend for bend in table.buffer if bend.terms[:, 1:].any() or len(bend.edges) > 1]
        at_ends = len(bends) == 1 and bends[0].is_least_at_ends and not is_asked
        line = table.line if at_ends else table.line + _SHIFT * table.deviation(covariance)
        coin = bends[0].coin if bends else 0
        first, end = self._parts_of(bends)
        self._pools.append(
            (table.base, line, first, end, at_ends, table.at_zero and line == 0.0, coin, is_asked)
        )

    def _parts_of(self, bends: Sequence[Bend]) -> tuple[int, int]:
        first = len(self._parts)
        for bend in bends:
            start = len(self._pieces)
            self._pieces += [(edge, *term) for edge, term in zip(bend.edges, bend.terms, strict=True)]
            self._parts.append((bend.coin, start, len(self._pieces), bend.edges[0], bend.per_step))
        return first, len(self._parts)

    def _asks(self, shown: Sequence[Shown], top_up: TopUp, clock: Clock) -> list[tuple[object, ...]]:
        """Return what the owner does for each pool; its equity is put behind all pools."""
        delay = max(1, int(np.ceil(top_up.delay.total_seconds() / clock.step - 1e-9)))
        owned = [one for mode in shown for one in mode.owned]
        asks: list[tuple[object, ...]] = []
        for number, (table, one) in enumerate(zip(self.tables, owned, strict=True)):
            if not table.is_sum:
                continue
            if one.rate.coin >= 0:
                raise BookError(
                    f"top-up of {table.pool.id}",
                    f"it is counted in {table.pool.unit}, whose price moves",
                    "Leave the top-up out, or ask in an account whose unit stands still",
                )
            first, end = self._parts_of(table.equity)
            asks.append(
                (number, len(self._pools), float(top_up.ratio), float(top_up.to), float(top_up.cap), delay)
            )
            self._pools.append((table.base_equity, 0.0, first, end, False, False, 0, True))
        return asks


def _flows(shown: Shown, coins: int) -> "Floats":
    """Return what each pool's buffer gains for each unit of the funding sums [pool unit]."""
    flows = np.zeros((len(shown.tables), coins, 2))
    for row, owned in zip(flows, shown.owned, strict=True):
        for one in owned.held:
            row[one.coin, int(one.inverse)] += one.flow * one.rate.today / owned.rate.today
    return flows
