"""Shapes of one venue that look alike, older generations of answers, and the wallets of venues: invented figures."""

import json
from decimal import Decimal
from typing import Any

import pytest

import ringfence
from ringfence.core.errors import BookError
from ringfence.importers.dumps.shapes import shape_of
from tests.importers import accounts

FULL_RISK = [
    {**row, "marginType": accounts.mode(row["symbol"][:3]), "isAutoAddMargin": "false", "maxNotionalValue": "20000000",
     "leverage": "10", "updateTime": 0}
    for row in accounts.binance_risk(2)
]  # fmt: skip
PRICES = {"marks": {"PF_XBTUSD": "101000"}}

GATE_ROW = {"contract": "SOL_USDT", "size": 100, "entry_price": "200", "mark_price": "196", "leverage": "0",
            "value": "19600", "cross_leverage_limit": "5", "mode": "single", "margin": "0", "liq_price": "0",
            "unrealised_pnl": "-400"}  # fmt: skip
GATE_WALLET = {"user": 10001, "currency": "USDT", "total": "20000", "unrealised_pnl": "-400", "position_margin": "3920",
               "order_margin": "0", "available": "16080", "point": "0", "in_dual_mode": False,
               "history": {"dnw": "20000"}}  # fmt: skip
BITGET_ROW = {"symbol": "SOLUSDT", "marginCoin": "USDT", "holdSide": "long", "total": "100", "leverage": "5",
              "marginMode": "isolated", "posMode": "one_way_mode", "openPriceAvg": "200", "markPrice": "196",
              "liquidationPrice": "0", "marginSize": "4000", "unrealizedPL": "-400"}  # fmt: skip
BITGET_WALLET = {"marginCoin": "USDT", "locked": "0", "available": "16000", "accountEquity": "19600",
                 "usdtEquity": "19600", "btcEquity": "0.2", "unrealizedPL": "-400", "coupon": "0",
                 "crossedUnrealizedPL": None, "isolatedUnrealizedPL": ""}  # fmt: skip
BITGET_UNIFIED = {"accountEquity": "20000", "usdtEquity": "20000", "btcEquity": "0.2", "unrealisedPnl": "-400",
                  "effEquity": "19600", "mmr": "98", "imr": "3920", "mgnRatio": "0.005",
                  "assets": [{"coin": "USDT", "equity": "19600", "usdValue": "19600", "balance": "20000",
                              "available": "15680", "debt": "0", "locked": "0"}]}  # fmt: skip
KUCOIN_ROW = {"symbol": "SOLUSDTM", "currentQty": 1000, "crossMode": True, "avgEntryPrice": 200, "markPrice": 196,
              "markValue": 19600, "leverage": 5, "unrealisedPnl": -400, "liquidationPrice": 0}  # fmt: skip
KUCOIN_WALLET = {"accountEquity": 19600, "unrealisedPNL": -400, "marginBalance": 20000, "positionMargin": 3920,
                 "orderMargin": 0, "frozenFunds": 0, "availableBalance": 15680, "currency": "USDT",
                 "riskRatio": 0.005, "maxWithdrawAmount": 15680}  # fmt: skip
KRAKEN_ROW = {"side": "long", "symbol": "pf_xbtusd", "price": 100000.0, "size": 0.5, "fillTime": "2026-11-22T10:00:00Z",
              "unrealizedFunding": 0.0}  # fmt: skip
KRAKEN_FLEX = {"currencies": {"usdt": {"quantity": 20000.0, "value": 20002.0, "collateral": 19500.0, "available": 1.0}},
               "initialMargin": 1.0, "initialMarginWithOrders": 1.0, "maintenanceMargin": 1.0, "balanceValue": 20002.0,
               "portfolioValue": 20502.0, "collateralValue": 19500.0, "pnl": 500.0, "unrealizedFunding": 0.0,
               "totalUnrealized": 500.0, "totalUnrealizedAsMargin": 500.0, "availableMargin": 19999.0,
               "marginEquity": 20000.0, "type": "multiCollateralMarginAccount"}  # fmt: skip
