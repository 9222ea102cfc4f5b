"""What one coin of every contract gains in every scenario: priced once for a setting, whoever holds it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ringfence.batch.netting.terms import Terms
from ringfence.batch.netting.units import number
from ringfence.formula import netting as formula
from ringfence.formula.model.discount import discount_held, discount_owed
from ringfence.formula.model.quotes import Quotes
from ringfence.formula.model.shock import skew_reach, skewed_vol
from ringfence.venue.offsets import Scenarios, ScenarioSet, VolMove
from ringfence.venue.scenarios import Scenario, scenarios_of, shocked_vol

if TYPE_CHECKING:
    from ringfence.batch.columns import Flags, Floats, Places

PRICE_SLIP: Final = 2e-13
"""What two prices of an option are off from each other, at most, as a share of the larger of forward and strike: of
that the compiled grid may miss its definition by half."""
UNKNOWN: Final = -np.inf
"""A relief that hangs on a price that is not known."""
LINE: Final = 64
"""[byte] of a cache."""
LANES: Final = 4
"""Scenarios that a machine adds at once: a matrix has so many columns, or a multiple."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Gains of one coin of every contract in every column [unit's currency], and of what else stands in a unit.

    place     symbol -> row; the last row is nothing, for symbols that stand outside
    gains     rows x columns, with columns of nothing behind, so that a machine's lanes are full
    bounds    row -> what its gains are differences of, at most, and by what they may be off beside roundings
    """

    place: "Places"
    gains: "Floats"
    bounds: "Floats"


@dataclass(frozen=True, slots=True)
class ByExpiry:
    """Gains of options that hang on whether all of an expiry are worth something together, or owe.

    there        what each is worth in every scenario [settle], as whether an expiry owes is told by
    held, owed   what each gains if its expiry is worth something, and if it owes
    expiry       symbol -> a code of its instant of expiry
    """

    there: Matrix
    held: Matrix
    owed: Matrix
    expiry: "Places"


@dataclass(frozen=True, slots=True)
class Grid:
    """The scenarios of a model for units of one coin in one currency.

    fixed     what does not hang on others of an expiry: futures, spot, what moves along, and options where none does;
              before the last row stand one for a coin that is owned, and one for what moves as the coin does
    options   what does; None: nothing
    factor    scenario -> what its result counts
    turns     scenario -> whether what an expiry gains is lost
    edges     set -> its first scenario, and one more
    relief    scenario -> by how much a loss is dampened; NaN: it is not
    """

    fixed: Matrix
    options: "ByExpiry | None"
    factor: "Floats"
    turns: "Flags"
    edges: "Places"
    relief: "Floats"
    shares: "Floats"


def all_scenarios(model: Scenarios) -> list[tuple[ScenarioSet, Scenario]]:
    """Return the scenarios of all sets of a model, in their order."""
    return [(rules, scenario) for rules in model.sets for scenario in scenarios_of(rules)]


def by_expiry(model: Scenarios) -> bool:
    """Return whether what an option counts for hangs on the others of its expiry."""
    return model.discount is not None or any(scenario.is_skew for _, scenario in all_scenarios(model))


def _on_a_line(rows: int, columns: int) -> "Floats":
    """Return a table of nothing that begins where a line of the cache does: rows that straddle lines cost half more."""
    whole = np.zeros(rows * columns + LINE // 8)
    first = -whole.ctypes.data % LINE // 8
    return whole[first : first + rows * columns].reshape(rows, columns)


def matrix_of(symbols: "Places", many: int, gains: "Floats", size: "Floats", slip: "Floats") -> Matrix:
    """Return gains as kernels read them.

    Args:
        symbols: of the first rows.
        many: how many symbols there are.
        gains: rows x columns.
        size: of every row.
        slip: of every row.

    """
    place = np.full(many, len(gains), dtype=np.int32)
    place[symbols] = np.arange(len(symbols))
    wide = _on_a_line(len(gains) + 1, gains.shape[1] + -gains.shape[1] % LANES)
    wide[: len(gains), : gains.shape[1]] = gains
    bounds = np.stack([np.append(size, 0.0), np.append(slip, 0.0)], axis=1)
    return Matrix(place, wide, bounds)


class Unit:
    """What is the same for all units of a model that move with one coin and count in one currency."""

    def __init__(self, model: Scenarios, coin: int, currency: int, symbols: "Places", terms: Terms) -> None:
        """Take the symbols that such units hold."""
        self.model, self.coin, self.currency, self.terms = model, coin, currency, terms
        self.symbols = symbols
        option = terms.is_option[symbols] > 0.0
        known = terms.quoted[symbols] >= 0
        self.options, self.others = symbols[option & known], symbols[~option]
        at = terms.quoted[self.options]
        q = terms.quotes
        self.quotes = Quotes(
            tuple(terms.symbols[s] for s in self.options), q.forward[at], q.strike[at], q.sigma[at], q.years[at],
            q.sign[at], q.in_coin[at], q.discount[at], q.rate[at],
        )  # fmt: skip
        at_par = model.at_par and coin != currency
        apart = terms.rate(np.array([coin]), np.array([currency]))
        self.per_coin = float((terms.index[[coin]] if at_par else apart)[0])
        self.rates = terms.rate(terms.settle[self.options], currency)
        settle = terms.settle[self.options]
        self.moving = (settle == terms.coin[self.options]) & (settle != currency)

    def settled(self) -> "Floats":
        """Return the part of each option's forward that is settled already [quote]."""
        quotes, minutes = self.quotes, self.model.settling
        if not minutes:
            return np.zeros_like(quotes.forward)
        window = float(minutes) / (24 * 60 * 365)
        settled = np.asarray(quotes.forward * np.maximum(1.0 - quotes.years / window, 0.0))
        if "settled" in self.terms.setting.market.feeds:
            for at, symbol in enumerate(self.options.tolist()):
                stated = self.terms.prices.feed("settled", self.terms.instruments[symbol])
                settled[at] = settled[at] if stated is None else float(stated)
        return np.asarray(np.minimum(settled, quotes.forward))

    def moved_forwards(self, moves: "Floats") -> "Floats":
        """Return the forward of each option after every move: what is settled does not move."""
        settled = self.settled()
        return np.asarray(settled + (self.quotes.forward - settled) * (1.0 + moves))

    def exercisable(self, prices: "Floats", grown: "Floats") -> "Floats":
        """Return prices no lower than what exercising pays, where the model counts with that."""
        terms, quotes, rule = self.terms, self.quotes, self.model
        if rule.exercise == "european":
            return prices
        spot = terms.index[terms.coin[self.options]]
        free = np.array(
            [terms.instruments[s].underlying not in rule.european for s in self.options], dtype=bool
        )
        pays = quotes.sign * (spot * grown - quotes.strike)
        return np.where(free & ~quotes.in_coin, np.maximum(prices, pays), prices)

    def standing(self) -> "Floats":
        """Return what a coin of each option is worth today: by its model, or as it is marked."""
        if self.model.revalue == "model":
            return self.exercisable(self.quotes.standing, np.array(1.0))
        return self.terms.mark[self.options]

    def linear(self, move: "Floats") -> "Floats":
        """Return what a coin of each contract that is no option gains, in the unit's currency."""
        terms, symbols = self.terms, self.others
        inverse = terms.is_inverse[symbols] > 0.0
        one = np.ones((len(symbols), 1))
        own = terms.rate(terms.settle[symbols], self.currency)
        price = terms.mark[symbols] * own
        at_coin = inverse | (self.model.price == "index")
        price = np.where(at_coin, self.per_coin, price)[:, None]
        in_coin = (inverse & (terms.settle[symbols] == self.currency))[:, None]
        return np.where(in_coin, formula.inverse_gain(one, move), formula.linear_gain(one, price, move))

    def owned(self, move: "Floats") -> "Floats":
        """Return what a coin that is owned gains."""
        one = np.ones_like(move)
        if self.currency == self.coin:
            return formula.inverse_gain(one, move)
        return formula.linear_gain(one, one * self.per_coin, move)

    def sigmas(self, vol: VolMove) -> "Floats":
        """Return the volatility of each option in a scenario."""
        quotes = self.quotes
        if vol not in {"skew", "wings"}:
            return shocked_vol(quotes.sigma, quotes.days, self.model.vol, vol)
        rule, root = self.model.skew, np.sqrt(quotes.years)
        shape = (rule.least_reach, rule.width, rule.vol, rule.vol_slope)
        reach = skew_reach(quotes.years, *(float(number) for number in shape))
        moneyness = np.log(quotes.strike / quotes.forward)
        if vol == "skew":
            return skewed_vol(
                quotes.sigma, moneyness, float(rule.skew_cap) + float(rule.skew_slope) * root, reach
            )
        cap = float(rule.wings_cap) + float(rule.wings_slope) * root
        return skewed_vol(quotes.sigma, np.abs(moneyness), cap, reach)

    def prices(self, scenarios: list[Scenario]) -> "Floats":
        """Return what a coin of each option is worth in every scenario [settle], scenarios x options."""
        moves = np.array([0.0 if s.is_skew else float(s.move) for s in scenarios])
        vols = list(dict.fromkeys(s.vol for s in scenarios))
        sigmas = np.stack([self.sigmas(vol) for vol in vols])
        row = np.array([vols.index(s.vol) for s in scenarios])
        if self.settled().any():
            there = self.quotes.price(forward=self.moved_forwards(moves[:, None]), sigma=sigmas[row])
        else:
            there = self.quotes.grid(moves, sigmas, row)
        return self.exercisable(there, 1.0 + moves[:, None])

    def notional(self, scenarios: list[Scenario]) -> "Floats":
        """Return the larger of forward and strike in every scenario, in what an option pays."""
        moves = np.array([0.0 if s.is_skew else float(s.move) for s in scenarios])
        forward = self.quotes.forward * (1.0 + moves[:, None])
        larger = np.maximum(forward, self.quotes.strike)
        return np.where(self.quotes.in_coin, larger / forward, larger * self.quotes.discount)


