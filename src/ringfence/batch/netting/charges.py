"""What a venue adds to the worst scenario of risk units, many at once. Every branch is a kind of charge."""

from decimal import Decimal, localcontext
from itertools import zip_longest
from typing import TYPE_CHECKING, assert_never

import numpy as np

from ringfence.batch.netting.by_model import by_model
from ringfence.batch.netting.max_loss import max_loss
from ringfence.batch.netting.safeguards import safeguard
from ringfence.batch.netting.units import Amount, Groups, Held, number, totals
from ringfence.core.number import EXACT, grown, larger, magnitude, positive_part, smaller
from ringfence.formula import netting as formula
from ringfence.formula.requirement import flat_charge
from ringfence.venue import offsets
from ringfence.venue.instruments import facts_of

if TYPE_CHECKING:
    from datetime import datetime

    from ringfence.batch.columns import Floats, Places
    from ringfence.batch.netting.alone import Alone
    from ringfence.book import Instrument


def charge_of(
    rule: offsets.ChargeRule, held: Held, model: offsets.Scenarios, alone: "Alone | None"
) -> Amount:
    """Return one charge of the units of a model, in their currencies.

    Args:
        rule: the charge.
        held: the units.
        model: theirs.
        alone: the positions of the population under their own rules; None: no model asks for that.

    """
    match rule:
        case offsets.DeltaCharge() | offsets.DeltaShock() | offsets.NetAndHedged():
            return _of_deltas(rule, held)
        case (
            offsets.FuturesCharge()
            | offsets.ShortOptions()
            | offsets.PerContract()
            | offsets.ProvisionCharge()
        ):
            return _of_holdings(rule, held)
        case offsets.TimeDecay() | offsets.ExpirySpread() | offsets.CurveShift() | offsets.BasisCharge():
            return by_model(rule, held, model)
        case offsets.ConfidenceCharge() | offsets.CollateralCharge() | offsets.PegCharge():
            return safeguard(rule, held)
        case offsets.MaxLossCharge():
            assert alone is not None  # noqa: S101 - a model with such a charge asks for it
            return max_loss(rule, held, alone)
        case other:
            assert_never(other)


def _of_deltas(rule: offsets.DeltaCharge | offsets.DeltaShock | offsets.NetAndHedged, held: Held) -> Amount:
    match rule:
        case offsets.DeltaCharge():
            return _by_delta(rule, held)
        case offsets.DeltaShock():
            return _delta_shock(rule, held)
        case offsets.NetAndHedged():
            return _net_and_hedged(rule, held)


def _of_holdings(
    rule: offsets.FuturesCharge | offsets.ShortOptions | offsets.PerContract | offsets.ProvisionCharge,
    held: Held,
) -> Amount:
    match rule:
        case offsets.FuturesCharge():
            return _by_futures(rule, held)
        case offsets.ShortOptions():
            return _by_short_options(rule, held)
        case offsets.PerContract():
            return _per_contract(rule, held)
        case offsets.ProvisionCharge():
            return _provision(rule, held)


def _wanted(of: str, held: Held) -> "Floats":
    """Return one for rows of a kind of contract."""
    terms = held.terms
    match of:
        case "perpetuals":
            column = terms.is_perpetual
        case "dated":
            column = terms.is_future - terms.is_perpetual
        case "futures":
            column = terms.is_future
        case "options":
            column = terms.is_option
        case _:
            column = np.ones_like(terms.is_option)
    return np.asarray(column[held.symbol])


def _groups(scope: str, wanted: "Floats", held: Held) -> Groups:
    terms = held.terms
    key: Places
    match scope:
        case "instrument":
            key = np.arange(len(terms.symbols), dtype=np.int32)
        case "expiry":
            key = terms.expiry
        case "strike":
            key = terms.strike
        case "quote":
            key = terms.quote
        case _:
            key = np.zeros(len(terms.symbols), dtype=np.int32)
    return held.grouped(key, wanted)


