"""Who is taken down by whom, with chances: positions in a mode beside alone, and the pool through which they fall."""

from collections.abc import Sequence
from typing import Final

from ringfence.contrast.chances import Died, ModePaths
from ringfence.contrast.estimates import Estimate
from ringfence.contrast.ledger import ContagionLedger, Exposed
from ringfence.paths.fates import ModeFates, Simulation
from ringfence.report.contagion import short_labels
from ringfence.report.estimates import chance, chance_of, horizon, joined_names
from ringfence.report.figures.chart import Arrow, Axis, Box, Figure, Line, Mark, Panel, even_ticks, rows
from ringfence.report.figures.views import pool_name

_ROW: Final = 52
_ERRORS: Final = 2
_BAR: Final = 0.34
_LABELS: Final = 1.55
"""The axis goes on so far behind the longest bar: what is written there needs the room."""
_LEAST_SHARE: Final = 0.005
_PROFIT: Final = 0.005
_COLUMNS: Final = ((0.0, 2.2), (3.0, 6.0), (6.7, 10.0))
"""Where the boxes stand: what loses, pools, what falls."""
_NODE: Final = 44
_SHARED: Final = 2
"""Positions from which on a pool is shared."""


def falls(run: Simulation, ledgers: Sequence[ContagionLedger]) -> Figure:
    """Return how often each position falls in a mode, and how often alone.

    Args:
        run: whose paths they are.
        ledgers: of modes against the book isolated; those of the first cut are drawn.

    """
    shown = against_first(ledgers)
    most = max(
        (one.value for ledger, _ in shown for each in ledger.positions for one in _all(each)), default=0.0
    )
    x = _axis(most)
    cut = shown[0][0].against if shown else "none"
    return Figure(
        "falls",
        f"Who is taken down by whom within {horizon(run.clock)}, and who is saved",
        "Upper bar: chance that the position is liquidated in the mode; lower bar: alone, isolated (cut "
        f"{cut}). Full colour: only there. Line at its end: {_ERRORS} standard errors each way. A position that is "
        "in profit when its pool dies, as a hedge is, is a victim: the percentage says how often.",
        tuple(_panel(ledger, name, x, run.paths) for ledger, name in shown),
        (
            ("loss", "dies only with the account: contagion"),
            ("gain", "dies only alone: pooling saves it"),
            ("total", "dies either way"),
        ),
        across=1,
    )


def against_first(ledgers: Sequence[ContagionLedger]) -> list[tuple[ContagionLedger, str]]:
    """Return the ledgers that are drawn, with names: against the first cut, at the first venue; of like ones one."""
    first = [one for one in ledgers if (one.against, one.venue) == (ledgers[0].against, ledgers[0].venue)]
    return [(first[k], name) for k, name in joined_names(first, _are_alike)]


def _are_alike(one: ContagionLedger, other: ContagionLedger) -> bool:
    return [*map(_read, one.positions)] == [*map(_read, other.positions)]


def _read(one: Exposed) -> tuple[str, ...]:
    """Return what a reader sees of a position."""
    return tuple(map(chance_of, (one.died_shared, one.died_alone, one.contagion, one.rescue)))


def _all(one: Exposed) -> list[Estimate]:
    return [found for found in (one.died_shared, one.died_alone) if found is not None]


def _axis(most: float) -> Axis:
    high = 100 * most if most > 0 else 1.0
    ticks = tuple((v, f"{v:g} %") for v in even_ticks(0.0, high, 5))
    return Axis(0.0, high * _LABELS, ticks, "chance of liquidation")


def _panel(ledger: ContagionLedger, name: str, x: Axis, paths: int) -> Panel:
    known = [one for one in ledger.positions if one.contagion is not None]
    marks: list[Mark] = []
    for row, one in enumerate(known):
        marks += _bars(one, name, row, paths)
    y = rows(short_labels([one.position for one in known]))
    return Panel(x, y, tuple(marks), len(known) * _ROW + 66, f"{name} against isolated ({ledger.against})")


def _bars(one: Exposed, name: str, row: int, paths: int) -> list[Mark]:
    """Return two bars: in the mode, and alone."""
    found: list[Mark] = []
    for above, whole, only, role, verb in (
        (True, one.died_shared, one.contagion, "loss", "contagion"),
        (False, one.died_alone, one.rescue, "gain", "saved"),
    ):
        if whole is None or only is None:
            continue
        top, end, both = row + (-0.4 if above else 0.03), 100 * whole.value, 100 * (whole.value - only.value)
        base = max(both, 0.0)
        where = name if above else "alone"
        part = f", {verb} {chance(only.value, only.error)}" if only.value else ""
        profit = ""
        if above and only.value and one.bystander is not None and one.bystander.value >= _PROFIT:
            profit = f"; in profit then {100 * one.bystander.value:.0f} %"
        often = chance(whole.value) if whole.value else f"on none of {paths:,} paths"
        said = f"{where} {often}{part}{profit}"
        reach = 100 * _ERRORS * (whole.error or 0.0)
        brief, hint = f"{where} {chance(whole.value)}", f"{one.position}: {said}"
        found += [
            Box(0.0, base, top, top + _BAR, "total", 0.45, hint=f"dies either way: {chance(base / 100)}"),
            Box(base, end, top, top + _BAR, role, hint=hint),
            Box(end + reach, end + reach, top, top + _BAR, "ink", 0.0, text=said, brief=brief, hint=hint),
        ]
        if reach:
            ends = ((max(end - reach, 0.0), top + _BAR / 2), (end + reach, top + _BAR / 2))
            found.append(Line(ends, "ink", "solid"))
    return found


