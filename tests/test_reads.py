"""Reads of an account that changes between any two requests, in memory, many times over."""

from __future__ import annotations

import random
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_sdk.exceptions import FatalAPIError
from typing_extensions import override

from tap_mailjet.pages import Reader, decode_row
from tap_mailjet.reads import TooManyRows, Unsettled, key_function, read_table, read_window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tap_mailjet.pages import Row

KEY = key_function(["ID"])
QUERIES: list[dict[str, str]] = [{}]
Rows = list[dict[str, Any]]


class Inline(Executor):
    """A pool that works on the spot, so that a test is the same each time."""

    @override
    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as a pool does
            future.set_exception(error)
        return future


class Account:
    """A resource whose rows change after each request, and what became of them."""

    def __init__(self, rows: Rows, change: Callable[[Account], None] | None = None) -> None:
        self.rows = rows
        self.change = change
        self.requests = 0
        self.ever = {row["ID"] for row in rows}
        self.gone: set[int] = set()
        self.total = "page"
        self.count_is_off_by = 0

    @property
    def throughout(self) -> set[int]:
        """The rows that were there from the first request to the last."""
        return {row["ID"] for row in self.rows if row["ID"] < 10**6}

    def get(self, _resource: str, params: Mapping[str, str], **how: Any) -> Any:
        """Answer as MailjetClient.get would."""
        self.requests += 1
        if "countOnly" in params:
            total = len(self.rows) + self.count_is_off_by
            data: Rows = []
        else:
            offset = int(params["Offset"])
            data = self.rows[offset : offset + int(params["Limit"])]
            total = len(self.rows) if self.total == "result" else len(data)
        answer = {"Count": len(data), "Data": data, "Total": total}
        body = msgspec.json.encode(answer)
        if self.change is not None:
            self.change(self)
        return how["decode"](body)

    def insert(self, at: int) -> None:
        """Put a new row at a place; its ID tells it from those of the beginning."""
        number = 10**6 + len(self.ever)
        self.ever.add(number)
        self.rows.insert(at, {"ID": number, "Status": "new"})

    def delete(self, at: int) -> None:
        """Take the row at a place away."""
        del self.rows[at]


def reader(account: Account, page_size: int) -> Reader:
    return Reader(account, "contact", page_size=page_size, pool=Inline(), ahead=3)  # type: ignore[arg-type]


def numbered(count: int) -> Rows:
    return [{"ID": number, "Status": "sent"} for number in range(count)]


@st.composite
def changes(draw: st.DrawFn) -> Callable[[Account], None]:
    """Some insertions, deletions and changes, each after some request or other."""
    seed = draw(st.integers(0, 2**32))
    rate = draw(st.sampled_from([0.1, 0.3, 0.6]))
    last = draw(st.integers(1, 25))
    chance = random.Random(seed)

    def change(account: Account) -> None:
        if account.requests > last or chance.random() > rate:
            return
        for _ in range(chance.randint(1, 2)):
            what = chance.choice(["insert", "delete", "status"])
            if what == "insert":
                account.insert(chance.randint(0, len(account.rows)))
            elif account.rows and what == "delete":
                account.delete(chance.randrange(len(account.rows)))
            elif account.rows:
                place = chance.randrange(len(account.rows))
                account.rows[place] = {**account.rows[place], "Status": str(chance.random())}

    return change


def ids(rows: Iterable[Row]) -> list[int]:
    return [decode_row(row)["ID"] for row in rows]


@settings(deadline=None, max_examples=400)
@given(
    count=st.integers(0, 90),
    page_size=st.integers(6, 12),
    change=changes(),
    total=st.sampled_from(["page", "result"]),
)
def test_a_table_that_changes_is_read_without_missing_a_row_that_stays(
    count: int, page_size: int, change: Callable[[Account], None], total: str
) -> None:
    account = Account(numbered(count), change)
    account.total = total
    steps: list[None] = []
    read = ids(
        list(
            read_table(reader(account, page_size), {}, key=KEY, stepped=lambda: steps.append(None))
        )
    )
    assert account.throughout <= set(read) <= account.ever


