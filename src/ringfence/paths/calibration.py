"""What prices of the past say of volatility, correlation, tails and jumps. Arrays: T moves or bars, C coins.

Moves are logarithms of prices over the prices before, all a step apart. Volatilities are a year's of 365 days.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from ringfence.core.errors import MarketError
from ringfence.formula.model import garch, ranges
from ringfence.formula.model.correlation import SLACK, least_eigenvalue
from ringfence.formula.model.history import ewma
from ringfence.formula.model.shrinkage import shrunk_correlation, student_df

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64]

YEAR: Final = 365.0 * 86400.0
"""[s] of volatilities."""
VolRule = Literal["plain", "ewma", "parkinson", "yang-zhang"]
VOL_RULES: Final[dict[VolRule, str]] = {
    "plain": "root of the mean square of moves from close to close",
    "ewma": "moves from close to close, recent ones heavier (EWMA)",
    "parkinson": "ranges from high to low (Parkinson)",
    "yang-zhang": "open, high, low and close (Yang and Zhang)",
}
"""How a volatility is told from prices, in words."""
_LEAST: Final = 10
"""Moves below which nothing is told."""
_LEAST_GARCH: Final = 100
_LAGS: Final = 100
_FEW: Final = 3
_CLEAR: Final = 2.0
"""Standard errors by which an autocovariance stands out of its noise."""
_FLOOR: Final = 1e-6
"""Least square of a move over its variance: the logarithm of none has no end."""
_MOST_KEPT: Final = 0.9999


@dataclass(frozen=True, slots=True)
class Bars:
    """Open, high, low and close of some coins, oldest first, each (T, C), ``step`` [s] apart."""

    names: tuple[str, ...]
    step: float
    open: "Floats"
    high: "Floats"
    low: "Floats"
    close: "Floats"

    @property
    def moves(self) -> "Floats":
        """Return logarithms of moves from close to close, (T - 1, C)."""
        return np.asarray(np.diff(np.log(self.close), axis=0))


def check(names: Sequence[str], moves: "Floats", least: int = _LEAST) -> None:
    """Refuse moves that tell nothing.

    Raises:
        MarketError: they are few, or a coin does not move at all.

    """
    if len(moves) < least:
        raise MarketError("prices", f"{len(moves)} moves tell nothing", f"Bring {least + 1} prices or more")
    still = [name for name, column in zip(names, moves.T, strict=True) if not column.any()]
    if still:
        never = "never moves" if len(still) == 1 else "never move"
        raise MarketError(
            "prices", f"{', '.join(still)} {never}", "Leave out what stands still, or hold it still"
        )


def volatilities(bars: Bars, rule: VolRule = "plain", half_life: float = 168.0) -> "Floats":
    """Return the annual volatility of each coin.

    Args:
        bars: prices.
        rule: how; see ``VOL_RULES``.
        half_life: [steps] after which a move weighs half, by ewma.

    Raises:
        MarketError: there are few prices, a coin never moves, or there are no bars to take ranges from.

    """
    check(bars.names, bars.moves)
    if rule in {"parkinson", "yang-zhang"} and (bars.high == bars.low).all():
        raise MarketError(
            "prices", f"they have no highs and lows, and {rule} asks for them", "Bring bars, or tell by ewma"
        )
    return np.asarray(np.sqrt(_variance(bars, rule, half_life) * (YEAR / bars.step)))


def _variance(bars: Bars, rule: VolRule, half_life: float) -> "Floats":
    """Return the variance of a step of each coin."""
    match rule:
        case "plain":
            return np.asarray(np.square(bars.moves).mean(axis=0))
        case "ewma":
            if not 0.0 < half_life < math.inf:
                raise MarketError("ewma", f"a half-life of {half_life:g} steps", "Write more than zero")
            decay = 0.5 ** (1.0 / half_life)
            return np.array([ewma(column, decay)[-1] ** 2 for column in bars.moves.T])
        case "parkinson":
            return ranges.parkinson(bars.high, bars.low)
        case "yang-zhang":
            return ranges.yang_zhang(bars.open, bars.high, bars.low, bars.close)


def correlation(bars: Bars) -> tuple["Floats", float]:
    """Return the correlation of moves, drawn towards its mean by Ledoit and Wolf, and by how much (0 to 1).

    Raises:
        MarketError: there are few prices, or a coin never moves.

    """
    moves = bars.moves
    check(bars.names, moves)
    return shrunk_correlation(moves)


def tail_df(bars: Bars) -> float:
    """Return the degrees of freedom of Student's law, common to all coins, that makes the moves most likely.

    Raises:
        MarketError: there are few prices, a coin never moves, or coins always move together.

    """
    matrix, _ = correlation(bars)
    if least_eigenvalue(matrix) <= SLACK:
        raise MarketError("prices", "some coins always move together", "Leave all of them out but one")
    return student_df(bars.moves, matrix)


@dataclass(frozen=True, slots=True, eq=False)
class GarchFit:
    """GARCH(1,1) of each coin, and what of the moves it does not explain.

    residuals  (T, C) moves less their mean over the root of their variance; scaled to mean 0, variance 1
    omega, alpha, beta   (C,) of variances of a step
    start      (C,) variance of the step after the last
    """

    residuals: "Floats"
    omega: "Floats"
    alpha: "Floats"
    beta: "Floats"
    start: "Floats"


def garch_of(bars: Bars) -> GarchFit:
    """Return a GARCH(1,1) for each coin, by likelihood.

    Raises:
        MarketError: there are few prices, or a coin never moves.

    """
    moves = bars.moves
    check(bars.names, moves, _LEAST_GARCH)
    shocks = moves - moves.mean(axis=0)
    numbers, residuals = np.empty((4, shocks.shape[1])), np.empty_like(shocks)
    for coin, column in enumerate(shocks.T):
        omega, alpha, beta = garch.fitted(column)
        found = garch.variances(column, float(np.square(column).mean()), omega, alpha, beta)
        left = column / np.sqrt(found[:-1])
        scale = left.std()
        residuals[:, coin] = (left - left.mean()) / scale
        # With residuals of variance v, h v is the variance of a shock: the whole recursion times v.
        alpha = min(alpha * scale**2, garch.MOST_KEPT - beta)
        numbers[:, coin] = omega * scale**2, alpha, beta, found[-1] * scale**2
    return GarchFit(residuals, *numbers)


@dataclass(frozen=True, slots=True)
class JumpFit:
    """Jumps that stand out of moves.

    common, own   sizes of jumps of half the coins or more at once, two at least (the mean move of all), and of
                  fewer (all coins' in one list)
    parts         (C,) part of each coin in a common one: mean 1
    vols          (C,) annual volatility of what is left
    years         that the moves span
    """

    common: "Floats"
    own: "Floats"
    parts: "Floats"
    vols: "Floats"
    years: float


def jumps_of(bars: Bars, threshold: float = 4.0) -> JumpFit:
    """Return the moves that are larger than so many deviations of what a market without jumps would do.

    The deviation is told from products of moves that follow each other: one large move does not make it larger.

    Args:
        bars: prices.
        threshold: how many deviations.

    Raises:
        MarketError: there are few prices, or a coin never moves.

    Source  Barndorff-Nielsen & Shephard (2004): Power and bipower variation; Mancini (2009): Non-parametric threshold
            estimation for models with stochastic diffusion coefficient and jumps

    """
    moves = bars.moves
    check(bars.names, moves)
    away = moves - np.median(moves, axis=0)
    calm = bipower(away)
    scaled = away / np.where(calm > 0.0, calm, away.std(axis=0))
    far = np.abs(scaled) > threshold
    together = far.sum(axis=1) >= max(2, -(-moves.shape[1] // 2))
    alone = far & ~together[:, None]
    common = away[together].mean(axis=1)
    square = float(common @ common)
    parts = away[together].T @ common / square if square > 0.0 else np.ones(moves.shape[1])
    left = np.ma.array(away, mask=alone | together[:, None])
    variance = np.ma.filled(np.square(left).mean(axis=0), 0.0)
    years = len(moves) * bars.step / YEAR
    return JumpFit(common, away[alone], parts, np.sqrt(variance * (YEAR / bars.step)), years)


def bipower(moves: "Floats") -> "Floats":
    """Return the deviation of a step of each column, which jumps do not raise.

    Units   moves [1] (T, C) -> [1]
    Source  Barndorff-Nielsen & Shephard (2004): pi / 2 times the mean of |x_t x_{t-1}|
    """
    products = np.abs(moves[1:] * moves[:-1]).mean(axis=0)
    return np.asarray(np.sqrt(math.pi / 2.0 * products))


@dataclass(frozen=True, slots=True)
class VolatilityFit:
    """Log-variance of the market that reverts: ``speed`` [1/year], deviation ``spread``, ``leverage``."""

    speed: float
    spread: float
    leverage: float


def volatility_of(bars: Bars) -> VolatilityFit:
    """Return how the wildness of the coins' mean move comes and goes, told from the logarithms of its squares.

    Their autocovariance falls from the square of the spread, by the same part a step; a straight line through its
    logarithm, as far as it stands out of its noise, says both. The leverage is what makes a move go with the square of
    the next as it does.

    Raises:
        MarketError: there are few prices, a coin never moves, or wildness does not come and go.

    Source  Taylor (1986): Modelling financial time series, moments of the log-variance model; as ``paths``' law

    """
    moves = bars.moves
    check(bars.names, moves)
    away = moves - moves.mean(axis=0)
    market = (away / away.std(axis=0)).mean(axis=1)
    market /= market.std()
    logs = np.log(np.maximum(np.square(market), _FLOOR))
    logs -= logs.mean()
    lags = np.arange(1, min(_LAGS, len(logs) // 10) + 1)
    seen = np.array([float((logs[:-lag] * logs[lag:]).mean()) for lag in lags])
    clear = seen > _CLEAR * float(logs.var()) / math.sqrt(len(logs))
    last = len(lags) if clear.all() else int(np.argmin(clear))
    if last < _FEW:
        raise MarketError(
            "prices",
            "wild and calm times do not follow each other visibly",
            "Bring more prices, or take another law",
        )
    slope, level = np.polyfit(lags[:last], np.log(seen[:last]), 1, w=np.sqrt(seen[:last]))
    keeps, spread = min(math.exp(float(slope)), _MOST_KEPT), math.exp(float(level) / 2.0)
    noise = spread * math.sqrt(1.0 - keeps**2)
    grows = math.exp(spread**2 * (0.5 + keeps) ** 2 / 2.0 + noise**2 / 2.0 - 0.75 * spread**2)
    leverage = float((market[:-1] * np.square(market[1:])).mean()) / (noise * grows)
    return VolatilityFit(-math.log(keeps) * YEAR / bars.step, spread, min(0.99, max(-0.99, leverage)))
