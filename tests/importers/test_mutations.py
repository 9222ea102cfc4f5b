"""Whatever stands in a place of a dump, it is refused in words, or read into a book that survives being written."""

import tomllib
from collections.abc import Iterator
from copy import deepcopy
from itertools import cycle
from typing import Any

import pytest

import ringfence
from ringfence.core.errors import InputError
from ringfence.importers.write import book_text
from tests.importers import accounts

DUMPS: dict[str, list[Any]] = {
    "ccxt": [
        accounts.ccxt_positions(BTC=accounts.binance_risk()[0]),
        accounts.ccxt_balance(accounts.binance_account()),
    ],
    "binance": [accounts.binance_risk(2), accounts.binance_account()],
    "bybit": [accounts.bybit_positions(), accounts.bybit_wallet(), accounts.bybit_info()],
    "okx": [accounts.okx_positions(), accounts.okx_balance(), accounts.okx_config()],
    "hyperliquid": [
        accounts.hyperliquid_state(empty=True), accounts.hyperliquid_spot(), {"abstraction": "unifiedAccount"},
    ],
    "deribit": [accounts.deribit_positions(), accounts.deribit_summary()],
}  # fmt: skip
ODD = [
    None,
    "",
    0,
    "-5",
    "x",
    [],
    {},
    [1],
    {"a": 1},
    True,
    float("nan"),
    float("inf"),
    "1e999",
    "9" * 60,
    "\n",
    10**50,
]
GONE = object()


def places(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def changed(dumps: list[Any], path: tuple[Any, ...], value: Any) -> list[Any]:
    copy = deepcopy(dumps)
    inner: Any = copy
    for key in path[:-1]:
        inner = inner[key]
    if value is GONE:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return copy


@pytest.mark.parametrize("upstream", DUMPS)
def test_anything_anywhere_is_refused_in_words_or_read(upstream: str) -> None:
    values = cycle([*ODD, GONE])
    read, refused = 0, []
    for path in [place for place in places(DUMPS[upstream]) if len(place) > 1] * 2:
        dumps = changed(DUMPS[upstream], path, next(values))
        try:
            snapshot = ringfence.read(*dumps, venue="binance-usdm", margin_mode="cross")
        except InputError as fault:
            refused.append(fault)
        else:
            assert (
                ringfence.read(tomllib.loads(book_text(snapshot, ["a.json"]))).holdings == snapshot.holdings
            )
            read += 1
    assert min(read, len(refused)) > 10
    assert all(fault.where and fault.fault and fault.remedy for fault in refused)
