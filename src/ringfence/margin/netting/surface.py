"""What a venue adds because volatilities and rates of different expiries need not move together."""

from collections import defaultdict
from decimal import Decimal

import numpy as np

from ringfence.core.number import positive_part
from ringfence.formula.model.black import black_vega
from ringfence.formula.netting import matched
from ringfence.margin.netting.model_value import in_unit, option_coins
from ringfence.margin.netting.units import Unit
from ringfence.margin.node import Node
from ringfence.venue import offsets

_ZERO = Decimal(0)


def expiry_spread(rule: offsets.ExpirySpread, unit: Unit) -> Node:
    """Return the charge on what is hedged between expiries, in the unit's currency: the nearest are matched first."""
    left = _vegas(unit) if rule.of == "vega" else _deltas(unit)
    expiries = sorted(left)
    pairs = [(a, b) for number, a in enumerate(expiries) for b in expiries[number + 1 :]]
    parts = []
    for one, other in sorted(pairs, key=lambda pair: (pair[1] - pair[0], pair[0])):
        common = matched(left[one], left[other])
        if common == 0:
            continue
        left[one] -= common
        left[other] += common
        years = Decimal(other - one) / 365
        inputs = {"hedged": abs(common), "rate": rule.rate, "years": years, "annual": rule.annual}
        value = abs(common) * (rule.rate + rule.annual * years)
        parts.append(
            Node(f"{one:.0f} and {other:.0f} days", value, "hedged * (rate + annual * years)", inputs)
        )
    return Node(
        f"{rule.of} spread",
        sum((p.value for p in parts), _ZERO),
        "sum of matched expiries",
        {},
        "",
        tuple(parts),
    )


def _deltas(unit: Unit) -> dict[float, Decimal]:
    """Return what the delta of each expiry is worth, by its days [unit's currency]."""
    found: dict[float, Decimal] = defaultdict(Decimal)
    for position in unit.positions:
        expires = unit.instrument(position).expires_at
        days = 0.0 if expires is None else (expires - unit.world.at).total_seconds() / 86_400
        found[days] += unit.delta_value(position, "index")
    if unit.spot:
        found[0.0] += unit.spot * unit.per_coin
    return found


def _vegas(unit: Unit) -> dict[float, Decimal]:
    """Return the vega of each expiry, by its days [unit's currency per 1.00 of volatility]."""
    found: dict[float, Decimal] = defaultdict(Decimal)
    quotes = unit.quotes
    if quotes is None:
        return found
    per_coin = black_vega(quotes.forward, quotes.strike, quotes.sigma, quotes.years)
    per_coin = np.where(quotes.in_coin, per_coin / quotes.forward, per_coin)
    vegas = in_unit(unit, per_coin * option_coins(unit))
    for days, vega in zip(quotes.days.tolist(), vegas.tolist(), strict=True):
        found[days] += Decimal(vega)
    return found


def curve_shift(rule: offsets.CurveShift, unit: Unit) -> Node:
    """Return what options lose in the worst shift of the curve of rates, in the unit's currency."""
    quotes = unit.quotes
    if quotes is None:
        return Node("curve shift", _ZERO, "no options")
    parts = []
    for number, knots in enumerate(rule.shifts, start=1):
        rates = np.interp(quotes.days, [float(k.days) for k in knots], [float(k.rate) for k in knots])
        there = quotes.price(forward=quotes.forward * np.exp(rates * quotes.years))
        gain = float(in_unit(unit, (there - quotes.standing) * option_coins(unit)).sum())
        parts.append(Node(f"shift {number}", Decimal(-gain), "loss"))
    worst = max((part.value for part in parts), default=_ZERO)
    return Node("curve shift", positive_part(worst), "worst loss", {}, "", tuple(parts))
