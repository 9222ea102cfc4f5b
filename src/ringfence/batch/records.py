"""Rules as numbers: the records that kernels read, one for each rule that some position of a population has."""

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import numpy as np

from ringfence.venue import kinds

if TYPE_CHECKING:
    from ringfence.batch.columns import Floats

Record: TypeAlias = Any
"""One of the records below; its fields are those of its dtype."""
Records: TypeAlias = Any
"""An array of them."""
Column: TypeAlias = Any
"""An array of float64, as a kernel sees it."""

MARK: Final = 0
ENTRY: Final = 1
INDEX: Final = 2
BASES: Final[dict[kinds.Basis, int]] = {"mark": MARK, "entry": ENTRY, "index": INDEX}
"""Where a rule takes its price from."""

QUOTE: Final = 0
COIN: Final = 1
CONTRACTS: Final = 2
UNITS: Final[dict[kinds.Unit, int]] = {"quote": QUOTE, "coin": COIN, "contracts": CONTRACTS}
"""In what a size is counted."""

LEG: Final = 0
SYMBOL: Final = 1
LARGER_LEG: Final = 2
NET: Final = 3
UNDERLYING: Final = 4
NET_BY_EXPIRY: Final = 5
SCOPES: Final[dict[kinds.Scope, int]] = {
    "leg": LEG, "symbol": SYMBOL, "larger_leg": LARGER_LEG, "net": NET, "underlying": UNDERLYING,
    "net_by_expiry": NET_BY_EXPIRY,
}  # fmt: skip
"""Whose sizes pick a tier together."""

UNKNOWN: Final = 0
STRIP: Final = 1
WHOLE: Final = 2
OF_INITIAL: Final = 3
SLOPE: Final = 4
CURVE: Final = 5
STEPS: Final = 6
FACTOR: Final = 7
FACTOR_ON_TIER: Final = 8
LEVERAGE: Final = 9
OPTION: Final = 10
SPOT: Final = 11
"""Kinds of requirement: tiers by the excess or by the whole, ..."""

NO_COST: Final = 0
ON_VALUE: Final = 1
AT_BANKRUPTCY: Final = 2
HELD_BACK: Final = 3
STATED: Final = 4
"""Kinds of closing cost."""

BESIDE: Final = 0
IN_MAINTENANCE: Final = 1
IN_BOTH: Final = 2
COUNTED: Final = {"trigger": BESIDE, "maintenance": IN_MAINTENANCE, "requirements": IN_BOTH}
"""Where a closing cost counts."""

BY_LEVERAGE: Final = 0
BY_WALLET: Final = 1
BY_POOL: Final = 2
"""From what a bankruptcy value is found."""

SUM_LEGS: Final = 0
LARGER_LEG_ONLY: Final = 1
NET_ONLY: Final = 2
LARGER_SIDE: Final = 3
"""What hedged legs need together."""

ALL_PNL: Final = 0
LOSSES: Final = 1
LOSSES_BY_SYMBOL: Final = 2
COUNTS: Final = {"all": ALL_PNL, "losses": LOSSES, "losses_by_symbol": LOSSES_BY_SYMBOL}
"""Which unrealised P&L counts in equity."""

_CHARGE = (
    ("kind", "i1"), ("at", "i1"), ("scope", "i1"), ("unit", "i1"), ("base", "f8"), ("rise", "f8"), ("per", "f8"),
    ("exponent", "f8"), ("share", "f8"), ("cap", "f8"), ("limit", "f8"), ("most", "f8"),
    ("first_factor", "i4"), ("factors", "i4"),
)  # fmt: skip
"""A requirement. ``base``, ``rise``, ``per``: of a slope, of steps; with ``exponent``, ``share``, ``cap`` of curves."""

OPTION_TERMS: Final = np.dtype(
    [
        ("right", "f8"), ("strike", "f8"), ("underlying", "f8"), ("in_coin", "?"), ("base", "f8"), ("least", "f8"),
        ("mark_share", "f8"), ("premium", "i1"), ("fee", "f8"), ("of_maintenance", "f8"), ("factor", "f8"),
        ("long_share", "f8"), ("long_cap", "f8"),
    ],
    align=True,
)  # fmt: skip
"""A venue's rule for single options, as far as one contract is concerned.

    right            +1 call, -1 put
    strike           [quote/coin]
    underlying       [quote/coin] the price that the rule looks at
    in_coin          whether it pays in its coin
    mark_share       nothing for a right that it is not for, and so is ``of_maintenance``
    premium          as ``batch.paid_for`` counts them: none, the mark, or what it was sold for if more
    factor           NaN: that of the tier that holds the contracts; the caller says which
    long_cap         infinite: none
"""

