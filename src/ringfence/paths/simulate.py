"""A book in every mode over many paths of a law: the same paths for all of them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.core.errors import BookError
from ringfence.margin.assess import digest, plain
from ringfence.margin.pools import Division
from ringfence.margin.snapshot import Holding, Snapshot
from ringfence.margin.split import Split
from ringfence.paths.batches import Crew, Watch, run_through
from ringfence.paths.calibration import YEAR
from ringfence.paths.checked import check_seed
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock, Simulation
from ringfence.paths.features import Features
from ringfence.paths.funding import Funding, Paying
from ringfence.paths.laws import Gbm, Law, Tilt, words
from ringfence.paths.lower import as_drawn
from ringfence.paths.pack import MONITORING, Monitoring
from ringfence.paths.run import Asked, FillsBy, Found, Run
from ringfence.paths.shown import Book, coins_in, shown_in
from ringfence.paths.tables import PoolTable

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats

RIBBONS: Final = 200
"""So many paths say where nine of ten go."""
_KEPT_MAX: Final = 4_000_000
_KEPT_LEAST: Final = 8


def coins_of(snapshot: Snapshot, venues: Sequence[str] = ()) -> Coins:
    """Return what moves a book, with the volatilities and correlation that it states.

    Args:
        snapshot: one account.
        venues: other venues whose rules it is put under, too.

    Raises:
        BookError: a volatility or a correlation is missing, or nothing moves the book.

    """
    holding = snapshot.only()
    market, names = holding.market, coins_in(holding, venues)
    if not names:
        raise BookError("paths", "no price moves this book", "Open a position first")
    vols = []
    for name in names:
        vol = market.vols.get(name)
        if vol is None:
            raise BookError(
                "[vols]",
                f"it has no {name}",
                f"Add {name} = 0.6 or the like, name a file of volatilities with --vols, or recorded prices with"
                " --calibrate",
            )
        vols.append(float(vol))
    matrix = np.eye(len(names))
    for row, one in enumerate(names):
        for column, other in enumerate(names[:row]):
            known = market.correlation_of(one, other)
            if known is None:
                raise BookError(
                    "[correlation]", f'it has no "{other},{one}"', "Add it, or default = 0.6 or the like"
                )
            matrix[row, column] = matrix[column, row] = float(known)
    return Coins(names, np.array(vols), matrix)


def simulate(
    snapshot: Snapshot,
    law: Law | None = None,
    *,
    clock: Clock,
    paths: int,
    seed: int = 0,
    coins: Coins | None = None,
    modes: Sequence[str] = (),
    cut: Division = "at-leverage",
    venues: Sequence[str] = (),
    splits: Mapping[str, Split] | None = None,
    funding: Funding | None = None,
    monitoring: Monitoring = "discrete",
    features: Features | None = None,
    tilt: Tilt | None = None,
    fills: FillsBy = "nobody",
    ribbons: int = RIBBONS,
    threads: int | None = None,
    crew: Crew | None = None,
    until: float | None = None,
    watch: Watch | None = None,
) -> Simulation:
    """Return what many paths do to a book in every mode.

    A pool that dies is taken over at its bankruptcy price, as in the static contrast: nobody buys. With
    ``fills="market"`` it goes by its venue's own steps instead, and what is left of it goes on; the exact engine does
    that, death by death, in milliseconds each.

    Args:
        snapshot: what ``ringfence.read`` returned; it holds one account.
        law: how prices move; None: geometric Brownian motion.
        clock: when marks are looked at.
        paths: how many.
        seed: >= 0. The same seed and number of a path are the same prices, whatever else is asked.
        coins: what moves; None: what the book depends on, as its [vols] and [correlation] say.
        modes: which; none: isolated, as held, cross, and every other pooling of the venue.
        cut: how collateral is divided to show the book isolated.
        venues: other venues whose rules the same positions are put under, too.
        splits: venue -> a further division by which the book is shown isolated there, beside the cut.
        funding: what perpetual contracts pay on the way; None: nothing.
        monitoring: whether marks are looked at once a step or all the time.
        features: blackouts, top-ups, what closing costs; None: none of them.
        fills: who takes forced orders: nobody, or a market at the mark less the impact that ``features`` state.
        tilt: how rare paths are made to come often; their likelihood ratios are in ``weight``.
        ribbons: how many of the first paths are kept in full, for the eye.
        threads: how many share the work; the result is the same to the bit for any number.
        crew: many workers instead; the result is the same to the bit for any of them.
        until: relative standard error of the chance of any liquidation at which the run ends early; see
            ``batches.run_through``.
        watch: told how sure that chance is, batch by batch.

    Raises:
        InputError: the book cannot be shown in the modes that are asked for, or a number is none.
        WorkerError: workers die again and again.

    """
    _check(clock, paths, seed)
    _check_fills(fills, monitoring, tilt)
    holding = snapshot.only()
    law = Gbm() if law is None else law
    coins = coins_of(snapshot, venues) if coins is None else coins
    paying = Paying(funding)
    book = shown_in(
        holding, coins.names, modes=modes, cut=cut, venues=venues, funding=paying.rate, splits=splits
    )
    _check_expiries(holding, clock)
    paid = funding if paying.pays else None
    run = Run(book, Asked(law, coins, clock, seed, monitoring, paid, features or Features(), tilt, fills))
    found = run_through(run, paths, crew or Crew(threads), until=until, watch=watch)
    return _told(holding, run, found, ribbons)


def _told(holding: Holding, run: Run, found: Found, ribbons: int) -> Simulation:
    """Return what a run has found, with all that it was asked."""
    asked, book = run.asked, run.book
    seen = as_drawn(asked.law, asked.coins, asked.clock)
    return Simulation(
        account=holding.book.account,
        unit=book.unit,
        on=str(holding.book.on),
        clock=asked.clock,
        coins=asked.coins.names,
        vols=seen.vols,
        correlation=seen.correlation,
        law=words(asked.law),
        monitoring=MONITORING[asked.monitoring],
        seed=asked.seed,
        modes=found.modes(book),
        ribbons=run.ribbons(min(_kept(ribbons, asked.clock), len(found.logs))),
        weight=found.weight,
        notes=_notes(book, run),
        digests={
            "book": digest([plain(holding.book)]),
            "market": digest([plain(holding.market)]),
            "rules": digest(list(book.digests)),
        },
        ends=found.ends,
        end_means=_grown(asked.coins, asked.clock),
        end_risks=seen.vols * np.sqrt(asked.clock.horizon / YEAR) if isinstance(asked.law, Gbm) else None,
        outages=tuple((one.begin, one.end) for one in asked.features.blackouts),
    )


def _grown(coins: Coins, clock: Clock) -> "Floats":
    """Return the mean of each price at the end, over today's."""
    drift = np.zeros(len(coins)) if coins.drift is None else coins.drift
    grown: Floats = np.exp(drift * clock.horizon / YEAR)
    return grown


