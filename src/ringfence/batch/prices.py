"""Liquidation prices of every position of a population: the first mark, each way, at which its pool's trigger holds."""

from dataclasses import dataclass
from math import isinf, nan
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch import records
from ringfence.batch.along import TOUCHED, WAY, find_breaks, go, moves, touch
from ringfence.batch.compiled import compiled
from ringfence.batch.crossing import NEVER, ROOT, first_crossing
from ringfence.batch.figures import BOUND, BUFFER, FIGURES, LIQUIDATABLE, Judged
from ringfence.batch.judge import ON_THE_WAY, ROUNDING
from ringfence.batch.ready import Ready
from ringfence.batch.records import Column, Record, Records
from ringfence.batch.row import A_RUNG
from ringfence.batch.threads import share

if TYPE_CHECKING:
    from ringfence.batch.columns import Bytes, Floats
    from ringfence.batch.figures import Flags

CROSSINGS: Final = ("never", "root", "jump")
"""How a trigger comes to hold; a crossing's code is its place here."""
_CHUNK: Final = 2048
"""Pools that a thread takes at once."""

_DOWN, _UP, _DOWN_OFF, _UP_OFF = range(4)


@dataclass(frozen=True, slots=True)
class Prices:
    """Where each position dies, all else held [quote]. NaN: never, on that side; or not known, where it is not sure.

    liquidation   the first mark, in the direction in which the position loses, at which the trigger holds
    down, up      the nearest on each side
    off           how far off the liquidation price may be, from the counted bound of the buffer and its slope
    down_off, up_off   the same of each side
    crossing      place in ``CROSSINGS`` of how the liquidation price is met
    sure          whether all this holds whatever rounding did; where it is False, ask the exact engine
    """

    liquidation: "Floats"
    down: "Floats"
    up: "Floats"
    off: "Floats"
    down_off: "Floats"
    up_off: "Floats"
    crossing: "Bytes"
    sure: "Flags"


@compiled
def _is_plain(way: Record, pool: Record, owes: bool, rows: Records, rules: Records) -> bool:  # noqa: FBT001
    """Return whether a pool's P&L and requirements just add up, and its collateral counts in full."""
    if pool.cut or (pool.shared and owes) or way.everything:
        return False
    return rules[rows[pool.first].rule].counts == records.ALL_PNL


@compiled
def _spares(pool: Record, rows: Records, rules: Records) -> bool:
    """Return whether legs of a pool may be spared something."""
    found = False
    for i in range(pool.first, pool.end):
        found |= rules[rows[i].rule].hedge != records.SUM_LEGS
    return found and pool.end - pool.first > 1


@compiled
def is_bent(coin: int, rise: bool, pool: Record, rows: Records, rules: Records, assets: Records) -> bool:  # noqa: FBT001
    """Return whether a buffer may be no concave function of a coin's price between the breaks that are known.

    So it is where a linear contract pays in its own coin, an inverse one in something else, where symbols at several
    prices pick a tier together, or a larger amount of collateral counts for a larger share (``rise``).
    """
    bent = False
    for j in range(pool.first, pool.end):
        rule = rules[rows[j].rule]
        if rule.coin != coin:
            continue
        bent |= moves(rule.settle, coin, assets) != rule.inverse
        together = rule.need_scope in (records.UNDERLYING, records.NET_BY_EXPIRY)
        if together and rule.need_kind == records.STRIP and rule.rungs > 1:
            for k in range(pool.first, pool.end):
                other = rules[rows[k].rule]
                bent |= other.coin == coin and other.symbol != rule.symbol
    return bent or (pool.cut and rise)


@compiled
def ratios_rise(assets: Records, bands: Records) -> bool:
    """Return whether a larger amount of some collateral counts for a larger share."""
    rise = False
    for code in range(len(assets)):
        least = 1.0
        for k in range(assets[code].first_band, assets[code].first_band + assets[code].bands):
            rise |= bands[k].ratio > least
            least = bands[k].ratio
    return rise


