"""A pool's requirement under its venue's portfolio model, as a tree that shows every scenario and every charge."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ringfence.core.errors import RulePackError
from ringfence.core.number import larger, positive_part
from ringfence.core.rounding import round_nearest
from ringfence.formula.netting import gain_counted, worst_with_charges
from ringfence.margin.netting.charges import charge_node
from ringfence.margin.netting.models import model_nodes, model_total
from ringfence.margin.netting.revalue import Cell, cells_of, results_of
from ringfence.margin.netting.units import Unit, asks_for_collateral, model_of, units_of
from ringfence.margin.node import Node, sum_node
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue.entry import Measure
from ringfence.venue.offsets import Place, Scenarios
from ringfence.venue.scenarios import scenarios_of

_ZERO = Decimal(0)
_WORST = "worst"


@dataclass(frozen=True, slots=True)
class Netting:
    """What the positions of a pool that net need together, in the pool's unit."""

    initial: Node
    maintenance: Node


def nets(pool: Pool, world: World) -> bool:
    """Return whether any position of a pool stands in a portfolio model, or its collateral does."""
    if any(model_of(position, world) is not None for position in pool.positions):
        return True
    whole = world.rules.pool_model() if pool.kind == "cross" else None
    return whole is not None and asks_for_collateral(whole, pool)


def netted(pool: Pool, world: World) -> Netting:
    """Return the requirements of the positions of a pool that net.

    Raises:
        MarketError: something that the model needs is not known, or an option has expired.

    """
    groups = _groups(pool, world)
    _note_uncertain([unit for group in groups for unit in group], world)
    parts: dict[Measure, list[Node]] = {"initial": [], "maintenance": []}
    for group in groups:
        worst = _worst(group, pool, world)
        for measure, nodes in parts.items():
            nodes.append(_of_group(group, worst, measure, pool, world))
    return Netting(
        sum_node("initial requirement", (*parts["initial"], *model_nodes(pool, world, "initial"))),
        sum_node(
            "maintenance requirement", (*parts["maintenance"], *model_nodes(pool, world, "maintenance"))
        ),
    )


def _groups(pool: Pool, world: World) -> list[tuple[Unit, ...]]:
    """Return the units of a pool: each alone, or together where the gain of one counts against another's loss."""
    units = units_of(pool, world)
    apart: list[tuple[Unit, ...]] = [(unit,) for unit in units if unit.rule.gains is None]
    together = tuple(unit for unit in units if unit.rule.gains is not None)
    if len(together) > 1 and len({_shape(unit.rule) for unit in together}) > 1:
        raise RulePackError(
            f"{world.rules.venue.id}, offset",
            "models of which one's gains count against another's losses have scenarios of different number",
            "Mend the pack",
        )
    return [*apart, together] if together else apart


def _shape(rule: Scenarios) -> tuple[int, ...]:
    return tuple(len(scenarios_of(rules)) for rules in rule.sets)


def worst_scenarios(requirement: Node) -> tuple[str, ...]:
    """Return the scenarios by which risk units ask most, each with the unit's name: of a pool's requirement tree."""
    found = []
    for unit in requirement.parts:
        worst = next((part for part in unit.parts if part.name == _WORST), None)
        if worst is None or not worst.parts:
            continue
        decisive = max(worst.parts, key=lambda part: part.value)
        found.append(f"{unit.name}: {decisive.inputs.get('scenario', decisive.name)}")
    return tuple(found)


def _note_uncertain(units: Sequence[Unit], world: World) -> None:
    """State with a result which parameters of its models the source does not give."""
    for unit in units:
        rule, vol, where = unit.rule, unit.rule.vol, f"{world.rules.venue.id}, {unit.name}"
        if rule.status == "uncertain":
            why = f" ({rule.note})" if rule.note else ""
            world.notes[f"{where}: the parameters of its scenarios are uncertain{why}"] = None
        if vol.status == "uncertain" and unit.options:
            why = f" ({vol.note})" if vol.note else ""
            world.notes[f"{where}: how far volatilities move is uncertain{why}"] = None


