"""What a pool has: its collateral after cuts, and what of its positions counts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import assert_never

from msgspec import structs

from ringfence.formula.collateral import after_second_cut, band_value, top_band_value
from ringfence.formula.contract import unrealized_pnl
from ringfence.formula.equity import loss_counted
from ringfence.margin.charge import Charge
from ringfence.margin.node import Node, sum_node
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.venue import kinds


def collateral_node(pool: Pool, pnl: Mapping[str, Decimal], world: World) -> tuple[Node, dict[str, Decimal]]:
    """Return what the collateral counts for, and the P&L that is still to be added to it.

    Where an asset's ratio bites on balance and P&L together, the P&L is already inside.
    """
    left = dict(pnl)
    parts = []
    for asset in dict.fromkeys([*pool.collateral, *(pnl if pool.ratios else ())]):
        amount = pool.collateral.get(asset, Decimal(0))
        rule = world.rules.collateral(asset) if pool.ratios else None
        if pool.ratios and world.rules.pnl_cut_with_balance(asset):
            amount = amount + left.pop(asset, Decimal(0))
        parts.append(_counted(asset, amount, rule, pool, world))
    return sum_node("collateral value", parts), left


def _counted(asset: str, amount: Decimal, rule: kinds.Collateral | None, pool: Pool, world: World) -> Node:
    if pool.kind == "cross" and amount < 0 and _is_asked_for(asset, world):
        return Node(asset, amount * 0, "a debt that the requirement asks for", {"amount": amount})
    if not pool.ratios or amount <= 0:
        return Node(asset, world.convert(amount, asset, pool.unit), "amount * index", {"amount": amount})
    switched_off = world.rules.settings.get("collateral_off", ())
    if isinstance(switched_off, list | tuple) and asset in switched_off:
        return Node(asset, amount * 0, "switched off by the holder", {"amount": amount}, "the book")
    if rule is None:
        world.notes[
            f"{world.rules.venue.id} states no collateral ratio for {asset} in this pack: it counts for nothing"
        ] = None
        return Node(asset, amount * 0, "no collateral ratio known", {"amount": amount})
    if rule.status == "uncertain":
        world.notes[f"{world.rules.venue.id}: the collateral ratio of {asset} is uncertain"] = None
    price = world.convert(Decimal(1), asset, pool.unit)
    size = amount if rule.unit == "coin" else amount * price
    banded = banded_value(size, rule.bands)
    worth = after_second_cut(banded * price if rule.unit == "coin" else banded, rule.second_cut)
    inputs = {"amount": amount, "index": price, "second_cut": rule.second_cut}
    return Node(asset, worth, "bands of ratio * amount * index", inputs, world.rules.page(rule.source))


def _is_asked_for(asset: str, world: World) -> bool:
    """Return whether a debt in an asset stands in the requirement, and not in the equity."""
    rule = world.rules.debt(asset) if world.rules.lists["debt"] else None
    return rule is not None and rule.counted == "requirement"


def beyond_borrowing(pool: Pool, pnl: Mapping[str, Decimal], world: World) -> Decimal:
    """Return what keeps a pool alive, and yet nothing may be borrowed against: in the pool's unit."""
    total = Decimal(0)
    for asset, amount in pool.collateral.items() if pool.ratios else ():
        rule = world.rules.collateral(asset)
        if rule is None or rule.borrow is None:
            continue
        held = amount + (pnl.get(asset, Decimal(0)) if rule.pnl == "with_balance" else Decimal(0))
        less = _at_borrowing(rule)
        total += (
            _counted(asset, held, rule, pool, world).value - _counted(asset, held, less, pool, world).value
        )
    return total


def _at_borrowing(rule: kinds.Collateral) -> kinds.Collateral:
    """Return a collateral rule under which no part counts for more than may be borrowed against it."""
    most = rule.borrow if rule.borrow is not None else Decimal(1)
    bands = tuple(kinds.Band(cap=band.cap, ratio=min(band.ratio, most)) for band in rule.bands)
    return structs.replace(rule, bands=bands)


def banded_value(size: Decimal, bands: Sequence[kinds.Band]) -> Decimal:
    """Return what an amount counts for, each band at its own ratio; above the last cap, nothing."""
    worth, lower = size * 0, Decimal(0)
    for band in bands:
        if band.cap is None:
            return worth + top_band_value(size, lower, band.ratio)
        worth = worth + band_value(size, lower, band.cap, band.ratio)
        lower = band.cap
    return worth


