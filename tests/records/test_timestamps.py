"""Timestamps of the wire, compared with Python's own calendar."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_mailjet.records.typed_decoding import are_record_times
from tap_mailjet.timestamps import record_time

FORM = "%Y-%m-%dT%H:%M:%SZ"
FIRST, LAST = datetime(1000, 1, 1), datetime(9999, 12, 31)  # noqa: DTZ001 - st.datetimes adds none
instants = st.datetimes(FIRST, LAST).map(lambda at: at.replace(microsecond=0))


@given(st.lists(instants, max_size=5))
def test_times_of_the_calendar_are_record_times(at: list[datetime]) -> None:
    assert are_record_times([one.strftime(FORM) for one in at])


@given(
    st.tuples(*[st.integers(0, most) for most in (9999, 13, 32, 25, 61, 61)]),
    st.lists(instants, max_size=2),
)
def test_record_times_are_what_the_calendar_has(
    parts: tuple[int, ...], others: list[datetime]
) -> None:
    text = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*parts)
    try:
        datetime(*parts)  # type: ignore[arg-type] # noqa: DTZ001 - it only checks the calendar
    except ValueError:
        is_time = False
    else:
        is_time = True
    assert are_record_times([*(one.strftime(FORM) for one in others), text]) is is_time


@pytest.mark.parametrize(
    "values",
    [
        ["abcdefghijTklmnopqrZ"],
        ["0000-00-00T00:00:00Z"],
        ["0000-01-01T00:00:00Z"],
        ["2021-02-29T00:00:00Z"],
        ["2020-10-08 06:36:35Z"],
        ["2020-10-08T06:36:35z"],
        ["2020-10-08T06:36:35"],
        ["2020-W01-1T06:36:35Z"],
        ["२०२०-10-08T06:36:35Z"],
        ["2020-10-08T06:36:35", "Z2020-10-08T06:36:35Z"],
        ["2020-10-08T06:36:35Z", "2016-12-31T23:59:60Z"],
        ["2020-10-08T06:36:35Z", "x"],
    ],
)
def test_column_with_anything_else_is_not_record_times(values: list[str]) -> None:
    assert not are_record_times(values)


@given(instants, st.sampled_from([-12, -1, 0, 5.5, 14]))
def test_time_with_an_offset_is_converted_to_utc(at: datetime, hours: float) -> None:
    zone = timezone(timedelta(hours=hours))
    local = (at.replace(tzinfo=timezone.utc) + timedelta(0)).astimezone(zone)
    assert record_time(local.isoformat()) == at.strftime(FORM)


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00Z"),
        ("0987-06-05T04:03:02.5Z", "0987-06-05T04:03:02.500000Z"),
        ("2020-10-08t06:36:35z", "2020-10-08T06:36:35Z"),
        ("2020-10-08T06:36:35.000Z", "2020-10-08T06:36:35Z"),
        ("2020-10-08T06:36:35.123456789Z", "2020-10-08T06:36:35.123456Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("2016-12-31T23:59:60", "2016-12-31T23:59:59Z"),
        ("2016-12-31T23:59:60.7Z", "2016-12-31T23:59:59.700000Z"),
        ("2017-01-01T05:29:60+05:30", "2016-12-31T23:59:59Z"),
        (1602138995, "2020-10-08T06:36:35Z"),
        ("1602138995", "2020-10-08T06:36:35Z"),
        (1602138995.25, "2020-10-08T06:36:35.250000Z"),
        (None, None),
        ("", None),
    ],
)
def test_value_becomes_the_time_that_it_means(value: Any, time: str | None) -> None:
    assert record_time(value) == time


@pytest.mark.parametrize(
    "value",
    [
        "abcdefghijTklmnopqrZ",
        "0000-00-00T00:00:00Z",
        "2021-02-29T00:00:00",
        "2020-10-08T06:36:61Z",
        "12:30",
        "now",
        "yesterday",
        " ",
        "0001-01-01T00:00:00+02:00",
        "9999-12-31T23:59:59-02:00",
        True,
        [],
        {},
        float("nan"),
        10**30,
        -(10**30),
        "9" * 400,
    ],
)
def test_value_that_is_no_time_raises(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        record_time(value)
