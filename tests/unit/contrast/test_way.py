"""What an account has and needs along a joint move."""

from decimal import Decimal

import pytest

import ringfence
from ringfence.contrast.way import Way, along
from ringfence.margin.assess import AccountHealth
from ringfence.market import read_shock
from tests.unit.books import reference

MODES = ["isolated", "as-held", "cross"]
FALL = read_shock("all=-50%")


def account(mode: str) -> AccountHealth:
    return ringfence.assess(ringfence.read(reference()), mode=mode).accounts[0]


def end_to_end(mode: str, text: str) -> tuple[Way, Decimal]:
    """Return a way, and what the contrast says the whole joint move costs."""
    contrast = ringfence.compare(ringfence.read(reference()), modes=[mode], shocks=[read_shock(text)])
    return along(contrast.outcomes[0].health, read_shock(text)), contrast.outcomes[0].shocks[0].loss


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", ["all=-50%", "all=+50%", "BTC=-40%"])
def test_a_way_begins_today_and_ends_where_the_shock_of_the_contrast_does(mode: str, text: str) -> None:
    way, loss = end_to_end(mode, text)
    health = account(mode)
    assert way.points[0].equity == health.equity
    assert abs(way.points[0].equity - way.points[-1].equity - loss) < Decimal("1e-15")


@pytest.mark.parametrize("mode", MODES)
def test_the_pools_that_die_on_the_way_are_those_that_the_contrast_calls_dead(mode: str) -> None:
    contrast = ringfence.compare(ringfence.read(reference()), modes=[mode], shocks=[FALL])
    way = along(contrast.outcomes[0].health, FALL)
    assert {death.pool for death in way.deaths} == set(contrast.outcomes[0].shocks[0].dead)


def test_where_a_pool_dies_equity_and_requirement_fall_by_what_it_had_and_needed() -> None:
    way = along(account("as-held"), FALL)
    (death,) = way.deaths
    before, after = [p for p in way.points if p.share == death.share]
    lost, spared = before.equity - after.equity, before.requirement - after.requirement
    # It dies where its equity is its requirement, so both fall by the same amount.
    assert lost > 0
    assert abs(lost - spared) < Decimal("1e-15")


def test_a_way_is_walked_in_order_and_twice_where_a_pool_dies() -> None:
    way = along(account("cross"), read_shock("BTC=-50%,SOL=-98%"), steps=7)
    shares = [point.share for point in way.points]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(shares) == 8 + 2 * len(way.deaths)
