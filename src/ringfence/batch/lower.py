"""A venue's rules, as far as the positions of a population need them, turned into the numbers that kernels read."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch import records
from ringfence.batch.assets import lower_assets
from ringfence.batch.columns import ISOLATED, NOT_OPENED, Columns
from ringfence.batch.lower_charges import Making, lower_ladder, lower_need, lower_open
from ringfence.batch.setting import Setting
from ringfence.core.number import EXACT
from ringfence.venue import Facts, kinds
from ringfence.venue.instruments import facts_of

if TYPE_CHECKING:
    from ringfence.batch.columns import Codes, Rows


@dataclass(frozen=True, slots=True)
class Lowered:
    """A population's rules as numbers.

    tables   what kernels look up
    rule     position -> its row in ``tables.rules``
    """

    tables: records.Tables
    rule: "Codes"


@dataclass(frozen=True, slots=True)
class _Key:
    """What decides which rules a position stands under."""

    symbol: int
    isolated: bool
    opened: datetime | None
    leverage: Decimal | None


def lower(columns: Columns, setting: Setting, assets: tuple[str, ...]) -> Lowered:
    """Return the rules that a population's positions stand under, as numbers.

    What the numbers cannot say is marked as not known: a pool that holds such a position is the exact engine's.
    """
    with localcontext(EXACT):
        keys, rule = _keys(columns, setting)
        codes = {asset: number for number, asset in enumerate(assets)}
        making = Making(setting)
        rules = np.zeros(len(keys), records.RULE)
        for row, key in zip(rules, keys, strict=True):
            _fill(row, key, columns, codes, making)
        records_of_assets, bands = lower_assets(assets, setting)
    marks = [setting.market.marks.get(symbol) for symbol in columns.symbols]
    return Lowered(
        records.Tables(
            rules=rules,
            rungs=np.array(making.rungs or [(0.0,) * 4], records.RUNG),
            factors=np.array(making.factors or [(0.0,) * 2], records.FACTOR_ROW),
            assets=records_of_assets,
            bands=bands,
            marks=np.array([nan if mark is None else float(mark) for mark in marks] or [nan]),
        ),
        rule,
    )


def _keys(columns: Columns, setting: Setting) -> tuple[list[_Key], "Codes"]:
    """Return the distinct keys of a population, and each position's place among them."""
    held = columns.positions
    counts = np.diff(columns.first_position)
    isolated = np.repeat(columns.pool_kind == ISOLATED, counts)
    eras, starts = _eras(held.opened, len(held), setting)
    leverages, chosen = _leverages(columns, setting)
    mixed = ((held.symbol.astype(np.int64) * 2 + isolated) * (len(starts) + 2) + eras) * len(
        leverages
    ) + chosen
    distinct, first, rule = np.unique(mixed, return_index=True, return_inverse=True)
    keys = []
    for row in first:
        era = int(eras[row])
        opened = (
            None if era == len(starts) + 1 else starts[era - 1] if era else datetime.min.replace(tzinfo=UTC)
        )
        keys.append(_Key(int(held.symbol[row]), bool(isolated[row]), opened, leverages[chosen[row]]))
    assert len(keys) == len(distinct)  # noqa: S101 - numpy gives one first row a value
    return keys, rule.astype(np.int32)


def _eras(opened: "Rows | None", count: int, setting: Setting) -> tuple["Rows", list[datetime]]:
    """Return between which days, on which some rule begins to hold for new positions, each was opened."""
    rules = setting.rules
    starts = sorted({e.since for rows in rules.lists.values() for e in rows if e.opened_since})
    if opened is None:
        return np.full(count, len(starts) + 1, np.int64), starts
    bounds = [int(start.timestamp()) for start in starts]
    eras = np.searchsorted(np.array(bounds, np.int64), opened, side="right").astype(np.int64)
    return np.where(opened == NOT_OPENED, len(starts) + 1, eras), starts


