"""Kinds of rule that portfolio models are made of, and the charge of a single option."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, TypeVar

from msgspec import structs

from ringfence.core.exact import Amount, Positive, Share
from ringfence.core.number import (
    ONE,
    ZERO,
    from_model,
    grown,
    larger,
    magnitude,
    positive_part,
    smaller,
    total,
)
from ringfence.formula import netting as formula
from ringfence.formula.requirement import (
    flat_charge,
    long_option_charge,
    out_of_the_money,
    short_option_charge,
)
from ringfence.venue import kinds, offsets
from ringfence.venue.rules.ask import Answer, Ask

C = TypeVar("C", bound=offsets.Charge)


def _model(ask: Ask) -> offsets.Scenarios | None:
    """Return the pack's scenario model of the position; None: it has none."""
    found = ask.pack.offset(ask.facts)
    return found if isinstance(found, offsets.Scenarios) else None


def _charge(ask: Ask, kind: type[C]) -> C | None:
    """Return the first charge of that kind in the pack's model of the position."""
    model = _model(ask)
    return next((one for one in model.charges if isinstance(one, kind)), None) if model else None


def vol_shock(
    ask: Ask,
    *,
    sigma: Positive,
    days: Positive,
    vol: offsets.VolMove = "up",
    unit: Literal["relative", "points"] | None = None,
    term: Literal["power", "flat"] | None = None,
    up: Amount | None = None,
    down: Amount | None = None,
    reference_days: Positive | None = None,
    short_power: Amount | None = None,
    long_power: Amount | None = None,
    least_days: Amount | None = None,
    least_up: Amount | None = None,
    least_rise: Amount | None = None,
) -> Answer:
    """Return a volatility after a scenario, and the change by its time to expiry.

    What is left out is the pack's own; without a model in the pack it is nothing.

    Units   sigma [1/sqrt(year)], days [day], powers [1] -> vol [1/sqrt(year)], change [1] or [1/sqrt(year)]
    Source  Deribit, Derive, Paradex portfolio margin
    """
    given = {
        "unit": unit, "term": term, "up": up, "down": down, "reference_days": reference_days,
        "short_power": short_power, "long_power": long_power, "least_days": least_days, "least_up": least_up,
        "least_rise": least_rise,
    }  # fmt: skip
    model = _model(ask)
    own = model.vol if model else offsets.VolShock()
    rule = structs.replace(own, **{name: value for name, value in given.items() if value is not None})
    if vol in {"skew", "wings"}:
        raise ask.fault("skew and wings go by the strike; ask for up, down or same")
    change, moved = _moved_vol(rule, float(sigma), float(days), vol)
    return {"vol": from_model(moved), "change": from_model(change)}


def _moved_vol(
    rule: offsets.VolShock, sigma: float, days: float, vol: offsets.VolMove
) -> tuple[float, float]:
    """Return a change of volatility, and the volatility after it."""
    from ringfence.formula.model.shock import lowered_vol, raised_vol  # noqa: PLC0415 - paid for by who asks

    if vol == "same":
        return 0.0, sigma
    relative, change = rule.unit == "relative", _vol_change(rule, days, up=vol == "up")
    if vol == "down":
        return change, float(lowered_vol(sigma, change, relative=relative))
    rise = max(change, float(rule.least_rise))
    return rise, float(
        raised_vol(sigma, change, float(rule.least_rise), float(rule.least_up), relative=relative)
    )


def _vol_change(rule: offsets.VolShock, days: float, *, up: bool) -> float:
    """Return by how much a volatility goes up or down at a time to expiry [day]."""
    from ringfence.formula.model.shock import between_knots, term_scale  # noqa: PLC0415 - as above

    plain = float(rule.up if up else rule.down)
    match rule.term:
        case "flat":
            return plain
        case "power":
            reference = float(rule.reference_days)
            powers = float(rule.short_power), float(rule.long_power)
            return plain * float(term_scale(days, reference, *powers, float(rule.least_days)))
        case "knots":
            changes = [float(knot.up if up else knot.down) for knot in rule.knots]
            return float(
                between_knots(
                    max(days, float(rule.least_days)), [float(knot.days) for knot in rule.knots], changes
                )
            )


