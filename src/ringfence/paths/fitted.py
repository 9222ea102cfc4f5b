"""Laws of prices fitted to recorded ones: coins with their volatilities and correlation, and what drives them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from ringfence.core.errors import BookError, suggestion
from ringfence.paths import calibration
from ringfence.paths.calibration import VOL_RULES, Bars, VolRule
from ringfence.paths.coins import Coins
from ringfence.paths.laws import (
    Bootstrap,
    DoubleExponentialJumps,
    Garch,
    Gbm,
    Jumps,
    Law,
    Leaps,
    NormalJumps,
    StochasticVolatility,
    StudentT,
)
from ringfence.paths.recorded import Recorded

if TYPE_CHECKING:
    from ringfence.paths.coins import Floats

LawName = Literal["gbm", "student-t", "jumps", "kou", "volatility", "garch", "bootstrap"]
LAWS: Final[dict[LawName, str]] = {
    "gbm": "geometric Brownian motion",
    "student-t": "Student's law, its wildness common to all coins",
    "jumps": "normal jumps, common and own (Merton)",
    "kou": "double exponential jumps, common and own (Kou)",
    "volatility": "stochastic volatility, common to all coins",
    "garch": "filtered history: residuals of GARCH(1,1)",
    "bootstrap": "moves of the past in blocks",
}
"""What can be fitted, in words."""
_THRESHOLD: Final = 4.0
_DAY: Final = 86400.0


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What prices of the past say.

    coins  what moves, how wildly and how much together
    law    what drives it
    step   [s] between two prices: the clock's, where the law draws from the past
    notes  how each number was told
    """

    coins: Coins
    law: Law
    step: float
    notes: tuple[str, ...]


def bars_of(recorded: Recorded, names: Sequence[str]) -> Bars:
    """Return recorded prices of some coins as bars of one length; without opens, each opens where the last closed.

    Args:
        recorded: prices, oldest first.
        names: the coins, in the order wanted.

    Raises:
        BookError: a coin has no prices, or instants are not evenly spaced.

    """
    lacking = [name for name in names if name not in recorded.coins]
    if lacking:
        raise BookError(
            recorded.source or "prices",
            f"no prices of {', '.join(lacking)}",
            "Add them, or leave these coins out",
        )
    steps = [(later - earlier).total_seconds() for earlier, later in pairwise(recorded.at)]
    if not steps:
        raise BookError(recorded.source or "prices", "it has no two instants", "Bring more prices")
    for place, step in enumerate(steps):
        if step != steps[0]:
            raise BookError(
                recorded.source or "prices",
                f"from {recorded.at[place]:%Y-%m-%d %H:%M} to the next price are {step:g} s, and not {steps[0]:g} s",
                "Fit to evenly spaced prices: have gaps held",
            )
    chosen = [recorded.coins.index(name) for name in names]
    tables = (recorded.open, recorded.high, recorded.low, recorded.close)
    opens, highs, lows, closes = (np.ascontiguousarray(table[:, chosen]) for table in tables)
    if (opens == closes).all():
        opens = np.concatenate([opens[:1], closes[:-1]])
    return Bars(tuple(names), steps[0], opens, highs, lows, closes)


def fitted(
    recorded: Recorded,
    names: Sequence[str],
    law: LawName = "gbm",
    *,
    vols: VolRule = "plain",
    half_life: float = 168.0,
    block: float | None = None,
) -> Fitted:
    """Return coins and a law fitted to recorded prices.

    Args:
        recorded: prices, evenly spaced, oldest first.
        names: the coins, in the order wanted.
        law: which; see ``LAWS``.
        vols: how volatilities are told; see ``calibration.VOL_RULES``.
        half_life: [steps] of the weight of moves, by ewma.
        block: [steps] mean length of a block of the past; None: a day, and one step at least.

    Raises:
        InputError: the prices lack a coin, are few or uneven, or do not tell what is asked.

    """
    if law not in LAWS:
        raise BookError("law", f"there is no {law!r}", suggestion(law, LAWS))
    bars = bars_of(recorded, names)
    wild = calibration.volatilities(bars, vols, half_life)
    matrix, share = calibration.correlation(bars)
    notes = [
        f"volatilities from {len(bars.close):,} prices, {bars.step:g} s apart: {VOL_RULES[vols]}",
        f"correlation drawn {share:.1%} of the way to its mean (Ledoit and Wolf)",
    ]
    if law == "jumps" or law == "kou":  # noqa: PLR1714 - mypy reads it so
        found, wild, said = _jumps(bars, law, wild)
        notes.append(said)
    else:
        found, said = _law(bars, law, block)
        notes += [said] if said else []
    return Fitted(Coins(bars.names, wild, matrix), found, bars.step, tuple(notes))


def _law(bars: Bars, law: LawName, block: float | None) -> tuple[Law, str]:
    match law:
        case "student-t":
            df = calibration.tail_df(bars)
            said = (
                f"{df:.3g} degrees of freedom by likelihood, all coins together: of moves of {bars.step:g} s"
            )
            return StudentT(df), said
        case "volatility":
            seen = calibration.volatility_of(bars)
            half = math.log(2.0) / seen.speed * 365.0
            said = f"log-variance of the mean move falls back by half in {half:.3g} days"
            return StochasticVolatility(seen.speed, seen.spread, seen.leverage), said
        case "garch":
            fit = calibration.garch_of(bars)
            return Garch(
                bars.names, bars.step, fit.residuals, fit.omega, fit.alpha, fit.beta, fit.start
            ), "GARCH(1,1) of each coin by normal likelihood; it begins as wild as prices end"
        case "bootstrap":
            length = max(1.0, _DAY / bars.step) if block is None else block
            return Bootstrap(bars.names, bars.step, np.exp(bars.moves), length), ""
        case _:
            return Gbm(), ""


def _jumps(bars: Bars, law: LawName, wild: "Floats") -> tuple[Law, "Floats", str]:
    """Return jumps, the volatilities between them, and how they were told.

    What is asked of volatilities holds between jumps: all of it, less the share that jumps have of the plain one.
    """
    fit = calibration.jumps_of(bars, _THRESHOLD)
    plain = calibration.volatilities(bars)
    common = _leaps(fit.common, fit.years, law)
    own = _leaps(fit.own, fit.years * len(bars.names), law)
    said = (
        f"{len(fit.common)} common and {len(fit.own)} own jumps: moves beyond {_THRESHOLD:g} deviations of what the"
        " calm does; smaller ones are left to volatility"
    )
    parts = tuple(fit.parts.tolist()) if common is not None else None
    return Jumps(common, own, parts), wild * np.minimum(fit.vols / plain, 1.0), said


def _leaps(sizes: "Floats", years: float, law: LawName) -> Leaps | None:
    if not sizes.any():
        return None
    rate, up = len(sizes) / years, sizes > 0.0
    if law == "jumps":
        return NormalJumps(rate, float(sizes.mean()), float(sizes.std()))
    typical, up_sizes, down_sizes = (_mean_of_square(each) for each in (sizes, sizes[up], sizes[~up]))
    return DoubleExponentialJumps(rate, float(up.mean()), up_sizes or typical, down_sizes or typical)


def _mean_of_square(sizes: "Floats") -> float:
    """Return the mean of exponential sizes that have the mean square of those seen; zero where there are none."""
    return math.sqrt(float(np.square(sizes).mean()) / 2.0) if len(sizes) else 0.0