def _by_delta(rule: offsets.DeltaCharge, held: Held) -> Amount:
    wanted, terms, unit = _wanted(rule.of, held), held.terms, held.unit
    price = held.per_coin[unit]
    if rule.price == "mark":
        money = terms.rate(terms.money[held.symbol], held.currency[unit])
        future = terms.is_option[held.symbol] == 0.0
        price = np.where(future, terms.mark[held.symbol] * money, price)
    groups = _groups(rule.scope, wanted, held)
    rates = terms.once((id(rule), "rates"), lambda: _rates(rule, held))
    sums, rate = groups.sum(held.delta * price), rates[held.symbol[groups.first]]
    in_spot = held.spot if rule.spot and rule.of == "all" else np.zeros(len(held))
    spot = in_spot * held.per_coin
    if rule.scope == "unit":
        sums = sums + spot[groups.unit]
    value = totals(groups.unit, flat_charge(magnitude(sums), rate), len(held))
    if rule.scope != "unit":
        value = value + magnitude(spot) * float(rule.rate)
    most = float(rates.max(initial=0.0))
    gross = most * (held.sum(wanted * np.abs(held.delta * price)) + np.abs(spot))
    slip = most * (held.sum(wanted * held.delta_slip * np.abs(price)) + held.spot_slip * held.per_coin)
    return _by_size(held.amount(value, gross, slip), rule.factors, held)


def _rates(rule: offsets.DeltaCharge, held: Held) -> "Floats":
    """Return the rate of every symbol: of a dated one, what a year's rate makes of its time, if that is more."""
    at = held.terms.setting.at

    def rate(expires: "datetime | None") -> float:
        if expires is None or rule.annual == 0:
            return float(rule.rate)
        years = Decimal((expires - at).total_seconds()) / (365 * 86_400)
        return float(larger(rule.rate, grown(rule.annual, years)))

    with localcontext(EXACT):
        known = {one.expires_at: rate(one.expires_at) for one in held.terms.instruments}
    return held.terms.column(lambda one: known[one.expires_at])


def _by_size(charge: Amount, factors: tuple[offsets.SizeFactor, ...], held: Held) -> Amount:
    """Return a charge of which each part counts at its own factor, by the size of the whole."""
    if not factors:
        return charge
    account = held.terms.assets.code(held.terms.unit)
    rate = held.terms.rate(held.currency, np.full(len(held), account))
    size, scaled = charge.value * rate, np.zeros(len(held))
    for row, above in zip_longest(factors, factors[1:]):
        floor, upper = (number(float(0 if r is None else r.floor)) for r in (row, above))
        part = positive_part(size - floor) if above is None else formula.tier_part(size, floor, upper)
        scaled = scaled + part * float(row.factor)
    most = max(float(row.factor) for row in factors)
    value = scaled / rate
    return Amount(value, most * charge.slip + held.slip(most * np.abs(charge.value)))


def _delta_shock(rule: offsets.DeltaShock, held: Held) -> Amount:
    bought = (held.terms.is_option[held.symbol] > 0.0) & (held.sign > 0.0)
    cover, size = held.sum(np.where(bought, held.delta, 0.0)), held.sum(np.where(bought, 0.0, held.delta))
    left = formula.left_uncovered(size, cover)
    threshold = float(rule.threshold) / held.terms.index[held.coin]
    cap, increase = number(float(rule.cap)), number(float(rule.increase))
    value = formula.delta_shock(left, cap, increase, threshold) * held.per_coin
    gross, off = held.sum(np.abs(held.coins)), held.sum(held.delta_slip)
    steep = (cap + increase * np.abs(left)) * held.per_coin
    return held.amount(value, steep * gross + np.abs(value), steep * off)


