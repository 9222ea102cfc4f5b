"""The scenarios of stated arrays: what each commodity loses in the worst, what months and commodities offset."""

from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.netting.gains import PRICE_SLIP, Matrix, matrix_of
from ringfence.batch.netting.needs import MEASURES, Needs
from ringfence.batch.netting.scan import sums_of
from ringfence.batch.netting.terms import Terms
from ringfence.batch.netting.units import DELTA_SLIP, ROUNDING, STEPS, Held, totals
from ringfence.core.number import positive_part, smaller
from ringfence.formula.netting import worst_with_charges
from ringfence.venue.models import Arrays, CommodityCredit, Months

if TYPE_CHECKING:
    from ringfence.batch.columns import Flags, Floats, Places

_MOST_OFF: Final = 1e-10


def need_by_arrays(rule: Arrays, held: Held, pool: "Places", needs: Needs, doubtful: "Flags") -> None:
    """Add what commodities need to what their pools do; note pools whose deltas are nothing but a rounding."""
    terms = held.terms
    signed = held.sign * held.contracts
    scan, slip = _scan(rule, held, signed)
    each = _deltas(rule, terms)[held.symbol] + 0.0 * held.coins
    delta, gross = held.sum(signed * each), held.sum(np.abs(signed * each))
    off = held.slip(gross) + held.sum(np.abs(signed)) * DELTA_SLIP
    names = _names(rule, terms)[held.symbol[held.start[:-1]]]
    months, months_off = _months(rule, held, signed * each, off)
    credit, credit_off, unsure = _credits(rule, terms, names, pool, scan, delta, off)
    doubtful[pool[unsure]] = True
    short = (terms.is_option[held.symbol] > 0.0) & (held.sign < 0.0)
    least = terms.column(
        lambda one: float(rule.least_short.get(rule.together.get(one.underlying, one.underlying), 0))
    )
    floor = held.sum(np.where(short, held.contracts * least[held.symbol], 0.0))
    need = positive_part(worst_with_charges(scan, months - credit, floor))
    rate = terms.rate(terms.settle[held.symbol[held.start[:-1]]], held.currency)
    factors = {"initial": float(rule.initial_factor), "maintenance": float(rule.maintenance_factor)}
    slip = (slip + months_off + credit_off + STEPS * ROUNDING * (scan + months + credit + floor)) * rate
    values = {measure: need * factors[measure] * rate for measure in MEASURES}
    needs.add(pool, values, slip * max(factors.values()))


def _names(rule: Arrays, terms: Terms) -> "Places":
    return terms.asset(lambda one: rule.together.get(one.underlying, one.underlying))


def _scan(rule: Arrays, held: Held, signed: "Floats") -> tuple["Floats", "Floats"]:
    """Return the scan risk of units [settle], and by what it may be off."""
    terms = held.terms
    stated = np.array([symbol in rule.arrays for symbol in terms.symbols], dtype=bool)[held.symbol]
    size = signed * np.where(stated, 1.0, held.size)
    matrix = _matrix(rule, terms)
    every = np.arange(len(held))
    sums, gross, off = sums_of(
        every, held.start, matrix.place[held.symbol], size, matrix.gains, matrix.bounds
    )
    worst = -sums[:, : len(rule.rows)].min(axis=1, initial=0.0)
    return worst, (2 * held.rows + STEPS) * ROUNDING * gross + off


def _matrix(rule: Arrays, terms: Terms) -> Matrix:
    """Return what one contract of every symbol gains in each scenario, or one coin of it where none is stated."""
    rows = len(rule.rows)
    gains, slip = np.full((len(terms.symbols), rows), np.nan), np.zeros(len(terms.symbols))
    moves = np.array([float(row.move * row.share) for row in rule.rows])
    for symbol, one in enumerate(terms.instruments):
        stated, scan = rule.arrays.get(one.symbol), rule.scan.get(one.underlying)
        if stated is not None:
            if len(stated) == rows:
                gains[symbol] = [float(gain) for gain in stated]
        elif scan is not None and one.is_option and terms.quoted[symbol] >= 0:
            gains[symbol], slip[symbol] = _option_gains(rule, symbol, terms)
        elif scan is not None and not one.is_option:
            gains[symbol] = moves * float(scan)
    size = np.abs(gains).max(axis=1, initial=0.0)
    return matrix_of(np.arange(len(terms.symbols)), len(terms.symbols), gains, size, slip)


def _option_gains(rule: Arrays, symbol: int, terms: Terms) -> tuple["Floats", float]:
    """Return what one coin of an option gains in each scenario, and by what it may be off."""
    one, at, quotes = terms.instruments[symbol], int(terms.quoted[symbol]), terms.quotes
    scan, swing = rule.scan[one.underlying], float(rule.vol_scan.get(one.underlying, 0))
    signs = {"up": 1.0, "same": 0.0, "down": -1.0}
    moves = np.array([[float(row.move * scan)] for row in rule.rows])
    sigmas = np.maximum(quotes.sigma + np.array([[signs[row.vol] * swing] for row in rule.rows]), 0.0)
    years = np.maximum(quotes.years - float(rule.days) / 365, 0.0)
    there = quotes.price(forward=np.maximum(quotes.forward + moves, 1e-12), sigma=sigmas, years=years)[:, at]
    shares = np.array([float(row.share) for row in rule.rows])
    forward, strike = float(quotes.forward[at]), float(quotes.strike[at])
    larger = max(forward + float(moves.max()), forward, strike)
    lowest = max(forward + float(moves.min()), 1e-12)
    most = larger / min(lowest, forward) if quotes.in_coin[at] else larger
    return np.asarray((there - quotes.standing[at]) * shares), 2.0 * PRICE_SLIP * most


