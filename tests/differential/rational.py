"""The referee: the engine's own formulas on rationals, which never round.

A ``Rational`` takes decimals beside it, as the engine's numbers do, so the whole engine runs on it unchanged: what it
gives is what the decimals would give with no end of digits.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar, cast

from ringfence.book import Order, Position
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.market import Market

R = TypeVar("R", Position, Order)


class Rational(Fraction):
    """A fraction that counts a decimal beside it as the fraction it is."""

    __slots__ = ()

    def copy_negate(self) -> "Rational":
        """Return the negative, by the name that decimals have for it."""
        return Rational(-self)

    def __format__(self, spec: str) -> str:
        """Write it as the decimal it is near, where a name holds a number."""
        return format(Decimal(self.numerator) / Decimal(self.denominator), spec)


def _counting(name: str) -> Callable[[Any, Any], Any]:
    plain = getattr(Fraction, name)

    def counted(one: Fraction, other: object) -> object:
        found = plain(one, Fraction(other) if isinstance(other, Decimal) else other)
        return Rational(found) if isinstance(found, Fraction) else found

    return counted


def _alone(name: str) -> Callable[[Any], Any]:
    plain = getattr(Fraction, name)
    return lambda one: Rational(plain(one))


for _name in ("add", "sub", "mul", "truediv"):
    for _side in ("", "r"):
        setattr(Rational, f"__{_side}{_name}__", _counting(f"__{_side}{_name}__"))
for _name in ("lt", "le", "gt", "ge", "eq"):
    setattr(Rational, f"__{_name}__", _counting(f"__{_name}__"))
for _name in ("neg", "pos", "abs"):
    setattr(Rational, f"__{_name}__", _alone(f"__{_name}__"))
Rational.__hash__ = Fraction.__hash__  # type: ignore[method-assign]


def _exact(value: object) -> object:
    return Rational(value) if isinstance(value, Decimal) else value


def _of_record(record: R) -> R:
    changes = {field.name: _exact(getattr(record, field.name)) for field in fields(record)}
    return replace(record, **cast("dict[str, Any]", changes))


def _of_table(table: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {name: cast("Decimal", _exact(value)) for name, value in table.items()}


def exact_pool(pool: Pool) -> Pool:
    """Return a pool that counts in rationals."""
    return replace(
        pool,
        collateral=_of_table(pool.collateral),
        positions=tuple(_of_record(position) for position in pool.positions),
        orders=tuple(_of_record(order) for order in pool.orders),
    )


def exact_market(market: Market) -> Market:
    """Return a market whose prices and feeds are rationals."""
    return replace(
        market,
        marks=_of_table(market.marks),
        indices=_of_table(market.indices),
        forwards=_of_table(market.forwards),
        feeds={name: _of_table(table) for name, table in market.feeds.items()},
    )


def exact_world(world: World) -> World:
    """Return a world in rationals. The rules keep their decimals, which are exact as they are written."""
    return replace(world, market=exact_market(world.market))