KRAKEN_CASH = {"balances": {"xbt": 0.5, "usd": 0.0}, "type": "cashAccount"}
COINEX_ROW = {"position_id": 305891033, "market": "SOLUSDT", "market_type": "FUTURES", "side": "long",
              "margin_mode": "isolated", "open_interest": "100", "close_avbl": "100", "unrealized_pnl": "-400",
              "realized_pnl": "0", "avg_entry_price": "200", "leverage": "5", "margin_avbl": "4000",
              "maintenance_margin_value": "98", "liq_price": "0", "bkr_price": "0", "settle_price": "200",
              "created_at": 1795341600000}  # fmt: skip
COINEX_WALLET = {"ccy": "USDT", "available": "16000", "frozen": "0", "margin": "3600", "transferrable": "16000",
                 "unrealized_pnl": "-400"}  # fmt: skip
HTX_ROW = {"symbol": "BTC", "contract_code": "BTC-USDT", "volume": 500.0, "available": 500.0, "frozen": 0,
           "lever_rate": 10, "cost_open": 100000.0, "cost_hold": 100500.0, "profit_unreal": 500.0,
           "profit_rate": 0.1, "profit": 250.0, "position_margin": 5050.0, "direction": "buy",
           "last_price": 101000, "margin_asset": "USDT",
           "margin_mode": "cross", "margin_account": "USDT"}  # fmt: skip
HTX_CROSS = {"margin_mode": "cross", "margin_account": "USDT", "margin_asset": "USDT", "margin_balance": 16500.0,
             "margin_static": 16000.0, "margin_position": 5050.0, "margin_frozen": 0, "profit_real": 0,
             "profit_unreal": 500.0, "withdraw_available": 10950.0, "risk_rate": 3.2}  # fmt: skip


def of(*documents: Any, **options: Any) -> Any:
    """Return the only account of some dumps; they are read as JSON, as a file's."""
    plain = [json.loads(json.dumps(document), parse_float=Decimal) for document in documents]
    return ringfence.read(*plain, **options).only()


def test_positions_with_the_venues_settings_beside_them_are_positions() -> None:
    book = of(FULL_RISK, accounts.binance_account()).book
    assert [position.symbol for position in book.positions] == [
        "BTC/USDT:USDT",
        "ETH/USDT:USDT",
        "SOL/USDT:USDT",
    ]
    assert [position.leverage for position in book.positions] == [10, 10, 10]


def test_settings_alone_are_settings() -> None:
    row = {
        key: FULL_RISK[0][key]
        for key in ("symbol", "marginType", "isAutoAddMargin", "leverage", "maxNotionalValue")
    }
    shape = shape_of([row])
    assert shape is not None
    assert shape.id == "binance.symbol_config"


def test_a_position_out_of_an_account_is_read_by_itself() -> None:
    row = {
        key: value
        for key, value in accounts.binance_account()["positions"][2].items()
        if key != "liquidationPrice"
    }
    (held,) = of([row], {"collateral": {"USDT": "16000"}}).book.positions
    assert (held.margin_mode, held.entry_price, held.collateral) == ("isolated", 200, 4000)


def test_coin_margined_positions_out_of_an_account_need_a_mark() -> None:
    row = {"symbol": "BTCUSD_PERP", "positionAmt": "10", "entryPrice": "50000", "unrealizedProfit": "0.0004",
           "maxQty": "100", "leverage": "20", "isolated": False, "positionSide": "BOTH", "isolatedWallet": "0",
           "notionalValue": "0.0196"}  # fmt: skip
    with pytest.raises(BookError, match="its mark price is not in these files"):
        of([row], {"collateral": {"BTC": "1"}})
    held = of([row], {"collateral": {"BTC": "1"}, "marks": {"BTCUSD_PERP": "51000"}}).book
    assert (held.venue, held.positions[0].contracts) == ("binance-coinm", 10)


