"""One pool: equity against what it must cover, from its positions and holdings. Kernels over the formulas."""

from math import inf, isnan, nan

from ringfence.batch import records
from ringfence.batch.compiled import compiled
from ringfence.batch.figures import CLAIM, CLOSING, NEED, OPEN, OPEN_SLACK, PNL, SIZE, SLACK, VALUE
from ringfence.batch.records import Column, Record, Records
from ringfence.batch.row import (
    ENTRY,
    MARK,
    closing_fee,
    coming_funding,
    core_need,
    core_open,
    kept,
    option_size,
    rounded,
    value_at,
    value_of,
)
from ringfence.core.number import magnitude
from ringfence.formula.contract import unrealized_pnl


@compiled
def converted(amount: float, asset: int, unit: int, index: Column) -> float:
    """Return an amount of an asset in another unit, at index prices."""
    if asset == unit or amount == 0.0:
        return amount
    return amount * index[asset] / index[unit]


@compiled
def _with_fees(
    core: float, slack: float, counted: int, at: int, wallet: float,
    row: Record, rule: Record, mark: float, coin: float,
) -> tuple[float, float]:  # fmt: skip
    """Return a requirement with the closing fees that its venue counts inside it, each rounded, and the slack."""
    amount, more = rounded(core, rule)
    slack += more
    if rule.cost == records.NO_COST or rule.counted < counted:
        return amount, slack
    fee, more = rounded(closing_fee(at, wallet, row, rule, mark, coin), rule)
    amount, slack = amount + fee, slack + more
    if counted == records.IN_MAINTENANCE and rule.funded:
        funding, more = rounded(coming_funding(at, row, rule, mark, coin), rule)
        amount, slack = amount + funding, slack + more
    return amount, slack


@compiled
def put_up_at_entry(
    i: int, rows: Records, rules: Records, rungs: Records, marks: Column, index: Column
) -> float:
    """Return the initial requirement of a position alone at its entry price [settle]; NaN: it is not known.

    It is not where a float64 cannot tell in which tier it stood, either.
    """
    core, slack = core_open(i, i, i + 1, ENTRY, rows, rules, rungs, marks, index)
    if slack == inf:
        return nan
    row = rows[i]
    rule = rules[row.rule]
    mark, coin = marks[rule.symbol], index[rule.coin]
    amount, _ = _with_fees(core, 0.0, records.IN_BOTH, ENTRY, nan, row, rule, mark, coin)
    return amount


@compiled
def fill_row(
    i: int, first: int, end: int, pool_wallet: float,
    rows: Records, rules: Records, rungs: Records, factors: Records, marks: Column, index: Column, out: Column,
) -> None:  # fmt: skip
    """Write what a position is worth, has earned and needs into a row of figures, before hedged legs are spared."""
    fill_need(i, first, end, pool_wallet, rows, rules, rungs, factors, marks, index, out)
    if not rules[rows[i].rule].nets:
        fill_open(i, first, end, pool_wallet, rows, rules, rungs, marks, index, out)


@compiled
def fill_open(
    i: int, first: int, end: int, pool_wallet: float,
    rows: Records, rules: Records, rungs: Records, marks: Column, index: Column, out: Column,
) -> None:  # fmt: skip
    """Write what it takes to open a position, by its own rule, into a row of figures that has all else."""
    row = rows[i]
    rule = rules[row.rule]
    mark, coin = marks[rule.symbol], index[rule.coin]
    opens, slack = core_open(i, first, end, -1, rows, rules, rungs, marks, index)
    wallet = _wallet_behind(row, rule, pool_wallet)
    opens, slack = _with_fees(opens, slack, records.IN_BOTH, rule.cost_at, wallet, row, rule, mark, coin)
    _, cut = kept(out[VALUE], rule)
    out[OPEN], out[OPEN_SLACK] = opens, slack + cut if rule.known else inf


@compiled
def _wallet_behind(row: Record, rule: Record, pool_wallet: float) -> float:
    """Return the wallet that a fee at bankruptcy is found from [settle]; NaN: it follows from the leverage."""
    if rule.bankruptcy == records.BY_WALLET:
        return row.stated
    return pool_wallet if rule.bankruptcy == records.BY_POOL else nan


@compiled
def fill_need(
    i: int, first: int, end: int, pool_wallet: float,
    rows: Records, rules: Records, rungs: Records, factors: Records, marks: Column, index: Column, out: Column,
) -> None:  # fmt: skip
    """Write all of a row of figures but what it takes to open, before hedged legs are spared."""
    if rules[rows[i].rule].nets:
        _fill_netted(i, rows, rules, marks, index, out)
    else:
        fill_alone(i, first, end, pool_wallet, rows, rules, rungs, factors, marks, index, out)


@compiled
def fill_alone(
    i: int, first: int, end: int, pool_wallet: float,
    rows: Records, rules: Records, rungs: Records, factors: Records, marks: Column, index: Column, out: Column,
) -> None:  # fmt: skip
    """Write all of a row of figures but what it takes to open, by the position's own rule, whether it nets or not."""
    row = rows[i]
    rule = rules[row.rule]
    mark, coin = marks[rule.symbol], index[rule.coin]
    sign = -float(row.sign) if rule.inverse else float(row.sign)
    value, at_entry = value_of(MARK, row, rule, mark, coin), value_of(ENTRY, row, rule, mark, coin)
    held, cut = kept(value, rule)
    need, slack = core_need(i, first, end, rows, rules, rungs, factors, marks, index)
    wallet, at = _wallet_behind(row, rule, pool_wallet), rule.cost_at
    need, slack = _with_fees(need, slack, records.IN_MAINTENANCE, at, wallet, row, rule, mark, coin)
    closing = 0.0
    if rule.cost != records.NO_COST and rule.counted == records.BESIDE:
        closing = closing_fee(at, wallet, row, rule, mark, coin)
        if rule.funded:
            closing += coming_funding(at, row, rule, mark, coin)
    geared = value / row.leverage if row.leverage < 1.0 else 0.0
    pnl = unrealized_pnl(sign, at_entry, held)
    out[VALUE], out[PNL] = value, pnl
    out[CLAIM] = pnl if not rule.paid else sign * value if rule.worth else 0.0
    out[NEED], out[CLOSING] = need, closing
    out[SLACK] = slack + cut if rule.known else inf
    out[SIZE] = value + at_entry + need + closing + geared + (0.0 if isnan(wallet) else magnitude(wallet))
    if rule.need_kind == records.OPTION:
        out[SIZE] += option_size(row, rule, rungs)


