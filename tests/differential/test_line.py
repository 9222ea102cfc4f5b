"""Accounts one quantum either side of the line between life and liquidation: every one is decided right."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from itertools import islice

import numpy as np
import pytest

from ringfence.batch.figures import LIQUIDATABLE, STATUSES
from ringfence.batch.gather import columns_of
from ringfence.batch.setting import Setting
from ringfence.book import Book, Instrument, MarginMode, Position, Side
from ringfence.core.errors import InputError
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.pools import Pool, partition
from ringfence.margin.world import World
from ringfence.market import Market
from ringfence.screen import verdicts as screen
from ringfence.screen.verdicts import verdicts
from tests.laws.predicates import leverage_admissible
from tests.laws.stages import Stage, reference_price, stages

LEVERAGES = tuple(map(Decimal, (3, 5, 10, 1, 20, 50, 100)))
NO_LINE = {
    "binance-options": "its contracts are options alone",
    "cme-span": "its arrays are the user's own",
    "historical": "its past is the user's own",
    "isda-simm": "its sensitivities are the user's own",
    "us-options": "its contracts are options alone",
}
"""Packs without a contract of the laws, and why."""
QUANTA = (Decimal("1e-8"), Decimal("1e-12"), Decimal("1e-16"))
STEPS = tuple(range(-5, 6))
SIDES: tuple[Side, ...] = ("long", "short")
SHAPES = ((Decimal(3), Decimal("1.03")), (Decimal("0.7"), Decimal("0.98")))
"""Size as a share of what 50,000 in quote buys, and entry over mark."""


@cache
def newest() -> tuple[Stage, ...]:
    """Return the newest edition of every pack in every account mode that has a contract for the laws."""
    found = {(stage.pack, stage.rules.account_mode.id): stage for stage in stages()}
    return tuple(stage for stage in found.values() if stage.instruments)


def world_of(stage: Stage) -> World:
    coins = {i.underlying for i in stage.instruments} | {i.settle for i in stage.instruments}
    prices = {
        coin: Decimal(1) if coin in {"USDT", "USDC", "USD"} else reference_price(coin) for coin in coins
    }
    marks = {i.symbol: prices.get(i.underlying, reference_price(i.underlying)) for i in stage.instruments}
    market = Market(marks, prices, {i.symbol: i.underlying for i in stage.instruments})
    return World(market, {i.symbol: i for i in stage.instruments}, stage.rules)


def positions(stage: Stage, world: World) -> Iterator[Position]:
    """Yield positions of both sides and margin modes in every contract, at the first leverage that is admitted."""
    for instrument in stage.instruments:
        for mode in stage.margin_modes:
            for side, (size, entry) in zip(SIDES, SHAPES, strict=True):
                held = replace(position(instrument, mode, size * 50_000, entry, world), side=side)
                geared = (replace(held, leverage=leverage) for leverage in LEVERAGES)
                yield from islice((one for one in geared if _is_judged(one, stage, world)), 1)


def _is_judged(held: Position, stage: Stage, world: World) -> bool:
    """Return whether a venue takes a position at its leverage, and judges it alone."""
    try:
        judge(pool_of(holding(stage, held, Decimal(0)), world), world)
    except InputError:
        return False
    return leverage_admissible(held, world)


def position(
    instrument: Instrument, mode: MarginMode, worth: Decimal, entry: Decimal, world: World
) -> Position:
    mark, size = world.mark(instrument.symbol), instrument.contract_size or Decimal(1)
    each = size if instrument.payoff == "inverse" else size * mark
    return Position(
        symbol=instrument.symbol,
        side="long",
        contracts=max((worth / each).quantize(Decimal("1e-3")), Decimal("1e-3")),
        contract_size=size,
        entry_price=mark * entry,
        margin_mode=mode,
        leverage=Decimal(3),
        collateral=Decimal(0) if mode == "isolated" else None,
    )


def holding(stage: Stage, held: Position, wallet: Decimal) -> Book:
    """Return an account of one position and what stands behind it."""
    day = stage.rules.on
    alone = held.margin_mode == "isolated"
    settle = next(i.settle for i in stage.instruments if i.symbol == held.symbol)
    return Book(
        account="one",
        venue=stage.pack,
        on=day,
        at=datetime(day.year, day.month, day.day, tzinfo=UTC),
        account_mode=stage.rules.account_mode.id,
        position_mode="one-way",
        collateral={} if alone else {settle: wallet},
        positions=(replace(held, collateral=wallet) if alone else held,),
        instruments={i.symbol: i for i in stage.instruments},
        overrides=stage.overrides,
    )


def pool_of(book: Book, world: World) -> Pool:
    pools = partition(book, world, "as-held", "at-leverage").pools
    return next(pool for pool in pools if pool.positions)


def at_the_line(stage: Stage, held: Position, world: World) -> Decimal | None:
    """Return the wallet with which a position stands on the line, to sixteen places; None: none does."""
    low, wallet = Decimal(0), world.value(held)
    for _ in range(200):
        middle = (low + wallet) / 2
        dead = is_triggered(judge(pool_of(holding(stage, held, middle), world), world), world)
        low, wallet = (middle, wallet) if dead else (low, middle)
        if wallet - low < Decimal("1e-20"):
            break
    if not is_triggered(judge(pool_of(holding(stage, held, Decimal(0)), world), world), world):
        return None
    return wallet.quantize(QUANTA[-1])


def near_the_line(stage: Stage, world: World) -> Iterator[tuple[Book, bool]]:
    """Yield accounts a few quanta either side of the line, with whether each may be liquidated.

    More behind a position never kills it, so what the exact engine says of the nearest three holds of all.
    """
    for held in positions(stage, world):
        line = at_the_line(stage, held, world)
        for quantum in QUANTA if line is not None else ():
            middle = (line or Decimal(0)).quantize(quantum)
            said = {
                step: is_triggered(judge(pool_of(book, world), world), world)
                for step in (-1, 0, 1)
                for book in [holding(stage, held, middle + step * quantum)]
            }
            assert said[-1] >= said[0] >= said[1]
            for step in STEPS:
                verdict = said[max(-1, min(1, step))]
                yield holding(stage, held, middle + step * quantum), verdict


@pytest.mark.parametrize("stage", newest(), ids=repr)
def test_every_account_at_the_line_is_decided_as_the_exact_engine_decides(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "FEW", 0)
    world = world_of(stage)
    books, dead = zip(*near_the_line(stage, world), strict=True)
    assert len(books) >= len(QUANTA) * len(STEPS)
    setting = Setting(world.rules, world.instruments, world.market, overrides=stage.overrides)
    found = verdicts(columns_of(books, setting), setting)
    held = np.diff(found.columns.first_position) > 0
    told = found.judged.status[held] >= LIQUIDATABLE
    wrong = [
        f"{book.positions[0]} on {dict(book.collateral)}: {STATUSES[status]}"
        for book, status, is_told, is_dead in zip(books, found.judged.status[held], told, dead, strict=True)
        if is_told != is_dead
    ]
    assert wrong == []


def test_only_packs_of_options_and_of_the_users_own_figures_have_no_line() -> None:
    assert {stage.pack for stage in stages()} - {stage.pack for stage in newest()} == set(NO_LINE)
