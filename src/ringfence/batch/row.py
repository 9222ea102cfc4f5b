"""One position: what it is worth, has earned and needs, by its rule's record. Kernels over the formulas.

Beside its numbers a kernel returns a slack: by how much, beyond what roundings explain, the exact figure may differ.
It is one quantum where the venue rounds, and infinite where a float64 cannot tell on which side of a step a size
stands; the exact engine decides there.
"""

from math import ceil, inf, isnan
from typing import Final

import numpy as np

from ringfence.batch import records
from ringfence.batch.compiled import compiled
from ringfence.batch.paid_for import option_rate, spot_rate
from ringfence.batch.records import Column, Record, Records
from ringfence.core.number import larger, magnitude, positive_part
from ringfence.formula.contract import inverse_value, linear_value
from ringfence.formula.requirement import (
    bankruptcy_value_by_leverage,
    curve_rate,
    fee_at_bankruptcy_by_leverage,
    fee_at_bankruptcy_by_wallet,
    flat_charge,
    held_back_fees,
    leverage_charge,
    slope_rate,
    step_rate,
    value_over_leverage,
)
from ringfence.formula.tiers import in_settlement, tier_line, tier_rise

NEAR: Final = 64 * 2.0**-53
"""Relative distance from a step within which a size, a product of a few rounded numbers, may stand on either side."""

A_RUNG: Final = 4.0
"""Roundings that each further tier adds: its rise, the excess, their product, the sum."""

MARK, ENTRY, INDEX = records.MARK, records.ENTRY, records.INDEX


@compiled
def price_at(at: int, row: Record, mark: float, coin: float) -> float:
    """Return the price at which a rule wants a position valued [quote]; ``coin`` is the index of its coin."""
    if at == MARK:
        return mark
    return row.entry_price if at == ENTRY else coin


@compiled
def value_at(contracts: float, contract_size: float, price: float, inverse: bool) -> float:  # noqa: FBT001
    """Return the unsigned value of a position at a price [settle]."""
    if inverse:
        return inverse_value(contracts, contract_size, price)
    return linear_value(contracts, contract_size, price)


@compiled
def value_of(at: int, row: Record, rule: Record, mark: float, coin: float) -> float:
    """Return the unsigned value of a position by one of the prices a rule may name [settle]."""
    if at == ENTRY and not isnan(row.cost):
        return magnitude(row.cost)
    return value_at(row.contracts, row.contract_size, price_at(at, row, mark, coin), rule.inverse)


@compiled
def size_of(unit: int, at: int, row: Record, rule: Record, mark: float, coin: float) -> float:
    """Return a position's size in the unit of its table."""
    if unit == records.CONTRACTS:
        return row.contracts
    if unit == records.COIN:
        if rule.inverse:
            return value_of(at, row, rule, mark, coin)
        return row.contracts * row.contract_size
    if rule.inverse:
        return row.contracts * row.contract_size
    return value_of(at, row, rule, mark, coin)


@compiled
def kept(value: float, rule: Record) -> tuple[float, float]:
    """Return a value as the venue keeps it, cut to whole quanta towards zero, and its slack."""
    if rule.quantum > 0.0 and rule.cuts:
        return np.trunc(value / rule.quantum) * rule.quantum, rule.quantum
    return value, 0.0


@compiled
def rounded(amount: float, rule: Record) -> tuple[float, float]:
    """Return a requirement as the venue rounds it, and its slack."""
    if rule.quantum > 0.0 and rule.ups:
        return ceil(amount / rule.quantum) * rule.quantum, rule.quantum
    return amount, 0.0


@compiled
def company_size(
    i: int, first: int, end: int, scope: int, unit: int, at: int,
    rows: Records, rules: Records, marks: Column, index: Column,
) -> float:  # fmt: skip
    """Return the size that picks a position's tier: its own, or that of the company it has in its pool."""
    own = rules[rows[i].rule]
    if scope == records.LEG or end - first <= 1:
        return size_of(unit, at, rows[i], own, marks[own.symbol], index[own.coin])
    whole = 0.0
    for j in range(first, end):
        rule = rules[rows[j].rule]
        of_coin = scope in (records.UNDERLYING, records.NET_BY_EXPIRY)
        if of_coin and (rule.coin != own.coin or rule.settle != own.settle):
            continue
        if not of_coin and rule.symbol != own.symbol:
            continue
        size = size_of(unit, at, rows[j], rule, marks[rule.symbol], index[rule.coin])
        if scope == records.LARGER_LEG:
            whole = larger(whole, size)
        elif scope in (records.SYMBOL, records.UNDERLYING):
            whole += size
        elif _leads(j, first, rule.symbol, rows, rules):
            whole += magnitude(_net(j, end, rule.symbol, unit, at, rows, rules, marks, index))
    return whole


