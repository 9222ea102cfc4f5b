"""What the owner has in a pool: balances, and positions as functions of their coins' prices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from ringfence.book import Position
from ringfence.core.along import Along
from ringfence.formula.liquidation import bankruptcy_value
from ringfence.formula.requirement import flat_charge
from ringfence.liquidation.bankruptcy import fee_to_close
from ringfence.margin.charge import charges_of
from ringfence.margin.curved import strikes_of
from ringfence.margin.moved import moved
from ringfence.margin.one_coin import touched_by
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.paths.bends import Bend, bends_along, curved
from ringfence.venue import kinds

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy.typing as npt

    from ringfence.paths.fates import Floats

    Rows: TypeAlias = npt.NDArray[np.int64]

_MET: Final = 1e-8
_MET_CURVED: Final = 1e-7
_OUTERMOST: Final = 0.02, 20.0
"""Prices over today's between which an option is met by pieces."""


@dataclass(frozen=True, slots=True)
class Instant:
    """Some paths at an instant.

    prices   of a coin, by its place, over today's
    paid     funding sums so far, by coin: 0 of prices, 1 of one over prices; None: nothing is paid
    """

    prices: "Callable[[int], Floats]"
    paid: "Callable[[int, int], Floats] | None" = None

    def of(self, rows: "Rows") -> "Instant":
        """Return the instant of some of the paths."""
        prices, paid = self.prices, self.paid
        return Instant(
            lambda coin: prices(coin)[rows],
            None if paid is None else lambda coin, kind: paid(coin, kind)[rows],
        )


@dataclass(frozen=True, slots=True)
class Rate:
    """What one of an asset counts in the account's unit, and the coin that it moves with; -1: it stands still."""

    today: float
    coin: int

    def at(self, when: "Instant") -> "Floats | float":
        """Return the rate on some paths."""
        return self.today if self.coin < 0 else self.today * when.prices(self.coin)


@dataclass(frozen=True, slots=True)
class Held:
    """A position: what leaving it at its mark brings, and what funding asks.

    place    among the positions of the account
    claim    [settle] by its coin's price
    rate     of its settlement asset
    flow     [settle] what an instant of funding brings, at today's price: below zero for who pays
    inverse  whether that goes with one over the price
    need     [settle] maintenance by its coin's price; None: nobody asks
    value    [settle] unsigned, by its coin's price; None: nobody asks
    sign     +1: its value rises as it gains
    fee      rate that a pool pays to be rid of it at its bankruptcy price
    """

    place: int
    coin: int
    claim: Bend
    rate: Rate
    flow: float = 0.0
    inverse: bool = False
    need: Bend | None = None
    value: Bend | None = None
    sign: float = 1.0
    fee: float = 0.0


@dataclass(frozen=True, slots=True)
class Owned:
    """What stands in a pool.

    balances   amounts of assets, and their rates
    rest       [unit] what is known as a total of everything else
    rate       of the pool's unit
    to_owner   whether a pool that is taken over above water gives its owner what it is worth
    """

    balances: tuple[tuple[float, Rate], ...]
    held: tuple[Held, ...]
    rest: float
    rate: Rate
    to_owner: bool


def rate_of(world: World, asset: str, unit: str, coins: Sequence[str]) -> Rate:
    """Return what an asset counts in a unit that stands still, or in itself."""
    if asset == unit:
        return Rate(1.0, -1)
    coin = asset if asset in coins else world.rules.venue.follows.get(asset, "")
    place = coins.index(coin) if coin in coins else -1
    return Rate(float(world.convert(Decimal(1), asset, unit)), place)


Known = dict[str, tuple[Bend, Bend | None]]
"""Claims and values of positions by label: the same whatever pool holds them."""


def owned_of(
    pool: Pool,
    world: World,
    unit: str,
    coins: Sequence[str],
    places: Mapping[str, int],
    funding: Callable[[str], float],
    known: Known,
) -> Owned:
    """Return a pool as its owner has it.

    Args:
        pool: the pool, with positions or without.
        world: prices and rules today.
        unit: the account's.
        coins: what moves.
        places: label -> place among the account's positions.
        funding: symbol -> rate of an instant of funding, which longs pay.
        known: claims and values that another mode has found; others are added.

    """
    fees = {p.label: float(fee_to_close(p, world)) for p in pool.positions}
    held = []
    for position in pool.positions:
        label = position.label
        if label not in known:
            known[label] = _curves(position, pool, world, coins)
        claim, value = known[label]
        flows = world.instrument(position.symbol).payoff in {"linear", "inverse"}
        asked = funding(position.symbol) * float(world.value(position)) if flows else 0.0
        held.append(
            Held(
                place=places[label],
                coin=claim.coin,
                claim=claim,
                rate=rate_of(world, world.settle(position), unit, coins),
                flow=-position.sign * asked,
                inverse=world.is_inverse(position),
                need=_need(position, pool, world, coins) if any(fees.values()) else None,
                value=value,
                sign=float(world.value_sign(position)),
                fee=fees[label],
            )
        )
    return Owned(
        balances=tuple(
            (float(n), rate_of(world, asset, unit, coins)) for asset, n in pool.collateral.items()
        ),
        held=tuple(held),
        rest=0.0 if pool.rest is None else float(world.convert(pool.rest.equity, pool.unit, unit)),
        rate=rate_of(world, pool.unit, unit, coins),
        to_owner=_to_owner(pool, world),
    )


