"""What an asset is worth where no index price of it is stated."""

from collections.abc import Mapping
from decimal import Decimal

from ringfence.book import Instrument
from ringfence.core.number import ONE
from ringfence.market import Market
from ringfence.venue.pack import RulePack


def standing(
    asset: str, market: Market, instruments: Mapping[str, Instrument], rules: RulePack
) -> tuple[Decimal | None, str]:
    """Return the price of an asset in the unit of account, or what stands in for it, with a word about that.

    The index that is stated, else one where the venue takes the asset at par, else the mark of the first contract
    in it that is no option. None: nothing does.
    """
    if asset in market.indices or asset == "USD":
        return market.indices.get(asset, ONE), ""
    if asset in rules.venue.par:
        return ONE, "taken at 1"
    for symbol, mark in market.marks.items():
        known = instruments.get(symbol)
        if known is not None and known.underlying == asset and not known.is_option:
            return mark, f"the mark of {symbol} stands in"
    return None, ""
