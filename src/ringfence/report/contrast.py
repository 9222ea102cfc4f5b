"""The tables of ``ringfence contrast``."""

import textwrap
from collections.abc import Iterable

from ringfence.contrast import Contrast, ModeOutcome
from ringfence.margin.assess import PositionHealth
from ringfence.report.contagion import contagion_grids, in_one_sentence, short_labels
from ringfence.report.efficiency import efficiency_grids, gaps, hint_grids
from ringfence.report.fates import cut_name, fate, mode_name
from ringfence.report.grid import NONE, Grid, money, percent, price
from ringfence.report.names import brief_symbol
from ringfence.report.reconcile import reconciliation_grids
from ringfence.report.stress import cut_grids, stress_grids
from ringfence.report.venues import held_by, several_venues, venue_grids, venue_shock_grids


def mode_grids(result: Contrast) -> list[Grid]:
    """Return what each mode needs, leaves free and can lose; of several venues, also where each position dies."""
    return venue_grids(result) if several_venues(result) else [_modes(result)]


def _modes(result: Contrast) -> Grid:
    """Return one row a mode: what it needs, leaves free and can lose at most."""
    units = dict.fromkeys(one.health.unit for one in result.outcomes)
    one_unit = len(units) == 1
    grid = Grid(
        f"{result.account} on {result.venue}, rules of {result.on}: the same book in every mode"
        + (f" [{next(iter(units))}]" if one_unit else ""),
        ("mode", "cut", *(() if one_unit else ("unit",)), "pools", "initial", "maintenance", "free", "worst loss",
         "bad debt"),
        left=2 if one_unit else 3,
        caption="initial and maintenance requirement, free collateral; worst loss: everything that pools with "
        "positions hold, bad debt apart" + ("" if one_unit else "; each row in its own unit"),
    )  # fmt: skip
    for one in result.outcomes:
        grid.rows.append(
            (
                mode_name(one, result.venue), one.cut, *(() if one_unit else (one.health.unit,)),
                str(len(one.health.pools)),
                money(one.initial_requirement), money(one.maintenance_requirement), money(one.free_collateral),
                money(one.worst_loss), money(one.bad_debt),
            )
        )  # fmt: skip
    return grid


def price_grids(result: Contrast) -> list[Grid]:
    """Return where each position dies in each mode; of several venues, that stands with what the modes need."""
    return [] if several_venues(result) else [_prices(result)]


def _prices(result: Contrast) -> Grid:
    """Return one row a position and mode: liquidation price, and the move to it in % and in sigmas."""
    grid = Grid(
        "Liquidation prices, and the move to them",
        ("position", "mode", "liquidation price", "move", "daily σ"),
        left=2,
    )
    labels = short_labels([position.label for position in result.outcomes[0].health.book.positions])
    for number, label in enumerate(labels):
        for k, one in enumerate(result.outcomes):
            name = f"{mode_name(one, result.venue)}{cut_name(one)}"
            grid.rows.append((label if k == 0 else "", name, *_price_cells(held_by(one)[number])))
    return grid


def _price_cells(held: PositionHealth | None) -> tuple[str, str, str]:
    if held is None:
        return "not opened", NONE, NONE
    sigmas = NONE if held.distance_sigmas is None else f"{held.distance_sigmas:.1f}"
    return price(held.prices.liquidation), percent(held.distance), sigmas


_CLOSED = (
    "a pool that dies finds nobody to sell to: its venue's procedure takes it over at its bankruptcy price, "
    "and its owner loses all it held"
)


def shock_grids(result: Contrast) -> list[Grid]:
    """Return one row a shock: loss in every mode, and the pools that die; of several venues, one table a mode."""
    grids = venue_shock_grids(result) if several_venues(result) else [_shocks(result)]
    grids[-1].caption = _CLOSED
    return grids


def _shocks(result: Contrast) -> Grid:
    outcomes = result.outcomes
    grid = Grid(
        "Loss after a joint move (bad debt apart), and what dies",
        ("shock", *(f"{mode_name(one, result.venue)}{cut_name(one)}" for one in outcomes)),
    )
    for k, shock in enumerate(outcomes[0].shocks):
        grid.rows.append((shock.name, *(fate(one.shocks[k]) for one in outcomes)))
    return grid


def contrast_grids(result: Contrast) -> list[Grid]:
    """Return every table of a contrast: modes, prices, shocks, contagion, efficiency, hints, and what was asked."""
    return [
        *first_grids(result),
        *_on_paths(result),
        *contagion_grids(result),
        *efficiency_grids(result),
        *hint_grids(result),
        *stress_grids(result),
        *cut_grids(result),
        *reconciliation_grids(() if result.reconciliation is None else (result.reconciliation,)),
    ]


