"""What units gain and lose in the scenarios of their model, with a bound on what rounding does."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch.netting.gains import ByExpiry, Grid, Matrix
from ringfence.batch.netting.scan import sums_of, worst_losses, worst_of
from ringfence.batch.netting.units import ROUNDING, STEPS, Held, totals

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats, Places


@dataclass(frozen=True, slots=True)
class Results:
    """Worst losses of units by set [unit's currency], and results in every scenario where these are kept.

    slip   by what any of them may be off
    """

    gains: "Floats | None"
    worst: "Floats"
    slip: "Floats"


def results_of(held: Held, chosen: "Places", grid: Grid, moved: "Floats", *, keep: bool) -> Results:
    """Return what some units of a model, all of one coin and currency, gain in its scenarios.

    Args:
        held: the units of the model.
        chosen: those that are asked about.
        grid: their scenarios.
        moved: unit -> collateral that moves as the coin does, in the unit's currency.
        keep: whether the results of all scenarios are asked for.

    """
    spot, off_spot, more, fixed = held.spot[chosen], held.spot_slip[chosen], moved[chosen], grid.fixed
    owns = spot.any() or off_spot.any()
    relieved = STEPS * ROUNDING * grid.relief.max(initial=0.0, where=grid.relief > 0.0)
    if not (keep or owns or grid.options is not None or more.any()):
        worst, gross, off = worst_losses(
            chosen, held.start, fixed.place[held.symbol], held.coins, fixed.gains, fixed.bounds,
            grid.relief, grid.edges,
        )  # fmt: skip
        return Results(None, worst, _slip(held, chosen, gross, off) + relieved)
    gains, slip = plain_sums(held, chosen, fixed)
    if owns:
        gains += spot[:, None] * fixed.gains[-3]
        slip += (STEPS * ROUNDING * np.abs(spot) + off_spot) * fixed.bounds[-3, 0]
    if more.any():
        gains += more[:, None] * fixed.gains[-2]
        slip += STEPS * ROUNDING * np.abs(more) * fixed.bounds[-2, 0]
    if grid.options is not None:
        by_expiry, off = _by_expiry(held, chosen, grid, grid.options)
        gains[:, : by_expiry.shape[1]] += by_expiry
        slip += off
    worst = worst_of(gains, grid.relief, grid.edges)
    return Results(gains[:, : len(grid.factor)], worst, slip + relieved)


def _slip(held: Held, chosen: "Places", gross: "Floats", slips: "Floats") -> "Floats":
    """Return by what sums over rows may be off: as many roundings as rows in either engine, and prices."""
    return np.asarray((held.rows[chosen] * 2 + STEPS) * ROUNDING * gross + slips)


def plain_sums(held: Held, chosen: "Places", matrix: Matrix) -> tuple["Floats", "Floats"]:
    """Return sums of rows times a matrix for some units, and by what each may be off."""
    row = matrix.place[held.symbol]
    sums, gross, slips = sums_of(chosen, held.start, row, held.coins, matrix.gains, matrix.bounds)
    return sums, _slip(held, chosen, gross, slips)


def _by_expiry(held: Held, chosen: "Places", grid: Grid, options: ByExpiry) -> tuple["Floats", "Floats"]:
    """Return what options gain whose worth hangs on the others of their expiry, by unit."""
    asked = np.zeros(len(held))
    asked[chosen] = 1.0
    groups = held.grouped(options.expiry, held.terms.is_option[held.symbol] * asked[held.unit])
    order = np.argsort(groups.of, kind="stable")
    order = order[np.searchsorted(groups.of[order], 0) :]
    start = np.searchsorted(groups.of[order], np.arange(len(groups) + 1))
    symbol, coins, every = held.symbol[order], held.coins[order], np.arange(len(groups))
    tables, slips = [], []
    for matrix in (options.there, options.held, options.owed):
        row = matrix.place[symbol]
        sums, gross, off = sums_of(every, start, row, coins, matrix.gains, matrix.bounds)
        tables.append(sums[:, : len(grid.factor)])
        slips.append((2 * np.diff(start) + STEPS) * ROUNDING * gross + off)
    there, long, short = tables
    undecided, slip = np.abs(there) <= slips[0][:, None], np.maximum(slips[1], slips[2])
    slip = slip + np.where(undecided, np.abs(long - short), 0.0).max(axis=1, initial=0.0)
    gains = np.where(there >= 0.0, long, short)
    gains = np.where(grid.turns & (gains > 0.0), -gains, gains) * grid.factor
    place = np.searchsorted(chosen, groups.unit)
    found, off = np.zeros((len(chosen), len(grid.factor))), totals(place, slip, len(chosen))
    if len(place):
        units, first = np.unique(place, return_index=True)
        found[units] = np.add.reduceat(gains, first, axis=0)
    return found, np.asarray(off, dtype=np.float64)
