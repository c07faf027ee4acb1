"""List the IDs of the subscriptions that ended in a range of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.api.errors import BadRequestError
from tap_mailjet.reading.complete_reads import (
    MAX_READ_ATTEMPTS,
    InconsistentRead,
    TooManyRows,
    read_window,
)
from tap_mailjet.reading.time_windows import Window
from tap_mailjet.reading.windowed_reader import BEYOND_TODAY_DAYS
from tap_mailjet.records.row_fields import decode_row, key_function, lookup
from tap_mailjet.records.values import MISFIT, integer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pendulum

    from tap_mailjet.api.page import Row
    from tap_mailjet.reading.page_reader import PageReader
    from tap_mailjet.reading.time_windows import TimeFilter

    Query = Mapping[str, str]

FIELD = "ListRecipientID"
MAX_LISTED = 1000
"""Maximum number of subscriptions in a list."""
_KEY = key_function([FIELD])


class SubscriptionList:
    """A list of the subscriptions that ended in a range, from the resource with the time filter.

    Args:
        reader: Reads the resource that has the time filter.
        queries: The queries whose rows make up the stream, without a time filter.
        time_filter: The two parameters that filter by the end of a subscription.
        on_reread: Called with the number of repeated reads.
        warn: Called with a warning, if the server does not honour the time filter.
        now: When the sync started.

    Attributes:
        rows: The undecoded rows by ID.
        is_complete: True if the list is verified; otherwise the rows are a part of it.
    """

    def __init__(
        self,
        reader: PageReader,
        queries: Sequence[Query],
        *,
        time_filter: TimeFilter,
        on_reread: Callable[[int], None],
        warn: Callable[[str], None],
        now: pendulum.DateTime,
    ) -> None:
        self._reader = reader
        self._queries = queries
        self._filter = time_filter
        self._on_reread = on_reread
        self._warn = warn
        self._now = now
        self.rows: dict[int, bytes] = {}
        self.is_complete = False

    def read(self, whole: Window) -> None:
        """List the subscriptions that ended in a range, if the time filter permits it."""
        try:
            complete = read_window(
                self._reader,
                self._in_range(whole),
                key=_KEY,
                max_rows=MAX_LISTED,
                check=self._keep_sample,
            )
            rows = [row for some in complete.rows for row in some]
            self._keep_sample(rows)
            self.is_complete = True
            self._on_reread(complete.attempts - 1)
        except BadRequestError as error:
            self.warn_of_filter(f"they are refused: {error}")
        except InconsistentRead:
            self._on_reread(MAX_READ_ATTEMPTS)
        except TooManyRows:
            self.is_filter_honoured()
        except MISFIT:
            self._warn("Mailjet returned a row without ListRecipientID. All rows are read.")

    def _keep_sample(self, rows: Sequence[Row]) -> None:
        """Keep the first rows of a list that is too long; the table must have them."""
        self.rows = {id_of(row, FIELD): _bytes(row) for row in rows}

    def _in_range(self, window: Window) -> list[Query]:
        return [{**query, **window.to_params(self._filter)} for query in self._queries]

    def is_filter_honoured(self) -> bool:
        """Request a range in the future, which must be empty; warn if it is not.

        Without a working filter the listed rows mean nothing, so they are dropped.
        """
        start = self._now.add(days=BEYOND_TODAY_DAYS).start_of("day")
        future = Window(start, start.add(days=1))
        try:
            page = self._reader.page(self._in_range(future)[0])
        except BadRequestError:
            return True  # a refusal of a range in the future proves nothing
        if page.data:
            self.warn_of_filter(f"{len(page.data)} rows were returned for {future}, in the future")
        return not page.data

    def warn_of_filter(self, evidence: str) -> None:
        """Warn that the server does not honour the time filter, and drop the rows."""
        self.rows, self.is_complete = {}, False
        self._warn(
            f"Mailjet does not filter by {' and '.join(self._filter)}: {evidence}. All ended "
            f"subscriptions are read in each sync."
        )


def id_of(row: Row, field: str) -> int:
    """Return the ID in a field of a row; raise one of MISFIT if it has none."""
    number = integer(lookup(decode_row(row), field))
    if number is None:
        message = f"a row without {field}"
        raise ValueError(message)
    return number


def _bytes(row: Row) -> bytes:
    return bytes(row)  # type: ignore[arg-type] # rows of this reader are undecoded