def _to_owner(pool: Pool, world: World) -> bool:
    """Return whether the first take-over that acts gives the owner what is left above water."""
    if not pool.positions:
        return False
    steps = world.rules.procedure(world.facts(pool.positions[0])).steps
    acting = next((s for s in steps if isinstance(s, kinds.TakeOver) and s.below >= 1), kinds.TakeOver())
    return acting.surplus == "owner"


def _curves(position: Position, pool: Pool, world: World, coins: Sequence[str]) -> tuple[Bend, Bend | None]:
    """Return claim and value of a position as functions of its coin's price; of an option, the claim alone."""
    coin = world.instrument(position.symbol).underlying
    if coin not in coins:
        return Bend(0, np.zeros(1), np.array([[float(world.claim(position)), 0.0, 0.0]])), None
    number, size = coins.index(coin), float(world.value(position))
    if world.instrument(position.symbol).is_option:
        there = world.without_options_but({p.symbol for p in pool.positions}).pinned()
        low, high = _OUTERMOST
        stops = sorted({low, 1.0, high, *(k for k in strikes_of(pool, there, coin) if low < k < high)})
        (claim,) = curved(
            lambda g: (float(moved(there, {coin: Decimal(g)}).claim(position)),),
            number,
            stops,
            (_MET_CURVED * _notional(position, world),),
        )
        return claim, None

    def reading(price: Decimal | Along) -> tuple[Decimal | Along, ...]:
        there = moved(world, {coin: cast("Decimal", price)})
        return there.claim(position), there.value(position)

    first, second = bends_along(reading, number, (_MET * size,) * 2)
    return first, second


def _need(position: Position, pool: Pool, world: World, coins: Sequence[str]) -> Bend | None:
    """Return what a position needs as a function of its coin's price [settle]."""
    coin = world.instrument(position.symbol).underlying
    if coin not in coins or world.instrument(position.symbol).is_option:
        return None
    company = [p for p in touched_by(pool, world, coin) if p is not position]

    def reading(price: Decimal | Along) -> tuple[Decimal | Along, ...]:
        there = moved(world, {coin: cast("Decimal", price)})
        return (charges_of(pool, there, [position, *company], initial_too=False)[0].maintenance.value,)

    return bends_along(reading, coins.index(coin), (_MET * float(world.value(position)),))[0]


def _notional(position: Position, world: World) -> float:
    """Return what an option stands on, in its settlement asset: contracts times size, at the price of its coin."""
    contract = world.instrument(position.symbol)
    coins = float(position.contracts * position.contract_size)
    return coins if contract.pays_in_coin else coins * float(world.index(contract.underlying))


def claim_at(one: Held, when: Instant) -> "Floats":
    """Return what leaving a position brings at an instant, with the funding it has had [settle]."""
    claim = one.claim.at(when.prices(one.coin))
    if when.paid is not None and one.flow:
        claim = claim + one.flow * when.paid(one.coin, int(one.inverse))
    return claim


def worth_of(one: Held) -> float:
    """Return what leaving a position brings today [unit]."""
    return float(one.claim.at(np.ones(1))[0]) * one.rate.today


def worth_today(owned: Owned) -> float:
    """Return what a pool is worth at the start: collateral without cuts, and P&L [unit]."""
    return owned.rest + sum(a * r.today for a, r in owned.balances) + sum(map(worth_of, owned.held))


def fees_at(owned: Owned, then: Instant, worth: "Floats") -> "Floats":
    """Return what closing at the bankruptcy prices costs [unit]: there the pool has that and no more."""
    fees: Floats = np.zeros(len(worth))
    if not any(one.fee for one in owned.held):
        return fees
    rates = [one.rate.at(then) for one in owned.held]
    needs = [
        one.need.at(then.prices(one.coin)) * rate if one.need is not None else np.zeros(len(worth))
        for one, rate in zip(owned.held, rates, strict=True)
    ]
    whole = np.sum(needs, axis=0)
    whole[whole == 0.0] = np.inf
    for one, rate, need in zip(owned.held, rates, needs, strict=True):
        if one.value is None or one.fee == 0.0:
            continue
        value, fee = one.value.at(then.prices(one.coin)), np.float64(one.fee)
        left = bankruptcy_value(value, np.float64(one.sign), worth * need / whole / rate, fee)
        fees += np.maximum(flat_charge(left, fee), 0.0) * rate
    return fees
