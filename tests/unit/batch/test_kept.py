"""A tick judges what it touches, and comes out to the bit as if all had been judged anew."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from ringfence.batch.judge import judge_all
from ringfence.batch.kept import Kept
from ringfence.batch.majors import market_of
from ringfence.batch.population import Shape, populate
from ringfence.batch.ready import ready

VENUES = (
    "binance-usdm",
    "binance-coinm",
    "okx",
    "bybit",
    "htx",
    "bitmex",
    "dydx",
    "deribit",
    "binance-pm",
    "kraken",
)


@pytest.mark.parametrize("venue", VENUES)
def test_a_tick_comes_out_as_a_full_pass_to_the_bit(venue: str) -> None:
    setting = market_of(venue)
    columns = populate(Shape(accounts=400), setting, seed=5)
    kept = Kept(columns, setting)
    chance = np.random.default_rng(3)
    for step in range(4):
        symbols = chance.choice(columns.symbols, 1 + step % 2)
        marks = {
            s: kept.setting.market.marks[s] * Decimal(str(round(chance.uniform(0.8, 1.2), 4)))
            for s in symbols
        }
        kept.tick(marks)
        market = replace(setting.market, marks=kept.setting.market.marks)
        fresh = judge_all(ready(columns, replace(setting, market=market)))
        assert np.array_equal(kept.judged.pools, fresh.pools, equal_nan=True)
        assert np.array_equal(kept.judged.positions, fresh.positions, equal_nan=True)
        assert np.array_equal(kept.judged.status, fresh.status)
        assert np.array_equal(kept.judged.sure, fresh.sure)


def test_a_tick_judges_who_holds_the_contract_and_nobody_else() -> None:
    setting = market_of("binance-usdm")
    columns = populate(Shape(accounts=400), setting, seed=5)
    kept = Kept(columns, setting)
    rare = columns.symbols[int(np.argmin(np.bincount(columns.positions.symbol)))]
    touched = kept.tick({rare: setting.market.marks[rare] * 2})
    holders = np.repeat(np.arange(len(columns)), np.diff(columns.first_position))
    held = np.unique(holders[columns.positions.symbol == columns.symbols.index(rare)])
    assert touched.tolist() == held.tolist()
    assert 0 < len(touched) < len(columns) / 2


def test_the_same_price_again_touches_nobody() -> None:
    setting = market_of("okx")
    columns = populate(Shape(accounts=50), setting, seed=5)
    kept = Kept(columns, setting)
    symbol = columns.symbols[0]
    assert len(kept.tick({symbol: setting.market.marks[symbol]})) == 0


def test_an_index_touches_who_is_counted_in_it() -> None:
    setting = market_of("okx", account_mode="multi-currency")
    columns = populate(Shape(accounts=200), setting, seed=5)
    kept = Kept(columns, setting)
    indices = {asset: price for asset, price in setting.market.indices.items() if asset in columns.assets}
    asset, price = next(iter(indices.items()))
    touched = kept.tick({}, {asset: price * 2})
    market = replace(setting.market, indices={**setting.market.indices, asset: price * 2})
    fresh = judge_all(ready(columns, replace(setting, market=market)))
    assert len(touched) > 0
    assert np.array_equal(kept.judged.pools, fresh.pools, equal_nan=True)
