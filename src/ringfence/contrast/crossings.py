"""What is lost with which chance, mode beside mode, and where the curves cross."""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.contrast.estimates import FEW, Losses, Sample
from ringfence.paths.fates import ModeFates

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats

_POINTS: Final = 120
_LEAST: Final = 0.01
"""Chance of a smaller loss down to which the common end of a curve is shown."""
_NOISE: Final = 1e-10
_SURE: Final = 2.0
"""Standard errors by which two curves must differ to be told apart."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The exceedance curve of one mode: J points, from the commonest losses to the rarest.

    tail   (J,) chance of a greater loss
    loss   (J,) [unit]
    error  (J,) standard error of the loss; nan: too few paths
    """

    mode: str
    cut: str
    venue: str
    tail: "Floats"
    loss: "Floats"
    error: "Floats"


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where the curves of a mode and of the book isolated cross.

    tail, loss   the chance and the loss [unit] at which they do
    low, high    chances between which the curves cannot be told apart by two standard errors
    better       which of the two loses less beyond it, in what is rarer: "isolated" or the mode
    """

    mode: str
    cut: str
    venue: str
    against: str
    tail: float
    loss: float
    low: float
    high: float
    better: str


def curve_of(fates: ModeFates, sample: Sample) -> Curve:
    """Return the exceedance curve of one mode."""
    losses = Losses(sample, fates.posted - fates.wealth)
    tails = _tails(sample)
    found = [losses.quantile(float(tail)) for tail in tails]
    return Curve(
        fates.mode,
        fates.cut,
        fates.venue,
        tails,
        np.array([one.value for one in found]),
        np.array([np.nan if one.error is None else one.error for one in found]),
    )


def _tails(sample: Sample) -> "Floats":
    """Return chances from nearly one to the rarest that paths can speak of, even in their logarithm and at the top."""
    rarest = FEW / sample.paths if sample.weight is None else _rarest(sample.weight)
    tails = np.geomspace(0.5, min(rarest, 0.4), _POINTS)
    return np.concatenate([1.0 - tails[tails > _LEAST][:0:-1], tails])


def _rarest(weight: "Floats") -> float:
    """Return the chance of the ten lightest paths: what is rarer, a weighted sample may not tell."""
    lightest = np.sort(weight)[:FEW]
    return float(max(lightest.sum() / len(weight), 1e-12))


def crossings_of(shared: ModeFates, alone: ModeFates, sample: Sample) -> tuple[Crossing, ...]:
    """Return where the curves of two modes cross, from the commonest to the rarest losses.

    Only where they differ by two standard errors on either side; both on the same paths, which is what tells them
    apart.
    """
    # What floats make of the same loss in two modes must not pass for a difference.
    digits = max(abs(shared.posted), abs(alone.posted), 1e-300) * _NOISE
    here, there = (np.rint((one.posted - one.wealth) / digits) * digits for one in (shared, alone))
    curves, tails = (Losses(sample, here), Losses(sample, there)), _tails(sample)
    grid = np.unique(np.concatenate([curve.at(tails) for curve in curves]))
    gap, error = _gap(here, there, grid, sample)
    sure = np.flatnonzero((np.abs(gap) > _SURE * error) & (np.abs(gap) > 0.0))
    found = []
    for before, after in pairwise(sure):
        if gap[before] * gap[after] >= 0.0:
            continue
        turn = before + int(np.argmax(np.sign(gap[before + 1 : after + 1]) != np.sign(gap[before])))
        loss = grid[turn + 1]
        low, tail, high = (
            float(max(curve.chance_beyond(at)[0] for curve in curves))
            for at in (grid[after : after + 1], grid[turn + 1 : turn + 2], grid[before : before + 1])
        )
        better = "isolated" if gap[after] > 0.0 else shared.mode
        found.append(
            Crossing(
                shared.mode, shared.cut, shared.venue, alone.cut, tail, float(loss), low, high, better,
            )
        )  # fmt: skip
    return tuple(found)


def _gap(here: "Floats", there: "Floats", grid: "Floats", sample: Sample) -> "tuple[Floats, Floats]":
    """Return P(one > x) - P(other > x) at some losses, and its standard error, on the same paths."""
    gaps, errors = np.zeros(len(grid)), np.zeros(len(grid))
    for k, loss in enumerate(grid):
        counted = sample.weighted((here > loss).astype(np.float64) - (there > loss))
        gaps[k], errors[k] = counted.mean(), counted.std() / np.sqrt(sample.paths)
    return gaps, errors
