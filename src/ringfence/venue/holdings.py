"""What is owned and owed: how much of an asset and of positions counts, and what a debt needs."""

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from ringfence.core.exact import Amount, Positive, Share
from ringfence.venue.entry import Entry


class Band(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The part of an amount up to ``cap`` counts at ``ratio``; no cap: all the rest."""

    cap: Positive | None = None
    ratio: Share


class Collateral(Entry, frozen=True, kw_only=True):
    """How much of an asset counts, where the account mode applies ratios. A debt counts in full.

    asset        or "*" for every asset without an entry of its own
    borrow       share of it against which may be borrowed, where less may be used than keeps a pool alive
    unit         bands in coin or in the unit of account
    second_cut   a further cut that multiplies
    pnl          whether unrealised P&L in this asset is cut with the balance or counted in full
    """

    asset: str
    bands: tuple[Band, ...]
    unit: Literal["coin", "value"] = "coin"
    second_cut: Share = Decimal(0)
    pnl: Literal["in_full", "with_balance"] = "in_full"
    borrow: Share | None = None


class DebtRate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a debt needs, as a share of it; of several rows, the one of the chosen leverage (settings, loan_leverage).

    initial   left out: 1 / (leverage - 1)
    """

    leverage: Positive | None = None
    initial: Amount | None = None
    maintenance: Amount


class Debt(Entry, frozen=True, kw_only=True):
    """What a debt in an asset needs: what the book calls a loan (settings, loans), or what its balance is below zero.

    asset     or "*" for every asset without an entry of its own
    rates     without a chosen leverage, the first row holds
    fixed     [unit of account] once for the asset, if anything is owed
    pnl       whether unrealised P&L in the asset counts with its balance: losses are borrowed, too
    counted   equity: a balance below zero is taken off it; requirement: the requirement asks for it instead
    closing   share of it that repaying costs, counted beside the requirement
    """

    asset: str
    rates: tuple[DebtRate, ...]
    fixed: Amount = Decimal(0)
    pnl: Literal["apart", "with_balance"] = "apart"
    counted: Literal["equity", "requirement"] = "equity"
    closing: Share = Decimal(0)


class Equity(Entry, frozen=True, kw_only=True):
    """What of a pool's positions counts in its equity.

    unrealized   all: all P&L; losses: a loss of the pool, no profit; losses_by_symbol: each symbol's loss, no symbol's
                 profit: none carries another
    options      what they are worth, long and short, or nothing: where the requirement holds the premium
    spot         the same for what is owned or owed outright
    discounted   what a model says options are worth is discounted by the rate of their expiry (feeds, rate)
    """

    unrealized: Literal["all", "losses", "losses_by_symbol"] = "all"
    options: Literal["worth", "nothing"] = "worth"
    spot: Literal["worth", "nothing"] = "worth"
    discounted: bool = False


class Conversion(Entry, frozen=True, kw_only=True):
    """When the venue sells collateral to pay a debt. Passing it is an alert, not a liquidation.

    debt_limit   [unit of the pool] a debt above this
    scope        which debt: of all assets together, or of any one of them
    losses       an unrealised loss that the pool's own unit does not cover is a debt, too
    """

    debt_limit: Amount
    scope: Literal["together", "asset"] = "together"
    losses: bool = False
