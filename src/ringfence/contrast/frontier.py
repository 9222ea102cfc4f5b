"""The frontier of capital: how much an account needs for a chance of liquidation, and what is then lost.

The least buffer of each pool on each path says with how much more collateral it would have lived, so no further path
is drawn. Collateral of several pools is divided so that each is as likely to die as any other: a good division, and
not the best there is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.contrast.estimates import FEW, Estimate, Losses, Sample
from ringfence.paths.fates import NEVER, ModeFates

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats

CHANCES: Final = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0001)
SHORTFALL: Final = 0.99
APPROXIMATED: Final = (
    "capital: equity of all pools with positions; more of it is taken to stand still and to change no requirement",
    "shortfall: a pool that more capital saves is taken to end at its lowest point, with today's requirement",
    "shortfall: a pool that dies loses all it holds; gains of coins held as collateral are left out",
)


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """What a chance of liquidation takes.

    chance     that any pool dies within the horizon
    capital    [unit] equity of the pools
    shortfall  [unit] expected shortfall of 99 % of the loss with it; None: what pools hold today is not known
    """

    chance: float
    capital: Estimate
    shortfall: Estimate | None


@dataclass(frozen=True, slots=True)
class Frontier:
    """Capital against the chance of liquidation in one mode.

    today  [unit] equity of the pools now; where that is not known, what the account holds
    """

    mode: str
    cut: str
    venue: str
    today: float
    points: tuple[FrontierPoint, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """A pool today [unit]: its equity, and what of it is above its trigger."""

    equity: float
    buffer: float


@dataclass(frozen=True, slots=True)
class _Lost:
    """What is lost in each pool [unit].

    held   (K,) where it dies: what it holds today
    saved  (P, K) where it lives, or would with more
    """

    held: "Floats"
    saved: "Floats"


def frontier_of(fates: ModeFates, sample: Sample, pools: Mapping[str, Holding] | None = None) -> Frontier:
    """Return the frontier of one mode.

    Args:
        fates: the mode.
        sample: the paths and their weights.
        pools: what its pools with positions hold today, by id; None: not known.

    """
    known = [pools[pool] for pool in fates.pools] if pools and set(fates.pools) <= set(pools) else None
    today = fates.posted if known is None else sum(one.equity for one in known)
    points: list[FrontierPoint] = []
    if fates.pools:
        needs = [Losses(sample, -fates.least[:, k]) for k in range(len(fates.pools))]
        ranks, lost = _ranks(needs), None if known is None else _lost(fates, known)
        points = [
            _point(fates, sample, (needs, ranks), chance, today, lost)
            for chance in CHANCES
            if chance * sample.paths >= FEW
        ]
    return Frontier(fates.mode, fates.cut, fates.venue, today, tuple(points))


def _ranks(needs: list[Losses]) -> Losses:
    """Return on each path the chance to die per pool at which some pool just dies, as numbers that fall."""
    beyond = [need.chance_beyond(need.losses) for need in needs]
    return Losses(needs[0].sample, -np.minimum.reduce(beyond))


def _point(
    fates: ModeFates,
    sample: Sample,
    needed: tuple[list[Losses], Losses],
    chance: float,
    today: float,
    lost: _Lost | None,
) -> FrontierPoint:
    error = sample.error_of_chance(chance, needed[1].losses > float(needed[1].at(chance)))
    extra = _extra(needed, chance)
    spread = [float(_extra(needed, p).sum()) for p in (chance - error, min(chance + error, 1.0))]
    capital = Estimate(today + float(extra.sum()), abs(spread[0] - spread[1]) / 2.0)
    return FrontierPoint(chance, capital, _shortfall(fates, sample, extra, lost))


def _extra(needed: tuple[list[Losses], Losses], chance: float) -> "Floats":
    """Return what each pool needs more (below zero: could spare) for a chance that any dies, (K,)."""
    needs, ranks = needed
    alike = -float(ranks.at(chance))
    return np.array([float(need.at(alike)) for need in needs])


def _lost(fates: ModeFates, known: list[Holding]) -> _Lost:
    """Return what a mode loses pool by pool; a dead pool that more would have saved ends at its lowest point."""
    lives = np.stack(
        [-fates.gain[:, fates.pool_of == k].sum(axis=1) for k in range(len(known))],
        axis=1,
    )
    buffers = np.array([one.buffer for one in known])
    saved = np.where(fates.died != NEVER, buffers - fates.least, lives)
    return _Lost(np.array([one.equity for one in known]), saved)


def _shortfall(fates: ModeFates, sample: Sample, extra: "Floats", lost: _Lost | None) -> Estimate | None:
    if lost is None:
        return None
    whole = lost.held + extra
    loss = np.where(fates.least + extra < 0.0, whole, np.minimum(lost.saved, whole)).sum(axis=1)
    return Losses(sample, loss).tail(SHORTFALL).shortfall
