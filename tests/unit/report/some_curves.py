"""A run over paths of two positions that hedge each other, made by hand: isolation caps what cross may lose."""

import numpy as np

from ringfence.contrast.crossings import Crossing, Curve, crossings_of, curve_of
from ringfence.contrast.estimates import Sample
from ringfence.paths.fates import NEVER, Ribbon, Simulation
from tests.unit.contrast.some_paths import fates, run

PATHS = 4000


def hedged() -> Simulation:
    """Return a run in which cross loses less on most paths, and much more on the worst ones."""
    draws = np.random.default_rng(5)
    move = draws.standard_normal(PATHS) * 25.0
    gap = np.where(draws.random(PATHS) < 0.02, -draws.exponential(60.0, PATHS), 0.0)
    first, second = move + gap, -move
    alone = np.where(first < -50.0, 3, NEVER), np.where(second < -50.0, 3, NEVER)
    together = np.where(first + second < -90.0, 5, NEVER)
    isolated = fates(
        "isolated",
        np.stack(alone, axis=1).tolist(),
        np.stack([np.maximum(-0.6 * np.abs(move), -50.0), np.zeros(PATHS)], axis=1).tolist(),
    )
    cross = fates(
        "cross", np.stack([together, together], axis=1).tolist(), np.stack([first, second], axis=1).tolist()
    )
    at = np.arange(11) / 10.0
    fan = draws.standard_normal((40, 1)) * 30.0 * at
    ribbons = tuple(
        Ribbon(one.mode, one.cut, one.venue, 100.0 + fan, np.broadcast_to(20.0, fan.shape))
        for one in (isolated, cross)
    )
    found = run(isolated, cross)
    return Simulation(**{name: getattr(found, name) for name in found.__slots__} | {"ribbons": ribbons})


def curves(run_: Simulation) -> tuple[list[Curve], list[Crossing]]:
    """Return curves and crossings of a run with the book isolated first."""
    sample = Sample(run_.paths, run_.weight)
    alone, *others = run_.modes
    return (
        [curve_of(one, sample) for one in run_.modes],
        [found for one in others for found in crossings_of(one, alone, sample)],
    )
