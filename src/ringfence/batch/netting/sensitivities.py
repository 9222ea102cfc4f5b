"""What pools need by their sensitivities: weighted, and added by correlations, many pools at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.netting.needs import MEASURES, Needs
from ringfence.batch.netting.terms import Terms
from ringfence.batch.netting.units import ROUNDING, STEPS, Held, number, totals
from ringfence.core.number import root
from ringfence.formula import sensitivity as formula
from ringfence.venue.models import Bucket, RiskClass, Sensitivities

if TYPE_CHECKING:
    from decimal import Decimal

    from ringfence.batch.columns import Flags, Floats, Places

_REST: Final = "*"
_MOST_OFF: Final = 1e-10
"""Share of what was added beyond which a root of nothing may be off too far: the exact engine says there."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A coin in a bucket of a class, and the symbols that move with it."""

    risk: RiskClass
    bucket: Bucket
    coin: str


@dataclass(frozen=True, slots=True)
class Sized:
    """Amounts of units, by what each may be off, and what they were made of."""

    value: "Floats"
    slip: "Floats"
    gross: "Floats"


def need_by_sensitivities(
    rule: Sensitivities, held: Held, pool: "Places", needs: Needs, doubtful: "Flags"
) -> None:
    """Add what units need by their sensitivities to what their pools do; note pools that are hedged to nothing."""
    terms = held.terms
    factors, place = _factors(rule, terms)
    sizes = _sensitivities(rule, held, factors, place)
    currency = np.full(len(held), terms.assets.code(rule.currency))
    rate = terms.rate(currency, held.currency)
    first = {"initial": float(rule.initial_factor), "maintenance": float(rule.maintenance_factor)}
    for product in dict.fromkeys(one.product for one in rule.classes):
        classes = [one for one in rule.classes if one.product == product]
        parts = [_of_class(one, factors, sizes, rule, terms, len(held)) for one in classes]
        across = [
            [None if a is b else _stated(rule.across, a.name, b.name) for b in classes] for a in classes
        ]
        total = _quadratic(parts, across)
        slip = total.slip * max(first.values()) * rate
        needs.add(pool, {measure: total.value * first[measure] * rate for measure in MEASURES}, slip)
        doubtful[pool[total.slip > _MOST_OFF * total.gross]] = True


def _factors(rule: Sensitivities, terms: Terms) -> tuple[list[Factor], "Floats"]:
    """Return the risk factors, and symbol -> its own; -1: the currency itself; NaN: no bucket holds its coin."""
    found: dict[tuple[str, str, str], int] = {}
    factors: list[Factor] = []
    place = np.full(len(terms.symbols), np.nan)
    for symbol, one in enumerate(terms.instruments):
        if one.underlying == rule.currency:
            place[symbol] = -1
            continue
        where = _place(rule, one.underlying)
        if where is None:
            continue
        key = (where[0].name, where[1].name, one.underlying)
        if key not in found:
            found[key] = len(factors)
            factors.append(Factor(*where, one.underlying))
        place[symbol] = found[key]
    return factors, place


def _place(rule: Sensitivities, coin: str) -> tuple[RiskClass, Bucket] | None:
    places = [(one, bucket) for one in rule.classes for bucket in one.buckets]
    for wanted in (coin, _REST):
        for place in places:
            if wanted in place[1].members:
                return place
    return None


def _sensitivities(
    rule: Sensitivities, held: Held, factors: Sequence[Factor], place: "Floats"
) -> list[Sized]:
    """Return the sensitivity of units to each factor, in the currency of the model."""
    terms, many = held.terms, max(len(factors), 1)
    currency = np.full(len(held.symbol), terms.assets.code(rule.currency))
    option = terms.is_option[held.symbol] > 0.0
    forward = np.full(len(terms.symbols), np.nan)
    known = terms.quoted >= 0
    forward[known] = terms.quotes.forward[terms.quoted[known]]
    money = np.where(option, terms.quote[held.symbol], terms.settle[held.symbol])
    inverse = terms.is_inverse[held.symbol] > 0.0
    own = np.where(inverse, held.coins, held.coins * terms.mark[held.symbol])
    price = np.where(option, forward[held.symbol], 1.0)
    value = np.where(option, held.delta * price, own)
    value = value * float(rule.unit) * terms.rate(money, currency)
    slip = held.delta_slip * np.where(option, price, 0.0) * float(rule.unit) * terms.rate(money, currency)
    at = place[held.symbol]
    lost = totals(held.unit, np.where(np.isnan(at), np.nan, 0.0), len(held))
    inside = at >= 0.0
    cell = held.unit[inside] * many + at[inside].astype(np.int64)
    tables = [
        totals(cell, x[inside], len(held) * many).reshape(-1, many)
        for x in (value, np.abs(value), np.where(option, slip, 0.0))
    ]
    found = []
    for column in range(len(factors)):
        sums, gross, off = (table[:, column] for table in tables)
        found.append(Sized(sums + lost, held.slip(gross) + off, gross))
    return found


