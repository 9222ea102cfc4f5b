"""How often each pool of each mode is liquidated, however rare that is: by the way that is surest for it."""

from collections.abc import Callable, Sequence
from typing import Final

from ringfence.core.errors import BookError
from ringfence.margin.pools import Division
from ringfence.margin.snapshot import Snapshot
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock, Simulation
from ringfence.paths.laws import Law
from ringfence.paths.pack import Monitoring
from ringfence.paths.rare import RareChance, rare_chance

MOST: Final = 2_000_000
"""Paths at which drawing ends where an accuracy is not reached."""


def rare_pools(
    snapshot: Snapshot,
    simulation: Simulation,
    law: Law | None,
    *,
    clock: Clock,
    coins: Coins,
    cut: Division,
    monitoring: Monitoring,
    relative: float,
    told: Callable[[str, int, int], None] | None = None,
) -> tuple[Sequence[RareChance], Sequence[str]]:
    """Return the chance of every pool of the modes of a run, and what could not be said.

    Args:
        snapshot: one account.
        simulation: the run whose modes and pools are asked about, at the venue of the book and by the cut asked for.
        law: how prices move.
        clock: the horizon, and when marks are looked at.
        coins: what moves.
        cut: how collateral is divided to show the book isolated.
        monitoring: whether marks are looked at once a step or all the time.
        relative: standard error over chance at which drawing ends.
        told: takes (what, done, in all).

    """
    home = snapshot.only().book.venue
    asked = [
        (fates.mode, pool)
        for fates in simulation.modes
        if fates.venue == home and fates.cut != "optimal"
        for pool in fates.pools
    ]
    found: list[RareChance] = []
    silent: list[str] = []
    for number, (mode, pool) in enumerate(asked, start=1):
        try:
            found.append(
                rare_chance(
                    snapshot, law, clock=clock, mode=mode, pool=pool, coins=coins, cut=cut, monitoring=monitoring,
                    relative=relative, most=MOST, check=0, seed=simulation.seed,
                )
            )  # fmt: skip
        except BookError as fault:
            silent.append(f"{mode}, {pool}: {fault}")
        if told is not None:
            told("rare", number, len(asked))
    return found, silent