def _locked_losses(charges: Sequence[Charge], pool: Pool, world: World) -> dict[str, Decimal]:
    """Return what is lost between the entries of matched legs, by symbol, where the venue keeps it reserved."""
    locked = {}
    for one in charges:
        rule = world.rules.hedge(world.facts(one.position))
        short = [c for c in charges if c.position.symbol == one.position.symbol and c.position.sign < 0]
        if rule is None or rule.kind != "net_locked" or one.position.sign < 0 or not short:
            continue
        matched = min(one.position.contracts, short[0].position.contracts)
        value_sign = Decimal(world.value_sign(one.position))
        bought = world.value_at(replace(one.position, contracts=matched), one.position.entry_price)
        sold = world.value_at(replace(one.position, contracts=matched), short[0].position.entry_price)
        lost = -min(unrealized_pnl(value_sign, bought, sold), Decimal(0))
        locked[one.position.symbol] = world.convert(lost, world.settle(one.position), pool.unit)
    return locked


def claims_by_asset(charges: Sequence[Charge], world: World) -> dict[str, Decimal]:
    """Return what equity counts of positions, by the asset in which they pay."""
    pnl: dict[str, Decimal] = {}
    for one in charges:
        settle, counted = world.settle(one.position), _counted_claim(one, world)
        pnl[settle] = pnl[settle] + counted if settle in pnl else counted
    return pnl


def equity_nodes(pool: Pool, charges: Sequence[Charge], world: World) -> tuple[Node, Node, Node]:
    """Return what a pool's collateral counts for, its unrealised P&L, and its equity, in the pool's unit."""
    pnl = claims_by_asset(charges, world)
    collateral, left = collateral_node(pool, pnl, world)
    unrealized = Node("unrealised P&L", _open_pnl(pool, charges, world), "sum of parts")
    added = sum((world.convert(amount, asset, pool.unit) for asset, amount in left.items()), Decimal(0) * 0)
    counted = _counted_pnl(added, left, pool, charges, world)
    held = any(world.instrument(one.position.symbol).is_paid_for for one in charges)
    name = "unrealised P&L and options counted" if held else "unrealised P&L counted"
    parts = [collateral, Node(name, counted, "P&L at index")]
    if pool.rest is not None:
        parts.append(Node("the rest", pool.rest.equity, "as the book states", {}, "the book"))
    return collateral, unrealized, sum_node("equity", parts)


def _open_pnl(pool: Pool, charges: Sequence[Charge], world: World) -> Decimal:
    """Return the P&L of futures: what was paid for has none, it is worth what it is worth."""
    total = Decimal(0) * 0
    for one in charges:
        if not world.instrument(one.position.symbol).is_paid_for:
            total = total + world.convert(one.unrealized_pnl, world.settle(one.position), pool.unit)
    return total


def _counted_claim(one: Charge, world: World) -> Decimal:
    """Return what equity may count of a position: P&L, or what something that was paid for is worth, if anything."""
    payoff = world.instrument(one.position.symbol).payoff
    if payoff not in {"option", "spot"}:
        return one.unrealized_pnl
    rule = world.rules.equity(world.facts(one.position))
    counts = rule is None or (rule.options if payoff == "option" else rule.spot) == "worth"
    return one.position.sign * one.value if counts else one.value * 0


def _owned(left: Mapping[str, Decimal], pool: Pool, charges: Sequence[Charge], world: World) -> Decimal:
    """Return what equity counts of positions that were paid for: their premium is in the wallet, loss or gain."""
    total = Decimal(0) * 0
    for one in charges:
        settle = world.settle(one.position)
        if world.instrument(one.position.symbol).is_paid_for and settle in left:
            total = total + world.convert(_counted_claim(one, world), settle, pool.unit)
    return total


def _counted_pnl(
    pnl: Decimal, left: Mapping[str, Decimal], pool: Pool, charges: Sequence[Charge], world: World
) -> Decimal:
    """Return what counts of P&L and of what was paid for; of P&L, where the venue says so, losses alone."""
    rule = world.rules.equity(world.facts(pool.positions[0])) if pool.positions else None
    kind = rule.unrealized if rule is not None else "all"
    if kind == "all":
        return pnl
    locked, owned = _locked_losses(charges, pool, world), _owned(left, pool, charges, world)
    match kind:
        case "losses":
            return owned + loss_counted(pnl - owned, sum(locked.values(), pnl * 0))
        case "losses_by_symbol":
            of_symbol: dict[str, Decimal] = {}
            for one in charges:
                symbol = one.position.symbol
                if not world.instrument(symbol).is_paid_for:
                    gain = world.convert(one.unrealized_pnl, world.settle(one.position), pool.unit)
                    of_symbol[symbol] = of_symbol[symbol] + gain if symbol in of_symbol else gain
            counted = (loss_counted(gain, locked.get(s, pnl * 0)) for s, gain in of_symbol.items())
            return sum(counted, owned)
        case other:
            assert_never(other)
