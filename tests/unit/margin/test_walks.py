"""Walks along a coin's prices: what is found once, and where nothing is left from the start."""

from dataclasses import replace
from decimal import Decimal, localcontext

from ringfence.core.number import EXACT
from ringfence.margin.curved import walk_along
from ringfence.margin.judge import is_dead
from ringfence.margin.moved import moved
from tests.laws.test_netting_laws import contract, pool, position, rules, world

PERPETUAL = contract(None, None, None)
CALL, OTHER = contract(30, 60_000, "call"), contract(30, 70_000, "call")
HELD = pool((position(CALL, "short", 8), position(PERPETUAL, "long", 100)))


def test_a_walk_is_the_same_whoever_asks_in_the_same_world() -> None:
    here = world([PERPETUAL, CALL], rules())
    assert walk_along(HELD, here, "BTC") is walk_along(HELD, here, "BTC")
    assert walk_along(HELD, here, "BTC") is not walk_along(replace(HELD), here, "BTC")
    assert walk_along(HELD, here, "BTC") is not walk_along(HELD, replace(here), "BTC")


def test_a_death_is_where_the_engine_says_so() -> None:
    here = world([PERPETUAL, CALL], rules())
    with localcontext(EXACT):
        for side in (-1, 1):
            met = walk_along(HELD, here, "BTC").first_death(side)
            assert met is not None
            inside = met.price * (1 - side * Decimal("2e-15"))
            assert is_dead(HELD, moved(here, {"BTC": met.price}))
            assert not is_dead(HELD, moved(here, {"BTC": inside}))


def test_options_that_a_pool_does_not_hold_change_nothing() -> None:
    alone, beside = world([PERPETUAL, CALL], rules()), world([PERPETUAL, CALL, OTHER], rules())
    assert set(beside.without_options_but({CALL.symbol}).market.marks) == {PERPETUAL.symbol, CALL.symbol}
    with localcontext(EXACT):
        assert walk_along(HELD, alone, "BTC").first_death(1) == walk_along(HELD, beside, "BTC").first_death(1)


def test_a_pool_that_has_nothing_loses_the_last_of_it_here() -> None:
    here = world([PERPETUAL], rules())
    empty = replace(pool((position(PERPETUAL, "long", 1),)), collateral={})
    assert walk_along(empty, here, "BTC").equity_zero(-1) == 1
