"""What a risk summary is made of: rows of pools, coins, assets and accounts."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from ringfence.market import Shock

Mode = Literal["all", "cross", "isolated"]
MODES: Final[tuple[Mode, ...]] = ("all", "cross", "isolated")


@dataclass(frozen=True, slots=True)
class ModeRow:
    """The pools of one margin mode at one rung. All amounts in the unit of account, at the prices of the rung.

    accounts               that hold positions in such pools
    collateral_value       after collateral ratios, as the pools count it
    initial_requirement    None: of some pools it is not known
    initial_unknown        how many those are
    liquidatable_pools     at or past their trigger, bankrupt ones among them; likewise their notional
    bankrupt_pools         whose equity is below zero
    new_...                of these, what was none yet at the rung before it on its side; None: today
    bad_debt               what bankrupt pools owe: their equity with the other sign
    """

    mode: Mode
    accounts: int
    pools: int
    positions: int
    notional: Decimal
    collateral_value: Decimal
    equity: Decimal
    initial_requirement: Decimal | None
    initial_unknown: int
    maintenance_requirement: Decimal
    closing_cost: Decimal
    liquidatable_pools: int
    liquidatable_notional: Decimal
    bankrupt_pools: int
    bankrupt_notional: Decimal
    new_liquidatable_pools: int | None
    new_liquidatable_notional: Decimal | None
    new_bankrupt_pools: int | None
    new_bankrupt_notional: Decimal | None
    bad_debt: Decimal


@dataclass(frozen=True, slots=True)
class CoinAtRung:
    """What of a coin's positions is liquidatable at a rung, in the unit of account.

    longs               notional of longs that would be sold
    shorts              notional of shorts that would be bought
    longs_over_depth    over the coin's depth; None: see ``CoinRow.why``
    """

    coin: str
    longs: Decimal
    shorts: Decimal
    longs_over_depth: Decimal | None
    shorts_over_depth: Decimal | None


@dataclass(frozen=True, slots=True)
class RungRow:
    """A population at one rung.

    name     of the shock, or "today"
    shock    None: today
    before   name of the rung before it on its side; None: it is today
    modes    one for each of ``MODES``
    coins    one for each coin of the summary
    """

    name: str
    shock: Shock | None
    before: str | None
    modes: tuple[ModeRow, ...]
    coins: tuple[CoinAtRung, ...]

    @property
    def all(self) -> ModeRow:
        """Return the row of all pools."""
        return self.modes[0]


@dataclass(frozen=True, slots=True)
class AssetRow:
    """The collateral in one asset today.

    shared     amount in shared pools, without debts [asset]
    isolated   amount on isolated positions [asset]
    debt       amount owed by shared pools [asset], unsigned
    price      [unit of account]
    value      of all three together at index, before any collateral ratio [unit of account]
    """

    asset: str
    shared: Decimal
    isolated: Decimal
    debt: Decimal
    price: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class CoinRow:
    """The positions that one coin moves, today, in the unit of account.

    depth   what of its contracts can be closed within 1 % of their marks: the feed ``depth`` (symbol -> amount in
            quote) of all symbols that somebody holds, added up; None: not known
    why     why it is not known
    """

    coin: str
    long: Decimal
    short: Decimal
    net: Decimal
    depth: Decimal | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One of the largest accounts, as it stands today in the unit of account.

    share      of the notional of all
    leverage   notional over equity; None: its equity is not above zero
    bad_debt   what it leaves at the worst rung; None: it was ranked by notional
    """

    account: str
    notional: Decimal
    share: Decimal | None
    equity: Decimal
    leverage: Decimal | None
    positions: int
    bad_debt: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ShareRow:
    """What the largest accounts hold of all notional today.

    part       of the accounts with positions, a fraction
    accounts   how many that are, at least one
    share      None: nobody holds anything
    """

    part: Decimal
    accounts: int
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A population of accounts along a ladder. All amounts have twelve significant digits.

    unit       the unit of account in which everything is counted that is not an amount of an asset
    accounts   how many there are, also those without positions
    rungs      in the order of the ladder, today among them
    worst      name of the rung with most bad debt; None: nowhere is any
    losers     accounts that leave most bad debt at the worst rung
    digests    of what fixes the result beside the accounts: market and rules
    warnings   what was assumed
    """

    venue: str
    on: str
    account_mode: str
    unit: str
    accounts: int
    rungs: tuple[RungRow, ...]
    assets: tuple[AssetRow, ...]
    coins: tuple[CoinRow, ...]
    largest: tuple[AccountRow, ...]
    shares: tuple[ShareRow, ...]
    worst: str | None
    losers: tuple[AccountRow, ...]
    digests: dict[str, str]
    overrides: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())

    @property
    def unmoved(self) -> RungRow:
        """Return the rung at which nothing moves: today."""
        return next(rung for rung in self.rungs if rung.before is None)

    def rung(self, name: str) -> RungRow:
        """Return a rung by its name."""
        return next(rung for rung in self.rungs if rung.name == name)
