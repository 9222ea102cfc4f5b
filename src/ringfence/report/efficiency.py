"""What pooling saves, and what a pool would do better without: first order, each figure with its criterion."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from ringfence.contrast import Contrast, ModeOutcome
from ringfence.contrast.efficiency import CapitalEfficiency, Criterion
from ringfence.contrast.exposure import ASSUMED
from ringfence.contrast.mode_law import ModeHint, ModeLaw
from ringfence.margin.node import Missing
from ringfence.report.contagion import short_labels
from ringfence.report.fates import mode_name
from ringfence.report.grid import NONE, Grid, money
from ringfence.report.venues import by_mode, several_venues

_SO = {"isolate": "isolate", "pool": "keep it in the pool", "either": "either"}


def in_days(days: Decimal) -> str:
    """Return a horizon in words."""
    return "1 day" if days == 1 else f"{days.normalize():f} days"


def efficiency_grids(result: Contrast) -> list[Grid]:
    """Return what each mode that pools needs against isolation, criterion by criterion; nothing where it is unknown."""
    found = [(one, known) for one in result.outcomes if (known := _pooling(one)) is not None]
    if not found:
        return []
    _, first = found[0]
    title = (
        f"Capital efficiency against isolation, first order: within {in_days(first.days)}, "
        f"limit {(first.chance * 100).normalize():f} %"
    )
    grid = _by_venue(result, title, first) if several_venues(result) else _by_mode(result, title, found)
    grid.caption = "; ".join(filter(None, (grid.caption, _how(found))))
    return [grid]


def _by_mode(result: Contrast, title: str, found: Sequence[tuple[ModeOutcome, CapitalEfficiency]]) -> Grid:
    heads = ("criterion", "mode", "unit", "isolated needs", "this mode needs", "isolated / this mode")
    grid = Grid(title, heads, left=3)
    for k, criterion in enumerate(found[0][1].criteria):
        for number, (one, known) in enumerate(found):
            name = f"{criterion.name}: {criterion.says}" if number == 0 else ""
            grid.rows.append((name, mode_name(one, result.venue), known.unit, *_needs(known.criteria[k])))
    return grid


def _by_venue(result: Contrast, title: str, first: CapitalEfficiency) -> Grid:
    """Return the same with venues as columns: the ratio, and of what it is one."""
    pooling = list(dict.fromkeys(one.venue for one in result.outcomes if _pooling(one) is not None))
    grid = Grid(title, ("criterion", "mode", *pooling), left=2, folds=True)
    for k, criterion in enumerate(first.criteria):
        for name, outcomes in by_mode(result):
            known = {one.venue: found for one in outcomes if (found := _pooling(one)) is not None}
            if known:
                cells = (_ratio(known[venue].criteria[k]) if venue in known else NONE for venue in pooling)
                grid.rows.append((criterion.name, name, *cells))
    meant = "; ".join(f"{criterion.name}: {criterion.says}" for criterion in first.criteria)
    grid.caption = f"isolated needs ÷ this mode needs, in the unit of the venue; {meant}"
    return grid


def _ratio(criterion: Criterion) -> str:
    isolated, pooled, ratio = _needs(criterion)
    return f"{ratio} = {isolated} ÷ {pooled}".replace(" ", "\u00a0")


def _pooling(one: ModeOutcome) -> CapitalEfficiency | None:
    """Return the criteria of a mode in which some positions share a pool."""
    shares = any(len(pool.positions) > 1 for pool in one.health.pools)
    return one.efficiency if shares and isinstance(one.efficiency, CapitalEfficiency) else None


def _needs(criterion: Criterion) -> tuple[str, str, str]:
    ratio = NONE if criterion.ratio is None else f"{criterion.ratio:.2f}"
    return money(criterion.isolated), money(criterion.pooled), ratio


def _how(found: Sequence[tuple[ModeOutcome, CapitalEfficiency]]) -> str:
    said: dict[str, list[str]] = {}
    for _, known in found:
        for criterion in known.criteria:
            said.setdefault(criterion.name, []).append(criterion.how)
    how = "; ".join(f"{name}: {' | '.join(dict.fromkeys(ways))}" for name, ways in said.items())
    still = [coin for _, known in found for coin in known.still]
    return f"{assumed(still)}; collateral divided as is best. {how}"


def assumed(still: Sequence[str]) -> str:
    """Return what a figure of first order takes for granted, in words.

    Args:
        still: the coins of the collateral whose own moves are left out.

    """
    here = f" (here {', '.join(dict.fromkeys(still))})" if still else ""
    return f"first order: {'; '.join(ASSUMED)}{here}"


def hint_grids(result: Contrast) -> list[Grid]:
    """Return, for each mode that pools, what each position costs inside its pool and alone."""
    return [_hints(one, result) for one in result.outcomes if isinstance(one.law, ModeLaw) and one.law.hints]


def _hints(one: ModeOutcome, result: Contrast) -> Grid:
    hints = one.law.hints if isinstance(one.law, ModeLaw) else ()
    unit, days = hints[0].unit, _days(one)
    grid = Grid(
        f"Isolate it or pool it ({mode_name(one, result.venue)}): a first-order hint, {unit} over {days}",
        ("position", "hint", "liquidation cost", "risk", "price of collateral"),
        left=2,
        caption="costs: expected liquidation cost and price of collateral together, at the price at which today's "
        f"buffer is the best one; risk: one standard deviation over {days}; liquidation cost: "
        + "; ".join(dict.fromkeys(hint.cost_is for hint in hints))
        + f"; {assumed(one.law.still if isinstance(one.law, ModeLaw) else ())}",
    )
    for name, hint in zip(short_labels([hint.position for hint in hints]), hints, strict=True):
        price = f"{hint.price * 100:.2g} %"
        grid.rows.append((name, hint_in_words(hint), money(hint.cost), money(hint.risk), price))
    return grid


def _days(one: ModeOutcome) -> str:
    return in_days(one.efficiency.days) if isinstance(one.efficiency, CapitalEfficiency) else "the horizon"


def hint_in_words(hint: ModeHint) -> str:
    """Return a hint as a sentence."""
    return f"costs {money(hint.inside)} inside the pool, {money(hint.alone)} alone: {_SO[hint.verdict]}"


def gaps(result: Contrast) -> Iterator[str]:
    """Yield why criteria or hints are not shown."""
    for one in result.outcomes:
        if isinstance(one.efficiency, Missing):
            yield f"capital efficiency and hints are not shown: {one.efficiency.reason}"
        if isinstance(one.law, ModeLaw):
            yield from (f"{mode_name(one, result.venue)}: no hint: {why}" for why in one.law.silent)
