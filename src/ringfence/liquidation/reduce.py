"""Steps that trade: forced orders against the market, and opposite legs against each other."""

from dataclasses import replace
from decimal import Decimal

from ringfence.book import Position
from ringfence.core.number import ZERO
from ringfence.core.rounding import round_down, round_up
from ringfence.formula.liquidation import (
    bankruptcy_rating,
    bankruptcy_value_of_change,
    fill_surplus,
    fillable_price,
    insurance_fee,
    surrendered,
)
from ringfence.formula.requirement import flat_charge
from ringfence.ledger import Event, Posting
from ringfence.liquidation.bankruptcy import bankruptcy_prices, net_worth
from ringfence.liquidation.size import need_on_first_tiers, tiers_of, wanted
from ringfence.liquidation.stage import (
    FEES,
    INSURANCE,
    MARKET,
    QUANTUM,
    Fill,
    Stage,
    charged,
    closed,
    moved,
    text,
)
from ringfence.margin.judge import is_triggered, judge
from ringfence.margin.node import Node
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue import kinds


def reduce(stage: Stage, world: World, rule: kinds.Reduce) -> tuple[tuple[Event, ...], Stage]:
    """Sell positions, or parts of them, to the market until the pool is safe or the step is exhausted."""
    if rule.covers_first_tier and not _covers_first_tier(stage.pool, world):
        return (), stage
    events: list[Event] = []
    for label in _order(stage.pool, world, rule):
        again = _is_wanted(label, stage)
        while again and _needs_more(stage.pool, world, rule):
            order = _order_for(label, stage, world, rule)
            if order is None:
                break
            event, stage = order
            events.append(event)
            again = rule.by == "tiers"
    return tuple(events), stage


def _is_wanted(label: str, stage: Stage) -> bool:
    """Return whether the market takes anything of a position at all."""
    return any(p.label == label and stage.fills.of(p.symbol) is not None for p in stage.pool.positions)


def _needs_more(pool: Pool, world: World, rule: kinds.Reduce) -> bool:
    """Return whether the step goes on: the trigger holds, or what the step stops at is not reached."""
    judged = judge(pool, world)
    need, equity = judged.maintenance.value + judged.closing_cost.value, judged.equity.value
    if is_triggered(judged, world) or need > rule.stop_ratio * equity:
        return True
    initial = judged.initial if rule.until == "initial" else None
    return isinstance(initial, Node) and equity < initial.value


def _covers_first_tier(pool: Pool, world: World) -> bool:
    judged = judge(pool, world)
    return judged.equity.value > need_on_first_tiers(pool, world) + judged.closing_cost.value


def _order(pool: Pool, world: World, rule: kinds.Reduce) -> list[str]:
    if rule.order == "book":
        return [position.label for position in pool.positions]
    values = {p.label: world.convert(world.value(p), world.settle(p), pool.unit) for p in pool.positions}
    return sorted(values, key=lambda label: -values[label])


def _order_for(label: str, stage: Stage, world: World, rule: kinds.Reduce) -> tuple[Event, Stage] | None:
    """Return what an order for a position does; None where the step sends none or nobody takes it."""
    position = next((p for p in stage.pool.positions if p.label == label), None)
    fill = stage.fills.of(position.symbol) if position is not None else None
    if position is None or fill is None or not _may_fill(position, fill, stage.pool, world, rule):
        return None

    def heals(contracts: Decimal) -> bool:
        sold = _sold(stage, position, contracts, fill, world, rule)
        return sold is not None and not _needs_more(sold[1].pool, world, rule)

    contracts = wanted(rule, position, fill, stage.pool, world, heals)
    sold = _sold(stage, position, contracts, fill, world, rule) if contracts > 0 else None
    if sold is None:
        return None
    postings, after = sold
    facts = _facts(position, contracts, fill, postings, stage, after, world, rule)
    return Event("reduce", stage.pool.id, postings, facts), after


def _may_fill(position: Position, fill: Fill, pool: Pool, world: World, rule: kinds.Reduce) -> bool:
    """Return whether a price is no worse than the step allows: the bankruptcy price, or the fillable one."""
    if rule.limit == "bankruptcy":
        least = bankruptcy_prices(pool, world)[position.label]
        return least is None or position.sign * (fill.price - least) >= 0
    if rule.adjustment is None or rule.spread is None:
        return True
    judged, sign = judge(pool, world), Decimal(world.value_sign(position))
    own = next(one for one in judged.charges if one.position.label == position.label)
    rating = bankruptcy_rating(rule.adjustment, judged.equity.value, judged.maintenance.value)
    size = sign * position.contracts * position.contract_size
    limit = fillable_price(sign * own.value, rating, rule.spread, own.maintenance.value, size)
    return sign * (fill.price - limit) >= 0


