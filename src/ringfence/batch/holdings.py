"""What a pool has: its collateral after cuts, what of its P&L counts, and what its debts need. Kernels."""

from typing import NamedTuple

from ringfence.batch import records
from ringfence.batch.compiled import compiled
from ringfence.batch.figures import PNL, SIZE
from ringfence.batch.pool import converted, locked_loss
from ringfence.batch.records import Column, Record, Records, Tables
from ringfence.batch.row import Rows
from ringfence.core.number import larger, magnitude, positive_part
from ringfence.formula.collateral import after_second_cut, band_value, debt_charge, top_band_value
from ringfence.formula.equity import loss_counted


class Purse(NamedTuple):
    """What a pool is and holds.

    cross    whether it is shared; an isolated one holds its position's wallet
    ratios   whether its collateral is cut by collateral ratios
    unit     the asset it is counted in; ``account`` that in which what is asked once is stated
    assets, amounts   of all pools; this one's are those from ``first`` to before ``end``
    """

    cross: bool
    ratios: bool
    unit: int
    account: int
    first: int
    end: int
    assets: Column
    amounts: Column


@compiled
def _banded(size: float, asset: Record, bands: Records) -> float:
    worth, lower = 0.0, 0.0
    for k in range(asset.first_band, asset.first_band + asset.bands):
        cap, ratio = bands[k].cap, bands[k].ratio
        if cap > 1e300:  # noqa: PLR2004 - no cap
            return worth + top_band_value(size, lower, ratio)
        worth += band_value(size, lower, cap, ratio)
        lower = cap
    return worth


@compiled
def counted(code: int, amount: float, purse: Purse, tables: Tables, index: Column) -> float:
    """Return what an amount of an asset counts for, in the pool's unit."""
    asset = tables.assets[code]
    if purse.cross and amount < 0.0 and asset.in_need:
        return 0.0
    if not purse.ratios or amount <= 0.0:
        return converted(amount, code, purse.unit, index)
    if asset.off or not asset.cut:
        return 0.0
    price = converted(1.0, code, purse.unit, index)
    size = amount if asset.in_coin else amount * price
    banded = _banded(size, asset, tables.bands)
    return after_second_cut(banded * price if asset.in_coin else banded, asset.second_cut)


@compiled
def pnl_in(code: int, first: int, end: int, rows: Rows, rules: Records, figures: Column) -> float:
    """Return the P&L of a pool's positions that pay in an asset [asset]."""
    pnl = 0.0
    for i in range(first, end):
        if rules[rows.rule[i]].settle == code:
            pnl += figures[i - first, PNL]
    return pnl


@compiled
def held(code: int, purse: Purse) -> bool:
    """Return whether an asset is among a pool's holdings."""
    found = False
    for k in range(purse.first, purse.end):
        found |= purse.assets[k] == code
    return found


@compiled
def first_of(i: int, first: int, code: int, rows: Rows, rules: Records) -> bool:
    """Return whether no position of the pool before this one pays in an asset."""
    leads = True
    for j in range(first, i):
        leads &= rules[rows.rule[j]].settle != code
    return leads


@compiled
def equity_parts(
    first: int,
    end: int,
    purse: Purse,
    rows: Rows,
    tables: Tables,
    index: Column,
    figures: Column,
) -> tuple[float, float, float, float]:
    """Return collateral value, unrealised P&L, equity, and the sum of magnitudes in them, in the pool's unit."""
    collateral, pnl, size = 0.0, 0.0, 0.0
    for k in range(purse.first, purse.end):
        code, amount = purse.assets[k], purse.amounts[k]
        with_pnl = purse.ratios and tables.assets[code].with_pnl
        gain = pnl_in(code, first, end, rows, tables.rules, figures) if with_pnl else 0.0
        collateral += counted(code, amount + gain, purse, tables, index)
        size += magnitude(converted(amount, code, purse.unit, index))
    unrealized = 0.0
    for i in range(first, end):
        code = tables.rules[rows.rule[i]].settle
        unrealized += converted(figures[i - first, PNL], code, purse.unit, index)
        if not first_of(i, first, code, rows, tables.rules):
            continue
        gain = pnl_in(code, first, end, rows, tables.rules, figures)
        if not (purse.ratios and tables.assets[code].with_pnl):
            pnl += converted(gain, code, purse.unit, index)
        elif not held(code, purse):
            collateral += counted(code, gain, purse, tables, index)
    if end > first:
        pnl = _losses(pnl, first, end, purse.unit, rows, tables, index, figures)
    return collateral, unrealized, collateral + pnl, size


@compiled
def _losses(
    pnl: float, first: int, end: int, unit: int, rows: Rows, tables: Tables, index: Column, figures: Column
) -> float:  # fmt: skip
    """Return the P&L that counts: all of it, or where the venue says so losses alone, of the pool or of each symbol."""
    rules = tables.rules
    kind = rules[rows.rule[first]].counts
    if kind == records.ALL_PNL:
        return pnl
    locked, by_symbol = 0.0, 0.0
    for i in range(first, end):
        rule = rules[rows.rule[i]]
        lost = converted(locked_loss(i, first, end, rows, rules), rule.settle, unit, index)
        locked += lost
        gain, lead = 0.0, True
        for j in range(first, end):
            if rules[rows.rule[j]].symbol == rule.symbol:
                lead &= j >= i
                gain += converted(figures[j - first, PNL], rule.settle, unit, index)
                if j != i:
                    lost += converted(locked_loss(j, first, end, rows, rules), rule.settle, unit, index)
        if lead:
            by_symbol += loss_counted(gain, lost)
    return by_symbol if kind == records.LOSSES_BY_SYMBOL else loss_counted(pnl, locked)


@compiled
def debts(
    first: int, end: int, purse: Purse, rows: Rows, tables: Tables, index: Column, figures: Column
) -> tuple[float, float, float, float]:
    """Return what a shared pool's debts need initially, need to be maintained, cost to repay, and the slack."""
    opens, need, closing, slack = 0.0, 0.0, 0.0, 0.0
    if not purse.cross:
        return opens, need, closing, slack
    for code in range(len(tables.assets)):
        asset = tables.assets[code]
        if not asset.owes:
            continue
        balance, size = _balance(code, first, end, purse, rows, tables, figures)
        owed = larger(positive_part(-balance), asset.loan)
        once = converted(asset.debt_fixed, purse.account, purse.unit, index)
        if size > 0.0 and magnitude(balance) <= 2.0**-40 * size:
            slack += once
        if owed > 0.0:
            value = converted(owed, code, purse.unit, index)
            opens += debt_charge(value, asset.debt_open, once)
            need += debt_charge(value, asset.debt_need, once)
            closing += debt_charge(value, asset.debt_closing, 0.0)
    return opens, need, closing, slack


@compiled
def _balance(
    code: int, first: int, end: int, purse: Purse, rows: Rows, tables: Tables, figures: Column
) -> tuple[float, float]:
    """Return a pool's balance in an asset, with P&L where that is borrowed, and the sum of magnitudes in it."""
    balance, size = 0.0, 0.0
    for k in range(purse.first, purse.end):
        if purse.assets[k] == code:
            balance += purse.amounts[k]
            size += magnitude(purse.amounts[k])
    if tables.assets[code].owed_with_pnl:
        for i in range(first, end):
            if tables.rules[rows.rule[i]].settle == code:
                balance += figures[i - first, PNL]
                size += figures[i - first, SIZE]
    return balance, size
