"""What is timed is right: the peers of the fast passes come to the same numbers."""

import numpy as np
import pytest
from bench import accounts
from bench.accounts_peers import Frames, Peers
from bench.venue import population, venue

from ringfence.batch.layout import Layout, marks_of
from ringfence.batch.straight import fits


def test_numpy_comes_to_the_same_numbers() -> None:
    there = venue()
    columns = population(300, there)
    layout, marks = Layout.of(columns, there), marks_of(columns.symbols, there)
    peers = Peers(Frames.of(columns, there))
    assert fits(columns, there).all()
    values = layout.revalue(marks)
    for found, ours in zip(peers.by_numpy(), (values.equity, values.need, values.buffer), strict=True):
        np.testing.assert_allclose(ours[layout.where], found, rtol=1e-9, atol=1e-6)
    prices = layout.liquidation_prices(marks, values)
    ours = layout.by_position(prices, columns.first_position, len(columns.positions))
    np.testing.assert_allclose(ours, peers.prices_by_numpy(), rtol=1e-9)


@pytest.mark.slow
def test_the_timings_run_through_on_a_small_population() -> None:
    text = accounts.table(200, 1, (20,))
    assert "compiled pass, all threads" in text
    assert "DuckDB, SQL" in text
    assert "1,600 positions of 200 accounts" in text
