"""How positions of one pool net: what a pack can say about portfolio models.

A model is a rule of the list ``offset``. It takes the positions of a pool apart into risk units, finds what each unit
may lose, adds what the venue adds, and maps that to an initial and a maintenance requirement. Where no model holds for
a position, its own requirement rule does, and the pool sums them.
"""

# ruff: noqa: PLC0414 - what stands in the file next door belongs to this list

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Struct

from ringfence.core.exact import Amount, Bound, Positive, Share
from ringfence.venue.entry import Entry, Measure
from ringfence.venue.models import Arrays, History, Sensitivities, Strategies
from ringfence.venue.shocks import Discount as Discount
from ringfence.venue.shocks import Knot as Knot
from ringfence.venue.shocks import Peg as Peg
from ringfence.venue.shocks import SkewShock as SkewShock
from ringfence.venue.shocks import VolMove as VolMove
from ringfence.venue.shocks import VolShock as VolShock

Move = Annotated[Decimal, Bound("a fraction above -1", -1, open=True, example="-15 % is -0.15")]
"""A move of a price as a fraction of it."""


class ScenarioRow(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One scenario: a move of the price, what volatility does, and the share of the result that counts."""

    move: Move = Decimal(0)
    vol: VolMove = "same"
    weight: Amount = Decimal(1)


class Extended(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How results count at moves far beyond a range: P&L times factor * range / |move|.

    range      linear and inverse contracts keep their P&L of this move
    dampener   [USD] a loss is made smaller by this over the index for every range that its move lies beyond the
               first, and no further than to nothing; left out: it is not
    """

    range: Positive
    factor: Positive = Decimal(1)
    dampener: Amount | None = None


class ScenarioSet(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Scenarios that count alike: each of ``moves`` with each of ``vols``, and the ``rows``.

    range, steps   moves in so many equal steps to each side, and none: in place of ``moves``
    share          of the worst result that counts
    """

    name: str
    moves: tuple[Move, ...] = ()
    range: Positive | None = None
    steps: int = 0
    vols: tuple[VolMove, ...] = ("same",)
    rows: tuple[ScenarioRow, ...] = ()
    extended: Extended | None = None
    share: Share = Decimal(1)


Place = Literal["added", "beside", "candidate", "floor"]
"""added: to the worst result, before the factors; beside: after them; candidate: in place of the worst result, if
worse; floor: in place of the worst result and what is added, if more."""


class SizeFactor(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The part of a charge beyond this floor is times this factor, up to the next floor.

    floor   [unit of account]
    """

    floor: Amount = Decimal(0)
    factor: Amount


class Charge(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every charge of a model says.

    name       the venue's own word for it (MR4), if it has one
    place      where it goes
    measures   for which of the two requirements it is
    status     verified, documented, or uncertain: not given by the source, and so a parameter of this pack
    """

    name: str = ""
    place: Place = "added"
    measures: tuple[Measure, ...] = ("initial", "maintenance")
    status: Literal["verified", "documented", "uncertain"] = "documented"
    note: str = ""


class DeltaCharge(Charge, frozen=True, kw_only=True, tag="delta", tag_field="kind"):
    """A rate on what a unit gains with its coin, at today's price: the unsigned deltas of its parts.

    scope     each instrument, each expiry (perpetuals are one), or the whole unit: inside each, deltas net
    of        which contracts count
    spot      whether, with all contracts, collateral that stands in the scenarios counts, too
    price     what a coin is worth: its index, or what the contract is marked at (of an option, the index)
    rate      for what has no expiry, and the least for what has one
    annual    for what has an expiry: exp(annual * years) - 1, if more
    factors   by size of the whole charge, each part at its own factor
    """

    scope: Literal["instrument", "expiry", "unit"] = "instrument"
    of: Literal["all", "perpetuals", "dated", "options", "futures"] = "all"
    spot: bool = True
    price: Literal["index", "mark"] = "index"
    rate: Amount
    annual: Amount = Decimal(0)
    factors: tuple[SizeFactor, ...] = ()


class DeltaShock(Charge, frozen=True, kw_only=True, tag="delta_shock", tag_field="kind"):
    """A charge for a large delta: |D| * min(cap, increase * (|D| - threshold / index)).

    D is the delta of futures and short options; long options only reduce it.

    threshold   [USD]
    increase    [1/coin]
    """

    threshold: Amount
    increase: Amount
    cap: Share


class NetAndHedged(Charge, frozen=True, kw_only=True, tag="net_and_hedged", tag_field="kind"):
    """(net * |sum of deltas| + hedged * (sum of |delta| - |sum of deltas|) / 2) * index.

    by      what is one delta: each position, or all that is written in one currency (USDT, USDC, USD together): the
            hedged part then hangs on those currencies staying at par
    spot    whether collateral that stands in the scenarios counts, too
    factors by size of the whole charge, each part at its own factor
    """

    net: Share
    hedged: Share
    by: Literal["position", "quote"] = "position"
    spot: bool = True
    factors: tuple[SizeFactor, ...] = ()


class FuturesCharge(Charge, frozen=True, kw_only=True, tag="futures", tag_field="kind"):
    """A rate on the value of perpetuals and dated futures.

    of      which of them
    price   at which a coin of them is valued
    scope   gross: all; matched: the part that long and short contracts have in common
    """

    rate: Amount
    of: Literal["all", "perpetuals", "dated"] = "all"
    price: Literal["mark", "index"] = "mark"
    scope: Literal["gross", "matched"] = "gross"


class ShortOptions(Charge, frozen=True, kw_only=True, tag="short_options", tag_field="kind"):
    """A charge for every coin of options that a unit is short.

    scope    instrument: every short option; strike: what is short at a strike over calls and puts of an expiry;
             unit: what is short of all together
    rate     of the index price
    amount   [settle] or so much a coin
    band     only for strikes within this share of the forward
    """

    scope: Literal["instrument", "strike", "unit"] = "strike"
    rate: Amount = Decimal(0)
    amount: Amount = Decimal(0)
    band: Share | None = None


class PerContract(Charge, frozen=True, kw_only=True, tag="per_contract", tag_field="kind"):
    """An amount [settle] for every contract of options and futures, or for every coin of them."""

    amount: Amount
    per: Literal["contract", "coin"] = "contract"
    of: Literal["all", "options", "short_options"] = "all"


class TimeDecay(Charge, frozen=True, kw_only=True, tag="time_decay", tag_field="kind"):
    """What options lose as time passes, prices and volatilities held."""

    hours: Positive


class ExpirySpread(Charge, frozen=True, kw_only=True, tag="expiry_spread", tag_field="kind"):
    """A charge where contracts of one expiry are hedged by those of another, which need not move together.

    What has the other sign is matched with the nearest expiry first. Perpetuals, and collateral that stands in the
    scenarios, expire now.

    of       vega of options, per 1.00 of volatility, or what the delta of all contracts is worth at the index
    rate     by how much two expiries may move apart
    annual   and so much more for every year between them
    """

    of: Literal["vega", "delta"]
    rate: Amount = Decimal(0)
    annual: Amount = Decimal(0)


class RateKnot(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A change of the annual rate at a time to expiry [day]; in between it lies on the straight line."""

    days: Amount
    rate: Annotated[Decimal, Bound("a rate", -1, open=True, example="5 points are 0.05")]


class CurveShift(Charge, frozen=True, kw_only=True, tag="curve_shift", tag_field="kind"):
    """What options lose in the worst of some shifts of the curve of rates: forwards move by exp(rate * years).

    shifts   each a row of knots, flat beyond its ends
    """

    shifts: tuple[tuple[RateKnot, ...], ...]


class ProvisionCharge(Charge, frozen=True, kw_only=True, tag="provision", tag_field="kind"):
    """Funding and fees set aside: of perpetuals at the known funding rate for some hours; of all, a fee.

    fee   of the value; left out: the taker fee of the contract, where it is known
    """

    funding_hours: Amount = Decimal(0)
    fee: Share | None = None


class BasisCharge(Charge, frozen=True, kw_only=True, tag="basis", tag_field="kind"):
    """What each expiry loses alone where its forward leaves the others: the worse of two moves, volatilities held.

    sum over expiries of (rate + annual * T) * (worst loss)+
    """

    up: Amount
    down: Amount
    rate: Amount
    annual: Amount = Decimal(0)


class ConfidenceCharge(Charge, frozen=True, kw_only=True, tag="confidence", tag_field="kind"):
    """A charge where the venue's oracles are unsure: (1 - confidence) * rate * value, below a confidence.

    Confidences stand under [feeds]: of coins and other assets, of perpetuals, and of an expiry as ETH-251226 or by
    option; the least of them counts. What is not stated is sure.

    of             perpetuals; options or short options, all those of an expiry together; or collateral, each asset
    price          of collateral: of what it is worth in the pool's unit, or of its index, taken as that unit
    with_coin      collateral is not surer than the unit's coin
    with_futures   options and collateral are not surer than the perpetuals that are held with them
    """

    of: Literal["perpetuals", "options", "short_options", "collateral"]
    threshold: Share
    rate: Amount
    price: Literal["converted", "index"] = "converted"
    with_coin: bool = False
    with_futures: bool = False


class CollateralCharge(Charge, frozen=True, kw_only=True, tag="collateral", tag_field="kind"):
    """What collateral is cut by, as a requirement: its value counts in the equity in full.

    rates    by asset
    price    converted: of what it is worth in the pool's unit; index: of its price in USD, taken as that unit;
             shortfall: so that its price in USD less the cut is left, whatever it is worth converted
    """

    rates: dict[str, Share]
    price: Literal["converted", "index", "shortfall"] = "converted"


class MaxLossCharge(Charge, frozen=True, kw_only=True, tag="max_loss", tag_field="kind"):
    """What everything in the unit needs one by one, options of an expiry no more than they can lose at expiry.

        min(sum of single requirements, worst payoff at zero and at every strike + unpaired * forward * net short calls)

    What the options are worth is added where it stands in the equity. It is for one of the two measures.

    unpaired   share of the forward for a call that no other call of its expiry covers
    """

    unpaired: Amount


class PegCharge(Charge, frozen=True, kw_only=True, tag="peg", tag_field="kind"):
    """A charge on futures and short options where an asset stands below a price.

        rate * (threshold - price) * size * index, size in coin and unsigned

    asset   the one that should stand at one, such as USDC
    """

    asset: str
    threshold: Amount
    rate: Amount


ChargeRule = (
    DeltaCharge
    | DeltaShock
    | NetAndHedged
    | FuturesCharge
    | ShortOptions
    | PerContract
    | TimeDecay
    | ExpirySpread
    | CurveShift
    | ProvisionCharge
    | BasisCharge
    | ConfidenceCharge
    | CollateralCharge
    | MaxLossCharge
    | PegCharge
)


class Scenarios(Entry, frozen=True, kw_only=True, tag="scenarios", tag_field="kind"):
    """The worst of joint scenarios, and what is added to it.

        X = max(floors, max over sets (share * worst loss, candidates) + added)
        requirement = factor * X + beside

    A model without sets is its charges alone.

    unit          what nets in full: contracts on one coin, on one coin and paid in one asset, or the whole pool
    currency      a unit counts in the asset in which all of it pays, if it is one, or always in that of the account
    together      coins whose contracts are one unit: SPY = "SPX"
    spot          whether collateral in the unit's coin stands in the scenarios: never, always, as the book chooses
                  (settings, spot_in_risk_unit), or only what hedges the delta of the unit's contracts (hedging,
                  chosen_hedging); equity: always, with what contracts that pay in the coin are worth, in every
                  pool that is not itself counted in the coin
    price         the price that a scenario moves: of each future its mark, or of all of them the index of the coin;
                  of an option its forward, always
    gains         share of a unit's gain in a scenario that counts against losses of other units in the same scenario;
                  left out: units add
    gains_cap     [USD] and no more than that
    worst_digits  decimals to which the worst result is rounded, to the nearest
    revalue       options from their model price at the stated volatility, or from what they are worth today (mark)
    exercise      american: an option is never worth less than exercising it pays at the index; but not those on the
                  coins of ``european``
    moving        other assets that move as the unit's coin does: where a pool holds them, they stand in its scenarios
    skew          what volatilities do in rows of skew and wings
    discount      what counts of an expiry's options after a scenario; left out: all
    peg           by how much the initial factor rises with the settlement asset off par
    at_par        indices in USD are taken as amounts of the settlement asset, wherever that stands
    settling      [minute] before its expiry in which an option's forward turns into an average: what of it is settled
                  (feeds, settled; else the share of the time gone) no longer moves
    """

    unit: Literal["coin", "coin_and_settle", "pool"] = "coin"
    currency: Literal["settle", "account"] = "settle"
    together: dict[str, str] = {}  # noqa: RUF012 - msgspec gives each its own
    spot: Literal["never", "always", "chosen", "hedging", "chosen_hedging", "equity"] = "never"
    price: Literal["mark", "index"] = "mark"
    sets: tuple[ScenarioSet, ...] = ()
    vol: VolShock = VolShock(term="flat")
    charges: tuple[ChargeRule, ...] = ()
    initial_factor: Amount = Decimal(1)
    maintenance_factor: Amount = Decimal(1)
    gains: Share | None = None
    gains_cap: Amount | None = None
    worst_digits: int | None = None
    revalue: Literal["model", "mark"] = "model"
    exercise: Literal["european", "american"] = "european"
    european: tuple[str, ...] = ()
    moving: tuple[str, ...] = ()
    skew: SkewShock = SkewShock()
    discount: Discount | None = None
    peg: Peg | None = None
    at_par: bool = False
    settling: Amount = Decimal(0)


OffsetRule = Scenarios | Strategies | Arrays | Sensitivities | History