@compiled
def rounds(pool: Record, rows: Records, rules: Records) -> bool:
    """Return whether a venue rounds, so that a buffer has a step at every quantum."""
    found = False
    for i in range(pool.first, pool.end):
        rule = rules[rows[i].rule]
        found |= rule.quantum > 0.0 and (rule.cuts or rule.ups)
    return found


@compiled
def keeps_steps(way: Record, pool: Record, rows: Records, rules: Records, assets: Records) -> bool:
    """Return whether a venue's quanta count the same all along a way, in the unit of a pool: no leg is spared any."""
    steady = not (pool.cut or way.everything)
    for i in range(pool.first, pool.end):
        steady &= moves(rules[rows[i].rule].settle, way.coin, assets) == way.unit_moves
    return steady


@compiled
def is_ours(pool: Record, rows: Records, rules: Records) -> bool:
    """Return whether every position of a pool needs what it needs alone, and none is paid for."""
    ours = True
    for i in range(pool.first, pool.end):
        rule = rules[rows[i].rule]
        ours &= rule.known and not rule.paid and not rule.nets
    return ours


@compiled
def _write_both(i: int, price: float, off: float, kind: int, found: Column, how: Column) -> None:
    for side in range(2):
        found[i, side], found[i, side + 2], how[i, side] = price, off, kind


@compiled
def _found_before(
    i: int, pool: Record, rows: Records, rules: Records, found: Column, how: Column, sure: Column
) -> bool:
    """Return whether another leg of a position's symbol was there before it; its prices are taken over."""
    for j in range(pool.first, i):
        if rules[rows[j].rule].symbol == rules[rows[i].rule].symbol:
            for side in range(2):
                found[i, side], found[i, side + 2] = found[j, side], found[j, side + 2]
                how[i, side] = how[j, side]
            sure[i] = sure[j]
            return True
    return False


@compiled
def set_out(
    i: int, way: Record, owes: bool, pool: Record, holdings: Records, rows: Records, rules: Records,  # noqa: FBT001
    assets: Records, marks: Column, index: Column,
) -> None:  # fmt: skip
    """Describe the way along the price of a position's symbol, but for what it does not touch."""
    rule = rules[rows[i].rule]
    rungs, wallet = 0, nan
    for j in range(pool.first, pool.end):
        rungs = max(rungs, rules[rows[j].rule].rungs)
    if pool.shared and pool.end - pool.first == 1:
        for k in range(pool.first_holding, pool.end_holding):
            if holdings[k].asset == rule.settle:
                wallet = holdings[k].amount
    way.symbol, way.coin, way.position, way.wallet = rule.symbol, rule.coin, i, wallet
    way.mark, way.unit, way.times = marks[rule.symbol], index[pool.unit], rules[rows[pool.first].rule].times
    way.unit_moves = moves(pool.unit, rule.coin, assets)
    way.everything = _spares(pool, rows, rules)
    way.plain = _is_plain(way, pool, owes, rows, rules)
    counted = (pool.end - pool.first) + (pool.end_holding - pool.first_holding)
    way.off = ROUNDING * (ON_THE_WAY + A_RUNG * rungs + counted)


@compiled
def find_prices(
    start: int, stop: int, owes: bool, followed: bool, pools: Records, holdings: Records, rows: Records,  # noqa: FBT001
    rules: Records, rungs: Records, factors: Records, assets: Records, bands: Records, today_marks: Column,
    today: Column, judged: Column, positions: Column, status: Column, ways: Records, figures: Column,
    touched: Records, found: Column, how: Column, sure: Column,
) -> None:  # fmt: skip
    """Find the prices of the positions of the pools from ``start`` to before ``stop``.

    ``owes``: whether debts need anything; ``followed``: whether some asset is a coin in another form. ``ways``,
    ``figures`` and ``touched`` are room for one pool.
    """
    marks, index, way, rise = today_marks.copy(), today.copy(), ways[0], ratios_rise(assets, bands)
    way.followed = followed
    for number in range(start, stop):
        pool = pools[number]
        dead = status[number] >= LIQUIDATABLE
        ours = not isinf(judged[number, BOUND]) and is_ours(pool, rows, rules)
        smooth = not rounds(pool, rows, rules)
        for i in range(pool.first, pool.end):
            mark = marks[rules[rows[i].rule].symbol]
            if not ours or dead:
                _write_both(i, mark if ours else nan, ROUNDING * mark, ROOT if ours else NEVER, found, how)
                sure[i] &= ours
                continue
            if _found_before(i, pool, rows, rules, found, how, sure):
                continue
            set_out(i, way, owes, pool, holdings, rows, rules, assets, marks, index)
            touch(way, pool, holdings, rows, rules, assets, index, positions, figures, touched)
            clear = _find_price(
                i, smooth, judged[number, BUFFER], judged[number, BOUND], way, pool, holdings, rows, rules, rungs,
                factors, assets, bands, marks, index, today, figures, touched, found, how,
            )  # fmt: skip
            sure[i] &= clear and not is_bent(way.coin, rise, pool, rows, rules, assets)


