"""What a venue itself said about an account, carried along so that it can be compared with ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """A venue's own numbers, as it printed them. None: it gave none, or wrote zero for "none".

    liquidation_price        [quote]
    maintenance_requirement  [settle] or the unit of the account; as are the amounts below
    initial_requirement
    unrealized_pnl           signed
    notional                 unsigned
    equity
    available
    margin_ratio             in the venue's own sense: on some a higher one is safer
    """

    liquidation_price: Decimal | None = None
    maintenance_requirement: Decimal | None = None
    initial_requirement: Decimal | None = None
    unrealized_pnl: Decimal | None = None
    notional: Decimal | None = None
    equity: Decimal | None = None
    available: Decimal | None = None
    margin_ratio: Decimal | None = None

    def stated(self) -> dict[str, Decimal]:
        """Return the numbers that the venue gave, by name."""
        given = ((item.name, getattr(self, item.name)) for item in fields(self))
        return {name: number for name, number in given if number is not None}

    def filled(self, other: "Figures") -> "Figures":
        """Return these numbers, and where one is missing the other's."""
        return Figures(**(other.stated() | self.stated()))


@dataclass(frozen=True, slots=True)
class Reported:
    """What the dumps of one account say that the venue says.

    source      the shapes it was read from, by name
    positions   label of a position (symbol:side) -> its figures
    assets      asset -> figures of what is held in it, where the venue keeps them so
    account     the whole account, in the venue's unit of account
    """

    source: tuple[str, ...] = ()
    positions: Mapping[str, Figures] = field(default_factory=dict)
    assets: Mapping[str, Figures] = field(default_factory=dict)
    account: Figures | None = None

    def __bool__(self) -> bool:
        """Return whether the venue said anything."""
        return bool(self.positions or self.assets or self.account)