def _leverages(columns: Columns, setting: Setting) -> tuple[list[Decimal | None], "Rows"]:
    """Return the leverages of a population where some rule has a table by leverage, and each position's among them."""
    held = columns.positions
    by_leverage = any(
        isinstance(e, kinds.FactorOnInitial) and e.factors for e in setting.rules.lists["requirement"]
    )
    if not by_leverage or held.leverage is None:
        return [None], np.zeros(len(held), np.int64)
    _, first, chosen = np.unique(held.leverage.values, return_index=True, return_inverse=True)
    return [held.leverage.exact(int(row)) for row in first], chosen.astype(np.int64)


def _fill(row: np.void, key: _Key, columns: Columns, codes: dict[str, int], making: Making) -> None:
    setting, rules = making.setting, making.setting.rules
    contract = setting.instruments[columns.symbols[key.symbol]]
    facts = facts_of(contract, "isolated" if key.isolated else "cross", key.opened)
    row["symbol"], row["settle"] = key.symbol, codes[contract.settle]
    row["coin"] = codes.get(contract.underlying, -1)
    row["inverse"], row["paid"] = contract.payoff == "inverse", contract.is_paid_for
    ladder = rules.ladder(facts)
    nets = rules.offset(facts) is not None
    row["known"] = True
    if nets:
        row["need_kind"] = row["open_kind"] = records.NETTED
    else:
        lower_ladder(row, ladder, contract, facts, making)
        if not lower_need(row, ladder, key.leverage, facts, making):
            row["need_kind"] = records.UNKNOWN
        lower_open(row, ladder, facts, making)
    _fill_cost(row, facts, setting)
    _fill_rounding(row, facts, setting)
    _fill_pool(row, facts, setting)


def _fill_cost(row: np.void, facts: Facts, setting: Setting) -> None:
    cost = setting.rules.closing_cost(facts)
    if cost is None:
        return
    kinds_of_cost = {
        "taker": records.ON_VALUE, "liquidation_fee": records.ON_VALUE,
        "taker_at_bankruptcy": records.AT_BANKRUPTCY, "held_back": records.HELD_BACK,
    }  # fmt: skip
    row["cost"] = records.STATED if cost.basis == "stated" else kinds_of_cost[cost.kind]
    row["cost_at"], row["counted"] = records.BASES[cost.price], records.COUNTED[cost.counted]
    row["bankruptcy"] = {"wallet": records.BY_WALLET, "pool": records.BY_POOL}.get(
        cost.basis, records.BY_LEVERAGE
    )
    row["fees"], row["dearer"] = cost.fees, cost.side == "dearer"
    known = setting.rules.fee("liquidation" if cost.kind == "liquidation_fee" else "taker", facts)
    row["fee"] = float(known[0]) if known is not None else 0.0
    row["funded"] = cost.kind == "held_back" or cost.funding
    row["funding"] = float(setting.market.feeds.get("funding_rate", {}).get(facts.symbol, Decimal(0)))


def _fill_rounding(row: np.void, facts: Facts, setting: Setting) -> None:
    rounding = setting.rules.rounding(facts)
    if rounding is not None:
        row["quantum"] = float(rounding.quantum)
        row["cuts"], row["ups"] = rounding.value == "to_zero", rounding.requirement == "up"


def _fill_pool(row: np.void, facts: Facts, setting: Setting) -> None:
    """Fill what the rules of a position say about its pool: hedged legs, which P&L counts, when it dies."""
    hedge = setting.rules.hedge(facts)
    if hedge is not None:
        row["hedge"] = {
            "sum_legs": records.SUM_LEGS, "larger_leg": records.LARGER_LEG_ONLY, "net": records.NET_ONLY,
            "net_locked": records.NET_ONLY, "larger_side": records.LARGER_SIDE,
        }[hedge.kind]  # fmt: skip
        row["locks"] = hedge.kind == "net_locked"
        row["spares_open"], row["spares_need"] = "initial" in hedge.measures, "maintenance" in hedge.measures
    counted = setting.rules.equity(facts)
    row["worth"] = (
        counted is None or (counted.options if facts.payoff == "option" else counted.spot) == "worth"
    )
    row["counts"] = records.ALL_PNL if counted is None else records.COUNTS[counted.unrealized]
    trigger = setting.rules.trigger(facts)
    row["times"], row["at_zero"] = float(trigger.times), trigger.compare == "at_or_below"
