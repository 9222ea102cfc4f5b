"""The nearest joint move that liquidates a pool, in daily sigmas: reverse stress under the pool's own rules.

Metric: sqrt(r' S^-1 r) over the coins' moves r (fractions), S the daily covariance: annual volatilities over
sqrt(365) and the book's correlation. The buffer is a sum of functions of one coin each; each function is read
off the engine itself, stretch by stretch, and ``reverse_stress`` looks for the nearest zero of the sum.
The move that is returned has been judged: it does liquidate the pool.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Context, Decimal, localcontext
from typing import Final, Literal, cast

from ringfence.core.along import Along, Direction, first_crossing, stretches
from ringfence.core.number import EXACT
from ringfence.margin.charge import charges_of
from ringfence.margin.curve import Curve, Piece
from ringfence.margin.curved import is_curved, walk_along
from ringfence.margin.judge import Judgement, dies_at_zero, equity_of, is_triggered, judge, need_of
from ringfence.margin.moved import VOL, moved
from ringfence.margin.node import Missing
from ringfence.margin.one_coin import Law, buffer_along
from ringfence.margin.pools import Pool
from ringfence.margin.reverse_stress import (
    LEAST,
    Box,
    Found,
    Metric,
    NotACorrelationError,
    Search,
    metric_of,
)
from ringfence.margin.used_up import used_up
from ringfence.margin.world import World
from ringfence.market.shock import STABLE

Proof = Literal["exact", "bound", "local"]

NEVER: Final = Missing("no joint move of these coins liquidates the pool")
_SHOWN: Final = Context(prec=12)
_OUTWARD: Final = Context(prec=12, rounding=ROUND_UP)
_INWARD: Final = Context(prec=12, rounding=ROUND_DOWN)
_PROVED: Final = Decimal("1e-9")
_NUDGES: Final = (Decimal(0), *(Decimal("1e-12") * 4**power for power in range(16)))
_ROUNDING: Final = 1e-12
_NOT_A_SUM: Final = 1e-6
"""Share of today's buffer (and what is summed in it) by which a sum over coins may miss the judged buffer."""


class _NotASumError(Exception):
    """The buffer along one coin's move is a quotient of sums: it has no pieces to search over."""


@dataclass(frozen=True, slots=True)
class NearestMove:
    """The least joint move that liquidates a pool.

    moves             coin -> fraction of its price; all symbols and the index of a coin move together
    distance_sigmas   sqrt(r' S^-1 r) with S the daily covariance [sigma]
    shares            position label, or coin of collateral -> its share of the buffer that the move uses up
    proof             exact: no nearer move exists, to 1e-9 of the distance; bound: none nearer than distance - gap;
                      local: the buffer is no sum over coins, and nothing is proved
    gap               distance less the proven lower bound [sigma]
    """

    moves: Mapping[str, Decimal]
    distance_sigmas: Decimal
    shares: Mapping[str, Decimal]
    proof: Proof
    gap: Decimal


def nearest_move(pool: Pool, judged: Judgement, world: World) -> NearestMove | Missing:
    """Return the joint move of least Mahalanobis distance at which the pool's buffer is used up.

    Args:
        pool: the pool.
        judged: its numbers today.
        world: prices, volatilities, correlation and rules.

    """
    if not pool.positions:
        return Missing("the pool has no positions")
    if is_triggered(judged, world) or judged.buffer <= 0:
        return NearestMove({}, Decimal(0), {}, "exact", Decimal(0))
    with localcontext(EXACT):
        sigmas = _sigmas(_movers(pool, world), world)
        if isinstance(sigmas, Missing):
            return sigmas
        case = _Case(pool, judged, world, sigmas)
        if sigmas and is_curved(pool, world):
            return _nearest_of_curved(case)
        match len(sigmas):
            case 0:
                return NEVER
            case 1:
                return _nearest_of_one(case)
            case _:
                return _nearest_of_several(case)


