"""Made-up accounts: the same for a seed, shaped as asked, short numbers, and judged by the exact engine everywhere."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from ringfence.batch.columns import Columns, Numbers
from ringfence.batch.majors import market_of
from ringfence.batch.population import BLOCK, Shape, populate
from ringfence.batch.setting import Setting
from ringfence.core.errors import BookError, RulePackError
from ringfence.margin.assess import assess
from ringfence.margin.snapshot import Snapshot
from ringfence.screen.exact import holding_of
from ringfence.venue import kinds, pack_ids
from ringfence.venue.instruments import facts_of

EVERY_VENUE = [
    "binance-coinm", "binance-pm", "binance-pm-pro", "binance-usdm", "bitget", "bitmex", "bybit", "deribit", "derive",
    "dydx", "gate", "htx", "hyperliquid", "kraken", "kucoin", "okx", "paradex",
]  # fmt: skip
OTHER_MODES = [
    ("binance-usdm", "multi-asset"), ("bitget", "multi-asset"), ("bybit", "classic"), ("deribit", "cross-standard"),
    ("hyperliquid", "portfolio"), ("kraken", "single-collateral"), ("okx", "multi-currency"),
]  # fmt: skip
DIGITS_MAX = 15
MANY = 20_000
FIVE_SIGMA = 5.0


def numbers_of(columns: Columns) -> dict[str, Numbers]:
    found = {one.name: getattr(columns.positions, one.name) for one in fields(columns.positions)}
    found["amount"] = columns.holdings.amount
    return {name: column for name, column in found.items() if isinstance(column, Numbers)}


def bits_of(columns: Columns) -> list[Any]:
    whole = [
        columns.pool_account,
        columns.pool_kind,
        columns.pool_unit,
        columns.first_position,
        columns.first_holding,
    ]
    held: list[Any] = [columns.positions.symbol, columns.positions.sign, columns.holdings.asset]
    return [array.tobytes() for array in [*whole, *held, *(n.values for n in numbers_of(columns).values())]]


def of_accounts(columns: Columns) -> Any:
    """Return the account of every position."""
    return columns.pool_account[np.repeat(np.arange(len(columns)), np.diff(columns.first_position))]


def is_isolated(columns: Columns) -> Any:
    return columns.pool_kind[np.repeat(np.arange(len(columns)), np.diff(columns.first_position))] == 1


def assert_share(found: Any, share: float) -> None:
    """Assert that a share of yes is as wanted, within what chance does to so many."""
    error = (share * (1 - share) / len(found)) ** 0.5
    assert abs(float(np.mean(found)) - share) < FIVE_SIGMA * error


def judged(columns: Columns, setting: Setting) -> list[Any]:
    """Return every account's pools as the exact engine sees them, each under the id that the columns give it."""
    pools: list[Any] = []
    for account in range(len(columns.accounts)):
        (health,) = assess(Snapshot((holding_of(columns, account, setting),))).accounts
        assert [pool.pool.id for pool in health.pools] == [
            columns.pool_id(p) for p in columns.pools_of(account)
        ]
        pools += health.pools
    return pools


def test_the_same_seed_gives_the_same_bits_and_another_gives_others() -> None:
    setting, shape = market_of("okx"), Shape(accounts=500)
    one = populate(shape, setting, 7)
    np.random.default_rng(7).random(1000)
    again = populate(shape, setting, 7)
    assert bits_of(one) == bits_of(again)
    assert one.accounts == again.accounts
    assert bits_of(populate(shape, setting, 8)) != bits_of(one)


def test_accounts_of_a_full_block_do_not_depend_on_those_behind_it() -> None:
    setting, shape = market_of("gate"), Shape(accounts=BLOCK, positions=1)
    short, long = (populate(replace(shape, accounts=count), setting, 1) for count in (BLOCK, BLOCK + 10))
    pools, rows = len(short), len(short.positions)
    assert long.pool_account[:pools].tobytes() == short.pool_account.tobytes()
    assert long.positions.contracts.values[:rows].tobytes() == short.positions.contracts.values.tobytes()
    assert long.accounts[-1] == f"a{BLOCK + 10:07d}"
    assert int(long.pool_account[-1]) == BLOCK + 9


