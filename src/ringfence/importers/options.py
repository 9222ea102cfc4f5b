"""What a book says of its options, beside what it says of every position."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal

from ringfence.book import Book, Instrument
from ringfence.core.errors import BookError, MarketError
from ringfence.core.exact import POSITIVE, Bound
from ringfence.core.number import from_model
from ringfence.importers.fields import Fields
from ringfence.margin.world import World
from ringfence.market import Market
from ringfence.venue import RulePack

_VOL = Bound("a volatility above zero and at most 10", 0, 10, open=True, example="60 % a year is 0.6")
_FURTHEST = 50
"""A strike this many times its underlying, or this part of it, is in another unit."""

_DEAREST = 2
"""A mark this many times the most that an option can be worth is in another unit."""

_UNUSUAL = "unusual_quotes"
"""The setting by which a book says that its strikes, marks and volatilities are meant as they stand."""

_IF_MEANT = f"if it is meant, add {_UNUSUAL} = true under [settings]"


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
        BookError: a strike is in another unit than its underlying.

    """
    options = [i for i in book.instruments.values() if i.is_option]
    if not options:
        return market
    from ringfence.margin.options import forward_of, quotes_of

    world = World(market, book.instruments, rules, at=book.at)
    if not book.overrides.settings.get(_UNUSUAL):
        for option in options:
            _check_strike(option, forward_of(option, world))
            _check_vol(option, market)
            _check_mark(option, forward_of(option, world), market)
            _check_index(option, market)
    unmarked = [o.symbol for o in options if o.symbol not in market.marks]
    for symbol in unmarked:
        if symbol not in market.implied_vols:
            raise MarketError(
                symbol,
                "it has neither a mark nor a volatility",
                'Add mark_price = "..." or implied_volatility = "0.6" to the position, or both under [feeds]',
            )
    if not unmarked:
        return market
    prices = quotes_of(unmarked, world).price().tolist()
    marks = {symbol: from_model(price) for symbol, price in zip(unmarked, prices, strict=True)}
    return replace(market, marks={**market.marks, **marks})


def _check_vol(option: Instrument, market: Market) -> None:
    vol = market.implied_vols.get(option.symbol)
    if vol is not None and not _VOL.holds(vol):
        raise BookError(
            f"{option.symbol}, implied_volatility",
            f"{vol} is not {_VOL.text}",
            f"{_VOL.remedy}; {_IF_MEANT}",
        )


def _check_strike(option: Instrument, forward: Decimal) -> None:
    strike = option.strike
    if strike is not None and not forward / _FURTHEST <= strike <= forward * _FURTHEST:
        raise BookError(
            option.symbol,
            f"its strike {strike:f} is not near its underlying, which stands at {forward:f}",
            f"Mend the strike, or underlying_price and [indices]: both are in the quote currency; {_IF_MEANT}",
        )


def _check_mark(option: Instrument, forward: Decimal, market: Market) -> None:
    """Complain about a mark beyond what an option can be worth: a call its underlying, a put its strike."""
    mark, strike = market.marks.get(option.symbol), option.strike
    if mark is None or strike is None:
        return
    most = forward if option.right == "call" else strike
    most = most / forward if option.pays_in_coin else most
    if mark > most * _DEAREST:
        raise BookError(
            option.symbol,
            f"its mark {mark:f} is more than it can ever be worth, {most:.6g} {option.settle}",
            f"Write mark_price in {option.settle} for one {option.underlying}; {_IF_MEANT}",
        )


def _check_index(option: Instrument, market: Market) -> None:
    """Complain about an index that stands elsewhere than the option's underlying."""
    index, forward = market.indices.get(option.underlying), market.forwards.get(option.symbol)
    if index is None or forward is None or index / _FURTHEST <= forward <= index * _FURTHEST:
        return
    raise BookError(
        option.symbol,
        f"its underlying_price {forward:f} is not near the index of {option.underlying}, {index:f}",
        f"Mend one of them: both are in the quote currency; {_IF_MEANT}",
    )
