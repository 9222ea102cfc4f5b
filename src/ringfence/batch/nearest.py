"""The nearest joint move that liquidates each pool of a population, in daily sigmas: reverse stress on float64.

Metric: sqrt(r' S^-1 r) over the coins' moves r (fractions), S the daily covariance: annual volatilities over sqrt(365)
and the correlation of the setting. Coins of contracts move, and coins held; what is a coin in another form goes along.
"""

from dataclasses import dataclass
from math import inf, isinf, nan
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.along import NONE, TOUCHED, WAY, break_kind
from ringfence.batch.compiled import compiled
from ringfence.batch.figures import BOUND, BUFFER, FIGURES, LIQUIDATABLE, Judged
from ringfence.batch.metric import foot_on, length, root_of
from ringfence.batch.movers import (
    ASK,
    FOUND,
    NEVER,
    NO_CORRELATION,
    NOT_A_CORRELATION,
    REASONS,
    correlations,
    count_movers,
    go_along,
    leaders,
    movers_of,
    pick,
    sigmas,
)
from ringfence.batch.prices import is_bent, is_ours, ratios_rise, rounds, set_out
from ringfence.batch.ready import Ready
from ringfence.batch.records import Column, Record, Records
from ringfence.batch.setting import Setting
from ringfence.batch.stress import LEAST, follow, nudge_past, reading, slopes_at
from ringfence.batch.threads import share
from ringfence.core.number import larger

if TYPE_CHECKING:
    from ringfence.batch.columns import Bytes, Codes, Floats
    from ringfence.batch.columns import Rows as Places

__all__ = ["ASK", "FOUND", "PROOFS", "REASONS", "Nearest", "nearest_moves"]

PROOFS: Final = ("exact", "bound", "local")
"""As ``margin.nearest``; a proof's code is its place here."""
_EXACT: Final = 0
_LOCAL: Final = 2

_CHUNK: Final = 1024
"""Pools that a thread takes at once."""
_AS_FAR: Final = 2
_AS_FAR_IN_PRICE: Final = 3
_STARTS: Final = 6
"""Starts of a search beside those of each coin alone."""
_BEYOND: Final = 2.0
_FAR: Final = 1e4
"""[sigma] What a singular correlation excludes is at least this far once it has been moved aside."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The least joint move that liquidates each pool, as found.

    first      pool -> its first row in ``asset`` and ``move``, and one more: where the last one's end
    asset      place in ``Ready.assets`` of a coin that moves, or beyond them in ``others``
    move       fraction of its price; NaN in a pool without a nearest move
    others     coins that move something held and stand in no account themselves
    distance   pool -> sqrt(r' S^-1 r) [sigma]; NaN: none is known
    proof      pool -> place in ``PROOFS``: exact, or local: nothing is proved
    reason     pool -> place in ``REASONS``
    """

    first: "Places"
    asset: "Codes"
    move: "Floats"
    others: tuple[str, ...]
    distance: "Floats"
    proof: "Bytes"
    reason: "Bytes"


@compiled
def _is_first(
    coin: int, owes: bool, pool: Record, rows: Records, rules: Records, rungs: Records, assets: Records,  # noqa: FBT001
    bands: Records,
) -> bool:  # fmt: skip
    """Return whether a crossing along one coin is the first one: its buffer is concave and has no breaks."""
    smooth = not (pool.shared and owes) and not rounds(pool, rows, rules)
    for i in range(pool.first, pool.end):
        smooth &= break_kind(rules[rows[i].rule], rungs) == NONE
    return smooth and not is_bent(coin, ratios_rise(assets, bands), pool, rows, rules, assets)


