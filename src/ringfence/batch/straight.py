"""Columns lowered to what the fast passes read: a table and a quantity a position, a base a pool.

equity = base + sum of signed quantity * price          base: wallet less what the positions were entered at
need   = fixed + sum of the largest lines               fixed: what no mark moves
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.columns import CROSS, ISOLATED, Columns, Numbers
from ringfence.batch.compiled import compiled
from ringfence.batch.lines import NO_TABLE, Charge, Own, Tables
from ringfence.batch.setting import Setting
from ringfence.book import Instrument
from ringfence.core.number import larger, magnitude
from ringfence.formula.contract import inverse_value, linear_value
from ringfence.formula.equity import base_without_marks
from ringfence.formula.tiers import tier_line

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Codes, Flags, Floats, Rows


_HOLDINGS_MAX: Final = 8
"""Holdings of a pool, each one rounding more: as many as the bound of a buffer has counted in."""
_NOBODY: Final = np.empty(0)


@dataclass(slots=True)
class Lowered:
    """Pools that the fast passes can take.

    pool    places in ``Columns``, ascending
    first   pool -> its first row below, and one more: where the last one's end
    code    row -> table
    qty     row -> signed quantity: what is worth a unit of the settlement asset at a price of one
    base    [settle] pool ->; fixed the same; mass: sum of magnitudes of all that went into the two
    """

    pool: "Codes"
    first: "Rows"
    code: "npt.NDArray[np.uint16]"
    qty: "Floats"
    base: "Floats"
    fixed: "Floats"
    mass: "npt.NDArray[np.float32]"


@compiled
def _taken(
    kind: "npt.NDArray[np.int8]", unit: "Codes", first: "Rows", holds: "Rows",
    symbol: "Codes", code: "Codes", settle: "Rows", inverse: "Rows", times: "Rows",
    alone: "Flags", asset: "Codes", whole: int, wallet: "Floats", taken: "Flags",
) -> None:  # fmt: skip
    """Fill which pools are of one payoff and one asset, hold no symbol twice, and have a table for each position.

    settle, inverse   by symbol;  times, alone: by symbol and margin mode
    whole             asset that the unit of account is; -1: none
    """
    seen = np.full(settle.shape[0], -1)
    for p in range(kind.shape[0]):
        counted = unit[p] if unit[p] >= 0 else whole
        good = first[p + 1] > first[p] and (kind[p] == CROSS or kind[p] == ISOLATED) and counted >= 0
        good = good and holds[p + 1] - holds[p] <= _HOLDINGS_MAX
        lead = symbol[first[p]] if good else 0
        mode = 1 if kind[p] == ISOLATED else 0
        for j in range(first[p], first[p + 1]):
            s = symbol[j]
            good = good and code[j] >= 0 and seen[s] != p and settle[s] == counted
            good = good and inverse[s] == inverse[lead] and times[2 * s + mode] == times[2 * lead + mode]
            good = good and not (alone[2 * s + mode] and first[p + 1] - first[p] > 1)
            good = good and (mode == 0 or wallet[j] == wallet[j])
            seen[s] = p
        for h in range(holds[p], holds[p + 1]):
            good = good and asset[h] == counted
        taken[p] = good


@compiled
def _fill_rows(
    pool: "Codes", first: "Rows", symbol: "Codes",
    sign: "npt.NDArray[np.int8]", contracts: "Floats", size: "Floats", inverse: "Rows", known: "Codes",
    start: "Rows", code: "npt.NDArray[np.uint16]", qty: "Floats",
) -> None:  # fmt: skip
    """Fill table and signed quantity of each position of the pools taken."""
    for i in range(pool.shape[0]):
        to = start[i]
        for j in range(first[pool[i]], first[pool[i] + 1]):
            side = -sign[j] if inverse[symbol[j]] > 0 else sign[j]
            code[to] = known[j]
            qty[to] = side * linear_value(contracts[j], size[j], 1.0)
            to += 1


@compiled
def _fill_pools(
    pool: "Codes", kind: "npt.NDArray[np.int8]", first: "Rows", holds: "Rows",
    symbol: "Codes", sign: "npt.NDArray[np.int8]", contracts: "Floats", size: "Floats",
    entry: "Floats", cost: "Floats", wallet: "Floats", extra: "Floats", amount: "Floats", inverse: "Rows",
    known: "Codes", at_entry: "Codes", rates: "Floats", deductions: "Floats", lead: "Floats",
    base: "Floats", fixed: "Floats", mass: "Floats",
) -> None:  # fmt: skip
    """Fill base, fixed need and the sum of magnitudes of each pool, in the order in which they are held.

    at_entry   table of what is taken of the value at entry
    lead       deduction of the first line of each table
    """
    for i in range(pool.shape[0]):
        p = pool[i]
        have, must, much = 0.0, 0.0, 0.0
        for h in range(holds[p], holds[p + 1]):
            have, much = have + amount[h], much + magnitude(amount[h])
        for j in range(first[p], first[p + 1]):
            if kind[p] == ISOLATED:
                more = extra[j] if extra.shape[0] > 0 and extra[j] == extra[j] else 0.0
                have, much = wallet[j] + more, magnitude(wallet[j]) + magnitude(more)
            turned = inverse[symbol[j]] > 0
            worth = inverse_value(contracts[j], size[j], entry[j]) if turned else 0.0
            worth = worth if turned else linear_value(contracts[j], size[j], entry[j])
            if cost.shape[0] > 0 and cost[j] == cost[j]:
                worth = magnitude(cost[j])
            have = base_without_marks(have, -sign[j] if turned else sign[j], worth)
            k = at_entry[j]
            charge = tier_line(worth, rates[k, 0], 0.0)
            for line in range(1, rates.shape[1]):
                charge = larger(charge, tier_line(worth, rates[k, line], deductions[k, line]))
            given = lead[k] + lead[known[j]]
            must = must + (charge - given)
            much += worth + worth * rates[k, rates.shape[1] - 1] + magnitude(lead[k]) + magnitude(given)
        base[i], fixed[i], mass[i] = have, must, much


def lower(columns: Columns, setting: Setting, tables: Tables) -> Lowered:
    """Return the pools that the fast passes can take, and add their tables to those known."""
    charges = tables.charges(columns.symbols, setting)
    known, at_entry = _codes(columns, charges, setting, tables)
    taken = _which(columns, setting, charges, known)
    pool = np.flatnonzero(taken).astype(np.int32)
    counts = np.diff(columns.first_position)[pool]
    first = np.concatenate([[0], np.cumsum(counts)])
    held, holdings, (rates, deductions, lead) = columns.positions, columns.holdings, tables.numbers()
    inverse = _by_symbol(columns, setting, _is_inverse)
    code, qty = np.empty(first[-1], np.uint16), np.empty(first[-1])
    base, fixed, mass = np.empty(len(pool)), np.empty(len(pool)), np.empty(len(pool))
    rows = (held.symbol, held.sign, held.contracts.values, held.contract_size.values)
    _fill_rows(pool, columns.first_position, *rows, inverse, known, first, code, qty)
    _fill_pools(
        pool, columns.pool_kind, columns.first_position, columns.first_holding, *rows,
        held.entry_price.values, _values(held.cost), _values(held.collateral),
        _values(held.extra_collateral), holdings.amount.values, inverse, known, at_entry,
        rates, deductions, lead, base, fixed, mass,
    )  # fmt: skip
    rounded_up = np.nextafter(mass.astype(np.float32), np.float32(np.inf))
    return Lowered(pool, first, code, qty, base, fixed, rounded_up)


def fits(columns: Columns, setting: Setting) -> "Flags":
    """Return which pools the fast passes can take; all others are for the general engine.

    They take a pool that is counted in the one asset it holds and all its positions settle in, uncut by collateral
    ratios, whose positions are all linear or all inverse, each in another symbol and charged by lines of its own value
    at its mark, or at its entry; of an isolated one the wallet is stated.
    """
    tables = Tables()
    charges = tables.charges(columns.symbols, setting)
    return _which(columns, setting, charges, _codes(columns, charges, setting, tables)[0])


def _values(numbers: Numbers | None) -> "Floats":
    return _NOBODY if numbers is None else numbers.values


def _by_symbol(columns: Columns, setting: Setting, fact: Callable[[Instrument], int]) -> "Rows":
    contracts = [setting.instruments.get(symbol) for symbol in columns.symbols]
    found = [NO_TABLE if contract is None else fact(contract) for contract in contracts]
    return np.array(found or [NO_TABLE], np.int64)


def _is_inverse(contract: Instrument) -> int:
    return int(contract.payoff == "inverse")


def _which(columns: Columns, setting: Setting, charges: list[Charge | None], known: "Codes") -> "Flags":
    """Return which pools are taken. Where collateral is cut or debts need something, no shared one is."""
    held, mode = columns.positions, setting.rules.account_mode
    assets = {asset: place for place, asset in enumerate(columns.assets)}
    taken = np.zeros(len(columns), np.bool_)
    times = np.array([0 if c is None else hash(c.times) for c in charges] or [0], np.int64)
    alone = np.array([c is not None and c.alone for c in charges] or [False])
    settle = _by_symbol(columns, setting, lambda contract: assets.get(contract.settle, NO_TABLE))
    inverse = _by_symbol(columns, setting, _is_inverse)
    wallet = _values(held.collateral)
    _taken(
        columns.pool_kind, columns.pool_unit, columns.first_position, columns.first_holding, held.symbol,
        known, settle, inverse, times, alone, columns.holdings.asset,
        assets.get(mode.unit, NO_TABLE),
        wallet if len(wallet) else np.full(len(held), np.nan), taken,
    )  # fmt: skip
    if mode.ratios or setting.rules.lists["debt"]:
        taken &= columns.pool_kind == ISOLATED
    return taken


def _codes(
    columns: Columns, charges: list[Charge | None], setting: Setting, tables: Tables
) -> tuple["Codes", "Codes"]:
    """Return the table of each position, at its mark and at its entry; -1: there is none, or a number is missing."""
    held = columns.positions
    modes = np.repeat(columns.pool_kind == ISOLATED, np.diff(columns.first_position))
    key = 2 * held.symbol + modes
    found = tables.plain(columns.symbols, setting)[key]
    asks = np.array([c is not None and c.asks for c in charges] or [False])[key]
    if held.maintenance_rate is not None:
        asks |= ~np.isnan(held.maintenance_rate.values)
    for rows in _alike(columns, key, np.flatnonzero(asks)):
        charge = charges[key[rows[0]]]
        own = _own(columns, charge, int(rows[0]))
        found[rows] = tables.pair(charge, own, int(key[rows[0]]) // 2)
    missing = np.isnan(held.contracts.values) | np.isnan(held.contract_size.values)
    missing |= np.isnan(held.entry_price.values)
    if setting.rules.asks_opening and held.opened is not None:
        missing |= held.opened != np.iinfo(np.int64).min
    found[missing | (found.min(axis=1) < 0)] = NO_TABLE
    return np.ascontiguousarray(found[:, 0]), np.ascontiguousarray(found[:, 1])


def _own(columns: Columns, charge: Charge | None, row: int) -> Own:
    """Return what of a position its charge depends on."""
    held = columns.positions
    sign = int(held.sign[row]) * (-1 if charge is not None and charge.inverse else 1)

    def exact(numbers: Numbers | None) -> Decimal | None:
        return None if numbers is None else numbers.exact(row)

    return Own(sign, exact(held.leverage), exact(held.maintenance_rate), exact(held.deduction) or Decimal(0))


def _alike(columns: Columns, key: "Codes", asking: "Rows") -> list["Rows"]:
    """Return rows that ask, those together whose charge depends on the same numbers."""
    if len(asking) == 0:
        return []
    held = columns.positions
    kind = np.stack([key[asking], held.sign[asking].astype(np.int64)])
    group = np.unique(kind, axis=1, return_inverse=True)[1].ravel()
    for numbers in (held.leverage, held.maintenance_rate, held.deduction):
        if numbers is not None:
            place = np.unique(numbers.values[asking], return_inverse=True)[1].ravel()
            group = np.unique(group * (place.max() + 1) + place, return_inverse=True)[1].ravel()
    order = np.argsort(group, kind="stable")
    return np.split(asking[order], np.flatnonzero(np.diff(group[order])) + 1)
