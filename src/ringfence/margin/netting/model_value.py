"""Options in scenarios: all of them in all of them at once, as arrays."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from ringfence.margin.netting.scenarios import Scenario, shocked_vol
from ringfence.margin.netting.units import Unit

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def option_gains(unit: Unit, scenarios: Sequence[Scenario]) -> "Floats":
    """Return what the options of a unit gain, in its currency.

    A far move's gain counts with its weight; that of an option that pays in coin is worth as many coins as it buys at
    the edge of the range.

    Units   -> [unit's currency], an array of scenarios x options

    """
    quotes = unit.quotes
    assert quotes is not None  # noqa: S101 - the caller has asked
    moves = np.array([float(s.move) for s in scenarios])
    vols = list(dict.fromkeys(s.vol for s in scenarios))
    sigmas = np.stack([shocked_vol(quotes.sigma, quotes.days, unit.rule.vol, vol) for vol in vols])
    there = quotes.grid(moves, sigmas, np.array([vols.index(s.vol) for s in scenarios]))
    there = _exercisable(unit, there, 1.0 + moves[:, None])
    rates, in_coin = _rates(unit)
    after = rates * np.where(in_coin, 1.0 + moves[:, None], 1.0)
    gains = (there * after - _today(unit) * rates) * option_coins(unit)
    edges = np.array([float((1 + s.move) / (1 + s.futures_move)) for s in scenarios])
    gains = np.where(quotes.in_coin & ~in_coin, gains * edges[:, None], gains)
    weights = np.array([float(s.options_weight) for s in scenarios])
    return np.asarray(gains * weights[:, None])


def _today(unit: Unit) -> "Floats":
    """Return what a coin of each option is worth today: by its model, or as it is marked."""
    quotes = unit.quotes
    assert quotes is not None  # noqa: S101 - the caller has asked
    if unit.rule.revalue == "model":
        return _exercisable(unit, quotes.today, np.array(1.0))
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
    return float(in_unit(unit, (quotes.today - quotes.price(years=later)) * option_coins(unit)).sum())
