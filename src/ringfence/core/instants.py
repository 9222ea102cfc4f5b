"""Days and instants. Nothing here reads a clock."""

from datetime import UTC, date, datetime

from ringfence.core.errors import InputError
from ringfence.core.exact import shortened


def read_day(value: object, where: str) -> date:
    """Return a calendar day from a TOML date, a datetime or an ISO string.

    Raises:
        InputError: the value is none of these.

    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise InputError(where, f"{shortened(value)} is not a day", "Write it as 2024-10-24")


def read_instant(value: object, where: str) -> datetime:
    """Return an instant in UTC from a TOML datetime or an ISO string; a day means its midnight.

    Raises:
        InputError: the value is not an instant.

    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise InputError(
                where, f"{shortened(value)} is not an instant", "Write it as 2024-10-24T08:00:00Z"
            ) from None
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    day = read_day(value, where)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
