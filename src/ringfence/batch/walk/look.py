"""A block of paths, some steps on: prices from factors, and what every pool's buffer is at each step.

Lanes are the last axis of everything. Shapes: S steps, C coins, K pools, L = ``LANES``.
"""

from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.walk import LANES
from ringfence.batch.walk.compiled import greater, lesser, walking

if TYPE_CHECKING:
    from ringfence.batch.walk.tables import Floats, Record, Records, Steps

NEVER: Final = 2**31 - 1
"""Stands for the step of what has not happened."""
_FOUR: Final = 4
_STRIDE: Final = 144
"""Numbers from a row of lanes to the next: no power of two, or stores and loads 4 KB apart wait for each other."""


@walking
def look(
    before: int, chunk: "Floats", level: "Floats", pools: "Records", parts: "Records", pieces: "Records",
    reach: "Floats", flows: "Floats", paid: "Floats", least: "Floats", died: "Steps", at_death: "Floats",
    paid_at_death: "Floats", asks: "Records", cash: "Floats", sent: "Floats",
) -> None:  # fmt: skip
    """Take a block some steps on.

    Args:
        before: how many steps came before these.
        chunk: (S, C, L) factors of each step; becomes prices over today's.
        level: (C, L) prices over today's before; becomes those after.
        pools: the tables: ``POOL``,
        parts: ``PART``
        pieces: and ``PIECE``.
        reach: (C,) how far beyond a look a price is taken to have been, as a factor; 1: no further.
        flows: (K, C, 2) what a pool has more for each unit of what ``paid`` counts; (K, 0, 2): nothing is paid.
        paid: (C, 2, L) sums of prices, and of one over prices, at the instants of payment so far.
        least: (K, L) least buffers so far.
        died: (K, L) step at which the buffer first was used up; ``NEVER``.
        at_death: (K, C, L) prices then.
        paid_at_death: (K, C, 2, L) what ``paid`` was then; (K, 0, 2, L) where nothing is paid.
        asks: (A,) pools that are topped up: ``ASK``.
        cash: (K, L) what was put into each pool so far.
        sent: (A, 3, L) what is on its way, the step at which it arrives, and all that was ever sent.

    """
    coins, steps = chunk.shape[1], chunk.shape[0]
    low, high, ends = np.empty((coins, LANES)), np.empty((coins, LANES)), np.empty((coins, 2))
    grow(chunk, level, low, high)
    for c in range(coins):
        ends[c, 0], ends[c, 1] = least_of(low[c]) / reach[c], greatest_of(high[c]) * reach[c]
    buffers, lowest, base = np.empty((steps if steps > 1 else 2, LANES)), np.empty(LANES), np.empty(LANES)
    slopes, straight = np.empty(coins + 1), np.empty(coins + 1, np.int64)
    for k in range(len(pools)):
        pool = pools[k]
        if pool.is_asked:
            continue
        _base(pool, flows[k], paid, base)
        if pool.at_ends:
            _at_ends(pool, parts, pieces, low, high, ends, reach, base, buffers, lowest)
        else:
            _at_each(pool, parts, pieces, chunk, ends, base, slopes, straight, buffers)
            _lowest(buffers[:steps], lowest)
        _note(
            before, pool, parts, pieces, reach, chunk, base, buffers, lowest, paid, least[k], died[k],
            at_death[k], paid_at_death[k],
        )  # fmt: skip
    for a in range(len(asks)):
        k, e = asks[a].pool, asks[a].equity
        equity = np.empty((steps, LANES))
        _base(pools[k], flows[k], paid, base)
        _at_each(pools[k], parts, pieces, chunk, ends, base, slopes, straight, buffers)
        _base(pools[e], flows[k], paid, base)
        _at_each(pools[e], parts, pieces, chunk, ends, base, slopes, straight, equity)
        for s in range(steps):
            _ask(
                before + s + 1, pools[k], asks[a], buffers[s], equity[s], chunk[s], paid, cash[k], sent[a], least[k],
                died[k], at_death[k], paid_at_death[k],
            )  # fmt: skip


@walking
def least_of(row: "Floats") -> float:
    """Return the least of a row of lanes."""
    found = row[0]
    for i in range(1, LANES):
        found = lesser(row[i], found)
    return found


