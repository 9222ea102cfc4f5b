"""What is left of a pool goes to the venue's fund or vault, at the prices that leave its owner with nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from ringfence.book import Position
from ringfence.core.number import ZERO
from ringfence.core.rounding import round_down, round_up
from ringfence.formula.requirement import flat_charge
from ringfence.ledger import Event, Posting
from ringfence.liquidation.bankruptcy import bankruptcy_prices, fee_to_close, net_worth, shares_of_equity
from ringfence.liquidation.stage import (
    FEES,
    INSURANCE,
    LOT,
    QUANTUM,
    Seized,
    Stage,
    closed,
    handed,
    is_due,
    moved,
    parted,
    text,
)
from ringfence.margin.judge import judge
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue import kinds

VAULT: Final = "venue:vault"
DELEVERAGING: Final = "venue:deleveraging"

_HOLDERS: Final = {"insurance": INSURANCE, "vault": VAULT, "winners": DELEVERAGING}


def take_over(stage: Stage, world: World, rule: kinds.TakeOver) -> tuple[tuple[Event, ...], Stage]:
    """Hand a pool that is still past its trigger to the fund; what its collateral does not cover is bad debt."""
    if not stage.pool.positions or not is_due(stage.pool, world):
        return (), stage
    judged = judge(stage.pool, world)
    if rule.below < 1 and judged.equity.value >= rule.below * judged.maintenance.value:
        return (), stage
    worth = net_worth(stage.pool, world)
    holder = _HOLDERS[rule.to]
    if rule.surplus == "owner" and worth > 0:
        return _at_mark(stage, world, holder)
    fund = stage.fund if rule.to != "winners" else ZERO
    return _with_everything(stage, world, holder, worth, max(fund, ZERO))


def _at_mark(stage: Stage, world: World, holder: str) -> tuple[tuple[Event, ...], Stage]:
    """Take the positions at mark: what the pool is worth stays with its owner."""
    pool, postings = stage.pool, list[Posting]()
    for position in stage.pool.positions:
        more, pool = closed(pool, position, position.contracts, world.mark(position.symbol), world, holder)
        postings += more
    event = Event("take_over", pool.id, tuple(postings), {"holder": holder, "price": "mark"})
    return (event,), replace(stage, pool=replace(pool, rest=None))


def _with_everything(
    stage: Stage, world: World, holder: str, worth: Decimal, fund: Decimal
) -> tuple[tuple[Event, ...], Stage]:
    pool = stage.pool
    prices = bankruptcy_prices(pool, world)
    fees = _fees(pool, prices, world)
    postings = [
        posting
        for position in pool.positions
        for posting in handed(position, position.contracts, pool, holder)
    ]
    postings += _everything(pool, holder, fees)
    facts = {"holder": holder, "worth": text(worth)}
    for label, price in prices.items():
        facts[f"bankruptcy_price {label}"] = "none" if price is None else text(price)
    facts |= {f"fee {asset}": text(fee) for asset, fee in fees.items()}
    worth -= sum((world.convert(fee, asset, pool.unit) for asset, fee in fees.items()), ZERO)
    bad_debt = max(-worth, ZERO)
    covered = min(bad_debt, fund)
    events = [Event("take_over", pool.id, tuple(postings), facts)]
    if bad_debt > 0:
        events.append(_bad_debt(pool, bad_debt, covered, ()))
    return tuple(events), replace(
        stage,
        pool=replace(pool, collateral=dict.fromkeys(pool.collateral, ZERO), positions=(), rest=None),
        fund=stage.fund + max(worth, ZERO) - covered,
        bad_debt=stage.bad_debt + bad_debt,
        covered=stage.covered + covered,
        seized=_seized(pool, world, holder, prices, 1 - covered / bad_debt) if covered < bad_debt else (),
    )


def _fees(pool: Pool, prices: Mapping[str, Decimal | None], world: World) -> dict[str, Decimal]:
    """Return what closing at the bankruptcy prices costs, by settlement asset: there the pool has that and no more."""
    due: dict[str, Decimal] = {}
    for position in pool.positions:
        rate, price, asset = fee_to_close(position, world), prices[position.label], world.settle(position)
        if rate > 0 and price is not None:
            fee = flat_charge(world.value_at(position, price), rate)
            due[asset] = due.get(asset, ZERO) + round_down(fee, QUANTUM)
    return due


def write_off(stage: Stage, world: World) -> tuple[tuple[Event, ...], Stage]:
    """Clear what a pool owes when nothing is left of its positions: forced sales may cost more than it had.

    It is bad debt. The fund pays what it can, and no other pool pays.
    """
    pool, debt = stage.pool, -net_worth(stage.pool, world)
    if pool.positions or pool.rest is not None or debt <= 0:
        return (), stage
    covered = min(debt, max(stage.fund, ZERO))
    return (_bad_debt(pool, debt, covered, _everything(pool, INSURANCE, {})),), replace(
        stage,
        pool=replace(pool, collateral=dict.fromkeys(pool.collateral, ZERO)),
        fund=stage.fund - covered,
        bad_debt=stage.bad_debt + debt,
        covered=stage.covered + covered,
    )


def _everything(pool: Pool, holder: str, fees: Mapping[str, Decimal]) -> list[Posting]:
    """Return the postings that pay fees and hand all collateral that is left, debts among it, to another account."""
    postings: list[Posting] = []
    for asset in dict.fromkeys([*pool.collateral, *fees]):
        fee = fees.get(asset, ZERO)
        left = pool.collateral.get(asset, ZERO) - fee
        postings += [*moved(fee, asset, pool.id, FEES), *moved(left, asset, pool.id, holder)]
    return postings


def _bad_debt(pool: Pool, amount: Decimal, covered: Decimal, postings: Iterable[Posting]) -> Event:
    facts = {"amount": text(amount), "covered_by_fund": text(covered)}
    return Event("bad_debt", pool.id, tuple(postings), facts)


def _seized(
    pool: Pool, world: World, holder: str, prices: dict[str, Decimal | None], unpaid: Decimal
) -> tuple[Seized, ...]:
    """Return what waits for deleveraging: of every position the part whose loss the fund could not pay."""
    shares = shares_of_equity(judge(pool, world), world)
    return tuple(Seized(_part(p, unpaid), holder, prices[p.label], shares[p.label]) for p in pool.positions)


def _part(position: Position, share: Decimal) -> Position:
    contracts = min(round_up(position.contracts * share, LOT), position.contracts)
    return parted(position, contracts)[0]
