"""``ringfence fetch`` through ccxt's own classes; only their HTTP transport is replaced."""

from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
import requests

import ringfence
from ringfence.margin.snapshot import Holding
from tests.importers import accounts, exchanges
from tests.unit.cli.terminal import Terminal

SECRETS = {
    "RINGFENCE_API_KEY": "key-of-mine",
    "RINGFENCE_SECRET": "c2VjcmV0LW9mLW1pbmU=",
    "RINGFENCE_PASSWORD": "pass-of-mine",
    "RINGFENCE_WALLET": "0x" + "5ec7e7" * 6 + "abcd",
}
VENUES: dict[str, exchanges.Routes] = {
    "binance-usdm": exchanges.binance(),
    "bybit": exchanges.bybit(),
    "okx": exchanges.okx(),
    "hyperliquid": exchanges.hyperliquid(),
    "gate": exchanges.gate(),
    "kraken": exchanges.kraken(),
}
POSITIONS = {
    "binance-usdm": "/positionRisk", "bybit": "/position/list", "okx": "/account/positions", "hyperliquid": "/info",
    "gate": "/usdt/positions", "kraken": "/openpositions",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def fetched(terminal: Terminal, venue: str, *words: str) -> Holding:
    """Return the account that a fetch has written, with nothing secret in it or shown."""
    answer = terminal.run(["fetch", venue, "-o", "book.toml", *words])
    assert answer.code in {0, None}, answer.err
    text = (terminal.folder / "book.toml").read_text()
    assert not [secret for secret in SECRETS.values() if secret in answer.out + answer.err + text]
    return ringfence.read(terminal.folder / "book.toml").only()


def client_of(venue: str) -> Any:
    """Return ccxt's own client of a venue."""
    settings = {
        "options": {"defaultType": "swap"}, "has": {"fetchCurrencies": False}, "apiKey": "k", "secret": "s",
        "password": "p", "walletAddress": SECRETS["RINGFENCE_WALLET"],
    }  # fmt: skip
    return getattr(import_module("ccxt"), {"binance-usdm": "binanceusdm"}.get(venue, venue))(settings)


@pytest.mark.parametrize("venue", VENUES)
def test_the_reference_account_comes_through_ccxt_as_it_is(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, venue: str
) -> None:
    exchanges.stand_in(monkeypatch, VENUES[venue])
    book = fetched(terminal, venue).book
    coins = (
        [accounts.BTC, accounts.ETH]
        if venue in {"bybit", "kraken"}
        else [accounts.BTC, accounts.ETH, accounts.SOL]
    )
    assert book.venue == venue
    assert len(book.positions) == len(coins)
    for position, (coin, size, entry, mark) in zip(book.positions, coins, strict=True):
        lot = position.contract_size or Decimal(1)
        sign = 1 if position.side == "long" else -1
        assert sign * position.contracts * lot == Decimal(size)
        assert position.entry_price == Decimal(entry)
        assert position.margin_mode == accounts.mode(coin)
        assert ringfence.read(terminal.folder / "book.toml").only().market.marks[position.symbol] == Decimal(
            mark
        )
        if venue != "kraken":
            assert position.leverage == Decimal(accounts.LEVERAGE[coin])
        if position.margin_mode == "isolated":
            assert position.collateral == 4000
    (amount,) = book.collateral.values()
    assert amount == 16000


def test_every_settlement_asset_of_bybit_is_asked_for(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def positions(sent: dict[str, str]) -> Any:
        asked.append((sent["category"], sent.get("settleCoin", "")))
        return VENUES["bybit"]["/v5/position/list"](sent)

    exchanges.stand_in(monkeypatch, {**VENUES["bybit"], "/v5/position/list": positions})
    fetched(terminal, "bybit")
    assert asked == [("linear", "USDT"), ("linear", "USDC"), ("inverse", "")]


def test_what_is_not_asked_for_is_said(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    exchanges.stand_in(monkeypatch, VENUES["gate"])
    assert "only contracts that settle in USDT were asked for" in terminal.run(["fetch", "gate"]).err


@pytest.mark.parametrize(
    ("venue", "change"),
    [
        ("okx", {"/account/config": accounts.okx_config("4")}),
        ("bybit", {"/v5/account/info": accounts.bybit_info("PORTFOLIO_MARGIN")}),
    ],
)
def test_portfolio_margin_is_told_by_the_accounts_own_settings(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, venue: str, change: dict[str, Any]
) -> None:
    exchanges.stand_in(monkeypatch, {**change, **VENUES[venue]} | change)
    assert 'account_mode = "portfolio"' in terminal.run(["fetch", venue]).out


def test_a_unified_account_of_hyperliquid_stands_on_its_spot_balance(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchanges.stand_in(monkeypatch, exchanges.hyperliquid("unifiedAccount"))
    book = fetched(terminal, "hyperliquid").book
    assert book.account_mode == "unified"
    assert book.collateral == {"USDC": Decimal(16000)}


def test_a_liquidation_price_that_ccxt_works_out_is_no_word_of_the_venue(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchanges.stand_in(monkeypatch, VENUES["binance-usdm"])
    reported = fetched(terminal, "binance-usdm").reported
    assert reported is not None
    assert all(figures.liquidation_price is None for figures in reported.positions.values())
    assert reported.positions["SOL/USDT:USDT:long"].maintenance_requirement == 98


@pytest.mark.parametrize("venue", ["binance-usdm", "bybit", "okx", "hyperliquid", "gate"])
def test_positions_of_ccxt_without_the_venues_own_rows_have_the_same_marks(
    monkeypatch: pytest.MonkeyPatch, venue: str
) -> None:
    exchanges.stand_in(monkeypatch, VENUES[venue])
    client = client_of(venue)
    rows = [
        {key: value for key, value in row.items() if key not in {"info", "markPrice"}}
        for row in client.fetch_positions()
        if row["contracts"]
    ]
    marks = (
        ringfence.read(rows, {"collateral": {"USDT": "1"}}, venue=venue, margin_mode="cross")
        .only()
        .market.marks
    )
    told = {coin: Decimal(mark) for coin, _, _, mark in (accounts.BTC, accounts.ETH, accounts.SOL)}
    assert marks
    assert all(mark == told[symbol.partition("/")[0]] for symbol, mark in marks.items())


REFUSALS = {
    "binance-usdm": (400, '{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}'),
    "bybit": (
        200,
        '{"retCode":10003,"retMsg":"API key is invalid.","result":{},"retExtInfo":{},"time":1795341600000}',
    ),
    "okx": (401, '{"code":"50111","msg":"Invalid OK-ACCESS-KEY","data":[]}'),
    "gate": (401, '{"label":"INVALID_KEY","message":"Invalid key provided"}'),
    "kraken": (
        200,
        '{"result":"error","error":"authenticationError","serverTime":"2026-11-22T10:00:00.000Z"}',
    ),
}


def refused(terminal: Terminal, venue: str) -> str:
    said = terminal.refused(["fetch", venue, "-o", "book.toml"])
    assert said.startswith("ringfence: fetch ")
    assert said.count("\n") == 1
    assert "Traceback" not in said
    assert not [secret for secret in SECRETS.values() if secret in said]
    assert "signature" not in said
    return said


@pytest.mark.parametrize("venue", REFUSALS)
def test_keys_that_an_exchange_refuses_are_named_by_their_variables(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, venue: str
) -> None:
    transport = exchanges.stand_in(monkeypatch, VENUES[venue])
    transport.broken = (POSITIONS[venue], *REFUSALS[venue])
    said = refused(terminal, venue)
    assert "it refuses the keys: " in said
    assert "RINGFENCE_API_KEY" in said


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize(
    "fault",
    [
        requests.exceptions.ConnectionError(
            "no route to https://x.y/z?timestamp=1&signature=abc key-of-mine"
        ),
        requests.exceptions.Timeout("timed out"),
        requests.exceptions.SSLError("bad certificate"),
    ],
)
def test_a_network_that_fails_is_one_message(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, venue: str, fault: Exception
) -> None:
    exchanges.stand_in(monkeypatch, VENUES[venue]).fault = fault
    assert "it cannot be reached: " in refused(terminal, venue)


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize(
    ("status", "text"),
    [(503, "<html><body>Maintenance</body></html>"), (200, "<html><body>Log in</body></html>"), (200, "[]"),
     (200, "{}"), (500, '{"x":1}'), (429, "slow down")],
)  # fmt: skip
def test_an_answer_that_is_none_is_one_message_or_no_position(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, venue: str, status: int, text: str
) -> None:
    transport = exchanges.stand_in(monkeypatch, VENUES[venue])
    transport.broken = (POSITIONS[venue], status, text)
    answer = terminal.run(["fetch", venue, "-o", "book.toml"])
    if answer.code in {0, None}:
        assert text in {"[]", "{}"}
        held = ringfence.read(terminal.folder / "book.toml").only().book.positions
        assert bool(held) == (venue == "binance-usdm")  # its balance tells the positions a second time
    else:
        refused(terminal, venue)


@pytest.mark.parametrize("venue", VENUES)
def test_a_missing_key_is_named_before_anything_is_asked(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, venue: str
) -> None:
    for name in SECRETS:
        monkeypatch.delenv(name)
    transport = exchanges.stand_in(monkeypatch, VENUES[venue])
    said = refused(terminal, venue)
    assert "not set" in said
    assert ("RINGFENCE_WALLET" if venue == "hyperliquid" else "RINGFENCE_API_KEY") in said
    assert not transport.asked


def test_nothing_but_reading_is_asked_for(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    for venue, routes in VENUES.items():
        transport = exchanges.stand_in(monkeypatch, routes)
        fetched(terminal, venue)
        assert {method for method, _, _ in (asked.partition(" ") for asked in transport.asked)} <= {
            "GET",
            "POST",
        }
        assert all(asked.endswith("/info") for asked in transport.asked if asked.startswith("POST"))


def test_an_address_outside_the_table_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    exchanges.stand_in(monkeypatch, {})
    with pytest.raises(AssertionError, match="is not among the answers"):
        requests.get("https://example.invalid/", timeout=1)


@pytest.mark.parametrize("venue", ["binance-usdm", "bybit", "okx", "hyperliquid", "gate"])
def test_what_a_total_of_ccxt_holds_is_known_to_the_pack(monkeypatch: pytest.MonkeyPatch, venue: str) -> None:
    exchanges.stand_in(monkeypatch, VENUES[venue])
    client = client_of(venue)
    client.load_markets()
    balance = {key: value for key, value in client.fetch_balance().items() if key != "info"}
    positions = [row for row in client.fetch_positions() if row["contracts"]]
    holding = ringfence.read(positions, balance, venue=venue, margin_mode="cross").only()
    assert list(holding.book.collateral.values()) == [Decimal(16000)]
