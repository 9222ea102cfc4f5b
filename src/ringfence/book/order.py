"""A resting order."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ringfence.book.position import MarginMode


@dataclass(frozen=True, slots=True)
class Order:
    """An intention to buy or sell, which most venues margin before it is filled.

    contracts   [contract] positive
    price       [quote]
    """

    symbol: str
    side: Literal["buy", "sell"]
    contracts: Decimal
    price: Decimal
    contract_size: Decimal
    leverage: Decimal | None = None
    margin_mode: MarginMode = "cross"
    reduce_only: bool = False

    @property
    def sign(self) -> int:
        """Return +1 for a buy, -1 for a sell."""
        return 1 if self.side == "buy" else -1
