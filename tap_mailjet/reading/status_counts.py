"""Count messages by status with `countOnly`, and find out how `MessageStatus` works."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_mailjet.api.errors import BadRequestError
from tap_mailjet.reading.day_parts import Counts
from tap_mailjet.reading.row_counts import CountsUnusableError, RowCounts
from tap_mailjet.reading.status_facts import NAMES, NUMBERS
from tap_mailjet.reading.status_tally import statuses_by_second
from tap_mailjet.reading.status_vectors import CHAIN, OTHER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_mailjet.reading.row_counts import Query
    from tap_mailjet.reading.time_windows import Window

FILTER = "MessageStatus"
ATTEMPTS = 2
"""How often the messages are counted if the counts do not add up: they change meanwhile."""


class StatusCounts(RowCounts):
    """Counts of messages by status; the arguments are those of `RowCounts`."""

    def requests(self, remembered: Counts) -> int:
        """Return about how many requests `by_status` needs."""
        return len(self._queries) * (1 + len(+remembered))

    def by_status(self, window: Window, remembered: Counts) -> Counts:
        """Count the messages of a window by status.

        Only statuses that are remembered are counted, unless they do not add up to the total.

        Args:
            window: The window.
            remembered: The numbers of delivered messages.

        Raises:
            CountsUnusableError: The counts do not add up to the total.
        """
        self.refuse_distrusted()
        if self.facts.values is None and not self.total(window):
            message = "countOnly says 0"
            raise CountsUnusableError(message)
        evidence = ""
        for values in self._possible_values(window, remembered):
            self.facts = replace(self.facts, values=values)
            for _ in range(ATTEMPTS):
                counts, evidence = self._by_status(window, remembered)
                if counts is not None:
                    return counts
        self.facts = replace(self.facts, values=None, lists=None)
        raise CountsUnusableError(evidence or f"no value of {FILTER} selects a message")

    def number(self, window: Window, statuses: Sequence[str]) -> int:
        """Return the number of messages with one of some statuses.

        Several values need `lists_are_honoured`.
        """
        return self._count([(window, ",".join(self.facts.values_of(statuses)))])[0]

    def lists_are_honoured(self, window: Window, current: Counts) -> bool:
        """Return True if `MessageStatus=a,b` selects both.

        It is documented for numbers. It is checked once, and the state keeps the result.

        Args:
            window: The window.
            current: The number of messages of the window by status.
        """
        if self.facts.lists is None:
            # At least two of the values select messages, so that one of them is not enough.
            statuses = [status for status in CHAIN if current[status] > 0]
            if len(statuses) > 1:
                try:
                    number = self.number(window, statuses)
                except CountsUnusableError:
                    number = -1
                is_honoured = number == sum(current[status] for status in statuses)
                self.facts = replace(self.facts, lists=is_honoured or None)
        return bool(self.facts.lists)

    def _possible_values(self, window: Window, remembered: Counts) -> Iterator[Mapping[str, str]]:
        """Yield the possible meanings of the values of `MessageStatus`.

        The documentation has numbers, but does not say which. The statuses have names.
        """
        if self.facts.values is not None:
            yield self.facts.values
        listed = Counts({status: remembered[status] for status in CHAIN})
        [(frequent, _)] = listed.most_common(1)
        if self.facts.values != NAMES and self._status_of(window, frequent) == frequent:
            yield NAMES
        if numbers := self._learn(window, NUMBERS):
            yield numbers

    def _learn(self, window: Window, values: Sequence[str]) -> dict[str, str]:
        """Return the status that each value selects, without values that select no message."""
        statuses = self._reader.map_concurrently(
            lambda value: self._status_of(window, value), values
        )
        return {
            value: status for value, status in zip(values, statuses, strict=True) if status in NAMES
        }

    def _status_of(self, window: Window, value: str) -> str | None:
        """Return the status of a message that a value of `MessageStatus` selects."""
        for query in self._queries:
            params = {**query, **self.facts.bounds(window, self._filter), FILTER: value}
            try:
                rows = self._reader.first_rows(params, 1).data
            except BadRequestError:
                return None
            if rows:
                [(_, status), *_] = statuses_by_second(rows)
                return status
        return None

    def _by_status(self, window: Window, remembered: Counts) -> tuple[Counts | None, str]:
        """Return the counts by status; None and the evidence if they do not add up."""
        values = dict(self.facts.values or {})
        asked = [value for value, status in values.items() if remembered[status] > 0]
        if len(asked) == 1:
            # If the filter was ignored, one count would equal the total.
            asked += [value for value in values if value not in asked][:1]
        [total, *numbers] = self._count([(window, None), *((window, value) for value in asked)])
        found = dict(zip(asked, numbers, strict=True))
        if sum(numbers) < total - remembered[OTHER]:
            found |= self._count_rest(window, asked)
        counts = Counts()
        for value, number in found.items():
            counts[(self.facts.values or {})[value]] += number
        if not total:
            return None, "countOnly says 0"
        missing = total - counts.total()
        if 0 <= missing <= remembered[OTHER] and len(found) > 1:
            counts[OTHER] = missing
            return counts, ""
        return None, (
            f"the counts of {len(found)} values of {FILTER} add up to {counts.total()}, but "
            f"{total} messages are counted without it"
        )

    def _count_rest(self, window: Window, asked: Sequence[str]) -> dict[str, int]:
        """Count the statuses that are not remembered."""
        values = dict(self.facts.values or {})
        if values != NAMES:
            values |= self._learn(window, [one for one in NUMBERS if one not in values])
            self.facts = replace(self.facts, values=values)
        rest = [value for value in values if value not in asked]
        numbers = self._count([(window, value) for value in rest])
        return dict(zip(rest, numbers, strict=True))

    def _count(self, wanted: Sequence[tuple[Window, str | None]]) -> list[int]:
        """Return the number of messages of each window with a value of `MessageStatus`."""
        return self._send(
            [
                {
                    **query,
                    **self.facts.bounds(window, self._filter),
                    **({} if value is None else {FILTER: value}),
                }
                for window, value in wanted
                for query in self._queries
            ]
        )

    @override
    def _refused(self, params: Query, error: BadRequestError) -> int:
        # A value that is refused selects nothing; the sum shows whether that is true.
        return 0 if FILTER in params else super()._refused(params, error)
