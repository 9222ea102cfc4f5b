"""Symbols and assets of one account, in one spelling."""

from collections.abc import Iterable, Mapping
from typing import Any

from ringfence.book import Instrument
from ringfence.core.errors import BookError
from ringfence.venue import RulePack, resolve_instrument
from ringfence.venue.instruments import facts_of


class Names:
    """Symbols in one spelling, and what is known of the contracts they name."""

    def __init__(self, rules: RulePack, listed: Iterable[Mapping[str, Any]]) -> None:
        """Take the rules that know symbols, and rows of contracts that a venue lists."""
        self.rules = rules
        self.listed = {str(row["symbol"]): row for row in listed}
        self._known: dict[str, Instrument | None] = {}

    def contract(self, symbol: str) -> Instrument | None:
        """Return the pack's contract of a symbol in any spelling, or None."""
        if symbol not in self._known:
            try:
                self._known[symbol] = resolve_instrument(symbol, self.rules, symbol)
            except BookError:
                self._known[symbol] = None
        return self._known[symbol]

    def unified(self, symbol: str) -> str:
        """Return the one spelling of a symbol by which it is compared."""
        found = self.contract(symbol)
        return found.symbol if found is not None else symbol

    def settle(self, symbol: str) -> str:
        """Return the asset in which a symbol pays."""
        found = self.contract(symbol)
        return found.settle if found is not None else symbol.partition(":")[2].partition("-")[0]

    def has_tiers(self, symbol: str) -> bool:
        """Return whether the pack has a table of tiers for a symbol."""
        found = self.contract(symbol)
        return found is not None and self.rules.ladder(facts_of(found, "cross")) is not None

    def asset(self, name: str) -> str:
        """Return our name of an asset."""
        return self.rules.asset(name)
