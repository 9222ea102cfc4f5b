"""The world after coins, or the volatilities that their options are quoted at, have moved."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from ringfence.margin.world import World

VOL: Final = " vol"
"""Ends the name of a mover that is the implied volatility of a coin's options, and not its price: "BTC vol"."""


def moved(world: World, factors: Mapping[str, Decimal]) -> World:
    """Return the world with every mark and index of some coins times the coin's factor; all else is held.

    What the venue takes at par moves from there; what is a coin in another form moves with it. A mover that ends in
    `` vol`` is the volatility of a coin's options.
    """
    world = world.pinned()

    def factor_of(symbol: str) -> Decimal | None:
        known = world.instruments.get(symbol)
        return factors.get(known.underlying if known else world.market.underlyings.get(symbol, symbol))

    marks, forwards = dict(world.market.marks), dict(world.market.forwards)
    at_par = {asset: Decimal(1) for asset in factors if asset in world.rules.venue.par}
    indices = at_par | dict(world.market.indices)
    for prices in (marks, forwards):
        for symbol, price in prices.items():
            if (factor := factor_of(symbol)) is not None:
                prices[symbol] = price * factor
    follows = world.rules.venue.follows
    for asset, price in indices.items():
        if (factor := factors.get(asset, factors.get(follows.get(asset, "")))) is not None:
            indices[asset] = price * factor
    vols = {
        symbol: vol * _vol_factor(symbol, world, factors) for symbol, vol in world.market.implied_vols.items()
    }
    return world.revalued(
        replace(world.market, marks=marks, forwards=forwards, indices=indices, implied_vols=vols)
    )


def _vol_factor(symbol: str, world: World, factors: Mapping[str, Decimal]) -> Decimal:
    known = world.instruments.get(symbol)
    return Decimal(1) if known is None else factors.get(f"{known.underlying}{VOL}", Decimal(1))
