"""The risk summary of a population, drawn: what is liquidatable along the ladder, by mode and coin, and by whom."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from ringfence.report.figures.chart import Axis, Box, Figure, Mark, Panel, even_ticks, rows
from ringfence.report.figures.palette import series
from ringfence.report.grid import share
from ringfence.report.summary import amount, part, said
from ringfence.screen.summary_rows import Summary

_MODES: Final = ("cross", "isolated")
_ROW: Final = 30
_LOW_ROW: Final = 17
_COINS: Final = 4
_ACCOUNTS: Final = 10
_SCALES: Final = ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k"))


def short(value: Decimal) -> str:
    """Return an amount in few letters: 12.3 k, 4.5 M, 6.7 bn."""
    for scale, letter in _SCALES:
        if abs(value) >= scale:
            return f"{value / scale:,.1f} {letter}"
    return amount(value)


def summary_figures(summary: Summary) -> list[Figure]:
    """Return the figures of a summary, the first one first to be seen."""
    return [ladder_by_mode(summary), ladder_by_coin(summary), largest_accounts(summary)]


def ladder_by_mode(summary: Summary) -> Figure:
    """Return what part of all notional is liquidatable at each rung, a bar a margin mode."""
    colours = series(_MODES)
    marks: list[Mark] = []
    for row, rung in enumerate(summary.rungs):
        whole, *modes = rung.modes
        for place, one in enumerate(modes):
            dead = part(one.liquidatable_notional, whole.notional) or Decimal(0)
            top = row - 0.4 + 0.4 * place
            brief = share(dead, 1) if dead else "0"
            text = f"{brief} · {short(one.liquidatable_notional)}" if dead else "0"
            hint = (
                f"{said(rung)}, {one.mode}: {amount(one.liquidatable_notional)} {summary.unit} "
                f"(pools: {one.liquidatable_pools:,})"
            )
            marks.append(
                Box(0, float(dead * 100), top, top + 0.38, colours[one.mode], text=text, brief=brief, hint=hint,
                    key=str(place + 1))
            )  # fmt: skip
    most = max((mark.x1 for mark in marks if isinstance(mark, Box)), default=0.0)
    axis = _axis(0.0, most or 1.0, " %")
    return Figure(
        "ladder_by_mode",
        "What is liquidatable along the ladder",
        "A bar is the notional of the pools that are at or past their trigger at a rung, as a part of all notional at "
        f"the prices of that rung; beside it the amount in {summary.unit}. Pools are judged as they stand after the "
        "move, as if it were a jump: nothing is closed on the way.",
        (
            Panel(
                axis,
                rows([said(rung) for rung in summary.rungs]),
                tuple(marks),
                len(summary.rungs) * _ROW + 40,
            ),
        ),
        tuple((colours[mode], f"{k} {mode}") for k, mode in enumerate(_MODES, 1)),
    )


def ladder_by_coin(summary: Summary) -> Figure:
    """Return what would be sold and bought of the coins with most notional at each rung, a panel a coin."""
    panels = []
    for at, coin in enumerate(summary.coins[:_COINS]):
        marks: list[Mark] = []
        for row, rung in enumerate(summary.rungs):
            one = rung.coins[at]
            for value, way, role, word, over in (
                (one.longs, -1, "loss", "longs sold", one.longs_over_depth),
                (one.shorts, 1, "gain", "shorts bought", one.shorts_over_depth),
            ):
                if value:
                    depth = "" if over is None else f", {over:,.2f} times its depth"
                    hint = f"{said(rung)}, {coin.coin}: {word}, {amount(value)} {summary.unit}{depth}"
                    marks.append(
                        Box(0, way * float(value), row - 0.4, row + 0.4, role, text=short(value),
                            brief=short(value), hint=hint)
                    )  # fmt: skip
        panels.append(_diverging(marks, summary, coin.coin))
    return Figure(
        "ladder_by_coin",
        "What would be sold and bought, by coin",
        f"To the left the notional of longs that would be sold, to the right that of shorts that would be bought "
        f"[{summary.unit}]; the coins with most notional today.",
        tuple(panels),
        (("loss", "longs sold"), ("gain", "shorts bought")),
    )


def _diverging(marks: Sequence[Mark], summary: Summary, coin: str) -> Panel:
    ends = [mark.x1 for mark in marks if isinstance(mark, Box)]
    widest = max(map(abs, ends), default=1.0)
    axis = Axis(-1.6 * widest, 1.6 * widest, ((0.0, "0"),))
    names = rows([said(rung) for rung in summary.rungs])
    return Panel(axis, names, tuple(marks), len(summary.rungs) * _LOW_ROW + 56, coin)


def largest_accounts(summary: Summary) -> Figure:
    """Return the accounts with most notional, and those that would leave most bad debt at the worst rung."""
    held = [
        (row.account, row.notional, f"{short(row.notional)} · {share(row.share, 1)}")
        for row in summary.largest
    ]
    panels = [_ranking(held, "total", f"notional today [{summary.unit}]")] if held else []
    if summary.worst is not None:
        owed = [
            (row.account, row.bad_debt or Decimal(0), short(row.bad_debt or Decimal(0)))
            for row in summary.losers
        ]
        worst = said(summary.rung(summary.worst))
        panels.append(_ranking(owed, "loss", f"bad debt at {worst} [{summary.unit}]"))
    return Figure(
        "largest_accounts",
        "Who is large, and who would owe most",
        "The accounts with most notional today, with their part of all; and those that would leave most bad debt at "
        "the rung that leaves most of all.",
        tuple(panels),
    )


def _ranking(found: Sequence[tuple[str, Decimal, str]], role: str, title: str) -> Panel:
    shown = found[:_ACCOUNTS]
    marks = tuple(
        Box(0, float(value), k - 0.35, k + 0.35, role, text=text, brief=text.partition(" · ")[0],
            hint=f"{name}: {amount(value)}")
        for k, (name, value, text) in enumerate(shown)
    )  # fmt: skip
    most = max((mark.x1 for mark in marks), default=0.0) or 1.0
    return Panel(
        Axis(0.0, 1.6 * most, ((0.0, "0"),)),
        rows([name for name, _, _ in shown]),
        marks,
        len(shown) * 24 + 56,
        title,
    )


def _axis(low: float, high: float, unit: str) -> Axis:
    """Return an axis with room for a text behind the longest bar."""
    high *= 1.3
    return Axis(
        low, high, tuple((tick, f"{tick:g}{unit}" if tick else "0") for tick in even_ticks(low, high))
    )