def _movers(pool: Pool, world: World) -> list[str]:
    """Return the coins whose prices the pool depends on: those of its contracts, then those it holds.

    The volatility of a coin's options is a mover where the book says how volatile it is itself: [vols] "BTC vol".
    """
    underlyings = [world.instrument(position.symbol).underlying for position in pool.positions]
    held = [asset for asset, amount in pool.collateral.items() if amount != 0]
    assets = [*map(world.settle, pool.positions), *held]
    at_par = {asset for asset in world.rules.venue.par if asset not in world.market.indices}
    follows = world.rules.venue.follows
    moving = [
        follows.get(asset, asset) for asset in assets if asset not in STABLE | at_par and asset != pool.unit
    ]
    quoted = [
        world.instrument(p.symbol).underlying for p in pool.positions if world.instrument(p.symbol).is_option
    ]
    vols = [f"{coin}{VOL}" for coin in quoted if f"{coin}{VOL}" in world.market.vols]
    return list(dict.fromkeys([*underlyings, *moving, *vols]))


def _sigmas(coins: Sequence[str], world: World) -> dict[str, Decimal] | Missing:
    """Return the daily volatility of each coin that moves at all, as a fraction."""
    sigmas = {}
    for coin in coins:
        annual = world.market.vols.get(coin)
        if annual is None:
            return Missing(f"[vols] has no {coin}: add {coin} = 0.6 or the like")
        if annual > 0:
            sigmas[coin] = annual / Decimal(365).sqrt()
    return sigmas


@dataclass(frozen=True, slots=True)
class _Case:
    """A pool that stands, and the daily sigmas of the coins that may bring it down."""

    pool: Pool
    judged: Judgement
    world: World
    sigmas: dict[str, Decimal]

    @property
    def coins(self) -> tuple[str, ...]:
        return tuple(self.sigmas)

    def after(self, moves: Sequence[Decimal]) -> Judgement:
        """Return the pool's numbers after a joint move."""
        return judge(self.pool, self.there(moves))

    def there(self, moves: Sequence[Decimal]) -> World:
        """Return the world after a joint move."""
        return moved(self.world, {coin: 1 + move for coin, move in zip(self.coins, moves, strict=True)})

    def buffer(self, moves: Sequence[float]) -> float:
        """Return the buffer after a joint move [today's buffer]."""
        factors = {coin: 1 + Decimal(move) for coin, move in zip(self.coins, moves, strict=True)}
        there = moved(walk_along(self.pool, self.world, self.coins[0]).world, factors)
        charges = charges_of(self.pool, there, initial_too=False)
        buffer = equity_of(self.pool, there, charges) - need_of(self.pool, there, charges)
        return float(buffer / self.judged.buffer)

    def law(self, coin: str) -> Law:
        """Return the buffer as a function of one coin's factor."""
        return buffer_along(self.pool, self.judged, self.world, coin)


def _nearest_of_one(case: _Case) -> NearestMove | Missing:
    """Return the nearer of the two crossings of the only coin that moves: exact, without a search."""
    ((coin, sigma),) = case.sigmas.items()
    directions: tuple[Direction, Direction] = (-1, 1)
    law, at_zero = case.law(coin), dies_at_zero(case.pool, case.world)
    met = [first_crossing(law, Decimal(1), direction, at_zero=at_zero) for direction in directions]
    moves = [crossing.price - 1 for crossing in met if crossing is not None]
    if not moves:
        return NEVER
    least = min(moves, key=abs)
    bound = abs(least) / sigma
    hit = _triggering(case, [least], ())
    if hit is None:
        return _result(case, [least], case.after([least]), bound, bound, "bound")
    move, after = hit
    return _result(case, move, after, abs(move[0]) / sigma, bound)


def _nearest_of_curved(case: _Case) -> NearestMove | Missing:
    """Return a near move of a pool that is no sum of powers: from each coin's own death, along the buffer's slopes."""
    correlation = _correlation(case)
    if isinstance(correlation, Missing):
        return correlation
    try:
        metric = metric_of(correlation)
    except NotACorrelationError as fault:
        return Missing(f"[correlation] of {', '.join(case.coins)} is none: {fault}; mend a row")
    from ringfence.margin.local_stress import local_point  # noqa: PLC0415 - few pools need it

    widths, starts = [float(sigma) for sigma in case.sigmas.values()], _own_deaths(case)
    if len(widths) == 1:
        found = [(tuple(start), abs(start[0]) / widths[0]) for start in starts]
    else:
        hits = [local_point(case.buffer, widths, metric, start) for start in starts]
        found = [hit for hit in hits if hit is not None]
    if not found:
        return NEVER
    moves, length = min(found, key=lambda pair: pair[1])
    dead = _triggering(case, [Decimal(move) for move in moves], ())
    if dead is None:
        return NEVER
    return _result(case, *dead, _distance(case, metric, dead[0], moves, length), Decimal(0), "local")


