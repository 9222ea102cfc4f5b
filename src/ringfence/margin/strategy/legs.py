"""The legs of a class: what is held, in the words of strategy rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from ringfence.book import Position
from ringfence.core.errors import RulePackError
from ringfence.core.number import smaller
from ringfence.formula.requirement import out_of_the_money
from ringfence.formula.strategy import naked_option, stock_charge
from ringfence.margin.options import years_left
from ringfence.margin.paid_for import terms_of
from ringfence.margin.world import World
from ringfence.venue.entry import Measure
from ringfence.venue.models import StockRates, Strategies

_MONTHS_OF_YEAR = 12
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Leg:
    """A position in stock or in an option, and what one contract of it needs alone.

    number      its place among the legs of the class
    lots        [contract] unsigned
    size        [underlying/contract]
    spot        [quote] price of its own underlying
    mark        [quote]
    alone       [quote/contract] what it needs in no group, with the premium or sale proceeds in it
    received    [quote/contract] what was received for it, if short: a premium at today's price
    """

    number: int
    position: Position
    kind: Literal["stock", "call", "put"]
    underlying: str
    lots: Decimal
    size: Decimal
    spot: Decimal
    mark: Decimal
    strike: Decimal
    expiry: date | None
    alone: Decimal
    received: Decimal
    rule: str

    @property
    def sign(self) -> int:
        """Return +1 for what is owned, -1 for what is owed."""
        return self.position.sign

    @property
    def right(self) -> int:
        """Return +1 for a call, -1 for a put, 0 for stock."""
        return {"call": 1, "put": -1, "stock": 0}[self.kind]

    @property
    def premium(self) -> Decimal:
        """Return what a contract of an option is worth [quote]."""
        return self.mark * self.size

    @property
    def distance(self) -> Decimal:
        """Return how far an option is out of the money [quote/unit]."""
        return out_of_the_money(Decimal(self.right), self.strike, self.spot)


def legs_of(
    positions: Sequence[Position], rule: Strategies, measure: Measure, world: World
) -> tuple[Leg, ...]:
    """Return the legs of a class, in the order of the book.

    Raises:
        MarketError: an option has expired, or a price is missing.
        RulePackError: something is neither stock nor an option.

    """
    return tuple(_leg(number, position, rule, measure, world) for number, position in enumerate(positions))


def _leg(number: int, position: Position, rule: Strategies, measure: Measure, world: World) -> Leg:
    contract = world.instrument(position.symbol)
    if contract.payoff == "spot":
        return _stock(number, position, rule, measure, world)
    if not contract.is_option or contract.pays_in_coin:
        raise RulePackError(
            f"{world.rules.venue.id}, {position.symbol}",
            "strategy rules are for stock, and for options that pay in money",
            "Choose another account mode",
        )
    return _option(number, position, rule, world)


def _option(number: int, position: Position, rule: Strategies, world: World) -> Leg:
    contract = world.instrument(position.symbol)
    strike, sign = terms_of(contract, world)
    spot, mark = world.index(contract.underlying), world.mark(position.symbol)
    size = position.contract_size
    if position.sign > 0:
        share = rule.long_rate if _is_longer(position, rule, world) else _ONE
        alone, text = mark * size * share, f"premium * {share}"
    else:
        rate = rule.broad_rate if contract.underlying in rule.broad else rule.rate
        times = rule.leverage.get(contract.underlying, _ONE)
        rate, least = smaller(rate * times, _ONE), smaller(rule.least * times, _ONE)
        base = strike if sign < 0 else spot
        distance = out_of_the_money(Decimal(sign), strike, spot)
        alone = naked_option(mark, spot, distance, rate, least * base) * size
        text = f"premium + max({rate} * S - out of the money, {least} * {'K' if sign < 0 else 'S'})"
    return Leg(
        number=number, position=position, kind="call" if sign > 0 else "put", underlying=contract.underlying,
        lots=position.contracts, size=size, spot=spot, mark=mark, strike=strike, expiry=contract.expiry,
        alone=alone, received=mark * size if position.sign < 0 else Decimal(0), rule=text,
    )  # fmt: skip


def _is_longer(position: Position, rule: Strategies, world: World) -> bool:
    """Return whether an option has more time left than what must be paid in full."""
    contract = world.instrument(position.symbol)
    years_left(contract, world)  # complains of one that has expired
    assert contract.expiry is not None  # noqa: S101 - the line above has asked
    month = world.at.month - 1 + rule.long_months
    year, month = world.at.year + month // _MONTHS_OF_YEAR, month % _MONTHS_OF_YEAR + 1
    return (contract.expiry.year, contract.expiry.month, contract.expiry.day) > (year, month, world.at.day)


def _stock(number: int, position: Position, rule: Strategies, measure: Measure, world: World) -> Leg:
    contract = world.instrument(position.symbol)
    rates = rule.initial if measure == "initial" else rule.maintenance
    mark = world.mark(position.symbol)
    price = mark if rates.price == "mark" else position.entry_price
    rate = _stock_rate(position, rule, rates, contract.underlying)
    if position.sign > 0:
        alone, received, text = price * rate, Decimal(0), f"value * {rate}"
    else:
        alone, received = price + stock_charge(price, rate, rates.least), price
        text = f"value + max(value * {rate}, {rates.least})" if rates.least else f"value * {1 + rate}"
    size = position.contract_size
    return Leg(
        number=number, position=position, kind="stock", underlying=contract.underlying,
        lots=position.contracts, size=size, spot=mark, mark=mark, strike=Decimal(0), expiry=None,
        alone=alone * size, received=received * size, rule=text,
    )  # fmt: skip


def _stock_rate(position: Position, rule: Strategies, rates: StockRates, underlying: str) -> Decimal:
    """Return the share of its value that stock needs: of a fund with leverage, its maintenance times that at least."""
    times = rule.leverage.get(underlying, _ONE)
    own, kept = (
        (rates.long, rule.maintenance.long) if position.sign > 0 else (rates.short, rule.maintenance.short)
    )
    return smaller(max(own, kept * times), _ONE)
