"""What a venue adds where its prices are unsure, a peg slips, or collateral may fall: many units at once."""

from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch.netting.units import Amount, Held, number, totals
from ringfence.core.number import EXACT, positive_part
from ringfence.formula import netting as formula
from ringfence.venue.offsets import CollateralCharge, ConfidenceCharge, PegCharge

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats, Places


def safeguard(rule: ConfidenceCharge | CollateralCharge | PegCharge, held: Held) -> Amount:
    """Return one charge of the units of a model, in their currencies."""
    match rule:
        case CollateralCharge():
            return _collateral(rule, held)
        case PegCharge():
            return _peg(rule, held)
        case ConfidenceCharge() if rule.of == "collateral":
            return _unsure_collateral(rule, held)
        case ConfidenceCharge():
            return _confidence(rule, held)


def _of_owners(value: "Floats", held: Held) -> Amount:
    """Return what is charged on collateral, by unit."""
    each = totals(held.owner, value, len(held))
    gross = totals(held.owner, np.abs(value), len(held))
    return held.amount(each, gross + np.abs(each))


def _worth(held: Held) -> "Floats":
    """Return what collateral is worth, in the currency of its unit."""
    return np.asarray(held.amount_of * held.terms.rate(held.asset, held.currency[held.owner]))


def _collateral(rule: CollateralCharge, held: Held) -> Amount:
    rates = np.array(
        [float(rule.rates.get(str(name), Decimal("NaN"))) for name, _ in held.terms.assets.items()]
    )
    rate = rates[held.asset]
    charged = (held.amount_of > 0.0) & ~np.isnan(rate)
    at_index = held.amount_of * held.terms.index[held.asset]
    value = (at_index if rule.price == "index" else _worth(held)) * rate
    if rule.price == "shortfall":
        value = formula.cut_of_collateral(_worth(held), at_index, rate)
    found = _of_owners(np.where(charged, value, 0.0), held)
    if rule.price != "shortfall":
        return found
    terms = _of_owners(np.where(charged, _worth(held) + at_index, 0.0), held)
    return Amount(found.value, terms.slip)


def _peg(rule: PegCharge, held: Held) -> Amount:
    index = held.terms.prices.index(rule.asset)
    with localcontext(EXACT):
        below = float("nan") if index is None else float(positive_part(rule.threshold - index))
    counted = (held.terms.is_option[held.symbol] == 0.0) | (held.sign < 0.0)
    price = held.price_of(held.terms.coin[held.symbol], held.unit)
    each = formula.peg_charge(
        number(below), number(float(rule.rate)), np.where(counted, np.abs(held.coins), 0.0), price
    )
    value = held.sum(each)
    return held.amount(value, np.abs(value))


def _stated(held: Held) -> tuple["Floats", "Floats", "Floats"]:
    """Return how sure the oracles are: of every asset, of every symbol, and of every symbol's expiry."""
    from ringfence.batch.netting.prices import expiry_name  # noqa: PLC0415

    feed, terms = held.terms.setting.market.feeds.get("confidence", {}), held.terms
    assets = np.array([float(feed.get(str(name), Decimal(1))) for name, _ in terms.assets.items()])
    symbols = terms.column(lambda one: float(feed.get(one.symbol, Decimal(1))))
    return assets, symbols, terms.column(lambda one: float(feed.get(expiry_name(one), Decimal(1))))


def _charged(sure: "Floats", value: "Floats", rule: ConfidenceCharge) -> "Floats":
    unsure = formula.unsure_charge(sure, number(float(rule.rate)), value)
    return np.where(sure < float(rule.threshold), unsure, 0.0 * value)


def _unsure_collateral(rule: ConfidenceCharge, held: Held) -> Amount:
    assets, symbols, _ = _stated(held)
    most = np.ones(len(held))
    if rule.with_coin:
        most = np.minimum(most, assets[held.coin])
    if rule.with_futures:
        future = held.terms.is_future[held.symbol] > 0.0
        np.minimum.at(most, held.unit[future], symbols[held.symbol[future]])
    sure = np.minimum(assets[held.asset], most[held.owner])
    worth = held.amount_of * held.terms.index[held.asset] if rule.price == "index" else _worth(held)
    judged = (held.amount_of > 0.0) & (held.asset != held.currency[held.owner])
    return _of_owners(np.where(judged, _charged(sure, worth, rule), 0.0), held)


def _confidence(rule: ConfidenceCharge, held: Held) -> Amount:
    """Return the charge for unsure oracles of contracts: of the perpetuals on a coin, or of an expiry's options."""
    if not held.terms.setting.market.feeds.get("confidence"):
        return held.nothing()
    terms, symbol = held.terms, held.symbol
    assets, symbols, expiries = _stated(held)
    future, option = terms.is_future[symbol] > 0.0, terms.is_option[symbol] > 0.0
    coins = held.grouped(terms.coin)
    sure = assets[terms.coin[symbol[coins.first]]]
    futures = np.minimum(sure, coins.least(np.where(future, symbols[symbol], 1.0), 1.0))
    if rule.of == "perpetuals":
        size = coins.sum(np.where(future, np.abs(held.coins), 0.0))
        return _of_groups(futures, size, coins.unit, terms.coin[symbol[coins.first]], rule, held)
    least = futures if rule.with_futures else sure
    groups = held.grouped(terms.expiry_of_coin, option.astype(np.float64))
    own = groups.least(np.minimum(symbols[symbol], expiries[symbol]), 1.0)
    own = np.minimum(own, least[coins.of[groups.first]])
    counted = (held.sign < 0.0) | (rule.of == "options")
    size = groups.sum(np.where(counted, np.abs(held.coins), 0.0))
    return _of_groups(own, size, groups.unit, terms.coin[symbol[groups.first]], rule, held)


def _of_groups(
    sure: "Floats", size: "Floats", unit: "Places", coin: "Places", rule: ConfidenceCharge, held: Held
) -> Amount:
    value = _charged(sure, size * held.price_of(coin, unit), rule)
    found = totals(unit, value, len(held))
    return held.amount(found, np.abs(found))
