"""What holds of the contagion matrix, whatever is held."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from hypothesis import assume, given
from hypothesis import strategies as st

from ringfence.contrast import ContagionMatrix
from ringfence.contrast.contagion import WAYS, Cell, Row, contagion_matrix
from ringfence.core.number import ZERO
from ringfence.margin.assess import AccountHealth, assess_partition
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.moved import moved
from ringfence.margin.pools import Pool, partition
from ringfence.margin.world import World
from tests.laws.books import Account, accounts, decimals
from tests.laws.figures import same
from tests.laws.predicates import nothing_nets
from tests.laws.stages import Stage, on_stages, tries

CUT: Final = "equal-leverage"
"""Divides everything, and opens every position."""
DIRECTION: Final = dict(WAYS)


def shown(account: Account, mode: str) -> tuple[AccountHealth, ContagionMatrix]:
    """Return an account in a mode, and its contagion matrix."""
    book, world = account.book, account.world
    health = assess_partition(book, world, partition(book, world, mode, CUT))
    return health, contagion_matrix(book, world, mode, health, CUT)


def cells(matrix: ContagionMatrix) -> Iterator[tuple[Row, Cell]]:
    """Yield every cell with its row."""
    for row in matrix.rows:
        for cell in row.cells:
            yield row, cell


def tick(pool: Pool, world: World, coin: str) -> Decimal:
    """Return a step of a coin's factor that is seen: a hair, or where the venue rounds a few of its units."""
    step = Decimal("1e-20")
    for position in pool.positions:
        rounding = world.rules.rounding(world.facts(position))
        if rounding is not None and coin in {
            world.instrument(position.symbol).underlying,
            world.settle(position),
        }:
            step += 10 * rounding.quantum / world.value(position)
    return step


def dies(pool: Pool, world: World, coin: str, move: Decimal) -> bool:
    """Return whether a pool is past its trigger after a coin's move."""
    there = moved(world, {coin: 1 + move})
    return is_triggered(judge(pool, there), there)


@on_stages(nothing_nets)
@tries(6)
@given(data=st.data())
def test_a_tick_beyond_the_move_of_a_cell_its_pool_dies_and_a_tick_before_it_lives(
    stage: Stage, data: st.DataObject
) -> None:
    account = data.draw(accounts(stage))
    mode = data.draw(st.sampled_from(("as-held", "cross")))
    health, matrix = shown(account, mode)
    pools = {one.pool.id: one.pool for one in health.pools}
    for row, cell in cells(matrix):
        if cell.move is None or cell.pool is None:
            continue
        pool, direction = pools[cell.pool], DIRECTION[row.direction]
        step = tick(pool, account.world, row.moves)
        if cell.move == 0:
            assert is_triggered(judge(pool, account.world), account.world)
        elif abs(cell.move) > step and 1 + cell.move > step:
            assert cell.move * direction > 0
            assert dies(pool, account.world, row.moves, cell.move + direction * step)
            assert not dies(pool, account.world, row.moves, cell.move - direction * step)


@on_stages(nothing_nets)
@tries(4)
@given(data=st.data())
def test_where_a_cell_says_never_no_move_tried_kills_its_pool(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage))
    health, matrix = shown(account, "cross")
    pools = {one.pool.id: one.pool for one in health.pools}
    far = {"down": -data.draw(decimals("0.01", "0.999")), "up": data.draw(decimals("0.01", "40"))}
    for row, cell in cells(matrix):
        if cell.move is None and cell.pool is not None:
            assert not dies(pools[cell.pool], account.world, row.moves, far[row.direction])


@on_stages(nothing_nets)
@tries(4)
@given(data=st.data())
def test_nothing_isolated_dies_of_contagion(stage: Stage, data: st.DataObject) -> None:
    _, matrix = shown(data.draw(accounts(stage)), "isolated")
    assert not matrix.infected
    assert all(not cell.loss for _, cell in cells(matrix))


@on_stages(nothing_nets)
@tries(6)
@given(data=st.data())
def test_what_dies_of_contagion_would_have_lived_in_its_own_pool(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage, most=3))
    _, matrix = shown(account, data.draw(st.sampled_from(("as-held", "cross"))))
    alone = partition(account.book, account.world, "isolated", CUT).pools
    own = {pool.positions[0].label: pool for pool in alone if pool.kind == "isolated"}
    for row, cell in cells(matrix):
        assert cell.loss is None or cell.loss >= 0
        assert cell.contagion or not cell.loss
        if cell.contagion and cell.move is not None:
            assert not dies(own[cell.position], account.world, row.moves, cell.move)


@on_stages(nothing_nets)
@tries(6)
@given(data=st.data())
def test_the_matrix_of_one_position_is_its_liquidation_prices(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage, most=1, hedge=False))
    (position,) = account.book.positions
    mode = data.draw(st.sampled_from(("as-held", "cross", "isolated")))
    health, matrix = shown(account, mode)
    prices = next(p.prices for pool in health.pools for p in pool.positions)
    mark = account.world.mark(position.symbol)
    own = {
        r.direction: r.cells[0]
        for r in matrix.rows
        if r.moves == account.world.instrument(position.symbol).underlying
    }
    assert not matrix.infected
    for cell, price in ((own["down"], prices.down), (own["up"], prices.up)):
        move = cell.move
        assert (move is None) == (price is None)
        assert move is None or price is None or same(mark * (1 + move), price, mark + price)


@on_stages(nothing_nets)
@tries(5)
@given(data=st.data())
def test_added_collateral_never_brings_a_cell_nearer(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage, modes=("cross",)))
    assume(any(account.book.collateral.values()))
    asset = data.draw(st.sampled_from(sorted(account.book.collateral)))
    more = account.book.collateral[asset] + data.draw(decimals("0.01", "1000", 2))
    richer = replace(account, book=replace(account.book, collateral={**account.book.collateral, asset: more}))
    (health, before), (_, after) = shown(account, "cross"), shown(richer, "cross")
    pools = {one.pool.id: one.pool for one in health.pools}
    rows = {(row.moves, row.direction): row for row in after.rows}
    for row, cell in cells(before):
        later = next(c for c in rows[row.moves, row.direction].cells if c.position == cell.position)
        if cell.pool is None or later.move is None:
            continue
        assert cell.move is not None
        assert abs(later.move) >= abs(cell.move) - 2 * tick(pools[cell.pool], account.world, row.moves)


@on_stages(nothing_nets)
@tries(4)
@given(data=st.data())
def test_every_edge_into_a_pool_is_a_move_that_closes_it(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage))
    _, matrix = shown(account, "cross")
    moves = {(row.moves, row.direction, cell.pool, cell.move) for row, cell in cells(matrix)}
    nodes = {node.id: node.kind for node in matrix.graph.nodes}
    for edge in matrix.graph.edges:
        if nodes[edge.target] == "pool":
            assert (edge.moves, edge.direction, edge.target, edge.move) in moves
        else:
            assert nodes[edge.source] == "pool"
            reached = [
                cell.move
                for _, cell in cells(matrix)
                if cell.position == edge.target and cell.move is not None
            ]
            assert abs(edge.move) == min(map(abs, reached), default=ZERO)
