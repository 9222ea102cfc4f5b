"""The book file: what it may leave out, what it says of itself, and what stands before the pack."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

import ringfence
from ringfence.core.errors import BookError
from ringfence.margin.snapshot import Holding
from tests.unit.books import reference, with_position

BTC, ETH, SOL = "BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT"


def held(**changes: Any) -> Holding:
    book = reference(**changes)
    return ringfence.read({key: value for key, value in book.items() if value is not None}).only()


def maintenance(**changes: Any) -> dict[str, str]:
    """Return the maintenance requirements by the pack's tiers, or by what the book says instead."""
    positions = [{k: v for k, v in row.items() if k != "maintenance_rate"} for row in reference()["position"]]
    health = ringfence.to_dict(ringfence.assess(ringfence.read(reference(position=positions, **changes))))
    return {p["symbol"]: p["maintenance_requirement"] for pool in health["pools"] for p in pool["positions"]}


# --- days -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "at", "day", "instant"),
    [
        ("2024-10-24", None, date(2024, 10, 24), datetime(2024, 10, 24, tzinfo=UTC)),
        (
            date(2024, 10, 24),
            "2024-10-24T08:00:00Z",
            date(2024, 10, 24),
            datetime(2024, 10, 24, 8, tzinfo=UTC),
        ),
        (None, "2024-10-24T08:00:00Z", date(2024, 10, 24), datetime(2024, 10, 24, 8, tzinfo=UTC)),
        (None, "2024-10-24T23:00:00-05:00", date(2024, 10, 25), datetime(2024, 10, 25, 4, tzinfo=UTC)),
        (None, date(2024, 10, 24), date(2024, 10, 24), datetime(2024, 10, 24, tzinfo=UTC)),
    ],
)
def test_a_day_follows_from_the_instant_in_utc(on: Any, at: Any, day: date, instant: datetime) -> None:
    book = held(on=on, at=at).book
    assert (book.on, book.at) == (day, instant)


def test_without_a_day_the_newest_rules_of_the_pack_hold() -> None:
    from ringfence.venue import find_pack
    from ringfence.venue.loader import newest

    assert held(on=None).book.on == newest(find_pack("binance-usdm"))


# --- symbols and marks ------------------------------------------------------------------------------


def test_a_symbol_is_known_by_the_venues_spelling_too() -> None:
    book = held(
        position=[{**reference()["position"][0], "symbol": "BTCUSDT", "mark_price": None}], marks={BTC: "9"}
    )
    assert book.book.positions[0].symbol == BTC
    assert book.market.marks == {BTC: Decimal(9)}


def test_entry_says_on_purpose_that_no_mark_is_known() -> None:
    assert ringfence.read(with_position(0, mark_price="entry")).only().market.marks[BTC] == Decimal(100000)


def test_a_float_in_hand_is_taken_as_it_is_written() -> None:
    assert held(collateral={"USDT": 0.1}).book.collateral["USDT"] == Decimal("0.1")


def test_a_contract_that_the_pack_lacks_is_described_by_the_book() -> None:
    own = {
        "symbol": "XYZ-SWAP",
        "payoff": "inverse",
        "settle": "XYZ",
        "contract_size": 10,
        "expiry": "2025-03-28",
    }
    row = {"symbol": "XYZ-SWAP", "side": "long", "contracts": 1, "entry_price": 5, "mark_price": 5,
           "leverage": 2, "maintenance_rate": "0.01"}  # fmt: skip
    found = held(instrument=[own], position=[row], collateral={"XYZ": "10"}).book
    contract = found.instruments["XYZ-SWAP"]
    assert (contract.underlying, contract.quote, contract.settle) == ("XYZ", "USD", "XYZ")
    assert contract.expiry == date(2025, 3, 28)
    assert found.positions[0].contract_size == Decimal(10)


# --- several accounts -------------------------------------------------------------------------------


def test_accounts_share_the_market_and_have_their_own_positions() -> None:
    whole = reference()
    own = {key: whole.pop(key) for key in ("collateral", "position")}
    shared = {**whole, "vols": {"BTC": "0.5"}}
    snapshot = ringfence.read(
        {**shared, "account": [{"name": "one", **own}, {"name": "two", **own, "on": "2025-01-01"}]}
    )
    assert [h.book.account for h in snapshot.holdings] == ["one", "two"]
    assert [h.book.on for h in snapshot.holdings] == [date(2024, 10, 24), date(2025, 1, 1)]
    assert all(h.market.vols == {"BTC": Decimal("0.5")} for h in snapshot.holdings)


# --- instead of the pack ----------------------------------------------------------------------------


def test_a_rule_for_every_symbol_stands_before_what_the_pack_says_of_one() -> None:
    everywhere = maintenance(rules=[{"kind": "slope", "base": "0.1", "increase": "0"}])
    assert everywhere == {BTC: "5050", ETH: "3240", SOL: "1960"}  # a tenth of 50,500, 32,400 and 19,600


