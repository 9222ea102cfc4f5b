"""An account while its marks move: how far each position is from its end after every tick, and what to raise.

Collateral is cut into pools once, as the account stands at the beginning; a tick moves prices and no collateral.
Only what a ladder shows is judged.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext

from ringfence.book import Position
from ringfence.contrast.limit import Limit, joint_sigmas, why_unknown
from ringfence.core.errors import BookError, nearest, suggestion
from ringfence.core.number import EXACT
from ringfence.margin.assess import Status, sigma_daily, status_of, world_in
from ringfence.margin.judge import Judgement, judge
from ringfence.margin.nearest import nearest_move
from ringfence.margin.pools import Cut, Partition, Pool, partition
from ringfence.margin.prices import first_death
from ringfence.margin.snapshot import Holding, Snapshot
from ringfence.margin.world import World
from ringfence.venue import resolve_instrument


@dataclass(frozen=True, slots=True)
class Tick:
    """New prices that hold together.

    place    where they were written, for a complaint
    number   of the line
    at       the instant, as it was written; "" where the line has none
    prices   symbol or coin, as it was written -> price
    """

    place: str
    number: int
    at: str
    prices: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Rung:
    """One position on the ladder.

    account      whose it is; "" where there is only one
    price        the mark at which its pool dies, where it moves alone; None: never
    other_side   whether it is met where the position gains, and nowhere where it loses
    sigma        the daily volatility of its coin, a fraction; None: not known
    joint        the nearest joint move that kills its pool [sigma]; None: there is none, or nobody asked
    """

    account: str
    pool: str
    status: Status
    position: Position
    mark: Decimal
    price: Decimal | None
    other_side: bool
    sigma: Decimal | None
    joint: Decimal | None = None

    @property
    def pool_name(self) -> str:
        """Return account and pool."""
        return f"{_prefix(self.account)}{self.pool}"

    @property
    def name(self) -> str:
        """Return account, symbol and side, which name a position among several accounts."""
        return f"{_prefix(self.account)}{self.position.label}"

    @property
    def distance(self) -> Decimal | None:
        """Return the move to that price, as a fraction of the mark."""
        return None if self.price is None else self.price / self.mark - 1

    @property
    def sigmas(self) -> Decimal | None:
        """Return that move in daily sigmas of the coin, unsigned."""
        return None if self.distance is None or not self.sigma else abs(self.distance) / self.sigma


@dataclass(frozen=True, slots=True)
class Ladder:
    """All positions, the one nearest to its end first, and the pools, as they were judged."""

    rungs: tuple[Rung, ...]
    pools: Mapping[str, tuple[Status, Judgement]]


@dataclass(frozen=True)
class Watched:
    """One account: its pools, its market at the beginning, and its market now."""

    holding: Holding
    cut_up: Partition
    start: World
    world: World
    meanings: dict[str, str | None] = field(default_factory=dict, repr=False, compare=False)

    def meant(self, name: str) -> str | None:
        """Return the symbol or the coin that a name means here; None: this account has none of the kind."""
        if name not in self.meanings:
            self.meanings[name] = self._found(name)
        return self.meanings[name]

    def _found(self, name: str) -> str | None:
        contracts = self.holding.book.instruments
        coin = self.start.rules.asset(name)
        coin = coin if coin in self._coins() else self.start.rules.asset(name.upper())
        if name in contracts:
            return name
        if coin in self._coins():
            of_coin = [symbol for symbol, one in contracts.items() if one.underlying == coin]
            return of_coin[0] if len(of_coin) == 1 else coin
        try:
            symbol = resolve_instrument(name, self.start.rules, name).symbol
        except BookError:
            return None
        return symbol if symbol in contracts else None

    def _coins(self) -> set[str]:
        return Snapshot((self.holding,)).coins()

    def words(self) -> set[str]:
        """Return every symbol and coin that a tick may name."""
        return {*self.holding.book.instruments, *self._coins()}

    def after(self, prices: Mapping[str, Decimal]) -> "Watched":
        """Return the account after some prices have changed; names of other accounts are passed over."""
        marks, indices = dict(self.world.market.marks), dict(self.world.market.indices)
        for name, price in prices.items():
            word = self.meant(name)
            if word is None:
                continue
            if word in self.holding.book.instruments:
                there = self._with_mark(word, price)
                marks[word] = price
                coin = self.start.instrument(word).underlying
                indices |= {coin: there[coin]} if coin in there else {}
            else:
                marks |= self._of_coin(word, price)
                indices[word] = price
        return replace(
            self, world=replace(self.world, market=replace(self.world.market, marks=marks, indices=indices))
        )

    def _with_mark(self, symbol: str, price: Decimal) -> Mapping[str, Decimal]:
        """Return the indices when one mark is elsewhere. From the beginning: two contracts move a coin once."""
        if symbol not in self.start.market.marks:
            return {}
        return self.start.moved(symbol, price).market.indices

    def _of_coin(self, coin: str, price: Decimal) -> dict[str, Decimal]:
        """Return the marks of a coin's contracts where its index is elsewhere: each keeps its ratio to it."""
        marks = self.start.market.marks
        moving = [
            s for s, one in self.holding.book.instruments.items() if one.underlying == coin and s in marks
        ]
        return {symbol: marks[symbol] * (price / self.start.index(coin)) for symbol in moving}


