"""One account in every mode over drawn prices: how many paths, how far, how sure; and the contrast that they make."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Final

from ringfence.contrast.compare import Contrast, default_shocks
from ringfence.contrast.estimates import Sample
from ringfence.contrast.exposure import risks_of
from ringfence.contrast.frontier import Holding as PoolToday
from ringfence.contrast.in_model import Standing, standing
from ringfence.contrast.on_paths import PathContrast, Today, contrasted
from ringfence.contrast.optimal import OPTIMAL, OptimalSplit, optimal_split
from ringfence.contrast.outcome import Question, outcome_of
from ringfence.core.errors import BookError
from ringfence.core.number import EXACT
from ringfence.margin.assess import AccountHealth, assess_partition, world_in
from ringfence.margin.curved import losing_side
from ringfence.margin.modes import stages_of
from ringfence.margin.node import Missing
from ringfence.margin.one_coin import closing_move
from ringfence.margin.pools import Division, partition
from ringfence.margin.snapshot import Holding, Snapshot
from ringfence.paths.batches import Crew, Watch
from ringfence.paths.coins import Coins
from ringfence.paths.fates import NEVER, Clock, ModeFates, Simulation
from ringfence.paths.features import Features
from ringfence.paths.funding import Funding
from ringfence.paths.laws import Law, Tilt
from ringfence.paths.pack import Monitoring
from ringfence.paths.run import FillsBy
from ringfence.paths.simulate import coins_of
from ringfence.paths.simulate import simulate as walked

DAY: Final = 86400.0
PATHS: Final = 10_000
DAYS: Final = 7.0
STEP: Final = 3600.0
_STEPS_MAX: Final = 2_000_000


def simulate(
    snapshot: Snapshot,
    *,
    paths: int = PATHS,
    days: float = DAYS,
    step: float = STEP,
    law: Law | None = None,
    coins: Coins | None = None,
    seed: int = 0,
    until: float | None = None,
    modes: Sequence[str] = (),
    cut: Division = "at-leverage",
    venues: Sequence[str] = (),
    funding: Funding | None = None,
    monitoring: Monitoring = "discrete",
    features: Features | None = None,
    tilt: Tilt | None = None,
    fills: FillsBy = "nobody",
    crew: Crew | None = None,
    watch: Watch | None = None,
) -> PathContrast:
    """Return what many paths of chance do to one account in every mode, all modes on the same ones.

    Args:
        snapshot: what ``ringfence.read`` returned; it holds one account.
        paths: how many; with ``until``, how many at most.
        days: the horizon.
        step: [s] between two looks at the marks; the last step ends with the horizon.
        law: how prices move (``ringfence.paths.laws``); None: geometric Brownian motion.
        coins: what moves; None: what the book depends on, as its [vols] and [correlation] say.
        seed: the same seed gives the same paths, to the bit.
        until: relative standard error of the chance of liquidation, in every mode in which anything dies, at which
            the run ends.
        modes: which modes; none: isolated, as held, cross, and every other pooling of the venue.
        cut: how collateral is divided to show the book isolated; the division that costs least is shown beside it.
        venues: other venues whose rules the same positions are put under, too.
        funding: what perpetual contracts pay on the way; None: nothing.
        monitoring: whether marks are looked at once a step or all the time.
        features: blackouts, top-ups, what closing costs; None: none of them.
        tilt: how rare paths are made to come often; every figure is weighted by it.
        fills: who takes the orders of a dead pool: nobody, as in the static contrast, or the market, step by step.
        crew: who does the work: threads, or many workers; the figures are the same to the bit for any of them.
        watch: told where the run stands, and how sure it is.

    Raises:
        InputError: the book cannot be shown on paths, or a number is none.

    """
    clock = clock_of(snapshot, days, step)
    _check(paths)
    coins = coins_of(snapshot, venues) if coins is None else coins
    within = Decimal(repr(float(days)))
    with localcontext(EXACT):
        stages = stages_of(snapshot.only(), venues, [])
        holdings = {stage.holding.book.venue: _with_coins(stage.holding, coins) for stage in stages}
        splits = _splits(list(holdings.values()), within, modes)

    found = walked(
        snapshot,
        law,
        clock=clock,
        paths=paths,
        seed=seed,
        coins=coins,
        modes=modes,
        cut=cut,
        venues=venues,
        splits={venue: one.split for venue, one in splits.items() if isinstance(one, OptimalSplit)},
        funding=funding,
        monitoring=monitoring,
        features=features,
        tilt=tilt,
        fills=fills,
        crew=crew,
        until=until,
        watch=watch,
    )
    notes = [] if until is None else _said(found, until)
    notes += [f"no cut that costs least: {one.reason}" for one in splits.values() if isinstance(one, Missing)]
    with localcontext(EXACT):
        today = _today(holdings, found, cut, splits, within)
    return contrasted(found, today, splits, notes)


def clock_of(snapshot: Snapshot, days: float, step: float) -> Clock:
    """Return when marks are looked at within a horizon: even steps, no longer than is asked for.

    Raises:
        BookError: a time is none.

    """
    if not 0.0 < days < float("inf"):
        raise BookError("horizon", f"{days:g} days is not a horizon", "Write a time above zero: 7d or 12h")
    if not 0.0 < step < float("inf"):
        raise BookError(
            "step", f"{step:g} s is no time between two looks", "Write a time above zero: 1h or 5m"
        )
    steps = max(1, -int(-days * DAY // step)) if step < days * DAY else 1
    if steps > _STEPS_MAX:
        raise BookError("step", f"{steps:,} steps are too many", "Take longer steps, or a shorter horizon")
    return Clock(snapshot.only().book.at, days * DAY / steps, steps)


def _check(paths: int) -> None:
    if paths < 1:
        raise BookError("paths", f"{paths} is too few", "Write 1 or more: 100000 is a good number")


def _least_sure(found: Simulation) -> float:
    """Return the largest relative standard error of the chance of liquidation, of the modes in which any path dies."""
    sample = Sample(found.paths, found.weight)
    chances = [sample.mean(mode.first_death != NEVER) for mode in found.modes]
    errors = [(one.error or 0.0) / one.value for one in chances if one.value > 0.0]
    return max(errors, default=float("inf"))


def _said(found: Simulation, until: float) -> list[str]:
    """Return what a run leaves open that was to be so sure."""
    worst = _least_sure(found)
    never = [mode.mode for mode in found.modes if (mode.first_death == NEVER).all()]
    said = []
    if worst > until:
        sure = (
            "no path ends in a liquidation" if worst == float("inf") else f"the standard error is {worst:.2%}"
        )
        said.append(f"an accuracy of {until:.3g} is not reached with {found.paths:,} paths: {sure}")
    if never and len(never) < len(found.modes):
        said.append(
            f"{', '.join(dict.fromkeys(never))}: no path dies, so nothing is said of how sure that is"
        )
    return said


def _splits(
    holdings: Sequence[Holding], days: Decimal, modes: Sequence[str]
) -> dict[str, OptimalSplit | Missing]:
    """Return the division that costs least at each venue where the book is shown isolated."""
    if modes and "isolated" not in modes:
        return {}
    return {holding.book.venue: optimal_split(holding, days) for holding in holdings}


def _with_coins(holding: Holding, coins: Coins) -> Holding:
    """Return a holding whose market has the volatilities and the correlation of a run."""
    vols = {
        name: Decimal(repr(float(vol)))
        for name, vol in zip(coins.names, coins.vols, strict=True)
        if vol > 0.0
    }
    pairs = {
        (min(one, other), max(one, other)): Decimal(repr(float(coins.correlation[row, column])))
        for row, one in enumerate(coins.names)
        for column, other in enumerate(coins.names[:row])
    }
    market = replace(
        holding.market,
        vols={**holding.market.vols, **vols},
        correlation={**holding.market.correlation, **pairs},
    )
    return replace(holding, market=market)


def _today(
    holdings: Mapping[str, Holding],
    found: Simulation,
    cut: Division,
    splits: Mapping[str, OptimalSplit | Missing],
    days: Decimal,
) -> list[Today]:
    """Return how each mode of a run stands at the start."""
    stands = []
    for fates in found.modes:
        best = splits.get(fates.venue)
        given = best.split if fates.cut == OPTIMAL and isinstance(best, OptimalSplit) else cut
        stands.append(_stand(holdings[fates.venue], fates, given, found.unit, days))
    return stands


def _stand(holding: Holding, fates: ModeFates, cut: Division, unit: str, days: Decimal) -> Today:
    world = world_in(holding, fates.mode)
    cut_up = partition(holding.book, world, fates.mode, cut)
    health = assess_partition(holding.book, world, cut_up, searched=False)
    pools = {
        one.pool.id: PoolToday(
            float(world.convert(one.judged.equity.value, one.pool.unit, unit)),
            float(world.convert(one.judged.buffer, one.pool.unit, unit)),
        )
        for one in health.pools
        if one.pool.positions
    }
    levels = _levels(health) if fates.mode == "isolated" else ()
    return Today(pools, _standing(health, days), levels)


def _levels(health: AccountHealth) -> tuple[tuple[str, float], ...]:
    """Return where the coin of each position stands when it dies alone, over today's price: the way it loses."""
    found = []
    for one in health.pools:
        for position in one.pool.positions:
            coin = health.world.instrument(position.symbol).underlying
            way = losing_side(position, health.world)
            met = closing_move(one.pool, one.judged, health.world, coin, way)
            if met is not None and met.price != 0:
                found.append((coin, 1.0 + float(met.price)))
    return tuple(found)


def _standing(health: AccountHealth, days: Decimal) -> Standing | Missing:
    world = health.world
    risks = risks_of(health, world, days)
    if isinstance(risks, Missing):
        return risks
    return standing(
        risks,
        {
            one.pool.id: float(world.convert(one.judged.buffer, one.pool.unit, health.unit))
            for one in health.pools
            if one.pool.positions
        },
    )


def with_paths(result: Contrast, snapshot: Snapshot, found: PathContrast) -> Contrast:
    """Return a contrast with the same modes on paths, and with the book isolated as it costs least.

    Args:
        result: what ``compare`` returned.
        snapshot: the account.
        found: what ``simulate`` returned of it.

    """
    best = []
    with localcontext(EXACT):
        for stage in stages_of(snapshot.only(), list(dict.fromkeys(one.venue for one in found.modes)), []):
            one = found.splits.get(stage.holding.book.venue)
            if isinstance(one, OptimalSplit):
                shocks = tuple(default_shocks()) if result.outcomes[0].shocks else ()
                best.append(outcome_of(stage.holding, "isolated", Question(one.split, shocks), stage.notes))
    return replace(result, paths=found, best=tuple(best))
