"""What paths say, in sentences: the first thing on the page of a contrast on paths."""

from collections.abc import Iterator, Sequence
from typing import Final

from ringfence.contrast.chances import ModePaths
from ringfence.contrast.crossings import Crossing
from ringfence.contrast.estimates import Estimate, Tail
from ringfence.contrast.ledger import ContagionLedger, Exposed
from ringfence.contrast.on_paths import PathContrast
from ringfence.report.contagion import short_labels
from ringfence.report.estimates import amount, chance, chance_of, horizon, joined_names
from ringfence.report.figures.exceedance import told_once
from ringfence.report.figures.falls import against_first

_LISTED: Final = 3
"""So many positions a sentence names."""
_NOTED: Final = 1e-4
"""A chance below this is not worth a sentence."""
_FEW: Final = 10
_HIGHEST: Final = 0.99
"""One path in a hundred is read by all."""
_THREE: Final = 3.0
_PROFIT: Final = 0.005
_ONE_IN_A_HUNDRED: Final = 0.01


def hero(found: PathContrast) -> str:
    """Return the answer of the exceedance curves in one sentence: what bad paths cost, and which mode to prefer."""
    run, level, spoken = found.simulation, _level(found), _spoken(found)
    losses = [f"{amount(_tail(one, level).quantile.value)} {one.mode}" for one in spoken]
    said = ", ".join([f"{losses[0].replace(' ', f' {run.unit} ', 1)}", *losses[1:]])
    words = (
        f"On the worst {100 * (1 - level):g} % of paths over {horizon(run.clock)} you lose at least {said}"
    )
    spoken_of = {(one.mode, one.venue) for one in spoken}
    turns = [
        one for one, _, _ in told_once(found.curves, found.crossings) if (one.mode, one.venue) in spoken_of
    ]
    if not turns:
        return _unbroken(f"{words}; no curves cross that these paths can tell apart.")
    rarest = {one.mode: one for one in turns}
    prefer = ", and ".join(f"below {chance(one.tail)} {_preferred(one)}" for one in rarest.values())
    return _unbroken(f"{words}. {prefer[:1].upper()}{prefer[1:]}.")


def _unbroken(text: str) -> str:
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def _preferred(one: Crossing) -> str:
    return (
        f"you prefer isolated to {one.mode}"
        if one.better == "isolated"
        else f"you prefer {one.mode} to isolated"
    )


def _level(found: PathContrast) -> float:
    """Return the highest level of which the paths can speak."""
    levels = [
        tail.level for tail in found.modes[0].tails if (1 - tail.level) * found.simulation.paths >= _FEW
    ]
    known = [level for level in levels if level <= _HIGHEST + 1e-9]
    return max(known, default=found.modes[0].tails[0].level)


def _tail(one: ModePaths, level: float) -> Tail:
    return next(tail for tail in one.tails if tail.level == level)


def _spoken(found: PathContrast) -> list[ModePaths]:
    """Return the modes that sentences speak of: isolated by the first cut, as held and cross, at the first venue."""
    home: dict[str, ModePaths] = {}
    for one in found.modes:
        if one.venue == found.modes[0].venue:
            home.setdefault(one.mode, one)
    return [home[mode] for mode in ("isolated", "as-held", "cross") if mode in home] or list(home.values())[
        :1
    ]


def answers(found: PathContrast) -> list[tuple[str, str]]:
    """Return question and answer of what a reader wants to know at once."""
    said = [("How often", _how_often(found))]
    shown = [one for one, _ in against_first(found.ledgers)] if found.ledgers else []
    ledger = next((one for one in shown if one.mode == "cross"), shown[0] if shown else None)
    if ledger is not None:
        said += _taken_down(ledger)
        said += _saved(ledger)
        said += _who_pays(found, ledger)
    said += _capital(found)
    return said


def _how_often(found: PathContrast) -> str:
    words = []
    for one in _spoken(found):
        when = f", half of them by day {one.median_days.value:.1f}" if one.median_days is not None else ""
        words.append(f"{one.mode} {_at_most(one, found) or chance_of(one.liquidation)}{when}")
    return f"Chance that anything is liquidated within {horizon(found.simulation.clock)}: {'; '.join(words)}."


def _at_most(one: ModePaths, found: PathContrast) -> str:
    """Return what a chance is below where no path of all says anything of it: the rule of three; else nothing."""
    return "" if one.liquidation.value else f"< {chance(min(_THREE / found.effective, 1.0))}"


