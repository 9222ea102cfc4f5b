"""What units need by joint scenarios: the worst of them, what is added to it, and floors; units of a pool together."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch.netting.charges import charge_of
from ringfence.batch.netting.gains import Grid, Unit, all_scenarios, grid_of
from ringfence.batch.netting.needs import MEASURES, Needs
from ringfence.batch.netting.placing import Units, held_by
from ringfence.batch.netting.results import Results, results_of
from ringfence.batch.netting.terms import Terms
from ringfence.batch.netting.units import ROUNDING, STEPS, Held, number, totals
from ringfence.core.number import larger, positive_part
from ringfence.formula.netting import gain_counted, worst_with_charges
from ringfence.venue.entry import Measure
from ringfence.venue.offsets import OffsetRule, Place, Scenarios

if TYPE_CHECKING:
    from ringfence.batch.columns import Columns, Flags, Floats, Places
    from ringfence.batch.netting.alone import Alone


@dataclass(frozen=True)
class Parts:
    """What units need before their factors, in their currencies: place -> amounts, and slips.

    candidates       the largest of them; ``all_candidates`` all together, as several units count them
    """

    placed: dict[tuple[Place, Measure], tuple["Floats", "Floats"]]
    candidate: "Floats"
    all_candidates: "Floats"
    candidate_slip: "Floats"


def need_by_scenarios(
    columns: "Columns",
    pools: "Places",
    units: Units,
    terms: Terms,
    alone: "Alone | None",
    needs: Needs,
    doubtful: "Flags",
) -> None:
    """Add what the units of scenario models need to what their pools do; note pools that have to be left."""
    together = _Together(units, terms)
    for place, model in enumerate(terms.models):
        chosen = np.flatnonzero(units.model == place)
        if not len(chosen) or not isinstance(model, Scenarios):
            continue
        held = held_by(columns, pools, units, chosen, model, terms)
        parts = _parts(held, model, alone)
        worst, slip = _worst(held, model, chosen, terms, together)
        apart = ~together.joins[chosen]
        _of_units(held, model, parts, worst, slip, units, chosen, apart, terms, needs)
        together.take(held, parts, chosen)
    together.add(needs, doubtful)


def _parts(held: Held, model: Scenarios, alone: "Alone | None") -> Parts:
    """Return what is charged to units, by place and measure."""
    placed: dict[tuple[Place, Measure], tuple[Floats, Floats]] = {}
    nothing = np.zeros(len(held))
    for measure in MEASURES:
        for place in ("added", "beside", "floor"):
            placed[place, measure] = nothing, nothing
    most, total, slip = nothing, nothing, nothing
    for rule in model.charges:
        charge = charge_of(rule, held, model, alone)
        if rule.place == "candidate":
            most, total = larger(most, charge.value), total + positive_part(charge.value)
            slip = slip + charge.slip
            continue
        for measure in rule.measures:
            value, off = placed[rule.place, measure]
            joined = larger(value, charge.value) if rule.place == "floor" else value + charge.value
            placed[rule.place, measure] = joined, off + charge.slip
    return Parts(placed, most, total, slip)


def _worst(
    held: Held, model: Scenarios, chosen: "Places", terms: Terms, together: "_Together"
) -> tuple["Floats", "Floats"]:
    """Return the worst result of every unit over its sets, and its slip; hand on those that stand with others."""
    worst, slip = np.zeros(len(held)), np.zeros(len(held))
    if not model.sets:
        return worst, slip
    moved = _moved(held, model)
    number = len(terms.assets)
    kinds, kind = np.unique(held.coin.astype(np.int64) * number + held.currency, return_inverse=True)
    for at, code in enumerate(kinds.tolist()):
        some = np.flatnonzero(kind == at)
        grid = _grid(model, code // number, code % number, terms)
        results = results_of(held, some, grid, moved, keep=bool(together.joins[chosen[some]].any()))
        worst[some], slip[some] = (results.worst * grid.shares).max(axis=1), results.slip
        together.hear(chosen[some], results, model)
    return worst, slip


def _grid(model: Scenarios, coin: int, currency: int, terms: Terms) -> Grid:
    """Return the scenarios of units of a coin in a currency, priced once."""

    def priced() -> Grid:
        return grid_of(Unit(model, coin, currency, terms.symbols_of(model, coin), terms))

    return terms.once((id(model), "grid", coin, currency), priced)


def _moved(held: Held, model: Scenarios) -> "Floats":
    """Return the collateral that moves as the coin of its unit does, in the unit's currency."""
    if not model.moving or not len(held.owner):
        return np.zeros(len(held))
    along = np.array([name in model.moving for name, _ in held.terms.assets.items()])[held.asset]
    worth = held.amount_of * held.terms.rate(held.asset, held.currency[held.owner])
    return totals(held.owner, np.where(along, worth, 0.0), len(held))


