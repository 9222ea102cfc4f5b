"""Tier tables: a rate that rises with size, on the excess (marginal) or on the whole position."""

from ringfence.core.number import N, positive_part, step


def tier_line(value: N, rate: N, deduction: N) -> N:
    """Return the charge of one tier as venues print it.

        charge = value * rate - deduction

    Units   value [settle], rate [1], deduction [settle] -> [settle]
    Source  Binance faq b3c689c1f50a44cabb3a84e663b81d93
    """
    return value * rate - deduction


def tier_rise(value: N, floor: N, rise: N) -> N:
    """Return what one tier adds to a marginal charge: the excess over its floor at the extra rate.

        term = rise * (value - floor)+

    A marginal table is a strip of calls on the value, so the charge has no jump at a floor.

    Units   value [settle], floor [settle], rise [1] -> [settle]
    Source  equals "value * rate - deduction" with deduction = sum of rise * floor so far
    """
    return rise * positive_part(value - floor)


def tier_step(size: N, floor: N, rise: N) -> N:
    """Return what one tier adds to the rate of the whole position.

        term = rise where size > floor, else 0

    Units   size and floor in the table's unit, rise [1] -> [1]
    Source  OKX position tiers; a size exactly on a floor belongs to the tier below
    """
    return rise * step(size - floor)


def next_deduction(deduction: N, floor: N, rise: N) -> N:
    """Return a tier's deduction from that of the tier below.

        deduction[n] = deduction[n-1] + floor[n] * (rate[n] - rate[n-1])

    Units   deduction [settle], floor [settle], rise [1] -> [settle]
    Source  Binance faq ceccfcfb4e3a45e3b48b0b1bb1a8ae46
    """
    return deduction + floor * rise


def in_settlement(charge: N, size: N, value: N) -> N:
    """Return a charge counted in a table's own unit, in the settlement asset.

        charge * value / size

    Units   charge and size in the table's unit, value [settle] -> [settle]
    Source  as the table: its unit may be coin where the contract settles in quote
    """
    return charge * value / size
