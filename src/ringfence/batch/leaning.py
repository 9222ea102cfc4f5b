"""What pools lean on: the prices, and where these are worked out of prices the rules, that a pool's figures follow."""

from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch.populace import Populace
from ringfence.batch.setting import Setting
from ringfence.batch.touched import pairs_of, sorted_once

if TYPE_CHECKING:
    from ringfence.batch.columns import Rows


class Leaning:
    """Symbols, assets and rules as numbers of one kind, and which pools lean on them.

    on_prices   whether some rule is worked out of prices: an open interest's rate, an option's underlying
    """

    def __init__(self, held: Populace, setting: Setting) -> None:
        """Take a population, and the setting it stands in."""
        self._held, rules = held, setting.rules
        contracts = [setting.instruments[symbol] for symbol in held.symbols]
        codes = {asset: code for code, asset in enumerate(held.made.assets)}
        self._coin = np.array([codes[one.underlying] for one in contracts], np.int64)
        self._account = codes[rules.account_mode.unit]
        by_interest = any(getattr(e, "open_interest", False) for e in rules.lists["requirement"])
        self.on_prices = by_interest or any(one.is_option for one in contracts)
        self._nets = held.made.netting is not None
        self._on_account = self._nets or bool(rules.lists["debt"])
        self._lent = np.flatnonzero(held.made.tables.assets["loan"] > 0.0)

    def things(self, symbols: "Rows", assets: "Rows") -> "Rows":
        """Return the numbers of symbols and of assets. Where positions net, a mark may price others of its coin."""
        coins = self._coin[symbols] if self._nets else symbols[:0]
        return np.concatenate([symbols, len(self._coin) + np.union1d(assets, coins)])

    def on_rules(self, rules: "Rows") -> "Rows":
        """Return the numbers of rules."""
        return len(self._coin) + len(self._held.made.assets) + rules

    def pairs(self, pools: "Rows") -> "Rows":
        """Return pairs of a thing and a pool that leans on it, of some pools."""
        made, positions, wallets = self._held.made, self._held.positions, self._held.wallets
        rows, holdings = positions.rows(pools), wallets.rows(pools)
        of = np.repeat(pools, positions.end[pools] - positions.first[pools])
        number = made.rows["rule"][rows]
        rules = made.tables.rules
        owner = np.repeat(pools, wallets.end[pools] - wallets.first[pools])
        assets = [(rules["coin"][number], of), (rules["settle"][number], of)]
        assets += [(made.pools["unit"][pools], pools), (made.holdings["asset"][holdings], owner)]
        shared = pools[made.pools["shared"][pools]]
        assets += [(np.full(len(shared), lent), shared) for lent in self._lent]
        if self._on_account:
            assets.append((np.full(len(pools), self._account), pools))
        found = [pairs_of(rules["symbol"][number], of)]
        found += [pairs_of(asset + len(self._coin), whose) for asset, whose in assets]
        if self.on_prices:
            found.append(pairs_of(self.on_rules(number), of))
        return sorted_once(np.concatenate(found))
