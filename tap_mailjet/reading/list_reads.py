"""Read many small lists, such as the lists that belong to the rows of a parent stream."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from tap_mailjet.api.errors import ForbiddenError, NotFoundError
from tap_mailjet.reading.complete_reads import read_window

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from tap_mailjet.api.page import Page, Row
    from tap_mailjet.reading.page_reader import PageReader

    Query = Mapping[str, str]
    Key = Callable[[Row], Hashable]


class Refusal(NamedTuple):
    """A refusal of a list with 403 or 404; `is_first` is true for the first page of the list."""

    error: ForbiddenError | NotFoundError
    is_first: bool


def read_each(
    reader: PageReader, lists: Sequence[tuple[str, Query]], *, key: Key
) -> Iterator[list[Row] | Refusal]:
    """Read many small lists, each from its own resource, several at a time, in order.

    Args:
        reader: Provides the readers of the resources.
        lists: The resources, each with its query.
        key: Returns the identity of a row in its list, independent of its other fields.

    Yields:
        The verified rows of each list, or a Refusal (403, 404).

    Raises:
        InconsistentRead: No two reads of a list of several pages agreed.
    """

    def first(one: tuple[str, Query]) -> tuple[Page, bool] | Refusal:
        resource, query = one
        single = reader.for_resource(resource)
        try:
            page = single.page(query)
        except (ForbiddenError, NotFoundError) as error:
            return Refusal(error, is_first=True)
        try:
            return page, single.is_whole(query, page)
        except (ForbiddenError, NotFoundError) as error:
            return Refusal(error, is_first=False)

    for (resource, query), result in zip(lists, reader.map_concurrently(first, lists), strict=True):
        if isinstance(result, Refusal):
            yield result
            continue
        page, is_whole = result
        if is_whole:
            yield page.data
            continue
        single = reader.for_resource(resource)
        try:
            complete = read_window(single, [query], key=key, max_rows=sys.maxsize)
        except (ForbiddenError, NotFoundError) as error:
            yield Refusal(error, is_first=False)
        else:
            yield complete.rows[0]
