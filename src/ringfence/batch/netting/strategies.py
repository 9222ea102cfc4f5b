"""Legs on one underlying matched into named groups at the least that all of them can need: many classes at once."""

from decimal import Decimal, localcontext
from math import nan
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.compiled import compiled
from ringfence.batch.netting.groups import FOUR, LEG, fill_groups, groups_at_most
from ringfence.batch.netting.least import most_spared
from ringfence.batch.netting.needs import MEASURES, Needs
from ringfence.batch.netting.terms import Terms
from ringfence.batch.netting.units import ROUNDING, STEPS, Held
from ringfence.core.number import EXACT, smaller
from ringfence.formula.requirement import out_of_the_money
from ringfence.formula.strategy import naked_option, stock_charge
from ringfence.venue.entry import Measure
from ringfence.venue.models import Strategies

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats, Places
    from ringfence.batch.records import Records
    from ringfence.book import Instrument

_CELLS: Final = 4_000_000
"""Numbers of a programme from which a class is left to the exact engine: 32 MB."""
_FINEST: Final = 9
"""Decimals of a number of contracts from which a class is left to the exact engine."""
_TIED: Final = 1e-9
"""Share of the dearest group by which the exact engine has one group more dearer: no more often than options are
matched, as no group has more further legs than options."""
_GAP: Final = 1e-6
"""What the solver of the exact engine may leave of a sum, and ``_PRICED`` of every step that is matched."""
_PRICED: Final = 1e-7
_MONTHS_OF_YEAR: Final = 12


def need_by_strategies(rule: Strategies, held: Held, pool: "Places", needs: Needs) -> None:
    """Add what classes need to what their pools do; a class that is not decided makes its pool's need NaN."""
    terms = held.terms
    options = terms.once((id(rule), "options"), lambda: _options(rule, terms))
    cover = terms.once((id(rule), "cover"), lambda: _cover(rule, terms))
    steps = _steps(held)
    rate = terms.rate(terms.settle[held.symbol[held.start[:-1]]], held.currency)
    values: dict[Measure, Floats] = {}
    most = np.zeros(len(held))
    for measure in MEASURES:
        legs = _legs(rule, held, options, measure)
        lots = held.contracts * steps[held.unit]
        legs["lots"] = np.where(legs["right"] == 0.0, lots, np.rint(lots))
        value, slip = np.empty(len(held)), np.empty(len(held))
        _divide(
            held.start, legs, steps, rule.sought, cover, float(rule.hedged), measure == "maintenance",
            rule.proceeds == "net", value, slip,
        )  # fmt: skip
        values[measure], most = value * rate, np.maximum(most, slip * rate)
    needs.add(pool, values, most)


class _Options:
    """What options need alone, by symbol: long, short [quote/unit]; NaN: not known, or no option of money."""

    def __init__(self, symbols: int) -> None:
        self.long, self.short, self.spot, self.strike = (np.full(symbols, nan) for _ in range(4))
        self.right, self.expiry = np.zeros(symbols), np.zeros(symbols, np.int64)


def _options(rule: Strategies, terms: Terms) -> _Options:
    found = _Options(len(terms.symbols))
    with localcontext(EXACT):
        for symbol, one in enumerate(terms.instruments):
            if one.payoff == "spot" or not one.is_option or one.pays_in_coin:
                continue
            spot, mark = terms.prices.index(one.underlying), terms.setting.market.marks.get(one.symbol)
            if one.strike is None or one.right is None or one.expiry is None or one.expires_at is None:
                continue
            if spot is None or mark is None or one.expires_at <= terms.setting.at:
                continue
            found.right[symbol] = 1.0 if one.right == "call" else -1.0
            found.expiry[symbol] = one.expiry.toordinal()
            found.spot[symbol], found.strike[symbol] = float(spot), float(one.strike)
            found.long[symbol] = float(mark * (rule.long_rate if _is_longer(one, rule, terms) else 1))
            found.short[symbol] = float(_short(one, one.strike, spot, mark, rule))
    return found


def _short(one: "Instrument", strike: Decimal, spot: Decimal, mark: Decimal, rule: Strategies) -> Decimal:
    rate = rule.broad_rate if one.underlying in rule.broad else rule.rate
    times, whole = rule.leverage.get(one.underlying, Decimal(1)), Decimal(1)
    rate, least = smaller(rate * times, whole), smaller(rule.least * times, whole)
    base, sign = (spot, 1) if one.right == "call" else (strike, -1)
    return naked_option(mark, spot, out_of_the_money(Decimal(sign), strike, spot), rate, least * base)


def _is_longer(one: "Instrument", rule: Strategies, terms: Terms) -> bool:
    """Return whether an option has more time left than what must be paid in full."""
    at, expiry = terms.setting.at, one.expiry
    month = at.month - 1 + rule.long_months
    year, month = at.year + month // _MONTHS_OF_YEAR, month % _MONTHS_OF_YEAR + 1
    return expiry is not None and (expiry.year, expiry.month, expiry.day) > (year, month, at.day)