@compiled
def _leads(j: int, first: int, symbol: int, rows: Records, rules: Records) -> bool:
    """Return whether a position is the first of its symbol in its pool."""
    found = True
    for k in range(first, j):
        found &= rules[rows[k].rule].symbol != symbol
    return found


@compiled
def _net(
    j: int, end: int, symbol: int, unit: int, at: int,
    rows: Records, rules: Records, marks: Column, index: Column,
) -> float:  # fmt: skip
    """Return the signed size of all legs of a symbol, from its first on."""
    net = 0.0
    for k in range(j, end):
        rule = rules[rows[k].rule]
        if rule.symbol == symbol:
            net += rows[k].sign * size_of(unit, at, rows[k], rule, marks[rule.symbol], index[rule.coin])
    return net


@compiled
def rung_of(size: float, rule: Record, rungs: Records) -> tuple[int, float]:
    """Return the tier that holds a size, counted from 0, and the slack: floors are exclusive."""
    found, slack = 0, 0.0
    for k in range(1, rule.rungs):
        floor = rungs[rule.first_rung + k].floor
        if magnitude(size - floor) <= NEAR * floor:
            slack = inf
        if size > floor:
            found = k
    return found, slack


@compiled
def strip_charge(charged: float, rule: Record, rungs: Records) -> float:
    """Return the marginal charge of a tier table: the first tier's line, and what each further one adds."""
    at = rule.first_rung
    amount = tier_line(charged, rungs[at].need, rungs[at].deduction)
    for k in range(1, rule.rungs):
        if charged <= rungs[at + k].floor:
            break
        amount += tier_rise(charged, rungs[at + k].floor, rungs[at + k].need - rungs[at + k - 1].need)
    return amount


@compiled
def _tiered(
    i: int, first: int, end: int, row: Record, rule: Record, mark: float, coin: float,
    rows: Records, rules: Records, rungs: Records, marks: Column, index: Column,
) -> tuple[float, float]:  # fmt: skip
    value, slack = kept(value_of(rule.need_at, row, rule, mark, coin), rule)
    size = company_size(
        i, first, end, rule.need_scope, rule.ladder_unit, rule.need_at, rows, rules, marks, index
    )
    if rule.need_kind == records.WHOLE:
        rung, unsure = rung_of(size, rule, rungs)
        return flat_charge(value, rungs[rule.first_rung + rung].need), slack + unsure
    amount = strip_charge(value if rule.ladder_unit == records.CONTRACTS else size, rule, rungs)
    if rule.ladder_unit == records.COIN and not rule.inverse:
        amount *= price_at(rule.need_at, row, mark, coin)
    if rule.need_scope != records.LEG and end - first > 1:
        if size == 0.0:
            return tier_line(value, rungs[rule.first_rung].need, 0.0), slack
        own = size_of(rule.ladder_unit, rule.need_at, row, rule, mark, coin)
        amount = in_settlement(amount, size, own)
    return amount, slack


@compiled
def _started(value: float, limit: float, per: float, most: float) -> tuple[float, float]:
    """Return how many steps of value are started above a limit, and the slack."""
    steps = (value - limit) / per
    near = steps > -0.5 and magnitude(steps - np.rint(steps)) <= NEAR * (value + limit) / per  # noqa: PLR2004
    started = ceil(positive_part(steps))
    return (started if started < most else most), (inf if near else 0.0)


@compiled
def _of_size(
    kind: int, at: int, unit: int, base: float, rise: float, per: float, exponent: float, share: float,
    cap: float, limit: float, most: float, row: Record, rule: Record, mark: float, coin: float,
) -> tuple[float, float]:  # fmt: skip
    """Return a charge whose rate depends on size: a slope, a curve, or steps."""
    value = value_of(at, row, rule, mark, coin)
    if kind == records.SLOPE:
        coins = size_of(records.COIN, at, row, rule, mark, coin)
        return flat_charge(value, slope_rate(base, rise, coins, per)), 0.0
    if kind == records.CURVE:
        size = size_of(unit, at, row, rule, mark, coin)
        return flat_charge(value, curve_rate(base, share, rise, size**exponent, cap)), 0.0
    steps, slack = _started(value, limit, per, most)
    return flat_charge(value, step_rate(base, rise, steps)), slack


