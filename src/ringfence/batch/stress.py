"""The nearest point at which a pool's buffer is used up by a joint move, by its slopes. Kernels over those that judge.

The buffer, in its unit at today's worth, is concave in the moves where nothing jumps, so the prices at which a pool
stands are a convex set, and the nearest point outside it is the foot on one of its faces. From a point of the boundary
a step goes to the foot of the tangent plane there, and along the ray to it to the boundary (Hasofer & Lind 1974): never
further away. It ends on a face that holds its own foot. Which face is nearest of all is not proved.
"""

from math import inf
from typing import Final

from ringfence.batch.along import buffer_there
from ringfence.batch.compiled import compiled
from ringfence.batch.metric import foot_on, length
from ringfence.batch.records import Column, Record, Records
from ringfence.core.number import larger

LEAST: Final = -1.0 + 1e-12
"""Prices go down to this move."""
_STEP: Final = 1e-6
"""[sigma] Width of a difference quotient."""
_ROUNDS: Final = 24
_LOOKS: Final = 100
_FURTHEST: Final = 2.0**60
_FINE: Final = 1.0 / 16.0
_CLOSE: Final = 1e-14
_NEARER: Final = 1e-11
_WORTH_A_LOOK: Final = 1.2
_A_BIT_MORE: Final = 1.0001
_NUDGES: Final = 20

Point = Column
"""A joint move, in sigmas a coin."""


@compiled
def send(
    x: Point, widths: Column, mover: Column, symbol_mark: Column, coins: Column, pool: Record, rows: Records,
    rules: Records, marks: Column, index: Column, today: Column,
) -> None:  # fmt: skip
    """Send coins to a joint move: marks and index of each, and of what is it in another form.

    mover         place of an asset's coin among those that move; -1: it stays
    symbol_mark   today's marks
    coins         assets that move
    """
    for i in range(pool.first, pool.end):
        rule = rules[rows[i].rule]
        k = mover[rule.coin]
        if k >= 0:
            marks[rule.symbol] = symbol_mark[rule.symbol] * (1.0 + larger(LEAST, widths[k] * x[k]))
    for code in coins:
        k = mover[code]
        index[code] = today[code] * (1.0 + larger(LEAST, widths[k] * x[k]))


@compiled
def reading(
    share: float, x: Point, there: Point, widths: Column, mover: Column, coins: Column, symbol_mark: Column,
    today: Column, way: Record, pool: Record, holdings: Records, rows: Records, rules: Records, rungs: Records,
    factors: Records, assets: Records, bands: Records, marks: Column, index: Column, figures: Column,
    touched: Records,
) -> tuple[float, float]:  # fmt: skip
    """Return the buffer at a share of a joint move, in the pool's unit at today's worth, and its bound."""
    for k in range(len(x)):
        there[k] = share * x[k]
    send(there, widths, mover, symbol_mark, coins, pool, rows, rules, marks, index, today)
    worth = index[pool.unit] / today[pool.unit]
    return buffer_there(
        worth if worth > 0.0 else 1.0, way, pool, holdings, rows, rules, rungs, factors, assets, bands, marks,
        index, figures, touched,
    )  # fmt: skip


@compiled
def first_zero(
    today_buffer: float, x: Point, there: Point, widths: Column, mover: Column, coins: Column,
    symbol_mark: Column, today: Column, way: Record, pool: Record, holdings: Records, rows: Records, rules: Records,
    rungs: Records, factors: Records, assets: Records, bands: Records, marks: Column, index: Column,
    figures: Column, touched: Records,
) -> float:  # fmt: skip
    """Return the multiple of x at which the buffer is used up; infinite: none that is reached."""
    safe, safe_buffer, past, past_buffer = 0.0, today_buffer, inf, -1.0
    share, kept = 1.0, 0
    for _ in range(_LOOKS):
        buffer, bound = reading(
            share, x, there, widths, mover, coins, symbol_mark, today, way, pool, holdings, rows, rules, rungs,
            factors, assets, bands, marks, index, figures, touched,
        )  # fmt: skip
        if abs(buffer) <= _FINE * bound:
            return share
        if buffer > 0.0:
            fall = (safe_buffer - buffer) / (share - safe)
            kept = kept + 1 if kept > 0 else 1
            safe, safe_buffer = share, buffer
            if past == inf:
                share = larger(2.0 * share, share + _A_BIT_MORE * buffer / fall if fall > 0.0 else 0.0)
                share = share if share < 64.0 * safe else 64.0 * safe
                if share > _FURTHEST:
                    return inf
                continue
        else:
            kept = kept - 1 if kept < 0 else -1
            past, past_buffer = share, buffer
        if past - safe <= _CLOSE * past:
            return past
        share = (safe + past) / 2.0
        if abs(kept) <= 2:  # noqa: PLR2004 - one end stays: its chord closes in slowly
            share = safe + (past - safe) * (safe_buffer / (safe_buffer - past_buffer))
        if not safe < share < past:
            share = (safe + past) / 2.0
    return past


