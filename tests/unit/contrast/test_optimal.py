"""The division of collateral that costs least: no other costs less, and its paths are those of the others."""

from decimal import Decimal
from itertools import permutations

import numpy as np
import pytest

import ringfence
from ringfence.contrast.least_capital import Bucket, best_buffers
from ringfence.contrast.optimal import OptimalSplit, optimal_split
from ringfence.formula.model.first_passage import chance_of_touch
from ringfence.margin.assess import assess_partition, world_in
from ringfence.margin.node import Missing
from ringfence.margin.pools import partition, pooled_collateral
from ringfence.margin.snapshot import Snapshot
from ringfence.margin.split import Split
from ringfence.paths.fates import Clock
from ringfence.paths.simulate import simulate
from tests.unit.books import reference

WEEK = Decimal(7)


def snapshot(**changes: object) -> Snapshot:
    vols = {"BTC": "0.6", "ETH": "0.8", "SOL": "1.0"}
    return ringfence.read(reference(vols=vols, correlation={"default": "0.7"}, **changes))


def found(book: Snapshot) -> OptimalSplit:
    split = optimal_split(book.only(), WEEK)
    assert isinstance(split, OptimalSplit)
    return split


def cost(split: OptimalSplit, buffers: list[float]) -> float:
    return sum(s.cost * chance_of_touch(x, s.risk) for s, x in zip(split.shares, buffers, strict=True))


def test_no_small_shift_of_collateral_costs_less() -> None:
    split = found(snapshot())
    buffers = [share.buffer for share in split.shares]
    least = cost(split, buffers)
    for one, other in permutations(range(3), 2):
        for step in (1.0, 100.0, 1000.0):
            shifted = list(buffers)
            shifted[one] += step
            shifted[other] -= step
            assert cost(split, shifted) > least


def test_the_price_is_what_one_more_unit_saves() -> None:
    split = found(snapshot())
    buckets = [Bucket(s.risk, 0.0, s.cost) for s in split.shares]
    free = sum(s.buffer for s in split.shares)
    step = 1.0
    more, _ = best_buffers(buckets, free + step)
    saved = cost(split, [s.buffer for s in split.shares]) - cost(split, more)
    assert saved / step == pytest.approx(split.shares[0].price, rel=1e-3)


def test_all_collateral_is_divided_and_each_position_has_its_buffer() -> None:
    book = snapshot()
    holding, split = book.only(), found(book)
    world = world_in(holding, "isolated")
    cut_up = partition(holding.book, world, "isolated", split.split)
    assert cut_up.cut == "optimal"
    assert cut_up.unopened == ()
    given = sum((pool.collateral["USDT"] for pool in cut_up.pools), Decimal(0))
    assert given == pooled_collateral(holding.book, world)["USDT"]
    health = assess_partition(holding.book, world, cut_up)
    buffers = [float(pool.judged.buffer) for pool in health.pools]
    assert buffers == pytest.approx([share.buffer for share in split.shares], rel=1e-9)


def test_a_split_gives_nothing_to_who_is_not_in_it() -> None:
    holding = snapshot().only()
    world = world_in(holding, "isolated")
    split = Split("mine", {"BTC/USDT:USDT:long": Decimal(3), "ETH/USDT:USDT:short": Decimal(1)})
    pools = partition(holding.book, world, "isolated", split).pools
    assert [pool.collateral["USDT"] for pool in pools] == [Decimal(15000), Decimal(5000), Decimal(0)]


def test_without_volatilities_there_is_no_best_split_and_it_says_what_is_missing() -> None:
    split = optimal_split(ringfence.read(reference()).only(), WEEK)
    assert isinstance(split, Missing)
    assert "[vols] has no BTC" in split.reason


def test_an_account_that_cannot_stand_apart_has_no_best_split() -> None:
    split = optimal_split(snapshot(collateral={"USDT": "-3500"}).only(), WEEK)
    assert isinstance(split, Missing)
    assert "does not reach" in split.reason


def test_the_best_split_is_one_more_row_on_the_same_paths() -> None:
    book = snapshot()
    split = found(book)
    clock = Clock(book.only().book.at, 3600.0 * 6, 28)
    asked = {"clock": clock, "paths": 4000, "seed": 3}
    plain = simulate(book, **asked)  # type: ignore[arg-type]
    more = simulate(book, **asked, splits={"binance-usdm": split.split})  # type: ignore[arg-type]
    assert [(one.mode, one.cut) for one in more.modes][:2] == [
        ("isolated", "at-leverage"),
        ("isolated", "optimal"),
    ]
    rest = [one for one in more.modes if one.cut != "optimal"]
    for one, other in zip(plain.modes, rest, strict=True):
        assert np.array_equal(one.wealth, other.wealth)
        assert np.array_equal(one.died, other.died)
    by_cut = {one.cut: one for one in more.modes}
    assert (by_cut["optimal"].first_death < 2**31 - 1).mean() < (
        by_cut["at-leverage"].first_death < 2**31 - 1
    ).mean()
