"""What an option is priced from, and what it is worth elsewhere."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

import numpy as np

from ringfence.book import Instrument
from ringfence.core.errors import MarketError
from ringfence.core.number import from_model
from ringfence.formula.model.black import black_delta, implied_vol
from ringfence.formula.model.quotes import SECONDS_OF_YEAR, Quotes
from ringfence.margin.world import World
from ringfence.market import Market
from ringfence.venue.instruments import facts_of


def years_left(instrument: Instrument, world: World) -> float:
    """Return the time to expiry [year]; none at the very instant.

    Raises:
        MarketError: the option has expired.

    """
    expires = instrument.expires_at
    if expires is None:
        raise MarketError(
            instrument.symbol, "it is an option without an expiry", "Describe it as [[instrument]]"
        )
    left = (expires - world.at).total_seconds()
    if left < 0:
        raise MarketError(
            instrument.symbol,
            f"it expired at {expires:%Y-%m-%d %H:%M} UTC, and the book is of {world.at:%Y-%m-%d %H:%M}",
            "Drop it, or mend `at`",
        )
    return left / SECONDS_OF_YEAR


def forward_of(instrument: Instrument, world: World) -> Decimal:
    """Return the price of an option's underlying for its own expiry [quote].

    What the book states with the option; else the mark of a future of that day, else the index of the coin, carried
    to expiry where the interest rate is known.

    Raises:
        MarketError: none of these is known.

    """
    stated = world.market.forwards.get(instrument.symbol)
    if stated is not None:
        return stated
    for symbol, mark in world.market.marks.items():
        future = world.instruments.get(symbol)
        if (
            future is not None
            and not future.is_paid_for
            and (future.underlying, future.expiry) == (instrument.underlying, instrument.expiry)
        ):
            return mark
    price = world.index(instrument.underlying)
    rate = _interest(instrument, world)
    if rate is not None:
        kept = world.market.feeds.get("dividend_yield", {}).get(instrument.underlying, Decimal(0))
        return price * from_model(math.exp(float(rate - kept) * years_left(instrument, world)))
    world.notes[
        f"{instrument.symbol}: the price of its underlying for its own expiry is not given: the index stands in"
    ] = None
    return price


def _interest(instrument: Instrument, world: World) -> Decimal | None:
    """Return the interest rate of what an option pays [1/year, continuous]; None: not known, or it pays in coin."""
    if instrument.pays_in_coin:
        return None
    return world.market.feeds.get("interest_rate", {}).get(instrument.settle)


def discount_of(instrument: Instrument, world: World) -> float:
    """Return what one unit paid at an option's expiry is worth today: 1 where no interest rate is known.

    Where the venue discounts by the rate of the expiry, it is that; else the one of the settlement asset.
    """
    if _is_discounted(instrument, world):
        return math.exp(-_rate_of(instrument, world) * years_left(instrument, world))
    rate = _interest(instrument, world)
    return 1.0 if rate is None else math.exp(-float(rate) * years_left(instrument, world))


def vol_of(instrument: Instrument, world: World) -> float:
    """Return the volatility an option is quoted at; where none is stated, the one its mark implies.

    Where it is marked at or below what it would pay at its forward, that is none at all: zero.

    Raises:
        MarketError: neither is known.

    """
    symbol = instrument.symbol
    stated = world.market.implied_vols.get(symbol)
    if stated is not None:
        return float(stated)
    forward, years = float(forward_of(instrument, world)), years_left(instrument, world)
    mark = float(world.mark(symbol))
    strike, sign = float(_strike(instrument)), 1 if instrument.right == "call" else -1
    paid = mark * forward if instrument.pays_in_coin else mark / discount_of(instrument, world)
    sigma = implied_vol(paid, forward, strike, years, sign)
    if sigma is None and 0.0 < paid <= sign * (forward - strike):
        world.notes[
            f"{symbol}: it is marked no higher than what it would pay today: it is taken to move without time value"
        ] = None
        return 0.0
    if sigma is None:
        raise MarketError(
            symbol,
            "it has no implied_volatility, and its mark implies none: an option is worth more than it would pay today "
            "and less than its underlying",
            'Add implied_volatility = "0.6" or the like, or mend mark_price, strike or underlying_price',
        )
    world.notes[f"{symbol}: implied_volatility is not given: {sigma:.4g} follows from its mark"] = None
    return sigma


def feed_of(name: str, instrument: Instrument, world: World) -> Decimal | None:
    """Return what a feed says of a contract: by its symbol, or of its expiry (ETH-251226), or of its coin."""
    feed = world.market.feeds.get(name)
    if not feed:
        return None
    keys = (instrument.symbol, expiry_name(instrument), instrument.underlying)
    return next((feed[key] for key in keys if key in feed), None)


def expiry_name(instrument: Instrument) -> str:
    """Return how feeds name the expiry of a contract: ETH-251226."""
    return _dated(instrument.underlying, instrument.expiry) if instrument.expiry else ""


@lru_cache(maxsize=1024)
def _dated(coin: str, day: date) -> str:
    return f"{coin}-{day:%y%m%d}"


def _rate_of(instrument: Instrument, world: World) -> float:
    stated = feed_of("rate", instrument, world)
    return max(float(stated), 0.0) if stated is not None else 0.0


def _is_discounted(instrument: Instrument, world: World) -> bool:
    """Return whether the venue discounts what an option is worth; without a rate that is stated."""
    rule = world.rules.equity(facts_of(instrument, "cross"))
    found = rule is not None and rule.discounted
    if found and feed_of("rate", instrument, world) is None:
        world.notes[
            f"{expiry_name(instrument)}: its rate is not given, and nothing is discounted; add it under [feeds.rate]"
        ] = None
    return found


def _strike(instrument: Instrument) -> Decimal:
    if instrument.strike is None:
        raise MarketError(
            instrument.symbol, "it is an option without a strike", "Describe it as [[instrument]]"
        )
    return instrument.strike


def delta_of(instrument: Instrument, world: World) -> float:
    """Return what one option gains with the price of its underlying, by its model [1]."""
    quotes = quotes_of([instrument.symbol], world)
    return float(black_delta(quotes.forward, quotes.strike, quotes.sigma, quotes.years, quotes.sign)[0])


def quotes_of(symbols: Sequence[str], world: World) -> Quotes:
    """Return options as columns.

    Raises:
        MarketError: one has expired, or something it is priced from is not known.

    """
    held = [world.instrument(symbol) for symbol in symbols]
    return Quotes(
        symbols=tuple(symbols),
        forward=np.array([float(forward_of(one, world)) for one in held]),
        strike=np.array([float(_strike(one)) for one in held]),
        sigma=np.array([vol_of(one, world) for one in held]),
        years=np.array([years_left(one, world) for one in held]),
        sign=np.array([1.0 if one.right == "call" else -1.0 for one in held]),
        in_coin=np.array([one.pays_in_coin for one in held], dtype=bool),
        discount=np.array([discount_of(one, world) for one in held]),
        rate=np.array([_rate_of(one, world) for one in held]),
    )


def marks_there(world: World, market: Market) -> Mapping[str, Decimal]:
    """Return the marks of another market, with options at today's mark and what their model gains or loses on the way.

    An option is never worth less than nothing.
    """
    marks = dict(market.marks)
    symbols = [s for s in marks if s in world.instruments and world.instruments[s].is_option]
    if not symbols:
        return marks
    quotes, there = world.quotes(symbols), replace(world, market=market)
    forwards = np.array([float(forward_of(world.instrument(symbol), there)) for symbol in symbols])
    sigmas = np.array([vol_of(world.instrument(symbol), there) for symbol in symbols])
    gains = quotes.price(forward=forwards, sigma=sigmas) - quotes.standing
    for symbol, gained in zip(symbols, gains.tolist(), strict=True):
        marks[symbol] = max(world.market.marks[symbol] + from_model(gained), Decimal(0))
    return marks
