"""What every path does to a book in every mode: plain records, in one order of paths, positions and coins.

Amounts are float64 in the account's unit. A path is known by its number: the same seed and number are the same prices
in every mode, and for any number of threads or workers.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64]
    Steps: TypeAlias = npt.NDArray[np.int32]
    Flags: TypeAlias = npt.NDArray[np.bool_]

NEVER: Final = 2**31 - 1
"""Stands for the step of what does not happen within the horizon; later than every step."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When the steps of a run are: step 0 is ``start``, where nothing has moved; marks are looked at after each.

    start   the instant of the book
    step    [s] between two looks
    steps   how many
    """

    start: datetime
    step: float
    steps: int

    @property
    def horizon(self) -> float:
        """Return the length of the run [s]."""
        return self.step * self.steps


@dataclass(frozen=True, slots=True)
class ModeFates:
    """What the paths do to one mode. P paths, N positions, K pools with positions.

    mode, cut, venue  as in the contrast
    pools             ids of the pools that hold positions
    positions         labels, the same order in every mode; one that could not be opened is never held
    pool_of           (N,) place in ``pools``; -1: not opened
    posted            [unit] what the account holds at the start: collateral without cuts, and P&L
    notional          (N,) [unit] |value| of each position at the start
    died              (P, K) step at which the venue first acts on a pool; NEVER
    left              (P, N) step at which the venue first takes or sells some of a position; NEVER
    gain              (P, N) [unit] P&L of a position over the time it is held, funding with it, fees not
    other             (P,) [unit] what collateral itself has gained: coins, interest
    wealth            (P,) [unit] what the owner has at the end, less what was added on the way
    fees              (P,) [unit] what liquidations cost the owner: fees, and what the fund or vault keeps of a pool
    impact            (P,) [unit] what forced orders cost against the mark
    bad_debt          (P,) [unit] what dead pools could not pay: the venue's loss
    least             (P, K) [unit] the least buffer of a pool on the way if nobody ever acted on it: with that much
                      more collateral it lives, with that much less it dies
    added             (P, K) [unit] what the owner sent into a pool on the way, before it died; None: nothing
    """

    mode: str
    cut: str
    venue: str
    pools: tuple[str, ...]
    positions: tuple[str, ...]
    pool_of: "Steps"
    posted: float
    notional: "Floats"
    died: "Steps"
    left: "Steps"
    gain: "Floats"
    other: "Floats"
    wealth: "Floats"
    fees: "Floats"
    impact: "Floats"
    bad_debt: "Floats"
    least: "Floats"
    added: "Floats | None" = None

    @property
    def first_death(self) -> "Steps":
        """Return the step of the first liquidation on each path, (P,); NEVER."""
        if self.died.shape[1] == 0:
            return np.full(len(self.wealth), NEVER, np.int32)
        first: Steps = self.died.min(axis=1)
        return first


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A few paths in full, for the eye: an account in one mode. S paths, T = steps + 1 instants.

    equity, need   (S, T) [unit] of all its living pools
    """

    mode: str
    cut: str
    venue: str
    equity: "Floats"
    need: "Floats"


@dataclass(frozen=True, slots=True)
class Simulation:
    """A book on many paths, in every mode on the same ones.

    account, unit  whose, and in what amounts are counted
    on             the day whose rules hold, on every path
    clock          when marks are looked at
    coins          what moves, in the order of everything that is by coin
    vols           (C,) annual volatility (365 days) of each coin, as the law has it
    correlation    (C, C)
    law            what drives prices, in words
    monitoring     which rule of looking the figures are for, in words, and what corrects for it
    seed           of the paths
    modes          one for each mode; the same paths
    ribbons        of the first few paths
    weight         (P,) likelihood ratio of each path, mean one; None: all are alike
    notes          what was assumed
    digests        of book, market and rules
    ends           (P, C) prices at the last look, over today's
    end_means      (C,) what they are on average, by the law
    end_risks      (C,) standard deviation of their logarithms, where these are normal; None: they are not
    outages        (from, to) [s] after the start: the venue is out of reach
    """

    account: str
    unit: str
    on: str
    clock: Clock
    coins: tuple[str, ...]
    vols: "Floats"
    correlation: "Floats"
    law: str
    monitoring: str
    seed: int
    modes: tuple[ModeFates, ...]
    ribbons: tuple[Ribbon, ...]
    weight: "Floats | None"
    notes: tuple[str, ...]
    digests: dict[str, str]
    ends: "Floats | None" = None
    end_means: "Floats | None" = None
    end_risks: "Floats | None" = None
    outages: tuple[tuple[float, float], ...] = ()

    @property
    def paths(self) -> int:
        """Return how many paths there are."""
        return len(self.modes[0].wealth)
