"""The market tables of a book file: indices, volatilities, correlation, feeds."""

from collections.abc import Mapping
from decimal import Decimal

from ringfence.core.errors import BookError
from ringfence.core.exact import POSITIVE, Bound
from ringfence.importers.contracts import Contracts
from ringfence.importers.fields import Fields
from ringfence.market import Market

_FEEDS = (
    "open_interest", "funding_rate", "oracle", "twap", "confidence", "age", "borrow_index", "rate", "settled",
    "implied_volatility", "underlying_price", "interest_rate", "dividend_yield", "depth",
)  # fmt: skip
"""What a book may know of a market beside its prices, by symbol or asset."""

_OF_ASSETS = frozenset({"interest_rate", "dividend_yield"})
"""Feeds that are of assets, never of symbols."""

_CORRELATION = Bound("between -1 and 1", -1, 1)


def read_market(
    fields: Fields,
    contracts: Contracts,
    marks: dict[str, Decimal],
    quoted: Mapping[str, Mapping[str, Decimal]],
) -> Market:
    """Return the market that an account's tables describe.

    Args:
        fields: the account.
        contracts: the contracts it names.
        marks: symbol -> mark price, already read.
        quoted: what positions said about their options: feed -> symbol -> number.

    Raises:
        BookError: something in the tables is wrong.

    """
    asset = contracts.rules.asset
    default, pairs = _correlation(fields.table("correlation"), contracts)
    feeds = _feeds(fields.table("feeds"), contracts)
    of_options = {
        name: agreed(name, quoted.get(name, {}), feeds.pop(name, {}), fields)
        for name in ("implied_volatility", "underlying_price")
    }
    return Market(
        marks=marks,
        indices=fields.numbers("indices", POSITIVE, asset),
        underlyings={symbol: instrument.underlying for symbol, instrument in contracts.found.items()},
        vols=fields.numbers("vols", POSITIVE, asset),
        implied_vols=of_options["implied_volatility"],
        forwards=of_options["underlying_price"],
        correlation=pairs,
        correlation_default=default,
        feeds=feeds,
    )


def agreed(
    name: str, own: Mapping[str, Decimal], feed: Mapping[str, Decimal], fields: Fields
) -> dict[str, Decimal]:
    """Return what positions and feeds say of options: one number a symbol.

    Raises:
        BookError: they differ, or a number is not above zero.

    """
    for symbol, number in feed.items():
        where = f"{fields.place('feeds')}, {name}, {symbol}"
        if number <= 0:
            raise BookError(where, f"{number} is not {POSITIVE.text}", "Write what the venue quotes")
        if own.get(symbol, number) != number:
            raise BookError(
                where, f"{number} differs from {own[symbol]}, which its position states", "Keep one"
            )
    return {**feed, **own}


def _feeds(fields: Fields, contracts: Contracts) -> dict[str, dict[str, Decimal]]:
    def canonical(name: str) -> str:
        try:
            return contracts.find(name, fields.place(name)).symbol
        except BookError:
            if "/" in name:
                raise
            return contracts.rules.asset(name)

    found = {
        feed: fields.numbers(feed, name=contracts.rules.asset if feed in _OF_ASSETS else canonical)
        for feed in _FEEDS
    }
    fields.done()
    return {feed: values for feed, values in found.items() if values}


def _correlation(
    fields: Fields, contracts: Contracts
) -> tuple[Decimal | None, dict[tuple[str, str], Decimal]]:
    default = fields.amount("default", _CORRELATION)
    pairs: dict[tuple[str, str], Decimal] = {}
    for key in fields.names():
        if key == "default":
            continue
        coins = sorted({contracts.rules.asset(part.strip()) for part in key.split(",") if part.strip()})
        if len(coins) != 2 or key.count(",") != 1:  # noqa: PLR2004 - a pair
            raise BookError(fields.place(key), "it does not name two coins", 'Write "BTC,ETH" = 0.8')
        one, other = coins
        if (one, other) in pairs:
            raise BookError(fields.place(key), f"{one} and {other} stand twice", "Keep one of the two")
        pairs[one, other] = fields.needed(key, _CORRELATION)
    return default, pairs
