"""The risk summary: five accounts by hand, many against the exact engine, and blocks of any size."""

import pickle
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any, cast

import pytest

import ringfence
from ringfence.batch.columns import Columns
from ringfence.batch.gather import columns_of
from ringfence.batch.setting import Setting
from ringfence.book import Book
from ringfence.core.errors import BookError, MarketError
from ringfence.margin.assess import world_of
from ringfence.margin.node import Missing
from ringfence.margin.snapshot import Holding, Snapshot
from ringfence.market import Shock, read_shock
from ringfence.market.ladder import ladder_of
from ringfence.screen import verdicts as screen
from ringfence.screen.summary import summarize, summary_of, tally
from ringfence.screen.summary_rows import ModeRow, Summary
from tests.unit.screen.population import FIVE, blocks, of

NOTHING = Decimal(0)


def five(ladder: str = "-20%..20%:10%", size: int = 5, **changes: Any) -> Summary:
    books, setting = of({**deepcopy(FIVE), **changes})
    return summarize(blocks(books, setting, size), setting, ladder_of(ladder))


def told(*values: object) -> tuple[object, ...]:
    """Return values side by side, whatever kind of number each is."""
    return values


def numbers(row: ModeRow, *names: str) -> list[Decimal | int | None]:
    return [getattr(row, name) for name in names]


def test_today_the_five_accounts_are_added_up() -> None:
    """Anna 100,000 in BTC; Ben 40,000; Cleo 20,000 and 10,000; Emil 100,000 and 100,000. Dora holds nothing."""
    everything, cross, isolated = five().unmoved.modes
    heads = ("accounts", "pools", "positions", "notional", "collateral_value", "equity")
    assert numbers(everything, *heads) == [4, 6, 6, 370_000, 21_500, 21_500]
    assert numbers(cross, *heads) == [3, 4, 4, 320_000, 15_500, 15_500]
    assert numbers(isolated, *heads) == [2, 2, 2, 50_000, 6_000, 6_000]
    needs = ("initial_requirement", "maintenance_requirement", "closing_cost")
    assert numbers(everything, *needs) == [37_000, Decimal("0.005") * 210_000 + 1_600, 0]
    assert numbers(everything, "liquidatable_pools", "bad_debt") == [0, 0]
    assert numbers(everything, "new_liquidatable_pools", "new_bankrupt_notional") == [None, None]


def test_a_fall_by_a_tenth_brings_two_pools_to_their_end_and_bankrupts_none() -> None:
    """Anna and Cleo's BTC have nothing left, and that is not less than nothing."""
    rung = five().rung("all=-10%")
    dead = ("liquidatable_pools", "liquidatable_notional", "bankrupt_pools", "bankrupt_notional", "bad_debt")
    assert numbers(rung.all, *dead) == [2, 99_000, 0, 0, 0]
    assert numbers(rung.modes[1], *dead) == [1, 90_000, 0, 0, 0]
    assert numbers(rung.modes[2], *dead) == [1, 9_000, 0, 0, 0]
    assert numbers(rung.all, "new_liquidatable_pools", "new_liquidatable_notional") == [2, 99_000]


def test_a_fall_by_a_fifth_leaves_bad_debt_and_tells_what_is_new() -> None:
    """Anna owes 10,000, Cleo 1,000 in either pool; only her ETH was alive at -10 %."""
    rung = five().rung("all=-20%")
    assert rung.before == "all=-10%"
    dead = ("liquidatable_pools", "liquidatable_notional", "bankrupt_pools", "bankrupt_notional", "bad_debt")
    assert numbers(rung.all, *dead) == [3, 104_000, 3, 104_000, 12_000]
    assert numbers(rung.modes[1], *dead) == [2, 96_000, 2, 96_000, 11_000]
    assert numbers(rung.modes[2], *dead) == [1, 8_000, 1, 8_000, 1_000]
    assert numbers(rung.all, "new_liquidatable_pools", "new_liquidatable_notional") == [1, 16_000]
    assert numbers(rung.all, "new_bankrupt_pools", "new_bankrupt_notional") == [3, 104_000]


