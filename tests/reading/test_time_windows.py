from __future__ import annotations

import itertools

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_mailjet.reading.time_windows import TimeFilter, Window, resume_range, slice_windows
from tap_mailjet.timestamps import EARLIEST_DATA, parse_instant, to_wire

PAIR = TimeFilter("EventFromTs", "EventToTs")
BEGAN = int(EARLIEST_DATA.timestamp())

seconds = st.integers(min_value=BEGAN, max_value=BEGAN + 20 * 365 * 86400)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start = draw(seconds)
    length = draw(st.integers(min_value=1, max_value=10 * 365 * 86400))
    return Window(pendulum.from_timestamp(start), pendulum.from_timestamp(start + length))


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("2020-10-08T06:36:35Z", "2020-10-08T06:36:35Z"),
        ("2020-10-08T06:36:35", "2020-10-08T06:36:35Z"),
        ("2020-10-08 06:36:35", "2020-10-08T06:36:35Z"),
        ("2020-10-08T08:36:35+02:00", "2020-10-08T06:36:35Z"),
        ("2020-10-08", "2020-10-08T00:00:00Z"),
        ("2020-10-08T06:36:35.9Z", "2020-10-08T06:36:35Z"),
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00Z"),
        ("0999-12-31T23:59:59Z", "0999-12-31T23:59:59Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("2016-12-31 23:59:60+00:00", "2016-12-31T23:59:59Z"),
    ],
)
def test_timestamps_in_every_form_become_utc(text: str, wire: str) -> None:
    assert to_wire(parse_instant(text)) == wire


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "yesterday",
        "P1D",
        "PT1H",
        "12:30",
        "12:30:00",
        "2020-13-01",
        "2020-10-08T06:36:61Z",
        "01/02/2020",
        "2020-01-01/P1D",
        "0001-01-01T00:00:00+02:00",
        "9999-12-31T23:59:59-02:00",
    ],
)
def test_what_is_no_timestamp_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_instant(text)


@given(windows(), st.integers(min_value=1, max_value=50))
def test_split_covers_the_window_without_gap_or_overlap(window: Window, parts: int) -> None:
    cut = window.split(parts)
    assert len(cut) == min(parts, window.seconds)
    assert (cut[0].start, cut[-1].end) == (window.start, window.end)
    assert all(one.end == other.start for one, other in itertools.pairwise(cut))
    assert all(one.seconds >= 1 for one in cut)


@given(windows())
def test_split_is_even_to_a_second(window: Window) -> None:
    lengths = {one.seconds for one in window.split(7)}
    assert max(lengths) - min(lengths) <= 1


@given(windows(), st.integers(min_value=-3, max_value=3))
def test_window_holds_its_start_and_not_its_end(window: Window, shift: int) -> None:
    assert window.contains(to_wire(window.start.add(seconds=shift))) == (
        0 <= shift < window.seconds
    )
    assert window.contains(to_wire(window.end.add(seconds=shift))) == (-window.seconds <= shift < 0)


def test_window_holds_fractions_of_its_last_second_only() -> None:
    window = Window(parse_instant("2020-01-01T00:00:00Z"), parse_instant("2020-01-01T00:00:10Z"))
    assert window.contains("2020-01-01T00:00:00.000001Z")
    assert window.contains("2020-01-01T00:00:09.999999Z")
    assert not window.contains("2020-01-01T00:00:10.000001Z")
    assert not window.contains("2019-12-31T23:59:59.999999Z")


@given(windows(), st.booleans(), st.booleans())
def test_question_lets_first_and_last_second_in_whatever_the_bounds_mean(
    window: Window, lower_open: bool, upper_open: bool
) -> None:
    asked = window.to_params(PAIR)
    lower, upper = parse_instant(asked["EventFromTs"]), parse_instant(asked["EventToTs"])
    for instant in (window.start, window.end.subtract(seconds=1)):
        assert lower < instant if lower_open else lower <= instant
        assert instant < upper if upper_open else instant <= upper