@compiled
def slopes_at(
    x: Point, side: float, slopes: Column, aside: Column, there: Point, widths: Column, mover: Column, coins: Column,
    symbol_mark: Column, today: Column, way: Record, pool: Record, holdings: Records, rows: Records, rules: Records,
    rungs: Records, factors: Records, assets: Records, bands: Records, marks: Column, index: Column,
    figures: Column, touched: Records,
) -> float:  # fmt: skip
    """Write the slopes of the buffer at a joint move [unit/sigma], looking one way; return the buffer there."""
    here = 0.0
    for k in range(-1, len(x)):
        for j in range(len(x)):
            aside[j] = x[j] + (side * _STEP if j == k else 0.0)
        buffer, _ = reading(
            1.0, aside, there, widths, mover, coins, symbol_mark, today, way, pool, holdings, rows, rules, rungs,
            factors, assets, bands, marks, index, figures, touched,
        )  # fmt: skip
        if k < 0:
            here = buffer
        else:
            slopes[k] = (buffer - here) / (side * _STEP)
    return here


@compiled
def follow(
    today_buffer: float, best: float, x: Point, found: Point, room: Column, matrix: Column, root: Column,
    widths: Column, mover: Column, coins: Column, symbol_mark: Column, today: Column, way: Record, pool: Record,
    holdings: Records, rows: Records, rules: Records, rungs: Records, factors: Records, assets: Records,
    bands: Records, marks: Column, index: Column, figures: Column, touched: Records,
) -> float:  # fmt: skip
    """Follow the slopes from x to a near point of the boundary; write it if it is nearer than the best, and return it.

    ``room``: three rows of as many numbers as there are coins.
    """
    nearest = inf
    for _ in range(_ROUNDS):
        share = first_zero(
            today_buffer, x, room[0], widths, mover, coins, symbol_mark, today, way, pool, holdings, rows, rules,
            rungs, factors, assets, bands, marks, index, figures, touched,
        )  # fmt: skip
        if share == inf:
            break
        for k in range(len(x)):
            x[k] = larger(share * x[k], LEAST / widths[k])
        far = length(x, root)
        if far < best:
            best = far
            for k in range(len(x)):
                found[k] = x[k]
        if far >= nearest * (1.0 - _NEARER):
            break
        nearest = far
        here = slopes_at(
            x, 1.0, room[1], room[2], room[0], widths, mover, coins, symbol_mark, today, way, pool, holdings, rows,
            rules, rungs, factors, assets, bands, marks, index, figures, touched,
        )  # fmt: skip
        height = here
        for k in range(len(x)):
            height -= room[1, k] * x[k]
        if not foot_on(height, room[1], matrix, x) or length(x, root) > _WORTH_A_LOOK * best:
            break
    return best


@compiled
def nudge_past(
    found: Point, there: Point, widths: Column, mover: Column, coins: Column, symbol_mark: Column, today: Column,
    way: Record, pool: Record, holdings: Records, rows: Records, rules: Records, rungs: Records, factors: Records,
    assets: Records, bands: Records, marks: Column, index: Column, figures: Column, touched: Records,
) -> tuple[float, bool]:  # fmt: skip
    """Return by what a move is to be stretched to lie past the boundary whatever rounding did, and whether it does."""
    more = 1e-15
    for _ in range(_NUDGES):
        buffer, bound = reading(
            1.0 + more, found, there, widths, mover, coins, symbol_mark, today, way, pool, holdings, rows, rules,
            rungs, factors, assets, bands, marks, index, figures, touched,
        )  # fmt: skip
        if buffer < -bound:
            return 1.0 + more, True
        more *= 4.0
    return 1.0, False
