"""A book through recorded prices in every mode, side by side: who dies by whom, and what would have saved it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Final

from ringfence.core.errors import BookError, InputError
from ringfence.core.number import EXACT
from ringfence.margin.assess import AccountHealth, PoolHealth, assess_partition, digests, world_in
from ringfence.margin.modes import check_modes, modes_of, stages_of
from ringfence.margin.node import Missing, Node
from ringfence.margin.pools import Cut, partition
from ringfence.margin.snapshot import Holding, Snapshot
from ringfence.margin.world import World
from ringfence.paths.pool_run import PoolRun
from ringfence.paths.recorded import INSIDE, Recorded
from ringfence.paths.replay import ModeReplay, Terms

FILLS: Final = {
    "market": "forced orders find the mark",
    "nobody": "nobody takes forced orders: the venue takes a dead pool over",
}


@dataclass(frozen=True, slots=True)
class Fallen:
    """A position in two modes: the first bar in which it was taken, in whole or part; None: it never was.

    verdict   contagion: only its account took it down; rescue: only alone it would have died; both; neither
    value     [unit] what the shared mode made of it more than isolation did
    """

    position: str
    shared: datetime | None
    alone: datetime | None
    value: Decimal

    @property
    def verdict(self) -> str:
        """Return which of the four it is."""
        if self.shared is None:
            return "neither" if self.alone is None else "rescue"
        return "contagion" if self.alone is None else "both"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The contrast identity of one mode with isolation, on the one path that there was. Amounts in the unit.

    W_shared - W_alone = rescue - contagion + collateral - fees - impact + bad debt, each more than alone; wealth is
    counted without what the owner added on the way.
    """

    mode: str
    venue: str
    fallen: tuple[Fallen, ...]
    wealth: Decimal
    rescue: Decimal
    contagion: Decimal
    other: Decimal
    fees: Decimal
    impact: Decimal
    bad_debt: Decimal

    @property
    def residual(self) -> Decimal:
        """Return what the identity does not explain: nothing, but for the last digits."""
        parts = self.rescue - self.contagion + self.other - self.fees - self.impact + self.bad_debt
        return self.wealth - parts


@dataclass(frozen=True, slots=True)
class Replay:
    """A book on recorded prices in every mode.

    on        the day whose rules hold, in words where they follow the prices
    refused   (mode, venue, why) of what cannot be shown
    overrides what of its venue's rules the book overrides
    """

    account: str
    venue: str
    on: str
    unit: str
    prices: Recorded
    terms: Terms
    modes: tuple[ModeReplay, ...]
    ledgers: tuple[Ledger, ...]
    refused: tuple[tuple[str, str, str], ...]
    digests: dict[str, str]
    overrides: tuple[str, ...]
    warnings: tuple[str, ...]

    def __repr__(self) -> str:
        """Return what it is; what it holds is for tables and figures."""
        shown = ", ".join(f"{one.mode} on {one.venue}" for one in self.modes)
        return f"<Replay of {self.account}, rules of {self.on} on prices of {self.prices.days}: {shown}>"


