"""A venue's rules, as far as the positions of a population need them, turned into the numbers that kernels read."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch import records
from ringfence.batch.assets import lower_assets
from ringfence.batch.columns import ISOLATED, Columns
from ringfence.batch.eras import eras_of, opened_in, starts_of
from ringfence.batch.lower_charges import Making, lower_ladder, lower_need, lower_open
from ringfence.batch.setting import Setting
from ringfence.book import Instrument
from ringfence.core.errors import RulePackError
from ringfence.core.number import EXACT
from ringfence.venue import Facts, Ladder, kinds
from ringfence.venue.instruments import facts_of
from ringfence.venue.offsets import MaxLossCharge, OffsetRule, Scenarios

if TYPE_CHECKING:
    from ringfence.batch.columns import Codes, Rows


@dataclass(frozen=True, slots=True)
class _Key:
    """What decides which rules a position stands under."""

    symbol: int
    isolated: bool
    opened: datetime | None
    leverage: Decimal | None


def asks_alone(model: OffsetRule) -> bool:
    """Return whether a model asks what every position would need by its own rule."""
    return isinstance(model, Scenarios) and any(isinstance(c, MaxLossCharge) for c in model.charges)


class Rules:
    """The rules that the positions of a population stand under, as numbers: each once, in the order in which they came.

    What the numbers cannot say is marked as not known: a pool that holds such a position is the exact engine's.

    assets   names, by code in the records
    tables   what kernels look up
    """

    def __init__(self, symbols: tuple[str, ...], assets: tuple[str, ...], setting: Setting) -> None:
        """Lower assets and marks; a rule is lowered when a position comes that stands under it."""
        self._symbols, self.assets = symbols, assets
        self._codes = {asset: number for number, asset in enumerate(assets)}
        self._known: dict[_Key, int] = {}
        self._starts = starts_of(entry for rows in setting.rules.lists.values() for entry in rows)
        self._by_leverage = any(
            isinstance(e, kinds.FactorOnInitial) and e.factors for e in setting.rules.lists["requirement"]
        )
        with localcontext(EXACT):
            records_of_assets, bands = lower_assets(assets, setting)
        marks = [setting.market.marks.get(symbol) for symbol in symbols]
        self.tables = records.Tables(
            rules=np.zeros(0, records.RULE),
            rungs=np.zeros(1, records.RUNG),
            factors=np.zeros(1, records.FACTOR_ROW),
            assets=records_of_assets,
            bands=bands,
            marks=np.array([nan if mark is None else float(mark) for mark in marks] or [nan]),
        )
        self._making = Making(setting)

    def of(self, columns: Columns) -> "Codes":
        """Return the row in ``tables.rules`` of every position of some pools, and lower what nobody had before."""
        keys, place = self._keys(columns)
        fresh = [key for key in keys if key not in self._known]
        if fresh:
            self._known |= {key: len(self._known) + n for n, key in enumerate(fresh)}
            self._lower(fresh)
        return np.array([self._known[key] for key in keys], np.int32)[place]

    def lower_again(self, setting: Setting) -> "Rows":
        """Lower all rules at other prices, each to where it was, and return those that are others now."""
        before = self.tables
        self._making = Making(setting)
        self.tables = before._replace(rules=np.zeros(0, records.RULE))
        self._lower(list(self._known))
        after = self.tables
        return np.array([n for n in range(len(after.rules)) if _text(before, n) != _text(after, n)], np.int64)

    def _lower(self, keys: "list[_Key]") -> None:
        making, rules = self._making, np.zeros(len(keys), records.RULE)
        with localcontext(EXACT):
            for row, key in zip(rules, keys, strict=True):
                _fill(row, key, self._symbols[key.symbol], self._codes, making)
        self.tables = self.tables._replace(
            rules=np.concatenate([self.tables.rules, rules]),
            rungs=np.array(making.rungs or [(0.0,) * 4], records.RUNG),
            factors=np.array(making.factors or [(0.0,) * 2], records.FACTOR_ROW),
        )

    def _keys(self, columns: Columns) -> tuple[list[_Key], "Rows"]:
        """Return the distinct keys of some pools, and each position's place among them."""
        held = columns.positions
        counts = np.diff(columns.first_position)
        isolated = np.repeat(columns.pool_kind == ISOLATED, counts)
        eras, starts = eras_of(held.opened, len(held), self._starts), self._starts
        leverages, chosen = self._leverages(columns)
        mixed = ((held.symbol.astype(np.int64) * 2 + isolated) * (len(starts) + 2) + eras) * len(
            leverages
        ) + chosen
        _, first, place = np.unique(mixed, return_index=True, return_inverse=True)
        keys = []
        for row in first:
            opened = opened_in(int(eras[row]), starts)
            keys.append(_Key(int(held.symbol[row]), bool(isolated[row]), opened, leverages[chosen[row]]))
        return keys, place

    def _leverages(self, columns: Columns) -> tuple[list[Decimal | None], "Rows"]:
        """Return the leverages of pools where some rule has a table by leverage, and each position's among them."""
        held = columns.positions
        if not self._by_leverage or held.leverage is None:
            return [None], np.zeros(len(held), np.int64)
        _, first, chosen = np.unique(held.leverage.values, return_index=True, return_inverse=True)
        return [held.leverage.exact(int(row)) for row in first], chosen.astype(np.int64)


def _text(tables: records.Tables, rule: int) -> bytes:
    """Return all that is said of a rule."""
    row = tables.rules[rule]
    rungs = tables.rungs[row["first_rung"] :][: row["rungs"]]
    factors = tables.factors[row["need_first_factor"] :][: row["need_factors"]]
    return row.tobytes() + rungs.tobytes() + factors.tobytes()


def _fill(row: np.void, key: _Key, symbol: str, codes: dict[str, int], making: Making) -> None:
    setting, rules = making.setting, making.setting.rules
    contract = setting.instruments[symbol]
    facts = facts_of(contract, "isolated" if key.isolated else "cross", key.opened)
    row["symbol"], row["settle"] = key.symbol, codes[contract.settle]
    row["coin"] = codes.get(contract.underlying, -1)
    row["inverse"], row["paid"] = contract.payoff == "inverse", contract.is_paid_for
    ladder = rules.ladder(facts)
    model = rules.offset(facts)
    row["known"], row["nets"] = True, model is not None
    if model is None:
        _fill_requirements(row, ladder, contract, key, facts, making)
    elif key.isolated or asks_alone(model):
        _fill_alone(row, ladder, contract, key, facts, making)
    _fill_cost(row, facts, setting)
    _fill_rounding(row, facts, setting)
    _fill_pool(row, facts, setting)


def _fill_requirements(
    row: np.void, ladder: Ladder | None, contract: Instrument, key: _Key, facts: Facts, making: Making
) -> None:
    lower_ladder(row, ladder, contract, facts, making)
    if not lower_need(row, ladder, key.leverage, facts, making):
        row["need_kind"] = records.UNKNOWN
    lower_open(row, ladder, facts, making)


def _fill_alone(
    row: np.void, ladder: Ladder | None, contract: Instrument, key: _Key, facts: Facts, making: Making
) -> None:
    """Fill what a position that nets would need alone, as far as its venue says that."""
    try:
        _fill_requirements(row, ladder, contract, key, facts, making)
    except RulePackError:
        row["need_kind"] = row["open_kind"] = records.UNKNOWN
    if not row["known"]:
        row["open_kind"] = records.UNKNOWN
    row["known"] = True


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