@walking
def greatest_of(row: "Floats") -> float:
    """Return the greatest of a row of lanes."""
    found = row[0]
    for i in range(1, LANES):
        found = greater(row[i], found)
    return found


@walking
def grow(chunk: "Floats", level: "Floats", low: "Floats", high: "Floats") -> None:
    """Turn factors into prices, and find the least and the greatest of each lane: two steps at a time.

    What is written beside the prices stands in one scratch array, at places known beforehand: so no overlap is feared.
    """
    scratch = np.empty(3 * _STRIDE)
    now, least, most = (
        scratch[:LANES],
        scratch[_STRIDE : _STRIDE + LANES],
        scratch[2 * _STRIDE : 2 * _STRIDE + LANES],
    )
    steps = chunk.shape[0]
    for c in range(chunk.shape[1]):
        for i in range(LANES):
            now[i], least[i], most[i] = level[c, i], np.inf, 0.0
        for s in range(0, steps - 1, 2):
            row, then = chunk[s, c], chunk[s + 1, c]
            for i in range(LANES):
                price = now[i] * row[i]
                after = price * then[i]
                row[i], then[i], now[i] = price, after, after
                least[i] = lesser(lesser(price, after), least[i])
                most[i] = greater(greater(price, after), most[i])
        if steps % 2 == 1:
            row = chunk[steps - 1, c]
            for i in range(LANES):
                price = now[i] * row[i]
                row[i], now[i] = price, price
                least[i] = lesser(price, least[i])
                most[i] = greater(price, most[i])
        for i in range(LANES):
            level[c, i], low[c, i], high[c, i] = now[i], least[i], most[i]


@walking
def _base(pool: "Record", flows: "Floats", paid: "Floats", base: "Floats") -> None:
    """Set what a pool's buffer is apart from its parts: a constant, and what was paid so far."""
    for i in range(LANES):
        base[i] = pool.base
    for c in range(flows.shape[0]):
        for kind in range(2):
            if flows[c, kind] != 0.0:
                for i in range(LANES):
                    base[i] += flows[c, kind] * paid[c, kind, i]


@walking
def value_at(part: "Record", pieces: "Records", g: float) -> float:
    """Return the value of a part at a price over today's."""
    piece = pieces[place_of(part, pieces, g)]
    return piece.constant + piece.slope * g + (piece.inverse / g if piece.inverse != 0.0 else 0.0)


@walking
def place_of(part: "Record", pieces: "Records", g: float) -> int:
    """Return the piece of a part that holds at a price over today's: reckoned where pieces are even, else searched."""
    if part.per_step > 0.0:
        place = part.first + int((g - part.low) * part.per_step)
        place = part.first if place < part.first else place
        return part.end - 1 if place >= part.end else place
    return _place(part, pieces, g)


@walking
def _place(part: "Record", pieces: "Records", g: float) -> int:
    """Return the piece that holds at a price."""
    low, high = part.first, part.end - 1
    while low < high:
        middle = (low + high + 1) // 2
        if pieces[middle].edge < g:
            low = middle
        else:
            high = middle - 1
    return low


@walking
def _at_ends(
    pool: "Record", parts: "Records", pieces: "Records", low: "Floats", high: "Floats", ends: "Floats",
    reach: "Floats", base: "Floats", scratch: "Floats", lowest: "Floats",
) -> None:  # fmt: skip
    """Find the least buffer of each lane where it stands at the least or at the greatest price."""
    part, c = parts[pool.first], pool.coin
    _values(part, pieces, low[c], 1.0 / reach[c], ends[c], scratch[0])
    _values(part, pieces, high[c], reach[c], ends[c], scratch[1])
    down, up = scratch[0], scratch[1]
    for i in range(LANES):
        lowest[i] = base[i] + lesser(down[i], up[i])


