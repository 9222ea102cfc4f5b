"""What a pool's stock and options need by strategy rules, as a tree of the groups they were matched into."""

from collections.abc import Sequence
from decimal import Decimal

from ringfence.book import Position
from ringfence.margin.node import Node, sum_node
from ringfence.margin.pools import Pool
from ringfence.margin.strategy.groups import Group, groups_of
from ringfence.margin.strategy.legs import Leg, legs_of
from ringfence.margin.strategy.match import least_division
from ringfence.margin.world import World
from ringfence.venue.entry import Measure
from ringfence.venue.models import Strategies

_ZERO = Decimal(0)


def strategies_node(
    rule: Strategies, positions: Sequence[Position], measure: Measure, pool: Pool, world: World
) -> Node:
    """Return what the positions under a strategy rule need, in the unit of the pool; its parts are the classes."""
    parts = [
        _class_node(name, members, settle, rule, measure, pool, world)
        for (name, settle), members in _classes(rule, positions, world).items()
    ]
    return sum_node("strategies", parts, world.rules.page(rule.source))


def strategies_total(
    rule: Strategies, positions: Sequence[Position], measure: Measure, pool: Pool, world: World
) -> Decimal:
    """Return the same sum without its tree and the names of its groups: for searches."""
    total = _ZERO
    for (_, settle), members in _classes(rule, positions, world).items():
        legs = legs_of(members, rule, measure, world)
        division = least_division(legs, groups_of(legs, rule, measure), named=False)
        needed = sum(((g.net if rule.proceeds == "net" else g.gross) * n for g, n in division), _ZERO)
        total += world.convert(needed, settle, pool.unit)
    return total


def _classes(
    rule: Strategies, positions: Sequence[Position], world: World
) -> dict[tuple[str, str], list[Position]]:
    """Return positions by class and by what they are paid in."""
    classes: dict[tuple[str, str], list[Position]] = {}
    for position in positions:
        coin = world.instrument(position.symbol).underlying
        classes.setdefault((rule.together.get(coin, coin), world.settle(position)), []).append(position)
    return classes


def _class_node(
    name: str,
    members: Sequence[Position],
    settle: str,
    rule: Strategies,
    measure: Measure,
    pool: Pool,
    world: World,
) -> Node:
    legs = legs_of(members, rule, measure, world)
    _note_limit(name, legs, rule, world)
    division = least_division(legs, groups_of(legs, rule, measure))
    parts = tuple(_group_node(group, count, legs, rule, settle, pool, world) for group, count in division)
    totals = {
        key: world.convert(amount, settle, pool.unit)
        for key, amount in {
            "gross": sum((g.gross * n for g, n in division), _ZERO),
            "received": sum((g.received * n for g, n in division), _ZERO),
            "net": sum((g.net * n for g, n in division), _ZERO),
            "as_printed": sum((_as_printed(g) * n for g, n in division), _ZERO),
        }.items()
    }
    return Node(
        name, sum((part.value for part in parts), _ZERO), "the least sum of groups", totals,
        world.rules.page(rule.source), parts,
    )  # fmt: skip


def _as_printed(group: Group) -> Decimal:
    """Return what the manuals print for a group: spreads net of the premium that pays for them, all others gross."""
    return group.net if group.is_spread else group.gross


def _group_node(
    group: Group,
    count: Decimal,
    legs: Sequence[Leg],
    rule: Strategies,
    settle: str,
    pool: Pool,
    world: World,
) -> Node:
    each = group.net if rule.proceeds == "net" else group.gross
    held = ", ".join(
        f"{take * count * legs[number].sign:+f} {legs[number].position.symbol}"
        for number, take in group.takes.items()
    )
    inputs: dict[str, object] = {
        "groups": count, "legs": held, "gross": group.gross, "received": group.received,
        "as_printed": _as_printed(group), **group.inputs,
    }  # fmt: skip
    text = f"groups * ({group.formula}{' - received' if rule.proceeds == 'net' else ''})"
    value = world.convert(each * count, settle, pool.unit)
    return Node(group.name, value, text, inputs, world.rules.page(rule.source))


def _note_limit(name: str, legs: Sequence[Leg], rule: Strategies, world: World) -> None:
    options = sum(leg.kind != "stock" for leg in legs)
    if options > rule.sought:
        world.notes[
            f"{name}: {options} option legs: butterflies, condors and the like are sought among {rule.sought} at "
            "most, so the requirement may be less than this"
        ] = None