@compiled
def _by_factor(
    i: int, first: int, end: int, row: Record, rule: Record, mark: float, coin: float,
    rows: Records, rules: Records, rungs: Records, factors: Records, marks: Column, index: Column,
) -> tuple[float, float]:  # fmt: skip
    value = value_of(rule.need_at, row, rule, mark, coin)
    at, leverage = rule.need_first_factor, row.leverage
    if isnan(leverage):
        if not rule.optional or rule.rungs == 0:
            return value, inf
        size = size_of(rule.ladder_unit, rule.need_at, row, rule, mark, coin)
        rung, slack = rung_of(size, rule, rungs)
        opens = flat_charge(value, rungs[rule.first_rung + rung].open)
        return flat_charge(opens, factors[at].factor), slack
    size = company_size(
        i, first, end, rule.need_scope, records.CONTRACTS, rule.need_at, rows, rules, marks, index
    )
    factor, slack = factors[at].factor, 0.0
    for k in range(1, rule.need_factors):
        floor = factors[at + k].floor
        if magnitude(size - floor) <= NEAR * floor and rule.need_scope != records.LEG:
            slack = inf
        if size > floor:
            factor = factors[at + k].factor
    return flat_charge(value_over_leverage(value, leverage), factor), slack


@compiled
def _factor(row: Record, rule: Record, terms: Record, rungs: Records) -> float:
    """Return the factor of an option's rule: stated, or the rate of the tier that holds the contracts."""
    if not isnan(terms.factor):
        return terms.factor
    rung, _ = rung_of(row.contracts, rule, rungs)
    rate = rungs[rule.first_rung + rung].need
    return 1.0 if isnan(rate) else rate


@compiled
def _option(row: Record, rule: Record, price: float, terms: Record, rungs: Records) -> tuple[float, float]:
    """Return what an option needs at a price [settle]; contracts are as they were written, and stand on no step."""
    coins, least = row.contracts * row.contract_size, rule.need_option
    factors = _factor(row, rule, terms, rungs), _factor(row, rule, least, rungs)
    need = option_rate(float(row.sign), coins, price, row.entry_price, terms, least, factors[0], factors[1])
    return need, 0.0


@compiled
def option_size(row: Record, rule: Record, rungs: Records) -> float:
    """Return the sum of magnitudes in what an option needs, beside its value [settle]."""
    terms = rule.need_option
    unit = terms.underlying if terms.in_coin else 1.0
    factor = larger(_factor(row, rule, terms, rungs), _factor(row, rule, rule.open_option, rungs))
    return row.contracts * row.contract_size * (terms.underlying + terms.strike) / unit * larger(1.0, factor)


@compiled
def core_need(
    i: int, first: int, end: int,
    rows: Records, rules: Records, rungs: Records, factors: Records, marks: Column, index: Column,
) -> tuple[float, float]:  # fmt: skip
    """Return the maintenance requirement of a position before fees [settle], and its slack."""
    row = rows[i]
    rule = rules[row.rule]
    mark, coin, own = marks[rule.symbol], index[rule.coin], row.own_rate
    if not isnan(own):
        value, slack = kept(value_of(rule.need_at, row, rule, mark, coin), rule)
        deduction = row.deduction
        return tier_line(value, own, 0.0 if isnan(deduction) else deduction), slack
    if rule.need_kind in (records.STRIP, records.WHOLE):
        return _tiered(i, first, end, row, rule, mark, coin, rows, rules, rungs, marks, index)
    if rule.need_kind == records.OF_INITIAL:
        value, slack = kept(value_of(rule.need_at, row, rule, mark, coin), rule)
        opens, more = rounded(flat_charge(value, rule.plain), rule)
        return flat_charge(opens, rule.fraction), slack + more
    if rule.need_kind == records.FACTOR:
        return _by_factor(i, first, end, row, rule, mark, coin, rows, rules, rungs, factors, marks, index)
    if rule.need_kind == records.OPTION:
        return _option(row, rule, mark, rule.need_option, rungs)
    if rule.need_kind == records.SPOT:
        value = value_of(MARK, row, rule, mark, coin)
        return spot_rate(float(row.sign), value, rule.need_base, rule.need_rise), 0.0
    if rule.need_kind == records.UNKNOWN:
        return 0.0, inf
    return _of_size(
        rule.need_kind, rule.need_at, rule.need_unit, rule.need_base, rule.need_rise, rule.need_per,
        rule.need_exponent, rule.need_share, rule.need_cap, rule.need_limit, rule.need_most, row, rule, mark, coin,
    )  # fmt: skip


