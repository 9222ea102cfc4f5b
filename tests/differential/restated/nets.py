"""What positions need together, said a second time: risk units, scenarios of futures and spot, charges, levels.

What options are worth elsewhere is a model's and enters as given numbers; what is done with these is said again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from itertools import chain
from typing import Any, Final, cast

from ringfence.book import Position
from ringfence.margin.netting.units import Unit, units_of
from ringfence.venue import kinds
from ringfence.venue.models import Arrays, History, Sensitivities, Strategies
from ringfence.venue.offsets import (
    BasisCharge,
    ChargeRule,
    CollateralCharge,
    ConfidenceCharge,
    CurveShift,
    DeltaCharge,
    DeltaShock,
    ExpirySpread,
    FuturesCharge,
    MaxLossCharge,
    NetAndHedged,
    PegCharge,
    PerContract,
    Place,
    ProvisionCharge,
    Scenarios,
    ScenarioSet,
    ShortOptions,
    TimeDecay,
)
from ringfence.venue.scenarios import Scenario
from tests.differential.restated.held import NOTHING, Held, q, sum_of

ONE: Final = Fraction(1)
_YEAR: Final = 365 * 86_400


@dataclass(frozen=True)
class Netted:
    """A risk unit, with the pool that it stands in."""

    held: Held
    unit: Unit

    def convert(self, amount: Fraction, asset: str) -> Fraction:
        """Return an amount of an asset in the unit's currency."""
        return amount if asset == self.unit.currency else amount * self.price_of(asset)

    def price_of(self, asset: str) -> Fraction:
        """Return the price of an asset in the unit's currency."""
        return self.held.index(asset) / self.held.index(self.unit.currency)

    @property
    def coin(self) -> Fraction:
        """Return the price of the unit's coin in its currency."""
        if self.unit.coin == self.unit.currency:
            return ONE
        at_par = self.unit.rule.at_par
        return self.held.index(self.unit.coin) if at_par else self.price_of(self.unit.coin)

    def is_option(self, position: Position) -> bool:
        """Return whether a position is an option."""
        return self.held.world.instruments[position.symbol].payoff == "option"

    def is_future(self, position: Position) -> bool:
        """Return whether a position is a perpetual or a dated future."""
        return self.held.world.instruments[position.symbol].payoff in {"linear", "inverse"}

    def expiry(self, position: Position) -> object:
        """Return the day of expiry; None of a perpetual and of spot."""
        return self.held.world.instruments[position.symbol].expiry

    def coins(self, position: Position) -> Fraction:
        """Return the signed size [coin]."""
        size = q(position.contracts) * q(position.contract_size)
        return position.sign * (self.held.value(position) if self.held.inverse(position) else size)

    def delta(self, position: Position) -> Fraction:
        """Return the signed coins that a position stands for; an option's is its model's, as given."""
        return q(self.unit.delta(position)) if self.is_option(position) else self.coins(position)

    def delta_value(self, position: Position, price: str) -> Fraction:
        """Return what a delta is worth in the unit's currency: at the index, or of a future as it is marked."""
        if price == "index" or self.is_option(position):
            return self.delta(position) * self.coin
        contract = self.held.world.instruments[position.symbol]
        money = contract.quote if self.held.inverse(position) else contract.settle
        return self.convert(self.coins(position) * self.held.price(position, "mark"), money)

    @property
    def spot(self) -> Fraction:
        """Return the collateral that stands in the scenarios [coin], as the engine places it."""
        return q(self.unit.spot)


# --- scenarios ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shock:
    """One scenario, and how its result counts."""

    move: Fraction
    edge: Fraction
    vol: str
    weight: Fraction = ONE
    options: Fraction = ONE
    ranges: Fraction = NOTHING


def shocks_of(rules: ScenarioSet) -> list[Shock]:
    """Return the scenarios of a set."""
    steps = range(-rules.steps, rules.steps + 1) if rules.range is not None else range(0)
    even = [q(rules.range) * k / rules.steps for k in steps]
    rows = [(move, vol, ONE) for move in [*map(q, rules.moves), *even] for vol in rules.vols]
    rows += [(q(row.move), row.vol, q(row.weight)) for row in rules.rows]
    return [_shock(rules, move, vol, weight) for move, vol, weight in rows]


