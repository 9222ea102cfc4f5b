"""What a contract asks at a size, near enough to draw plausible accounts by: the engines say what it asks exactly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.setting import Setting
from ringfence.book import Instrument
from ringfence.core.errors import InputError
from ringfence.venue import Facts, Ladder, RulePack, kinds
from ringfence.venue.instruments import facts_of

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats

RATE_MAX: Final = 0.5
"""Nobody is given a position whose initial rate is above this."""

_SIZES: Final = np.logspace(-9, 15, 2401)
"""[contract] Sizes at which the largest that may be held is looked for."""

_SLACK: Final = 1.5
"""Initial rates stand at least so far above maintenance rates where a table states none."""

_BELOW_CAP: Final = 0.9
_NEAR_ENOUGH: Final = 1.001


@dataclass(frozen=True)
class Terms:
    """One contract of a setting, in floats.

    mark             [quote]
    worth            [USD/contract] at the mark
    settled          [USD] price of the settlement asset
    per_contract     in the settlement asset: what it is multiplied with, linear by the price, inverse by its inverse
    largest          [contract] beyond it the initial rate is too high, or the table ends
    modes            in which it can be held: cross, isolated
    states_leverage  whether a shared position has a leverage of its own
    takes_leverage   whether an isolated one may have one
    offered          the only leverages that the venue's table knows; empty: all
    """

    instrument: Instrument
    mark: float
    worth: float
    settled: float
    per_contract: float
    sigma_daily: float
    largest: float
    modes: tuple[str, ...]
    states_leverage: bool
    takes_leverage: bool
    offered: tuple[float, ...]
    _rules: tuple["_Rules", ...]

    @property
    def is_inverse(self) -> bool:
        """Return whether it pays face value over price."""
        return self.instrument.payoff == "inverse"

    def value(self, contracts: "Floats", price: "Floats") -> "Floats":
        """Return what positions are worth at a price, in the settlement asset, unsigned."""
        size = contracts * self.per_contract
        return size / price if self.is_inverse else size * price

    def leverage(self, wanted: "Floats", contracts: "Floats", stretch: "Floats") -> "Floats":
        """Return the leverages nearest to those wanted that are admitted at a size; at least 1.

        Args:
            wanted: leverages.
            contracts: how many are held.
            stretch: by what the size may be larger, at entry or with its other leg.

        """
        size = contracts * stretch * _NEAR_ENOUGH
        initial, maintenance = self.rates(size)
        admitted = np.floor(1 / np.maximum(np.maximum(initial, _SLACK * maintenance), 1e-6))
        chosen = np.maximum(np.minimum(wanted, admitted), 1.0)
        if self.offered:
            steps = np.array(self.offered)
            chosen = steps[np.maximum(np.searchsorted(steps, chosen, side="right") - 1, 0)]
        return chosen

    def rates(self, contracts: "Floats") -> tuple["Floats", "Floats"]:
        """Return initial and maintenance rates at a size, on the value; the larger of shared and isolated."""
        found = [one.rates(contracts, self) for one in self._rules]
        initial, maintenance = (np.maximum.reduce([rates[side] for rates in found]) for side in (0, 1))
        return initial, maintenance

    def factor(self, leverage: "Floats", contracts: "Floats") -> "Floats":
        """Return the part of value / leverage that maintenance is, where a venue says it so; else zero."""
        found: Floats = np.maximum.reduce([one.factor(leverage, contracts) for one in self._rules])
        return found


@dataclass(frozen=True)
class _Rules:
    """The rules of one contract in one margin mode."""

    initial: kinds.RequirementRule
    maintenance: kinds.RequirementRule
    ladder: Ladder | None

    def rates(self, contracts: "Floats", terms: Terms) -> tuple["Floats", "Floats"]:
        nothing = np.zeros_like(contracts)
        initial, maintenance = nothing, nothing
        if self.ladder is not None:
            initial, maintenance = _of_ladder(self.ladder, contracts, terms)
        initial = np.maximum(initial, _of_rule(self.initial, contracts, terms))
        return initial, np.maximum(maintenance, _of_rule(self.maintenance, contracts, terms))

    def factor(self, leverage: "Floats", contracts: "Floats") -> "Floats":
        rule = self.maintenance
        if not isinstance(rule, kinds.FactorOnInitial):
            return np.zeros_like(leverage)
        found = np.full_like(leverage, float(rule.factor or 0))
        for row in rule.factors:
            held = (leverage == float(row.leverage)) & (contracts >= float(row.floor))
            found[held] = float(row.factor)
        return found


def _size(unit: kinds.Unit, contracts: "Floats", terms: Terms) -> "Floats":
    """Return a size in the unit of a table, at the mark."""
    face = float(terms.per_contract)
    match unit:
        case "contracts":
            return contracts
        case "coin":
            return contracts * face / terms.mark if terms.is_inverse else contracts * face
        case "quote":
            return contracts * face if terms.is_inverse else contracts * face * terms.mark


def _of_ladder(ladder: Ladder, contracts: "Floats", terms: Terms) -> tuple["Floats", "Floats"]:
    size = _size(ladder.unit, contracts, terms)
    rungs = ladder.rungs
    row = np.maximum(np.searchsorted([float(rung.floor) for rung in rungs], size, side="left") - 1, 0)
    initial = np.array([float(rung.initial_rate) for rung in rungs])
    own = [
        float(rung.initial_rate * (rung.maintenance_fraction or 0))
        if rung.maintenance_rate is None
        else float(rung.maintenance_rate)
        for rung in rungs
    ]
    off = np.array([0.0 if ladder.unit == "contracts" else float(rung.deduction) for rung in rungs])
    return initial[row], np.array(own)[row] - off[row] / np.maximum(size, 1e-12)


def _of_rule(rule: kinds.RequirementRule, contracts: "Floats", terms: Terms) -> "Floats":
    """Return the rate that a rule without a table asks for; zero where the table or the leverage says it."""
    match rule:
        case kinds.Slope():
            coins = _size("coin", contracts, terms)
            return float(rule.base) + float(rule.increase) * coins / float(rule.per)
        case kinds.Step():
            value = terms.value(contracts, np.full_like(contracts, terms.mark))
            steps = np.ceil(np.maximum(value - float(rule.base_limit), 0) / float(rule.step))
            return float(rule.base) + float(rule.rate_step) * steps
        case kinds.SizeCurve():
            curve = float(rule.factor) * _size(rule.unit, contracts, terms) ** float(rule.exponent)
            rate = np.maximum(float(rule.base), float(rule.share * rule.base) + curve)
            return np.minimum(rate, float(rule.cap))
        case _:
            return np.zeros_like(contracts)


def fault_of(instrument: Instrument, rules: RulePack) -> str | None:
    """Return why a contract cannot be held by what the pack says alone; None: it can, in some margin mode."""
    if instrument.contract_size is None:
        return "the size of its contract differs by symbol and is not in the pack"
    if instrument.is_paid_for or instrument.expiry is not None:
        return "it is no perpetual"
    faults = [_fault_in(facts, rules) for facts in _modes(instrument, rules)]
    return None if None in faults else faults[0]


def _fault_in(facts: Facts, rules: RulePack) -> str | None:
    """Return why a contract cannot be held in one margin mode; None: it can."""
    isolated = rules.isolated(replace(facts, margin_mode="isolated"))
    if facts.margin_mode == "cross" and isolated is not None and isolated.only:
        return "it can be nothing but isolated"
    try:
        found = _rules_of(facts, rules)
    except InputError as fault:
        return fault.fault
    return "the pack has no tier table for it" if _lacks_table(found) else None


def _modes(instrument: Instrument, rules: RulePack) -> Sequence[Facts]:
    named = ("cross", "isolated") if rules.account_mode.isolated else ("cross",)
    return [facts_of(instrument, name) for name in named]


def _rules_of(facts: Facts, rules: RulePack) -> _Rules:
    return _Rules(
        rules.requirement("initial", facts), rules.requirement("maintenance", facts), rules.ladder(facts)
    )


def _lacks_table(found: _Rules) -> bool:
    match found.maintenance:
        case kinds.Tiered() | kinds.FractionOfInitial():
            return found.ladder is None
        case kinds.FactorOnInitial():
            known = found.ladder is not None or not found.maintenance.optional
            return not known or (found.maintenance.factor is None and not found.maintenance.factors)
        case _:
            return False


def terms_of(symbol: str, setting: Setting) -> Terms:
    """Return one contract of a setting in floats.

    Raises:
        InputError: the pack lacks a rule for it.

    """
    instrument, rules = setting.instruments[symbol], setting.rules
    modes = [facts for facts in _modes(instrument, rules) if _fault_in(facts, rules) is None]
    found = tuple(_rules_of(facts, rules) for facts in modes)
    mark, face = float(setting.market.marks[symbol]), float(instrument.contract_size or 1)
    settled = float(setting.market.indices.get(instrument.settle, 1))
    takes = isinstance(found[-1].initial, kinds.Leverage | kinds.Step | kinds.SizeCurve)
    own = isinstance(found[0].initial, kinds.Leverage) and not found[0].initial.optional
    terms = Terms(
        instrument=instrument,
        mark=mark,
        worth=(face / mark if instrument.payoff == "inverse" else face * mark) * settled,
        settled=settled,
        per_contract=face,
        sigma_daily=float(setting.market.vols.get(instrument.underlying, 1)) / 365**0.5,
        largest=0.0,
        modes=tuple(facts.margin_mode for facts in modes),
        states_leverage=own,
        takes_leverage=takes,
        offered=_offered(found),
        _rules=found,
    )
    return _with_largest(terms)


def _offered(found: Sequence[_Rules]) -> tuple[float, ...]:
    """Return the leverages that a table of factors knows; none where there is no such table."""
    rows = [row for one in found if isinstance(one.maintenance, kinds.FactorOnInitial)
            for row in one.maintenance.factors]  # fmt: skip
    return tuple(sorted({float(row.leverage) for row in rows}))


def _with_largest(terms: Terms) -> Terms:
    initial, maintenance = terms.rates(_SIZES)
    fits = np.maximum(initial, _SLACK * maintenance) <= RATE_MAX
    for one in terms._rules:  # noqa: SLF001 - the same file
        if one.ladder is not None and one.ladder.cap is not None:
            fits &= _size(one.ladder.unit, _SIZES, terms) <= _BELOW_CAP * float(one.ladder.cap)
    return replace(terms, largest=float(_SIZES[fits].max(initial=0.0)))
