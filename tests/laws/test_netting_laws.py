"""Options and portfolio models: what holds of every book, under every pack that has either."""

from dataclasses import replace
from decimal import Decimal
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ringfence.book import Instrument, Position
from ringfence.core.number import ZERO
from ringfence.margin.curved import is_curved
from ringfence.margin.curved_prices import base_of, prices_of
from ringfence.margin.fill import fill
from ringfence.margin.judge import is_dead, is_triggered, judge
from ringfence.margin.moved import moved
from ringfence.margin.netting import maintenance_alone, netted
from ringfence.margin.node import Missing
from ringfence.margin.pools import Pool
from ringfence.margin.survive import survive
from ringfence.margin.trade import read_order
from ringfence.margin.world import World
from ringfence.market import Shock
from ringfence.venue import RulePack
from ringfence.venue.offsets import Extended, ScenarioRow, Scenarios, ScenarioSet
from tests.laws.books import Account, decimals
from tests.laws.option_books import only, option_accounts, option_world, spread
from tests.laws.option_stages import by_scenarios, is_option, nets, on_option_stages, revalues, stands_alone
from tests.laws.stages import Stage, tries

FLOAT = Decimal("1e-9")
"""Share of what a figure was made of by which sums of float64 may differ."""


def with_models(rules: RulePack, change: str) -> RulePack:
    """Return rules whose portfolio models are simpler: ``plain`` without what is not a worst result, or ``linear``."""
    lists = dict(rules.lists)
    lists["offset"] = tuple(
        _simpler(one, change) if isinstance(one, Scenarios) else one for one in lists["offset"]
    )
    return replace(rules, lists=lists)


def _simpler(rule: Scenarios, change: str) -> Scenarios:
    """Return a model without charges, rounding and what favours a book that is cut up; ``linear``: at no far edge."""

    def of(far: Extended | None) -> Extended | None:
        return None if far is None or change == "linear" else structs.replace(far, dampener=None)

    sets = tuple(
        structs.replace(one, extended=of(one.extended), rows=_rows(one, change)) for one in rule.sets
    )
    sets = tuple(one for one in sets if one.rows or one.moves or one.range)
    discount = (
        None if change == "linear" else rule.discount
    )  # it counts what is owed for more than what is owned
    return structs.replace(rule, sets=sets, charges=(), worst_digits=None, gains_cap=None, discount=discount)


def _rows(one: ScenarioSet, change: str) -> tuple[ScenarioRow, ...]:
    """Return the rows of a set: for what is bought without skews, which count what would be gained as lost."""
    return tuple(row for row in one.rows if change != "bought" or row.vol not in {"skew", "wings"})


def plain(account: Account, change: str = "plain") -> Account:
    """Return an account under scenarios alone."""
    return replace(account, world=replace(account.world, rules=with_models(account.world.rules, change)))


def netting_pools(account: Account) -> list[Pool]:
    """Return the pools of an account whose positions all net."""
    return [
        pool
        for pool in account.pools
        if pool.positions
        and all(account.world.rules.offset(account.world.facts(p)) is not None for p in pool.positions)
    ]


def needs(pool: Pool, world: World) -> Decimal:
    return netted(pool, world).maintenance.value


def gross(pool: Pool, world: World) -> Decimal:
    """Return the size of what a pool holds, in its unit: coins at their price."""
    return sum(
        (
            world.convert(world.coins(p), world.instrument(p.symbol).underlying, pool.unit)
            for p in pool.positions
        ),
        ZERO,
    )


# --- joint scenarios ---------------------------------------------------------------------------------


@on_option_stages(nets)
@tries(15)
@given(data=st.data())
def test_a_joint_worst_scenario_is_no_worse_than_the_separate_ones(stage: Stage, data: st.DataObject) -> None:
    account = plain(data.draw(option_accounts(stage)))
    for pool in netting_pools(account):
        bare = only(pool, *(p.label for p in pool.positions))
        apart = sum((needs(only(pool, p.label), account.world) for p in pool.positions), ZERO)
        assert needs(bare, account.world) <= apart + FLOAT * gross(pool, account.world)


@on_option_stages(nets)
@tries(10)
@given(data=st.data(), move=st.sampled_from([Decimal("-0.4"), Decimal("0.07"), Decimal("0.9")]))
def test_one_more_scenario_never_lowers_a_requirement(
    stage: Stage, data: st.DataObject, move: Decimal
) -> None:
    account = data.draw(option_accounts(stage))
    more = ScenarioSet(name="more", moves=(move,), vols=("up", "down"))
    lists = dict(account.world.rules.lists)
    lists["offset"] = tuple(
        structs.replace(one, sets=(*one.sets, more)) if isinstance(one, Scenarios) else one
        for one in lists["offset"]
    )
    there = replace(account.world, rules=replace(account.world.rules, lists=lists))
    for pool in netting_pools(account):
        assert needs(pool, there) >= needs(pool, account.world)


