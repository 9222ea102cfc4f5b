"""The reference account as five exchanges answer over HTTP: shapes of their documentation, invented figures.

Each exchange is a table from the end of an address to what it answers. An address that is not in the table fails the
test: nothing reaches a network.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.importers import accounts

Answer = Any
Routes = Mapping[str, Answer | Callable[[dict[str, str]], Answer]]

COINS = ("BTC", "ETH", "SOL")
RATES = {"BTC": "0.004", "ETH": "0.004", "SOL": "0.005"}
NOW = 1795341600000


class Transport:
    """Answers every request of ccxt from a table, and remembers what was asked.

    status, text   an answer to everything from the given address on, in place of the table
    """

    def __init__(self, routes: Routes) -> None:
        self.routes = dict(routes)
        self.asked: list[str] = []
        self.broken: tuple[str, int, str] | None = None
        self.fault: Exception | None = None

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """Stand in for ``requests.Session.request``."""
        parts = urlsplit(url)
        self.asked.append(f"{method} {parts.path}")
        if self.fault is not None:
            raise self.fault
        if self.broken is not None and parts.path.endswith(self.broken[0]):
            return _response(url, self.broken[1], self.broken[2])
        body = options.get("data")
        sent = json.loads(body) if body else {key: values[0] for key, values in parse_qs(parts.query).items()}
        for end, answer in self.routes.items():
            if parts.path.endswith(end):
                return _response(url, 200, json.dumps(answer(sent) if callable(answer) else answer))
        raise AssertionError(f"{method} {url} is not among the answers")


def _response(url: str, status: int, text: str) -> requests.Response:
    response = requests.Response()
    response.status_code, response.url, response.reason = status, url, "OK" if status == 200 else "Error"
    response._content = text.encode()  # noqa: SLF001 - requests offers no other way to make one
    response.headers["Content-Type"] = "application/json" if text.startswith(("{", "[")) else "text/html"
    return response


def stand_in(monkeypatch: pytest.MonkeyPatch, routes: Routes) -> Transport:
    """Put a table of answers in the place of the network."""
    transport = Transport(routes)

    def request(_: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
        return transport.request(method, url, **options)

    monkeypatch.setattr(requests.Session, "request", request)
    return transport


def binance() -> Routes:
    symbols = [
        {"symbol": f"{coin}USDT", "pair": f"{coin}USDT", "contractType": "PERPETUAL", "deliveryDate": 4133404800000,
         "onboardDate": 1569398400000, "status": "TRADING", "baseAsset": coin, "quoteAsset": "USDT",
         "marginAsset": "USDT", "pricePrecision": 2, "quantityPrecision": 3, "underlyingType": "COIN",
         "filters": [{"filterType": "PRICE_FILTER", "minPrice": "0.1", "maxPrice": "9999999", "tickSize": "0.1"},
                     {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"}],
         "orderTypes": ["LIMIT", "MARKET"], "timeInForce": ["GTC"], "liquidationFee": "0.01"}
        for coin in COINS
    ]  # fmt: skip
    brackets = [
        {"symbol": f"{coin}USDT", "notionalCoef": 1.0, "brackets": [
            {"bracket": 1, "initialLeverage": 100, "notionalCap": 1000000000, "notionalFloor": 0,
             "maintMarginRatio": float(rate), "cum": 0.0}]}
        for coin, rate in RATES.items()
    ]  # fmt: skip
    config = [
        {"symbol": f"{coin}USDT", "marginType": "ISOLATED" if coin == "SOL" else "CROSSED", "isAutoAddMargin": False,
         "leverage": int(accounts.LEVERAGE[coin]), "maxNotionalValue": "1000000"}
        for coin in COINS
    ]  # fmt: skip
    idle = {
        **accounts.binance_risk()[0],
        "symbol": "ETHUSDT",
        "positionSide": "LONG",
        "positionAmt": "0.000",
        "notional": "0",
    }
    return {
        "/fapi/v1/exchangeInfo": {"timezone": "UTC", "serverTime": NOW, "symbols": symbols},
        "/fapi/v1/leverageBracket": brackets,
        "/fapi/v3/positionRisk": [*accounts.binance_risk(), idle],
        "/fapi/v3/account": accounts.binance_account(),
        "/fapi/v1/symbolConfig": config,
    }


def bybit() -> Routes:
    def instruments(sent: dict[str, str]) -> Answer:
        rows = [
            {"symbol": f"{coin}USDT", "contractType": "LinearPerpetual", "status": "Trading", "baseCoin": coin,
             "quoteCoin": "USDT", "settleCoin": "USDT", "launchTime": "1584230400000", "deliveryTime": "0",
             "priceScale": "2", "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
             "priceFilter": {"minPrice": "0.10", "maxPrice": "1999999.80", "tickSize": "0.10"},
             "lotSizeFilter": {"maxOrderQty": "1190.000", "minOrderQty": "0.001", "qtyStep": "0.001"}}
            for coin in COINS
        ]  # fmt: skip
        return _bybit({"category": sent["category"], "list": rows if sent["category"] == "linear" else []})

    def positions(sent: dict[str, str]) -> Answer:
        rows = accounts.bybit_positions()["result"]["list"] if sent.get("settleCoin") == "USDT" else []
        return _bybit({"category": sent["category"], "list": rows, "nextPageCursor": ""})

    def limits(_: dict[str, str]) -> Answer:
        rows = [
            {"id": number, "symbol": f"{coin}USDT", "riskLimitValue": "1000000000", "maintenanceMargin": rate,
             "initialMargin": "0.01", "isLowestRisk": 1, "maxLeverage": "100.00", "mmDeduction": ""}
            for number, (coin, rate) in enumerate(RATES.items(), start=1)
        ]  # fmt: skip
        return _bybit({"category": "linear", "list": rows})

    return {
        "/v5/market/instruments-info": instruments,
        "/v5/user/query-api": _bybit({"uta": 1, "userID": 24617703, "apiKey": "key-of-mine"}),
        "/v5/account/info": accounts.bybit_info(),
        "/v5/position/list": positions,
        "/v5/account/wallet-balance": accounts.bybit_wallet(),
        "/v5/market/risk-limit": limits,
    }


def _bybit(result: Answer) -> Answer:
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": NOW}


def okx() -> Routes:
    def instruments(sent: dict[str, str]) -> Answer:
        sizes = {"BTC": "0.01", "ETH": "0.1", "SOL": "1"}
        rows = [
            {"alias": "", "baseCcy": "", "category": "1", "ctMult": "1", "ctType": "linear", "ctVal": size,
             "ctValCcy": coin, "expTime": "", "instFamily": f"{coin}-USDT", "instId": f"{coin}-USDT-SWAP",
             "instType": "SWAP", "lever": "100", "listTime": "1573557408000", "lotSz": "0.01", "maxLmtSz": "100000000",
             "minSz": "0.01", "quoteCcy": "", "settleCcy": "USDT", "state": "live", "stk": "", "tickSz": "0.1",
             "uly": f"{coin}-USDT"}
            for coin, size in sizes.items()
        ]  # fmt: skip
        return _okx(rows if sent["instType"] == "SWAP" else [])

    def tiers(sent: dict[str, str]) -> Answer:
        family = sent.get("instFamily") or sent["uly"]
        rate = RATES[family.partition("-")[0]]
        return _okx([
            {"baseMaxLoan": "", "imr": "0.01", "instFamily": family, "instId": "", "maxLever": "100",
             "maxSz": "100000000", "minSz": "0", "mmr": rate, "optMgnFactor": "0", "quoteMaxLoan": "", "tier": "1",
             "uly": family}
        ])  # fmt: skip

    return {
        "/api/v5/public/instruments": instruments,
        "/api/v5/account/positions": accounts.okx_positions(),
        "/api/v5/account/balance": accounts.okx_balance(),
        "/api/v5/account/config": accounts.okx_config(),
        "/api/v5/public/position-tiers": tiers,
    }


def _okx(data: Answer) -> Answer:
    return {"code": "0", "msg": "", "data": data}


def hyperliquid(abstraction: str = "disabled") -> Routes:
    most = {"BTC": 40, "ETH": 25, "SOL": 20}
    universe = [
        {"name": coin, "szDecimals": 3, "maxLeverage": leverage, "marginTableId": leverage}
        for coin, leverage in most.items()
    ]
    prices = [
        {"funding": "0.0000125", "openInterest": "100", "prevDayPx": mark, "dayNtlVlm": "1", "premium": "0",
         "oraclePx": mark, "markPx": mark, "midPx": mark, "impactPxs": [mark, mark], "dayBaseVlm": "1"}
        for _, _, _, mark in (accounts.BTC, accounts.ETH, accounts.SOL)
    ]  # fmt: skip
    tables = [
        [leverage, {"description": "", "marginTiers": [{"lowerBound": "0.0", "maxLeverage": leverage}]}]
        for leverage in most.values()
    ]
    perpetuals = {"universe": universe, "marginTables": tables, "collateralToken": 0}
    spot = {"tokens": [{"name": "USDC", "szDecimals": 8, "weiDecimals": 8, "index": 0}], "universe": []}
    answers = {
        "spotMeta": spot,
        "spotMetaAndAssetCtxs": [spot, []],
        "metaAndAssetCtxs": [perpetuals, prices],
        "meta": perpetuals,
        "perpDexs": [None],
        "clearinghouseState": accounts.hyperliquid_state(empty=abstraction != "disabled"),
        "spotClearinghouseState": accounts.hyperliquid_spot(),
        "userAbstraction": abstraction,
    }
    return {"/info": lambda sent: answers[sent["type"]]}


def gate() -> Routes:
    sizes = {"BTC": "0.0001", "ETH": "0.01", "SOL": "1"}
    contracts = [
        {"name": f"{coin}_USDT", "type": "direct", "quanto_multiplier": size, "leverage_min": "1",
         "leverage_max": "100",
         "maintenance_rate": RATES[coin], "mark_type": "index", "mark_price": "1", "index_price": "1",
         "last_price": "1", "maker_fee_rate": "-0.0001", "taker_fee_rate": "0.0005", "order_price_round": "0.1",
         "mark_price_round": "0.01", "funding_rate": "0.0001", "order_size_min": 1, "order_size_max": 1000000,
         "risk_limit_base": "1000000", "risk_limit_step": "1000000", "risk_limit_max": "8000000",
         "order_price_deviate": "0.5", "in_delisting": False, "trade_id": 1, "trade_size": 1, "position_size": 1,
         "config_change_time": 1700000000, "create_time": 1600000000, "status": "trading"}
        for coin, size in sizes.items()
    ]  # fmt: skip
    lots = {"BTC": 5000, "ETH": -800, "SOL": 100}
    positions = [
        {"user": 10001, "contract": f"{coin}_USDT", "size": lots[coin], "entry_price": entry, "mark_price": mark,
         "leverage": accounts.LEVERAGE[coin] if coin == "SOL" else "0", "cross_leverage_limit": accounts.LEVERAGE[coin],
         "mode": "single", "margin": "4000" if coin == "SOL" else "0", "value": accounts.VALUES[coin].lstrip("-"),
         "unrealised_pnl": accounts.PROFITS[coin], "liq_price": "0", "maintenance_rate": RATES[coin],
         "maintenance_margin": accounts.MAINTENANCE[coin], "risk_limit": "1000000", "realised_pnl": "0",
         "open_time": 1795000000, "update_time": 1795000001, "close_order": None, "pending_orders": 0}
        for coin, _, entry, mark in (accounts.BTC, accounts.ETH, accounts.SOL)
    ]  # fmt: skip
    account = {
        "user": 10001, "currency": "USDT", "total": "20000", "unrealised_pnl": "-300", "position_margin": "12210",
        "order_margin": "0", "available": "7790", "point": "0", "bonus": "0", "in_dual_mode": False, "margin_mode": 0,
        "history": {"dnw": "20000", "pnl": "0", "fee": "0", "refr": "0", "fund": "0"},
    }  # fmt: skip

    def tiers(sent: dict[str, str]) -> Answer:
        return [
            {"tier": 1, "risk_limit": "1000000000", "initial_rate": "0.01", "maintenance_rate": rate,
             "leverage_max": "100", "contract": f"{coin}_USDT", "deduction": "0"}
            for coin, rate in RATES.items()
            if sent.get("offset", "0") == "0"
        ]  # fmt: skip

    return {
        "/spot/currency_pairs": [], "/margin/currency_pairs": [], "/futures/usdt/contracts": contracts,
        "/futures/btc/contracts": [], "/delivery/usdt/contracts": [], "/options/underlyings": [],
        "/account/detail": {"user_id": 10001, "key": {"mode": 1}},
        "/futures/usdt/positions": positions, "/futures/usdt/accounts": account,
        "/futures/usdt/risk_limit_tiers": tiers,
    }  # fmt: skip


def kraken() -> Routes:
    levels = [{"numNonContractUnits": 0.0, "initialMargin": 0.02, "maintenanceMargin": 0.01}]
    instruments = [
        {"symbol": f"PF_{name}USD", "type": "flexible_futures", "tickSize": 0.1, "contractSize": 1, "tradeable": True,
         "impactMidSize": 1.0, "maxPositionSize": 1000000.0, "openingDate": "2022-01-01T00:00:00.000Z",
         "marginLevels": [], "retailMarginLevels": levels, "base": name, "quote": "USD", "pair": f"{name}:USD",
         "contractValueTradePrecision": 4, "postOnly": False, "category": "", "tags": []}
        for name in ("XBT", "ETH", "SOL")
    ]  # fmt: skip
    tickers = [
        {"tag": "perpetual", "pair": f"{name}:USD", "symbol": f"PF_{name}USD", "markPrice": float(mark), "bid": 1.0,
         "bidSize": 1, "ask": 1.0, "askSize": 1, "vol24h": 1.0, "openInterest": 1.0, "open24h": 1.0, "high24h": 1.0,
         "low24h": 1.0, "last": float(mark), "lastTime": "2026-11-22T10:00:00.000Z", "lastSize": 1,
         "suspended": False, "indexPrice": float(mark), "fundingRate": 0.0}
        for name, (_, _, _, mark) in zip(("XBT", "ETH"), (accounts.BTC, accounts.ETH), strict=True)
    ]  # fmt: skip
    positions = [
        {"side": "short" if size.startswith("-") else "long", "symbol": f"PF_{name}USD", "price": float(entry),
         "fillTime": "2026-11-22T10:00:00.000Z", "size": abs(float(size)), "unrealizedFunding": 0.0,
         "pnlCurrency": "USD"}
        for name, (_, size, entry, _) in zip(("XBT", "ETH"), (accounts.BTC, accounts.ETH), strict=True)
    ]  # fmt: skip
    flex = {
        "currencies": {"USD": {"quantity": 16000.0, "value": 16000.0, "collateral": 16000.0, "available": 7000.0}},
        "initialMargin": 1658.0, "initialMarginWithOrders": 1658.0, "maintenanceMargin": 829.0,
        "balanceValue": 16000.0, "portfolioValue": 16100.0, "collateralValue": 16000.0, "pnl": 100.0,
        "unrealizedFunding": 0.0, "totalUnrealized": 100.0, "totalUnrealizedAsMargin": 100.0,
        "availableMargin": 14442.0, "marginEquity": 16100.0, "type": "multiCollateralMarginAccount",
    }  # fmt: skip
    single = {
        "auxiliary": {"usd": 0, "pv": 0.0, "pnl": 0.0, "af": 0.0, "funding": 0.0},
        "marginRequirements": {"im": 0.0, "mm": 0.0, "lt": 0.0, "tt": 0.0},
        "triggerEstimates": {"im": 0, "mm": 0, "lt": 0, "tt": 0},
        "balances": {"xbt": 0.0}, "currency": "xbt", "type": "marginAccount",
    }  # fmt: skip
    cash = {"balances": {"xbt": 0.5, "usd": 0.0}, "type": "cashAccount"}
    said = {"result": "success", "serverTime": "2026-11-22T10:00:00.000Z"}
    return {
        "/instruments": {**said, "instruments": instruments}, "/tickers": {**said, "tickers": tickers},
        "/openpositions": {**said, "openPositions": positions},
        "/accounts": {**said, "accounts": {"cash": cash, "fi_xbtusd": single, "flex": flex}},
    }  # fmt: skip