def _worst(ledger: ContagionLedger, what: str) -> list[tuple[str, Exposed]]:
    """Return the positions with the highest chance of something, by name."""
    labels = short_labels([one.position for one in ledger.positions])
    known = [
        (label, one) for label, one in zip(labels, ledger.positions, strict=True) if _of(one, what) > _NOTED
    ]
    return sorted(known, key=lambda pair: -_of(pair[1], what))[:_LISTED]


def _of(one: Exposed, what: str) -> float:
    found = one.contagion if what == "contagion" else one.rescue
    return 0.0 if found is None else found.value


def _taken_down(ledger: ContagionLedger) -> list[tuple[str, str]]:
    worst = _worst(ledger, "contagion")
    if not worst:
        return []
    words = []
    for label, one in worst:
        profit = ""
        if one.bystander is not None and one.bystander.value >= _PROFIT:
            profit = f" (in profit {100 * one.bystander.value:.0f} % of the times it dies)"
        words.append(f"{label} {chance_of(one.contagion)}{profit}")
    return [("Taken down", f"{_start(ledger.mode)} kills what would have lived alone: {'; '.join(words)}.")]


def _start(text: str) -> str:
    return text[:1].upper() + text[1:]


def _saved(ledger: ContagionLedger) -> list[tuple[str, str]]:
    worst = _worst(ledger, "rescue")
    if not worst:
        return []
    words = "; ".join(f"{label} {chance_of(one.rescue)}" for label, one in worst)
    return [("Saved", f"{_start(ledger.mode)} saves what would have died alone: {words}.")]


def _who_pays(found: PathContrast, ledger: ContagionLedger) -> list[tuple[str, str]]:
    pays, unit = ledger.who_pays, found.simulation.unit
    owner = _more(pays.owner, unit) or "the same"
    debt = _more(pays.bad_debt, unit)
    said = f"the owner has {owner}, the venue bears {f'{debt} bad debt' if debt else 'no more bad debt'}"
    return [("Who pays", f"Isolated instead of {ledger.mode}, on average: {said}.")]


def _more(one: Estimate, unit: str) -> str:
    """Return how much more something is, or less; nothing where it is the same on every path."""
    if not one.value and not one.error:
        return ""
    return f"{amount(abs(one.value), one.error)} {unit} {'more' if one.value >= 0 else 'less'}"


def _capital(found: PathContrast) -> list[tuple[str, str]]:
    spoken = {(one.mode, one.cut, one.venue): one.mode for one in _spoken(found)}
    words = []
    for one in found.frontiers:
        name = spoken.get((one.mode, one.cut, one.venue))
        point = next((point for point in one.points if point.chance == _ONE_IN_A_HUNDRED), None)
        if name is not None and point is not None:
            words.append(
                f"{name} {amount(point.capital.value, point.capital.error)} (has {amount(one.today)})"
            )
    unit = found.simulation.unit
    return (
        [("Capital", f"For a chance of 1 % that anything is liquidated [{unit}]: {'; '.join(words)}.")]
        if words
        else []
    )


def standing(found: PathContrast) -> str:
    """Return what the figures are of: paths, horizon, law, monitoring, seed."""
    run = found.simulation
    weighted = f", worth {found.effective:,.0f} of equal weight" if run.weight is not None else ""
    return (
        f"{run.paths:,} paths of {horizon(run.clock)}{weighted}, seed {run.seed}. Rules of {run.on}. Law: {run.law}. "
        f"Monitoring: {run.monitoring}."
    )


def tiles(found: PathContrast) -> list[tuple[str, str, str]]:
    """Return label, figure and a word beside it, a mode each: how often anything is liquidated, what bad paths cost."""
    level = _level(found)
    cells = []
    for place, name in joined_names(found.modes, _are_alike):
        one = found.modes[place]
        worst = amount(_tail(one, level).shortfall.value)
        beside = f"liquidated; the worst {100 * (1 - level):g} % lose {worst} {one.unit}"
        cells.append((name, _at_most(one, found) or chance(one.liquidation.value), beside))
    return cells


def _are_alike(one: ModePaths, other: ModePaths) -> bool:
    """Return whether a reader sees the same figures."""
    return [*_seen(one)] == [*_seen(other)]


def _seen(one: ModePaths) -> Iterator[str]:
    yield chance(one.liquidation.value)
    yield from (amount(tail.shortfall.value) for tail in one.tails)


def notes(found: PathContrast) -> Sequence[str]:
    """Return what was assumed, and what a reader must know beside the figures."""
    return (standing(found), *found.notes)
