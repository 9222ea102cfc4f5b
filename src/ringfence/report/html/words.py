"""What the figures say, in sentences: the first thing on the page."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ringfence.contrast import Contrast, ModeOutcome
from ringfence.contrast.mode_law import ModeLaw
from ringfence.margin.assess import Health, PoolHealth, PositionHealth
from ringfence.report.figures.views import View, as_it_stands, pool_name, short_names, views
from ringfence.report.grid import money, percent, price, share

_ACCOUNTS: Final = 4
"""So many accounts have tiles of their own; all of them have tables."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure to be seen first, what it is, and a word beside it."""

    label: str
    figure: str
    beside: str
    grave: bool = False


def nearest_position(view: View) -> tuple[str, PoolHealth, PositionHealth] | None:
    """Return name, pool and position of the one that its own coin's move kills first; None: no such move."""
    names = short_names(view.health)
    near = [
        (abs(held.distance), names[number], pool, held)
        for number, pool, held in view.positions()
        if held.distance is not None
    ]
    return min(near, key=lambda one: one[0])[1:] if near else None


def _standing(result: Health | Contrast) -> list[View]:
    """Return the accounts as they stand: all of a health, the one of a contrast."""
    shown = views(result)
    return [as_it_stands(shown)] if isinstance(result, Contrast) else shown


def headline(result: Health | Contrast) -> str:
    """Return the one sentence that a reader should leave with."""
    standing = _standing(result)
    whose = {id(view): f"{view.account}: " if len(standing) > 1 else "" for view in standing}
    for view in standing:
        sick = [pool for pool in view.health.pools if pool.status in {"liquidatable", "bankrupt"}]
        if sick:
            names = _listed([pool_name(pool.pool.id) for pool in sick])
            return f"{whose[id(view)]}{names}: {sick[0].status}. The venue may close it now."
    found = _nearest(standing)
    if found is None:
        return "No move of one coin alone liquidates anything here."
    view, (name, pool, held) = found
    said = f"{whose[id(view)]}{name} is nearest to liquidation: it dies when {_dies(held)}"
    return f"{said}, and {_with_it(pool)}."


_Near = tuple[str, PoolHealth, PositionHealth]


def _nearest(standing: list[View]) -> tuple[View, _Near] | None:
    """Return the account, and name, pool and position of what is nearest to its end; None: nothing is."""
    found = [(view, near) for view in standing if (near := nearest_position(view)) is not None]
    return min(found, key=_how_near, default=None)


def _how_near(pair: tuple[View, _Near]) -> Decimal:
    return abs(pair[1][2].distance or Decimal(0))


def _dies(held: PositionHealth) -> str:
    move = held.distance or Decimal(0)
    coin = held.position.symbol.partition("/")[0]
    sigmas = "" if held.distance_sigmas is None else f" ({held.distance_sigmas:.1f} daily σ)"
    if move == 0:
        return "nothing moves: it is past its trigger today"
    way = "falls" if move < 0 else "rises"
    return f"{coin} {way} by {share(abs(move), 1)} to {price(held.prices.liquidation)}{sigmas}"


def _with_it(pool: PoolHealth) -> str:
    equity = f"{money(pool.judged.equity.value, 0)} {pool.pool.unit}"
    others = len(pool.positions) - 1
    if others == 0:
        return f"its own pool of {equity} is all that goes"
    return f"the shared pool of {equity} goes with {others} other position{'s' if others > 1 else ''} in it"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def tiles(result: Health | Contrast) -> list[Tile]:
    """Return the figures to be seen first."""
    standing = _standing(result)
    found = []
    first = _nearest(standing)
    if first is not None:
        near = first[1]
        sigmas = near[2].distance_sigmas
        beside = near[0] if not sigmas else f"{near[0]} · {sigmas:.1f} daily σ"
        found.append(
            Tile(
                "nearest liquidation",
                percent(near[2].distance) if near[2].distance else "now",
                beside,
                grave=True,
            )
        )
    for view in standing[:_ACCOUNTS]:
        whose = f", {view.account}" if len(standing) > 1 else ""
        found.append(Tile(f"equity{whose}", money(view.health.equity, 0), view.health.unit))
        found.append(Tile(f"free{whose}", money(view.health.available, 0), view.health.unit))
    if isinstance(result, Contrast):
        found += [
            Tile(f"can be lost, {one.mode}", money(one.worst_loss, 0), one.health.unit)
            for one in result.outcomes
            if one.venue == result.venue and one.mode in {"isolated", "cross"} and one.worst_loss is not None
        ]
    else:
        ratios = [
            p.margin_ratio for view in standing for p in view.health.pools if p.margin_ratio is not None
        ]
        found.append(Tile("highest margin ratio", share(max(ratios, default=None)), "maintenance ÷ equity"))
    return found


