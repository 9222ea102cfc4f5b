"""An account through ccxt's unified calls, its transport replaced: what is taken, what is never shown."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest

import ringfence
from tests.importers.accounts import ccxt_balance, ccxt_positions
from tests.unit.cli.terminal import Terminal

KEYS = {"RINGFENCE_API_KEY": "key-of-mine", "RINGFENCE_SECRET": "secret-of-mine"}
RATES = {"BTC": 0.004, "ETH": 0.004, "SOL": 0.005, "DOGE": 0.01}
TIERS = {
    f"{coin}/USDT:USDT": [
        {
            "tier": 1, "symbol": f"{coin}/USDT:USDT", "currency": "USDT", "minNotional": 0.0, "maxNotional": 1e9,
            "maintenanceMarginRate": rate, "maxLeverage": 100.0, "info": {},
        }
    ]
    for coin, rate in RATES.items()
}  # fmt: skip
MARKETS = {
    symbol: {
        "symbol": symbol, "base": symbol.partition("/")[0], "quote": "USDT", "settle": "USDT", "contractSize": 1.0,
        "linear": True, "inverse": False, "info": {},
    }
    for symbol in TIERS
}  # fmt: skip


class BaseError(Exception):
    """As ccxt's."""


class AuthenticationError(BaseError):
    """As ccxt's."""


class NetworkError(BaseError):
    """As ccxt's."""


class Client:
    """A client that answers by itself; ``fault`` is raised in place of positions."""

    requiredCredentials = {"apiKey": True, "secret": True, "password": False, "privateKey": True}  # noqa: N815, RUF012
    id = "binanceusdm"
    has: dict[str, Any] = {"fetchLeverageTiers": True}  # noqa: RUF012
    fault: Exception | None = None
    seen: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings

    def load_markets(self) -> dict[str, Any]:
        return MARKETS

    def fetch_positions(self) -> list[dict[str, Any]]:
        type(self).seen = dict(vars(self))
        if self.fault is not None:
            raise self.fault
        return [
            *ccxt_positions(),
            {"symbol": "DOGE/USDT:USDT", "contracts": 0.0, "side": None, "entryPrice": None},
        ]

    def fetch_balance(self) -> dict[str, Any]:
        return dict(ccxt_balance())

    def fetch_leverage_tiers(self, symbols: list[str]) -> dict[str, Any]:
        assert "DOGE/USDT:USDT" not in symbols
        return TIERS  # some exchanges answer with everything

    def fetch_market_leverage_tiers(self, symbol: str) -> list[dict[str, Any]]:
        return TIERS[symbol]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> type[Client]:
    class Mine(Client):
        """A client of this test."""

    library = SimpleNamespace(
        exchanges=["binance", "binanceusdm"],
        binanceusdm=Mine,
        BaseError=BaseError,
        AuthenticationError=AuthenticationError,
        NetworkError=NetworkError,
    )
    monkeypatch.setitem(sys.modules, "ccxt", library)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    return Mine


@pytest.mark.parametrize("name", ["binance-usdm", "binance", "binanceusdm"])
def test_what_is_fetched_is_the_account_that_its_dumps_make(
    terminal: Terminal, client: type[Client], name: str
) -> None:
    answer = terminal.run(["fetch", name, "--on", "2024-10-24", "-o", "book.toml"])
    assert answer.code in {0, None}
    book = ringfence.read(terminal.folder / "book.toml")
    dumps = [ccxt_positions(), ccxt_balance(), {s: rows for s, rows in TIERS.items() if "DOGE" not in s}]
    theirs = ringfence.read(*dumps, {"on": "2024-10-24"}, venue="binance-usdm")
    assert book.holdings[0].book.positions == theirs.holdings[0].book.positions
    assert book.holdings[0].book.collateral == theirs.holdings[0].book.collateral
    assert book.holdings[0].book.overrides == theirs.holdings[0].book.overrides
    seen = {known: value for known, value in client.seen.items() if known != "on_rest_response"}
    assert seen == {
        "settings": {"options": {"defaultType": "swap"}, "has": {"fetchCurrencies": False}},
        "apiKey": "key-of-mine",
        "secret": "secret-of-mine",
    }


def test_no_key_is_written_or_shown(terminal: Terminal, client: type[Client]) -> None:
    answer = terminal.run(["fetch", "binance"])
    assert client.seen["secret"] == "secret-of-mine"  # noqa: S105 - of this test
    assert "of-mine" not in answer.out + answer.err
    assert answer.out.startswith("# Imported from binanceusdm: positions, binanceusdm: balance")


@pytest.mark.parametrize(("has", "own"), [({"fetchMarketLeverageTiers": True}, True), ({}, False)])
def test_tiers_are_taken_as_the_exchange_gives_them(
    terminal: Terminal, client: type[Client], has: dict[str, Any], *, own: bool
) -> None:
    client.has = has
    assert ("[[tier]]" in terminal.run(["fetch", "binance"]).out) == own


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            NetworkError("GET https://x.y/z?signature=abc&k=key-of-mine timed out"),
            "cannot be reached: NetworkError",
        ),
        (
            AuthenticationError('{"code":-2015,"msg":"key-of-mine"}'),
            "Mend RINGFENCE_API_KEY and RINGFENCE_SECRET",
        ),
        (BaseError("maintenance"), "answers with an error: BaseError: maintenance"),
    ],
)
def test_a_fault_is_one_message_without_a_key(
    terminal: Terminal, client: type[Client], fault: Exception, said: str
) -> None:
    client.fault = fault
    refusal = terminal.refused(["fetch", "binance", "-o", "book.toml"])
    assert refusal.startswith("ringfence: fetch binanceusdm: it ")
    assert said in refusal
    assert refusal.count("\n") == 1
    assert "of-mine" not in refusal
    assert "signature" not in refusal


@pytest.mark.usefixtures("client")
def test_keys_that_are_missing_are_named(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RINGFENCE_SECRET")
    monkeypatch.setenv("RINGFENCE_API_KEY", " ")
    refusal = terminal.refused(["fetch", "binance"])
    assert "RINGFENCE_API_KEY and RINGFENCE_SECRET are not set. Make a key that may only read" in refusal


@pytest.mark.usefixtures("client")
def test_an_exchange_is_one_that_a_pack_and_ccxt_know(terminal: Terminal) -> None:
    assert "there is no such rule pack" in terminal.refused(["fetch", "nowhere"])
    assert "fetch bybit: ccxt has no such exchange" in terminal.refused(["fetch", "bybit"])


def test_without_ccxt_the_extra_is_named(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ccxt", None)
    assert 'Install the extra: pip install "ringfence[live]"' in terminal.refused(["fetch", "binance"])


def test_the_help_names_the_variables(terminal: Terminal) -> None:
    from ringfence.cli.fetch import CREDENTIALS

    said = terminal.run(["fetch", "--help"]).out
    assert all(name in said for name in CREDENTIALS.values())
