"""A population of accounts as columns: pools side by side, each pool's positions and holdings together.

Numbers are float64 and stand for the shortest decimal that reads back as them, so whatever has up to 15 digits is
held exactly. The few that have more are kept beside their column, as they were written: the fast engine reads the
column, the exact one what was written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from ringfence.core.errors import BookError
from ringfence.core.number import from_model

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64]
    Codes: TypeAlias = npt.NDArray[np.int32]
    Bytes: TypeAlias = npt.NDArray[np.int8]
    Rows: TypeAlias = npt.NDArray[np.int64]
    Flags: TypeAlias = npt.NDArray[np.bool_]
    Places: TypeAlias = npt.NDArray[np.int32] | npt.NDArray[np.int64]

PoolKind = Literal["cross", "isolated", "idle"]
KINDS: Final[tuple[PoolKind, ...]] = ("cross", "isolated", "idle")
"""Kinds of pool; a pool's code is its place here."""
NOT_OPENED: Final = -(2**63)
"""Stands in ``Positions.opened`` for a day that nobody states."""
_NEAR: Final = 16
"""Positions of a pool up to which each is compared with each."""
CROSS: Final = 0
ISOLATED: Final = 1


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers.

    values    NaN: not given
    written   row -> the number as it was written, where a float64 does not hold it
    """

    values: "Floats"
    written: Mapping[int, Decimal] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.values)

    def exact(self, row: int) -> Decimal | None:
        """Return a number as it was written; None: not given."""
        if row in self.written:
            return self.written[row]
        value = float(self.values[row])
        return None if value != value else from_model(value)  # noqa: PLR0124 - NaN alone is not itself

    def rows(self, rows: "Places") -> "Numbers":
        """Return some rows, in the order in which they are asked for."""
        if not self.written:
            return Numbers(self.values[rows])
        wanted = np.flatnonzero(np.isin(rows, np.fromiter(self.written, np.int64)))
        return Numbers(self.values[rows], {int(place): self.written[int(rows[place])] for place in wanted})


@dataclass(frozen=True, slots=True)
class Positions:
    """Positions, sorted by pool. Units as in ``book.Position``; None: nobody states it.

    symbol            place in ``Columns.symbols``
    sign              +1 long, -1 short
    opened            seconds since 1970; ``NOT_OPENED``: not given
    """

    symbol: "Codes"
    sign: "Bytes"
    contracts: Numbers
    contract_size: Numbers
    entry_price: Numbers
    leverage: Numbers | None = None
    collateral: Numbers | None = None
    extra_collateral: Numbers | None = None
    cost: Numbers | None = None
    opening_fee: Numbers | None = None
    funding_reserve: Numbers | None = None
    maintenance_rate: Numbers | None = None
    deduction: Numbers | None = None
    opened: "Rows | None" = None

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.symbol)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What shared pools hold, sorted by pool: wallet balances without unrealised P&L; a debt is negative.

    asset    place in ``Columns.assets``
    amount   [asset]
    """

    asset: "Codes"
    amount: Numbers

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.asset)


@dataclass(frozen=True, slots=True)
class Columns:
    """Accounts cut into pools, as they are held.

    accounts        names, in order; their pools follow each other in the same order
    symbols         what may be held, by code
    assets          of collateral, by code; every settlement asset is one
    pool_account    pool -> place in ``accounts``
    pool_kind       pool -> place in ``KINDS``
    pool_unit       pool -> place in ``assets`` of the asset it is counted in; -1: the unit of account
    first_position  pool -> its first row in ``positions``, and one more: where the last one's end
    first_holding   the same in ``holdings``; isolated pools hold none, their wallet stands on their position
    hedge_mode      whether an isolated pool is named by its side, too
    """

    accounts: Sequence[str]
    symbols: tuple[str, ...]
    assets: tuple[str, ...]
    pool_account: "Codes"
    pool_kind: "Bytes"
    pool_unit: "Codes"
    first_position: "Rows"
    first_holding: "Rows"
    positions: Positions
    holdings: Holdings
    hedge_mode: bool = False

    def __len__(self) -> int:
        """Return the number of pools."""
        return len(self.pool_kind)

    def pool_id(self, pool: int) -> str:
        """Return a pool's id: cross:<asset>, cross:*, isolated:<symbol>[:side], idle."""
        kind = KINDS[self.pool_kind[pool]]
        if kind == "isolated":
            row = self.first_position[pool]
            side = (":long" if self.positions.sign[row] > 0 else ":short") if self.hedge_mode else ""
            return f"isolated:{self.symbols[self.positions.symbol[row]]}{side}"
        if kind == "idle":
            return "idle"
        unit = self.pool_unit[pool]
        return "cross:*" if unit < 0 else f"cross:{self.assets[unit]}"

    def pools_of(self, account: int) -> range:
        """Return an account's pools, by its place in ``accounts``."""
        first, end = np.searchsorted(self.pool_account, [account, account + 1])
        return range(int(first), int(end))

    def refuse_twins(self) -> None:
        """Complain about a pool that holds one side of a symbol twice.

        Raises:
            BookError: there is one; the message names the account, the pool and both rows.

        """
        twins = _twins(self.first_position, 2 * self.positions.symbol + (self.positions.sign > 0))
        if twins is not None:
            raise self._twice(*twins)

    def _twice(self, first: int, second: int) -> BookError:
        pool = int(np.searchsorted(self.first_position, first, "right")) - 1
        side = "long" if self.positions.sign[first] > 0 else "short"
        return BookError(
            f"account {self.accounts[self.pool_account[pool]]}, {self.pool_id(pool)}",
            f"{side} {self.symbols[self.positions.symbol[first]]} stands twice: in rows {first} and {second} of the"
            " columns of positions",
            "Add the two up, or mend a side",
        )


def _twins(first: "Places", key: "Codes") -> tuple[int, int] | None:
    """Return the places of two positions of one pool that have one key; None: no pool has such.

    Neighbours are compared at every distance up to a few; of larger pools all keys are sorted.
    """
    sizes = np.diff(first)
    for apart in range(1, min(int(sizes.max(initial=0)), _NEAR + 1)):
        later = np.flatnonzero(key[apart:] == key[:-apart]) + apart
        begins = first[np.searchsorted(first, later, "right") - 1]
        twins = later[later - apart >= begins]
        if len(twins):
            return int(twins[0]) - apart, int(twins[0])
    rows = np.flatnonzero(np.repeat(sizes > _NEAR, sizes))
    pool = np.repeat(np.arange(len(sizes)), sizes)[rows]
    order = np.lexsort((key[rows], pool))
    rows, pool = rows[order], pool[order]
    twins = np.flatnonzero((pool[1:] == pool[:-1]) & (key[rows[1:]] == key[rows[:-1]]))
    return (int(rows[twins[0]]), int(rows[twins[0] + 1])) if len(twins) else None
