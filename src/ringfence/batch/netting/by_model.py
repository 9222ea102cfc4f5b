"""Charges for which options are priced: time that passes, curves that shift, expiries that part."""

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch.compiled import compiled
from ringfence.batch.netting.gains import PRICE_SLIP, Unit
from ringfence.batch.netting.terms import Terms
from ringfence.batch.netting.units import ROUNDING, STEPS, Amount, Held, totals
from ringfence.core.number import positive_part
from ringfence.formula.model.black import black_vega
from ringfence.formula.netting import matched
from ringfence.venue.offsets import BasisCharge, CurveShift, ExpirySpread, Scenarios, TimeDecay

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats, Places

_BLOCK = 1 << 16
"""Units whose expiries are laid out at once."""


def by_model(
    rule: TimeDecay | ExpirySpread | CurveShift | BasisCharge, held: Held, model: Scenarios
) -> Amount:
    """Return a charge of the units of a model, in their currencies."""
    match rule:
        case TimeDecay():
            return _time_decay(rule, held)
        case ExpirySpread():
            return _expiry_spread(rule, held)
        case CurveShift():
            return _curve_shift(rule, held)
        case BasisCharge():
            return _basis(rule, held, model)


def _of_symbols(of_quotes: "Floats", terms: Terms) -> "Floats":
    """Return a number of every symbol from one of every option that is quoted; nothing of what is no option."""
    found = np.where(terms.is_option > 0.0, np.nan, 0.0)
    known = terms.quoted >= 0
    found[known] = of_quotes[terms.quoted[known]]
    return np.asarray(found)


def _rate(held: Held) -> "Floats":
    """Return today's price of what each row pays, in the currency of its unit."""
    return held.terms.rate(held.terms.settle[held.symbol], held.currency[held.unit])


def _off(held: Held, most: float) -> "Floats":
    """Return by what sums of two prices an option may be off, the forward no higher than ``most`` times today's."""

    def notional() -> "Floats":
        quotes = held.terms.quotes
        larger = np.maximum(quotes.forward * most, quotes.strike)
        each = np.where(quotes.in_coin, larger / quotes.forward, larger * quotes.discount)
        return _of_symbols(each, held.terms)

    each = held.terms.once(("notional", most), notional)[held.symbol]
    gross = held.sum(np.abs(held.coins) * each * _rate(held))
    return 2.0 * (PRICE_SLIP + ROUNDING * (held.rows + STEPS)) * gross


def _time_decay(rule: TimeDecay, held: Held) -> Amount:
    def lost() -> "Floats":
        quotes = held.terms.quotes
        later = np.maximum(quotes.years - float(rule.hours) / (24 * 365), 0.0)
        return _of_symbols(quotes.standing - quotes.price(years=later), held.terms)

    each = held.terms.once((id(rule), "decay"), lost)[held.symbol]
    return Amount(positive_part(held.sum(held.coins * each * _rate(held))), _off(held, 1.0))


def _shifted(rule: CurveShift, terms: Terms) -> tuple[list["Floats"], float]:
    """Return what a coin of every symbol gains in each shift, and by how much forwards grow at most, for its slip."""
    quotes, found, most = terms.quotes, [], 1.0
    for knots in rule.shifts:
        rates = np.interp(quotes.days, [float(k.days) for k in knots], [float(k.rate) for k in knots])
        grown = np.exp(rates * quotes.years)
        most = max(most, 2.0 * float(grown.max(initial=1.0)))
        gained = quotes.price(forward=quotes.forward * grown) - quotes.standing
        found.append(_of_symbols(gained, terms))
    return found, most


def _curve_shift(rule: CurveShift, held: Held) -> Amount:
    gains, most = held.terms.once((id(rule), "shifts"), lambda: _shifted(rule, held.terms))
    worst, size = np.zeros(len(held)), held.coins * _rate(held)
    for gained in gains:
        worst = np.maximum(worst, -held.sum(size * gained[held.symbol]))
    return Amount(worst, _off(held, most))


def _parted(rule: BasisCharge, model: Scenarios, terms: Terms) -> tuple[list["Floats"], "Floats", "Places"]:
    """Return what a coin of every symbol gains by each move, the factor of its expiry, and a code of that."""
    unit = Unit(model, 0, 0, np.flatnonzero(terms.quoted >= 0), terms)
    found = []
    for move in (float(rule.up), -float(rule.down)):
        there = np.full(len(terms.quotes.forward), np.nan)
        there[terms.quoted[unit.options]] = unit.quotes.price(forward=unit.moved_forwards(np.asarray(move)))
        found.append(_of_symbols(there - terms.quotes.standing, terms))
    factor = float(rule.rate) + float(rule.annual) * _of_symbols(terms.quotes.years, terms)
    return found, factor, terms.codes(lambda one: one.expires_at)


