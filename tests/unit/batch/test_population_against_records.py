"""Aggregates of a default population beside what is public about Hyperliquid's accounts.

Compared are positions per account, share isolated, share long and leverage with two recorded account states (13
positions); gross notional per account, the part of it that the top 1 % hold, effective leverage and its spread with
18,926 accounts that were auto-deleveraged on 2025-10-10; and the first coin's part of notional with that day's
liquidations. Each bound is stated where it stands: a magnitude, no fit.
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ringfence.batch.columns import Columns
from ringfence.batch.majors import market_of
from ringfence.batch.population import Shape, populate

SHARED = os.environ.get("RINGFENCE_SHARED")
pytestmark = pytest.mark.skipif(SHARED is None, reason="RINGFENCE_SHARED names no folder of recorded shapes")
LEVERAGE_READABLE = 40
"""Above it the record's leverage is an artefact of account values near zero, as its own notes say."""


class Population:
    """A population's figures, an account each."""

    def __init__(self, columns: Columns, marks: dict[str, Any]) -> None:
        held, pools = columns.positions, len(columns)
        pool = np.repeat(np.arange(pools), np.diff(columns.first_position))
        account = columns.pool_account[pool]
        size = held.contracts.values * held.contract_size.values
        mark = np.array([float(marks[symbol]) for symbol in columns.symbols])[held.symbol]
        assert held.collateral is not None
        wallets = np.nan_to_num(held.collateral.values) + held.sign * size * (mark - held.entry_price.values)
        holder = columns.pool_account[np.repeat(np.arange(pools), np.diff(columns.first_holding))]
        count = len(columns.accounts)
        self.positions = np.bincount(account, minlength=count)
        self.gross = np.bincount(account, size * mark, count)
        self.equity = np.bincount(account, wallets, count)
        self.equity += np.bincount(holder, columns.holdings.amount.values, count)
        self.isolated = columns.pool_kind[pool] == 1
        self.long = held.sign > 0
        self.by_coin = np.bincount(held.symbol, size * mark)


def data(name: str) -> Path:
    assert SHARED is not None
    path = Path(SHARED) / "data" / name
    if not path.exists():
        pytest.skip(f"RINGFENCE_SHARED holds no data/{name}")
    return path


@pytest.fixture(scope="module")
def ours() -> Population:
    setting = market_of("hyperliquid")
    return Population(populate(Shape(accounts=60_000), setting, 1), dict(setting.market.marks))


@pytest.fixture(scope="module")
def winners() -> dict[str, Any]:
    """Return gross notional before the crash and effective leverage of those who were auto-deleveraged."""
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(data("hl_2025_10_10_adl_accounts.parquet")).to_pydict()
    names = ("adl_notional", "leverage_realtime", "account_value_realtime")
    closed, leverage, equity = (np.array(table[name]) for name in names)
    usable = (equity > 0) & (leverage < LEVERAGE_READABLE)
    gross = (closed + leverage * equity)[usable]
    return {"gross": gross, "leverage": gross / equity[usable]}


@pytest.fixture(scope="module")
def recorded() -> list[list[dict[str, Any]]]:
    """Return the positions of the recorded account states."""
    states = json.loads(data("hyperliquid_account_states.json").read_text(encoding="utf-8"))["accounts"]
    return [[row["position"] for row in one["state"]["assetPositions"]] for one in states]


def top_percent(amounts: Any) -> float:
    falling = np.sort(amounts)[::-1]
    return float(falling[: len(falling) // 100].sum() / falling.sum())


def test_accounts_hold_as_many_positions_as_recorded_ones(ours: Population, recorded: Any) -> None:
    mean = np.mean([len(positions) for positions in recorded])
    assert ours.positions.mean() == pytest.approx(mean, rel=0.1)
    assert np.quantile(ours.positions, 0.95) > max(len(positions) for positions in recorded)


def test_as_much_is_isolated_and_long_as_in_recorded_accounts(ours: Population, recorded: Any) -> None:
    everything = [position for positions in recorded for position in positions]
    isolated = np.mean([position["leverage"]["type"] == "isolated" for position in everything])
    long = np.mean([float(position["szi"]) > 0 for position in everything])
    assert ours.isolated.mean() == pytest.approx(isolated, abs=0.02)
    assert ours.long.mean() == pytest.approx(long, abs=0.04)


def test_gross_notional_is_of_the_same_magnitude_and_spread(
    ours: Population, winners: dict[str, Any]
) -> None:
    gross = winners["gross"]
    assert np.median(ours.gross) == pytest.approx(np.median(gross), rel=0.2)
    assert np.log(ours.gross).std() == pytest.approx(np.log(gross).std(), rel=0.1)
    for share in (0.9, 0.99, 0.999):
        assert 1 / 2 < np.quantile(ours.gross, share) / np.quantile(gross, share) < 2


def test_the_top_percent_holds_as_much(ours: Population, winners: dict[str, Any]) -> None:
    assert top_percent(ours.gross) == pytest.approx(top_percent(winners["gross"]), abs=0.1)


def test_effective_leverage_is_of_the_same_magnitude(ours: Population, winners: dict[str, Any]) -> None:
    leverage = ours.gross / ours.equity
    assert np.median(leverage) == pytest.approx(np.median(winners["leverage"]), rel=0.2)
    assert np.quantile(leverage, 0.95) == pytest.approx(np.quantile(winners["leverage"], 0.95), rel=0.25)


def test_the_first_coin_has_as_much_of_all_notional(ours: Population) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(data("hl_2025_10_10_liquidations_and_adl_by_coin.parquet")).to_pydict()
    liquidated = dict(zip(table["coin"], table["liq_notional"], strict=True))
    bitcoin = liquidated["BTC"] / sum(liquidated.values())
    assert ours.by_coin[0] / ours.by_coin.sum() == pytest.approx(bitcoin, abs=0.08)
