"""What of a pool's collateral, and of what it owns of a coin, stands in which of its units; and units of that alone."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ringfence.batch.columns import ISOLATED
from ringfence.batch.compiled import compiled
from ringfence.batch.netting.terms import Terms
from ringfence.batch.netting.units import ROUNDING, STEPS, Cut, Held, signed_coins, spots, totals
from ringfence.formula.contract import inverse_value, linear_value, unrealized_pnl
from ringfence.venue import Facts
from ringfence.venue.offsets import CollateralCharge, OffsetRule, Scenarios

if TYPE_CHECKING:
    from ringfence.batch.columns import Columns, Flags, Floats, Places

_ALL, _HEDGING = 1, 2
_WAYS = {"always": _ALL, "chosen": _ALL, "hedging": _HEDGING, "chosen_hedging": _HEDGING}


@dataclass(frozen=True)
class Units:
    """All units of some pools, those first that hold positions, pool after pool.

    unit_of     pool -> the asset it is counted in
    model       unit -> place of its model in ``Terms.models``
    collateral  unit -> whether all of its pool's collateral is it
    doubtful    pool -> whether the exact engine has to say what its units are
    """

    cut: Cut
    unit_of: "Places"
    pool: "Places"
    model: "Places"
    coin: "Places"
    currency: "Places"
    spot: "Floats"
    spot_slip: "Floats"
    collateral: "Flags"
    doubtful: "Flags"

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.pool)

    def with_empty(
        self,
        pool: "Places",
        model: "Places",
        coin: "Places",
        currency: "Places",
        spot: "Floats",
        slip: "Floats",
    ) -> "Units":
        """Return the units with some behind that hold no positions."""

        def joined(one: Any, other: object) -> Any:  # noqa: ANN401 - columns of several kinds
            return np.concatenate([one, np.asarray(other, dtype=one.dtype)])

        return replace(
            self,
            pool=joined(self.pool, pool),
            model=joined(self.model, model),
            coin=joined(self.coin, coin),
            currency=joined(self.currency, currency),
            spot=joined(self.spot, spot),
            spot_slip=joined(self.spot_slip, slip),
            collateral=joined(self.collateral, np.zeros(len(pool), dtype=bool)),
        )


def units_of(columns: "Columns", pools: "Places", cut: Cut, terms: Terms) -> Units:
    """Return the units of pools, with what stands in them beside positions."""
    unit_of = columns.pool_unit[pools].astype(np.int32)
    unit_of = np.where(unit_of < 0, terms.assets.code(terms.unit), unit_of).astype(np.int32)
    alone = np.flatnonzero(columns.pool_kind[pools] == ISOLATED)
    unit_of[alone] = terms.settle[columns.positions.symbol[columns.first_position[pools[alone]]]]
    model = np.array([terms.model(key.rule) for key in terms.keys], dtype=np.int32)[cut.key]
    settle = terms.settle[columns.positions.symbol[cut.rows]]
    coin = terms.coin[columns.positions.symbol[cut.rows[cut.start[:-1]]]]
    own = np.array([isinstance(m, Scenarios) and m.currency == "settle" for m in terms.models], dtype=bool)
    if len(cut.pool):
        low, high = (f.reduceat(settle, cut.start[:-1]) for f in (np.minimum, np.maximum))
    else:
        low = high = np.empty(0, dtype=np.int32)
    one_asset = (low == high) & own[model]
    currency = np.where(one_asset, low, unit_of[cut.pool]).astype(np.int32)
    nothing = np.zeros(len(cut.pool))
    units = Units(
        cut, unit_of, cut.pool, model, coin, currency, nothing, nothing.copy(), nothing > 0.0,
        np.zeros(len(pools), dtype=bool),
    )  # fmt: skip
    units = _with_spot(columns, pools, units, terms)
    units = _with_equity(columns, pools, units, terms)
    return _with_collateral(columns, pools, units, terms)


def _with_spot(columns: "Columns", pools: "Places", units: Units, terms: Terms) -> Units:
    """Return the units with the part of their coin's collateral that stands in their scenarios."""
    chosen = terms.setting.rules.settings.get("spot_in_risk_unit", ())
    coins = chosen if isinstance(chosen, list | tuple) else ()
    is_chosen = np.zeros(len(terms.assets), dtype=bool)
    is_chosen[[terms.assets.code(coin) for coin in coins if terms.assets.knows(coin)]] = True
    rules = [m.spot if isinstance(m, Scenarios) else "never" for m in terms.models]
    ways = np.array([_WAYS.get(rule, 0) for rule in rules], dtype=np.int32)
    asks = np.array([rule.startswith("chosen") for rule in rules], dtype=bool)
    way = np.where(asks[units.model] & ~is_chosen[units.coin], 0, ways[units.model]).astype(np.int32)
    if not way.any():
        return units
    held, cut = columns.positions, units.cut
    symbol = held.symbol[cut.rows]
    coins_of = signed_coins(
        terms, symbol, held.sign[cut.rows].astype(np.float64), held.contracts.values[cut.rows],
        held.contract_size.values[cut.rows],
    )  # fmt: skip
    unit = np.repeat(np.arange(len(units)), np.diff(cut.start))
    deltas = coins_of * terms.delta[symbol]
    delta = totals(unit, deltas, len(units))
    gross = totals(unit, np.abs(coins_of), len(units))
    spot = np.empty(len(units))
    spots(
        units.pool, units.coin, units.currency, way, delta, pools, columns.first_holding,
        columns.holdings.asset, columns.holdings.amount.values, spot,
    )  # fmt: skip
    slip = (gross + np.abs(spot)) * (1e-14 + (np.diff(cut.start) + STEPS) * ROUNDING)
    return replace(units, spot=spot, spot_slip=np.where(spot == 0.0, slip * (way == _HEDGING), slip))


