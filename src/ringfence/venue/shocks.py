"""What a portfolio model makes of volatilities, of what options are worth later, and of a settlement asset off par."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Struct

from ringfence.core.exact import Amount, Bound, Positive

Signed = Annotated[Decimal, Bound("a number from -100 to 100", -100, 100, example="-5 points are -0.05")]
"""A slope, which may fall."""

VolMove = Literal["up", "same", "down", "skew", "wings"]
"""What a scenario does to every volatility, by the rule of the model. Skew and wings go by the strike."""


class Knot(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A change of volatility at a time to expiry [day]; in between it lies on the straight line."""

    days: Amount
    up: Amount
    down: Amount


class VolShock(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """By how much a volatility goes up or down in a scenario.

    unit            relative: times (1 + up) or (1 - down); points: plus up or minus down
    term            power: changes are times (reference_days / days to expiry) ** power; flat: the same for all;
                    knots: as the table says, flat beyond its ends
    short_power     for less than reference_days, long_power beyond
    least_days      shorter times count as this
    least_up        [1/sqrt(year)] no volatility that goes up ends below this
    least_rise      the least change of one that goes up, whatever its term makes of ``up``
    status          uncertain: the source does not give these numbers, and every result that uses them says so
    """

    unit: Literal["relative", "points"] = "relative"
    term: Literal["power", "flat", "knots"] = "power"
    up: Amount = Decimal(0)
    down: Amount = Decimal(0)
    reference_days: Positive = Decimal(30)
    short_power: Amount = Decimal(0)
    long_power: Amount = Decimal(0)
    least_days: Amount = Decimal(0)
    least_up: Amount = Decimal(0)
    least_rise: Amount = Decimal(0)
    knots: tuple[Knot, ...] = ()
    status: Literal["verified", "documented", "uncertain"] = "documented"
    note: str = ""


class SkewShock(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How far volatilities of high and low strikes move apart: sigma * (1 + cap * k / reach), within the cap.

    k is ln(strike / forward) where the skew turns, and its magnitude where the wings rise. Forwards stay where they
    are, whatever a row moves; and since a skew turns either way, what an expiry would gain counts as lost.

        cap = cap_0 + slope * sqrt(T)
        reach = max(least_reach, sqrt(T) * width * (vol + vol_slope * sqrt(T)))

    skew_cap, skew_slope     cap_0 and slope [1/sqrt(year)] of the skew
    wings_cap, wings_slope   of the wings
    """

    skew_cap: Amount = Decimal(0)
    skew_slope: Signed = Decimal(0)
    wings_cap: Amount = Decimal(0)
    wings_slope: Signed = Decimal(0)
    least_reach: Amount = Decimal(0)
    width: Amount = Decimal(0)
    vol: Amount = Decimal(0)
    vol_slope: Signed = Decimal(0)


class Discount(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What counts of the options of an expiry after a scenario: by whether all of them together are worth or owe.

        long    long * exp(-T * (rate * long_times + long_plus))
        short   min(exp(T * rate), short * exp(T * (rate * short_times + short_plus)))

    The rate is that of the expiry (feeds, rate), and not below zero.
    """

    long: Amount = Decimal(1)
    long_times: Amount = Decimal(0)
    long_plus: Amount = Decimal(0)
    short: Amount = Decimal(1)
    short_times: Amount = Decimal(0)
    short_plus: Amount = Decimal(0)


class Peg(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """By how much the factor of the initial requirement rises where an asset stands below a price.

    factor * (threshold - price of the asset)
    """

    asset: str
    threshold: Amount
    factor: Amount