def extended(
    ask: Ask,
    *,
    moves: tuple[offsets.Move, ...],
    range_: Positive | None = None,
    factor: Positive | None = None,
    dampener: Amount | None = None,
    index: Positive | None = None,
) -> Answer:
    """Return how results count at far moves: their weights, by what coins are restated, and how far they are dampened.

    Units   moves, range and factor [1], dampener [USD], index [USD/coin] -> weights, restated [1], dampened [coin]
    Source  Deribit portfolio margin, extended table
    """
    model = _model(ask)
    own = next((rules.extended for rules in model.sets if rules.extended), None) if model else None
    edge = ask.filled(range_, own, "range")
    share = ask.filled(factor if own or factor else ONE, own, "factor")
    if any(move == 0 for move in moves):
        raise ask.fault("a move of nothing has no weight")
    edges = [smaller(edge, magnitude(move)).copy_sign(move) for move in moves]
    relief = dampener if dampener is not None else own.dampener if own else None
    dampened = None
    if relief is not None and index is not None:
        dampened = tuple(
            formula.dampener(formula.ranges_beyond(move, edge), relief, index * (1 + edge.copy_sign(move)))
            for move in moves
        )
    return {
        "weights": tuple(formula.extended_weight(share, edge, move) for move in moves),
        "restated": tuple(formula.restated(ONE, move, at) for move, at in zip(moves, edges, strict=True)),
        "dampened": dampened,
    }


def scenario_gain(
    ask: Ask, *, coins: Decimal, moves: tuple[offsets.Move, ...], price: Positive | None = None
) -> Answer:
    """Return what a future or perpetual gains at each move: in coin where it is inverse, else in its quote.

    Units   coins [coin] signed, moves [1], price [quote/coin] -> [coin] or [quote]
    Source  Deribit private/simulate, risk vectors
    """
    if ask.facts.payoff == "inverse":
        return {"gains": tuple(formula.inverse_gain(coins, move) for move in moves)}
    at = ask.need(price, "price")
    return {"gains": tuple(formula.linear_gain(coins, at, move) for move in moves)}


def gains_counted(
    ask: Ask, *, results: tuple[Decimal, ...], gains: Share | None = None, cap: Amount | None = None
) -> Answer:
    """Return what counts of results: losses in full, of gains a share up to a cap.

    Units   results, cap [unit], gains [1] -> [unit]
    Source  Deribit portfolio margin: pnl_offset, max_offsetable_pnl
    """
    share = ask.filled(gains, _model(ask), "gains")
    return {
        "counted": tuple(
            pnl if pnl <= 0 else formula.gain_counted(pnl, share, pnl if cap is None else cap)
            for pnl in results
        )
    }


def delta_charge(
    ask: Ask,
    *,
    delta: Decimal,
    price: Positive = ONE,
    years: Amount = ZERO,
    rate: Amount | None = None,
    annual: Amount | None = None,
) -> Answer:
    """Return a rate on a delta: max(rate, exp(annual * years) - 1); without a time to expiry the rate alone.

    Units   delta [coin] signed, price [unit/coin], years [year], rate and annual [1] -> rate [1], charge [unit]
    Source  Deribit portfolio margin, roll shock
    """
    own = _charge(ask, offsets.DeltaCharge)
    least = ask.filled(rate, own, "rate")
    yearly = annual if annual is not None else own.annual if own else ZERO
    found = larger(least, grown(yearly, years)) if yearly and years else least
    return {"rate": found, "charge": flat_charge(magnitude(delta) * price, found)}


def delta_shock(
    ask: Ask,
    *,
    delta: Decimal,
    bought: Decimal = ZERO,
    index: Positive,
    threshold: Amount | None = None,
    increase: Amount | None = None,
    cap: Share | None = None,
) -> Answer:
    """Return the charge for a large delta: of futures and short options, which long options only make smaller.

    Units   delta, bought [coin] signed, index [USD/coin], threshold [USD], increase [1/coin], cap [1] -> [coin]
    Source  Deribit portfolio margin, delta shock
    """
    own = _charge(ask, offsets.DeltaShock)
    left = formula.left_uncovered(delta, bought)
    least = ask.filled(threshold, own, "threshold") / index
    charge = formula.delta_shock(
        left, ask.filled(cap, own, "cap"), ask.filled(increase, own, "increase"), least
    )
    return {"delta": left, "threshold": least, "charge": charge}


def net_and_hedged(
    ask: Ask,
    *,
    deltas: tuple[Decimal, ...],
    index: Positive = ONE,
    net: Share | None = None,
    hedged: Share | None = None,
) -> Answer:
    """Return the charge on what is net and what is hedged of some deltas.

    Units   deltas [coin] signed, index [unit/coin], net and hedged (the rates) [1] -> [coin], charge [unit]
    Source  Paradex portfolio margin, minimum delta
    """
    own = _charge(ask, offsets.NetAndHedged)
    sum_, gross = total(deltas, ZERO), total(map(magnitude, deltas), ZERO)
    rates = ask.filled(net, own, "net"), ask.filled(hedged, own, "hedged")
    return {
        "net": sum_,
        "gross": gross,
        "hedged": formula.net_and_hedged(sum_, gross, ZERO, ONE),
        "charge": flat_charge(formula.net_and_hedged(sum_, gross, *rates), index),
    }