def grid_of(unit: Unit) -> Grid:
    """Return the scenarios of a kind of unit."""
    model, pairs = unit.model, all_scenarios(unit.model)
    scenarios = [scenario for _, scenario in pairs]
    edges = np.cumsum([0, *(len(scenarios_of(rules)) for rules in model.sets)]).astype(np.int32)
    shares = np.array([float(rules.share) for rules in model.sets])
    factor = np.array([float(s.weight) for s in scenarios])
    futures = np.array([float(s.futures_move) for s in scenarios])
    linear = unit.linear(futures[None, :])
    more = np.stack([unit.owned(futures), futures]) if scenarios else np.empty((2, 0))
    turns = np.array([s.is_skew for s in scenarios], dtype=bool)
    options, relief = unit.options, _relief(unit, pairs)
    made = _of_options(unit, scenarios, factor)
    size, slip = made.size, made.slip
    apart = by_expiry(model)
    symbols = unit.others if apart else np.concatenate([options, unit.others])
    most = np.concatenate([linear, more])
    sizes = (np.abs(most) + np.abs(unit.per_coin)).max(axis=1, initial=0.0) * max(
        factor.max(initial=0.0), 1.0
    )
    if (relief == UNKNOWN).any():
        size, sizes = size * np.nan, sizes * np.nan
    gains = (
        [linear * factor, more * factor] if apart else [made.held * factor, linear * factor, more * factor]
    )
    many, none = len(unit.terms.symbols), np.zeros(len(sizes))
    sizes = sizes if apart else np.concatenate([size, sizes])
    fixed = matrix_of(
        symbols, many, np.concatenate(gains), sizes, none if apart else np.concatenate([slip, none])
    )
    of_options = None
    if apart:
        there = matrix_of(options, many, made.there, made.there.max(axis=1, initial=0.0), made.there_slip)
        long, short = (matrix_of(options, many, table, size, slip) for table in (made.held, made.owed))
        of_options = ByExpiry(there, long, short, unit.terms.codes(lambda one: one.expires_at))
    return Grid(fixed, of_options, factor, turns, edges, relief, shares)


