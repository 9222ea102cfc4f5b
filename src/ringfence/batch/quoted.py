"""Prices as kernels read them, while they tick: what a tick changes is changed in place."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch.ready import Ready
from ringfence.batch.setting import Setting
from ringfence.venue.standing import standing

if TYPE_CHECKING:
    from ringfence.batch.columns import Rows


class Quoted:
    """The marks and the indices of a population made ready, and which asset's worth follows which of them."""

    def __init__(self, made: Ready, symbols: tuple[str, ...], setting: Setting) -> None:
        """Take a population whose prices may be written to."""
        self._symbols = {symbol: place for place, symbol in enumerate(symbols)}
        self._assets = {asset: place for place, asset in enumerate(made.assets)}
        self._marks, self._index, self._records = made.tables.marks, made.index, made.tables.assets
        self._look_up(setting)

    def _look_up(self, setting: Setting) -> None:
        """Find for which assets a mark stands in, and whose."""
        market, contracts = setting.market, setting.instruments
        leads: dict[str, str] = {}
        for symbol in market.marks:
            known = contracts.get(symbol)
            if known is not None and not known.is_option:
                leads.setdefault(known.underlying, symbol)
        stated = {*market.indices, "USD", *setting.rules.venue.par}
        self._stands_in = {leads[a]: n for a, n in self._assets.items() if a in leads and a not in stated}

    def tick(
        self, setting: Setting, marks: Mapping[str, Decimal], indices: Mapping[str, Decimal]
    ) -> "tuple[Setting, Rows, Rows]":
        """Take new prices; return the setting with these, and the symbols and the assets whose price is another one."""
        before = setting.market
        news = not (marks.keys() <= before.marks.keys() and indices.keys() <= before.indices.keys())
        market = replace(before, marks={**before.marks, **marks}, indices={**before.indices, **indices})
        there = replace(setting, market=market)
        if news:
            self._look_up(there)
            assets = [n for asset, n in self._assets.items() if self._is_new(n, _worth(asset, there))]
        else:
            known = [
                (self._assets[asset], price) for asset, price in indices.items() if asset in self._assets
            ]
            known += [(self._stands_in[s], price) for s, price in marks.items() if s in self._stands_in]
            assets = [n for n, price in known if self._is_new(n, float(price))]
        symbols = []
        for symbol, price in marks.items():
            place, value = self._symbols.get(symbol, -1), float(price)
            if place >= 0 and self._marks[place] != value:
                self._marks[place] = value
                symbols.append(place)
        return there, np.array(symbols, np.int64), np.array(assets, np.int64)

    def _is_new(self, asset: int, price: float) -> bool:
        """Return whether an asset's worth is another one now, and note it."""
        before = self._index[asset]
        if before == price or (np.isnan(before) and np.isnan(price)):
            return False
        self._index[asset] = price
        self._records[asset]["index"] = price
        return True


def _worth(asset: str, setting: Setting) -> float:
    worth, _ = standing(asset, setting.market, setting.instruments, setting.rules)
    return float("nan") if worth is None else float(worth)