def _own_deaths(case: _Case) -> list[list[float]]:
    """Return the moves of one mover alone, each way, at which the pool dies."""
    sides: tuple[Direction, Direction] = (-1, 1)
    starts = []
    for number, coin in enumerate(case.coins):
        for side in sides:
            met = walk_along(case.pool, case.world, coin).first_death(side)
            if met is not None:
                start = [0.0] * len(case.coins)
                start[number] = float(met.price) - 1.0
                starts.append(start)
    return starts


def _nearest_of_several(case: _Case) -> NearestMove | Missing:
    correlation = _correlation(case)
    if isinstance(correlation, Missing):
        return correlation
    try:
        metric = metric_of(correlation)
    except NotACorrelationError as fault:
        return Missing(f"[correlation] of {', '.join(case.coins)} is none: {fault}; mend a row")
    widths = [float(sigma) for sigma in case.sigmas.values()]
    try:
        curves = [_curve(case.law(coin), case.judged.buffer) for coin in case.coins]
        found = Search(curves, widths, metric).run()
    except _NotASumError:
        return Missing(
            "a tier is picked by sizes at several prices: the buffer is no sum of powers of a price"
        )
    if found is None:
        return NEVER
    missed, summed = _missed(case, curves, found)
    if missed > _NOT_A_SUM * (1.0 + summed):
        return _nearest_by_slopes(case, metric, found)
    slack = 2 * missed * found.distance if missed > _ROUNDING * (1.0 + summed) else 0.0
    hit = _triggering(case, [Decimal(move) for move in found.moves], found.box)
    if hit is None:
        return _nearest_by_slopes(case, metric, found)
    moves, after = hit
    distance = _distance(case, metric, moves, found.moves, found.distance)
    return _result(case, moves, after, distance, Decimal(max(0.0, found.bound - slack)))


def _correlation(case: _Case) -> list[list[float]] | Missing:
    rows = []
    for one in case.coins:
        row = []
        for other in case.coins:
            known = case.world.market.correlation_of(one, other)
            if known is None:
                return Missing(f'[correlation] has no "{one},{other}": add it, or default = 0.6 or the like')
            row.append(float(known))
        rows.append(row)
    return rows


def _curve(law: Law, today: Decimal) -> Curve:
    return Curve(_pieces(law, today, -1), _pieces(law, today, 1))


def _pieces(law: Law, today: Decimal, direction: Direction) -> Iterator[Piece]:
    """Yield the change of the buffer over today's, as a function of the coin's move, going from today's price.

    A coefficient c of the factor g = 1 + r to a power is c * r + c for power one, c * (g**power - 1) + c for others,
    so that small moves keep their digits.
    """
    start = 0.0
    for ray, here in stretches(law, Decimal(1), direction):
        if isinstance(here, Along) and here.below is not None:
            raise _NotASumError
        terms = here.terms if isinstance(here, Along) else {0: here}
        constant = float(sum(terms.values(), -today) / today)
        slope = float(terms.get(1, Decimal(0)) / today)
        bent = tuple(
            (float(power), float(c / today)) for power, c in terms.items() if power not in {0, 1} and c != 0
        )
        last = ray.reach is None or ray.reach == ray.point
        end = (-1.0 if direction < 0 else float("inf")) if last else float(cast("Decimal", ray.reach) - 1)
        if end != start:
            yield Piece(min(start, end), max(start, end), constant, slope, bent)
        start = end


