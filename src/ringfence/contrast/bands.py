"""What an account has and needs on its way: quantiles over the paths that are kept in full."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.paths.fates import Ribbon

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats

LEVELS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class Bands:
    """Quantiles of equity and requirement of an account in one mode. T instants.

    paths          how many they are of, alike in weight
    equity, need   (levels, T) [unit] of all its living pools
    dead           (T,) part of the paths on which nothing lives that needs anything
    """

    mode: str
    cut: str
    venue: str
    paths: int
    equity: "Floats"
    need: "Floats"
    dead: "Floats"


def bands_of(ribbon: Ribbon) -> Bands:
    """Return the quantiles of one mode, at ``LEVELS``."""
    return Bands(
        ribbon.mode,
        ribbon.cut,
        ribbon.venue,
        len(ribbon.equity),
        np.quantile(ribbon.equity, LEVELS, axis=0),
        np.quantile(ribbon.need, LEVELS, axis=0),
        np.mean(ribbon.need <= 0.0, axis=0),
    )