def _kept(asked: int, clock: Clock) -> int:
    """Return how many paths are kept in full: what is asked, or as many as a long horizon leaves room for."""
    return min(asked, max(_KEPT_LEAST, _KEPT_MAX // (clock.steps + 1)))


def _check_fills(fills: FillsBy, monitoring: Monitoring, tilt: Tilt | None) -> None:
    """Refuse a venue's own steps where no exact engine can follow them."""
    if fills == "market" and (tilt is not None or monitoring != "discrete"):
        raise BookError(
            "fills",
            "a venue's own steps are taken at looks, on paths as they come",
            "Leave tilt and monitoring out",
        )


def _check(clock: Clock, paths: int, seed: int) -> None:
    for word, number, least in (("paths", paths, 1), ("steps", clock.steps, 1)):
        if number < least:
            raise BookError(word, f"{number} is too few", f"Write {least} or more")
    check_seed(seed)
    if not 0.0 < clock.step < np.inf:
        raise BookError("step", f"{clock.step:g} s is no time between two looks", "Write seconds, above zero")


def _check_expiries(holding: Holding, clock: Clock) -> None:
    """Refuse contracts that end on the way: what follows them, no path knows."""
    for position in holding.book.positions:
        ends = holding.book.instruments[position.symbol].expires_at
        left = None if ends is None else (ends - clock.start).total_seconds()
        if ends is not None and left is not None and left <= clock.horizon:
            raise BookError(
                position.label,
                f"it expires on {ends:%Y-%m-%d %H:%M} UTC, {left / 86400:.3g} days into paths of"
                f" {clock.horizon / 86400:.3g} days",
                "Shorten the horizon, or leave the position out",
            )


def _notes(book: Book, run: Run) -> tuple[str, ...]:
    notes = [note for shown in book.shown for note in shown.notes]
    notes += [f"{mode} on {venue} is not shown: {why}" for mode, venue, why in book.refused]
    options = any(
        p for s in book.shown for t in s.tables for p in t.pool.positions if _is_option(t, p.symbol)
    )
    if options:
        notes.append(
            "options keep their implied volatility and the time they have left today: none of it runs off"
        )
    notes += _who_buys(run)
    if run.every:
        notes.append(f"funding is paid every {run.every} steps at rates that do not change")
    notes += _features(run.asked.features)
    return tuple(dict.fromkeys(notes))


def _who_buys(run: "Run") -> list[str]:
    """Return what becomes of a pool that dies, in words."""
    if run.asked.fills == "nobody":
        return ["a pool that dies is taken over whole at its bankruptcy price: nobody buys"]
    notes = ["a pool that dies goes by its venue's own steps; a market takes every forced order"]
    whole = [t.pool.id for t in run.packed.tables if not run.goes_by_venue(t)]
    if whole:
        notes.append(
            f"taken over whole all the same, since options or a model are in it: {', '.join(dict.fromkeys(whole))}"
        )
    if run.asked.features.top_up is not None:
        notes.append("its owner sends nothing more to a pool on which its venue has acted")
    return notes


def _features(features: Features) -> list[str]:
    notes = [
        f"from {one.begin:g} s to {one.end:g} s after the start the venue is out of reach: nobody looks or acts"
        for one in features.blackouts
    ]
    if features.top_up is not None:
        policy = features.top_up
        notes.append(
            f"where what must be covered is more than {policy.ratio:%} of equity, the owner sends what brings it to"
            f" {policy.to:%}, at most {policy.cap} for each pool, which arrives {policy.delay} later; what was sent is"
            " in no figure of wealth"
        )
    if features.impact is not None:
        notes.append(
            "closing a dead pool costs the impact of its orders, which comes before what the fund keeps"
        )
    return notes


def _is_option(table: PoolTable, symbol: str) -> bool:
    return table.world.instrument(symbol).is_option
