"""Options of an expiry that need no more than they can lose at expiry, and all else by its own rule: many units."""

from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch.compiled import compiled
from ringfence.batch.netting.units import Amount, Groups, Held, number, totals
from ringfence.core.number import positive_part
from ringfence.formula.netting import payoff
from ringfence.venue.offsets import MaxLossCharge

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats, Places
    from ringfence.batch.netting.alone import Alone
    from ringfence.book import Instrument


def max_loss(rule: MaxLossCharge, held: Held, alone: "Alone") -> Amount:
    """Return what the positions of units need by a max-loss rule, in their currencies."""
    terms, symbol = held.terms, held.symbol
    option = terms.is_option[symbol]
    rate = terms.rate(terms.settle[symbol], held.currency[held.unit])
    single, off = (x * rate for x in alone.needs(held.row, rule.measures[0]))
    groups = held.grouped(terms.expiry_of_coin, option)
    most, gross = _at_expiry(rule, held, groups)
    worth = held.sign * held.value * alone.worth(held.row)
    each = np.minimum(groups.sum(single), most) + groups.sum(worth)
    others = held.sum(np.where(option > 0.0, 0.0, single))
    size = held.sum(np.abs(single) + np.abs(worth)) + totals(groups.unit, gross, len(held))
    return held.amount(totals(groups.unit, each, len(held)) + others, size, held.sum(off))


def _at_expiry(rule: MaxLossCharge, held: Held, groups: Groups) -> tuple["Floats", "Floats"]:
    """Return the most that the options of each expiry can lose, and the sum of magnitudes in that."""
    terms = held.terms
    order = np.argsort(groups.of, kind="stable")
    order = order[np.searchsorted(groups.of[order], 0) :]
    start = np.searchsorted(groups.of[order], np.arange(len(groups) + 1))
    coins = held.sign * held.contracts * held.size
    symbol = held.symbol[order]
    strike, sign = terms.once("strikes and rights", lambda: (terms.column(_strike), terms.column(_right)))
    worst, gross = np.empty(len(groups)), np.empty(len(groups))
    _worst_payoffs(start, coins[order], strike[symbol], sign[symbol], worst, gross)
    calls = np.where(sign[held.symbol] > 0.0, coins, 0.0)
    short = positive_part(-groups.sum(calls))
    forward = terms.once("forwards", lambda: terms.column(lambda one: _forward(one, held)))
    each = float(rule.unpaired) * forward[held.symbol[groups.first]]
    return number(0.0) - worst + each * short, gross + each * groups.sum(np.abs(calls))


def _strike(one: "Instrument") -> float:
    return float(one.strike or 0)


def _right(one: "Instrument") -> float:
    return 1.0 if one.right == "call" else -1.0


def _forward(one: "Instrument", held: Held) -> float:
    forward = held.terms.prices.forward(one) if one.is_option else None
    return float("nan") if forward is None else float(forward)


@compiled
def _worst_payoffs(
    start: "Places", coins: "Floats", strike: "Floats", sign: "Floats", worst: "Floats", gross: "Floats"
) -> None:
    """Fill the least that options of an expiry pay together, at zero or at a strike, and no more than nothing."""
    for group in range(start.shape[0] - 1):
        begin, end = start[group], start[group + 1]
        least, far = 0.0, 0.0
        for at in range(begin - 1, end):
            price = strike[at] if at >= begin else 0.0
            total = 0.0
            for leg in range(begin, end):
                total += payoff(coins[leg], strike[leg], sign[leg], price)
            least = total if total < least else least
            far = price if price > far else far
        size = 0.0
        for leg in range(begin, end):
            size += abs(coins[leg]) * (strike[leg] + far)
        worst[group], gross[group] = least, size
