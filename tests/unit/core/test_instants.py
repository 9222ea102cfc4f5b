"""Days and instants, in every way a file may write them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from ringfence.core.errors import InputError
from ringfence.core.instants import read_day, read_instant

DAYS: dict[str, object] = {
    "a TOML date": date(2024, 10, 24),
    "an ISO string": "2024-10-24",
    "an ISO string without hyphens": "20241024",
    "the day of a TOML datetime": datetime(2024, 10, 24, 23, 59, tzinfo=UTC),
}

INSTANTS: dict[str, object] = {
    "a TOML datetime": datetime(2024, 10, 24, 8, tzinfo=UTC),
    "a datetime without a zone is in UTC": datetime(2024, 10, 24, 8),  # noqa: DTZ001 - that is the case
    "an instant elsewhere is the same instant": datetime(
        2024, 10, 24, 10, tzinfo=timezone(timedelta(hours=2))
    ),
    "an ISO string": "2024-10-24T08:00:00Z",
    "an ISO string with an offset": "2024-10-24T13:30:00+05:30",
    "an ISO string without a zone": "2024-10-24T08:00",
}

NEITHER: dict[str, object] = {
    "a word": "yesterday",
    "a day that does not exist": "2024-02-30",
    "a number": 20241024,
    "nothing": None,
    "an endless string": "9" * 10_000,
}


@pytest.mark.parametrize("value", DAYS.values(), ids=DAYS)
def test_a_day_is_read(value: object) -> None:
    assert read_day(value, "on") == date(2024, 10, 24)


@pytest.mark.parametrize("value", INSTANTS.values(), ids=INSTANTS)
def test_an_instant_is_read_in_utc(value: object) -> None:
    found = read_instant(value, "at")
    assert found == datetime(2024, 10, 24, 8, tzinfo=UTC)
    assert found.tzinfo is UTC


def test_a_day_as_an_instant_is_its_midnight() -> None:
    assert read_instant(date(2024, 10, 24), "at") == datetime(2024, 10, 24, tzinfo=UTC)
    assert read_instant("2024-10-24", "at") == datetime(2024, 10, 24, tzinfo=UTC)


@pytest.mark.parametrize("value", NEITHER.values(), ids=NEITHER)
def test_what_is_neither_is_refused_in_one_short_sentence(value: object) -> None:
    for read in (read_day, read_instant):
        with pytest.raises(InputError) as refused:
            read(value, "on")
        assert refused.value.where == "on"
        assert "2024-10-24" in refused.value.remedy
        assert len(str(refused.value)) < 200
