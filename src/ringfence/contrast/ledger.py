"""The contagion ledger: a mode against the book isolated, position by position and path by path.

tau_x is when a position leaves in the mode, tau_i when it leaves alone, T the horizon:

    contagion_i  P(tau_x <= T, tau_i > T)   the account took down a position that would have lived alone
    rescue_i     P(tau_i <= T, tau_x > T)   pooling saved a position that would have died alone

Both hang on how collateral is divided alone, so every ledger names its cut. On every path

    W_x - W_i = rescue - contagion + d(other) - d(fees) - d(impact) + d(bad debt)

where rescue is what positions gained in the mode after they would have left alone, and contagion what they would have
gained alone after they left in the mode.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.contrast.chances import days_of
from ringfence.contrast.estimates import Estimate, Sample
from ringfence.paths.fates import NEVER, ModeFates, Simulation

if TYPE_CHECKING:
    from ringfence.paths.fates import Flags, Floats


_SAME: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Exposed:
    """A position in the mode and alone; None: it is not open in both, or nothing of the kind happens.

    died_shared, died_alone   chances within the horizon
    days_lost   [days] E[tau_i ^ T] - E[tau_x ^ T]: how much longer it would have been held alone; below zero: gained
    bystander   chance that it is in profit when it dies in the mode, P(X_i > 0 | tau_x <= T)
    loss_share  its part of the loss its pool dies of, E[-X_i | tau_x <= T] over the sum of all in the pool: Euler's
                allocation, and, as losses add up, Shapley's
    """

    position: str
    notional: float
    died_shared: Estimate | None = None
    died_alone: Estimate | None = None
    contagion: Estimate | None = None
    rescue: Estimate | None = None
    days_lost: Estimate | None = None
    bystander: Estimate | None = None
    loss_share: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """The contrast identity, on average; each the mode's less the isolated book's [unit].

    unopened   gains of positions that only one of the two holds
    other      what collateral itself gained, and what was put up, more than alone
    residual   the largest that the identity leaves unexplained on any path, as a fraction of what was put up
    rates      the largest by which P(dies in the mode) - P(dies alone) misses contagion - rescue
    """

    wealth: Estimate
    rescue: Estimate
    contagion: Estimate
    unopened: Estimate
    other: Estimate
    fees: Estimate
    impact: Estimate
    bad_debt: Estimate
    residual: float
    rates: float


@dataclass(frozen=True, slots=True)
class WhoPays:
    """What isolation moves from the venue to the owner, on average [unit].

    bad_debt    what the venue loses more where the book is isolated: the fair surcharge for isolating
    owner       what the owner has more where it is isolated
    costs       what liquidations cost more there: fees and impact
    """

    bad_debt: Estimate
    owner: Estimate
    costs: Estimate


@dataclass(frozen=True, slots=True)
class ContagionLedger:
    """One mode against the book isolated by one cut.

    against      the cut of the isolation
    index        contagion index: share of the notional liquidated in the mode that isolation would have kept
    rescue_index share of the notional liquidated in isolation that the mode kept
    sooner       paths on which the mode's first death comes before any alone: none may, where requirements add up;
                 None: the two do not hold the same, or the mode has several pools
    notes        what could not be compared
    """

    mode: str
    cut: str
    venue: str
    against: str
    positions: tuple[Exposed, ...]
    index: Estimate | None
    rescue_index: Estimate | None
    identity: Identity
    who_pays: WhoPays
    sooner: int | None
    notes: tuple[str, ...] = ()


def ledger_of(simulation: Simulation, shared: ModeFates, alone: ModeFates, sample: Sample) -> ContagionLedger:
    """Return the ledger of a mode against the book isolated, on the same paths.

    Args:
        simulation: the run.
        shared: the mode.
        alone: the book isolated.
        sample: the paths and their weights.

    """
    both = (shared.pool_of >= 0) & (alone.pool_of >= 0)
    dead, dead_alone = shared.left != NEVER, alone.left != NEVER
    fallen, saved = dead & ~dead_alone & both, dead_alone & ~dead & both
    size = np.where(both, shared.notional, 0.0)
    return ContagionLedger(
        mode=shared.mode,
        cut=shared.cut,
        venue=shared.venue,
        against=alone.cut,
        positions=tuple(
            _exposed(simulation, shared, alone, sample, k)
            if both[k]
            else Exposed(label, float(shared.notional[k]))
            for k, label in enumerate(shared.positions)
        ),
        index=sample.ratio(fallen @ size, dead @ size),
        rescue_index=sample.ratio(saved @ size, dead_alone @ size),
        identity=_identity(shared, alone, sample, both),
        who_pays=WhoPays(
            sample.mean(alone.bad_debt - shared.bad_debt),
            sample.mean(alone.wealth - shared.wealth),
            sample.mean(alone.fees + alone.impact - shared.fees - shared.impact),
        ),
        sooner=_sooner(shared, alone, both),
        notes=tuple(
            f"{label}: not compared: it is not open in both"
            for label, there in zip(shared.positions, both, strict=True)
            if not there
        ),
    )


def _sooner(shared: ModeFates, alone: ModeFates, both: "Flags") -> int | None:
    """Return on how many paths one pool dies before any of those among which its collateral is divided."""
    same = abs(shared.posted - alone.posted) <= _SAME * abs(alone.posted)
    if len(shared.pools) != 1 or not both.all() or not same:
        return None
    return int(np.count_nonzero(shared.first_death < alone.first_death))


def _exposed(
    simulation: Simulation, shared: ModeFates, alone: ModeFates, sample: Sample, place: int
) -> Exposed:
    then, before = shared.left[:, place], alone.left[:, place]
    dead, dead_alone = then != NEVER, before != NEVER
    gain = shared.gain[:, place]
    company = shared.pool_of == shared.pool_of[place]
    lost = np.where((shared.left != NEVER) & company, -shared.gain, 0.0)
    return Exposed(
        position=shared.positions[place],
        notional=float(shared.notional[place]),
        died_shared=sample.mean(dead),
        died_alone=sample.mean(dead_alone),
        contagion=sample.mean(dead & ~dead_alone),
        rescue=sample.mean(dead_alone & ~dead),
        days_lost=sample.mean(days_of(before, simulation.clock) - days_of(then, simulation.clock)),
        bystander=sample.ratio(dead & (gain > 0.0), dead),
        loss_share=sample.ratio(lost[:, place], lost.sum(axis=1)),
    )


def _identity(shared: ModeFates, alone: ModeFates, sample: Sample, both: "Flags") -> Identity:
    more: Floats = shared.gain - alone.gain
    first = (shared.left < alone.left) & both
    contagion = -np.where(first, more, 0.0).sum(axis=1)
    rescue = np.where(both & ~first, more, 0.0).sum(axis=1)
    unopened = np.where(both, 0.0, more).sum(axis=1)
    other = shared.other - alone.other + (shared.posted - alone.posted)
    fees, impact = shared.fees - alone.fees, shared.impact - alone.impact
    bad_debt, wealth = shared.bad_debt - alone.bad_debt, shared.wealth - alone.wealth
    left = wealth - (rescue - contagion + unopened + other - fees - impact + bad_debt)
    size = max(abs(shared.posted), abs(alone.posted)) or 1.0
    mean = sample.mean
    return Identity(
        mean(wealth),
        mean(rescue),
        mean(contagion),
        mean(unopened),
        mean(other),
        mean(fees),
        mean(impact),
        mean(bad_debt),
        float(np.abs(left).max()) / size,
        _rates(shared, alone, sample, both),
    )


def _rates(shared: ModeFates, alone: ModeFates, sample: Sample, both: "Flags") -> float:
    dead, dead_alone = shared.left[:, both] != NEVER, alone.left[:, both] != NEVER
    if not both.any():
        return 0.0
    chances = [
        sample.weighted(one).mean(axis=0)
        for one in (dead, dead_alone, dead & ~dead_alone, dead_alone & ~dead)
    ]
    return float(np.abs(chances[0] - chances[1] - (chances[2] - chances[3])).max())