@pytest.mark.parametrize(
    ("row", "venue", "asset"),
    [
        ({"accountAlias": "SgsR", "asset": "USDT", "balance": "20000", "crossWalletBalance": "16000", "crossUnPnl": "0",
          "availableBalance": "1", "maxWithdrawAmount": "1"}, "binance-usdm", "USDT"),
        ({"accountAlias": "SgsR", "asset": "BTC", "balance": "2", "withdrawAvailable": "1",
          "crossWalletBalance": "16000", "crossUnPnl": "0", "availableBalance": "1", "updateTime": 1},
         "binance-coinm", "BTC"),
    ],
)  # fmt: skip
def test_older_balances_of_binance_tell_which_of_its_markets_they_are_of(
    row: Any, venue: str, asset: str
) -> None:
    book = of([row]).book
    assert (book.venue, book.collateral) == (venue, {asset: 16000})


def test_older_positions_of_bybit_call_the_entry_by_its_name_and_tell_an_isolated_one() -> None:
    row = {"positionIdx": 0, "riskId": "11", "symbol": "ETHUSDT", "side": "Buy", "size": "0.10", "positionValue": "120",
           "entryPrice": "1200", "markPrice": "1210", "tradeMode": 1, "autoAddMargin": 0, "leverage": "4.2",
           "positionBalance": "28.5", "liqPrice": "919.10", "bustPrice": "913.15", "unrealisedPnl": "",
           "createdTime": "1669097244192", "tpSlMode": "Full"}  # fmt: skip
    (held,) = of([row], {"account_mode": "classic"}).book.positions
    assert (held.entry_price, held.margin_mode, held.collateral) == (1200, "isolated", Decimal("28.5"))


def test_the_wallets_of_other_things_are_no_spot_state_of_hyperliquid() -> None:
    for other in ({"balances": {"USDT": {"available": "1"}}}, {"balances": [{"asset": "BTC", "free": "1"}]}):
        shape = shape_of([other])
        assert shape is None or shape.id != "hyperliquid.spot_state"


def test_positions_of_dydx_alone_are_isolated_by_their_subaccount() -> None:
    row = {"market": "BTC-USD", "status": "OPEN", "side": "SHORT", "size": "-0.4", "maxSize": "-0.01",
           "sumOpen": "0.44", "sumClose": "0.04", "entryPrice": "100000", "exitPrice": "1", "realizedPnl": "1",
           "unrealizedPnl": "-400", "createdAt": "2026-07-14T07:53:55.631Z",
           "createdAtHeight": "1", "closedAt": None, "netFunding": "0",
           "subaccountNumber": 0}  # fmt: skip
    beside = {"collateral": {"USDC": "1000"}}
    (held,) = of({"positions": [row, {**row, "status": "CLOSED"}]}, beside).book.positions
    assert (held.side, held.contracts, held.margin_mode) == ("short", Decimal("0.4"), "cross")
    assert (
        of({"positions": [{**row, "subaccountNumber": 128}]}, beside).book.positions[0].margin_mode
        == "isolated"
    )


