"""A population made ready for kernels: rules lowered, pools, holdings and positions as records."""

from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch import records
from ringfence.batch.columns import CROSS, ISOLATED, Columns, Numbers
from ringfence.batch.compiled import compiled
from ringfence.batch.lower import Rules
from ringfence.batch.netting import Netting
from ringfence.batch.pool import put_up_at_entry
from ringfence.batch.records import Column, Records, Tables
from ringfence.batch.setting import Setting

if TYPE_CHECKING:
    from ringfence.batch.columns import Codes, Floats


@dataclass(frozen=True, slots=True)
class Ready:
    """A population made ready for kernels.

    assets   names, by code in the records
    index    asset -> index price [unit of account]
    netting  the portfolio models in which positions net; None: none do
    """

    columns: Columns
    assets: tuple[str, ...]
    tables: Tables
    pools: Records
    holdings: Records
    rows: Records
    index: "Floats"
    netting: Netting | None = None


def rules_for(columns: Columns, setting: Setting) -> Rules:
    """Return the rules of a setting for positions in the symbols of a population, none of them lowered yet."""
    names = [*columns.assets, *(setting.instruments[s].underlying for s in columns.symbols)]
    assets = tuple(dict.fromkeys([*names, setting.rules.account_mode.unit]))
    return Rules(columns.symbols, assets, setting)


def ready(columns: Columns, setting: Setting) -> Ready:
    """Return a population made ready for kernels under a setting."""
    rules = rules_for(columns, setting)
    pools, holdings, rows = records_of(columns, setting, rules)
    index = np.ascontiguousarray(rules.tables.assets["index"])
    models = setting.rules.offset_models(setting.rules.account_mode.id)
    netting = Netting(setting, columns) if models else None
    return Ready(columns, rules.assets, rules.tables, pools, holdings, rows, index, netting)


def records_of(columns: Columns, setting: Setting, rules: Rules) -> tuple[Records, Records, Records]:
    """Return pools, what they hold (of an isolated one its wallet) and their positions as records.

    Args:
        columns: a population, or some pools that have come to it.
        setting: what they stand in.
        rules: those that others stand under; what is new is added.

    """
    mode, rule = setting.rules.account_mode, rules.of(columns)
    rows = _rows(columns, rule, rules.tables)
    pools = np.zeros(len(columns), records.POOL)
    pools["first"], pools["end"] = columns.first_position[:-1], columns.first_position[1:]
    account, alone = rules.assets.index(mode.unit), columns.pool_kind == ISOLATED
    pools["account"], pools["unit"] = account, np.where(columns.pool_unit < 0, account, columns.pool_unit)
    pools["unit"][alone] = rules.tables.rules["settle"][rule[pools["first"][alone]]]
    pools["shared"] = columns.pool_kind == CROSS
    pools["cut"] = mode.ratios & ~alone
    return pools, _holdings(columns, pools, rows), rows


def _rows(columns: Columns, rule: "Codes", tables: Tables) -> Records:
    """Return positions as records, with what stands on isolated ones."""
    held = columns.positions
    rows = np.zeros(len(held), records.ROW)
    rows["rule"], rows["sign"] = rule, held.sign
    for name in ("contracts", "contract_size", "entry_price", "leverage", "cost", "opening_fee"):
        rows[name] = _stated(getattr(held, name))
    rows["funding_reserve"], rows["own_rate"] = _stated(held.funding_reserve), _stated(held.maintenance_rate)
    rows["deduction"] = _stated(held.deduction)
    rows["wallet"], rows["stated"] = nan, _stated(held.collateral)
    alone = np.repeat(columns.pool_kind == ISOLATED, np.diff(columns.first_position))
    extra = np.broadcast_to(_stated(held.extra_collateral), len(held))
    index = np.ascontiguousarray(tables.assets["index"])
    _fill_wallets(alone, np.nan_to_num(extra), rows, tables.rules, tables.rungs, tables.marks, index)
    return rows


def _stated(column: Numbers | None) -> "Floats":
    return np.full(1, nan) if column is None else column.values


@compiled
def _fill_wallets(
    alone: Column, extra: Column, rows: Records, rules: Records, rungs: Records, marks: Column, index: Column
) -> None:
    """Write what stands on isolated positions: what is stated, or the initial requirement at entry, and extras."""
    for i in range(len(rows)):
        own = rows[i].stated
        rows[i].stated = nan
        if not alone[i]:
            continue
        if isnan(own):
            rows[i].wallet = put_up_at_entry(i, rows, rules, rungs, marks, index) + extra[i]
            if extra[i] != 0.0:
                rows[i].stated = rows[i].wallet
        else:
            rows[i].wallet = rows[i].stated = own + extra[i]


def _holdings(columns: Columns, pools: Records, rows: Records) -> Records:
    """Return what every pool holds, of an isolated one its wallet; and say in the pools whose is which."""
    alone = columns.pool_kind == ISOLATED
    counts = np.where(alone, 1, np.diff(columns.first_holding))
    first = np.concatenate(([0], np.cumsum(counts)))
    pools["first_holding"], pools["end_holding"] = first[:-1], first[1:]
    holdings = np.zeros(first[-1], records.HOLDING)
    own = first[:-1][alone]
    holdings["asset"][own] = pools["unit"][alone]
    holdings["amount"][own] = rows["wallet"][columns.first_position[:-1][alone]]
    rest = np.ones(len(holdings), np.bool_)
    rest[own] = False
    holdings["asset"][rest], holdings["amount"][rest] = columns.holdings.asset, columns.holdings.amount.values
    return holdings
