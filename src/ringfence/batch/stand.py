"""What a population is drawn in: a setting's contracts and assets, made ready in floats."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from ringfence.batch.setting import Setting
from ringfence.batch.shape import Shape
from ringfence.batch.terms import Terms, terms_of
from ringfence.core.errors import BookError
from ringfence.venue import kinds

if TYPE_CHECKING:
    import numpy.typing as npt

    from ringfence.batch.columns import Floats, Rows

    Flags = npt.NDArray[np.bool_]

_DECIMALS_MAX: Final = 8
_BARELY: Final = 1e-9
"""A logarithm so little above a whole one is that."""

_WHOLE_BELOW: Final = 100.0
"""[USD/contract] Contracts of another size than one coin are dealt in whole where they are worth no more."""

_DOLLARS: Final = frozenset({"USD", "USDT", "USDC"})


@dataclass(frozen=True)
class Spare:
    """An asset that counts as collateral beside the main one.

    asset    place in the assets
    counts   [USD] what one unit counts for
    most     how many units count so
    """

    asset: int
    counts: float
    most: float


@dataclass(frozen=True)
class Stand:
    """A setting in floats.

    weights      symbol -> how often it is held
    settle       symbol -> place of its settlement asset in ``assets``
    isolates     symbol -> whether it may be isolated
    shares       symbol -> whether it may stand in a shared pool
    prices       asset -> index [USD]
    main         place of the asset that most hold, where one pool takes several
    counts       [USD] what one unit of it counts for
    one_pool     whether one pool takes all
    """

    symbols: tuple[str, ...]
    assets: tuple[str, ...]
    terms: tuple[Terms, ...]
    weights: "Floats"
    settle: "Rows"
    isolates: "Flags"
    shares: "Flags"
    prices: "Floats"
    main: int
    counts: float
    spare: tuple[Spare, ...]
    hedge_mode: bool
    one_pool: bool
    contract_decimals: "Rows"
    price_decimals: "Rows"
    money_decimals: "Rows"

    @classmethod
    def of(cls, setting: Setting, shape: Shape) -> Self:
        """Return a setting made ready.

        Raises:
            BookError: it has no contract, or one that cannot be held.

        """
        symbols = tuple(setting.instruments)
        terms = tuple(terms_of(symbol, setting) for symbol in symbols)
        poor = [one.instrument.symbol for one in terms if one.largest * one.worth <= shape.least]
        if poor or not terms:
            raise BookError(
                poor[0] if poor else "setting",
                "its tiers admit no position" if poor else "it has no contract",
                "Leave it out" if poor else "Give it one: see market_of",
            )
        mode = setting.rules.account_mode
        settles = [one.instrument.settle for one in terms]
        spare = _listed(setting) if mode.pooling == "account" else {}
        assets = tuple(dict.fromkeys([*settles, *spare]))
        prices = np.array([float(setting.market.indices.get(asset, 1)) for asset in assets])
        choices = [*(spare or settles)]
        main = next((asset for asset in settles if asset in choices and asset in _DOLLARS), choices[0])
        counts = spare[main][0] if main in spare else float(prices[assets.index(main)])
        return cls(
            symbols=symbols,
            assets=assets,
            terms=terms,
            weights=np.arange(1, len(terms) + 1, dtype=np.float64) ** -shape.concentration,
            settle=np.array([assets.index(asset) for asset in settles], dtype=np.int64),
            isolates=np.array(["isolated" in one.modes for one in terms]),
            shares=np.array(["cross" in one.modes for one in terms]),
            prices=prices,
            main=assets.index(main),
            counts=counts,
            spare=tuple(Spare(assets.index(a), *worth) for a, worth in spare.items() if a != main),
            hedge_mode=shape.two_legged > 0 and mode.hedge,
            one_pool=mode.pooling == "account",
            contract_decimals=np.array([_contract_decimals(one, shape) for one in terms], dtype=np.int64),
            price_decimals=np.array([_price_decimals(one.mark, shape.price_digits) for one in terms]),
            money_decimals=_decimals(1 / shape.money_step, prices),
        )

    def step_of(self, symbol: int, contracts: "Floats", least: float) -> "Floats":
        """Return sizes in whole steps of a symbol: down, and not below one step or the least worth [USD]."""
        power = 10.0 ** int(self.contract_decimals[symbol])
        fewest = max(np.ceil(least / self.terms[symbol].worth * power), 1.0)
        steps: Floats = np.maximum(np.floor(contracts * power), fewest) / power
        return steps

    def price_of(self, symbol: int, prices: "Floats") -> "Floats":
        """Return prices of a symbol at its ticks."""
        power = 10.0 ** int(self.price_decimals[symbol])
        ticks: Floats = np.rint(prices * power) / power
        return ticks

    def money(self, asset: "Rows", amount: "Floats") -> "Floats":
        """Return amounts of assets in whole steps, up."""
        power = 10.0 ** self.money_decimals[asset]
        steps: Floats = np.ceil(amount * power) / power
        return steps


def _decimals(scale: float, worth: "Floats") -> "Rows":
    """Return how many decimals make a step of at most 1 / scale, where a unit is worth so much."""
    return np.clip(np.ceil(np.log10(scale * worth) - _BARELY), 0, _DECIMALS_MAX).astype(np.int64)


def _price_decimals(mark: float, digits: int) -> int:
    """Return how many decimals a price has, of so many significant digits."""
    return int(np.clip(digits - 1 - np.floor(np.log10(mark)), 0, _DECIMALS_MAX))


def _contract_decimals(terms: Terms, shape: Shape) -> int:
    counted = terms.is_inverse or (terms.per_contract != 1 and terms.worth <= _WHOLE_BELOW)
    return 0 if counted else int(_decimals(1 / shape.size_step, np.array([terms.worth]))[0])


def _listed(setting: Setting) -> dict[str, tuple[float, float]]:
    """Return the assets that count as collateral: asset -> [USD] what a unit counts for, and how many count so."""
    rules, found = setting.rules, {}
    for row in rules.lists["collateral"]:
        if not isinstance(row, kinds.Collateral) or row is not rules.collateral(row.asset) or not row.bands:
            continue
        price = float(setting.market.indices.get(row.asset, 1 if row.asset in _DOLLARS else 0))
        band = row.bands[0]
        counts = price * (float(band.ratio * (1 - row.second_cut)) if rules.account_mode.ratios else 1.0)
        if counts > 0:
            per = price if row.unit == "value" else 1.0
            found[row.asset] = (counts, np.inf if band.cap is None else float(band.cap) / per)
    return found
