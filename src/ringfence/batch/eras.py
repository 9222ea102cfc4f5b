"""Between which days a position was opened: some rules hold only for positions opened since they do."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from ringfence.batch.columns import NOT_OPENED
from ringfence.venue.entry import Entry

if TYPE_CHECKING:
    from ringfence.batch.columns import Rows


def starts_of(entries: Iterable[Entry]) -> list[datetime]:
    """Return the days on which some of these rules begin to hold for new positions alone, in order."""
    return sorted({entry.since for entry in entries if entry.opened_since})


def eras_of(opened: "Rows | None", count: int, starts: list[datetime]) -> "Rows":
    """Return how many such days had come when each position was opened; one more than there are: nobody says.

    Args:
        opened: seconds since 1970, as ``Positions`` have them.
        count: the number of positions.
        starts: the days.

    """
    if opened is None:
        return np.full(count, len(starts) + 1, np.int64)
    bounds = np.array([int(start.timestamp()) for start in starts], np.int64)
    eras = np.searchsorted(bounds, opened, side="right").astype(np.int64)
    return np.where(opened == NOT_OPENED, len(starts) + 1, eras)


def opened_in(era: int, starts: list[datetime]) -> datetime | None:
    """Return a day of an era, as rules look at it; None: nobody says."""
    if era == len(starts) + 1:
        return None
    return starts[era - 1] if era else datetime.min.replace(tzinfo=UTC)
