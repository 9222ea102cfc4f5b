"""Positions of venues whose balances have many forms: each as the venue gives it, with a wallet of one's own."""

from decimal import Decimal
from typing import Any

import pytest

import ringfence
from ringfence.book import Position

USDT = {"collateral": {"USDT": "1000"}}


def only(row: dict[str, Any], *beside: Any, **options: Any) -> Position:
    (position,) = ringfence.read([row], *beside, **options).only().book.positions
    return position


def test_a_leverage_of_zero_at_gate_is_cross_at_its_limit() -> None:
    row = {"contract": "SOL_USDT", "size": -7, "entry_price": "200", "mark_price": "196", "leverage": "0",
           "cross_leverage_limit": "25", "mode": "single", "margin": "0", "liq_price": "0", "value": "1372",
           "unrealised_pnl": "28", "maintenance_margin": "6.86", "user": 12345}  # fmt: skip
    found = only(row, USDT)
    assert (found.margin_mode, found.side, found.leverage) == ("cross", "short", Decimal(25))
    assert found.contract_size == 1  # 1372 / 7 / 196
    isolated = only({**row, "leverage": "5", "margin": "280"}, USDT)
    assert (isolated.margin_mode, isolated.leverage, isolated.collateral) == (
        "isolated",
        Decimal(5),
        Decimal(280),
    )


@pytest.mark.parametrize(
    "row",
    [
        {"symbol": "BTCUSDT", "marginCoin": "USDT", "holdSide": "long", "total": "0.5", "marginMode": "isolated",
         "posMode": "one_way_mode", "leverage": "10", "openPriceAvg": "100000", "markPrice": "101000",
         "liquidationPrice": "0", "marginSize": "5000", "unrealizedPL": "500"},
        {"symbol": "BTCUSDT", "marginCoin": "USDT", "holdMode": "one_way_mode", "posSide": "long", "total": "0.5",
         "marginMode": "isolated", "leverage": "10", "avgPrice": "100000", "markPrice": "101000",
         "liquidationPrice": "", "positionBalance": "5000", "unrealisedPnl": "500"},
    ],
)  # fmt: skip
def test_both_accounts_of_bitget_give_the_same_position(row: dict[str, Any]) -> None:
    snapshot = ringfence.read([row], USDT)
    (found,) = snapshot.only().book.positions
    assert (found.symbol, found.margin_mode, found.collateral) == ("BTC/USDT:USDT", "isolated", Decimal(5000))
    assert snapshot.only().reported is not None


def test_a_fixed_leverage_at_kraken_means_isolated() -> None:
    row = {
        "side": "long",
        "symbol": "PF_SOLUSD",
        "price": 200.0,
        "size": 100,
        "fillTime": "2026-11-22T10:00:00Z",
    }
    beside = {"collateral": {"USD": "1000"}, "marks": {"PF_SOLUSD": "196"}}
    assert only(row, beside).margin_mode == "cross"
    assert only({**row, "maxFixedLeverage": 5.0, "pnlCurrency": "USD"}, beside).margin_mode == "isolated"


def test_kucoins_chosen_leverage_is_cost_over_what_was_put_up() -> None:
    row = {"symbol": "XBTUSDTM", "currentQty": -1, "crossMode": False, "avgEntryPrice": 68094.2, "markPrice": 66954.6,
           "posCost": -68.0942, "posInit": 1.361884, "posComm": 0, "posMargin": 2.35897317, "markValue": -66.9546,
           "leverage": 19.1376874933, "realLeverage": 19.1376874933, "unrealisedPnl": 1.1396,
           "liquidationPrice": 70130.57, "positionSide": "SHORT"}  # fmt: skip
    found = only(row, USDT)
    assert (found.side, found.leverage, found.collateral) == ("short", Decimal(50), Decimal("2.35897317"))


def test_bitmex_counts_in_the_smallest_units() -> None:
    row = {"account": 395724, "symbol": "XBTUSD", "currency": "XBt", "currentQty": 10000, "avgEntryPrice": 50000,
           "markPrice": 51000, "crossMargin": False, "leverage": 10, "posMargin": 2030000, "posComm": 30000,
           "posInit": 2000000, "posMaint": 130000, "unrealisedPnl": 392157, "markValue": -19607843,
           "liquidationPrice": 45700}  # fmt: skip
    wallet = {"account": 395724, "currency": "XBt", "walletBalance": 102030000, "marginBalance": 102422157,
              "maintMargin": 522157, "availableMargin": 100000000}  # fmt: skip
    holding = ringfence.read([row], [wallet]).only()
    (found,) = holding.book.positions
    assert (found.symbol, found.collateral, found.opening_fee) == (
        "BTC/USD:BTC",
        Decimal("0.0203"),
        Decimal("0.0003"),
    )
    assert holding.book.collateral == {"BTC": Decimal(1)}
    assert "395724" not in repr(holding)


def test_subaccounts_that_a_venue_names_are_accounts() -> None:
    state: dict[str, Any] = {
        "marginSummary": {"accountValue": "29.78"}, "crossMarginSummary": {"accountValue": "29.78"},
        "withdrawable": "29.78", "assetPositions": [], "time": 1795341600000,
    }  # fmt: skip
    named: list[Any] = [
        {"name": name, "address": f"0x{name}", "master": "0xmaster", "clearinghouseState": state,
         "spotState": {"balances": []}}
        for name in ("grid", "carry")
    ]  # fmt: skip
    snapshot = ringfence.read(named)
    assert [holding.book.account for holding in snapshot.holdings] == ["grid", "carry"]
    assert "0x" not in repr(snapshot)


def test_two_legs_of_one_symbol_are_a_hedge() -> None:
    row = {"symbol": "BTCUSDT", "marginCoin": "USDT", "holdSide": "long", "total": "0.5", "marginMode": "crossed",
           "leverage": "10", "openPriceAvg": "100000", "markPrice": "101000", "liquidationPrice": "0"}  # fmt: skip
    book = ringfence.read([row, {**row, "holdSide": "short", "total": "0.2"}], USDT).only().book
    assert (book.position_mode, len(book.positions)) == ("hedge", 2)
