"""Bounds and prices against fractions, which never round."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from ringfence.batch.columns import Columns
from ringfence.batch.layout import Layout, marks_of
from ringfence.batch.straight import fits
from ringfence.core.number import from_model
from ringfence.venue import Ladder
from ringfence.venue.instruments import facts_of
from tests.unit.batch.populations import PRICES, population, setting

POOLS = 2_000


def read(value: float) -> Fraction:
    """Return the decimal that a float stands for."""
    return Fraction(from_model(float(value)))


class Referee:
    """Pools of a population, in fractions."""

    def __init__(self, columns: Columns, marks: np.ndarray) -> None:
        self.columns, self.marks = columns, [read(mark) for mark in marks]
        there = setting()
        ladders = [there.rules.ladder(facts_of(there.instruments[s], "cross")) for s in columns.symbols]
        self.lines = [_lines(ladder) for ladder in ladders if ladder is not None]

    def rows(self, pool: int) -> range:
        return range(*map(int, self.columns.first_position[pool : pool + 2]))

    def lines_of(self, row: int) -> list[tuple[Fraction, Fraction]]:
        held = self.columns.positions
        rate = held.maintenance_rate
        if rate is not None and not np.isnan(rate.values[row]):
            return [
                (read(rate.values[row]), read(held.deduction.values[row]) if held.deduction else Fraction(0))
            ]
        return self.lines[held.symbol[row]]

    def parts(self, row: int, mark: Fraction | None = None) -> tuple[Fraction, Fraction, Fraction]:
        """Return a position's signed value, its need, and its signed value at entry."""
        held = self.columns.positions
        price = self.marks[held.symbol[row]] if mark is None else mark
        size, sign = read(held.contracts.values[row]), int(held.sign[row])
        value = size * price
        need = max(rate * value - deduction for rate, deduction in self.lines_of(row))
        return sign * value, need, sign * size * read(held.entry_price.values[row])

    def buffer(self, pool: int, moved: int = -1, mark: Fraction | None = None) -> Fraction:
        """Return equity above need, one position's mark perhaps elsewhere."""
        wallet = self.wallet(pool)
        parts = [self.parts(row, mark if row == moved else None) for row in self.rows(pool)]
        return wallet + sum(value - entry - need for value, need, entry in parts)

    def wallet(self, pool: int) -> Fraction:
        held, row = self.columns, self.rows(pool)[0]
        if held.pool_kind[pool] == 1:
            assert held.positions.collateral is not None
            return read(held.positions.collateral.values[row])
        return read(held.holdings.amount.values[held.first_holding[pool]])

    def magnitude(self, pool: int) -> Fraction:
        """Return the sum of magnitudes: wallet, values at entry and at mark, needs."""
        parts = [self.parts(row) for row in self.rows(pool)]
        return abs(self.wallet(pool)) + sum(abs(v) + abs(n) + abs(e) for v, n, e in parts)


def _lines(ladder: Ladder) -> list[tuple[Fraction, Fraction]]:
    rungs = [(Fraction(r.floor), Fraction(r.maintenance_rate or 0)) for r in ladder.rungs]
    lines = [(rungs[0][1], Fraction(0))]
    for (_, before), (floor, rate) in pairwise(rungs):
        lines.append((rate, lines[-1][1] + floor * (rate - before)))
    return lines


@pytest.fixture(scope="module")
def judged() -> dict[str, Any]:
    columns, there = population(POOLS, 11), setting()
    layout, marks = Layout.of(columns, there), np.array(PRICES) * [1.013, 0.97, 1.2, 0.8, 1.07]
    values = layout.revalue(marks)
    return {
        "layout": layout, "marks": marks, "values": values, "bounds": layout.bounds(marks), "columns": columns,
        "prices": layout.liquidation_prices(marks, values), "referee": Referee(columns, marks),
    }  # fmt: skip


def test_every_pool_of_the_population_fits() -> None:
    assert fits(population(POOLS, 11), setting()).all()