@compiled
def _find_price(
    i: int, smooth: bool, buffer: float, bound: float, way: Record, pool: Record, holdings: Records, rows: Records,  # noqa: FBT001
    rules: Records, rungs: Records, factors: Records, assets: Records, bands: Records, marks: Column, index: Column,
    today: Column, figures: Column, touched: Records, found: Column, how: Column,
) -> bool:  # fmt: skip
    """Find the prices of one position of a pool that stands; return whether they are sure.

    ``smooth``: whether its venue rounds nothing; where it does, only that there is no price may be sure.
    """
    breaks = find_breaks(
        way, pool, holdings, rows, rules, rungs, factors, assets, bands, marks, index, today, figures, touched
    )
    firm, steady = True, smooth or keeps_steps(way, pool, rows, rules, assets)
    for side in range(2):
        direction = 1 if side == _UP else -1
        x, error, kind, clear, ample = first_crossing(
            direction, breaks, buffer, bound, way, pool, holdings, rows, rules, rungs, factors, assets, bands,
            marks, index, today, figures, touched,
        )  # fmt: skip
        found[i, side], found[i, side + 2], how[i, side] = x * way.mark, error * way.mark, kind
        firm &= clear and (smooth or (ample and steady))
    go(1.0, way, assets, marks, index, today)
    return firm


def liquidation_prices(made: Ready, judged: Judged, *, threads: int | None = None) -> Prices:
    """Return where every position dies.

    The mark of its symbol moves, the index of its coin and what is that coin in another form in proportion; all else is
    held. A pool past its trigger has today's mark. Of pools that only the exact engine can judge nothing is known.

    Args:
        made: the population, ready.
        judged: its pools, at these very prices.
        threads: how many share the work; None: as many as there are processors.

    """
    tables = made.tables
    sizes = made.pools["end"] - made.pools["first"]
    most, count = int(sizes.max(initial=0)), len(made.rows)
    found, how, sure = np.empty((count, 4)), np.zeros((count, 2), np.int8), np.repeat(judged.sure, sizes)
    owes, followed = bool(tables.assets["owes"].any()), bool((tables.assets["follows"] >= 0).any())

    def find(start: int) -> None:
        find_prices(
            start, min(start + _CHUNK, len(sizes)), owes, followed, made.pools, made.holdings, made.rows,
            tables.rules, tables.rungs, tables.factors, tables.assets, tables.bands, tables.marks, made.index,
            judged.pools, judged.positions, judged.status, np.zeros(1, WAY), np.zeros((most, FIGURES)),
            np.zeros(most + 1, TOUCHED), found, how, sure,
        )  # fmt: skip

    share(find, range(0, len(sizes), _CHUNK), threads)
    rows = np.arange(count)
    losing = np.where(made.rows["sign"] > 0, _DOWN, _UP)
    return Prices(
        liquidation=found[rows, losing],
        down=found[:, _DOWN],
        up=found[:, _UP],
        off=found[rows, losing + 2],
        down_off=found[:, _DOWN_OFF],
        up_off=found[:, _UP_OFF],
        crossing=how[rows, losing],
        sure=sure,
    )
