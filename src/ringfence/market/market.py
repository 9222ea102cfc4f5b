"""One instant of the world, as far as one account needs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext

from ringfence.core.number import EXACT
from ringfence.market.shock import Shock


@dataclass(frozen=True, slots=True)
class Market:
    """Prices and the uncertainty about them.

    marks         symbol -> mark price [quote]
    indices       asset -> index price [unit of account] of collateral and underlyings
    underlyings   symbol -> the coin that moves it
    vols          underlying -> annual volatility (365 days), a fraction
    implied_vols  symbol of an option -> the volatility it is quoted at (365 days), a fraction
    forwards      symbol of an option -> price of its underlying for its own expiry [quote]
    correlation   (coin, coin) in alphabetical order -> correlation
    correlation_default   for pairs that are not listed; None: not known
    feeds         name -> symbol or asset -> value (open_interest in contracts, funding_rate as a fraction, ...)
    """

    marks: Mapping[str, Decimal]
    indices: Mapping[str, Decimal] = field(default_factory=dict)
    underlyings: Mapping[str, str] = field(default_factory=dict)
    vols: Mapping[str, Decimal] = field(default_factory=dict)
    implied_vols: Mapping[str, Decimal] = field(default_factory=dict)
    forwards: Mapping[str, Decimal] = field(default_factory=dict)
    correlation: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    correlation_default: Decimal | None = None
    feeds: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)

    def correlation_of(self, one: str, other: str) -> Decimal | None:
        """Return the correlation of two coins, or None where it is not known."""
        if one == other:
            return Decimal(1)
        pair = (one, other) if one < other else (other, one)
        return self.correlation.get(pair, self.correlation_default)


def shocked(market: Market, shock: Shock) -> Market:
    """Return the market after a shock: every mark, index and forward of a coin moves by that coin's fraction.

    What an option is worth then is for the engine to say: here its mark moves like any other.
    """

    def of_symbols(prices: Mapping[str, Decimal]) -> dict[str, Decimal]:
        return {
            symbol: price * (1 + shock.move_of(market.underlyings.get(symbol, symbol)))
            for symbol, price in prices.items()
        }

    with localcontext(EXACT):
        return replace(
            market,
            marks=of_symbols(market.marks),
            forwards=of_symbols(market.forwards),
            indices={asset: price * (1 + shock.move_of(asset)) for asset, price in market.indices.items()},
        )
