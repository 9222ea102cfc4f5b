"""Blocks of paths from start to end: drawn, and every pool looked at on the way."""

from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.walk import LANES
from ringfence.batch.walk import law as at
from ringfence.batch.walk.compiled import walking
from ringfence.batch.walk.draw import begin, fill
from ringfence.batch.walk.look import grow, look, pay

if TYPE_CHECKING:
    from ringfence.batch.walk.law import LawRecord
    from ringfence.batch.walk.tables import Floats, Records, Steps

CHUNK: Final = 32
"""Steps that are drawn and looked at together: so few that they stay near the processor."""


@walking
def run(
    law: "LawRecord", seed: int, first: int, plan: "Steps", pools: "Records", parts: "Records", pieces: "Records",
    reach: "Floats", flows: "Floats", least: "Floats", died: "Steps", at_death: "Floats", paid_at_death: "Floats",
    level: "Floats", paid: "Floats", ratios: "Floats", asks: "Records", cash: "Floats",
) -> None:  # fmt: skip
    """Walk blocks of paths. B blocks, K pools, C coins, L lanes.

    Args:
        law: how prices move.
        seed: of the run.
        first: number of the first block.
        plan: (n, 3) stretches: how many steps; whether marks are looked at; whether funding is
            paid at their end.
        pools: the tables: ``POOL``,
        parts: ``PART``
        pieces: and ``PIECE``.
        reach: (C,) see ``look``.
        flows: (K, C, 2) or (K, 0, 2), see ``look``.
        least: (B, K, L) takes least buffers.
        died: (B, K, L) takes the steps of deaths; what is no ``NEVER`` stays.
        at_death: (B, K, C, L) takes prices then.
        paid_at_death: (B, K, C, 2, L) or (B, K, 0, 2, L) takes what was paid until then.
        level: (B, C, L) takes prices at the end.
        paid: (B, C, 2, L) takes what was paid until the end.
        ratios: (B, L) takes logarithms of likelihood ratios.
        asks: (A,) pools that are topped up: ``ASK``.
        cash: (B, K, L) takes what was put into each pool.

    """
    coins = level.shape[1]
    bits, held = np.empty((4, LANES), np.uint64), np.empty((law[0][at.ROWS], LANES))
    longest = plan[:, 0].max()
    chunk, logs = np.empty((longest, coins, LANES)), np.zeros((longest, LANES))
    low, high = np.empty((coins, LANES)), np.empty((coins, LANES))
    sent = np.empty((len(asks), 3, LANES))
    for b in range(level.shape[0]):
        begin(law, seed, first + b, bits, held)
        level[b, :, :] = 1.0
        sent[:, :, :] = 0.0
        before = 0
        for stretch in range(plan.shape[0]):
            steps = plan[stretch, 0]
            fill(law, bits, held, before, chunk[:steps], logs[:steps])
            if plan[stretch, 1] != 0:
                look(
                    before, chunk[:steps], level[b], pools, parts, pieces, reach, flows, paid[b], least[b], died[b],
                    at_death[b], paid_at_death[b], asks, cash[b], sent,
                )  # fmt: skip
            else:
                grow(chunk[:steps], level[b], low, high)
            if plan[stretch, 2] != 0:
                pay(level[b], paid[b])
            before += steps
            ratios[b, :] = logs[steps - 1]
