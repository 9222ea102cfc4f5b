"""What the figures say, in sentences: the first thing on the page."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ringfence.contrast import Contrast, ModeOutcome
from ringfence.contrast.mode_law import ModeLaw
from ringfence.contrast.way import along
from ringfence.core.errors import MarketError
from ringfence.margin.assess import Health, PoolHealth, PositionHealth
from ringfence.market import read_shock
from ringfence.report.figures.glance import standing
from ringfence.report.figures.views import Near, View, nearest_position, pool_name, short_names, views
from ringfence.report.figures.waterfall import steps
from ringfence.report.figures.way import EVERYTHING
from ringfence.report.grid import money, percent, price, share

_ACCOUNTS: Final = 4
"""So many accounts have tiles of their own; all of them have tables."""
_LISTED: Final = 6
"""So many names a sentence lists; of more it says how many."""
_ONE_SIGMA: Final = 1
_FAR: Final = " or ".join(move.partition("=")[2].replace("%", " %") for move in EVERYTHING)
_WHOLE: Final = 100
"""From here on an amount is read without decimals."""
_OF_ALL: Final = {
    "isolate": "isolate all", "keep in the pool": "keep all in the pool", "either way": "either way for all",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure to be seen second, what it is, and a word beside it."""

    label: str
    figure: str
    beside: str


@dataclass(frozen=True, slots=True)
class State:
    """How an account stands, by a sign, a word and a class of the style sheet: never by colour alone."""

    sign: str
    said: str
    cls: str


def state(result: Health | Contrast) -> State:
    """Return how the account stands; of several, the one that stands worst."""
    shown = standing(result)
    held = {pool.status for view in shown for pool in view.health.pools if pool.positions}
    if held & {"liquidatable", "bankrupt"}:
        return State("✕", "liquidation is due", "grave")
    if not held:
        return State("○", "nothing is open", "fine")
    found = _nearest(shown)
    sigmas = None if found is None else found[1].held.distance_sigmas
    if sigmas is not None and sigmas < _ONE_SIGMA:
        return State("▲", "in danger: within an ordinary day's move", "wary")
    if any(_cannot_open(pool) for view in shown for pool in view.health.pools):
        return State("▲", "alive, and too thin to open more", "wary")
    return State("✓", "healthy", "fine")


def _cannot_open(pool: PoolHealth) -> bool:
    """Return whether a shared pool is below its initial requirement; an isolated one is so after any small loss."""
    return pool.status == "below_initial" and pool.pool.kind != "isolated"


def headline(result: Health | Contrast) -> str:
    """Return the one sentence that a reader should leave with."""
    shown = standing(result)
    whose = _whose(shown)
    for view in shown:
        sick = [pool for pool in view.health.pools if pool.status in {"liquidatable", "bankrupt"}]
        if sick:
            names = _listed([pool_name(pool.pool.id) for pool in sick])
            return f"{whose[id(view)]}{names}: {sick[0].status}. The venue may close it now."
    if not any(pool.positions for view in shown for pool in view.health.pools):
        return "No position is open: there is nothing to liquidate."
    found = _nearest(shown)
    if found is None:
        return "No move of one coin alone liquidates anything here."
    view, near = found
    return f"{whose[id(view)]}{near.name} closes first: when {_dies(near.held)}."


def _whose(shown: list[View]) -> dict[int, str]:
    return {id(view): f"{view.account}: " if len(shown) > 1 else "" for view in shown}


def _nearest(shown: list[View]) -> tuple[View, Near] | None:
    """Return the account and what is nearest to its end in it; None: nothing is."""
    found = [(view, near) for view in shown if (near := nearest_position(view)) is not None]
    return min(found, key=lambda pair: abs(pair[1].move), default=None)


def answers(result: Health | Contrast) -> list[tuple[str, str]]:
    """Return question and answer of what a reader wants to know at once."""
    shown = standing(result)
    found = _nearest(shown)
    said = [] if found is None else [("Dies with it", _with_it(*found))]
    said += _together(shown)
    if isinstance(result, Contrast):
        by_mode = {one.mode: one for one in result.outcomes if one.venue == result.venue}
        said += _isolated_or_cross(by_mode)
        said += _to_ring_fence(by_mode.get("isolated"))
        said += _elsewhere(result)
    return said