@pytest.mark.parametrize("venue", EVERY_VENUE)
def test_every_number_has_at_most_15_digits(venue: str) -> None:
    columns = populate(Shape(accounts=3000, two_legged=0.2), market_of(venue), 2)
    for name, column in numbers_of(columns).items():
        assert not column.written, name
        given = column.values[~np.isnan(column.values)]
        assert all(abs(v) >= 1e-9 for v in given.tolist() if v), name
        digits = (column.exact(row) for row in np.flatnonzero(~np.isnan(column.values)).tolist())
        assert max(len(d.normalize().as_tuple().digits) for d in digits if d is not None) <= DIGITS_MAX, name


@pytest.mark.parametrize("venue", EVERY_VENUE)
def test_the_exact_engine_judges_every_account_of_every_venue(venue: str) -> None:
    setting = market_of(venue, seed=1)
    pools = judged(populate(Shape(accounts=16, positions=4), setting, 3), setting)
    shape = Shape(accounts=14, positions=3, two_legged=0.5, isolated_accounts=0.6, close=0.3, hedged=0.3)
    pools += judged(populate(shape, setting, 4), setting)
    assert len(pools) >= 30
    assert sum(pool.status == "healthy" for pool in pools) > len(pools) / 3
    assert sum(pool.status == "bankrupt" for pool in pools) <= 1


@pytest.mark.parametrize(("venue", "mode"), OTHER_MODES)
def test_the_exact_engine_judges_every_account_of_other_account_modes(venue: str, mode: str) -> None:
    setting = market_of(venue, account_mode=mode)
    pools = judged(populate(Shape(accounts=12, positions=3, close=0.2), setting, 5), setting)
    assert len(pools) >= 12


def test_every_pack_is_offered_or_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGFENCE_PACKS", "")
    left = [venue for venue in pack_ids() if venue not in EVERY_VENUE]
    assert {"coinex", "us-options"} <= set(left)
    for venue in left:
        with pytest.raises(BookError, match=f"{venue}: its pack describes no perpetual"):
            market_of(venue)


def test_shares_are_as_the_shape_says() -> None:
    shape = Shape(
        accounts=MANY, isolated_accounts=0.4, isolated_positions=0.5, long=0.7, hedged=0.2, positions=4
    )
    columns = populate(shape, market_of("hyperliquid"), 11)
    account, long = of_accounts(columns), columns.positions.sign > 0
    assert_share(is_isolated(columns), 0.4 * 0.5)  # clustered in accounts, but five sigmas hold
    held = np.bincount(account, minlength=MANY)
    single = held[account] == 1
    assert_share(long[single], 0.7)  # who holds one coin is not hedged
    longs = np.bincount(account, long, MANY)
    assert abs(np.mean(held) - 4) < 0.2
    assert np.all(longs <= held)


def test_hedged_accounts_are_long_as_much_as_they_are_short() -> None:
    setting = market_of("hyperliquid")
    columns = populate(Shape(accounts=2000, hedged=1, middle=1e6, tail=0), setting, 1)
    marks = np.array([float(setting.market.marks[symbol]) for symbol in columns.symbols])
    held = columns.positions
    notional = held.contracts.values * held.contract_size.values * marks[held.symbol]
    net, gross = (np.bincount(of_accounts(columns), w * notional) for w in (held.sign, np.ones(len(held))))
    large = gross > 10_000
    assert large.mean() > 0.9
    assert np.quantile(np.abs(net / gross)[large], 0.95) < 0.01
    assert np.bincount(of_accounts(columns)).min() >= 2


