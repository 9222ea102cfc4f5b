"""Risk units of many pools at once: which positions net, and what of their pool's collateral stands with them."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.compiled import compiled
from ringfence.batch.netting.terms import Terms
from ringfence.formula.contract import inverse_value, linear_value
from ringfence.formula.netting import matched

if TYPE_CHECKING:
    from ringfence.batch.columns import Columns, Floats, Places

ROUNDING: Final = 2.0**-53
"""What one rounding is off by, at most, as a share."""
STEPS: Final = 64.0
"""Roundings that a number passes through on its way from a column into a requirement, sums apart: no path has more."""
DELTA_SLIP: Final = 1e-14
"""What the delta of an option is off by, at most, between two ways to sum and to take a logarithm [1]."""


def totals(place: "Places", values: "Floats", size: int) -> "Floats":
    """Return the sum of the values of each place, in their order."""
    return np.asarray(np.bincount(place, values, size), dtype=np.float64)


def number(x: float) -> "Floats":
    """Return one number as formulas take it: the same for all units."""
    return np.asarray(x, dtype=np.float64)


@compiled
def _unit_rows(
    pools: "Places", first: "Places", holding: "Places", key: "Places", keys: int,
    rows: "Places", start: "Places", pool: "Places", unit_key: "Places",
) -> int:  # fmt: skip
    """Fill the rows of all units, one after another, in the order in which pools meet them; return their number."""
    met, place = np.full(keys, -1, dtype=np.int64), np.empty(keys, dtype=np.int64)
    free = np.empty(rows.shape[0] + 1, dtype=np.int64)
    units, filled = 0, 0
    for p in range(pools.shape[0]):
        begin, end, base = first[pools[p]], first[pools[p] + 1], units
        for row in range(begin, end):
            k = key[holding[row]]
            if k < 0:
                continue
            if met[k] != p:
                met[k], place[k] = p, units
                pool[units], unit_key[units], free[units] = p, k, 0
                units += 1
            free[place[k]] += 1
        for unit in range(base, units):
            start[unit] = filled
            filled += free[unit]
            free[unit] = start[unit]
        for row in range(begin, end):
            k = key[holding[row]]
            if k >= 0:
                rows[free[place[k]]] = row
                free[place[k]] += 1
    start[units] = filled
    return units


@compiled
def group_rows(
    start: "Places",
    key: "Places",
    wanted: "Places",
    keys: int,
    group: "Places",
    first: "Places",
    unit: "Places",
) -> int:
    """Fill the group of every row: those of a unit that have a key in common; -1 where a row is not wanted.

    ``first`` and ``unit`` are filled with each group's first row and its unit. Return the number of groups.
    """
    met, place = np.full(keys, -1, dtype=np.int64), np.empty(keys, dtype=np.int64)
    groups = 0
    for u in range(start.shape[0] - 1):
        for row in range(start[u], start[u + 1]):
            group[row] = -1
            if wanted[row] == 0:
                continue
            k = key[row]
            if met[k] != u:
                met[k], place[k] = u, groups
                first[groups], unit[groups] = row, u
                groups += 1
            group[row] = place[k]
    return groups


@compiled
def spots(
    pool: "Places", coin: "Places", currency: "Places", way: "Places", delta: "Floats", pools: "Places",
    first: "Places", asset: "Places", amount: "Floats", spot: "Floats",
) -> None:  # fmt: skip
    """Fill what of a pool's holding of each unit's coin stands in the unit's scenarios; units of a coin in turn.

    way   0: nothing, 1: all that is left, 2: what makes the delta of the unit smaller
    """
    for unit in range(pool.shape[0]):
        spot[unit] = 0.0
        if way[unit] == 0 or coin[unit] == currency[unit]:
            continue
        held = 0.0
        for row in range(first[pools[pool[unit]]], first[pools[pool[unit]] + 1]):
            if asset[row] == coin[unit]:
                held += amount[row]
        before = unit - 1
        while before >= 0 and pool[before] == pool[unit]:
            if coin[before] == coin[unit]:
                held -= spot[before]
            before -= 1
        spot[unit] = held if way[unit] == 1 else matched(held, delta[unit])


@dataclass(frozen=True, slots=True)
class Cut:
    """Rows of a population cut into units.

    rows    places in the columns' positions, unit after unit
    start   unit -> its first place in ``rows``, and one more
    pool    unit -> place among the pools that are asked about
    key     unit -> what it is
    """

    rows: "Places"
    start: "Places"
    pool: "Places"
    key: "Places"


def cut(columns: "Columns", pools: "Places", holding: "Places", terms: Terms) -> Cut:
    """Return the units of some pools; ``holding`` is that of every position, as ``terms`` has them."""
    first = columns.first_position
    size = int((first[pools + 1] - first[pools]).sum())
    rows, start = np.empty(size, dtype=np.int64), np.empty(size + 1, dtype=np.int64)
    pool, key = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    units = _unit_rows(pools, first, holding, terms.key, len(terms.keys), rows, start, pool, key)
    return Cut(rows[: start[units]], start[: units + 1], pool[:units], key[:units])


@dataclass(frozen=True, slots=True)
class Amount:
    """Amounts of units, in their currencies, and by what each may be off."""

    value: "Floats"
    slip: "Floats"


@dataclass(frozen=True)
class Held:
    """The units of one model, and the rows they are made of.

    at_par      whether indices are taken as amounts of the currency
    start       unit -> its first row, and one more
    row         where each row stands in the columns' positions
    coin        unit -> whose price moves
    currency    unit -> in which it counts
    spot        unit -> [coin] what is owned of its coin and stands in its scenarios
    spot_slip   by what that may be off
    owner, asset, amount_of   collateral, where all of it is a unit: whose it is, which, and how much
    """

    terms: Terms
    at_par: bool
    start: "Places"
    row: "Places"
    symbol: "Places"
    sign: "Floats"
    contracts: "Floats"
    size: "Floats"
    entry: "Floats"
    coin: "Places"
    currency: "Places"
    spot: "Floats"
    spot_slip: "Floats"
    owner: "Places"
    asset: "Places"
    amount_of: "Floats"

    def __len__(self) -> int:
        """Return the number of units."""
        return len(self.start) - 1

    @cached_property
    def rows(self) -> "Floats":
        """Return how many rows each unit has."""
        return np.asarray(np.diff(self.start), dtype=np.float64)

    @cached_property
    def unit(self) -> "Places":
        """Return the unit of every row."""
        return np.repeat(np.arange(len(self)), np.diff(self.start))

    @cached_property
    def coins(self) -> "Floats":
        """Return the signed sizes [coin]; NaN where a contract is not known whole."""
        return signed_coins(self.terms, self.symbol, self.sign, self.contracts, self.size)

    @cached_property
    def delta(self) -> "Floats":
        """Return the signed coins that each row stands for."""
        return np.asarray(self.coins * self.terms.delta[self.symbol])

    @cached_property
    def delta_slip(self) -> "Floats":
        """Return by what these may be off, roundings apart."""
        return np.abs(self.coins) * (self.terms.is_option[self.symbol] * DELTA_SLIP)

    @cached_property
    def value(self) -> "Floats":
        """Return the unsigned values at mark, in the unit's currency."""
        terms = self.terms
        inverse = terms.is_inverse[self.symbol] > 0.0
        size = np.abs(self.coins)
        own = np.where(inverse, size, size * terms.mark[self.symbol])
        return np.asarray(own * terms.rate(terms.settle[self.symbol], self.currency[self.unit]))

    @cached_property
    def per_coin(self) -> "Floats":
        """Return the price of each unit's coin, in its currency."""
        return self.price_of(self.coin, np.arange(len(self)))

    def price_of(self, coin: "Places", unit: "Places") -> "Floats":
        """Return prices of coins in the currencies of units."""
        index, currency = self.terms.index, self.currency[unit]
        apart = self.terms.rate(coin, currency)
        return np.where(np.equal(coin, currency), 1.0, index[coin]) if self.at_par else apart

    def sum(self, of_rows: "Floats") -> "Floats":
        """Return sums over the rows of each unit."""
        return totals(self.unit, of_rows, len(self))

    def slip(self, gross: "Floats") -> "Floats":
        """Return by what a sum of terms may be off, from the sum of their magnitudes."""
        return np.asarray((self.rows + STEPS) * ROUNDING * gross)

    def amount(self, value: "Floats", gross: "Floats", slip: "Floats | float" = 0.0) -> Amount:
        """Return amounts made of terms of some gross, that were off by ``slip`` before they were added."""
        return Amount(value, self.slip(gross) + slip)

    def nothing(self) -> Amount:
        """Return nothing, for every unit."""
        return Amount(np.zeros(len(self)), np.zeros(len(self)))

    def grouped(self, key: "Places", wanted: "Floats | None" = None) -> "Groups":
        """Return the rows of each unit that have a key in common, by the key of their symbol."""
        size = len(self.symbol)
        wants = np.ones(size, dtype=np.int32) if wanted is None else (wanted > 0.0).astype(np.int32)
        group, first, unit = (np.empty(size, dtype=np.int64) for _ in range(3))
        of_rows = key[self.symbol].astype(np.int32)
        keys = int(key.max()) + 1 if len(key) else 0
        number = group_rows(self.start, of_rows, wants, keys, group, first, unit)
        return Groups(group, first[:number].copy(), unit[:number].copy())


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows of units in groups.

    of      row -> its group; -1: none
    first   group -> its first row
    unit    group -> its unit
    """

    of: "Places"
    first: "Places"
    unit: "Places"

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.first)

    def sum(self, of_rows: "Floats") -> "Floats":
        """Return sums over the rows of each group."""
        inside = self.of >= 0
        if inside.all():
            return totals(self.of, of_rows, len(self))
        return totals(self.of[inside], of_rows[inside], len(self))

    def least(self, of_rows: "Floats", most: float) -> "Floats":
        """Return the least over the rows of each group, and no more than ``most``."""
        found, inside = np.full(len(self), most), self.of >= 0
        np.minimum.at(found, self.of[inside], of_rows[inside])
        return found


def signed_coins(
    terms: Terms, symbol: "Places", sign: "Floats", contracts: "Floats", size: "Floats"
) -> "Floats":
    """Return the signed sizes of positions [coin]; NaN where a contract is not known whole."""
    inverse = terms.is_inverse[symbol] > 0.0
    one = np.ones_like(contracts)
    coins = np.where(
        inverse, inverse_value(contracts, size, terms.mark[symbol]), linear_value(contracts, size, one)
    )
    return np.asarray(sign * coins * terms.known[symbol])
