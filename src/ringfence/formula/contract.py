"""What a contract is worth and what it has earned."""

from ringfence.core.number import N


def linear_value(contracts: N, contract_size: N, price: N) -> N:
    """Return the value of a linear position, unsigned.

        value = contracts * contract_size * price

    Units   contracts [contract], contract_size [coin/contract], price [quote/coin] -> [quote]
    Source  facts of each pack's contract specification
    """
    return contracts * contract_size * price


def inverse_value(contracts: N, contract_size: N, price: N) -> N:
    """Return the value of an inverse position, unsigned.

        value = contracts * contract_size / price

    Units   contracts [contract], contract_size [quote/contract], price [quote/coin] -> [coin]
    Source  facts of each pack's contract specification
    """
    return contracts * contract_size / price


def unrealized_pnl(sign: N, value_at_entry: N, value_at_mark: N) -> N:
    """Return what a position has gained since entry, in its settlement asset.

        linear:  sign * (value at mark - value at entry), pass sign = side
        inverse: sign * (value at entry - value at mark), pass sign = -side

    Units   values [settle] -> [settle]
    Source  BitMEX and Binance COIN-M contract guides (inverse: face * (1/entry - 1/price))
    """
    return sign * (value_at_mark - value_at_entry)


def funding_payment(sign: N, value: N, rate: N) -> N:
    """Return what a position pays at a funding time; negative where it receives.

        payment = side * value * rate

    Units   sign +-1 (the side, also for an inverse contract), value [settle], rate [1] -> [settle]
    Source  BitMEX exchange guide, Binance funding faq: at a positive rate longs pay shorts
    """
    return sign * value * rate
