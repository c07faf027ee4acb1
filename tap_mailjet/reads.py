"""Reads that prove themselves complete: of a window that is held, and of a table that is not.

Both ask for pages that overlap by one row. As long as the first row of a page is the last row of
the page before it, nothing has moved between the two.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from singer_sdk.exceptions import FatalAPIError

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


def read_window(reader: Reader, queries: Sequence[Query], *, key: Key, most: int) -> Whole:
    """Read all rows of some queries, which together are a window, and prove them complete.

    An answer of one page is complete by itself. Of more than one page, the pages must join, as
    many rows must have come as `countOnly` says afterwards, and none twice; else it is read again.
    The same rows twice in a row are the truth: two equal clicks in one second exist.

    Args:
        reader: reads the resource.
        queries: what to read.
        key: tells whether two rows are the same one, whatever has changed in it.
        most: how many rows to hold at the most.

    Raises:
        TooManyRows: there are more.
        Unsettled: the reads kept differing.
    """
    before: list[Counter[Hashable]] | None = None
    reason = ""
    for attempt in range(1, TRIES + 1):
        firsts = reader.firsts(queries)
        expected = [*map(reader.expected, queries, firsts)]
        if sum(expected) > most:
            raise TooManyRows(sum(expected))
        try:
            answers = [
                _complete(reader, query, first, rows, key=key)
                for query, first, rows in zip(queries, firsts, expected, strict=True)
            ]
        except Unsettled as finding:
            before, reason = None, str(finding)
            continue
        seen = [Counter(map(key, rows)) for rows in answers]
        twice = sum(max(counts.values(), default=1) > 1 for counts in seen)
        atomic = all(first.is_last(reader.page_size) for first in firsts)
        if atomic or not twice or seen == before:
            return Whole(answers, attempt)
        before, reason = seen, "rows came twice"
    raise Unsettled(reason)


def _complete(reader: Reader, query: Query, first: Page, expected: int, *, key: Key) -> list[Row]:
    """Read what follows a first page, or raise Unsettled if it does not join or add up."""
    rows = list(first.data)
    if first.is_last(reader.page_size):
        return rows
    previous = first
    # Up to a page that is not full: a count that fits proves nothing if rows moved before it.
    for offset, page in reader.following(query, first, expected):
        _refuse_same_page(reader, query, previous, page, offset)
        if not _joins(reader, previous, page, key):
            message = f"rows moved at Offset {offset}"
            raise Unsettled(message)
        rows += page.data[reader.overlap :]
        previous = page
    count = reader.count(query)
    if count != len(rows):
        message = f"{len(rows)} rows came, but countOnly says {count}"
        raise Unsettled(message)
    return rows


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
    """Make a function that identifies a wire row by its key, or by all of it if it has none."""

    def key(row: Row) -> Any:
        values = tuple(str(row.get(name)) for name in names)
        return values if "None" not in values else repr(row)

    return key
