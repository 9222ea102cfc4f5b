"""Every pool of a population: equity against need, how sure that is, and how each stands."""

from collections.abc import Callable
from math import inf, isnan, nan
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.columns import Columns
from ringfence.batch.compiled import compiled
from ringfence.batch.figures import (
    BANKRUPT,
    BELOW_INITIAL,
    BOUND,
    BUFFER,
    CLOSING,
    COLLATERAL,
    COST,
    EQUITY,
    FIGURES,
    HEALTHY,
    INITIAL,
    LIQUIDATABLE,
    MAINTENANCE,
    NEED,
    OPEN,
    OPEN_BOUND,
    OPEN_SLACK,
    SIZE,
    SLACK,
    UNREALIZED,
    WORDS,
    Judged,
)
from ringfence.batch.holdings import debts, equity_parts
from ringfence.batch.netting import Netted
from ringfence.batch.pool import converted, fill_row, spare_legs
from ringfence.batch.ready import Ready
from ringfence.batch.records import Column, Record, Records
from ringfence.batch.row import A_RUNG
from ringfence.batch.threads import share
from ringfence.core.number import magnitude

if TYPE_CHECKING:
    from ringfence.batch.columns import Bytes, Floats, Places, Rows
    from ringfence.batch.figures import Flags

ROUNDING: Final = 2.0**-53
"""The most by which one operation on float64 is off, relative to its result."""
ON_THE_WAY: Final = 48.0
"""Roundings on the longest way from what a book states to a pool's buffer, beside those counted below: reading the
inputs (9), a value (2), P&L (2), the rate of a rule (8), a charge (3), fees (6), the share of a leg (3), a conversion
(3), bands of a ratio (4), sums over kinds (8)."""
_CHUNK: Final = 16_384
"""Pools that a thread takes at once."""


@compiled
def judge_pools(
    start: int, stop: int, listed: Column, made: Records, holdings: Records, rows: Records, rules: Records,
    rungs: Records, factors: Records, assets: Records, bands: Records, marks: Column, index: Column,
    pools: Column, positions: Column,
) -> None:  # fmt: skip
    """Judge the pools that are listed from ``start`` to before ``stop``, into their rows of both tables of figures."""
    for place in range(start, stop):
        number = listed[place]
        pool = made[number]
        judge_pool(
            pool, holdings, rows, rules, rungs, factors, assets, bands, marks, index,
            positions[pool.first : pool.end], pools[number],
        )  # fmt: skip


@compiled
def judge_pool(
    pool: Record, holdings: Records, rows: Records, rules: Records, rungs: Records, factors: Records,
    assets: Records, bands: Records, marks: Column, index: Column, figures: Column, out: Column,
) -> None:  # fmt: skip
    """Judge one pool: its positions into ``figures``, itself into ``out``."""
    first, end = pool.first, pool.end
    wallet = _wallet(pool, holdings, rows, rules)
    for i in range(first, end):
        fill_row(i, first, end, wallet, rows, rules, rungs, factors, marks, index, figures[i - first])
    size, most = _sizes(pool, rows, rules, index, figures)
    spare_legs(first, end, rows, rules, index, figures)
    initial, maintenance, closing, slack, open_slack = _sums(pool, rows, rules, index, figures)
    collateral, unrealized, equity, held = equity_parts(
        pool, holdings, rows, rules, assets, bands, index, figures
    )
    opens, need, repaying, jump = debts(pool, holdings, rows, rules, assets, index, figures)
    initial, maintenance, closing = initial + opens, maintenance + need, closing + repaying
    times = rules[rows[first].rule].times if end > first else 1.0
    size += held + magnitude(maintenance) + closing
    roundings = ON_THE_WAY + A_RUNG * most + (end - first) + (pool.end_holding - pool.first_holding)
    off = ROUNDING * roundings * size
    out[COLLATERAL], out[UNREALIZED], out[EQUITY] = collateral, unrealized, equity
    out[INITIAL], out[MAINTENANCE], out[COST] = initial, maintenance, closing
    out[BUFFER] = equity - (maintenance + closing) * times
    out[BOUND] = (off + slack + jump) * (times if times > 1.0 else 1.0)
    out[OPEN_BOUND] = off + open_slack + jump
    if isnan(equity + maintenance + closing):
        out[BOUND] = out[OPEN_BOUND] = inf


@compiled
def _wallet(pool: Record, holdings: Records, rows: Records, rules: Records) -> float:
    """Return the wallet behind the only position of a shared pool [settle]; NaN: there is none."""
    wallet = nan
    if pool.shared and pool.end - pool.first == 1:
        for k in range(pool.first_holding, pool.end_holding):
            if holdings[k].asset == rules[rows[pool.first].rule].settle:
                wallet = holdings[k].amount
    return wallet


@compiled
def _sizes(pool: Record, rows: Records, rules: Records, index: Column, figures: Column) -> tuple[float, int]:
    """Return the sum of magnitudes in a pool's positions [unit], and how many tiers a table of theirs has at most."""
    size, most = 0.0, 0
    for i in range(pool.first, pool.end):
        rule = rules[rows[i].rule]
        opens = figures[i - pool.first, OPEN]
        whole = figures[i - pool.first, SIZE] + (0.0 if isnan(opens) else opens)
        size += converted(whole, rule.settle, pool.unit, index)
        most = rule.rungs if rule.rungs > most else most
    return size, most


