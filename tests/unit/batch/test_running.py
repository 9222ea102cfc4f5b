"""Ticks and changes: to the bit what a full pass over a fresh layout says."""

from dataclasses import replace

import numpy as np
import pytest

from ringfence.batch.columns import Columns
from ringfence.batch.layout import Layout
from ringfence.batch.running import Running
from ringfence.batch.setting import Setting
from tests.unit.batch.populations import NAMES, cut, population, setting


@pytest.fixture(autouse=True)
def _no_population_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have ticks look for what they touch, however few the pools."""
    monkeypatch.setattr("ringfence.batch.running._SMALL", 0)


def by_pool(running: Running, pools: int) -> np.ndarray:
    """Return equity, need and buffer of every pool, in the order of their numbers."""
    slots = running.layout.where[:pools]
    v = running.values
    assert (slots >= 0).all()
    return np.stack([v.equity[slots], v.need[slots], v.buffer[slots]])


def fresh(columns: Columns, there: Setting, marks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the same of a layout made anew, and the liquidation price of every position."""
    layout = Layout.of(columns, there)
    v = layout.revalue(marks)
    prices = layout.liquidation_prices(marks, v)
    found = np.stack([v.equity[layout.where], v.need[layout.where], v.buffer[layout.where]])
    return found, layout.by_position(prices, columns.first_position, len(columns.positions))


def test_a_tick_leaves_the_bits_of_a_full_pass() -> None:
    columns, there = population(4_000, 1), setting()
    running, draw = Running(columns, there), np.random.default_rng(2)
    for _ in range(40):
        moved = draw.permutation(len(NAMES))[: draw.integers(1, 4)]
        running.tick(moved, running.marks[moved] * draw.uniform(0.7, 1.5, len(moved)))
        np.testing.assert_array_equal(by_pool(running, 4_000), fresh(columns, there, running.marks)[0])


def test_few_touched_pools_are_summed_alone_and_many_by_a_full_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    columns, there = population(4_000, 1), setting()
    outcomes = []
    for share in (0.0, 2.0):
        monkeypatch.setattr("ringfence.batch.ticking.SHARE", share)
        running = Running(columns, there)
        running.tick([1, 3], [2_800.0, 0.55])
        outcomes.append(by_pool(running, 4_000))
    np.testing.assert_array_equal(outcomes[0], outcomes[1])


def test_pools_may_come_change_and_go_without_a_trace() -> None:
    there, draw = setting(), np.random.default_rng(5)
    running, target = Running(population(2_000, 3), there), population(2_600, 4)
    running.remove(draw.permutation(2_000)[:700])
    for _ in range(3):
        running.tick([0, 2], running.marks[[0, 2]] * draw.uniform(0.9, 1.1, 2))
    order = np.arange(2_600)
    for first in range(0, 2_600, 400):
        part = order[first : first + 400]
        assert running.put(cut(target, part), part).all()
        running.tick([1], running.marks[[1]] * draw.uniform(0.9, 1.1, 1))
    expected, prices = fresh(target, there, running.marks)
    np.testing.assert_array_equal(by_pool(running, 2_600), expected)
    found = running.layout.liquidation_prices(running.marks, running.values)
    rows = [found[running.layout.rows_of(pool)] for pool in range(2_600)]
    np.testing.assert_array_equal(np.concatenate(rows), prices)
    running.compact()
    np.testing.assert_array_equal(by_pool(running, 2_600), expected)


def test_a_number_given_twice_is_refused() -> None:
    running = Running(population(10, 1), setting())
    with pytest.raises(ValueError, match="twice"):
        running.put(population(2, 1), [3, 3])


def test_pools_of_other_symbols_are_refused() -> None:
    running = Running(population(10, 1), setting())
    with pytest.raises(ValueError, match="other symbols"):
        running.put(replace(population(1, 1), symbols=("BTC/USDT:USDT",)), [3])


def test_a_small_population_is_passed_over_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.batch.running._SMALL", 1_000_000)
    columns, there = population(100, 1), setting()
    running = Running(columns, there)
    assert running.tick([1], [2_900.0]) == len(columns.positions)
    np.testing.assert_array_equal(by_pool(running, 100), fresh(columns, there, running.marks)[0])
