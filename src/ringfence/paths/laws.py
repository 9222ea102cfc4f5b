"""Laws of prices: what moves the coins from step to step. A closed list of plain records.

Under every law but ``Bootstrap`` each step multiplies a coin's price by a factor > 0 of mean exactly one, given all
that came before, times exp(drift dt) where ``Coins`` ask for a drift. z is a vector of standard normal numbers with the
correlation of the coins, sigma_i their volatility and dt the step in years of 365 days.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gbm:
    """Geometric Brownian motion: ln S_i moves by sigma_i sqrt(dt) z_i - sigma_i^2 dt / 2. Exact for any step."""


@dataclass(frozen=True, slots=True)
class StudentT:
    """Student's law of a step's return: all coins share the wildness V of a step, so that they leap together.

        ln S_i moves by sigma_i sqrt(V dt) z_i - sigma_i^2 V dt / 2,  V = (df - 2) / chi^2 of df, mean one

    The correction is that of the V that came: exp of a plain Student number has no mean at all.

    df  degrees of freedom, > 2, of one step, however long it is

    Source  Heyde (1999): A risky asset model with strong dependence through fractal activity time
    """

    df: float


@dataclass(frozen=True, slots=True)
class StochasticVolatility:
    """One wildness V for all coins that comes and goes: its logarithm reverts to a mean (Ornstein and Uhlenbeck).

        ln S_i moves by sigma_i sqrt(V dt) z_i - sigma_i^2 V dt / 2
        V = exp(y - spread^2 / 2), y' = y exp(-speed dt) + noise, in the long run normal of mean 0, deviation spread

    The step of y is exact for any dt; V stands still within a step.

    speed     [1/year] at which y reverts; its half-life is ln 2 / speed
    spread    deviation of y in the long run
    leverage  correlation of y's noise with the coins' common move z_1 + z_2 + ...; below zero, falls make it wilder
    start     V at the start; None: drawn from the long run

    Source  Scott (1987): Option pricing when the variance changes randomly
    """

    speed: float
    spread: float
    leverage: float = 0.0
    start: float | None = None


@dataclass(frozen=True, slots=True)
class NormalJumps:
    """Jumps that multiply a price by exp(J), J normal.

    rate       [1/year] how often
    mean       of J
    deviation  of J

    Source  Merton (1976): Option pricing when underlying stock returns are discontinuous
    """

    rate: float
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True)
class DoubleExponentialJumps:
    """Jumps that multiply a price by exp(J), J exponential up or down.

    rate       [1/year] how often
    up         chance of up
    mean_up    of J where it is up, < 1
    mean_down  of -J where it is down

    Source  Kou (2002): A jump-diffusion model for option pricing
    """

    rate: float
    up: float
    mean_up: float
    mean_down: float


Leaps: TypeAlias = NormalJumps | DoubleExponentialJumps
"""How often jumps come, and how large."""


@dataclass(frozen=True, slots=True)
class Jumps:
    """Jumps on top of a law that has none; what they add to the mean is taken out of the drift.

    common   jumps of all coins at once, by one J; None: there are none
    own      jumps of each coin alone, each coin at this rate; None: there are none
    parts    part of each coin in a common J, in the order of the coins; None: 1
    between  what moves prices between jumps
    inside   whether the coins' volatilities have the jumps in them; otherwise they are those between jumps
    """

    common: Leaps | None = None
    own: Leaps | None = None
    parts: tuple[float, ...] | None = None
    between: Gbm | StudentT | StochasticVolatility = Gbm()
    inside: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Garch:
    """Filtered history: residuals of the past, an instant's coins together, as wild as a GARCH(1,1) variance says.

        ln S_i moves by sqrt(h_i) e_i - c_i(sqrt(h_i)),  h_i' = omega_i + alpha_i h_i e_i^2 + beta_i h_i

    c_i is the cumulant of the residuals. The coins' volatilities and correlation are those of the past, not ``Coins``'.

    names      coins of the columns
    step       [s] between two instants of the past; the clock's
    residuals  (T, C) of mean 0 and variance 1
    omega, alpha, beta   (C,) of variances of a step; alpha + beta < 1
    start      (C,) variance of the first step

    Source  Barone-Adesi, Giannopoulos, Vosper (1999): VaR without correlations for portfolios of derivative securities
    """

    names: tuple[str, ...]
    step: float
    residuals: "Floats"
    omega: "Floats"
    alpha: "Floats"
    beta: "Floats"
    start: "Floats"


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap:
    """Moves of the past in blocks, an instant's coins together; a block goes on until, by chance, another begins.

    Moves are scaled so that a price's mean after any number of steps is one (or its drift). Within a block they follow
    as they did: a price is no martingale unless ``block`` is 1, and what is expected up to a time that depends on the
    path need not be what stands here. Volatilities and correlation are those of the past, not ``Coins``'.

    names    coins of the columns
    step     [s] between two instants of the past; the clock's
    factors  (T, C) price over the price before, oldest first
    block    [steps] mean length of a block, >= 1

    Source  Politis & Romano (1994): The stationary bootstrap
    """

    names: tuple[str, ...]
    step: float
    factors: "Floats"
    block: float = 24.0


Law: TypeAlias = Gbm | StudentT | StochasticVolatility | Jumps | Garch | Bootstrap
"""One of them."""


@dataclass(frozen=True, slots=True)
class Tilt:
    """How paths are drawn so that rare ones come often; each path then has a weight. For laws of normal drivers.

    shift       (C,) what is added to every z_i [1], at every step; sigma_i sqrt(dt) shift_i is its drift a step
    rate_times  by what the rate of all jumps is multiplied
    common      what is added to the mean of a common J
    own         (C,) what is added to the mean of each coin's own J
    plain       share of paths that are drawn as if there were no tilt: no weight is above 1 / plain
    """

    shift: tuple[float, ...]
    rate_times: float = 1.0
    common: float = 0.0
    own: tuple[float, ...] | None = None
    plain: float = 0.1


def words(law: Law) -> str:
    """Return what a law is, in words for a report."""
    match law:
        case Gbm():
            return "geometric Brownian motion, correlated, of constant volatility"
        case StudentT():
            return (
                f"Student's law with {law.df:g} degrees of freedom a step, its wildness common to all coins"
            )
        case StochasticVolatility():
            return _of_volatility(law)
        case Jumps():
            return _of_jumps(law)
        case Garch():
            return (
                f"filtered history: {len(law.residuals):,} residuals of {_length(law.step)}, drawn with all coins"
                " together, as wild as a GARCH(1,1) variance of each coin"
            )
        case Bootstrap():
            return (
                f"moves of the past: {len(law.factors):,} of {_length(law.step)}, drawn with all coins together in"
                f" blocks of {law.block:g} on average; scaled to have no drift{_of_blocks(law.block)}"
            )


def _of_volatility(law: StochasticVolatility) -> str:
    start = "drawn from its long run" if law.start is None else f"at {law.start:g} times its mean now"
    return (
        f"stochastic volatility, common to all coins: log-variance of deviation {law.spread:g}, reverting at"
        f" {law.speed:g} a year, correlation {law.leverage:g} with the common move, {start}"
    )


def _of_jumps(law: Jumps) -> str:
    said = [words(law.between)]
    if law.common is not None:
        parts = "" if law.parts is None else " by parts"
        said.append(f"common jumps{parts} {_of_leaps(law.common)}")
    if law.own is not None:
        said.append(f"each coin's own jumps {_of_leaps(law.own)}")
    inside = (
        "; volatilities have the jumps in them" if law.inside else "; volatilities are those between jumps"
    )
    return f"{', and '.join(said)}{inside if len(said) > 1 else ''}"


def _of_leaps(leaps: Leaps) -> str:
    match leaps:
        case NormalJumps():
            return (
                f"{leaps.rate:g} a year, normal with mean {leaps.mean:+g} and deviation {leaps.deviation:g}"
            )
        case DoubleExponentialJumps():
            return (
                f"{leaps.rate:g} a year, {leaps.up:.0%} up by {leaps.mean_up:g} and the others down by"
                f" {leaps.mean_down:g} on average (exponential)"
            )


def _of_blocks(block: float) -> str:
    return "" if block == 1.0 else ", but within a block moves follow as they did"


def _length(seconds: float) -> str:
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= size and seconds % size == 0.0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"
