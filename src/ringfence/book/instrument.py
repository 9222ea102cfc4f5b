"""A contract: what it pays, in which asset, per how much of what."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final, Literal

Payoff = Literal["linear", "inverse", "option", "spot"]
Right = Literal["call", "put"]

EXPIRY_HOUR: Final = 8
"""Hour of the day, UTC, at which contracts expire unless their pack says otherwise."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A perpetual, a dated future, an option, or the thing itself (spot).

    symbol          the ccxt unified symbol, e.g. BTC/USDT:USDT
    underlying      the coin whose price moves it
    quote           the currency its price is written in
    settle          the asset in which it pays and is margined
    payoff          linear: quantity * price; inverse: face value / price; option: a premium in the settlement
                    asset; spot: owned or owed outright
    contract_size   [quote/contract] inverse, [underlying/contract] all others; None: the venue's differs by symbol
    tick            [quote] least step of its price, where known
    expiry_hour     hour of the day of expiry, UTC, and minute of that hour
    strike          [quote] of an option
    """

    symbol: str
    underlying: str
    quote: str
    settle: str
    payoff: Payoff
    contract_size: Decimal | None
    tick: Decimal | None = None
    expiry: date | None = None
    expiry_hour: int = EXPIRY_HOUR
    strike: Decimal | None = None
    right: Right | None = None
    expiry_minute: int = 0

    @property
    def is_option(self) -> bool:
        """Return whether it is an option."""
        return self.payoff == "option"

    @property
    def is_paid_for(self) -> bool:
        """Return whether it is bought outright: what it is worth counts, and not only what it has gained."""
        return self.payoff in {"option", "spot"}

    @property
    def pays_in_coin(self) -> bool:
        """Return whether it pays in the coin that moves it."""
        return self.settle == self.underlying

    @property
    def expires_at(self) -> datetime | None:
        """Return the instant of expiry; None for what has none."""
        if self.expiry is None:
            return None
        return datetime.combine(self.expiry, time(self.expiry_hour, self.expiry_minute), UTC)
