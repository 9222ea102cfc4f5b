"""A payload is found however it is wrapped: envelope, list, frame, JSON lines, stream, several files or accounts."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import ringfence
from ringfence.core.errors import BookError
from ringfence.margin.snapshot import Snapshot
from tests.importers import accounts

RISK, ACCOUNT = accounts.binance_risk(2), {**accounts.binance_account(), "positions": []}
UNIFIED, BALANCE = accounts.ccxt_positions(), accounts.ccxt_balance()


class Frame:
    """A table such as pandas has: it gives its rows where it is asked for them."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def to_dict(self, orient: str) -> list[Any]:
        assert orient == "records"
        return self._rows


class Rows:
    """A table such as polars has."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def to_dict(self) -> dict[str, Any]:
        raise AssertionError

    def to_dicts(self) -> list[Any]:
        return self._rows


def columns(rows: list[Any]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


WRAPPED: dict[str, Any] = {
    "a list of rows": RISK,
    "an answer of a stream": {"id": "1", "status": 200, "result": RISK},
    "rows by symbol": {row["symbol"]: row for row in RISK},
    "a frame by column": columns(RISK),
    "a frame by column and index": {
        name: {str(k): value for k, value in enumerate(values)} for name, values in columns(RISK).items()
    },
    "a frame split in columns and data": {
        "columns": list(RISK[0]),
        "index": [0, 1, 2],
        "data": [list(row.values()) for row in RISK],
    },
    "a frame as a table": {"schema": {"fields": []}, "data": RISK},
    "a frame of holes": [{**row, "updateTime": float("nan")} for row in RISK],
    "a frame in hand": Frame(RISK),
    "another frame in hand": Rows(RISK),
}


def symbols(snapshot: Snapshot) -> list[str]:
    return [one.symbol.partition("/")[0] for one in snapshot.only().book.positions]


@pytest.mark.parametrize("form", WRAPPED)
def test_every_wrapping_is_opened(form: str) -> None:
    assert symbols(ringfence.read(WRAPPED[form], ACCOUNT)) == ["BTC", "ETH", "SOL"]


def test_one_file_may_hold_several_payloads(tmp_path: Path) -> None:
    expected = ringfence.read(RISK, ACCOUNT).holdings
    assert ringfence.read([RISK, ACCOUNT]).holdings == expected
    assert ringfence.read({"positions": RISK, "account": ACCOUNT}).holdings == expected
    lines = tmp_path / "dump.jsonl"
    lines.write_text("\n".join(json.dumps(one) for one in (*RISK, ACCOUNT)))
    assert ringfence.read(lines).holdings == expected
    rows = tmp_path / "dump.json"
    rows.write_text("\n".join(json.dumps(one) for one in (RISK, ACCOUNT)))
    assert ringfence.read(rows).holdings == expected


def test_a_recognised_file_may_have_any_name(tmp_path: Path) -> None:
    for name, part in (("okx.txt", RISK), ("x", ACCOUNT)):
        (tmp_path / name).write_text(json.dumps(part))
    assert ringfence.read(tmp_path / "okx.txt", tmp_path / "x").only().book.venue == "binance-usdm"


def test_pages_of_one_list_are_one_list() -> None:
    pages = [accounts.bybit_positions(), accounts.bybit_positions()]
    for number, page in enumerate(pages):
        page["result"]["list"] = page["result"]["list"][number : number + 1]
    rest = accounts.bybit_wallet(), accounts.bybit_info()
    with pytest.raises(BookError, match="two accounts"):
        ringfence.read({"first": pages[0]}, {"second": pages[1]}, *rest)
    pages[0]["result"]["nextPageCursor"] = "BTCUSDT,1"
    assert symbols(ringfence.read({"first": pages[0]}, {"second": pages[1]}, *rest)) == ["BTC", "ETH"]


def test_a_dump_may_name_several_accounts() -> None:
    snapshot = ringfence.read(
        {
            "on": "2024-10-24",
            "account": [
                {"name": "main", "positions": UNIFIED[:1], "balance": BALANCE, "venue": "binance-usdm"},
                {"name": "grid", "positions": UNIFIED[1:], "balance": BALANCE, "venue": "binance-usdm"},
            ],
        }
    )
    books = [holding.book for holding in snapshot.holdings]
    assert [(book.account, len(book.positions), str(book.on)) for book in books] == [
        ("main", 1, "2024-10-24"),
        ("grid", 2, "2024-10-24"),
    ]


def test_a_sheet_may_name_several_accounts(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text(
        "account;instrument;side;qty;avg price;mark;mode;asset;balance\n"
        "a;BTCUSDT;long;0.5;100000;101000;cross;;\n"
        "a;;;;;;;USDT;16000\n"
        "b;ETHUSDT;short;8;4000;4050;cross;;\n"
        "b;;;;;;;USDT;9000\n"
    )
    books = [holding.book for holding in ringfence.read(path, venue="binance-usdm").holdings]
    found = [(book.account, book.positions[0].symbol, str(book.collateral["USDT"])) for book in books]
    assert found == [("a", "BTC/USDT:USDT", "16000"), ("b", "ETH/USDT:USDT", "9000")]


def test_coins_of_a_sheet_become_contracts_of_the_venue(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text(
        "Symbol,Quantity,Entry Price,Mark Price,Margin Mode\nBTC/USDT:USDT,0.5,100000,101000,cross\n"
    )
    book = ringfence.read(path, accounts.WALLET, venue="okx").only().book
    assert book.positions[0].contracts == 50
    assert book.positions[0].contract_size == Decimal("0.01")


def test_subaccounts_of_dydx_are_accounts_and_their_children_isolated_positions() -> None:
    def subaccount(number: int, cash: str, **positions: tuple[str, str]) -> dict[str, Any]:
        held = {
            f"{coin}-USD": {"market": f"{coin}-USD", "status": "OPEN", "side": "LONG", "size": size,
                            "entryPrice": entry, "unrealizedPnl": "5"}
            for coin, (size, entry) in positions.items()
        }  # fmt: skip
        side = "SHORT" if cash.startswith("-") else "LONG"
        asset = {"symbol": "USDC", "side": side, "size": cash.lstrip("-"), "assetId": "0"}
        return {"address": "dydx1example", "subaccountNumber": number, "equity": "1", "freeCollateral": "1",
                "openPerpetualPositions": held, "assetPositions": {"USDC": asset}}  # fmt: skip

    children = [subaccount(0, "-34000", BTC=("0.5", "100000")), subaccount(128, "-16000", SOL=("100", "200"))]
    book = ringfence.read({"subaccount": {"childSubaccounts": children}}).only().book
    assert book.collateral == {"USDC": 16000}  # -34,000 + 0.5 * 100,000
    assert [(p.margin_mode, p.collateral) for p in book.positions] == [("cross", None), ("isolated", 4000)]
    both = ringfence.read([{"subaccount": children[0]}, {"subaccount": subaccount(1, "10")}])
    assert [holding.book.account for holding in both.holdings] == ["subaccount 0", "subaccount 1"]


def test_deribits_wallet_is_its_equity_without_the_gain_since_entry() -> None:
    # Short 10,000 dollars from 80,000 at 100,000: 10,000 / 100,000 - 10,000 / 80,000 = -0.025 of the 0.475 of equity.
    book = ringfence.read(accounts.deribit_positions(), accounts.deribit_summary()).only().book
    assert book.collateral == {"BTC": Decimal("0.5")}
    assert (book.positions[0].side, str(book.positions[0].contracts)) == ("short", "10000.0")


def test_resting_orders_are_read_and_their_absence_is_said() -> None:
    order = {"symbol": "BTC/USDT:USDT", "side": "buy", "price": 99000.0, "amount": 0.1, "remaining": 0.04,
             "status": "open", "reduceOnly": False, "info": {}}  # fmt: skip
    known = ringfence.read(UNIFIED, BALANCE, [order], venue="binance-usdm")
    assert [str(one.contracts) for one in known.only().book.orders] == ["0.04"]
    assert not any("resting orders" in text for text in known.warnings)
    unknown = ringfence.read(UNIFIED, BALANCE, venue="binance-usdm")
    assert any("resting orders are not in these files" in text for text in unknown.warnings)


def test_marks_may_come_from_tickers() -> None:
    bare = [{**row, "markPrice": None} for row in UNIFIED[:1]]
    ticker = {
        "BTC/USDT:USDT": {
            "symbol": "BTC/USDT:USDT",
            "markPrice": 101000.0,
            "indexPrice": 101010.0,
            "info": {},
        }
    }
    market = ringfence.read(bare, BALANCE, ticker, venue="binance-usdm").only().market
    assert market.marks == {"BTC/USDT:USDT": 101000}


def test_contracts_that_the_pack_lacks_come_from_the_venues_list() -> None:
    market = {"symbol": "SOL/USDT:USDT", "base": "SOL", "quote": "USDT", "settle": "USDT", "contractSize": 1.0,
              "linear": True, "inverse": False}  # fmt: skip
    dump = accounts.okx_positions()
    for row in dump["data"]:
        row |= {"notionalUsd": ""}
    with pytest.raises(BookError, match="contract size of SOL/USDT:USDT differs by symbol"):
        ringfence.read(dump, accounts.okx_balance())
    book = ringfence.read(dump, accounts.okx_balance(), {"SOL/USDT:USDT": market}).only().book
    assert book.positions[2].contract_size == 1


def test_tiers_of_a_coin_without_a_table_come_from_the_venues_own_list() -> None:
    state = accounts.hyperliquid_state()
    state["assetPositions"][2]["position"]["coin"] = "NEWCOIN"
    first = ringfence.read(state)
    assert [row["max_leverage"] for row in first.only().book.overrides.tiers] == [20]
    assert any("only its first tier is known" in text for text in first.warnings)
    tiers = [{"lowerBound": "0.0", "maxLeverage": 20}, {"lowerBound": "1000000.0", "maxLeverage": 10}]
    meta = {"universe": [{"name": "NEWCOIN", "szDecimals": 2, "maxLeverage": 20, "marginTableId": 54}],
            "marginTables": [[54, {"description": "", "marginTiers": tiers}]]}  # fmt: skip
    whole = ringfence.read(state, meta)
    assert [row["max_leverage"] for row in whole.only().book.overrides.tiers] == [20, 10]
    assert ringfence.assess(whole).accounts[0].pools


def test_exchanges_of_several_deployers_are_accounts_unless_they_are_unified() -> None:
    main, other = accounts.hyperliquid_state(), accounts.hyperliquid_state()
    other["crossMarginSummary"] = {"accountValue": "51"}
    position = {
        **main["assetPositions"][0]["position"],
        "coin": "xyz:AAPL",
        "szi": "1",
        "positionValue": "201",
    }
    other["assetPositions"] = [{"type": "oneWay", "position": {**position, "unrealizedPnl": "1"}}]
    apart = ringfence.read([main, other]).holdings
    found = [(one.book.account, str(one.book.collateral["USDC"])) for one in apart]
    assert found == [("main", "16000"), ("xyz", "50")]
    together = ringfence.read(
        [main, other], accounts.hyperliquid_spot("19751"), {"abstraction": "unifiedAccount"}
    )
    assert together.only().book.collateral == {"USDC": Decimal(16050)}


def test_coins_of_an_inverse_account_are_coins() -> None:
    row = {"symbol": "BTCUSD_PERP", "positionAmt": "50", "entryPrice": "100000.0", "markPrice": "101000",
           "unRealizedProfit": "0.00049505", "liquidationPrice": "0", "leverage": "10", "maxQty": "1500",
           "marginType": "isolated", "isolatedMargin": "0.00549505", "notionalValue": "0.04950495",
           "positionSide": "BOTH"}  # fmt: skip
    asset = {
        "asset": "BTC",
        "walletBalance": "1.005",
        "crossWalletBalance": "1",
        "marginBalance": "1.00549505",
    }
    holding = ringfence.read([row], {"assets": [asset], "positions": [], "canTrade": True}).only()
    (found,) = holding.book.positions
    assert (holding.book.venue, found.symbol, found.contract_size) == (
        "binance-coinm",
        "BTC/USD:BTC",
        Decimal(100),
    )
    assert found.collateral == Decimal("0.005")  # isolatedMargin holds the P&L too
    assert holding.book.collateral == {"BTC": Decimal(1)}


def test_when_a_position_was_opened_is_kept() -> None:
    dump = accounts.okx_positions()
    dump["data"][0]["cTime"] = "1795255200000"
    first, second, _ = ringfence.read(dump, accounts.okx_balance()).only().book.positions
    assert first.opened == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert second.opened is None
