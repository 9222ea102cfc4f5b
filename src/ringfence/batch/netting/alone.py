"""What positions that net would need alone: some models ask for no more than that."""

from dataclasses import dataclass
from math import inf, isnan, nan
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch import records
from ringfence.batch.compiled import compiled
from ringfence.batch.figures import FIGURES, NEED, OPEN, OPEN_SLACK, SIZE, SLACK
from ringfence.batch.lower import Rules
from ringfence.batch.netting.units import ROUNDING, STEPS
from ringfence.batch.pool import fill_alone, fill_open
from ringfence.batch.records import Column, Record, Records, Tables
from ringfence.batch.row import A_RUNG, value_of
from ringfence.batch.rows import rows_of
from ringfence.venue.entry import Measure

if TYPE_CHECKING:
    from ringfence.batch.columns import Columns, Floats, Places


@dataclass(frozen=True, slots=True)
class Alone:
    """The positions of a population under their own rules, which say what each needs alone.

    rows    positions, as the population has them
    index   asset -> index price, by code in the records
    """

    tables: Tables
    rows: Records
    index: "Floats"

    def needs(self, places: "Places", measure: Measure) -> tuple["Floats", "Floats"]:
        """Return what positions need alone [settle], and by what that may be off; infinite: it is not known.

        Args:
            places: of the positions in the population.
            measure: which of the two requirements.

        """
        amount, slip = np.empty(len(places)), np.empty(len(places))
        tables = self.tables
        _fill_needs(
            places, measure == "initial", self.rows, tables.rules, tables.rungs, tables.factors, tables.marks,
            self.index, amount, slip,
        )  # fmt: skip
        return amount, slip

    def worth(self, places: "Places") -> "Floats":
        """Return one for positions of which equity counts what they are worth."""
        return np.asarray(self.tables.rules["worth"][self.rows["rule"][places]], dtype=np.float64)


def alone_of(columns: "Columns", rules: Rules) -> Alone:
    """Return the positions of a population under their own rules; what is new of these is lowered."""
    rule = rules.of(columns)
    index = np.ascontiguousarray(rules.tables.assets["index"])
    return Alone(rules.tables, rows_of(columns, rule, rules.tables), index)


@compiled
def _has_no_initial(row: Record, rule: Record) -> bool:
    """Return whether nobody knows an initial requirement: it follows from a leverage that is not stated."""
    if rule.open_kind != records.LEVERAGE or not isnan(row.leverage):
        return False
    return not (rule.open_share > 0.0 and rule.rungs > 0 and isnan(row.own_rate))


@compiled
def _fill_needs(
    places: Column, opens: bool, rows: Records, rules: Records, rungs: Records, factors: Records,  # noqa: FBT001
    marks: Column, index: Column, amount: Column, slip: Column,
) -> None:  # fmt: skip
    """Fill what positions need in pools of their own; what is not known counts nothing, as the exact engine has it."""
    figures = np.empty(FIGURES)
    for k in range(places.shape[0]):
        i = places[k]
        row = rows[i]
        rule = rules[row.rule]
        figures[OPEN], figures[OPEN_SLACK] = 0.0, 0.0
        fill_alone(i, i, i + 1, nan, rows, rules, rungs, factors, marks, index, figures)
        need, slack = figures[NEED], figures[SLACK]
        if opens and _has_no_initial(row, rule):
            need, slack = 0.0 * value_of(rule.open_at, row, rule, marks[rule.symbol], index[rule.coin]), 0.0
        elif opens:
            fill_open(i, i, i + 1, nan, rows, rules, rungs, marks, index, figures)
            need, slack = figures[OPEN], figures[OPEN_SLACK]
        size = figures[SIZE] + abs(need)
        amount[k] = need
        slip[k] = inf if isnan(need) else slack + (STEPS + A_RUNG * rule.rungs) * ROUNDING * size
