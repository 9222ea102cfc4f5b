"""Prices of the past, bar by bar, and what may happen inside a bar."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from ringfence.core.errors import BookError

if TYPE_CHECKING:
    from ringfence.paths.fates import Floats

Inside = Literal["worst", "together", "close"]
INSIDE: Final[Mapping[Inside, str]] = {
    "worst": "inside a bar every coin stands at its worst for a pool, all at once: a bound",
    "together": "inside a bar all coins meet at their lows, then at their highs",
    "close": "marks are looked at where bars close, and nowhere between",
}
"""What is taken to happen between the ends of a bar, in words."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Prices of coins, oldest first. T rows, C coins.

    at        (T,) when each bar opens; of prices without bars, when they hold
    length    of a bar; zero: prices at instants
    open, high, low, close   (T, C) [quote]; four times the same where there are no bars
    kind      mark, last, or "" where the file does not say
    source    the file's name
    notes     what was chosen or filled
    """

    coins: tuple[str, ...]
    at: tuple[datetime, ...]
    length: timedelta
    open: "Floats"
    high: "Floats"
    low: "Floats"
    close: "Floats"
    kind: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.at)

    @property
    def has_bars(self) -> bool:
        """Return whether a row is a stretch of time, and not an instant."""
        return self.length > timedelta(0)

    @property
    def days(self) -> str:
        """Return the days they are of."""
        first, last = self.at[0].date(), self.at[-1].date()
        return f"{first}" if first == last else f"{first} to {last}"


def standing_in(prices: Recorded, by: Mapping[str, str], still: tuple[str, ...] = ()) -> Recorded:
    """Return prices in which some coins move as others do, and some not at all.

    Args:
        prices: as recorded.
        by: coin -> the coin whose moves it makes; only moves mean anything then.
        still: coins that stand still, at 1.

    Raises:
        BookError: a stand-in has no prices itself, or a coin has some already.

    """
    for coin in (*by, *still):
        if coin in prices.coins:
            raise BookError(prices.source, f"it has prices of {coin} itself", "Leave the stand-in out")
    for coin, other in by.items():
        if other not in prices.coins:
            raise BookError(
                prices.source,
                f"{other}, which is to stand in for {coin}, has no prices",
                f"Name one of {', '.join(prices.coins)}",
            )
    places = [prices.coins.index(other) for other in by.values()]
    flat = np.ones((len(prices), len(still)))

    def with_more(table: "Floats") -> "Floats":
        return np.hstack([table, table[:, places], flat])

    said = [f"{coin} makes the moves of {other}" for coin, other in by.items()]
    said += [f"{coin} stands still" for coin in still]
    return replace(
        prices,
        coins=(*prices.coins, *by, *still),
        open=with_more(prices.open),
        high=with_more(prices.high),
        low=with_more(prices.low),
        close=with_more(prices.close),
        notes=(*prices.notes, *said),
    )
