"""The reference account as several upstreams give it: wallet 20,000, of which 4,000 stand on an isolated SOL.

Long 0.5 BTC from 100,000 (mark 101,000), short 8 ETH from 4,000 (4,050), long 100 SOL from 200 (196). Names of keys
are those of each venue's public documentation; numbers are the account's.
"""

from typing import Any

from ringfence.importers.dumps.shapes import SHAPES

Dump = Any

BTC, ETH, SOL = (
    ("BTC", "0.5", "100000", "101000"),
    ("ETH", "-8", "4000", "4050"),
    ("SOL", "100", "200", "196"),
)
PROFITS = {"BTC": "500", "ETH": "-400", "SOL": "-400"}
VALUES = {"BTC": "50500", "ETH": "-32400", "SOL": "19600"}
MAINTENANCE = {"BTC": "202", "ETH": "129.6", "SOL": "98"}
LEVERAGE = {"BTC": "10", "ETH": "10", "SOL": "5"}


def mode(coin: str) -> str:
    return "isolated" if coin == "SOL" else "cross"


def own_tiers(quote: str = "USDT") -> dict[str, Any]:
    """Return the illustrative first tiers, and no fees, as tables of a book that stand beside a dump."""
    rates = {"BTC": "0.004", "ETH": "0.004", "SOL": "0.005"}
    rows = [
        {"symbol": f"{coin}/{quote}:{quote}", "floor": "0", "unit": "quote", "maintenance_rate": rate}
        for coin, rate in rates.items()
    ]
    return {"tier": rows, "fee": [{"taker": "0", "liquidation": "0"}]}


def ccxt_positions(**info: Dump) -> list[Dump]:
    return [
        {
            "info": info.get(coin, {}), "symbol": f"{coin}/USDT:USDT", "contracts": abs(float(size)),
            "contractSize": 1.0,
            "side": "short" if size.startswith("-") else "long", "entryPrice": float(entry), "markPrice": float(mark),
            "notional": abs(float(VALUES[coin])), "leverage": float(LEVERAGE[coin]), "marginMode": mode(coin),
            "unrealizedPnl": float(PROFITS[coin]), "positionMargin": 4000.0 if coin == "SOL" else None,
            "collateral": 3600.0 if coin == "SOL" else None, "liquidationPrice": None, "hedged": False,
            "maintenanceMargin": 1.0,
        }
        for coin, size, entry, mark in (BTC, ETH, SOL)
    ]  # fmt: skip


def ccxt_balance(info: Dump = None) -> Dump:
    return {
        "info": info or {},
        "free": {"USDT": 7810.0},
        "used": {"USDT": 12210.0},
        "total": {"USDT": 19700.0},
    }


def binance_risk(version: int = 3) -> list[Dump]:
    rows = []
    for coin, size, entry, mark in (BTC, ETH, SOL):
        row: Dump = {
            "symbol": f"{coin}USDT", "positionSide": "BOTH", "positionAmt": size, "entryPrice": entry,
            "markPrice": mark,
            "unRealizedProfit": PROFITS[coin], "liquidationPrice": "0", "notional": VALUES[coin],
            "isolatedMargin": "3600" if coin == "SOL" else "0", "isolatedWallet": "4000" if coin == "SOL" else "0",
        }  # fmt: skip
        if version == 2:
            row |= {"leverage": LEVERAGE[coin], "marginType": mode(coin), "isolated": coin == "SOL"}
        else:
            row |= {"maintMargin": MAINTENANCE[coin], "positionInitialMargin": "1"}
        rows.append(row)
    return rows


def binance_account() -> Dump:
    asset = {"asset": "USDT", "walletBalance": "20000", "crossWalletBalance": "16000", "crossUnPnl": "100",
             "unrealizedProfit": "-300", "marginBalance": "19700", "maintMargin": "429.6", "initialMargin": "12210",
             "openOrderInitialMargin": "0", "availableBalance": "7810"}  # fmt: skip
    positions = [
        {
            key.replace("unReal", "unreal"): value
            for key, value in row.items()
            if key not in {"entryPrice", "markPrice"}
        }
        for row in binance_risk()
    ]
    return {"totalWalletBalance": "20000", "totalMaintMargin": "429.6", "totalInitialMargin": "12210",
            "totalMarginBalance": "19700", "totalUnrealizedProfit": "-300", "availableBalance": "7810",
            "assets": [asset], "positions": positions}  # fmt: skip


def bybit_positions() -> Dump:
    rows = [
        {"symbol": f"{coin}USDT", "side": "Sell" if size.startswith("-") else "Buy", "size": size.lstrip("-"),
         "avgPrice": entry, "markPrice": mark, "positionIdx": 0, "tradeMode": 0, "leverage": LEVERAGE[coin],
         "liqPrice": "",
         "positionValue": VALUES[coin].lstrip("-"), "positionMM": MAINTENANCE[coin], "positionIM": "1",
         "unrealisedPnl": PROFITS[coin]}
        for coin, size, entry, mark in (BTC, ETH)
    ]  # fmt: skip
    return {"retCode": 0, "retMsg": "OK", "result": {"category": "linear", "list": rows, "nextPageCursor": ""},
            "retExtInfo": {}, "time": 1795341600000}  # fmt: skip


