"""What a position that is bought outright needs on its own: an option, or spot. Kernels over the formulas.

The twin of ``margin.paid_for``. Everything is a number of one row, so that a kernel over rows calls these for its own.
"""

from decimal import Decimal
from math import inf, nan
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.compiled import compiled
from ringfence.batch.records import OPTION_TERMS, Record
from ringfence.core.number import larger
from ringfence.formula.requirement import (
    flat_charge,
    long_option_charge,
    out_of_the_money,
    short_option_charge,
)

if TYPE_CHECKING:
    from datetime import datetime

    from ringfence.batch.netting.prices import Prices
    from ringfence.book import Instrument
    from ringfence.venue import kinds

NO_PREMIUM: Final = 0
AT_MARK: Final = 1
WORSE: Final = 2
_PREMIUMS: Final = {"none": NO_PREMIUM, "mark": AT_MARK, "worse": WORSE}
OPTION_STEPS: Final = 16
"""Roundings on the way to what an option needs: it is off by no more than so many of its coins times U, the strike over
what a coin of U stands for, and its price."""


def option_terms(
    rule: "kinds.OptionRate", one: "Instrument", prices: "Prices", at: "datetime"
) -> Record | None:
    """Return a rule for single options as a kernel reads it.

    Args:
        rule: for one of the two measures.
        one: the option.
        prices: of the setting.
        at: the instant of the setting.

    Returns:
        a record of ``OPTION_TERMS``; None where the exact engine has to say: the option has expired or is not described
        whole, or the price of its underlying is not known.

    """
    if one.strike is None or one.right is None or one.expires_at is None or one.expires_at <= at:
        return None
    price: Decimal | None = (
        prices.index(one.underlying) if rule.underlying == "index" else prices.forward(one)
    )
    if price is None:
        return None
    counts = rule.mark_share_for in {"both", f"{one.right}s"}
    of_maintenance = rule.of_maintenance if counts and rule.measure == "initial" else 0
    factor = nan if rule.tiered else float(rule.factor)
    cap = inf if rule.long_cap is None else float(rule.long_cap)
    row = (
        1.0 if one.right == "call" else -1.0, float(one.strike), float(price), one.pays_in_coin, float(rule.base),
        float(rule.least), float(rule.mark_share) if counts else 0.0, _PREMIUMS[rule.premium], float(rule.fee),
        float(of_maintenance), factor, float(rule.long_share), cap,
    )  # fmt: skip
    return np.array([row], dtype=OPTION_TERMS)[0]


@compiled
def _short_per_coin(terms: Record, factor: float, price: float, entry_price: float) -> float:
    """Return what one coin of a short option needs by one rule [settle/coin]."""
    distance = out_of_the_money(terms.right, terms.strike, terms.underlying)
    unit = terms.underlying
    if terms.in_coin:
        distance, unit = distance / terms.underlying, 1.0
    core = short_option_charge(unit, distance, terms.base, terms.least, terms.mark_share * price)
    premium = 0.0
    if terms.premium == AT_MARK:
        premium = price
    elif terms.premium == WORSE:
        premium = larger(price, entry_price)
    return factor * core + premium + flat_charge(unit, terms.fee)


@compiled
def option_rate(
    sign: float, coins: float, price: float, entry_price: float, own: Record, maintenance: Record,
    own_factor: float, maintenance_factor: float,
) -> float:  # fmt: skip
    """Return what an option needs by its venue's rule for single options, in its settlement asset.

    Args:
        sign: +1 long, -1 short.
        coins: contracts * contract size [coin], unsigned.
        price: [settle/coin] the option's mark, or at what else it is valued.
        entry_price: [settle/coin] for which it was sold.
        own: the rule of the measure that is asked about.
        maintenance: the rule for maintenance, which an initial requirement may not fall below a share of; the same as
            ``own`` where maintenance is asked about.
        own_factor: ``own.factor``; where that is NaN, the rate of the tier that holds the contracts.
        maintenance_factor: the same of ``maintenance``.

    """
    if sign > 0.0:
        unit = 1.0 if own.in_coin else own.underlying
        most = own.long_cap * unit if own.long_cap < inf else price
        return coins * long_option_charge(price, own.long_share, most) if own.long_share > 0.0 else 0.0
    each = _short_per_coin(own, own_factor, price, entry_price)
    if own.of_maintenance > 0.0:
        least = _short_per_coin(maintenance, maintenance_factor, price, entry_price)
        each = larger(each, own.of_maintenance * least)
    return coins * each


@compiled
def spot_rate(sign: float, value: float, long: float, short: float) -> float:
    """Return what something owned or owed outright needs: a share of its value, in its settlement asset.

    Args:
        sign: +1 owned, -1 owed.
        value: [settle] unsigned.
        long: the rule's share of what is owned.
        short: the rule's share of what is owed.

    """
    return flat_charge(value, long if sign > 0.0 else short)
