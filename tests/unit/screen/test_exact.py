"""One account of many, as the exact engine reads it."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

import ringfence
from ringfence.batch.columns import Columns, Holdings, Numbers, Positions
from ringfence.batch.setting import Setting
from ringfence.book import Overrides
from ringfence.core.errors import BookError
from ringfence.margin.snapshot import Holding
from ringfence.screen.exact import holding_of
from ringfence.venue import rules_of
from tests.unit.books import reference

LONG = Decimal("0.1234567890123456789")
NOTHING = float("nan")


def numbers(*values: float) -> Numbers:
    return Numbers(np.array(values))


def reference_columns() -> Columns:
    """Return an account that holds nothing, and the reference account."""
    positions = Positions(
        symbol=np.array([0, 1, 2], dtype=np.int32),
        sign=np.array([1, -1, 1], dtype=np.int8),
        contracts=numbers(0.5, 8, 100),
        contract_size=numbers(1, 1, NOTHING),
        entry_price=Numbers(np.array([100000.0, 4000.0, 200.0]), {2: Decimal(200) + LONG}),
        leverage=numbers(10, 10, 5),
        collateral=numbers(NOTHING, NOTHING, 4000),
        maintenance_rate=numbers(0.004, 0.004, 0.005),
        opened=np.array([-(2**63), 1729728000, -(2**63)], dtype=np.int64),
    )
    return Columns(
        accounts=("nobody", "main"),
        symbols=("BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT"),
        assets=("USDT",),
        pool_account=np.array([1, 1], dtype=np.int32),
        pool_kind=np.array([0, 1], dtype=np.int8),
        pool_unit=np.array([0, 0], dtype=np.int32),
        first_position=np.array([0, 2, 3]),
        first_holding=np.array([0, 1, 1]),
        positions=positions,
        holdings=Holdings(np.array([0], dtype=np.int32), numbers(16000)),
    )


def reference_holding() -> Holding:
    book = reference(settings={"collateral_off": ["BNB"]}, fee=[{"taker": "0.0004"}])
    book["position"][1]["opened"] = "2024-10-24T00:00:00Z"
    book["position"][2]["entry_price"] = str(Decimal(200) + LONG)
    return ringfence.read(book).only()


def setting_of(holding: Holding) -> Setting:
    book = holding.book
    return Setting(rules_of(book), book.instruments, holding.market, book.at, book.overrides)


def test_an_account_in_columns_is_the_book_it_came_from() -> None:
    read = reference_holding()
    made = holding_of(reference_columns(), 1, setting_of(read))
    assert made == read
    assert made.book.overrides != Overrides()


def test_an_account_without_pools_is_an_empty_book() -> None:
    made = holding_of(reference_columns(), 0, setting_of(reference_holding()))
    assert (made.book.account, made.book.positions, made.book.collateral) == ("nobody", (), {})


def test_an_idle_pool_is_no_part_of_a_book() -> None:
    columns = reference_columns()
    idle = replace(columns, pool_kind=np.array([2, 1], dtype=np.int8))
    with pytest.raises(BookError, match="main: it has an idle pool"):
        holding_of(idle, 1, setting_of(reference_holding()))
