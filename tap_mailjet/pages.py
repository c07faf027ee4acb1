"""Pages of one resource: the envelope, and reads that fetch ahead while rows leave in order."""

from __future__ import annotations

import itertools
import operator
from collections import deque
from concurrent.futures import wait
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec

from tap_mailjet.errors import BadRequestError
from tap_mailjet.lenient import split_page
from tap_mailjet.row_fields import decode_fields, ignore_damage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor, Future

    from tap_mailjet.client import MailjetClient, Observer
    from tap_mailjet.early import EarlyPages
    from tap_mailjet.lenient import Damaged

Row = msgspec.Raw | msgspec.Struct
"""A row: its bytes as they came, or the record that it was read as (structs.py).

As a dict it would take three to four times the memory.
"""
BY_ID = {"Sort": "ID"}
S = TypeVar("S")
T = TypeVar("T")


class Page(msgspec.Struct, frozen=True, rename="pascal"):
    """One answer's envelope.

    `total` is the page's count on some servers and the whole result's on others; only
    `countOnly` may be trusted for the latter.
    """

    data: list[Row]
    count: int = 0
    total: int = 0

    def is_last(self, limit: int, offset: int = 0) -> bool:
        """Tell whether nothing can follow this page, asked for with `limit` and `offset`."""
        return len(self.data) < limit and self.total <= offset + len(self.data)


class _Envelope(msgspec.Struct, rename="pascal"):
    """A response body with its rows as they came."""

    data: list[msgspec.Raw] | None
    count: Any = None
    total: Any = None


_decode_envelope = msgspec.json.Decoder(_Envelope).decode


def decode_row(row: Row, damaged: Damaged = ignore_damage) -> dict[str, Any]:
    """Return the fields of a row by their names on the wire.

    Args:
        row: the row as it came, or as a struct.
        damaged: called with the name of each field that has a broken value (lenient.py).

    Raises:
        ValueError: the row is no JSON object.
    """
    if isinstance(row, msgspec.Raw):
        return decode_fields(row, damaged)
    fields: dict[str, Any] = msgspec.to_builtins(row)
    return fields


def decode_page(body: bytes) -> Page:
    """Read a response body, its rows as they came.

    Rows with broken values are part of the page (lenient.py). `Data` is null on servers that
    write an empty list like that.

    Raises:
        ValueError: the body is not a page, such as one that was cut short.
    """
    try:
        if not body.isascii():
            body.decode()  # msgspec does not look into rows that it leaves as they are
        envelope = _decode_envelope(body)
    except (ValueError, RecursionError) as error:
        envelope = _broken_envelope(body, error)
    rows = envelope.data or []
    # A page may have a row that is no object, and the rows around it are good.
    if rows and not any(bytes(row).startswith(b"{") for row in rows):
        message = "its rows are not JSON objects"
        raise ValueError(message)
    count = _counted(envelope.count, len(rows))
    return Page(cast("list[Row]", rows), count, _counted(envelope.total, count))


def _broken_envelope(body: bytes, error: Exception) -> _Envelope:
    """Read a body that msgspec refuses, or raise ValueError with msgspec's reason."""
    try:
        found = split_page(body)
        rows = found["Data"]
        if rows is None or isinstance(rows, list):
            data = None if rows is None else [msgspec.Raw(row) for row in rows]
            return _Envelope(data, found.get("Count"), found.get("Total"))
    except (ValueError, LookupError, RecursionError):
        pass  # the first reason is the better one
    message = f"{error}"
    raise ValueError(message) from error


def _counted(value: Any, otherwise: int) -> int:
    """Convert a number of the envelope, which the documentation's examples write as text."""
    if value is None or value == "":
        return otherwise
    if isinstance(value, float) and value.is_integer():
        return int(value)
    try:
        return int(value) if isinstance(value, str) else operator.index(value)
    except (ValueError, TypeError) as error:
        message = "Count or Total is not a whole number"
        raise ValueError(message) from error


