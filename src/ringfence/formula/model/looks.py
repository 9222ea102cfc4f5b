"""Marks that are looked at now and then: how far a trigger seems to be away, and by how much it is passed."""

from typing import Final

from ringfence.formula.model.first_passage import chance_of_touch

SHIFT: Final = 0.5825971579390107
"""-zeta(1/2) / sqrt(2 pi): mean overshoot of a standard normal walk over a far level, in steps' deviations."""


def buffer_as_looked_at(buffer: float, step_risk: float) -> float:
    """Return the buffer of a trigger that is always looked at, met as often as one looked at once a step.

    Units   buffer and deviation of a step [unit] -> [unit]
    Source  Broadie, Glasserman & Kou (1997): A continuity correction for discrete barrier options
    """
    return buffer + SHIFT * step_risk


def chance_at_looks(buffer: float, risk: float, looks: int) -> float:
    """Return the chance that one of so many even looks within the horizon finds a buffer used up.

    Units   buffer and deviation over the horizon [unit] -> [1], good to a few thousandths
    Source  Broadie, Glasserman & Kou (1997)
    """
    return chance_of_touch(buffer_as_looked_at(buffer, risk / looks**0.5), risk)


def mean_overshoot(step_risk: float) -> float:
    """Return by how much a far trigger is passed, on average, at the look that finds it passed.

    It is what a maintenance requirement must at least hold between marks.

    Units   deviation of a step [unit] -> [unit]
    Source  Siegmund (1979); Chang & Peres (1997)
    """
    return SHIFT * step_risk