@compiled
def _first_unit(
    pool: "Places",
    asset: "Places",
    begin: "Places",
    end: "Places",
    kind: "Places",
    member: "Places",
    found: "Places",
) -> None:
    """Fill the first unit of each pool whose kind (a row of ``member``) has an asset among its own; -1: none."""
    for i in range(pool.shape[0]):
        found[i] = -1
        for unit in range(begin[pool[i]], end[pool[i]]):
            if found[i] < 0 and member[kind[unit], asset[i]] != 0:
                found[i] = unit


def _with_equity(columns: "Columns", pools: "Places", units: Units, terms: Terms) -> Units:
    """Return the units with what their pool owns of their coins, where their model has it move along with them."""
    equity = _equity(terms)
    asking = np.zeros(len(pools), dtype=bool)
    asking[units.pool[equity[units.model]]] = True
    if not asking.any():
        return units
    doubtful = units.doubtful | _without_marks(columns, pools, asking, terms)
    units = replace(units, doubtful=doubtful)
    pool, asset, owned, slip, gross = _owned(columns, pools, asking, units.unit_of, terms)
    if not len(pool):
        return units
    model = _models_of_coins(pool, asset, units, terms)
    moves = (model >= 0) & (gross > 0.0)
    doubtful[pool[moves & ~(np.abs(owned) > slip)]] = True
    pool, asset, model, owned, slip = pool[moves], asset[moves], model[moves], owned[moves], slip[moves]
    coin = _together(terms)[model, asset]
    rate = terms.rate(asset, coin)
    number = len(terms.assets)
    place, at, group = np.unique(pool * number + coin, return_index=True, return_inverse=True)
    mixed = totals(group, (model != model[at][group]).astype(np.float64), len(place)) > 0.0
    spot, spot_slip = (totals(group, x * rate, len(place)) for x in (owned, slip))
    coins = _Coins(place // number, (place % number).astype(np.int32), spot, spot_slip, model[at], mixed)
    return _placed(coins, replace(units, doubtful=doubtful), terms)


@dataclass(frozen=True, slots=True)
class _Coins:
    """What pools own of coins that move along, one element a pool and coin.

    mixed   whether assets that are this coin move in different models
    """

    pool: "Places"
    coin: "Places"
    spot: "Floats"
    slip: "Floats"
    model: "Places"
    mixed: "Flags"


def _spans(units: Units) -> tuple["Places", "Places"]:
    """Return of every pool its first unit, and one more than its last."""
    pools = np.arange(len(units.doubtful))
    return np.searchsorted(units.pool, pools, "left"), np.searchsorted(units.pool, pools, "right")


def _placed(coins: _Coins, units: Units, terms: Terms) -> Units:
    """Return the units with coins on the one that is paid in them, else on the first that moves along, else alone."""
    begin, end = _spans(units)
    number, names = len(terms.assets), _together(terms)
    moves = np.where(_equity(terms)[units.model], names[units.model, units.coin], -1)
    kind, code = np.unique((moves + 1) * number + units.currency, return_inverse=True)
    member, paid = (np.zeros((len(kind), number), dtype=np.int32) for _ in range(2))
    for row, one in enumerate(kind.tolist()):
        with_coin, currency = one // number - 1, one % number
        if with_coin >= 0:
            member[row, with_coin] = 1
            paid[row, with_coin] = with_coin == currency
    found, paid_in = (np.empty(len(coins.pool), dtype=np.int64) for _ in range(2))
    _first_unit(coins.pool, coins.coin, begin, end, code, member, found)
    _first_unit(coins.pool, coins.coin, begin, end, code, paid, paid_in)
    found = np.where(paid_in >= 0, paid_in, found)
    on, alone = found >= 0, found < 0
    spot, slip, doubtful = units.spot.copy(), units.spot_slip.copy(), units.doubtful.copy()
    spot[found[on]], slip[found[on]] = coins.spot[on], coins.slip[on]
    doubtful[coins.pool[alone & coins.mixed]] = True
    units, coin = replace(units, spot=spot, spot_slip=slip, doubtful=doubtful), coins.coin[alone]
    return units.with_empty(
        coins.pool[alone], coins.model[alone], coin, coin, coins.spot[alone], coins.slip[alone]
    )


def _equity(terms: Terms) -> "Flags":
    """Return in which models coins that are owned move along."""
    return np.array([isinstance(m, Scenarios) and m.spot == "equity" for m in terms.models], dtype=bool)


def _together(terms: Terms) -> "Places":
    """Return what coin each asset counts as, by model."""
    found = np.tile(np.arange(len(terms.assets), dtype=np.int32), (len(terms.models), 1))
    for row, rule in enumerate(terms.models):
        for coin, other in getattr(rule, "together", {}).items():
            if terms.assets.knows(coin):
                found[row, terms.assets.code(coin)] = terms.assets.code(other)
    return found


def _models_of_coins(pool: "Places", asset: "Places", units: Units, terms: Terms) -> "Places":
    """Return the model in which an owned coin moves: that of a unit that names it, else its own; -1: none."""
    begin, end = _spans(units)
    number = len(terms.assets)
    kind, code = np.unique(units.model.astype(np.int64) * number + units.coin, return_inverse=True)
    member = np.zeros((len(kind), number), dtype=np.int32)
    for row, one in enumerate(kind.tolist()):
        together = getattr(terms.models[one // number], "together", {})
        named = [terms.assets.code(coin) for coin in together if terms.assets.knows(coin)]
        member[row, [one % number, *named]] = 1
    first = np.empty(len(pool), dtype=np.int64)
    _first_unit(pool, asset, begin, end, code, member, first)
    own = np.full(number, -1, dtype=np.int32)
    for name, at in terms.assets.items():
        rule = terms.setting.rules.offset(Facts(settle=str(name), underlying=str(name)))
        if isinstance(rule, Scenarios) and rule.spot == "equity":
            own[at] = terms.model(rule)
    equity = _equity(terms)
    model = np.where(first >= 0, units.model[first], own[asset])
    return np.where((model >= 0) & equity[model], model, -1).astype(np.int32)


def _without_marks(columns: "Columns", pools: "Places", asking: "Flags", terms: Terms) -> "Flags":
    """Return which pools hold something without a mark, where what leaving it brings is asked for."""
    rows, pool = _ranges(columns.first_position, pools, asking)
    lost = np.zeros(len(pools), dtype=bool)
    lost[pool[np.isnan(terms.mark)[columns.positions.symbol[rows]]]] = True
    return lost


def _owned(
    columns: "Columns",
    pools: "Places",
    asking: "Flags",
    unit_of: "Places",
    terms: Terms,
) -> tuple["Places", "Places", "Floats", "Floats", "Floats"]:
    """Return pools, assets, what they own of them, its slip and its gross: of assets that are not the pool's unit."""
    first, holding = columns.first_position, columns.first_holding
    rows, row_pool = _ranges(first, pools, asking)
    held, held_pool = _ranges(holding, pools, asking)
    asset = np.concatenate([columns.holdings.asset[held], terms.settle[columns.positions.symbol[rows]]])
    pool = np.concatenate([held_pool, row_pool])
    apart = asset != unit_of[pool]
    if not apart.any():
        nothing = np.empty(0)
        return pool[:0], asset[:0], nothing, nothing, nothing
    claims, sizes = _claims(columns, rows, terms)
    amount = columns.holdings.amount.values[held]
    amounts, gross = np.concatenate([amount, claims])[apart], np.concatenate([np.abs(amount), sizes])[apart]
    number = len(terms.assets)
    place, group = np.unique(pool[apart] * number + asset[apart], return_inverse=True)
    owned, total, rows_of = (totals(group, x, len(place)) for x in (amounts, gross, np.ones_like(gross)))
    slip = total * (rows_of + STEPS) * ROUNDING
    return place // number, (place % number).astype(np.int32), owned, slip, total


def _ranges(first: "Places", pools: "Places", asking: "Flags") -> tuple["Places", "Places"]:
    """Return the rows of some pools, and the pool of each."""
    chosen = np.flatnonzero(asking)
    begin, size = first[pools[chosen]], first[pools[chosen] + 1] - first[pools[chosen]]
    pool = np.repeat(chosen, size)
    offset = np.arange(len(pool)) - np.repeat(np.cumsum(size) - size, size)
    return np.repeat(begin, size) + offset, pool


def _claims(columns: "Columns", rows: "Places", terms: Terms) -> tuple["Floats", "Floats"]:
    """Return what leaving positions at their marks brings into the wallet [settle], and what it is a difference of."""
    held = columns.positions
    symbol, sign = held.symbol[rows], held.sign[rows].astype(np.float64)
    contracts, size, entry = (
        held.contracts.values[rows],
        held.contract_size.values[rows],
        held.entry_price.values[rows],
    )
    inverse, paid_for = terms.is_inverse[symbol] > 0.0, terms.is_future[symbol] == 0.0
    mark = terms.mark[symbol]

    def value(price: "Floats") -> "Floats":
        return np.where(inverse, inverse_value(contracts, size, price), linear_value(contracts, size, price))

    at_mark, at_entry = value(mark), value(entry)
    if held.cost is not None:
        cost = np.abs(held.cost.values[rows])
        at_entry = np.where(np.isnan(cost), at_entry, cost)
    gained = unrealized_pnl(np.where(inverse, -sign, sign), at_entry, at_mark)
    return np.where(paid_for, sign * at_mark, gained), at_mark + np.where(paid_for, 0.0, at_entry)


def _with_collateral(columns: "Columns", pools: "Places", units: Units, terms: Terms) -> Units:
    """Return the units with the pool's collateral on the one that is all of it, if its model asks for any."""
    rule = terms.setting.rules.pool_model()
    if rule is None:
        return units
    named = set(rule.moving).union(*(c.rates for c in rule.charges if isinstance(c, CollateralCharge)))
    is_named = np.array([name in named for name, _ in terms.assets.items()], dtype=bool)
    held, pool = _ranges(columns.first_holding, pools, np.ones(len(pools), dtype=bool))
    asks = (columns.holdings.amount.values[held] > 0.0) & is_named[columns.holdings.asset[held]]
    asking = np.zeros(len(pools), dtype=bool)
    asking[pool[asks]] = True
    whole = np.array([isinstance(m, Scenarios) and m.unit == "pool" for m in terms.models], dtype=bool)
    places = np.flatnonzero(whole[units.model] & asking[units.pool])
    first, at = np.unique(units.pool[places], return_index=True)
    collateral = units.collateral.copy()
    collateral[places[at]] = True
    asking[first] = False
    units, alone = replace(units, collateral=collateral), np.flatnonzero(asking)
    unit = units.unit_of[alone]
    coin = np.full(len(alone), terms.assets.code(rule.underlyings[0])) if rule.underlyings else unit
    nothing, before = np.zeros(len(alone)), len(units)
    model = np.full(len(alone), terms.model(rule))
    units = units.with_empty(alone, model, coin.astype(np.int32), unit, nothing, nothing)
    collateral = units.collateral.copy()
    collateral[before:] = True
    return replace(units, collateral=collateral)


def held_by(
    columns: "Columns", pools: "Places", units: Units, chosen: "Places", model: OffsetRule, terms: Terms
) -> Held:
    """Return some units of one model as columns of their own."""
    cut, positions = units.cut, columns.positions
    count = np.zeros(len(chosen), dtype=np.int64)
    full = chosen < len(cut.pool)
    count[full] = cut.start[chosen[full] + 1] - cut.start[chosen[full]]
    start = np.concatenate([[0], np.cumsum(count)])
    if len(cut.rows) == start[-1]:
        rows = cut.rows
    else:
        begin = np.repeat(cut.start[chosen[full]], count[full])
        rows = cut.rows[begin + np.arange(start[-1]) - np.repeat(start[:-1], count)]
    owners = np.flatnonzero(units.collateral[chosen])
    pool = pools[units.pool[chosen[owners]]]
    size = columns.first_holding[pool + 1] - columns.first_holding[pool]
    offset = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    held = np.repeat(columns.first_holding[pool], size) + offset
    return Held(
        terms=terms,
        at_par=isinstance(model, Scenarios) and model.at_par,
        start=start,
        row=rows,
        symbol=positions.symbol[rows],
        sign=positions.sign[rows].astype(np.float64),
        contracts=positions.contracts.values[rows],
        size=positions.contract_size.values[rows],
        entry=positions.entry_price.values[rows],
        coin=units.coin[chosen],
        currency=units.currency[chosen],
        spot=units.spot[chosen],
        spot_slip=units.spot_slip[chosen],
        owner=np.repeat(owners, size),
        asset=columns.holdings.asset[held],
        amount_of=columns.holdings.amount.values[held],
    )