@compiled
def _fill_netted(i: int, rows: Records, rules: Records, marks: Column, index: Column, out: Column) -> None:
    """Write the figures of a position that needs nothing alone: its pool's model asks for it with others."""
    row = rows[i]
    rule = rules[row.rule]
    mark, coin = marks[rule.symbol], index[rule.coin]
    sign = -float(row.sign) if rule.inverse else float(row.sign)
    value, at_entry = value_of(MARK, row, rule, mark, coin), value_of(ENTRY, row, rule, mark, coin)
    held, cut = kept(value, rule)
    pnl = unrealized_pnl(sign, at_entry, held)
    out[VALUE], out[PNL], out[OPEN], out[NEED], out[CLOSING] = value, pnl, 0.0, 0.0, 0.0
    out[CLAIM] = pnl if not rule.paid else sign * value if rule.worth else 0.0
    out[SLACK], out[OPEN_SLACK], out[SIZE] = cut, cut, value + at_entry


@compiled
def spare_legs(first: int, end: int, rows: Records, rules: Records, index: Column, figures: Column) -> None:
    """Take off what hedged legs are spared: a symbol's smaller or matched leg, a coin's lighter side."""
    if end - first < 2:  # noqa: PLR2004 - one leg has no other
        return
    kind = rules[rows[first].rule].hedge
    for i in range(first, end):
        kind = max(kind, rules[rows[i].rule].hedge)
    if kind == records.SUM_LEGS:
        return
    whole = figures[:, OPEN].copy(), figures[:, NEED].copy()
    for i in range(first, end):
        rule = rules[rows[i].rule]
        if rule.hedge == records.LARGER_SIDE:
            _spare_lighter_side(i, first, end, rows, rules, index, figures, whole)
        elif rule.hedge != records.SUM_LEGS:
            _spare_leg(i, first, end, rows, rules, figures, whole)


@compiled
def _spare_leg(
    i: int, first: int, end: int, rows: Records, rules: Records, figures: Column, whole: tuple[Column, Column]
) -> None:
    rule, mine = rules[rows[i].rule], i - first
    other = -1
    for j in range(first, end):
        if other < 0 and j != i and rules[rows[j].rule].symbol == rule.symbol:
            other = j
    if other < 0:
        return
    theirs = other - first
    share = 1.0
    if rule.hedge == records.NET_ONLY:
        more = rows[i].contracts - rows[other].contracts
        share = more / rows[i].contracts if more > 0.0 else 0.0
    else:
        own, their = figures[mine, VALUE], figures[theirs, VALUE]
        if own < their or (rows[i].sign < 0 and not their < own):
            share = 0.0
        if own != their and magnitude(own - their) <= 64.0 * 2.0**-53 * own:
            figures[mine, SLACK] += magnitude(whole[1][mine] - whole[1][theirs])
            figures[mine, OPEN_SLACK] += magnitude(whole[0][mine] - whole[0][theirs])
    if rule.spares_open:
        figures[mine, OPEN] *= share
    if rule.spares_need:
        figures[mine, NEED] *= share


@compiled
def _spare_lighter_side(
    i: int, first: int, end: int, rows: Records, rules: Records, index: Column, figures: Column,
    whole: tuple[Column, Column],
) -> None:  # fmt: skip
    rule, mine = rules[rows[i].rule], i - first
    longs, shorts = [0.0, 0.0], [0.0, 0.0]
    both = False
    for j in range(first, end):
        other = rules[rows[j].rule]
        if other.coin != rule.coin:
            continue
        both |= rows[j].sign != rows[i].sign
        for k in range(2):
            amount = converted(whole[k][j - first], other.settle, rule.settle, index)
            if rows[j].sign > 0:
                longs[k] += amount
            else:
                shorts[k] += amount
    if not both:
        return
    for k in range(2):
        larger = -1 if longs[k] < shorts[k] else 1
        counts = rule.spares_open if k == 0 else rule.spares_need
        if counts and rows[i].sign != larger:
            figures[mine, OPEN + k] = 0.0
        if k == 0 and counts and isnan(longs[0] + shorts[0]):
            figures[mine, OPEN] = nan


@compiled
def locked_loss(i: int, first: int, end: int, rows: Records, rules: Records) -> float:
    """Return what is lost between the entries of a long leg and of the short one it is matched with [settle]."""
    rule = rules[rows[i].rule]
    if not rule.locks or rows[i].sign < 0:
        return 0.0
    for j in range(first, end):
        if rows[j].sign < 0 and rules[rows[j].rule].symbol == rule.symbol:
            matched = min(rows[i].contracts, rows[j].contracts)
            sign = -1.0 if rule.inverse else 1.0
            size = rows[i].contract_size
            bought = value_at(matched, size, rows[i].entry_price, rule.inverse)
            sold = value_at(matched, size, rows[j].entry_price, rule.inverse)
            return -min(unrealized_pnl(sign, bought, sold), 0.0)
    return 0.0
