"""What a pool needs, said a second time: a row for every kind of requirement, closing cost and hedge."""

from collections.abc import Callable, Mapping
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from math import ceil
from typing import Any, Final, cast

from ringfence.book import Position
from ringfence.core.rounding import round_down
from ringfence.formula import requirement as formula
from ringfence.formula.contract import funding_payment
from ringfence.margin.options import forward_of
from ringfence.venue import kinds
from ringfence.venue.tables import factor_of
from tests.differential.restated.held import NOTHING, Held, q, sum_of
from tests.differential.restated.nets import is_netted, needed_together
from tests.differential.restated.owed import owed_need
from tests.differential.restated.tiers import METHODS, UNITS, coins, ladder_of, least_rate, rung_of, tier_size

ONE: Final = Fraction(1)
_PPM: Final = Decimal("0.000001")


# --- requirements --------------------------------------------------------------------------------


def _leverage(held: Held, position: Position, rule: kinds.Leverage, _measure: kinds.Measure) -> Fraction:
    ladder = held.rules.ladder(held.facts(position))
    least = NOTHING if ladder is None else least_rate(held, position, ladder, rule.price)
    band, interest = ladder and ladder.open_interest, held.feed("open_interest", position.symbol)
    if rule.open_interest and band and band.upper > 0 and interest is not None:
        open_value = q(interest) * q(position.contract_size) * held.price(position, "mark")
        kept = held.kept(open_value, position)
        least = formula.scaled_by_open_interest(least, kept, q(band.lower), q(band.upper))
        least = round_down(least, _PPM) if held.rules.rounding(held.facts(position)) else least
    rate = least if position.leverage is None else formula.leverage_rate(q(position.leverage), least)
    return formula.flat_charge(held.kept(held.value(position, rule.price), position), rate)


def _tiers(held: Held, position: Position, rule: kinds.Tiered, measure: kinds.Measure) -> Fraction:
    ladder = ladder_of(held, position)
    if measure == "maintenance":
        return METHODS[ladder.method or rule.method](held, position, rule, ladder)
    value = held.kept(held.value(position, rule.price), position)
    return formula.flat_charge(value, least_rate(held, position, ladder, rule.price))


def _fraction_of_initial(
    held: Held, position: Position, rule: kinds.FractionOfInitial, _measure: kinds.Measure
) -> Fraction:
    rung = ladder_of(held, position).rungs[0]
    value = held.kept(held.value(position, rule.price), position)
    unscaled = held.asked(formula.flat_charge(value, q(rung.initial_rate)), position)
    fraction = rung.maintenance_fraction
    stated = q(fraction) if fraction is not None else q(rung.maintenance_rate) / q(rung.initial_rate)
    return formula.flat_charge(unscaled, stated)


def _slope(held: Held, position: Position, rule: kinds.Slope, _measure: kinds.Measure) -> Fraction:
    size = coins(held, position, rule.price)
    rate = formula.slope_rate(q(rule.base), q(rule.increase), size, q(rule.per))
    return formula.flat_charge(held.value(position, rule.price), rate)


def _raised(size: Fraction, exponent: Fraction) -> Fraction:
    """Return a power that no fraction holds, to 90 digits."""
    if size == 0:
        return NOTHING
    with localcontext(Context(prec=90)):
        logarithm = (Decimal(size.numerator) / Decimal(size.denominator)).ln()
        return q((logarithm * exponent.numerator / exponent.denominator).exp())


def _size_curve(held: Held, position: Position, rule: kinds.SizeCurve, measure: kinds.Measure) -> Fraction:
    value, size = held.value(position, rule.price), UNITS[rule.unit](held, position, rule.price)
    curved = q(rule.share) * q(rule.base) + q(rule.factor) * _raised(size, q(rule.exponent))
    rate = min(max(curved, q(rule.base)), q(rule.cap))
    if measure == "initial" and position.leverage is not None:
        rate = formula.leverage_rate(q(position.leverage), rate)
    return formula.flat_charge(value, rate)


def _step(held: Held, position: Position, rule: kinds.Step, measure: kinds.Measure) -> Fraction:
    value = held.value(position, rule.price)
    started = ceil(formula.excess_over_limit(value, q(rule.base_limit)) / q(rule.step))
    most = (1 - rule.base) // rule.rate_step + 1  # the step with which the rate reaches one is the last
    rate = formula.step_rate(q(rule.base), q(rule.rate_step), min(Fraction(started), q(most)))
    if measure == "initial" and position.leverage is not None:
        rate = formula.leverage_rate(q(position.leverage), rate)
    return formula.flat_charge(value, rate)


def _factor(held: Held, position: Position, rule: kinds.FactorOnInitial, _measure: kinds.Measure) -> Fraction:
    assert position.leverage is not None
    size = tier_size(held, position, rule, "contracts")
    factor = factor_of(rule, position.leverage, cast("Decimal", size))
    put_up = formula.value_over_leverage(held.value(position, rule.price), q(position.leverage))
    return formula.flat_charge(put_up, q(factor))


