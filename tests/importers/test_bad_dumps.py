"""A wrong dump is refused in one message that says which file, what is wrong, and how to mend it."""

import json
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import ringfence
from ringfence.core.errors import BookError
from tests.importers import accounts
from tests.unit.cli.terminal import Terminal

RISK, ACCOUNT = accounts.binance_risk(2), accounts.binance_account()
OTHER = {**ACCOUNT, "positions": [], "assets": [{**ACCOUNT["assets"][0], "crossWalletBalance": "7"}]}
LARGER = {**ACCOUNT, "positions": [{**ACCOUNT["positions"][0], "positionAmt": "0.7"}]}
PAGE = "<!DOCTYPE html>\n<html><body>Please log in</body></html>"

CASES: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "an error of Binance": (
        {"pos.json": {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}}, [],
        "pos.json: the venue answered with an error (-2015: 'Invalid API-key, IP, or permissions for action.')",
    ),
    "an error of Bybit": (
        {"pos.json": {"retCode": 10003, "retMsg": "API key is invalid.", "result": {}, "time": 1795341600000}}, [],
        "pos.json: the venue answered with an error (10003: 'API key is invalid.')",
    ),
    "an error of OKX": (
        {"pos.json": {"code": "50113", "msg": "Invalid Sign", "data": []}}, [],
        "the venue answered with an error (50113: 'Invalid Sign')",
    ),
    "an error of Deribit": (
        {"pos.json": {"jsonrpc": "2.0", "error": {"code": 13009, "message": "unauthorized"}}}, [],
        "the venue answered with an error (13009: 'unauthorized')",
    ),
    "an error of Gate": (
        {"pos.json": {"label": "INVALID_KEY", "message": "Invalid key provided"}}, [],
        "the venue answered with an error (INVALID_KEY: 'Invalid key provided')",
    ),
    "an error of Kraken": (
        {"pos.json": {"result": "error", "error": "authenticationError", "serverTime": "2026-11-22T10:00:00.000Z"}}, [],
        "pos.json: the venue answered with an error ('authenticationError')",
    ),
    "errors of Kraken": (
        {"pos.json": {"result": "error", "errors": ["apiLimitExceeded"]}}, [],
        "the venue answered with an error ('apiLimitExceeded')",
    ),
    "an error of KuCoin": (
        {"pos.json": {"code": "400003", "msg": "KC-API-KEY not exists"}}, [],
        "the venue answered with an error (400003: 'KC-API-KEY not exists')",
    ),
    "an error of Bitget": (
        {"pos.json": {"code": "40037", "msg": "Apikey does not exist", "requestTime": 1, "data": None}}, [],
        "the venue answered with an error (40037: 'Apikey does not exist')",
    ),
    "an error of HTX": (
        {"pos.json": {"status": "error", "err-code": "api-signature-not-valid", "err-msg": "not valid", "ts": 1}}, [],
        "the venue answered with an error (api-signature-not-valid: 'not valid')",
    ),
    "an error of CoinEx": (
        {"pos.json": {"code": 25, "data": {}, "message": "Signature Incorrect"}}, [],
        "the venue answered with an error (25: 'Signature Incorrect')",
    ),
    "an error of BitMEX": (
        {"pos.json": {"error": {"message": "Invalid API Key.", "name": "HTTPError"}}}, [],
        "the venue answered with an error (HTTPError: 'Invalid API Key.')",
    ),
    "an error of dYdX": (
        {"pos.json": {"errors": [{"msg": "No subaccount found"}]}}, [],
        "the venue answered with an error (errors: 'No subaccount found')",
    ),
    "an error of Hyperliquid": (
        {"pos.json": {"status": "err", "response": "User or API Wallet does not exist."}}, [],
        "the venue answered with an error (error: 'User or API Wallet does not exist.')",
    ),
    "a sentence": (
        {"pos.json": json.dumps("Failed to deserialize the JSON body")}, [],
        "pos.json: it holds 'Failed to deserialize the JSON body' and no account",
    ),
    "nothing at all": ({"pos.json": "null"}, [], "pos.json: it holds None and no account"),
    "closed positions": (
        {"pos.json": {"code": "0", "data": [{"instId": "BTC-USDT-SWAP", "closeAvgPx": "1", "direction": "long"}]}}, [],
        "it lists closed positions, not what is held",
    ),
    "a spot wallet": (
        {"bal.json": {"code": "0", "data": [{"ccy": "USDT", "bal": "1", "availBal": "1", "frozenBal": "0"}]}}, [],
        "it is a spot or funding wallet, which stands behind no contract",
    ),
    "a page": ({"pos.json": PAGE}, [], "pos.json: it is a web page (HTML or XML), not data"),
    "a file cut short": (
        {"pos.json": json.dumps(RISK)[:300]}, [], "pos.json: it is not valid JSON: ",
    ),
    "a line cut short": (
        {"pos.jsonl": json.dumps(RISK[0]) + "\n" + json.dumps(RISK[1])[:50]}, [],
        "pos.jsonl, line 2: it is not valid JSON",
    ),
    "a spreadsheet whose quantity has another name": (
        {"sheet.csv": "symbol,side,qty_open,entry_price\nBTC/USDT:USDT,long,0.1,60000\n"}, [],
        "sheet.csv: no column says how much is held: it has symbol, side, qty_open, entry_price",
    ),
    "a decimal comma": (
        {"sheet.csv": "symbol;qty;entry_price\nBTC/USDT:USDT;0,5;100000\n"}, [],
        "sheet.csv, line 2: '0,5' has a comma in it: a decimal comma, or one between thousands",
    ),
    "a decimal comma between commas": (
        {"sheet.csv": "symbol,qty,entry_price\nBTC/USDT:USDT,0,5,100000\n"}, [],
        "sheet.csv, line 2: it has 4 columns and the header 3: its numbers may have a decimal comma",
    ),
    "a thousands comma": (
        {"sheet.csv": 'symbol,qty,entry_price\nBTC/USDT:USDT,0.5,"100,000"\n'}, [],
        "sheet.csv, line 2: '100,000' has a comma in it",
    ),
    "a ledger": (
        {"log.csv": "Date(UTC),type,Amount,Asset,Symbol\n2026-11-22 08:00:00,FUNDING_FEE,-2.5,USDT,BTCUSDT\n"}, [],
        "log.csv (spreadsheet.ledger): it lists movements of cash or trades, not what is held",
    ),
    "two accounts by size": (
        {"pos.json": RISK, "bal.json": LARGER}, [],
        "0.7 contracts here, 0.5 at pos.json, row 1 (BTCUSDT). They are of two accounts, or of two instants",
    ),
    "two accounts by balance": (
        {"pos.json": RISK, "a.json": ACCOUNT, "b.json": OTHER}, [], "7 USDT here, 16000 at a.json, assets 1",
    ),
    "two balances in one list": (
        {"pos.json": RISK, "bal.json": [ACCOUNT, OTHER]}, [], "7 USDT here, 16000 at bal.json 1, assets 1",
    ),
    "two lists": (
        {"a.json": RISK[:1], "b.json": RISK[1:2], "bal.json": ACCOUNT}, [],
        "b.json: it lists positions that pay in USDT, and so does a.json",
    ),
    "two owners": (
        {"pos.json": [{**row, "uid": "1"} for row in RISK], "bal.json": {**ACCOUNT, "uid": "2"}}, [],
        "bal.json: it is of another account than pos.json: their uid differs",
    ),
    "two venues": (
        {"pos.json": RISK, "bal.json": accounts.okx_balance()}, [],
        "pos.json + bal.json: the dumps are of several venues: binance-usdm and okx",
    ),
    "another venue's own table": (
        {"pos.json": RISK, "bal.json": ACCOUNT, "own.json": {"venue": "okx"}}, [],
        "venue: the dumps are of binance-usdm, not of okx",
    ),
    "no balance": ({"pos.json": RISK}, [], "pos.json: a balance is not in these files, only positions"),
    "only tiers": (
        {"tiers.json": {"BTC/USDT:USDT": [{"minNotional": 0, "maintenanceMarginRate": 0.1, "maxLeverage": 5}]}},
        ["--venue", "binance-usdm"], "tiers.json: a balance is not in these files",
    ),
    "no venue": (
        {"pos.json": accounts.ccxt_positions(), "bal.json": accounts.ccxt_balance()}, [],
        "pos.json + bal.json: the dump does not name its venue. Add --venue ID",
    ),
    "a venue without a pack": (
        {"pos.json": [{"symbol": "BTC_USDT", "holdVol": 1, "openType": 1, "positionType": 1}]}, [],
        "pos.json (others.mexc): there is no rule pack for MEXC yet",
    ),
    "portfolio margin of Binance without its balance": (
        {"pm.json": {"uniMMR": "5", "accountEquity": "1"}}, [], "a balance is not in these files",
    ),
    "a margin model of Deribit that is not known": (
        {"a.json": accounts.deribit_positions(), "b.json": accounts.deribit_summary(margin_model="segregated_xm")}, [],
        "b.json, margin_model: 'segregated_xm' is unknown here",
    ),
    "a spread": (
        {"a.json": {"jsonrpc": "2.0", "result": [{**accounts.deribit_positions()["result"][0], "kind": "future_combo",
         "instrument_name": "BTC-FS-25DEC26_PERP"}]}, "b.json": accounts.deribit_summary()}, [],
        "a.json, row 1 (BTC-FS-25DEC26_PERP): a position of the kind future_combo is not judged yet",
    ),
    "no perpetual collateral": (
        {"state.json": accounts.hyperliquid_state(empty=True)}, [], "state.json: a balance is not in these files",
    ),
    "something almost known": (
        {"pos.json": [{key: value for key, value in RISK[0].items() if key != "unRealizedProfit"}]}, [],
        "pos.json: it looks like binance.position_risk, but has no unRealizedProfit",
    ),
    "a row that is none": ({"pos.json": [*RISK, 5]}, [], "pos.json: 5 stands among its rows"),
    "something else": (
        {"pos.json": [{"a": 1}]}, [], "pos.json: it is neither a book file nor an answer whose shape is known here",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_dump_is_refused_in_words(case: str, terminal: Terminal) -> None:
    files, words, message = CASES[case]
    for name, content in files.items():
        terminal.save(content, name)
    said = terminal.refused(["margin", *files, *words, "-o", "result.txt"])
    assert said.startswith("ringfence: ")
    assert said.count("\n") == 1
    assert message in said


def test_the_wrong_file_for_the_venue_is_refused_by_import_and_judged_by_margin(terminal: Terminal) -> None:
    terminal.save(RISK, "pos.json")
    terminal.save(ACCOUNT, "bal.json")
    said = terminal.refused(["import", "pos.json", "bal.json", "--venue", "bybit"])
    assert said.startswith("ringfence: --venue bybit: the files are of binance-usdm.")
    judged = terminal.run(["margin", "pos.json", "bal.json", "--venue", "hyperliquid"])
    assert judged.code == 0


@pytest.mark.parametrize(
    "nothing",
    [
        [],
        {"retCode": 0, "retMsg": "OK", "result": {"list": [], "category": "linear"}},
        {"code": "0", "msg": "", "data": []},
        {"jsonrpc": "2.0", "result": []},
        {"positions": []},
    ],
)
def test_an_empty_list_is_an_account_without_positions(nothing: Any) -> None:
    book = ringfence.read(nothing, accounts.okx_balance()).only().book
    assert not book.positions
    assert book.collateral == {"USDT": Decimal(16000)}


def test_a_position_of_nothing_is_none() -> None:
    flat = [{**row, "positionAmt": "0.000"} for row in RISK]
    account = {**ACCOUNT, "positions": []}
    assert ringfence.read(flat, account).only().book.positions == ()


def test_an_account_is_judged_in_another_mode_where_the_user_says_so() -> None:
    dumps = accounts.deribit_positions(), accounts.deribit_summary(margin_model="segregated_pm")
    snapshot = ringfence.read(*dumps, {"account_mode": "standard"})
    assert snapshot.only().book.account_mode == "standard"


def test_another_programs_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE urls (id)")
    connection.close()
    with pytest.raises(BookError, match=r"it is the database of another program \(tables: urls\)"):
        ringfence.read(path)


@pytest.mark.parametrize("content", [b"\x8f" * 4096, b"SQLite format 3\x00" + b"\x8f" * 4096])
def test_an_encrypted_database_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "tradesv3.sqlite"
    path.write_bytes(content)
    with pytest.raises(BookError, match=r"encrypted|cannot be read"):
        ringfence.read(path)
