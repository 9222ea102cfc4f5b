"""The fast engine and the exact one: the same figures, within the bound that is counted from roundings."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal, localcontext
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ringfence.batch.figures import BOUND, STATUSES
from ringfence.batch.judge import judge_all
from ringfence.batch.ready import ready
from ringfence.batch.setting import Setting
from ringfence.book import Book, Position
from ringfence.core.errors import InputError
from ringfence.core.number import EXACT
from ringfence.importers import read
from ringfence.margin.assess import status_of, world_of
from ringfence.margin.judge import judge
from ringfence.margin.netting.units import model_of
from ringfence.margin.pools import Pool, isolated_wallet
from ringfence.margin.world import World
from ringfence.market import Market
from ringfence.venue.instruments import facts_of
from ringfence.venue.models import Sensitivities
from tests.differential.populations import columns_of, population
from tests.differential.twins import Twins, both, faults
from tests.laws.books import accounts, moves
from tests.laws.option_stages import option_stages
from tests.laws.stages import Stage, on_stages, stages, tries

VECTORS = Path(__file__).parents[2] / "vectors"
_TIGHT = 1e-9
"""Of the sum of magnitudes: a bound above it would send accounts to the exact engine that rounding cannot harm."""


def _agree(twins: Twins) -> None:
    assert faults(twins) == []
    for pool, judged in enumerate(twins.exact):
        if twins.judged.sure[pool]:
            assert STATUSES[twins.judged.status[pool]] == status_of(judged, twins.world)


@on_stages()
@tries(10)
@given(data=st.data())
def test_the_twins_agree_within_the_bound_that_is_counted(stage: Stage, data: st.DataObject) -> None:
    account = data.draw(moves(data.draw(accounts(stage, most=4))))
    try:
        twins = both(account.holding(), account.world)
    except InputError:
        assume(False)
        raise
    _agree(twins)
    bounds = [bound for n in range(len(twins.exact)) for bound in twins.bounds(n)]
    sizes = [_size(twins, n) for n in range(len(twins.exact)) for _ in range(2)]
    assert all(
        b <= _TIGHT * size + _quanta(stage) or b == float("inf")
        for b, size in zip(bounds, sizes, strict=True)
    )


@pytest.mark.parametrize("stage", option_stages(), ids=repr)
def test_accounts_with_options_agree_within_the_bound_that_is_counted(stage: Stage) -> None:
    many = population(stage, 5, 40)
    made = ready(many.columns, many.setting)
    twins = Twins(made, judge_all(made), tuple(judge(pool, many.world) for pool in many.pools), many.world)
    _agree(twins)


def _isolated(pools: Iterable[Pool], world: World) -> Iterator[Pool]:
    """Yield positions under a model, each in a pool of its own, as far as its venue says what stands on it."""
    for position in (p for pool in pools for p in pool.positions):
        alone = replace(position, margin_mode="isolated")
        try:
            wallet = isolated_wallet(alone, world)
        except InputError:
            continue
        if model_of(alone, world) is not None:
            settle = world.settle(alone)
            yield Pool(f"isolated:{alone.symbol}", "isolated", settle, False, {settle: wallet}, (alone,))


def test_a_wallet_put_up_at_the_edge_of_a_tier_is_left_to_the_exact_engine() -> None:
    stage = next(one for one in stages() if one.pack == "binance-usdm")
    one = stage.instruments[0]
    facts = facts_of(one, "isolated")
    ladder = stage.rules.ladder(facts)
    assert ladder is not None
    edge, size = ladder.rungs[1].floor, one.contract_size or Decimal(1)
    market = Market(marks={one.symbol: edge / 8}, indices={one.settle: Decimal(1)})
    setting = Setting(stage.rules, {one.symbol: one}, market)
    bounds = []
    for entry in (edge / 4, edge / 5):
        alone = Position(one.symbol, "long", 4 / size, size, entry, "isolated", Decimal(5))
        pool = Pool(f"isolated:{one.symbol}", "isolated", one.settle, False, {}, (alone,))
        bounds.append(judge_all(ready(columns_of([pool], [one.symbol]), setting)).pools[0, BOUND])
    assert bounds[0] == float("inf")
    assert isfinite(bounds[1])


def left(pool: Pool, world: World) -> bool:
    """Return whether a pool may be left to the exact engine, for a root of what cancels."""
    return any(isinstance(model_of(p, world), Sensitivities) for p in pool.positions)


@pytest.mark.parametrize("stage", option_stages(), ids=repr)
def test_isolated_positions_under_a_model_agree_within_the_bound_that_is_counted(stage: Stage) -> None:
    many = population(stage, 6, 10)
    with localcontext(EXACT):
        pools = tuple(_isolated(many.pools, many.world))
        exact = tuple(judge(pool, many.world) for pool in pools)
    bare = [replace(pool, collateral={}) for pool in pools]
    made = ready(columns_of(bare, many.columns.symbols), many.setting)
    twins = Twins(made, judge_all(made), exact, many.world)
    _agree(twins)
    finite = [isfinite(twins.bounds(n)[0]) for n in range(len(pools))]
    assert all(found or left(pool, many.world) for found, pool in zip(finite, pools, strict=True))


def _size(twins: Twins, pool: int) -> float:
    """Return the sum of magnitudes in a pool: what it holds and has open, and what that needs."""
    one = twins.exact[pool]
    held = sum(
        abs(twins.world.convert(amount, asset, one.pool.unit))
        for asset, amount in one.pool.collateral.items()
    )
    figures = sum(abs(value) for value, exact in twins.figures(pool).values() if exact is not None)
    return figures + float(held) + sum(float(charge.value) for charge in one.charges)


def _quanta(stage: Stage) -> float:
    """Return how far roundings of the venue itself may lead, for the few positions of these accounts."""
    roundings = [stage.rules.rounding(facts) for i in stage.instruments for facts in stage.facts(i)]
    return max((float(40 * one.quantum) for one in roundings if one is not None), default=0.0)


def _books(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the books of a vector file's cases."""
    document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    known: dict[str, dict[str, Any]] = {}
    for case in document["case"]:
        book = {**known.get(case.get("book_of", ""), {}), **case.get("book", {})}
        known[case["id"]] = book
        if case["level"] == "book" and "disagrees" not in case:
            on = {"on": case["on"]} if "on" in case and not {"on", "at"} & set(book) else {}
            yield case["id"], {"venue": document.get("venue", path.stem), **on, **book}


@cache
def vectors() -> dict[str, dict[str, Any]]:
    return {name: book for path in sorted(VECTORS.glob("*.toml")) for name, book in _books(path)}


def _is_columns(book: Book) -> bool:
    """Return whether columns hold all of a book: they have no orders, rests and tags."""
    return not (book.orders or book.rests or any(position.tags for position in book.positions))


@pytest.mark.parametrize("case", vectors())
def test_the_books_of_the_vectors_come_out_alike(case: str) -> None:
    for holding in read(vectors()[case]).holdings:
        if _is_columns(holding.book):
            _agree(both(holding, world_of(holding)))


def test_most_books_of_the_vectors_are_judged_by_the_fast_engine() -> None:
    sure = whole = 0
    for book in vectors().values():
        for holding in read(book).holdings:
            if _is_columns(holding.book):
                judged = both(holding, world_of(holding)).judged
                sure, whole = sure + int(judged.sure.sum()), whole + len(judged.sure)
    assert sure > 0.45 * whole
