"""Invented populations that the layout takes, and what they stand in."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np

from ringfence.batch.columns import Columns, Holdings, Numbers, Positions
from ringfence.batch.setting import Setting
from ringfence.market import Market
from ringfence.venue import load, resolve_instrument

NAMES = ("BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT", "XRP/USDT:USDT", "DOGE/USDT:USDT")
PRICES = (60_000.0, 3_000.0, 150.0, 0.5, 0.1)


def setting() -> Setting:
    """Return five contracts of one venue."""
    rules = load("binance-usdm", date(2024, 10, 24))
    marks = {name: Decimal(repr(price)) for name, price in zip(NAMES, PRICES, strict=True)}
    return Setting(rules, {n: resolve_instrument(n, rules, "test") for n in NAMES}, Market(marks))


def population(pools: int, seed: int) -> Columns:
    """Return invented pools, shared and isolated, small and far beyond the first tiers."""
    draw = np.random.default_rng(seed)
    kind = draw.integers(0, 2, pools)
    count = np.where(kind == 1, 1, draw.integers(1, len(NAMES) + 1, pools))
    first = np.concatenate([[0], np.cumsum(count)])
    symbol = np.concatenate([draw.permutation(len(NAMES))[:n] for n in count]).astype(np.int32)
    price = np.array(PRICES)[symbol]
    value = 10.0 ** draw.uniform(2, 9, len(symbol))
    contracts = np.round(value / price, 3) + 0.001
    sums = np.add.reduceat(value, first[:-1])
    wallet = np.round(sums / draw.uniform(1, 60, pools), 2)
    shared = np.flatnonzero(kind == 0)
    return Columns(
        accounts=[f"a{n}" for n in range(pools)],
        symbols=NAMES,
        assets=("USDT",),
        pool_account=np.arange(pools, dtype=np.int32),
        pool_kind=kind.astype(np.int8),
        pool_unit=np.zeros(pools, np.int32),
        first_position=first.astype(np.int64),
        first_holding=np.concatenate([[0], np.cumsum(kind == 0)]).astype(np.int64),
        positions=Positions(
            symbol=symbol,
            sign=draw.choice([-1, 1], len(symbol)).astype(np.int8),
            contracts=Numbers(contracts),
            contract_size=Numbers(np.ones(len(symbol))),
            entry_price=Numbers(np.round(price * draw.uniform(0.8, 1.2, len(symbol)), 4)),
            leverage=Numbers(np.full(len(symbol), 10.0)),
            collateral=Numbers(np.repeat(wallet, count)),
            maintenance_rate=Numbers(np.where(draw.random(len(symbol)) < 0.02, 0.01, np.nan)),
            deduction=Numbers(np.where(draw.random(len(symbol)) < 0.5, 3.5, 0.0)),
        ),
        holdings=Holdings(np.zeros(len(shared), np.int32), Numbers(wallet[shared])),
    )


def cut(columns: Columns, pools: np.ndarray) -> Columns:
    """Return some neighbouring pools of a population alone."""
    a, b = columns.first_position[[pools[0], pools[-1] + 1]]
    c, d = columns.first_holding[[pools[0], pools[-1] + 1]]
    held = columns.positions

    def part(numbers: Numbers | None) -> Numbers | None:
        return None if numbers is None else Numbers(numbers.values[a:b])

    return replace(
        columns,
        accounts=columns.accounts[pools[0] : pools[-1] + 1],
        pool_account=columns.pool_account[pools],
        pool_kind=columns.pool_kind[pools],
        pool_unit=columns.pool_unit[pools],
        first_position=columns.first_position[pools[0] : pools[-1] + 2] - a,
        first_holding=columns.first_holding[pools[0] : pools[-1] + 2] - c,
        positions=Positions(
            symbol=held.symbol[a:b],
            sign=held.sign[a:b],
            contracts=Numbers(held.contracts.values[a:b]),
            contract_size=Numbers(held.contract_size.values[a:b]),
            entry_price=Numbers(held.entry_price.values[a:b]),
            leverage=part(held.leverage),
            collateral=part(held.collateral),
            maintenance_rate=part(held.maintenance_rate),
            deduction=part(held.deduction),
        ),
        holdings=Holdings(columns.holdings.asset[c:d], Numbers(columns.holdings.amount.values[c:d])),
    )