@walking
def _values(
    part: "Record", pieces: "Records", prices: "Floats", times: float, ends: "Floats", row: "Floats"
) -> None:
    """Set a row to the values of a part at prices, times a factor, between two ends."""
    place = _place(part, pieces, ends[0])
    piece = pieces[place]
    constant, slope, inverse = piece.constant, piece.slope * times, piece.inverse / times
    if inverse == 0.0:
        for i in range(LANES):
            row[i] = constant + slope * prices[i]
    else:
        for i in range(LANES):
            row[i] = constant + slope * prices[i] + inverse / prices[i]
    while place + 1 < part.end and pieces[place + 1].edge < ends[1]:
        now, then = pieces[place], pieces[place + 1]
        edge, constant = then.edge / times, then.constant - now.constant
        slope, inverse = (then.slope - now.slope) * times, (then.inverse - now.inverse) / times
        for i in range(LANES):
            row[i] += constant + slope * prices[i] + inverse / prices[i] if prices[i] > edge else 0.0
        place += 1


@walking
def _at_each(
    pool: "Record", parts: "Records", pieces: "Records", chunk: "Floats", ends: "Floats", base: "Floats",
    slopes: "Floats", straight: "Steps", buffers: "Floats",
) -> None:  # fmt: skip
    """Find the buffer of each lane at each step. Parts that are straight here are summed at once."""
    count, constant = 0, 0.0
    for p in range(pool.first, pool.end):
        part = parts[p]
        if part.per_step == 0.0:
            first = _place(part, pieces, ends[part.coin, 0])
            if pieces[first].inverse == 0.0:
                constant += pieces[first].constant
                slopes[count], straight[count] = pieces[first].slope, part.coin
                count += 1
    for i in range(LANES):
        base[i] += constant
    for s in range(chunk.shape[0]):
        _lines(chunk[s], base, slopes, straight, count, buffers[s])
    for p in range(pool.first, pool.end):
        _bent(parts[p], pieces, chunk, ends, buffers)


@walking
def _lowest(buffers: "Floats", lowest: "Floats") -> None:
    """Find the least buffer of each lane."""
    for i in range(LANES):
        lowest[i] = buffers[0, i]
    for s in range(1, buffers.shape[0]):
        row = buffers[s]
        for i in range(LANES):
            lowest[i] = lesser(row[i], lowest[i])


@walking
def _lines(
    prices: "Floats", base: "Floats", slopes: "Floats", straight: "Steps", count: int, row: "Floats"
) -> None:
    """Set a row to the base and straight parts, four coins at a time."""
    for i in range(LANES):
        row[i] = base[i]
    done = 0
    while done + _FOUR <= count:
        a, b, c, d = slopes[done], slopes[done + 1], slopes[done + 2], slopes[done + 3]
        one, two = prices[straight[done]], prices[straight[done + 1]]
        three, four = prices[straight[done + 2]], prices[straight[done + 3]]
        for i in range(LANES):
            row[i] += (a * one[i] + b * two[i]) + (c * three[i] + d * four[i])
        done += _FOUR
    while done < count:
        a, one = slopes[done], prices[straight[done]]
        for i in range(LANES):
            row[i] += a * one[i]
        done += 1


@walking
def _bent(part: "Record", pieces: "Records", chunk: "Floats", ends: "Floats", buffers: "Floats") -> None:
    """Add what of a part is no line through all the prices that it has here."""
    low, high = ends[part.coin, 0], ends[part.coin, 1]
    if part.per_step > 0.0:
        for s in range(chunk.shape[0]):
            prices, row = chunk[s, part.coin], buffers[s]
            for i in range(LANES):
                row[i] += value_at(part, pieces, prices[i])
        return
    place = _place(part, pieces, low)
    piece = pieces[place]
    if piece.inverse != 0.0:
        for s in range(chunk.shape[0]):
            prices, row = chunk[s, part.coin], buffers[s]
            for i in range(LANES):
                row[i] += piece.constant + piece.slope * prices[i] + piece.inverse / prices[i]
    while place + 1 < part.end and pieces[place + 1].edge < high:
        _kink(pieces[place], pieces[place + 1], part.coin, chunk, buffers)
        place += 1


