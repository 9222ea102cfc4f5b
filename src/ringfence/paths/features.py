"""What may befall a book on its way beside prices: a venue out of reach, an owner who sends more, orders that cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ringfence.core.errors import BookError
from ringfence.formula.model.impact import impact_cost
from ringfence.paths.fates import Clock
from ringfence.paths.top_up import TopUp

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats, Steps


@dataclass(frozen=True, slots=True)
class Blackout:
    """A stretch in which a venue is out of reach: marks are stale, nothing arrives, nobody acts.

    begin, end   [s] after the start; a look at the end itself is a look again
    """

    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Impact:
    """What closing costs against the mark, where a pool dies.

    volumes   coin -> [account's unit] traded in a day
    linear    [1] share of the price that an order of a day's volume loses, in proportion to its size
    root      [1] the same, with the square root of its size
    """

    volumes: Mapping[str, float]
    linear: float = 0.0
    root: float = 0.0

    def cost(self, coin: str, value: "Floats") -> "Floats":
        """Return what closing a position of a value costs.

        Raises:
            BookError: nobody says how much of the coin is traded.

        """
        volume = self.volumes.get(coin, 0.0)
        if not volume > 0.0:
            raise BookError(
                f"daily volume of {coin}", "it is not given", f"Add {coin} and what is traded in a day"
            )
        return impact_cost(value, volume, self.linear, self.root)


@dataclass(frozen=True, slots=True)
class Features:
    """All of it.

    blackouts   stretches without a look
    top_up      what the owner does when a pool runs low; from outside; None: nothing
    impact      of closing at death; None: the venue closes at the mark
    """

    blackouts: Sequence[Blackout] = ()
    top_up: TopUp | None = None
    impact: Impact | None = None


def looks_of(clock: Clock, blackouts: Sequence[Blackout]) -> "Steps":
    """Return (steps,) 1 where a look is taken after a step, else 0.

    Raises:
        BookError: a blackout ends before it begins, or covers every look.

    """
    at = clock.step * np.arange(1, clock.steps + 1)
    looked = np.ones(clock.steps, np.int32)
    for one in blackouts:
        if not 0.0 <= one.begin < one.end:
            raise BookError(
                "blackout",
                f"{one.begin:g} s to {one.end:g} s is no stretch of time",
                "Write begin < end, in seconds",
            )
        hair = 1e-9 * clock.step
        looked[(at > one.begin + hair) & (at < one.end - hair)] = 0
    if not looked.any():
        raise BookError("blackout", "no look is left", "Shorten it, or lengthen the horizon")
    return looked


def plan_of(clock: Clock, looked: "Steps", every: int, longest: int) -> "Steps":
    """Return the stretches of a run, (n, 3): how many steps, whether they are looked at, whether funding is paid after.

    Args:
        clock: the looks.
        looked: which of them are taken.
        every: steps between instants of funding; 0: none is paid.
        longest: steps that a stretch has at most.

    """
    rows: list[tuple[int, int, int]] = []
    steps = 0
    for step in range(1, clock.steps + 1):
        steps += 1
        pays = every > 0 and step % every == 0
        turns = step < clock.steps and looked[step] != looked[step - 1]
        if pays or turns or steps == longest or step == clock.steps:
            rows.append((steps, int(looked[step - 1]), int(pays)))
            steps = 0
    return np.array(rows, np.int64)