def test_a_rise_sells_no_long_and_buys_the_short() -> None:
    rung = five().rung("all=+20%")
    assert rung.before == "all=+10%"
    assert [told(one.coin, one.longs, one.shorts) for one in rung.coins] == [
        ("BTC", 0, 0),
        ("ETH", 0, 48_000),
    ]
    assert numbers(rung.all, "new_bankrupt_pools", "bad_debt") == [1, 3_000]


def test_coins_and_assets_are_told_by_side() -> None:
    summary = five()
    assert [told(c.coin, c.long, c.short, c.net) for c in summary.coins] == [
        ("BTC", 210_000, 0, 210_000),
        ("ETH", 20_000, 140_000, -120_000),
    ]
    (usdt,) = summary.assets
    assert told(usdt.asset, usdt.shared, usdt.isolated, usdt.debt, usdt.value) == (
        "USDT",
        15_500,
        6_000,
        0,
        21_500,
    )
    assert (summary.unit, summary.accounts) == ("USD", 5)


def test_the_largest_accounts_are_named_and_so_are_those_that_would_owe_most() -> None:
    summary = five()
    assert [told(a.account, a.notional, a.leverage) for a in summary.largest] == [
        ("emil", 200_000, 100),
        ("anna", 100_000, 10),
        ("ben", 40_000, 8),
        ("cleo", 30_000, Decimal("7.5")),
    ]
    assert summary.worst == "all=-20%"
    assert [told(a.account, a.bad_debt) for a in summary.losers] == [("anna", 10_000), ("cleo", 2_000)]
    assert [(row.accounts, row.share) for row in summary.shares] == [(1, Decimal("0.540540540541"))] * 2


def test_without_bad_debt_there_is_no_worst_rung() -> None:
    summary = five("-1%,1%")
    assert (summary.worst, summary.losers) == (None, ())


def test_what_must_be_closed_is_held_against_the_depth_of_its_coin() -> None:
    depth = {"BTC/USDT:USDT": "22000", "ETH/USDT:USDT": "32000"}
    summary = five(feeds={"depth": depth})
    assert [coin.depth for coin in summary.coins] == [22_000, 32_000]
    (btc, eth) = summary.rung("all=-20%").coins
    assert told(btc.longs_over_depth, btc.shorts_over_depth) == (4, 0)
    assert told(eth.longs_over_depth, eth.shorts_over_depth) == (Decimal("0.5"), 0)
    (_, eth) = summary.rung("all=+20%").coins
    assert eth.shorts_over_depth == Decimal("1.5")


def test_without_a_depth_the_coin_says_why() -> None:
    assert {coin.why for coin in five().coins} == {"no depth is given: add it by symbol under [feeds.depth]"}
    btc, eth = five(feeds={"depth": {"BTC/USDT:USDT": "22000"}}).coins
    assert told(btc.depth, btc.why) == (22_000, "")
    assert told(eth.depth, eth.why) == (None, "[feeds.depth] has no ETH/USDT:USDT")
    with pytest.raises(MarketError, match="BTC/USDT:USDT: 0 is not above zero"):
        five(feeds={"depth": {"BTC/USDT:USDT": "0"}})


def test_a_ladder_of_one_coin_moves_that_coin_alone() -> None:
    summary = five("BTC:-10%,-20%")
    assert [(rung.name, rung.before) for rung in summary.rungs] == [
        ("today", None),
        ("BTC=-10%", "today"),
        ("BTC=-20%", "BTC=-10%"),
    ]
    assert summary.rung("BTC=-20%").all.notional == 210_000 * Decimal("0.8") + 160_000


def test_today_is_always_a_rung_and_stands_between_falls_and_rises() -> None:
    assert [rung.name for rung in five("-10%,10%").rungs] == ["all=-10%", "today", "all=+10%"]
    assert [rung.name for rung in five("-10%,-20%").rungs] == ["today", "all=-10%", "all=-20%"]
    assert [rung.name for rung in five("-10%,0%").rungs] == ["all=-10%", "today"]


