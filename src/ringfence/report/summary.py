"""The risk summary of a population, as tables and as JSON."""

from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any, Final

from ringfence.market import Shock
from ringfence.market.ladder import percent as written
from ringfence.report.grid import NONE, Grid, money, share
from ringfence.report.plain import code_version, number
from ringfence.screen.summary_rows import AccountRow, ModeRow, RungRow, Summary

SCHEMA: Final = "ringfence.summary/1"
COINS_SHOWN: Final = 10
"""Coins with most notional that tables show one by one; JSON and frames have all."""
_WHOLE: Final = 100
"""From here on an amount is read without decimals."""


def summary_dict(summary: Summary) -> dict[str, Any]:
    """Return ``ringfence.summary/1``: numbers are decimal strings, counts are numbers."""
    return {
        "schema": SCHEMA,
        "code": code_version(),
        "venue": summary.venue,
        "on": summary.on,
        "account_mode": summary.account_mode,
        "unit": summary.unit,
        "digests": dict(summary.digests),
        "overrides": list(summary.overrides),
        "warnings": list(summary.warnings),
        "accounts": summary.accounts,
        "rungs": [_rung(rung) for rung in summary.rungs],
        "assets": [_plain(row) for row in summary.assets],
        "coins": [
            _plain(row, "why") | ({"depth_reason": row.why} if row.why else {}) for row in summary.coins
        ],
        "largest": [_plain(row, "bad_debt") for row in summary.largest],
        "shares": [_plain(row) for row in summary.shares],
        "worst_rung": summary.worst,
        "losers": [_plain(row) for row in summary.losers],
    }


def _rung(rung: RungRow) -> dict[str, Any]:
    return {
        "rung": rung.name,
        "shock": None if rung.shock is None else _shock(rung.shock),
        "before": rung.before,
        "modes": [_plain(row, "initial_unknown") | _reason(row) for row in rung.modes],
        "coins": [_plain(row) for row in rung.coins],
    }


def _shock(shock: Shock) -> dict[str, Any]:
    return {
        "moves": {coin: number(move) for coin, move in shock.moves.items()},
        "default": number(shock.default),
    }


def _reason(row: ModeRow) -> dict[str, str]:
    if not row.initial_unknown:
        return {}
    return {"initial_requirement_reason": f"it is not known; pools without one: {row.initial_unknown}"}


