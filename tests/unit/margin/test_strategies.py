"""Legs matched into strategies: every group by its name and its need, leftovers, ties, and who covers whom."""

from decimal import Decimal

import pytest

import ringfence
from ringfence.core.errors import RulePackError
from ringfence.margin.node import Missing, Node

LONG_DATED = "270115"
SOON, LATER = "260619", "260717"


def stock(number: int, price: str = "100", symbol: str = "XYZ") -> dict[str, str]:
    return {
        "symbol": symbol, "side": "long" if number > 0 else "short", "contracts": str(abs(number)),
        "entry_price": price, "mark_price": price,
    }  # fmt: skip


def option(terms: str, number: int, price: str, expiry: str = SOON, coin: str = "XYZ") -> dict[str, str]:
    return {
        "symbol": f"{coin}/USD:USD-{expiry}-{terms}", "side": "long" if number > 0 else "short",
        "contracts": str(abs(number)), "entry_price": price, "mark_price": price,
    }  # fmt: skip


def needs(*legs: dict[str, str], spot: str = "100", measure: str = "initial", **more: object) -> Node:
    """Return the class of a book: its parts are the groups."""
    book: dict[str, object] = {
        "venue": "us-options", "at": "2026-05-15T20:00:00Z", "collateral": {"USD": "1000000"},
        "indices": {"XYZ": spot}, "position": list(legs), **more,
    }  # fmt: skip
    judged = ringfence.assess(ringfence.read(book)).accounts[0].pools[0].judged
    root = judged.initial if measure == "initial" else judged.maintenance
    assert not isinstance(root, Missing)
    (found,) = root.parts
    return found


def names(found: Node) -> list[str]:
    return [part.name for part in found.parts]


@pytest.mark.parametrize(
    ("legs", "name", "net"),
    [
        ([option("110-C", -1, "2")], "naked short call", 1000),
        ([option("90-P", -1, "2")], "naked short put", 1000),
        ([option("90-P", 1, "2")], "long put", 200),
        ([option("90-P", 1, "2", LONG_DATED)], "long put", 200),
        ([option("90-P", 1, "2", "270320")], "long put", 150),
        ([stock(100)], "long stock", 5000),
        ([stock(-100)], "short stock", 5000),
        ([stock(100), option("110-C", -1, "2")], "covered call", 4800),
        ([stock(-100), option("90-P", -1, "2")], "covered put", 4800),
        ([stock(100), option("90-P", 1, "2")], "protective put", 5200),
        ([stock(-100), option("110-C", 1, "2")], "protective call", 5200),
        ([stock(100), option("90-P", 1, "2"), option("110-C", -1, "3")], "collar", 4900),
        ([stock(100), option("100-P", 1, "2"), option("100-C", -1, "3")], "conversion", 4900),
        ([stock(-100), option("100-P", -1, "2"), option("100-C", 1, "3")], "reverse conversion", 5100),
        ([option("100-C", 1, "4"), option("110-C", -1, "1")], "call vertical", 300),
        ([option("100-C", -1, "4"), option("110-C", 1, "1")], "call vertical", 700),
        ([option("100-C", 1, "5", LATER), option("100-C", -1, "4")], "call calendar", 100),
        ([option("105-C", 1, "3", LATER), option("100-C", -1, "4")], "call diagonal", 400),
        ([option("100-P", -1, "4"), option("100-C", -1, "5")], "short straddle", 2000),
        ([option("90-P", -1, "1"), option("110-C", -1, "2")], "short strangle", 1000),
        ([option("90-P", 1, "1"), option("110-C", 1, "2")], "long strangle", 300),
        (
            [option("90-P", 1, "1"), option("95-P", -1, "2"), option("105-C", -1, "2"), option("110-C", 1, "1")],
            "iron condor", 300,
        ),
        (
            [option("95-C", 1, "7"), option("100-C", -2, "4"), option("110-C", 1, "1")],
            "call butterfly", 500,
        ),
        (
            [option("90-P", 1, "1"), option("95-P", -1, "2"), option("90-C", -1, "11"), option("95-C", 1, "8")],
            "box", 100,
        ),
    ],
)  # fmt: skip
def test_a_strategy_by_its_name_and_its_need(legs: list[dict[str, str]], name: str, net: int) -> None:
    found = needs(*legs)
    assert names(found) == [name]
    assert found.value == net


def test_an_option_covers_nothing_that_lasts_longer() -> None:
    assert names(needs(option("100-C", 1, "4"), option("100-C", -1, "5", LATER))) == [
        "long call",
        "naked short call",
    ]


def test_a_put_covers_no_call_and_a_coin_no_other() -> None:
    found = needs(option("100-P", 1, "4"), option("100-C", -1, "4"))
    assert names(found) == ["long put", "naked short call"]


def test_units_of_a_fund_cover_options_on_its_index() -> None:
    found = needs(
        stock(2500, "500", "SPY"),
        option("5100-C", -3, "40", coin="SPX"),
        indices={"SPX": "5000", "SPY": "500"},
    )
    assert {part.name: part.inputs["groups"] for part in found.parts} == {
        "covered call": 2,
        "long stock": 500,
        "naked short call": 1,
    }


@pytest.mark.parametrize("lots", [2, 7, 250])
def test_lots_need_as_many_times_one(lots: int) -> None:
    def legs(times: int) -> list[dict[str, str]]:
        return [option("95-P", -times, "1"), option("90-P", times, "0.5"), option("105-C", -times, "2")]

    assert needs(*legs(lots)).value == needs(*legs(1)).value * lots


def test_the_order_of_a_book_does_not_matter() -> None:
    legs = [stock(150), option("105-C", -2, "2"), option("110-C", 1, "1"), option("95-P", -1, "2")]
    found = {needs(*legs[turn:], *legs[:turn]).value for turn in range(len(legs))}
    assert len(found) == 1


def test_maintenance_of_hedged_stock_is_a_tenth_of_the_strike_and_what_it_is_out_of_the_money() -> None:
    found = needs(stock(100), option("90-P", 1, "2"), measure="maintenance")
    assert found.value == 9 * 100 + 10 * 100 + 200


def test_covered_stock_counts_no_more_than_the_strike() -> None:
    found = needs(stock(100, "130"), option("110-C", -1, "21"), spot="130", measure="maintenance")
    assert found.value == Decimal("0.25") * 110 * 100 + 20 * 100 - 2100


def test_cheap_stock_that_is_owed_needs_five_dollars_a_share_or_all_of_it() -> None:
    assert needs(stock(-100, "8"), spot="8", measure="maintenance").value == 500
    assert needs(stock(-100, "4"), spot="4", measure="maintenance").value == 400
    assert needs(stock(-100, "1"), spot="1", measure="maintenance").value == 250


def test_a_book_may_be_judged_gross() -> None:
    legs = [option("110-C", -1, "2")]
    gross = needs(*legs, rules=[{"kind": "strategies", "proceeds": "gross"}])
    assert gross.value == 1200
    assert needs(*legs).value == 1000


def test_futures_are_none_of_its_business() -> None:
    row = {"symbol": "ABC", "payoff": "linear", "settle": "USD", "contract_size": "1"}
    with pytest.raises(RulePackError, match="strategy rules are for stock"):
        needs(stock(1, "10", "ABC"), instrument=[row])


def test_half_contracts_are_matched_in_halves() -> None:
    legs = [option("110-C", -1, "2"), option("115-C", 1, "1")]
    halves = [{**leg, "contracts": "0.5"} for leg in legs]
    assert needs(*halves).value * 2 == needs(*legs).value
