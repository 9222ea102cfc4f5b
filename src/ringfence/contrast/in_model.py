"""The contagion ledger in closed form: Gaussian moves without drift, to first order, marks looked at all the time.

Beside what paths say, and never in its place: jumps, tiers, curvature and steps are what the two differ by.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ringfence.contrast.exposure import Exposure, Risks
from ringfence.formula.model.first_passage import chance_of_touch
from ringfence.formula.model.pairs import alone_and_shared, chance_in_profit
from ringfence.formula.model.shapley import shapley

_FAR: Final = 37.0
"""Deviations beyond which a death has no chance on float64, and nothing is said of what comes with it."""
MOST: Final = 12
"""Positions of a pool up to which every sub-book is looked at."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A mode as the model sees it.

    buffers  pool -> equity above what it needs [unit]
    blame    position -> its Shapley value in the chance that its pool dies; none in pools of too many
    """

    risks: Risks
    buffers: Mapping[str, float]
    blame: Mapping[str, float] = field(default_factory=dict)

    def pool_of(self, position: str) -> str | None:
        """Return the pool of a position; None: it is not open."""
        return next((one.pool for one in self.risks.exposures if one.position == position), None)

    def held(self, pool: str) -> list[Exposure]:
        """Return what a pool holds."""
        return [one for one in self.risks.exposures if one.pool == pool]


@dataclass(frozen=True, slots=True)
class InModel:
    """A position in a mode and alone, in the model; None: not known there.

    died_shared, died_alone, contagion, rescue  chances within the horizon
    bystander    chance that it is in profit when its pool dies
    loss_share   its part in the pool's variance: Euler's share of its risk, and the mean share of its loss at death
    but_for      its Shapley value in v(S) = P(the pool dies with the positions S alone and all its collateral), a part
                 of ``died_shared``: below zero, it keeps the others alive
    """

    position: str
    died_shared: float | None = None
    died_alone: float | None = None
    contagion: float | None = None
    rescue: float | None = None
    bystander: float | None = None
    loss_share: float | None = None
    but_for: float | None = None


def in_model(positions: Sequence[str], shared: Standing, alone: Standing) -> tuple[InModel, ...]:
    """Return what the model says of every position.

    Args:
        positions: their labels.
        shared: the mode.
        alone: the book isolated.

    """
    return tuple(_of(position, shared, alone) for position in positions)


def _of(position: str, shared: Standing, alone: Standing) -> InModel:
    pool, own = shared.pool_of(position), alone.pool_of(position)
    here = None if pool is None else _chance(shared, pool)
    there = None if own is None else _chance(alone, own)
    blame = None if pool is None else shared.blame.get(position)
    if pool is None or own is None:
        return InModel(position, here, there, but_for=blame)
    held, single = shared.held(pool), alone.held(own)
    risks = shared.risks.risk(held), alone.risks.risk(single)
    if min(risks) == 0.0 or min(shared.buffers[pool], alone.buffers[own]) <= 0.0:
        return InModel(position, here, there, but_for=blame)
    (one,) = [each for each in held if each.position == position]
    # Alone a position may be charged for by other rules; how it moves with the pool is what both have in common.
    covariance = shared.risks.covariance_of([one], held)
    together = max(-1.0, min(1.0, covariance / (shared.risks.risk([one]) * risks[0])))
    distance = shared.buffers[pool] / risks[0]
    pair = alone_and_shared(alone.buffers[own] / risks[1], distance, together)
    return InModel(
        position=position,
        died_shared=here,
        died_alone=there,
        contagion=pair.contagion,
        rescue=pair.rescue,
        bystander=chance_in_profit(together, distance) if distance < _FAR else None,
        loss_share=covariance / risks[0] ** 2,
        but_for=blame,
    )


def _chance(standing: Standing, pool: str) -> float:
    return chance_of_touch(standing.buffers[pool], standing.risks.risk(standing.held(pool)))


def standing(risks: Risks, buffers: Mapping[str, float]) -> Standing:
    """Return a mode as the model sees it; who is to blame for a death is looked for among all sub-books.

    Args:
        risks: the exposures, each with the pool it stands in.
        buffers: pool -> equity above what it needs [unit].

    """
    bare = Standing(risks, buffers)
    blame: dict[str, float] = {}
    for pool in buffers:
        blame |= _but_for(bare, pool)
    return Standing(risks, buffers, blame)


def _but_for(standing: Standing, pool: str) -> dict[str, float]:
    """Return each position's share of the blame for the death of its pool; nothing where there are too many."""
    held = standing.held(pool)
    capital = standing.buffers[pool] + math.fsum(one.requirement for one in held)

    def chance(group: Sequence[Exposure]) -> float:
        if not group:
            return 0.0
        return chance_of_touch(capital - math.fsum(g.requirement for g in group), standing.risks.risk(group))

    if len(held) > MOST:
        return {}
    values = shapley(len(held), lambda members: chance([held[k] for k in members]))
    return {one.position: value for one, value in zip(held, values, strict=True)}
