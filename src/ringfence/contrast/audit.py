"""What must hold of any run over paths, asked of this one: identities on every path, and what is fair on average."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from ringfence.contrast.estimates import Sample
from ringfence.contrast.ledger import ledger_of
from ringfence.paths.fates import ModeFates, Simulation

SIGMAS: Final = 4.0
"""Standard errors within which an average must be where it is expected."""
NOISE: Final = 1e-9
"""What rounding may leave of an identity, as a fraction of all amounts."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Something that holds, beside what was found.

    name        short
    statement   in a sentence
    case        of which it was asked
    error       standard error of what was found; None: it is not simulated
    within      by how much the two may differ
    """

    name: str
    statement: str
    case: str
    expected: float
    found: float
    within: float
    error: float | None = None

    @property
    def difference(self) -> float:
        """Return what was found less what is expected."""
        return self.found - self.expected

    @property
    def holds(self) -> bool:
        """Return whether it does."""
        return abs(self.difference) <= self.within


def audit(simulation: Simulation, *, fair: bool = True) -> tuple[Truth, ...]:
    """Return the identities of a run, mode by mode, and of every mode against the book isolated at the same venue.

    Args:
        simulation: the run.
        fair: whether prices have no drift, at any time: then nothing is made or lost on average.

    """
    sample = Sample(simulation.paths, simulation.weight)
    found = [accounts_of(mode) for mode in simulation.modes]
    if fair:
        found += [conservation_of(mode, sample) for mode in simulation.modes]
    isolated = [mode for mode in simulation.modes if mode.mode == "isolated"]
    for alone in isolated:
        for shared in simulation.modes:
            if shared.venue == alone.venue and shared.mode != "isolated":
                found += _against(simulation, shared, alone, sample)
    return tuple(found)


def accounts_of(mode: ModeFates) -> Truth:
    """Return the accounting identity of a mode: two ways to what the owner has, the worst path."""
    parts = mode.posted + mode.gain.sum(axis=1) + mode.other - mode.fees - mode.impact + mode.bad_debt
    size = abs(mode.posted) + float(np.abs(mode.notional).sum())
    left = float(np.abs(mode.wealth - parts).max()) / size if size else 0.0
    return Truth(
        "accounts",
        "what the owner has is what was put up, gained, paid and left unpaid, on every path",
        _name(mode),
        0.0,
        left,
        NOISE,
    )


def conservation_of(mode: ModeFates, sample: Sample) -> Truth:
    """Return whether a mode makes or loses nothing, on average, where prices are fair."""
    kept = sample.mean(mode.wealth + mode.fees + mode.impact - mode.bad_debt)
    error = 0.0 if kept.error is None else kept.error
    return Truth(
        "conservation",
        "wealth, fees and impact less bad debt are on average what was put up: no mode makes money in a fair market",
        _name(mode),
        mode.posted,
        kept.value,
        SIGMAS * error + NOISE * abs(mode.posted),
        kept.error,
    )


def _against(simulation: Simulation, shared: ModeFates, alone: ModeFates, sample: Sample) -> Iterator[Truth]:
    ledger, case = ledger_of(simulation, shared, alone, sample), f"{_name(shared)} against {_name(alone)}"
    identity = ledger.identity
    yield Truth(
        "contrast identity",
        "two modes differ by rescue less contagion, collateral, fees, impact and bad debt, on every path",
        case,
        0.0,
        identity.residual,
        NOISE,
    )
    yield Truth(
        "rates identity",
        "a position dies as much oftener in a pool than alone as contagion is above rescue",
        case,
        0.0,
        identity.rates,
        NOISE,
    )
    # Other modes may count collateral or requirements otherwise, and then nothing says who dies first.
    if shared.mode == "cross" and ledger.sooner is not None:
        yield Truth(
            "order of deaths",
            "where requirements add up, no pool dies before one of its positions would alone: paths that break it",
            case,
            0.0,
            float(ledger.sooner),
            0.0,
        )


def _name(mode: ModeFates) -> str:
    return f"{mode.mode}, {mode.cut}, {mode.venue}"
