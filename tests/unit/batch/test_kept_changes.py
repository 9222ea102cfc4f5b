"""Pools come, change and go while prices tick: to the bit what the population as it is now gives when built anew."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from ringfence.batch.changes import NUMBERS
from ringfence.batch.columns import ISOLATED, Columns, Holdings, Numbers, Positions
from ringfence.batch.judge import judge_all
from ringfence.batch.kept import Kept
from ringfence.batch.majors import market_of
from ringfence.batch.population import Shape, populate
from ringfence.batch.ready import ready
from ringfence.batch.setting import Setting
from tests.differential.populations import population as option_books
from tests.laws.option_stages import option_stages

TWO_LEGS, MIXED = Shape(two_legged=0.6), Shape(mixed=0.7)
SHAPES: dict[str, tuple[str, str | None, Shape]] = {
    "linear": ("binance-usdm", None, Shape()),
    "inverse": ("binance-coinm", None, Shape()),
    "hedge mode": ("okx", None, TWO_LEGS),
    "both sides of a coin": ("bybit", None, TWO_LEGS),
    "several assets": ("okx", "multi-currency", MIXED),
    "netting": ("okx", "portfolio", Shape()),
    "steps": ("bitmex", None, Shape()),
    "slopes": ("deribit", None, Shape()),
    "whole tiers": ("kucoin", None, Shape()),
    "fractions of initial": ("hyperliquid", None, Shape()),
    "netting at another venue": ("paradex", "portfolio", Shape()),
    "open interest": ("dydx", None, Shape()),
    "losses alone": ("htx", None, TWO_LEGS),
    "debts": ("binance-pm", None, Shape()),
}


def agrees(kept: Kept) -> None:
    """Hold what is kept against a population built anew."""
    columns, found = kept.columns(), kept.figures()
    anew = judge_all(ready(columns, kept.setting))
    assert np.array_equal(found.pools, anew.pools, equal_nan=True)
    assert np.array_equal(found.positions, anew.positions, equal_nan=True)
    assert np.array_equal(found.status, anew.status)
    assert np.array_equal(found.sure, anew.sure)


def rows_of(positions: Positions, rows: np.ndarray) -> Positions:
    """Return some positions alone."""
    numbers = {name: getattr(positions, name) for name in NUMBERS}
    picked: dict[str, Any] = {n: None if one is None else one.rows(rows) for n, one in numbers.items()}
    return Positions(
        positions.symbol[rows],
        positions.sign[rows],
        **picked,
        opened=None if positions.opened is None else positions.opened[rows],
    )


class Life:
    """A population to which something happens again and again; all of it is drawn."""

    def __init__(self, columns: Columns, more: Columns, setting: Setting, seed: int) -> None:
        self.kept, self.more = Kept(columns, setting), more
        self.draw = np.random.default_rng(seed)

    def step(self) -> None:
        happens: list[Callable[[], None]] = [
            self.tick, self.put, self.remove, self.add, self.change, self.drop, self.hold,
        ]  # fmt: skip
        chosen = happens[self.draw.integers(len(happens))]
        (chosen if len(self.shared(1)) > 5 else self.put)()

    def some(self, pools: np.ndarray) -> np.ndarray:
        return self.draw.permutation(pools)[: self.draw.integers(1, 6)]

    def shared(self, least: int) -> np.ndarray:
        """Return the pools that are not isolated and have so many positions."""
        pools, columns = self.kept.pools, self.kept.columns()
        found: np.ndarray = pools[
            (columns.pool_kind != ISOLATED) & (np.diff(columns.first_position) >= least)
        ]
        return found

    def tick(self) -> None:
        market = self.kept.setting.market
        names = self.draw.permutation(sorted(market.marks))[: self.draw.integers(0, 3)]
        assets = self.draw.permutation(sorted(market.indices))[: self.draw.integers(0, 2)]

        def moved(price: Decimal) -> Decimal:
            return price * Decimal(str(round(self.draw.uniform(0.8, 1.2), 4)))

        self.kept.tick(
            {name: moved(market.marks[name]) for name in names},
            {asset: moved(market.indices[asset]) for asset in assets},
        )

    def put(self) -> None:
        count = self.draw.integers(1, 6)
        there = self.kept.pools
        fresh = int(there.max(initial=0)) + 1 + self.draw.permutation(9)
        numbers = self.draw.permutation(np.concatenate([there, fresh]))[:count]
        source = Kept(self.more, self.kept.setting)
        self.kept.put(source.columns(self.draw.permutation(len(self.more))[:count]), numbers)

    def remove(self) -> None:
        self.kept.remove(self.some(self.kept.pools))

    def positions(self, count: int) -> Positions:
        columns = self.more
        shared = np.repeat(columns.pool_kind != ISOLATED, np.diff(columns.first_position))
        return rows_of(columns.positions, self.draw.choice(np.flatnonzero(shared), count))

    def add(self) -> None:
        pools = self.draw.choice(self.shared(0), self.draw.integers(1, 4))
        self.kept.add(self.positions(len(pools)), pools)

    def change(self) -> None:
        pools = self.some(self.shared(1))
        held = np.diff(self.kept.columns(pools).first_position)
        self.kept.change(self.positions(len(pools)), pools, self.draw.integers(0, held))

    def drop(self) -> None:
        pools = self.some(self.shared(1))
        held = np.diff(self.kept.columns(pools).first_position)
        self.kept.drop(pools, self.draw.integers(0, held))

    def hold(self) -> None:
        pools = self.some(self.shared(0))
        assets = self.draw.integers(0, len(self.more.assets), len(pools)).astype(np.int32)
        amounts = np.round(self.draw.normal(0, 3_000, len(pools)), 2)
        amounts[self.draw.random(len(pools)) < 0.2] = np.nan
        self.kept.hold(Holdings(assets, Numbers(amounts)), pools)


@pytest.mark.parametrize("shape", SHAPES)
def test_whatever_comes_changes_and_goes_the_figures_are_those_of_a_population_built_anew(shape: str) -> None:
    venue, mode, looks = SHAPES[shape]
    setting = market_of(venue, account_mode=mode)
    columns = populate(replace(looks, accounts=60), setting, seed=5)
    life = Life(columns, populate(replace(looks, accounts=40), setting, seed=6), setting, seed=7)
    for _ in range(60):
        life.step()
        agrees(life.kept)


@pytest.mark.parametrize("stage", option_stages()[:3], ids=repr)
def test_books_of_options_are_kept_to_the_bit_too(stage: object) -> None:
    many, more = option_books(stage, 5, 30), option_books(stage, 5, 40)  # type: ignore[arg-type]
    assets = tuple(dict.fromkeys([*many.columns.assets, *more.columns.assets]))

    def of_all(columns: Columns) -> Columns:
        """Return pools with the codes of all assets."""
        codes = np.array([assets.index(asset) for asset in columns.assets], np.int32)
        unit = np.where(columns.pool_unit < 0, -1, codes[columns.pool_unit])
        held = replace(columns.holdings, asset=codes[columns.holdings.asset])
        return replace(columns, assets=assets, pool_unit=unit.astype(np.int32), holdings=held)

    life = Life(of_all(many.columns), of_all(more.columns), many.setting, seed=8)
    for _ in range(25):
        life.step()
        agrees(life.kept)


def kept_of(accounts: int = 30) -> Kept:
    setting = market_of("binance-usdm")
    return Kept(populate(Shape(accounts=accounts), setting, seed=5), setting)


def test_a_number_is_kept_as_it_was_written_wherever_its_row_goes() -> None:
    kept, exact = kept_of(), Decimal("0.12345678901234567890123")
    pool = int(kept.pools[kept.columns().pool_kind != ISOLATED][0])
    held = kept.columns([pool])
    numbers = Numbers(
        np.append(held.positions.contracts.values[1:], float(exact)), {len(held.positions) - 1: exact}
    )
    kept.put(replace(held, positions=replace(held.positions, contracts=numbers)), [pool])
    kept.add(rows_of(held.positions, np.array([0])), [pool])
    kept.remove(kept.pools[kept.pools != pool])
    assert kept.columns().positions.contracts.exact(len(held.positions) - 1) == exact
    kept.drop([pool], [len(held.positions) - 1])
    assert not kept.columns().positions.contracts.written


def test_what_was_given_is_not_written_to() -> None:
    setting = market_of("binance-usdm")
    columns = populate(Shape(accounts=20), setting, seed=5)
    before = (
        columns.positions.contracts.values.copy(),
        columns.pool_kind.copy(),
        columns.holdings.amount.values.copy(),
    )
    kept = Kept(columns, setting)
    shared = kept.pools[columns.pool_kind != ISOLATED]
    kept.change(rows_of(columns.positions, np.array([0])), shared[-1:], [0])
    kept.hold(Holdings(np.zeros(1, np.int32), Numbers(np.ones(1))), shared[-1:])
    kept.remove(kept.pools[:5])
    assert np.array_equal(columns.positions.contracts.values, before[0])
    assert np.array_equal(columns.pool_kind, before[1])
    assert np.array_equal(columns.holdings.amount.values, before[2])


def test_accounts_keep_their_names() -> None:
    kept = kept_of()
    names = kept.columns().accounts
    kept.remove([0])
    kept.put(replace(kept.columns([3]), accounts=("zoe",)), [1000])
    assert kept.columns().accounts[-1] == "zoe"
    assert set(kept.columns().accounts) <= {*names, "zoe"}
    assert kept.columns([3]).accounts == (names[0],) or kept.columns([3]).accounts[0] in names


def test_a_pool_that_is_gone_is_touched_by_nothing() -> None:
    kept = kept_of()
    columns = kept.columns()
    symbol = columns.symbols[int(np.argmin(np.bincount(columns.positions.symbol)))]
    price = kept.setting.market.marks[symbol]
    touched = kept.tick({symbol: price * 2})
    kept.remove(touched)
    assert len(kept.tick({symbol: price})) == 0
    assert not kept.judged.pools[touched].any()


def test_a_pool_that_holds_something_new_is_touched_by_it() -> None:
    kept = kept_of()
    columns = kept.columns()
    code = int(np.argmin(np.bincount(columns.positions.symbol)))
    holders = np.repeat(kept.pools, np.diff(columns.first_position))[columns.positions.symbol == code]
    other = next(p for p, kind in enumerate(columns.pool_kind) if kind != ISOLATED and p not in holders)
    row = int(np.flatnonzero(columns.positions.symbol == code)[0])
    kept.add(rows_of(columns.positions, np.array([row])), [other])
    symbol = columns.symbols[code]
    touched = kept.tick({symbol: kept.setting.market.marks[symbol] * 2})
    assert touched.tolist() == sorted({*holders.tolist(), other})
    agrees(kept)


@pytest.mark.parametrize(
    ("what", "fault"),
    [
        (lambda kept: kept.remove([10_000]), "no pool"),
        (lambda kept: kept.put(kept.columns([0, 1]), [5, 5]), "twice"),
        (lambda kept: kept.put(replace(kept.columns([0]), symbols=("BTC/USDT:USDT",)), [0]), "other symbols"),
        (lambda kept: kept.put(replace(kept.columns([0]), assets=("USDT", "ABC")), [0]), "other assets"),
        (lambda kept: kept.add(_first(kept), [_isolated(kept)]), "one position"),
        (lambda kept: kept.drop([_isolated(kept)], [0]), "one position"),
        (lambda kept: kept.drop([0], [99]), "a place beyond"),
        (lambda kept: kept.drop([0, 0], [0, 0]), "a place twice"),
        (lambda kept: kept.hold(_amounts(2), [0, 0]), "an asset twice"),
        (lambda kept: kept.hold(_amounts(1), [_isolated(kept)]), "an isolated pool"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_is_refused_and_changes_nothing(
    what: Callable[[Kept], None], fault: str
) -> None:
    kept = kept_of()
    before = kept.figures()
    with pytest.raises(ValueError, match=fault):
        what(kept)
    assert np.array_equal(kept.figures().pools, before.pools, equal_nan=True)
    agrees(kept)


def _isolated(kept: Kept) -> int:
    return int(kept.pools[kept.columns().pool_kind == ISOLATED][0])


def _first(kept: Kept) -> Positions:
    return rows_of(kept.columns().positions, np.array([0]))


def _amounts(count: int) -> Holdings:
    return Holdings(np.zeros(count, np.int32), Numbers(np.ones(count)))
