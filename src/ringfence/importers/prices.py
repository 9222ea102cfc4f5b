"""The market tables of a book file: indices, volatilities, correlation, feeds."""

from decimal import Decimal

from ringfence.core.errors import BookError
from ringfence.core.exact import POSITIVE, Bound
from ringfence.importers.contracts import Contracts
from ringfence.importers.fields import Fields
from ringfence.market import Market

_FEEDS = ("open_interest", "funding_rate", "oracle", "twap", "confidence", "age", "borrow_index")
"""What a book may know of a market beside its prices, by symbol or asset."""

_CORRELATION = Bound("between -1 and 1", -1, 1)


def read_market(fields: Fields, contracts: Contracts, marks: dict[str, Decimal]) -> Market:
    """Return the market that an account's tables describe.

    Args:
        fields: the account.
        contracts: the contracts it names.
        marks: symbol -> mark price, already read.

    Raises:
        BookError: something in the tables is wrong.

    """
    asset = contracts.rules.asset
    default, pairs = _correlation(fields.table("correlation"), contracts)
    feeds = _feeds(fields.table("feeds"), contracts)
    return Market(
        marks=marks,
        indices=fields.numbers("indices", POSITIVE, asset),
        underlyings={symbol: instrument.underlying for symbol, instrument in contracts.found.items()},
        vols=fields.numbers("vols", POSITIVE, asset),
        correlation=pairs,
        correlation_default=default,
        feeds=feeds,
    )


def _feeds(fields: Fields, contracts: Contracts) -> dict[str, dict[str, Decimal]]:
    def canonical(name: str) -> str:
        try:
            return contracts.find(name, fields.place(name)).symbol
        except BookError:
            if "/" in name:
                raise
            return contracts.rules.asset(name)

    found = {feed: fields.numbers(feed, name=canonical) for feed in _FEEDS}
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
