"""The scenarios that a model tries, one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from ringfence.formula.model.shock import between_knots, lowered_vol, raised_vol, term_scale
from ringfence.formula.netting import extended_weight, ranges_beyond
from ringfence.venue.offsets import Knot, ScenarioSet, VolMove, VolShock

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A joint move, and how its result counts.

    move           of every price of the unit, a fraction
    futures_move   the same for futures and spot, where the model stops them at a range
    vol            what volatilities do
    weight         of the result
    options_weight of what options alone gain or lose
    ranges_beyond  how many ranges the move lies beyond the first, where a loss is dampened
    """

    set: str
    move: Decimal
    futures_move: Decimal
    vol: VolMove
    weight: Decimal = Decimal(1)
    options_weight: Decimal = Decimal(1)
    ranges_beyond: Decimal = Decimal(0)

    @property
    def is_skew(self) -> bool:
        """Return whether volatilities move by their strike, and forwards not at all."""
        return self.vol in {"skew", "wings"}

    @property
    def name(self) -> str:
        """Return how a table calls it."""
        word = "" if self.vol == "same" else f", {self.vol}" if self.is_skew else f", vol {self.vol}"
        return f"{self.set} {float(self.move * 100):+.4g} %{word}"


def scenarios_of(rules: ScenarioSet) -> tuple[Scenario, ...]:
    """Return the scenarios of a set, in its order: every move with every change of volatility, then the rows."""
    grid = tuple(
        _made(rules, move, vol, Decimal(1)) for move in (*rules.moves, *_even(rules)) for vol in rules.vols
    )
    return grid + tuple(_made(rules, row.move, row.vol, row.weight) for row in rules.rows)


def _even(rules: ScenarioSet) -> Iterator[Decimal]:
    if rules.range is not None:
        for step in range(-rules.steps, rules.steps + 1):
            yield rules.range * step / rules.steps


def _made(rules: ScenarioSet, move: Decimal, vol: VolMove, weight: Decimal) -> Scenario:
    far = rules.extended
    if far is None or move == 0:
        return Scenario(rules.name, move, move, vol, weight)
    edge = far.range.copy_sign(move)
    return Scenario(
        set=rules.name,
        move=move,
        futures_move=edge if abs(move) > far.range else move,
        vol=vol,
        weight=weight,
        options_weight=extended_weight(far.factor, far.range, move),
        ranges_beyond=ranges_beyond(move, far.range),
    )


def shocked_vol(sigma: "Floats", days: "Floats", rule: VolShock, vol: VolMove) -> "Floats":
    """Return volatilities after a scenario: up, down or the same, by the fields of the pack's rule.

    Units   sigma [1/sqrt(year)], days [day] -> [1/sqrt(year)]
    """
    if vol == "same":
        return sigma
    up, down = vol_changes(days, rule)
    relative = rule.unit == "relative"
    if vol == "up":
        return raised_vol(sigma, up, float(rule.least_rise), float(rule.least_up), relative=relative)
    return lowered_vol(sigma, down, relative=relative)


def vol_changes(days: "Floats", rule: VolShock) -> tuple["Floats", "Floats"]:
    """Return by how much volatilities go up and down, by days to expiry."""
    up, down, least = float(rule.up), float(rule.down), float(rule.least_days)
    match rule.term:
        case "flat":
            return np.full_like(days, up), np.full_like(days, down)
        case "power":
            scale = term_scale(
                days, float(rule.reference_days), float(rule.short_power), float(rule.long_power), least
            )
            return up * scale, down * scale
        case "knots":
            return _between(np.maximum(days, least), rule.knots)


def _between(days: "Floats", knots: tuple[Knot, ...]) -> tuple["Floats", "Floats"]:
    at = [float(knot.days) for knot in knots]
    ups, downs = [float(knot.up) for knot in knots], [float(knot.down) for knot in knots]
    return between_knots(days, at, ups), between_knots(days, at, downs)