class Reader:
    """Reads one resource, page by page.

    Args:
        client: the account's transport.
        resource: what to read, as in `/v3/REST/<resource>`.
        page_size: rows to ask for at a time, 1 to 1000.
        pool: threads to fetch ahead with.
        ahead: how many pages to fetch at the same time.
        decode: makes a page of an answer's body.
        observe: told of every answer, on the thread that got it.
        early: pages that may have been asked for already.
    """

    def __init__(
        self,
        client: MailjetClient,
        resource: str,
        *,
        page_size: int,
        pool: Executor,
        ahead: int,
        decode: Callable[[bytes], Page] = decode_page,
        observe: Observer | None = None,
        early: EarlyPages | None = None,
    ) -> None:
        self._early = early
        self._client = client
        self._pool = pool
        self._ahead = ahead
        self._decode = decode
        self._observe = observe
        self._sortable = True
        self.resource = resource
        self.page_size = page_size
        # A page of one row cannot overlap with the next and still get on.
        self.overlap = 1 if page_size > 1 else 0

    def of(self, resource: str) -> Reader:
        """Make a reader of another resource of the same account, of rows as they come."""
        return Reader(
            self._client,
            resource,
            page_size=self.page_size,
            pool=self._pool,
            ahead=self._ahead,
            observe=self._observe,
        )

    def page(self, query: Mapping[str, str], offset: int = 0) -> Page:
        """Read the page of `query` that begins at row `offset`, counted from 0."""
        params = self._params(query, offset)
        early = self._early and self._early.take(self.resource, params)
        return early.result() if early else self._get(params)

    def ask_early(self, query: Mapping[str, str], *, ordered: bool) -> None:
        """Ask for the first page of `query` before it is wanted."""
        params = self._params({**query, **(BY_ID if ordered else {})}, 0)
        if self._early:
            self._early.ask(self.resource, params, lambda: self._get(params))

    def _params(self, query: Mapping[str, str], offset: int) -> dict[str, str]:
        return {**query, "Limit": str(self.page_size), "Offset": str(offset)}

    def pages(self, wanted: Iterable[tuple[Mapping[str, str], int]]) -> Iterator[Page]:
        """Read pages, each given by its query and offset; several at a time, yielded in order."""
        return self.each(lambda one: self.page(*one), wanted)

    def each(self, read: Callable[[S], T], wanted: Iterable[S]) -> Iterator[T]:
        """Call a function of one request for each item, several at a time, results in order."""
        waiting: deque[Future[T]] = deque()
        rest = iter(wanted)
        try:
            while True:
                for item in itertools.islice(rest, self._ahead - len(waiting)):
                    waiting.append(self._pool.submit(read, item))
                if not waiting:
                    return
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def firsts(self, queries: Iterable[Mapping[str, str]]) -> list[Page]:
        """Read the first page of each query."""
        return list(self.pages((query, 0) for query in queries))

    def openings(
        self, queries: Sequence[Mapping[str, str]], *, many: bool
    ) -> list[tuple[Page, int]]:
        """Read the first page of each query, and say how many rows it has in all.

        Args:
            queries: what to read.
            many: whether more than a page is to be expected: then both are asked at once.
        """
        counts = [self.begin_count(query) for query in queries] if many else []
        firsts = self.firsts(queries)
        if not many:
            return [*zip(firsts, map(self.expected, queries, firsts), strict=True)]
        wait(counts)  # those of single pages, too, so that nothing is under way when all is read
        return [
            (page, len(page.data) if page.is_last(self.page_size) else count.result())
            for page, count in zip(firsts, counts, strict=True)
        ]

    def expected(self, query: Mapping[str, str], first: Page) -> int:
        """Say how many rows a query has, asking only where its first page leaves it open."""
        if first.is_last(self.page_size):
            return len(first.data)
        if first.total > len(first.data):
            return first.total
        return self.count(query)

    def count(self, query: Mapping[str, str]) -> int:
        """Ask how many rows a query has."""
        return self._get({**query, "countOnly": "1"}).total

    def begin_count(self, query: Mapping[str, str]) -> Future[int]:
        """Ask how many rows a query has, without waiting for the answer."""
        return self._pool.submit(self.count, query)

    def following(
        self, query: Mapping[str, str], page: Page, expected: int, offset: int = 0
    ) -> Iterator[tuple[int, Page]]:
        """Read what follows a page of `query` that began at `offset`, with the offset of each page.

        Each page begins with the last row of the page before it. Those of `expected` rows are
        fetched ahead; if there turn out to be more, they are read as well.
        """
        # A server may give less than it was asked for: its step is the first page's.
        step = max(1, len(page.data) - self.overlap)
        planned = range(offset + step, expected - self.overlap, step)
        ahead = self.pages((query, at) for at in planned)
        while page.data and not page.is_last(self.page_size, offset):
            offset += max(1, len(page.data) - self.overlap)
            if offset not in planned:
                planned = range(0)  # a page came short: what was fetched ahead does not fit
            page = next(ahead) if planned else self.page(query, offset)
            yield offset, page

    def ordered(self, query: Mapping[str, str]) -> tuple[Mapping[str, str], Page]:
        """Ask for the first page by ID, or unordered where the server refuses to order."""
        if self._sortable:
            by_id = {**query, **BY_ID}
            try:
                return by_id, self.page(by_id)
            except BadRequestError:
                # Which properties can be sorted by is not documented. If the query itself was
                # bad, asking again without Sort says so.
                self._sortable = False
        return query, self.page(query)

    def _get(self, params: Mapping[str, str]) -> Page:
        return self._client.get(self.resource, params, decode=self._decode, observe=self._observe)
