"""A pool on the way of a joint move: where it dies, and where it dies when the other coins follow by their beta.

Every coin goes the same share of its own move. Where all contracts are linear, the buffer along the way is the
engine's own law of that share, and the first crossing is exact; where a price stands below a line (coin-margined
contracts), the way is searched in steps and the crossing then closed in on.
"""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import Final, cast

from ringfence.core.along import Along, first_crossing
from ringfence.core.errors import InvariantError
from ringfence.core.number import EXACT
from ringfence.margin.curved import is_curved
from ringfence.margin.judge import Judgement, dies_at_zero, is_triggered, judge
from ringfence.margin.node import Missing
from ringfence.margin.one_coin import touches
from ringfence.margin.pools import Pool
from ringfence.margin.world import World
from ringfence.market import Shock

_STEPS: Final = 240
_HALVINGS: Final = 50
_HAIR: Final = Decimal("1e-20")
_FAR: Final = Decimal(20)
"""A coin that rises to 21 times its price has gone as far as anybody asks."""


def part_of(shock: Shock, share: Decimal) -> Shock:
    """Return a share of a joint move."""
    return Shock(
        shock.name, {coin: move * share for coin, move in shock.moves.items()}, shock.default * share
    )


def end_of(shock: Shock) -> Decimal:
    """Return the share of a joint move at which the first coin reaches zero, or where nothing does, a far one."""
    falls = [-move for move in (*shock.moves.values(), shock.default) if move < 0]
    if falls:
        return 1 / max(falls)
    return _FAR / max(abs(move) for move in (*shock.moves.values(), shock.default))


def death_on_the_way(pool: Pool, judged: Judgement, world: World, shock: Shock) -> Decimal | None:
    """Return the share of a joint move at which the venue may first liquidate the pool.

    Zero: it may already; None: not before a coin reaches zero.

    Args:
        pool: the pool.
        judged: its numbers today.
        world: prices and rules.
        shock: what the whole way is; shares above one lie beyond it.

    """
    if not pool.positions:
        return None
    with localcontext(EXACT):
        if is_triggered(judged, world):
            return Decimal(0)
        if is_curved(pool, world):
            return _searched(pool, world, shock)
        try:
            return _solved(pool, world, shock)
        except InvariantError:  # a price that is a sum stands below the line
            return _searched(pool, world, shock)


def _dies_at(pool: Pool, world: World, shock: Shock, share: Decimal) -> bool:
    there = world.shocked(part_of(shock, share))
    return is_triggered(judge(pool, there), there)


def _solved(pool: Pool, world: World, shock: Shock) -> Decimal | None:
    def buffer(way: Decimal | Along) -> Decimal | Along:
        """Return the buffer at one more than the share: a moving quantity has to start above zero."""
        return judge(pool, world.shocked(part_of(shock, cast("Decimal", way - 1)))).buffer

    met = first_crossing(buffer, Decimal(1), 1, at_zero=dies_at_zero(pool, world))
    share = None if met is None else met.price - 1
    if share is None or share >= end_of(shock):
        return None
    return share if _dies_at(pool, world, shock, share * (1 + _HAIR)) else None


def _searched(pool: Pool, world: World, shock: Shock) -> Decimal | None:
    end = end_of(shock)
    shares = (end * step / (_STEPS + 1) for step in range(1, _STEPS + 1))
    past = next((share for share in shares if _dies_at(pool, world, shock, share)), None)
    if past is None:
        return None
    alive = past - end / (_STEPS + 1)
    for _ in range(_HALVINGS):
        middle = (alive + past) / 2
        if _dies_at(pool, world, shock, middle):
            past = middle
        else:
            alive = middle
    return past


def beta_move(coin: str, sign: int, coins: Sequence[str], world: World) -> Shock | Missing:
    """Return the joint move in which one coin doubles or goes to zero, and the others follow by their beta.

    beta of j on i = correlation(i, j) * sigma_j / sigma_i: where the others are expected, given the one.
    """
    vols = world.market.vols
    moves: dict[str, Decimal] = {}
    for other in dict.fromkeys([coin, *coins]):
        known = world.market.correlation_of(coin, other)
        if not vols.get(coin) or other not in vols:
            return Missing(f"[vols] has no {coin if not vols.get(coin) else other}")
        if known is None:
            return Missing(f'[correlation] has no "{coin},{other}"')
        moves[other] = sign * known * vols[other] / vols[coin]
    return Shock(f"{coin}, the others by beta", moves)


def death_with_beta(
    pool: Pool, judged: Judgement, world: World, symbol: str, sign: int
) -> Decimal | Missing | None:
    """Return the move of a position's coin at which its pool dies, when the other coins follow by their beta.

    A fraction of the coin's price; None: not before a coin reaches zero.

    Args:
        pool: the pool.
        judged: its numbers today.
        world: prices, volatilities, correlation and rules.
        symbol: of the position.
        sign: +1 for a position that loses as the coin rises, -1 for one that loses as it falls.

    """
    coin = world.instrument(symbol).underlying
    contracts = [world.instrument(position.symbol).underlying for position in pool.positions]
    held = [asset for asset in pool.collateral if touches(asset, pool, world) and asset in world.market.vols]
    with localcontext(EXACT):
        move = beta_move(coin, sign, [*contracts, *held], world)
        if isinstance(move, Missing):
            return move
        share = death_on_the_way(pool, judged, world, move)
        return None if share is None else share * sign
