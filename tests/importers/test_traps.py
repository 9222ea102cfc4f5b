"""The nineteen traps of upstream shapes, each by its name: what a library or a venue writes, and what it means."""

import json
import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import ringfence
from ringfence.book import Figures, Position
from ringfence.core.errors import BookError
from ringfence.importers.write import book_text
from ringfence.margin.snapshot import Holding
from tests.importers import accounts

MARKS = {"marks": {"BTC/USDT:USDT": "101000"}, "collateral": {"USDT": "16000"}}


def held(*sources: Any, **options: Any) -> Holding:
    return ringfence.read(*sources, **options).only()


def position(coin: str, *sources: Any, **options: Any) -> Position:
    book = held(*sources, **options).book
    return next(one for one in book.positions if one.symbol.startswith(coin))


def said(holding: Holding, label: str) -> Figures:
    assert holding.reported is not None
    return holding.reported.positions[label]


def test_t01_ccxts_maintenance_without_the_deduction_is_not_read() -> None:
    # ccxt gives 60,000 for 60 BTC where the venue's own field has the deduction off: 48,000.
    row = {**accounts.binance_risk(3)[0], "positionAmt": "60", "notional": "6060000", "maintMargin": "48000"}
    unified = {**accounts.ccxt_positions(BTC=row)[0], "contracts": 60.0, "maintenanceMargin": 60000.0}
    found = held([unified], accounts.binance_account() | {"positions": []})
    assert said(found, "BTC/USDT:USDT:long").maintenance_requirement == 48000
    without_info = held([{**unified, "info": {}}], accounts.ccxt_balance(), venue="binance-usdm")
    assert said(without_info, "BTC/USDT:USDT:long").maintenance_requirement is None


def test_t02_collateral_of_a_cross_position_is_not_read() -> None:
    rows = [{**row, "collateral": 123456.0, "liquidationPrice": 0} for row in accounts.ccxt_positions()]
    assert held(rows, accounts.binance_account()).book.collateral == {"USDT": 16000}


def test_t03_a_third_version_without_leverage_is_joined_with_the_symbols_own_settings() -> None:
    assert position("BTC", accounts.binance_risk(3), accounts.binance_account()).leverage is None
    config = [{"symbol": "BTCUSDT", "marginType": "CROSSED", "leverage": 10, "isAutoAddMargin": "false",
               "maxNotionalValue": "1000000"}]  # fmt: skip
    assert position("BTC", accounts.binance_risk(3), accounts.binance_account(), config).leverage == 10
    modes = [
        one.margin_mode for one in held(accounts.binance_risk(3), accounts.binance_account()).book.positions
    ]
    assert modes == ["cross", "cross", "isolated"]


def test_t04_collateral_and_ratio_of_an_okx_cross_position_are_the_accounts() -> None:
    raw = accounts.okx_positions()["data"]
    unified = [
        {**row, "symbol": f"{info['instId'][:3]}/USDT:USDT", "info": info, "contracts": abs(float(info["pos"])),
         "contractSize": {"BTC": 0.01, "ETH": 0.1, "SOL": 1.0}[info["instId"][:3]], "collateral": 5550.0,
         "marginRatio": 0.0381}
        for row, info in zip(accounts.ccxt_positions(), raw, strict=True)
    ]  # fmt: skip
    found = held(unified, accounts.okx_balance())
    assert found.book.collateral == {"USDT": 16000}
    assert said(found, "BTC/USDT:USDT:long").margin_ratio == Decimal("48.55")
    assert found.reported is not None
    assert found.reported.account is not None
    assert found.reported.account.equity == 16100
    assert found.reported.account.maintenance_requirement == Decimal("331.6")


def test_t05_bounds_of_okx_tiers_are_contracts() -> None:
    # maxNotional 10,000 of BTC-USDT-SWAP means 100 BTC: 10 million dollars at 100,000.
    tiers = [
        {"symbol": "BTC/USDT:USDT", "minNotional": 0, "maxNotional": 10000, "maintenanceMarginRate": 0.004,
         "maxLeverage": 100, "info": {}},
        {"symbol": "BTC/USDT:USDT", "minNotional": 10000, "maxNotional": 99999, "maintenanceMarginRate": 0.9,
         "maxLeverage": 1, "info": {}},
    ]  # fmt: skip
    found = ringfence.read(
        {**accounts.okx_positions(), "data": accounts.okx_positions()["data"][:1]},
        accounts.okx_balance(),
        tiers,
    )
    pool = ringfence.to_dict(ringfence.assess(found))["pools"][0]
    assert (
        pool["positions"][0]["requirement"]["maintenance"]["value"] == "202"
    )  # 0.004 * 50,500: the first tier


