"""What the fast engine says of positions that net is what the exact one says, within the bound that it gives."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal, localcontext
from functools import cache
from typing import cast, get_args

import pytest
from msgspec import structs

from ringfence.batch.netting import LEFT, left_to_exact, netted
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
from tests.differential.populations import Population, population
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
        if bare != tuple(rules):
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


@on_stages()
def test_what_is_covered_is_off_by_no_more_than_its_bound(name: str) -> None:
    many = tried(name)
    found = netted(many.columns, many.setting)
    for number, pool in enumerate(many.pools):
        if not found.covered[number]:
            continue
        exact = exact_of(pool, many.world)
        assert exact is not None
        bound = Decimal(float(found.bound[number]))
        assert abs(Decimal(float(found.initial[number])) - exact.initial.value) <= bound, pool
        assert abs(Decimal(float(found.maintenance[number])) - exact.maintenance.value) <= bound, pool
        assert bound <= OF_GROSS * (gross(pool, many.world) + exact.initial.value)


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