def at(text: str) -> pendulum.DateTime:
    return parse_instant(text)


def due(
    *,
    start: str | None = None,
    bookmark: str | None = None,
    hours: int = 24,
    end: str | None = None,
    now: str = "2024-06-15T12:00:00.7Z",
) -> Window | None:
    return resume_range(
        start_date=at(start) if start else None,
        bookmark=at(bookmark) if bookmark else None,
        lookback=pendulum.duration(hours=hours),
        end_date=at(end) if end else None,
        now=at(now),
    )


def test_without_anything_all_there_is_is_due_up_to_the_second_before_now() -> None:
    assert due() == Window(EARLIEST_DATA, at("2024-06-15T12:00:00Z"))


def test_first_sync_begins_at_start_date_without_looking_back() -> None:
    assert due(start="2024-06-01") == Window(at("2024-06-01"), at("2024-06-15T12:00:00Z"))


def test_later_sync_begins_at_the_bookmark_less_the_lookback() -> None:
    window = due(start="2024-01-01", bookmark="2024-06-15T06:00:00Z", hours=24)
    assert window == Window(at("2024-06-14T06:00:00Z"), at("2024-06-15T12:00:00Z"))


def test_looking_back_never_reaches_before_start_date() -> None:
    window = due(start="2024-06-15", bookmark="2024-06-15T06:00:00Z", hours=24)
    assert window == Window(at("2024-06-15"), at("2024-06-15T12:00:00Z"))


def test_without_lookback_the_second_of_the_bookmark_is_read_again() -> None:
    window = due(bookmark="2024-06-15T06:00:00Z", hours=0)
    assert window == Window(at("2024-06-15T06:00:00Z"), at("2024-06-15T12:00:00Z"))


@pytest.mark.parametrize("bookmark", [None, "0001-01-01", "2024-06-15T06:00:00Z", "9999-12-31"])
@pytest.mark.parametrize("hours", [0, 10**6, 10**8])
def test_looking_back_does_not_leave_the_calendar(bookmark: str | None, hours: int) -> None:
    window = due(bookmark=bookmark, hours=hours)
    if bookmark == "9999-12-31" and not hours:
        assert window is None
    elif bookmark is None or bookmark < "2010" or hours > 10**6:
        assert window == Window(EARLIEST_DATA, at("2024-06-15T12:00:00Z"))


def test_end_date_ends_the_range_and_is_not_part_of_it() -> None:
    assert due(start="2024-01-01", end="2024-02-01") == Window(at("2024-01-01"), at("2024-02-01"))


def test_end_date_to_come_does_not_reach_past_now() -> None:
    window = due(start="2024-01-01", end="2030-01-01")
    assert window is not None
    assert window.end == at("2024-06-15T12:00:00Z")


@pytest.mark.parametrize("bookmark", ["2024-06-17T12:00:00Z", "2031-01-01"])
def test_bookmark_too_far_in_the_future_leaves_nothing_due(bookmark: str) -> None:
    assert due(bookmark=bookmark, hours=24) is None


@given(windows(), st.sampled_from([300, 3600, 86400]), st.integers(min_value=1, max_value=100))
def test_slices_are_whole_aligned_and_never_too_many(
    window: Window, slice_seconds: int, most: int
) -> None:
    cut = list(
        itertools.islice(slice_windows(window, slice_seconds=slice_seconds, max_slices=most), 50)
    )
    assert cut[0].start <= window.start < cut[0].start.add(seconds=slice_seconds)
    assert all(int(one.start.timestamp()) % slice_seconds == 0 for one in cut)
    assert all(one.seconds <= slice_seconds * most for one in cut)
    assert all(one.end == other.start for one, other in itertools.pairwise(cut))
    assert cut[-1].end == window.end or len(cut) == 50