def _of_class(
    risk: RiskClass,
    factors: Sequence[Factor],
    sizes: Sequence[Sized],
    rule: Sensitivities,
    terms: Terms,
    units: int,
) -> Sized:
    """Return what one class of risk needs, by unit, of which there are so many."""
    mine = [(factor, size) for factor, size in zip(factors, sizes, strict=True) if factor.risk is risk]
    weighted = [(factor, *_weighted(factor, size, rule, terms)) for factor, size in mine]
    if risk.pooled or not weighted:
        return _of_factors(risk, weighted, units)
    buckets = {bucket.name: [w for w in weighted if w[0].bucket is bucket] for bucket in risk.buckets}
    parts = {name: _of_factors(risk, rows, 0) for name, rows in buckets.items() if rows}
    netting = [name for name in parts if name != risk.residual]
    sums = {name: _clipped(buckets[name], parts[name]) for name in netting}
    form = sum(
        (parts[name].value * parts[name].value for name in netting), np.zeros_like(weighted[0][1].value)
    )
    for one in netting:
        for other in netting:
            if one != other:
                form = form + _term(sums[one].value, sums[other].value, _stated(risk.pairs, one, other))
    gross = sum((parts[n].gross + sums[n].gross for n in netting), np.zeros_like(form))
    slip = sum((parts[n].slip + sums[n].slip for n in netting), np.zeros_like(form))
    value = _root(form, gross, slip, len(netting))
    if risk.residual in parts:
        rest = parts[risk.residual]
        return Sized(value.value + rest.value, value.slip + rest.slip, value.gross + rest.gross)
    return value


def _weighted(factor: Factor, size: Sized, rule: Sensitivities, terms: Terms) -> tuple[Sized, "Floats"]:
    """Return a weighted sensitivity, and how concentrated it is."""
    threshold = factor.risk.thresholds.get(factor.coin, factor.bucket.threshold)
    larger = np.ones_like(size.value)
    if threshold is not None:
        dollar, currency = (np.array([terms.assets.code(name)]) for name in ("USD", rule.currency))
        limit = number(float(threshold)) * terms.rate(dollar, currency)
        larger = formula.concentration(root(formula.over_threshold(size.value, limit)))
    weight = float(factor.bucket.weight)
    value = formula.weighted(size.value, number(weight), larger)
    return Sized(value, 2.0 * weight * larger * size.slip, weight * larger * size.gross), larger


def _of_factors(risk: RiskClass, weighted: Sequence[tuple[Factor, Sized, "Floats"]], units: int) -> Sized:
    """Return the root of all pairs of factors by their correlations and concentrations."""
    if not weighted:
        return Sized(np.zeros(units), np.zeros(units), np.zeros(units))
    form = np.zeros_like(weighted[0][1].value)
    for one, x, large in weighted:
        form = form + x.value * x.value
        for other, y, larger in weighted:
            if one is not other:
                inside = one.bucket is other.bucket
                rho = (
                    one.bucket.correlation
                    if inside
                    else _stated(risk.pairs, one.bucket.name, other.bucket.name)
                )
                form = form + _term(x.value, y.value, rho, formula.disparity(large, larger))
    gross, slip = (
        sum((getattr(x, name) for _, x, _ in weighted), np.zeros_like(form)) for name in ("gross", "slip")
    )
    return _root(form, gross, slip, len(weighted))


def _term(x: "Floats", y: "Floats", correlation: "Decimal | None", share: "Floats | float" = 1.0) -> "Floats":
    """Return one term of a quadratic form; of a correlation that nobody states, NaN where both are something."""
    if correlation is None:
        return np.where((x == 0.0) | (y == 0.0), 0.0, np.nan)
    return formula.correlated(x, y, np.asarray(float(correlation) * share))


def _clipped(weighted: Sequence[tuple[Factor, Sized, "Floats"]], bucket: Sized) -> Sized:
    sums = sum((x.value for _, x, _ in weighted), np.zeros_like(bucket.value))
    slip = sum((x.slip for _, x, _ in weighted), np.zeros_like(bucket.value))
    value = formula.clipped(sums, bucket.value)
    return Sized(value, slip + bucket.slip + len(weighted) * ROUNDING * bucket.gross, np.abs(value))


def _quadratic(parts: Sequence[Sized], crossed: Sequence[Sequence["Decimal | None"]]) -> Sized:
    form = sum((part.value * part.value for part in parts), np.zeros_like(parts[0].value))
    for i, one in enumerate(parts):
        for j, other in enumerate(parts):
            if i != j:
                form = form + _term(one.value, other.value, crossed[i][j])
    gross, slip = (sum((getattr(x, name) for x in parts), np.zeros_like(form)) for name in ("gross", "slip"))
    return _root(form, gross, slip, len(parts))


def _root(form: "Floats", gross: "Floats", slip: "Floats", terms: int) -> Sized:
    """Return the root of a form of terms within ``gross``, each off by its part of ``slip``; below zero it is none.

    Two roots are no further apart than the root of what the forms are, and than that over either root.
    """
    value = root(np.maximum(form, 0.0))
    off = 2.0 * gross * (slip + (terms * terms + STEPS) * ROUNDING * gross)
    apart = np.minimum(np.sqrt(off), np.divide(off, value, out=np.full_like(off, np.inf), where=value > 0.0))
    return Sized(value, np.where(np.isnan(form), np.nan, apart), gross)


def _stated(table: Mapping[str, "Decimal"], one: str, other: str) -> "Decimal | None":
    return table.get(f"{one},{other}", table.get(f"{other},{one}"))