def watched(snapshot: Snapshot, mode: str = "as-held", cut: Cut = "at-leverage") -> tuple[Watched, ...]:
    """Return the accounts of a snapshot, cut into pools.

    Args:
        snapshot: what ``ringfence.read`` returned.
        mode: as-held, isolated, cross, or an account mode of the venue.
        cut: how collateral is divided where the mode takes a shared pool apart.

    Raises:
        InputError: mode or cut is unknown, or the cut needs what is missing.

    """
    found = []
    with localcontext(EXACT):
        for holding in snapshot.holdings:
            world = world_in(holding, mode)
            found.append(Watched(holding, partition(holding.book, world, mode, cut), world, world))
    return tuple(found)


def after_tick(accounts: Sequence[Watched], tick: Tick, *, others: bool = False) -> tuple[Watched, ...]:
    """Return the accounts with the marks of a tick.

    Args:
        accounts: as they stood.
        tick: prices by symbol or coin.
        others: pass over names that no account has, instead of complaining.

    Raises:
        BookError: no account has a symbol or coin of that name.

    """
    for name in [] if others else tick.prices:
        if all(account.meant(name) is None for account in accounts):
            raise _unknown(name, accounts, tick.place)
    with localcontext(EXACT):
        return tuple(account.after(tick.prices) for account in accounts)


def _unknown(name: str, accounts: Sequence[Watched], place: str) -> BookError:
    known = set().union(*(account.words() for account in accounts))
    spelled = {symbol.partition(":")[0].replace("/", ""): symbol for symbol in known if "/" in symbol}
    near = nearest(name, spelled)
    options = suggestion(name, known) if near is None else f"Did you mean {spelled[near]!r}?"
    return BookError(
        place, f"the book has no symbol or coin {name!r}", f"{options} --others passes over what it has not"
    )


def ladder(accounts: Sequence[Watched], *, joint: bool = False) -> Ladder:
    """Return how far every position is from its end, the nearest first.

    Args:
        accounts: as they stand.
        joint: look for the nearest joint move of each pool, too, which takes longer.

    Raises:
        MarketError: a mark or an index is missing.

    """
    rungs: list[Rung] = []
    pools: dict[str, tuple[Status, Judgement]] = {}
    with localcontext(EXACT):
        for account in accounts:
            owner = account.holding.book.account if len(accounts) > 1 else ""
            for pool in account.cut_up.pools:
                judged = judge(pool, account.world)
                status = status_of(judged, account.world)
                pools[_prefix(owner) + pool.id] = (status, judged)
                near = joint_sigmas(nearest_move(pool, judged, account.world)) if joint else None
                found = (_rung(p, owner, pool, judged, status, account.world) for p in pool.positions)
                rungs += [replace(rung, joint=near) for rung in found]
        return Ladder(tuple(sorted(rungs, key=_nearness)), pools)


def _rung(
    position: Position, owner: str, pool: Pool, judged: Judgement, status: Status, world: World
) -> Rung:
    price, other_side = first_death(pool, judged, world, position)
    return Rung(
        account=owner,
        pool=pool.id,
        status=status,
        position=position,
        mark=world.mark(position.symbol),
        price=price,
        other_side=other_side,
        sigma=sigma_daily(world, position.symbol),
    )


def _prefix(account: str) -> str:
    return f"{account}/" if account else ""


def _nearness(rung: Rung) -> tuple[bool, Decimal]:
    return rung.distance is None, abs(rung.distance or Decimal(0))


def why_unjudged(accounts: Iterable[Watched], limit: Limit) -> str:
    """Return why distances cannot be told in the unit of a limit; "" where they can."""
    with localcontext(EXACT):
        held = [(one.world, position.symbol) for one in accounts for position in one.holding.book.positions]
        pools = [(one.world, pool) for one in accounts for pool in one.cut_up.pools if pool.positions]
        moves = (nearest_move(pool, judge(pool, world), world) for world, pool in pools)
        return why_unknown(limit, held, moves)


@dataclass
class Watch:
    """What has been raised and still stands: each is said once, and again only after it was over."""

    limit: Limit | None
    near: set[str] = field(default_factory=set)
    dead: set[str] = field(default_factory=set)
    alerts: int = 0

    def passed(self, shown: Ladder) -> list[Rung]:
        """Return the positions that have just come nearer to their end than the limit; of a joint one, one a pool."""
        if self.limit is None:
            return []
        near: dict[str, Rung] = {}
        for rung in shown.rungs:
            if self.limit.is_passed(rung.distance, rung.sigmas, rung.joint):
                near.setdefault(rung.pool_name if self.limit.joint else rung.name, rung)
        new = [rung for name, rung in near.items() if name not in self.near]
        self.near = set(near)
        self.alerts += len(new)
        return new

    def met(self, shown: Ladder) -> list[str]:
        """Return the pools that have just become the venue's to liquidate."""
        dead = [name for name, (status, _) in shown.pools.items() if status in {"liquidatable", "bankrupt"}]
        new = [name for name in dead if name not in self.dead]
        self.dead = set(dead)
        return new
