"""An axis of time, with marks at round hours and days (UTC)."""

from datetime import UTC, datetime, timedelta
from typing import Final

from ringfence.report.figures.chart import Axis

_STEPS: Final = (
    60, 300, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000, 2592000, 7776000, 31536000,
)  # fmt: skip
"""[s] between two marks."""
_MARKS: Final = 7
_DAY: Final = 86400


def hours_after(start: datetime, at: datetime) -> float:
    """Return how long after a start an instant is [h]."""
    return (at - start) / timedelta(hours=1)


def day_and_hour(at: datetime) -> str:
    """Return an instant as it is said: Oct 10 21:20."""
    return f"{at:%b} {at.day} {at:%H:%M}"


def hour_axis(start: datetime, end: datetime) -> Axis:
    """Return an axis from one instant to another, in hours after the first; its marks are said in words."""
    length = max((end - start).total_seconds(), 1.0)
    step = next((one for one in _STEPS if length / one <= _MARKS), _STEPS[-1])
    first = -int(-start.timestamp() // step) * step
    marks = range(first, int(end.timestamp()) + 1, step)
    ticks = tuple(
        (hours_after(start, at), _said(at, step)) for at in (datetime.fromtimestamp(m, UTC) for m in marks)
    )
    return Axis(0.0, length / 3600, ticks)


def _said(at: datetime, step: int) -> str:
    if step >= _DAY or (at.hour, at.minute) == (0, 0):
        return f"{at:%b} {at.day}"
    return f"{at:%H:%M}"
