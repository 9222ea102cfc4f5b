"""What the fast engine says of positions that net is what the exact one says, within the bound that it gives."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal, localcontext
from functools import cache
from typing import Any, cast, get_args

import numpy as np
import pytest
from msgspec import structs

from ringfence.batch.netting import LEFT, Netting, left_to_exact, netted
from ringfence.core.errors import InputError
from ringfence.core.number import EXACT
from ringfence.margin.netting import Netting as Exact
from ringfence.margin.netting import netted as exactly_netted
from ringfence.margin.netting.units import model_of
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue.entry import Entry
from ringfence.venue.models import Sensitivities
from ringfence.venue.offsets import ChargeRule, OffsetRule, Scenarios
from tests.differential.populations import Population, columns_of, population
from tests.laws.option_stages import option_stages
from tests.laws.stages import Stage

ACCOUNTS = 40
OF_GROSS = Decimal("1e-9")


def _without_left(rule: Entry) -> Entry:
    """Return a model without the charges that are left to the exact engine."""
    if not isinstance(rule, Scenarios):
        return rule
    return structs.replace(rule, charges=tuple(c for c in rule.charges if type(c) not in LEFT))


def _stages() -> Iterator[Stage]:
    """Yield the stages with portfolio models; where a charge is left to the exact engine, also without it."""
    for stage in option_stages():
        rules = stage.rules.lists["offset"]
        if not rules:
            continue
        yield stage
        bare = tuple(map(_without_left, rules))
        here = stage.rules.offset_models(stage.rules.account_mode.id)
        if any(bare[place] != rules[place] for place in here):
            yield replace(
                stage,
                pack=f"{stage.pack}-bare",
                rules=replace(stage.rules, lists={**stage.rules.lists, "offset": bare}),
            )


@cache
def stages() -> tuple[Stage, ...]:
    return tuple(_stages())


@cache
def tried(name: str) -> Population:
    stage = next(one for one in stages() if repr(one) == name)
    with localcontext(EXACT):
        return population(replace(stage, pack=stage.pack.removesuffix("-bare")), 1976, ACCOUNTS)


def on_stages() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", [repr(stage) for stage in stages()])


def exact_of(pool: Pool, world: World) -> Exact | None:
    try:
        with localcontext(EXACT):
            return exactly_netted(pool, world)
    except InputError:
        return None


def gross(pool: Pool, world: World) -> Decimal:
    """Return the size of what a pool is made of, in its unit: coins of its positions at their index, and collateral."""
    with localcontext(EXACT):
        sizes = [
            world.convert(
                world.coins(p) * world.index(world.instrument(p.symbol).underlying), "USD", pool.unit
            )
            for p in pool.positions
        ]
        owned = [abs(world.convert(amount, asset, pool.unit)) for asset, amount in pool.collateral.items()]
        return sum(sizes, Decimal(0)) + sum(owned, Decimal(0))


def agree(many: Population, whole: Population | None = None) -> int:
    """Compare everything that is covered; return how many pools of those that net it was.

    ``whole`` is the population in a market that knows all prices, by which the size of a pool is told.
    """
    found, compared = netted(many.columns, many.setting), 0
    for number, pool in enumerate(many.pools):
        if not found.covered[number]:
            continue
        exact = exact_of(pool, many.world)
        assert exact is not None, pool
        bound = Decimal(float(found.bound[number]))
        assert abs(Decimal(float(found.initial[number])) - exact.initial.value) <= bound, pool
        assert abs(Decimal(float(found.maintenance[number])) - exact.maintenance.value) <= bound, pool
        assert bound <= OF_GROSS * (gross(pool, (whole or many).world) + exact.initial.value)
        compared += bool(exact.initial.parts)
    return compared


@on_stages()
def test_what_is_covered_is_off_by_no_more_than_its_bound(name: str) -> None:
    agree(tried(name))


def with_market(many: Population, **changes: Any) -> Population:
    """Return a population in another market."""
    market = replace(many.world.market, **changes)
    world = World(market, many.world.instruments, many.world.rules, at=many.world.at)
    return replace(many, world=world, setting=replace(many.setting, market=market))


@on_stages()
def test_volatilities_that_only_marks_imply_are_found_alike(name: str) -> None:
    agree(with_market(tried(name), implied_vols={}))


@on_stages()
def test_a_matrix_that_is_compiled_stays_within_the_bound(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    many = tried(name)
    by_definition = netted(many.columns, many.setting)
    monkeypatch.setattr("ringfence.formula.model.quotes.pays", lambda _: True)
    compiled = netted(many.columns, many.setting)
    for measure in ("initial", "maintenance"):
        off = abs(getattr(by_definition, measure) - getattr(compiled, measure))
        assert (off <= by_definition.bound)[by_definition.covered].all()


@on_stages()
def test_an_answer_hangs_on_nobody_elses_pool(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    many = tried(name)
    whole = netted(many.columns, many.setting)
    monkeypatch.setattr("ringfence.batch.netting.BLOCK", 16)
    some = np.arange(len(many.pools))[1::3]
    part = netted(many.columns, many.setting, some)
    assert (part.covered == whole.covered[some]).all()
    for column in ("initial", "maintenance", "bound"):
        assert (getattr(part, column) == getattr(whole, column)[some])[part.covered].all(), column


@on_stages()
def test_what_a_price_is_missing_for_is_left_to_the_engine_that_says_which(name: str) -> None:
    """And so it is long before the exact engine misses it: a mark that no model looks at, or an index."""
    many = tried(name)
    held = sorted({p.symbol for pool in many.pools for p in pool.positions})
    lost = set(held[::4])
    market = many.world.market
    marks = {symbol: mark for symbol, mark in market.marks.items() if symbol not in lost}
    vols = {symbol: vol for symbol, vol in market.implied_vols.items() if symbol not in lost}
    indices = {asset: index for asset, index in market.indices.items() if asset not in {"ETH", "STETH"}}
    agree(with_market(many, marks=marks, implied_vols=vols), many)
    agree(with_market(many, indices=indices), many)


@on_stages()
def test_options_that_have_expired_are_left_to_the_exact_engine(name: str) -> None:
    many = tried(name)
    later = many.world.at + timedelta(days=20)
    world = World(many.world.market, many.world.instruments, many.world.rules, at=later)
    agree(replace(many, world=world, setting=replace(many.setting, at=later)))


@on_stages()
def test_an_isolated_position_under_a_model_is_left_to_the_exact_engine(name: str) -> None:
    many = tried(name)
    alone = [replace(p, margin_mode="isolated") for pool in many.pools for p in pool.positions][:20]
    pools = [Pool(f"isolated:{p.symbol}", "isolated", many.world.settle(p), False, {}, (p,)) for p in alone]
    columns = columns_of(pools, many.columns.symbols)
    found = Netting(many.setting, columns)
    covered = found.netted(columns).covered
    for number, position in enumerate(alone):
        assert covered[number] == (model_of(position, many.world) is None)
        assert found.nets(columns)[number] == (model_of(position, many.world) is not None)


def test_many_pools_that_net_are_compared() -> None:
    assert sum(agree(tried(repr(stage))) for stage in stages()) > 300


def is_hedged_to_nothing(rules: list[OffsetRule | None]) -> bool:
    """Return whether a pool's model takes roots."""
    return any(isinstance(rule, Sensitivities) for rule in rules)


