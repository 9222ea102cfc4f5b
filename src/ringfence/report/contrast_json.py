"""A contrast as nested dicts of decimal strings: ``ringfence.contrast/1``."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ringfence.contrast import ContagionMatrix, Contrast, ModeOutcome
from ringfence.contrast.contagion import ContagionGraph
from ringfence.contrast.cuts import CutOutcome
from ringfence.contrast.efficiency import CapitalEfficiency
from ringfence.contrast.exposure import ASSUMED
from ringfence.contrast.mode_law import ModeLaw
from ringfence.contrast.stress import StressGrid
from ringfence.margin.node import Missing
from ringfence.report.contrast import overrides
from ringfence.report.plain import code_version, number, position
from ringfence.report.reconcile import reconciliation

if TYPE_CHECKING:
    from ringfence.contrast.on_paths import PathContrast


def outcome(one: ModeOutcome) -> dict[str, Any]:
    """Return one mode of a contrast."""
    return {
        "mode": one.mode,
        "cut": one.cut,
        "venue": one.venue,
        "unit": one.health.unit,
        "initial_requirement": number(one.initial_requirement),
        "maintenance_requirement": number(one.maintenance_requirement),
        "free_collateral": number(one.free_collateral),
        "least_buffer": number(one.least_buffer),
        "worst_loss": number(one.worst_loss),
        "bad_debt": number(one.bad_debt),
        "needed_for_chance": number(one.needed_for_chance),
        "nearest_liquidation": _nearest(one),
        "nearest_joint_sigmas": number(one.joint_sigmas),
        "unopened": [p.label for p in one.health.partition.unopened],
        "notes": list(one.notes),
        "pools": [
            {
                "pool": p.pool.id,
                "status": p.status,
                "equity": number(p.judged.equity.value),
                "unit": p.pool.unit,
            }
            for p in one.health.pools
        ],
        "positions": [
            {"pool": p.pool.id, **_short(position(held))} for p in one.health.pools for held in p.positions
        ],
        "shocks": [
            {
                "name": shock.name,
                "loss": number(shock.loss),
                "bad_debt": number(shock.bad_debt),
                "dead": list(shock.dead),
                "survivors": list(shock.survivors),
            }
            for shock in one.shocks
        ],
        "capital_efficiency": efficiency(one.efficiency),
        "hints": hints(one.law),
    }


def _nearest(one: ModeOutcome) -> dict[str, Any] | None:
    first = one.first_to_die
    if first is None:
        return None
    return {
        "position": first.position.label,
        "distance": number(first.distance),
        "distance_sigmas": number(first.distance_sigmas),
    }


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "requirement"}


def contagion(one: ContagionMatrix) -> dict[str, Any]:
    """Return the contagion matrix of one mode, and its graph."""
    return {
        "mode": one.mode,
        "cut": one.cut,
        "venue": one.venue,
        "unit": one.unit,
        "against": one.against,
        "rows": [
            {
                "moves": row.moves,
                "direction": row.direction,
                "cells": [
                    {
                        "position": cell.position,
                        "pool": cell.pool,
                        "move": number(cell.move),
                        "crossing": cell.crossing,
                        "contagion": cell.contagion,
                        "loss": number(cell.loss),
                    }
                    for cell in row.cells
                ],
            }
            for row in one.rows
        ],
        "graph": graph(one.graph),
        "notes": list(one.notes),
    }


def efficiency(one: CapitalEfficiency | Missing) -> dict[str, Any]:
    """Return the three criteria of a mode, or why they are not known."""
    if isinstance(one, Missing):
        return {"criteria": None, "reason": one.reason}
    return {
        "order": "first",
        **_assumed(one.still),
        "unit": one.unit,
        "horizon_days": number(one.days),
        "limit": number(one.chance),
        "criteria": [
            {
                "criterion": criterion.name,
                "says": criterion.says,
                "ratio": number(criterion.ratio),
                "isolated_needs": number(criterion.isolated),
                "mode_needs": number(criterion.pooled),
                "how": criterion.how,
            }
            for criterion in one.criteria
        ],
    }


def hints(one: ModeLaw | Missing) -> dict[str, Any]:
    """Return which positions a shared pool would do better without, or why that is not known."""
    if isinstance(one, Missing):
        return {"positions": None, "reason": one.reason}
    return {
        "order": "first",
        **_assumed(one.still),
        "positions": [
            {
                "position": hint.position,
                "pool": hint.pool,
                "unit": hint.unit,
                "liquidation_cost": number(hint.cost),
                "liquidation_cost_is": hint.cost_is,
                "risk": number(hint.risk),
                "price_of_collateral": number(hint.price),
                "costs_inside": number(hint.inside),
                "costs_alone": number(hint.alone),
                "verdict": hint.verdict,
            }
            for hint in one.hints
        ],
        "silent": list(one.silent),
    }


def _assumed(still: Sequence[str]) -> dict[str, Any]:
    return {"assumed": list(ASSUMED), "collateral_held_still": list(still)}


def stress(one: ModeOutcome, held: StressGrid) -> dict[str, Any]:
    """Return two coins' joint moves in one mode: a row for each move of the coin down."""
    return {
        "mode": one.mode,
        "cut": one.cut,
        "venue": one.venue,
        "unit": held.unit,
        "across": held.across,
        "down": held.down,
        "columns": [number(move) for move in held.columns],
        "rows": [
            {
                "move": number(move),
                "buffer": [number(cell.buffer) for cell in cells],
                "dead": [list(cell.dead) for cell in cells],
                "worst": [list(cell.worst) for cell in cells],
            }
            for move, cells in zip(held.rows, held.cells, strict=True)
        ],
    }


