"""Liquidation prices of the fast engine: those of the exact one, within the bound of the buffer over its slope."""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from math import isnan

from hypothesis import assume, given
from hypothesis import strategies as st

from ringfence.batch.prices import CROSSINGS, Prices, liquidation_prices
from ringfence.core.errors import InputError
from ringfence.core.number import EXACT
from ringfence.importers import read
from ringfence.margin import prices as exact
from ringfence.margin.assess import world_of
from ringfence.margin.curved import is_curved
from tests.differential.test_batch import vectors
from tests.differential.twins import Twins, both
from tests.laws.books import accounts, moves
from tests.laws.stages import Stage, on_stages, tries

_SIDES = (("liquidation", "off"), ("down", "down_off"), ("up", "up_off"))
_FINE = 1e-6
"""Of a price: one that is sure is no further off."""


def _rows(twins: Twins) -> Iterator[tuple[int, int, exact.Prices]]:
    """Yield the pool and the row of every position that the fast engine may price, and what the exact one says."""
    row = 0
    for pool, judged in enumerate(twins.exact):
        for position in judged.pool.positions:
            if not is_curved(judged.pool, twins.world):
                with localcontext(EXACT):
                    yield pool, row, exact.position_prices(judged.pool, judged, twins.world, position)
            row += 1


def _faults(found: Prices, row: int, truth: exact.Prices) -> list[str]:
    """Return in words where a price that is said to be sure is none."""
    faults = []
    for name, off in _SIDES:
        price, far, true = float(getattr(found, name)[row]), getattr(found, off)[row], getattr(truth, name)
        if true is None or isnan(price):
            alike = true is None and isnan(price)
        else:
            alike = abs(Decimal(price) - true) <= Decimal(float(far)) and far <= _FINE * price
        if not alike:
            faults.append(f"{name}: {price} and {true}, off by {far} at most")
    if CROSSINGS[found.crossing[row]] != (truth.crossing or "never"):
        faults.append(f"{CROSSINGS[found.crossing[row]]} and {truth.crossing}")
    return faults


@on_stages()
@tries(10)
@given(data=st.data())
def test_the_twins_find_the_same_prices_within_the_bound_over_the_slope(
    stage: Stage, data: st.DataObject
) -> None:
    account = data.draw(moves(data.draw(accounts(stage, most=4))))
    try:
        twins = both(account.holding(), account.world)
    except InputError:
        assume(False)
        raise
    found = liquidation_prices(twins.made, twins.judged)
    for _, row, truth in _rows(twins):
        assert not found.sure[row] or _faults(found, row, truth) == []


def test_most_prices_of_the_vectors_are_sure_and_all_of_those_are_right() -> None:
    judged = sure = 0
    for book in vectors().values():
        for holding in read(book).holdings:
            if holding.book.orders or holding.book.rests:
                continue
            twins = both(holding, world_of(holding))
            found = liquidation_prices(twins.made, twins.judged)
            for pool, row, truth in _rows(twins):
                judged += twins.judged.sure[pool]
                sure += found.sure[row]
                assert not found.sure[row] or _faults(found, row, truth) == []
    assert sure > 0.8 * judged > 100
