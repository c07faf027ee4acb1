"""Servers that count, page or filter in odd ways: the right rows or an error, never fewer rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.exceptions import FatalAPIError
from typing_extensions import override

from tap_mailjet.reading.table_reads import read_table
from tap_mailjet.reading.time_windows import TimeFilter, Window
from tap_mailjet.reading.windowed_reader import (
    WINDOWS_AHEAD,
    TimeFilterError,
    WindowedReader,
)
from tap_mailjet.records.conversion import clock_function
from tap_mailjet.records.row_fields import decode_row, key_function
from tests.support.odd_server import BEGIN, LOWER, UPPER, OddServer, at, events

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Executor

    from tap_mailjet.api.page import Row

KEY = key_function(["ID"])
HOUR = 3600
YEAR = Window(BEGIN.subtract(days=300), BEGIN.add(days=65))
SPREAD = events(*range(0, 40 * 24 * HOUR, 3 * HOUR))
"""320 rows over 40 days."""


def table(server: OddServer, page_size: int = 10) -> list[int]:
    rows = read_table(server.reader(page_size, "contact"), {}, key=KEY, on_reread=lambda: None)
    return numbers(rows)


def windowed(
    server: OddServer, page_size: int = 10, pool: Executor | None = None
) -> WindowedReader:
    return WindowedReader(
        server.reader(page_size, pool=pool),
        [{}],
        time_filter=TimeFilter(LOWER, UPPER),
        key=KEY,
        clock=clock_function("At"),
        on_reread=lambda _: None,
        on_undated=lambda _: None,
        now=YEAR.end,
    )


def windows(server: OddServer, page_size: int = 10, whole: Window = YEAR) -> list[int]:
    read = windowed(server, page_size).read(whole, expects_many=False)
    return [number for _, rows in read for number in numbers(rows)]


def numbers(rows: Iterable[Row]) -> list[int]:
    return [decode_row(row)["ID"] for row in rows]


def all_of(server: OddServer) -> list[int]:
    return [row["ID"] for row in server.rows]


CAPS: list[dict[str, Any]] = [
    {"cap": 7, "total": "page"},
    {"cap": 7, "count_records": "honoured"},
    {"cap": 7, "count_records": "refused"},
    {"cap": 7, "total": "result"},
    {"cap": 2},
    {"hidden": frozenset({3, 14, 15, 92})},
    {"hidden": frozenset(range(0, 320, 7))},
    {"hidden": frozenset({*range(20, 45), *range(100, 140)})},
    {"hidden": frozenset({*range(20, 45), *range(100, 140)}), "count_only": 0},
    {"hidden": frozenset({*range(20, 45), *range(100, 140)}), "count_only": -1},
    {"hidden": frozenset(range(10)), "total": "result", "count_only": -1},
    {"hidden": frozenset(range(10)), "count_records": "honoured", "count_only": 0},
]


@pytest.mark.parametrize("odd", CAPS)
def test_pages_shorter_than_their_limit_do_not_end_a_read(odd: dict[str, Any]) -> None:
    expected = [row["ID"] for row in SPREAD if row["ID"] not in odd.get("hidden", ())]
    assert table(OddServer(SPREAD, **odd)) == expected
    assert windows(OddServer(SPREAD, **odd)) == expected


def test_first_short_page_that_is_the_last_does_not_hide_a_cap() -> None:
    # Three rows prove nothing about a cap of seven: the next longer page is checked again.
    server = OddServer(SPREAD[:3], cap=7)
    reader = server.reader()
    assert numbers(read_table(reader, {}, key=KEY, on_reread=lambda: None)) == [0, 1, 2]
    server.rows = SPREAD
    assert len(numbers(read_table(reader, {}, key=KEY, on_reread=lambda: None))) == len(SPREAD)


def test_cap_is_checked_for_with_one_request_per_run() -> None:
    server = OddServer(SPREAD[:8])
    reader = server.reader(page_size=50)
    for count in (8, 5, 7, 0, 3):
        server.rows = SPREAD[:count]
        assert len(numbers(read_table(reader, {}, key=KEY, on_reread=lambda: None))) == count
    assert len(server.requests) == 5 + 1


def test_count_records_is_probed_once_and_saves_the_counts() -> None:
    server = OddServer(SPREAD, count_records="honoured")
    assert table(server, page_size=50) == all_of(server)
    assert not any("countOnly" in params for params in server.requests)
    ignoring = OddServer(SPREAD, count_records="ignored")
    reader = ignoring.reader(page_size=50)
    for _ in range(3):
        list(read_table(reader, {}, key=KEY, on_reread=lambda: None))
    assert sum("countRecords" in params for params in ignoring.requests) == 1


@pytest.mark.parametrize("count", [0, -1, -5])
def test_count_that_is_too_low_ends_no_read(count: int) -> None:
    assert table(OddServer(SPREAD, count_only=count)) == list(range(320))
    server = OddServer(SPREAD, count_only=count)
    assert windows(server) == list(range(320))
    assert len(server.requests) < 20 * 320 / 10


def test_counts_of_the_whole_account_do_not_split_windows_without_end() -> None:
    server = OddServer(SPREAD, count_only="account")
    assert windows(server) == list(range(320))
    assert len(server.requests) < 20 * 320 / 10
    few = OddServer(events(5, 6, 7, 90), count_only=10**6)
    assert windows(few, page_size=2) == [0, 1, 2, 3]
    assert len(few.requests) < 100


def test_equal_rows_of_a_clamped_offset_do_not_make_a_read_endless() -> None:
    equal = [{"ID": 0, "At": at(0)}, *[{"ID": 1, "At": at(0)}] * 60]
    assert len(table(OddServer(equal), page_size=3)) == len(equal)
    server = OddServer(equal, offset_limit=25, beyond="clamped")
    with pytest.raises(FatalAPIError, match="same rows from offset"):
        table(server, page_size=3)
    assert len(server.requests) < 100


@pytest.mark.parametrize("rows", [SPREAD, SPREAD[:7], SPREAD[:10], []])
def test_total_that_is_far_too_large_ends_in_the_right_rows(rows: list[Any]) -> None:
    server = OddServer(rows, total="huge")
    assert table(server) == all_of(server)
    assert windows(server) == all_of(server)
    assert len(server.requests) < 20 + 5 * len(rows)


@pytest.mark.parametrize("beyond", ["refused", "empty", "clamped"])
@pytest.mark.parametrize("total", ["page", "result"])
def test_limit_on_offset_is_an_error_and_never_a_table_that_ends_short(
    beyond: Any, total: Any
) -> None:
    server = OddServer(SPREAD, offset_limit=100, beyond=beyond, total=total)
    with pytest.raises(FatalAPIError):
        table(server)
    assert len(server.requests) < 150


@pytest.mark.parametrize("beyond", ["refused", "empty", "clamped"])
def test_windows_keep_below_a_limit_on_offset(beyond: Any) -> None:
    assert windows(OddServer(SPREAD, offset_limit=60, beyond=beyond)) == list(range(320))


def test_empty_first_page_that_contradicts_its_total_is_an_error() -> None:
    class Empty(OddServer):
        @override
        def _page(self, *_: object) -> list[Any]:
            return []

    with pytest.raises(FatalAPIError, match="counts 40 rows of contact but returns an empty"):
        table(Empty(SPREAD[:40], total="result"))
    with pytest.raises(FatalAPIError, match="Could not verify"):
        windows(Empty(SPREAD[:40], total="result"))


FILTERS = ["ignored", "upper", "lower", "refused"]


@pytest.mark.parametrize("time_filter", FILTERS)
@pytest.mark.parametrize("rows", [SPREAD, SPREAD[::-1], SPREAD[:12]], ids=["up", "down", "few"])
def test_time_filter_that_has_no_effect_is_noticed_on_the_first_windows(
    time_filter: Any, rows: list[Any]
) -> None:
    server = OddServer(rows, time_filter=time_filter)
    lately = Window(BEGIN.add(days=1), BEGIN.add(days=1, hours=3))
    with pytest.raises(TimeFilterError):
        windows(server, whole=lately)
    assert len(server.requests) < 30
    server.requests.clear()
    found = numbers(windowed(server).read_unfiltered(lately))
    assert found == [8]
    assert not any(LOWER in params for params in server.requests)


def test_time_filter_without_effect_never_splits_windows_to_seconds() -> None:
    server = OddServer(SPREAD, time_filter="ignored")
    with pytest.raises(TimeFilterError, match="in the future"):
        windows(server)
    assert len(server.requests) < 10
    unsplit = OddServer(SPREAD[:30], time_filter="ignored")
    assert windows(unsplit) == list(range(30))  # all of them lie in the range that is read


def test_second_with_more_rows_than_a_window_may_hold_is_not_held() -> None:
    burst = OddServer(events(*[50] * 900, 51, 52))
    read = windowed(burst).read(YEAR, expects_many=True)
    held = [rows for _, rows in read if not isinstance(rows, list)]
    # The seconds beside it as well, because the bounds that are sent are a second wider.
    assert 1 <= len(held) <= 3
    assert windows(burst) == list(range(902))


def test_windows_that_are_split_again_and_again_leave_threads_for_their_pages() -> None:
    # Bursts make a window split many times while later windows have been begun.
    seconds = [day * 24 * HOUR + burst for day in (1, 9, 20, 33) for burst in range(60)]
    server = OddServer(events(*seconds))
    with ThreadPoolExecutor(1 + WINDOWS_AHEAD) as pool, ThreadPoolExecutor(1) as own:
        read = windowed(server, 2, pool).read(YEAR, expects_many=True)
        reading = own.submit(lambda: [number for _, rows in read for number in numbers(rows)])
        assert reading.result(timeout=60) == list(range(240))
