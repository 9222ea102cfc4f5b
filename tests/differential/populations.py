"""Populations of option books on a stage: for the exact engine as pools, for the fast one as columns."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from ringfence.batch.columns import KINDS, Columns, Holdings, Numbers, Positions
from ringfence.batch.setting import Setting
from ringfence.book import Book, Instrument, Position
from ringfence.margin.pools import Pool, partition
from ringfence.margin.world import World
from ringfence.market.shock import STABLE
from tests.laws.option_stages import at_of, option_market, with_model_marks
from tests.laws.stages import Stage, reference_price

MORE_ASSETS = ("BTC", "ETH", "STETH", "USDC", "WSTETH", "USDT")


@dataclass(frozen=True)
class Population:
    """Accounts, one after another, in one setting."""

    world: World
    setting: Setting
    pools: tuple[Pool, ...]
    columns: Columns


def _numbers(values: Sequence[Decimal | None]) -> Numbers:
    column = np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
    written = {row: v for row, v in enumerate(values) if v is not None and Decimal(repr(float(v))) != v}
    return Numbers(column, written)


def columns_of(pools: Sequence[Pool], symbols: Sequence[str]) -> Columns:
    """Return pools as columns, each an account of its own."""
    held = [position for pool in pools for position in pool.positions]
    holdings = [item for pool in pools for item in pool.collateral.items()]
    assets = tuple(dict.fromkeys([*(asset for asset, _ in holdings), *(pool.unit for pool in pools)]))
    names = tuple(symbols)
    return Columns(
        accounts=[str(number) for number in range(len(pools))],
        symbols=names,
        assets=assets,
        pool_account=np.arange(len(pools), dtype=np.int32),
        pool_kind=np.array([KINDS.index(pool.kind) for pool in pools], dtype=np.int8),
        pool_unit=np.array(
            [-1 if p.id == "cross:*" else assets.index(p.unit) for p in pools], dtype=np.int32
        ),
        first_position=np.cumsum([0, *(len(pool.positions) for pool in pools)]),
        first_holding=np.cumsum([0, *(len(pool.collateral) for pool in pools)]),
        positions=Positions(
            symbol=np.array([names.index(p.symbol) for p in held], dtype=np.int32),
            sign=np.array([p.sign for p in held], dtype=np.int8),
            contracts=_numbers([p.contracts for p in held]),
            contract_size=_numbers([p.contract_size for p in held]),
            entry_price=_numbers([p.entry_price for p in held]),
            leverage=_numbers([p.leverage for p in held]),
        ),
        holdings=Holdings(
            np.array([assets.index(asset) for asset, _ in holdings], dtype=np.int32),
            _numbers([amount for _, amount in holdings]),
        ),
    )


def _decimal(draw: random.Random, low: float, high: float, places: int = 3) -> Decimal:
    return Decimal(str(round(draw.uniform(low, high), places)))


def world_of(draw: random.Random, stage: Stage) -> World:
    """Return a world in which everything on a stage has a price, a volatility and a forward of its own."""
    held = stage.instruments
    coins = sorted(
        {i.underlying for i in held} | {i.settle for i in held} | {i.quote for i in held} | {*MORE_ASSETS}
    )
    prices = {
        c: Decimal(1) if c in STABLE else (reference_price(c) * _decimal(draw, 0.8, 1.25)).normalize()
        for c in coins
    }
    prices["USDC"] = Decimal(draw.choice(["1", "0.97", "1.002"]))
    market = option_market(tuple(held), prices, Decimal("0.6"))
    apart = {day: _decimal(draw, 0.98, 1.03) for day in sorted({str(i.expiry) for i in held})}
    marks = {s: (m * apart[str(_of(held, s).expiry)]).normalize() for s, m in market.marks.items()}
    forwards = {s: (f * apart[str(_of(held, s).expiry)]).normalize() for s, f in market.forwards.items()}
    feeds = {
        "funding_rate": {i.symbol: _decimal(draw, -0.001, 0.001, 5) for i in held if not i.is_option},
        "rate": {coin: _decimal(draw, -0.02, 0.1, 4) for coin in coins},
        "confidence": {i.symbol: _decimal(draw, 0.3, 1, 2) for i in held[::3]},
    }
    vols = {symbol: _decimal(draw, 0.3, 1.5, 2) for symbol in market.implied_vols}
    market = replace(market, implied_vols=vols, forwards=forwards, marks=marks, feeds=feeds)
    return with_model_marks(World(market, {i.symbol: i for i in held}, stage.rules, at=at_of(stage.rules)))


def _of(held: Sequence[Instrument], symbol: str) -> Instrument:
    return next(one for one in held if one.symbol == symbol)


def _position(draw: random.Random, one: Instrument, world: World) -> Position:
    size = one.contract_size or Decimal(1)
    each = size / world.index(one.underlying) if one.payoff == "inverse" else size
    coins = _decimal(draw, 0.1, 10, 1) * Decimal(10) ** draw.randint(-1, 3)
    return Position(
        symbol=one.symbol,
        side=draw.choice(("long", "short")),
        contracts=max((coins / each).quantize(Decimal("0.01")), Decimal("0.01")),
        contract_size=size,
        entry_price=(world.mark(one.symbol) * _decimal(draw, 0.8, 1.25, 2)).normalize() or Decimal("0.01"),
        margin_mode="cross",
        leverage=None if one.is_paid_for else Decimal(2),
    )


def population(stage: Stage, seed: int, accounts: int, most: int = 12) -> Population:
    """Return some accounts of a stage, each of up to ``most`` positions, two of one contract now and then."""
    draw = random.Random(f"{stage}{seed}")
    world = world_of(draw, stage)
    pools: list[Pool] = []
    for _ in range(accounts):
        held = draw.choices(stage.instruments, k=draw.randint(0, most))
        positions = {p.label: p for p in (_position(draw, one, world) for one in held)}
        owned = draw.sample(MORE_ASSETS, draw.randint(0, 3))
        collateral = {
            asset: _decimal(draw, -2, 20) * (1 if asset in {"BTC", "ETH"} else 1000) for asset in owned
        }
        book = Book(
            account="main",
            venue=stage.pack,
            on=stage.rules.on,
            at=world.at,
            account_mode=stage.rules.account_mode.id,
            position_mode="hedge",
            collateral={**{world.settle(p): Decimal(0) for p in positions.values()}, **collateral},
            positions=tuple(positions.values()),
            instruments=world.instruments,
        )
        pools += partition(book, world, "as-held", "at-leverage").pools
    setting = Setting(stage.rules, world.instruments, world.market, world.at)
    return Population(world, setting, tuple(pools), columns_of(pools, [i.symbol for i in stage.instruments]))
