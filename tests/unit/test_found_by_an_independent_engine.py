"""Books on which an engine written apart from this one, from the venues' pages alone, came to other numbers."""

from decimal import Decimal, localcontext
from typing import Any

import pytest

import ringfence
from ringfence.core.number import EXACT
from ringfence.market import read_shock
from ringfence.report.trade import what_if_dict
from tests.unit.books import reference

NO_FEE = {"fee": [{"taker": "0"}]}


def position(symbol: str, contracts: str, price: str, **more: Any) -> dict[str, Any]:
    """Return a long position, its mark at its entry price."""
    row = {
        "symbol": symbol,
        "side": "long",
        "contracts": contracts,
        "entry_price": price,
        "mark_price": price,
    }
    return row | more


def pool_of(book: dict[str, Any], pool: str) -> dict[str, Any]:
    data = ringfence.to_dict(ringfence.assess(ringfence.read(book)))
    found: dict[str, Any] = next(p for p in data["pools"] if p["pool"] == pool)
    return found


def after(order: str, **changes: Any) -> Any:
    return ringfence.what_if(ringfence.read(reference(**NO_FEE, **changes)), order).after.book


# --- what a book says instead of the pack ----------------------------------------------------------


def test_own_tiers_of_one_symbol_leave_its_neighbours_in_the_packs_table() -> None:
    held = [position(f"{coin}/USDC:USDC", "100", "10", leverage="2") for coin in ("LINK", "ADA")]
    book = {"venue": "hyperliquid", "on": "2026-10-05", "collateral": {"USDC": "5000"}, "position": held}
    own = {"symbol": "LINK/USDC:USDC", "floor": "0", "max_leverage": "5"}
    link, ada = pool_of(book | {"tier": [own]}, "cross:USDC")["positions"]
    assert link["maintenance_requirement"] == "100"  # half of 1 / 5 on 1,000
    assert ada["maintenance_requirement"] == "50"  # half of 1 / 10: the pack keeps both in one table


def test_a_result_says_what_the_book_overrides() -> None:
    snapshot = ringfence.read(reference(fee=[{"taker": "0.0004"}]))
    trade = what_if_dict(ringfence.what_if(snapshot, "buy 0.1 BTC/USDT:USDT"), ringfence.assess(snapshot))
    contrast = ringfence.to_dict(ringfence.compare(snapshot, modes=["as-held"], shocks=[]))
    assert contrast["overrides"] == trade["overrides"]
    legs = ("BTC/USDT:USDT:long", "ETH/USDT:USDT:short", "SOL/USDT:USDT:long")
    assert trade["overrides"] == [
        "fee: Fee all symbols",
        *(f"position: maintenance_rate {leg}" for leg in legs),
    ]


@pytest.mark.parametrize("described", ["DGB/USDT:USDT", "DGBUSDT"])
@pytest.mark.parametrize("held", ["DGB/USDT:USDT", "DGBUSDT"])
def test_own_contract_is_found_by_either_spelling(described: str, held: str) -> None:
    own = {
        "symbol": described,
        "payoff": "linear",
        "settle": "USDT",
        "contract_size": "1",
        "tick": "0.000001",
    }
    row = position(held, "2000", "0.008866", leverage="1", maintenance_rate="0.02", margin_mode="isolated")
    book = {"venue": "bybit", "on": "2024-06-01", "instrument": [own], "position": [row | {"side": "short"}]}
    (leg,) = pool_of(book, "isolated:DGB/USDT:USDT")["positions"]
    assert leg["displayed_liquidation_price"] == "0.017554"  # 0.01755468, down to the tick


def test_an_order_takes_size_leverage_and_mode_from_the_position_it_adds_to() -> None:
    held = position("SOL/USDT:USDT", "10", "150", contract_size="2", leverage="5", margin_mode="isolated")
    order = {"symbol": "SOL/USDT:USDT", "side": "buy", "contracts": "1", "price": "150"}
    book = {
        "venue": "okx", "on": "2025-10-01", "collateral": {"USDT": "1000"}, "order": [order],
        "position": [held | {"maintenance_rate": "0.01"}],
    }  # fmt: skip
    (resting,) = ringfence.read(book).holdings[0].book.orders
    assert (resting.contract_size, resting.leverage) == (Decimal(2), Decimal(5))
    assert resting.margin_mode == "isolated"


