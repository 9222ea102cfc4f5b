"""What holds of requirements and equity, whatever is held."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ringfence.core.number import ZERO
from ringfence.margin.fill import fill
from ringfence.margin.judge import judge
from ringfence.margin.node import Missing
from ringfence.margin.trade import read_order
from tests.laws.books import accounts, alone, decimals
from tests.laws.figures import need, no_less, same, size
from tests.laws.predicates import (
    leverage_bounded,
    linear_collateral,
    no_fixed_charge,
    rounds_nothing,
    same_price_basis,
    same_trigger_in_both_scopes,
)
from tests.laws.stages import Stage, on_stages, tries


@on_stages(no_fixed_charge)
@tries(5)
@given(data=st.data())
def test_k_copies_of_a_book_need_at_least_k_times_one(stage: Stage, data: st.DataObject) -> None:
    account, k = data.draw(accounts(stage)), data.draw(st.integers(2, 5))
    for one, many in zip(account.pools, account.times(k).pools, strict=True):
        once, often = judge(one, account.world), judge(many, account.world)
        assert no_less(need(often), k * need(once))
        assert not isinstance(once.initial, Missing)
        assert not isinstance(often.initial, Missing)
        assert no_less(often.initial.value, k * once.initial.value)


@on_stages()
@tries(5)
@given(data=st.data())
def test_the_order_of_positions_and_assets_does_not_matter(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage))
    positions = data.draw(st.permutations(account.book.positions))
    assets = data.draw(st.permutations(list(account.book.collateral.items())))
    shuffled = account.with_book(positions=tuple(positions), collateral=dict(assets))
    others = {pool.id: judge(pool, account.world) for pool in shuffled.pools}
    for pool in account.pools:
        one, other = judge(pool, account.world), others[pool.id]
        assert same(one.equity.value, other.equity.value, size(one))
        assert same(need(one), need(other))
        assert not isinstance(one.initial, Missing)
        assert not isinstance(other.initial, Missing)
        assert same(one.initial.value, other.initial.value)


@on_stages(rounds_nothing)
@tries(5)
@given(data=st.data())
def test_an_order_filled_in_parts_leaves_what_it_leaves_filled_whole(
    stage: Stage, data: st.DataObject
) -> None:
    account = data.draw(accounts(stage, modes=("cross",), hedge=False))
    held = data.draw(st.sampled_from(account.book.positions))
    side = data.draw(st.sampled_from(("buy", "sell")))
    price = account.world.mark(held.symbol) * data.draw(decimals("0.9", "1.1"))
    text = f"{side} {{:f}} {held.symbol} @ {price:f} x{held.leverage}"
    parts = [held.contracts * data.draw(decimals("0.1", "2")) for _ in range(2)]
    whole = fill(account.holding(), read_order(text.format(sum(parts)), account.holding()))
    by_parts = account.holding()
    for part in parts:
        by_parts = fill(by_parts, read_order(text.format(part), by_parts))
    once, twice = (
        {pool.id: judge(pool, account.world) for pool in replace(account, book=after.book).pools}
        for after in (whole, by_parts)
    )
    assert once.keys() == twice.keys()
    for pool, judged in once.items():
        assert same(judged.equity.value, twice[pool].equity.value, size(judged))
        assert same(need(judged), need(twice[pool]), size(judged))


@on_stages(same_price_basis, leverage_bounded)
@tries(5)
@given(data=st.data())
def test_maintenance_never_exceeds_initial(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage))
    for pool in account.pools:
        judged = judge(pool, account.world)
        for charge in (one for one in judged.charges if not one.netted):
            assert not isinstance(charge.initial, Missing)
            assert no_less(charge.initial.value, charge.maintenance.value)
        assert not isinstance(judged.initial, Missing)
        assert no_less(judged.initial.value, judged.maintenance.value)


@on_stages(same_trigger_in_both_scopes)
@tries(5)
@given(data=st.data())
def test_one_position_in_one_pool_is_the_same_isolated_or_cross(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage, modes=("isolated",), most=1, hedge=False))
    (isolated,) = (pool for pool in account.pools if pool.kind == "isolated")
    cross = alone(isolated.positions[0], account.world, isolated.collateral[isolated.unit])
    one, other = judge(isolated, account.world), judge(cross, account.world)
    assert one.equity.value == other.equity.value
    assert one.buffer == other.buffer
    assert not isinstance(one.initial, Missing)
    assert not isinstance(other.initial, Missing)
    assert one.initial.value == other.initial.value


@on_stages(linear_collateral)
@tries(5)
@given(data=st.data())
def test_added_collateral_raises_equity_by_its_value(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage))
    pool = data.draw(st.sampled_from(account.pools))
    settles = {account.world.settle(position) for position in account.book.positions}
    asset = data.draw(st.sampled_from(sorted(settles & set(pool.collateral))))
    amount = data.draw(decimals("0.01", "100000", 2))
    richer = replace(pool, collateral={**pool.collateral, asset: pool.collateral[asset] + amount})
    before, after = judge(pool, account.world), judge(richer, account.world)
    rule = stage.rules.collateral(asset) if pool.ratios else None
    ratio = 1 if rule is None else rule.bands[0].ratio * (1 - rule.second_cut)
    counted = account.world.convert(amount * ratio, asset, pool.unit)
    assert same(after.equity.value - before.equity.value, counted, size(after))


@on_stages()
@tries(5)
@given(data=st.data())
def test_added_collateral_never_lowers_equity_and_never_counts_for_more_than_its_price(
    stage: Stage, data: st.DataObject
) -> None:
    account = data.draw(accounts(stage))
    pool = data.draw(st.sampled_from(account.pools))
    asset = data.draw(st.sampled_from(sorted(account.world.market.indices)))
    amount = data.draw(decimals("0.01", "100000", 2))
    richer = replace(pool, collateral={**pool.collateral, asset: pool.collateral.get(asset, ZERO) + amount})
    before, after = judge(pool, account.world), judge(richer, account.world)
    gained = after.equity.value - before.equity.value
    assert no_less(gained, ZERO, size(after))
    assert no_less(account.world.convert(amount, asset, pool.unit), gained, size(after))