def bybit_wallet() -> Dump:
    coin = {"coin": "USDT", "equity": "16100", "usdValue": "16100", "walletBalance": "16000", "unrealisedPnl": "100",
            "marginCollateral": True, "collateralSwitch": True}  # fmt: skip
    account = {
        "accountType": "UNIFIED",
        "totalEquity": "16100",
        "totalMaintenanceMargin": "331.6",
        "coin": [coin],
    }
    return {"retCode": 0, "retMsg": "OK", "result": {"list": [account]}, "time": 1795341600000}


def bybit_info(margin_mode: str = "REGULAR_MARGIN") -> Dump:
    return {"retCode": 0, "retMsg": "OK", "result": {"marginMode": margin_mode, "unifiedMarginStatus": 5}}


def okx_positions() -> Dump:
    lots = {"BTC": "50", "ETH": "-80", "SOL": "100"}
    rows = [
        {"instType": "SWAP", "instId": f"{coin}-USDT-SWAP", "mgnMode": mode(coin), "posSide": "net", "pos": lots[coin],
         "avgPx": entry, "markPx": mark, "lever": LEVERAGE[coin], "liqPx": "",
         "margin": "4000" if coin == "SOL" else "",
         "imr": "", "mmr": MAINTENANCE[coin], "upl": PROFITS[coin], "usdPx": "1",
         "notionalUsd": VALUES[coin].lstrip("-"), "mgnRatio": "48.55"}
        for coin, _, entry, mark in (BTC, ETH, SOL)
    ]  # fmt: skip
    return {"code": "0", "msg": "", "data": rows}


def okx_balance() -> Dump:
    detail = {"ccy": "USDT", "eq": "19700", "eqUsd": "19700", "cashBal": "16000", "upl": "100", "isoEq": "3600",
              "collateralEnabled": True}  # fmt: skip
    return {
        "code": "0",
        "msg": "",
        "data": [{"totalEq": "19700", "adjEq": "16100", "mmr": "331.6", "details": [detail]}],
    }


def okx_config(level: str = "3") -> Dump:
    return {
        "code": "0",
        "msg": "",
        "data": [{"acctLv": level, "posMode": "net_mode", "uid": "44705892343619584"}],
    }


def hyperliquid_state(*, empty: bool = False) -> Dump:
    cross = {"accountValue": "0" if empty else "16100"}
    held = []
    for coin, size, entry, _ in (BTC, ETH, SOL):
        leverage = {"type": mode(coin), "value": int(LEVERAGE[coin])}
        used = "3600" if coin == "SOL" else "5050" if coin == "BTC" else "3240"
        most = {"BTC": 40, "ETH": 25, "SOL": 20}[coin]
        held.append({"type": "oneWay", "position": {
            "coin": coin, "szi": size, "leverage": leverage, "entryPx": entry,
            "positionValue": VALUES[coin].lstrip("-"), "unrealizedPnl": PROFITS[coin], "liquidationPx": None,
            "marginUsed": used, "maxLeverage": most}})  # fmt: skip
    return {"marginSummary": {"accountValue": "19700"}, "crossMarginSummary": cross,
            "crossMaintenanceMarginUsed": "1279.25", "withdrawable": "7810", "assetPositions": held,
            "time": 1795341600000}  # fmt: skip


def hyperliquid_spot(total: str = "19700") -> Dump:
    return {"balances": [{"coin": "USDC", "token": 0, "total": total, "hold": "0"},
                         {"coin": "HYPE", "token": 150, "total": "10", "hold": "0"}]}  # fmt: skip


def deribit_positions() -> Dump:
    row = {"instrument_name": "BTC-PERPETUAL", "kind": "future", "direction": "sell", "size": -10000.0,
           "size_currency": -0.1, "average_price": 80000.0, "mark_price": 100000.0, "leverage": 50,
           "initial_margin": 0.002, "maintenance_margin": 0.001, "estimated_liquidation_price": 0.0,
           "floating_profit_loss": -0.001}  # fmt: skip
    return {
        "jsonrpc": "2.0",
        "result": [row],
        "usIn": 1795341600000000,
        "usOut": 1795341600000546,
        "testnet": False,
    }


def deribit_summary(**changes: Dump) -> Dump:
    # A session has already paid in 0.003 of the gain; the rest of it is in the equity only.
    summary = {"currency": "BTC", "equity": 0.475, "balance": 0.476, "margin_balance": 0.475, "initial_margin": 0.002,
               "maintenance_margin": 0.001, "available_funds": 0.473, "margin_model": "segregated_sm",
               "email": "a@b.example", **changes}  # fmt: skip
    return {"jsonrpc": "2.0", "result": summary, "usOut": 1795341600000546}


SHEET = (
    "venue,account,margin_mode,symbol,qty,entry_price,mark_price,leverage,collateral\n"
    "binance,main,cross,BTC/USDT:USDT,0.5,100000,101000,10,\n"
    "binance,main,cross,ETH/USDT:USDT,-8,4000,4050,10,\n"
    "binance,main,isolated,SOL/USDT:USDT,100,200,196,5,4000\n"
)

LINEAR = {"BTC": "69336.55", "ETH": "6013.20", "SOL": "160.80"}
HYPERLIQUID = {"BTC": "70983.29", "ETH": "5866.27", "SOL": "164.10"}
CROSS_ONLY = {"BTC": "69336.55", "ETH": "6013.20"}

WALLET = {"collateral": {"USDT": "16000"}}
KNOWN = {shape.id for shape in SHAPES}
