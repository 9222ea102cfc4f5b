"""Rows of a contrast for frames: a mode, a shock, a cell, a criterion, a hint. ``frames`` says what columns count."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ringfence.contrast import Contrast, ModeOutcome
from ringfence.margin.node import Missing
from ringfence.report.figures.stress import grids
from ringfence.report.rows import Row, as_float

_WHOSE: Final = ("mode", "cut", "venue")


def _whose(one: ModeOutcome) -> dict[str, str]:
    return {"mode": one.mode, "cut": one.cut, "venue": one.venue}


MODES: Final = (
    *_WHOSE, "unit", "pools", "initial_requirement_unit", "maintenance_requirement_unit",
    "free_collateral_unit", "least_buffer_unit", "worst_loss_unit", "bad_debt_unit", "needed_for_chance_unit",
    "nearest_position", "nearest_fraction", "nearest_daily_sigmas", "nearest_joint_sigmas",
)  # fmt: skip


def _modes(result: Contrast) -> Iterator[Row]:
    for one in result.outcomes:
        yield {
            **_whose(one),
            "unit": one.health.unit,
            "pools": len(one.health.pools),
            "initial_requirement_unit": as_float(one.initial_requirement),
            "maintenance_requirement_unit": as_float(one.maintenance_requirement),
            "free_collateral_unit": as_float(one.free_collateral),
            "least_buffer_unit": as_float(one.least_buffer),
            "worst_loss_unit": as_float(one.worst_loss),
            "bad_debt_unit": float(one.bad_debt),
            "needed_for_chance_unit": as_float(one.needed_for_chance),
            **_nearest(one),
        }


def _nearest(one: ModeOutcome) -> Row:
    first = one.first_to_die
    return {
        "nearest_position": None if first is None else first.position.label,
        "nearest_fraction": None if first is None else as_float(first.distance),
        "nearest_daily_sigmas": None if first is None else as_float(first.distance_sigmas),
        "nearest_joint_sigmas": as_float(one.joint_sigmas),
    }


def venues(result: Contrast) -> tuple[tuple[str, ...], Iterator[Row]]:
    """Return the numbers of ``modes`` with venues as columns, a row a mode and figure: columns, and rows."""
    places = tuple(dict.fromkeys(one.venue for one in result.outcomes))
    return ("mode", "cut", "figure", *places), _side_by_side(result, places)


def _side_by_side(result: Contrast, places: Sequence[str]) -> Iterator[Row]:
    rows = list(_modes(result))
    for mode, cut in dict.fromkeys((row["mode"], row["cut"]) for row in rows):
        there = {row["venue"]: row for row in rows if (row["mode"], row["cut"]) == (mode, cut)}
        for figure in MODES:
            if figure not in {*_WHOSE, "unit", "nearest_position"}:
                values = {place: there[place][figure] if place in there else None for place in places}
                yield {"mode": mode, "cut": cut, "figure": figure, **values}


SHOCKS: Final = (*_WHOSE, "shock", "unit", "loss_unit", "bad_debt_unit", "dead")


def _shocks(result: Contrast) -> Iterator[Row]:
    """Yield a row a mode and shock; the pools that die stand in one cell, a blank between them."""
    for one in result.outcomes:
        for shock in one.shocks:
            yield {
                **_whose(one),
                "shock": shock.name,
                "unit": one.health.unit,
                "loss_unit": float(shock.loss),
                "bad_debt_unit": float(shock.bad_debt),
                "dead": " ".join(shock.dead),
            }


MATRIX: Final = (
    *_WHOSE, "moves", "direction", "position", "pool", "move_fraction", "crossing", "contagion", "unit",
    "loss_unit",
)  # fmt: skip


def _matrix(result: Contrast) -> Iterator[Row]:
    for one in result.outcomes:
        for row in one.contagion.rows:
            for cell in row.cells:
                yield {
                    **_whose(one),
                    "moves": row.moves,
                    "direction": row.direction,
                    "position": cell.position,
                    "pool": cell.pool,
                    "move_fraction": as_float(cell.move),
                    "crossing": cell.crossing,
                    "contagion": cell.contagion,
                    "unit": one.contagion.unit,
                    "loss_unit": as_float(cell.loss),
                }


EFFICIENCY: Final = (*_WHOSE, "criterion", "unit", "days", "chance_fraction", "isolated_unit",
                     "pooled_unit", "ratio_fraction")  # fmt: skip


def _efficiency(result: Contrast) -> Iterator[Row]:
    for one in result.outcomes:
        known = one.efficiency
        if isinstance(known, Missing):
            continue
        for criterion in known.criteria:
            yield {
                **_whose(one),
                "criterion": criterion.name,
                "unit": known.unit,
                "days": float(known.days),
                "chance_fraction": float(known.chance),
                "isolated_unit": float(criterion.isolated),
                "pooled_unit": float(criterion.pooled),
                "ratio_fraction": as_float(criterion.ratio),
            }


HINTS: Final = (*_WHOSE, "position", "pool", "verdict", "unit", "cost_unit", "risk_unit",
                "price_fraction", "inside_unit", "alone_unit")  # fmt: skip


def _hints(result: Contrast) -> Iterator[Row]:
    for one in result.outcomes:
        for hint in () if isinstance(one.law, Missing) else one.law.hints:
            yield {
                **_whose(one),
                "position": hint.position,
                "pool": hint.pool,
                "verdict": hint.verdict,
                "unit": hint.unit,
                "cost_unit": float(hint.cost),
                "risk_unit": float(hint.risk),
                "price_fraction": float(hint.price),
                "inside_unit": float(hint.inside),
                "alone_unit": float(hint.alone),
            }


STRESS: Final = (*_WHOSE, "across", "down", "across_fraction", "down_fraction", "unit", "buffer_unit",
                 "dead", "worst")  # fmt: skip


def _stress(result: Contrast) -> Iterator[Row]:
    """Yield a row a cell of every grid that was asked for, or of the two coins on which most value hangs."""
    for _, one, grid in grids(result):
        for down, line in zip(grid.rows, grid.cells, strict=True):
            for across, cell in zip(grid.columns, line, strict=True):
                yield {
                    **_whose(one),
                    "across": grid.across,
                    "down": grid.down,
                    "across_fraction": float(across),
                    "down_fraction": float(down),
                    "unit": grid.unit,
                    "buffer_unit": float(cell.buffer),
                    "dead": " ".join(cell.dead),
                    "worst": "; ".join(cell.worst),
                }


RECONCILIATION: Final = (
    "account",
    "of",
    "figure",
    "unit",
    "ours",
    "reported",
    "difference",
    "agrees",
    "cause",
)


def _reconciliation(result: Contrast) -> Iterator[Row]:
    """Yield a row a figure that the venue printed."""
    for line in () if result.reconciliation is None else result.reconciliation.lines:
        yield {
            "account": result.account,
            "of": line.of,
            "figure": line.figure,
            "unit": line.unit,
            "ours": as_float(line.ours),
            "reported": float(line.venue),
            "difference": as_float(line.difference),
            "agrees": line.agrees,
            "cause": line.cause,
        }


TABLES: Final[dict[str, tuple[tuple[str, ...], Callable[[Contrast], Iterator[Row]]]]] = {
    "modes": (MODES, _modes),
    "shocks": (SHOCKS, _shocks),
    "matrix": (MATRIX, _matrix),
    "efficiency": (EFFICIENCY, _efficiency),
    "hints": (HINTS, _hints),
    "stress": (STRESS, _stress),
    "reconciliation": (RECONCILIATION, _reconciliation),
}
"""Columns and rows of every table that only a contrast has."""
