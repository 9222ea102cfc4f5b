"""Every pool of a population: equity against need, how sure that is, and how each stands."""

from dataclasses import dataclass
from math import inf, isnan, nan
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.columns import CROSS, ISOLATED, Columns, Numbers
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
from ringfence.batch.holdings import Purse, debts, equity_parts
from ringfence.batch.lower import Lowered, lower
from ringfence.batch.pool import converted, fill_row, put_up_at_entry, spare_legs
from ringfence.batch.records import Column, Tables
from ringfence.batch.row import Rows
from ringfence.batch.setting import Setting
from ringfence.batch.threads import share
from ringfence.core.number import magnitude

if TYPE_CHECKING:
    from ringfence.batch.columns import Bytes, Codes, Floats
    from ringfence.batch.columns import Rows as Places

ROUNDING: Final = 2.0**-53
"""The most by which one operation on float64 is off, relative to its result."""
ON_THE_WAY: Final = 48.0
"""Roundings on the longest way from what a book states to a pool's buffer, beside those counted below: reading the
inputs (9), a value (2), P&L (2), the rate of a rule (8), a charge (3), fees (6), the share of a leg (3), a conversion
(3), bands of a ratio (4), sums over kinds (8)."""
A_RUNG: Final = 4.0
"""Roundings that each further tier adds: its rise, the excess, their product, the sum."""
_CHUNK: Final = 16_384
"""Pools that a thread takes at once."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A population made ready for kernels: its rules lowered, its columns as arrays.

    account   the code of the unit of account
    whole     whether shared pools are the units of a portfolio model, whatever they hold
    """

    columns: Columns
    lowered: Lowered
    rows: Rows
    units: "Codes"
    account: int
    ratios: bool
    index: "Floats"
    whole: bool = False


@compiled
def judge_pools(
    start: int, stop: int, first_position: Column, first_holding: Column, kind: Column, units: Column,
    account: int, ratios: bool, assets: Column, amounts: Column,  # noqa: FBT001
    rows: Rows, tables: Tables, marks: Column, index: Column, pools: Column, positions: Column,
) -> None:  # fmt: skip
    """Judge the pools from ``start`` to before ``stop`` into their rows of ``pools`` and ``positions``."""
    for pool in range(start, stop):
        first, end = first_position[pool], first_position[pool + 1]
        purse = Purse(
            kind[pool] == CROSS, ratios and kind[pool] != ISOLATED, units[pool], account,
            first_holding[pool], first_holding[pool + 1], assets, amounts,
        )  # fmt: skip
        judge_pool(first, end, purse, rows, tables, marks, index, positions[first:end], pools[pool])


@compiled
def judge_pool(
    first: int, end: int, purse: Purse, rows: Rows, tables: Tables, marks: Column, index: Column,
    figures: Column, out: Column,
) -> None:  # fmt: skip
    """Judge one pool: its positions into ``figures``, itself into ``out``."""
    wallet = nan
    if purse.cross and end - first == 1:
        for k in range(purse.first, purse.end):
            if purse.assets[k] == tables.rules[rows.rule[first]].settle:
                wallet = purse.amounts[k]
    for i in range(first, end):
        fill_row(i, first, end, wallet, rows, tables, marks, index, figures[i - first])
    size, slack, open_slack, rungs = 0.0, 0.0, 0.0, 0
    for i in range(first, end):
        rule = tables.rules[rows.rule[i]]
        opens = 0.0 if isnan(figures[i - first, OPEN]) else figures[i - first, OPEN]
        size += converted(figures[i - first, SIZE] + opens, rule.settle, purse.unit, index)
        rungs = rule.rungs if rule.rungs > rungs else rungs
    spare_legs(first, end, rows, tables.rules, index, figures)
    initial, maintenance, closing = 0.0, 0.0, 0.0
    for i in range(first, end):
        settle = tables.rules[rows.rule[i]].settle
        initial += converted(figures[i - first, OPEN], settle, purse.unit, index)
        maintenance += converted(figures[i - first, NEED], settle, purse.unit, index)
        closing += converted(figures[i - first, CLOSING], settle, purse.unit, index)
        if figures[i - first, SLACK] > 0.0:
            slack += converted(figures[i - first, SLACK], settle, purse.unit, index)
        if figures[i - first, OPEN_SLACK] > 0.0:
            open_slack += converted(figures[i - first, OPEN_SLACK], settle, purse.unit, index)
    collateral, unrealized, equity, held = equity_parts(first, end, purse, rows, tables, index, figures)
    opens, need, repaying, jump = debts(first, end, purse, rows, tables, index, figures)
    initial, maintenance, closing = initial + opens, maintenance + need, closing + repaying
    times = tables.rules[rows.rule[first]].times if end > first else 1.0
    size += held + magnitude(maintenance) + closing
    roundings = ON_THE_WAY + A_RUNG * rungs + (end - first) + (purse.end - purse.first)
    off = ROUNDING * roundings * size
    out[COLLATERAL], out[UNREALIZED], out[EQUITY] = collateral, unrealized, equity
    out[INITIAL], out[MAINTENANCE], out[COST] = initial, maintenance, closing
    out[BUFFER] = equity - (maintenance + closing) * times
    out[BOUND] = (off + slack + jump) * (times if times > 1.0 else 1.0)
    out[OPEN_BOUND] = off + open_slack + jump
    if isnan(equity + maintenance + closing):
        out[BOUND] = out[OPEN_BOUND] = inf


