"""How often each pool is liquidated, however rare that is: as a table and as JSON."""

from collections.abc import Sequence
from typing import Any

from ringfence.paths.rare import RareChance
from ringfence.report.grid import NONE, Grid

Found = tuple[Sequence[RareChance], Sequence[str]]


def rare_grid(found: Found) -> Grid:
    """Return one row a pool: its chance, how sure that is, and by which way it was found."""
    chances, silent = found
    said = list(dict.fromkeys([*(one.monitoring for one in chances), *silent]))
    grid = Grid(
        "However rare: the chance that each pool is liquidated",
        ("mode", "pool", "chance", "relative error", "by", "paths", "as good as", "largest weight"),
        left=2,
        caption="; ".join(said) + "; as good as: paths of equal weight that would be as sure",
    )
    for one in chances:
        sure = NONE if not one.chance else f"{100 * one.error / one.chance:.2g} %"
        drawn = one.paths > 0
        grid.rows.append(
            (
                one.mode, one.pool, f"{100 * one.chance:.3g} %", sure, one.method,
                f"{one.paths:,}" if drawn else NONE, f"{one.effective:,.0f}" if drawn else NONE,
                f"{100 * one.largest:.2g} %" if drawn else NONE,
            )
        )  # fmt: skip
    return grid


def rare_json(found: Found) -> dict[str, Any]:
    """Return the same as nested dicts; chances as numbers."""
    chances, silent = found
    return {
        "pools": [
            {
                "mode": one.mode,
                "pool": one.pool,
                "p_liquidation": one.chance,
                "standard_error": one.error,
                "method": one.method,
                "monitoring": one.monitoring,
                "paths": one.paths,
                "effective_paths": one.effective if one.paths else None,
                "largest_weight": one.largest if one.paths else None,
            }
            for one in chances
        ],
        "warnings": list(silent),
    }
