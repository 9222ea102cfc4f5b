"""What may stand together of a class's legs, and what that needs: the groups of strategy rules, as columns."""

from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.compiled import compiled
from ringfence.batch.records import Record, Records
from ringfence.formula.requirement import out_of_the_money
from ringfence.formula.strategy import at_expiry, hedged_stock, straddle

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats, Places

LEG: Final = np.dtype(
    [
        ("right", "f8"), ("sign", "f8"), ("lots", "f8"), ("size", "f8"), ("spot", "f8"), ("strike", "f8"),
        ("expiry", "i8"), ("coin", "i8"), ("premium", "f8"), ("alone", "f8"), ("received", "f8"),
    ],
    align=True,
)  # fmt: skip
"""A leg, as ``margin.strategy`` has it.

    right      +1 call, -1 put, 0 stock
    lots       in whole steps; of stock they need not be whole
    expiry     days since the year 1
    premium    [quote/contract] what it is worth; alone: what it needs in no group; received: for it, if short
"""
FOUR: Final = 4
"""Legs that a group has at most."""
_SPREAD, _STRADDLE, _COVERED, _PROTECTED, _BETWEEN, _OF_FOUR = range(6)
_SAME: Final = 1e-12


@compiled
def _is_spread(bought: Record, sold: Record) -> bool:
    """Return whether an option that is bought covers one that is sold: the same right, and no less time."""
    return (
        bought.sign > 0.0 and sold.sign < 0.0 and bought.right == sold.right and bought.right != 0.0
        and bought.size == sold.size and bought.coin == sold.coin and bought.expiry >= sold.expiry
    )  # fmt: skip


@compiled
def _is_short_pair(call: Record, put: Record) -> bool:
    return (
        call.right > 0.0 and put.right < 0.0 and call.sign < 0.0 and put.sign < 0.0
        and call.size == put.size and call.coin == put.coin
    )  # fmt: skip


@compiled
def groups_at_most(legs: Records, four_legged: bool) -> int:  # noqa: FBT001
    """Return how many groups of a class's legs there may be, and no less."""
    spreads, pairs, stocks, options = 0, 0, 0, 0
    for i in range(len(legs)):
        stocks += legs[i].right == 0.0
        options += legs[i].right != 0.0
        for j in range(len(legs)):
            spreads += _is_spread(legs[i], legs[j])
            pairs += _is_short_pair(legs[i], legs[j])
    fours = spreads * (spreads - 1) // 2 if four_legged else 0
    return spreads + pairs + fours + stocks * options * (1 + options)


@compiled
def _worst_at_strikes(legs: Records, member: "Places", count: "Floats") -> float:
    """Return the most that legs of one expiry can lose at expiry, premiums apart: at zero or at a strike."""
    worst = 0.0
    for k in range(-1, len(member)):
        if k >= 0 and member[k] < 0:
            continue
        price, worth = legs[member[k]].strike if k >= 0 else 0.0, 0.0
        for n in range(len(member)):
            if member[n] >= 0:
                leg = legs[member[n]]
                worth += leg.sign * count[n] * leg.size * at_expiry(leg.right, leg.strike, price)
        worst = max(worst, -worth)
    return worst


@compiled
def _of_spread(legs: Records, member: "Places", count: "Floats", loss: float) -> float:
    """Return what a group needs that can lose so much: what its short options need alone, if that is less."""
    bought, naked = 0.0, 0.0
    for n in range(len(member)):
        if member[n] >= 0:
            leg = legs[member[n]]
            if leg.sign > 0.0:
                bought += leg.premium * count[n]
            else:
                naked += leg.alone * count[n]
    return min(loss, naked) + bought


@compiled
def _put(
    gross: float, legs: Records, member: "Places", count: "Floats", at: int, members: "Places",
    takes: "Floats", spared: "Floats", dearest: "Floats",
) -> int:  # fmt: skip
    """Write a group that spares something behind the others; return how many there are."""
    alone = 0.0
    for n in range(len(member)):
        if member[n] >= 0:
            alone += legs[member[n]].alone * count[n]
    dearest[0] = max(dearest[0], gross, alone)
    if not alone - gross > 0.0:
        return at
    members[at], takes[at], spared[at] = member, count, alone - gross
    return at + 1


@compiled
def _joined(one: "Places", other: "Places", member: "Places", count: "Floats") -> None:
    """Fill the legs of two spreads, of one that stands in both twice as many."""
    member[:], count[:] = -1, 0.0
    member[0], member[1], count[0], count[1] = one[0], one[1], 1.0, 1.0
    last = 2
    for leg in other:
        if leg == one[0]:
            count[0] += 1.0
        elif leg == one[1]:
            count[1] += 1.0
        else:
            member[last], count[last] = leg, 1.0
            last += 1