def _net_and_hedged(rule: offsets.NetAndHedged, held: Held) -> Amount:
    if rule.net == 0 and rule.hedged == 0:
        return held.nothing()
    spot = held.spot if rule.spot else np.zeros(len(held))
    if rule.by == "position":
        sizes = held.sum(np.abs(held.delta))
    else:
        groups = _groups("quote", np.ones(len(held.symbol)), held)
        sizes = totals(groups.unit, np.abs(groups.sum(held.delta)), len(held))
    net, total = held.sum(held.delta) + spot, sizes + np.abs(spot)
    value = (
        formula.net_and_hedged(net, total, number(float(rule.net)), number(float(rule.hedged)))
        * held.per_coin
    )
    most = (float(rule.net) + float(rule.hedged)) * held.per_coin
    gross, off = held.sum(np.abs(held.coins)) + np.abs(spot), held.sum(held.delta_slip) + held.spot_slip
    return _by_size(held.amount(value, most * gross, most * off), rule.factors, held)


def _by_futures(rule: offsets.FuturesCharge, held: Held) -> Amount:
    if rule.rate == 0:
        return held.nothing()
    wanted = _wanted(rule.of, held) * held.terms.is_future[held.symbol]
    each = np.abs(held.coins) * held.per_coin[held.unit] if rule.price == "index" else held.value
    long, short = (
        held.sum(np.where(held.sign > 0.0, wanted * each, 0.0)),
        held.sum(np.where(held.sign < 0.0, wanted * each, 0.0)),
    )
    value = long + short if rule.scope == "gross" else smaller(long, short)
    rate = number(float(rule.rate))
    return held.amount(flat_charge(value, rate), (long + short) * rate)


def _by_short_options(rule: offsets.ShortOptions, held: Held) -> Amount:
    if rule.rate == 0 and rule.amount == 0:
        return held.nothing()
    wanted = held.terms.is_option[held.symbol]
    if rule.band is not None:
        band = rule.band
        wanted = wanted * held.terms.once((id(rule), "near"), lambda: _near(band, held))[held.symbol]
    groups = _groups(rule.scope, wanted, held)
    short = positive_part(-groups.sum(held.coins))
    sums = totals(groups.unit, short, len(held))
    each = float(rule.rate) * held.per_coin + float(rule.amount)
    return held.amount(sums * each, held.sum(wanted * np.abs(held.coins)) * each)


def _near(band: Decimal, held: Held) -> "Floats":
    """Return one for options whose strike lies within a share of their forward."""
    terms = held.terms

    def near(one: "Instrument") -> float:
        forward = terms.prices.forward(one) if one.is_option else None
        return float(
            one.strike is not None and forward is not None and abs(one.strike - forward) <= band * forward
        )

    with localcontext(EXACT):
        return terms.column(near)


def _per_contract(rule: offsets.PerContract, held: Held) -> Amount:
    terms = held.terms
    counts = np.array([one.payoff != "spot" for one in terms.instruments], dtype=np.float64)[held.symbol]
    if rule.of != "all":
        counts = counts * terms.is_option[held.symbol] * ((held.sign < 0.0) | (rule.of == "options"))
    count = held.sum(counts * held.contracts * (held.size if rule.per == "coin" else 1.0))
    value = count * float(rule.amount)
    return held.amount(value, np.abs(value))


def _provision(rule: offsets.ProvisionCharge, held: Held) -> Amount:
    terms, feed = held.terms, held.terms.setting.market.feeds.get("funding_rate", {})
    funding = terms.column(lambda one: float(feed.get(one.symbol, Decimal(0))))[held.symbol]
    fee = terms.column(lambda one: _fee(one, rule, held))[held.symbol]
    due = positive_part(held.sign * held.value * funding * float(rule.funding_hours)) + flat_charge(
        held.value, fee
    )
    return held.amount(held.sum(due), held.sum(np.abs(due)))


def _fee(one: "Instrument", rule: offsets.ProvisionCharge, held: Held) -> float:
    if rule.fee is not None:
        return float(rule.fee)
    known = held.terms.setting.rules.fee("taker", facts_of(one, "cross"))
    return 0.0 if known is None else float(known[0])
