"""Count rows with `countOnly`, in exactly a window."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from tap_mailjet.api.errors import BadRequestError
from tap_mailjet.timestamps import to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.row_tally import KnownSecond
    from tap_mailjet.reading.status_facts import StatusFacts
    from tap_mailjet.reading.time_windows import TimeFilter, Window

    Query = Mapping[str, str]


class CountsUnusableError(Exception):
    """Rows cannot be counted; the message is the reason."""


class RowCounts:
    """Counts of the rows of a stream.

    Args:
        reader: Reads the resource.
        queries: The queries whose rows make up the stream, without a time filter.
        time_filter: The two parameters that filter by time.
        facts: The facts that earlier syncs have learned.

    Attributes:
        facts: The facts, with those that this object has learned.
    """

    def __init__(
        self,
        reader: PageReader,
        queries: Sequence[Query],
        time_filter: TimeFilter,
        facts: StatusFacts,
    ) -> None:
        self._reader = reader
        self._queries = queries
        self._filter = time_filter
        self.facts = facts

    def refuse_distrusted(self) -> None:
        """Raise CountsUnusableError if a count has contradicted the rows in this sync."""
        if not self._reader.counts_are_usable:
            message = "countOnly has contradicted the rows"
            raise CountsUnusableError(message)

    def total(self, window: Window) -> int:
        """Return the number of rows of a window."""
        return self.totals([window])[0]

    def totals(self, windows: Sequence[Window]) -> list[int]:
        """Return the number of rows of each of some windows.

        Raises:
            CountsUnusableError: `countOnly` is refused, ignored, or negative.
        """
        return self._send(
            [
                {**query, **self.facts.bounds(window, self._filter)}
                for window in windows
                for query in self._queries
            ]
        )

    def learn_bounds(self, known: KnownSecond | None) -> None:
        """Find out whether the bounds of a request are inclusive.

        It is not documented. A page has its timestamps, so that the tap can drop other rows; a
        count has no timestamps.

        Args:
            known: A second with delivered rows, if there is one.
        """
        if known is None:
            return
        lower, upper = self._filter
        next_to = [known.at.add(seconds=step) for step in (-1, 0, 1)]
        before, after = self._send(
            [
                {**query, lower: to_wire(start), upper: to_wire(end)}
                for start, end in itertools.pairwise(next_to)
                for query in self._queries
            ]
        )
        self.facts = self.facts.with_bounds_of(known, after, before)

    def _send(self, params: Sequence[Query]) -> list[int]:
        """Return the counts of requests, summed over the queries of the stream."""
        numbers = [*self._reader.map_concurrently(self._number, params)]
        width = len(self._queries)
        return [sum(numbers[at : at + width]) for at in range(0, len(numbers), width)]

    def _number(self, params: Query) -> int:
        try:
            page = self._reader.first_rows({**params, "countOnly": "1"}, None)
        except BadRequestError as error:
            return self._refused(params, error)
        if page.data:
            message = "countOnly is ignored"
            raise CountsUnusableError(message)
        if page.total < 0:
            message = f"countOnly says {page.total}"
            raise CountsUnusableError(message)
        return page.total

    def _refused(self, _params: Query, error: BadRequestError) -> int:
        """Return the number of rows of a query that is refused."""
        message = f"countOnly is refused: {error}"
        raise CountsUnusableError(message) from error