@pytest.mark.parametrize(
    ("row", "wallet", "asset", "amount"),
    [
        ([GATE_ROW], GATE_WALLET, "USDT", 20000),
        ([{**GATE_ROW, "leverage": "5", "margin": "4000"}], GATE_WALLET, "USDT", 16000),
        ({"code": "00000", "data": [BITGET_ROW]}, {"code": "00000", "data": [BITGET_WALLET]}, "USDT", 16000),
        ({"code": "00000", "data": [{**BITGET_ROW, "marginMode": "crossed", "marginSize": "3920"}]},
         {"code": "00000", "data": BITGET_UNIFIED}, "USDT", 20000),
        ({"code": "200000", "data": [KUCOIN_ROW]}, {"code": "200000", "data": KUCOIN_WALLET}, "USDT", 20000),
        ({"result": "success", "openPositions": [KRAKEN_ROW]},
         {"result": "success", "accounts": {"cash": KRAKEN_CASH, "flex": KRAKEN_FLEX}}, "USDT", 20000),
        ({"code": 0, "data": [COINEX_ROW], "message": "OK"}, {"code": 0, "data": [COINEX_WALLET], "message": "OK"},
         "USDT", 16000),
        ({"status": "ok", "data": [HTX_ROW], "ts": 1795341600000}, {"status": "ok", "data": [HTX_CROSS]},
         "USDT", 16000),
    ],
)  # fmt: skip
def test_positions_and_wallet_of_a_venue_make_an_account(
    row: Any, wallet: Any, asset: str, amount: int
) -> None:
    holding = of(row, wallet, *([PRICES] if "openPositions" in row else []))
    (held,) = holding.book.positions
    assert holding.book.collateral == {asset: amount}
    assert holding.market.marks[held.symbol] in {196, 101000}
    assert holding.reported is not None


def test_an_equity_that_is_partly_isolated_is_not_divided_by_guess() -> None:
    detail = {
        "currency": "USDT",
        "equity": "174.2",
        "isolated_equity": "10",
        "profit_unreal": "0",
        "available": "1",
    }
    dump = {"code": 200, "message": "Success", "data": {"state": "normal", "equity": "174.2", "details": [detail],
            "available_margin": "1"}, "ts": 1795341600000}  # fmt: skip
    with pytest.raises(BookError, match="whether its equity holds isolated_equity is not known here"):
        of(dump)
    dump["data"]["details"][0]["isolated_equity"] = "0"  # type: ignore[index]
    assert of(dump).book.collateral == {"USDT": Decimal("174.2")}


def test_an_isolated_contract_of_htx_stands_on_its_own_account() -> None:
    row = {**HTX_ROW, "margin_mode": "isolated", "margin_account": "BTC-USDT"}
    account = {**HTX_CROSS, "symbol": "BTC", "contract_code": "BTC-USDT", "margin_mode": "isolated",
               "margin_account": "BTC-USDT", "margin_static": 6000.0}  # fmt: skip
    for dumps in ([[row], [account]], [{"status": "ok", "data": [{**account, "positions": [row]}]}]):
        book = of(*dumps).book
        assert (book.positions[0].collateral, book.collateral) == (6000, {})


def test_inverse_contracts_of_htx_stand_on_a_coin() -> None:
    row = {"symbol": "XRP", "contract_code": "XRP-USD", "volume": 10.0, "cost_open": 0.4, "cost_hold": 0.4,
           "profit_unreal": "0E-54", "lever_rate": 5, "position_margin": 5.0, "direction": "sell",
           "last_price": 0.41}  # fmt: skip
    account = {"symbol": "XRP", "contract_code": "XRP-USD", "margin_balance": 120.5, "margin_static": 120.0,
               "margin_position": 5.0, "profit_unreal": 0.5, "positions": [row]}  # fmt: skip
    book = of({"status": "ok", "data": [account]}).book
    assert (book.positions[0].side, book.positions[0].margin_mode, book.collateral) == (
        "short",
        "cross",
        {"XRP": 120},
    )


def test_zeros_at_the_end_of_a_number_are_no_digits() -> None:
    row = {
        **HTX_ROW,
        "profit_unreal": "-8.62360608500000000000000000000000000000000000000000E-7",
        "frozen": "0E-18",
    }
    reported = of([row], [HTX_CROSS]).reported
    assert reported.positions["BTC/USDT:USDT:long"].unrealized_pnl == Decimal("-8.623606085E-7")


