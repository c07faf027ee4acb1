"""Reads that prove themselves complete: of a window that is held, and of a table that is not.

Both ask for pages that overlap by one row. As long as the first row of a page is the last row of
the page before it, nothing has moved between the two.
"""

from __future__ import annotations

import itertools
import operator
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from singer_sdk.exceptions import FatalAPIError

from tap_mailjet.errors import NotFoundError
from tap_mailjet.row_fields import decode_fields, getter

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from tap_mailjet.pages import Page, Reader, Row

    Query = Mapping[str, str]
    Key = Callable[[Row], Hashable]

TRIES = 4
"""How often a window is read before it is given up as it is."""
STEPS_BACK = 20
"""How often in a row a table may be stepped back in before it is given up."""


class TooManyRows(Exception):  # noqa: N818 - a finding, not an error
    """There are more rows than are to be held at once; `expected` says how many."""

    def __init__(self, expected: int) -> None:
        super().__init__(expected)
        self.expected = expected


class Unsettled(Exception):  # noqa: N818 - a finding, not an error
    """The rows were not the same for two looks at them; the text says what differed."""


class Whole(NamedTuple):
    """A window's rows, proved complete: for each query its rows, and how often it was read."""

    answers: list[list[Row]]
    reads: int


def read_window(
    reader: Reader, queries: Sequence[Query], *, key: Key, most: int, many: bool = False
) -> Whole:
    """Read all rows of some queries, which together are a window, and prove them complete.

    An answer of one page is complete by itself. Of more than one page, the pages must join. If the
    rows came in the order of their key, and as many as Mailjet said before, that is all: in an
    order that does not change, nothing can lie between two pages that join. Else as many must have
    come as `countOnly` says afterwards, and none twice; or it is read again. The same rows twice in
    a row are the truth: two equal clicks in one second exist.

    Args:
        reader: reads the resource.
        queries: what to read.
        key: tells whether two rows are the same one, whatever has changed in it.
        most: how many rows to hold at the most.
        many: whether more than a page is to be expected.

    Raises:
        TooManyRows: there are more.
        Unsettled: the reads kept differing.
    """
    before: list[Counter[Hashable]] | None = None
    reason = ""
    for attempt in range(1, TRIES + 1):
        openings = reader.openings(queries, many=many)
        expected = sum(rows for _, rows in openings)
        if expected > most:
            raise TooManyRows(expected)
        try:
            answers = [
                _complete(reader, query, first, rows, key=key)
                for query, (first, rows) in zip(queries, openings, strict=True)
            ]
            counts = [
                (answer, reader.begin_count(query))
                for query, answer in zip(queries, answers, strict=True)
                if not answer.is_proved
            ]
            for answer, count in counts:
                _refuse_other_count(answer, count.result())
        except Unsettled as finding:
            before, reason = None, str(finding)
            continue
        seen = [Counter(answer.keys) for answer, _ in counts]
        if seen == before or all(max(keys.values(), default=1) == 1 for keys in seen):
            return Whole([answer.rows for answer in answers], attempt)
        before, reason = seen, "rows came twice"
    raise Unsettled(reason)


class _Answer(NamedTuple):
    """The rows of a query, their keys, and whether they need not be counted once more."""

    rows: list[Row]
    keys: list[Hashable]
    is_proved: bool


def _complete(reader: Reader, query: Query, first: Page, expected: int, *, key: Key) -> _Answer:
    """Read what follows a first page, or raise Unsettled if it does not join."""
    if first.is_last(reader.page_size):
        return _Answer(first.data, [], is_proved=True)
    rows, keys = list(first.data), [*map(key, first.data)]
    previous = first
    # Up to a page that is not full: a count that fits proves nothing if rows moved before it.
    for offset, page in reader.following(query, first, expected):
        _refuse_same_page(reader, query, previous, page, offset)
        if reader.overlap and (not page.data or key(page.data[0]) != keys[-1]):
            message = f"rows moved at Offset {offset}"
            raise Unsettled(message)
        fresh = page.data[reader.overlap :]
        rows += fresh
        keys += map(key, fresh)
        previous = page
    joined = reader.overlap > 0
    return _Answer(rows, keys, joined and len(rows) == expected and _are_in_order(keys))


def _are_in_order(keys: Sequence[Any]) -> bool:
    """Tell whether each key comes after the one before it, or each before it."""
    try:
        return any(
            all(map(comes, keys, itertools.islice(keys, 1, None)))
            for comes in (operator.lt, operator.gt)
        )
    except TypeError:  # keys of several kinds have no order
        return False


def _refuse_other_count(answer: _Answer, counted: int) -> None:
    if counted != len(answer.rows):
        message = f"{len(answer.rows)} rows came, but countOnly says {counted}"
        raise Unsettled(message)


