"""What a setting says of every symbol and every model, lowered to columns once: no pool is looked at here."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from ringfence.batch.columns import ISOLATED
from ringfence.batch.eras import eras_of, opened_in, starts_of
from ringfence.batch.netting.prices import NAN, Prices, expiry_name
from ringfence.batch.setting import Setting
from ringfence.book import Instrument
from ringfence.formula.model.black import black_delta
from ringfence.formula.model.quotes import Quotes
from ringfence.venue import Facts
from ringfence.venue.instruments import facts_of
from ringfence.venue.models import Arrays, Strategies
from ringfence.venue.offsets import OffsetRule, Scenarios

if TYPE_CHECKING:
    from ringfence.batch.columns import Columns, Flags, Floats, Places

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key:
    """What nets: positions of a pool whose symbols share a key are one unit.

    rule   its model
    coin   by which it is named; "" where a whole pool is one unit
    """

    rule: OffsetRule
    coin: str
    settle: str


def key_of(rule: OffsetRule, one: Instrument) -> Key:
    """Return what a contract nets with, under its model."""
    together: dict[str, str] = getattr(rule, "together", {})
    coin = together.get(one.underlying, one.underlying)
    if isinstance(rule, Scenarios) and rule.unit != "pool":
        return Key(rule, coin, one.settle if rule.unit == "coin_and_settle" else "")
    return Key(rule, coin, one.settle) if isinstance(rule, Arrays | Strategies) else Key(rule, "", "")


class Names:
    """Names as codes, in the order in which they were first asked for."""

    def __init__(self, names: Iterable[Hashable] = ()) -> None:
        self._codes: dict[Hashable, int] = {name: code for code, name in enumerate(dict.fromkeys(names))}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._codes)

    def code(self, name: Hashable) -> int:
        """Return the code of a name; a new one for a new name."""
        return self._codes.setdefault(name, len(self._codes))

    def knows(self, name: Hashable) -> bool:
        """Return whether a name has a code."""
        return name in self._codes

    def items(self) -> list[tuple[Hashable, int]]:
        """Return names and their codes, in the order of these."""
        return list(self._codes.items())


def _assets_of(setting: Setting) -> Iterator[str]:
    """Yield the assets that models name."""
    for rule in setting.rules.lists["offset"]:
        together: dict[str, str] = getattr(rule, "together", {})
        yield from (*together.keys(), *together.values(), *rule.underlyings)
        yield from getattr(rule, "moving", ())


class Terms:
    """Symbols as columns. One that a setting does not know whole has a key, and NaN for its delta and its prices.

    assets       codes of collateral, coins, and what contracts are quoted and pay in: ``assets`` of the columns first
    keys         what nets
    key          holding -> its key; -1: it stands alone
    nets         symbol -> whether it has a key in some holding

    A holding is what decides the model of a position: its symbol, whether it is isolated, and, where models hold only
    for what is opened since a day, between which days it was. ``holdings`` says which each position of a population is.
    """

    def __init__(self, setting: Setting, symbols: Sequence[str], assets: Sequence[str]) -> None:
        """Read a setting for the symbols and assets of a population."""
        self.setting, self.prices, self.symbols = setting, Prices(setting), tuple(symbols)
        self.assets = Names(assets)
        self.unit = setting.rules.account_mode.unit
        self.instruments = [setting.instruments[symbol] for symbol in symbols]
        for one in self.instruments:
            for asset in (one.underlying, one.settle, one.quote):
                self.assets.code(asset)
        for asset in (self.unit, "USD", *_assets_of(setting)):
            self.assets.code(asset)
        self._made: dict[Hashable, object] = {}
        self._index: Floats = np.zeros(0)
        self.models = [cast("OffsetRule", rule) for rule in setting.rules.lists["offset"]]
        self.keys: list[Key] = []
        self._starts = starts_of(setting.rules.lists["offset"])
        self.key = self._keyed()
        self.nets: Flags = np.any(self.key.reshape(-1, max(len(symbols), 1)) >= 0, axis=0)

    def model(self, rule: OffsetRule) -> int:
        """Return the place of a model."""
        return next(place for place, known in enumerate(self.models) if known is rule)

    def holdings(self, columns: "Columns") -> "Places":
        """Return which holding each position of a population is."""
        held = columns.positions
        isolated = np.repeat(columns.pool_kind == ISOLATED, np.diff(columns.first_position))
        if not self._starts and not isolated.any():
            return held.symbol
        eras = eras_of(held.opened, len(held), self._starts) if self._starts else 0
        return np.asarray((eras * 2 + isolated) * len(self.symbols) + held.symbol)

    def _all_holdings(self) -> Iterator[tuple[Instrument, Facts]]:
        """Yield contracts and what rules may ask about positions in them, in the order of holdings."""
        eras = (
            [opened_in(era, self._starts) for era in range(len(self._starts) + 2)] if self._starts else [None]
        )
        for opened in eras:
            for mode in ("cross", "isolated"):
                yield from ((one, facts_of(one, mode, opened)) for one in self.instruments)

    def _keyed(self) -> "Places":
        places: dict[tuple[int, str, str], int] = {}
        held = list(self._all_holdings())
        key = np.full(len(held), -1, dtype=np.int32)
        for number, (one, facts) in enumerate(held):
            rule = self.setting.rules.offset(facts)
            if rule is None:
                continue
            found = key_of(rule, one)
            place = places.setdefault((id(rule), found.coin, found.settle), len(self.keys))
            if place == len(self.keys):
                self.keys.append(found)
            key[number] = place
        return key

    def column(self, of: Callable[[Instrument], float]) -> "Floats":
        """Return a number of every symbol."""
        return np.array([of(one) for one in self.instruments], dtype=np.float64)

    def codes(self, of: Callable[[Instrument], Hashable]) -> "Places":
        """Return a code of every symbol; what is equal has one code."""
        names = Names()
        return np.array([names.code(of(one)) for one in self.instruments], dtype=np.int32)

    def asset(self, of: Callable[[Instrument], str]) -> "Places":
        """Return the code of an asset of every symbol."""
        return np.array([self.assets.code(of(one)) for one in self.instruments], dtype=np.int32)

    @cached_property
    def coin(self) -> "Places":
        """Return the coin that moves each contract."""
        return self.asset(lambda one: one.underlying)

    @cached_property
    def settle(self) -> "Places":
        """Return the asset in which each contract pays."""
        return self.asset(lambda one: one.settle)

    @cached_property
    def money(self) -> "Places":
        """Return the asset in which coins at their mark are counted: of an inverse contract its quote."""
        return self.asset(lambda one: one.quote if one.payoff == "inverse" else one.settle)

    @cached_property
    def quote(self) -> "Places":
        """Return the asset in which each contract is quoted."""
        return self.asset(lambda one: one.quote)

    @cached_property
    def mark(self) -> "Floats":
        """Return the marks [quote]."""
        return self.column(lambda one: self.prices.mark(one.symbol))

    @cached_property
    def is_option(self) -> "Floats":
        """Return one for options."""
        return self.column(lambda one: one.is_option)

    @cached_property
    def is_inverse(self) -> "Floats":
        """Return one for inverse contracts."""
        return self.column(lambda one: one.payoff == "inverse")

    @cached_property
    def is_future(self) -> "Floats":
        """Return one for perpetuals and dated futures."""
        return self.column(lambda one: not one.is_paid_for)

    @cached_property
    def is_perpetual(self) -> "Floats":
        """Return one for perpetuals."""
        return self.column(lambda one: not one.is_paid_for and one.expiry is None)

    @cached_property
    def expiry(self) -> "Places":
        """Return a code of each day of expiry, and one for none."""
        return self.codes(lambda one: one.expiry)

    @cached_property
    def expiry_of_coin(self) -> "Places":
        """Return a code of each coin's day of expiry, as feeds name it."""
        return self.codes(expiry_name)

    @cached_property
    def strike(self) -> "Places":
        """Return a code of each strike of each day."""
        return self.codes(lambda one: (one.expiry, one.strike))

    @cached_property
    def days(self) -> "Floats":
        """Return the days to expiry, as futures count them; perpetuals expire now."""
        day = timedelta(days=1).total_seconds()
        at = self.setting.at
        return self.column(
            lambda one: 0.0 if one.expires_at is None else (one.expires_at - at).total_seconds() / day
        )

    @cached_property
    def _quoted(self) -> tuple[Quotes, "Places"]:
        """Return what options are priced from, and symbol -> place among them; -1: no option, or not known."""
        options = np.array(
            [s for s, one in enumerate(self.instruments) if one.is_option and self.nets[s]], dtype=int
        )
        quotes, known = self.prices.quotes([self.symbols[s] for s in options])
        place = np.full(len(self.symbols), -1, dtype=np.int32)
        place[options[known]] = np.flatnonzero(known)
        return quotes, place

    @property
    def quotes(self) -> Quotes:
        """Return what the options that net are priced from."""
        return self._quoted[0]

    @property
    def quoted(self) -> "Places":
        """Return symbol -> place among the quotes; -1: no option, or not known whole."""
        return self._quoted[1]

    @cached_property
    def delta(self) -> "Floats":
        """Return what one coin of each contract gains with its coin: of options by their model."""
        quotes = self.quotes
        deltas = black_delta(quotes.forward, quotes.strike, quotes.sigma, quotes.years, quotes.sign)
        found = np.where(self.is_option > 0.0, NAN, 1.0)
        known = self.quoted >= 0
        found[known] = deltas[self.quoted[known]]
        return np.asarray(found)

    @property
    def index(self) -> "Floats":
        """Return the price of every asset [unit of account]; a model may name one that nobody has."""
        names = self.assets.items()
        if len(self._index) != len(names):
            found = [self.prices.index(str(name)) for name, _ in names]
            self._index = np.array([NAN if price is None else float(price) for price in found])
        return self._index

    def rate(self, asset: "Places | int", unit: "Places | int") -> "Floats":
        """Return the price of an asset in another, at index prices; one where they are the same."""
        index = self.index
        return np.where(np.equal(asset, unit), 1.0, index[asset] / index[unit])

    @cached_property
    def known(self) -> "Floats":
        """Return one for symbols by which a position is valued whole; NaN for others."""
        whole = np.where(self.is_option > 0.0, self.quoted >= 0, ~np.isnan(self.mark))
        return np.where(whole, 1.0, NAN)

    def once(self, name: Hashable, make: Callable[[], T]) -> T:
        """Return what was made under a name before, or make it: what does not hang on who holds what."""
        if name not in self._made:
            self._made[name] = make()
        return cast("T", self._made[name])

    def symbols_of(self, model: Scenarios, coin: int) -> "Places":
        """Return the symbols that a unit of a model may hold, by its coin."""
        name = str(self.assets.items()[coin][0])
        name = model.together.get(name, name)
        inside = [key.rule is model and (model.unit == "pool" or key.coin == name) for key in self.keys]
        held = np.append(inside, False)[self.key].reshape(-1, max(len(self.symbols), 1))
        return np.flatnonzero(held.any(axis=0))
