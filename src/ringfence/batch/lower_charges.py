"""Requirements and their tables as numbers: one branch for every kind of rule."""

from dataclasses import dataclass, field
from decimal import Decimal
from math import inf, nan
from typing import Final, assert_never

import numpy as np

from ringfence.batch import records
from ringfence.batch.paid_for import option_terms
from ringfence.batch.setting import Setting
from ringfence.book import Instrument
from ringfence.core.rounding import round_down, round_to_zero
from ringfence.formula.requirement import scaled_by_open_interest
from ringfence.venue import Facts, Ladder, kinds
from ringfence.venue.tables import factors_at

_PPM: Final = Decimal("0.000001")


@dataclass(slots=True)
class Making:
    """Tables while they grow."""

    setting: Setting
    rungs: list[tuple[float, ...]] = field(default_factory=list)
    factors: list[tuple[float, ...]] = field(default_factory=list)


def lower_ladder(
    row: np.void, ladder: Ladder | None, contract: Instrument, facts: Facts, making: Making
) -> None:
    """Put a tier table into the tables, its least initial rates as this market scales them."""
    row["first_rung"] = len(making.rungs)
    if ladder is None:
        return
    row["rungs"], row["ladder_unit"] = len(ladder.rungs), records.UNITS[ladder.unit]
    for rung in ladder.rungs:
        need = nan if rung.maintenance_rate is None else float(rung.maintenance_rate)
        opens = _scaled(rung.initial_rate, ladder, contract, facts, making.setting)
        making.rungs.append((float(rung.floor), need, float(opens), float(rung.deduction)))
    first = ladder.rungs[0]
    row["plain"] = float(first.initial_rate)
    fraction = first.maintenance_fraction
    if fraction is None and first.maintenance_rate is not None and first.initial_rate != 0:
        fraction = first.maintenance_rate / first.initial_rate
    row["fraction"] = nan if fraction is None else float(fraction)


def _scaled(rate: Decimal, ladder: Ladder, contract: Instrument, facts: Facts, setting: Setting) -> Decimal:
    """Return a least initial rate scaled by the market's open interest, where the rule that uses it says so."""
    rule, band = setting.rules.requirement("initial", facts), ladder.open_interest
    if not (isinstance(rule, kinds.Leverage) and rule.open_interest) or band is None or band.upper == 0:
        return rate
    market, symbol = setting.market, contract.symbol
    contracts = market.feeds.get("open_interest", {}).get(symbol)
    if contracts is None or contract.contract_size is None or symbol not in market.marks:
        return rate
    rounding = setting.rules.rounding(facts)
    notional = contracts * contract.contract_size * market.marks[symbol]
    if rounding is not None and rounding.value == "to_zero":
        notional = round_to_zero(notional, rounding.quantum)
    scaled = scaled_by_open_interest(rate, notional, band.lower, band.upper)
    return round_down(scaled, _PPM) if rounding is not None else scaled


def lower_need(
    row: np.void, ladder: Ladder | None, leverage: Decimal | None, facts: Facts, making: Making
) -> bool:
    """Put a maintenance requirement into a rule; return whether the numbers can say it."""
    rule = making.setting.rules.requirement("maintenance", facts)
    row["need_kind"] = records.UNKNOWN
    match rule:
        case kinds.Tiered():
            return _tiered(row, rule, ladder)
        case kinds.FractionOfInitial():
            row["need_kind"], row["need_at"] = records.OF_INITIAL, records.BASES[rule.price]
            return ladder is not None and not np.isnan(row["fraction"])
        case kinds.Slope() | kinds.SizeCurve() | kinds.Step():
            _shape(row, "need", rule)
            return True
        case kinds.FactorOnInitial():
            return _factor(row, rule, leverage, making)
        case kinds.OptionRate():
            return _option(row, "need", rule, facts, making)
        case kinds.SpotRate():
            _spot(row, "need", rule)
            return True
        case kinds.Leverage():
            return False
        case other:
            assert_never(other)