def _shock(rules: ScenarioSet, move: Fraction, vol: str, weight: Fraction) -> Shock:
    far = rules.extended
    if far is None or move == 0:
        return Shock(move, move, vol, weight)
    span, side = q(far.range), 1 if move > 0 else -1
    edge = side * min(abs(move), span)
    return Shock(move, edge, vol, weight, q(far.factor) * span / abs(move), max(abs(move) / span, ONE) - 1)


def _gain(one: Netted, position: Position, move: Fraction) -> Fraction:
    """Return what a future or spot gains in the unit's currency: the price after less the price before."""
    coins, rule = one.coins(position), one.unit.rule
    if one.held.inverse(position):
        if one.unit.currency == one.held.settle(position):
            return coins * (1 - 1 / (1 + move))
        return coins * one.coin * move
    if rule.price == "index":
        return coins * one.coin * move
    mark = one.held.price(position, "mark")
    return one.convert(coins * (mark * (1 + move) - mark), one.held.settle(position))


def _gain_on_spot(one: Netted, move: Fraction) -> Fraction:
    if one.unit.currency == one.unit.coin:
        return one.spot * (1 - 1 / (1 + move))
    return one.spot * one.coin * move


def _gain_on_moving(one: Netted, move: Fraction) -> Fraction:
    """Return what other assets gain that move as the unit's coin does."""
    owned = {asset: q(amount) for asset, amount in one.unit.collateral.items()}
    return sum_of(one.convert(owned.get(asset, NOTHING), asset) * move for asset in one.unit.rule.moving)


def _options(one: Netted, shocks: Sequence[Shock], rules: ScenarioSet) -> list[Fraction]:
    """Return what the options gain in each scenario: the model's numbers, which are given."""
    if not any(map(one.is_option, one.unit.positions)):
        return [NOTHING] * len(shocks)
    from ringfence.margin.netting.model_value import option_gains

    asked = [
        Scenario(
            set=rules.name,
            move=cast("Decimal", shock.move),
            futures_move=cast("Decimal", shock.edge),
            vol=cast("Any", shock.vol),
            options_weight=cast("Decimal", shock.options),
        )
        for shock in shocks
    ]
    return [Fraction(gain) for gain in option_gains(one.unit, asked).sum(axis=1).tolist()]


def results(one: Netted, rules: ScenarioSet) -> list[Fraction]:
    """Return what counts of every scenario, in the unit's currency."""
    shocks = shocks_of(rules)
    found = []
    for shock, options in zip(shocks, _options(one, shocks, rules), strict=True):
        rest = [p for p in one.unit.positions if not one.is_option(p)]
        gain = options + sum_of(_gain(one, p, shock.edge) for p in rest) + _gain_on_spot(one, shock.edge)
        gain += _gain_on_moving(one, shock.edge)
        found.append(_damped(gain * shock.weight, shock, rules, one))
    return found


def _damped(gain: Fraction, shock: Shock, rules: ScenarioSet, one: Netted) -> Fraction:
    far = rules.extended
    if far is None or far.dampener is None or shock.move == 0:
        return gain
    side = 1 if shock.move > 0 else -1
    at = q(one.unit.index) * (1 + side * q(far.range)) if one.unit.currency == one.unit.coin else ONE
    loss = max(-gain, NOTHING)
    return -max(loss - shock.ranges * q(far.dampener) / at, NOTHING)


def _counted(gain: Fraction, one: Netted) -> Fraction:
    """Return what of a result counts against other units'."""
    rule = one.unit.rule
    if rule.gains is None or gain <= 0:
        return gain
    part = gain * q(rule.gains)
    return part if rule.gains_cap is None else min(part, one.convert(q(rule.gains_cap), "USD"))


# --- charges -----------------------------------------------------------------------------------------


def _among(one: Netted, of: str) -> list[Position]:
    wanted: dict[str, Callable[[Position], bool]] = {
        "all": lambda _p: True,
        "futures": one.is_future,
        "perpetuals": lambda p: one.is_future(p) and one.expiry(p) is None,
        "dated": lambda p: one.is_future(p) and one.expiry(p) is not None,
        "options": one.is_option,
        "short_options": lambda p: one.is_option(p) and p.sign < 0,
    }
    return [p for p in one.unit.positions if wanted[of](p)]


def _by(positions: Sequence[Position], key: Callable[[Position], object]) -> list[list[Position]]:
    keys = dict.fromkeys(map(key, positions))
    return [[p for p in positions if key(p) == wanted] for wanted in keys]


