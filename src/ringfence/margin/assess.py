"""From a book to its health: what ``ringfence margin`` prints."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import Final, Literal

from ringfence.book import Book, Order, Position
from ringfence.core.errors import MarketError
from ringfence.core.number import EXACT
from ringfence.margin.charge import Charge
from ringfence.margin.crossings import Crossings, crossings_of
from ringfence.margin.curved_prices import prices_of
from ringfence.margin.greeks import Greeks, greeks_of
from ringfence.margin.judge import Judgement, is_triggered, judge
from ringfence.margin.nearest import NearestMove, nearest_move
from ringfence.margin.node import Missing, Node, sum_node
from ringfence.margin.orders import order_cost
from ringfence.margin.pools import Cut, Partition, Pool, partition
from ringfence.margin.prices import Prices
from ringfence.margin.snapshot import Holding, Snapshot
from ringfence.margin.standing import alerts_of, displayed_ratio
from ringfence.margin.transfers import addable, available, removable, withdrawable
from ringfence.margin.world import World
from ringfence.venue import RulePack, rules_apart, rules_of

Status = Literal["healthy", "below_initial", "liquidatable", "bankrupt"]


@dataclass(frozen=True, slots=True)
class PositionHealth:
    """A position's numbers, in its settlement asset; ``sigma_daily`` is its coin's daily volatility.

    ``crossings``: every change of its pool's state along its price, where they were asked for.
    """

    charge: Charge
    settle: str
    order_cost: Decimal | None
    prices: Prices
    mark: Decimal
    sigma_daily: Decimal | None
    crossings: Crossings | None = None

    @property
    def position(self) -> Position:
        """Return the position."""
        return self.charge.position

    @property
    def maintenance(self) -> Decimal | None:
        """Return what the position needs on its own; None where a portfolio model asks for it with others."""
        return None if self.charge.netted else self.charge.maintenance.value

    @property
    def distance(self) -> Decimal | None:
        """Return the move to the liquidation price, as a fraction of the mark; of an option, of its underlying."""
        if self.prices.liquidation is None:
            return None
        return self.prices.liquidation / (self.prices.base or self.mark) - 1

    @property
    def distance_sigmas(self) -> Decimal | None:
        """Return that distance in daily sigmas, unsigned; None without a volatility."""
        if self.distance is None or not self.sigma_daily:
            return None
        return abs(self.distance) / self.sigma_daily


@dataclass(frozen=True, slots=True)
class PoolHealth:
    """A pool's numbers, in its unit.

    alerts      the venue's levels below the trigger that it has passed
    addable     isolated: what the cross pool may put into its wallet
    removable   isolated: what may be taken out of its wallet
    greeks      by coin and expiry, where it holds options
    """

    judged: Judgement
    status: Status
    alerts: tuple[str, ...]
    available: Decimal | None
    withdrawable: Decimal | None
    addable: Decimal | None
    removable: Decimal | None
    displayed_ratio: Decimal | None
    requirement: Node
    nearest: NearestMove | Missing
    positions: tuple[PositionHealth, ...]
    greeks: tuple[Greeks, ...] = ()

    @property
    def pool(self) -> Pool:
        """Return the pool."""
        return self.judged.pool

    @property
    def margin_ratio(self) -> Decimal | None:
        """Return maintenance over equity; None where equity is not positive."""
        equity = self.judged.equity.value
        return self.judged.maintenance.value / equity if equity > 0 else None


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """An account's pools and what may be said of it as a whole, in ``unit``; ``world``: what it was judged in."""

    book: Book
    world: World
    partition: Partition
    pools: tuple[PoolHealth, ...]
    unit: str
    equity: Decimal | None
    available: Decimal | None
    withdrawable: Decimal | None
    effective_leverage: Decimal | None
    warnings: tuple[str, ...]

    @property
    def rules(self) -> RulePack:
        """Return the rules it was judged by."""
        return self.world.rules


@dataclass(frozen=True, slots=True)
class Health:
    """The health of every account of a snapshot under one mode and cut."""

    accounts: tuple[AccountHealth, ...]
    mode: str
    cut: str
    digests: dict[str, str]
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return what it is; what it holds is for tables and figures."""
        shown = ", ".join(f"{one.book.account} on {one.book.venue}" for one in self.accounts)
        return f"<Health of {shown}: {self.mode}, cut {self.cut}>"


def world_of(holding: Holding, venue: str | None = None, account_mode: str | None = None) -> World:
    """Return a holding's market in the words of its rules (or of another venue's, or another account mode's)."""
    rules = rules_of(holding.book, venue, account_mode)
    return World(holding.market, holding.book.instruments, rules, at=holding.book.at)


