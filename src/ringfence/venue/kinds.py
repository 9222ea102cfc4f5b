"""The closed list of what a rule pack can say. A pack file is these types, written in TOML.

Every entry is dated and sourced. Among the entries of one list that fit a position, the one that names
most about it (``symbols``, ``margin_mode``, ``payoff``, ...) holds; among equals the latest in force.
Amounts are exact decimals; rates are fractions. A new kind of rule is a type here, once, and a branch in
the engine that the type checker asks for; after that it is data for every venue.
"""

# ruff: noqa: PLC0414 - what stands in the files next door belongs to this list

from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from ringfence.book.instrument import EXPIRY_HOUR
from ringfence.core.exact import Amount, FeeRate, Positive, Share
from ringfence.venue.entry import Entry as Entry
from ringfence.venue.entry import Measure as Measure
from ringfence.venue.entry import Source as Source
from ringfence.venue.holdings import Band as Band
from ringfence.venue.holdings import Collateral as Collateral
from ringfence.venue.holdings import Conversion as Conversion
from ringfence.venue.holdings import Debt as Debt
from ringfence.venue.holdings import DebtRate as DebtRate
from ringfence.venue.holdings import Equity as Equity
from ringfence.venue.models import Arrays as Arrays
from ringfence.venue.models import History as History
from ringfence.venue.models import Sensitivities as Sensitivities
from ringfence.venue.models import Strategies as Strategies
from ringfence.venue.offsets import ChargeRule as ChargeRule
from ringfence.venue.offsets import OffsetRule as OffsetRule
from ringfence.venue.offsets import Scenarios as Scenarios

Basis = Literal["mark", "entry", "index"]
Unit = Literal["quote", "coin", "contracts"]
Scope = Literal["leg", "symbol", "larger_leg", "net", "underlying", "net_by_expiry"]


# --- identity -------------------------------------------------------------------------------------


