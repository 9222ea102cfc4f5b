"""A made-up venue for timings: some hundred contracts under real tier tables, and accounts that hold them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import structs

from ringfence.batch.columns import Columns, Holdings, Numbers, Positions
from ringfence.batch.setting import Setting
from ringfence.book import Instrument
from ringfence.market import Market
from ringfence.venue import load
from ringfence.venue.kinds import TierTable

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

SYMBOLS: Final = 300
ACCOUNTS: Final = 1_000_000
PER_ACCOUNT: Final = 8
_ZIPF: Final = 1.1
_SEED: Final = 1998


def venue() -> Setting:
    """Return 300 linear contracts; each has one of the tier tables that a pack states, in turns."""
    rules = load("binance-usdm", date(2024, 10, 24))
    stated = [table for table in rules.lists["tiers"] if isinstance(table, TierTable)]
    names = [f"C{number:03}/USDT:USDT" for number in range(SYMBOLS)]
    tables = [
        structs.replace(t, symbols=tuple(names[first :: len(stated)])) for first, t in enumerate(stated)
    ]
    rules = replace(rules, lists={**rules.lists, "tiers": tuple(tables)})
    coins = {name: name.partition("/")[0] for name in names}
    contracts = {
        name: Instrument(name, coin, "USDT", "USDT", "linear", Decimal(1)) for name, coin in coins.items()
    }
    prices = np.round(10.0 ** np.random.default_rng(_SEED).uniform(-1, 4.5, SYMBOLS), 4)
    marks = {name: Decimal(repr(float(price))) for name, price in zip(names, prices, strict=True)}
    return Setting(rules, contracts, Market(marks, underlyings=coins))


def population(accounts: int, there: Setting) -> Columns:
    """Return accounts with eight positions each on average, half of them isolated, and a shared pool each.

    What is held most is held by nearly all, and most by hardly anybody; sizes follow a wide lognormal law.
    """
    draw = np.random.default_rng(_SEED + 1)
    weight = 1.0 / np.arange(1, SYMBOLS + 1) ** _ZIPF
    wanted = int(accounts * PER_ACCOUNT * 1.35)
    symbol = np.searchsorted(np.cumsum(weight / weight.sum()), draw.random(wanted)).astype(np.int64)
    held = np.unique(draw.integers(0, accounts, wanted) * SYMBOLS + np.minimum(symbol, SYMBOLS - 1))
    held = held[np.sort(draw.permutation(len(held))[: accounts * PER_ACCOUNT])]
    account, symbol = held // SYMBOLS, held % SYMBOLS
    apart = draw.random(len(held)) < 0.5  # noqa: PLR2004
    order = np.lexsort((symbol, apart, account))
    account, symbol, apart = account[order], symbol[order], apart[order]
    lead = np.ones(len(held), np.bool_)
    lead[1:] = apart[1:] | (account[1:] != account[:-1])
    first = np.append(np.flatnonzero(lead), len(held))
    kind, price = apart[first[:-1]].astype(np.int8), np.array([float(m) for m in there.market.marks.values()])
    price = price[symbol]
    value = np.exp(draw.normal(6.5, 2.2, len(held)))
    wallet = np.round(np.add.reduceat(value, first[:-1]) / draw.uniform(1.2, 25.0, len(kind)), 2)
    return Columns(
        accounts=range(accounts),  # type: ignore[arg-type]  # names are not asked for
        symbols=tuple(there.instruments),
        assets=("USDT",),
        pool_account=account[first[:-1]].astype(np.int32),
        pool_kind=kind,
        pool_unit=np.zeros(len(kind), np.int32),
        first_position=first,
        first_holding=np.concatenate([[0], np.cumsum(kind == 0)]),
        positions=Positions(
            symbol=symbol.astype(np.int32),
            sign=draw.choice(np.array([-1, 1], np.int8), len(held)),
            contracts=Numbers(np.maximum(np.round(value / price, 4), 1e-4)),
            contract_size=Numbers(np.ones(len(held))),
            entry_price=Numbers(np.round(price * draw.uniform(0.97, 1.03, len(held)), 4)),
            collateral=Numbers(np.repeat(wallet, np.diff(first))),
        ),
        holdings=Holdings(np.zeros(int((kind == 0).sum()), np.int32), Numbers(wallet[kind == 0])),
    )