def test_only_moves_of_the_same_coins_in_the_same_proportion_follow_each_other() -> None:
    books, setting = of(FIVE)
    ladder = [read_shock(text) for text in ("BTC=-10%,ETH=-20%", "BTC=-20%,ETH=-40%", "BTC=-20%,ETH=-30%")]
    rungs = summarize(blocks(books, setting, 5), setting, ladder).rungs
    assert [rung.before for rung in rungs] == [None, "today", "BTC=-10%,ETH=-20%", "today"]


def test_a_rung_that_moves_what_nobody_knows_is_refused() -> None:
    with pytest.raises(BookError, match=r"nothing here moves with BTCC\. Did you mean 'BTC'\?"):
        five("BTCC:-10%")
    books, setting = of(FIVE)
    twice = [read_shock("all=-10%"), Shock("again", {}, Decimal("-0.1"))]
    with pytest.raises(BookError, match="all=-10% and again are one rung"):
        summarize(blocks(books, setting, 5), setting, twice)


def test_a_mark_that_is_missing_is_the_error_of_the_exact_engine() -> None:
    books, setting = of(FIVE)
    bare = replace(setting, market=replace(setting.market, marks={"BTC/USDT:USDT": Decimal(100_000)}))
    with pytest.raises(MarketError, match="account ben: ETH/USDT:USDT: it has no mark price"):
        summarize(blocks(books, bare, 5), bare, ladder_of("-10%"))


def test_nobody_at_all_has_a_summary_too() -> None:
    _, setting = of(FIVE)
    summary = summarize([], setting, ladder_of("-10%"))
    assert told(summary.accounts, summary.unmoved.all.notional, summary.largest) == (0, 0, ())
    assert [(row.accounts, row.share) for row in summary.shares] == [(0, None)] * 2


COINS = {"BTC": "97123.5", "ETH": "3456.78", "SOL": "201.37", "DOGE": "0.31415"}
SIZES = {
    "binance-usdm": dict.fromkeys(COINS, 1.0),
    "binance-coinm": {"BTC": 100 / float(COINS["BTC"]), "ETH": 10 / float(COINS["ETH"])},
    "okx": {"BTC": 0.01, "ETH": 0.1},
}
"""Coins that are held on a venue, and how much of one a contract is."""
VENUES = {
    "binance-usdm": ("2025-06-01", "single-asset", ("USDT",), ("cross", "isolated")),
    "binance-coinm": ("2025-06-01", None, ("BTC", "ETH"), ("cross", "isolated")),
    "okx": ("2025-09-01", "multi-currency", ("USDT", "BTC", "ETH"), ("cross", "isolated")),
}
RUNGS = ("all=-25%", "all=-10%", "BTC=+30%,ETH=+45%")


def crowd(venue: str, count: int, seed: int = 7) -> dict[str, Any]:
    """Return a file of so many random accounts on a venue."""
    random = Random(seed)
    on, mode, assets, margin_modes = VENUES[venue]
    return {
        "venue": venue,
        "on": on,
        "marks": {_symbol(coin, assets): price for coin, price in COINS.items() if coin in SIZES[venue]},
        "indices": {**COINS, "USDT": "0.9993"},
        "account": [
            {
                "name": f"{venue}-{k}",
                **({} if mode is None else {"account_mode": mode}),
                "collateral": {a: _wallet(a, random) for a in assets if random.random() < 0.8},
                "position": list(_positions(random, SIZES[venue], assets, margin_modes)),
            }
            for k in range(count)
        ],
    }


def _symbol(coin: str, assets: tuple[str, ...]) -> str:
    return f"{coin}/USDT:USDT" if "USDT" in assets else f"{coin}/USD:{coin}"


def _wallet(asset: str, random: Random) -> str:
    price = float(COINS.get(asset, "1"))
    return f"{10 ** random.uniform(2, 6) / price:.6f}"


