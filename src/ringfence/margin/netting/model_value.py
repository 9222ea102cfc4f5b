"""Options in scenarios: all of them in all of them at once, as arrays."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from ringfence.formula.model.discount import discount_held, discount_owed
from ringfence.formula.model.shock import skew_reach, skewed_vol
from ringfence.margin.netting.units import Unit
from ringfence.margin.options import expiry_name, feed_of
from ringfence.venue.offsets import VolMove
from ringfence.venue.scenarios import Scenario, shocked_vol

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.formula.model.quotes import Quotes

    Floats = npt.NDArray[np.float64]


def option_gains(unit: Unit, scenarios: Sequence[Scenario]) -> "Floats":
    """Return what the options of a unit gain, in its currency.

    A far move's gain counts with its weight; that of an option that pays in coin is worth as many coins as it buys at
    the edge of the range.

    Units   -> [unit's currency], an array of scenarios x options

    """
    quotes = unit.quotes
    assert quotes is not None  # noqa: S101 - the caller has asked
    moves = np.array([0.0 if s.is_skew else float(s.move) for s in scenarios])
    vols = list(dict.fromkeys(s.vol for s in scenarios))
    sigmas = np.stack([_sigmas(quotes, unit, vol) for vol in vols])
    there = _grid(unit, moves, sigmas, np.array([vols.index(s.vol) for s in scenarios]))
    there = _exercisable(unit, there, 1.0 + moves[:, None])
    there = there * _counted(there, unit) if unit.rule.discount is not None else there
    rates, in_coin = _rates(unit)
    after = rates * np.where(in_coin, 1.0 + moves[:, None], 1.0)
    gains = (there * after - _today(unit) * rates) * option_coins(unit)
    if any(s.is_skew for s in scenarios):
        gains = gains * _turned(gains, unit, np.array([s.is_skew for s in scenarios]))
    edges = np.array([float((1 + s.move) / (1 + s.futures_move)) for s in scenarios])
    gains = np.where(quotes.in_coin & ~in_coin, gains * edges[:, None], gains)
    weights = np.array([float(s.options_weight) for s in scenarios])
    return np.asarray(gains * weights[:, None])


def _grid(unit: Unit, moves: "Floats", sigmas: "Floats", row: "npt.NDArray[np.int64]") -> "Floats":
    """Return what a coin of each option is worth after every move, each with its row of volatilities."""
    quotes = unit.quotes
    assert quotes is not None  # noqa: S101 - the caller has asked
    if not _settled(unit).any():
        return quotes.grid(moves, sigmas, row)
    return quotes.price(forward=moved_forwards(unit, moves[:, None]), sigma=sigmas[row])


def _sigmas(quotes: "Quotes", unit: Unit, vol: VolMove) -> "Floats":
    """Return the volatility of each option in a scenario."""
    if vol not in {"skew", "wings"}:
        return shocked_vol(quotes.sigma, quotes.days, unit.rule.vol, vol)
    rule, root = unit.rule.skew, np.sqrt(quotes.years)
    reach = skew_reach(
        quotes.years, float(rule.least_reach), float(rule.width), float(rule.vol), float(rule.vol_slope)
    )
    moneyness = np.log(quotes.strike / quotes.forward)
    if vol == "skew":
        cap = float(rule.skew_cap) + float(rule.skew_slope) * root
        return skewed_vol(quotes.sigma, moneyness, cap, reach)
    cap = float(rule.wings_cap) + float(rule.wings_slope) * root
    return skewed_vol(quotes.sigma, np.abs(moneyness), cap, reach)


def moved_forwards(unit: Unit, moves: "Floats | float") -> "Floats":
    """Return the forward of each option after a move: what of it is settled already does not move."""
    quotes, settled = unit.quotes, _settled(unit)
    assert quotes is not None  # noqa: S101 - the caller has asked
    return np.asarray(settled + (quotes.forward - settled) * (1.0 + moves))


def _settled(unit: Unit) -> "Floats":
    """Return the part of each option's forward that is settled already [quote]."""
    quotes = unit.quotes
    assert quotes is not None  # noqa: S101 - the caller has asked
    if not unit.rule.settling:
        return np.zeros_like(quotes.forward)
    window = float(unit.rule.settling) / (24 * 60 * 365)
    settled = np.asarray(quotes.forward * np.maximum(1.0 - quotes.years / window, 0.0))
    for at, position in enumerate(unit.options if "settled" in unit.world.market.feeds else ()):
        stated = feed_of("settled", unit.instrument(position), unit.world)
        settled[at] = settled[at] if stated is None else float(stated)
    return np.asarray(np.minimum(settled, quotes.forward))


def _expiries(unit: Unit) -> "Floats":
    """Return which options expire together: one where an option (row) is of an expiry (column)."""
    quotes = unit.quotes
    assert quotes is not None  # noqa: S101 - the caller has asked
    _, places = np.unique(quotes.years, return_inverse=True)
    return np.asarray(np.eye(places.max() + 1)[places])


def _counted(there: "Floats", unit: Unit) -> "Floats":
    """Return the share of each option's value that counts: by whether its expiry is worth something, or owes."""
    quotes, rule, expiries = unit.quotes, unit.rule.discount, _expiries(unit)
    assert quotes is not None and rule is not None  # noqa: S101, PT018 - the caller has asked
    years, rate = quotes.years, quotes.rate
    long = discount_held(years, rate, float(rule.long), float(rule.long_times), float(rule.long_plus))
    short = discount_owed(years, rate, float(rule.short), float(rule.short_times), float(rule.short_plus))
    totals = (there * option_coins(unit)) @ expiries @ expiries.T
    return np.where(totals >= 0.0, long, short)


def _turned(gains: "Floats", unit: Unit, skews: "npt.NDArray[np.bool_]") -> "Floats":
    """Return minus one for options of an expiry that gains by a skew, which may turn either way; one for others."""
    expiries = _expiries(unit)
    totals = gains @ expiries @ expiries.T
    return np.where(skews[:, None] & (totals > 0.0), -1.0, 1.0)


def basis_losses(unit: Unit, up: float, down: float) -> "tuple[tuple[str, float, float], ...]":
    """Return of each expiry its name, its years, and what its options lose in the worse of two moves, alone."""
    quotes = unit.quotes
    assert quotes is not None  # noqa: S101 - the caller has asked
    moves = np.array([[up], [-down]])
    there = quotes.price(forward=moved_forwards(unit, moves))
    gains = in_unit(unit, (there - quotes.price()) * option_coins(unit)) @ _expiries(unit)
    names = dict(
        zip(quotes.years.tolist(), map(expiry_name, map(unit.instrument, unit.options)), strict=True)
    )
    losses = np.maximum(-gains.min(axis=0), 0.0).tolist()
    return tuple((names[years], years, loss) for years, loss in zip(sorted(names), losses, strict=True))


def _today(unit: Unit) -> "Floats":
    """Return what a coin of each option is worth today: by its model, or as it is marked."""
    quotes = unit.quotes
    assert quotes is not None  # noqa: S101 - the caller has asked
    if unit.rule.revalue == "model":
        return _exercisable(unit, quotes.standing, np.array(1.0))
    return np.array([float(unit.world.mark(symbol)) for symbol in quotes.symbols])


def _exercisable(unit: Unit, prices: "Floats", grown: "Floats") -> "Floats":
    """Return prices no lower than what exercising pays, where the model counts with that; the index grown so far."""
    quotes, rule = unit.quotes, unit.rule
    if rule.exercise == "european" or quotes is None:
        return prices
    coins = [unit.instrument(p).underlying for p in unit.options]
    spot = np.array([float(unit.world.index(coin)) for coin in coins])
    free = np.array([coin not in rule.european for coin in coins])
    pays = quotes.sign * (spot * grown - quotes.strike)
    return np.where(free & ~quotes.in_coin, np.maximum(prices, pays), prices)


def _rates(unit: Unit) -> tuple["Floats", "npt.NDArray[np.bool_]"]:
    """Return today's price of what each option pays, in the unit's currency, and whether it moves with the coin."""
    one, world = Decimal(1), unit.world
    settles = [world.settle(p) for p in unit.options]
    rate = {settle: float(world.convert(one, settle, unit.currency)) for settle in dict.fromkeys(settles)}
    rates = np.array([rate[settle] for settle in settles])
    coins = [unit.instrument(p).underlying for p in unit.options]
    moves = [s == coin != unit.currency for s, coin in zip(settles, coins, strict=True)]
    return rates, np.array(moves, dtype=bool)


def option_coins(unit: Unit) -> "Floats":
    """Return the signed sizes of a unit's options [coin]."""
    return np.array([float(coins) for coins in unit.option_coins])


def in_unit(unit: Unit, amounts: "Floats") -> "Floats":
    """Return amounts of what each option pays in the unit's currency, at today's prices."""
    rates, _ = _rates(unit)
    return np.asarray(amounts * rates)


def decay(unit: Unit, hours: float) -> float:
    """Return what the options of a unit lose in some hours, prices and volatilities held, in its currency."""
    quotes = unit.quotes
    assert quotes is not None  # noqa: S101 - the caller has asked
    later = np.maximum(quotes.years - hours / (24 * 365), 0.0)
    return float(in_unit(unit, (quotes.standing - quotes.price(years=later)) * option_coins(unit)).sum())
