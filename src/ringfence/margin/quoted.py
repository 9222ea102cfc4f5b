"""Quotes of options that must be in another unit: strikes in thousands, marks in dollars, volatilities in percent."""

from collections.abc import Sequence
from decimal import Decimal

from ringfence.book import Book, Instrument
from ringfence.core.errors import BookError
from ringfence.core.exact import Bound
from ringfence.margin.world import World
from ringfence.market import Market

_VOL = Bound("a volatility above zero and at most 10", 0, 10, open=True, example="60 % a year is 0.6")
_FURTHEST = 50
"""A strike this many times its underlying, or this part of it, is in another unit."""

_DEAREST = 2
"""A mark this many times the most that an option can be worth is in another unit."""

_UNUSUAL = "unusual_quotes"
"""The setting by which a book says that its strikes, marks and volatilities are meant as they stand."""

_IF_MEANT = f"if it is meant, add {_UNUSUAL} = true under [settings]"

_APART = 100
_NEAR = 10
"""A mark this far from what its model says, and in the other unit as near as this, is in the other unit."""


def taken_as_meant(book: Book) -> bool:
    """Return whether a book says that its quotes are meant as they stand."""
    return bool(book.overrides.settings.get(_UNUSUAL))


def check_quotes(option: Instrument, forward: Decimal, market: Market) -> None:
    """Complain about what is quoted of an option in another unit than its underlying's or its own.

    Raises:
        BookError: strike, volatility, mark or underlying_price is.

    """
    _check_strike(option, forward)
    _check_vol(option, market)
    _check_mark(option, forward, market.marks.get(option.symbol), "mark")
    _check_index(option, market)


def check_order(option: Instrument, forward: Decimal, price: Decimal) -> None:
    """Complain about an order in an option whose strike or price must be in another unit.

    Raises:
        BookError: it is.

    """
    _check_strike(option, forward)
    _check_mark(option, forward, price, "price")


def check_units(options: Sequence[Instrument], world: World) -> None:
    """Complain about an option marked in its coin where it pays in money, or the other way round.

    Told by what its model says at the volatility that is stated beside the mark.

    Raises:
        BookError: one is.

    """
    asked = [one for one in options if one.symbol in world.market.implied_vols]
    if not asked:
        return
    from ringfence.margin.options import quotes_of  # noqa: PLC0415 - paid for by books with options

    quotes = quotes_of([one.symbol for one in asked], world)
    rows = zip(asked, quotes.price().tolist(), quotes.forward.tolist(), strict=True)
    for option, model, forward in rows:
        mark = float(world.market.marks[option.symbol])
        ratio = mark / model if model > 0 else 1.0
        other = ratio / forward if option.pays_in_coin else ratio * forward
        if not 1 / _APART <= ratio <= _APART and 1 / _NEAR <= other <= _NEAR:
            unit = option.quote if option.pays_in_coin else option.underlying
            raise BookError(
                option.symbol,
                f"its mark {world.market.marks[option.symbol]:f} is what it is worth in {unit}; in "
                f"{option.settle}, in which it pays, that is {model:.6g} at its volatility",
                f"Write mark_price in {option.settle} for one {option.underlying}; {_IF_MEANT}",
            )


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


def _check_mark(option: Instrument, forward: Decimal, mark: Decimal | None, called: str) -> None:
    """Complain about a mark beyond what an option can be worth: a call its underlying, a put its strike."""
    strike = option.strike
    if mark is None or strike is None:
        return
    most = forward if option.right == "call" else strike
    most = most / forward if option.pays_in_coin else most
    if mark > most * _DEAREST:
        raise BookError(
            option.symbol,
            f"its {called} {mark:f} is more than it can ever be worth, {most:.6g} {option.settle}",
            f"Write the {called} in {option.settle} for one {option.underlying}; {_IF_MEANT}",
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