def world_in(holding: Holding, mode: str) -> World:
    """Return a holding's market in the words of the rules of a mode.

    An account mode of the venue has its own; isolated positions stand each alone, so nothing nets among them.
    """
    world = world_of(holding)
    if mode in {one.id for one in world.rules.modes()}:
        return world_of(holding, account_mode=mode)
    return replace(world, rules=rules_apart(holding.book, world.rules)) if mode == "isolated" else world


def assess(
    snapshot: Snapshot, *, mode: str = "as-held", cut: Cut = "at-leverage", all_crossings: bool = False
) -> Health:
    """Return the health of every account: requirements, equity, status, prices, pool by pool.

    Args:
        snapshot: what ``ringfence.read`` returned.
        mode: as-held, isolated, cross, or an account mode of the venue.
        cut: how collateral is divided where the mode takes a shared pool apart.
        all_crossings: also find every price at which a pool dies or recovers, not only the nearest on each side.

    Raises:
        BookError: mode or cut is unknown.
        MarketError: a mark or an index is missing.
        RulePackError: the pack has no rule for something that is held.

    """
    with localcontext(EXACT):
        accounts = tuple(assess_account(holding, mode, cut) for holding in snapshot.holdings)
        accounts = tuple(map(_with_crossings, accounts)) if all_crossings else accounts
    shown_cut = accounts[0].partition.cut if accounts else cut
    return Health(accounts, mode, shown_cut, digests(snapshot, accounts), snapshot.warnings)


def assess_today(snapshot: Snapshot, *, mode: str = "as-held", cut: Cut = "at-leverage") -> Health:
    """Return the health of every account without what is looked for elsewhere: no position has prices, no pool a move.

    For who asks about requirements and equity alone. See ``assess``.
    """
    with localcontext(EXACT):
        accounts = tuple(assess_account(holding, mode, cut, searched=False) for holding in snapshot.holdings)
    shown_cut = accounts[0].partition.cut if accounts else cut
    return Health(accounts, mode, shown_cut, digests(snapshot, accounts), snapshot.warnings)


def assess_account(
    holding: Holding, mode: str = "as-held", cut: Cut = "at-leverage", *, searched: bool = True
) -> AccountHealth:
    """Return the health of one account. See ``assess``."""
    world = world_in(holding, mode)
    cut_up = partition(holding.book, world, mode, cut)
    return assess_partition(holding.book, world, cut_up, searched=searched)


def assess_partition(book: Book, world: World, cut_up: Partition, *, searched: bool = True) -> AccountHealth:
    """Return the health of an account that is already cut into pools."""
    shared = [judge(pool, world) for pool in cut_up.pools if pool.kind == "cross"]
    pools = tuple(assess_pool(pool, world, shared, searched=searched) for pool in cut_up.pools)
    unit = _account_unit(pools, world)
    return AccountHealth(
        book=book,
        world=world,
        partition=cut_up,
        pools=pools,
        unit=unit,
        equity=_total([(p.judged.equity.value, p.pool.unit) for p in pools], unit, world),
        available=_total(
            [(p.available, p.pool.unit) for p in pools if p.pool.kind != "isolated"], unit, world
        ),
        withdrawable=_total(
            [(p.withdrawable, p.pool.unit) for p in pools if p.pool.kind != "isolated"], unit, world
        ),
        effective_leverage=_effective_leverage(pools, unit, world),
        warnings=(*_warnings(pools, world), *cut_up.notes, *world.notes),
    )


def _with_crossings(account: AccountHealth) -> AccountHealth:
    """Return the health of an account with every change of state along the price of each of its positions."""

    def with_all(health: PoolHealth) -> PoolHealth:
        found = crossings_of(health.pool, health.judged, account.world)
        positions = (replace(one, crossings=found[one.position.label]) for one in health.positions)
        return replace(health, positions=tuple(positions))

    return replace(account, pools=tuple(map(with_all, account.pools)))


def _warnings(pools: Sequence[PoolHealth], world: World) -> list[str]:
    found = []
    if world.rules.settings.get("auto_top_up") and any(h.pool.kind == "isolated" for h in pools):
        found.append("auto_top_up is on: isolated positions are judged on what stands on them now")
    for health in pools:
        initial = health.judged.initial
        if isinstance(initial, Missing):
            found.append(f"{health.pool.id}: initial_requirement is null: {initial.reason}")
        if isinstance(health.nearest, Missing) and health.positions:
            found.append(f"{health.pool.id}: nearest_move is null: {health.nearest.reason}")
    return list(dict.fromkeys(found))


