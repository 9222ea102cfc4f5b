"""What every scenario does to a risk unit: futures to the digit, options by their model."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ringfence.book import Position
from ringfence.core.number import from_model, positive_part, smaller
from ringfence.formula import netting as formula
from ringfence.margin.netting.units import Unit
from ringfence.venue.offsets import Extended, ScenarioSet
from ringfence.venue.scenarios import Scenario

_OWNED: Final = "collateral in the coin"


@dataclass(frozen=True, slots=True)
class Cell:
    """A scenario and what it does: the P&L that counts [unit's currency], that before a dampener, and by position."""

    scenario: Scenario
    pnl: Decimal
    undampened: Decimal
    by_position: dict[str, Decimal]


def cells_of(unit: Unit, rules: ScenarioSet, scenarios: Sequence[Scenario]) -> tuple[Cell, ...]:
    """Return the P&L of a unit in each scenario, as its model counts it."""
    options = _of_options(unit, scenarios)
    found = []
    for number, scenario in enumerate(scenarios):
        parts = {p.label: _of_linear(unit, p, scenario) for p in unit.others}
        parts |= {label: gains[number] for label, gains in options.items()}
        if unit.spot:
            parts[_OWNED] = _of_spot(unit, scenario)
        parts |= _of_moving(unit, scenario)
        pnl = sum(parts.values(), Decimal(0)) * scenario.weight
        found.append(Cell(scenario, _dampened(pnl, scenario, rules, unit), pnl, parts))
    return tuple(found)


def results_of(unit: Unit, rules: ScenarioSet, scenarios: Sequence[Scenario]) -> tuple[Decimal, ...]:
    """Return the P&L that counts in each scenario, without its parts: options are summed before they are exact."""
    if unit.quotes is None:
        options = [Decimal(0)] * len(scenarios)
    else:
        from ringfence.margin.netting.model_value import option_gains  # noqa: PLC0415 - as above

        options = [from_model(gain) for gain in option_gains(unit, scenarios).sum(axis=1).tolist()]
    found = []
    for scenario, gain in zip(scenarios, options, strict=True):
        pnl = gain + sum((_of_linear(unit, p, scenario) for p in unit.others), Decimal(0))
        pnl += _of_spot(unit, scenario) if unit.spot else 0
        pnl += sum(_of_moving(unit, scenario).values(), Decimal(0))
        found.append(_dampened(pnl * scenario.weight, scenario, rules, unit))
    return tuple(found)


def _of_spot(unit: Unit, scenario: Scenario) -> Decimal:
    """Return what is gained on the coin that is owned: where the unit counts in it, as a contract that pays in it."""
    if unit.currency == unit.coin:
        return formula.inverse_gain(unit.spot, scenario.futures_move)
    return formula.linear_gain(unit.spot, unit.per_coin, scenario.futures_move)


def _of_moving(unit: Unit, scenario: Scenario) -> dict[str, Decimal]:
    """Return what other assets gain that move as the unit's coin does, by asset."""
    return {
        asset: unit.world.convert(unit.collateral[asset], asset, unit.currency) * scenario.futures_move
        for asset in unit.rule.moving
        if asset in unit.collateral
    }


def _of_linear(unit: Unit, position: Position, scenario: Scenario) -> Decimal:
    """Return what a future or a spot holding gains, in the currency of the unit."""
    world, move = unit.world, scenario.futures_move
    if world.is_inverse(position) and unit.currency == world.settle(position):
        return formula.inverse_gain(unit.coins(position), move)
    if world.is_inverse(position):
        return formula.linear_gain(unit.coins(position), unit.per_coin, move)
    if unit.rule.price == "index":
        return formula.linear_gain(unit.coins(position), unit.per_coin, move)
    gain = formula.linear_gain(unit.coins(position), world.mark(position.symbol), move)
    return world.convert(gain, world.settle(position), unit.currency)


def _of_options(unit: Unit, scenarios: Sequence[Scenario]) -> dict[str, list[Decimal]]:
    """Return what each option gains in each scenario, in the currency of the unit, weighted."""
    if unit.quotes is None:
        return {}
    from ringfence.margin.netting.model_value import option_gains  # noqa: PLC0415 - paid for by books with options

    gains = option_gains(unit, scenarios)
    return {
        position.label: [from_model(gain) for gain in column]
        for position, column in zip(unit.options, gains.T.tolist(), strict=True)
    }


def _dampened(pnl: Decimal, scenario: Scenario, rules: ScenarioSet, unit: Unit) -> Decimal:
    """Return a result after the dampener of far moves: a loss is made smaller, and a gain counts nothing."""
    far = rules.extended
    if far is None or far.dampener is None or scenario.move == 0:
        return pnl
    relief = formula.dampener(scenario.ranges_beyond, far.dampener, _dampening_price(unit, far, scenario))
    return -positive_part(-pnl - smaller(relief, abs(pnl)))


def _dampening_price(unit: Unit, far: Extended, scenario: Scenario) -> Decimal:
    """Return the price at the edge of the range where the unit counts in its coin, and one where it counts in money."""
    return unit.index * (1 + far.range.copy_sign(scenario.move)) if unit.currency == unit.coin else Decimal(1)