def test_legs_stand_beside_each_other_in_hedge_mode_and_nowhere_else() -> None:
    columns = populate(Shape(accounts=MANY, two_legged=0.25), market_of("binance-usdm"), 1)
    assert columns.hedge_mode
    key = of_accounts(columns).astype(np.int64) * len(columns.symbols) + columns.positions.symbol
    legs, count = np.unique(key, return_counts=True)
    assert set(count.tolist()) == {1, 2}
    owners = np.bincount(legs[count == 2] // len(columns.symbols), minlength=MANY)
    assert_share(owners > 0, 0.25)
    assert np.all(np.bincount(np.searchsorted(legs, key), columns.positions.sign)[count == 2] == 0)
    one_way = populate(Shape(accounts=100, two_legged=0.25), market_of("hyperliquid"), 1)
    assert not one_way.hedge_mode


def test_a_share_of_accounts_stands_close_to_liquidation() -> None:
    setting = market_of("hyperliquid")
    shape = Shape(accounts=120, positions=2, close=0.3, isolated_accounts=0)
    pools = judged(populate(shape, setting, 9), setting)
    ratios = [float(pool.margin_ratio) for pool in pools]
    assert_share([ratio >= 1 / 1.26 for ratio in ratios], 0.3)
    assert max(ratios) < 1.001


def test_some_accounts_hold_a_second_asset_where_a_pool_takes_several() -> None:
    columns = populate(Shape(accounts=MANY, mixed=0.4), market_of("okx", account_mode="multi-currency"), 1)
    shared = columns.pool_kind == 0
    assert_share(np.diff(columns.first_holding)[shared] == 2, 0.4)
    assert len(set(columns.holdings.asset.tolist())) > 3


@pytest.mark.parametrize("venue", ["binance-usdm", "hyperliquid", "okx", "bybit", "htx", "bitmex"])
def test_leverages_are_stated_where_wanted_and_admitted_by_the_tier(venue: str) -> None:
    setting = market_of(venue)
    columns = populate(Shape(accounts=150, tail=1.0, positions=3), setting, 4)
    checked = 0
    for account in range(150):
        for position in holding_of(columns, account, setting).book.positions:
            instrument = setting.instruments[position.symbol]
            facts = facts_of(instrument, position.margin_mode)
            rule, ladder = setting.rules.requirement("initial", facts), setting.rules.ladder(facts)
            if isinstance(rule, kinds.Leverage) and not rule.optional:
                assert position.leverage is not None
            if position.leverage is None or ladder is None:
                continue
            mark = setting.market.marks[position.symbol]
            size = position.contracts
            if ladder.unit != "contracts":
                size *= position.contract_size
                size *= mark if instrument.payoff == "linear" and ladder.unit == "quote" else 1
                size /= mark if instrument.payoff == "inverse" and ladder.unit == "coin" else 1
            rung = ladder.rungs[ladder.tier_of(size) - 1]
            assert position.leverage * rung.initial_rate <= 1
            assert ladder.cap is None or size <= ladder.cap
            checked += 1
    assert checked > 100 or venue in {"htx", "bitmex"}


def test_a_market_is_the_same_for_a_seed_and_its_prices_are_near_the_round_ones() -> None:
    one, again, other = (market_of("binance-usdm", seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one.market.marks != other.market.marks
    for market in (one.market, other.market):
        assert 70_000 < market.marks["BTC/USDT:USDT"] < 140_000
        assert market.indices["USDT"] == 1
    few = market_of("binance-usdm", ["ETHUSDT", "SOL/USDT:USDT"], seed=1)
    assert set(few.instruments) == {"ETH/USDT:USDT", "SOL/USDT:USDT"}
    assert all(few.market.marks[symbol] == one.market.marks[symbol] for symbol in few.instruments)


@pytest.mark.parametrize(
    ("symbols", "said"),
    [
        (["WIF/USDT:USDT"], "no synthetic price of WIF"),
        (["DOT/USDT:USDT"], "no tier table for it. Leave it out. Usable here: BTC/USDT:USDT"),
        (["nothing"], "has no contract 'nothing'"),
        ([], "describes no perpetual"),
    ],
)
def test_a_symbol_that_cannot_be_held_is_refused_in_words(symbols: list[str], said: str) -> None:
    with pytest.raises(BookError) as refused:
        market_of("binance-usdm", symbols)
    assert said in str(refused.value)


def test_an_unknown_venue_is_refused() -> None:
    with pytest.raises(RulePackError, match="binanc-usdm"):
        market_of("binanc-usdm")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"accounts": 0}, "shape, accounts: 0 is not a whole number from 1 to 100 million"),
        ({"long": 1.5}, "shape, long: 1.5 is not a share from 0 to 1. Write one, such as 0.62."),
        ({"hedged": float("nan")}, "shape, hedged: nan is not a share"),
        ({"positions": 0.5}, "shape, positions: 0.5 is not from 1 to 1000"),
        ({"exponent": 0}, "shape, exponent: 0 is not above zero"),
        ({"tail_from": 2e9}, "shape, tail_from"),
        ({"price_digits": 9}, "shape, price_digits: 9 is not from 2 to 7"),
        ({"leverage": {}}, "shape, leverage: {} is not a mix"),
        ({"leverage": {0.5: 1}}, "shape, leverage"),
    ],
)
def test_a_shape_of_nothing_is_refused_in_words(change: dict[str, Any], said: str) -> None:
    with pytest.raises(BookError) as refused:
        Shape(**change)
    assert said in str(refused.value)


def test_a_seed_below_zero_is_refused() -> None:
    with pytest.raises(BookError, match="seed: -1 is below zero"):
        populate(Shape(accounts=1), market_of("gate"), -1)
    with pytest.raises(BookError, match="seed: -1 is below zero"):
        market_of("gate", seed=-1)
