"""Reads many small lists, such as those that belong to the rows of a parent stream."""

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
    """A list that Mailjet refused with 403 or 404, and whether its first page was refused."""

    error: ForbiddenError | NotFoundError
    is_first: bool


def read_each(
    reader: PageReader, wanted: Sequence[tuple[str, Query]], *, key: Key
) -> Iterator[list[Row] | Refusal]:
    """Read many small lists, each a resource of its own: a few at a time, yielded in order.

    Args:
        reader: Reads other resources of the same account.
        wanted: The resources, each with its query.
        key: Identifies a row of one list, whatever else has changed in it.

    Yields:
        The rows of each list, verified to be complete, or a Refusal (403, 404).

    Raises:
        InconsistentRead: The reads of a list of several pages kept differing.
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

    for (resource, query), found in zip(
        wanted, reader.map_concurrently(first, wanted), strict=True
    ):
        if isinstance(found, Refusal):
            yield found
            continue
        page, is_whole = found
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
