"""What collateral counts for: bands of a ratio, second cuts, debts in full."""

from ringfence.core.number import N, positive_part, smaller


def band_value(amount: N, lower: N, upper: N, ratio: N) -> N:
    """Return what the part of an amount inside one band counts for.

        value = ratio * (min(amount, upper) - lower)+

    Units   amount, lower, upper in the table's unit, ratio [1] -> same unit
    Source  OKX discount rates, Bybit collateral value ratio: each band at its own ratio
    """
    return ratio * positive_part(smaller(amount, upper) - lower)


def top_band_value(amount: N, lower: N, ratio: N) -> N:
    """Return what the part of an amount above the last bound counts for.

    Units   amount, lower in the table's unit, ratio [1] -> same unit
    Source  as band_value
    """
    return ratio * positive_part(amount - lower)


def after_second_cut(value: N, cut: N) -> N:
    """Return a value after a further cut, such as a conversion fee. The cuts multiply.

    Units   value [unit], cut [1] -> [unit]
    Source  Kraken multi-collateral: (1 - haircut) * (1 - conversion fee)
    """
    return value * (1 - cut)


def sold_for_deficit(deficit: N, ratio: N) -> N:
    """Return the value of an asset sold to cover a deficit at the asset's exchange ratio.

    Units   deficit [unit], ratio [1] -> [unit]
    Source  Binance multi-assets mode, auto-exchange
    """
    return deficit / ratio


def full_value(amount: N, price: N) -> N:
    """Return what an amount is worth before any ratio; a debt counts at this, in full.

    Units   amount [coin], price [unit/coin] -> [unit]
    Source  Bybit unified account: negative balances at 100 %
    """
    return amount * price


def effective_ratio(value: N, full: N) -> N:
    """Return the share of its worth that a holding counts for, over all bands and cuts.

    Units   value and full [unit] -> [1]
    Source  as band_value
    """
    return value / full


def debt_charge(value: N, rate: N, fixed: N) -> N:
    """Return what a debt needs.

    Units   value [unit], rate [1], fixed [unit] -> [unit]
    Source  Binance portfolio margin: loan * MMR; OKX: borrowing margin; Hyperliquid: offset + borrowed * price
    """
    return value * rate + fixed