def test_t06_deribits_contracts_are_dollars_whatever_the_contract_size() -> None:
    raw = accounts.deribit_positions()["result"][0]
    unified = {
        "info": raw, "symbol": "BTC/USD:BTC", "contracts": 10000.0, "contractSize": 10.0, "side": "short",
        "entryPrice": 80000.0, "markPrice": 100000.0, "notional": 0.1, "leverage": 50, "marginMode": None,
        "initialMarginPercentage": 2.0, "maintenanceMarginPercentage": 1.0, "unrealizedPnl": -0.001,
    }  # fmt: skip
    for row in (unified, {**unified, "info": {}}):
        found = position("BTC", [row], accounts.deribit_summary(), margin_mode="cross")
        assert found.contracts * found.contract_size == 10000


def test_t07_hyperliquids_figures_come_from_its_own_row() -> None:
    raw = accounts.hyperliquid_state()["assetPositions"]
    unified = [
        {**row, "symbol": row["symbol"].replace("USDT", "USDC"), "info": info, "maintenanceMargin": 410.26,
         "percentage": 68.97, "collateral": 1.0, "positionMargin": None}
        for row, info in zip(accounts.ccxt_positions(), raw, strict=True)
    ]  # fmt: skip
    found = held(unified, accounts.hyperliquid_state())
    assert found.book.positions[2].collateral == 4000
    assert said(found, "SOL/USDC:USDC:long").maintenance_requirement is None
    assert said(found, "SOL/USDC:USDC:long").unrealized_pnl == -400
    assert found.reported is not None
    assert found.reported.assets["USDC"].maintenance_requirement == Decimal("1279.25")


@pytest.mark.parametrize(("word", "expected"), [("REGULAR_MARGIN", "cross"), ("ISOLATED_MARGIN", "isolated")])
def test_t08_bybits_margin_mode_is_the_accounts(word: str, expected: str) -> None:
    sources = accounts.bybit_positions(), accounts.bybit_wallet()
    with pytest.raises(BookError, match="margin mode is not in this file"):
        ringfence.read(*sources)
    assert position("BTC", *sources, accounts.bybit_info(word)).margin_mode == expected


@pytest.mark.parametrize("none", [None, "", "0", 0.0, "0.0", "-3.5"])
def test_t09_a_missing_liquidation_price_is_none_however_it_is_written(none: Any) -> None:
    rows = [{**row, "liquidationPrice": none} for row in accounts.binance_risk(2)]
    assert said(held(rows, accounts.binance_account()), "BTC/USDT:USDT:long").liquidation_price is None


def test_t10_a_unified_account_is_read_by_its_abstraction_and_spot_state() -> None:
    hollow, spot = accounts.hyperliquid_state(empty=True), accounts.hyperliquid_spot()
    with pytest.raises(BookError, match="whether the account is a unified one is not in these files"):
        ringfence.read({**hollow, "assetPositions": []}, spot)
    found = held(hollow, spot, {"abstraction": "unifiedAccount"}).book
    assert found.account_mode == "unified"
    assert found.collateral == {"USDC": Decimal(16000)}
    assert held(hollow, spot, {"abstraction": "portfolioMargin"}).book.account_mode == "portfolio"


def test_t10_a_state_without_collateral_is_no_word_on_the_equity_of_the_account() -> None:
    hollow, spot = accounts.hyperliquid_state(empty=True), accounts.hyperliquid_spot()
    found = held(hollow, spot, {"abstraction": "unifiedAccount"}).reported
    assert found is not None
    assert found.assets["USDC"].maintenance_requirement is not None
    assert [one.equity for one in (*found.assets.values(), found.account) if one] == [None]
    empty = {**hollow, "assetPositions": []}
    assert any("spotClearinghouseState" in note for note in ringfence.read(empty).warnings)


