"""An account whose marks move is the account that a book with those marks describes."""

from decimal import Decimal
from typing import Any

import pytest

import ringfence
from ringfence.contrast.limit import Limit
from ringfence.contrast.watch import Ladder, Tick, Watch, after_tick, ladder, watched
from ringfence.importers import read
from ringfence.margin.assess import Health
from tests.unit.books import reference, with_position

INVERSE: dict[str, Any] = {
    "venue": "binance-coinm",
    "on": "2026-01-01",
    "collateral": {"BTC": "1"},
    "position": [
        {"symbol": symbol, "side": side, "contracts": contracts, "entry_price": "100000", "mark_price": mark}
        for symbol, side, contracts, mark in (
            ("BTC/USD:BTC", "long", "800", "100000"),
            ("BTC/USD:BTC-260327", "short", "300", "102000"),
        )
    ],
    "indices": {"BTC": "99000"},
}
for row in INVERSE["position"]:
    row |= {"leverage": "10", "contract_size": "100", "maintenance_rate": "0.004"}


def tick(**prices: str) -> Tick:
    return Tick("here", 1, "", {name.replace("_", "/"): Decimal(price) for name, price in prices.items()})


def deaths(shown: Ladder | Health) -> dict[str, tuple[str, Decimal | None]]:
    if isinstance(shown, Ladder):
        return {one.position.label: (one.status, one.price) for one in shown.rungs if not one.other_side}
    return {
        one.position.label: (pool.status, one.prices.liquidation)
        for account in shown.accounts
        for pool in account.pools
        for one in pool.positions
    }


@pytest.mark.parametrize("mode", ["as-held", "cross"])
def test_the_ladder_is_what_the_book_with_those_marks_gives(mode: str) -> None:
    book = reference()
    accounts = watched(read(book), mode)
    for btc, sol in [("90000", "190"), ("120000", "150"), ("101000", "196")]:
        accounts = after_tick(accounts, tick(BTC=btc, SOLUSDT=sol))
        book["position"][0]["mark_price"], book["position"][2]["mark_price"] = btc, sol
        assert deaths(ladder(accounts)) == deaths(ringfence.assess(read(book), mode=mode))


def test_the_cut_is_made_once_and_stays() -> None:
    accounts = watched(read(reference(vols={"BTC": "0.6", "ETH": "0.8", "SOL": "1"})), "isolated", "risk")
    before = deaths(ladder(accounts))
    there = after_tick(accounts, tick(BTC="99000", ETH="4100"))
    assert deaths(ladder(there)) == before


def test_a_coin_moves_its_index_once_however_many_of_its_contracts_have_moved() -> None:
    accounts = watched(read(INVERSE))
    symbols = ("BTC/USD:BTC", "BTC/USD:BTC-260327")
    marks = {symbols[0]: Decimal(110000), symbols[1]: Decimal(112200)}
    (both,) = after_tick(accounts, Tick("here", 1, "", marks))
    assert both.world.index("BTC") == Decimal(
        108900
    )  # 99,000 and a tenth more, and not a tenth of that again
    (coin,) = after_tick(accounts, tick(BTC="108900"))
    assert dict(coin.world.market.marks) == marks  # each contract keeps its ratio to the index


def test_collateral_is_a_coin_like_any_other() -> None:
    accounts = watched(read(reference()))
    (there,) = after_tick(accounts, tick(USDT="0.65"))
    assert there.world.index("USDT") == Decimal("0.65")


def test_marks_may_go_and_come_back_without_a_trace() -> None:
    accounts = watched(read(INVERSE))
    start = ladder(after_tick(accounts, tick(BTC="99000")))
    there = accounts
    for price in ("3", "77777.77", "99000"):
        there = after_tick(there, tick(BTC=price))
    assert ladder(there) == start


def test_a_position_without_an_end_is_last_and_raises_nothing() -> None:
    accounts = watched(
        read({**with_position(1), "position": [with_position(2, collateral="60000")["position"][2]]})
    )
    shown = ladder(accounts)
    assert shown.rungs[-1].price is None
    assert Watch(Limit(Decimal(10**6), "%")).passed(shown) == []


def test_what_was_raised_is_raised_again_only_after_it_was_over() -> None:
    accounts = watched(read(reference()))
    raised = Watch(Limit(Decimal(10), "%"))
    said = []
    for price in ("164", "163", "190", "160", "159", "190", "160"):
        accounts = after_tick(accounts, tick(SOL=price))
        shown = ladder(accounts)
        said.append((len(raised.passed(shown)), len(raised.met(shown))))
    assert said == [(1, 0), (0, 0), (0, 0), (1, 1), (0, 0), (0, 0), (1, 1)]
    assert raised.alerts == 3


def test_several_accounts_are_told_apart() -> None:
    one = reference()
    two = reference(collateral={"USDT": "9000"})
    venue, on = one.pop("venue"), one.pop("on")
    del two["venue"], two["on"]
    book = {"venue": venue, "on": on, "account": [{"name": "a", **one}, {"name": "b", **two}]}
    accounts = after_tick(watched(read(book)), tick(BTC="95000"))
    shown = ladder(accounts)
    assert len({rung.name for rung in shown.rungs}) == 6
    assert set(shown.pools) >= {"a/cross:USDT", "b/cross:USDT"}
    assert {rung.mark for rung in shown.rungs if "BTC" in rung.name} == {Decimal(95000)}