def _positions(
    random: Random, sizes: dict[str, float], assets: tuple[str, ...], margin_modes: tuple[str, ...]
) -> Iterator[dict[str, str]]:
    for coin in random.sample(sorted(sizes), random.randint(0, min(3, len(sizes)))):
        price = float(COINS[coin])
        worth = 10 ** random.uniform(3, 6)
        mode = random.choice(margin_modes)
        wallet = worth * random.uniform(0.04, 0.4) / (1.0 if "USDT" in assets else price)
        stated = {"collateral": f"{wallet:.6f}"} if random.random() < 0.7 else {}
        yield {
            "symbol": _symbol(coin, assets),
            "side": random.choice(("long", "short")),
            "contracts": f"{worth / price / sizes[coin]:.3f}",
            "entry_price": f"{price * random.uniform(0.8, 1.2):.4f}",
            "leverage": str(random.choice((2, 3, 5, 10))),
            "margin_mode": mode,
            **(stated if mode == "isolated" else {}),
            **({} if "USDT" in assets else {"maintenance_rate": "0.015"}),
        }


SUMMED = (
    "notional",
    "collateral_value",
    "equity",
    "initial_requirement",
    "maintenance_requirement",
    "closing_cost",
)
DEAD = ("liquidatable_pools", "liquidatable_notional", "bankrupt_pools", "bankrupt_notional", "bad_debt")


def added_up(books: list[Book], setting: Setting, shock: Shock) -> dict[tuple[str, str], Decimal]:
    """Return what the exact engine says of every account after a shock, added up by mode."""
    found: dict[tuple[str, str], Decimal] = {}
    for book in books:
        there = world_of(Holding(book, setting.market)).shocked(shock)
        health = ringfence.assess(Snapshot((Holding(book, there.market),)))
        for pool in health.accounts[0].pools:
            one = pool.judged
            value = sum(
                (there.convert(c.value, there.settle(c.position), "USD") for c in one.charges), NOTHING
            )
            assert not isinstance(one.initial, Missing)
            parts = (one.collateral, one.equity, one.initial, one.maintenance, one.closing_cost)
            figures = [value, *(there.convert(node.value, one.pool.unit, "USD") for node in parts)]
            dead, bankrupt = pool.status in {"liquidatable", "bankrupt"}, pool.status == "bankrupt"
            owed = -figures[2] if bankrupt else NOTHING
            figures += [Decimal(dead), value * dead, Decimal(bankrupt), value * bankrupt, owed]
            for name, amount in zip((*SUMMED, *DEAD), figures, strict=True):
                key = one.pool.kind, name
                found[key] = found.get(key, NOTHING) + amount
    return found


@pytest.mark.parametrize("few", [200, 0], ids=["exact engine", "both engines"])
@pytest.mark.parametrize("venue", VENUES)
def test_fifty_accounts_are_what_the_exact_engine_says_of_each_added_up(
    venue: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "FEW", few)
    books, setting = of(crowd(venue, 50))
    ladder = [read_shock(text) for text in RUNGS]
    summary = summarize(blocks(books, setting, 50), setting, ladder)
    for shock in ladder:
        wanted = added_up(books, setting, shock)
        _, cross, isolated = summary.rung(shock.name).modes
        for row in (cross, isolated):
            for name in (*SUMMED, *DEAD):
                exact = wanted.get((row.mode, name), NOTHING)
                assert abs(getattr(row, name) - exact) <= abs(exact) * Decimal("1e-11"), (
                    shock.name,
                    row.mode,
                    name,
                )
        assert cross.liquidatable_pools > 0
        assert cross.pools > cross.liquidatable_pools


@pytest.mark.parametrize("venue", VENUES)
def test_the_size_of_blocks_and_their_order_change_no_digit(
    venue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "FEW", 0)
    books, setting = of(crowd(venue, 120))
    ladder = ladder_of("-30%..30%:10%")
    whole = summarize(blocks(books, setting, 120), setting, ladder, top=7)
    for size in (1, 7, 50):
        parts = blocks(books, setting, size)
        assert summarize(parts, setting, ladder, top=7) == whole
        assert summarize(parts[::-1], setting, ladder, top=7) == whole


