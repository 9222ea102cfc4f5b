"""What the fast engine says of positions that net is what the exact one says, within the bound that it gives."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, localcontext
from functools import cache
from itertools import cycle
from typing import Any, cast, get_args

import numpy as np
import pytest
from msgspec import structs

from ringfence.batch.columns import NOT_OPENED
from ringfence.batch.netting import Netting, netted
from ringfence.batch.netting.gains import by_expiry
from ringfence.core.errors import InputError
from ringfence.core.number import EXACT
from ringfence.margin.netting import Netting as Exact
from ringfence.margin.netting import netted as exactly_netted
from ringfence.margin.netting.units import model_of
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue.entry import Entry
from ringfence.venue.models import Sensitivities
from ringfence.venue.offsets import ChargeRule, Extended, OffsetRule, Scenarios
from tests.differential.populations import Population, columns_of, population
from tests.laws.option_stages import option_stages
from tests.laws.stages import Stage

ACCOUNTS = 40
OF_GROSS = Decimal("2e-9")


FAR = Extended(range=Decimal("0.1"), factor=Decimal("1.2"), dampener=Decimal(50))


def _counts_by_expiry(rule: Entry) -> bool:
    return isinstance(rule, Scenarios) and by_expiry(rule)


def _with_far_moves(rule: Entry) -> Entry:
    """Return a model whose results count less, and are dampened, beyond a range."""
    if not isinstance(rule, Scenarios):
        return rule
    sets = tuple(structs.replace(rules, extended=rules.extended or FAR) for rules in rule.sets)
    return structs.replace(rule, sets=sets)


def _since(rule: Entry, day: date) -> Entry:
    """Return a model that asks more, and only of what was opened since a day."""
    changes: dict[str, Any] = {"in_force": day, "opened_since": True}
    if hasattr(rule, "initial_factor"):
        changes["initial_factor"] = 2 * rule.initial_factor
    return structs.replace(rule, **changes)


def _with_models(stage: Stage, word: str, rules: Iterable[Entry]) -> Stage:
    lists = {**stage.rules.lists, "offset": tuple(rules)}
    return replace(stage, pack=f"{stage.pack}-{word}", rules=replace(stage.rules, lists=lists))


def _stages() -> Iterator[Stage]:
    """Yield the stages with portfolio models; where what counts hangs on an expiry, also with far moves."""
    for stage in option_stages():
        rules = stage.rules.lists["offset"]
        if not rules:
            continue
        yield stage
        here = [rules[place] for place in stage.rules.offset_models(stage.rules.account_mode.id)]
        if any(map(_counts_by_expiry, here)):
            yield _with_models(stage, "far", map(_with_far_moves, rules))


@cache
def stages() -> tuple[Stage, ...]:
    return tuple(_stages())


@cache
def tried(name: str) -> Population:
    stage = next(one for one in stages() if repr(one) == name)
    with localcontext(EXACT):
        return population(replace(stage, pack=stage.pack.removesuffix("-far")), 1976, ACCOUNTS)


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


def isolated(many: Population) -> Population:
    """Return some positions of a population, each in a pool of its own."""
    alone = [replace(p, margin_mode="isolated") for pool in many.pools for p in pool.positions][:60]
    pools = tuple(
        Pool(f"isolated:{p.symbol}", "isolated", many.world.settle(p), False, {}, (p,)) for p in alone
    )
    return replace(many, pools=pools, columns=columns_of(pools, many.columns.symbols))


@on_stages()
def test_isolated_positions_under_a_model_need_the_same_by_both_engines(name: str) -> None:
    many = isolated(tried(name))
    agree(many, tried(name))
    found = Netting(many.setting, many.columns).nets(many.columns)
    models = [model_of(pool.positions[0], many.world) for pool in many.pools]
    assert found.tolist() == [model is not None for model in models]


def test_many_isolated_positions_under_a_model_are_compared() -> None:
    assert sum(agree(isolated(tried(repr(stage))), tried(repr(stage))) for stage in stages()) > 500


def by_opening(many: Population, stage: Stage) -> Population:
    """Return a population under models of which others hold for what was opened since a day; some say no day."""
    day = stage.rules.on - timedelta(days=10)
    old = [structs.replace(rule, in_force=day - timedelta(days=9)) for rule in stage.rules.lists["offset"]]
    lists = {**stage.rules.lists, "offset": (*old, *(_since(rule, day) for rule in old))}
    rules = replace(stage.rules, lists=lists)
    whens = [None, *(datetime.combine(day + timedelta(days=n), time(), UTC) for n in (-1, 0, 3))]
    opened = cycle(whens)
    pools = tuple(
        replace(pool, positions=tuple(replace(p, opened=next(opened)) for p in pool.positions))
        for pool in many.pools
    )
    columns = columns_of(pools, many.columns.symbols)
    seconds = [
        NOT_OPENED if p.opened is None else int(p.opened.timestamp())
        for pool in pools
        for p in pool.positions
    ]
    columns = replace(columns, positions=replace(columns.positions, opened=np.array(seconds, np.int64)))
    world = World(many.world.market, many.world.instruments, rules, at=many.world.at)
    return Population(world, replace(many.setting, rules=rules), pools, columns)


@on_stages()
def test_models_that_hold_for_new_positions_alone_are_taken_apart_by_the_day_of_opening(name: str) -> None:
    stage = next(one for one in stages() if repr(one) == name)
    agree(by_opening(tried(name), stage))


def test_many_pools_under_two_models_by_the_day_of_opening_are_compared() -> None:
    assert sum(agree(by_opening(tried(repr(stage)), stage)) for stage in stages()) > 300


def test_many_pools_that_net_are_compared() -> None:
    assert sum(agree(tried(repr(stage))) for stage in stages()) > 300


def is_hedged_to_nothing(rules: list[OffsetRule | None]) -> bool:
    """Return whether a pool's model takes roots."""
    return any(isinstance(rule, Sensitivities) for rule in rules)


@on_stages()
def test_only_roots_of_what_cancels_are_left_to_the_exact_engine(name: str) -> None:
    """Of these a float64 knows half the digits."""
    many = tried(name)
    found = netted(many.columns, many.setting)
    for number, pool in enumerate(many.pools):
        rules = [model_of(p, many.world) for p in pool.positions]
        assert found.covered[number] or is_hedged_to_nothing(rules)


def test_every_model_and_every_charge_is_tried_on_both_engines() -> None:
    rules = [cast("OffsetRule", rule) for stage in stages() for rule in stage.rules.lists["offset"]]
    charges = {type(charge) for rule in rules if isinstance(rule, Scenarios) for charge in rule.charges}
    assert {type(rule) for rule in rules} == set(get_args(OffsetRule))
    assert charges == set(get_args(ChargeRule))
