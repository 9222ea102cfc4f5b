"""Pools whose requirement depends on several prices at once: paths against the exact engine, look by look."""

from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest

import ringfence
from ringfence.core.number import EXACT
from ringfence.margin.assess import world_in
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.moved import moved
from ringfence.margin.pools import partition
from ringfence.paths.draw import prices
from ringfence.paths.fates import NEVER
from ringfence.paths.funding import Funding
from ringfence.paths.laws import Gbm
from ringfence.paths.simulate import simulate
from ringfence.paths.whole import paid_before
from tests.unit.paths.books import clock, wild


def book() -> dict[str, Any]:
    rows = (("BTC", "long", "0.5", "100000", "101000"), ("ETH", "short", "12", "4000", "4050"))
    names = ("side", "contracts", "entry_price", "mark_price")
    return {
        "venue": "deribit",
        "on": "2026-02-16",
        "account_mode": "cross-portfolio",
        "collateral": {"USDC": "16000"},
        "position": [
            {"symbol": f"{coin}/USDC:USDC", **dict(zip(names, stated, strict=True))} for coin, *stated in rows
        ],
    }


@pytest.mark.parametrize("funding", [None, Funding({"BTC": 1e-3, "ETH": -1e-3}, every=7200.0)])
def test_a_pool_that_is_no_sum_over_coins_dies_where_the_exact_engine_says(funding: Funding | None) -> None:
    snapshot = ringfence.read(book())
    coins, when, mode = wild(snapshot, vol=2.5), clock(snapshot, 8), "cross-portfolio"
    found = simulate(snapshot, clock=when, coins=coins, paths=4, seed=9, modes=[mode], funding=funding)
    assert any("several prices at once" in note for note in found.notes)
    (fate,) = found.modes
    assert np.abs(
        fate.wealth - (fate.posted + fate.gain.sum(axis=1) + fate.other - fate.fees + fate.bad_debt)
    ).max() < 1e-6  # fmt: skip
    if funding is not None:
        return
    drawn = prices(Gbm(), coins, when, 9, range(4))
    world = world_in(snapshot.only(), mode)
    (pool,) = partition(snapshot.only().book, world, mode, "at-leverage").pools
    with localcontext(EXACT):
        for path in range(4):
            dead = NEVER
            for step, row in enumerate(drawn[path]):
                there = moved(world, {n: Decimal(float(g)) for n, g in zip(coins.names, row, strict=True)})
                if is_triggered(judge(pool, there), there):
                    dead = step
                    break
            assert fate.died[path, 0] == dead


def test_funding_is_summed_before_each_look_and_paid_after_it() -> None:
    walked = np.array([[[1.0], [2.0], [4.0], [8.0]]])
    paid = paid_before(walked, np.array([0, 1, 1], np.int32))
    assert paid[0, :, 0, 0].tolist() == [0.0, 0.0, 0.0, 4.0]
    assert paid[0, :, 0, 1].tolist() == [0.0, 0.0, 0.0, 0.25]


def test_a_mode_whose_paths_take_long_is_shown_where_it_is_asked_for_by_name_and_named_where_not() -> None:
    snapshot = ringfence.read(book())
    found = simulate(snapshot, clock=clock(snapshot, 4), coins=wild(snapshot), paths=2)
    assert "isolated" in [mode.mode for mode in found.modes]
    assert "cross" not in [mode.mode for mode in found.modes]
    assert any("Ask for the mode cross by name" in note for note in found.notes)