def sentences(result: Health | Contrast) -> list[str]:
    """Return the summary in plain words, a sentence or two each."""
    if isinstance(result, Health):
        return [
            _pool_in_words(pool) for view in views(result) for pool in view.health.pools if pool.positions
        ]
    by_mode = {one.mode: one for one in result.outcomes if one.venue == result.venue}
    said = [_fenced(by_mode["isolated"])] if "isolated" in by_mode else []
    said += [_shared(by_mode["cross"])] if "cross" in by_mode else []
    said += _infected(by_mode.get("as-held"))
    said += _hinted(by_mode.get("cross") or by_mode.get("as-held"))
    return [sentence for sentence in said if sentence]


def _pool_in_words(pool: PoolHealth) -> str:
    need = pool.judged.maintenance.value + pool.judged.closing_cost.value
    unit = pool.pool.unit
    state = pool.status.replace("_", " ")
    return (
        f"{pool_name(pool.pool.id)} is {state}: it has {money(pool.judged.equity.value, 0)} {unit} and must keep "
        f"{money(need, 0)} {unit} for {len(pool.positions)} position{'s' if len(pool.positions) > 1 else ''}."
    )


def _first_death(one: ModeOutcome) -> str:
    near = nearest_position(View(one.mode, one.mode, one.cut, "", one.health))
    return "" if near is None else f" The first to die is {near[0]}, when {_dies(near[2])}."


def _fenced(one: ModeOutcome) -> str:
    if one.worst_loss is None:
        return ""
    unit = one.health.unit
    return (
        f"Ring-fenced (isolated, cut {one.cut}): at most {money(one.worst_loss, 0)} {unit} can be lost, and "
        f"{money(one.free_collateral, 0)} {unit} stay where no liquidation reaches.{_first_death(one)}"
    )


def _shared(one: ModeOutcome) -> str:
    if one.worst_loss is None:
        return ""
    return (
        f"Shared (cross): {money(one.worst_loss, 0)} {one.health.unit} stand behind every position, and all of it can "
        f"be lost.{_first_death(one)}"
    )


def _infected(one: ModeOutcome | None) -> list[str]:
    """Return the nearest contagion in the account as it is held."""
    if one is None:
        return []
    met = [
        (abs(cell.move), row, cell)
        for row in one.contagion.rows
        for cell in row.cells
        if cell.contagion and cell.move is not None
    ]
    if not met:
        return ["As held, no coin's move alone closes a position that would have lived ring-fenced."]
    size, row, cell = min(met, key=lambda one: one[0])
    names = dict(zip([p.label for p in one.health.book.positions], short_names(one.health), strict=True))
    way, kept = "falls" if row.direction == "down" else "rises", money(cell.loss, 0)
    when = f"if {row.moves} {way} by {share(size, 1)}" if size else "as prices stand"
    said = (
        f"Contagion as held: {when}, {names[cell.position]} is closed with its pool, "
        f"although ring-fenced it would have lived and kept {kept} {one.contagion.unit}."
    )
    return [said]


def _hinted(one: ModeOutcome | None) -> list[str]:
    """Return what the first-order law would do with each position of a mode."""
    if one is None or not isinstance(one.law, ModeLaw) or not one.law.hints:
        return []
    names = dict(zip([p.label for p in one.health.book.positions], short_names(one.health), strict=True))
    by_verdict = {
        said: [names[hint.position] for hint in one.law.hints if hint.verdict == verdict]
        for verdict, said in (("isolate", "isolate"), ("pool", "keep in the pool"), ("either", "either way"))
    }
    words = "; ".join(f"{said} {_listed(held)}" for said, held in by_verdict.items() if held)
    return [f"A first-order hint on {one.mode}, by the cost of liquidation against risk: {words}."]
