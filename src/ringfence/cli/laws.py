"""How prices move, as it is typed: a law with its numbers, or one that is fitted to recorded prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ringfence.margin.snapshot import Snapshot
    from ringfence.paths.coins import Coins, Floats
    from ringfence.paths.fitted import LawName
    from ringfence.paths.laws import Law

_DF: Final = 4.0
_SHORT: Final = {"t": "student-t", "sv": "volatility", "merton": "jumps", "fhs": "garch"}


@dataclass(frozen=True)
class Wanted:
    """What is asked of prices, as it was typed."""

    law: str | None
    calibrate: Path | None
    step: str | None
    drift: str | None


def law_of(asked: Wanted, snapshot: "Snapshot", venues: Sequence[str]) -> "tuple[Law, Coins, float | None]":
    """Return how prices move, what moves, and the step [s] that the law holds to; None: any.

    Raises:
        InputError: there is no such law, its numbers are none, or the book or the prices lack something.

    """
    from dataclasses import replace

    from ringfence.paths.simulate import coins_of

    name, _, numbers = (asked.law or "gbm").strip().partition(":")
    name = _SHORT.get(name, name)
    if asked.calibrate is not None:
        law, coins, step = _fitted(asked.calibrate, name, numbers, snapshot, venues)
        if asked.step is not None and name in {"garch", "bootstrap"}:
            _check_step(asked.step, step, name)
        fixed = step if name in {"garch", "bootstrap"} else None
    else:
        law, coins, fixed = _typed(name, numbers), coins_of(snapshot, venues), None
    drift = asked.drift
    return law, coins if drift is None else replace(coins, drift=_drift(drift, coins)), fixed


def _check_step(text: str, step: float, name: str) -> None:
    from ringfence.cli.paths import seconds_of
    from ringfence.core.errors import BookError

    if float(seconds_of(text, "--step", "s")) != step:
        raise BookError(
            f"--step {text}", f"{name} moves by the prices' own step of {step:g} s", "Leave --step out"
        )


def _fitted(
    path: Path, name: str, numbers: str, snapshot: "Snapshot", venues: Sequence[str]
) -> "tuple[Law, Coins, float]":
    """Return a law fitted to recorded prices."""
    from ringfence.core.errors import BookError
    from ringfence.importers.bars import read_bars
    from ringfence.importers.replay import names_of
    from ringfence.paths.fitted import LAWS, fitted
    from ringfence.paths.shown import coins_in

    _known(name, list(LAWS))
    if numbers:
        raise BookError(
            f"--law {name}:{numbers}", "its numbers are fitted to the prices", f"Write --law {name}"
        )
    holding = snapshot.only()
    names = coins_in(holding, venues)
    found = fitted(read_bars(path, set(names), names_of(holding)), names, _law_name(name))
    return found.law, found.coins, found.step


def _law_name(name: str) -> "LawName":
    from ringfence.paths.fitted import LAWS

    return next(known for known in LAWS if known == name)


def _known(name: str, laws: Sequence[str]) -> None:
    from ringfence.core.errors import BookError, suggestion

    if name not in laws:
        raise BookError(f"--law {name}", "there is no such law", suggestion(name, laws))


def _typed(name: str, numbers: str) -> "Law":
    """Return a law whose numbers are typed."""
    from ringfence.core.errors import BookError
    from ringfence.paths.fitted import LAWS
    from ringfence.paths.laws import (
        DoubleExponentialJumps,
        Gbm,
        Jumps,
        NormalJumps,
        StochasticVolatility,
        StudentT,
    )

    _known(name, list(LAWS))
    given = _numbers(numbers, f"--law {name}:{numbers}")
    match name, given:
        case "gbm", []:
            return Gbm()
        case "student-t", []:
            return StudentT(_DF)
        case "student-t", [df]:
            return StudentT(df)
        case "jumps", [rate, mean, deviation]:
            return Jumps(common=NormalJumps(rate, mean, deviation))
        case "kou", [rate, up, mean_up, mean_down]:
            return Jumps(common=DoubleExponentialJumps(rate, up, mean_up, mean_down))
        case "volatility", [speed, spread, *leverage] if len(leverage) < 2:  # noqa: PLR2004 - one number
            return StochasticVolatility(speed, spread, *leverage)
        case _:
            raise BookError(f"--law {name}{':' if numbers else ''}{numbers}", _needs(name), _EXAMPLES[name])


_EXAMPLES: Final = {
    "gbm": "Write --law gbm",
    "student-t": "Write --law t:4",
    "jumps": "Write --law jumps:12,-0.05,0.08 (a year; mean and deviation of their logarithm), or --calibrate FILE",
    "kou": "Write --law kou:12,0.3,0.04,0.06 (a year; part up; mean sizes), or --calibrate FILE",
    "volatility": "Write --law volatility:20,0.8 (speed a year; deviation of log-variance), or --calibrate FILE",
    "garch": "Name recorded prices with --calibrate FILE",
    "bootstrap": "Name recorded prices with --calibrate FILE",
}


def _needs(name: str) -> str:
    return "it draws from prices of the past" if name in {"garch", "bootstrap"} else "its numbers are others"


def _numbers(text: str, option: str) -> list[float]:
    from ringfence.core.exact import read_decimal

    return [float(read_decimal(piece.strip(), option)) for piece in text.split(",")] if text else []


def _drift(text: str, coins: "Coins") -> "Floats":
    import numpy as np

    from ringfence.cli.contrast import share_of
    from ringfence.core.errors import BookError, suggestion

    found = np.zeros(len(coins))
    for piece in text.split(","):
        coin, equals, part = (word.strip() for word in piece.partition("="))
        if not equals:
            raise BookError(f"--drift {text!r}", "it is not COIN=PART", "Write BTC=20%,ETH=-10%, or all=5%")
        if coin != "all" and coin not in coins.names:
            raise BookError(
                f"--drift {text!r}", f"nothing here moves with {coin}", suggestion(coin, coins.names)
            )
        number = float(share_of(part, "--drift"))
        found[[coin in (name, "all") for name in coins.names]] = number
    return found
