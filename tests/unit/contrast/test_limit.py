"""One threshold means one thing: for a book as it stands, and for the same book while it is followed."""

from decimal import Decimal
from typing import Any

import pytest

import ringfence
from ringfence.contrast.limit import UNITS, Limit, Unit, too_near, why_unknown
from ringfence.contrast.watch import Watch, ladder, watched, why_unjudged
from ringfence.importers import read
from ringfence.margin.nearest import NEVER, NearestMove
from tests.unit.books import reference

KNOWN: dict[str, Any] = {
    "vols": {"BTC": "0.6", "ETH": "0.8", "SOL": "1.0"},
    "correlation": {"default": "0.8"},
}
ACCOUNT = read(reference(**KNOWN))
HEALTH = ringfence.assess(ACCOUNT)


def thresholds(unit: Unit) -> list[Decimal]:
    """Return the distances at which the book passes limits of a unit, by its own figures."""
    held = [p for account in HEALTH.accounts for pool in account.pools for p in pool.positions]
    moves = [pool.nearest for account in HEALTH.accounts for pool in account.pools if pool.positions]
    match unit:
        case "%":
            return [abs(p.distance) * 100 for p in held if p.distance is not None]
        case "sigma":
            return [p.distance_sigmas for p in held if p.distance_sigmas is not None]
        case _:
            return [move.distance_sigmas for move in moves if isinstance(move, NearestMove)]


@pytest.mark.parametrize("unit", UNITS)
def test_a_limit_means_the_same_of_a_book_and_of_a_watch(unit: Unit) -> None:
    places = thresholds(unit)
    assert len(places) >= 2
    for place in places:
        for amount, passed in ((place, 0), (place + Decimal("1e-9"), 1)):
            limit = Limit(amount, unit)
            shown = ladder(watched(ACCOUNT), joint=limit.joint)
            raised = {rung.pool for rung in Watch(limit).passed(shown)}
            assert raised == set(too_near(HEALTH, limit))
            assert len(raised) >= passed


def test_a_joint_limit_names_a_pool_once_however_many_positions_it_holds() -> None:
    limit = Limit(Decimal(1000), "sigma-joint")
    raised = Watch(limit).passed(ladder(watched(ACCOUNT), joint=True))
    assert sorted(rung.pool_name for rung in raised) == ["cross:USDT", "isolated:SOL/USDT:USDT"]


def test_a_pool_that_no_joint_move_kills_is_not_near_and_is_no_gap() -> None:
    limit = Limit(Decimal(1000), "sigma-joint")
    assert why_unknown(limit, [], [NEVER]) == ""
    assert not limit.is_passed(None, None, None)


def test_what_a_unit_needs_is_named_where_the_book_lacks_it() -> None:
    bare = watched(read(reference()))
    assert why_unjudged(bare, Limit(Decimal(10), "%")) == ""
    assert why_unjudged(bare, Limit(Decimal(2), "sigma")) == "the book has no volatility of BTC, ETH, SOL"
    assert why_unjudged(bare, Limit(Decimal(2), "sigma-joint")).startswith("[vols] has no BTC")
    alone = watched(read(reference(vols=KNOWN["vols"])))
    assert why_unjudged(alone, Limit(Decimal(2), "sigma")) == ""
    assert why_unjudged(alone, Limit(Decimal(2), "sigma-joint")).startswith("[correlation] has no")


def test_the_pools_of_several_accounts_are_told_apart() -> None:
    book = reference(**KNOWN)
    venue, on = book.pop("venue"), book.pop("on")
    accounts = [{"name": "a", **book}, {"name": "b", **book}]
    health = ringfence.assess(read({"venue": venue, "on": on, "account": accounts}))
    assert too_near(health, Limit(Decimal(20), "%")) == [
        "a/isolated:SOL/USDT:USDT",
        "b/isolated:SOL/USDT:USDT",
    ]