def _facts(
    position: Position,
    contracts: Decimal,
    fill: Fill,
    postings: tuple[Posting, ...],
    stage: Stage,
    after: Stage,
    world: World,
    rule: kinds.Reduce,
) -> dict[str, str]:
    settle = world.settle(position)
    to_venue = (p.amount for p in postings if p.asset == settle and p.account.startswith("venue:"))
    gain = (-p.amount for p in postings if p.asset == settle and p.account == MARKET)
    facts = {
        "symbol": position.symbol,
        "side": position.side,
        "contracts": text(contracts),
        "price": text(fill.price),
        "realised": text(sum(gain, ZERO)),
        "fee": text(sum(to_venue, ZERO)),
        "by": rule.by,
    }
    if rule.fee == "rate" and world.rules.fee("liquidation", world.facts(position)) is None:
        facts["fee_rate"] = "not known, taken at 0"
    if rule.by == "tiers":
        left = [p for p in after.pool.positions if p.label == position.label]
        facts["tier_before"] = str(tiers_of(position, stage.pool.positions, world).number)
        facts["tier_after"] = str(tiers_of(left[0], after.pool.positions, world).number) if left else "0"
    if rule.cooldown_seconds:
        facts["cooldown_seconds"] = str(rule.cooldown_seconds)
    return facts


def _sold(
    stage: Stage, position: Position, contracts: Decimal, fill: Fill, world: World, rule: kinds.Reduce
) -> tuple[tuple[Posting, ...], Stage] | None:
    """Return the postings of a forced sale and the stage after it; None where the fund would not pay for it."""
    postings, pool = closed(stage.pool, position, contracts, fill.price, world, MARKET)
    settle = world.settle(position)
    if rule.fee == "rate":
        fee = _fee(position, contracts, fill, pool, world)
        fund = stage.fund
        if rule.fee_to == "insurance":
            due = moved(fee, settle, pool.id, INSURANCE)
            fund += world.convert(fee, settle, pool.unit)
        else:
            due = moved(fee, settle, pool.id, FEES)
    else:
        share = _surplus(stage.pool, pool, position, contracts, fill, world, bounded=rule.fee == "surplus")
        due = moved(share, settle, pool.id, INSURANCE)
        fund = stage.fund + world.convert(share, settle, pool.unit)
        if share < 0 and fund < 0:
            return None
    return (*postings, *due), replace(
        stage,
        pool=charged(pool, due),
        fills=stage.fills.less(position.symbol, contracts),
        fund=fund,
        covered=stage.covered + max(stage.fund - fund, ZERO),
    )


def _fee(position: Position, contracts: Decimal, fill: Fill, after: Pool, world: World) -> Decimal:
    """Return the liquidation fee on a sale, and no more than the pool has left."""
    known = world.rules.fee("liquidation", world.facts(position))
    if known is None:
        return ZERO
    value = world.value_at(replace(position, contracts=contracts), fill.price)
    left = world.convert(net_worth(after, world), after.unit, world.settle(position))
    return round_down(max(min(flat_charge(value, known[0]), left), ZERO), QUANTUM)


def _surplus(
    before: Pool,
    after: Pool,
    position: Position,
    contracts: Decimal,
    fill: Fill,
    world: World,
    *,
    bounded: bool,
) -> Decimal:
    """Return what a sale brings the fund above the bankruptcy value; negative: what the fund adds."""
    facts = world.facts(position)
    rounding, known = world.rules.rounding(facts), world.rules.fee("liquidation", facts)
    quantum = rounding.quantum if rounding is not None else QUANTUM
    was, now = judge(before, world), judge(after, world)
    needed, sign = was.maintenance.value, Decimal(world.value_sign(position))
    given_up = round_down(surrendered(was.equity.value, needed - now.maintenance.value, needed), quantum)
    left = replace(position, contracts=position.contracts - contracts)
    change = world.kept(world.value(left), position) - world.kept(world.value(position), position)
    part = replace(position, contracts=contracts)
    received = sign * world.kept(world.value_at(part, fill.price), position)
    surplus = fill_surplus(received, bankruptcy_value_of_change(sign * change, given_up))
    share = insurance_fee(surplus, received, known[0] if known else ZERO) if bounded else surplus
    return round_down(share, quantum) if rounding is not None else round_up(share, QUANTUM)


def net_hedge(stage: Stage, world: World) -> tuple[tuple[Event, ...], Stage]:
    """Close opposite legs of one symbol against each other, at mark: no market is needed."""
    events: list[Event] = []
    for symbol in dict.fromkeys(p.symbol for p in stage.pool.positions):
        legs = [p for p in stage.pool.positions if p.symbol == symbol]
        if len({p.side for p in legs}) == 1:
            continue
        contracts, mark = min(p.contracts for p in legs), world.mark(symbol)
        postings: list[Posting] = []
        pool = stage.pool
        for leg in legs:
            more, pool = closed(pool, leg, contracts, mark, world, MARKET)
            postings += more
        facts = {"symbol": symbol, "contracts": text(contracts), "price": text(mark)}
        events.append(Event("net_hedge", pool.id, tuple(postings), facts))
        stage = replace(stage, pool=pool)
    return tuple(events), stage