def _with_it(view: View, near: Near) -> str:
    pool, world, unit = near.pool, view.health.world, view.health.unit
    equity = amount(pool.judged.equity.value)
    others = len(pool.positions) - 1
    if pool.judged.equity.value <= 0:
        debt = amount(-pool.judged.equity.value)
        also = " with all positions in it" if others else ""
        return f"nothing more of the owner's: the pool{also} is worth less than nothing, by {debt} {pool.pool.unit}."
    if others:
        more = f"{others} other position{'s' if others > 1 else ''}"
        return f"the shared pool of {equity} {pool.pool.unit}, with {more} in it."
    if view.health.equity is None:
        return f"its own pool of {equity} {pool.pool.unit}, and nothing else."
    rest = view.health.equity - world.convert(pool.judged.equity.value, pool.pool.unit, unit)
    return f"its own pool of {equity} {pool.pool.unit}, and nothing else: {amount(rest)} {unit} lie outside."


def _together(shown: list[View]) -> list[tuple[str, str]]:
    """Return what dies first if everything falls, or rises; of one account, because several die apart."""
    if len(shown) != 1 or len(shown[0].health.book.positions) == 1:
        return []
    words, alive = [], True
    for move, verb in zip(EVERYTHING, ("falls", "rises"), strict=True):
        shock = read_shock(move)
        try:
            deaths = along(shown[0].health, shock, 1).deaths
        except MarketError:
            return []
        part = deaths[0].share if deaths else Decimal(1)
        who = _who(shown[0], deaths[0].pool) if deaths else "nothing"
        alive = alive and not deaths
        if part:
            words.append(f"if everything {verb} by {share(abs(shock.default * part), 1)}, {who} dies")
    if alive:
        return [("All together", f"Nothing dies if everything moves at once, {_FAR}.")]
    return [("All together", f"{_sentence('; '.join(words))}.")] if words else []


def _who(view: View, pool_id: str) -> str:
    """Return what dies with a pool: its one position, or the pool."""
    names: dict[str, list[str]] = {pool.pool.id: [] for pool in view.health.pools}
    for number, pool, _ in view.positions():
        names[pool.pool.id].append(short_names(view.health)[number])
    held = names[pool_id]
    return held[0] if len(held) == 1 else f"{pool_name(pool_id)} with all {len(held)} positions"


def amount(value: Decimal | None) -> str:
    """Return an amount for a sentence: whole units, and of small amounts as many digits as say something."""
    return money(value, 2 if value and abs(value) < _WHOLE else 0)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _isolated_or_cross(by_mode: dict[str, ModeOutcome]) -> list[tuple[str, str]]:
    alone, pooled = by_mode.get("isolated"), by_mode.get("cross")
    said = [
        f"{name}, at most {amount(one.worst_loss)} {one.health.unit} can be lost; {_first(one)}."
        for name, one in (("Isolated", alone), ("Cross", pooled))
        if one is not None and one.worst_loss is not None
    ]
    hint = _hinted(pooled or by_mode.get("as-held"))
    return [("Isolated or cross", " ".join([*said, *hint]))] if said else []


def _elsewhere(result: Contrast) -> list[tuple[str, str]]:
    """Return what would close first at the other venues."""
    words = [
        f"{one.mode} on {one.venue}, {_first(one)}"
        for one in result.outcomes
        if one.venue != result.venue and one.mode == "cross"
    ]
    return [("Elsewhere", f"{_sentence('; '.join(words))}.")] if words else []


def _first(one: ModeOutcome) -> str:
    near = nearest_position(View(one.mode, one.mode, one.cut, "", one.health))
    if near is None:
        return "no coin's move alone closes anything"
    if near.move == 0:
        return f"{near.name} is past its trigger today"
    return f"{near.name} closes first, at {percent(near.move)}"


