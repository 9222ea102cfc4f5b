"""Pools at the speed of memory and the exact engine: the same numbers within the counted bound, the same prices."""

from decimal import Decimal
from math import isnan

from hypothesis import assume, given
from hypothesis import strategies as st

from ringfence.batch.columns import Columns
from ringfence.batch.gather import columns_of
from ringfence.batch.layout import Layout, marks_of
from ringfence.batch.setting import Setting
from ringfence.batch.straight import fits
from ringfence.core.errors import InputError
from ringfence.importers import read
from ringfence.margin.assess import world_of
from ringfence.margin.judge import Judgement, judge
from ringfence.margin.pools import partition
from ringfence.margin.prices import first_death
from ringfence.margin.world import World
from tests.differential.test_batch import vectors
from tests.laws.books import Account, accounts, moves
from tests.laws.stages import Stage, on_stages, tries

_PRICE = Decimal("1e-9")


def _exact(account: Account) -> tuple[Columns, Setting, list[Judgement]]:
    world, holding = account.world, account.holding()
    setting = Setting(world.rules, world.instruments, world.market, world.at)
    columns = columns_of([holding.book], setting)
    pools = partition(holding.book, world, "as-held", "at-leverage").pools
    assert [columns.pool_id(n) for n in range(len(columns))] == [pool.id for pool in pools]
    return columns, setting, [judge(pool, world) for pool in pools]


def _drawn(stage: Stage, data: st.DataObject) -> tuple[Columns, Setting, list[Judgement], World]:
    account = data.draw(moves(data.draw(accounts(stage, most=4))))
    try:
        return *_exact(account), account.world
    except InputError:
        assume(False)
        raise


@on_stages()
@tries(10)
@given(data=st.data())
def test_pools_that_fit_have_the_numbers_of_the_exact_engine(stage: Stage, data: st.DataObject) -> None:
    columns, setting, exact, _ = _drawn(stage, data)
    layout = Layout.of(columns, setting)
    marks = marks_of(columns.symbols, setting)
    values, bounds = layout.revalue(marks), layout.bounds(marks)
    assert (layout.where >= 0).tolist() == fits(columns, setting).tolist()
    for pool, judged in enumerate(exact):
        slot = layout.where[pool]
        if slot >= 0:
            bound = Decimal(bounds[slot])
            assert abs(Decimal(values.equity[slot]) - judged.equity.value) <= bound
            assert abs(Decimal(values.need[slot]) - judged.need) <= bound
            assert abs(Decimal(values.buffer[slot]) - judged.buffer) <= bound


@on_stages()
@tries(10)
@given(data=st.data())
def test_pools_that_fit_have_the_prices_of_the_exact_engine(stage: Stage, data: st.DataObject) -> None:
    columns, setting, exact, world = _drawn(stage, data)
    layout = Layout.of(columns, setting)
    marks = marks_of(columns.symbols, setting)
    found, bounds = layout.liquidation_prices(marks), layout.bounds(marks)
    for pool, judged in enumerate(exact):
        if layout.where[pool] < 0 or abs(judged.buffer) <= bounds[layout.where[pool]]:
            continue
        for position, price in zip(judged.pool.positions, found[layout.rows_of(pool)], strict=True):
            wanted, gains = first_death(judged.pool, judged, world, position)
            wanted = None if gains else wanted
            assert isnan(price) == (wanted is None)
            assert wanted is None or abs(Decimal(float(price)) - wanted) <= _PRICE * max(wanted, Decimal(1))


def test_many_pools_of_the_vectors_fit() -> None:
    taken = dict.fromkeys(("binance-usdm", "binance-coinm", "hyperliquid", "gate"), 0)
    for book in vectors().values():
        for holding in read(book).holdings if not book.get("order") and not book.get("rest") else ():
            world = world_of(holding)
            if world.rules.venue.id in taken:
                setting = Setting(world.rules, world.instruments, world.market, world.at)
                taken[world.rules.venue.id] += int(fits(columns_of([holding.book], setting), setting).sum())
    assert min(taken.values()) >= 5
    assert sum(taken.values()) >= 100
