"""What ``ringfence watch`` says: a line an update, the ladder on a terminal, alerts and liquidations."""

from decimal import Decimal

from ringfence.contrast.limit import Limit
from ringfence.contrast.watch import Ladder, Rung, Tick
from ringfence.report.figures.views import brief_names, pool_name
from ringfence.report.grid import NONE, Grid, money, percent, price, share

_FULL = Decimal("0.5")
"""The move at which a bar is full."""


def update_line(tick: Tick, shown: Ladder) -> str:
    """Return one update as a line: instant, nearest position with its distance, status of the pools."""
    pools = ", ".join(f"{name} {status}" for name, (status, judged) in shown.pools.items() if judged.charges)
    return f"{when(tick)}: {_nearest(shown)}; {pools or 'no pool has a position'}"


def when(tick: Tick) -> str:
    """Return the instant of a tick as it was given, or the number of its line."""
    return tick.at or f"line {tick.number}"


def _nearest(shown: Ladder) -> str:
    if not shown.rungs:
        return "no position"
    rung = shown.rungs[0]
    if rung.price is None:
        return "no move of one coin alone liquidates a position"
    return f"nearest {_named(rung)} {price(rung.mark)} to {price(rung.price)}, {_distance(rung)}"


def _named(rung: Rung) -> str:
    return f"{rung.account} {rung.position.symbol} {rung.position.side}".strip()


def _distance(rung: Rung) -> str:
    sigmas = "" if rung.sigmas is None else f", {rung.sigmas:.2f}σ"
    return f"{percent(rung.distance)}{sigmas}"


def alert_line(tick: Tick, rung: Rung, limit: Limit) -> str:
    """Return what is said when a position, or by a joint move its pool, comes nearer to its end than the limit."""
    said = f"{_named(rung)} is {_distance(rung)}"
    if limit.joint:
        said = f"{rung.pool_name} is a joint move of {rung.joint or 0:.2f}σ"
    return f"ALERT {when(tick)}: {said} from liquidation, nearer than {limit}"


def liquidation_line(tick: Tick, name: str, shown: Ladder) -> str:
    """Return what is said when a pool becomes the venue's to liquidate."""
    status, judged = shown.pools[name]
    need = judged.maintenance.value + judged.closing_cost.value
    return (
        f"LIQUIDATION {when(tick)}: {name} is {status}: equity {money(judged.equity.value)} {judged.pool.unit}, "
        f"needed {money(need)}; from here on the account may hold less than this book says"
    )


def ladder_grid(shown: Ladder, title: str, cells: int = 30) -> Grid:
    """Return the ladder as a table, the position nearest to its end on top, each with a bar of its distance.

    Args:
        shown: the ladder.
        title: what it is of.
        cells: the length of the longest bar.

    """
    grid = Grid(
        title,
        ("position", "pool", "mark", "dies at", "move", "σ", "room"),
        left=2,
        caption=f"one coin moves, all else is held; σ: daily; a full bar is {share(_FULL, 0)} or more",
    )
    for rung, name in zip(shown.rungs, brief_names([rung.position for rung in shown.rungs]), strict=True):
        pool = f"{rung.account} {pool_name(rung.pool)}".strip()
        grid.rows.append(
            (
                f"{rung.account} {name}".strip(), f"{pool}: {rung.status}", price(rung.mark),
                price(rung.price) + (" (gaining)" if rung.other_side else ""), percent(rung.distance),
                NONE if rung.sigmas is None else f"{rung.sigmas:.1f}", _bar(rung.distance, cells),
            )
        )  # fmt: skip
    return grid


def _bar(distance: Decimal | None, cells: int) -> str:
    """Return a bar as long as the distance; a position that is not at its end has at least one cell."""
    if distance is None:
        return "never"
    full = min(int(abs(distance) / _FULL * cells), cells)
    full = max(full, 1) if distance else 0
    return "█" * full + "░" * (cells - full)