def _stated(column: Numbers | None) -> "Floats":
    return np.full(1, nan) if column is None else column.values


def ready(columns: Columns, setting: Setting) -> Ready:
    """Return a population made ready for kernels under a setting."""
    mode = setting.rules.account_mode
    names = [*columns.assets, *(setting.instruments[s].underlying for s in columns.symbols), mode.unit]
    assets = tuple(dict.fromkeys(names))
    lowered = lower(columns, setting, assets)
    held = columns.positions
    index = np.ascontiguousarray(lowered.tables.assets["index"])
    rows = Rows(
        rule=lowered.rule,
        sign=held.sign,
        contracts=held.contracts.values,
        contract_size=held.contract_size.values,
        entry_price=held.entry_price.values,
        leverage=_stated(held.leverage),
        wallet=np.full(len(held), nan),
        stated=np.full(len(held), nan),
        cost=_stated(held.cost),
        opening_fee=_stated(held.opening_fee),
        funding_reserve=_stated(held.funding_reserve),
        own_rate=_stated(held.maintenance_rate),
        deduction=_stated(held.deduction),
    )
    _fill_wallets(
        _alone(columns), _stated(held.collateral), _stated(held.extra_collateral), rows, lowered.tables,
        lowered.tables.marks, index,
    )  # fmt: skip
    account = assets.index(mode.unit)
    units = np.where(columns.pool_unit < 0, account, columns.pool_unit).astype(np.int32)
    alone = columns.pool_kind == ISOLATED
    units[alone] = lowered.tables.rules["settle"][lowered.rule[columns.first_position[:-1][alone]]]
    whole = setting.rules.pool_model() is not None
    return Ready(columns, lowered, rows, units, account, mode.ratios, index, whole)


def _alone(columns: Columns) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return which positions stand in isolated pools."""
    return np.repeat(columns.pool_kind == ISOLATED, np.diff(columns.first_position))


@compiled
def _fill_wallets(
    alone: Column, collateral: Column, extra: Column, rows: Rows, tables: Tables, marks: Column, index: Column
) -> None:
    """Write what stands on isolated positions: what is stated, or the initial requirement at entry, and extras."""
    for i in range(len(rows.rule)):
        if not alone[i]:
            continue
        own = collateral[i] if len(collateral) > 1 else collateral[0]
        more = extra[i] if len(extra) > 1 else extra[0]
        more = 0.0 if isnan(more) else more
        if isnan(own):
            rows.wallet[i] = put_up_at_entry(i, rows, tables, marks, index) + more
            rows.stated[i] = rows.wallet[i] if more != 0.0 else nan
        else:
            rows.wallet[i] = rows.stated[i] = own + more


def judge_all(
    made: Ready, marks: "Floats | None" = None, index: "Floats | None" = None, *, threads: int | None = None
) -> Judged:
    """Judge every pool of a population. The figures do not depend on the number of threads.

    Args:
        made: the population, ready.
        marks: other mark prices, by symbol [quote]; None: the setting's.
        index: other index prices, by asset of the lowered tables [unit of account].
        threads: how many share the work; None: as many as there are processors.

    """
    columns, tables = made.columns, made.lowered.tables
    marks = tables.marks if marks is None else marks
    index = made.index if index is None else index
    pools, positions = np.empty((len(columns), len(WORDS))), np.empty((len(columns.positions), FIGURES))
    assets, amounts, first_holding = _purses(made)

    def judge(start: int) -> None:
        judge_pools(
            start, min(start + _CHUNK, len(columns)), columns.first_position, first_holding, columns.pool_kind,
            made.units, made.account, made.ratios, assets, amounts, made.rows, tables, marks, index, pools,
            positions,
        )  # fmt: skip

    share(judge, range(0, len(columns), _CHUNK), threads)
    if made.whole:
        pools[columns.pool_kind == CROSS, BOUND:] = inf
    status, sure = statuses(made, pools)
    return Judged(pools, positions, status, sure)


def _purses(made: Ready) -> "tuple[Codes, Floats, Places]":
    """Return what every pool holds, shared ones their holdings and isolated ones their wallet, and whose is which."""
    columns = made.columns
    alone = columns.pool_kind == ISOLATED
    counts = np.where(alone, 1, np.diff(columns.first_holding))
    first = np.concatenate(([0], np.cumsum(counts)))
    assets, amounts = np.empty(first[-1], np.int32), np.empty(first[-1])
    own = first[:-1][alone]
    wallets = columns.first_position[:-1][alone]
    assets[own], amounts[own] = made.units[alone], made.rows.wallet[wallets]
    rest = np.ones(first[-1], np.bool_)
    rest[own] = False
    assets[rest], amounts[rest] = columns.holdings.asset, columns.holdings.amount.values
    return assets, amounts, first


def statuses(made: Ready, pools: "Floats") -> "tuple[Bytes, np.ndarray[tuple[int], np.dtype[np.bool_]]]":
    """Return how every pool stands, and whether that is sure whatever rounding did."""
    columns = made.columns
    filled = np.diff(columns.first_position) > 0
    first = np.minimum(columns.first_position[:-1], max(len(columns.positions) - 1, 0))
    at_zero = ~filled
    if len(columns.positions):
        at_zero |= made.lowered.tables.rules["at_zero"][made.lowered.rule[first]]
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
