"""What holds of pools and cuts, whatever is held."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal, localcontext

from hypothesis import given
from hypothesis import strategies as st

from ringfence.core.number import LEDGER, ZERO
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.pools import CUTS, MODES, Partition, Pool, partition, pooled_collateral
from ringfence.margin.prices import position_prices
from ringfence.margin.world import World
from tests.laws.books import Account, accounts, moves
from tests.laws.figures import same, size
from tests.laws.predicates import (
    additive_maintenance,
    judged_alone,
    legs_in_full,
    profit_counts,
    same_trigger_in_both_scopes,
)
from tests.laws.stages import Stage, on_stages, tries


def fenced(data: st.DataObject, stage: Stage) -> tuple[Account, tuple[Pool, ...]]:
    """Return an account of isolated positions, and the pools of those that pay in one asset."""
    legs = None if all(legs_in_full(stage, i) for i in stage.instruments) else False
    account = data.draw(accounts(stage, modes=("isolated",), hedge=legs))
    isolated = [pool for pool in account.pools if pool.kind == "isolated"]
    unit = data.draw(st.sampled_from(sorted({pool.unit for pool in isolated})))
    return account, tuple(pool for pool in isolated if pool.unit == unit)


def joined(pools: Iterable[Pool]) -> Pool:
    """Return the cross pool of isolated pools of one asset, with the sum of their wallets."""
    held = tuple(pools)
    unit = held[0].unit
    positions = tuple(
        replace(p, margin_mode="cross", collateral=None) for pool in held for p in pool.positions
    )
    wallet = sum((pool.collateral[unit] for pool in held), ZERO)
    return Pool(f"cross:{unit}", "cross", unit, False, {unit: wallet}, positions)


def deaths(pool: Pool, world: World) -> Iterator[World]:
    """Yield worlds a hair beyond the prices at which some position's price alone kills a pool."""
    judged = judge(pool, world)
    for position in pool.positions:
        prices = position_prices(pool, judged, world, position)
        for price, hair in ((prices.down, 1 - Decimal("1e-20")), (prices.up, 1 + Decimal("1e-20"))):
            if price is not None:
                yield world.moved(position.symbol, price * hair)


@on_stages(additive_maintenance, same_trigger_in_both_scopes, profit_counts)
@tries(4)
@given(data=st.data())
def test_a_cross_pools_buffer_is_the_sum_of_the_isolated_ones(stage: Stage, data: st.DataObject) -> None:
    account, isolated = fenced(data, stage)
    cross = judge(joined(isolated), account.world)
    alone = sum((judge(pool, account.world).buffer for pool in isolated), ZERO)
    assert same(cross.buffer, alone, size(cross))


@on_stages(additive_maintenance, same_trigger_in_both_scopes)
@tries(5)
@given(data=st.data())
def test_the_cross_pool_never_dies_before_the_first_isolated_one(stage: Stage, data: st.DataObject) -> None:
    account, isolated = fenced(data, stage)
    cross = joined(isolated)
    for world in (data.draw(moves(account)).world, *deaths(cross, account.world)):
        if is_triggered(judge(cross, world), world):
            assert any(is_triggered(judge(pool, world), world) for pool in isolated)


def every_partition(account: Account) -> Iterator[Partition]:
    """Yield the account under every mode and cut."""
    for mode in MODES:
        for cut in CUTS if mode == "isolated" else CUTS[:1]:
            yield partition(account.book, account.world, mode, cut)


@on_stages(judged_alone)
@tries(4)
@given(data=st.data())
def test_a_cut_divides_everything(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage))
    account = account.with_market(vols=dict.fromkeys(account.world.market.indices, Decimal("0.6")))
    whole = pooled_collateral(account.book, account.world)
    for cut_up in every_partition(account):
        with localcontext(LEDGER):
            shares: dict[str, Decimal] = dict.fromkeys(whole, ZERO)
            for pool in cut_up.pools:
                for asset, amount in pool.collateral.items():
                    shares[asset] += amount
        assert cut_up.cut == "as-held" or shares == whole


@on_stages(judged_alone)
@tries(6)
@given(data=st.data())
def test_every_position_stands_in_one_pool_or_is_named_as_not_opened(
    stage: Stage, data: st.DataObject
) -> None:
    account = data.draw(accounts(stage))
    account = account.with_market(vols=dict.fromkeys(account.world.market.indices, Decimal("0.6")))
    for cut_up in every_partition(account):
        placed = [p for pool in cut_up.pools for p in pool.positions]
        assert Counter(p.label for p in (*placed, *cut_up.unopened)) == Counter(
            p.label for p in account.book.positions
        )
        assert sorted(p.contracts for p in (*placed, *cut_up.unopened)) == sorted(
            p.contracts for p in account.book.positions
        )
