"""Positions that net: what joint moves do to them, and what a venue adds."""

from ringfence.core.number import N, larger, magnitude, positive_part, smaller, step


def linear_gain(coins: N, price: N, move: N) -> N:
    """Return what a linear holding gains as its price moves.

    Units   coins [coin] signed, price [quote/coin], move [1] -> [quote]
    Source  coins * (price after - price before)
    """
    return coins * price * move


def inverse_gain(coins: N, move: N) -> N:
    """Return what an inverse holding gains, in coin, as its price moves: coins * (1 - 1 / (1 + move)).

    Units   coins [coin] signed, at today's price; move [1] -> [coin]
    Source  Deribit private/simulate, risk vectors of inverse futures
    """
    return coins - coins / (1 + move)


def extended_weight(factor: N, edge: N, move: N) -> N:
    """Return the share of a far move's result that counts: factor * range / |move|.

    Units   factor, edge (the range), move [1] -> [1]
    Source  Deribit portfolio margin, extended table; Paradex prints the same weights
    """
    return factor * edge / magnitude(move)


def ranges_beyond(move: N, edge: N) -> N:
    """Return how many ranges a move lies beyond the first: max(|move| / range, 1) - 1.

    Units   move, edge (the range) [1] -> [1]
    Source  Deribit portfolio margin, extended table dampener
    """
    return positive_part(magnitude(move) / edge - 1)


def restated(gain: N, move: N, edge: N) -> N:
    """Return what a coin gained at a far move is worth in coins at the edge of the range.

    Units   gain [coin], move, edge (signed as the move) [1] -> [coin]
    Source  Deribit portfolio margin, extended table
    """
    return gain * (1 + move) / (1 + edge)


def gain_counted(gain: N, share: N, cap: N) -> N:
    """Return what of a gain counts against the losses of others.

    Units   gain, cap [unit], share [1] -> [unit]
    Source  Deribit portfolio margin: pnl_offset, max_offsetable_pnl
    """
    return smaller(gain * share, cap)


def dampener(ranges_beyond: N, per_range: N, price: N) -> N:
    """Return by how much a loss at a far move is made smaller.

    Units   ranges_beyond [1], per_range [USD], price [USD/unit] -> [unit]
    Source  Deribit portfolio margin, extended table dampener
    """
    return ranges_beyond * per_range / price


def worst_with_charges(worst: N, added: N, floor: N) -> N:
    """Return what a unit may lose: the worst result and what is added to it, not below a floor.

    Units   [unit's currency] -> [unit's currency]
    Source  OKX max(MR1, MR2, MR6) + ... against MR7; OCC minimum per contract; SPAN short option minimum
    """
    return larger(worst + added, floor)


def delta_shock(size: N, cap: N, increase: N, threshold: N) -> N:
    """Return the charge for a large delta: |D| * min(cap, increase * (|D| - threshold)+).

    Units   size, threshold [coin], cap [1], increase [1/coin] -> [coin]
    Source  Deribit portfolio margin, delta shock
    """
    return magnitude(size) * smaller(cap, increase * positive_part(magnitude(size) - threshold))


def left_uncovered(size: N, cover: N) -> N:
    """Return what is left of a signed size after a cover that can only make it smaller, and not turn it round.

    Units   [coin] signed -> [coin] signed
    Source  Deribit portfolio margin, delta shock: long options only reduce it
    """
    least = smaller(size, size * 0)
    most = larger(size, size * 0)
    return smaller(larger(size + cover, least), most)


def net_and_hedged(net: N, gross: N, net_rate: N, hedged_rate: N) -> N:
    """Return net_rate * |net| + hedged_rate * (gross - |net|) / 2.

    Units   net, gross [coin], rates [1] -> [coin]
    Source  Paradex portfolio margin, minimum delta
    """
    return net_rate * magnitude(net) + hedged_rate * (gross - magnitude(net)) / 2


def tier_part(size: N, lower: N, upper: N) -> N:
    """Return the part of a size between two bounds: (min(size, upper) - lower)+.

    Units   [unit] -> [unit]
    Source  OKX portfolio margin, adjusted minimum charge: each part of it at its own multiplier
    """
    return positive_part(smaller(size, upper) - lower)


def matched(one: N, other: N) -> N:
    """Return what two signed amounts have in common where their signs differ, signed as the first; else nothing.

    Units   [unit] signed -> [unit] signed
    Source  Bybit portfolio margin, vega spread: the hedged part of two expiries
    """
    return one - left_uncovered(one, other)


def stress_range(no_return: N, expected: N, least: N) -> N:
    """Return the range a broker tests: the expected one, where the account would be used up inside it, if wider.

    Units   moves that use up an account, that are expected, and the least range [1] -> [1]
    Source  Charles Schwab, point of no return and expected price range
    """
    return larger(least, step(expected - no_return) * expected)


def unsure_charge(confidence: N, rate: N, value: N) -> N:
    """Return the charge for a price that an oracle is unsure of: (1 - confidence) * rate * value.

    Units   confidence, rate [1], value [unit] -> [unit]
    Source  Derive oracle contingency
    """
    return (1 - confidence) * rate * value


def peg_charge(below: N, rate: N, size: N, index: N) -> N:
    """Return the charge for a settlement asset below its peg: below * rate * size * index.

    Units   below [USD], rate [1/USD], size [coin] unsigned, index [USD/coin] -> [unit]
    Source  Derive standard margin, depeg contingency
    """
    return below * rate * size * index


def cut_of_collateral(worth: N, at_par: N, rate: N) -> N:
    """Return by how much collateral that counts for its worth is cut, so that (1 - rate) * at_par is left.

    Units   worth, at_par [unit], rate [1] -> [unit]
    Source  Derive standard margin, base assets: a factor on their index, not converted
    """
    return worth - (1 - rate) * at_par


def payoff(coins: N, strike: N, sign: N, price: N) -> N:
    """Return what an option pays at expiry: coins * (sign * (S - K))+.

    Units   coins [coin] signed, strike, price [quote/coin], sign +1 call, -1 put -> [quote]
    Source  Derive standard margin, max loss
    """
    return coins * positive_part(sign * (price - strike))
