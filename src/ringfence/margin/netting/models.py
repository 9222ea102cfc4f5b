"""Models that are no scenarios: which positions each has, and what they need. Every branch is a kind of model."""

from decimal import Decimal
from typing import TypeAlias, assert_never

from ringfence.book import Position
from ringfence.margin.netting.units import model_of
from ringfence.margin.node import Node
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue.entry import Measure
from ringfence.venue.models import Arrays, History, Sensitivities, Strategies
from ringfence.venue.offsets import Scenarios

_Model: TypeAlias = Strategies | Arrays | Sensitivities | History


def _by_model(pool: Pool, world: World) -> list[tuple[_Model, list[Position]]]:
    found: dict[int, tuple[_Model, list[Position]]] = {}
    for position in pool.positions:
        rule = model_of(position, world)
        if rule is not None and not isinstance(rule, Scenarios):
            found.setdefault(id(rule), (rule, []))[1].append(position)
    return list(found.values())


def model_nodes(pool: Pool, world: World, measure: Measure) -> tuple[Node, ...]:
    """Return what the positions of a pool need under models other than scenarios, in the pool's unit.

    Raises:
        MarketError: something that a model needs is not known, or an option has expired.
        RulePackError: a model does not speak of something that is held.

    """
    nodes: list[Node] = []
    for rule, positions in _by_model(pool, world):
        nodes += _parts(rule, positions, measure, pool, world)
        if rule.status == "uncertain":
            why = f" ({rule.note})" if rule.note else ""
            world.notes[f"{world.rules.venue.id}: the parameters of its model are uncertain{why}"] = None
    return tuple(nodes)


def model_total(pool: Pool, world: World, measure: Measure) -> Decimal:
    """Return the sum of these needs, without their trees where that is shorter."""
    total = Decimal(0)
    for rule, positions in _by_model(pool, world):
        if isinstance(rule, Strategies):
            from ringfence.margin.strategy import strategies_total  # noqa: PLC0415 - paid for by books that need it

            total += strategies_total(rule, positions, measure, pool, world)
        else:
            parts = _parts(rule, positions, measure, pool, world)
            total += sum((node.value for node in parts), Decimal(0))
    return total


def _parts(
    rule: _Model, positions: list[Position], measure: Measure, pool: Pool, world: World
) -> tuple[Node, ...]:
    match rule:
        case Strategies():
            from ringfence.margin.strategy import strategies_node  # noqa: PLC0415 - paid for by books that need it

            return strategies_node(rule, positions, measure, pool, world).parts
        case Arrays():
            from ringfence.margin.netting.arrays import array_nodes  # noqa: PLC0415 - as above

            return array_nodes(rule, positions, measure, pool, world)
        case Sensitivities():
            from ringfence.margin.netting.sensitivities import sensitivity_nodes  # noqa: PLC0415 - as above

            return sensitivity_nodes(rule, positions, measure, pool, world)
        case History():
            from ringfence.margin.netting.history import history_nodes  # noqa: PLC0415 - as above

            return history_nodes(rule, positions, measure, pool, world)
        case other:
            assert_never(other)
