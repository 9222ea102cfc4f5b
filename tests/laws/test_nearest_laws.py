"""What holds of the nearest liquidating move, whatever is held."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from random import Random

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from ringfence.margin.judge import Judgement, is_triggered, judge
from ringfence.margin.nearest import NearestMove, nearest_move
from ringfence.margin.node import Missing
from ringfence.margin.pools import Pool
from ringfence.margin.prices import position_prices
from ringfence.margin.world import World
from ringfence.market import Shock
from tests.laws.books import Account, accounts, decimals
from tests.laws.predicates import nothing_nets
from tests.laws.stages import Stage, on_stages, tries

NEARLY = 1 - 1e-9
"""Distances are proved to a billionth."""


@st.composite
def uncertain(draw: st.DrawFn, stage: Stage) -> Account:
    """Return an account whose coins have volatilities and one correlation."""
    account = draw(accounts(stage))
    vols = {coin: draw(decimals("0.3", "1.2", 2)) for coin in account.world.market.indices}
    return account.with_market(vols=vols, correlation_default=draw(decimals("-0.2", "0.9", 1)))


def near_death(data: st.DataObject, stage: Stage) -> tuple[World, Pool, Judgement, NearestMove]:
    """Return a pool that stands, and the move that kills it."""
    account = data.draw(uncertain(stage))
    judged = [(pool, judge(pool, account.world)) for pool in account.pools if pool.positions]
    clear = [pair for pair in judged if pair[1].buffer > 0]
    assume(clear)
    pool, today = clear[data.draw(st.integers(0, len(clear) - 1))]
    nearest = nearest_move(pool, today, account.world)
    assume(not isinstance(nearest, Missing))
    assert isinstance(nearest, NearestMove)
    return account.world, pool, today, nearest


def after(world: World, moves: Mapping[str, Decimal]) -> World:
    """Return the world after a joint move."""
    return world.shocked(Shock("joint", moves))


def correlation(world: World, coins: Sequence[str]) -> list[list[float]]:
    """Return the correlation matrix of some coins."""
    return [[float(world.market.correlation_of(one, other) or 0) for other in coins] for one in coins]


def sigmas(world: World, coins: Sequence[str]) -> list[float]:
    """Return the daily volatilities of some coins, as fractions."""
    return [float(world.market.vols[coin]) / 365**0.5 for coin in coins]


@on_stages(nothing_nets)
@tries(3)
@given(data=st.data())
def test_the_nearest_liquidating_move_does_liquidate(stage: Stage, data: st.DataObject) -> None:
    world, pool, _, nearest = near_death(data, stage)
    there = after(world, nearest.moves)
    assert is_triggered(judge(pool, there), there)


@on_stages(nothing_nets)
@tries(3)
@given(data=st.data())
def test_no_sampled_move_that_is_nearer_than_the_nearest_liquidates(
    stage: Stage, data: st.DataObject
) -> None:
    world, pool, _, nearest = near_death(data, stage)
    if nearest.proof == "local":
        return
    coins, proved = list(nearest.moves), float(nearest.distance_sigmas - nearest.gap) * NEARLY
    roots, widths = np.linalg.cholesky(correlation(world, coins)), sigmas(world, coins)
    dice = Random(data.draw(st.integers(0, 2**32)))
    for _ in range(12):
        towards = np.array([dice.gauss(0, 1) for _ in coins])
        moves = roots @ (towards / np.linalg.norm(towards) * proved) * widths
        if moves.min() > -1:
            there = after(world, dict(zip(coins, map(Decimal, moves.tolist()), strict=True)))
            assert not is_triggered(judge(pool, there), there)


@on_stages(nothing_nets)
@tries(3)
@given(data=st.data())
def test_no_liquidation_price_is_nearer_than_the_nearest_move(stage: Stage, data: st.DataObject) -> None:
    world, pool, today, nearest = near_death(data, stage)
    coins = list(nearest.moves)
    inverse, widths = np.linalg.inv(correlation(world, coins)), sigmas(world, coins)
    for position in pool.positions:
        coin = world.instrument(position.symbol).underlying
        alone = [p.symbol for p in pool.positions if world.instrument(p.symbol).underlying == coin]
        if coin not in coins or set(alone) != {position.symbol}:
            continue
        prices, at = position_prices(pool, today, world, position), coins.index(coin)
        for price in (prices.down, prices.up):
            if price is not None:
                move = float(price / world.mark(position.symbol) - 1)
                distance = abs(move) / widths[at] * inverse[at, at] ** 0.5
                assert distance >= float(nearest.distance_sigmas - nearest.gap) * NEARLY
