"""What a book says of its options, beside what it says of every position."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal

from ringfence.book import Book, Instrument
from ringfence.core.errors import BookError, MarketError
from ringfence.core.exact import POSITIVE
from ringfence.core.number import from_model
from ringfence.importers.fields import Fields
from ringfence.margin.quoted import check_quotes, check_units, taken_as_meant
from ringfence.margin.world import World
from ringfence.market import Market
from ringfence.venue import RulePack


@dataclass
class Quoted:
    """What positions state of their options: feed -> symbol -> number. One symbol has one of each."""

    numbers: dict[str, dict[str, Decimal]] = field(default_factory=lambda: defaultdict(dict))

    def take(self, fields: Fields, instrument: Instrument) -> None:
        """Take the volatility and the underlying's price that stand on a position.

        Raises:
            BookError: it is no option, a number is none, or it differs from another position's.

        """
        for name in ("implied_volatility", "underlying_price"):
            given = fields.amount(name, POSITIVE)
            if given is None:
                continue
            if not instrument.is_option:
                raise BookError(fields.place(name), f"{instrument.symbol} is no option", "Leave it out")
            known = self.numbers[name].setdefault(instrument.symbol, given)
            if known != given:
                raise BookError(
                    fields.place(name),
                    f"{given} differs from {known}, given elsewhere for {instrument.symbol}",
                    "A symbol has one: keep one of the two",
                )


def with_model_marks(market: Market, book: Book, rules: RulePack) -> Market:
    """Return the market with every option marked: one without a mark at what its model says at its volatility.

    Raises:
        MarketError: an option has expired, or neither mark nor volatility is known.
        BookError: a strike, a mark, a volatility or an underlying is in another unit.

    """
    options = [i for i in book.instruments.values() if i.is_option]
    if not options:
        return market
    from ringfence.margin.options import forward_of, quotes_of

    world = World(market, book.instruments, rules, at=book.at)
    if not taken_as_meant(book):
        for option in options:
            check_quotes(option, forward_of(option, world), market)
    unmarked = [o.symbol for o in options if o.symbol not in market.marks]
    for symbol in unmarked:
        if symbol not in market.implied_vols:
            raise MarketError(
                symbol,
                "it has neither a mark nor a volatility",
                'Add mark_price = "..." or implied_volatility = "0.6" to the position, or both under [feeds]',
            )
    if not taken_as_meant(book):
        check_units([o for o in options if o.symbol not in unmarked], world)
    if not unmarked:
        return market
    prices = quotes_of(unmarked, world).price().tolist()
    marks = {symbol: from_model(price) for symbol, price in zip(unmarked, prices, strict=True)}
    return replace(market, marks={**market.marks, **marks})