@pytest.mark.parametrize(
    ("times", "readable"),
    [
        (["22/11/2026 - 09:14:03", "23/11/2026 - 09:20:41", "23/11/2026 - 09:21:00"], True),
        (["11/22/2026 - 09:14:03", "11/23/2026 09:20:41", "11/23/2026 09:21:00"], True),
        # Only with the day first does the file run forward: 3 February, 1 March, 5 March.
        (["3/2/2026 - 09:00:00", "1/3/2026 - 10:00:00", "5/3/2026 - 10:00:00"], True),
        (["3/2/2026 - 09:00:00", "1/3/2026 - 10:00:00", "1/3/2026 - 10:00:00"], False),
        (["3/2/2026 - 09:00:00", "3/2/2026 - 09:20:00", "3/2/2026 - 09:30:00"], False),
    ],
)
def test_t11_the_order_of_day_and_month_is_found_in_the_whole_file(
    times: list[str], readable: bool, tmp_path: Path
) -> None:
    fills = [
        "BTC,Open Long,100000,0.5,50000,0,0",
        "ETH,Open Short,4000,8,32000,0,0",
        "ETH,Close Short,4000,2,8000,0,0",
    ]
    path = tmp_path / "trades.csv"
    rows = [f"{time},{fill}" for time, fill in zip(times, fills, strict=True)]
    path.write_text("\n".join(["time,coin,dir,px,sz,ntl,fee,closedPnl", *rows]))
    known = {"marks": {"BTC": "101000", "ETH": "4050"}, "collateral": {"USDC": "16000"}}
    if readable:
        assert position("ETH", path, known, margin_mode="cross").contracts == 6
    else:
        with pytest.raises(BookError, match="can be read in two ways"):
            ringfence.read(path, known, margin_mode="cross")


TRADE = {
    "id": 1, "exchange": "binance", "pair": "BTC/USDT:USDT", "is_open": 1, "open_rate": 100000.0,
    "stake_amount": 5000.0, "amount": 0.5, "trading_mode": "FUTURES", "contract_size": 1.0, "leverage": 10.0,
    "is_short": 0, "liquidation_price": 92500.0,
}  # fmt: skip


def freqtrades(path: Path, *trades: dict[str, Any]) -> Path:
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE trades ({', '.join(TRADE)})")
        marks = ", ".join("?" * len(TRADE))
        connection.executemany(f"INSERT INTO trades VALUES ({marks})", [[*one.values()] for one in trades])  # noqa: S608 - no user
    connection.close()
    return path


def test_t12_freqtrades_stake_is_collateral_and_its_liquidation_price_is_buffered(tmp_path: Path) -> None:
    path = freqtrades(tmp_path / "tradesv3.sqlite", TRADE, {**TRADE, "id": 2, "is_open": 0})
    before = sorted(tmp_path.iterdir())
    with pytest.raises(BookError, match="margin mode is not in this file"):
        ringfence.read(path, MARKS)
    config = {"trading_mode": "futures", "margin_mode": "isolated", "stake_currency": "USDT", "dry_run": False,
              "exchange": {"name": "binance", "key": "K3Y", "secret": "S3CRET"}}  # fmt: skip
    found = held(path, config, MARKS)
    assert sorted(tmp_path.iterdir()) == before
    (only,) = found.book.positions
    assert (only.contracts, only.collateral, only.leverage) == (Decimal("0.5"), Decimal(5000), Decimal(10))
    # 92,500 = 92,105.26 moved by a twentieth of its distance to 100,000
    assert round(said(found, "BTC/USDT:USDT:long").liquidation_price or 0, 2) == Decimal("92105.26")


def test_t13_hummingbots_numbers_are_millionths_in_its_database_only(tmp_path: Path) -> None:
    names = ["market", "symbol", "timestamp", "trade_type", "price", "amount", "leverage", "position"]
    fills = [("binance_perpetual", "BTC-USDT", 1, "BUY", "100000", "0.5", 10, "OPEN"),
             ("binance_perpetual", "BTC-USDT", 2, "BUY", "102000", "0.5", 10, "OPEN"),
             ("binance_perpetual", "BTC-USDT", 3, "SELL", "109000", "0.25", 10, "CLOSE")]  # fmt: skip
    database = tmp_path / "conf.sqlite"
    with sqlite3.connect(database) as connection:
        connection.execute(f"CREATE TABLE TradeFill ({', '.join(names)})")
        for *start, price, amount, leverage, kind in fills:
            scaled = [int(Decimal(number) * 1_000_000) for number in (price, amount)]
            connection.execute(
                "INSERT INTO TradeFill VALUES (?,?,?,?,?,?,?,?)", [*start, *scaled, leverage, kind]
            )
    connection.close()
    sheet = tmp_path / "trades_conf.csv"
    sheet.write_text("\n".join([",".join(names), *(",".join(map(str, fill)) for fill in fills)]))
    for path in (database, sheet):
        found = position("BTC", path, MARKS, margin_mode="cross")
        assert (found.side, found.contracts, found.entry_price) == ("long", Decimal("0.75"), Decimal(101000))


