"""Made-up accounts in the numbers and the shapes of a real venue's, for whoever has no venue's accounts at hand."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.assemble import Rows, assembled, joined
from ringfence.batch.columns import Columns
from ringfence.batch.draws import Draws
from ringfence.batch.setting import Setting
from ringfence.batch.shape import Shape
from ringfence.batch.stand import Stand

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Floats
    from ringfence.batch.columns import Rows as Places

    Flags = npt.NDArray[np.bool_]

__all__ = ["BLOCK", "Shape", "populate"]

BLOCK: Final = 1 << 15
"""Accounts drawn at a time: it bounds memory, and what one block draws depends on no other."""

_MOVED_MAX: Final = 0.5
"""Logarithm by which a mark is at most away from entry."""

_SURVIVED: Final = 0.8
"""An isolated position has lost at most this part of what separates it from liquidation."""

_COSTS: Final = 0.002
"""Rate that closing may cost, left out of that part."""


def populate(shape: Shape, setting: Setting, seed: int) -> Columns:
    """Return made-up accounts, named a0000001 and so on, that a setting's rules accept.

    The same shape, setting and seed give the same accounts, whatever else runs (under one version of numpy). Every
    number has at most 15 digits, so a float64 holds it as it is written. A position has a leverage where its venue
    wants one, at most what its tier admits.

    Args:
        shape: what the population looks like; see there.
        setting: rules, contracts and prices, such as ``market_of`` gives.
        seed: zero or above.

    Raises:
        BookError: the seed is below zero, or the setting has a contract that cannot be held.

    """
    stand = Stand.of(setting, shape)
    blocks = []
    for number, start in enumerate(range(0, shape.accounts, BLOCK)):
        draws, count = Draws(seed, number), min(BLOCK, shape.accounts - start)
        closing = draws.flags(count, shape.close)
        rows = _sized(_chosen(shape, stand, draws, closing), shape, stand)
        blocks.append(assembled(rows, shape, stand, draws, closing))
    return joined(blocks, stand)


@dataclass(frozen=True)
class _Chosen:
    """What accounts have chosen, a row a position: not yet how many contracts that is.

    notional   [USD]
    gain       logarithm by which the mark has moved in the position's favour, in daily volatilities
    leverage   that the account would like to have
    stretch    by what the symbol's legs together are larger than this one
    """

    account: "Places"
    symbol: "Places"
    sign: "Places"
    isolated: "Flags"
    notional: "Floats"
    gain: "Floats"
    leverage: "Floats"
    stretch: "Floats"


def _chosen(shape: Shape, stand: Stand, draws: Draws, closing: "Flags") -> _Chosen:
    count = len(closing)
    hedged = draws.flags(count, shape.hedged) & (len(stand.symbols) > 1)
    most = len(stand.symbols)
    held = np.maximum(np.minimum(draws.geometric(count, shape.positions), most), np.where(hedged, 2, 1))
    account, symbol = draws.held(held, stand.weights)
    rows = len(account)
    rank = np.arange(rows) - np.repeat(np.cumsum(held) - held, held)
    first_long = draws.flags(count, 0.5)
    long = draws.flags(rows, shape.long)
    long = np.where(hedged[account], (rank % 2 == 0) == first_long[account], long)
    isolating = draws.flags(count, shape.isolated_accounts)
    isolated = isolating[account] & draws.flags(rows, shape.isolated_positions)
    isolated = (isolated & stand.isolates[symbol]) | ~stand.shares[symbol]
    gross = draws.notional(count, shape)
    notional = _divided(gross, account, symbol, hedged[account], long, shape, stand, draws)
    leverage = draws.chosen(count, shape.leverage)[account]
    twin = np.zeros(rows, dtype=bool)
    if stand.hedge_mode:
        twin = draws.flags(count, shape.two_legged)[account] & (rank == 0)
    order = np.repeat(np.arange(rows), np.where(twin, 2, 1))
    second = np.concatenate([[False], order[1:] == order[:-1]])
    part = np.where(second, 0.2 + 0.8 * draws.uniform(len(order)), 1.0)
    gain = draws.normal(len(order)) * shape.moved
    return _Chosen(
        account=account[order],
        symbol=symbol[order],
        sign=np.where(long[order] != second, 1, -1),
        isolated=isolated[order],
        notional=notional[order] * part,
        gain=np.where(closing[account[order]], -np.abs(gain), gain),
        leverage=leverage[order],
        stretch=np.where(twin[order], 2.0, 1.0),
    )


def _divided(
    gross: "Floats",
    account: "Places",
    symbol: "Places",
    hedged: "Flags",
    long: "Flags",
    shape: Shape,
    stand: Stand,
    draws: Draws,
) -> "Floats":
    """Return accounts' gross notional divided among their positions; of a hedged one half on each side."""
    claim = draws.exponential(len(account)) * stand.weights[symbol] ** shape.depth
    side = account * 2 + np.where(hedged, long, 0)
    whole = np.bincount(side, claim, 2 * len(gross))[side]
    return np.where(hedged, 0.5, 1.0) * gross[account] * claim / whole


def _sized(chosen: _Chosen, shape: Shape, stand: Stand) -> Rows:
    """Return positions in contracts, at prices and leverages that their venue admits."""
    rows = len(chosen.account)
    contracts, entry, leverage, initial, maintenance, put_up, pnl = (np.full(rows, np.nan) for _ in range(7))
    for place, terms in enumerate(stand.terms):
        at = np.flatnonzero(chosen.symbol == place)
        if not len(at):
            continue
        isolated, stretch = chosen.isolated[at], chosen.stretch[at]
        room = terms.largest / (stretch * np.exp(_MOVED_MAX))
        size = stand.step_of(place, np.minimum(chosen.notional[at] / terms.worth, room), shape.least)
        gain = np.clip(chosen.gain[at] * terms.sigma_daily, -_MOVED_MAX, _MOVED_MAX)
        stretch = stretch * np.exp(np.abs(gain))
        wanted = terms.leverage(chosen.leverage[at], size, stretch)
        stated = terms.states_leverage | (terms.takes_leverage & isolated)
        rates = terms.rates(size * stretch)
        rate = np.where(stated, np.maximum(rates[0], 1 / wanted), rates[0])
        needed = np.maximum(rates[1], terms.factor(wanted, size) * rate)
        alive = -_SURVIVED * np.maximum(rate - needed - _COSTS, 0)
        gain = np.where(isolated, np.maximum(gain, alive), gain)
        price = stand.price_of(place, terms.mark * np.exp(-gain * chosen.sign[at]))
        at_mark, before = terms.value(size, np.full_like(size, terms.mark)), terms.value(size, price)
        contracts[at], entry[at] = size, price
        leverage[at] = np.where(stated, wanted, np.nan)
        initial[at], maintenance[at], put_up[at] = at_mark * rate, at_mark * needed, before * rate
        pnl[at] = chosen.sign[at] * (before - at_mark if terms.is_inverse else at_mark - before)
    return Rows(
        chosen.account, chosen.symbol, chosen.sign, chosen.isolated, contracts, entry, leverage, initial,
        maintenance, put_up, pnl,
    )  # fmt: skip
