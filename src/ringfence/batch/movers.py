"""What moves a pool: the coins of its contracts and those it holds, with their daily volatility and correlation."""

from math import isnan, nan
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.compiled import compiled
from ringfence.batch.ready import Ready
from ringfence.batch.records import Column, Record, Records
from ringfence.batch.setting import Setting
from ringfence.market.shock import STABLE

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats
    from ringfence.batch.columns import Rows as Places
    from ringfence.batch.figures import Flags

FOUND: Final = 0
NO_POSITIONS: Final = 1
NEVER: Final = 2
NO_VOL: Final = 3
NO_CORRELATION: Final = 4
NOT_A_CORRELATION: Final = 5
ASK: Final = 6
REASONS: Final = (
    "found", "the pool has no positions", "no joint move of these coins liquidates the pool",
    "[vols] has no row for a coin", "[correlation] has no row for two coins", "[correlation] is none",
    "the exact engine has to say",
)  # fmt: skip
"""Why a pool has no nearest move; a reason's code is its place here."""


@compiled
def _add(code: int, count: int, movers: Column) -> int:
    for k in range(count):
        if movers[k] == code:
            return count
    movers[count] = code
    return count + 1


@compiled
def movers_of(
    pool: Record, holdings: Records, rows: Records, rules: Records, leader: Column, movable: Column, movers: Column
) -> int:  # fmt: skip
    """Write the coins that a pool depends on: those of its contracts, then those it pays in or holds; return how many.

    leader    of each asset the coin that it is in another form, or itself
    movable   whether an asset's price moves at all
    """
    count = 0
    for i in range(pool.first, pool.end):
        count = _add(rules[rows[i].rule].coin, count, movers)
    for i in range(pool.first, pool.end):
        settle = rules[rows[i].rule].settle
        if movable[settle] and settle != pool.unit:
            count = _add(leader[settle], count, movers)
    for k in range(pool.first_holding, pool.end_holding):
        asset = holdings[k].asset
        if holdings[k].amount != 0.0 and movable[asset] and asset != pool.unit:
            count = _add(leader[asset], count, movers)
    return count


@compiled
def count_movers(
    pools: Records, holdings: Records, rows: Records, rules: Records, leader: Column, movable: Column,
    sigma: Column, movers: Column, counts: Column, reason: Column,
) -> None:  # fmt: skip
    """Write how many coins move each pool, or why that is not known."""
    for number in range(len(pools)):
        pool = pools[number]
        count, moving = movers_of(pool, holdings, rows, rules, leader, movable, movers), 0
        counts[number] = 0
        if pool.end == pool.first:
            reason[number] = NO_POSITIONS
        if reason[number] != FOUND:
            continue
        for k in range(count):
            if isnan(sigma[movers[k]]):
                reason[number] = NO_VOL
            elif sigma[movers[k]] > 0.0:
                moving += 1
        if reason[number] == FOUND:
            counts[number] = moving
            reason[number] = FOUND if moving else NEVER


@compiled
def pick(
    codes: Column, sigma: Column, correlation: Column, widths: Column, matrix: Column, mover: Column
) -> bool:
    """Fill in what moves and how much; return whether every correlation is known."""
    known = True
    for k in range(len(codes)):
        widths[k], mover[codes[k]] = sigma[codes[k]], k
        for j in range(len(codes)):
            matrix[k, j] = correlation[codes[k], codes[j]]
            known &= not isnan(matrix[k, j])
    return known


@compiled
def go_along(codes: Column, followed: bool, leader: Column, table: int, mover: Column, coins: Column) -> int:  # noqa: FBT001
    """Write which assets' indices go along with the coins that move; return how many do."""
    count = 0
    if not followed:
        for code in codes:
            coins[count] = code
            count += 1
        return count
    for code in range(table):
        if mover[code] < 0:
            mover[code] = mover[leader[code]]
        if mover[code] >= 0:
            coins[count] = code
            count += 1
    return count


def leaders(made: Ready, setting: Setting) -> "tuple[Places, Flags, tuple[str, ...]]":
    """Return the coin that each asset follows, whether it moves, and the names of all coins."""
    venue, stated = setting.rules.venue, setting.market.indices
    led = [venue.follows.get(asset, asset) for asset in made.assets]
    names = tuple(dict.fromkeys([*made.assets, *led]))
    leader = np.array([names.index(coin) for coin in led] + list(range(len(led), len(names))), np.int64)
    still = STABLE | {asset for asset in venue.par if asset not in stated}
    return leader, np.array([name not in still for name in names]), names


def sigmas(names: tuple[str, ...], setting: Setting) -> "Floats":
    """Return the daily volatility of each coin, as a fraction; NaN: it is not known."""
    vols = setting.market.vols
    return np.array([float(vols[name]) if name in vols else nan for name in names]) / np.sqrt(365.0)


def correlations(names: tuple[str, ...], setting: Setting) -> "Floats":
    """Return the correlation of every two coins whose volatility is known; NaN: it is not."""
    market, found = setting.market, np.full((len(names), len(names)), nan)
    known = [number for number, name in enumerate(names) if name in market.vols]
    for one in known:
        for other in known:
            stated = market.correlation_of(names[one], names[other])
            found[one, other] = nan if stated is None else float(stated)
    return found