def maintenance_alone(pool: Pool, world: World) -> Decimal:
    """Return the maintenance requirement of the positions of a pool that net, without the tree: for searches."""
    total = model_total(pool, world, "maintenance")
    for group in _groups(pool, world):
        total += world.convert(_alone(group, pool, world), _currency(group, pool), pool.unit)
    return total


def _alone(group: Sequence[Unit], pool: Pool, world: World) -> Decimal:
    """Return what a group needs for maintenance, in its currency."""
    currency, rule = _currency(group, pool), group[0].rule
    losses = [_worst_loss(number, group, currency, world) for number in range(len(rule.sets))]
    losses.append(_each(group, "candidate", None, currency, world, max))
    worst = _rounded(max([_ZERO, *losses]), group)
    added, beside = (
        _each(group, place, "maintenance", currency, world, _total) for place in ("added", "beside")
    )
    floor = _each(group, "floor", "maintenance", currency, world, max)
    return worst_with_charges(worst, added, floor) * rule.maintenance_factor + beside


def _each(
    group: Sequence[Unit],
    place: Place,
    measure: Measure | None,
    currency: str,
    world: World,
    joined: Callable[[Iterable[Decimal]], Decimal],
) -> Decimal:
    return _total(
        world.convert(
            joined([_ZERO, *(node.value for node in _charges(unit, place, measure))]), unit.currency, currency
        )
        for unit in group
    )


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, _ZERO)


def _worst_loss(number: int, group: Sequence[Unit], currency: str, world: World) -> Decimal:
    columns = []
    for unit in group:
        rules = unit.rule.sets[number]
        pnls = results_of(unit, rules, scenarios_of(rules))
        columns.append([-world.convert(_counted(pnl, unit), unit.currency, currency) for pnl in pnls])
    return max(map(_total, zip(*columns, strict=True))) * group[0].rule.sets[number].share


def _currency(group: Sequence[Unit], pool: Pool) -> str:
    """Return in what a group counts: a unit alone in its own currency, several in the unit of the pool."""
    return group[0].currency if len(group) == 1 else pool.unit


def _counted(pnl: Decimal, unit: Unit) -> Decimal:
    """Return what counts of a unit's result: a loss in full, of a gain the share that the model keeps, up to a cap."""
    share, cap = unit.rule.gains, unit.rule.gains_cap
    if share is None or pnl <= 0:
        return pnl
    most = pnl if cap is None else unit.world.convert(cap, "USD", unit.currency)
    return gain_counted(pnl, share, most)


def _rounded(worst: Decimal, group: Sequence[Unit]) -> Decimal:
    digits = group[0].rule.worst_digits if len(group) == 1 else None
    return worst if digits is None else round_nearest(worst, Decimal(1).scaleb(-digits))


def _worst(group: Sequence[Unit], pool: Pool, world: World) -> Node:
    """Return the worst result of a group over all sets, and over what the venue holds against it."""
    currency = _currency(group, pool)
    sets = [_set_node(number, group, currency, world) for number in range(len(group[0].rule.sets))]
    candidates = [
        replace(node, value=world.convert(node.value, unit.currency, currency))
        for unit in group
        for node in _charges(unit, "candidate")
        if node.value > 0
    ]
    if len(group) > 1 and candidates:
        candidates = [sum_node("candidates", candidates)]
    worst = _largest(_WORST, [*sets, *candidates], group[0])
    return replace(worst, value=_rounded(worst.value, group))


def _largest(name: str, parts: Sequence[Node], unit: Unit) -> Node:
    worst = _ZERO
    for part in parts:
        worst = larger(worst, part.value)
    return Node(
        name, worst, "the largest of the parts", {}, unit.world.rules.page(unit.rule.source), tuple(parts)
    )


