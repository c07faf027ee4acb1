"""An account in memory that changes between any two requests, for the tests of reads."""

from __future__ import annotations

import functools
import random
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import strategies as st
from typing_extensions import override

from tap_mailjet.reading.page_reader import PageReader
from tap_mailjet.records.row_fields import decode_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tap_mailjet.api.page import Row

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


class Disordered(Executor):
    """A pool that gets to what it was given when a result is wanted, and in an order of its own."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._given: list[tuple[Future[Any], Callable[[], Any]]] = []

    @override
    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = Wanted(self)
        self._given.append((future, functools.partial(fn, *args, **kwargs)))
        return future

    def work(self) -> None:
        """Do what was given."""
        given, self._given = self._given, []
        self._chance.shuffle(given)
        for future, call in given:
            if future.set_running_or_notify_cancel():
                future.set_result(call())


class Wanted(Future[Any]):
    """What makes its pool work when it is waited for."""

    def __init__(self, pool: Disordered) -> None:
        super().__init__()
        self._pool = pool

    @override
    def result(self, timeout: float | None = None) -> Any:
        self._pool.work()
        return super().result(timeout)


class Account:
    """A resource whose rows change after each request, and what became of them."""

    def __init__(self, rows: Rows, change: Callable[[Account], None] | None = None) -> None:
        self.rows = rows
        self.change = change
        self.requests = 0
        self.first = {row["ID"] for row in rows}
        self.ever = set(self.first)
        self.direction = 0  # of the order by ID that new rows keep, if any
        self.total = "page"
        self.count_is_off_by = 0

    @property
    def throughout(self) -> set[float]:
        """The rows that were there from the first request to the last."""
        return {row["ID"] for row in self.rows} & self.first

    def get(self, _resource: str, params: Mapping[str, str], **how: Any) -> Any:
        """Return a page or a count, like MailjetClient.get."""
        self.requests += 1
        if "countOnly" in params:
            total = len(self.rows) + self.count_is_off_by
            data: Rows = []
        else:
            offset = int(params["Offset"])
            data = self.rows[offset : offset + int(params["Limit"])]
            total = len(self.rows) if self.total == "result" else len(data)
        envelope = {"Count": len(data), "Data": data, "Total": total}
        body = msgspec.json.encode(envelope)
        if self.change is not None:
            self.change(self)
        return how["decode"](body)

    def insert(self, at: int) -> None:
        """Put a new row at a place, with an ID that fits there if rows are to stay in order."""
        number: float = 10**6 + len(self.ever)
        if self.direction and self.rows:
            before = self.rows[at - 1]["ID"] if at else self.rows[0]["ID"] - 2 * self.direction
            after = self.rows[at]["ID"] if at < len(self.rows) else before + 2 * self.direction
            number = before + (after - before) * 0.414  # which nothing that is gone had
        self.ever.add(number)
        self.rows.insert(at, {"ID": number, "Status": "new"})

    def delete(self, at: int) -> None:
        """Take the row at a place away."""
        del self.rows[at]


def reader(account: Account, page_size: int, pool: Executor | None = None) -> PageReader:
    pool = pool or Inline()
    return PageReader(account, "contact", page_size=page_size, pool=pool, ahead=3)  # type: ignore[arg-type]


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


def ids(rows: Iterable[Row]) -> list[float]:
    return [decode_row(row)["ID"] for row in rows]
