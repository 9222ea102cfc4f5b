"""A pool's requirement under its venue's portfolio model, as a tree that shows every scenario and every charge."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby

from ringfence.core.number import larger, positive_part
from ringfence.core.rounding import round_nearest
from ringfence.formula.netting import worst_with_charges
from ringfence.margin.netting.charges import charge_node
from ringfence.margin.netting.revalue import Cell, cells_of, results_of
from ringfence.margin.netting.scenarios import scenarios_of
from ringfence.margin.netting.units import Unit, model_of, units_of
from ringfence.margin.node import Node, sum_node
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue.entry import Measure
from ringfence.venue.offsets import Place, Scenarios, ScenarioSet

_ZERO = Decimal(0)
_WORST = "worst"


@dataclass(frozen=True, slots=True)
class Netting:
    """What the positions of a pool that net need together, in the pool's unit."""

    initial: Node
    maintenance: Node


def nets(pool: Pool, world: World) -> bool:
    """Return whether any position of a pool stands in a portfolio model."""
    return any(model_of(position, world) is not None for position in pool.positions)


def netted(pool: Pool, world: World) -> Netting:
    """Return the requirements of the positions of a pool that net.

    Raises:
        MarketError: something that the model needs is not known, or an option has expired.

    """
    units = units_of(pool, world)
    _note_uncertain(units, world)
    parts: dict[Measure, list[Node]] = {"initial": [], "maintenance": []}
    for _, members in groupby(units, key=lambda unit: id(unit.rule)):
        group = list(members)
        if group[0].rule.gains is None:
            worsts = {unit.name + unit.currency: _worst(unit) for unit in group}
            for unit in group:
                for measure, nodes in parts.items():
                    nodes.append(_of_unit(unit, worsts[unit.name + unit.currency], measure, pool, world))
        else:
            for measure, nodes in parts.items():
                nodes.append(_of_group(group, measure, pool, world))
    return Netting(
        sum_node("initial requirement", parts["initial"]),
        sum_node("maintenance requirement", parts["maintenance"]),
    )


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
    total = _ZERO
    for _, members in groupby(units_of(pool, world), key=lambda unit: id(unit.rule)):
        group = list(members)
        if group[0].rule.gains is not None:
            total += _of_group(group, "maintenance", pool, world).value
            continue
        for unit in group:
            total += world.convert(_alone(unit), unit.currency, pool.unit)
    return total


def _alone(unit: Unit) -> Decimal:
    """Return what a unit needs for maintenance, in its currency."""
    losses = [_worst_loss(rules, unit) for rules in unit.rule.sets]
    losses += [node.value for node in _charges(unit, "candidate")]
    worst = _rounded(max([_ZERO, *losses]), unit)
    added, beside = (
        sum((node.value for node in _charges(unit, place, "maintenance")), _ZERO)
        for place in ("added", "beside")
    )
    floors = max([_ZERO, *(node.value for node in _charges(unit, "floor", "maintenance"))])
    return worst_with_charges(worst, added, floors) * unit.rule.maintenance_factor + beside


def _worst_loss(rules: ScenarioSet, unit: Unit) -> Decimal:
    return max(-pnl for pnl in results_of(unit, rules, scenarios_of(rules))) * rules.share


def _rounded(worst: Decimal, unit: Unit) -> Decimal:
    digits = unit.rule.worst_digits
    return worst if digits is None else round_nearest(worst, Decimal(1).scaleb(-digits))


def _worst(unit: Unit) -> Node:
    """Return the worst result of a unit over all sets, and over what the venue holds against it."""
    sets = [_set_node(rules, cells_of(unit, rules, scenarios_of(rules)), unit) for rules in unit.rule.sets]
    candidates = [node for node in _charges(unit, "candidate") if node.value > 0]
    return _largest(_WORST, [*sets, *candidates], unit)


def _largest(name: str, parts: Sequence[Node], unit: Unit) -> Node:
    worst = _ZERO
    for part in parts:
        worst = larger(worst, part.value)
    worst = _rounded(worst, unit) if name == _WORST else worst
    return Node(
        name, worst, "the largest of the parts", {}, unit.world.rules.page(unit.rule.source), tuple(parts)
    )


