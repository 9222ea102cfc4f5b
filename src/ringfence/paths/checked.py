"""Laws and tilts that are none, or do not fit the coins and the clock, are refused."""

import math
from typing import Final

import numpy as np

from ringfence.core.errors import BookError
from ringfence.paths.coins import Coins
from ringfence.paths.fates import Clock
from ringfence.paths.laws import (
    Bootstrap,
    DoubleExponentialJumps,
    Garch,
    Jumps,
    Law,
    Leaps,
    NormalJumps,
    StochasticVolatility,
    StudentT,
    Tilt,
)

_LEAST_DF: Final = 2.01


def check_law(law: Law, coins: Coins, clock: Clock) -> None:
    """Refuse a law whose numbers are none, or that does not fit.

    Raises:
        BookError: a number is out of its range, the past lacks a coin or has another step than the clock.

    """
    _need(clock.steps >= 1, "clock", f"{clock.steps} steps", "Ask for one step or more")
    _need(0.0 < clock.step < math.inf, "clock", f"a step of {clock.step} seconds", "Write more than zero")
    match law:
        case Jumps():
            check_law(law.between, coins, clock)
            _check_jumps(law, coins)
        case StudentT():
            _need(
                law.df >= _LEAST_DF,
                "student-t, df",
                f"{law.df:g} degrees of freedom have no variance to speak of",
                f"Write {_LEAST_DF:g} or more; crypto has 3 to 5",
            )
        case StochasticVolatility():
            _check_volatility(law)
        case Garch() | Bootstrap():
            _check_past(law, coins, clock)
        case _:
            pass


def check_seed(seed: int) -> None:
    """Refuse a seed that is no whole number of 63 bits.

    Raises:
        BookError: it is below zero, or too large.

    """
    _need(seed >= 0, "seed", f"{seed} is below zero", "Write 0 or more")
    _need(seed < 2**63, "seed", f"{seed} is too large", f"Write {2**63 - 1} or less")


def _need(holds: bool, where: str, fault: str, remedy: str) -> None:  # noqa: FBT001 - the condition is what it is about
    if not holds:
        raise BookError(where, fault, remedy)


def _check_volatility(law: StochasticVolatility) -> None:
    where = "stochastic volatility"
    _need(
        0.0 < law.speed < math.inf, f"{where}, speed", f"{law.speed:g} is none", "Write a number a year, > 0"
    )
    _need(0.0 <= law.spread <= 3.0, f"{where}, spread", f"{law.spread:g} is out of range", "Write 0 to 3")  # noqa: PLR2004
    _need(-1.0 <= law.leverage <= 1.0, f"{where}, leverage", f"{law.leverage:g} is none", "Write -1 to 1")
    start = 1.0 if law.start is None else law.start
    _need(
        0.0 < start < math.inf,
        f"{where}, start",
        f"{start:g} is no multiple of a variance",
        "Write more than zero",
    )


def _check_jumps(law: Jumps, coins: Coins) -> None:
    parts = law.parts if law.parts is not None else (1.0,) * len(coins)
    _need(
        len(parts) == len(coins) and all(map(math.isfinite, parts)),
        "jumps, parts",
        f"{len(coins)} coins, and {len(parts)} parts",
        "Give a number for each coin",
    )
    if law.common is not None:
        _check_leaps(law.common, "common jumps", (0.0, *parts))
    if law.own is not None:
        _check_leaps(law.own, "own jumps", (1.0,))


def _check_leaps(leaps: Leaps, where: str, parts: tuple[float, ...]) -> None:
    _need(
        0.0 <= leaps.rate < math.inf,
        f"{where}, rate",
        f"{leaps.rate:g} is no rate",
        "Write jumps a year, >= 0",
    )
    match leaps:
        case NormalJumps():
            fine = math.isfinite(leaps.mean) and 0.0 <= leaps.deviation < math.inf
            _need(fine, where, "a mean or a deviation is none", "Write a mean, and a deviation >= 0")
        case DoubleExponentialJumps():
            _need(0.0 <= leaps.up <= 1.0, f"{where}, up", f"{leaps.up:g} is no chance", "Write 0 to 1")
            for word, mean in (("mean_up", leaps.mean_up), ("mean_down", leaps.mean_down)):
                _need(mean > 0.0, f"{where}, {word}", f"{mean:g} is no size", "Write more than zero")
            _need(
                max(parts) * leaps.mean_up < 1.0 and -min(0.0, *parts) * leaps.mean_down < 1.0,
                where,
                "prices after such jumps have no mean: a mean size, times its part, is 1 or more",
                "Write a smaller mean size",
            )


def _check_past(law: Garch | Bootstrap, coins: Coins, clock: Clock) -> None:
    where = "history"
    lacking = [name for name in coins.names if name not in law.names]
    _need(
        not lacking, where, f"it has no prices of {', '.join(lacking)}", "Add them, or leave these coins out"
    )
    _need(
        law.step == clock.step,
        where,
        f"its instants are {law.step:g} s apart, and marks are looked at every {clock.step:g} s",
        f"Look every {law.step:g} s, or bring prices of another step",
    )
    rows = law.factors if isinstance(law, Bootstrap) else law.residuals
    _need(len(rows) > 1, where, f"it has {len(rows)} moves", "Bring more prices")
    if isinstance(law, Bootstrap):
        _need(bool((rows > 0.0).all()), where, "a move leaves no price above zero", "Mend the prices")
        _need(1.0 <= law.block < math.inf, "block", f"{law.block:g} steps", "Write 1 or more")
        return
    keeps, lowest = law.alpha + law.beta, np.minimum(law.omega, law.start)
    for name, kept, least in zip(law.names, keeps.tolist(), lowest.tolist(), strict=True):
        _need(kept < 1.0, f"garch, {name}", f"alpha + beta is {kept:g}: its variance has no mean", "Fit anew")
        _need(least > 0.0, f"garch, {name}", "a variance is not above zero", "Leave out what stands still")


def check_tilt(law: Law, coins: Coins, tilt: Tilt) -> None:
    """Refuse a tilt that is none, or not of this law.

    Raises:
        BookError: the law draws from the past, or a number is out of its range.

    """
    where, count = "tilt", len(coins)
    past = isinstance(law, Garch | Bootstrap)
    _need(
        not past, where, "moves of the past have no drivers to shift", "Draw them without, or by another law"
    )
    _need(
        len(tilt.shift) == count,
        where,
        f"{count} coins, and {len(tilt.shift)} shifts",
        "Give one for each coin",
    )
    own = tilt.own if tilt.own is not None else (0.0,) * count
    _need(
        len(own) == count,
        where,
        f"{count} coins, and {len(own)} shifts of own jumps",
        "Give one for each coin",
    )
    finite = all(map(math.isfinite, (*tilt.shift, *own, tilt.common)))
    _need(finite, where, "a shift is not finite", "Write numbers")
    _need(0.0 < tilt.rate_times < math.inf, where, f"rates times {tilt.rate_times:g}", "Write more than zero")
    _need(0.0 <= tilt.plain < 1.0, where, f"a share of {tilt.plain:g} plain paths", "Write 0 to less than 1")