def test_t14_both_spellings_of_a_key_are_known_and_others_are_listed_once() -> None:
    dump = accounts.bybit_positions()
    spellings = ["mmrSysUpdatedTime", "mmrSysUpdateTime"]
    for row, spelling in zip(dump["result"]["list"], spellings, strict=True):
        row |= {spelling: "", "brandNew": "1"}
    warnings = ringfence.read(dump, accounts.bybit_wallet(), accounts.bybit_info()).warnings
    assert [text for text in warnings if "not known here" in text] == [
        "bybit.positions: keys not known here, left out: brandNew"
    ]


def test_t15_three_spellings_of_unrealised_profit_are_one() -> None:
    row = {
        "s": "SOLUSDT",
        "pa": "100",
        "ep": "200",
        "up": "-400",
        "mt": "isolated",
        "iw": "4000",
        "ps": "BOTH",
    }
    asset = {"a": "USDT", "wb": "20000", "cw": "16000", "bc": "0"}
    event = {"e": "ACCOUNT_UPDATE", "E": 1, "T": 1, "a": {"m": "ORDER", "B": [asset], "P": [row]}}
    for sources in (
        [event],
        [accounts.binance_account()],
        [accounts.binance_risk(2), accounts.binance_account()],
    ):
        assert said(held(*sources), "SOL/USDT:USDT:long").unrealized_pnl == -400


def test_t16_numbers_are_taken_as_they_are_written(tmp_path: Path) -> None:
    row = {**accounts.ccxt_positions()[0], "entryPrice": 0.1 + 0.2, "markPrice": 0.3, "notional": None}
    expected = Decimal("0.30000000000000004")
    path = tmp_path / "positions.json"
    path.write_text(json.dumps([row]))
    for source in ([row], path):
        assert position("BTC", source, accounts.ccxt_balance(), venue="binance-usdm").entry_price == expected
    long = accounts.binance_risk(2)
    long[0] |= {"entryPrice": "100000.12345678901234567890", "markPrice": "101000"}
    assert str(position("BTC", long, accounts.binance_account()).entry_price) == "100000.12345678901234567890"


def test_t17_a_requirement_without_an_instrument_is_the_accounts() -> None:
    whole = {"currency": "USDT", "initial": "8290", "maintenance": "331.6", "instrument_id": None}
    alone = {**whole, "maintenance": "98", "instrument_id": "SOLUSDT-PERP.BINANCE"}
    total = {"total": "19700", "locked": "0", "free": "0", "currency": "USDT"}
    event = {"account_id": "BINANCE-001", "account_type": "MARGIN", "balances": [total], "ts_event": 2}
    for listed, expected in (([whole, alone], Decimal("331.6")), ([alone], None)):
        older = {**event, "balances": [], "margins": [], "ts_event": 1}
        found = held([older, {**event, "margins": listed}], accounts.ccxt_positions(), venue="binance-usdm")
        assert found.book.collateral == {"USDT": 16000}
        assert found.reported is not None
        known = found.reported.assets.get("USDT", Figures())
        assert known.maintenance_requirement == expected


def test_t18_personal_keys_stay_at_the_door() -> None:
    secrets = ["u-1785", "me@example.org", "0xabc0ffee", "K3Y-secret"]
    personal = dict(zip(("uid", "email", "address", "apiKey"), secrets, strict=True))
    risk = [{**row, **personal} for row in accounts.binance_risk(2)]
    snapshot = ringfence.read(risk, {**accounts.binance_account(), **personal})
    clean = ringfence.read(accounts.binance_risk(2), accounts.binance_account())
    everything = (
        f"{snapshot!r}{book_text(snapshot, ['a.json'])}{ringfence.to_dict(ringfence.assess(snapshot))}"
    )
    assert not any(secret in everything for secret in secrets)
    assert snapshot == clean
    assert ringfence.assess(snapshot).digests == ringfence.assess(clean).digests


def test_t19_free_and_used_of_a_balance_are_not_read() -> None:
    # With an isolated position free + used is 20,020 and not the total of 19,700.
    for balance in (accounts.ccxt_balance(), {**accounts.ccxt_balance(), "free": {"USDT": 1.0}, "used": {}}):
        found = held(accounts.ccxt_positions(), balance, venue="binance-usdm")
        assert found.book.collateral == {"USDT": 16000}


def test_the_instant_of_an_answer_is_the_books() -> None:
    found = held(accounts.hyperliquid_state()).book
    assert found.at == datetime(2026, 11, 22, 10, tzinfo=UTC)