def _set_node(rules: ScenarioSet, cells: Sequence[Cell], unit: Unit) -> Node:
    """Return the worst loss of a set; its parts are the loss of every scenario, and of the worst by position."""
    worst = max(cells, key=lambda cell: -cell.pnl)
    parts = [_cell_node(cell, by_position=cell is worst) for cell in cells]
    inputs: dict[str, object] = {"scenario": worst.scenario.name}
    if rules.share != 1:
        inputs["share"] = rules.share
    text = "share * worst loss" if rules.share != 1 else "worst loss"
    loss = positive_part(-worst.pnl) * rules.share
    return Node(rules.name, loss, text, inputs, unit.world.rules.page(unit.rule.source), tuple(parts))


def _cell_node(cell: Cell, *, by_position: bool) -> Node:
    gains = cell.by_position if by_position else {}
    parts = tuple(Node(label, -gain, "loss") for label, gain in gains.items())
    return Node(cell.scenario.name, -cell.pnl, "loss", {"weight": cell.scenario.weight}, "", parts)


def _charges(unit: Unit, place: Place, measure: Measure | None = None) -> list[Node]:
    return [
        charge_node(rule, unit)
        for rule in unit.rule.charges
        if rule.place == place and (measure is None or measure in rule.measures)
    ]


def _of_unit(unit: Unit, worst: Node, measure: Measure, pool: Pool, world: World) -> Node:
    """Return what a unit needs: factor * max(worst + added, floors) + beside, in the unit of the pool."""
    added = sum_node("added", _charges(unit, "added", measure))
    floors = _largest("floor", _charges(unit, "floor", measure), unit)
    beside = sum_node("beside", _charges(unit, "beside", measure))
    core = worst_with_charges(worst.value, added.value, floors.value)
    factor = _factor(unit.rule, measure)
    value = world.convert(core * factor + beside.value, unit.currency, pool.unit)
    parts = tuple(node for node in (worst, added, floors, beside) if node.parts)
    inputs = {"factor": factor, "currency": unit.currency}
    text = "factor * max(worst + added, floor) + beside"
    return Node(unit.name, value, text, inputs, world.rules.page(unit.rule.source), parts)


def _factor(rule: Scenarios, measure: Measure) -> Decimal:
    return rule.initial_factor if measure == "initial" else rule.maintenance_factor


def _of_group(units: Sequence[Unit], measure: Measure, pool: Pool, world: World) -> Node:
    """Return what units need of which one's gain counts, in part, against another's loss in the same scenario."""
    parts, sets = [], []
    for number, rules in enumerate(units[0].rule.sets):
        columns = [_kept_cells(unit, number, pool, world) for unit in units]
        cells = [
            Node(name_and_losses[0][0], sum((loss for _, loss in name_and_losses), _ZERO), "sum of losses")
            for name_and_losses in zip(*columns, strict=True)
        ]
        worst = max(cells, key=lambda node: node.value)
        sets.append(
            Node(
                rules.name,
                larger(worst.value, _ZERO) * rules.share,
                "worst loss",
                {"scenario": worst.name},
                "",
                tuple(cells),
            )
        )
    worst_node = _largest(_WORST, sets, units[0])
    parts.append(worst_node)
    added = [
        replace(
            node, name=f"{unit.name} {node.name}", value=world.convert(node.value, unit.currency, pool.unit)
        )
        for unit in units
        for node in _charges(unit, "added", measure)
    ]
    parts.append(sum_node("added", added))
    factor = _factor(units[0].rule, measure)
    value = factor * (worst_node.value + parts[1].value)
    text, inputs = "factor * (worst + added)", {"factor": factor}
    name = " and ".join(unit.name for unit in units)
    return Node(name, value, text, inputs, world.rules.page(units[0].rule.source), tuple(parts))


def _kept_cells(unit: Unit, number: int, pool: Pool, world: World) -> list[tuple[str, Decimal]]:
    """Return the losses of a unit's scenarios in the pool's unit: of a gain only the share that counts, and no more."""
    rules, kept = unit.rule.sets[number], []
    share, cap = unit.rule.gains or _ZERO, unit.rule.gains_cap
    for cell in cells_of(unit, rules, scenarios_of(rules)):
        pnl = cell.pnl
        if pnl > 0:
            pnl = pnl * share
            if cap is not None:
                pnl = min(pnl, world.convert(cap, "USD", unit.currency))
        kept.append((cell.scenario.name, -world.convert(pnl, unit.currency, pool.unit)))
    return kept
