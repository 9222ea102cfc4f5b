"""Portfolio models that are no scenarios: strategies, stated arrays, sensitivities, histories.

Each is a rule of the list ``offset``, as the scenarios of ``venue.offsets`` are.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Struct

from ringfence.core.exact import Amount, Bound, Positive, Share
from ringfence.venue.entry import Entry

Signed = Annotated[Decimal, Bound("at most 1e30 either way", -(10**30), 10**30)]
"""A gain or a loss, a return, a correlation."""


class StockRates(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stock needs, as shares of its value: beside what a sale brought, where it is short.

    price   at which it is valued: what was paid for it (entry), or today's (mark)
    long    of what is owned
    short   of what is owed
    least   [quote/share] of what is owed, no less than this; a share below it needs all its value
    """

    price: Literal["entry", "mark"]
    long: Share
    short: Share
    least: Amount = Decimal(0)


class Strategies(Entry, frozen=True, kw_only=True, tag="strategies", tag_field="kind"):
    """Legs on one underlying matched into named groups, at the least that all of them can need together.

        short option  premium + max(rate * S - out of the money, least * S; of a put least * K)
        straddle      the larger of the two, and the premium of the other
        spread        min(what its short options need alone, what it can lose at its strikes) + the premiums paid
        covered       what the stock needs; the option adds nothing

    together      coins that are one class: SPY = "SPX"
    covers        units of another coin that cover one unit of a coin: SPX = { SPY = 10 }
    rate          of the underlying; broad_rate for the coins of ``broad``
    least         the least of it
    leverage      of funds that move so many times as much: all rates are times that, and no more than 1
    long_months   an option with no more time left than this is paid in full, others by the share long_rate
    initial, maintenance   what stock needs
    hedged        maintenance of stock with a bought option, of its strike, beside what that is out of the money
    proceeds      what the requirement says of premiums and sale proceeds that the account keeps: net of them, for an
                  equity in which options are worth what they are; or gross
    sought        groups of four are looked for among no more legs than this
    """

    together: dict[str, str] = {}  # noqa: RUF012 - msgspec gives each its own
    covers: dict[str, dict[str, Positive]] = {}  # noqa: RUF012 - as above
    rate: Share
    broad: tuple[str, ...] = ()
    broad_rate: Share
    least: Share
    leverage: dict[str, Positive] = {}  # noqa: RUF012 - as above
    long_months: int
    long_rate: Share
    initial: StockRates
    maintenance: StockRates
    hedged: Share
    proceeds: Literal["net", "gross"] = "net"
    sought: int = 32