def test_the_mark_at_coinex_follows_from_the_profit() -> None:
    holding = of([COINEX_ROW], [COINEX_WALLET])
    assert holding.market.marks["SOL/USDT:USDT"] == 196


def test_krakens_two_wallets_are_two_accounts() -> None:
    single = {"auxiliary": {"usd": 0, "pv": 1.1, "pnl": 0.1, "af": 1.0}, "marginRequirements": {"im": 0.1, "mm": 0.05},
              "triggerEstimates": {"im": 0, "mm": 0}, "balances": {"xbt": 1.0}, "currency": "xbt",
              "type": "marginAccount"}  # fmt: skip
    row, marks = {**KRAKEN_ROW, "symbol": "PI_XBTUSD", "size": 1000}, {"marks": {"PI_XBTUSD": "101000"}}
    book = of({"accounts": {"fi_xbtusd": single}}, [row], marks).book
    assert (book.account_mode, book.collateral) == ("single-collateral", {"BTC": 1})
    with pytest.raises(BookError, match="two of account mode: multi-collateral and single-collateral"):
        of({"accounts": {"fi_xbtusd": single, "flex": KRAKEN_FLEX}}, [row], marks)


@pytest.mark.parametrize(
    ("dump", "said"),
    [
        (
            {"balances": {"USDT": {"available": "1"}}, "unified_account_total": "1"},
            "unified accounts of this venue",
        ),
        (
            {"code": "200000", "data": {"accountType": "UNIFIED", "ts": 1, "accounts": []}},
            "unified accounts of this",
        ),
        ({**GATE_WALLET, "margin_mode": 1}, "unified account, which is not judged yet"),
    ],
)
def test_a_unified_account_that_no_pack_judges_is_refused(dump: Any, said: str) -> None:
    with pytest.raises(BookError, match=said):
        of(dump)


FLAT: list[Any] = [
    {**FULL_RISK[0], "positionAmt": "0.000"},
    {**accounts.bybit_positions()["result"]["list"][0], "size": "0", "side": ""},
    {**accounts.okx_positions()["data"][0], "pos": "0", "avgPx": "", "markPx": ""},
    {**accounts.deribit_positions()["result"][0], "size": 0.0, "direction": "zero"},
    {**GATE_ROW, "size": 0, "entry_price": "0"},
    {**BITGET_ROW, "total": "0"},
    {**KUCOIN_ROW, "currentQty": 0, "fundingFee": 0},
    {**COINEX_ROW, "open_interest": "0"},
    {**HTX_ROW, "volume": 0},
    {"symbol": "XBTUSD", "currency": "XBt", "currentQty": 0, "avgEntryPrice": None, "crossMargin": True,
     "markPrice": None, "leverage": 100, "liquidationPrice": None},
]  # fmt: skip


@pytest.mark.parametrize("row", FLAT)
def test_a_position_of_nothing_is_none_and_is_not_worth_a_word(row: Any) -> None:
    snapshot = ringfence.read([row], {"collateral": {"USDT": "1000"}})
    assert not snapshot.only().book.positions
    assert not [note for note in snapshot.warnings if "not known here" in note]


def test_margin_modes_of_ccxt_are_settings() -> None:
    positions = [
        {key: value for key, value in row.items() if key not in {"marginMode", "leverage"}}
        for row in accounts.ccxt_positions()
    ]
    modes = {
        f"{coin}/USDT:USDT": {
            "info": {"symbol": f"{coin}USDT", "marginType": "CROSSED", "isAutoAddMargin": False, "leverage": 7,
                     "maxNotionalValue": "1"},
            "symbol": f"{coin}/USDT:USDT", "marginMode": "cross",
        }
        for coin in ("BTC", "ETH", "SOL")
    }  # fmt: skip
    book = of(positions, modes, {"collateral": {"USDT": "1"}}).book
    assert {(position.margin_mode, position.leverage) for position in book.positions} == {
        ("cross", Decimal(7))
    }
