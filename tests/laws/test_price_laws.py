"""What holds of liquidation prices, whatever is held."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from ringfence.book import Position
from ringfence.core.number import ZERO
from ringfence.margin.assess import assess
from ringfence.margin.crossings import crossings_of
from ringfence.margin.curved import is_curved
from ringfence.margin.judge import Judgement, is_triggered, judge
from ringfence.margin.pools import Pool
from ringfence.margin.prices import position_prices
from ringfence.margin.world import World
from tests.laws.books import Account, accounts, alone, decimals
from tests.laws.figures import same, size
from tests.laws.predicates import hedge_mode, rounds_nothing, same_trigger_in_both_scopes, sum_of_powers
from tests.laws.stages import Stage, on_stages, tries


def standing(data: st.DataObject, account: Account) -> tuple[Pool, Judgement]:
    """Return a pool of the account that has positions and is clear of its trigger."""
    judged = [(pool, judge(pool, account.world)) for pool in account.pools if pool.positions]
    clear = [pair for pair in judged if pair[1].buffer > 0]
    assume(clear)
    return clear[data.draw(st.integers(0, len(clear) - 1))]


def tick(position: Position, world: World) -> Decimal:
    """Return a step of the price that is seen: a hair, or where the venue rounds a few of its units."""
    price = world.mark(position.symbol)
    rounding = world.rules.rounding(world.facts(position))
    units = ZERO if rounding is None else 10 * rounding.quantum * price / world.value(position)
    return price * Decimal("1e-20") + units


@on_stages(sum_of_powers)
@tries(6)
@given(data=st.data())
def test_the_trigger_is_false_a_tick_before_a_liquidation_price_and_true_a_tick_beyond(
    stage: Stage, data: st.DataObject
) -> None:
    account = data.draw(accounts(stage))
    pool, judged = standing(data, account)
    for position in pool.positions:
        prices = position_prices(pool, judged, account.world, position)
        step, mark = tick(position, account.world), account.world.mark(position.symbol)
        for price, direction in ((prices.down, -1), (prices.up, 1)):
            if price is not None and abs(price - mark) > step:
                before = account.world.moved(position.symbol, price - direction * step)
                beyond = account.world.moved(position.symbol, price + direction * step)
                assert not is_triggered(judge(pool, before), before)
                assert is_triggered(judge(pool, beyond), beyond)


@on_stages(sum_of_powers)
@tries(2)
@given(data=st.data())
def test_the_verdict_changes_at_every_crossing_and_the_first_is_the_liquidation_price(
    stage: Stage, data: st.DataObject
) -> None:
    account = data.draw(accounts(stage))
    pool, judged = standing(data, account)
    if is_curved(pool, account.world):
        return
    for label, found in crossings_of(pool, judged, account.world).items():
        position = next(p for p in pool.positions if p.label == label)
        prices = position_prices(pool, judged, account.world, position)
        first = tuple(side[0].price if side else None for side in (found.down, found.up))
        assert first == (prices.down, prices.up)
        step, mark = tick(position, account.world), account.world.mark(position.symbol)
        for side, direction in ((found.down, -1), (found.up, 1)):
            prices_met = [mark, *(one.price for one in side)]
            apart = all(abs(b - a) > 2 * step for a, b in pairwise(prices_met))
            for change in side if apart else ():
                before = account.world.moved(position.symbol, change.price - direction * step)
                beyond = account.world.moved(position.symbol, change.price + direction * step)
                assert is_triggered(judge(pool, before), before) != change.dies
                assert is_triggered(judge(pool, beyond), beyond) == change.dies


@on_stages(sum_of_powers)
@tries(6)
@given(data=st.data())
def test_where_the_crossing_is_a_root_the_buffer_is_zero(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage))
    pool, judged = standing(data, account)
    for position in pool.positions:
        prices = position_prices(pool, judged, account.world, position)
        if prices.liquidation is not None and prices.crossing == "root":
            there = judge(pool, account.world.moved(position.symbol, prices.liquidation))
            assert same(there.buffer, ZERO, size(there))


@on_stages(sum_of_powers)
@tries(4)
@given(data=st.data())
def test_between_the_two_liquidation_prices_no_price_triggers(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage))
    pool, judged = standing(data, account)
    position = pool.positions[data.draw(st.integers(0, len(pool.positions) - 1))]
    prices, mark = position_prices(pool, judged, account.world, position), account.world.mark(position.symbol)
    step = tick(position, account.world)
    low = mark / 50 if prices.down is None else prices.down + step
    high = mark * 50 if prices.up is None else prices.up - step
    assume(low < high)
    for _ in range(4):
        price = low + (high - low) * data.draw(decimals("0", "1", 4))
        there = account.world.moved(position.symbol, price)
        assert not is_triggered(judge(pool, there), there)


@on_stages(same_trigger_in_both_scopes)
@tries(4)
@given(data=st.data())
def test_one_position_in_one_pool_dies_at_the_same_price_isolated_or_cross(
    stage: Stage, data: st.DataObject
) -> None:
    account = data.draw(accounts(stage, modes=("isolated",), most=1, hedge=False))
    (isolated,) = (pool for pool in account.pools if pool.kind == "isolated")
    cross = alone(isolated.positions[0], account.world, isolated.collateral[isolated.unit])
    one, other = (
        position_prices(pool, judge(pool, account.world), account.world, pool.positions[0])
        for pool in (isolated, cross)
    )
    assert (one.down, one.up, one.crossing) == (other.down, other.up, other.crossing)
    assert (one.bankruptcy, one.recovery) == (other.bankruptcy, other.recovery)


@on_stages(sum_of_powers)
@tries(4)
@given(data=st.data())
def test_added_collateral_never_brings_liquidation_nearer(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage))
    pool, judged = standing(data, account)
    asset = data.draw(st.sampled_from(sorted(pool.collateral)))
    more = judged.maintenance.value * data.draw(decimals("0.01", "2", 2))
    amount = account.world.convert(more, pool.unit, asset)
    richer = with_added(pool, asset, amount)
    after = judge(richer, account.world)
    for poor, rich in zip(pool.positions, richer.positions, strict=True):
        before = position_prices(pool, judged, account.world, poor)
        later = position_prices(richer, after, account.world, rich)
        slack = 2 * tick(poor, account.world)
        assert later.down is None or (before.down is not None and later.down <= before.down + slack)
        assert later.up is None or (before.up is not None and later.up >= before.up - slack)


def with_added(pool: Pool, asset: str, amount: Decimal) -> Pool:
    """Return a pool with more collateral, in the wallet of an isolated position too."""
    positions = tuple(
        p if p.collateral is None else replace(p, extra_collateral=p.extra_collateral + amount)
        for p in pool.positions
    )
    collateral = {**pool.collateral, asset: pool.collateral[asset] + amount}
    return replace(pool, collateral=collateral, positions=positions)


@on_stages(hedge_mode, sum_of_powers)
@tries(4)
@given(data=st.data())
def test_equal_hedge_legs_never_divide_by_zero(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage, modes=("cross",), most=2, hedge=True, leg=Decimal(1)))
    account = account.with_market(
        vols=dict.fromkeys(account.world.market.indices, Decimal("0.6")), correlation_default=Decimal("0.5")
    )
    found = [p for a in assess(account.snapshot()).accounts for pool in a.pools for p in pool.positions]
    assert len(found) == len(account.book.positions)
    for one in found:
        assert all(price is None or price > 0 for price in (one.prices.down, one.prices.up))


@on_stages(hedge_mode, rounds_nothing)
@tries(4)
@given(data=st.data())
def test_what_two_equal_legs_have_earned_does_not_move_with_the_price(
    stage: Stage, data: st.DataObject
) -> None:
    account = data.draw(accounts(stage, modes=("cross",), most=1, hedge=True, leg=Decimal(1)))
    long, short = account.book.positions
    there = account.world.moved(
        long.symbol, account.world.mark(long.symbol) * data.draw(decimals("0.5", "2"))
    )
    before, after = (
        world.unrealized_pnl(long) + world.unrealized_pnl(short) for world in (account.world, there)
    )
    assert same(before, after, there.value(long) + account.world.value(long))
