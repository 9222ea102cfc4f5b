"""Positions as records that kernels read, with what stands on isolated ones."""

from math import isnan, nan
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch import records
from ringfence.batch.columns import ISOLATED, Columns, Numbers
from ringfence.batch.compiled import compiled
from ringfence.batch.lower import Rules
from ringfence.batch.pool import put_up_at_entry
from ringfence.batch.records import Column, Records, Tables
from ringfence.batch.setting import Setting

if TYPE_CHECKING:
    from ringfence.batch.columns import Codes, Floats


def rules_for(columns: Columns, setting: Setting) -> Rules:
    """Return the rules of a setting for positions in the symbols of a population, none of them lowered yet."""
    names = [*columns.assets, *(setting.instruments[s].underlying for s in columns.symbols)]
    assets = tuple(dict.fromkeys([*names, setting.rules.account_mode.unit]))
    return Rules(columns.symbols, assets, setting)


def rows_of(columns: Columns, rule: "Codes", tables: Tables) -> Records:
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
    fill_wallets(alone, np.nan_to_num(extra), rows, tables.rules, tables.rungs, tables.marks, index)
    return rows


def _stated(column: Numbers | None) -> "Floats":
    return np.full(1, nan) if column is None else column.values


@compiled
def fill_wallets(
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