# --- a coin has one price, with or without [indices] -----------------------------------------------


@pytest.mark.parametrize("indices", [{}, {"BTC": "60000"}])
@pytest.mark.parametrize("order", [1, -1])
def test_collateral_in_the_coin_moves_along_however_its_index_is_known(
    indices: dict[str, str], order: int
) -> None:
    rate = {"leverage": "10", "maintenance_rate": "0.01"}
    inverse = position("BTC/USD:BTC", "60000", "60000", **rate) | {"side": "short"}
    linear = position("BTC/USDT:USDT", "1", "60000", **rate)
    book = {"venue": "bybit", "on": "2025-10-01", "collateral": {"BTC": "0.5"}, "indices": indices, **NO_FEE}
    pool = pool_of(book | {"position": [inverse, linear][::order]}, "cross:*")
    price = next(p["liquidation_price"] for p in pool["positions"] if p["symbol"] == "BTC/USDT:USDT")
    # 0.49 P + P - 60,000 = 0.01 P for each of the two; the inverse contract's own mark is held
    assert price.startswith("40816.3265306122")


def test_a_shock_moves_a_stablecoin_whose_index_is_not_given() -> None:
    held = position("BTC/USDT:USDT", "0.01", "60000", leverage="10")
    book = {"venue": "bybit", "on": "2025-10-01", "collateral": {"USDT": "1000"}, "position": [held]}
    shock = read_shock("USDT=-10%")
    contrast = ringfence.to_dict(ringfence.compare(ringfence.read(book), modes=["as-held"], shocks=[shock]))
    assert contrast["modes"][0]["shocks"][0]["loss"] == "100"


# --- prices of a pool past its trigger -------------------------------------------------------------


def test_each_leg_of_a_hedge_recovers_where_the_pool_does() -> None:
    rate = {"leverage": "10", "maintenance_rate": "0.01", "mark_price": "80"}
    legs = [
        position("BTC/USDT:USDT", "2", "100") | rate,
        position("BTC/USDT:USDT", "1", "100") | rate | {"side": "short"},
    ]
    book = {
        "venue": "binance-usdm", "on": "2024-10-24", "position_mode": "hedge", "collateral": {"USDT": "20"},
        "position": legs,
    }  # fmt: skip
    for leg in pool_of(book, "cross:USDT")["positions"]:
        assert leg["recovery_price"].startswith("82.4742268041")  # 20 + (P - 100) = 0.01 * 3 P


# --- money -----------------------------------------------------------------------------------------


def test_an_orders_closing_fee_is_counted_at_the_orders_price() -> None:
    held = position("BTC/USDT:USDT", "0.1", "60000", leverage="10", mark_price="61000")
    book = {"venue": "bybit", "on": "2025-10-01", "collateral": {"USDT": "5000"}, "position": [held]}
    (leg,) = pool_of(book, "cross:*")["positions"]
    assert leg["order_cost"] == "606.27"  # 600, and 0.055 % of 6,000 to open and of 5,400 to close


def test_orders_that_only_reduce_cost_nothing_where_the_venue_says_so() -> None:
    held = position("BTC/USD:BTC", "10000", "10000", leverage="10")
    sell = {"symbol": "BTC/USD:BTC", "side": "sell", "contracts": "8000", "price": "10000"}
    book = {
        "venue": "bitmex", "on": "2024-03-08", "collateral": {"BTC": "1"}, "position": [held],
        "order": [sell, sell],
    }  # fmt: skip
    # 0.1 for the position; of 16,000 ordered 6,000 would open a short: 0.06
    assert pool_of(book, "cross:BTC")["initial_requirement"] == "0.16"


