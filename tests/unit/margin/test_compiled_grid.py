"""The engine with the compiled grid and without: the same book, the same answers."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numba
import pytest

import ringfence
from ringfence.formula.model import compiled
from ringfence.margin.assess import AccountHealth

BOUND = Decimal("1e-12")
"""Share of a requirement by which the two may differ: that of the grid, times what nets."""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    rows = [
        f"""
[[position]]
symbol = "BTC-{day}-{strike}-{right}"
side = "{"long" if (number + (right == "C")) % 3 else "short"}"
contracts = "{1 + number % 7}"
entry_price = "0.03"
implied_volatility = "{0.5 + 0.01 * (number % 11):.2f}"
underlying_price = "90300"
"""
        for number, strike in enumerate(range(50_000, 130_000, 4_000))
        for day in ("25DEC26", "29JAN27")
        for right in ("C", "P")
    ]
    path = tmp_path / "options.toml"
    path.write_text(
        'venue = "deribit"\naccount_mode = "portfolio"\nat = 2026-11-25T12:00:00Z\n'
        'collateral = { BTC = "40" }\nindices = { BTC = "90000" }\n' + "".join(rows),
        encoding="utf-8",
    )
    return path


@pytest.fixture
def warm() -> Iterator[None]:
    compiled.warm_up()
    try:
        yield
    finally:
        compiled.cool_down()


def needs(path: Path) -> list[Decimal]:
    (account,) = ringfence.assess(ringfence.read(path)).accounts
    assert isinstance(account, AccountHealth)
    return [
        value
        for health in account.pools
        for value in (health.judged.equity.value, health.judged.maintenance.value, health.judged.need)
    ]


def test_small_grids_are_not_compiled_before_somebody_asks() -> None:
    assert not compiled.pays(compiled.PAYS_FROM)
    assert compiled.pays(compiled.PAYS_TO_START)


@pytest.mark.usefixtures("warm")
def test_a_book_needs_the_same_with_it_and_without(book: Path) -> None:
    assert compiled.pays(compiled.PAYS_FROM)
    quick = needs(book)
    compiled.cool_down()
    slow = needs(book)
    for one, other in zip(quick, slow, strict=True):
        assert abs(one - other) <= BOUND * abs(other)


@pytest.mark.usefixtures("warm")
def test_it_needs_the_same_to_the_last_digit_with_any_number_of_threads(book: Path) -> None:
    before, found = numba.get_num_threads(), []
    try:
        for threads in range(1, before + 1):
            numba.set_num_threads(threads)
            found.append(needs(book))
    finally:
        numba.set_num_threads(before)
    assert all(one == found[0] for one in found)
