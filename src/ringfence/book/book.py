"""One account: positions, orders and collateral under one venue's rules of one day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from ringfence.book.instrument import Instrument
from ringfence.book.order import Order
from ringfence.book.overrides import Overrides
from ringfence.book.position import Position


@dataclass(frozen=True, slots=True)
class Rest:
    """What is known only as a total of everything else in a pool. All in the pool's unit."""

    pool: str
    equity: Decimal = Decimal(0)
    initial_requirement: Decimal = Decimal(0)
    maintenance_requirement: Decimal = Decimal(0)
    closing_cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Book:
    """One account at one venue.

    collateral    asset -> amount in the shared pool: wallet balance without unrealised P&L; a debt is negative
    instruments   symbol -> contract, for every symbol held or ordered
    """

    account: str
    venue: str
    on: date
    at: datetime
    account_mode: str
    position_mode: Literal["one-way", "hedge"]
    collateral: Mapping[str, Decimal]
    positions: tuple[Position, ...]
    instruments: Mapping[str, Instrument]
    orders: tuple[Order, ...] = ()
    rests: tuple[Rest, ...] = ()
    overrides: Overrides = field(default_factory=Overrides)