def _account_unit(pools: Sequence[PoolHealth], world: World) -> str:
    units = {p.pool.unit for p in pools}
    return next(iter(units)) if len(units) == 1 else world.rules.account_mode.unit


def _total(amounts: Sequence[tuple[Decimal | None, str]], unit: str, world: World) -> Decimal | None:
    total = Decimal(0)
    for amount, asset in amounts:
        if amount is None:
            return None
        try:
            total += world.convert(amount, asset, unit)
        except MarketError as gap:
            world.notes[f"account totals are null: {gap}"] = None
            return None
    return total


def _effective_leverage(pools: Sequence[PoolHealth], unit: str, world: World) -> Decimal | None:
    notional = _total([(p.charge.value, p.settle) for h in pools for p in h.positions], unit, world)
    equity = _total([(h.judged.equity.value, h.pool.unit) for h in pools], unit, world)
    return notional / equity if notional is not None and equity is not None and equity > 0 else None


def status_of(judged: Judgement, world: World) -> Status:
    """Return how a pool stands."""
    if judged.charges and judged.equity.value < 0:
        return "bankrupt"
    if is_triggered(judged, world):
        return "liquidatable"
    if not isinstance(judged.initial, Missing) and judged.equity.value < judged.initial.value:
        return "below_initial" if judged.charges or judged.initial.value > 0 else "healthy"
    return "healthy"


_UNASKED: Final = Prices(None, None, None, None, None, None)


def assess_pool(
    pool: Pool, world: World, cross: Sequence[Judgement] = (), *, searched: bool = True
) -> PoolHealth:
    """Return the health of one pool.

    Args:
        pool: the pool.
        world: prices and rules.
        cross: the shared pools beside it, from which it may be topped up.
        searched: with prices and the nearest move, which are looked for.

    """
    judged = judge(pool, world)
    prices = prices_of(pool, judged, world) if searched else {}
    return PoolHealth(
        judged=judged,
        status=status_of(judged, world),
        alerts=alerts_of(judged, world),
        available=available(judged),
        withdrawable=withdrawable(judged, world),
        addable=addable(judged, cross, world),
        removable=removable(judged, world),
        displayed_ratio=displayed_ratio(judged, world),
        requirement=sum_node("requirement", (judged.maintenance, judged.closing_cost)),
        nearest=nearest_move(pool, judged, world) if searched else Missing("it is not asked for"),
        positions=tuple(
            _position_health(one, prices.get(one.position.label, _UNASKED), world) for one in judged.charges
        ),
        greeks=greeks_of(pool, world),
    )


def sigma_daily(world: World, symbol: str) -> Decimal | None:
    """Return the daily volatility of a symbol's coin, a fraction; None where it is not known."""
    annual = world.market.vols.get(world.instrument(symbol).underlying)
    return None if annual is None else annual / Decimal(365).sqrt()


def _position_health(one: Charge, prices: Prices, world: World) -> PositionHealth:
    position = one.position
    return PositionHealth(
        charge=one,
        settle=world.settle(position),
        order_cost=None if one.netted else _order_cost(position, world),
        prices=prices,
        mark=world.mark(position.symbol),
        sigma_daily=sigma_daily(world, position.symbol),
    )


def _order_cost(position: Position, world: World) -> Decimal | None:
    """Return what opening the position at its entry price cost at today's mark."""
    order = Order(
        position.symbol, "buy" if position.sign > 0 else "sell", position.contracts, position.entry_price,
        position.contract_size, position.leverage, position.margin_mode,
    )  # fmt: skip
    cost = order_cost(order, world)
    return None if isinstance(cost, Missing) else sum((node.value for node in cost), Decimal(0))


def digests(snapshot: Snapshot, accounts: Sequence[AccountHealth | World]) -> dict[str, str]:
    """Return what fixes a result: digests of the books, of their markets and of the rules that judged them."""
    return {
        "book": digest([plain(h.book) for h in snapshot.holdings]),
        "market": digest([plain(h.market) for h in snapshot.holdings]),
        "rules": digest([account.rules.digest for account in accounts]),
    }


def digest(parts: Sequence[object]) -> str:
    """Return a short digest of what has a fixed text. See ``plain``."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def plain(record: object) -> object:
    """Return a record as nested tuples in a fixed order, so that its text depends on nothing else."""
    slots = getattr(type(record), "__dataclass_fields__", None)
    if slots is not None:
        return tuple((name, plain(getattr(record, name))) for name in slots)
    if hasattr(record, "items"):
        return tuple(sorted((str(key), plain(value)) for key, value in record.items()))
    if isinstance(record, tuple | list):
        return tuple(plain(item) for item in record)
    return format(record.normalize(), "f") if isinstance(record, Decimal) else repr(record)