def _option(held: Held, position: Position, rule: kinds.OptionRate, measure: kinds.Measure) -> Fraction:
    """Return what an option needs: every coin of it the same."""
    coins_held = q(position.contracts) * q(position.contract_size)
    if position.sign > 0:
        return coins_held * _bought(held, position, rule)
    each = _sold(held, position, rule)
    if measure == "initial" and rule.of_maintenance and _is_marked(held, position, rule):
        least = held.rules.requirement("maintenance", held.facts(position))
        assert isinstance(least, kinds.OptionRate)
        each = max(each, q(rule.of_maintenance) * _sold(held, position, least))
    return coins_held * each


def _is_marked(held: Held, position: Position, rule: kinds.OptionRate) -> bool:
    right = held.world.instruments[position.symbol].right
    return (
        rule.mark_share_for == "both" or rule.mark_share_for == {"call": "calls", "put": "puts"}[right or ""]
    )


def _underlying(held: Held, position: Position, rule: kinds.OptionRate) -> Fraction:
    if rule.underlying == "index":
        return held.index(held.underlying(position))
    return q(forward_of(held.world.instruments[position.symbol], held.world))


def _bought(held: Held, position: Position, rule: kinds.OptionRate) -> Fraction:
    in_coin = held.world.instruments[position.symbol].pays_in_coin
    worth, unit = held.price(position, "mark"), ONE if in_coin else _underlying(held, position, rule)
    share = q(rule.long_share) * worth
    return share if rule.long_cap is None else min(share, q(rule.long_cap) * unit)


def _sold(held: Held, position: Position, rule: kinds.OptionRate) -> Fraction:
    contract, price = held.world.instruments[position.symbol], _underlying(held, position, rule)
    short_of = price - q(contract.strike) if contract.right == "put" else q(contract.strike) - price
    away, unit = max(short_of, NOTHING), price
    if contract.pays_in_coin:
        away, unit = away / price, ONE
    mark = held.price(position, "mark")
    core = max(q(rule.base) * unit - away, q(rule.least) * unit)
    if _is_marked(held, position, rule):
        core = max(core, q(rule.mark_share) * mark)
    premium = {"mark": mark, "worse": max(mark, q(position.entry_price)), "none": NOTHING}[rule.premium]
    return _times(held, position, rule) * core + premium + q(rule.fee) * unit


def _times(held: Held, position: Position, rule: kinds.OptionRate) -> Fraction:
    if not rule.tiered:
        return q(rule.factor)
    stated = rung_of(ladder_of(held, position), q(position.contracts)).maintenance_rate
    return q(rule.factor if stated is None else stated)


def _spot(held: Held, position: Position, rule: kinds.SpotRate, _measure: kinds.Measure) -> Fraction:
    return held.value(position) * q(rule.long if position.sign > 0 else rule.short)


REQUIREMENTS: Final[Mapping[type, Callable[[Held, Position, Any, kinds.Measure], Fraction]]] = {
    kinds.Leverage: _leverage,
    kinds.Tiered: _tiers,
    kinds.FractionOfInitial: _fraction_of_initial,
    kinds.Slope: _slope,
    kinds.SizeCurve: _size_curve,
    kinds.Step: _step,
    kinds.FactorOnInitial: _factor,
    kinds.OptionRate: _option,
    kinds.SpotRate: _spot,
}


# --- closing costs -------------------------------------------------------------------------------


def _fee(held: Held, name: str, position: Position) -> Fraction:
    known = held.rules.fee(name, held.facts(position))
    return q(known[0]) if known else NOTHING


def _flat(name: str) -> Callable[[Held, Position, kinds.ClosingCost], Fraction]:
    return lambda held, position, cost: formula.flat_charge(
        held.value(position, cost.price), _fee(held, name, position)
    )


def _wallet_behind(held: Held, position: Position, cost: kinds.ClosingCost) -> Fraction | None:
    lone = held.pool.kind == "cross" and len(held.pool.positions) == 1
    own = position.margin_mode == "isolated" and position.collateral is not None
    if cost.basis == "pool" and lone and held.settle(position) in held.pool.collateral:
        return q(held.pool.collateral[held.settle(position)])
    return q(position.collateral) + q(position.extra_collateral) if cost.basis == "wallet" and own else None


def _at_bankruptcy(held: Held, position: Position, cost: kinds.ClosingCost) -> Fraction:
    value, fee, sign = (
        held.value(position, cost.price),
        _fee(held, "taker", position),
        held.gain_sign(position),
    )
    wallet = _wallet_behind(held, position, cost)
    if wallet is not None:
        # value at bankruptcy: what is left when the wallet and the fee to close are lost
        return max(value - sign * wallet, NOTHING) / (1 - sign * fee) * fee
    if position.leverage is None:
        return formula.flat_charge(value, fee)
    return formula.fee_at_bankruptcy_by_leverage(value, sign, q(position.leverage), fee)


