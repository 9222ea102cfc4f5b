"""What a pool has: its collateral after cuts, what of its P&L counts, and what its debts need. Kernels."""

from ringfence.batch import records
from ringfence.batch.compiled import compiled
from ringfence.batch.figures import CLAIM, PNL, SIZE
from ringfence.batch.pool import converted, locked_loss
from ringfence.batch.records import Column, Record, Records
from ringfence.core.number import larger, magnitude, positive_part
from ringfence.formula.collateral import after_second_cut, band_value, debt_charge, top_band_value
from ringfence.formula.equity import loss_counted


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
def counted(code: int, amount: float, pool: Record, assets: Records, bands: Records, index: Column) -> float:
    """Return what an amount of an asset counts for, in the pool's unit."""
    asset = assets[code]
    if pool.shared and amount < 0.0 and asset.in_need:
        return 0.0
    if not pool.cut or amount <= 0.0:
        return converted(amount, code, pool.unit, index)
    if asset.off or not asset.cut:
        return 0.0
    price = converted(1.0, code, pool.unit, index)
    size = amount if asset.in_coin else amount * price
    banded = _banded(size, asset, bands)
    return after_second_cut(banded * price if asset.in_coin else banded, asset.second_cut)


@compiled
def pnl_in(code: int, first: int, end: int, rows: Records, rules: Records, figures: Column) -> float:
    """Return what equity may count of a pool's positions that pay in an asset [asset]."""
    pnl = 0.0
    for i in range(first, end):
        if rules[rows[i].rule].settle == code:
            pnl += figures[i - first, CLAIM]
    return pnl


@compiled
def is_held(code: int, pool: Record, holdings: Records) -> bool:
    """Return whether an asset is among a pool's holdings."""
    found = False
    for k in range(pool.first_holding, pool.end_holding):
        found |= holdings[k].asset == code
    return found


@compiled
def first_of(i: int, first: int, code: int, rows: Records, rules: Records) -> bool:
    """Return whether no position of the pool before this one pays in an asset."""
    leads = True
    for j in range(first, i):
        leads &= rules[rows[j].rule].settle != code
    return leads


@compiled
def equity_parts(
    pool: Record,
    holdings: Records,
    rows: Records,
    rules: Records,
    assets: Records,
    bands: Records,
    index: Column,
    figures: Column,
) -> tuple[float, float, float, float]:
    """Return collateral value, unrealised P&L, equity, and the size of what is held, in the pool's unit."""
    first, end = pool.first, pool.end
    collateral, pnl, size = 0.0, 0.0, 0.0
    for k in range(pool.first_holding, pool.end_holding):
        code, amount = holdings[k].asset, holdings[k].amount
        with_pnl = pool.cut and assets[code].with_pnl
        gain = pnl_in(code, first, end, rows, rules, figures) if with_pnl else 0.0
        collateral += counted(code, amount + gain, pool, assets, bands, index)
        size += magnitude(converted(amount, code, pool.unit, index))
    unrealized = 0.0
    for i in range(first, end):
        code = rules[rows[i].rule].settle
        if not rules[rows[i].rule].paid:
            unrealized += converted(figures[i - first, PNL], code, pool.unit, index)
        if not first_of(i, first, code, rows, rules):
            continue
        gain = pnl_in(code, first, end, rows, rules, figures)
        if not (pool.cut and assets[code].with_pnl):
            pnl += converted(gain, code, pool.unit, index)
        elif not is_held(code, pool, holdings):
            collateral += counted(code, gain, pool, assets, bands, index)
    if end > first:
        pnl = _losses(pnl, first, end, pool.unit, rows, rules, index, figures)
    return collateral, unrealized, collateral + pnl, size


@compiled
def _losses(
    pnl: float, first: int, end: int, unit: int, rows: Records, rules: Records, index: Column, figures: Column
) -> float:
    """Return the P&L that counts: all of it, or where the venue says so losses alone, of the pool or of each symbol."""
    kind = rules[rows[first].rule].counts
    if kind == records.ALL_PNL:
        return pnl
    locked, by_symbol, owned = 0.0, 0.0, 0.0
    for i in range(first, end):
        rule = rules[rows[i].rule]
        if rule.paid:
            owned += converted(figures[i - first, CLAIM], rule.settle, unit, index)
            continue
        lost = converted(locked_loss(i, first, end, rows, rules), rule.settle, unit, index)
        locked += lost
        gain, lead = 0.0, True
        for j in range(first, end):
            if rules[rows[j].rule].symbol == rule.symbol:
                lead &= j >= i
                gain += converted(figures[j - first, PNL], rule.settle, unit, index)
                if j != i:
                    lost += converted(locked_loss(j, first, end, rows, rules), rule.settle, unit, index)
        if lead:
            by_symbol += loss_counted(gain, lost)
    if kind == records.LOSSES_BY_SYMBOL:
        return owned + by_symbol
    return owned + loss_counted(pnl - owned, locked)


@compiled
def debts(
    pool: Record,
    holdings: Records,
    rows: Records,
    rules: Records,
    assets: Records,
    index: Column,
    figures: Column,
) -> tuple[float, float, float, float]:
    """Return what a shared pool's debts need initially, need to be maintained, cost to repay, and the slack."""
    opens, need, closing, slack = 0.0, 0.0, 0.0, 0.0
    if not pool.shared:
        return opens, need, closing, slack
    for code in range(len(assets)):
        asset = assets[code]
        if not asset.owes:
            continue
        balance, size = _balance(code, asset, pool, holdings, rows, rules, figures)
        owed = larger(positive_part(-balance), asset.loan)
        once = converted(asset.debt_fixed, pool.account, pool.unit, index)
        if size > 0.0 and magnitude(balance) <= 2.0**-40 * size:
            slack += once
        if owed > 0.0:
            value = converted(owed, code, pool.unit, index)
            opens += debt_charge(value, asset.debt_open, once)
            need += debt_charge(value, asset.debt_need, once)
            closing += debt_charge(value, asset.debt_closing, 0.0)
    return opens, need, closing, slack


@compiled
def _balance(
    code: int, asset: Record, pool: Record, holdings: Records, rows: Records, rules: Records, figures: Column
) -> tuple[float, float]:
    """Return a pool's balance in an asset, with P&L where that is borrowed, and the sum of magnitudes in it."""
    balance, size = 0.0, 0.0
    for k in range(pool.first_holding, pool.end_holding):
        if holdings[k].asset == code:
            balance += holdings[k].amount
            size += magnitude(holdings[k].amount)
    if asset.owed_with_pnl:
        for i in range(pool.first, pool.end):
            if rules[rows[i].rule].settle == code:
                balance += figures[i - pool.first, CLAIM]
                size += figures[i - pool.first, SIZE]
    return balance, size