class _Options(NamedTuple):
    """Gains of options in every scenario, held and owed, and what they are worth there: options x scenarios.

    size        what gains are differences of
    slip        by what they may be off; ``there_slip``: what options are worth there
    """

    held: "Floats"
    owed: "Floats"
    there: "Floats"
    size: "Floats"
    slip: "Floats"
    there_slip: "Floats"


def _of_options(unit: Unit, scenarios: list[Scenario], factor: "Floats") -> _Options:
    """Return what options gain; those of which a float64 cannot tell whether they turn are not known."""
    quotes, rule = unit.quotes, unit.model.discount
    if not scenarios or not len(unit.options):
        nothing, none = np.empty((len(unit.options), len(scenarios))), np.zeros(len(unit.options))
        return _Options(nothing, nothing, nothing, none, none, none)
    moves = np.array([0.0 if s.is_skew else float(s.move) for s in scenarios])[:, None]
    there, here = unit.prices(scenarios), unit.standing() * unit.rates
    after = unit.rates * np.where(unit.moving, 1.0 + moves, 1.0)
    edges = np.array([float((1 + s.move) / (1 + s.futures_move)) for s in scenarios])
    edges = np.where(quotes.in_coin & ~unit.moving, edges[:, None], 1.0)
    turns = np.array([s.is_skew for s in scenarios], dtype=bool)
    mixed = bool((turns & (edges.min(axis=1) != edges.max(axis=1))).any())
    edges = edges * np.array([float(s.options_weight) for s in scenarios])[:, None]
    long = short = np.ones(len(unit.options))
    if rule is not None:
        years, rate = quotes.years, quotes.rate
        long = discount_held(years, rate, float(rule.long), float(rule.long_times), float(rule.long_plus))
        short = discount_owed(years, rate, float(rule.short), float(rule.short_times), float(rule.short_plus))
    held, owed = ((there * share * after - here) * edges for share in (long, short))
    most = np.maximum(np.maximum(long, short), 1.0)
    counted = edges * np.maximum(factor, 1.0)[:, None]
    size = ((there * after * most + here) * counted).max(axis=0)
    notional = unit.notional(scenarios)
    slip = ((notional * after * most + unit.notional([_here()]) * unit.rates) * counted).max(axis=0)
    if mixed:
        size = size * np.nan
    off = notional.max(axis=0) * PRICE_SLIP
    return _Options(held.T, owed.T, there.T, size, slip * PRICE_SLIP, off)


def _here() -> Scenario:
    return Scenario("", Decimal(0), Decimal(0), "same")


def _relief(unit: Unit, pairs: list[tuple[ScenarioSet, Scenario]]) -> "Floats":
    """Return by how much a loss is dampened in every scenario, in the unit's currency; NaN: it is not."""
    found = np.full(len(pairs), np.nan)
    for at, (rules, scenario) in enumerate(pairs):
        far = rules.extended
        if far is None or far.dampener is None or scenario.move == 0:
            continue
        edge = float(1 + far.range.copy_sign(scenario.move))
        price = unit.terms.index[unit.coin] * edge if unit.currency == unit.coin else 1.0
        ranges, per_range = number(float(scenario.ranges_beyond)), number(float(far.dampener))
        less = float(formula.dampener(ranges, per_range, number(price)))
        found[at] = UNKNOWN if np.isnan(less) else less
    return found
