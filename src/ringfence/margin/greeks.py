"""What a pool's options and futures depend on, by coin and expiry."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ringfence.book import Position
from ringfence.core.number import from_model
from ringfence.margin.pools import Pool
from ringfence.margin.world import World

DAYS_OF_YEAR = 365


@dataclass(frozen=True, slots=True)
class Greeks:
    """The positions of one coin and one expiry, to first order; gamma to second. Of models, so float64 stands behind.

    delta    [coin] what they gain when the coin rises by one [quote], premium apart
    gamma    [coin] by how much delta changes when the coin rises by 1 %
    vega     [quote] what they gain when every volatility rises by 0.01
    theta    [quote] what they gain in a day, all else held
    """

    underlying: str
    expiry: date | None
    delta: Decimal
    gamma: Decimal
    vega: Decimal
    theta: Decimal


def greeks_of(pool: Pool, world: World) -> tuple[Greeks, ...]:
    """Return the greeks of a pool with options, by coin and expiry, perpetuals first; without options, nothing.

    Raises:
        MarketError: an option has expired, or something it is priced from is not known.

    """
    options = [p for p in pool.positions if world.instrument(p.symbol).is_option]
    if not options:
        return ()
    groups: dict[tuple[str, date | None], list[Position]] = defaultdict(list)
    for position in pool.positions:
        contract = world.instrument(position.symbol)
        groups[contract.underlying, contract.expiry].append(position)
    each = _of_options(options, world)
    found = [_together(key, members, each, world) for key, members in groups.items()]
    return tuple(sorted(found, key=lambda one: (one.underlying, one.expiry or date.min)))


def _of_options(
    options: list[Position], world: World
) -> dict[str, tuple[Decimal, Decimal, Decimal, Decimal]]:
    """Return delta, gamma, vega and theta of each option, by label."""
    from ringfence.formula.model.black import (  # noqa: PLC0415 - paid for by books with options
        black_delta,
        black_gamma,
        black_theta,
        black_vega,
    )
    from ringfence.margin.options import quotes_of  # noqa: PLC0415 - as above

    quotes = quotes_of([p.symbol for p in options], world)
    inputs = quotes.forward, quotes.strike, quotes.sigma, quotes.years
    columns = (
        black_delta(*inputs, quotes.sign),
        black_gamma(*inputs) * quotes.forward / 100,
        black_vega(*inputs) / 100,
        black_theta(*inputs) / DAYS_OF_YEAR,
    )
    rows = zip(*(column.tolist() for column in columns), strict=True)
    found = {}
    for position, row in zip(options, rows, strict=True):
        coins = position.sign * world.coins(position)
        delta, gamma, vega, theta = (coins * from_model(number) for number in row)
        found[position.label] = delta, gamma, vega, theta
    return found


def _together(
    key: tuple[str, date | None],
    members: list[Position],
    each: dict[str, tuple[Decimal, Decimal, Decimal, Decimal]],
    world: World,
) -> Greeks:
    none = Decimal(0)
    rows = [each.get(p.label) or (p.sign * world.coins(p), none, none, none) for p in members]
    delta, gamma, vega, theta = (sum(column, none) for column in zip(*rows, strict=True))
    return Greeks(*key, delta, gamma, vega, theta)
