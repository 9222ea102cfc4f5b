"""What paths say, with how sure they are of it: means, chances, quantiles and shortfalls with their standard errors.

A path that was drawn more often than it comes has a weight (its likelihood ratio, mean one): every sum is weighted by
it, and none is divided by the sum of the weights, so that rare events are estimated without bias.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.contrast.controls import Luck

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64]
    Numbers: TypeAlias = npt.NDArray[np.float64] | npt.NDArray[np.bool_]

FEW: Final = 10
"""Paths beyond a quantile below which nothing is said of how sure it is."""
_SLACK: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that paths say.

    error  its standard error; None: too few paths to tell
    """

    value: float
    error: float | None

    def __neg__(self) -> "Estimate":
        """Return it with the other sign."""
        return Estimate(-self.value, self.error)


@dataclass(frozen=True, slots=True)
class Tail:
    """The worst part of the losses.

    level      e.g. 0.99: the loss is higher with chance 1 - level
    quantile   [unit] that loss (value at risk)
    shortfall  [unit] the mean loss of the worst 1 - level of all paths (expected shortfall)
    """

    level: float
    quantile: Estimate
    shortfall: Estimate


class Sample:
    """Paths as they were drawn: how many, how much each counts, and what of each is known to be luck.

    controls   (P, k) numbers whose mean is zero by a closed form (``controls``): what a mean owes to them is taken off
    """

    def __init__(self, paths: int, weight: "Floats | None" = None, controls: "Floats | None" = None) -> None:
        self.paths, self.weight = paths, weight
        self._luck = None if controls is None or not controls.size else Luck(self.weighted(controls))

    @property
    def is_plain(self) -> bool:
        """Return whether means are of the paths alone, without controls."""
        return self._luck is None

    @property
    def effective(self) -> float:
        """Return how many paths of equal weight would be as good a sample, for what does not depend on the weight."""
        if self.weight is None:
            return float(self.paths)
        return float(self.weight.sum() ** 2 / (self.weight**2).sum())

    def weighted(self, numbers: "Numbers") -> "Floats":
        """Return numbers of paths (P, ...) times their weights."""
        found = numbers.astype(np.float64)
        if self.weight is None:
            return found
        return found * self.weight.reshape(-1, *[1] * (found.ndim - 1))

    def mean(self, numbers: "Numbers") -> Estimate:
        """Return the mean of a number of each path, (P,), less what it owes to controls."""
        counted = self.weighted(numbers)
        if self._luck is not None:
            return Estimate(*self._luck.mean(counted))
        return Estimate(float(counted.mean()), self._error(counted))

    def _error(self, counted: "Floats") -> float | None:
        return None if self.paths < 2 else float(counted.std(ddof=1)) / math.sqrt(self.paths)  # noqa: PLR2004 - one path has no spread

    def error_of_chance(self, chance: float, happened: "Numbers") -> float:
        """Return the standard error of a chance that is known, were it estimated by these paths, (P,)."""
        spread = chance * (1.0 - chance) if self.weight is None else float(self.weighted(happened).var())
        return math.sqrt(max(spread, 0.0) / self.paths)

    def ratio(self, part: "Numbers", whole: "Numbers") -> Estimate | None:
        """Return the ratio of two means, its error by the delta method; None where the second is zero."""
        above, below = self.weighted(part), self.weighted(whole)
        base = float(below.mean())
        if base == 0.0:
            return None
        value = float(above.mean()) / base
        error = self._error(above - value * below)
        return Estimate(value, None if error is None else error / abs(base))


class Losses:
    """The losses of many paths in one mode, sorted: what is lost with which chance."""

    def __init__(self, sample: Sample, losses: "Floats") -> None:
        self.sample, self.losses = sample, losses
        if sample.weight is None:
            self._falling = -np.sort(-losses)
            self._beyond = np.arange(1.0, len(losses) + 1.0) / sample.paths
        else:
            order = np.argsort(-losses, kind="stable")
            self._falling = losses[order]
            self._beyond = np.cumsum(sample.weight[order]) / sample.paths

    @property
    def worst(self) -> float:
        """Return the worst that was seen."""
        return float(self._falling[0])

    def at(self, tail: "float | Floats") -> "Floats":
        """Return the least loss that is surpassed with no more than a chance."""
        place = np.searchsorted(self._beyond, np.asarray(tail) + _SLACK, side="right")
        found: Floats = self._falling[np.minimum(place, len(self._falling) - 1)]
        return found

    def chance_beyond(self, losses: "Floats") -> "Floats":
        """Return the chance of a greater loss than each of some."""
        place = np.searchsorted(-self._falling, -losses, side="left")
        return np.where(place == 0, 0.0, self._beyond[np.maximum(place, 1) - 1])

    def quantile(self, tail: float) -> Estimate:
        """Return the loss that is surpassed with a chance; its error by the losses one error of that chance away."""
        value = float(self.at(tail))
        error = self.sample.error_of_chance(tail, self.losses > value)
        if np.count_nonzero(self.losses >= value) < FEW or error >= tail:
            return Estimate(value, None)
        high, low = self.at(np.array([tail - error, min(tail + error, 1.0)]))
        return Estimate(value, float(high - low) / 2.0)

    def tail(self, level: float) -> Tail:
        """Return the loss at a level, and the mean of what is worse (Rockafellar and Uryasev 2000)."""
        tail = 1.0 - level
        quantile = self.quantile(tail)
        excess = self.sample.mean(np.maximum(self.losses - quantile.value, 0.0) / tail)
        known = np.count_nonzero(self.losses >= quantile.value) >= FEW
        return Tail(level, quantile, Estimate(quantile.value + excess.value, excess.error if known else None))