def _cover(rule: Strategies, terms: Terms) -> "Floats":
    """Return how many units of a coin cover one unit of another, which options are on; zero: none do."""
    found = np.eye(len(terms.assets))
    for coin, covers in rule.covers.items():
        for other, units in covers.items():
            if coin != other and terms.assets.knows(coin) and terms.assets.knows(other):
                found[terms.assets.code(coin), terms.assets.code(other)] = float(units)
    return found


def _steps(held: Held) -> "Floats":
    """Return of every class how many steps one contract has, in which its options are matched; NaN: too fine ones."""
    decimals = np.zeros(len(held))
    finer = np.where(held.terms.is_option[held.symbol] > 0.0, 0.0, nan)
    for row in np.flatnonzero(~np.isnan(finer) & (held.contracts != np.rint(held.contracts))).tolist():
        finer[row] = _decimals(float(held.contracts[row]))
    np.fmax.at(decimals, held.unit, finer)
    return np.where(decimals > _FINEST, nan, 10.0**decimals)


def _decimals(number: float) -> int:
    exponent = Decimal(repr(number)).normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else _FINEST + 1


def _legs(rule: Strategies, held: Held, options: _Options, measure: Measure) -> "Records":
    """Return positions as legs: what each needs alone by one measure."""
    symbol, sign, size = held.symbol, held.sign, held.size
    mark = held.terms.mark[symbol]
    legs = np.zeros(len(symbol), LEG)
    legs["sign"], legs["size"], legs["coin"] = sign, size, held.terms.coin[symbol]
    legs["right"], legs["expiry"] = options.right[symbol], options.expiry[symbol]
    legs["spot"], legs["strike"] = options.spot[symbol], options.strike[symbol]
    stock = np.array([one.payoff == "spot" for one in held.terms.instruments], dtype=bool)[symbol]
    rates = rule.initial if measure == "initial" else rule.maintenance
    price = mark if rates.price == "mark" else held.entry
    long, short = _stock_rates(rule, held.terms, measure)
    owed = price + stock_charge(price, short[symbol], np.full(len(price), float(rates.least)))
    alone = np.where(sign > 0.0, options.long[symbol], options.short[symbol])
    alone_stock = np.where(sign > 0.0, price * long[symbol], owed)
    legs["alone"] = np.where(stock, alone_stock + 0.0 * mark, alone) * size
    legs["premium"] = mark * size
    legs["received"] = np.where(sign > 0.0, 0.0, np.where(stock, price, mark) * size)
    for name in ("spot", "strike"):
        legs[name][stock] = mark[stock] if name == "spot" else 0.0
    return legs


def _stock_rates(rule: Strategies, terms: Terms, measure: Measure) -> tuple["Floats", "Floats"]:
    """Return the share of its value that stock needs, owned and owed, by symbol."""
    rates = rule.initial if measure == "initial" else rule.maintenance

    def rate(one: "Instrument", own: Decimal, kept: Decimal) -> float:
        return float(min(max(own, kept * rule.leverage.get(one.underlying, Decimal(1))), Decimal(1)))

    with localcontext(EXACT):
        return (
            terms.column(lambda one: rate(one, rates.long, rule.maintenance.long)),
            terms.column(lambda one: rate(one, rates.short, rule.maintenance.short)),
        )


@compiled
def _divide(
    start: "Places", legs: "Records", steps: "Floats", sought: int, cover: "Floats", hedged: float,
    maintenance: bool, net: bool, value: "Floats", slip: "Floats",  # noqa: FBT001
) -> None:  # fmt: skip
    """Fill what classes need, and by what that may be off: NaN where the exact engine has to divide them."""
    dearest = np.empty(1)
    for unit in range(len(start) - 1):
        mine = legs[start[unit] : start[unit + 1]]
        whole, lots, size, options, far = 0.0, 0.0, 0.0, 0, 0.0
        for n in range(len(mine)):
            leg = mine[n]
            far = max(far, leg.strike, leg.spot)
            options += leg.right != 0.0
            lots += leg.lots if leg.right != 0.0 else 0.0
        for n in range(len(mine)):
            leg = mine[n]
            whole += leg.lots * (leg.alone - (leg.received if net else 0.0))
            size += leg.lots * (leg.alone + leg.premium + 4.0 * leg.size * far)
        value[unit] = slip[unit] = nan
        four = options <= sought
        most = groups_at_most(mine, four)
        if np.isnan(whole + size) or most * (len(mine) + 2) > _CELLS:
            continue
        members, takes = np.empty((most, FOUR), dtype=np.int64), np.empty((most, FOUR))
        spared = np.empty(most)
        number, unsure = fill_groups(mine, four, cover, hedged, maintenance, members, takes, spared, dearest)
        best, gap = most_spared(members[:number], takes[:number], spared[:number], mine["lots"].copy(), lots)
        if np.isnan(best) or gap > 1e-9 * (best + size):
            continue
        off = (STEPS + 2.0 * len(mine)) * ROUNDING * size + gap + unsure * lots
        tied = (_TIED * dearest[0] + _PRICED) * lots + _GAP if options > 0 and len(mine) > 1 else 0.0
        value[unit] = (whole - best) / steps[unit]
        slip[unit] = (off + tied) / steps[unit]
