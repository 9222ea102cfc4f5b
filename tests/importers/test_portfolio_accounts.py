"""Accounts in portfolio margin and positions in options, from the answers of their venues to a judged pool."""

from decimal import Decimal
from typing import Any

import pytest

import ringfence
from ringfence.margin.snapshot import Holding
from tests.importers import accounts

OKX_OPTION = {
    "instType": "OPTION", "instId": "BTC-USD-271231-120000-C", "mgnMode": "cross", "posSide": "net", "pos": "-100",
    "avgPx": "0.06", "markPx": "0.05", "lever": "", "margin": "", "upl": "0.01", "usdPx": "", "idxPx": "101000",
    "notionalUsd": "101000", "liqPx": "", "mgnRatio": "", "imr": "", "mmr": "",
}  # fmt: skip
PM_BALANCE = [
    {"asset": "USDT", "totalWalletBalance": "20000", "crossMarginAsset": "4000", "crossMarginBorrowed": "0",
     "crossMarginInterest": "0", "umWalletBalance": "15000", "cmWalletBalance": "0", "umUnrealizedPNL": "0"},
    {"asset": "ETH", "totalWalletBalance": "1", "crossMarginAsset": "1", "crossMarginBorrowed": "0.5",
     "crossMarginInterest": "0.01", "umWalletBalance": "0", "cmWalletBalance": "0.25", "umUnrealizedPNL": "0"},
]  # fmt: skip
PM_ACCOUNT = {
    "uniMMR": "50.5",
    "accountEquity": "19000",
    "accountMaintMargin": "376",
    "accountInitialMargin": "0",
}
OPTION = {
    "entryPrice": "1000", "symbol": "BTC-271231-120000-C", "side": "SHORT", "quantity": "-0.1", "reducibleQty": "0",
    "markValue": "90", "unrealizedPNL": "10", "markPrice": "900", "strikePrice": "120000", "positionCost": "1000",
    "expiryDate": 1830124800000, "optionSide": "CALL", "quoteAsset": "USDT",
}  # fmt: skip
WALLET = [{"asset": "USDT", "marginBalance": "10000", "equity": "9910", "available": "1", "initialMargin": "1",
           "maintMargin": "1", "lpProfit": "0", "unrealizedPNL": "10"}]  # fmt: skip
INDICES = {"indices": {"BTC": "101000", "ETH": "4000", "SOL": "196"}}


def held(*sources: Any) -> Holding:
    return ringfence.read(*sources).only()


def okx_with_option() -> dict[str, Any]:
    answer = accounts.okx_positions()
    cross = [row for row in answer["data"] if row["mgnMode"] == "cross"]
    return {**answer, "data": [*cross, OKX_OPTION]}


def test_an_okx_account_in_portfolio_margin_is_judged_in_that_mode() -> None:
    found = held(okx_with_option(), accounts.okx_balance(), accounts.okx_config("4"))
    assert found.book.account_mode == "portfolio"
    option = found.book.positions[-1]
    assert (option.symbol, option.side) == ("BTC/USD:BTC-271231-120000-C", "short")
    assert (option.contracts, option.contract_size) == (Decimal(100), Decimal("0.01"))
    assert found.market.indices["BTC"] == 101000


def test_an_option_of_okx_takes_its_requirement_alone_outside_portfolio_margin() -> None:
    snapshot = ringfence.read(okx_with_option(), accounts.okx_balance(), accounts.okx_config("3"))
    positions = [p for pool in ringfence.assess(snapshot).accounts[0].pools for p in pool.positions]
    (option,) = [p for p in positions if p.position.symbol.endswith("-C")]
    assert option.charge.maintenance.value == Decimal("0.08")


def test_an_option_has_no_leverage_to_be_missed() -> None:
    snapshot = ringfence.read(okx_with_option(), accounts.okx_balance(), accounts.okx_config("4"))
    assert not any("its leverage" in warning for warning in snapshot.warnings)


def test_a_bybit_account_in_portfolio_margin_is_one_whatever_its_wallet_calls_itself() -> None:
    info = accounts.bybit_info("PORTFOLIO_MARGIN")
    book = held(accounts.bybit_positions(), accounts.bybit_wallet(), info).book
    assert book.account_mode == "portfolio"
    assert {position.margin_mode for position in book.positions} == {"cross"}


def test_a_position_of_bybit_in_an_option() -> None:
    answer = accounts.bybit_positions()
    row = {**answer["result"]["list"][0], "symbol": "BTC-31DEC27-120000-C", "side": "Sell", "size": "0.5",
           "avgPrice": "1000", "markPrice": "900", "leverage": ""}  # fmt: skip
    answer = {**answer, "result": {**answer["result"], "category": "option", "list": [row]}}
    (position,) = held(answer, accounts.bybit_wallet(), accounts.bybit_info(), INDICES).book.positions
    assert position.symbol == "BTC/USDC:USDC-271231-120000-C"


def test_a_portfolio_margin_account_of_binance_takes_the_positions_of_the_futures_venues() -> None:
    risk = [row for row in accounts.binance_risk(2) if row.get("marginType", "cross") != "isolated"]
    book = held(PM_BALANCE, PM_ACCOUNT, risk).book
    assert (book.venue, book.account_mode) == ("binance-pm", "portfolio")
    assert book.collateral == {"USDT": Decimal(19000), "ETH": Decimal("0.74")}
    assert book.overrides.settings == {"loans": {"ETH": Decimal("0.51")}}
    assert {position.symbol for position in book.positions} >= {"BTC/USDT:USDT", "ETH/USDT:USDT"}


def test_what_the_venue_says_of_a_portfolio_account_is_kept_for_comparison() -> None:
    risk = [row for row in accounts.binance_risk(2) if row.get("marginType", "cross") != "isolated"]
    reported = held(PM_BALANCE, PM_ACCOUNT, risk).reported
    assert reported is not None
    assert reported.account is not None
    assert (reported.account.equity, reported.account.margin_ratio) == (Decimal(19000), Decimal("50.5"))


def test_european_options_of_binance() -> None:
    found = held([OPTION], WALLET, INDICES)
    (position,) = found.book.positions
    assert found.book.venue == "binance-options"
    assert (position.symbol, position.side, position.contracts) == (
        "BTC/USDT:USDT-271231-120000-C", "short", Decimal("0.1")
    )  # fmt: skip
    assert found.book.collateral == {"USDT": Decimal(10000)}


def test_coins_with_a_loan_to_value_are_collateral_of_a_portfolio_account_of_hyperliquid() -> None:
    spot = {
        "portfolioMarginEnabled": True, "portfolioMarginRatio": "0.05",
        "balances": [
            {"coin": "USDC", "total": "19700", "hold": "0", "ltv": "0.0", "borrowed": "0"},
            {"coin": "UBTC", "total": "2", "hold": "0", "ltv": "0.5", "supplied": "2"},
            {"coin": "PURR", "total": "5", "hold": "0"},
        ],
    }  # fmt: skip
    found = held(accounts.hyperliquid_state(empty=True), spot, {"abstraction": "portfolioMargin"})
    assert found.book.account_mode == "portfolio"
    assert found.book.collateral == {"USDC": Decimal(16000), "BTC": Decimal(2)}


@pytest.mark.parametrize("level", ["1", "2", "3"])
def test_other_levels_of_okx_stay_what_they_were(level: str) -> None:
    book = held(accounts.okx_positions(), accounts.okx_balance(), accounts.okx_config(level)).book
    assert book.account_mode == ("multi-currency" if level == "3" else "single-currency")