def test_a_loss_in_a_coin_without_a_ratio_comes_off_its_balance_first() -> None:
    held = position("ETH/USD:ETH", "30000", "3000", leverage="10", mark_price="2500", maintenance_rate="0.01")
    book = {
        "venue": "bybit", "on": "2025-10-01", "collateral": {"USDT": "1000", "ETH": "10"}, "position": [held],
    }  # fmt: skip
    pool = pool_of(book, "cross:*")
    assert pool["unrealized_pnl"] == "-5000"  # 30,000 (1 / 3,000 - 1 / 2,500) = -2 ETH
    assert pool["equity"] == "1000"  # 8 ETH are left, and count for nothing; no debt


def test_closing_an_isolated_position_never_costs_more_than_its_wallet() -> None:
    assert after("sell 100 SOL/USDT:USDT @ 150").collateral["USDT"] == Decimal(
        16000
    )  # 5,000 lost, 4,000 there


def test_a_loss_on_a_part_of_an_isolated_position_stays_with_the_rest() -> None:
    book = after("sell 50 SOL/USDT:USDT @ 100")
    assert book.collateral["USDT"] == Decimal(16000)
    assert book.positions[2].collateral == Decimal(-1000)  # 4,000 less 50 * 100


@pytest.mark.parametrize(("move", "loss", "bad_debt"), [("-10%", "0", "14"), ("50%", "-34", "0")])
def test_what_a_bankrupt_pool_owes_is_the_venues_before_a_shock_too(
    move: str, loss: str, bad_debt: str
) -> None:
    held = position("BTC/USDT:USDT", "1", "100", leverage="10", mark_price="80", maintenance_rate="0.01")
    book = {"venue": "binance-usdm", "on": "2024-10-24", "collateral": {"USDT": "14"}, "position": [held]}
    shock = read_shock(f"BTC={move}")
    contrast = ringfence.to_dict(ringfence.compare(ringfence.read(book), modes=["as-held"], shocks=[shock]))
    told = contrast["modes"][0]["shocks"][0]
    assert (told["loss"], told["bad_debt"]) == (loss, bad_debt)  # 14 - 20 today: nothing is left to lose


def test_a_wallet_above_the_value_of_an_inverse_short_leaves_no_fee_to_count_and_no_negative_one() -> None:
    held = position("BTC/USD:BTC", "100", "10000", leverage="10") | {"side": "short"}
    book = {
        "venue": "bybit", "on": "2020-06-01", "account_mode": "classic", "collateral": {"BTC": "1"},
        "position": [held],
    }  # fmt: skip
    pool = pool_of(book, "cross:BTC")
    # worth 0.01 BTC: a coin behind it is more than it can ever lose
    assert (pool["initial_requirement"], pool["maintenance_requirement"]) == ("0.001", "0.00005")
    assert pool["positions"][0]["never_liquidated"]


# --- cuts ------------------------------------------------------------------------------------------


def test_a_cut_of_everything_leaves_no_idle_crumb() -> None:
    rows = [position(f"{coin}/USDT:USDT", "1", "100", leverage="10") for coin in ("BTC", "ETH", "SOL")]
    book = {"venue": "binance-usdm", "on": "2024-10-24", "collateral": {"USDT": "100"}, "position": rows}
    health = ringfence.assess(ringfence.read(book), mode="isolated", cut="equal-leverage")
    pools = [one.pool for one in health.accounts[0].pools]
    assert [pool.kind for pool in pools] == ["isolated"] * 3  # a third each, and no idle pool of 1E-48
    with localcontext(EXACT):
        assert sum(pool.collateral["USDT"] for pool in pools) == Decimal(100)


def test_the_cut_at_leverage_leaves_no_idle_crumb_where_every_wallet_is_a_quotient() -> None:
    rows = [
        position("BTC/USD:BTC", "157550", "40518.431", leverage="10", margin_mode="isolated"),
        position(
            "ETH/USD:ETH", "138", "2270.3845", leverage="2", margin_mode="isolated", maintenance_rate="0.01"
        ),
    ]
    book = {"venue": "binance-coinm", "on": "2024-10-24", "position": rows}
    health = ringfence.assess(ringfence.read(book), mode="isolated", cut="at-leverage")
    assert [one.pool.kind for one in health.accounts[0].pools] == ["isolated"] * 2