def _sized(amount: Fraction, rule: DeltaCharge | NetAndHedged, one: Netted) -> Fraction:
    """Return an amount of which each part counts at the factor of its size."""
    if not rule.factors:
        return amount
    unit = one.held.rules.account_mode.unit
    size = amount * one.held.index(one.unit.currency) / one.held.index(unit)
    ends = [q(row.floor) for row in rule.factors[1:]] + [max(size, q(rule.factors[-1].floor))]
    parts = (
        max(min(size, end) - q(row.floor), NOTHING) * q(row.factor)
        for row, end in zip(rule.factors, ends, strict=True)
    )
    return one.convert(sum_of(parts), unit)


def _years(one: Netted, position: Position) -> Fraction | None:
    expires = one.held.world.instruments[position.symbol].expires_at
    return None if expires is None else Fraction((expires - one.held.world.at).total_seconds()) / _YEAR


def _grown(rate: Fraction, years: Fraction) -> Fraction:
    """Return exp(rate * years) - 1, to 90 digits."""
    power = rate * years
    with localcontext(Context(prec=90)):
        return q((Decimal(power.numerator) / Decimal(power.denominator)).exp() - 1)


def _delta(one: Netted, rule: DeltaCharge) -> Fraction:
    members = _among(one, rule.of)
    keys: dict[str, Callable[[Position], object]] = {
        "instrument": lambda p: p.symbol,
        "expiry": one.expiry,
        "unit": lambda _p: "all",
    }
    owned = one.spot * one.coin if rule.spot and rule.of == "all" else NOTHING
    total = NOTHING
    for group in _by(members, keys[rule.scope]):
        worth = sum_of(one.delta_value(p, rule.price) for p in group)
        worth += owned if rule.scope == "unit" else NOTHING
        years = _years(one, group[0])
        rate = q(rule.rate)
        if years is not None and rule.annual:
            rate = max(rate, _grown(q(rule.annual), years))
        total += abs(worth) * rate
    return _sized(total + (NOTHING if rule.scope == "unit" else abs(owned) * q(rule.rate)), rule, one)


def _shock_of_delta(one: Netted, rule: DeltaShock) -> Fraction:
    bought = sum_of(one.delta(p) for p in one.unit.positions if one.is_option(p) and p.sign > 0)
    size = sum_of(one.delta(p) for p in one.unit.positions if not one.is_option(p) or p.sign < 0)
    left = size + bought
    left = min(max(left, NOTHING), size) if size > 0 else max(min(left, NOTHING), size)
    beyond = max(abs(left) - q(rule.threshold) / q(one.unit.index), NOTHING)
    return abs(left) * min(q(rule.cap), q(rule.increase) * beyond) * one.coin


def _netted_and_hedged(one: Netted, rule: NetAndHedged) -> Fraction:
    def key(position: Position) -> object:
        contract = one.held.world.instruments[position.symbol]
        return position.label if rule.by == "position" else contract.quote

    deltas = [sum_of(map(one.delta, group)) for group in _by(one.unit.positions, key)]
    deltas += [one.spot] if rule.spot else []
    net, gross = abs(sum_of(deltas)), sum_of(map(abs, deltas))
    return _sized((q(rule.net) * net + q(rule.hedged) * (gross - net) / 2) * one.coin, rule, one)


def _worth(one: Netted, position: Position, price: str) -> Fraction:
    if price == "index":
        return abs(one.coins(position)) * one.coin
    return one.convert(one.held.value(position), one.held.settle(position))


def _futures(one: Netted, rule: FuturesCharge) -> Fraction:
    members = [p for p in _among(one, rule.of) if one.is_future(p)]
    long, short = (sum_of(_worth(one, p, rule.price) for p in members if p.sign == s) for s in (1, -1))
    return q(rule.rate) * (long + short if rule.scope == "gross" else min(long, short))


def _short_options(one: Netted, rule: ShortOptions) -> Fraction:
    from ringfence.margin.options import forward_of

    def near(position: Position) -> bool:
        contract = one.held.world.instruments[position.symbol]
        forward = q(forward_of(contract, one.held.world))
        return rule.band is None or abs(q(contract.strike) - forward) <= q(rule.band) * forward

    def key(position: Position) -> object:
        contract = one.held.world.instruments[position.symbol]
        keys = {"instrument": position.symbol, "strike": (contract.expiry, contract.strike), "unit": ""}
        return keys[rule.scope]

    groups = _by([p for p in _among(one, "options") if near(p)], key)
    short = sum_of(max(-sum_of(map(one.coins, group)), NOTHING) for group in groups)
    return short * (q(rule.rate) * one.coin + q(rule.amount))