def _factors(model: Scenarios, terms: Terms) -> dict[Measure, float]:
    first = float(model.initial_factor)
    if model.peg is not None:
        index = terms.prices.index(model.peg.asset)
        below = np.nan if index is None else float(positive_part(model.peg.threshold - index))
        first += float(model.peg.factor) * below
    return {"initial": first, "maintenance": float(model.maintenance_factor)}


def _rounded(worst: "Floats", slip: "Floats", digits: int | None) -> tuple["Floats", "Floats"]:
    """Return the worst results as their venue rounds them; one that may fall either way is off by a whole step."""
    if digits is None:
        return worst, slip
    scale = 10.0**digits
    steps = worst * scale
    off = slip * scale + 4.0 * ROUNDING * np.abs(steps)
    near = np.abs(steps - np.floor(steps) - 0.5) <= off
    return np.rint(steps) / scale, np.where(
        near, slip + 1.0 / scale, 4.0 * ROUNDING * worst + np.floor(off) / scale
    )


def _of_units(
    held: Held, model: Scenarios, parts: Parts, worst: "Floats", slip: "Floats", units: Units, chosen: "Places",
    alone: "Flags", terms: Terms, needs: Needs,
) -> None:  # fmt: skip
    """Add what units need that stand alone: factor * max(worst + added, floor) + beside, in the unit of their pool."""
    pool = units.pool[chosen]
    rate = terms.rate(units.currency[chosen], units.unit_of[pool])
    worst, slip = larger(worst, parts.candidate), slip + parts.candidate_slip
    worst, slip = _rounded(worst, slip, model.worst_digits)
    values, most = {}, np.zeros(len(held))
    for measure, factor in _factors(model, terms).items():
        (added, a), (beside, b), (floor, f) = (
            parts.placed[place, measure] for place in ("added", "beside", "floor")
        )
        value = worst_with_charges(worst, added, floor) * factor + beside
        values[measure] = (value * rate)[alone]
        most = np.maximum(most, (factor * (slip + a + f) + b) * rate)
    needs.add(pool[alone], values, most[alone])


def _nets_gains(model: OffsetRule) -> bool:
    """Return whether gains of a model's units count against other units' losses."""
    return isinstance(model, Scenarios) and model.gains is not None


