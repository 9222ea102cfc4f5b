"""The tables of a contrast on paths: how often, how much, and what dies with it."""

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from ringfence.contrast.audit import audit
from ringfence.contrast.chances import ModePaths
from ringfence.contrast.crossings import Crossing
from ringfence.contrast.estimates import Estimate
from ringfence.contrast.frontier import APPROXIMATED, Frontier
from ringfence.contrast.in_model import InModel
from ringfence.contrast.ledger import ContagionLedger
from ringfence.contrast.on_paths import PathContrast
from ringfence.contrast.optimal import OptimalSplit
from ringfence.margin.node import Missing
from ringfence.report.contagion import short_labels
from ringfence.report.grid import NONE, Grid, money

_RULE_OF_THREE: Final = 3.0
_CRUMB: Final = 1e-9
_WHOLE: Final = 100.0
"""Amounts from which on nobody reads decimals."""


def chance(one: Estimate | None, paths: float) -> str:
    """Return a chance in percent with its standard error; where nothing happened, what it is below."""
    if one is None:
        return NONE
    if one.value == 0.0:
        return f"0 (< {_digits(100.0 * min(_RULE_OF_THREE / paths, 1.0))} %)"
    if one.error is None:
        return f"{100.0 * one.value:.3g} %"
    places = _places(100.0 * one.error)
    return f"{100.0 * one.value:.{places}f} ± {100.0 * one.error:.{places}f} %"


def amount(one: Estimate | None) -> str:
    """Return an amount with its standard error; what floats leave of nothing is nothing."""
    if one is None:
        return NONE
    value = 0.0 if abs(one.value) < _CRUMB else one.value
    if one.error is None or one.error <= _CRUMB * max(1.0, abs(value)):
        shown = f"{value:,.0f}" if value == 0.0 or abs(value) >= _WHOLE else f"{value:.3g}"
        return shown if one.error is None else f"{shown} ± 0"
    places = _places(one.error)
    return f"{value:,.{places}f} ± {one.error:,.{places}f}"


def plainly(one: Estimate | None, unit: str = "") -> str:
    """Return a number with its standard error."""
    if one is None:
        return NONE
    if not one.error:
        return f"{one.value:.3g}{unit}"
    places = _places(one.error)
    return f"{one.value:.{places}f} ± {one.error:.{places}f}{unit}"


def _places(error: float) -> int:
    """Return how many decimals show two digits of an error."""
    return min(8, max(0, 1 - math.floor(math.log10(error)))) if error > 0.0 else 0


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 1.0 else f"{value:.2g}" if value >= 1e-4 else f"{value:.0e}"


def name_of(one: ModePaths | ContagionLedger | Frontier, home: str) -> str:
    """Return a mode's name, with its cut where it is isolated and its venue where that is not the book's own."""
    cut = f" ({one.cut})" if one.mode == "isolated" else ""
    return f"{one.mode}{cut}" + ("" if one.venue == home else f" @ {one.venue}")


def title_of(result: PathContrast) -> str:
    """Return how many paths of what, how long and looked at how often."""
    found = result.simulation
    clock = found.clock
    return f"{found.paths:,} paths of {length(clock.horizon)}, marks every {length(clock.step)}, seed {found.seed}"