@walking
def _kink(now: "Record", then: "Record", coin: int, chunk: "Floats", buffers: "Floats") -> None:
    """Add by how much a piece differs from the one before it, where it holds."""
    edge, constant, slope = then.edge, then.constant - now.constant, then.slope - now.slope
    inverse = then.inverse - now.inverse
    for s in range(chunk.shape[0]):
        prices, row = chunk[s, coin], buffers[s]
        if inverse == 0.0:
            for i in range(LANES):
                row[i] += constant + slope * prices[i] if prices[i] > edge else 0.0
        else:
            for i in range(LANES):
                row[i] += constant + slope * prices[i] + inverse / prices[i] if prices[i] > edge else 0.0


@walking
def is_past(buffer: float, pool: "Record") -> bool:
    """Return whether a buffer is past the trigger."""
    return buffer < pool.line or (pool.at_line and buffer == pool.line)


@walking
def _note(
    before: int, pool: "Record", parts: "Records", pieces: "Records", reach: "Floats", chunk: "Floats",
    base: "Floats", buffers: "Floats", lowest: "Floats", paid: "Floats", least: "Floats", died: "Steps",
    at_death: "Floats", paid_at_death: "Floats",
) -> None:  # fmt: skip
    """Keep the least buffers, and where a lane dies the step and what prices were then."""
    for i in range(LANES):
        least[i] = lesser(lowest[i], least[i])
    if not is_past(least_of(lowest), pool):
        return
    for i in range(LANES):
        if died[i] == NEVER and is_past(lowest[i], pool):
            s = _first(i, pool, parts, pieces, reach, chunk, base, buffers)
            died[i] = before + s + 1
            for c in range(chunk.shape[1]):
                at_death[c, i] = chunk[s, c, i]
            for c in range(paid_at_death.shape[0]):
                paid_at_death[c, 0, i], paid_at_death[c, 1, i] = paid[c, 0, i], paid[c, 1, i]


@walking
def _first(
    lane: int, pool: "Record", parts: "Records", pieces: "Records", reach: "Floats", chunk: "Floats",
    base: "Floats", buffers: "Floats",
) -> int:  # fmt: skip
    """Return the first step here at which a lane that dies is past its trigger."""
    last = chunk.shape[0] - 1
    for s in range(last):
        buffer = buffers[s, lane]
        if pool.at_ends:
            part, price = parts[pool.first], chunk[s, pool.coin, lane]
            down = value_at(part, pieces, price / reach[pool.coin])
            up = value_at(part, pieces, price * reach[pool.coin])
            buffer = base[lane] + (down if down < up else up)
        if is_past(buffer, pool):
            return s
    return last


@walking
def _ask(
    step: int, pool: "Record", ask: "Record", buffers: "Floats", equity: "Floats", prices: "Floats", paid: "Floats",
    cash: "Floats", sent: "Floats", least: "Floats", died: "Steps", at_death: "Floats", paid_at_death: "Floats",
) -> None:  # fmt: skip
    """Look at a pool that its owner tops up: what was sent arrives, and where it runs low more is sent.

    A pool that is past its trigger is not saved by what is still on its way; that stays with its owner.
    """
    for i in range(LANES):
        if sent[0, i] > 0.0 and died[i] == NEVER and sent[1, i] <= step:
            cash[i] += sent[0, i]
            sent[0, i] = 0.0
        buffer = buffers[i] + cash[i]
        least[i] = lesser(buffer, least[i])
        if died[i] != NEVER:
            continue
        if is_past(buffer, pool):
            died[i] = step
            for c in range(prices.shape[0]):
                at_death[c, i] = prices[c, i]
            for c in range(paid_at_death.shape[0]):
                paid_at_death[c, 0, i], paid_at_death[c, 1, i] = paid[c, 0, i], paid[c, 1, i]
        elif sent[0, i] == 0.0:
            has, need = equity[i] + cash[i], equity[i] - buffers[i]
            lacks, may = need / ask.to - has, ask.cap - sent[2, i]
            if need > ask.ratio * has and lacks > 0.0 and may > 0.0:
                sent[0, i] = lesser(lacks, may)
                sent[1, i] = step + ask.delay
                sent[2, i] += sent[0, i]


@walking
def pay(level: "Floats", paid: "Floats") -> None:
    """Add the prices of an instant of payment to what was paid so far."""
    for c in range(level.shape[0]):
        for i in range(LANES):
            paid[c, 0, i] += level[c, i]
            paid[c, 1, i] += 1.0 / level[c, i]