def read_table(
    reader: Reader, query: Query, *, key: Key, stepped: Callable[[], None]
) -> Iterator[Row]:
    """Read a table that is too large to hold, page by page, by ID where the server can.

    Where a page does not join the one before it, rows were inserted or deleted meanwhile: then it
    steps back until it finds a row of that page again, and goes on after it. A row may come
    twice, but none that is there throughout is missed.

    Args:
        reader: reads the resource.
        query: what to read.
        key: tells whether two rows are the same one, whatever has changed in it.
        stepped: told of each step back.

    Raises:
        FatalAPIError: the server serves one page for every offset, or its order keeps changing.
    """
    query, page = reader.ordered(query)
    yield from page.data
    offset, steps = 0, 0
    following = reader.following(query, page, reader.expected(query, page))
    while found := next(following, None):
        previous, (offset, page) = page, found
        _refuse_same_page(reader, query, previous, page, offset)
        if _joins(reader, previous, page, key):
            steps = 0
            yield from page.data[reader.overlap :]
            continue
        steps += 1
        if steps > STEPS_BACK:
            message = f"The rows of {reader.resource} move faster than they can be read."
            raise FatalAPIError(message)
        stepped()
        offset, page, fresh = _step_back(reader, query, previous, offset, key)
        yield from fresh
        following = reader.following(query, page, 0, offset)


def read_each(
    reader: Reader, wanted: Sequence[tuple[str, Query]], *, key: Key
) -> Iterator[list[Row] | None]:
    """Read many small lists, each a resource of its own: a few at a time, yielded in order.

    Args:
        reader: reads other resources of the same account.
        wanted: the resources, each with its query.
        key: tells whether two rows of one list are the same one.

    Yields:
        The rows of each list, proved complete, or None where Mailjet has no such thing (404).

    Raises:
        Unsettled: the reads of a list of several pages kept differing.
    """

    def first(one: tuple[str, Query]) -> Page | None:
        resource, query = one
        try:
            return reader.of(resource).page(query)
        except NotFoundError:
            return None

    for (resource, query), page in zip(wanted, reader.each(first, wanted), strict=True):
        if page is None or page.is_last(reader.page_size):
            yield None if page is None else page.data
            continue
        whole = read_window(reader.of(resource), [query], key=key, most=sys.maxsize)
        yield whole.answers[0]


def _step_back(
    reader: Reader, query: Query, previous: Page, offset: int, key: Key
) -> tuple[int, Page, list[Row]]:
    """Find where the rows after a page's are now.

    Returns:
        The offset and the page that has the last of the known rows, or the very first page if all
        of them are gone; and the rows of it that are not known.
    """
    places = {key(row): place for place, row in enumerate(previous.data)}
    while True:
        offset = max(0, offset - max(1, len(previous.data) // 2))
        page = reader.page(query, offset)
        known = [at for at, row in enumerate(page.data) if key(row) in places]
        if not known and offset:
            continue
        order = [places[key(page.data[at])] for at in known]
        if order != sorted(order):
            message = (
                f"The order of {reader.resource} changes from request to request, so that it "
                f"cannot be read page by page."
            )
            raise FatalAPIError(message)
        return offset, page, page.data[known[-1] + 1 :] if known else page.data


def _joins(reader: Reader, previous: Page, page: Page, key: Key) -> bool:
    """Tell whether the first row of a page is the last one of the page before it."""
    if not reader.overlap:
        return True
    return bool(page.data) and key(previous.data[-1]) == key(page.data[0])


def _refuse_same_page(
    reader: Reader, query: Query, previous: Page, page: Page, offset: int
) -> None:
    """Raise FatalAPIError if two pages are the same because the server ignores Offset."""
    if len(page.data) < 2 or page.data != previous.data:  # noqa: PLR2004 - one row is the overlap
        return
    # As many rows may have been inserted meanwhile as a page has: look at both anew.
    if reader.page(query, offset).data != reader.page(query).data:
        return
    message = (
        f"Mailjet served the same page of {reader.resource} for Offset {offset} as for Offset 0: "
        f"it ignores Offset, and the rest cannot be read."
    )
    raise FatalAPIError(message)


def key_function(names: Sequence[str]) -> Key:
    """Make a function that identifies a row as it came by its key, or by all of it without one."""
    field = getter(names)
    is_single = len(names) == 1

    def key(row: Any) -> Hashable:
        try:
            found = field(row)
            is_whole = found is not None if is_single else None not in found
            # In one form, because a page with broken values has its rows written anew.
            return found if is_whole else msgspec.json.encode(decode_fields(row))
        except ValueError:  # the row is no JSON object
            return bytes(row)

    return key