@on_option_stages(revalues, is_option)
@tries(10)
@given(data=st.data())
def test_a_bought_option_that_nets_needs_no_more_than_it_is_worth(stage: Stage, data: st.DataObject) -> None:
    account = plain(data.draw(option_accounts(stage, most=1)), "bought")
    for pool in netting_pools(account):
        bought = tuple(replace(p, side="long") for p in pool.positions)
        alone, world = replace(pool, positions=bought, collateral={}), account.world
        worth = sum((world.convert(world.value(p), world.settle(p), pool.unit) for p in bought), ZERO)
        assert needs(alone, world) <= worth + FLOAT * gross(pool, world)


@on_option_stages(stands_alone, is_option)
@tries(10)
@given(data=st.data())
def test_a_bought_option_needs_no_more_than_it_is_worth(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(option_accounts(stage, most=1))
    for pool in account.pools:
        bought = replace(pool, positions=tuple(replace(p, side="long") for p in pool.positions))
        for one in judge(bought, account.world).charges:
            assert not isinstance(one.initial, Missing)
            assert one.maintenance.value <= one.initial.value <= one.value


@on_option_stages(by_scenarios)
@tries(10)
@given(data=st.data())
def test_put_call_parity_needs_nothing(stage: Stage, data: st.DataObject) -> None:
    """A bought call, a sold put and a sold future (or stock) are an amount that no scenario changes."""
    call, put, future = data.draw(st.sampled_from(parity_books(stage)))
    world = replace(data.draw(worlds(stage, [call, put, future])), rules=with_models(stage.rules, "linear"))
    coins = Decimal(data.draw(st.integers(1, 50)))
    pool = parity(call, put, future, coins, world)
    assert needs(pool, world) <= Decimal("1e-8") * gross(pool, world)


def parity_books(stage: Stage) -> list[tuple[Instrument, Instrument, Instrument]]:
    """Return calls, puts and futures of a stage that cancel: paid in the same, on the same coin."""
    calls = [i for i in stage.instruments if i.right == "call"]
    return [
        (call, put, future)
        for call in calls
        for put in stage.instruments
        for future in stage.instruments
        if put.right == "put"
        and (put.strike, put.expiry) == (call.strike, call.expiry)
        and future.payoff in ({"inverse"} if call.pays_in_coin else {"linear", "spot"})
        and future.expiry is None
        and all((one.underlying, one.settle) == (call.underlying, call.settle) for one in (put, future))
    ]


@st.composite
def worlds(draw: st.DrawFn, stage: Stage, held: list[Instrument]) -> World:
    """Return a world in which a call and a put of one strike are quoted at one volatility."""
    world = option_world(draw, stage, held)
    vol = draw(decimals("0.3", "1.5", 2))
    vols = dict.fromkeys(world.market.implied_vols, vol)
    from tests.laws.option_stages import with_model_marks

    return with_model_marks(replace(world, market=replace(world.market, implied_vols=vols)))


def parity(call: Instrument, put: Instrument, future: Instrument, coins: Decimal, world: World) -> Pool:
    """Return a pool of a bought call, a sold put and the sold future that undoes them."""

    def held(one: Instrument, side: Literal["long", "short"], coin_size: Decimal) -> Position:
        size = one.contract_size or Decimal(1)
        return Position(one.symbol, side, coin_size / size, size, world.mark(one.symbol))

    assert call.strike is not None
    sold = coins * call.strike if call.pays_in_coin else coins
    positions = (held(call, "long", coins), held(put, "short", coins), held(future, "short", sold))
    asset = call.settle
    return Pool(f"cross:{asset}", "cross", asset, ratios=False, collateral={}, positions=positions)


# --- order, parts, copies ----------------------------------------------------------------------------


@on_option_stages()
@tries(8)
@given(data=st.data())
def test_order_does_not_matter(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(option_accounts(stage))
    for pool in account.pools:
        one, other = (
            judge(replace(pool, positions=held), account.world)
            for held in (pool.positions, pool.positions[::-1])
        )
        assert abs(one.need - other.need) <= FLOAT * spread(one)
        assert abs(one.equity.value - other.equity.value) <= FLOAT * spread(one)


@on_option_stages()
@tries(5)
@given(data=st.data())
def test_an_order_may_be_filled_in_parts(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(option_accounts(stage))
    held = data.draw(st.sampled_from(account.book.positions))
    side = data.draw(st.sampled_from(("buy", "sell")))
    text = f"{side} {{:f}} {held.symbol} @ {account.world.mark(held.symbol):f}"
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
        assert abs(judged.equity.value - twice[pool].equity.value) <= FLOAT * spread(judged)
        assert abs(judged.need - twice[pool].need) <= FLOAT * spread(judged)


@on_option_stages()
@tries(8)
@given(data=st.data(), times=st.integers(2, 7))
def test_copies_of_a_book_need_at_least_as_many_times_one(
    stage: Stage, data: st.DataObject, times: int
) -> None:
    account = data.draw(option_accounts(stage))
    for once, copies in zip(account.pools, account.times(times).pools, strict=True):
        one, many = judge(once, account.world), judge(copies, account.world)
        rounded = sum((_digit(p, once, account.world) for p in once.positions), ZERO)
        assert many.need >= one.need * times - FLOAT * spread(many) - rounded * times


def _digit(position: Position, pool: Pool, world: World) -> Decimal:
    """Return the last digits to which a model rounds its worst result, in the pool's unit."""
    rule = world.rules.offset(world.facts(position))
    digits = rule.worst_digits if isinstance(rule, Scenarios) else None
    return (
        ZERO
        if digits is None
        else world.convert(Decimal(2).scaleb(-digits), world.settle(position), pool.unit)
    )


@on_option_stages()
@tries(8)
@given(data=st.data())
def test_maintenance_never_exceeds_initial(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(option_accounts(stage))
    for pool in account.pools:
        for one in judge(pool, account.world).charges:
            if not one.netted and not isinstance(one.initial, Missing):
                assert one.maintenance.value <= one.initial.value + FLOAT * one.value
        if pool in netting_pools(account):
            together = netted(pool, account.world)
            assert together.maintenance.value <= together.initial.value


@on_option_stages()
@tries(8)
@given(data=st.data())
def test_what_is_searched_with_is_what_is_shown(stage: Stage, data: st.DataObject) -> None:
    """The short way to a verdict agrees with the tree, but for the order in which options are added up."""
    account = data.draw(option_accounts(stage))
    for pool in account.pools:
        judged = judge(pool, account.world)
        if pool in netting_pools(account):
            assert abs(maintenance_alone(pool, account.world) - judged.netted) <= FLOAT * spread(judged)
        if abs(judged.buffer) > FLOAT * spread(judged):
            assert is_dead(pool, account.world) == is_triggered(judged, account.world)


# --- prices ------------------------------------------------------------------------------------------


@on_option_stages()
@tries(3)
@given(data=st.data())
def test_a_curved_pool_lives_a_hair_before_its_liquidation_price_and_not_a_hair_beyond(
    stage: Stage, data: st.DataObject
) -> None:
    account = data.draw(option_accounts(stage, most=3, wallet=("1.1", "4")))
    for pool in (p for p in account.pools if p.positions and is_curved(p, account.world)):
        judged = judge(pool, account.world)
        if judged.buffer <= FLOAT * spread(judged):
            continue
        prices = prices_of(pool, judged, account.world)
        for position in pool.positions:
            coin, base = (
                account.world.instrument(position.symbol).underlying,
                base_of(position, account.world),
            )
            for price, way in ((prices[position.label].down, -1), (prices[position.label].up, 1)):
                if price is not None:
                    before, beyond = (price / base * (1 + way * hair) for hair in (-FLOAT, FLOAT))
                    assert not is_dead(pool, moved(account.world, {coin: before}))
                    assert is_dead(pool, moved(account.world, {coin: beyond}))


@on_option_stages()
@tries(3)
@given(data=st.data())
def test_added_collateral_never_brings_liquidation_nearer(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(option_accounts(stage, most=3, wallet=("1.1", "3")))
    for pool in (p for p in account.pools if p.positions and is_curved(p, account.world)):
        judged, asset = judge(pool, account.world), pool.unit
        if judged.buffer <= 0 or asset not in pool.collateral:
            continue
        richer = replace(
            pool, collateral={**pool.collateral, asset: pool.collateral[asset] + judged.need / 3 + 1}
        )
        one = prices_of(pool, judged, account.world)
        other = prices_of(richer, judge(richer, account.world), account.world)
        for label, prices in one.items():
            for near, far, way in (
                (prices.down, other[label].down, -1),
                (prices.up, other[label].up, 1),
            ):
                if far is not None:
                    assert near is not None
                    assert (far - near) * way >= -FLOAT * near


@on_option_stages()
@tries(4)
@given(data=st.data())
def test_a_shock_of_zero_changes_nothing(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(option_accounts(stage))
    nothing = Shock("nothing", {})
    there = account.world.shocked(nothing)
    judged = {pool.id: judge(pool, account.world) for pool in account.pools}
    assert {pool.id: judge(pool, there) for pool in account.pools} == judged
    for _, _, row in survive(account.snapshot(), nothing, [("as-held", "as-held")]):
        assert row.lives is not is_triggered(judged[row.pool], account.world)