@compiled
def find_nearest(
    start: int, stop: int, owes: bool, followed: bool, leader: Column, movable: Column, sigma: Column,  # noqa: FBT001
    correlation: Column, symbol_mark: Column, today: Column, pools: Records, holdings: Records, rows: Records,
    rules: Records, rungs: Records, factors: Records, assets: Records, bands: Records, ways: Records,
    figures: Column, touched: Records, mover: Column, movers: Column, coins: Column, first: Column,
    codes: Column, move: Column, distance: Column, proof: Column, reason: Column,
) -> None:  # fmt: skip
    """Find the nearest moves of the pools from ``start`` to before ``stop`` of which so far nothing is missing.

    ``owes``: whether debts need anything; ``followed``: whether some asset is a coin in another form. ``mover`` holds
    -1 for every coin; it, ``movers`` and ``coins`` are room for what moves, the rest for a pool.
    """
    marks, index, way = symbol_mark.copy(), today.copy(), ways[0]
    for number in range(start, stop):
        pool, one, many = pools[number], first[number], first[number + 1] - first[number]
        if many == 0 or reason[number] != FOUND:
            continue
        filled = 0
        for k in range(movers_of(pool, holdings, rows, rules, leader, movable, movers)):
            if sigma[movers[k]] > 0.0:
                codes[one + filled] = movers[k]
                filled += 1
        own = codes[one : one + many]
        widths, matrix, root = np.empty(many), np.empty((many, many)), np.empty((many, many))
        known = pick(own, sigma, correlation, widths, matrix, mover)
        is_one, aside = root_of(matrix, root) if known else (False, False)
        if not is_one:
            reason[number] = NOT_A_CORRELATION if known else NO_CORRELATION
        else:
            moving = coins[: go_along(own, followed, leader, len(assets), mover, coins)]
            _set_out_all(way, owes, pool, holdings, rows, rules, assets, symbol_mark, today, touched)
            far, clear = _least(
                move[one : one + many], matrix, root, widths, mover, moving, symbol_mark, today, way, pool, holdings,
                rows, rules, rungs, factors, assets, bands, marks, index, figures, touched,
            )  # fmt: skip
            distance[number], reason[number] = far, FOUND if clear else ASK
            if isinf(far) or (aside and far > _FAR):
                reason[number] = NEVER
            sure = many == 1 and _is_first(own[0], owes, pool, rows, rules, rungs, assets, bands)
            proof[number] = _EXACT if sure else _LOCAL
            _come_back(
                move[one : one + many], widths, moving, pool, rows, rules, marks, index, symbol_mark, today
            )
        for code in range(len(mover)):
            mover[code] = -1


@compiled
def _come_back(
    found: Column, widths: Column, moving: Column, pool: Record, rows: Records, rules: Records, marks: Column,
    index: Column, symbol_mark: Column, today: Column,
) -> None:  # fmt: skip
    """Turn moves in sigmas into fractions of prices, and bring prices back to what they are today."""
    for k in range(len(found)):
        found[k] = larger(LEAST, found[k] * widths[k])
    for code in moving:
        index[code] = today[code]
    for i in range(pool.first, pool.end):
        symbol = rules[rows[i].rule].symbol
        marks[symbol] = symbol_mark[symbol]


@compiled
def _set_out_all(
    way: Record, owes: bool, pool: Record, holdings: Records, rows: Records, rules: Records, assets: Records,  # noqa: FBT001
    marks: Column, today: Column, touched: Records,
) -> None:  # fmt: skip
    """Describe the way of a pool on which everything may move."""
    set_out(pool.first, way, owes, pool, holdings, rows, rules, assets, marks, today)
    way.plain, way.unit_moves, way.touched = False, True, pool.end - pool.first
    for i in range(pool.first, pool.end):
        touched[i - pool.first].row = i


