"""Count the messages that are delivered, by the hour of their arrival and by status."""

from __future__ import annotations

import functools
from collections import Counter
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from msgspec import Raw
from typing_extensions import override

from tap_mailjet.reading.day_parts import Counts
from tap_mailjet.reading.row_tally import SECOND, RowTally
from tap_mailjet.reading.status_vectors import CHAIN, OTHER
from tap_mailjet.records.conversion import clock_function
from tap_mailjet.records.row_fields import getter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pendulum

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.time_windows import Window

CLOCK, STATUS = "ArrivedAt", "Status"
_clock_of_bytes = clock_function(CLOCK)
_status_of_bytes = getter([STATUS])


def statuses_by_second(rows: Iterable[Row]) -> Counter[tuple[str, str]]:
    """Count rows by the second of their arrival, without the Z, and by status."""
    rows = list(rows)
    structs = [row for row in rows if not isinstance(row, Raw)]
    found: Counter[tuple[str, str]] = Counter()
    if structs:
        clock, status_of = _getters_of(type(structs[0]))
        pairs = Counter(zip(map(clock, structs), map(status_of, structs), strict=True))
        for (at, status), number in pairs.items():
            found[at[:SECOND], normal_status(status)] += number
    if len(structs) < len(rows):
        for row in rows:
            if isinstance(row, Raw):
                at = _clock_of_bytes(row) or ""
                found[at[:SECOND], normal_status(_status_of_bytes(row))] += 1
    return found


@functools.cache
def _getters_of(struct: Any) -> tuple[attrgetter[str], attrgetter[str | None]]:
    attributes = dict(zip(struct.__struct_encode_fields__, struct.__struct_fields__, strict=True))
    return attrgetter(attributes[CLOCK]), attrgetter(attributes[STATUS])


def normal_status(status: object) -> str:
    """Return a status in the spelling of Mailjet's metadata, or `OTHER`."""
    if not isinstance(status, str):
        return OTHER
    lower = status if status in CHAIN else status.lower()
    return lower if lower in CHAIN else OTHER


class StatusTally(RowTally):
    """Counts of the messages that were read, by hour and status.

    Args:
        begin: Messages that arrived earlier are not counted.
    """

    _status: attrgetter[str | None]

    def __init__(self, begin: pendulum.DateTime) -> None:
        super().__init__(begin, _clock_of_bytes)

    @override
    def by_second(self, rows: Iterable[Row]) -> Counter[tuple[str, str]]:
        return statuses_by_second(rows)

    @override
    def categories(self, rows: Sequence[Row]) -> Counts:
        # Each row costs only the count of its status, because a sync has many rows.
        found = Counts()
        for status, number in Counter(map(self._status, rows)).items():
            found[normal_status(status)] += number
        return found

    @override
    def add(self, window: Window, rows: Iterable[Row]) -> None:
        rows = [*rows]
        if not rows or Raw in set(map(type, rows)):
            self.add_counts(window, statuses_by_second(rows))
            return
        self._clock, self._status = _getters_of(type(rows[0]))
        super().add(window, rows)
