"""A signed holding of one instrument."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

Side = Literal["long", "short"]
MarginMode = Literal["cross", "isolated"]


@dataclass(frozen=True, slots=True)
class Position:
    """A quantity of one instrument, and how it is margined.

    contracts         [contract] always positive; the side carries the sign
    contract_size     [underlying/contract] linear, [quote/contract] inverse
    entry_price       [quote]
    leverage          chosen by the holder; None where it is not known
    collateral        [settle] an isolated position's own wallet, without unrealised P&L;
                      None: its initial requirement at entry
    extra_collateral  [settle] added to that wallet by hand
    cost              [settle] what was paid to get here, where the venue keeps it (rounded) itself
    opening_fee       [settle] fees held back or taken from the wallet at opening
    funding_reserve   [settle] the coming funding, where the venue holds it back
    maintenance_rate  the holder's own rate instead of the pack's tiers, with its deduction [settle]
    """

    symbol: str
    side: Side
    contracts: Decimal
    contract_size: Decimal
    entry_price: Decimal
    margin_mode: MarginMode = "cross"
    leverage: Decimal | None = None
    collateral: Decimal | None = None
    extra_collateral: Decimal = Decimal(0)
    cost: Decimal | None = None
    opening_fee: Decimal | None = None
    funding_reserve: Decimal | None = None
    opened: datetime | None = None
    maintenance_rate: Decimal | None = None
    deduction: Decimal = Decimal(0)
    tags: tuple[str, ...] = ()

    @property
    def sign(self) -> int:
        """Return +1 for a long position, -1 for a short one."""
        return 1 if self.side == "long" else -1

    @property
    def label(self) -> str:
        """Return the symbol and the side, which together name a position in an account."""
        return f"{self.symbol}:{self.side}"