def _contracts(one: Netted, rule: PerContract) -> Fraction:
    members = [p for p in _among(one, rule.of) if one.is_option(p) or one.is_future(p)]
    sizes = (abs(one.coins(p)) if rule.per == "coin" else q(p.contracts) for p in members)
    return q(rule.amount) * sum_of(sizes)


def _provided(one: Netted, rule: ProvisionCharge) -> Fraction:
    total = NOTHING
    for position in one.unit.positions:
        worth = _worth(one, position, "mark")
        funding = position.sign * worth * q(one.held.feed("funding_rate", position.symbol))
        known = one.held.rules.fee("taker", one.held.facts(position))
        fee = q(rule.fee) if rule.fee is not None else q(known[0]) if known else NOTHING
        total += max(funding * q(rule.funding_hours), NOTHING) + worth * fee
    return total


def _spread(one: Netted, rule: ExpirySpread) -> Fraction:
    """Return the charge on deltas that expiries hedge for each other, the nearest pair first."""
    left: dict[Fraction, Fraction] = {}
    for position in one.unit.positions:
        years = _years(one, position)
        days = NOTHING if years is None else years * 365
        left[days] = left.get(days, NOTHING) + one.delta_value(position, "index")
    if one.spot:
        left[NOTHING] = left.get(NOTHING, NOTHING) + one.spot * one.coin
    charge, days_held = NOTHING, sorted(left)
    pairs = sorted((b - a, a, b) for a in days_held for b in days_held if a < b)
    for apart, near, far in pairs:
        if left[near] * left[far] < 0:
            common = min(abs(left[near]), abs(left[far]))
            charge += common * (q(rule.rate) + q(rule.annual) * apart / 365)
            for day in (near, far):
                left[day] -= common if left[day] > 0 else -common
    return charge


def _collateral(one: Netted, rule: CollateralCharge) -> Fraction:
    total = NOTHING
    for asset, amount in one.unit.collateral.items():
        if amount > 0 and asset in rule.rates:
            rate, worth = q(rule.rates[asset]), one.convert(q(amount), asset)
            at_index = q(amount) * one.held.index(asset)
            cuts = {
                "converted": worth * rate,
                "index": at_index * rate,
                "shortfall": worth - at_index * (1 - rate),
            }
            total += cuts[rule.price]
    return total


def _peg(one: Netted, rule: PegCharge) -> Fraction:
    below = max(q(rule.threshold) - one.held.index(rule.asset), NOTHING)
    members = [p for p in one.unit.positions if not one.is_option(p) or p.sign < 0]
    sizes = sum_of(abs(one.coins(p)) * _price(one, one.held.underlying(p)) for p in members)
    return below * q(rule.rate) * sizes


def _price(one: Netted, coin: str) -> Fraction:
    return one.held.index(coin) if one.unit.rule.at_par and coin != one.unit.currency else one.price_of(coin)


CHARGES: Final[Mapping[type, Callable[[Netted, Any], Fraction]]] = {
    DeltaCharge: _delta,
    DeltaShock: _shock_of_delta,
    NetAndHedged: _netted_and_hedged,
    FuturesCharge: _futures,
    ShortOptions: _short_options,
    PerContract: _contracts,
    ProvisionCharge: _provided,
    ExpirySpread: _spread,
    CollateralCharge: _collateral,
    PegCharge: _peg,
}
"""Charges that are exact; so is a spread of deltas. A spread of vegas is given."""

GIVEN_CHARGES: Final[Mapping[type, str]] = {
    TimeDecay: "what options are worth later is a model's",
    CurveShift: "what options are worth at other rates is a model's",
    BasisCharge: "what options are worth at other forwards is a model's",
    MaxLossCharge: "single requirements are said again where they stand alone; payoffs are held by counted bounds",
    ConfidenceCharge: "a product of what a feed says, and tried by hand in the unit tests",
}


