"""Columns: nobody judges a pool that holds one side of a symbol twice."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from ringfence.batch.columns import Columns
from ringfence.batch.majors import market_of
from ringfence.batch.population import Shape, populate
from ringfence.core.errors import BookError
from ringfence.screen.verdicts import verdicts


def large(count: int, *changed: tuple[int, int]) -> Columns:
    """Return one pool of so many positions, each in another symbol, but for rows whose symbol is changed."""
    columns = populate(Shape(accounts=400), market_of("okx"), 1)
    symbol = np.arange(count, dtype=np.int32)
    for row, code in changed:
        symbol[row] = code
    take = np.arange(count) % len(columns.positions)
    held = columns.positions
    return replace(
        columns,
        accounts=("anna", "ben"),
        symbols=tuple(f"S{code}" for code in range(count)),
        pool_account=np.array([0, 1], dtype=np.int32),
        pool_kind=np.zeros(2, dtype=np.int8),
        pool_unit=np.zeros(2, dtype=np.int32),
        first_position=np.array([0, count - 1, count]),
        first_holding=np.zeros(3, dtype=np.int64),
        positions=replace(held, symbol=symbol, sign=np.abs(held.sign[take])),
    )


@pytest.mark.parametrize(
    ("count", "row", "twin"), [(3, 1, 0), (16, 14, 0), (17, 15, 1), (60, 57, 2), (60, 4, 3)]
)
def test_a_position_that_stands_twice_in_its_pool_is_named_with_both_its_rows(
    count: int, row: int, twin: int
) -> None:
    with pytest.raises(BookError) as told:
        large(count, (row, twin)).refuse_twins()
    assert str(told.value).startswith("account anna, cross:")
    assert f"long S{twin} stands twice: in rows {twin} and {row} of the columns of positions" in str(
        told.value
    )


def test_both_sides_of_a_symbol_may_stand_in_one_pool_and_one_side_in_two() -> None:
    columns = large(60, (59, 3))
    sign = columns.positions.sign.copy()
    sign[1] = -1
    symbol = columns.positions.symbol.copy()
    symbol[1] = 0
    both = replace(columns, positions=replace(columns.positions, symbol=symbol, sign=sign))
    assert both.refuse_twins() is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize("few", [0, 200], ids=["fast", "exact"])
def test_nobody_judges_a_position_that_stands_twice(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.screen.verdicts.FEW", few)
    setting = market_of("okx")
    columns = populate(Shape(accounts=3, positions=4), setting, 1)
    pool = int(np.argmax(np.diff(columns.first_position) > 1))
    rows = int(columns.first_position[pool]) + np.arange(2)
    symbol, sign = columns.positions.symbol.copy(), columns.positions.sign.copy()
    symbol[rows], sign[rows] = symbol[rows[0]], sign[rows[0]]
    twice = replace(columns, positions=replace(columns.positions, symbol=symbol, sign=sign))
    name = columns.accounts[columns.pool_account[pool]]
    with pytest.raises(BookError, match=f"account {name}, {columns.pool_id(pool)}: .* stands twice: in rows"):
        verdicts(twice, setting)


@pytest.mark.parametrize(
    "module", ["columns", "judge", "kept", "lower", "netting", "prices", "ready", "running"]
)
def test_any_file_of_the_fast_engine_may_be_imported_first(module: str) -> None:
    ended = subprocess.run([sys.executable, "-c", f"import ringfence.batch.{module}"], check=False)
    assert ended.returncode == 0