@settings(deadline=None, max_examples=400)
@given(
    count=st.integers(0, 90),
    page_size=st.integers(6, 12),
    change=changes(),
    total=st.sampled_from(["page", "result"]),
)
def test_a_window_that_changes_is_read_exactly_once_or_not_at_all(
    count: int, page_size: int, change: Callable[[Account], None], total: str
) -> None:
    account = Account(numbered(count), change)
    account.total = total
    try:
        (rows,) = read_window(reader(account, page_size), QUERIES, key=KEY, most=10**6).answers
    except Unsettled:
        assert account.requests > 4  # it was read again and again
        return
    read = ids(rows)
    assert account.throughout <= set(read) <= account.ever
    assert len(read) == len(set(read))


def test_a_row_that_slipped_to_the_end_of_the_first_page_is_not_taken_for_read() -> None:
    def drop_first(account: Account) -> None:
        if account.requests == 1:
            account.delete(0)

    # After the first page, 10 rows are left, as many as it had; but the tenth was not among them.
    account = Account(numbered(11), drop_first)
    whole = read_window(reader(account, 10), QUERIES, key=KEY, most=100)
    assert ids(whole.answers[0]) == list(range(1, 11))
    assert whole.reads == 2


def test_what_does_not_change_is_read_once() -> None:
    account = Account(numbered(23))
    whole = read_window(reader(account, 10), QUERIES, key=KEY, most=100)
    assert ids(whole.answers[0]) == list(range(23))
    assert whole.reads == 1
    assert account.requests == 5  # three pages, counted before and after


def test_one_page_is_one_request() -> None:
    account = Account(numbered(9))
    assert read_window(reader(account, 10), QUERIES, key=KEY, most=100).reads == 1
    assert account.requests == 1


def test_rows_that_are_equal_twice_in_a_row_are_the_truth() -> None:
    rows = numbered(15)
    rows[7] = rows[3]
    whole = read_window(reader(Account(rows), 10), QUERIES, key=KEY, most=100)
    assert ids(whole.answers[0]) == [row["ID"] for row in rows]
    assert whole.reads == 2


def test_more_rows_than_are_to_be_held_are_not_read() -> None:
    account = Account(numbered(60))
    with pytest.raises(TooManyRows) as caught:
        read_window(reader(account, 10), QUERIES, key=KEY, most=50)
    assert caught.value.expected == 60
    assert account.requests == 2


@pytest.mark.parametrize("lie", [-1, 1, 5])
def test_a_count_that_does_not_fit_is_never_taken_for_the_truth(lie: int) -> None:
    account = Account(numbered(25))
    account.count_is_off_by = lie
    account.total = "result"
    with pytest.raises(Unsettled, match=f"25 rows came, but countOnly says {25 + lie}"):
        read_window(reader(account, 10), QUERIES, key=KEY, most=100)


def test_an_order_that_changes_with_each_request_is_reported() -> None:
    chance = random.Random(1)
    account = Account(numbered(200), lambda account: chance.shuffle(account.rows))
    with pytest.raises(FatalAPIError, match=r"order of contact changes|move faster"):
        list(read_table(reader(account, 20), {}, key=KEY, stepped=lambda: None))
    with pytest.raises(Unsettled):
        read_window(reader(account, 20), QUERIES, key=KEY, most=1000)


def test_offset_ignored_is_reported_by_the_second_page() -> None:
    class Stubborn(Account):
        @override
        def get(self, _resource: str, params: Mapping[str, str], **how: Any) -> Any:
            return super().get(_resource, {**params, "Offset": "0"}, **how)

    account = Stubborn(numbered(50))
    with pytest.raises(FatalAPIError, match="ignores Offset"):
        list(read_table(reader(account, 10), {}, key=KEY, stepped=lambda: None))
    with pytest.raises(FatalAPIError, match="ignores Offset"):
        read_window(reader(account, 10), QUERIES, key=KEY, most=100)


def test_a_step_back_is_counted() -> None:
    def drop_first(account: Account) -> None:
        if account.requests == 1:
            account.delete(0)

    account = Account(numbered(30), drop_first)
    steps: list[None] = []
    read = read_table(reader(account, 10), {}, key=KEY, stepped=lambda: steps.append(None))
    assert ids(list(read)) == list(range(30))
    assert len(steps) == 1