def charge_of(rule: ChargeRule, one: Netted) -> Fraction:
    """Return a charge, in the unit's currency: said again where it is exact, else the engine's."""
    is_model = isinstance(rule, ExpirySpread) and rule.of == "vega"
    if type(rule) in CHARGES and not is_model:
        return CHARGES[type(rule)](one, rule)
    from ringfence.margin.netting.charges import charge_node

    return q(charge_node(rule, one.unit).value)


def _at(place: Place, one: Netted, measure: kinds.Measure) -> list[Fraction]:
    return [
        charge_of(rule, one)
        for rule in one.unit.rule.charges
        if rule.place == place and (place == "candidate" or measure in rule.measures)
    ]


# --- together ----------------------------------------------------------------------------------------


def _group_need(group: Sequence[Netted], measure: kinds.Measure) -> Fraction:
    """Return what units of one model need together, in the unit of the pool."""
    held, rule, alone = group[0].held, group[0].unit.rule, len(group) == 1
    currency = group[0].unit.currency if alone else held.pool.unit

    def there(amount: Fraction, one: Netted) -> Fraction:
        own = one.unit.currency
        return amount if own == currency else amount * held.index(own) / held.index(currency)

    losses = [NOTHING]
    for number, rules in enumerate(rule.sets):
        columns = [
            [there(-_counted(gain, one), one) for gain in results(one, one.unit.rule.sets[number])]
            for one in group
        ]
        losses.append(max(map(sum_of, zip(*columns, strict=True))) * q(rules.share))
    candidates = [[NOTHING, *_at("candidate", one, measure)] for one in group]
    losses.append(sum_of(there(max(found), one) for found, one in zip(candidates, group, strict=True)))
    worst = max(losses)
    if alone and rule.worst_digits is not None:
        worst = _rounded(worst, rule.worst_digits)
    added, beside = (
        sum_of(there(sum_of(_at(place, one, measure)), one) for one in group)
        for place in cast("tuple[Place, ...]", ("added", "beside"))
    )
    floor = sum_of(there(max([NOTHING, *_at("floor", one, measure)]), one) for one in group)
    factor = _factor(rule, measure, held)
    need = max(worst + added, floor) * factor + beside
    return need if currency == held.pool.unit else need * held.index(currency) / held.index(held.pool.unit)


def _factor(rule: Scenarios, measure: kinds.Measure, held: Held) -> Fraction:
    if measure == "maintenance":
        return q(rule.maintenance_factor)
    if rule.peg is None:
        return q(rule.initial_factor)
    below = max(q(rule.peg.threshold) - held.index(rule.peg.asset), NOTHING)
    return q(rule.initial_factor) + q(rule.peg.factor) * below


def _rounded(amount: Fraction, digits: int) -> Fraction:
    """Return an amount to so many decimals, a half to the even one."""
    return Fraction(round(amount * 10**digits), 10**digits)


def scenarios_need(held: Held, measure: kinds.Measure) -> Fraction:
    """Return what the positions of a pool need that stand in joint scenarios, in its unit."""
    units = [Netted(held, unit) for unit in units_of(held.pool, held.world)]
    apart = [[one] for one in units if one.unit.rule.gains is None]
    together = [one for one in units if one.unit.rule.gains is not None]
    return sum_of(_group_need(group, measure) for group in chain(apart, [together] if together else []))


GIVEN: Final[Mapping[type, str]] = {
    Strategies: "which legs are matched is an integer programme; its groups are tried by hand in the unit tests",
    Arrays: "its scenarios are stated by the book; offsets are tried by hand in the unit tests",
    Sensitivities: "a quadratic form under a root: its steps are formulas, and held by counted bounds",
    History: "returns and their volatilities are float64 throughout",
}
"""Models that are not said again here, and why."""

NETS: Final[Mapping[type, Callable[[Held, kinds.Measure], Fraction]]] = {
    Scenarios: scenarios_need,
}


def is_netted(held: Held, position: Position) -> bool:
    """Return whether a position stands in a portfolio model."""
    return held.rules.offset(held.facts(position)) is not None


def needed_together(held: Held, measure: kinds.Measure) -> Fraction:
    """Return what the positions of a pool need that stand in portfolio models, in its unit."""
    models = {type(held.rules.offset(held.facts(p))) for p in held.pool.positions if is_netted(held, p)}
    models |= {type(held.rules.pool_model())} if held.pool.kind == "cross" else set()
    return sum_of(NETS[model](held, measure) for model in NETS if model in models)