def test_a_leverage_above_the_tiers_is_not_allowed_where_the_fee_stands_in_the_requirement() -> None:
    rows = [
        {
            "symbol": "BTC/USDT:USDT",
            "floor": "0",
            "cap": "1000",
            "maintenance_rate": "0.01",
            "max_leverage": "20",
        },
        {"symbol": "BTC/USDT:USDT", "floor": "1000", "maintenance_rate": "0.02", "max_leverage": "10"},
    ]
    book = {
        "venue": "bybit", "on": "2025-10-01", "collateral": {"USDT": "100000"}, "tier": rows,
        "marks": {"BTC/USDT:USDT": "60000"},
    }  # fmt: skip
    snapshot = ringfence.read(book)
    assert ringfence.what_if(snapshot, "buy 0.01 BTC/USDT:USDT @ 60000 x20").allowed  # 600: first tier
    assert not ringfence.what_if(snapshot, "buy 0.1 BTC/USDT:USDT @ 60000 x20").allowed  # 6,000: second


def test_a_position_may_be_reduced_while_the_account_is_below_its_initial_requirement() -> None:
    held = position("BTC/USDT:USDT", "1", "100", leverage="2", maintenance_rate="0.01")
    book = {"venue": "binance-usdm", "on": "2024-10-24", "collateral": {"USDT": "20"}, "position": [held]}
    snapshot = ringfence.read(book | NO_FEE)
    assert ringfence.what_if(snapshot, "sell 0.1 BTC/USDT:USDT").allowed
    assert not ringfence.what_if(snapshot, "buy 0.1 BTC/USDT:USDT").allowed  # 50 needed, 20 there
    buy, sell = ringfence.max_size(snapshot, "BTC/USDT:USDT")
    # all of it, and a short of 0.4 after that, for which 20 are put up
    assert (buy.allowed, sell.allowed) == (Decimal(0), Decimal("1.4"))


def test_an_order_asks_only_the_pool_that_pays_for_it() -> None:
    rows = [
        position("BTC/USDT:USDT", "1", "100", leverage="2", maintenance_rate="0.01"),
        position("ETH/USDC:USDC", "1", "100", leverage="2", maintenance_rate="0.01"),
    ]
    book = {
        "venue": "binance-usdm", "on": "2024-10-24", "collateral": {"USDT": "1000", "USDC": "20"}, "position": rows,
    }  # fmt: skip
    snapshot = ringfence.read(book)
    assert ringfence.what_if(
        snapshot, "buy 1 BTC/USDT:USDT"
    ).allowed  # that USDC is short of 30 is its own matter
    assert not ringfence.what_if(snapshot, "buy 1 ETH/USDC:USDC").allowed


@pytest.mark.parametrize("shared", [{}, {"BTC": "7"}])
def test_an_inverse_short_of_one_times_is_never_liquidated_by_the_trace_of_a_quotient(
    shared: dict[str, str],
) -> None:
    alone = {"margin_mode": "isolated", "mark_price": "30000"}
    one = position("BTC/USD:BTC", "7", "30011.7", leverage="1") | alone | {"side": "short"}
    other = position("BTC/USD:BTC", "11", "29000.1", leverage="3") | alone
    book = {
        "venue": "binance-coinm", "on": "2024-10-24", "position_mode": "hedge", "collateral": shared,
        "position": [other, one],
    }  # fmt: skip
    for mode in ("as-held", "isolated"):
        data = ringfence.to_dict(ringfence.assess(ringfence.read(book), mode=mode))
        (short,) = next(p for p in data["pools"] if p["pool"].endswith("short"))["positions"]
        assert short["never_liquidated"]  # worth its wallet at every price