def futures_charge(
    ask: Ask,
    *,
    long: Amount,
    short: Amount,
    rate: Share | None = None,
    scope: Literal["gross", "matched"] | None = None,
) -> Answer:
    """Return the charge on futures: on all of them, or on what long and short ones have in common.

    Units   long, short [unit], rate [1] -> [unit]
    Source  Deribit, the older portfolio margin
    """
    own = _charge(ask, offsets.FuturesCharge)
    counted = scope or (own.scope if own else "gross")
    value = long + short if counted == "gross" else smaller(long, short)
    return {"value": value, "charge": flat_charge(value, ask.filled(rate, own, "rate"))}


def short_options(
    ask: Ask,
    *,
    coins: tuple[Decimal, ...],
    amount: Amount | None = None,
    rate: Share | None = None,
    price: Positive = ONE,
) -> Answer:
    """Return the charge on what is short of some options together: those of one strike, or of one unit.

    Units   coins [coin] signed, amount [settle/coin], rate [1], price [settle/coin] -> short [coin], charge [settle]
    Source  Deribit, the older portfolio margin: net short options by strike
    """
    own = _charge(ask, offsets.ShortOptions)
    each = amount if amount is not None else own.amount if own else ZERO
    share = rate if rate is not None else own.rate if own else ZERO
    short = positive_part(-total(coins, ZERO))
    return {"short": short, "charge": short * (each + share * price)}


def option(
    ask: Ask,
    *,
    right: Literal["call", "put"],
    strike: Positive,
    underlying: Positive,
    mark: Amount,
    coins: Amount = ONE,
    side: Literal["long", "short"] = "short",
    in_coin: bool | None = None,
    measure: kinds.Measure | None = None,
) -> Answer:
    """Return what an option needs by the pack's rule for single options, a coin of it and all of it.

    ``in_coin``: it pays in its coin; default: as the symbol says, or not.

    Units   strike, underlying [quote/coin], mark [settle/coin], coins [coin] -> [settle/coin], [settle]
    Source  Deribit, OKX, Bybit, Binance option margin
    """
    ask = replace(ask, facts=replace(ask.facts, payoff="option"))
    pays = (
        in_coin
        if in_coin is not None
        else bool(ask.facts.symbol) and ask.facts.settle == ask.facts.underlying
    )
    terms = _Terms(right, strike, underlying, mark, ONE if pays else underlying)
    found: Answer = {}
    for one in (measure,) if measure else ("maintenance", "initial"):
        own = ask.need(ask.requirement_of(kinds.OptionRate, one), f"a rule for options ({one})")
        each = _bought(own, terms) if side == "long" else _sold(ask, own, terms)
        found |= {f"{one}_per_coin": each, one: each * coins}
    return found


@dataclass(frozen=True, slots=True)
class _Terms:
    """An option: what it is, its mark [settle/coin], and the price of its underlying in what it pays."""

    right: str
    strike: Decimal
    underlying: Decimal
    mark: Decimal
    unit: Decimal


def _bought(rule: kinds.OptionRate, option: _Terms) -> Decimal:
    most = option.mark if rule.long_cap is None else rule.long_cap * option.unit
    return long_option_charge(option.mark, rule.long_share, most)


def _sold(ask: Ask, rule: kinds.OptionRate, option: _Terms) -> Decimal:
    own = _per_coin(rule, option)
    if rule.measure == "maintenance" or not rule.of_maintenance or not _is_for(rule, option):
        return own
    held = ask.need(ask.requirement_of(kinds.OptionRate, "maintenance"), "its maintenance rule")
    return larger(own, rule.of_maintenance * _per_coin(held, option))


def _is_for(rule: kinds.OptionRate, option: _Terms) -> bool:
    return rule.mark_share_for in {"both", f"{option.right}s"}


def _per_coin(rule: kinds.OptionRate, option: _Terms) -> Decimal:
    sign = ONE if option.right == "call" else -ONE
    distance = out_of_the_money(sign, option.strike, option.underlying) * option.unit / option.underlying
    share = rule.mark_share if _is_for(rule, option) else ZERO
    core = short_option_charge(option.unit, distance, rule.base, rule.least, flat_charge(option.mark, share))
    premium = ZERO if rule.premium == "none" else option.mark
    return rule.factor * core + premium + flat_charge(option.unit, rule.fee)


def stress_range(
    ask: Ask,  # noqa: ARG001 - the pack has no say
    *,
    point_of_no_return: Amount,
    expected_range: Amount,
    least: Amount,
) -> Answer:
    """Return the range in which a broker tests a class: wider where the account would be used up in an expected move.

    Units   all moves of the price, as fractions of it -> range [1]
    Source  Charles Schwab, How portfolio margin works
    """
    return {"range": formula.stress_range(point_of_no_return, expected_range, least)}
