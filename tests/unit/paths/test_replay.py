"""A book through recorded prices: where it dies, who is spared, what it would have needed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest

import ringfence
from ringfence.contrast.replay import Replay, replay
from ringfence.core.errors import BookError
from ringfence.importers.funding import every
from ringfence.paths.recorded import Recorded, standing_in
from ringfence.paths.replay import ModeReplay, Terms
from ringfence.paths.top_up import TopUp, read_top_up
from tests.unit.books import REFERENCE, reference

START = datetime(2025, 10, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
CENT = Decimal("0.01")


def recorded(bars: list[dict[str, tuple[float, float, float, float]]], length: timedelta = HOUR) -> Recorded:
    """Return bars of (open, high, low, close), a dict for each."""
    coins = tuple(bars[0])
    table = np.array([[bar[coin] for coin in coins] for bar in bars])
    at = tuple(START + number * HOUR for number in range(len(bars)))
    first, high, low, close = (table[:, :, k] for k in range(4))
    return Recorded(coins, at, length, first, high, low, close, kind="mark", source="made up")


def marks(*rows: dict[str, float]) -> Recorded:
    """Return prices at instants."""
    return recorded([{coin: (p, p, p, p) for coin, p in row.items()} for row in rows], timedelta(0))


def of(result: Replay, mode: str) -> ModeReplay:
    return next(one for one in result.modes if one.mode == mode)


def crash(seed: int, hours: int = 40) -> Recorded:
    """Return made-up bars of BTC, ETH and SOL with a fall in the middle."""
    draws, bars, last = Random(seed), [], {"BTC": 1.0, "ETH": 1.0, "SOL": 1.0}
    for hour in range(hours):
        drift = draws.uniform(-0.09, 0.01) if hours // 3 < hour < hours // 2 else draws.uniform(-0.02, 0.025)
        bar = {}
        for coin, price in last.items():
            close = price * (1 + drift * draws.uniform(0.7, 1.6))
            reach = abs(draws.gauss(0, 0.01))
            bar[coin] = (price, max(price, close) * (1 + reach), min(price, close) * (1 - reach), close)
        bars.append(bar)
        last = {coin: row[3] for coin, row in bar.items()}
    return recorded(bars)


def test_prices_that_do_not_move_change_nothing() -> None:
    still = marks(*({"BTC": 7.0, "ETH": 3.0, "SOL": 0.2} for _ in range(4)))
    for one in replay(ringfence.read(REFERENCE), still).modes:
        assert one.loss == 0
        assert one.happenings == ()
        assert set(one.equity) == {one.equity[0]}


def test_an_isolated_position_dies_inside_the_bar_that_passes_its_liquidation_price_and_at_that_price() -> (
    None
):
    snapshot = ringfence.read(REFERENCE)
    bars = recorded(
        [
            {"BTC": (1, 1, 1, 1), "ETH": (1, 1, 1, 1), "SOL": row}
            for row in ((1, 1, 0.9, 0.95), (0.95, 1, 0.5, 0.99))
        ]
    )
    one = of(replay(snapshot, bars), "as-held")
    (sol,) = (pool for pool in one.pools if pool.pool.startswith("isolated"))
    health = ringfence.assess(snapshot).accounts[0]
    (held,) = (p for pool in health.pools for p in pool.positions if p.position.symbol == "SOL/USDT:USDT")
    assert sol.died == START + HOUR
    assert not sol.happenings[0].leapt
    assert held.prices.liquidation is not None
    assert abs(sol.happenings[0].factors["SOL"] * 196 - held.prices.liquidation) < Decimal("1e-9")


def test_a_pool_that_is_dead_where_a_bar_opens_is_acted_on_there_and_owes_what_the_leap_cost() -> None:
    bars = recorded(
        [
            {"BTC": (1, 1, 1, 1), "ETH": (1, 1, 1, 1), "SOL": row}
            for row in ((1, 1, 1, 1), (0.7, 0.7, 0.7, 0.7))
        ]
    )
    one = of(replay(ringfence.read(REFERENCE), bars), "as-held")
    (happening,) = one.happenings
    assert happening.leapt
    # 4,000 put up; 100 SOL bought at 200 are closed at 137.2: 6,280 lost
    assert abs(happening.bad_debt - 2280) < CENT
    assert abs(one.loss - (4000 - 400)) < CENT  # P&L at the first price was -400 already


@pytest.mark.parametrize("fills", ["market", "nobody"])
@pytest.mark.parametrize("seed", range(6))
def test_what_a_mode_leaves_more_than_isolation_is_rescue_less_contagion_less_costs_plus_bad_debt(
    seed: int, fills: str
) -> None:
    terms = Terms(fills="market" if fills == "market" else "nobody", slippage=Decimal("0.002"))
    result = replay(ringfence.read(REFERENCE), crash(seed), terms=terms)
    assert len(result.ledgers) >= 2
    for ledger in result.ledgers:
        assert abs(ledger.residual) < Decimal("1e-12")
        assert abs(ledger.other) < Decimal("1e-12")  # all collateral is the unit
        assert ledger.wealth == of(result, ledger.mode).wealth - of(result, "isolated").wealth


@pytest.mark.parametrize("seed", range(4))
def test_no_loss_crosses_a_ring_fence_whatever_the_prices_do(seed: int) -> None:
    one = of(replay(ringfence.read(REFERENCE), crash(seed)), "isolated")
    for pool in one.pools:
        assert pool.wealth >= 0
    idle = next(pool for pool in one.pools if pool.pool == "idle")
    assert idle.wealth == idle.posted


@pytest.mark.parametrize("seed", range(4))
def test_with_what_was_needed_and_a_cent_the_pool_lives_and_with_a_cent_less_it_dies(seed: int) -> None:
    cross = of(replay(ringfence.read(REFERENCE), crash(seed), modes=["cross"]), "cross")
    held = Decimal(16000)
    least = cross.pools[0].least
    assert least is not None

    def dies(collateral: Decimal) -> bool:
        book = ringfence.read(reference(collateral={"USDT": str(collateral)}))
        return of(replay(book, crash(seed), modes=["cross"]), "cross").first_death is not None

    assert not dies(held - least + CENT)
    assert dies(held - least - CENT)


def test_while_the_venue_is_out_of_reach_nobody_acts_and_the_first_look_afterwards_is_a_leap() -> None:
    bars = recorded(
        [
            {"BTC": (1, 1, 1, 1), "ETH": (1, 1, 1, 1), "SOL": row}
            for row in ((1, 1, 1, 1), (1, 1, 0.6, 0.6), (0.6, 0.6, 0.55, 0.55), (0.55, 0.56, 0.5, 0.5))
        ]
    )
    out = Terms(outages=((START + HOUR, START + 3 * HOUR),))
    one = of(replay(ringfence.read(REFERENCE), bars, terms=out), "as-held")
    assert one.first_death == START + 3 * HOUR
    assert one.happenings[0].leapt
    spared = replay(ringfence.read(REFERENCE), bars)
    assert of(spared, "as-held").first_death == START + HOUR
    assert one.total("bad_debt") > of(spared, "as-held").total("bad_debt")


def test_longs_pay_shorts_and_what_one_pays_leaves_its_own_pool() -> None:
    still = recorded([{"BTC": (1, 1, 1, 1), "ETH": (1, 1, 1, 1), "SOL": (1, 1, 1, 1)} for _ in range(17)])
    rates = every(8, {"SOL": Decimal("0.001")}, still.at[0], still.at[-1])
    one = of(replay(ringfence.read(REFERENCE), still, terms=Terms(funding=rates)), "as-held")
    (sol,) = (fate for fate in one.positions if fate.position.startswith("SOL"))
    assert sol.gain == -3 * Decimal("0.001") * 19600  # at 0, 8 and 16 h
    assert one.loss == -sol.gain
    (alone,) = (pool for pool in one.pools if pool.pool.startswith("isolated"))
    assert alone.wealth == alone.posted + sol.gain


def test_what_falls_due_between_two_prices_is_paid_at_the_later_one() -> None:
    still = marks(*({"BTC": 1.0, "ETH": 1.0, "SOL": 1.0} for _ in range(3)))
    due = {
        START + HOUR / 2: Decimal("0.001"),
        START + 2 * HOUR: Decimal("0.002"),
        START + 9 * HOUR: Decimal(1),
    }
    one = of(replay(ringfence.read(REFERENCE), still, terms=Terms(funding={"SOL": due})), "as-held")
    (sol,) = (fate for fate in one.positions if fate.position.startswith("SOL"))
    assert sol.gain == -Decimal("0.003") * 19600


def test_a_market_that_is_not_the_mark_costs_impact_and_is_told_apart_from_fees() -> None:
    bars = recorded(
        [{"BTC": (1, 1, 1, 1), "ETH": (1, 1, 1, 1), "SOL": row} for row in ((1, 1, 1, 1), (1, 1, 0.5, 0.5))]
    )
    snapshot = ringfence.read(REFERENCE)
    at_mark = of(replay(snapshot, bars), "as-held")
    below = of(replay(snapshot, bars, terms=Terms(slippage=Decimal("0.01"))), "as-held")
    assert abs(at_mark.total("impact")) < Decimal("1e-12")
    assert below.total("impact") > 100


def test_inside_a_bar_the_bound_says_so_where_no_moment_of_the_bar_need_have_killed() -> None:
    """BTC falls and ETH rises inside one bar: together they kill the hedged pool, one after the other they do not."""
    book = reference(collateral={"USDT": "2300"})
    bars = recorded(
        [
            {"BTC": (1, 1, 1, 1), "ETH": (1, 1, 1, 1), "SOL": (1, 1, 1, 1)},
            {"BTC": (1, 1, 0.97, 1), "ETH": (1, 1.03, 1, 1), "SOL": (1, 1, 1, 1)},
        ]
    )
    bound = of(replay(ringfence.read(book), bars, modes=["as-held"]), "as-held")
    assert [one.bounded for one in bound.happenings] == [True] * len(bound.happenings) != []
    for inside in (Terms(inside="together"), Terms(inside="close")):
        assert (
            of(replay(ringfence.read(book), bars, modes=["as-held"], terms=inside), "as-held").happenings
            == ()
        )


def test_the_rules_can_follow_the_prices_and_stop_where_the_pack_begins() -> None:
    prices = crash(1)
    early = replace(prices, at=tuple(at.replace(year=2021) for at in prices.at))
    row = {k: v for k, v in REFERENCE["position"][0].items() if k != "maintenance_rate"}
    book = {**REFERENCE, "position": [{**row, "contracts": "8"}]}
    followed = replay(ringfence.read(book), early, modes=["cross"], terms=Terms(follow=True))
    fixed = replay(ringfence.read(book), early, modes=["cross"])
    assert followed.on == "the days of the prices"
    assert of(followed, "cross").need[0] > of(fixed, "cross").need[0]
    before = replace(prices, at=tuple(at.replace(year=2015) for at in prices.at))
    with pytest.raises(ringfence.InputError, match="2015"):
        replay(ringfence.read(book), before, modes=["cross"], terms=Terms(follow=True))


def test_a_coin_without_prices_is_refused_by_name() -> None:
    with pytest.raises(BookError, match="no prices of SOL"):
        replay(ringfence.read(REFERENCE), marks({"BTC": 1.0, "ETH": 1.0}))


def test_a_stand_in_makes_the_moves_of_another_coin() -> None:
    two = marks({"BTC": 10.0, "ETH": 5.0}, {"BTC": 9.0, "ETH": 4.5})
    three = standing_in(two, {"SOL": "ETH"})
    result = replay(ringfence.read(REFERENCE), three)
    (sol,) = (fate for fate in of(result, "as-held").positions if fate.position.startswith("SOL"))
    assert sol.gain == -Decimal("0.1") * 19600
    with pytest.raises(BookError, match="DOGE"):
        standing_in(two, {"SOL": "DOGE"})
    with pytest.raises(BookError, match="prices of BTC itself"):
        standing_in(two, {}, ("BTC",))


def test_a_contract_that_ends_on_the_way_is_refused_with_its_day() -> None:
    book = {
        "venue": "deribit", "on": "2025-10-09", "account_mode": "standard", "collateral": {"BTC": "2"},
        "indices": {"BTC": "100000"},
        "position": [
            {
                "symbol": "BTC/USD:BTC-251010-90000-P", "side": "short", "contracts": "1", "entry_price": "0.01",
                "mark_price": "0.01", "implied_volatility": "0.6", "underlying_price": "100000",
            }
        ],
    }  # fmt: skip
    with pytest.raises(BookError, match="it ends at 2025-10-10 08:00"):
        replay(ringfence.read(book), marks(*({"BTC": 1.0} for _ in range(40))), modes=["as-held"])


def test_an_owner_adds_late_and_no_more_than_the_cap_and_it_is_no_gain() -> None:
    """SOL falls in steps; what is sent at one close arrives with the bar after the next."""
    path = [1, 0.9, 0.86, 0.85, 0.84, 0.80, 0.79]
    bars = recorded([{"BTC": (1,) * 4, "ETH": (1,) * 4, "SOL": (a, a, b, b)} for a, b in pairwise(path)])
    policy = TopUp(ratio=Decimal("0.08"), to=Decimal("0.04"), delay=HOUR, cap=Decimal(700))
    snapshot = ringfence.read(REFERENCE)
    bare = of(replay(snapshot, bars), "as-held")
    kept = of(replay(snapshot, bars, terms=Terms(top_up=policy)), "as-held")
    assert bare.first_death is not None
    assert kept.first_death is None
    assert kept.added == 700  # the cap
    assert [one.at for one in kept.additions] == [START + 3 * HOUR]
    assert kept.loss == Decimal("0.21") * 19600
    assert kept.other == 0


def test_what_is_sent_does_not_arrive_while_the_venue_is_out_of_reach() -> None:
    bars = recorded([{"BTC": (1,) * 4, "ETH": (1,) * 4, "SOL": (0.86,) * 4} for _ in range(6)])
    bars.open[0] = 1
    policy = TopUp(ratio=Decimal("0.05"), to=Decimal("0.04"), delay=timedelta(0), cap=Decimal(700))
    out = Terms(top_up=policy, outages=((START + HOUR, START + 4 * HOUR),))
    (added,) = of(replay(ringfence.read(REFERENCE), bars, terms=out), "as-held").additions
    assert added.at == START + 4 * HOUR


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ratio=50%",
        "ratio=50%,to=60%,delay=1h,cap=1",
        "ratio=50%,to=20%,delay=1,cap=1",
        "ratio=50%,to=20%,delay=1h,cap=0",
    ],
)
def test_a_policy_that_adds_nothing_is_refused(text: str) -> None:
    with pytest.raises(BookError, match="--top-up"):
        read_top_up(text)


def test_a_book_that_no_price_moves_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("time,BTC\n2025-01-01,1\n2025-01-02,2\n")
    with pytest.raises(BookError, match="no price moves this book"):
        ringfence.replay(ringfence.read(reference(position=[])), tmp_path / "prices.csv")
