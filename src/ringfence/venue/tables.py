"""Tier tables made ready: rates and rises by floor, with every printed deduction recomputed."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

from ringfence.core.errors import RulePackError
from ringfence.core.number import ZERO
from ringfence.formula.tiers import next_deduction
from ringfence.venue.kinds import Factor, FactorOnInitial, OpenInterestBand, Tier, TierTable, Unit

_ROWS_MAX = 2_000
_CENT = Decimal("0.02")
"""Venues print deductions to the cent; some lists of theirs round the last one up, some down."""


@dataclass(frozen=True)
class Rung:
    """One tier: from its floor (exclusive) on, these rates hold."""

    floor: Decimal
    maintenance_rate: Decimal | None
    initial_rate: Decimal
    deduction: Decimal
    maintenance_fraction: Decimal | None = None


@dataclass(frozen=True)
class Ladder:
    """A tier table as the engine reads it.

    cap   size at which the table ends; None: it does not
    """

    unit: Unit
    rungs: tuple[Rung, ...]
    cap: Decimal | None
    method: str | None
    open_interest: OpenInterestBand | None
    source: str
    status: str

    @cached_property
    def maintenance_rises(self) -> tuple[tuple[Decimal, Decimal], ...]:
        """Return (floor, rise of the maintenance rate) for every tier but the first."""
        return _rises([(r.floor, r.maintenance_rate or ZERO) for r in self.rungs])

    @cached_property
    def initial_rises(self) -> tuple[tuple[Decimal, Decimal], ...]:
        """Return (floor, rise of the least initial rate) for every tier but the first."""
        return _rises([(r.floor, r.initial_rate) for r in self.rungs])

    def tier_of(self, size: Decimal) -> int:
        """Return the number of the tier that holds a size, counted from 1."""
        return max(1, sum(1 for rung in self.rungs if size > rung.floor))


def _rises(rates: Sequence[tuple[Decimal, Decimal]]) -> tuple[tuple[Decimal, Decimal], ...]:
    return tuple((floor, rate - before) for (_, before), (floor, rate) in pairwise(rates))


def factors_at(rule: FactorOnInitial, leverage: Decimal | None) -> list[Factor]:
    """Return the rows that a rule's table has for a leverage, lowest floor first."""
    return [row for row in rule.factors if row.leverage == leverage]


def factor_of(rule: FactorOnInitial, leverage: Decimal, size: Decimal) -> Decimal | None:
    """Return a rule's factor for a leverage and a number of contracts; None where its table has no such leverage."""
    rows = factors_at(rule, leverage)
    if not rows:
        return rule.factor
    return next((row.factor for row in reversed(rows) if size > row.floor), rows[0].factor)


def make_ladder(table: TierTable, where: str) -> Ladder:
    """Return the ladder of a table. A row that states no initial rate keeps that of the row before it.

    Raises:
        RulePackError: rows do not follow each other, rates fall, or a printed deduction does not
            follow from the rates.

    """
    rows = _with_rows_beyond(table, where)
    _check_order(rows, where)
    rungs: list[Rung] = []
    for number, row in enumerate(rows, start=1):
        rungs.append(_rung(row, rungs, table, f"{where}, row {number} from {row.floor}"))
    return Ladder(
        table.unit, tuple(rungs), rows[-1].cap, table.method, table.open_interest, table.source, table.status
    )


def _rung(row: Tier, below: Sequence[Rung], table: TierTable, here: str) -> Rung:
    own = _initial_rate(row)
    before = below[-1] if below else Rung(ZERO, ZERO, ZERO, ZERO)
    initial = before.initial_rate if own is None else own
    rate = row.maintenance_rate
    if rate is None and table.maintenance_of_initial is not None:
        rate = initial * table.maintenance_of_initial
    if rate is None and row.maintenance_fraction is None and own is None:
        raise RulePackError(here, "it states no rate", "Add maintenance_rate or max_leverage")
    for name, new, old in (
        ("maintenance", rate, before.maintenance_rate), ("initial", initial, before.initial_rate),
    ):  # fmt: skip
        if new is not None and old is not None and new < old:
            raise RulePackError(here, f"its {name} rate is below that of the row before", "Check both rows")
    deduction = _deduction(row, below, rate, table, here)
    return Rung(row.floor, rate, initial, deduction, row.maintenance_fraction)


def _initial_rate(row: Tier) -> Decimal | None:
    if row.initial_rate is not None:
        return row.initial_rate
    return None if row.max_leverage is None else 1 / row.max_leverage


def _check_order(rows: Sequence[Tier], where: str) -> None:
    if not rows:
        raise RulePackError(where, "the table has no rows", "Add a row with floor = 0")
    if len(rows) > _ROWS_MAX:
        raise RulePackError(where, f"the table has more than {_ROWS_MAX} rows", "Check its steps")
    here = f"{where}, row 1 from {rows[0].floor}"
    if rows[0].floor != 0:
        raise RulePackError(here, "sizes below it have no tier", "Begin with floor = 0")
    for number, (before, row) in enumerate(pairwise(rows), start=2):
        here = f"{where}, row {number} from {row.floor}"
        if row.floor <= before.floor:
            raise RulePackError(here, f"it does not begin above {before.floor}", "Sort the rows by floor")
        if before.cap is not None and before.cap != row.floor:
            problem = "a gap" if before.cap < row.floor else "an overlap"
            raise RulePackError(
                here, f"{problem} after {before.cap}", "Let each row begin where the last ends"
            )
    if rows[-1].cap is not None and rows[-1].cap <= rows[-1].floor:
        raise RulePackError(here, f"it ends at {rows[-1].cap}, where it begins or before", "Mend its cap")


def _deduction(
    row: Tier, rungs: Sequence[Rung], rate: Decimal | None, table: TierTable, here: str
) -> Decimal:
    if rate is None or table.method == "whole":
        return row.deduction or ZERO
    if not rungs:
        return row.deduction or ZERO
    before = rungs[-1]
    derived = next_deduction(before.deduction, row.floor, rate - (before.maintenance_rate or ZERO))
    if row.deduction is not None and abs(row.deduction - derived) > _CENT:
        raise RulePackError(
            here,
            f"the printed deduction is {row.deduction} but the rates imply {derived.normalize():f}",
            "One of the two was mistyped: compare the source, or leave the deduction out",
        )
    return derived


def _with_rows_beyond(table: TierTable, where: str) -> list[Tier]:
    rows = list(table.rows)
    if table.beyond is None or not rows:
        return rows
    more, last = table.beyond, rows[-1]
    if last.cap is None:
        raise RulePackError(where, "`beyond` needs a cap on the last row", "Add it")
    initial, rate, cap = _initial_rate(last) or ZERO, last.maintenance_rate or ZERO, last.cap
    while initial < 1 and len(rows) <= _ROWS_MAX:
        initial, rate = min(initial + more.initial_step, Decimal(1)), rate + more.maintenance_step
        rows.append(Tier(floor=cap, cap=cap + more.size_step, maintenance_rate=rate, initial_rate=initial))
        cap += more.size_step
    return rows