class MonthTier(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Some months of expiry that count as one against others: from the first day to the last, both included."""

    name: str
    first: date
    last: date


class MonthCharge(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A charge for every delta of one tier that offsets a delta of another, or of another month of the same tier.

    amount   [settle]
    """

    one: str
    other: str
    amount: Amount


class Months(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How months of one commodity offset each other: charges are taken in their order, until no deltas are left."""

    tiers: tuple[MonthTier, ...]
    charges: tuple[MonthCharge, ...]


class CommodityCredit(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A credit for commodities that offset each other: a share of the scan risk of the deltas that are matched.

    ratios   coin -> deltas of one spread, of opposite sides where they have opposite signs
    """

    ratios: dict[str, Signed]
    share: Share


class ScanRow(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A scenario of an array: a part of the price scan range, volatility up or down, and the share that counts."""

    move: Signed
    vol: Literal["up", "same", "down"] = "same"
    share: Share = Decimal(1)


class Arrays(Entry, frozen=True, kw_only=True, tag="arrays", tag_field="kind"):
    """The worst of the scenarios of stated arrays, what offsets between months and coins, and a floor.

        need = max(scan risk + charges between months - credits between coins, floor * short options)
        requirement = factor * need, and what options are worth beside it

    together      coins that are one commodity
    rows          the scenarios
    arrays        symbol -> what one long contract gains in each of them [settle]: as the clearing house publishes it
    scan          coin -> price scan range [quote], from which a future without an array has one
    vol_scan      coin -> volatility scan range [1/sqrt(year)], from which an option has one
    days          time that passes in a scenario
    deltas        symbol -> composite delta of one long contract; of a future without one it is 1
    months        coin -> charges between months
    credits       credits between commodities, one after another
    least_short   coin -> the least of a short option [settle/contract]
    """

    together: dict[str, str] = {}  # noqa: RUF012 - msgspec gives each its own
    rows: tuple[ScanRow, ...]
    arrays: dict[str, tuple[Signed, ...]] = {}  # noqa: RUF012 - as above
    scan: dict[str, Positive] = {}  # noqa: RUF012 - as above
    vol_scan: dict[str, Positive] = {}  # noqa: RUF012 - as above
    days: Amount = Decimal(0)
    deltas: dict[str, Signed] = {}  # noqa: RUF012 - as above
    months: dict[str, Months] = {}  # noqa: RUF012 - as above
    credits: tuple[CommodityCredit, ...] = ()
    least_short: dict[str, Amount] = {}  # noqa: RUF012 - as above
    initial_factor: Amount = Decimal(1)
    maintenance_factor: Amount = Decimal(1)


class Bucket(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Risk factors of one kind: a weight, how they move together, and from where a large one weighs more.

    members       coins; "*" is every coin that no other bucket names
    weight        for a move of the factor by ``unit``
    correlation   of two factors of the bucket
    threshold     [unit of account] of a factor's sensitivity
    """

    name: str
    members: tuple[str, ...] = ()
    weight: Amount
    correlation: Share = Decimal(1)
    threshold: Positive | None = None


class RiskClass(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Risk factors that add up by a quadratic form.

        WS = weight * s * CR,  CR = max(1, sqrt(|s| / threshold))
        K = sqrt(sum of rho * f * WS * WS'),  f = min(CR, CR') / max(CR, CR')
        class = sqrt(sum of K * K + sum of gamma * S * S'),  S = the sum of a bucket's WS, no further than K either way

    product   classes of different products add up
    pairs     "A,B" -> correlation: of factors in buckets that stand in one (pooled), or of the buckets themselves
    pooled    all buckets are one: their correlations are of factors (foreign exchange)
    residual  the bucket whose own K is added, and offsets nothing
    thresholds   coin -> threshold, where it is not its bucket's
    """

    name: str
    product: str
    buckets: tuple[Bucket, ...]
    pairs: dict[str, Signed] = {}
    pooled: bool = False
    residual: str | None = None
    thresholds: dict[str, Positive] = {}


class Sensitivities(Entry, frozen=True, kw_only=True, tag="sensitivities", tag_field="kind"):
    """Sensitivities weighted, and added by correlations: class by class, and the classes of a product likewise.

    currency    in which it is calculated: a sensitivity to it is none
    unit        the move of a price for which a sensitivity stands: 1 % is 0.01
    classes     a position says by a tag, "class/bucket", in which bucket it stands; without one the members say
    across      "A,B" -> correlation of two classes of one product
    """

    currency: str
    unit: Positive
    classes: tuple[RiskClass, ...]
    across: dict[str, Signed] = {}  # noqa: RUF012 - msgspec gives each its own
    initial_factor: Amount = Decimal(1)
    maintenance_factor: Amount = Decimal(1)


class History(Entry, frozen=True, kw_only=True, tag="history", tag_field="kind"):
    """What the pool would have lost by the returns of the past, each made as wild as today: the tail of these losses.

        scenario = r_i * sigma_now / sigma_i;  requirement = factor * tail(losses) * sqrt(days / horizon)

    returns    coin -> returns, oldest first; all coins have as many
    vols       coin -> volatility at the time of each return; left out: exponentially weighted, from returns before it
    current    coin -> volatility of today; left out: the same, after the last return
    decay      weight of the past in a volatility that is found: sigma^2 = decay * sigma^2 + (1 - decay) * r^2
    scaled     whether returns are made as wild as today
    tail       count: so many of the worst; level: those beyond this quantile
    measure    mean: of the tail; least_bad: the smallest loss of the tail (value at risk)
    horizon, days   [day] of a return, and of the requirement
    stress     coin -> returns of a stressed time, which count as they are
    blend      share of the stressed result in the requirement
    floor_vol  coin -> volatility below which today's is not taken
    """

    returns: dict[str, tuple[Signed, ...]] = {}  # noqa: RUF012 - msgspec gives each its own
    vols: dict[str, tuple[Positive, ...]] = {}  # noqa: RUF012 - as above
    current: dict[str, Positive] = {}  # noqa: RUF012 - as above
    decay: Share = Decimal("0.97")
    scaled: bool = True
    tail: Positive | None = None
    level: Share = Decimal("0.99")
    measure: Literal["mean", "least_bad"] = "mean"
    horizon: Positive = Decimal(1)
    days: Positive = Decimal(1)
    stress: dict[str, tuple[Signed, ...]] = {}  # noqa: RUF012 - as above
    blend: Share = Decimal(0)
    floor_vol: dict[str, Positive] = {}  # noqa: RUF012 - as above
    initial_factor: Amount = Decimal(1)
    maintenance_factor: Amount = Decimal(1)
