"""Each step of a procedure, on pools for sums in the head: warn, cancel, net, sell."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ringfence.book import Order
from ringfence.core.errors import RulePackError
from ringfence.liquidation import Fill, Fills, Stage, step
from ringfence.venue import kinds
from tests.unit.liquidation.plainex import BTC, COIN, ETH, MARKS, gains, pool, position, stage, world

D = Decimal


def order(symbol: str = BTC) -> Order:
    return Order(symbol, "buy", D(1), D(80), D(1), D(10))


# --- warn and cancel -----------------------------------------------------------------------------


def test_a_warning_states_the_equity_and_what_it_should_cover() -> None:
    before = stage("109", position("10"))
    (event,), after = step(before, world(), kinds.Warn())
    assert (event.name, event.postings) == ("warn", ())
    assert event.facts == {"equity": "9", "requirement": "9"}  # 109 - 10 * 10; 1 % of 900
    assert after == before


CANCELLED: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "the account's orders all go": ("account", (BTC, ETH), ()),
    "the orders of what is held go": ("symbol", (BTC, ETH), (ETH,)),
    "none is there to go": ("account", (), ()),
    "none of what is held is there to go": ("symbol", (ETH,), (ETH,)),
}


@pytest.mark.parametrize(("scope", "resting", "kept"), CANCELLED.values(), ids=CANCELLED)
def test_orders_are_cancelled(scope: Any, resting: tuple[str, ...], kept: tuple[str, ...]) -> None:
    orders = tuple(order(symbol) for symbol in resting)
    events, after = step(
        Stage(pool("105", position("10"), orders=orders)), world(), kinds.CancelOrders(scope=scope)
    )
    assert tuple(o.symbol for o in after.pool.orders) == kept
    gone = len(resting) - len(kept)
    assert [event.facts["orders"] for event in events] == ([str(gone)] if gone else [])
    assert not [posting for event in events for posting in event.postings]


# --- opposite legs -------------------------------------------------------------------------------


def test_equal_legs_close_each_other_at_mark() -> None:
    legs = position("10"), position("10", side="short", entry="95")
    events, after = step(stage("60", *legs), world(), kinds.NetHedge())
    assert after.pool.positions == ()
    assert after.pool.collateral == {"USDT": D(10)}  # 60 - 10 * 10 + 10 * 5
    assert gains(events)["market"] == {BTC: D(0), "USDT": D(50)}


def test_of_unequal_legs_the_difference_stays() -> None:
    legs = position("10"), position("4", side="short", entry="95")
    (event,), after = step(stage("60", *legs), world(), kinds.NetHedge())
    assert after.pool.positions == (position("6"),)
    assert after.pool.collateral == {"USDT": D(40)}  # 60 - 4 * 10 + 4 * 5
    assert event.facts == {"symbol": BTC, "contracts": "4", "price": "90"}


def test_one_side_alone_has_nothing_to_net() -> None:
    before = stage("60", position("10"), position("4", ETH))
    assert step(before, world(), kinds.NetHedge()) == ((), before)


# --- forced sales --------------------------------------------------------------------------------

SOLD: dict[str, tuple[Stage, kinds.Reduce, list[str], str, str]] = {
    "all is sold, and the fee is a hundredth of what it brings": (
        stage("109", position("10")), kinds.Reduce(by="all"), ["10"], "0", "0",
    ),  # 109 - 100 - 9
    "all is sold to a market that takes a part": (
        stage("109", position("10"), takes="4"), kinds.Reduce(by="all"), ["4"], "6", "65.4",
    ),  # 109 - 40 - 3.6
    "nobody buys": (stage("109", position("10"), price=None), kinds.Reduce(by="all"), [], "10", "109"),
    "a pool that is safe sells nothing": (stage("200", position("10")), kinds.Reduce(by="all"), [], "10", "200"),
    "a fraction": (
        stage("109", position("10")), kinds.Reduce(by="fraction", fraction=D("0.25")), ["2.5"], "7.5", "81.75",
    ),  # 109 - 25 - 2.25
    "a fraction goes up to a whole lot": (
        stage("109", position("10"), lot="1"), kinds.Reduce(by="fraction", fraction=D("0.25")), ["3"], "7", "76.3",
    ),
    "a fraction is for large positions, small ones are sold whole": (
        stage("109", position("10")), kinds.Reduce(by="fraction", fraction=D("0.2"), above=D(900)), ["10"], "0", "0",
    ),
    "a fraction of what is above the limit": (
        stage("109", position("10")), kinds.Reduce(by="fraction", fraction=D("0.2"), above=D(899)), ["2"], "8", "87.2",
    ),
    "one tier down, the excess alone": (
        stage("162", position("15")), kinds.Reduce(by="tiers", tiers=1), ["5"], "10", "107.5",
    ),  # equity 12 of 27 needed; 162 - 50 - 4.5
    "one tier after another until the pool is safe": (
        stage("300", position("25")), kinds.Reduce(by="tiers", tiers=1), ["5"], "20", "245.5",
    ),  # 50 of 112.5; then 45.5 of 36
    "two tiers at once": (
        stage("300", position("25")), kinds.Reduce(by="tiers", tiers=2), ["15"], "10", "136.5",
    ),
    "the whole excess or nothing": (
        stage("162", position("15"), takes="4"), kinds.Reduce(by="tiers", tiers=1), [], "15", "162",
    ),
    "a position on the first tier has no excess": (
        stage("105", position("10")), kinds.Reduce(by="tiers", tiers=1), [], "10", "105",
    ),
    "low tiers are left to the next step": (
        stage("162", position("15")), kinds.Reduce(by="tiers", tiers=1, least_tier=3), [], "15", "162",
    ),
    "a pool that would not cover the first tiers is left to the next step": (
        stage("162", position("15")), kinds.Reduce(by="tiers", tiers=1, covers_first_tier=True), [], "15", "162",
    ),  # equity 12 of 13.5
    "a pool that would cover the first tiers is reduced": (
        stage("165", position("15")), kinds.Reduce(by="tiers", tiers=1, covers_first_tier=True), ["5"], "10", "110.5",
    ),  # equity 15 of 13.5
    "as little as heals": (
        stage("164", position("15")), kinds.Reduce(by="until_safe"), ["5"], "10", "109.5",
    ),  # 14 of 27 needed; down a tier, 14 - 4.5 of 9
    "as much as the market takes where nothing heals": (
        stage("101", position("10"), takes="3"), kinds.Reduce(by="until_safe"), ["3"], "7", "70",
    ),  # 101 - 30, and the fee of 2.7 is cut to what is left: 71 - 70
    "on to a ratio of two fifths": (
        stage("120", position("10")), kinds.Reduce(by="until_safe", stop_ratio=D("0.4")), ["1.9"], "8.1", "99.29",
    ),  # 9 - 0.9 x <= 0.4 * (20 - 0.9 x) from x = 1.85
}  # fmt: skip


@pytest.mark.parametrize(("before", "rule", "sold", "left", "wallet"), SOLD.values(), ids=SOLD)
def test_a_forced_sale(before: Stage, rule: kinds.Reduce, sold: list[str], left: str, wallet: str) -> None:
    events, after = step(before, world(), rule)
    assert [event.facts["contracts"] for event in events] == sold
    assert sum(p.contracts for p in after.pool.positions) == D(left)
    assert after.pool.collateral["USDT"] == D(wallet)
    assert before.fills.of(BTC) is None or after.fills.offers[BTC].contracts == before.fills.offers[
        BTC
    ].contracts - sum(map(D, sold))


def test_the_largest_position_goes_first_unless_the_book_decides() -> None:
    held = position("2", ETH, entry="10"), position("10")
    fills = replace(stage("105", *held).fills, offers={symbol: _any(symbol) for symbol in (BTC, ETH)})
    for order_, first in (("largest", BTC), ("book", ETH)):
        rule = kinds.Reduce(by="all", order="largest" if order_ == "largest" else "book")
        events, _ = step(Stage(pool("105", *held), fills), world(), rule)
        assert events[0].facts["symbol"] == first


def _any(symbol: str) -> Fill:
    return Fill(MARKS[symbol], D(1000))


def test_a_sale_away_from_the_mark_realises_its_own_price() -> None:
    (event,), after = step(stage("109", position("10"), price="92"), world(), kinds.Reduce(by="all"))
    assert event.facts["realised"] == "-80"
    assert event.facts["fee"] == "9.2"
    assert after.pool.collateral == {"USDT": D("19.8")}
    assert gains((event,)) == {
        "cross:USDT": {BTC: D(-10), "USDT": D("-89.2")},
        "market": {BTC: D(10), "USDT": D(80)},
        "venue:fees": {"USDT": D("9.2")},
    }


def test_the_fee_may_go_to_the_fund() -> None:
    rule = kinds.Reduce(by="all", fee_to="insurance")
    events, after = step(stage("109", position("10"), fund="5"), world(), rule)
    assert gains(events)["venue:insurance"] == {"USDT": D(9)}
    assert after.fund == 14


SURPLUS: dict[str, tuple[str, str, str, str | None, str]] = {
    "what a fill brings above the bankruptcy price is the fund's": ("104", "89.7", "0", "0", "1"),
    "up to the fee and no more": ("109", "92", "0", "19.8", "9.2"),
    "below it the fund pays the difference": ("104", "88", "20", "0", "4"),
    "and where it cannot there is no fill": ("104", "88", "5", None, "5"),
}  # wallet, fill, fund before -> what is left in the wallet, fund after; bankruptcy prices 89.6 and 89.1


@pytest.mark.parametrize(("wallet", "price", "fund", "left", "after"), SURPLUS.values(), ids=SURPLUS)
def test_the_fund_takes_the_surplus_of_a_sale(
    wallet: str, price: str, fund: str, left: str | None, after: str
) -> None:
    before = stage(wallet, position("10"), price=price, fund=fund)
    events, then = step(before, world(), kinds.Reduce(by="all", fee="surplus"))
    assert then.pool.collateral["USDT"] == D(wallet if left is None else left)
    assert bool(events) is (left is not None)
    assert then.fund == D(after)


def test_the_fund_may_take_the_whole_surplus() -> None:
    before = stage("109", position("10"))
    _, then = step(before, world(), kinds.Reduce(by="all", fee="whole_surplus"))
    assert then.fund == 9
    assert then.pool.collateral == {"USDT": D(0)}


LIMITS: dict[str, tuple[kinds.Reduce, str, bool]] = {
    "any price": (kinds.Reduce(by="all"), "60", True),
    "the bankruptcy price": (kinds.Reduce(by="all", limit="bankruptcy"), "89.6", True),
    "not a cent below it": (kinds.Reduce(by="all", limit="bankruptcy"), "89.59", False),
    "the fillable price": (kinds.Reduce(by="all", adjustment=D(1), spread=D("1.5")), "89.25", True),
    "not a cent below that": (kinds.Reduce(by="all", adjustment=D(1), spread=D("1.5")), "89.24", False),
}  # equity 4 of 9: bankruptcy 90 - 0.4; rating 5/9, 90 - 5/9 * 1.5 * 0.9


@pytest.mark.parametrize(("rule", "price", "fills"), LIMITS.values(), ids=LIMITS)
def test_an_order_fills_no_worse_than(rule: kinds.Reduce, price: str, fills: bool) -> None:
    events, _ = step(stage("104", position("10"), price=price), world(), rule)
    assert bool(events) is fills


def test_a_sale_says_which_tiers_it_came_from_and_went_to_and_how_long_the_venue_waits() -> None:
    rule = kinds.Reduce(by="tiers", tiers=1, cooldown_seconds=30)
    (event,), _ = step(stage("164", position("15")), world(), rule)
    assert (event.facts["tier_before"], event.facts["tier_after"]) == ("2", "1")
    assert event.facts["cooldown_seconds"] == "30"


def test_a_short_position_is_bought_back() -> None:
    before = stage("109", position("10", side="short", entry="80"))
    (event,), after = step(before, world(), kinds.Reduce(by="all"))
    assert gains((event,))["market"] == {BTC: D(-10), "USDT": D(100)}
    assert after.pool.collateral == {"USDT": D(0)}


def test_an_inverse_position_is_sold_for_its_coin() -> None:
    held = position("90", COIN)  # 9000 / 100 = 90 coins at entry, 100 at mark
    before = Stage(pool("10.9", held, unit="BTC"), Fills({COIN: Fill(D(90), D(90))}))
    (event,), after = step(before, world(), kinds.Reduce(by="all"))
    assert event.facts["realised"] == "-10"
    assert after.pool.collateral == {"BTC": D(0)}  # the fee of 1 is cut to the 0.9 that is left


@pytest.mark.parametrize("by", ["fraction", "tiers"])
def test_a_step_that_lacks_its_number_is_a_fault_of_the_pack(by: Any) -> None:
    with pytest.raises(RulePackError, match=f"does not say {by}"):
        step(stage("101", position("15")), world(), kinds.Reduce(by=by))


def test_what_is_left_of_an_isolated_position_carries_its_own_wallet() -> None:
    held = replace(position("10"), margin_mode="isolated", collateral=D(109))
    isolated = replace(pool("109", held), id="isolated:BTC/USDT:USDT", kind="isolated")
    before = replace(stage("109", held), pool=isolated)
    _, after = step(before, world(), kinds.Reduce(by="fraction", fraction=D("0.25")))
    (left,) = after.pool.positions
    assert left.collateral == after.pool.collateral["USDT"] == D("81.75")
