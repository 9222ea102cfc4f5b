"""What a setting says of prices: indices, what stands in for them, and options as columns.

What is not known is NaN, and whatever is made of it: pools that hold it are left to the exact engine, which says what
is missing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch.setting import Setting
from ringfence.book import Instrument
from ringfence.core.number import EXACT, from_model
from ringfence.formula.model.black import implied_vol
from ringfence.formula.model.quotes import SECONDS_OF_YEAR, Quotes
from ringfence.venue.instruments import facts_of

if TYPE_CHECKING:
    import numpy.typing as npt

NAN = math.nan


@dataclass(frozen=True)
class Prices:
    """The prices of a setting, asked as rules ask them."""

    setting: Setting

    @cached_property
    def _first_marks(self) -> Mapping[str, Decimal]:
        """Return coin -> the mark that stands in for its index: of the first contract that is no option."""
        found: dict[str, Decimal] = {}
        for symbol, mark in self.setting.market.marks.items():
            known = self.setting.instruments.get(symbol)
            if known is not None and not known.is_option:
                found.setdefault(known.underlying, mark)
        return found

    @cached_property
    def _dated_marks(self) -> Mapping[tuple[str, date | None], Decimal]:
        """Return coin and day -> the mark of the first future of that day."""
        found: dict[tuple[str, date | None], Decimal] = {}
        for symbol, mark in self.setting.market.marks.items():
            known = self.setting.instruments.get(symbol)
            if known is not None and not known.is_paid_for:
                found.setdefault((known.underlying, known.expiry), mark)
        return found

    def index(self, asset: str) -> Decimal | None:
        """Return the price of an asset in the unit of account, or what stands in for it; None: not known."""
        market = self.setting.market
        if asset in market.indices or asset == "USD":
            return market.indices.get(asset, Decimal(1))
        if asset in self.setting.rules.venue.par:
            return Decimal(1)
        return self._first_marks.get(asset)

    def mark(self, symbol: str) -> float:
        """Return the mark of a contract [quote]; NaN: not known."""
        mark = self.setting.market.marks.get(symbol)
        return NAN if mark is None else float(mark)

    def years_left(self, one: Instrument) -> float | None:
        """Return the time to expiry [year]; None: it has expired, or never does."""
        if one.expires_at is None:
            return None
        left = (one.expires_at - self.setting.at).total_seconds()
        return left / SECONDS_OF_YEAR if left >= 0 else None

    def forward(self, one: Instrument) -> Decimal | None:
        """Return the price of an option's underlying for its own expiry [quote]; None: not known."""
        market = self.setting.market
        stated = market.forwards.get(one.symbol)
        if stated is None:
            stated = self._dated_marks.get((one.underlying, one.expiry))
        if stated is not None:
            return stated
        price, rate, years = self.index(one.underlying), self._interest(one), self.years_left(one)
        if price is None or rate is None:
            return price
        if years is None:
            return None
        kept = market.feeds.get("dividend_yield", {}).get(one.underlying, Decimal(0))
        with localcontext(EXACT):
            return price * from_model(math.exp(float(rate - kept) * years))

    def feed(self, name: str, one: Instrument) -> Decimal | None:
        """Return what a feed says of a contract: by its symbol, or of its expiry (ETH-251226), or of its coin."""
        feed = self.setting.market.feeds.get(name, {})
        keys = (one.symbol, expiry_name(one), one.underlying)
        return next((feed[key] for key in keys if key in feed), None)

    def quotes(self, symbols: Sequence[str]) -> tuple[Quotes, "npt.NDArray[np.bool_]"]:
        """Return options as columns, and which of them are known whole; the others stand as options at par."""
        rows = [self._row(self.setting.instruments[symbol]) for symbol in symbols]
        known = np.array([row is not None for row in rows], dtype=bool)
        columns = np.array([row or (1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0) for row in rows]).reshape(-1, 8).T
        forward, strike, sigma, years, sign, in_coin, discount, rate = columns
        quotes = Quotes(tuple(symbols), forward, strike, sigma, years, sign, in_coin > 0.0, discount, rate)
        return quotes, known

    def _row(self, one: Instrument) -> tuple[float, ...] | None:
        forward, years = self.forward(one), self.years_left(one)
        if forward is None or years is None or one.strike is None:
            return None
        discount = math.exp(-self._discount_rate(one) * years)
        sign = 1 if one.right == "call" else -1
        sigma = self._vol(one, float(forward), years, sign, discount)
        if sigma is None:
            return None
        stated = self.feed("rate", one)
        rate = 0.0 if stated is None else max(float(stated), 0.0)
        in_coin = float(one.pays_in_coin)
        return float(forward), float(one.strike), sigma, years, float(sign), in_coin, discount, rate

    def _interest(self, one: Instrument) -> Decimal | None:
        if one.pays_in_coin:
            return None
        return self.setting.market.feeds.get("interest_rate", {}).get(one.settle)

    def _discount_rate(self, one: Instrument) -> float:
        """Return the rate by which a payment at expiry is discounted [1/year]; none: zero."""
        rule = self.setting.rules.equity(facts_of(one, "cross"))
        if rule is not None and rule.discounted:
            stated = self.feed("rate", one)
            return 0.0 if stated is None else max(float(stated), 0.0)
        rate = self._interest(one)
        return 0.0 if rate is None else float(rate)

    def _vol(self, one: Instrument, forward: float, years: float, sign: int, discount: float) -> float | None:
        """Return the volatility at which an option is quoted, or which its mark implies; None: neither."""
        stated = self.setting.market.implied_vols.get(one.symbol)
        if stated is not None:
            return float(stated)
        mark, strike = self.mark(one.symbol), float(one.strike or 0)
        paid = mark * forward if one.pays_in_coin else mark / discount
        sigma = implied_vol(paid, forward, strike, years, sign)
        at_most_intrinsic = 0.0 < paid <= sign * (forward - strike)
        return 0.0 if sigma is None and at_most_intrinsic else sigma


def expiry_name(one: Instrument) -> str:
    """Return how feeds name the expiry of a contract: ETH-251226."""
    return f"{one.underlying}-{one.expiry:%y%m%d}" if one.expiry else ""
