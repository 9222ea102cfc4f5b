"""What a pool needs by its sensitivities: weighted, and added by correlations, as a tree down to each coin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ringfence.book import Position
from ringfence.core.errors import BookError, RulePackError, suggestion
from ringfence.core.number import from_model, root
from ringfence.formula import sensitivity as formula
from ringfence.margin.node import Node
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue.entry import Measure
from ringfence.venue.models import Bucket, RiskClass, Sensitivities

_ZERO = Decimal(0)
_ONE = Decimal(1)
_REST = "*"


@dataclass(frozen=True, slots=True)
class Factor:
    """One coin of a bucket: its sensitivity and what it weighs [currency of the model]."""

    coin: str
    bucket: Bucket
    sensitivity: Decimal
    concentration: Decimal

    @property
    def weighted(self) -> Decimal:
        """Return the weighted sensitivity."""
        return formula.weighted(self.sensitivity, self.bucket.weight, self.concentration)


def sensitivity_nodes(
    rule: Sensitivities, positions: Sequence[Position], measure: Measure, pool: Pool, world: World
) -> tuple[Node, ...]:
    """Return what positions need by their sensitivities: one node for each product, in the unit of the pool.

    Raises:
        BookError: a position names no class or bucket of the model.
        RulePackError: the pack does not state a correlation that is needed.

    """
    factors = _factors(rule, positions, world)
    times = rule.initial_factor if measure == "initial" else rule.maintenance_factor
    source = world.rules.page(rule.source)
    nodes = []
    for product in dict.fromkeys(one.product for one in rule.classes):
        classes = [one for one in rule.classes if one.product == product and factors.get(one.name)]
        if not classes:
            continue
        parts = [_class_node(one, factors[one.name], world, source) for one in classes]
        crossed = [[_across(rule, one, other, world) for other in classes] for one in classes]
        total = _quadratic([part.value for part in parts], crossed) * times
        value = world.convert(total, rule.currency, pool.unit)
        text = "factor * sqrt(sum of correlation * K * K')"
        nodes.append(Node(product, value, text, {"factor": times}, source, tuple(parts)))
    return tuple(nodes)


def _factors(
    rule: Sensitivities, positions: Sequence[Position], world: World
) -> dict[str, dict[str, list[Factor]]]:
    """Return class -> bucket -> factors. Positions on one coin in one bucket are one factor."""
    sums: dict[tuple[str, str, str], Decimal] = {}
    buckets: dict[tuple[str, str], Bucket] = {}
    classes = {one.name: one for one in rule.classes}
    for position in positions:
        coin = world.instrument(position.symbol).underlying
        if coin == rule.currency:
            continue
        risk, bucket = _place(rule, position, coin, world)
        buckets[risk.name, bucket.name] = bucket
        key = risk.name, bucket.name, coin
        sums[key] = sums.get(key, _ZERO) + _sensitivity(rule, position, world)
    found: dict[str, dict[str, list[Factor]]] = {}
    for (name, bucket_name, coin), amount in sums.items():
        bucket = buckets[name, bucket_name]
        threshold = classes[name].thresholds.get(coin, bucket.threshold)
        limit = None if threshold is None else world.convert(threshold, "USD", rule.currency)
        larger = _ONE if limit is None else _concentration(amount, limit)
        found.setdefault(name, {}).setdefault(bucket_name, []).append(Factor(coin, bucket, amount, larger))
    return found


def _concentration(amount: Decimal, limit: Decimal) -> Decimal:
    return formula.concentration(root(formula.over_threshold(amount, limit)))


def _quadratic(own: Sequence[Decimal], crossed: Sequence[Sequence[Decimal]]) -> Decimal:
    """Return the root of the sum of all pairs by their correlations; a form below zero counts as zero."""
    form = _ZERO
    for i, x in enumerate(own):
        for j, y in enumerate(own):
            form += formula.correlated(x, y, _ONE if i == j else crossed[i][j])
    return root(max(form, _ZERO))


def _place(rule: Sensitivities, position: Position, coin: str, world: World) -> tuple[RiskClass, Bucket]:
    places = {f"{one.name}/{bucket.name}": (one, bucket) for one in rule.classes for bucket in one.buckets}
    tagged = [tag for tag in position.tags if "/" in tag]
    if tagged:
        if tagged[0] not in places:
            raise BookError(
                position.label, f"it is tagged {tagged[0]!r}, no bucket", suggestion(tagged[0], places)
            )
        return places[tagged[0]]
    for wanted in (coin, _REST):
        for place in places.values():
            if wanted in place[1].members:
                return place
    raise BookError(
        position.label,
        f"{world.rules.venue.id} does not say in which bucket {coin} stands",
        f'Tag the position with one: tags = ["{next(iter(places))}"]',
    )


def _sensitivity(rule: Sensitivities, position: Position, world: World) -> Decimal:
    """Return what a position gains as its price rises by one unit, to first order, in the currency of the model."""
    contract = world.instrument(position.symbol)
    if contract.is_option:
        from ringfence.margin.options import delta_of, forward_of  # noqa: PLC0415 - paid for by books with options

        world.notes[
            f"{position.symbol}: of an option only the delta counts: vega and curvature are not in this pack"
        ] = None
        coins = world.coins(position) * from_model(delta_of(contract, world))
        value, asset = coins * forward_of(contract, world), contract.quote
    else:
        value, asset = world.value(position), world.settle(position)
    return world.convert(position.sign * value * rule.unit, asset, rule.currency)


def _class_node(risk: RiskClass, buckets: Mapping[str, list[Factor]], world: World, source: str) -> Node:
    if risk.pooled:
        factors = [factor for members in buckets.values() for factor in members]
        return _factors_node(risk.name, factors, risk, world, source)
    parts = {name: _factors_node(name, members, risk, world, source) for name, members in buckets.items()}
    netting = [name for name in parts if name != risk.residual]
    sums = [
        formula.clipped(sum((factor.weighted for factor in buckets[name]), _ZERO), parts[name].value)
        for name in netting
    ]
    form = sum((parts[name].value * parts[name].value for name in netting), _ZERO)
    for i, one in enumerate(netting):
        for j, other in enumerate(netting):
            if i != j:
                form += formula.correlated(sums[i], sums[j], _pair(risk, one, other, world))
    value = root(max(form, _ZERO))
    if risk.residual in parts:
        value += parts[risk.residual].value
    text = "sqrt(sum of K^2 + sum of gamma * S * S') + K of the residual"
    return Node(risk.name, value, text, {}, source, tuple(parts.values()))


def _factors_node(name: str, factors: Sequence[Factor], risk: RiskClass, world: World, source: str) -> Node:
    crossed = [
        [_ZERO if i == j else _within(risk, one, other, world) for j, other in enumerate(factors)]
        for i, one in enumerate(factors)
    ]
    value = _quadratic([factor.weighted for factor in factors], crossed)
    parts = tuple(
        Node(
            one.coin, one.weighted, "weight * sensitivity * concentration",
            {"weight": one.bucket.weight, "sensitivity": one.sensitivity, "concentration": one.concentration},
            source,
        )
        for one in factors
    )  # fmt: skip
    return Node(name, value, "sqrt(sum of correlation * f * WS * WS')", {}, source, parts)


def _within(risk: RiskClass, one: Factor, other: Factor, world: World) -> Decimal:
    if one.bucket.name == other.bucket.name:
        correlation = one.bucket.correlation
    else:
        correlation = _pair(risk, one.bucket.name, other.bucket.name, world)
    return correlation * formula.disparity(one.concentration, other.concentration)


def _pair(risk: RiskClass, one: str, other: str, world: World) -> Decimal:
    return _stated(risk.pairs, one, other, f"{risk.name}, pairs", world)


def _across(rule: Sensitivities, one: RiskClass, other: RiskClass, world: World) -> Decimal:
    return _ONE if one is other else _stated(rule.across, one.name, other.name, "across", world)


def _stated(table: Mapping[str, Decimal], one: str, other: str, where: str, world: World) -> Decimal:
    for key in (f"{one},{other}", f"{other},{one}"):
        if key in table:
            return table[key]
    raise RulePackError(
        f"{world.rules.venue.id}, sensitivities, {where}",
        f"it states no correlation of {one} and {other}",
        f'Add "{one},{other}" = ... as [[rules]] of the book',
    )