@compiled
def _set_out_from(
    start: int, found: Column, x: Column, slopes: Column, room: Column, matrix: Column, widths: Column,
    mover: Column, coins: Column, symbol_mark: Column, today: Column, way: Record, pool: Record, holdings: Records,
    rows: Records, rules: Records, rungs: Records, factors: Records, assets: Records, bands: Records, marks: Column,
    index: Column, figures: Column, touched: Records,
) -> bool:  # fmt: skip
    """Write where the search sets out; return whether there is such a place.

    In turn: the foot of today's slopes, seen from above and from below; every coin against its slope, as far in
    sigmas, or as far in price; the foot of the slopes beyond what is found, seen from either side; each coin alone,
    each way.
    """
    many = len(x)
    if start >= _STARTS:
        for k in range(many):
            x[k] = 0.0
        x[(start - _STARTS) // 2] = 1.0 if start % 2 == 0 else -1.0
        return True
    if start in (_AS_FAR, _AS_FAR_IN_PRICE):
        for k in range(many):
            far = -1.0 if slopes[k] > 0.0 else 1.0
            x[k] = far / (widths[k] if start == _AS_FAR_IN_PRICE else 1.0)
        return True
    for k in range(many):
        x[k] = _BEYOND * found[k] if start > _AS_FAR_IN_PRICE else 0.0
    here = slopes_at(
        x, 1.0 if start % 2 == 0 else -1.0, slopes, room[1], room[0], widths, mover, coins, symbol_mark, today, way,
        pool, holdings, rows, rules, rungs, factors, assets, bands, marks, index, figures, touched,
    )  # fmt: skip
    for k in range(many):
        here -= slopes[k] * x[k]
    return foot_on(here, slopes, matrix, x)


@compiled
def _least(
    found: Column, matrix: Column, root: Column, widths: Column, mover: Column, coins: Column, symbol_mark: Column,
    today: Column, way: Record, pool: Record, holdings: Records, rows: Records, rules: Records, rungs: Records,
    factors: Records, assets: Records, bands: Records, marks: Column, index: Column, figures: Column,
    touched: Records,
) -> tuple[float, bool]:  # fmt: skip
    """Write the least move found from several starts; return its distance, and whether it lies past the boundary."""
    many, best = len(found), inf
    x, room, slopes = np.zeros(many), np.empty((3, many)), np.empty(many)
    buffer, _ = reading(
        0.0, x, room[0], widths, mover, coins, symbol_mark, today, way, pool, holdings, rows, rules, rungs, factors,
        assets, bands, marks, index, figures, touched,
    )  # fmt: skip
    for start in range(_STARTS + 2 * many):
        ahead = _set_out_from(
            start, found, x, slopes, room, matrix, widths, mover, coins, symbol_mark, today, way, pool, holdings,
            rows, rules, rungs, factors, assets, bands, marks, index, figures, touched,
        )  # fmt: skip
        if ahead:
            best = follow(
                buffer, best, x, found, room, matrix, root, widths, mover, coins, symbol_mark, today, way, pool,
                holdings, rows, rules, rungs, factors, assets, bands, marks, index, figures, touched,
            )  # fmt: skip
    if isinf(best):
        return best, False
    more, clear = nudge_past(
        found, room[0], widths, mover, coins, symbol_mark, today, way, pool, holdings, rows, rules, rungs, factors,
        assets, bands, marks, index, figures, touched,
    )  # fmt: skip
    for k in range(many):
        found[k] = larger(more * found[k], LEAST / widths[k])
    return length(found, root), clear


@compiled
def ask_exact(
    pools: Records, rows: Records, rules: Records, judged: Column, sure: Column, reason: Column
) -> None:
    """Mark pools that only the exact engine can move."""
    for number in range(len(pools)):
        ours = not isinf(judged[number, BOUND]) and is_ours(pools[number], rows, rules) and sure[number]
        if not ours and pools[number].end > pools[number].first:
            reason[number] = ASK


def nearest_moves(made: Ready, judged: Judged, setting: Setting, *, threads: int | None = None) -> Nearest:
    """Return the nearest liquidating move of every pool, from several starts.

    A pool past its trigger is at distance zero, without moves.

    Args:
        made: the population, ready.
        judged: its pools, at the setting's prices.
        setting: with volatilities and correlation in its market.
        threads: how many share the work; None: a few more than there are processors.

    """
    tables, pools = made.tables, made.pools
    leader, movable, names = leaders(made, setting)
    sigma, correlation = sigmas(names, setting), correlations(names, setting)
    counts, reason = np.zeros(len(pools), np.int64), np.zeros(len(pools), np.int8)
    distance, proof = np.full(len(pools), nan), np.full(len(pools), _EXACT, np.int8)
    most = len(names) + 1
    ask_exact(pools, made.rows, tables.rules, judged.pools, judged.sure, reason)
    dead = (reason == FOUND) & ((judged.status >= LIQUIDATABLE) | (judged.pools[:, BUFFER] <= 0.0))
    dead &= pools["end"] > pools["first"]
    count_movers(
        pools,
        made.holdings,
        made.rows,
        tables.rules,
        leader,
        movable,
        sigma,
        np.empty(most, np.int64),
        counts,
        reason,
    )
    counts[dead], reason[dead], distance[dead] = 0, FOUND, 0.0
    first = np.concatenate(([0], np.cumsum(counts)))
    codes, move = np.zeros(first[-1], np.int32), np.zeros(first[-1])
    owes, own = bool(tables.assets["owes"].any()), np.arange(len(made.assets))
    followed = bool((leader[: len(own)] != own).any())
    held = int((pools["end"] - pools["first"]).max(initial=0))

    def find(start: int) -> None:
        find_nearest(
            start, min(start + _CHUNK, len(pools)), owes, followed, leader, movable, sigma, correlation,
            tables.marks, made.index, pools, made.holdings, made.rows, tables.rules, tables.rungs, tables.factors,
            tables.assets, tables.bands, np.zeros(1, WAY), np.zeros((held, FIGURES)), np.zeros(held, TOUCHED),
            np.full(most, -1, np.int64), np.empty(most, np.int64), np.empty(most, np.int64), first, codes, move,
            distance, proof, reason,
        )  # fmt: skip

    share(find, range(0, len(pools), _CHUNK), threads)
    distance[reason != FOUND] = nan
    move[np.repeat(reason != FOUND, counts)] = nan
    return Nearest(first, codes, move, names[len(made.assets) :], distance, proof, reason)
