"""Greeks by coin and expiry: they add up, and they are what the pool's positions gain to first order."""

from decimal import Decimal, localcontext

import pytest

import ringfence
from ringfence.core.number import EXACT
from ringfence.margin.assess import world_of
from ringfence.margin.greeks import Greeks
from ringfence.margin.moved import moved
from tests.unit.margin.test_netting import PERPETUAL, book, option


def greeks(document: dict[str, object]) -> dict[str, Greeks]:
    (pool,) = ringfence.assess(ringfence.read(document)).accounts[0].pools
    return {str(one.expiry): one for one in pool.greeks}


def test_a_book_without_options_has_none() -> None:
    assert greeks(book(PERPETUAL)) == {}


def test_a_perpetual_counts_its_coins() -> None:
    found = greeks(book(PERPETUAL, option("BTC-28JUN24-70000-C")))
    assert found["None"].delta == Decimal("0.314538364")
    assert found["None"].gamma == found["None"].vega == found["None"].theta == 0


def test_what_was_sold_loses_with_volatility_and_gains_with_time() -> None:
    (found,) = greeks(book(option("BTC-28JUN24-70000-C"))).values()
    assert found.delta < 0
    assert found.gamma < 0
    assert found.vega < 0
    assert found.theta > 0


def test_call_and_put_of_one_strike_differ_by_the_coin() -> None:
    (call,) = greeks(book(option("BTC-28JUN24-70000-C", "long"))).values()
    (put,) = greeks(book(option("BTC-28JUN24-70000-P", "long"))).values()
    assert float(call.delta - put.delta) == pytest.approx(1.0, abs=1e-12)
    assert float(call.vega) == pytest.approx(float(put.vega), rel=1e-12)


def test_vega_is_what_a_point_of_volatility_brings() -> None:
    document = book(option("BTC-28JUN24-70000-C", "long", contracts="3"))
    (found,) = greeks(document).values()
    holding = ringfence.read(document).only()
    with localcontext(EXACT):
        world = world_of(holding)
        (position,) = holding.book.positions
        point = Decimal("0.0001") / Decimal("0.6")
        there = moved(world, {"BTC vol": 1 + point})
        gain = (there.claim(position) - world.claim(position)) * 66000 * 100
    assert float(gain) == pytest.approx(float(found.vega), rel=1e-3)