def by_cut(one: CutOutcome) -> dict[str, Any]:
    """Return the book isolated by one cut, or why it is not shown."""
    shown = None if one.outcome is None else outcome(one.outcome)
    return {"cut": one.cut, "venue": one.venue, "isolated": shown, "reason": one.why_not or None}


def graph(one: ContagionGraph) -> dict[str, Any]:
    """Return who can close what."""
    return {
        "nodes": [{"id": node.id, "kind": node.kind} for node in one.nodes],
        "edges": [
            {
                "source": edge.source,
                "target": edge.target,
                "moves": edge.moves,
                "direction": edge.direction,
                "move": number(edge.move),
                "contagion": edge.contagion,
            }
            for edge in one.edges
        ],
    }


def contrast(result: Contrast) -> dict[str, Any]:
    """Return ``ringfence.contrast/1``."""
    found = {
        "schema": "ringfence.contrast/1",
        "code": code_version(),
        "venue": result.venue,
        "on": result.on,
        "account": result.account,
        "digests": result.digests,
        "overrides": overrides(result),
        "warnings": list(result.warnings),
        "modes": [outcome(one) for one in result.outcomes],
        "contagion_matrix": [contagion(one.contagion) for one in result.outcomes],
        "stress_grid": [stress(one, one.grid) for one in result.outcomes if one.grid is not None],
        "cuts": [by_cut(one) for one in result.cuts],
        "reconciliation": None if result.reconciliation is None else reconciliation(result.reconciliation),
        "refused": [{"mode": mode, "venue": venue, "reason": why} for mode, venue, why in result.refused],
    }
    return found if result.paths is None else _with_paths(result, result.paths, found)


def _with_paths(result: Contrast, paths: "PathContrast", found: dict[str, Any]) -> dict[str, Any]:
    """Return a contrast with what paths say of each mode; the best cut is one more mode."""
    from ringfence.report import paths_json

    drawn = {(one.mode, one.cut, one.venue): one for one in paths.modes}
    for row in found["modes"]:
        one = drawn.pop((row["mode"], row["cut"], row["venue"]), None)
        row["paths"] = None if one is None else paths_json.mode_paths(paths, one)
    for key, one in drawn.items():
        static = next((outcome(o) for o in result.best if (o.mode, o.cut, o.venue) == key), {})
        head = dict(zip(("mode", "cut", "venue"), key, strict=True))
        found["modes"].append({**head, **static, "paths": paths_json.mode_paths(paths, one)})
    return {**found, "simulation": paths_json.run(paths)}
