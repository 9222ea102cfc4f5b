"""What the owner has in a pool: balances and positions as functions of prices, and what a take-over leaves of them.

Two ways lead to what an owner has at the end, and neither is computed from the other: the balances that are left, and
what was put up with everything that was gained, paid and borne since.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

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
from ringfence.market.shock import STABLE
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

Prices = Callable[[int], "Floats"]
"""Prices over today's of a coin, by its place, on some paths."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What one of an asset counts in the account's unit, and the coin that it moves with; -1: it stands still."""

    today: float
    coin: int

    def at(self, prices: Prices) -> "Floats | float":
        """Return the rate on some paths."""
        return self.today if self.coin < 0 else self.today * prices(self.coin)


@dataclass(frozen=True, slots=True)
class Held:
    """A position: what leaving it at its mark brings, and what funding asks.

    place    among the positions of the account
    claim    [settle] by its coin's price
    rate     of its settlement asset
    flow     [settle] what an instant of funding brings, at today's price: below zero for who pays
    inverse  whether that goes with one over the price
    need     [settle] maintenance by its coin's price; None: nobody asks
    value    [settle] unsigned, by its coin's price; None: as ``need``
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


def owned_of(
    pool: Pool,
    world: World,
    unit: str,
    coins: Sequence[str],
    places: dict[str, int],
    funding: Callable[[str], float],
) -> Owned:
    """Return a pool as its owner has it.

    Args:
        pool: the pool, with positions or without.
        world: prices and rules today.
        unit: the account's.
        coins: what moves.
        places: label -> place among the account's positions.
        funding: symbol -> rate of an instant of funding, which longs pay.

    """
    balances = [
        (float(amount), rate_of(world, asset, unit, coins)) for asset, amount in pool.collateral.items()
    ]
    rest = 0.0 if pool.rest is None else float(world.convert(pool.rest.equity, pool.unit, unit))
    fees = {p.label: float(fee_to_close(p, world)) for p in pool.positions}
    asks = any(fees.values())
    held = []
    for position in pool.positions:
        contract = world.instrument(position.symbol)
        claim, need, value = _curves(position, pool, world, coins, asks=asks)
        asked = funding(position.symbol)
        today = float(world.value(position)) if contract.payoff in {"linear", "inverse"} else 0.0
        held.append(
            Held(
                place=places[position.label],
                coin=claim.coin,
                claim=claim,
                rate=rate_of(world, world.settle(position), unit, coins),
                flow=-position.sign * asked * today,
                inverse=world.is_inverse(position),
                need=need,
                value=value,
                sign=float(world.value_sign(position)),
                fee=fees[position.label],
            )
        )
    rate = rate_of(world, pool.unit, unit, coins)
    return Owned(tuple(balances), tuple(held), rest, rate, _to_owner(pool, world))


def _to_owner(pool: Pool, world: World) -> bool:
    """Return whether the first take-over that acts gives the owner what is left above water."""
    if not pool.positions:
        return False
    steps = world.rules.procedure(world.facts(pool.positions[0])).steps
    acting = next((s for s in steps if isinstance(s, kinds.TakeOver) and s.below >= 1), kinds.TakeOver())
    return acting.surplus == "owner"


def _curves(
    position: Position, pool: Pool, world: World, coins: Sequence[str], *, asks: bool
) -> tuple[Bend, Bend | None, Bend | None]:
    """Return claim, need and value of a position as functions of its coin's price; the latter two where asked for."""
    coin = world.instrument(position.symbol).underlying
    if coin in STABLE and coin not in coins:
        still = np.array([[float(world.claim(position)), 0.0, 0.0]])
        return Bend(0, np.zeros(1), still), None, None
    number, company = coins.index(coin), [p for p in touched_by(pool, world, coin) if p is not position]
    size = float(world.value(position))

    def reading(price: Decimal | Along) -> tuple[Decimal | Along, ...]:
        there = moved(world, {coin: price})  # type: ignore[dict-item]
        if not asks:
            return (there.claim(position),)
        one = charges_of(pool, there, [position, *company], initial_too=False)[0]
        return one.maintenance.value, there.claim(position), there.value(position)

    if world.instrument(position.symbol).is_option:
        world = world.without_options_but({p.symbol for p in pool.positions}).pinned()
        low, high = _OUTERMOST
        strikes = [k for k in strikes_of(pool, world, coin) if low < k < high]

        def claim(g: float) -> tuple[float]:
            return (float(moved(world, {coin: Decimal(g)}).claim(position)),)

        return (
            curved(claim, number, sorted({low, 1.0, high, *strikes}), (1e-7 * _notional(position, world),))[
                0
            ],
            None,
            None,
        )
    laws = bends_along(reading, number, (_MET * size,) * (3 if asks else 1))
    return (laws[1], laws[0], laws[2]) if asks else (laws[0], None, None)


def _notional(position: Position, world: World) -> float:
    """Return what an option stands on, in its settlement asset: contracts times size, at the price of its coin."""
    contract = world.instrument(position.symbol)
    coins = float(position.contracts * position.contract_size)
    return coins if contract.pays_in_coin else coins * float(world.index(contract.underlying))