def length(seconds: float) -> str:
    """Return a time in its largest whole unit."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= size and abs(seconds / size - round(seconds / size)) < 1e-9:
            return f"{round(seconds / size)} {unit}"
    return f"{seconds / 3600.0:.3g} h" if seconds >= 3600.0 else f"{seconds:.3g} s"


def path_grids(result: PathContrast) -> list[Grid]:
    """Return every table of a contrast on paths."""
    return [
        _modes(result),
        _positions(result),
        _losses(result),
        *_ledgers(result),
        _identities(result),
        _frontier(result),
        *_splits(result),
    ]


def _home(result: PathContrast) -> str:
    return result.modes[0].venue


def _modes(result: PathContrast) -> Grid:
    paths = result.effective
    weighted = "" if result.simulation.weight is None else f"; worth {paths:,.0f} of equal weight"
    grid = Grid(
        f"On paths: how often, and what it costs ({title_of(result)}{weighted}) [{result.simulation.unit}]",
        (
            "mode",
            "anything liquidated",
            "first: half by",
            "mean loss",
            "worst seen",
            "bad debt",
            "fees",
            "impact",
        ),
        caption=f"{result.simulation.law}; {result.simulation.monitoring}. ± is one standard error. Half by: days by "
        "which half of the first liquidations have come. Bad debt is the venue's loss; fees have in them what it keeps",
    )
    for one in result.modes:
        grid.rows.append(
            (
                name_of(one, _home(result)), chance(one.liquidation, paths),
                NONE if one.median_days is None else f"{one.median_days.value:.2f} d",
                amount(one.loss), money(Decimal(f"{one.worst_seen:.12g}"), 0), amount(one.bad_debt), amount(one.fees),
                amount(one.impact),
            )
        )  # fmt: skip
    return grid


def _positions(result: PathContrast) -> Grid:
    labels = [one.name for one in result.modes[0].positions]
    grid = Grid(
        "On paths: chance that each position is liquidated",
        ("position", *(name_of(one, _home(result)) for one in result.modes)),
        folds=True,
    )
    for k, label in enumerate(short_labels(labels)):
        cells = [one.positions[k].chance for one in result.modes]
        grid.rows.append(
            (label, *("not opened" if c is None else chance(c, result.effective) for c in cells))
        )
    return grid


def _losses(result: PathContrast) -> Grid:
    """Return the exceedance curves at a few chances, and in words where they cross."""
    grid = Grid(
        f"On paths: the loss that is surpassed with a chance, and the mean of what is worse [{result.simulation.unit}]",
        ("chance", *(name_of(one, _home(result)) for one in result.modes)),
        caption="; ".join(crossing_words(result)) or "no two curves cross that paths can tell apart",
        folds=True,
    )
    for k, tail in enumerate(result.modes[0].tails):
        grid.rows.append(
            (f"{100 * (1 - tail.level):g} %", *(amount(one.tails[k].quantile) for one in result.modes))
        )
        worse = (amount(one.tails[k].shortfall) for one in result.modes)
        grid.rows.append((f"worst {100 * (1 - tail.level):g} %, mean", *worse))
    return grid


def crossing_words(result: PathContrast) -> list[str]:
    """Return where the curves of losses cross, in words."""
    return list(dict.fromkeys(_crossing(one, _home(result)) for one in result.crossings if one.loss > 0.0))


def _crossing(one: Crossing, home: str) -> str:
    place = "" if one.venue == home else f" @ {one.venue}"
    between = f"{100 * one.low:.2g} to {100 * one.high:.2g} %"
    better = f"isolated ({one.against})" if one.better == "isolated" else one.better
    worse = one.mode if one.better == "isolated" else f"isolated ({one.against})"
    return (
        f"below a tail probability of {100 * one.tail:.2g} % ({between}) {better}{place} loses less than {worse}: "
        f"losses above {money(Decimal(f'{one.loss:.12g}'), 0)}"
    )


def _ledgers(result: PathContrast) -> list[Grid]:
    """Return the contagion ledger of every mode that shares, a row for each position and isolation."""
    grids, shown = [], set()
    for mode in dict.fromkeys((one.mode, one.cut, one.venue) for one in result.ledgers):
        pairs = [
            (one, model.positions)
            for one, model in zip(result.ledgers, result.modelled, strict=True)
            if (one.mode, one.cut, one.venue) == mode
        ]
        figures = tuple(one.positions for one, _ in pairs)
        if figures not in shown:
            shown.add(figures)
            grids.append(_ledger(result, pairs))
    return grids


def _ledger(
    result: PathContrast, pairs: Sequence[tuple[ContagionLedger, tuple[InModel, ...] | Missing]]
) -> Grid:
    first, paths = pairs[0][0], result.effective
    grid = Grid(
        f"Contagion ledger of {name_of(first, _home(result))}: what dies here and had lived alone, and the other way",
        ("position", "against isolated", "contagion", "model", "rescue", "model", "days lost", "in profit at death",
         "share of the loss", "model", "blame"),
        left=2,
        caption=_ledger_caption(pairs),
    )  # fmt: skip
    for k, label in enumerate(short_labels([one.position for one in first.positions])):
        for n, (one, model) in enumerate(pairs):
            each = one.positions[k]
            known = None if isinstance(model, Missing) else model[k]
            grid.rows.append(
                (
                    label if n == 0 else "", one.against, chance(each.contagion, paths), _model(known, "contagion"),
                    chance(each.rescue, paths), _model(known, "rescue"), plainly(each.days_lost),
                    NONE if each.bystander is None else chance(each.bystander, paths),
                    NONE if each.loss_share is None else f"{100 * each.loss_share.value:.1f} %",
                    _model(known, "loss_share"), _model(known, "but_for"),
                )
            )  # fmt: skip
    return grid


def _model(known: InModel | None, name: str) -> str:
    value: float | None = None if known is None else getattr(known, name)
    return NONE if value is None else f"{100.0 * value:.3g} %"


def _ledger_caption(pairs: Sequence[tuple[ContagionLedger, tuple[InModel, ...] | Missing]]) -> str:
    said = []
    for one, model in pairs:
        index = NONE if one.index is None else plainly(_percent(one.index), " %")
        saved = NONE if one.rescue_index is None else plainly(_percent(one.rescue_index), " %")
        said.append(
            f"against {one.against}: contagion index {index} of the notional liquidated here would have lived alone, "
            f"rescue index {saved} of that liquidated alone lives here"
        )
        said += [f"no closed form: {model.reason}"] if isinstance(model, Missing) else []
        said += one.notes
    said.append(
        "model: Gaussian, first order, marks looked at all the time; days lost below zero are gained; blame: Shapley "
        "value of the pool's death in the model, of which it is a part; below zero for what keeps it alive"
    )
    return "; ".join(dict.fromkeys(said))


def _percent(one: Estimate) -> Estimate:
    return Estimate(100.0 * one.value, None if one.error is None else 100.0 * one.error)


def _identities(result: PathContrast) -> Grid:
    grid = Grid(
        f"Who pays: what each mode is worth more than isolation, on average [{result.simulation.unit}]",
        ("mode", "against isolated", "wealth", "rescue", "contagion", "collateral", "fees", "impact", "bad debt",
         "residual"),
        left=2,
        caption="wealth = rescue - contagion + collateral - fees - impact + bad debt on every path; residual: the "
        "largest of any path over what was put up. Bad debt below zero: what the venue loses by isolation, its fair "
        "surcharge",
    )  # fmt: skip
    for one in result.ledgers:
        parts = one.identity
        grid.rows.append(
            (
                name_of(one, _home(result)), one.against, amount(parts.wealth), amount(parts.rescue),
                amount(parts.contagion), amount(Estimate(parts.other.value + parts.unopened.value, None)),
                amount(parts.fees), amount(parts.impact), amount(parts.bad_debt), f"{parts.residual:.0e}",
            )
        )  # fmt: skip
    return grid


def _frontier(result: PathContrast) -> Grid:
    grid = Grid(
        f"Capital for a chance of liquidation, and the mean loss of the worst 1 % with it [{result.simulation.unit}]",
        ("chance", *(name_of(one, _home(result)) for one in result.frontiers)),
        caption="; ".join(APPROXIMATED),
        folds=True,
    )
    chances = list(dict.fromkeys(point.chance for one in result.frontiers for point in one.points))
    grid.rows.append(("today", *(money(Decimal(f"{one.today:.12g}"), 0) for one in result.frontiers)))
    for each in chances:
        grid.rows.append((f"{100 * each:g} %", *(_point(one, each) for one in result.frontiers)))
    return grid


def _point(one: Frontier, each: float) -> str:
    found = next((point for point in one.points if point.chance == each), None)
    if found is None:
        return NONE
    lost = "" if found.shortfall is None else f" (loses {money(Decimal(f'{found.shortfall.value:.12g}'), 0)})"
    return f"{amount(found.capital)}{lost}"


def _splits(result: PathContrast) -> list[Grid]:
    grids = []
    for venue, one in result.splits.items():
        if isinstance(one, OptimalSplit):
            place = "" if venue == _home(result) else f" @ {venue}"
            grid = Grid(
                f"The cut that costs least{place}: collateral by expected liquidation cost within {float(one.days):g} d"
                f" [{one.unit}]",
                ("position", "requirement", "buffer", "sigmas", "liquidation cost", "price of collateral"),
                caption="first order, Gaussian; price of collateral: what one more unit saves",
            )
            for label, share in zip(short_labels([s.position for s in one.shares]), one.shares, strict=True):
                sigmas = f"{share.buffer / share.risk:.2f}" if share.risk else NONE
                cells = (share.requirement, share.buffer, share.cost)
                requirement, buffer, cost = (money(Decimal(f"{x:.12g}")) for x in cells)
                grid.rows.append((label, requirement, buffer, sigmas, cost, f"{share.price:.3g}"))
            grids.append(grid)
    return grids


def audit_grid(result: PathContrast, *, fair: bool = True) -> Grid:
    """Return what must hold of any run, as it holds of this one.

    Args:
        result: the contrast.
        fair: whether prices have no drift, at any time.

    """
    truths = audit(result.simulation, fair=fair)
    grid = Grid(
        "Audit of this run",
        ("identity", "of", "expected", "found", "within", "holds"),
        left=2,
        caption="; ".join(dict.fromkeys(f"{one.name}: {one.statement}" for one in truths))
        + ("" if fair else "; prices drift, so nothing is said of what is made on average"),
    )
    for one in truths:
        cells = (f"{x:.6g}" for x in (one.expected, one.found, one.within))
        grid.rows.append((one.name, one.case, *cells, "yes" if one.holds else "no"))
    return grid


def path_notes(result: PathContrast) -> str:
    """Return what a reader must know beside the tables."""
    return "".join(f"on paths: {note}\n" for note in result.notes)