@compiled
def core_open(
    i: int, first: int, end: int, at: int,
    rows: Records, rules: Records, rungs: Records, marks: Column, index: Column,
) -> tuple[float, float]:  # fmt: skip
    """Return the initial requirement of a position before fees [settle], and its slack; NaN: it is not known.

    ``at`` is the price it is found at, or -1 for the rule's own.
    """
    row = rows[i]
    rule = rules[row.rule]
    at = rule.open_at if at < 0 else at
    mark, coin, leverage = marks[rule.symbol], index[rule.coin], row.leverage
    if rule.open_kind == records.UNKNOWN:
        return np.nan, inf
    if rule.open_kind == records.OPTION:
        return _option(row, rule, price_at(max(at, MARK), row, mark, coin), rule.open_option, rungs)
    if rule.open_kind == records.SPOT:
        value = value_of(max(at, MARK), row, rule, mark, coin)
        return spot_rate(float(row.sign), value, rule.open_base, rule.open_rise), 0.0
    if rule.open_kind in (records.LEVERAGE, records.WHOLE):
        value, slack = kept(value_of(at, row, rule, mark, coin), rule)
        least = 0.0
        bound = rule.rungs > 0 and (isnan(row.own_rate) or rule.open_kind == records.WHOLE)
        if bound:
            tiered = rule.need_kind in (records.STRIP, records.WHOLE)
            scope = rule.need_scope if tiered else records.LEG
            size = company_size(i, first, end, scope, rule.ladder_unit, at, rows, rules, marks, index)
            rung, unsure = rung_of(size, rule, rungs)
            least, slack = rungs[rule.first_rung + rung].open, slack + unsure
        if rule.open_kind == records.WHOLE:
            return flat_charge(value, least), slack
        if isnan(leverage):
            return (flat_charge(value, least) if rule.open_share > 0.0 and bound else np.nan), slack
        return leverage_charge(value, leverage, flat_charge(value, least)), slack
    amount, slack = _of_size(
        rule.open_kind, at, rule.open_unit, rule.open_base, rule.open_rise, rule.open_per, rule.open_exponent,
        rule.open_share, rule.open_cap, rule.open_limit, rule.open_most, row, rule, mark, coin,
    )  # fmt: skip
    if rule.open_kind == records.SLOPE or isnan(leverage):
        return amount, slack
    return leverage_charge(value_of(at, row, rule, mark, coin), leverage, amount), slack


@compiled
def closing_fee(at: int, wallet: float, row: Record, rule: Record, mark: float, coin: float) -> float:
    """Return the fee to close that a venue counts [settle]; ``wallet`` NaN: bankruptcy follows from the leverage."""
    value = value_of(at, row, rule, mark, coin)
    if rule.cost == records.ON_VALUE:
        return flat_charge(value, rule.fee)
    leverage = row.leverage
    sign = -float(row.sign) if rule.inverse else float(row.sign)
    if rule.cost == records.AT_BANKRUPTCY:
        if not isnan(wallet):
            return fee_at_bankruptcy_by_wallet(value, wallet, -sign, rule.fee)
        if isnan(leverage):
            return flat_charge(value, rule.fee)
        return fee_at_bankruptcy_by_leverage(value, sign, leverage, rule.fee)
    paid = row.opening_fee
    if not isnan(paid):
        return paid
    if rule.cost == records.STATED:
        return 0.0
    if not isnan(leverage):
        value = bankruptcy_value_by_leverage(value, -1.0 if rule.dearer else sign, leverage)
    return held_back_fees(value, rule.fees, rule.fee)


@compiled
def coming_funding(at: int, row: Record, rule: Record, mark: float, coin: float) -> float:
    """Return the coming funding that a venue counts with what closing costs [settle]."""
    reserve = row.funding_reserve
    if not isnan(reserve):
        return reserve
    value = value_of(at, row, rule, mark, coin)
    return positive_part(flat_charge(value, rule.funding * row.sign))
