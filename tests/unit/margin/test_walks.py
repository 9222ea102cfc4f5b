"""Walks along a coin's prices: what is found once, and where the engine says a pool dies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext

from ringfence.book import Instrument, Position
from ringfence.core.number import EXACT
from ringfence.margin.curved import walk_along
from ringfence.margin.judge import is_dead
from ringfence.margin.moved import moved
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.market import Market
from ringfence.venue import load

AT = datetime(2024, 7, 1, 8, tzinfo=UTC)
INDEX = Decimal(60_000)


def call(strike: int) -> Instrument:
    day = (AT + timedelta(days=30)).date()
    return Instrument(
        symbol=f"BTC/USD:BTC-{day:%y%m%d}-{strike}-C",
        underlying="BTC",
        quote="USD",
        settle="BTC",
        payoff="option",
        contract_size=Decimal(1),
        expiry=day,
        strike=Decimal(strike),
        right="call",
    )


PERPETUAL = Instrument("BTC/USD:BTC", "BTC", "USD", "BTC", "inverse", Decimal(1))
CALL, OTHER = call(60_000), call(70_000)
LONG = Position(PERPETUAL.symbol, "long", Decimal(100_000), Decimal(1), INDEX)
HELD = Pool(
    "cross:BTC", "cross", "BTC", ratios=False, collateral={"BTC": Decimal(3)},
    positions=(Position(CALL.symbol, "short", Decimal(8), Decimal(1), Decimal("0.05")), LONG),
)  # fmt: skip


def world(*held: Instrument) -> World:
    symbols = {one.symbol: one for one in held}
    quoted = [s for s, one in symbols.items() if one.is_option]
    market = Market(
        marks={PERPETUAL.symbol: INDEX} | dict.fromkeys(quoted, Decimal("0.05")),
        indices={"BTC": INDEX},
        underlyings=dict.fromkeys(symbols, "BTC"),
        implied_vols=dict.fromkeys(quoted, Decimal("0.6")),
        forwards=dict.fromkeys(quoted, INDEX),
    )
    return World(market, symbols, load("deribit", AT, "portfolio"), at=AT)


def test_a_walk_is_the_same_whoever_asks_in_the_same_world() -> None:
    here = world(PERPETUAL, CALL)
    assert walk_along(HELD, here, "BTC") is walk_along(HELD, here, "BTC")
    assert walk_along(HELD, here, "BTC") is not walk_along(replace(HELD), here, "BTC")
    assert walk_along(HELD, here, "BTC") is not walk_along(HELD, replace(here), "BTC")


def test_a_death_is_where_the_engine_says_so() -> None:
    here = world(PERPETUAL, CALL)
    with localcontext(EXACT):
        for side in (-1, 1):
            met = walk_along(HELD, here, "BTC").first_death(side)
            assert met is not None
            inside = met.price * (1 - side * Decimal("2e-15"))
            assert is_dead(HELD, moved(here, {"BTC": met.price}))
            assert not is_dead(HELD, moved(here, {"BTC": inside}))


def test_options_that_a_pool_does_not_hold_change_nothing() -> None:
    alone, beside = world(PERPETUAL, CALL), world(PERPETUAL, CALL, OTHER)
    assert set(beside.without_options_but({CALL.symbol}).market.marks) == {PERPETUAL.symbol, CALL.symbol}
    with localcontext(EXACT):
        assert walk_along(HELD, alone, "BTC").first_death(1) == walk_along(HELD, beside, "BTC").first_death(1)


def test_a_pool_that_has_nothing_has_nothing_to_lose() -> None:
    here = world(PERPETUAL)
    empty = replace(HELD, positions=(LONG,), collateral={})
    assert walk_along(empty, here, "BTC").equity_zero(-1) is None


def test_a_walk_that_is_to_end_early_says_the_same_as_far_as_it_goes() -> None:
    with localcontext(EXACT):
        whole = walk_along(HELD, world(PERPETUAL, CALL), "BTC").first_death(1)
        assert whole is not None
        for share, is_met in (("0.5", False), ("0.99", None), ("1", True), ("2", True)):
            here = world(PERPETUAL, CALL)
            move = (whole.price - 1) * Decimal(share)
            met = walk_along(HELD, here, "BTC").first_death_within(1, 1 + move)
            assert met in {None, whole}
            assert is_met is None or (met is not None) == is_met
            assert walk_along(HELD, here, "BTC").first_death(1) == whole


def test_options_that_are_paid_for_under_rules_that_ask_nothing_never_die() -> None:
    bought = replace(
        HELD, positions=(Position(CALL.symbol, "long", Decimal(8), Decimal(1), Decimal("0.05")),)
    )
    alone = replace(world(PERPETUAL, CALL), rules=load("deribit", AT, "standard"))
    with localcontext(EXACT):
        for price in ("0.0001", "0.5", "1", "3", "20"):
            assert not is_dead(bought, moved(alone, {"BTC": Decimal(price)}))
        walk = walk_along(bought, alone, "BTC")
        assert [*walk.deaths(-1), *walk.deaths(1)] == []
    indebted = replace(bought, collateral={"BTC": Decimal("-0.3")})
    with localcontext(EXACT):
        assert walk_along(indebted, alone, "BTC").first_death(-1) is not None
