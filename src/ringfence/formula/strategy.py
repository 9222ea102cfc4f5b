"""Strategies of options and stock: what each needs, for one unit of the underlying."""

from ringfence.core.number import N, larger, positive_part, smaller, step


def naked_option(price: N, underlying: N, distance: N, rate: N, least: N) -> N:
    """Return what a short option needs alone: premium + max(rate * S - out of the money, least).

    Units   price, underlying, distance, least [quote/unit], rate [1] -> [quote/unit]
    Source  FINRA rule 4210(f)(2)(D); Cboe rule 12.3, margin manual
    """
    return price + larger(rate * underlying - distance, least)


def straddle(call: N, call_price: N, put: N, put_price: N) -> N:
    """Return what a short call and a short put need: the larger of the two, and the premium of the other.

    Units   [quote/unit] -> [quote/unit]
    Source  FINRA rule 4210(f)(2)(F)(ii); Cboe margin manual, short put and short call
    """
    leads = step(call - put)
    return leads * (call + put_price) + (1 - leads) * (put + call_price)


def at_expiry(sign: N, strike: N, price: N) -> N:
    """Return what an option pays at a price of its underlying: (s (P - K))+.

    Units   sign +1 call, -1 put; strike, price [quote/unit] -> [quote/unit]
    Source  the contract
    """
    return positive_part(sign * (price - strike))


def stock_charge(price: N, rate: N, least: N) -> N:
    """Return what a share owed needs beside what its sale brought: max(rate * price, least), no more than the price.

    Units   price, least [quote/share], rate [1] -> [quote/share]
    Source  FINRA rule 4210(c)(2), (c)(3): 30 % and 5 dollars; below 5 dollars all of it, and 2.50
    """
    return larger(rate * price, smaller(least, larger(price, least / 2)))


def hedged_stock(strike: N, distance: N, hedged: N, alone: N) -> N:
    """Return what stock needs with a bought option: hedged * K + out of the money, if less than alone.

    Units   strike, distance, alone [quote/share], hedged [1] -> [quote/share]
    Source  FINRA rule 4210(f)(2)(G)(v)
    """
    return smaller(hedged * strike + distance, alone)
