"""A contrast on paths as nested dicts of decimal strings: ``paths`` of each mode in ``ringfence.contrast/1``."""

import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from ringfence.contrast.chances import Died, ModePaths
from ringfence.contrast.crossings import Crossing, Curve
from ringfence.contrast.efficiency import seen
from ringfence.contrast.estimates import Estimate
from ringfence.contrast.frontier import APPROXIMATED, Frontier
from ringfence.contrast.ledger import ContagionLedger, Exposed, Identity
from ringfence.contrast.on_paths import Modelled, PathContrast
from ringfence.contrast.optimal import OptimalSplit
from ringfence.margin.node import Missing
from ringfence.report.plain import code_version, number


def figure(value: float | None) -> str | None:
    """Return a number of paths as a decimal string of 12 digits; what is not known is None."""
    return None if value is None or not math.isfinite(value) else number(seen(value))


def estimate(one: Estimate | None) -> dict[str, Any] | None:
    """Return an estimate with its standard error."""
    return None if one is None else {"value": figure(one.value), "standard_error": figure(one.error)}


def mode_paths(result: PathContrast, one: ModePaths) -> dict[str, Any]:
    """Return what paths say of one mode, and of it against the book isolated by the cut that was asked for."""
    key = (one.mode, one.cut, one.venue)
    against = [ledger for ledger in result.ledgers if (ledger.mode, ledger.cut, ledger.venue) == key]
    first = against[0].positions if against else ()
    return {
        "p_liquidation": figure(one.liquidation.value),
        "standard_error": figure(one.liquidation.error),
        "dead_paths": one.dead_paths,
        "first_liquidation_days": {"median": estimate(one.median_days), "mean": estimate(one.mean_days)},
        "quantiles": {f"{tail.level:g}": figure(tail.quantile.value) for tail in one.tails},
        "quantile_errors": {f"{tail.level:g}": figure(tail.quantile.error) for tail in one.tails},
        "expected_shortfall": {f"{tail.level:g}": figure(tail.shortfall.value) for tail in one.tails},
        "expected_shortfall_errors": {f"{tail.level:g}": figure(tail.shortfall.error) for tail in one.tails},
        "mean_loss": estimate(one.loss),
        "worst_seen": figure(one.worst_seen),
        "posted": figure(one.posted),
        "bad_debt": estimate(one.bad_debt),
        "fees": estimate(one.fees),
        "impact": estimate(one.impact),
        "conservation": estimate(one.conservation),
        "pools": [_died("pool", pool) for pool in one.pools],
        "positions": [_died("position", position) for position in one.positions],
        "contagion": _of(first, "contagion"),
        "rescue": _of(first, "rescue"),
        "days_lost": _of(first, "days_lost"),
        "ledgers": [
            _ledger(result, ledger, model)
            for ledger, model in zip(result.ledgers, result.modelled, strict=True)
            if ledger in against
        ],
        "exceedance": next(_curve(c) for c in result.curves if (c.mode, c.cut, c.venue) == key),
        "frontier": next(_frontier(f) for f in result.frontiers if (f.mode, f.cut, f.venue) == key),
    }


def _died(word: str, one: Died) -> dict[str, Any]:
    return {word: one.name, "p_liquidation": estimate(one.chance), "mean_days": estimate(one.days)}


def _of(positions: Iterable[Exposed], name: str) -> dict[str, Any]:
    return {one.position: estimate(getattr(one, name)) for one in positions}


def _ledger(result: PathContrast, one: ContagionLedger, model: Modelled) -> dict[str, Any]:
    known = {} if isinstance(model.positions, Missing) else {p.position: p for p in model.positions}
    return {
        "against": one.against,
        "contagion_index": estimate(one.index),
        "rescue_index": estimate(one.rescue_index),
        "positions": [
            {
                "position": each.position,
                "notional": figure(each.notional),
                **{name: estimate(getattr(each, name)) for name in _COLUMNS},
                "closed_form": None
                if each.position not in known
                else {k: figure(v) for k, v in asdict(known[each.position]).items() if k != "position"},
            }
            for each in one.positions
        ],
        "closed_form_reason": model.positions.reason if isinstance(model.positions, Missing) else None,
        "identity": identity(one.identity),
        "who_pays": {
            "surcharge_for_isolation": estimate(one.who_pays.bad_debt),
            "owner_gains_by_isolation": estimate(one.who_pays.owner),
            "liquidations_cost_more_isolated": estimate(one.who_pays.costs),
        },
        "paths_on_which_the_mode_dies_first": one.sooner,
        "crossings": [
            _crossing(each)
            for each in result.crossings
            if (each.mode, each.cut, each.venue, each.against) == (one.mode, one.cut, one.venue, one.against)
        ],
        "notes": list(one.notes),
    }