def test_no_buffer_is_further_off_than_its_bound(judged: dict[str, Any]) -> None:
    layout, referee = judged["layout"], judged["referee"]
    for pool in range(POOLS):
        slot = layout.where[pool]
        off = abs(Fraction(float(judged["values"].buffer[slot])) - referee.buffer(pool))
        assert off <= Fraction(float(judged["bounds"][slot]))


def test_the_bound_is_some_roundings_of_the_sum_of_magnitudes_and_no_more(judged: dict[str, Any]) -> None:
    layout, referee = judged["layout"], judged["referee"]
    for pool in range(POOLS):
        bound = Fraction(float(judged["bounds"][layout.where[pool]]))
        assert bound <= Fraction(45, 2**53) * referee.magnitude(pool)


def test_some_buffer_is_off_by_a_hundredth_of_its_bound(judged: dict[str, Any]) -> None:
    layout, referee = judged["layout"], judged["referee"]
    used = [
        abs(Fraction(float(judged["values"].buffer[slot])) - referee.buffer(pool))
        / Fraction(float(judged["bounds"][slot]))
        for pool, slot in enumerate(layout.where[:500])
    ]
    assert max(used) > Fraction(1, 100)


def test_at_its_price_a_position_has_used_up_its_pool(judged: dict[str, Any]) -> None:
    layout, referee, prices, met = judged["layout"], judged["referee"], judged["prices"], 0
    for pool in range(POOLS):
        if judged["values"].buffer[layout.where[pool]] <= 0:
            continue
        for row, price in zip(referee.rows(pool), prices[layout.rows_of(pool)], strict=True):
            if not np.isnan(price):
                left = referee.buffer(pool, row, Fraction(float(price)))
                assert abs(left) <= Fraction(1, 10**12) * referee.magnitude(pool)
                met += 1
    assert met > POOLS // 2


def test_before_its_price_a_position_has_not(judged: dict[str, Any]) -> None:
    layout, referee, prices = judged["layout"], judged["referee"], judged["prices"]
    for pool in range(POOLS // 4):
        if judged["values"].buffer[layout.where[pool]] <= 0:
            continue
        for row, price in zip(referee.rows(pool), prices[layout.rows_of(pool)], strict=True):
            sign = judged["columns"].positions.sign[row]
            mark = referee.marks[judged["columns"].positions.symbol[row]]
            there = Fraction(float(price)) if not np.isnan(price) else Fraction(0)
            for share in (Fraction(1, 100), Fraction(1, 2)):
                if not np.isnan(price) or sign > 0:
                    assert referee.buffer(pool, row, there + (mark - there) * share) > 0


def test_a_pool_past_its_trigger_has_the_mark(judged: dict[str, Any]) -> None:
    layout, columns = judged["layout"], judged["columns"]
    dead = [p for p in range(POOLS) if judged["values"].buffer[layout.where[p]] < 0]
    assert len(dead) > 10
    for pool in dead:
        rows = slice(*columns.first_position[pool : pool + 2])
        marks = judged["marks"][columns.positions.symbol[rows]]
        np.testing.assert_array_equal(judged["prices"][layout.rows_of(pool)], marks)


def test_the_number_of_threads_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.batch.layout.ALONE_BELOW", 0)
    columns, there = population(20_000, 7), setting()
    layout, marks = Layout.of(columns, there), marks_of(columns.symbols, there)
    one, two = layout.revalue(marks, threads=1), layout.revalue(marks, threads=3)
    np.testing.assert_array_equal(one.buffer, two.buffer)
    np.testing.assert_array_equal(
        layout.liquidation_prices(marks, one, threads=1), layout.liquidation_prices(marks, two, threads=3)
    )


def test_marks_that_outgrow_the_layout_are_met_by_all_lines() -> None:
    columns, there = population(POOLS, 13), setting()
    marks = marks_of(columns.symbols, there) * 40
    layout, referee = Layout.of(columns, there), Referee(columns, marks)
    values, bounds = layout.revalue(marks), layout.bounds(marks)
    for pool in range(POOLS // 4):
        slot = layout.where[pool]
        off = abs(Fraction(float(values.buffer[slot])) - referee.buffer(pool))
        assert off <= Fraction(float(bounds[slot]))