def _plain(record: Any, *without: str) -> dict[str, Any]:  # noqa: ANN401 - any row
    """Return a row by its names: amounts as decimal strings, counts and words as they are."""
    values = {one.name: getattr(record, one.name) for one in fields(record) if one.name not in without}
    return {name: number(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def said(rung: RungRow) -> str:
    """Return a rung for the eye: today, -20 %, BTC -20 %, or the name of its shock."""
    shock = rung.shock
    if shock is None:
        return rung.name
    if not shock.moves:
        return written(shock.default).replace("%", " %")
    if len(shock.moves) == 1 and not shock.default:
        ((coin, move),) = shock.moves.items()
        return f"{coin} {written(move).replace('%', ' %')}"
    return shock.name


def amount(value: Decimal | None) -> str:
    """Return an amount of a venue for the eye: without decimals from a hundred on, and where there is nothing."""
    whole = value is not None and (value == 0 or abs(value) >= _WHOLE)
    return money(value, 0 if whole else 2)


def part(some: Decimal, whole: Decimal) -> Decimal | None:
    """Return which fraction some is of the whole; None of nothing."""
    return some / whole if whole else None


def summary_grids(summary: Summary) -> list[Grid]:
    """Return the tables of a summary: today, the ladder, coins, assets, accounts, and every rung by mode."""
    return [
        _today_grid(summary),
        _ladder_grid(summary),
        _coin_grid(summary),
        _dead_coins_grid(summary),
        _asset_grid(summary),
        _largest_grid(summary),
        *([_losers_grid(summary)] if summary.losers else []),
        _shares_grid(summary),
        _modes_grid(summary),
    ]


def _today_grid(summary: Summary) -> Grid:
    grid = Grid(
        f"{summary.accounts:,} accounts today [{summary.unit}]",
        ("margin mode", "accounts", "pools", "positions", "notional", "collateral value", "equity", "initial",
         "maintenance", "closing cost"),
        caption="accounts: those that hold positions in such pools; collateral value: after collateral ratios",
        folds=True,
    )  # fmt: skip
    for row in summary.unmoved.modes:
        heads = (f"{row.accounts:,}", f"{row.pools:,}", f"{row.positions:,}")
        grid.rows.append((row.mode, *heads, *_needs(row)))
    return grid


def _needs(row: ModeRow) -> tuple[str, ...]:
    figures = (
        row.notional, row.collateral_value, row.equity, row.initial_requirement, row.maintenance_requirement,
        row.closing_cost,
    )  # fmt: skip
    return tuple(map(amount, figures))


def _ladder_grid(summary: Summary) -> Grid:
    grid = Grid(
        f"Liquidatable at each rung [{summary.unit}]",
        ("rung", "notional", "of all", "in cross", "in isolated", "new", "pools", "new pools", "bankrupt pools",
         "bad debt", "of cross", "of isolated"),
        caption="liquidatable: at or past the trigger, bankrupt pools among them; new: not yet at the rung before it "
        "on its side; bad debt: what bankrupt pools owe at the prices of the rung",
        folds=True,
    )  # fmt: skip
    for rung in summary.rungs:
        whole, cross, isolated = rung.modes
        fresh = whole.new_liquidatable_pools
        grid.rows.append(
            (
                said(rung), amount(whole.liquidatable_notional),
                share(part(whole.liquidatable_notional, whole.notional)), amount(cross.liquidatable_notional),
                amount(isolated.liquidatable_notional), amount(whole.new_liquidatable_notional),
                f"{whole.liquidatable_pools:,}", NONE if fresh is None else f"{fresh:,}",
                f"{whole.bankrupt_pools:,}", amount(whole.bad_debt), amount(cross.bad_debt),
                amount(isolated.bad_debt),
            )
        )  # fmt: skip
    return grid


def _coin_grid(summary: Summary) -> Grid:
    grid = Grid(
        f"Coins today [{summary.unit}]",
        ("coin", "long", "short", "net", "depth"),
        caption=_caption("depth: what can be closed within 1 % of the mark", summary),
    )
    for row in summary.coins[:COINS_SHOWN]:
        grid.rows.append((row.coin, *map(amount, (row.long, row.short, row.net, row.depth))))
    return grid


def _caption(start: str, summary: Summary) -> str:
    """Return a caption with what the table leaves out, and why depths are empty."""
    left = len(summary.coins) - COINS_SHOWN
    more = f"; {left} coins with less notional are left out" if left > 0 else ""
    why = list(dict.fromkeys(row.why for row in summary.coins[:COINS_SHOWN] if row.why))
    return start + more + "".join(f"; {reason}" for reason in why)


def _dead_coins_grid(summary: Summary) -> Grid:
    grid = Grid(
        f"Liquidatable by coin [{summary.unit}]",
        ("rung", "coin", "longs sold", "over depth", "shorts bought", "over depth of shorts"),
        left=2,
        caption=_caption("rungs at which something of the coin would be closed", summary),
    )
    for rung in summary.rungs:
        for one in rung.coins[:COINS_SHOWN]:
            if one.longs or one.shorts:
                grid.rows.append(
                    (said(rung), one.coin, amount(one.longs), _times(one.longs_over_depth), amount(one.shorts),
                     _times(one.shorts_over_depth))
                )  # fmt: skip
    return grid


def _times(ratio: Decimal | None) -> str:
    return NONE if ratio is None else f"{ratio:,.2f}x"


def _asset_grid(summary: Summary) -> Grid:
    grid = Grid(
        "Collateral by asset today",
        ("asset", "in shared pools", "on isolated positions", "debts", "index", f"value [{summary.unit}]"),
        caption="amounts in the asset; value: at index, before collateral ratios",
    )
    for row in summary.assets:
        figures = (row.shared, row.isolated, row.debt, row.price, row.value)
        grid.rows.append((row.asset, *map(amount, figures)))
    return grid


_ACCOUNT: Final = ("account", "notional", "of all", "equity", "leverage", "positions")


def _account(row: AccountRow) -> tuple[str, ...]:
    leverage = NONE if row.leverage is None else f"{row.leverage:.2f}x"
    return (
        row.account, amount(row.notional), share(row.share), amount(row.equity), leverage, f"{row.positions:,}",
    )  # fmt: skip


def _largest_grid(summary: Summary) -> Grid:
    rows = [_account(row) for row in summary.largest]
    return Grid(f"Largest accounts today [{summary.unit}]", _ACCOUNT, rows)


def _losers_grid(summary: Summary) -> Grid:
    worst = said(summary.rung(summary.worst)) if summary.worst else NONE
    rows = [(*_account(row), amount(row.bad_debt)) for row in summary.losers]
    return Grid(
        f"Most bad debt at {worst} [{summary.unit}]", (*_ACCOUNT, "bad debt"), rows,
        caption="all but the bad debt as it stands today",
    )  # fmt: skip


def _shares_grid(summary: Summary) -> Grid:
    grid = Grid("What the largest hold today", ("of accounts with positions", "accounts", "of all notional"))
    for row in summary.shares:
        grid.rows.append(
            (f"{row.part * 100:f}".rstrip("0").rstrip(".") + " %", f"{row.accounts:,}", share(row.share))
        )
    return grid


def _modes_grid(summary: Summary) -> Grid:
    grid = Grid(
        f"Every rung by margin mode [{summary.unit}]",
        ("rung", "margin mode", "notional", "collateral value", "equity", "initial", "maintenance", "closing cost",
         "liquidatable pools", "liquidatable", "new", "bankrupt pools", "bankrupt", "new bankrupt", "bad debt"),
        left=2,
        folds=True,
    )  # fmt: skip
    for rung in summary.rungs:
        for row in rung.modes:
            dead = (
                f"{row.liquidatable_pools:,}", amount(row.liquidatable_notional),
                amount(row.new_liquidatable_notional), f"{row.bankrupt_pools:,}", amount(row.bankrupt_notional),
                amount(row.new_bankrupt_notional), amount(row.bad_debt),
            )  # fmt: skip
            grid.rows.append((said(rung), row.mode, *_needs(row), *dead))
    return grid


def summary_notes(summary: Summary) -> list[str]:
    """Return what a reader must know beside the tables: by whose rules, overrides, assumptions, digests."""
    digests = ", ".join(f"{name} {digest}" for name, digest in summary.digests.items())
    return [
        f"rules of {summary.on} at {summary.venue} ({summary.account_mode}); amounts in {summary.unit}",
        *(f"override: {item}" for item in summary.overrides),
        *(f"note: {item}" for item in summary.warnings),
        f"digests: {digests}",
    ]


def sentences(summary: Summary) -> Sequence[str]:
    """Return what the figures say, in sentences, the first one first to be read."""
    told = _told(summary)
    lines = [_headline(summary, told)]
    worst = summary.rung(summary.worst) if summary.worst else None
    if worst is not None and worst is not told:
        lines.append(f"Most bad debt is left at {said(worst)}: {_money(worst.all.bad_debt, summary)}.")
    if worst is not None and summary.losers:
        first = summary.losers[0]
        of_all = share(part(first.bad_debt or Decimal(0), worst.all.bad_debt), 0)
        lines.append(f"{first.account} would owe {of_all} of the bad debt at {said(worst)}.")
    lines += _concentration(told)
    if summary.largest:
        one = summary.largest[0]
        lines.append(f"The largest account, {one.account}, holds {share(one.share, 1)} of all notional.")
    return lines


def _told(summary: Summary) -> RungRow:
    """Return the rung to speak of: the fall of everything nearest to a fifth, else the one with most to close."""
    falls = [r for r in summary.rungs if r.shock is not None and not r.shock.moves and r.shock.default < 0]
    if falls:
        return min(falls, key=lambda r: abs((r.shock.default if r.shock else Decimal(0)) + Decimal("0.2")))
    return max(summary.rungs, key=lambda r: r.all.liquidatable_notional)


def _headline(summary: Summary, rung: RungRow) -> str:
    whole, cross, _ = rung.modes
    if not whole.positions:
        return "Nobody holds a position."
    if not whole.liquidatable_notional:
        return f"At {said(rung)}, nothing is liquidatable."
    dead = share(part(whole.liquidatable_notional, whole.notional), 1)
    shared = share(part(cross.liquidatable_notional, whole.liquidatable_notional), 0)
    owed = (
        f"insurance would need {_money(whole.bad_debt, summary)}"
        if whole.bad_debt
        else "insurance would need nothing"
    )
    return f"At {said(rung)}, {dead} of notional is liquidatable, {shared} of it in shared pools; {owed}."


def _money(value: Decimal, summary: Summary) -> str:
    return f"{amount(value)} {summary.unit}"


def _concentration(rung: RungRow) -> list[str]:
    """Return which coin would have to be closed most against its depth, where that is known."""
    found = [
        (max(one.longs_over_depth, one.shorts_over_depth), one.coin)
        for one in rung.coins
        if one.longs_over_depth is not None and one.shorts_over_depth is not None
    ]
    ratio, coin = max(found, default=(Decimal(0), ""))
    if not ratio:
        return []
    return [f"At {said(rung)}, {coin} is the most crowded: {ratio:,.1f} times its depth on one side."]