@dataclass(slots=True)
class Tally:
    """What paths leave of one mode, added up pool by pool. P paths, N positions; in the account's unit."""

    gain: "Floats"
    other: "Floats"
    wealth: "Floats"
    fees: "Floats"
    impact: "Floats"
    bad_debt: "Floats"

    @classmethod
    def empty(cls, paths: int, positions: int) -> "Tally":
        """Return one with nothing in it."""
        other, wealth, fees, impact, bad_debt = (np.zeros(paths) for _ in range(5))
        return cls(np.zeros((paths, positions)), other, wealth, fees, impact, bad_debt)

    def part(self, rows: slice) -> "Tally":
        """Return some of the paths; what is added there is added here."""
        return Tally(
            self.gain[rows], self.other[rows], self.wealth[rows], self.fees[rows], self.impact[rows],
            self.bad_debt[rows],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Instant:
    """Some paths at an instant: prices, and the funding sums so far (of prices, of one over prices) by coin."""

    prices: Prices
    paid: Callable[[int, int], "Floats"] | None = None

    def of(self, rows: "Rows") -> "Instant":
        """Return the instant of some of the paths."""
        prices, paid = self.prices, self.paid
        return Instant(
            lambda coin: prices(coin)[rows],
            None if paid is None else lambda coin, kind: paid(coin, kind)[rows],
        )


def claim_at(one: Held, when: Instant) -> "Floats":
    """Return what leaving a position brings at an instant, with the funding it has had [settle]."""
    claim = one.claim.at(when.prices(one.coin))
    if when.paid is not None and one.flow:
        claim = claim + one.flow * when.paid(one.coin, int(one.inverse))
    return claim


def add_living(owned: Owned, end: Instant, rows: "Rows", tally: Tally) -> None:
    """Add a pool on the paths on which it lives to the end."""
    here = end.of(rows)
    wealth: Floats = np.full(len(rows), owned.rest)
    for amount, rate in owned.balances:
        worth = amount * rate.at(here.prices)
        wealth += worth
        if rate.coin >= 0:
            tally.other[rows] += worth - amount * rate.today
    for one in owned.held:
        worth = claim_at(one, here) * one.rate.at(here.prices)
        wealth += worth
        tally.gain[rows, one.place] += worth - _today(one)
    tally.wealth[rows] += wealth


def _today(one: Held) -> float:
    return float(one.claim.at(np.ones(1))[0]) * one.rate.today


def worth_today(owned: Owned) -> float:
    """Return what a pool is worth at the start: collateral without cuts, and P&L [unit]."""
    return owned.rest + sum(a * r.today for a, r in owned.balances) + sum(map(_today, owned.held))


def add_dead(owned: Owned, then: Instant, end: Instant, rows: "Rows", tally: Tally) -> None:
    """Add a pool on the paths on which it dies: nobody buys, and the venue takes it over at its bankruptcy price."""
    there, here = then.of(rows), end.of(rows)
    claims = [claim_at(one, there) for one in owned.held]
    worth: Floats = np.full(len(rows), owned.rest)
    for amount, rate in owned.balances:
        worth += amount * rate.at(there.prices)
    for one, claim in zip(owned.held, claims, strict=True):
        value = claim * one.rate.at(there.prices)
        worth += value
        tally.gain[rows, one.place] += value - _today(one)
    kept = (worth > 0.0) if owned.to_owner else np.zeros(len(rows), bool)
    fee = _fees(owned, there, worth)
    tally.fees[rows] += np.where(kept, 0.0, np.maximum(worth, fee))
    tally.bad_debt[rows] += np.where(kept, 0.0, np.maximum(fee - worth, 0.0))
    left: Floats = np.full(len(rows), owned.rest)
    for amount, rate in owned.balances:
        goes = amount * rate.at(here.prices)
        stays = amount * rate.at(there.prices)
        left += goes
        tally.other[rows] += np.where(kept, goes, stays) - amount * rate.today
    for one, claim in zip(owned.held, claims, strict=True):
        goes = claim * one.rate.at(here.prices)
        left += goes
        if one.rate.coin >= 0:
            tally.other[rows] += np.where(kept, goes - claim * one.rate.at(there.prices), 0.0)
    tally.wealth[rows] += np.where(kept, left, 0.0)


def _fees(owned: Owned, then: Instant, worth: "Floats") -> "Floats":
    """Return what closing at the bankruptcy prices costs [unit]: there the pool has that and no more."""
    fees: Floats = np.zeros(len(worth))
    if not any(one.fee for one in owned.held):
        return fees
    rates = [one.rate.at(then.prices) for one in owned.held]
    needs = [
        one.need.at(then.prices(one.coin)) * rate if one.need is not None else np.zeros(len(worth))
        for one, rate in zip(owned.held, rates, strict=True)
    ]
    whole = np.sum(needs, axis=0)
    whole[whole == 0.0] = np.inf
    for one, rate, need in zip(owned.held, rates, needs, strict=True):
        if one.value is None or one.fee == 0.0:
            continue
        given_up = worth * need / whole / rate
        value = bankruptcy_value(
            one.value.at(then.prices(one.coin)), np.float64(one.sign), given_up, np.float64(one.fee)
        )
        fees += np.maximum(flat_charge(value, np.float64(one.fee)), 0.0) * rate
    return fees