def chain(run: Simulation, ledgers: Sequence[ContagionLedger], modes: Sequence[ModePaths]) -> Figure:
    """Return through which pool who takes down whom, with chances.

    Args:
        run: whose paths they are.
        ledgers: of modes against the book isolated; those of the first cut are drawn.
        modes: what paths say of the same modes, for the chances of their pools.

    """
    drawn = {(one.mode, one.cut, one.venue): (one, said) for one, said in zip(run.modes, modes, strict=True)}
    shown = [pair for pair in against_first(ledgers) if shares(run, pair[0])]
    cut = shown[0][0].against if shown else "none"
    return Figure(
        "chain",
        "Through which pool who takes down whom",
        "Left: by what the pools had lost when they died, and its part of the loss. Middle: shared pools, and the "
        "chance that they die. Right: what falls with them; dashed *: with this chance it falls although it would have "
        f"lived alone (cut {cut}).",
        tuple(_chain(*drawn[one.mode, one.cut, one.venue], one, name) for one, name in shown),
        across=1,
    )  # fmt: skip


def shares(run: Simulation, ledger: ContagionLedger) -> bool:
    """Return whether a pool that positions share dies on some path, in the mode of a ledger."""
    key = (ledger.mode, ledger.cut, ledger.venue)
    shown = [one for one in run.modes if (one.mode, one.cut, one.venue) == key]
    return any((one.died[:, pool] <= run.clock.steps).any() for one in shown for pool in _shared(one))


def _shared(fates: ModeFates) -> list[int]:
    """Return the pools that several positions share."""
    return [k for k in range(len(fates.pools)) if int((fates.pool_of == k).sum()) >= _SHARED]


def _chain(fates: ModeFates, found: ModePaths, ledger: ContagionLedger, name: str) -> Panel:
    labels = short_labels(fates.positions)
    pools = _shared(fates)
    members = [(k, int(fates.pool_of[k])) for k in range(len(labels)) if int(fates.pool_of[k]) in pools]
    causes = [(k, pool) for k, pool in members if _share(ledger.positions[k]) > _LEAST_SHARE]
    tall = max(len(members), 1)
    at = {
        (column, key): (number + 0.5) * tall / len(keys) - 0.5
        for column, keys in enumerate(([k for k, _ in causes], pools, [k for k, _ in members]))
        for number, key in enumerate(keys)
    }
    marks: list[Mark] = [
        Arrow(
            _COLUMNS[0][1], at[0, k], _COLUMNS[1][0], at[1, pool], "total",
            f"{100 * _share(ledger.positions[k]):.0f} %", hint=f"{labels[k]}: its part of what the pool lost",
        )
        for k, pool in causes
    ]  # fmt: skip
    marks += [_fall(ledger.positions[k], labels[k], at[1, pool], at[2, k]) for k, pool in members]
    marks += [_node(0, at[0, k], labels[k], "total") for k, _ in causes]
    marks += [_node(1, at[1, pool], _pool(found.pools[pool]), "s3") for pool in pools]
    marks += [_node(2, at[2, k], _fallen(ledger.positions[k], labels[k]), "total") for k, _ in members]
    room = Axis(0, 10, (), lines=False), Axis(tall - 0.4, -0.6, (), lines=False)
    return Panel(*room, tuple(marks), tall * _NODE + 40, name)


def _share(one: Exposed) -> float:
    return 0.0 if one.loss_share is None else one.loss_share.value


def _pool(pool: Died) -> str:
    return (
        pool_name(pool.name) if pool.chance is None else f"{pool_name(pool.name)} {chance(pool.chance.value)}"
    )


def _fall(one: Exposed, label: str, start: float, end: float) -> Arrow:
    caught = one.contagion is not None and one.contagion.value > 0
    return Arrow(
        _COLUMNS[1][1], start, _COLUMNS[2][0], end, "loss" if caught else "total", dashed=caught,
        hint=f"{label} falls with the pool{', although alone it would have lived' if caught else ''}",
    )  # fmt: skip


def _fallen(one: Exposed, label: str) -> str:
    """Return a position with the chance that it falls although it would have lived alone."""
    if one.contagion is None or not one.contagion.value:
        return label
    return f"{label} * {chance(one.contagion.value)}"


def _node(column: int, y: float, text: str, role: str) -> Box:
    left, right = _COLUMNS[column]
    return Box(left, right, y - 0.32, y + 0.32, role, 0.25, text, text, inside=True, hint=text)
