"""From the wallet to what is free, pool by pool: what adds, what takes away, what must stay."""

from decimal import Decimal
from typing import Final

from ringfence.contrast import Contrast
from ringfence.margin.assess import Health, PoolHealth
from ringfence.margin.node import Missing
from ringfence.report.figures.chart import Axis, Box, Figure, Mark, Panel, even_ticks, rows
from ringfence.report.figures.views import as_it_stands, pool_name, views
from ringfence.report.grid import money, share

_MOST: Final = 6
_ROW: Final = 24
_DUST: Final = Decimal("1e-15")
"""A part of the equity that is no haircut but what quotients leave."""
_LONG: Final = 100_000
"""From here on an amount is read without its cents where there is little room."""


def waterfall(result: Health | Contrast) -> Figure:
    """Return the waterfall of every pool with positions: wallet, P&L, haircuts, initial requirement, what is free.

    Of a contrast: as the account is held. Of many pools: the six with the most equity. Where nothing is open: of
    every pool.
    """
    shown = views(result)
    stand = [as_it_stands(shown)] if isinstance(result, Contrast) else shown
    pools = [(view, pool) for view in stand for pool in view.health.pools]
    pools = [pair for pair in pools if pair[1].positions] or pools
    pools.sort(key=lambda pair: -pair[1].judged.equity.value)
    several = len({view.account for view in stand}) > 1
    left_out = "" if len(pools) <= _MOST else f" The {len(pools) - _MOST} smaller pools stand in the table."
    panels = tuple(_panel(pool, f"{view.account}: " if several else "") for view, pool in pools[:_MOST])
    return Figure(
        "waterfall",
        "From the wallet to what is free",
        "Free = equity − initial requirement. A pool dies when its equity no longer covers maintenance and "
        f"closing cost; ratio = maintenance ÷ equity. Cut: {stand[0].cut}.{left_out}",
        panels,
        (("gain", "adds"), ("loss", "takes away, or must stay"), ("total", "stands")),
    )


def steps(pool: PoolHealth) -> list[tuple[str, Decimal, bool]]:
    """Return (name, amount, whether it is a level and not a change) from the wallet to what is free."""
    judged = pool.judged
    wallet = sum((_at_index(pool, asset) for asset in pool.pool.collateral), Decimal(0))
    earned, equity = judged.unrealized.value, judged.equity.value
    rest = pool.pool.rest.equity if pool.pool.rest is not None else Decimal(0)
    cut = equity - wallet - earned - rest
    found = [("wallet", wallet, True), ("P&L", earned, False)]
    found += [("the rest", rest, False)] if rest else []
    found += [("haircuts", cut, False)] if abs(cut) > abs(equity) * _DUST else []
    found.append(("equity", equity, True))
    if not isinstance(judged.initial, Missing):
        free = equity - judged.initial.value
        found += [("initial", -judged.initial.value, False), ("free" if free >= 0 else "short", free, True)]
    need = judged.maintenance.value + judged.closing_cost.value
    return [
        *found,
        ("maintenance" if judged.closing_cost.value == 0 else "maintenance + closing", need, True),
    ]


def _at_index(pool: PoolHealth, asset: str) -> Decimal:
    """Return an asset's amount at its index, before any haircut, in the pool's unit."""
    amount = pool.pool.collateral[asset]
    part = next((part for part in pool.judged.collateral.parts if part.name == asset), None)
    if part is None:
        return amount
    index = part.inputs.get("index")
    if isinstance(index, Decimal):
        return amount * index
    counted = part.inputs.get("amount")
    switched_off = isinstance(counted, Decimal) and counted != 0 and part.value == 0
    return Decimal(0) if switched_off else part.value


def _panel(pool: PoolHealth, prefix: str) -> Panel:
    marks: list[Mark] = []
    names: list[str] = []
    level = Decimal(0)
    for row, (name, amount, stands) in enumerate(steps(pool)):
        start, end = (Decimal(0), amount) if stands else (level, level + amount)
        level = level if name.startswith("maintenance") else end
        role = "total" if stands else "gain" if amount >= 0 else "loss"
        role = "loss" if name.startswith("maintenance") else role
        text = money(amount) if stands else f"{'-' if amount < 0 else '+'}{money(abs(amount))}"
        brief = text if abs(amount) < _LONG else f"{amount:,.0f}" if stands else f"{amount:+,.0f}"
        marks.append(_bar(start, end, row, role, (text, brief), f"{name}: {text} {pool.pool.unit}"))
        names.append(name)
    ends = [end for mark in marks if isinstance(mark, Box) for end in (mark.x0, mark.x1)]
    low, high = min(0.0, *ends), max(0.0, *ends)
    high += 0.42 * (high - low or 1)
    axis = Axis(low, high, tuple((v, f"{v:,.10g}") for v in even_ticks(low, high, 4)))
    title = f"{prefix}{pool_name(pool.pool.id)} [{pool.pool.unit}], ratio {share(pool.margin_ratio)}"
    return Panel(axis, rows(names), tuple(marks), len(names) * _ROW + 40, title)


def _bar(start: Decimal, end: Decimal, row: int, role: str, texts: tuple[str, str], hint: str) -> Box:
    low, high = sorted((float(start), float(end)))
    return Box(low, high, row - 0.34, row + 0.34, role, text=texts[0], brief=texts[1], hint=hint)
