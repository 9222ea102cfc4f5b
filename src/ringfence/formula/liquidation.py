"""Prices and amounts of a liquidation, and the order in which counterparties are deleveraged."""

from ringfence.core.number import N, larger, magnitude, positive_part, smaller


def bankruptcy_price_by_leverage(entry: N, sign: N, leverage: N) -> N:
    """Return the price at which a linear isolated position has used up its initial requirement.

    Units   entry [quote], sign +-1, leverage [1] -> [quote]
    Source  Bybit and KuCoin help centres
    """
    return entry * (1 - sign / leverage)


def inverse_bankruptcy_price_by_leverage(entry: N, sign: N, leverage: N) -> N:
    """Return the price at which an inverse isolated position has used up its initial requirement.

    Units   entry [quote], sign +-1, leverage [1] -> [quote]
    Source  Bybit help centre: entry * leverage / (leverage + sign)
    """
    return entry * leverage / (leverage + sign)


def price_with_frozen_requirement(mark: N, sign: N, buffer: N, size: N) -> N:
    """Return the price a venue displays when it leaves the requirement at today's mark.

        price = mark - sign * buffer / size

    Units   mark [quote/coin], buffer [quote], size [coin] -> [quote/coin]
    Source  Hyperliquid API answer of 2023; Bitget 2023
    """
    return mark - sign * buffer / size


def value_with_shared_equity(value: N, sign: N, share: N, rate: N) -> N:
    """Return the value at which a position's part of the pool's equity meets today's rate of requirement.

        value at display = (value - sign * share) / (1 - sign * rate)

    sign is +1 where the value rises as the position gains. The tier is that of today, and every other position is
    taken to lose in the same proportion.

    Units   value and share of equity [settle], sign +-1, rate [1] -> [settle]
    Source  KuCoin support 35084431335065, liquidation price in cross margin mode
    """
    return (value - sign * share) / (1 - sign * rate)


def surrendered(equity: N, maintenance: N, maintenance_total: N) -> N:
    """Return a position's part of the equity that its pool gives up when it is taken over.

    Units   [unit] -> [unit]
    Source  dYdX v4 GetBankruptcyPriceInQuoteQuantums: net collateral * |dMM| / MM
    """
    return equity * maintenance / maintenance_total


def bankruptcy_rating(adjustment: N, equity: N, maintenance: N) -> N:
    """Return how near a pool is to bankruptcy, from 0 at the trigger to 1.

        clamp(adjustment * (1 - equity / maintenance), 0, 1)

    Units   adjustment [1], equity and maintenance [unit] -> [1]
    Source  dYdX v4 GetFillablePrice
    """
    return smaller(adjustment * 0 + 1, positive_part(adjustment * (1 - equity / maintenance)))


def fillable_price(value: N, rating: N, spread: N, maintenance: N, size: N) -> N:
    """Return the worst price at which a liquidation order may fill.

        price = (value - rating * spread * maintenance) / size      value and size signed

    Units   value [quote], maintenance [quote], size [coin] -> [quote/coin]
    Source  dYdX v4 GetFillablePrice
    """
    return (value - rating * spread * maintenance) / size


def insurance_fee(surplus: N, fill_value: N, fee_max: N) -> N:
    """Return what the insurance fund gains (positive) or pays (negative) on a liquidation fill.

        min(surplus, |fill value| * maximum fee)    surplus = fill value - bankruptcy value

    Units   [quote], fee_max [1] -> [quote]
    Source  dYdX v4 GetLiquidationInsuranceFundDelta
    """
    return smaller(surplus, magnitude(fill_value) * fee_max)


def adl_return_times_leverage(pnl_rate: N, effective_leverage: N) -> N:
    """Return the deleveraging rank of a winner: return times effective leverage.

    Units   pnl_rate [1], effective_leverage [1] -> [1]
    Source  BitMEX auto-deleveraging (a loser's rank divides instead)
    """
    return pnl_rate * effective_leverage


def adl_loss_over_leverage(pnl_rate: N, effective_leverage: N) -> N:
    """Return the deleveraging rank of a loser: return divided by effective leverage.

    Units   pnl_rate [1], effective_leverage [1] -> [1]
    Source  BitMEX auto-deleveraging
    """
    return pnl_rate / effective_leverage


def adl_price_ratio_times_leverage(price_ratio: N, notional: N, account_value: N) -> N:
    """Return the deleveraging rank of a winner: price ratio times leverage of the account.

        (price / entry) * (notional / account value), the price ratio inverted for a short

    Units   price_ratio [1], notional and account_value [quote] -> [1]
    Source  Hyperliquid auto-deleveraging
    """
    return price_ratio * notional / account_value


def effective_leverage_to_bankruptcy(value_at_mark: N, value_at_bankruptcy: N) -> N:
    """Return |value at mark| over the distance to the bankruptcy value.

    Units   [settle] -> [1]
    Source  BitMEX auto-deleveraging
    """
    return magnitude(value_at_mark) / larger(
        value_at_mark - value_at_bankruptcy, value_at_bankruptcy - value_at_mark
    )