def _deltas(rule: Arrays, terms: Terms) -> "Floats":
    """Return the composite delta of one long contract of every symbol."""
    stated = terms.column(lambda one: float(rule.deltas.get(one.symbol, "nan")))
    return np.where(np.isnan(stated), terms.delta, stated)


def _months(rule: Arrays, held: Held, delta: "Floats", off: "Floats") -> tuple["Floats", "Floats"]:
    """Return the charges between months: bought deltas of some against sold ones of others, charge after charge."""
    charged, slip = np.zeros(len(held)), np.zeros(len(held))
    terms = held.terms
    names = _names(rule, terms)
    for coin, months in rule.months.items():
        if not terms.assets.knows(coin):
            continue
        mine = np.flatnonzero(names[held.symbol[held.start[:-1]]] == terms.assets.code(coin))
        if len(mine):
            value, factor = _of_months(months, held, delta)
            charged[mine], slip[mine] = value[mine], factor * off[mine]
    return charged, slip


def _of_months(months: Months, held: Held, delta: "Floats") -> tuple["Floats", float]:
    """Return the charges of one commodity's months, and by how much more than its deltas they may be off."""
    terms = held.terms
    tier = terms.column(lambda one: next(
        (float(n) for n, t in enumerate(months.tiers) if one.expiry is not None and t.first <= one.expiry <= t.last),
        np.nan,
    ))  # fmt: skip
    groups = held.grouped(terms.expiry)
    net, place = groups.sum(delta), tier[held.symbol[groups.first]]
    unknown = totals(groups.unit, np.where(np.isnan(place), np.nan, 0.0), len(held))
    bought, sold = {}, {}
    for number, one in enumerate(months.tiers):
        mine = place == number
        bought[one.name] = totals(groups.unit[mine], positive_part(net[mine]), len(held))
        sold[one.name] = totals(groups.unit[mine], positive_part(-net[mine]), len(held))
    total = unknown
    for charge in months.charges:
        spreads = smaller(bought[charge.one], sold[charge.other])
        bought[charge.one], sold[charge.other] = bought[charge.one] - spreads, sold[charge.other] - spreads
        if charge.one != charge.other:
            more = smaller(bought[charge.other], sold[charge.one])
            bought[charge.other], sold[charge.one] = bought[charge.other] - more, sold[charge.one] - more
            spreads = spreads + more
        total = total + spreads * float(charge.amount)
    most = max((float(charge.amount) for charge in months.charges), default=0.0)
    return total, 2.0 * most * len(months.charges)


def _credits(
    rule: Arrays,
    terms: Terms,
    names: "Places",
    pool: "Places",
    scan: "Floats",
    delta: "Floats",
    off: "Floats",
) -> tuple["Floats", "Floats", "Flags"]:
    """Return what each unit is spared by the others of its pool, its slip, and where a rounding may decide."""
    saved, slip, unsure = np.zeros(len(scan)), np.zeros(len(scan)), np.zeros(len(scan), dtype=bool)
    if not rule.credits:
        return saved, slip, unsure
    pools, of = np.unique(pool, return_inverse=True)
    number, place = len(terms.assets), of * len(terms.assets) + names
    twice = np.bincount(place, minlength=len(pools) * number)[place] > 1
    left = totals(place, delta, len(pools) * number).reshape(-1, number)
    named = {terms.assets.code(c) for credit in rule.credits for c in credit.ratios if terms.assets.knows(c)}
    unsure |= np.isin(names, list(named)) & (twice | (np.abs(delta) * _MOST_OFF <= off))
    for credit in rule.credits:
        spreads = _spreads(credit, left, terms)
        for coin, ratio in credit.ratios.items():
            if not terms.assets.knows(coin):
                continue
            code = terms.assets.code(coin)
            matched = spreads * abs(float(ratio))
            left[:, code] -= np.copysign(matched, left[:, code])
            mine = names == code
            share = matched[of[mine]] / np.where(delta[mine] == 0.0, 1.0, np.abs(delta[mine]))
            saved[mine] += float(credit.share) * scan[mine] * share
            slip[mine] += float(credit.share) * scan[mine] * (_MOST_OFF * 4 * share)
    return saved, slip, unsure


def _spreads(credit: CommodityCredit, left: "Floats", terms: Terms) -> "Floats":
    """Return how many spreads of a credit each pool holds: on the sides that its ratios say, or on the others."""
    if not all(terms.assets.knows(coin) for coin in credit.ratios):
        return np.zeros(len(left))
    counts = np.stack(
        [left[:, terms.assets.code(coin)] / float(ratio) for coin, ratio in credit.ratios.items()]
    )
    one_way = (counts > 0.0).all(axis=0) | (counts < 0.0).all(axis=0)
    return np.where(one_way, np.abs(counts).min(axis=0), 0.0)