def _missed(case: _Case, curves: Sequence[Curve], found: Found) -> tuple[float, float]:
    """Return by how much the sum over coins misses the judged buffer at most, and the size of what is summed.

    Looked for at the point found, and with every coin at the better or at the worse end of the range searched:
    what bends with a total of several coins, or with a product of two, shows there.
    """
    ends = [
        sorted((max(LEAST, -found.distance * sigma), found.distance * sigma), key=curve.at)
        for curve, sigma in zip(curves, map(float, case.sigmas.values()), strict=True)
    ]
    missed = summed = 0.0
    for moves in (found.moves, [pair[0] for pair in ends], [pair[1] for pair in ends]):
        expected = 1.0 + sum(curve.at(move) for curve, move in zip(curves, moves, strict=True))
        missed = max(missed, abs(case.buffer(moves) - expected))
        summed = max(summed, sum(curve.size(move) for curve, move in zip(curves, moves, strict=True)))
    return missed, summed


def _triggering(case: _Case, moves: Sequence[Decimal], box: Box) -> tuple[list[Decimal], Judgement] | None:
    """Return the move, to 12 digits, nudged outward until the pool is past its trigger; None if it never is.

    Where a coin stands at the outer end of its piece, beyond which the buffer may leap up, it is held inside
    while the others go on.
    """
    for nudge in _NUDGES:
        for limits in (None, box) if box else (None,):
            nudged = [_rounded(move * (1 + nudge), _OUTWARD) for move in moves]
            if limits is not None:
                nudged = [
                    _inside(move, Decimal(low), Decimal(high), nudge)
                    for move, (low, high) in zip(nudged, limits, strict=True)
                ]
            after = case.after(nudged)
            if is_triggered(after, case.world):
                return nudged, after
    return None


def _rounded(move: Decimal, context: Context) -> Decimal:
    short = context.plus(move)
    return short if short > -1 else move


def _inside(move: Decimal, low: Decimal, high: Decimal, nudge: Decimal) -> Decimal:
    if low <= move <= high:
        return move
    edge = high if move > high else low
    return _rounded(edge * (1 - nudge / 4), _INWARD) if (edge > 0) == (move > edge) else edge


def _distance(
    case: _Case, metric: Metric, moves: Sequence[Decimal], found: Sequence[float], length: float
) -> Decimal:
    """Return the distance of a move hardly beyond one whose distance is known [sigma]."""
    import numpy as np  # noqa: PLC0415 - paid for by books of several coins

    widths = np.array([float(sigma) for sigma in case.sigmas.values()])
    more = np.array([float(move - Decimal(was)) for move, was in zip(moves, found, strict=True)]) / widths
    x = np.array(found) / widths
    if metric.moved:
        share = max((float(abs(m)) / abs(w) for m, w in zip(moves, found, strict=True) if w), default=1.0)
        return Decimal(length) * Decimal(share)
    return Decimal(length) + Decimal(
        float(2 * x @ metric.inverse @ more + more @ metric.inverse @ more)
    ) / Decimal(2 * length)


def _nearest_by_slopes(case: _Case, metric: Metric, found: Found) -> NearestMove | Missing:
    """Return a move found by following the judged buffer's slopes: for buffers that are no sum over coins."""
    from ringfence.margin.local_stress import local_point  # noqa: PLC0415 - few pools need it

    widths = [float(sigma) for sigma in case.sigmas.values()]
    point = local_point(case.buffer, widths, metric, found.moves)
    if point is None:
        return Missing("the buffer is no sum over coins, and no liquidating move was found by its slopes")
    moves, length = point
    hit = _triggering(case, [Decimal(move) for move in moves], ())
    if hit is None:
        return Missing("the buffer is no sum over coins, and no liquidating move was found by its slopes")
    distance = _distance(case, metric, hit[0], moves, length)
    return _result(case, *hit, distance, Decimal(0), "local")


def _result(
    case: _Case,
    moves: Sequence[Decimal],
    after: Judgement,
    distance: Decimal,
    bound: Decimal,
    proof: Proof | None = None,
) -> NearestMove:
    gap = max(distance - bound, Decimal(0))
    return NearestMove(
        moves=dict(zip(case.coins, moves, strict=True)),
        distance_sigmas=_SHOWN.plus(distance),
        shares=used_up(case.pool, case.judged, after, case.world, case.there(moves)),
        proof=proof or ("exact" if gap <= _PROVED * distance else "bound"),
        gap=_SHOWN.plus(gap),
    )