class Venue(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who the pack is about.

    begins        the first day the pack speaks of
    aliases       other names under which the pack is found
    asset_names   the venue's word for an asset -> ours (XBT -> BTC)
    par           assets taken at 1 unit of account when a book gives no index price for them
    follows       assets that are a coin in another form, and move with it: WSTETH = "ETH"
    ccxt_total    what ccxt's balance "total" holds on this venue; left out: not known
    """

    id: str
    name: str
    begins: date
    aliases: tuple[str, ...] = ()
    asset_names: dict[str, str] = {}
    par: tuple[str, ...] = ()
    follows: dict[str, str] = {}
    ccxt_total: Literal["wallet", "equity"] | None = None


class Mode(Entry, frozen=True, kw_only=True):
    """An account mode: how the venue cuts an account into pools.

    pooling     settle: one cross pool for each settlement asset; account: one for all
    isolated    whether positions may be ring-fenced in this mode
    unit        the asset in which an account-wide pool is counted
    ratios      whether collateral is cut by the collateral ratios
    hedge       whether long and short legs of one symbol may coexist
    deployers   whether exchanges of several deployers (xyz:AAPL) stand on one cross pool, or each on its own
    """

    id: str
    pooling: Literal["settle", "account"]
    isolated: bool
    unit: str = "USD"
    ratios: bool = False
    hedge: bool = True
    deployers: Literal["together", "apart"] = "together"
    default: bool = False


class Family(Entry, frozen=True, kw_only=True):
    """Contracts that share a shape of symbol.

    native          regular expression over the venue's own symbol with groups base, quote, expiry; of options also
                    strike and right (C, P, CALL, PUT)
    settle          the asset in which it pays; linear in another one than the quote is a quanto
    contract_size   [coin or quote per contract]; left out: differs by symbol, so the book must say
    bases           for these coins only
    expiry_hour     hour of the day of expiry, UTC
    """

    native: str
    quote: str
    settle: str
    kind_of_payoff: Literal["linear", "inverse", "option", "spot"]
    contract_size: Positive | None = None
    tick: Positive | None = None
    bases: tuple[str, ...] = ()
    expiry_hour: int = EXPIRY_HOUR


# --- requirements ---------------------------------------------------------------------------------


class Leverage(Entry, frozen=True, kw_only=True, tag="leverage", tag_field="kind"):
    """Initial requirement: value / leverage, not below the rate of the tier (1 / maximum leverage).

    optional          a position without a leverage takes the tier's rate
    open_interest     the tier's rate is scaled by the market's open interest (table: lower, upper)
    """

    measure: Literal["initial"] = "initial"
    price: Basis = "mark"
    optional: bool = False
    open_interest: bool = False


class Tiered(Entry, frozen=True, kw_only=True, tag="tiers", tag_field="kind"):
    """A requirement from the symbol's tier table.

    method   marginal: each part of the value at its own rate; whole: all of it at the tier's rate
    scope    which size picks the tier: of the leg, of the symbol's legs together, of the larger leg,
             of the legs' difference (net), of all expiries of the underlying in the pool, of what each
             expiry's legs differ by (net_by_expiry)
    orders   resting orders count towards the size
    """

    measure: Measure = "maintenance"
    price: Basis = "mark"
    method: Literal["marginal", "whole"] = "marginal"
    scope: Scope = "leg"
    orders: bool = False


class FractionOfInitial(Entry, frozen=True, kw_only=True, tag="fraction_of_initial", tag_field="kind"):
    """Maintenance as a fraction of the unscaled initial requirement of the tier (table: maintenance_fraction)."""

    measure: Literal["maintenance"] = "maintenance"
    price: Basis = "mark"


class Slope(Entry, frozen=True, kw_only=True, tag="slope", tag_field="kind"):
    """A rate that rises in a straight line: base + increase * size / per, on the whole position.

    per   [coin]
    """

    measure: Measure = "maintenance"
    price: Basis = "mark"
    base: Share
    increase: Amount
    per: Positive = Decimal(1)


class SizeCurve(Entry, frozen=True, kw_only=True, tag="size_curve", tag_field="kind"):
    """A rate that rises with a power of size, on the whole position.

        max(base, share * base + factor * size ** exponent)

    An initial requirement is not below value / leverage either.

    unit       in what the size is counted
    exponent   0.5 is a square root
    share      of the base from which the curve starts
    cap        the rate does not rise above it
    """

    measure: Measure = "maintenance"
    price: Basis = "mark"
    unit: Unit = "quote"
    base: Share
    factor: Amount
    exponent: Positive
    share: Share = Decimal(0)
    cap: Share = Decimal(1)


class Step(Entry, frozen=True, kw_only=True, tag="step", tag_field="kind"):
    """A rate that rises by ``rate_step`` for every started ``step`` of value above ``base_limit``.

    base_limit, step   [settle]
    """

    measure: Measure = "maintenance"
    price: Basis = "entry"
    base: Share
    base_limit: Amount
    step: Positive
    rate_step: Positive


class Factor(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One row of a table of factors: from its floor (exclusive) on, at this leverage.

    floor   [contract]
    """

    leverage: Positive
    floor: Amount = Decimal(0)
    factor: Amount


class FactorOnInitial(Entry, frozen=True, kw_only=True, tag="factor_on_initial", tag_field="kind"):
    """Maintenance as a factor on value / leverage: the rate depends on the leverage that was chosen.

    factor    the same for all
    factors   or by leverage and number of contracts; each leverage that the venue offers has its rows
    scope     which contracts pick the row, as for tiers
    orders    resting orders are charged as if they were filled
    optional  a position without a leverage takes the tier's rate; with factor only
    """

    measure: Literal["maintenance"] = "maintenance"
    price: Basis = "mark"
    factor: Amount | None = None
    factors: tuple[Factor, ...] = ()
    scope: Scope = "leg"
    orders: bool = False
    optional: bool = False


class OptionRate(Entry, frozen=True, kw_only=True, tag="option", tag_field="kind"):
    """What an option needs, for every coin of it. A long one is paid for and needs nothing, unless the venue says more.

        short   max(factor * max(base * U - out of the money, least * U, mark_share * mark) + premium + fee * U,
                    of_maintenance * maintenance)
        long    min(long_share * mark, long_cap * U)

    U is the price of the underlying; an option that pays in the coin has U = 1 and is out of the money by a part of it.

    underlying       forward: of the option's own expiry; index: of the coin
    mark_share       for puts, for calls, or for both (mark_share_for)
    premium          mark: what it is worth; worse: that, or what it was sold for if more; none: equity bears it
    of_maintenance   for the options of ``mark_share_for``; initial only
    factor           the same for all; or by size, from a tier table whose rows state it as maintenance_rate (tiered)
    long_cap         left out: no cap
    """

    measure: Measure
    underlying: Literal["forward", "index"] = "forward"
    base: Share = Decimal(0)
    least: Share
    mark_share: Amount = Decimal(0)
    mark_share_for: Literal["both", "calls", "puts"] = "both"
    premium: Literal["mark", "worse", "none"] = "mark"
    fee: Share = Decimal(0)
    of_maintenance: Amount = Decimal(0)
    factor: Positive = Decimal(1)
    tiered: bool = False
    long_share: Share = Decimal(0)
    long_cap: Amount | None = None


class SpotRate(Entry, frozen=True, kw_only=True, tag="spot", tag_field="kind"):
    """What is owned or owed outright needs this share of its value: so much if long, so much if short."""

    measure: Measure
    long: Amount
    short: Amount


RequirementRule = (
    Leverage | Tiered | FractionOfInitial | Slope | SizeCurve | Step | FactorOnInitial | OptionRate | SpotRate
)


class Tier(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One row of a tier table. ``floor`` is exclusive, ``cap`` inclusive.

    deduction              [settle] as printed; recomputed and compared at load
    maintenance_fraction   of the initial rate
    """

    floor: Amount
    cap: Positive | None = None
    maintenance_rate: Share | None = None
    deduction: Amount | None = None
    max_leverage: Positive | None = None
    initial_rate: Share | None = None
    maintenance_fraction: Share | None = None


class Beyond(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a table goes on after its last row: every ``size_step`` raises both rates, until initial reaches 1."""

    size_step: Positive
    maintenance_step: Share
    initial_step: Positive


class OpenInterestBand(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Open interest [quote] from which the initial rate starts to rise, and at which it is 1."""

    lower: Amount
    upper: Amount


class TierTable(Entry, frozen=True, kw_only=True):
    """Rates by size. ``unit`` says in what the size is counted.

    quote       value in the quote or settlement currency
    coin        value in coin (inverse: the settlement value; linear: the quantity)
    contracts   number of contracts
    method                   instead of the method of the rule that uses the table
    maintenance_of_initial   a row without a maintenance rate takes this share of its initial rate
    """

    unit: Unit
    rows: tuple[Tier, ...]
    method: Literal["marginal", "whole"] | None = None
    beyond: Beyond | None = None
    maintenance_of_initial: Share | None = None
    open_interest: OpenInterestBand | None = None


class Fee(Entry, frozen=True, kw_only=True):
    """Fee rates, as fractions of value; of an option, of its underlying's. liquidation: on what a liquidation closes.

    cap   of an option: no more than this share of its premium
    """

    taker: FeeRate | None = None
    maker: FeeRate | None = None
    liquidation: Share | None = None
    cap: Share | None = None


class ClosingCost(Entry, frozen=True, kw_only=True):
    """What the venue counts for closing, beside maintenance.

    kind     none; taker at the price considered; liquidation_fee at that price; taker_at_bankruptcy;
             held_back: taker fees at the bankruptcy value and the coming funding
    counted  trigger: beside the maintenance requirement; maintenance: inside it; requirements: inside
             initial and maintenance
    basis    bankruptcy found from the chosen leverage, from the position's wallet, or from the whole pool;
             stated: nothing is found, only what the book states as held back counts
    price    price at which the position's value is taken
    fees     how many taker fees are held back
    side     held back at the bankruptcy of the position's own side, or of the dearer one whichever is held:
             value * (1 + 1 / leverage)
    funding  the coming funding counts with maintenance; with what is held back it always does
    """

    kind: Literal["none", "taker", "liquidation_fee", "taker_at_bankruptcy", "held_back"]
    counted: Literal["trigger", "maintenance", "requirements"] = "trigger"
    basis: Literal["leverage", "wallet", "pool", "stated"] = "leverage"
    price: Basis = "mark"
    fees: int = 2
    side: Literal["own", "dearer"] = "own"
    funding: bool = False


class OrderCost(Entry, frozen=True, kw_only=True):
    """What a resting order sets aside.

    open_loss   who bears what it loses the moment it is filled away from the mark: the order, as a part of its cost,
                or the account, which has that much less to use
    against     what an order costs that only takes away from the position held: as much as any other, or nothing
    sides       each: all that stands on both sides of a symbol; larger: position and orders of the side that needs more
    least       of options: an order to sell sets aside this share of the underlying's price a coin, if more than what
                the position will need less its premium; an order to buy, the premium; each with the fee
    price       at which an order in futures is valued: its own, or the mark
    accept      when a new order is let in. filled: if the account it leads to meets its initial requirement, or it only
                reduces a position; resting: if the account with it resting does, or it needs no more than without it
    """

    open_loss: Literal["order", "account"] = "order"
    against: Literal["charged", "free"] = "charged"
    sides: Literal["each", "larger"] = "each"
    least: Amount = Decimal(0)
    price: Literal["order", "mark"] = "order"
    accept: Literal["filled", "resting"] = "filled"


class Hedge(Entry, frozen=True, kw_only=True):
    """What long and short positions in one pool need together: legs of one symbol, or all expiries of a coin.

    sum_legs      both in full
    larger_leg    the larger of the two
    net           the net position
    net_locked    the same; and where equity counts losses only, the loss locked in between the legs' entries
                  stays reserved: no profit of the net position makes up for it
    larger_side   of the perpetual and all expiries of a coin together: what the long positions need, or what
                  the short ones need, whichever is more
    measures      the requirements that are spared
    """

    kind: Literal["sum_legs", "larger_leg", "net", "net_locked", "larger_side"]
    measures: tuple[Measure, ...] = ("initial", "maintenance")


class Rounding(Entry, frozen=True, kw_only=True):
    """Integer units of a venue: values go towards zero, requirements up, to this quantum [settle]."""

    quantum: Positive
    value: Literal["none", "to_zero"] = "none"
    requirement: Literal["none", "up"] = "none"


# --- equity ---------------------------------------------------------------------------------------


class Trigger(Entry, frozen=True, kw_only=True):
    """When a pool may be liquidated: equity at or below (or only below) requirement plus closing cost.

    times           the requirement and the closing cost count so many times
    warnings        name -> maintenance over equity from which the venue warns, cancels or restricts
    below_initial   name of what it does while equity does not cover the initial requirement
    """

    compare: Literal["at_or_below", "below"]
    times: Positive = Decimal(1)
    warnings: dict[str, Amount] = {}  # noqa: RUF012 - msgspec gives each its own
    below_initial: str = ""


class Withdrawal(Entry, frozen=True, kw_only=True):
    """What may leave a cross pool.

    free           equity above the initial requirement
    notional_floor equity above the larger of the initial requirement and a share of notional
    wallet         by wallet: profit stays in, loss is charged
    """

    kind: Literal["free", "notional_floor", "wallet"]
    share: Share = Decimal(0)


class Isolated(Entry, frozen=True, kw_only=True):
    """How collateral enters and leaves an isolated position.

    add      free: what the cross pool has free; withdrawable: what may leave it; wallet: the cross wallet
             above its maintenance, if free
    remove   none: only by reducing; initial: the wallet, down to the initial requirement;
             initial_and_maintenance: the same, and the wallet stays above maintenance; free: all equity
             above the initial requirement, profit included; notional_floor: the same, and a share of
             notional stays as well (the share of the withdrawal rule)
    release  what a reduction gives back: its share of the wallet, with its P&L realised
    leverage_change   what choosing another leverage does to an open position's wallet: nothing, or it is moved to
                      the new initial requirement
    switch   when a position may change between isolated and cross: at any time, only while no orders rest, or only
             while nothing is open
    only     whether a position can be nothing but isolated
    """

    add: Literal["free", "withdrawable", "wallet"] = "free"
    remove: Literal["none", "initial", "initial_and_maintenance", "free", "notional_floor"] = "initial"
    release: Literal["pro_rata"] = "pro_rata"
    auto_top_up: bool = False
    leverage_change: Literal["keeps_wallet", "moves_wallet"] | None = None
    switch: Literal["any_time", "without_orders", "flat"] | None = None
    only: bool = False


class FundingPot(Entry, frozen=True, kw_only=True):
    """Who pays the funding of an isolated position."""

    pot: Literal["isolated_wallet", "free_balance_first", "held_back"]


class Display(Entry, frozen=True, kw_only=True):
    """The liquidation price and ratio as the venue prints them.

    price        root: the true one; frozen_requirement: with the requirement left at today's mark;
                 contract_alone: where equity meets the requirement counted once, as only this contract moves, and its
                 coin as collateral stands still;
                 shared_by_value: of the position alone, with a part of the pool's equity in proportion to
                 value and the rates of today's tiers
    decimals     digits after the point; tick: to the symbol's tick, up for a long, down for a short
    offset       ticks added for a long
    legs         own: where a leg loses; shared: both legs of a symbol in one pool show the price of their net
    never        what is printed when there is no positive price; tick: the symbol's tick; none: nothing
    never_above  the same for a short, where that is another word
    as_solved    a price at or below zero is printed as the equation gives it
    ratio        maintenance over equity; equity over maintenance plus closing cost; the same less one
                 (surplus_over_maintenance); what equity has above maintenance, over the initial requirement
                 (surplus_over_initial)
    """

    price: Literal["root", "frozen_requirement", "contract_alone", "shared_by_value"] = "root"
    decimals: int | None = None
    tick: bool = False
    offset: int = 0
    legs: Literal["own", "shared"] = "own"
    never: str = "none"
    never_above: str | None = None
    as_solved: bool = False
    ratio: Literal[
        "maintenance_over_equity",
        "equity_over_maintenance",
        "surplus_over_maintenance",
        "surplus_over_initial",
    ] = "maintenance_over_equity"


# --- what happens then ----------------------------------------------------------------------------


class Warn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag="warn", tag_field="do"):
    """The venue tells the holder."""


class CancelOrders(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag="cancel_orders", tag_field="do"
):
    """Resting orders are cancelled: of the pool's symbols, or of the account."""

    scope: Literal["symbol", "account"] = "account"


class NetHedge(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag="net_hedge", tag_field="do"
):
    """Opposite legs of one symbol are closed against each other."""


class Reduce(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag="reduce", tag_field="do"):
    """Part of a position is sold, until the pool is safe or the step is exhausted.

    by          all; fraction of the position; tiers: down by that many tiers, again and again, each time the
                whole excess or nothing (fill or kill); until_safe: as little as heals
    fraction    [1] with by = fraction
    tiers       with by = tiers
    above       [settle] the step is only for positions of more value; smaller ones are sold whole
    least_tier  with by = tiers: positions on a lower tier are left to the next step
    covers_first_tier   the step is only for pools whose equity covers what the rates of the first tiers would ask
    stop_ratio  requirement over equity at which it stops; 1: as soon as the trigger no longer holds
    until       safe: that is all; initial: on until equity covers the initial requirement
    order       which position first
    fee         rate: the liquidation fee on what is closed, and no more than the pool has left;
                surplus: what the fill brings above the bankruptcy price goes to the fund, up to that fee;
                below it the fund pays the difference, and where it cannot there is no fill;
                whole_surplus: the same, and no fee bounds it
    adjustment, spread   [1] an order fills no worse than at the fillable price, which falls from the mark as the
                pool nears its bankruptcy; left out: at any price
    fee_to      who receives a fee by rate: the venue, or its insurance fund
    limit       bankruptcy: an order fills no worse than at the position's bankruptcy price
    """

    by: Literal["all", "fraction", "tiers", "until_safe"]
    fraction: Share | None = None
    tiers: int | None = None
    above: Amount | None = None
    least_tier: int = 1
    covers_first_tier: bool = False
    stop_ratio: Positive = Decimal(1)
    until: Literal["safe", "initial"] = "safe"
    order: Literal["largest", "book"] = "largest"
    fee: Literal["rate", "surplus", "whole_surplus"] = "rate"
    adjustment: Amount | None = None
    spread: Amount | None = None
    fee_to: Literal["venue", "insurance"] = "venue"
    limit: Literal["bankruptcy"] | None = None
    cooldown_seconds: int = 0


class TakeOver(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag="take_over", tag_field="do"
):
    """What is left goes to the fund (or vault) at the bankruptcy price; a surplus goes with it or back.

    below   share of the maintenance requirement below which it happens (1: at once; 0: only in debt)
    to      the fund, or a vault; winners: neither of them pays, and the position waits for auto-deleveraging
    """

    below: Share = Decimal(1)
    surplus: Literal["fund", "owner"] = "fund"
    to: Literal["insurance", "vault", "winners"] = "insurance"


class Deleverage(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag="adl", tag_field="do"):
    """What the fund cannot pay is taken from winners on the other side, in order of rank.

    rank   profit: unrealised P&L alone
           deficit_order: as the book names them; who would fall into debt at that price is passed over
    """

    rank: Literal["return_times_leverage", "price_ratio_times_leverage", "profit", "deficit_order"]


LiquidationStep = Warn | CancelOrders | NetHedge | Reduce | TakeOver | Deleverage


class Procedure(Entry, frozen=True, kw_only=True):
    """What the venue does with a pool past its trigger, step by step."""

    steps: tuple[LiquidationStep, ...]


class Include(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Entries that another pack states already: an account that holds contracts of both has the rules of both.

    pack     its id
    lists    which lists of it
    payoff   they are for contracts that pay so
    """

    pack: str
    lists: tuple[str, ...]
    payoff: Literal["linear", "inverse", "option", "spot"] | None = None


class PackFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A venue file, whole."""

    schema: Literal[1]
    venue: Venue
    source: dict[str, Source]
    include: tuple[Include, ...] = ()
    mode: tuple[Mode, ...]
    family: tuple[Family, ...] = ()
    requirement: tuple[RequirementRule, ...] = ()
    trigger: tuple[Trigger, ...]
    procedure: tuple[Procedure, ...]
    tiers: tuple[TierTable, ...] = ()
    fee: tuple[Fee, ...] = ()
    closing_cost: tuple[ClosingCost, ...] = ()
    order_cost: tuple[OrderCost, ...] = ()
    offset: tuple[OffsetRule, ...] = ()
    hedge: tuple[Hedge, ...] = ()
    rounding: tuple[Rounding, ...] = ()
    collateral: tuple[Collateral, ...] = ()
    debt: tuple[Debt, ...] = ()
    equity: tuple[Equity, ...] = ()
    conversion: tuple[Conversion, ...] = ()
    withdrawal: tuple[Withdrawal, ...] = ()
    isolated: tuple[Isolated, ...] = ()
    funding: tuple[FundingPot, ...] = ()
    display: tuple[Display, ...] = ()