def _to_ring_fence(one: ModeOutcome | None) -> list[tuple[str, str]]:
    """Return how much collateral isolation puts where, and what it leaves out of reach."""
    if one is None or one.health.equity is None or one.worst_loss is None:
        return []
    names = dict(zip([p.label for p in one.health.book.positions], short_names(one.health), strict=True))
    pools = [pool for pool in one.health.pools if pool.positions]
    put = [(names[pool.positions[0].position.label], pool, steps(pool)[0][1]) for pool in pools]
    unit, world = one.health.unit, one.health.world
    whole = sum((world.convert(size, pool.pool.unit, unit) for _, pool, size in put), Decimal(0))
    most = sorted(put, key=lambda row: -row[2])[:_LISTED]
    listed = ", ".join(f"{name} {amount(size)}" for name, _, size in most)
    more = f" and {len(put) - len(most)} more" if len(put) > len(most) else ""
    units = {pool.pool.unit for _, pool, _ in put}
    where = f" ({listed}{more})" if units == {unit} and len(put) > 1 else ""
    left = amount(max(one.health.equity - one.worst_loss, Decimal(0)))
    missing = _listed([names[position.label] for position in one.health.partition.unopened])
    short = f" The collateral does not reach for {missing}." if missing else ""
    if not put:
        return [("Ring-fence", short.strip())] if short else []
    said = f"{amount(whole)} {unit}{where} by the cut {one.cut}; {left} {unit} stay out of reach.{short}"
    return [("Ring-fence", said)]


def _dies(held: PositionHealth) -> str:
    move = held.distance or Decimal(0)
    coin = held.position.symbol.partition("/")[0]
    sigmas = "" if held.distance_sigmas is None else f" ({held.distance_sigmas:.1f} daily\u00a0σ)"
    if move == 0:
        return "nothing moves: it is past its trigger today"
    way = "falls" if move < 0 else "rises"
    return f"{coin} {way} by {share(abs(move), 1)} to {price(held.prices.liquidation)}{sigmas}"


def _listed(words: list[str]) -> str:
    """Return names in one phrase: all of them, or the first ones and how many more."""
    if len(words) > _LISTED:
        return f"{', '.join(words[:_LISTED])} and {len(words) - _LISTED} more"
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def tiles(result: Health | Contrast) -> list[Tile]:
    """Return the figures to be seen second: what the accounts have, what is free, how much is needed."""
    shown = standing(result)
    found = []
    for view in shown[:_ACCOUNTS]:
        whose = f", {view.account}" if len(shown) > 1 else ""
        found.append(Tile(f"equity{whose}", amount(view.health.equity), view.health.unit))
        found.append(Tile(f"free{whose}", amount(view.health.available), view.health.unit))
    ratios = [p.margin_ratio for view in shown for p in view.health.pools if p.margin_ratio is not None]
    found.append(Tile("highest margin ratio", share(max(ratios, default=None)), "maintenance ÷ equity"))
    return found


def sentences(result: Health | Contrast) -> list[str]:
    """Return what else the result says in plain words: each pool of a health, the contagion of a contrast."""
    if isinstance(result, Health):
        return [
            _pool_in_words(pool) for view in views(result) for pool in view.health.pools if pool.positions
        ]
    by_mode = {one.mode: one for one in result.outcomes if one.venue == result.venue}
    return _infected(by_mode.get("as-held"))


def _pool_in_words(pool: PoolHealth) -> str:
    need = pool.judged.maintenance.value + pool.judged.closing_cost.value
    unit = pool.pool.unit
    state = pool.status.replace("_", " ")
    return (
        f"{pool_name(pool.pool.id)} is {state}: it has {amount(pool.judged.equity.value)} {unit} and must keep "
        f"{amount(need)} {unit} for {len(pool.positions)} position{'s' if len(pool.positions) > 1 else ''}."
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
    way, kept = "falls" if row.direction == "down" else "rises", amount(cell.loss)
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
    spoken = {said: held for said, held in by_verdict.items() if held}
    if len(spoken) == 1 and len(names) > 1:
        return [f"First-order hint: {next(iter(_OF_ALL[said] for said in spoken))}."]
    return [f"First-order hint: {'; '.join(f'{said} {_listed(held)}' for said, held in spoken.items())}."]
