"""The figures of a contrast on paths, by name."""

from collections.abc import Callable, Mapping
from typing import Final

from ringfence.contrast.bands import bands_of
from ringfence.contrast.on_paths import PathContrast
from ringfence.report.figures.chart import Figure
from ringfence.report.figures.exceedance import exceedance
from ringfence.report.figures.falls import against_first, chain, falls, shares
from ringfence.report.figures.frontier import frontier
from ringfence.report.figures.ribbons import ribbons


def _exceedance(found: PathContrast) -> Figure:
    return exceedance(found.simulation, found.curves, found.crossings)


def _falls(found: PathContrast) -> Figure:
    return falls(found.simulation, found.ledgers)


def _chain(found: PathContrast) -> Figure:
    return chain(found.simulation, found.ledgers, found.modes)


def _frontier(found: PathContrast) -> Figure:
    return frontier(found.simulation, found.frontiers, found.modes)


def _ribbons(found: PathContrast) -> Figure:
    run = found.simulation
    return ribbons(run, [bands_of(one) for one in run.ribbons], run.outages)


FIGURES: Final[Mapping[str, Callable[[PathContrast], Figure]]] = {
    "exceedance": _exceedance,
    "falls": _falls,
    "chain": _chain,
    "frontier": _frontier,
    "ribbons": _ribbons,
}


def names_on_paths(found: PathContrast) -> list[str]:
    """Return the names of the figures that a contrast on paths has: falls need a mode beside isolation."""
    run = found.simulation
    first = against_first(found.ledgers) if found.ledgers else []
    has = {
        "falls": bool(first),
        "chain": any(shares(run, one) for one, _ in first),
        "frontier": any(len(one.points) > 1 for one in found.frontiers),
        "ribbons": bool(run.ribbons),
    }
    return [name for name in FIGURES if has.get(name, True)]
