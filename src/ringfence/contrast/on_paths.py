"""The contrast on paths: what a run says of every mode, and of one against the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ringfence.contrast.chances import ModePaths, mode_on_paths
from ringfence.contrast.controls import controls_of
from ringfence.contrast.crossings import Crossing, Curve, crossings_of, curve_of
from ringfence.contrast.estimates import Sample
from ringfence.contrast.frontier import Frontier, Holding, frontier_of
from ringfence.contrast.in_model import InModel, Standing, in_model
from ringfence.contrast.ledger import ContagionLedger, ledger_of
from ringfence.contrast.optimal import OptimalSplit
from ringfence.margin.node import Missing
from ringfence.paths.fates import ModeFates, Simulation

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats


_LEANS: Final = (
    "means and chances lean on closed forms (control variates): where prices end, and under geometric Brownian motion "
    "whether they met where a position dies; ± is what is left"
)


@dataclass(frozen=True, slots=True)
class Modelled:
    """What the Gaussian model says beside a ledger; Missing: what it lacks."""

    mode: str
    venue: str
    against: str
    positions: tuple[InModel, ...] | Missing


@dataclass(frozen=True, slots=True)
class PathContrast:
    """One account in every mode on the same paths.

    simulation  what every path did
    effective   paths of equal weight that would be as good a sample
    modes       what paths say of each mode, in the simulation's order
    ledgers     every other mode against the book isolated: by the cut that was asked for, and by the best one
    splits      venue -> the division of collateral that costs least, or why there is none
    notes       what was assumed, and what could not be done
    """

    simulation: Simulation
    effective: float
    modes: tuple[ModePaths, ...]
    ledgers: tuple[ContagionLedger, ...]
    modelled: tuple[Modelled, ...]
    curves: tuple[Curve, ...]
    crossings: tuple[Crossing, ...]
    frontiers: tuple[Frontier, ...]
    splits: Mapping[str, OptimalSplit | Missing] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return what it is; what it holds is for tables and figures."""
        shown = ", ".join(f"{one.mode} on {one.venue}" for one in self.modes)
        return f"<Contrast of {self.simulation.account} on {self.simulation.paths:,} paths: {shown}>"


@dataclass(frozen=True, slots=True)
class Today:
    """A mode today: what its pools hold in a run's unit, and how the Gaussian model sees it.

    levels   (coin, price over today's) at which a pool of one position dies, where it stands alone
    """

    pools: Mapping[str, Holding]
    standing: Standing | Missing
    levels: tuple[tuple[str, float], ...] = ()


def contrasted(
    simulation: Simulation,
    today: Sequence[Today | None] = (),
    splits: Mapping[str, OptimalSplit | Missing] | None = None,
    notes: Sequence[str] = (),
) -> PathContrast:
    """Return what a run over paths says of its modes, and of one against the other.

    Args:
        simulation: the run.
        today: how each mode stands at the start, in the simulation's order; None, or none at all: not known.
        splits: venue -> the division that costs least, where it was asked for.
        notes: what is to be said beside it.

    """
    sample = Sample(simulation.paths, simulation.weight, _controls(simulation, today))
    stands = list(today) or [None] * len(simulation.modes)
    pairs = [
        (k, j)
        for k, shared in enumerate(simulation.modes)
        for j, alone in enumerate(simulation.modes)
        if shared.mode != "isolated" and alone.mode == "isolated" and shared.venue == alone.venue
    ]
    ledgers, modelled = [], []
    crossings: list[Crossing] = []
    for k, j in pairs:
        shared, alone = simulation.modes[k], simulation.modes[j]
        ledgers.append(ledger_of(simulation, shared, alone, sample))
        modelled.append(_modelled(shared, alone, stands[k], stands[j]))
        crossings += crossings_of(shared, alone, sample)
    return PathContrast(
        simulation=simulation,
        effective=sample.effective,
        modes=tuple(mode_on_paths(simulation, fates, sample) for fates in simulation.modes),
        ledgers=tuple(ledgers),
        modelled=tuple(modelled),
        curves=tuple(curve_of(fates, sample) for fates in simulation.modes),
        crossings=tuple(crossings),
        frontiers=tuple(
            frontier_of(fates, sample, None if stand is None else stand.pools)
            for fates, stand in zip(simulation.modes, stands, strict=True)
        ),
        splits=dict(splits or {}),
        notes=(*dict.fromkeys((*notes, *simulation.notes, *([] if sample.is_plain else [_LEANS]))),),
    )


def _controls(simulation: Simulation, today: Sequence[Today | None]) -> "Floats | None":
    """Return what of every path is known to be luck: where prices end, and whether they met where positions die."""
    if simulation.ends is None or simulation.end_means is None:
        return None
    levels = [
        (simulation.coins.index(coin), level)
        for stand in today
        if stand is not None
        for coin, level in stand.levels
        if coin in simulation.coins
    ]
    return controls_of(simulation.ends, simulation.end_means, simulation.end_risks, levels)


def _modelled(shared: ModeFates, alone: ModeFates, here: Today | None, there: Today | None) -> Modelled:
    """Return what the Gaussian model says beside a ledger."""
    found: tuple[InModel, ...] | Missing
    if here is None or there is None:
        found = Missing("how the account stands at the start was not given")
    elif isinstance(here.standing, Missing) or isinstance(there.standing, Missing):
        found = here.standing if isinstance(here.standing, Missing) else there.standing  # type: ignore[assignment]
    else:
        found = in_model(shared.positions, here.standing, there.standing)
    return Modelled(shared.mode, shared.venue, alone.cut, found)