class _Together:
    """Units of a pool of which one's gains count against another's losses: several at once, in the unit of the pool."""

    def __init__(self, units: Units, terms: Terms) -> None:
        self._units, self._terms = units, terms
        counts = np.array([_nets_gains(model) for model in terms.models], dtype=bool)
        joins = counts[units.model]
        many = np.bincount(units.pool[joins], minlength=len(units.doubtful)) > 1
        self.joins = joins & many[units.pool]
        self.pools = np.flatnonzero(many)
        place = np.full(len(many), -1)
        place[self.pools] = np.arange(len(self.pools))
        self._place = place[units.pool]
        self._rate = terms.rate(units.currency, units.unit_of[units.pool])
        self._losses: list[Floats] = []
        self._slip = np.zeros(len(self.pools))
        self._sums: dict[object, Floats] = {}
        self._odd = np.zeros(len(self.pools), dtype=bool)
        self._shape: tuple[int, ...] | None = None
        self._first = np.full(len(self.pools), len(units))
        np.minimum.at(self._first, self._place[self.joins], np.flatnonzero(self.joins))

    def hear(self, unit: "Places", results: Results, model: Scenarios) -> None:
        """Take the results of units that stand with others."""
        inside = self.joins[unit]
        if results.gains is None or not inside.any():
            return
        place, rate = self._place[unit[inside]], self._rate[unit[inside]]
        shape = tuple(len([1 for rules, _ in all_scenarios(model) if rules is one]) for one in model.sets)
        if self._shape is None:
            self._shape = shape
            self._losses.append(np.zeros((len(self.pools), sum(shape))))
        if shape != self._shape:
            self._odd[place] = True
            return
        losses = -self._counted(results.gains[inside], unit[inside], model) * rate[:, None]
        np.add.at(self._losses[0], place, losses)
        gross = np.abs(losses).max(axis=1, initial=0.0) * STEPS * ROUNDING
        self._slip += totals(place, results.slip[inside] * rate + gross, len(self.pools))

    def _counted(self, gains: "Floats", unit: "Places", model: Scenarios) -> "Floats":
        """Return what counts of results: a loss in full, of a gain a share up to a cap."""
        share, cap = model.gains, model.gains_cap
        if share is None:
            return gains
        most: Floats = gains if cap is None else np.full_like(gains, float(cap))
        if cap is not None:
            dollar = self._terms.assets.code("USD")
            most = most * self._terms.rate(dollar, self._units.currency[unit])[:, None]
        return np.where(gains <= 0.0, gains, gain_counted(gains, number(float(share)), most))

    def take(self, held: Held, parts: Parts, unit: "Places") -> None:  # noqa: ARG002 - as its callers have it
        """Take the charges of units that stand with others."""
        inside = self.joins[unit]
        if not inside.any():
            return
        place, rate = self._place[unit[inside]], self._rate[unit[inside]]
        for key, (value, slip) in parts.placed.items():
            self._gather(key, place, value[inside] * rate)
            self._gather((key, "slip"), place, slip[inside] * rate)
        self._gather("candidates", place, parts.all_candidates[inside] * rate)
        self._gather("candidates slip", place, parts.candidate_slip[inside] * rate)

    def _gather(self, key: object, place: "Places", value: "Floats") -> None:
        before = self._sums.get(key, np.zeros(len(self.pools)))
        self._sums[key] = before + totals(place, value, len(self.pools))

    def add(self, needs: Needs, doubtful: "Flags") -> None:
        """Add what they need together; the first unit of a pool says by which factors."""
        if not len(self.pools):
            return
        doubtful[self.pools[self._odd]] = True
        first = self._units.model[self._first]
        for one in np.unique(first).tolist():
            model, some = self._terms.models[one], np.flatnonzero(first == one)
            if isinstance(model, Scenarios):
                self._add(model, some, needs)

    def _add(self, model: Scenarios, some: "Places", needs: Needs) -> None:
        worst, begin = self._sums["candidates"][some], 0
        for rules, size in zip(model.sets, self._shape or (), strict=False):
            losses = self._losses[0][some, begin : begin + size].max(axis=1)
            worst = larger(worst, positive_part(losses) * float(rules.share))
            begin += size
        slip = self._slip[some] + self._sums["candidates slip"][some]
        values: dict[Measure, Floats] = {}
        most = np.zeros(len(some))
        for measure, factor in _factors(model, self._terms).items():
            sums = {place: self._sums[place, measure][some] for place in ("added", "beside", "floor")}
            offs = {
                place: self._sums[(place, measure), "slip"][some] for place in ("added", "beside", "floor")
            }
            values[measure] = (
                worst_with_charges(worst, sums["added"], sums["floor"]) * factor + sums["beside"]
            )
            most = np.maximum(most, factor * (slip + offs["added"] + offs["floor"]) + offs["beside"])
        needs.add(self.pools[some], values, most)
