"""A contract: what it pays, in which asset, per how much of what."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Payoff = Literal["linear", "inverse"]


@dataclass(frozen=True, slots=True)
class Instrument:
    """A perpetual or a dated future.

    symbol          the ccxt unified symbol, e.g. BTC/USDT:USDT
    underlying      the coin whose price moves it
    quote           the currency its price is written in
    settle          the asset in which it pays and is margined
    payoff          linear: quantity * price; inverse: face value / price
    contract_size   [underlying/contract] linear, [quote/contract] inverse; None: the venue's differs by symbol
    tick            [quote] least step of its price, where known
    """

    symbol: str
    underlying: str
    quote: str
    settle: str
    payoff: Payoff
    contract_size: Decimal | None
    tick: Decimal | None = None
    expiry: date | None = None
