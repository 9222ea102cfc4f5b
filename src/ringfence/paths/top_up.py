"""What an owner does when a pool runs low: add collateral, late, and no more than a stated amount."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from ringfence.core.errors import BookError
from ringfence.core.exact import read_decimal
from ringfence.core.number import ZERO

_HOURS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_FORM = "Write ratio=50%,to=25%,delay=30m,cap=5000: margin ratios, a delay, and an amount for each pool"


@dataclass(frozen=True, slots=True)
class TopUp:
    """When collateral is added to a pool, and how much.

    ratio   [1] what must be covered over equity, at or above which the owner sends more
    to      [1] the ratio that is aimed at
    delay   until it arrives
    cap     [pool unit] in all, for each pool
    """

    ratio: Decimal
    to: Decimal
    delay: timedelta
    cap: Decimal

    def wanted(self, equity: Decimal, need: Decimal, added: Decimal) -> Decimal:
        """Return what is to be added now [pool unit]; zero: nothing.

        Args:
            equity: of the pool.
            need: what it must cover.
            added: what has been added, or is on its way.

        """
        if need <= self.ratio * equity:
            return ZERO
        return max(min(need / self.to - equity, self.cap - added), ZERO)


def read_top_up(text: str) -> TopUp:
    """Return the policy that ``"ratio=50%,to=25%,delay=30m,cap=5000"`` describes.

    Raises:
        BookError: it describes none.

    """
    where = f"--top-up {text!r}"
    parts = dict(part.partition("=")[::2] for part in text.replace(" ", "").split(","))
    if set(parts) != {"ratio", "to", "delay", "cap"}:
        raise BookError(where, "it does not say ratio, to, delay and cap", _FORM)
    ratio, to = _share(parts["ratio"], where), _share(parts["to"], where)
    cap = read_decimal(parts["cap"], where)
    if not 0 < to < ratio <= 1 or cap <= 0:
        raise BookError(where, "it adds nothing: 0 < to < ratio <= 100 %, and the cap above zero", _FORM)
    return TopUp(ratio, to, _delay(parts["delay"], where), cap)


def _share(text: str, where: str) -> Decimal:
    number = read_decimal(text.removesuffix("%"), where)
    return number.scaleb(-2) if text.endswith("%") else number


def _delay(text: str, where: str) -> timedelta:
    seconds = _HOURS.get(text[-1:])
    if seconds is None:
        raise BookError(where, f"{text!r} is no delay", _FORM)
    number = read_decimal(text[:-1], where)
    if number < 0:
        raise BookError(where, f"{text!r} is before now", _FORM)
    return timedelta(seconds=float(number) * seconds)
