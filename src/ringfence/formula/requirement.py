"""Initial and maintenance requirements of one position."""

from ringfence.core.number import N, larger, positive_part, smaller


def flat_charge(value: N, rate: N) -> N:
    """Return a rate on a value.

    Units   value [settle], rate [1] -> [settle]
    Source  the rate tables of each pack
    """
    return value * rate


def leverage_rate(leverage: N, least_rate: N) -> N:
    """Return the initial rate of a chosen leverage, not below what the tier or market demands.

        rate = max(1 / leverage, least rate)

    Units   leverage [1], least_rate [1] -> [1]
    Source  Binance faq 360033162192; dYdX v4 leverage as a floor on the initial fraction
    """
    return larger(1 / leverage, least_rate)


def leverage_charge(value: N, leverage: N, least: N) -> N:
    """Return the initial requirement of a chosen leverage, not below the least requirement.

        max(value / leverage, least)

    The value is divided, and not multiplied by 1 / leverage, so that a third of 150 is 50 on every carrier.

    Units   value and least [settle], leverage [1] -> [settle]
    Source  as ``leverage_rate``
    """
    return larger(value / leverage, least)


def slope_rate(base: N, increase: N, size: N, per: N) -> N:
    """Return a rate that rises in a straight line with size, for the whole position.

        rate = base + increase * size / per

    Units   base [1], increase [1], size [coin], per [coin] -> [1]
    Source  Deribit article 25944738177565
    """
    return base + increase * size / per


def curve_rate(base: N, share: N, factor: N, raised: N, cap: N) -> N:
    """Return a rate that rises with a power of size, for the whole position, between a base and a cap.

        rate = min(cap, max(base, share * base + factor * size ** exponent))

    ``raised`` is the size to its exponent.

    Units   base, share and cap [1], factor [1 / raised], raised in the curve's unit -> [1]
    Source  Orderly (notional ** 0.8); Drift v2 size premium (0.8 * base, square root of the size)
    """
    return smaller(cap, larger(base, share * base + factor * raised))


def step_rate(base: N, rate_step: N, steps: N) -> N:
    """Return a rate that rises by whole steps of a risk limit, for the whole position.

        rate = base + steps * rate step

    Units   base [1], rate_step [1], steps [1] -> [1]
    Source  BitMEX risk limits: steps = ceil((value - base limit) / step), not below zero
    """
    return base + steps * rate_step


def scaled_by_open_interest(base: N, open_interest: N, lower: N, upper: N) -> N:
    """Return the initial fraction scaled by the market's open interest.

        rate = min(1, base + (open interest - lower)+ / (upper - lower) * (1 - base))

    Units   base [1], open_interest [quote], lower and upper [quote] -> [1]
    Source  dYdX v4 x/perpetuals/types/liquidity_tier.go, GetAdjustedInitialMarginQuoteQuantums
    """
    share = positive_part(open_interest - lower) / (upper - lower)
    return smaller(base * 0 + 1, base + share * (1 - base))


def bankruptcy_value_by_leverage(value: N, sign: N, leverage: N) -> N:
    """Return the value at which the initial requirement of a chosen leverage is used up.

        value * (1 - sign / leverage)

    sign is +1 where the value rises as the position gains, -1 where it falls. -1 is the dearer of both sides.

    Units   value [settle], sign +-1, leverage [1] -> [settle]
    Source  Bybit help centre, order cost; KuCoin notice of 2025-05-20 (1 + 1 / leverage for both sides)
    """
    return value * (1 - sign / leverage)


def fee_at_bankruptcy_by_leverage(value: N, sign: N, leverage: N, fee: N) -> N:
    """Return the fee to close where the initial requirement is used up.

        fee = value * (1 - sign / leverage) * rate       (inverse: pass the opposite sign)

    Units   value [settle], sign +-1, leverage [1], fee [1] -> [settle]
    Source  Bybit help centre, order cost and initial margin (USDT contract)
    """
    return bankruptcy_value_by_leverage(value, sign, leverage) * fee


def fee_at_bankruptcy_by_wallet(value: N, wallet: N, sign: N, fee: N) -> N:
    """Return the fee to close where wallet and fee are used up together.

        value at bankruptcy = (value + sign * wallet)+ / (1 + sign * fee)
        fee = rate * value at bankruptcy

    sign is +1 where the value rises as the position loses (an inverse long, a linear short). Where it falls, a
    wallet above the value is never used up, and there is no such fee.

    Units   value and wallet [settle], fee [1] -> [settle]
    Source  Bybit, isolated liquidation price (inverse), added margin / (1 +- fee), May 2026
    """
    return fee * positive_part(value + sign * wallet) / (1 + sign * fee)


def held_back_fees(value_at_bankruptcy: N, fees: N, fee: N) -> N:
    """Return the taker fees a venue holds back to leave a position.

    Units   value_at_bankruptcy [settle], fees [1] how many, fee [1] -> [settle]
    Source  BitMEX and KuCoin position records (posComm)
    """
    return fees * fee * value_at_bankruptcy


def order_loss(sign: N, value_at_mark: N, value_at_order: N) -> N:
    """Return what an order loses the moment it is filled away from the mark.

        linear: (-(sign * (value at mark - value at order)))+

    Units   values [settle] -> [settle]; inverse: pass the opposite sign
    Source  Binance faq 87fa7ee33b574f7084d42bd2ce2e463b
    """
    return positive_part(-(sign * (value_at_mark - value_at_order)))


def value_over_leverage(value: N, leverage: N) -> N:
    """Return the initial requirement of a chosen leverage where nothing bounds it from below.

        value / leverage

    Units   value [settle], leverage [1] -> [settle]
    Source  HTX contract guide: position margin
    """
    return value / leverage


def excess_over_limit(value: N, limit: N) -> N:
    """Return the value above a base risk limit, never below zero.

    Units   value and limit [settle] -> [settle]
    Source  BitMEX risk limits
    """
    return positive_part(value - limit)


def out_of_the_money(sign: N, strike: N, underlying: N) -> N:
    """Return how far an option is from paying: (K - S)+ of a call, (S - K)+ of a put.

    Units   sign +1 call, -1 put; strike, underlying [quote] -> [quote]
    Source  the option margin pages of each venue
    """
    return positive_part(sign * (strike - underlying))


def short_option_charge(unit: N, distance: N, base: N, least: N, floor: N) -> N:
    """Return what one coin of a short option needs above its premium.

        max(base * U - distance, least * U, floor)

    ``unit`` is the price of the underlying, or one where the option pays in coin; ``floor`` a share of its mark.

    Units   unit, distance, floor [settle/coin], base, least [1] -> [settle/coin]
    Source  Deribit, OKX, Bybit, Binance, Derive option margin; CBOE margin manual for the same shape
    """
    return larger(larger(base * unit - distance, least * unit), floor)


def long_option_charge(mark: N, share: N, most: N) -> N:
    """Return what one coin of a long option needs, where what it is worth counts in equity.

        min(share * mark, most)

    Units   mark, most [settle/coin], share [1] -> [settle/coin]
    Source  Paradex dated options, cross margin of buying
    """
    return smaller(share * mark, most)
