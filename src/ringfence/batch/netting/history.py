"""What pools would have lost by the returns of the past: the tail of these losses, many pools at once."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from ringfence.batch.netting.gains import PRICE_SLIP, Matrix, matrix_of
from ringfence.batch.netting.needs import MEASURES, Needs
from ringfence.batch.netting.results import plain_sums
from ringfence.batch.netting.terms import Terms
from ringfence.batch.netting.units import ROUNDING, STEPS, Held
from ringfence.core.number import root
from ringfence.formula.model.history import ewma, rescaled, tail_count
from ringfence.formula.netting import inverse_gain, linear_gain
from ringfence.venue.models import History

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats, Places

_BLOCK: Final = 1 << 22
"""Losses that are laid out at once."""


def need_by_history(rule: History, held: Held, pool: "Places", needs: Needs) -> None:
    """Add what units need by the returns of the past; every unit is counted in the unit of its pool."""
    value, slip = _of(rule, held, scaled_returns(rule, held.terms))
    if rule.stress and rule.blend:
        stressed, off = _of(rule, held, _uncut(rule.stress, held.terms))
        share = float(rule.blend)
        value = (1.0 - share) * value + share * stressed
        slip = (1.0 - share) * slip + share * off
    longer = float(root(rule.days / rule.horizon))
    factors = {"initial": float(rule.initial_factor), "maintenance": float(rule.maintenance_factor)}
    most = max(factors.values()) * longer
    needs.add(pool, {measure: value * longer * factors[measure] for measure in MEASURES}, slip * most)


def scaled_returns(rule: History, terms: Terms) -> dict[str, "Floats"]:
    """Return coin -> returns as they count; a coin whose history is not whole is left out."""
    found = {}
    for coin, stated in rule.returns.items():
        if not stated:
            continue
        returns = np.array([float(r) for r in stated])
        if not rule.scaled:
            found[coin] = returns
            continue
        then = ewma(returns, float(rule.decay))
        at_time = then[:-1] if coin not in rule.vols else np.array([float(v) for v in rule.vols[coin]])
        now = float(rule.current[coin]) if coin in rule.current else float(then[-1])
        now = max(now, float(rule.floor_vol.get(coin, 0)))
        if len(at_time) == len(returns):
            found[coin] = rescaled(returns, at_time, now)
    return _of_one_length(found, terms)


def _uncut(returns: Mapping[str, tuple[object, ...]], terms: Terms) -> dict[str, "Floats"]:
    return _of_one_length(
        {coin: np.array([float(str(r)) for r in rows]) for coin, rows in returns.items()}, terms
    )


def _of_one_length(found: dict[str, "Floats"], terms: Terms) -> dict[str, "Floats"]:
    """Return the histories that are as long as that of the first coin that is held."""
    held = dict.fromkeys(one.underlying for one in terms.instruments if one.underlying in found)
    long = len(found[next(iter(held))]) if held else 0
    return {coin: returns for coin, returns in found.items() if len(returns) == long}


def _of(rule: History, held: Held, returns: Mapping[str, "Floats"]) -> tuple["Floats", "Floats"]:
    """Return the tail of the losses of every unit, and by what it may be off."""
    value, slip = np.full(len(held), np.nan), np.full(len(held), np.nan)
    for currency in np.unique(held.currency).tolist():
        chosen = np.flatnonzero(held.currency == currency)
        matrix = _matrix(int(currency), returns, held.terms)
        width = matrix.gains.shape[1]
        number = max((len(r) for r in returns.values()), default=0)
        count = tail_count(number, None if rule.tail is None else int(rule.tail), float(rule.level))
        for first in range(0, len(chosen), max(1, _BLOCK // max(width, 1))):
            some = chosen[first : first + max(1, _BLOCK // max(width, 1))]
            sums, off = plain_sums(held, some, matrix)
            if not number:
                continue
            worst = -np.partition(sums[:, :number], count - 1, axis=1)[:, :count]
            tail = worst.mean(axis=1) if rule.measure == "mean" else worst.min(axis=1)
            value[some], slip[some] = (
                np.maximum(tail, 0.0),
                off + (count + STEPS) * ROUNDING * np.abs(worst).max(axis=1),
            )
    return value, slip


def _matrix(currency: int, returns: Mapping[str, "Floats"], terms: Terms) -> Matrix:
    """Return what one coin of every symbol gains by each return; NaN where the history of its coin is not whole."""
    number = max((len(r) for r in returns.values()), default=0)
    unknown = np.full(number, np.nan)
    moves = np.array([returns.get(one.underlying, unknown) for one in terms.instruments]).reshape(-1, number)
    rate = terms.rate(terms.settle, np.full(len(terms.symbols), currency))[:, None]
    moving = np.where((terms.settle == terms.coin) & (terms.settle != currency), 1.0, 0.0)[:, None]
    after = rate * (1.0 + moving * moves)
    one = np.ones_like(moves)
    inverse = terms.is_inverse[:, None] > 0.0
    gains = np.where(inverse, inverse_gain(one, moves), linear_gain(one, terms.mark[:, None] * one, moves))
    size = np.where(inverse, 2.0, terms.mark[:, None] * (1.0 + np.abs(moves)))
    slip = np.zeros_like(moves)
    known, quotes = np.flatnonzero(terms.quoted >= 0), terms.quotes
    if len(known) and number:
        at = terms.quoted[known]
        grown = 1.0 + moves[known]
        there = quotes.price(
            forward=quotes.forward * (1.0 + _of_quotes(moves, known, at, len(quotes.forward)).T)
        ).T[at]
        gains[known] = there - quotes.standing[at][:, None]
        larger = np.maximum(quotes.forward[at][:, None] * np.maximum(grown, 1.0), quotes.strike[at][:, None])
        in_coin = quotes.in_coin[at][:, None]
        slip[known] = (
            2.0
            * PRICE_SLIP
            * np.where(in_coin, larger / (quotes.forward[at][:, None] * np.minimum(grown, 1.0)), larger)
        )
        size[known] = there + quotes.standing[at][:, None]
    symbols = np.arange(len(terms.symbols))
    bounds = ((x * np.abs(after)).max(axis=1, initial=0.0) for x in (size, slip))
    return matrix_of(symbols, len(symbols), gains * after, *bounds)


def _of_quotes(moves: "Floats", known: "Places", at: "Places", many: int) -> "Floats":
    """Return the returns of every option that is quoted, in the order of the quotes; none where one is not known."""
    found = np.zeros((many, moves.shape[1]))
    found[at] = moves[known]
    return found