def _basis(rule: BasisCharge, held: Held, model: Scenarios) -> Amount:
    """Return what the expiries lose alone, each in the worse of two moves, times a factor by time."""
    terms = held.terms
    gains, factor, expiry = terms.once((id(rule), "parted"), lambda: _parted(rule, model, terms))
    groups = held.grouped(expiry, terms.is_option[held.symbol])
    size, worst = held.coins * _rate(held), np.zeros(len(groups))
    for gained in gains:
        worst = np.maximum(worst, -groups.sum(size * gained[held.symbol]))
    value = totals(groups.unit, worst * factor[held.symbol[groups.first]], len(held))
    return Amount(value, _off(held, 1.0 + float(rule.up)) * float(np.nanmax(factor, initial=0.0)))


@compiled
def _matched_pairs(left: "Floats", one: "Places", other: "Places", rate: "Floats", charge: "Floats") -> None:
    """Fill what is charged on what pairs of expiries have in common, pair after pair, and take that from both."""
    for unit in range(left.shape[0]):
        held, total = left[unit], 0.0
        for pair in range(one.shape[0]):
            a, b = held[one[pair]], held[other[pair]]
            if a == 0.0 or b == 0.0:
                continue
            common = matched(a, b)
            held[one[pair]] = a - common
            held[other[pair]] = b + common
            total += abs(common) * rate[pair]
        charge[unit] = total


def _expiry_spread(rule: ExpirySpread, held: Held) -> Amount:
    """Return the charge on what is hedged between expiries: the nearest are matched first."""
    if rule.rate == 0 and rule.annual == 0:
        return held.nothing()
    terms = held.terms
    if rule.of == "vega":
        days, of_rows, slip = _of_symbols(terms.quotes.days, terms), *_vegas(held)
    else:
        price = held.per_coin[held.unit]
        days, of_rows, slip = terms.days, held.delta * price, held.delta_slip * price
    counts = ((terms.is_option > 0.0) | (rule.of == "delta")) & ~np.isnan(days) & terms.nets
    wanted = counts[held.symbol]
    times, place = np.unique(np.append(np.where(counts, days, 0.0), 0.0), return_inverse=True)
    pairs = sorted(combinations(range(len(times)), 2), key=lambda p: (times[p[1]] - times[p[0]], times[p[0]]))
    one, other = (np.array([p[side] for p in pairs], dtype=np.int64) for side in (0, 1))
    rate = np.array([float(rule.rate) + float(rule.annual) * (times[b] - times[a]) / 365 for a, b in pairs])
    spot = held.spot * held.per_coin if rule.of == "delta" else np.zeros(len(held))
    value, rows = np.empty(len(held)), np.where(wanted, of_rows, 0.0)
    for first in range(0, len(held), _BLOCK):
        last = min(first + _BLOCK, len(held))
        span = slice(held.start[first], held.start[last])
        cell = (held.unit[span] - first) * len(times) + place[held.symbol[span]]
        left = totals(cell, rows[span], (last - first) * len(times)).reshape(-1, len(times))
        left[:, place[-1]] += spot[first:last]
        _matched_pairs(left, one, other, rate, value[first:last])
    many = len(pairs) * float(rate.max(initial=0.0))
    gross = held.sum(np.abs(rows)) + np.abs(spot)
    off = held.sum(np.where(wanted, slip, 0.0)) + held.spot_slip * held.per_coin
    return Amount(value, many * (held.slip(gross) + off))


def _vegas(held: Held) -> tuple["Floats", "Floats"]:
    """Return the vega of every row, in the currency of its unit per 1.00 of volatility, and by what it may be off."""

    def tables() -> tuple["Floats", "Floats"]:
        quotes = held.terms.quotes
        vega = black_vega(quotes.forward, quotes.strike, quotes.sigma, quotes.years)
        most = quotes.forward * np.sqrt(quotes.years)
        vega, most = (np.where(quotes.in_coin, x / quotes.forward, x) for x in (vega, most))
        return _of_symbols(vega, held.terms), _of_symbols(most, held.terms)

    vega, most = held.terms.once("vegas", tables)
    size = held.coins * _rate(held)
    return vega[held.symbol] * size, np.abs(size) * most[held.symbol] * PRICE_SLIP