_COLUMNS = (
    "died_shared",
    "died_alone",
    "contagion",
    "rescue",
    "days_lost",
    "bystander",
    "loss_share",
)


def identity(one: Identity) -> dict[str, Any]:
    """Return the contrast identity on average, and its largest residual on any path."""
    parts = ("wealth", "rescue", "contagion", "unopened", "other", "fees", "impact", "bad_debt")
    return {
        "says": "wealth = rescue - contagion + unopened + other - fees - impact + bad_debt, each less isolated",
        **{name: estimate(getattr(one, name)) for name in parts},
        "largest_residual": figure(one.residual),
        "largest_rates_residual": figure(one.rates),
    }


def _crossing(one: Crossing) -> dict[str, Any]:
    return {
        "tail_probability": figure(one.tail),
        "between": [figure(one.low), figure(one.high)],
        "loss": figure(one.loss),
        "better_beyond": one.better,
    }


def _curve(one: Curve) -> dict[str, Any]:
    return {
        "tail_probability": [figure(float(x)) for x in one.tail],
        "loss": [figure(float(x)) for x in one.loss],
        "standard_error": [figure(float(x)) for x in one.error],
    }


def _frontier(one: Frontier) -> dict[str, Any]:
    return {
        "capital_today": figure(one.today),
        "points": [
            {
                "p_liquidation": figure(point.chance),
                "capital": estimate(point.capital),
                "expected_shortfall_0.99": estimate(point.shortfall),
            }
            for point in one.points
        ],
        "approximated": list(APPROXIMATED),
    }


def split(one: OptimalSplit | Missing) -> dict[str, Any]:
    """Return the division of collateral that costs least, or why there is none."""
    if isinstance(one, Missing):
        return {"positions": None, "reason": one.reason}
    return {
        "unit": one.unit,
        "horizon_days": number(one.days),
        "positions": [
            {
                "position": share.position,
                "claim": number(one.split.shares[share.position]),
                "requirement": figure(share.requirement),
                "buffer": figure(share.buffer),
                "risk": figure(share.risk),
                "liquidation_cost": figure(share.cost),
                "price_of_collateral": figure(share.price),
            }
            for share in one.shares
        ],
    }


def run(result: PathContrast) -> dict[str, Any]:
    """Return what was drawn, and how."""
    found = result.simulation
    return {
        "paths": found.paths,
        "effective_paths": figure(result.effective),
        "horizon_days": figure(found.clock.horizon / 86400.0),
        "step_seconds": figure(found.clock.step),
        "law": found.law,
        "monitoring": found.monitoring,
        "seed": found.seed,
        "unit": found.unit,
        "coins": list(found.coins),
        "vols": [figure(float(vol)) for vol in found.vols],
        "correlation": [[figure(float(r)) for r in row] for row in found.correlation],
        "optimal_split": {venue: split(one) for venue, one in result.splits.items()},
        "notes": list(result.notes),
    }


def paths_json(result: PathContrast) -> dict[str, Any]:
    """Return a contrast on paths alone in the shape of ``ringfence.contrast/1``."""
    found = result.simulation
    return {
        "schema": "ringfence.contrast/1",
        "code": code_version(),
        "venue": found.modes[0].venue,
        "on": found.on,
        "account": found.account,
        "digests": found.digests,
        "warnings": list(result.notes),
        "simulation": run(result),
        "modes": [
            {
                "mode": one.mode,
                "cut": one.cut,
                "venue": one.venue,
                "unit": one.unit,
                "paths": mode_paths(result, one),
            }
            for one in result.modes
        ],
    }
