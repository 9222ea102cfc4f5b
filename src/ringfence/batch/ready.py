"""A population made ready for kernels: rules lowered, pools, holdings and positions as records."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch import records
from ringfence.batch.columns import CROSS, ISOLATED, Columns
from ringfence.batch.lower import Rules
from ringfence.batch.netting import Netting
from ringfence.batch.records import Records, Tables
from ringfence.batch.rows import rows_of, rules_for
from ringfence.batch.setting import Setting

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats


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
    rows = rows_of(columns, rule, rules.tables)
    pools = np.zeros(len(columns), records.POOL)
    pools["first"], pools["end"] = columns.first_position[:-1], columns.first_position[1:]
    account, alone = rules.assets.index(mode.unit), columns.pool_kind == ISOLATED
    pools["account"], pools["unit"] = account, np.where(columns.pool_unit < 0, account, columns.pool_unit)
    pools["unit"][alone] = rules.tables.rules["settle"][rule[pools["first"][alone]]]
    pools["shared"] = columns.pool_kind == CROSS
    pools["cut"] = mode.ratios & ~alone
    return pools, _holdings(columns, pools, rows), rows


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