def test_a_rung_is_exact_at_the_line_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten percent down 1 BTC has lost 10,000 and needs 450: a wallet of 10,450 stands on the line."""
    monkeypatch.setattr(screen, "FEW", 0)
    (anna, *_) = FIVE["account"]
    wallets = (
        "10449.9999999999",
        "10450",
        "10450.0000000001",
        "9999.9999999999",
        "10000",
        "10000.0000000001",
    )
    accounts = [{**anna, "name": wallet, "collateral": {"USDT": wallet}} for wallet in wallets]
    books, setting = of({**FIVE, "account": accounts})
    (shock,) = ladder_of("-10%")
    found = summarize(blocks(books, setting, 9), setting, [shock]).rung(shock.name).all
    exact = added_up(books, setting, shock)
    assert [found.liquidatable_pools, found.bankrupt_pools] == [
        exact["cross", "liquidatable_pools"], exact["cross", "bankrupt_pools"]
    ]  # fmt: skip
    assert (found.liquidatable_pools, found.bankrupt_pools) in {(4, 1), (5, 1)}


def test_small_blocks_that_the_exact_engine_judges_show_the_same_digits() -> None:
    books, setting = of(crowd("binance-usdm", 160))
    ladder = ladder_of("-30%..30%:10%")
    whole, parts = blocks(books, setting, 160), blocks(books, setting, 40)
    assert len(whole[0]) > screen.FEW > max(map(len, parts))
    assert summarize(parts, setting, ladder) == summarize(whole, setting, ladder)


def test_many_workers_count_what_one_does() -> None:
    books, setting = of(crowd("binance-usdm", 60))
    ladder = ladder_of("-20%,20%")
    parts = blocks(books, setting, 20)
    tallies = [pickle.loads(pickle.dumps(tally([part], setting, ladder))) for part in parts]  # noqa: S301 - our own
    assert summary_of(tallies[2] + tallies[0] + tallies[1], setting, ladder) == summarize(
        parts, setting, ladder
    )


def test_contracts_and_marks_may_come_with_the_accounts_and_whoever_read_them_the_answer_is_one() -> None:
    books, setting = of(FIVE)
    ladder = ladder_of("-20%;ETH:+20%")
    whole = summarize(blocks(books, setting, 1), setting, ladder)

    def bare() -> Setting:
        market = replace(setting.market, marks={}, underlyings={})
        return replace(setting, instruments={}, market=market)

    def arriving(some: list[Book], into: Setting) -> Iterator[Columns]:
        for book in some:
            for position in book.positions:
                symbol = position.symbol
                cast("dict[str, Any]", into.instruments)[symbol] = setting.instruments[symbol]
                cast("dict[str, Any]", into.market.marks)[symbol] = setting.market.marks[symbol]
                cast("dict[str, Any]", into.market.underlyings)[symbol] = setting.market.underlyings[symbol]
            yield columns_of([book], into)

    growing = bare()
    assert summarize(arriving(books, growing), growing, ladder) == whole
    first, second = bare(), bare()
    apart = tally(arriving(books[:2], first), first, ladder) + tally(
        arriving(books[2:], second), second, ladder
    )
    assert summary_of(apart, bare(), ladder) == whole


def test_coins_and_modes_add_up_to_the_whole() -> None:
    books, setting = of(crowd("binance-usdm", 60))
    summary = summarize(blocks(books, setting, 20), setting, ladder_of("-40%..40%:10%"))
    for rung in summary.rungs:
        everything, *modes = rung.modes
        assert everything.liquidatable_pools == sum(row.liquidatable_pools for row in modes)
        dead = sum((coin.longs + coin.shorts for coin in rung.coins), NOTHING)
        assert float(dead) == pytest.approx(float(everything.liquidatable_notional), rel=1e-10)
    falls = [rung for rung in summary.rungs if rung.shock is None or rung.shock.default < 0]
    for further, nearer in pairwise(falls):
        fresh = further.all.new_liquidatable_pools
        assert fresh is not None
        assert further.all.liquidatable_pools <= nearer.all.liquidatable_pools + fresh
