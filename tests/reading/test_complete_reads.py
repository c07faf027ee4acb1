"""Reads of an account that changes between any two requests, in memory, many times over."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw
from singer_sdk.exceptions import FatalAPIError
from typing_extensions import override

from tap_mailjet.reading.complete_reads import InconsistentRead, TooManyRows, read_window
from tap_mailjet.reading.table_reads import read_table
from tap_mailjet.records.row_fields import key_function
from tests.support.moving import Account, Disordered, Inline, changes, ids, numbered, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor

    from tap_mailjet.records.row_fields import Key

KEY = key_function(["ID"])
QUERIES: list[dict[str, str]] = [{}]


@settings(deadline=None, max_examples=400)
@given(
    count=st.integers(0, 90),
    page_size=st.integers(6, 12),
    change=changes(),
    total=st.sampled_from(["page", "result"]),
)
def test_table_that_changes_is_read_without_missing_a_row_that_stays(
    count: int, page_size: int, change: Callable[[Account], None], total: str
) -> None:
    account = Account(numbered(count), change)
    account.total = total
    steps: list[None] = []
    read = ids(
        list(
            read_table(
                reader(account, page_size), {}, key=KEY, on_reread=lambda: steps.append(None)
            )
        )
    )
    assert account.throughout <= set(read) <= account.ever


@settings(deadline=None, max_examples=400)
@given(
    count=st.integers(0, 90),
    page_size=st.integers(6, 12),
    change=changes(),
    total=st.sampled_from(["page", "result"]),
    order=st.sampled_from(["up", "down", "up but for new rows", "none"]),
    pool=st.one_of(st.just(Inline()), st.builds(Disordered, st.integers(0, 2**32))),
)
def test_window_that_changes_is_read_exactly_once_or_not_at_all(
    *,
    count: int,
    page_size: int,
    change: Callable[[Account], None],
    total: str,
    order: str,
    pool: Executor,
) -> None:
    held = numbered(count)[:: -1 if order == "down" else 1]
    if order == "none":
        random.Random(count).shuffle(held)
    account = Account(held, change)
    account.direction = {"up": 1, "down": -1}.get(order, 0)
    account.total = total
    try:
        whole = read_window(reader(account, page_size, pool), QUERIES, key=KEY, max_rows=10**6)
    except InconsistentRead:
        assert account.requests > 3  # it was read again
        return
    read = ids(whole.rows[0])
    assert account.throughout <= set(read) <= account.ever
    assert len(read) == len(set(read))


def test_row_that_slipped_to_the_end_of_the_first_page_is_not_taken_for_read() -> None:
    def drop_first(account: Account) -> None:
        if account.requests == 1:
            account.delete(0)

    # After the first page, 10 rows are left, as many as it had; but the tenth was not among them.
    account = Account(numbered(11), drop_first)
    whole = read_window(reader(account, 10), QUERIES, key=KEY, max_rows=100)
    assert ids(whole.rows[0]) == list(range(1, 11))
    assert whole.attempts == 2


def test_what_does_not_change_is_read_once() -> None:
    account = Account(numbered(23)[::-1])
    whole = read_window(reader(account, 10), QUERIES, key=KEY, max_rows=100)
    assert ids(whole.rows[0]) == list(range(23))[::-1]
    assert whole.attempts == 1
    assert account.requests == 4  # three pages, and their count


@pytest.mark.parametrize("key", [KEY, key_function(["ID", "Status"])])
def test_what_is_in_no_order_is_counted_once_more_when_it_has_been_read(key: Key) -> None:
    rows = numbered(23)
    rows[11], rows[12] = rows[12], rows[11]
    account = Account(rows)
    whole = read_window(reader(account, 10), QUERIES, key=key, max_rows=100)
    assert ids(whole.rows[0]) == [row["ID"] for row in rows]
    assert account.requests == 5


def test_row_whose_key_is_not_whole_is_told_by_all_of_it() -> None:
    key = key_function(["ID", "At"])
    first, other = b'{"ID":1,"At":null,"Url":"a"}', b'{"ID":1,"At":null,"Url":"b"}'
    assert key(Raw(first)) == key(Raw(first)) != key(Raw(other))
    assert key(Raw(b'{"ID":1,"At":2,"Url":"a"}')) == key(Raw(b'{"ID":1,"At":2,"Url":"b"}'))


def test_keys_of_two_kinds_are_in_no_order() -> None:
    rows = [*numbered(12), {"ID": "12"}, {"ID": None}]
    account = Account(rows)
    whole = read_window(reader(account, 10), QUERIES, key=KEY, max_rows=100)
    assert ids(whole.rows[0]) == [row["ID"] for row in rows]
    assert account.requests == 4


def test_page_cut_short_amid_the_rows_does_not_end_the_read() -> None:
    class Short(Account):
        @override
        def get(self, _resource: str, params: Mapping[str, str], **how: Any) -> Any:
            is_second = params.get("Offset") == "9"
            return super().get(_resource, {**params, "Limit": "8"} if is_second else params, **how)

    whole = read_window(reader(Short(numbered(30)), 10), QUERIES, key=KEY, max_rows=100)
    assert ids(whole.rows[0]) == list(range(30))
    read = read_table(reader(Short(numbered(30)), 10), {}, key=KEY, on_reread=lambda: None)
    assert ids(read) == list(range(30))


def test_one_page_is_one_request_once_the_server_is_known_to_fill_its_pages() -> None:
    account = Account(numbered(9))
    known = reader(account, 20)
    assert read_window(known, QUERIES, key=KEY, max_rows=100).attempts == 1
    assert account.requests == 2  # nothing follows the first page of the run that is not full
    account.rows = numbered(8)
    assert read_window(known, QUERIES, key=KEY, max_rows=100).attempts == 1
    assert account.requests == 3


def test_rows_that_are_equal_twice_in_a_row_are_the_truth() -> None:
    rows = numbered(15)
    rows[7] = rows[3]
    whole = read_window(reader(Account(rows), 10), QUERIES, key=KEY, max_rows=100)
    assert ids(whole.rows[0]) == [row["ID"] for row in rows]
    assert whole.attempts == 2


def test_more_rows_than_are_to_be_held_are_not_read() -> None:
    account = Account(numbered(60))
    with pytest.raises(TooManyRows) as caught:
        read_window(reader(account, 10), QUERIES, key=KEY, max_rows=50)
    assert caught.value.expected == 60
    assert account.requests == 2


def test_count_below_the_rows_is_never_taken_for_the_truth() -> None:
    account = Account(numbered(25))
    account.count_is_off_by = -1
    with pytest.raises(InconsistentRead, match="25 rows were returned, but countOnly says 24"):
        read_window(reader(account, 10), QUERIES, key=KEY, max_rows=100)


def test_count_of_rows_that_the_requests_did_not_reach_is_never_taken_for_hidden_rows() -> None:
    account = Account(numbered(25))
    account.count_is_off_by = 2000
    with pytest.raises(InconsistentRead, match="25 rows were returned, but countOnly says 2025"):
        read_window(reader(account, 10), QUERIES, key=KEY, max_rows=3000)


def test_rows_that_were_requested_and_are_only_counted_are_hidden_rows() -> None:
    account = Account(numbered(25))
    account.count_is_off_by = 3
    whole = read_window(reader(account, 10), QUERIES, key=KEY, max_rows=100)
    assert ids(whole.rows[0]) == list(range(25))
    assert whole.attempts == 2


def test_order_that_changes_with_each_request_is_reported() -> None:
    chance = random.Random(1)
    account = Account(numbered(200), lambda account: chance.shuffle(account.rows))
    with pytest.raises(FatalAPIError, match=r"order of contact from|shift faster"):
        list(read_table(reader(account, 20), {}, key=KEY, on_reread=lambda: None))
    with pytest.raises(InconsistentRead):
        read_window(reader(account, 20), QUERIES, key=KEY, max_rows=1000)


def test_offset_ignored_is_reported_by_the_second_page() -> None:
    class Stubborn(Account):
        @override
        def get(self, _resource: str, params: Mapping[str, str], **how: Any) -> Any:
            return super().get(_resource, {**params, "Offset": "0"}, **how)

    account = Stubborn(numbered(50))
    with pytest.raises(FatalAPIError, match="ignores Offset"):
        list(read_table(reader(account, 10), {}, key=KEY, on_reread=lambda: None))
    with pytest.raises(FatalAPIError, match="ignores Offset"):
        read_window(reader(account, 10), QUERIES, key=KEY, max_rows=100)


def test_step_back_is_counted() -> None:
    def drop_first(account: Account) -> None:
        if account.requests == 1:
            account.delete(0)

    account = Account(numbered(30), drop_first)
    steps: list[None] = []
    read = read_table(reader(account, 10), {}, key=KEY, on_reread=lambda: steps.append(None))
    assert ids(list(read)) == list(range(30))
    assert len(steps) == 1
