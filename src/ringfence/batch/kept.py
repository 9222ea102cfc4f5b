"""A population kept judged while prices tick: a tick costs what it touches, and comes out as a full pass would.

Of every rule and every shape of pool; ``running`` does the same at the speed of memory for the shape that dominates.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch import records
from ringfence.batch.columns import Columns
from ringfence.batch.figures import Judged
from ringfence.batch.judge import judge_all, judge_some
from ringfence.batch.netting import Netting
from ringfence.batch.ready import Ready, ready
from ringfence.batch.setting import Setting
from ringfence.venue.standing import standing

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats, Places

_FULL_PASS_FROM: Final = 0.5
"""Share of the pools from which a full pass, which looks nothing up, is not slower."""


class _Index:
    """Who is touched by what: symbol or asset -> pools, in order."""

    def __init__(self, what: "Places", pool: "Places", many: int) -> None:
        pairs = np.unique(np.stack([what, pool]), axis=1) if len(what) else np.zeros((2, 0), np.int64)
        self._pools = pairs[1]
        self._first = np.searchsorted(pairs[0], np.arange(many + 1))

    def of(self, what: Iterable[int]) -> "list[Places]":
        """Return the pools of each."""
        return [self._pools[self._first[one] : self._first[one + 1]] for one in what]


class Kept:
    """A population and how it stands at the latest prices.

    made     the population, ready for kernels at these prices
    judged   every pool's figures and status, as ``judge_all`` gives them, to the bit
    """

    def __init__(self, columns: Columns, setting: Setting, *, threads: int | None = None) -> None:
        """Judge a population for the first time."""
        self.setting = setting
        self._columns, self._threads = columns, threads
        self._begin()
        made, sizes = self.made, np.diff(columns.first_position)
        pool = np.repeat(np.arange(len(columns)), sizes)
        self._by_symbol = _Index(columns.positions.symbol.astype(np.int64), pool, len(columns.symbols))
        rule = made.tables.rules[made.rows["rule"]]
        owned = np.repeat(np.arange(len(columns)), made.pools["end_holding"] - made.pools["first_holding"])
        assets = (rule["coin"], rule["settle"], made.pools["unit"], made.holdings["asset"])
        pools = (pool, pool, np.arange(len(columns)), owned)
        self._by_asset = _Index(
            np.concatenate(assets).astype(np.int64), np.concatenate(pools), len(made.assets)
        )

    def _begin(self) -> None:
        self.made: Ready = ready(self._columns, self.setting)
        self.judged: Judged = judge_all(self.made, threads=self._threads)

    def tick(self, marks: Mapping[str, Decimal], indices: Mapping[str, Decimal] | None = None) -> "Places":
        """Take new prices, and judge again what they touch.

        Args:
            marks: symbol -> mark price [quote].
            indices: asset -> index price [unit of account], of those that the setting states.

        Returns:
            the pools that were judged again, in order.

        """
        market = self.setting.market
        moved = replace(
            market, marks={**market.marks, **marks}, indices={**market.indices, **(indices or {})}
        )
        self.setting = replace(self.setting, market=moved)
        if self._leans_on_prices():
            self._begin()
            return np.arange(len(self._columns))
        symbols, assets = self._stand()
        lists = [*self._by_symbol.of(symbols), *self._by_asset.of(assets)]
        touched = np.unique(np.concatenate(lists)) if lists else np.zeros(0, np.int64)
        if len(touched) > _FULL_PASS_FROM * len(self._columns):
            self.judged = judge_all(self.made, threads=self._threads)
            return np.arange(len(self._columns))
        judge_some(self.made, touched, self.judged, threads=self._threads)
        return touched

    def _leans_on_prices(self) -> bool:
        """Return whether some rule was worked out from prices: an open interest's rate, an option's underlying."""
        rules = self.made.tables.rules
        by_interest = any(getattr(e, "open_interest", False) for e in self.setting.rules.lists["requirement"])
        return by_interest or bool(np.isin(rules["need_kind"], (records.OPTION,)).any())

    def _stand(self) -> "tuple[Places, Places]":
        """Have the kernels read the latest prices; return the symbols and the assets whose price is another one."""
        made, market, setting = self.made, self.setting.market, self.setting
        found = [market.marks.get(symbol) for symbol in made.columns.symbols]
        marks = np.array([np.nan if mark is None else float(mark) for mark in found] or [np.nan])
        worth = [standing(one, market, setting.instruments, setting.rules)[0] for one in made.assets]
        index = np.array([np.nan if one is None else float(one) for one in worth])
        symbols, assets = _changed(made.tables.marks, marks), _changed(made.index, index)
        tables = made.tables._replace(marks=marks, assets=made.tables.assets.copy())
        tables.assets["index"] = index
        netting = None if made.netting is None else Netting(setting, made.columns)
        self.made = replace(made, tables=tables, index=index, netting=netting)
        return symbols, assets


def _changed(before: "Floats", after: "Floats") -> "Places":
    return np.flatnonzero((before != after) & ~(np.isnan(before) & np.isnan(after)))