def test_a_rule_for_one_symbol_stands_before_one_for_all() -> None:
    flat = [{"kind": "slope", "base": rate, "increase": "0"} for rate in ("0.1", "0.2")]
    found = maintenance(rules=[flat[0], {**flat[1], "symbol": "BTCUSDT"}])
    assert found == {BTC: "10100", ETH: "3240", SOL: "1960"}


def test_a_fee_of_the_book_stands_before_every_fee_of_the_pack() -> None:
    from ringfence.venue import rules_of
    from ringfence.venue.instruments import facts_of

    book = held(fee=[{"taker": "0.001"}, {"symbol": ETH, "taker": "0.002"}, {"liquidation": "0.03"}]).book
    rules = rules_of(book)
    taker = {symbol: rules.fee("taker", facts_of(book.instruments[symbol], "cross")) for symbol in (BTC, ETH)}
    assert taker == {BTC: (Decimal("0.001"), "the book"), ETH: (Decimal("0.002"), "the book")}
    assert rules.fee("liquidation", facts_of(book.instruments[BTC], "cross")) == (Decimal("0.03"), "the book")


def test_tiers_of_the_book_stand_before_those_of_the_pack() -> None:
    rows = [
        {"floor": "0", "cap": "50000", "maintenance_rate": "0.01"},
        {"floor": "50000", "maintenance_rate": "0.02"},
    ]
    found = maintenance(tier=[{"symbol": BTC, **row} for row in rows])
    assert found[BTC] == "510"  # 50,500 * 0.02 - 500


@pytest.mark.parametrize("form", ["rows", "by symbol", "ccxt"])
def test_tiers_are_taken_in_every_form(form: str) -> None:
    own = [
        {"floor": "0", "cap": "50000", "maintenance_rate": "0.01"},
        {"floor": "50000", "maintenance_rate": "0.02"},
    ]
    ccxt = [
        {"minNotional": 0, "maxNotional": 50000, "maintenanceMarginRate": 0.01},
        {"minNotional": 50000, "maxNotional": None, "maintenanceMarginRate": 0.02, "info": {"cum": "500"}},
    ]
    tiers = {"rows": [{"symbol": BTC, **row} for row in own], "by symbol": {BTC: own}, "ccxt": {BTC: ccxt}}[
        form
    ]
    assert maintenance(tier=tiers)[BTC] == "510"


def test_a_row_that_states_no_leverage_keeps_that_of_the_row_below() -> None:
    rows = [
        {"floor": "0", "maintenance_rate": "0.01", "max_leverage": "8"},
        {"floor": "50000", "maintenance_rate": "0.02"},
    ]
    book = reference(tier=[{"symbol": BTC, **row} for row in rows])
    book["position"] = [{k: v for k, v in book["position"][0].items() if k != "maintenance_rate"}]
    health = ringfence.to_dict(ringfence.assess(ringfence.read(book)))
    assert (
        health["pools"][0]["initial_requirement"] == "6312.5"
    )  # 50,500 / 8, though the position asks for 10x


# --- the rest ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "pool"),
    [
        ({}, "cross:USDT"),
        ({}, "cross:BNB"),
        ({}, f"isolated:{SOL}"),
        ({"position_mode": "hedge"}, f"isolated:{SOL}:long"),
        ({"account_mode": "multi-asset", "position": []}, "cross:*"),
    ],
)
def test_a_rest_belongs_to_a_pool_that_the_account_can_have(changes: dict[str, Any], pool: str) -> None:
    assert held(rest=[{"pool": pool, "equity": "5"}], **changes).book.rests[0].pool == pool


@pytest.mark.parametrize(
    ("changes", "pool"),
    [
        ({}, "cross:*"),
        ({}, f"isolated:{BTC}"),
        ({"position_mode": "hedge"}, f"isolated:{SOL}"),
        ({"account_mode": "multi-asset", "position": []}, "cross:USDT"),
    ],
)
def test_a_rest_of_another_pool_would_be_lost_and_is_refused(changes: dict[str, Any], pool: str) -> None:
    with pytest.raises(BookError, match="the account has no pool"):
        held(rest=[{"pool": pool, "equity": "5"}], **changes)


def test_switches_and_tags_are_lists_of_words() -> None:
    assert held(settings={"collateral_off": ["ETH"], "auto_top_up": False}).book.overrides.settings == {
        "collateral_off": ["ETH"]
    }
    assert ringfence.read(with_position(0, tags="core")).only().book.positions[0].tags == ("core",)
    with pytest.raises(BookError, match="is not a list of words"):
        ringfence.read(with_position(0, tags=[1]))


def test_a_correlation_may_be_written_in_either_order() -> None:
    market = held(correlation={"default": "0.5", "ETH,BTC": "0.9"}).market
    assert market.correlation_of("BTC", "ETH") == market.correlation_of("ETH", "BTC") == Decimal("0.9")
    assert market.correlation_of("BTC", "SOL") == Decimal("0.5")
    for row, fault in (
        ({"BTC,BTC": 1}, "two coins"),
        ({"BTC": 1}, "two coins"),
        ({"BTC,ETH": 0, "ETH,BTC": 0}, "twice"),
    ):
        with pytest.raises(BookError, match=fault):
            held(correlation=row)