def replay(
    snapshot: Snapshot,
    prices: Recorded,
    *,
    modes: Sequence[str] = (),
    cut: Cut = "at-leverage",
    venues: Sequence[str] = (),
    terms: Terms | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Replay:
    """Return what recorded prices would have made of one account, mode by mode, on the same prices.

    Args:
        snapshot: what ``ringfence.read`` returned; it holds one account.
        prices: of every coin that moves it; marks move as far from the book's own as these from their first.
        modes: which; none: isolated, as held, cross, and every other pooling of the venue.
        cut: how collateral is divided to show the book isolated.
        venues: other venues whose rules the same positions are put under, too.
        terms: what happens inside bars, who takes forced orders, funding, outages.
        progress: told (mode, pools done, pools in all) on the way.

    Raises:
        InputError: mode, cut or venue is unknown, a coin has no prices, a contract ends on the way, or the book lacks
            what a rule needs.

    """
    holding = snapshot.only()
    terms = terms or Terms()
    refused: list[tuple[str, str, str]] = []
    found: list[ModeReplay] = []
    used: list[World] = []
    with localcontext(EXACT):
        stages = stages_of(holding, venues, refused)
        check_modes(modes, stages)
        for stage in stages:
            _check_prices(stage.holding, prices)
            for mode in modes or modes_of(stage.holding):
                try:
                    one, world = _in_mode(stage.holding, mode, cut, prices, terms, progress)
                except InputError as fault:
                    if len(modes) == 1 and not venues:
                        raise
                    refused.append((mode, stage.holding.book.venue, str(fault)))
                    continue
                used.append(world)
                found.append(replace(one, notes=(*stage.notes, *one.notes)))
        if not found:
            raise BookError(
                "replay", "no mode can be shown", "; ".join(dict.fromkeys(why for _, _, why in refused))
            )
        return Replay(
            account=holding.book.account,
            venue=holding.book.venue,
            on="the days of the prices" if terms.follow else str(holding.book.on),
            unit=found[0].unit,
            prices=prices,
            terms=terms,
            modes=tuple(found),
            ledgers=tuple(_ledgers(found)),
            refused=tuple(refused),
            digests=digests(snapshot, used),
            overrides=tuple(dict.fromkeys(item for world in used for item in world.rules.overrides)),
            warnings=tuple(dict.fromkeys((*snapshot.warnings, *_said(prices, terms, found)))),
        )


def _said(prices: Recorded, terms: Terms, found: Sequence[ModeReplay]) -> list[str]:
    """Return what a reader must know of how it was done."""
    said = [*prices.notes]
    said += [INSIDE[terms.inside]] if prices.has_bars else ["marks are looked at at every price, not between"]
    said.append(FILLS[terms.fills] + (f", less {terms.slippage:%}" if terms.slippage else ""))
    if terms.top_up is not None:
        policy = terms.top_up
        said.append(
            f"a pool whose margin ratio reaches {policy.ratio:%} is sent collateral for one of {policy.to:%}, up to "
            f"{policy.cap:f} in all; it arrives {policy.delay} later, from outside"
        )
    bounded = {one.mode for one in found for happening in one.happenings if happening.bounded}
    if bounded:
        said.append(
            f"{', '.join(sorted(bounded))}: some of what happened needs the extremes of a bar to meet at once; "
            "--inside together asks less"
        )
    return said


def _check_prices(holding: Holding, prices: Recorded) -> None:
    """Complain about a contract that ends before the prices do, or a coin without prices."""
    end = holding.book.at + (prices.at[-1] + prices.length - prices.at[0])
    for position in holding.book.positions:
        contract = holding.book.instruments[position.symbol]
        if contract.underlying not in prices.coins:
            raise BookError(
                prices.source,
                f"it has no prices of {contract.underlying}",
                f"It has {', '.join(prices.coins)}",
            )
        expires = contract.expires_at
        if expires is not None and expires < end:
            raise BookError(
                position.label,
                f"it ends at {expires:%Y-%m-%d %H:%M}, before the replay does at {end:%Y-%m-%d %H:%M}",
                "End the prices sooner with --to",
            )


def _in_mode(
    holding: Holding,
    mode: str,
    cut: Cut,
    prices: Recorded,
    terms: Terms,
    progress: Callable[[str, int, int], None] | None,
) -> tuple[ModeReplay, World]:
    world = world_in(holding, mode)
    cut_up = partition(holding.book, world, mode, cut)
    worlds = _worlds(holding, mode, world, prices, follow=terms.follow)
    health = assess_partition(holding.book, world, cut_up, searched=False)
    initial = [_in_unit(one.judged.initial, one, health) for one in health.pools]
    unit = health.unit
    pools = []
    for number, pool in enumerate(cut_up.pools, start=1):
        pools.append(PoolRun(pool, worlds, unit, terms).through(prices))
        if progress is not None:
            progress(f"{mode} on {holding.book.venue}", number, len(cut_up.pools))
    return (
        ModeReplay(
            mode=mode,
            cut=cut_up.cut,
            venue=holding.book.venue,
            unit=unit,
            at=tuple(at + prices.length for at in prices.at),
            pools=tuple(pools),
            initial=None if None in initial else sum((one for one in initial if one is not None), Decimal(0)),
            free=health.available,
            unopened=tuple(p.label for p in cut_up.unopened),
            notes=(*cut_up.notes, *world.notes),
        ),
        world,
    )


def _in_unit(initial: Node | Missing, one: PoolHealth, health: AccountHealth) -> Decimal | None:
    if isinstance(initial, Missing):
        return None
    return health.world.convert(initial.value, one.pool.unit, health.unit)


def _worlds(
    holding: Holding, mode: str, world: World, prices: Recorded, *, follow: bool
) -> Callable[[datetime], World]:
    """Return what gives the book's own prices under the rules of an instant; options lose time on the way."""
    start, first = world.pinned(), prices.at[0]
    ages = any(one.is_option for one in holding.book.instruments.values())
    by_day: dict[object, World] = {}

    def of_day(at: datetime) -> World:
        day = at.date()
        if day not in by_day:
            there = replace(holding, book=replace(holding.book, on=day, at=_midnight(at)))
            by_day[day] = replace(start, rules=world_in(there, mode).rules)
        return by_day[day]

    def at_instant(at: datetime) -> World:
        base = of_day(at) if follow else start
        return replace(base, at=start.at + (at - first)) if ages else base

    return at_instant


def _midnight(at: datetime) -> datetime:
    return datetime(at.year, at.month, at.day, tzinfo=UTC)


def _ledgers(found: Sequence[ModeReplay]) -> list[Ledger]:
    """Return every shared mode's ledger against the book isolated at the same venue."""
    alone = {one.venue: one for one in found if one.mode == "isolated"}
    return [
        _ledger(one, alone[one.venue])
        for one in found
        if one.mode != "isolated" and one.venue in alone and one.unit == alone[one.venue].unit
    ]


def _ledger(shared: ModeReplay, alone: ModeReplay) -> Ledger:
    apart = {one.position: one for one in alone.positions}
    fallen = [
        Fallen(one.position, one.left, apart[one.position].left, one.gain - apart[one.position].gain)
        for one in shared.positions
        if one.position in apart
    ]
    missing = sum((one.gain for one in shared.positions if one.position not in apart), Decimal(0))
    first = [one for one in fallen if _is_earlier(one.shared, one.alone)]
    later = [one for one in fallen if not _is_earlier(one.shared, one.alone)]
    return Ledger(
        mode=shared.mode,
        venue=shared.venue,
        fallen=tuple(fallen),
        wealth=(shared.wealth - shared.added) - (alone.wealth - alone.added),
        rescue=sum((one.value for one in later), Decimal(0)) + missing,
        contagion=-sum((one.value for one in first), Decimal(0)),
        other=shared.other - alone.other + shared.posted - alone.posted,
        fees=shared.total("fees") - alone.total("fees"),
        impact=shared.total("impact") - alone.total("impact"),
        bad_debt=shared.total("bad_debt") - alone.total("bad_debt"),
    )


def _is_earlier(shared: datetime | None, alone: datetime | None) -> bool:
    """Return whether a position left the shared pool first: what it made alone after that is contagion."""
    return shared is not None and (alone is None or shared < alone)