RULE: Final = np.dtype(
    [
        ("symbol", "i4"), ("settle", "i4"), ("coin", "i4"),
        ("inverse", "?"), ("paid", "?"), ("worth", "?"), ("known", "?"), ("nets", "?"),
        *[(f"need_{name}", form) for name, form in _CHARGE],
        *[(f"open_{name}", form) for name, form in _CHARGE],
        ("need_option", OPTION_TERMS), ("open_option", OPTION_TERMS),
        ("optional", "?"), ("first_rung", "i4"), ("rungs", "i4"), ("ladder_unit", "i1"),
        ("fraction", "f8"), ("plain", "f8"),
        ("cost", "i1"), ("cost_at", "i1"), ("counted", "i1"), ("bankruptcy", "i1"), ("fees", "f8"),
        ("dearer", "?"), ("funded", "?"), ("fee", "f8"), ("funding", "f8"),
        ("quantum", "f8"), ("cuts", "?"), ("ups", "?"),
        ("hedge", "i1"), ("locks", "?"), ("spares_open", "?"), ("spares_need", "?"),
        ("counts", "i1"), ("times", "f8"), ("at_zero", "?"),
    ],
    align=True,
)  # fmt: skip
"""Every rule that holds for one kind of position: its need, what it takes to open, what closing costs, ...

``nets``: it needs nothing alone, as its pool's model asks for it with others; what its own rule would ask is filled in
where somebody asks for that.
"""

ROW: Final = np.dtype(
    [
        ("contracts", "f8"), ("contract_size", "f8"), ("entry_price", "f8"), ("leverage", "f8"), ("wallet", "f8"),
        ("stated", "f8"), ("cost", "f8"), ("opening_fee", "f8"), ("funding_reserve", "f8"), ("own_rate", "f8"),
        ("deduction", "f8"), ("rule", "i4"), ("sign", "i1"),
    ],
    align=True,
)  # fmt: skip
"""A position; NaN: not stated. ``wallet``: of an isolated one, without unrealised P&L; ``stated``: the same, where it
is not just the initial requirement at entry."""

POOL: Final = np.dtype(
    [
        ("first", "i8"), ("end", "i8"), ("first_holding", "i8"), ("end_holding", "i8"), ("unit", "i4"),
        ("account", "i4"), ("shared", "?"), ("cut", "?"),
    ],
    align=True,
)  # fmt: skip
"""A pool: its positions, what it holds (of an isolated one its wallet), the asset it is counted in and the one in which
what is asked once is stated, whether it is shared, and whether ratios cut its collateral."""

HOLDING: Final = np.dtype([("amount", "f8"), ("asset", "i4")], align=True)

RUNG: Final = np.dtype([("floor", "f8"), ("need", "f8"), ("open", "f8"), ("deduction", "f8")], align=True)
"""A tier: from its floor (exclusive) on, these rates hold. ``open`` is scaled by open interest where a rule says so."""

FACTOR_ROW: Final = np.dtype([("floor", "f8"), ("factor", "f8")], align=True)

ASSET: Final = np.dtype(
    [
        ("index", "f8"), ("cut", "?"), ("off", "?"), ("with_pnl", "?"), ("in_coin", "?"), ("second_cut", "f8"),
        ("first_band", "i4"), ("bands", "i4"),
        ("owes", "?"), ("owed_with_pnl", "?"), ("in_need", "?"), ("debt_open", "f8"), ("debt_need", "f8"),
        ("debt_fixed", "f8"), ("debt_closing", "f8"), ("loan", "f8"), ("follows", "i4"),
    ],
    align=True,
)  # fmt: skip
"""An asset: its index price, what of it counts as collateral, what a debt in it needs."""

BAND: Final = np.dtype([("cap", "f8"), ("ratio", "f8")], align=True)
"""The part of an amount up to ``cap`` counts at ``ratio``; infinite: all the rest."""


class Tables(NamedTuple):
    """Everything that kernels look up, of one setting.

    marks   symbol -> mark price [quote]; NaN: not known
    """

    rules: Records
    rungs: Records
    factors: Records
    assets: Records
    bands: Records
    marks: "Floats"
