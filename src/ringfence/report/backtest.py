"""A tested margin model as tables, JSON and notes."""

import math
from decimal import Decimal
from typing import Any

from ringfence.contrast.backtest import DECAY, WARM_UP, ModelTest
from ringfence.report.grid import NONE, Grid, money, percent
from ringfence.report.margin import health_notes
from ringfence.report.plain import number, origin, provenance

_SHOWN = 10
_HOW = (
    "today's book meets each step of the past: its coins make that step's moves, and its options' volatility stands as "
    "far from today's as the coin's did; no time passes within a step"
)
_CAPTION = (
    "p-values: below 5 % the data speak against the model, too few breaches as well as too many; traffic light of "
    "Basel: yellow from 95 %, red from 99.99 % of the chance that a right model has no more breaches"
)


def backtest_grids(result: ModelTest) -> list[Grid]:
    """Return the verdict, the swing of the requirement, and the worst breaches."""
    return [_verdict(result), _swing(result), *([_breaches(result)] if result.breaches else [])]


def _verdict(result: ModelTest) -> Grid:
    days, seen = len(result.steps), len(result.breaches)
    grid = Grid(
        f"{result.mode} on {result.venue}: {result.measure} requirement against {days} steps of the past",
        (
            "coverage",
            "said",
            "seen",
            "breaches",
            "expected",
            "Kupiec p",
            "Christoffersen p",
            "both p",
            "light",
        ),
        caption=_CAPTION,
    )
    grid.rows.append(
        (
            "share of steps covered", _share(float(result.coverage)), _share(1 - seen / days), str(seen),
            f"{float(1 - result.coverage) * days:.1f}", f"{result.kupiec:.3f}", f"{result.christoffersen:.3f}",
            f"{result.conditional:.3f}", result.zone,
        )
    )  # fmt: skip
    return grid


def _share(part: float) -> str:
    return f"{part * 100:.2f} %"


def _swing(result: ModelTest) -> Grid:
    asked = [step.requirement for step in result.steps]
    grid = Grid(
        f"How the requirement swings [{result.unit}]",
        ("least", "mean", "most", "peak to trough", *(f"most in {n}" for n in result.largest_rises)),
        caption=f"steps; volatility by exponential weights of {DECAY}, after {WARM_UP} rows to warm up",
    )
    rises = [NONE if math.isinf(rise) else f"{rise * 100:+.1f} %" for rise in result.largest_rises.values()]
    swing = NONE if math.isinf(result.peak_to_trough) else f"{result.peak_to_trough:.2f}x"
    mean = sum(asked, Decimal(0)) / len(asked)
    grid.rows.append((money(min(asked)), money(mean), money(max(asked)), swing, *rises))
    return grid


def _breaches(result: ModelTest) -> Grid:
    worst = sorted(result.breaches, key=lambda step: step.requirement - step.loss)[:_SHOWN]
    grid = Grid(
        f"The worst of {len(result.breaches)} breaches [{result.unit}]",
        ("from", "requirement", "loss", "beyond it"),
    )
    for step in worst:
        share = step.loss / step.requirement - 1 if step.requirement else None
        grid.rows.append(
            (f"{step.at:%Y-%m-%d %H:%M}", money(step.requirement), money(step.loss), percent(share))
        )
    return grid


def backtest_json(result: ModelTest) -> dict[str, Any]:
    """Return a tested model as JSON: amounts as decimal strings, p-values as numbers."""
    return {
        **origin("ringfence.backtest_model/1", result.health.accounts[0]),
        "mode": result.mode,
        "cut": result.health.cut,
        "unit": result.unit,
        "measure": result.measure,
        "coverage": number(result.coverage),
        "steps": len(result.steps),
        "first": result.steps[0].at.isoformat(),
        "last": result.steps[-1].at.isoformat(),
        "breaches": [
            {"at": step.at.isoformat(), "requirement": number(step.requirement), "loss": number(step.loss)}
            for step in result.breaches
        ],
        "kupiec_p": result.kupiec,
        "christoffersen_p": result.christoffersen,
        "conditional_coverage_p": result.conditional,
        "traffic_light": result.zone,
        "peak_to_trough": None if math.isinf(result.peak_to_trough) else result.peak_to_trough,
        "largest_rises": [
            {"within": steps, "rise": None if math.isinf(rise) else rise}
            for steps, rise in result.largest_rises.items()
        ],
        **provenance(result.health),
    }


def footnotes(result: ModelTest) -> list[str]:
    """Return what a reader must know beside the tables."""
    return [_HOW, *health_notes(result.health)]
