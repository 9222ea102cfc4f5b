"""The reference account comes back the same from every upstream that can hold it, through the command line."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.importers import accounts
from tests.unit.cli.terminal import Terminal

SHARED = os.environ.get("RINGFENCE_SHARED")
CSV = ("sheet.csv", accounts.SHEET)

OURS: dict[str, tuple[list[Any], list[str], dict[str, str]]] = {
    "ccxt": (
        [accounts.ccxt_positions(), accounts.ccxt_balance(), accounts.own_tiers()],
        ["--venue", "binance-usdm"],
        accounts.LINEAR,
    ),
    "ccxt with the venue's rows": (
        [
            accounts.ccxt_positions(**{row["symbol"][:3]: row for row in accounts.binance_risk()}),
            accounts.ccxt_balance(accounts.binance_account()),
            accounts.own_tiers(),
        ],
        [],
        accounts.LINEAR,
    ),
    "binance v2": (
        [accounts.binance_risk(2), accounts.binance_account(), accounts.own_tiers()], [], accounts.LINEAR),
    "binance v3": (
        [accounts.binance_risk(3), accounts.binance_account(), accounts.own_tiers()], [], accounts.LINEAR),
    "binance account alone": ([accounts.binance_account(), accounts.own_tiers()], [], accounts.LINEAR),
    "bybit": (
        [accounts.bybit_positions(), accounts.bybit_wallet(), accounts.bybit_info(), accounts.own_tiers()],
        [],
        accounts.CROSS_ONLY,
    ),
    "okx": (
        [accounts.okx_positions(), accounts.okx_balance(), accounts.okx_config(), accounts.own_tiers()],
        [],
        accounts.LINEAR,
    ),
    "hyperliquid": ([accounts.hyperliquid_state()], [], accounts.HYPERLIQUID),
    "hyperliquid unified": (
        [accounts.hyperliquid_state(empty=True), accounts.hyperliquid_spot(), {"abstraction": "unifiedAccount"}],
        [],
        accounts.HYPERLIQUID,
    ),
    "spreadsheet": ([CSV, accounts.own_tiers(), accounts.WALLET], [], accounts.LINEAR),
}  # fmt: skip


def shared_shapes() -> dict[str, Any]:
    shapes = json.loads((Path(SHARED or "") / "facts" / "import-shapes.json").read_text(encoding="utf-8"))[
        "shapes"
    ]
    return {name: shape["sample"] for name, shape in shapes.items()}


THEIRS: dict[str, tuple[list[str], list[Any], list[str], dict[str, str]]] = {
    "ccxt": (["ccxt.position", "ccxt.balance"], [accounts.own_tiers()], ["--venue", "binance-usdm"], accounts.LINEAR),
    "binance": (["binance.usdm.position_risk/v3", "binance.usdm.account"], [accounts.own_tiers()], [], accounts.LINEAR),
    "binance account": (["binance.usdm.account"], [accounts.own_tiers()], [], accounts.LINEAR),
    "bybit": (
        ["bybit.v5.position_list", "bybit.v5.wallet_balance", "bybit.v5.account_info"],
        [accounts.own_tiers()],
        [],
        accounts.CROSS_ONLY,
    ),
    "okx": (["okx.v5.positions", "okx.v5.balance"], [accounts.own_tiers()], [], accounts.LINEAR),
    "hyperliquid": (["hyperliquid.clearinghouse_state"], [], [], accounts.HYPERLIQUID),
    "nautilus's balance": (
        ["nautilus.account_state", "ccxt.position"], [accounts.own_tiers()], ["--venue", "binance-usdm"],
        accounts.LINEAR,
    ),
    "binance's stream": (["binance.usdm.ws_account_update"], [accounts.own_tiers()], [], {"SOL": "160.80"}),
    "a sheet": (["csv.own"], [accounts.own_tiers(), accounts.WALLET], [], accounts.LINEAR),
}  # fmt: skip


def printed(terminal: Terminal, documents: list[Any], words: list[str]) -> dict[str, str]:
    """Return the liquidation price of every position, to the hundredth, as ``ringfence margin`` prints it."""
    names = []
    for number, document in enumerate(documents):
        name, content = document if isinstance(document, tuple) else (f"dump{number}.json", document)
        terminal.save(content, name)
        names.append(name)
    answer = terminal.run(["margin", *names, *words, "--format", "json"])
    assert answer.code == 0, answer.err
    return {
        position["symbol"].partition("/")[0]: str(round(Decimal(position["liquidation_price"]), 2))
        for pool in json.loads(answer.out)["pools"]
        for position in pool["positions"]
    }


@pytest.mark.parametrize("upstream", OURS)
def test_every_upstream_gives_the_same_account(upstream: str, terminal: Terminal) -> None:
    documents, words, expected = OURS[upstream]
    assert printed(terminal, documents, words) == expected


@pytest.mark.skipif(SHARED is None, reason="RINGFENCE_SHARED names no folder of recorded shapes")
@pytest.mark.parametrize("upstream", THEIRS)
def test_every_recorded_shape_gives_the_same_account(upstream: str, terminal: Terminal) -> None:
    names, own, words, expected = THEIRS[upstream]
    shapes = shared_shapes()
    documents: list[Any] = []
    for name in names:
        shape, _, version = name.partition("/")
        sample = shapes[shape][version] if version else shapes[shape]
        documents.append(("sheet.csv", sample) if isinstance(sample, str) else sample)
    assert printed(terminal, [*documents, *own], words) == expected