def _held_back(held: Held, position: Position, cost: kinds.ClosingCost) -> Fraction:
    if position.opening_fee is not None or cost.basis == "stated":
        return q(position.opening_fee)
    value, sign = held.value(position, cost.price), held.gain_sign(position)
    if position.leverage is not None:
        value -= value * (sign if cost.side == "own" else -ONE) / q(position.leverage)
    return formula.held_back_fees(value, q(cost.fees), _fee(held, "taker", position))


CLOSING: Final[Mapping[str, Callable[[Held, Position, kinds.ClosingCost], Fraction]]] = {
    "none": lambda _held, _position, _cost: NOTHING,
    "taker": _flat("taker"),
    "liquidation_fee": _flat("liquidation"),
    "taker_at_bankruptcy": _at_bankruptcy,
    "held_back": _held_back,
}

COUNTED: Final[Mapping[str, frozenset[str]]] = {
    "trigger": frozenset(),
    "maintenance": frozenset({"maintenance"}),
    "requirements": frozenset({"initial", "maintenance"}),
}


def _coming_funding(held: Held, position: Position, cost: kinds.ClosingCost) -> Fraction:
    if position.funding_reserve is not None:
        return q(position.funding_reserve)
    rate, value = held.feed("funding_rate", position.symbol), held.value(position, cost.price)
    return max(funding_payment(Fraction(position.sign), value, q(rate)), NOTHING)


def _closing(held: Held, position: Position, cost: kinds.ClosingCost) -> list[Fraction]:
    """Return the fee to close and, where it counts, the coming funding."""
    fees = [CLOSING[cost.kind](held, position, cost)]
    with_funding = cost.kind == "held_back" or cost.funding
    return [*fees, _coming_funding(held, position, cost)] if with_funding else fees


# --- hedges --------------------------------------------------------------------------------------


def _leg_against(held: Held, position: Position) -> Position | None:
    return next((p for p in held.pool.positions if p.symbol == position.symbol and p is not position), None)


def _of_larger_leg(held: Held, position: Position, _measure: kinds.Measure) -> Fraction:
    other = _leg_against(held, position)
    if other is None:
        return ONE
    own, against = held.value(position), held.value(other)
    return Fraction(own > against or (own == against and position.sign > 0))


def _of_net(held: Held, position: Position, _measure: kinds.Measure) -> Fraction:
    other = _leg_against(held, position)
    against = NOTHING if other is None else q(other.contracts)
    return max(1 - against / q(position.contracts), NOTHING)


def _of_larger_side(held: Held, position: Position, measure: kinds.Measure) -> Fraction:
    coin = held.underlying(position)
    sides = {1: NOTHING, -1: NOTHING}
    for p in held.pool.positions:
        if held.underlying(p) == coin:
            amount = need(held, p, measure) * held.index(held.settle(p)) / held.index(held.settle(position))
            sides[p.sign] += amount
    return Fraction(position.sign == (1 if sides[1] >= sides[-1] else -1))


HEDGES: Final[Mapping[str, Callable[[Held, Position, kinds.Measure], Fraction]]] = {
    "sum_legs": lambda _held, _position, _measure: ONE,
    "larger_leg": _of_larger_leg,
    "net": _of_net,
    "net_locked": _of_net,
    "larger_side": _of_larger_side,
}


# --- together ------------------------------------------------------------------------------------


def need(held: Held, position: Position, measure: kinds.Measure) -> Fraction:
    """Return what a position needs, whatever stands against it, in its settlement asset."""
    rule = held.rules.requirement(measure, held.facts(position))
    amount = held.asked(REQUIREMENTS[type(rule)](held, position, rule, measure), position)
    cost = held.rules.closing_cost(held.facts(position))
    if cost is None or measure not in COUNTED[cost.counted]:
        return amount
    fees = _closing(held, position, cost)
    return amount + sum_of(held.asked(fee, position) for fee in (fees[:1] if measure == "initial" else fees))


def standing_alone(held: Held) -> list[Position]:
    """Return the positions that no portfolio model nets with others."""
    return [p for p in held.pool.positions if not is_netted(held, p)]


def needed(held: Held, measure: kinds.Measure) -> Fraction:
    """Return what a pool needs after what opposite positions spare it, in its unit."""
    parts = needed_together(held, measure) + owed_need(held, measure)
    for position in standing_alone(held):
        rule, share = held.rules.hedge(held.facts(position)), ONE
        if rule is not None and measure in rule.measures:
            share = HEDGES[rule.kind](held, position, measure)
        parts += held.in_unit(need(held, position, measure) * share, held.settle(position))
    return parts


def closing_cost(held: Held) -> Fraction:
    """Return what is counted for closing beside the requirements, in the pool's unit."""
    parts = owed_need(held, "closing")
    for position in standing_alone(held):
        cost = held.rules.closing_cost(held.facts(position))
        if cost is not None and not COUNTED[cost.counted]:
            parts += held.in_unit(sum_of(_closing(held, position, cost)), held.settle(position))
    return parts
