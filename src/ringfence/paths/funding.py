"""What perpetual contracts pay on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ringfence.margin.world import World

FUNDING_EVERY: Final = 8 * 3600.0
"""[s] between two instants, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Funding:
    """What perpetual contracts pay.

    rates   symbol or coin -> fraction of its value that a long pays at each instant; None: as the book's [feeds] say
    every   [s] between two instants
    """

    rates: Mapping[str, float] | None = None
    every: float = FUNDING_EVERY


class Paying:
    """Rates of funding by symbol, and whether any was asked for that is not zero."""

    def __init__(self, funding: Funding | None) -> None:
        self._funding, self.pays = funding, False

    def rate(self, world: World, symbol: str) -> float:
        """Return the rate of an instant; zero for what is no perpetual contract."""
        contract = world.instrument(symbol)
        if (
            self._funding is None
            or contract.payoff not in {"linear", "inverse"}
            or contract.expiry is not None
        ):
            return 0.0
        stated = self._funding.rates
        rates = world.market.feeds.get("funding_rate", {}) if stated is None else stated
        found = float(rates.get(symbol, rates.get(contract.underlying, 0)))
        self.pays = self.pays or found != 0.0
        return found