@compiled
def fill_groups(
    legs: Records, four_legged: bool, cover: "Floats", hedged: float, maintenance: bool,  # noqa: FBT001
    members: "Places", takes: "Floats", spared: "Floats", dearest: "Floats",
) -> tuple[int, float]:  # fmt: skip
    """Fill every group that spares something; return how many, and how unsure a comparison leaves what one needs.

    Args:
        legs: of the class.
        four_legged: whether groups of four are looked for.
        cover: by coins, option x stock: units of stock for one of the option's; zero: it is on something else.
        hedged: maintenance of stock with a bought option, of its strike.
        maintenance: whether that is asked about.
        members: filled, group x 4: its legs; -1: no further one.
        takes: filled, group x 4: how many of each it takes.
        spared: filled, by group.
        dearest: its only element is filled with the most that one group needs.

    """
    member, count = np.empty(FOUR, dtype=np.int64), np.empty(FOUR)
    number, unsure = len(legs), 0.0
    pairs, spreads, found = np.empty((number * number, 2), dtype=np.int64), 0, 0
    dearest[0] = 1.0
    for i in range(number):
        dearest[0] = max(dearest[0], 2.0 * legs[i].alone)
        for j in range(number):
            member[:], count[:] = -1, 0.0
            member[0], member[1], count[0], count[1] = i, j, 1.0, 1.0
            one, other = legs[i], legs[j]
            if _is_spread(one, other):
                pairs[spreads, 0], pairs[spreads, 1] = i, j
                spreads += 1
                loss = max(other.right * (one.strike - other.strike), 0.0) * other.size
                gross = _of_spread(legs, member, count, loss)
                found = _put(gross, legs, member, count, found, members, takes, spared, dearest)
            elif _is_short_pair(one, other):
                gross = straddle(one.alone, one.premium, other.alone, other.premium)
                if abs(one.alone - other.alone) <= _SAME * (one.alone + other.alone):
                    unsure = max(unsure, abs(other.premium - one.premium))
                found = _put(gross, legs, member, count, found, members, takes, spared, dearest)
            elif one.right == 0.0 and other.right != 0.0:
                found = _with_stock(
                    i,
                    j,
                    legs,
                    cover,
                    hedged,
                    maintenance,
                    member,
                    count,
                    found,
                    members,
                    takes,
                    spared,
                    dearest,
                )
    if four_legged:
        found = _of_four(legs, pairs[:spreads], member, count, found, members, takes, spared, dearest)
    return found, unsure


@compiled
def _of_four(
    legs: Records, pairs: "Places", member: "Places", count: "Floats", found: int, members: "Places",
    takes: "Floats", spared: "Floats", dearest: "Floats",
) -> int:  # fmt: skip
    """Fill two spreads of one expiry that lose less together than apart."""
    for a in range(len(pairs)):
        first = legs[pairs[a, 0]]
        if first.expiry != legs[pairs[a, 1]].expiry:
            continue
        for b in range(a + 1, len(pairs)):
            bought, sold = legs[pairs[b, 0]], legs[pairs[b, 1]]
            if bought.expiry != first.expiry or sold.expiry != first.expiry:
                continue
            if bought.coin != first.coin or bought.size != first.size:
                continue
            apart = 0.0
            for pair in (pairs[a], pairs[b]):
                loss = max(legs[pair[1]].right * (legs[pair[0]].strike - legs[pair[1]].strike), 0.0)
                apart += min(loss * first.size, legs[pair[1]].alone) + legs[pair[0]].premium
            _joined(pairs[a], pairs[b], member, count)
            gross = _of_spread(legs, member, count, _worst_at_strikes(legs, member, count))
            if gross < apart:
                found = _put(gross, legs, member, count, found, members, takes, spared, dearest)
    return found


@compiled
def _in_the_money(option: Record) -> float:
    return at_expiry(option.right, option.strike, option.spot) * option.size


@compiled
def _with_stock(
    i: int, j: int, legs: Records, cover: "Floats", hedged: float, maintenance: bool, member: "Places",  # noqa: FBT001
    count: "Floats", found: int, members: "Places", takes: "Floats", spared: "Floats", dearest: "Floats",
) -> int:  # fmt: skip
    """Fill stock with an option that it covers, or that covers it, and with both."""
    stock, option = legs[i], legs[j]
    shares = option.size * cover[option.coin, stock.coin] / stock.size
    if shares <= 0.0:
        return found
    count[0] = shares
    charge, kept = (stock.alone - stock.received) * shares, stock.received * shares
    if option.sign < 0.0 and option.right == stock.sign:
        gross = charge + kept
        if maintenance:
            below = min(1.0, option.strike / option.spot) if stock.sign > 0.0 else 1.0
            gross = charge * below + kept + _in_the_money(option)
        return _put(gross, legs, member, count, found, members, takes, spared, dearest)
    if option.sign < 0.0 or option.right != -stock.sign:
        return found
    distance, size = out_of_the_money(option.right, option.strike, option.spot), option.size
    gross = charge + kept + option.alone
    if maintenance:
        gross = hedged_stock(option.strike * size, distance * size, hedged, charge) + kept + option.alone
    found = _put(gross, legs, member, count, found, members, takes, spared, dearest)
    for k in range(len(legs)):
        sold = legs[k]
        if sold.sign > 0.0 or sold.right != stock.sign:
            continue
        if abs(sold.size * cover[sold.coin, stock.coin] / stock.size - shares) > _SAME * shares:
            continue
        member[2], count[2] = k, 1.0
        gross = charge + kept + option.alone
        if maintenance:
            below = min(1.0, sold.strike / sold.spot) if stock.sign > 0.0 else 1.0
            matched = option.strike == sold.strike and option.expiry == sold.expiry
            far = 0.0 if matched else distance * size
            gross = hedged_stock(option.strike * size, far, hedged, charge * below)
            gross = gross + _in_the_money(sold) + kept + option.alone
        found = _put(gross, legs, member, count, found, members, takes, spared, dearest)
    return found
