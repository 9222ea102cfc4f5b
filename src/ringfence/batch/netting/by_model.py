"""Charges for which options are priced: time that passes, curves that shift, expiries that part."""

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch.compiled import compiled
from ringfence.batch.netting.gains import PRICE_SLIP, Unit
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


def _of_symbols(of_quotes: "Floats", held: Held) -> "Floats":
    """Return a number of every row from one of every option that is quoted; nothing of what is no option."""
    terms = held.terms
    found = np.where(terms.is_option > 0.0, np.nan, 0.0)
    known = terms.quoted >= 0
    found[known] = of_quotes[terms.quoted[known]]
    return np.asarray(found[held.symbol])


def _rate(held: Held) -> "Floats":
    """Return today's price of what each row pays, in the currency of its unit."""
    return held.terms.rate(held.terms.settle[held.symbol], held.currency[held.unit])


def _off(held: Held, most: float) -> "Floats":
    """Return by what sums of two prices an option may be off, the forward no higher than ``most`` times today's."""
    quotes = held.terms.quotes
    larger = np.maximum(quotes.forward * most, quotes.strike)
    notional = np.where(quotes.in_coin, larger / quotes.forward, larger * quotes.discount)
    gross = held.sum(np.abs(held.coins) * _of_symbols(notional, held) * _rate(held))
    return 2.0 * (PRICE_SLIP + ROUNDING * (held.rows + STEPS)) * gross


def _time_decay(rule: TimeDecay, held: Held) -> Amount:
    quotes = held.terms.quotes
    later = np.maximum(quotes.years - float(rule.hours) / (24 * 365), 0.0)
    lost = _of_symbols(quotes.standing - quotes.price(years=later), held)
    value = positive_part(held.sum(held.coins * lost * _rate(held)))
    return Amount(value, _off(held, 1.0))


def _curve_shift(rule: CurveShift, held: Held) -> Amount:
    quotes, worst, most = held.terms.quotes, np.zeros(len(held)), 1.0
    size = held.coins * _rate(held)
    for knots in rule.shifts:
        rates = np.interp(quotes.days, [float(k.days) for k in knots], [float(k.rate) for k in knots])
        grown = np.exp(rates * quotes.years)
        most = max(most, 2.0 * float(grown.max(initial=1.0)))
        gained = quotes.price(forward=quotes.forward * grown) - quotes.standing
        worst = np.maximum(worst, -held.sum(size * _of_symbols(gained, held)))
    return Amount(worst, _off(held, most))


def _basis(rule: BasisCharge, held: Held, model: Scenarios) -> Amount:
    """Return what the expiries lose alone, each in the worse of two moves, times a factor by time."""
    terms = held.terms
    symbols = np.flatnonzero(terms.quoted >= 0).astype(np.int32)
    unit = Unit(model, 0, 0, symbols, terms)
    groups = held.grouped(terms.codes(lambda one: one.expires_at), terms.is_option[held.symbol])
    size, worst = held.coins * _rate(held), np.zeros(len(groups))
    for move in (float(rule.up), -float(rule.down)):
        there = terms.quotes.price(forward=unit.moved_forwards(np.asarray(move)))
        gained = _of_symbols(there - terms.quotes.standing, held)
        worst = np.maximum(worst, -groups.sum(size * gained))
    years = _of_symbols(terms.quotes.years, held)[groups.first]
    factor = float(rule.rate) + float(rule.annual) * years
    value = totals(groups.unit, worst * factor, len(held))
    return Amount(value, _off(held, 1.0 + float(rule.up)) * float(factor.max(initial=0.0)))


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
        days, of_rows, slip = _of_symbols(terms.quotes.days, held), *_vegas(held)
    else:
        days = terms.days[held.symbol]
        price = held.per_coin[held.unit]
        of_rows, slip = held.delta * price, held.delta_slip * price
    wanted = (terms.is_option[held.symbol] > 0.0) | (rule.of == "delta")
    times, place = np.unique(
        np.append(np.where(wanted & ~np.isnan(days), days, 0.0), 0.0), return_inverse=True
    )
    pairs = sorted(combinations(range(len(times)), 2), key=lambda p: (times[p[1]] - times[p[0]], times[p[0]]))
    one, other = (np.array([p[side] for p in pairs], dtype=np.int64) for side in (0, 1))
    rate = np.array([float(rule.rate) + float(rule.annual) * (times[b] - times[a]) / 365 for a, b in pairs])
    spot = held.spot * held.per_coin if rule.of == "delta" else np.zeros(len(held))
    value, rows = np.empty(len(held)), np.where(wanted, of_rows, 0.0)
    for first in range(0, len(held), _BLOCK):
        last = min(first + _BLOCK, len(held))
        span = slice(held.start[first], held.start[last])
        cell = (held.unit[span] - first) * len(times) + place[:-1][span]
        left = totals(cell, rows[span], (last - first) * len(times)).reshape(-1, len(times))
        left[:, place[-1]] += spot[first:last]
        _matched_pairs(left, one, other, rate, value[first:last])
    many = len(pairs) * float(rate.max(initial=0.0))
    gross = held.sum(np.abs(rows)) + np.abs(spot)
    off = held.sum(np.where(wanted, slip, 0.0)) + held.spot_slip * held.per_coin
    return Amount(value, many * (held.slip(gross) + off))


def _vegas(held: Held) -> tuple["Floats", "Floats"]:
    """Return the vega of every row, in the currency of its unit per 1.00 of volatility, and by what it may be off."""
    quotes = held.terms.quotes
    per_coin = black_vega(quotes.forward, quotes.strike, quotes.sigma, quotes.years)
    root = quotes.forward * np.sqrt(quotes.years)
    per_coin, root = (np.where(quotes.in_coin, x / quotes.forward, x) for x in (per_coin, root))
    size = held.coins * _rate(held)
    return _of_symbols(per_coin, held) * size, np.abs(size) * _of_symbols(root, held) * PRICE_SLIP