def _set_node(number: int, group: Sequence[Unit], currency: str, world: World) -> Node:
    """Return the worst loss of a set; its parts are the loss of every scenario, and of the worst by position."""
    rules, source = group[0].rule.sets[number], world.rules.page(group[0].rule.source)
    columns = [cells_of(unit, unit.rule.sets[number], scenarios_of(unit.rule.sets[number])) for unit in group]
    rows = [_cell_node(cells, group, currency, world) for cells in zip(*columns, strict=True)]
    worst = max(rows, key=lambda row: row.value)
    parts = tuple(row if row is worst else replace(row, parts=()) for row in rows)
    inputs: dict[str, object] = {"scenario": worst.name}
    if rules.share != 1:
        inputs["share"] = rules.share
    text = "share * worst loss" if rules.share != 1 else "worst loss"
    return Node(rules.name, positive_part(worst.value) * rules.share, text, inputs, source, parts)


def _cell_node(cells: Sequence[Cell], group: Sequence[Unit], currency: str, world: World) -> Node:
    """Return the loss in one scenario: of a unit by position, of several by unit."""
    name = " and ".join(dict.fromkeys(cell.scenario.name for cell in cells))
    nodes = []
    for cell, unit in zip(cells, group, strict=True):
        by_position = tuple(Node(label, -gain, "loss") for label, gain in cell.by_position.items())
        counted = _counted(cell.pnl, unit)
        loss = -world.convert(counted, unit.currency, currency)
        inputs: dict[str, object] = {"weight": cell.scenario.weight}
        if unit.rule.gains is not None or cell.undampened != cell.pnl:
            inputs["result"] = cell.undampened
        nodes.append(Node(unit.name, loss, "loss", inputs, "", by_position))
    if len(nodes) == 1:
        return replace(nodes[0], name=name)
    return Node(name, _total(node.value for node in nodes), "sum of losses", {}, "", tuple(nodes))


def _charges(unit: Unit, place: Place, measure: Measure | None = None) -> list[Node]:
    return [
        charge_node(rule, unit)
        for rule in unit.rule.charges
        if rule.place == place and (measure is None or measure in rule.measures)
    ]


def _of_group(group: Sequence[Unit], worst: Node, measure: Measure, pool: Pool, world: World) -> Node:
    """Return what a group needs: factor * max(worst + added, floors) + beside, in the unit of the pool."""
    currency, rule = _currency(group, pool), group[0].rule
    added, beside = (_placed(place, group, measure, currency, world) for place in ("added", "beside"))
    floors = _placed("floor", group, measure, currency, world)
    core = worst_with_charges(worst.value, added.value, floors.value)
    factor = _initial_factor(rule, world) if measure == "initial" else rule.maintenance_factor
    value = world.convert(core * factor + beside.value, currency, pool.unit)
    parts = tuple(node for node in (worst, added, floors, beside) if node.parts)
    inputs = {"factor": factor, "currency": currency, "worst_and_added": core}
    text = "factor * max(worst + added, floor) + beside"
    name = " and ".join(unit.name for unit in group)
    return Node(name, value, text, inputs, world.rules.page(rule.source), parts)


def _initial_factor(rule: Scenarios, world: World) -> Decimal:
    """Return the factor of the initial requirement: more where the settlement asset stands below its peg."""
    if rule.peg is None:
        return rule.initial_factor
    below = positive_part(rule.peg.threshold - world.index(rule.peg.asset))
    return rule.initial_factor + rule.peg.factor * below


def _placed(place: Place, group: Sequence[Unit], measure: Measure, currency: str, world: World) -> Node:
    """Return what is charged at a place, over all units: the sum of a unit's charges, of its floors the largest."""
    nodes = []
    for unit in group:
        charges = _charges(unit, place, measure)
        own = _largest(place, charges, unit) if place == "floor" else sum_node(place, charges)
        nodes.append(replace(own, value=world.convert(own.value, unit.currency, currency)))
    if len(nodes) == 1:
        return nodes[0]
    named = [replace(node, name=unit.name) for node, unit in zip(nodes, group, strict=True) if node.parts]
    return sum_node(place, named)
