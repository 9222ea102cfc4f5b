"""What holds of shocks: of what they change, of what is needed to live through them, of what they cost."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from ringfence.contrast import compare
from ringfence.core.number import ZERO
from ringfence.liquidation import net_worth
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.pools import Pool
from ringfence.margin.survive import Survival, survive
from ringfence.market import Shock
from ringfence.market.shock import STABLE
from tests.laws.books import Account, accounts, decimals
from tests.laws.figures import no_less
from tests.laws.predicates import linear_collateral
from tests.laws.stages import Stage, on_stages, tries

NOTHING = Shock("nothing", {})


@st.composite
def shocks(draw: st.DrawFn, account: Account) -> Shock:
    """Return a joint move of every coin of the account, down by 60 % or up by 80 % at most."""
    coins = [coin for coin in account.world.market.indices if coin not in STABLE]
    return Shock("drawn", {coin: draw(decimals("-0.6", "0.8", 2)) for coin in coins})


@on_stages()
@tries(6)
@given(data=st.data())
def test_a_shock_of_zero_changes_nothing(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage))
    there = account.world.shocked(NOTHING)
    judged = {pool.id: judge(pool, account.world) for pool in account.pools}
    assert {pool.id: judge(pool, there) for pool in account.pools} == judged
    rows = survive(account.snapshot(), NOTHING, [("as-held", "as-held")])
    for _, _, row in rows:
        assert row.lives is not is_triggered(judged[row.pool], account.world)
        assert row.has == judged[row.pool].collateral.value


@on_stages()
@tries(3)
@given(data=st.data())
def test_a_shock_of_zero_costs_nothing_where_every_pool_stands(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage))
    for outcome in compare(account.snapshot(), shocks=[NOTHING]).outcomes:
        (after,) = outcome.shocks
        pools = outcome.health.pools
        assert after.dead == tuple(p.pool.id for p in pools if p.status in {"liquidatable", "bankrupt"})
        if not after.dead:
            assert (after.loss, after.bad_debt) == (ZERO, ZERO)


@on_stages(linear_collateral)
@tries(3)
@given(data=st.data())
def test_what_must_be_had_to_survive_is_the_least_with_which_the_pool_lives(
    stage: Stage, data: st.DataObject
) -> None:
    account = data.draw(accounts(stage))
    shock = data.draw(shocks(account))
    pools = [(pool, asset) for pool in account.pools for asset in _steady(pool, stage)]
    assume(pools)
    pool, asset = pools[data.draw(st.integers(0, len(pools) - 1))]
    row = _survival(account, shock, pool)
    hair = Decimal("1e-20") * (abs(row.has) + abs(row.must_have))
    for enough, lives in ((row.must_have + hair, True), (row.must_have - hair, False)):
        more = (enough - row.has) / _ratio(pool, asset, stage)
        assume(not pool.ratios or pool.collateral[asset] + more > 0)
        assert _survival(_with_more(account, pool, asset, more), shock, pool).lives is lives


def _steady(pool: Pool, stage: Stage) -> list[str]:
    """Return the settlement asset of a pool's first position, where no shock moves its price in the pool's unit.

    In a model a requirement may hang on what of other assets is held: more of those is another question.
    """
    contracts = {i.symbol: i.settle for i in stage.instruments}
    settles = {contracts[p.symbol] for p in pool.positions[:1]} & set(pool.collateral)
    return sorted(a for a in settles if pool.positions and (a == pool.unit or {a, pool.unit} <= STABLE))


def _ratio(pool: Pool, asset: str, stage: Stage) -> Decimal:
    rule = stage.rules.collateral(asset) if pool.ratios else None
    return Decimal(1) if rule is None else rule.bands[0].ratio * (1 - rule.second_cut)


def _survival(account: Account, shock: Shock, pool: Pool) -> Survival:
    rows = survive(account.snapshot(), shock, [("as-held", "as-held")])
    return next(row for _, _, row in rows if row.pool == pool.id)


def _with_more(account: Account, pool: Pool, asset: str, amount: Decimal) -> Account:
    """Return the account with more of an asset in one of its pools."""
    if pool.kind == "cross":
        collateral = dict(account.book.collateral)
        return account.with_book(collateral={**collateral, asset: collateral.get(asset, ZERO) + amount})
    positions = tuple(
        replace(p, extra_collateral=p.extra_collateral + amount) if p.label == pool.positions[0].label else p
        for p in account.book.positions
    )
    return account.with_book(positions=positions)


@on_stages()
@tries(3)
@given(data=st.data())
def test_no_shock_costs_more_than_what_the_owner_has(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(accounts(stage))
    shock = data.draw(shocks(account))
    for outcome in compare(account.snapshot(), shocks=[shock]).outcomes:
        world, health = replace(account.world, rules=outcome.health.rules), outcome.health
        had = sum(
            (
                world.convert(max(net_worth(p.pool, world), ZERO), p.pool.unit, health.unit)
                for p in health.pools
            ),
            ZERO,
        )
        assert no_less(had, outcome.shocks[0].loss)
        assert outcome.shocks[0].bad_debt >= 0