def bankruptcy_value_of_change(value_change: N, given_up: N) -> N:
    """Return the quote for which a change of a position leaves its pool exactly what is not given up.

        -(change of net value) - given up      positive: received for a sale

    Units   value_change [quote], signed; given_up [quote] as ``surrendered`` -> [quote]
    Source  dYdX v4 GetBankruptcyPriceInQuoteQuantums
    """
    return -value_change - given_up


def fill_surplus(fill_value: N, value_at_bankruptcy: N) -> N:
    """Return what a fill brings above the bankruptcy value; negative where it falls short.

    Units   [quote], both signed: positive is received -> [quote]
    Source  dYdX v4 GetLiquidationInsuranceFundDelta
    """
    return fill_value - value_at_bankruptcy


def least_liquidatable(value: N, minimum: N) -> N:
    """Return the least a venue closes of a position in one block: the stated minimum, or all of a smaller one.

    Units   value [quote], minimum [quote] -> [quote]
    Source  dYdX v4 GetMaxAndMinPositionNotionalLiquidatable
    """
    return smaller(minimum, magnitude(value))


def portion_of(value: N, portion: N) -> N:
    """Return the part of a position that one block may close.

    Units   value [quote], portion [1] -> [quote]
    Source  dYdX v4 GetMaxAndMinPositionNotionalLiquidatable, rounded down there, never below the least
    """
    return magnitude(value) * portion


def left_of_limit(limit: N, used: N) -> N:
    """Return what is left of a limit, never below zero.

    Units   [quote] -> [quote]
    Source  dYdX v4 GetSubaccountMaxNotionalLiquidatable, GetSubaccountMaxInsuranceLost
    """
    return positive_part(limit - used)


def bankruptcy_value(value: N, sign: N, given_up: N, fee: N) -> N:
    """Return the value at which a position leaves its pool when it takes ``given_up`` of the equity with it.

        value at bankruptcy = (value - sign * given_up) / (1 - sign * fee)

    sign is +1 where the position's value rises as it gains, -1 where it falls (a short linear, a long
    inverse). A negative ``given_up`` is a loss that somebody else bears. fee is the rate that closing at
    that value costs the pool, zero where the venue counts none.

    Units   value, given_up [settle], sign +-1, fee [1] -> [settle]
    Source  dYdX v4 GetBankruptcyPriceInQuoteQuantums, signed: -dNNV - NC * |dMM| / MM; Bybit: the fee to
            close at the bankruptcy price is part of what was put up
    """
    return (value - sign * given_up) / (1 - sign * fee)


def linear_price(value: N, contracts: N, contract_size: N) -> N:
    """Return the price at which a linear position has a value.

    Units   value [quote], contracts [contract], contract_size [coin/contract] -> [quote/coin]
    Source  the inverse of ``formula.contract.linear_value``
    """
    return value / (contracts * contract_size)


def inverse_price(value: N, contracts: N, contract_size: N) -> N:
    """Return the price at which an inverse position has a value.

    Units   value [coin], contracts [contract], contract_size [quote/contract] -> [quote/coin]
    Source  the inverse of ``formula.contract.inverse_value``
    """
    return contracts * contract_size / value


def contracts_above(contracts: N, size: N, company: N, cap: N) -> N:
    """Return how many contracts must go so that the size which picks the tier falls to ``cap``.

        close = contracts * (company - cap)+ / size

    Units   contracts [contract]; size (of the position), company (what picks the tier), cap in one unit
            -> [contract]
    Source  Bybit, BitMEX: the difference to the lower risk limit is closed; OKX: two tiers at a time
    """
    return contracts * positive_part(company - cap) / size


def gain_per_value(sign: N, rate: N) -> N:
    """Return how much value must go for a unit of buffer: the slope of a tier line, turned over.

        1 / (1 - sign * rate)

    sign is +1 where the value rises as the position gains, -1 where it falls.

    Units   sign +-1, rate [1] -> [1]
    Source  ``value_at_line``
    """
    return 1 / (1 - sign * rate)


def value_at_line(rest: N, deduction: N, gain: N) -> N:
    """Return the value at which one tier line of a position uses up its pool; turn the sign of a position that gains.

        0 = rest + sign * value - (rate * value - deduction)
        -sign * value = (rest + deduction) / (1 - sign * rate)

    ``rest`` is the buffer of all else in the pool. A marginal requirement is the largest of its lines, so that the
    line met first, the least of these, is that of the tier which holds there.

    Units   rest, deduction [settle], gain [1] as ``gain_per_value`` -> [settle], signed
    Source  Binance faq b3c689c1f50a44cabb3a84e663b81d93, solved for the value
    """
    return (rest + deduction) * gain