def _on_paths(result: Contrast) -> list[Grid]:
    """Return the tables of paths, where any were drawn."""
    if result.paths is None:
        return []
    from ringfence.report.paths import path_grids

    return path_grids(result.paths)


def first_grids(result: Contrast) -> list[Grid]:
    """Return the tables that every reader needs: modes, prices, shocks."""
    return [*mode_grids(result), *price_grids(result), *shock_grids(result)]


def short_grids(result: Contrast) -> list[Grid]:
    """Return the tables that show what a contrast is: those that every reader needs, how often, and cross contagion."""
    return [*first_grids(result), *_on_paths(result)[:2], *contagion_grids(result, ["cross"])]


def overrides(result: Contrast) -> list[str]:
    """Return what of its venue's rules the book overrides."""
    said = (item for outcome in result.outcomes for item in outcome.health.rules.overrides)
    return list(dict.fromkeys(said))


def footnotes(result: Contrast) -> str:
    """Return what a reader must know beside the tables: positions left out, assumptions, digests."""
    lines = [
        f"{mode_name(one, result.venue)}{cut_name(one)}: {p.label} could not be opened, the collateral does not reach"
        for one in result.outcomes
        for p in one.health.partition.unopened
    ]
    noted = [(one.mode, one.venue, note) for one in result.outcomes for note in one.notes]
    lines += _by_place(noted, result.venue)
    lines += [f"not shown: {line}" for line in _by_place(result.refused, "")]
    lines += list(gaps(result))
    lines += [f"override: {item}" for item in overrides(result)]
    lines += [f"note: {warning}" for warning in result.warnings]
    lines += [] if result.paths is None else [f"on paths: {note}" for note in result.paths.notes]
    lines.append("digests: " + ", ".join(f"{name} {digest}" for name, digest in result.digests.items()))
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def _by_place(said: Iterable[tuple[str, str, str]], home: str) -> list[str]:
    """Return what is said of modes at venues, a line for each thing, with all the modes of which it is said."""
    modes: dict[tuple[str, str], list[str]] = {}
    for mode, venue, text in said:
        modes.setdefault((venue, text), []).append(mode)
    places = [("" if venue == home else f" @ {venue}", text, named) for (venue, text), named in modes.items()]
    return [f"{', '.join(dict.fromkeys(named))}{place}: {text}" for place, text, named in places]


def in_words(result: Contrast) -> str:
    """Return what the tables say, in plain words: what isolation saves, what it costs, what pooling risks."""
    by_mode = {one.mode: one for one in result.outcomes if one.venue == result.venue}
    alone, pooled = by_mode.get("isolated"), by_mode.get("cross")
    if alone is None or pooled is None or alone.worst_loss is None or pooled.worst_loss is None:
        return ""
    unit = alone.health.unit
    first = (
        [k for k, s in enumerate(alone.shocks) if s.dead],
        [k for k, s in enumerate(pooled.shocks) if s.dead],
    )
    sentences = [
        (
            f"What to see. Shared (cross), the whole {money(pooled.worst_loss, 0)} {unit} stands behind every "
            "position: a liquidation comes later, and takes everything."
        ),
        (
            f"Ring-fenced (isolated, cut {alone.cut}), at most {money(alone.worst_loss, 0)} {unit} can be lost "
            f"and {money(alone.free_collateral, 0)} {unit} stays out of reach of any liquidation; the price is "
            "that positions die sooner."
        ),
    ]
    sentences += _nearer(alone, pooled)
    if first[0] and first[1]:
        dead, late = alone.shocks[first[0][0]], pooled.shocks[first[1][0]]
        sentences.append(
            f"In the list of shocks, the first to kill a ring-fenced position is {dead.name} and the first to kill the "
            f"shared pool is {late.name}, with a loss of {money(late.loss, 0)} {unit} against "
            f"{money(alone.shocks[first[1][0]].loss, 0)} {unit} isolated."
        )
    sentences.append(in_one_sentence(pooled.contagion))
    return "\n".join(textwrap.wrap(" ".join(filter(None, sentences)), 110)) + "\n"


def _dies(one: PositionHealth) -> str:
    return f"{price(one.prices.liquidation)} ({percent(one.distance)})"


def _nearer(alone: ModeOutcome, pooled: ModeOutcome) -> list[str]:
    words = []
    for one, other in zip(held_by(alone), held_by(pooled), strict=True):
        if one is not None and other is not None and one.distance is not None:
            name = brief_symbol(one.position.symbol)
            words.append(f"{name} alone dies at {_dies(one)}, shared at {_dies(other)}")
    return ["; ".join(words) + "."] if words else []
