"""Kinds of rule that say what a position or an order must have behind it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from ringfence.core.exact import Amount, Positive
from ringfence.core.number import ONE, ZERO, power, total
from ringfence.core.rounding import round_up
from ringfence.formula import requirement as formula
from ringfence.formula.contract import linear_value
from ringfence.formula.tiers import in_settlement, next_deduction, tier_line, tier_rise
from ringfence.venue import kinds
from ringfence.venue.pack import BOOK
from ringfence.venue.rules.ask import Answer, Ask, Side
from ringfence.venue.tables import Ladder, Rung, factor_of, make_ladder

Method = Literal["marginal", "whole"]


def tiers(
    ask: Ask,
    *,
    size: Amount | None = None,
    value: Amount | None = None,
    tiers: tuple[kinds.Tier, ...] | None = None,
    method: Method | None = None,
) -> Answer:
    """Return the maintenance requirement by a tier table: the rows given, or the symbol's own of the pack.

    The size picks the tier and is counted as the table counts; one of size and value is enough where
    they are the same number. A row without a maintenance rate takes the share of its initial rate that the
    pack's own tables take.

    Units   size in the table's unit, value [settle] -> maintenance and deduction [settle], rates [1]
    Source  Binance faq b3c689c1f50a44cabb3a84e663b81d93; OKX position tiers
    """
    ladder = _ladder_of(ask, tiers, method)
    same = tiers is not None or _counts_value(ladder, ask)
    counted = ask.need(value if same and size is None else size, f"size, counted in {ladder.unit},")
    worth = ask.need(size if same and value is None else value, "value")
    tier = ladder.tier_of(counted)
    rung = ladder.rungs[tier - 1]
    if rung.maintenance_rate is None:
        raise ask.fault("the rows state no maintenance rate; ask for fraction_of_initial")
    whole = (method or ladder.method or _method_of(ask)) == "whole"
    if whole:
        amount = formula.flat_charge(ask.rounded_value(worth), rung.maintenance_rate)
    else:
        amount = _marginal_charge(ladder, counted)
        amount = amount if counted in {worth, ZERO} else in_settlement(amount, counted, worth)
    return {
        "maintenance": ask.rounded_requirement(amount),
        "rate": rung.maintenance_rate,
        "deduction": ZERO if whole else rung.deduction,
        "tier": Decimal(tier),
        "initial_rate": rung.initial_rate or None,
    }


def _ladder_of(ask: Ask, rows: tuple[kinds.Tier, ...] | None, method: Method | None) -> Ladder:
    if rows is None:
        return ask.need(ask.ladder(), "tiers, or a symbol that has a table,")
    table = kinds.TierTable(
        source=BOOK,
        in_force=date.min,
        unit="quote",
        rows=rows,
        method=method or _method_of(ask),
        maintenance_of_initial=ask.pack.maintenance_of_initial,
    )
    return make_ladder(table, ask.where)


def _method_of(ask: Ask) -> Method:
    rule = ask.requirement_of(kinds.Tiered, "maintenance")
    return rule.method if rule else "marginal"


def _counts_value(ladder: Ladder, ask: Ask) -> bool:
    """Return whether the table counts a position by what it is worth in its settlement asset."""
    return ladder.unit == ("coin" if ask.facts.payoff == "inverse" else "quote")


def _marginal_charge(ladder: Ladder, size: Decimal) -> Decimal:
    first = ladder.rungs[0]
    lowest = tier_line(size, first.maintenance_rate or ZERO, first.deduction)
    return total((tier_rise(size, floor, rise) for floor, rise in ladder.maintenance_rises), lowest)


def deductions(
    ask: Ask, *, floors: tuple[Decimal, ...], rates: tuple[Decimal, ...], first: Decimal = ZERO
) -> Answer:
    """Return the deduction of every tier, from the floors and rates; ``first`` is that of the first row.

    Units   floors and first [settle], rates [1] -> [settle]
    Source  Binance faq ceccfcfb4e3a45e3b48b0b1bb1a8ae46
    """
    if len(floors) != len(rates) or not floors:
        raise ask.fault(f"{len(floors)} floors and {len(rates)} rates do not make rows")
    if any(floor >= following for floor, following in pairwise(floors)):
        raise ask.fault("the floors do not rise")
    found = [first]
    for floor, before, rate in zip(floors[1:], rates, rates[1:], strict=False):
        found.append(next_deduction(found[-1], floor, rate - before))
    return {"deductions": tuple(found)}


def leverage(
    ask: Ask,
    *,
    value: Amount,
    leverage: Positive,
    least_rate: Amount | None = None,
    size: Amount | None = None,
) -> Answer:
    """Return the initial requirement of a chosen leverage, not below the least rate.

    The least rate is the one given, or that of the symbol's tier in the pack, or zero.

    Units   value [settle], leverage and least_rate [1], size in the table's unit -> initial [settle]
    Source  Binance faq 360033162192
    """
    least = _least_rate(ask, least_rate, size, value)
    amount = _of_leverage(ask, value, leverage, least)
    return {"initial": amount, "rate": formula.leverage_rate(leverage, least)}


def _of_leverage(ask: Ask, value: Decimal, leverage: Decimal, least: Decimal) -> Decimal:
    held = ask.rounded_value(value)
    return ask.rounded_requirement(formula.leverage_charge(held, leverage, formula.flat_charge(held, least)))


def _least_rate(ask: Ask, given: Decimal | None, size: Decimal | None, value: Decimal) -> Decimal:
    if given is not None:
        return given
    ladder = ask.ladder()
    if ladder is None:
        return ZERO
    counted = value if size is None and _counts_value(ladder, ask) else size
    return ladder.rungs[
        ladder.tier_of(ask.need(counted, f"size, counted in {ladder.unit},")) - 1
    ].initial_rate


def slope(
    ask: Ask,
    *,
    size: Amount,
    value: Amount | None = None,
    base: Amount | None = None,
    increase: Amount | None = None,
    per: Positive | None = None,
    measure: kinds.Measure = "maintenance",
) -> Answer:
    """Return a rate that rises in a straight line with size, and the requirement where a value is given.

    Units   size and per [coin], value [settle], base and increase [1] -> rate [1], requirement [settle]
    Source  Deribit article 25944738177565
    """
    own = ask.requirement_of(kinds.Slope, measure) if base is None or increase is None else None
    per = per or (own.per if own else ONE)
    base, increase = ask.filled(base, own, "base"), ask.filled(increase, own, "increase")
    rate = formula.slope_rate(base, increase, size, per)
    amount = None if value is None else ask.rounded_requirement(formula.flat_charge(value, rate))
    return {"rate": rate, "requirement": amount}


def size_curve(
    ask: Ask,
    *,
    size: Amount,
    value: Amount | None = None,
    base: Amount | None = None,
    factor: Amount | None = None,
    exponent: Positive | None = None,
    share: Amount | None = None,
    cap: Amount | None = None,
    measure: kinds.Measure = "maintenance",
) -> Answer:
    """Return a rate that rises with a power of size, and the requirement where a value is given.

        rate = min(cap, max(base, share * base + factor * size ** exponent))

    Units   size in the curve's unit, value [settle], base, share and cap [1] -> rate [1], requirement [settle]
    Source  Orderly (notional ** 0.8), Drift v2 (square root of the size)
    """
    own = ask.requirement_of(kinds.SizeCurve, measure)
    base, factor = ask.filled(base, own, "base"), ask.filled(factor, own, "factor")
    raised = power(size, ask.filled(exponent, own, "exponent"))
    share = share if share is not None else own.share if own else ZERO
    cap = cap if cap is not None else own.cap if own else ONE
    rate = formula.curve_rate(base, share, factor, raised, cap)
    amount = None if value is None else ask.rounded_requirement(formula.flat_charge(value, rate))
    return {"rate": rate, "requirement": amount}


def step(
    ask: Ask,
    *,
    value: Amount,
    base_limit: Amount | None = None,
    step: Positive | None = None,
    base: Amount | None = None,
    rate_step: Amount | None = None,
    measure: kinds.Measure = "maintenance",
) -> Answer:
    """Return a rate that rises with every started step above a risk limit, and the requirement.

        steps = ceil((value - base limit) / step), not below zero

    Units   value, base_limit and step [settle], base and rate_step [1] -> rate [1], requirement [settle]
    Source  BitMEX risk limits
    """
    own = ask.requirement_of(kinds.Step, measure)
    width = ask.filled(step, own, "step")
    excess = formula.excess_over_limit(value, ask.filled(base_limit, own, "base_limit"))
    steps = round_up(excess, width) / width
    rate = formula.step_rate(ask.filled(base, own, "base"), ask.filled(rate_step, own, "rate_step"), steps)
    amount = ask.rounded_requirement(formula.flat_charge(value, rate))
    return {"steps": steps, "rate": rate, "requirement": amount}


def factor_on_initial(
    ask: Ask, *, value: Amount, leverage: Positive, factor: Amount | None = None, size: Amount = ZERO
) -> Answer:
    """Return maintenance as a factor on value / leverage.

    Where the pack's factor depends on leverage and size, they pick it.

    Units   value [settle], leverage and factor [1], size [contract] -> [settle], factor [1]
    Source  HTX adjustment factor
    """
    own = ask.requirement_of(kinds.FactorOnInitial, "maintenance")
    if factor is None and own is not None:
        factor = factor_of(own, leverage, size)
    factor = ask.need(factor, "factor")
    amount = formula.flat_charge(formula.value_over_leverage(value, leverage), factor)
    return {"maintenance": ask.rounded_requirement(amount), "factor": factor}


def open_interest(
    ask: Ask,
    *,
    open_interest: Amount,
    base: Amount | None = None,
    lower: Amount | None = None,
    upper: Amount | None = None,
) -> Answer:
    """Return the initial rate scaled by the market's open interest; an upper bound of zero switches it off.

    Units   base [1], open_interest, lower and upper [quote] -> [1]
    Source  dYdX v4 x/perpetuals/types/liquidity_tier.go
    """
    rung = _first_rung(ask)
    base = ask.need(rung.initial_rate if rung and base is None else base, "base")
    return {"rate": _scaled(ask, base, open_interest, lower, upper)}


def _first_rung(ask: Ask) -> Rung | None:
    ladder = ask.ladder()
    return ladder.rungs[0] if ladder else None


def _scaled(ask: Ask, base: Decimal, held: Decimal, lower: Decimal | None, upper: Decimal | None) -> Decimal:
    ladder = ask.ladder()
    band = ladder.open_interest if ladder else None
    high = ask.filled(upper, band, "upper")
    if high == 0:
        return base
    low = ask.filled(lower, band, "lower")
    if high <= low:
        raise ask.fault(f"upper ({high}) is not above lower ({low})")
    return ask.rate_rounded_down(formula.scaled_by_open_interest(base, held, low, high))


def fraction_of_initial(
    ask: Ask,
    *,
    value: Amount,
    initial_rate: Amount | None = None,
    fraction: Amount | None = None,
    leverage: Positive | None = None,
    open_interest: Amount | None = None,
    lower: Amount | None = None,
    upper: Amount | None = None,
) -> Answer:
    """Return the initial requirement, and maintenance as a fraction of it; None where the fraction is not known.

    Open interest and a chosen leverage raise the initial requirement only. Where the pack keeps whole
    units each requirement is rounded up, maintenance twice: up(up(value * initial rate) * fraction).

    Units   value [settle], rates and fraction [1], open_interest and bounds [quote] -> [settle], rates [1]
    Source  dYdX v4 x/perpetuals/lib, GetMarginRequirementsInQuoteQuantums
    """
    rung = _first_rung(ask)
    base = ask.need(rung.initial_rate if rung and initial_rate is None else initial_rate, "initial_rate")
    share = rung.maintenance_fraction if rung and fraction is None else fraction
    held = ask.rounded_value(value)
    rate = base if open_interest is None else _scaled(ask, base, open_interest, lower, upper)
    rate = rate if leverage is None else formula.leverage_rate(leverage, rate)
    unscaled = ask.rounded_requirement(formula.flat_charge(held, base))
    return {
        "initial": ask.rounded_requirement(formula.flat_charge(held, rate)),
        "maintenance": None
        if share is None
        else ask.rounded_requirement(formula.flat_charge(unscaled, share)),
        "initial_rate": rate,
        "maintenance_rate": None
        if share is None
        else ask.rate_rounded_down(formula.flat_charge(base, share)),
    }


def order_cost(
    ask: Ask,
    *,
    side: Side,
    contracts: Amount,
    price: Positive,
    leverage: Positive,
    contract_size: Positive = ONE,
    mark: Positive | None = None,
    least_rate: Amount | None = None,
    taker: Decimal | None = None,
    fees: Literal["none", "open_and_close"] | None = None,
) -> Answer:
    """Return what an order sets aside: the initial requirement at its price, open loss, and fees.

    The open loss is zero without a mark, and where the account bears it. ``fees`` defaults to what the
    pack's closing cost implies: open_and_close where the fee to close at bankruptcy is part of the
    requirement, else none.

    Units   contracts [contract], prices [quote/coin], leverage, rates and taker [1] -> [settle]
    Source  Binance faq 87fa7ee33b574f7084d42bd2ce2e463b; Bybit help centre, order cost
    """
    at_order = ask.value(contracts, contract_size, price)
    own = ask.pack.order_cost(ask.facts)
    elsewhere = own is not None and own.open_loss == "account"
    at_mark = at_order if mark is None or elsewhere else ask.value(contracts, contract_size, mark)
    size = _size_of_order(ask, contracts, contract_size, at_order)
    initial = _of_leverage(ask, at_order, leverage, _least_rate(ask, least_rate, size, at_order))
    sign = ask.value_sign(side)
    parts = [
        initial,
        formula.order_loss(sign, at_mark, at_order),
        *_fees(ask, at_order, sign, leverage, taker, fees),
    ]
    return {
        "initial": parts[0],
        "open_loss": parts[1],
        "fees": total(parts[2:], ZERO),
        "order_cost": total(parts, ZERO),
    }


def _size_of_order(ask: Ask, contracts: Decimal, contract_size: Decimal, value: Decimal) -> Decimal:
    """Return an order's size as the symbol's tier table counts it."""
    ladder = ask.ladder()
    if ladder is None or _counts_value(ladder, ask):
        return value
    return contracts if ladder.unit == "contracts" else linear_value(contracts, contract_size, ONE)


def _fees(
    ask: Ask, value: Decimal, sign: Decimal, leverage: Decimal, taker: Decimal | None, fees: str | None
) -> Sequence[Decimal]:
    """Return the fee to open and the fee to close at bankruptcy, where the venue counts them."""
    if fees is None:
        cost = ask.pack.closing_cost(ask.facts)
        fees = "open_and_close" if cost and cost.kind == "taker_at_bankruptcy" else "none"
    if fees == "none":
        return ()
    known = ask.pack.fee("taker", ask.facts)
    rate = ask.need(known[0] if known and taker is None else taker, "taker")
    return (
        formula.flat_charge(value, rate),
        formula.fee_at_bankruptcy_by_leverage(value, sign, leverage, rate),
    )