@compiled
def _sums(
    pool: Record, rows: Records, rules: Records, index: Column, figures: Column
) -> tuple[float, float, float, float, float]:
    """Return what a pool's positions need together, and the slack of that, in its unit."""
    initial, maintenance, closing, slack, open_slack = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(pool.first, pool.end):
        settle, row = rules[rows[i].rule].settle, i - pool.first
        initial += converted(figures[row, OPEN], settle, pool.unit, index)
        maintenance += converted(figures[row, NEED], settle, pool.unit, index)
        closing += converted(figures[row, CLOSING], settle, pool.unit, index)
        if figures[row, SLACK] > 0.0:
            slack += converted(figures[row, SLACK], settle, pool.unit, index)
        if figures[row, OPEN_SLACK] > 0.0:
            open_slack += converted(figures[row, OPEN_SLACK], settle, pool.unit, index)
    return initial, maintenance, closing, slack, open_slack


def judge_all(made: Ready, *, threads: int | None = None) -> Judged:
    """Judge every pool of a population at the prices it is ready for. The number of threads makes no difference.

    Args:
        made: the population, ready.
        threads: how many share the work; None: as many as there are processors.

    """
    pools, positions = np.empty((len(made.pools), len(WORDS))), np.empty((len(made.rows), FIGURES))
    _judge_into(pools, positions, made, np.arange(len(pools)), threads)
    if made.netting is not None:
        _add_netted(made, made.netting.netted(made.columns), pools)
    status, sure = statuses(made, pools)
    return Judged(pools, positions, status, sure)


def _judge_into(
    pools: "Floats", positions: "Floats", made: Ready, listed: "Places", threads: int | None
) -> None:
    """Judge listed pools into their rows of both tables of figures, but for what they need together."""
    tables = made.tables

    def judge(start: int) -> None:
        judge_pools(
            start, min(start + _CHUNK, len(listed)), listed, made.pools, made.holdings, made.rows, tables.rules,
            tables.rungs, tables.factors, tables.assets, tables.bands, tables.marks, made.index, pools, positions,
        )  # fmt: skip

    share(judge, range(0, len(listed), _CHUNK), threads)


def judge_some(
    made: Ready,
    listed: "Rows",
    judged: Judged,
    held: Callable[["Rows"], Columns],
    *,
    threads: int | None = None,
) -> None:
    """Judge some pools of a population anew, into what was judged before, at the prices the population is ready for.

    Args:
        made: the population, ready.
        listed: the pools.
        judged: of the whole population; the rows of these pools are written.
        held: gives the columns of these pools alone; asked where positions net.
        threads: how many share the work; None: as many as there are processors.

    """
    _judge_into(judged.pools, judged.positions, made, listed, threads)
    figures = judged.pools[listed]
    if made.netting is not None:
        _add_netted(made, made.netting.netted(held(listed)), figures, listed)
        judged.pools[listed] = figures
    judged.status[listed], judged.sure[listed] = statuses(made, figures, listed)


def _add_netted(made: Ready, together: Netted, pools: "Floats", listed: "Places | None" = None) -> None:
    """Add what positions that net need together; a pool whose model the fast engine does not take is left unsure."""
    asked = made.pools if listed is None else made.pools[listed]
    filled = asked["end"] > asked["first"]
    times = np.ones(len(pools))
    times[filled] = made.tables.rules["times"][made.rows["rule"][asked["first"][filled]]]
    pools[:, INITIAL] += together.initial
    pools[:, MAINTENANCE] += together.maintenance
    pools[:, BUFFER] = pools[:, EQUITY] - (pools[:, MAINTENANCE] + pools[:, COST]) * times
    more = together.bound + 4 * ROUNDING * np.abs(together.maintenance) * times
    pools[:, BOUND] += more * np.maximum(times, 1.0)
    pools[:, OPEN_BOUND] += more
    pools[~together.covered, BOUND:] = inf


def statuses(made: Ready, pools: "Floats", listed: "Places | None" = None) -> "tuple[Bytes, Flags]":
    """Return how every pool stands, or those that are listed, and whether that is sure whatever rounding did."""
    asked = made.pools if listed is None else made.pools[listed]
    filled = asked["end"] > asked["first"]
    at_zero = ~filled
    at_zero[filled] = made.tables.rules["at_zero"][made.rows["rule"][asked["first"][filled]]]
    equity, buffer, initial = pools[:, EQUITY], pools[:, BUFFER], pools[:, INITIAL]
    bound, open_bound = pools[:, BOUND], pools[:, OPEN_BOUND]
    needs = pools[:, MAINTENANCE] + pools[:, COST] > 0.0
    dead = filled & ((buffer < 0.0) | ((buffer == 0.0) & needs & at_zero))
    short = ~np.isnan(initial) & (equity < initial) & (filled | (initial > 0.0))
    status = np.where(short, BELOW_INITIAL, HEALTHY)
    status = np.where(dead, LIQUIDATABLE, status)
    status = np.where(filled & (equity < 0.0), BANKRUPT, status).astype(np.int8)
    near = (np.abs(buffer) <= bound) | (np.abs(equity) <= bound)
    near_initial = ~np.isnan(initial) & (np.abs(equity - initial) <= open_bound)
    unsure = filled & near
    unsure |= np.isinf(bound)
    unsure |= near_initial & (status <= BELOW_INITIAL) & (filled | (initial > 0.0))
    return status, ~unsure