@on_stages()
def test_what_is_not_covered_is_left_for_a_reason(name: str) -> None:
    """A model or a charge of the table; or roots of what cancels, of which a float64 knows half the digits."""
    many = tried(name)
    found = netted(many.columns, many.setting)
    for number, pool in enumerate(many.pools):
        rules = [model_of(p, many.world) for p in pool.positions]
        whole = many.world.rules.pool_model() if pool.kind == "cross" else None
        left = any(rule is not None and left_to_exact(rule) is not None for rule in (*rules, whole))
        if found.covered[number]:
            assert not any(rule is not None and left_to_exact(rule) is not None for rule in rules)
        elif not is_hedged_to_nothing(rules):
            assert left


def test_every_model_and_every_charge_is_tried_or_named_as_left_to_the_exact_engine() -> None:
    every = [cast("OffsetRule", rule) for stage in stages() for rule in stage.rules.lists["offset"]]
    rules = [rule for rule in every if left_to_exact(rule) is None]
    charges = {type(charge) for rule in rules if isinstance(rule, Scenarios) for charge in rule.charges}
    assert {type(rule) for rule in rules} | set(LEFT) >= set(get_args(OffsetRule))
    assert charges | set(LEFT) >= set(get_args(ChargeRule))
    assert not charges & set(LEFT)