def _option(row: np.void, side: str, rule: kinds.OptionRate, facts: Facts, making: Making) -> bool:
    """Put a rule for single options into one side of a rule; return whether the numbers can say it."""
    setting = making.setting
    from ringfence.batch.netting.prices import Prices  # noqa: PLC0415 - what nets lowers rules itself

    terms = option_terms(rule, setting.instruments[facts.symbol], Prices(setting), setting.at)
    row[f"{side}_kind"] = records.OPTION
    if terms is None or (rule.tiered and row["rungs"] == 0):
        return False
    row[f"{side}_option"] = terms
    return True


def _spot(row: np.void, side: str, rule: kinds.SpotRate) -> None:
    row[f"{side}_kind"] = records.SPOT
    row[f"{side}_base"], row[f"{side}_rise"] = float(rule.long), float(rule.short)


def _tiered(row: np.void, rule: kinds.Tiered, ladder: Ladder | None) -> bool:
    row["need_at"], row["need_scope"] = records.BASES[rule.price], records.SCOPES[rule.scope]
    if ladder is None:
        return False
    row["need_kind"] = records.WHOLE if (ladder.method or rule.method) == "whole" else records.STRIP
    if ladder.rungs[0].maintenance_rate is None:
        return False
    return not (row["need_kind"] == records.STRIP and ladder.unit == "quote" and bool(row["inverse"]))


def _shape(row: np.void, side: str, rule: kinds.Slope | kinds.SizeCurve | kinds.Step) -> None:
    """Put a rate that depends on size into one side of a rule: what it needs, or what it takes to open."""
    row[f"{side}_at"], row[f"{side}_base"] = records.BASES[rule.price], float(rule.base)
    match rule:
        case kinds.Slope():
            row[f"{side}_kind"] = records.SLOPE
            row[f"{side}_rise"], row[f"{side}_per"] = float(rule.increase), float(rule.per)
        case kinds.SizeCurve():
            row[f"{side}_kind"], row[f"{side}_unit"] = records.CURVE, records.UNITS[rule.unit]
            row[f"{side}_rise"], row[f"{side}_exponent"] = float(rule.factor), float(rule.exponent)
            row[f"{side}_share"], row[f"{side}_cap"] = float(rule.share), float(rule.cap)
        case kinds.Step():
            row[f"{side}_kind"] = records.STEPS
            row[f"{side}_limit"], row[f"{side}_per"] = float(rule.base_limit), float(rule.step)
            row[f"{side}_rise"] = float(rule.rate_step)
            row[f"{side}_most"] = int((1 - rule.base) / rule.rate_step) + 1
        case other:
            assert_never(other)


def _factor(row: np.void, rule: kinds.FactorOnInitial, leverage: Decimal | None, making: Making) -> bool:
    row["need_kind"], row["need_at"] = records.FACTOR, records.BASES[rule.price]
    row["need_scope"], row["optional"] = records.SCOPES[rule.scope], rule.optional and rule.factor is not None
    rows = factors_at(rule, leverage)
    if not rows and rule.factor is None:
        return False
    row["need_first_factor"] = len(making.factors)
    table = (
        [(-inf, float(rule.factor or 0))] if not rows else [(float(r.floor), float(r.factor)) for r in rows]
    )
    making.factors.extend(table)
    row["need_factors"] = len(table)
    return True


def lower_open(row: np.void, ladder: Ladder | None, facts: Facts, making: Making) -> None:
    """Put an initial requirement into a rule."""
    rule = making.setting.rules.requirement("initial", facts)
    match rule:
        case kinds.Leverage():
            row["open_kind"], row["open_at"] = records.LEVERAGE, records.BASES[rule.price]
            row["open_share"] = float(rule.optional)
        case kinds.Tiered():
            row["open_kind"], row["open_at"] = records.WHOLE, records.BASES[rule.price]
            row["known"] &= ladder is not None
        case kinds.Slope() | kinds.SizeCurve() | kinds.Step():
            _shape(row, "open", rule)
        case kinds.OptionRate():
            row["known"] &= _option(row, "open", rule, facts, making)
        case kinds.SpotRate():
            _spot(row, "open", rule)
        case kinds.FractionOfInitial() | kinds.FactorOnInitial():
            row["known"] = False
        case other:
            assert_never(other)
