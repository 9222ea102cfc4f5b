"""What positions that are bought outright need on their own: short options, and spot."""

from decimal import Decimal
from typing import Literal

from ringfence.book import Instrument, Position
from ringfence.core.errors import MarketError, RulePackError
from ringfence.core.number import larger
from ringfence.formula.requirement import (
    flat_charge,
    long_option_charge,
    out_of_the_money,
    short_option_charge,
)
from ringfence.margin.node import Node
from ringfence.margin.tiers import ladder_of
from ringfence.margin.world import World
from ringfence.venue import kinds

_LONG = "a long option is paid for: nothing"


def terms_of(instrument: Instrument, world: World) -> tuple[Decimal, Literal[1, -1]]:
    """Return the strike of an option, and +1 for a call or -1 for a put.

    Raises:
        MarketError: the contract states no strike, or it has expired.

    """
    if instrument.strike is None or instrument.right is None or instrument.expires_at is None:
        raise MarketError(
            instrument.symbol,
            "it is an option without strike, right or expiry",
            "Describe it as [[instrument]]",
        )
    if instrument.expires_at <= world.at:
        raise MarketError(
            instrument.symbol,
            f"it expired at {instrument.expires_at:%Y-%m-%d %H:%M} UTC, and the book is of {world.at:%Y-%m-%d %H:%M}",
            "Drop it, or mend `at`",
        )
    return instrument.strike, 1 if instrument.right == "call" else -1


def option_charge(
    position: Position, world: World, rule: kinds.OptionRate, price: kinds.Basis = "mark"
) -> Node:
    """Return what an option needs by its venue's rule for single options, in its settlement asset.

    Raises:
        MarketError: it has expired, or a price is missing.

    """
    source = world.rules.page(rule.source)
    if position.sign > 0:
        return _bought(position, world, rule, price)
    own = _per_coin(position, world, rule, price)
    coins = position.contracts * position.contract_size
    held = world.rules.requirement("maintenance", world.facts(position))
    if rule.measure == "maintenance" or not rule.of_maintenance or not _is_for(rule, position, world):
        return Node("option", coins * own.value, "coins * per coin", {"coins": coins}, source, (own,))
    if not isinstance(held, kinds.OptionRate):
        raise RulePackError(
            world.rules.venue.id, "of_maintenance needs a maintenance rule for options", "Mend the pack"
        )
    least = _per_coin(position, world, held, price)
    return Node(
        "option",
        coins * larger(own.value, rule.of_maintenance * least.value),
        "coins * max(initial per coin, of_maintenance * maintenance per coin)",
        {"coins": coins, "of_maintenance": rule.of_maintenance},
        source,
        (own, least),
    )


def needs_nothing_bought(position: Position, world: World) -> bool:
    """Return whether a position is an option that was paid for, alone under a rule that asks nothing of its buyer."""
    if position.sign < 0 or not world.instrument(position.symbol).is_option:
        return False
    if not world.instrument(position.symbol).is_paid_for or position.maintenance_rate is not None:
        return False
    rules, facts = world.rules, world.facts(position)
    if (
        rules.offset(facts) is not None
        or rules.hedge(facts) is not None
        or rules.closing_cost(facts) is not None
    ):
        return False
    rule = rules.requirement("maintenance", facts)
    return isinstance(rule, kinds.OptionRate) and not rule.long_share


def _bought(position: Position, world: World, rule: kinds.OptionRate, price: kinds.Basis) -> Node:
    """Return what a long option needs: most venues nothing, some a share of what it is worth."""
    instrument, source = world.instrument(position.symbol), world.rules.page(rule.source)
    terms_of(instrument, world)
    if not rule.long_share:
        return Node("option", Decimal(0), _LONG, {}, source)
    coins = position.contracts * position.contract_size
    mark = world.price(position, price)
    unit = Decimal(1) if instrument.pays_in_coin else underlying_of(instrument, world, rule)
    each = long_option_charge(mark, rule.long_share, mark if rule.long_cap is None else rule.long_cap * unit)
    inputs = {
        "coins": coins,
        "mark": mark,
        "long_share": rule.long_share,
        "U": unit,
        "long_cap": rule.long_cap,
    }
    return Node("option", coins * each, "coins * min(long_share * mark, long_cap * U)", inputs, source)


def _is_for(rule: kinds.OptionRate, position: Position, world: World) -> bool:
    right = world.instrument(position.symbol).right
    return rule.mark_share_for in {"both", f"{right}s"}


def _per_coin(position: Position, world: World, rule: kinds.OptionRate, price: kinds.Basis) -> Node:
    instrument = world.instrument(position.symbol)
    strike, sign = terms_of(instrument, world)
    underlying = underlying_of(instrument, world, rule)
    distance, unit = out_of_the_money(Decimal(sign), strike, underlying), underlying
    if instrument.pays_in_coin:
        distance, unit = distance / underlying, Decimal(1)
    mark = world.price(position, price)
    floor = rule.mark_share * mark if _is_for(rule, position, world) else mark * 0
    core = short_option_charge(unit, distance, rule.base, rule.least, floor)
    factor = _factor(position, world, rule)
    premium = _premium(rule, mark, position)
    inputs = {
        "U": unit, "underlying": underlying, "out_of_the_money": distance, "mark": mark, "base": rule.base,
        "least": rule.least, "factor": factor, "premium": premium, "fee": rule.fee,
    }  # fmt: skip
    text = "factor * max(base * U - out of the money, least * U) + premium + fee * U"
    if floor:
        inputs["mark_share"] = rule.mark_share
        text = "factor * max(base * U - out of the money, least * U, mark_share * mark) + premium + fee * U"
    amount = factor * core + premium + flat_charge(unit, rule.fee)
    return Node(f"{rule.measure} per coin", amount, text, inputs, world.rules.page(rule.source))


def _premium(rule: kinds.OptionRate, mark: Decimal, position: Position) -> Decimal:
    match rule.premium:
        case "mark":
            return mark
        case "worse":
            return larger(mark, position.entry_price)
        case "none":
            return Decimal(0)


def underlying_of(instrument: Instrument, world: World, rule: kinds.OptionRate) -> Decimal:
    """Return the price of an option's underlying, as its rule takes it."""
    if rule.underlying == "index":
        return world.index(instrument.underlying)
    from ringfence.margin.options import forward_of  # noqa: PLC0415 - paid for by books with options

    return forward_of(instrument, world)


def _factor(position: Position, world: World, rule: kinds.OptionRate) -> Decimal:
    if not rule.tiered:
        return rule.factor
    ladder = ladder_of(position, world)
    rung = ladder.rungs[ladder.tier_of(position.contracts) - 1]
    return rule.factor if rung.maintenance_rate is None else rung.maintenance_rate


def spot_charge(position: Position, world: World, rule: kinds.SpotRate, price: kinds.Basis = "mark") -> Node:
    """Return what something owned or owed outright needs: a share of its value, in its settlement asset."""
    value = world.value(position, price)
    rate = rule.long if position.sign > 0 else rule.short
    inputs = {"value": value, "rate": rate}
    return Node("spot", flat_charge(value, rate), "value * rate", inputs, world.rules.page(rule.source))
